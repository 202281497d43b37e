"""The networks of `xor.trained`: every setting's rate is tuned, then fresh seeds are counted."""

import numpy as np
import xarray as xr

import nnjax
from experiments.xor.shared import solved as criterion
from experiments.xor.trained.config import RATES, SCALES, Config
from nnjax import tuning

SOLVERS = {
    "gradient descent": {"solver": "sgd"},
    "momentum": {"solver": "sgd", "momentum": 0.9},
    "Adam": {"solver": "adam"},
}
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def run(config: Config) -> xr.Dataset:
    """Solved [solver, init, activation, width, seed] at the tuned rates, and what the figures need."""
    data = xr.concat([_one_solver(name, config) for name in config.solvers], "solver")
    return data.assign_attrs(tuning_seeds=config.tuning_seeds)


def _one_solver(name: str, config: Config) -> xr.Dataset:
    """One solver: all rates on the tuning seeds, then the fresh seeds at the chosen rate."""
    rates = np.geomspace(*RATES[name], config.num_rates)
    scales = xr.DataArray([SCALES.get(init, 1.0) for init in config.inits], {"init": list(config.inits)}, "init")
    common = SOLVERS[name] | {
        "hidden": [(width,) for width in config.hidden],
        "activation": list(config.activations),
        "init": list(config.inits),
        "init_scale": scales,
        "loss": "sigmoid_binary_cross_entropy",
        "num_steps": config.num_steps,
        "record_every": max(1, config.num_steps // 20),
        "measure": {"worst_error": criterion.worst_error_of_logits},
    }
    seeds = tuning.seeds(config.tuning_seeds)
    tuned = nnjax.sweep(nnjax.tasks.xor(), learning_rate=rates, seeds=seeds, **common)
    success = (tuned.worst_error.isel(step=-1) <= criterion.TOLERANCE).mean("seed")
    chosen = tuning.choose(-success, "learning_rate", tie=tuned.train_loss).best["learning_rate"]
    fresh = nnjax.sweep(nnjax.tasks.xor(), learning_rate=chosen, seeds=config.seeds, **common)
    result = xr.Dataset(
        {
            "solved": (fresh.worst_error.isel(step=-1) <= criterion.TOLERANCE).drop_vars(("learning_rate", "step")),
            "learning_rate": chosen,
            "tuning_success": success.rename(learning_rate="rate").drop_vars("rate"),
            "rates": ("rate", rates),
            "loss_quantiles": fresh.train_curve.sel(init=config.inits[0], drop=True)
            .drop_vars("learning_rate")
            .quantile(QUANTILES, "seed"),
        }
    )
    result = result.assign_coords(solver=name).swap_dims(hidden="width")
    return result.drop_vars(("hidden", "depth"))
