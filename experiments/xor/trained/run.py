"""The networks of `xor.trained`: every setting's rate is tuned several times, then fresh seeds are counted."""

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import tunings
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
    parts = [_one_solver(name, config) for name in config.solvers]
    data = xr.concat([part.drop_vars("tuning_of") for part in parts], "solver").assign(tuning_of=parts[0].tuning_of)
    return data.assign_attrs(tuning_seeds=config.tunings * config.tuning_seeds)


def _one_solver(name: str, config: Config) -> xr.Dataset:
    """One solver: for each tuning all rates on its seeds, then its fresh seeds at the rate that it chose."""
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
    task = {str(k): nnjax.tasks.xor() for k in range(config.tunings)}
    own = tuning.seeds(config.tunings * config.tuning_seeds)
    tuned = nnjax.sweep(task, learning_rate=rates, seeds=tunings.seeds_of_each(task, own), **common)
    success = (tuned.worst_error.isel(step=-1) <= criterion.TOLERANCE).mean("seed")
    chosen = tuning.choose(-success, "learning_rate", tie=tuned.train_loss).best["learning_rate"]
    seeds = tunings.seeds_of_each(task, range(config.seeds))
    fresh = nnjax.sweep(task, learning_rate=chosen, seeds=seeds, **common)
    solved = tunings.in_a_row(fresh.worst_error.isel(step=-1) <= criterion.TOLERANCE)
    result = xr.Dataset(
        {
            "solved": solved.reset_coords(drop=True),
            "tuning_of": ("seed", tunings.groups(config.seeds, config.tunings).astype("int8")),
            "learning_rate": chosen.rename(task="tuning").drop_vars("tuning"),
            "tuning_success": success.mean("task").rename(learning_rate="rate").drop_vars("rate"),
            "rates": ("rate", rates),
            "loss_quantiles": fresh.train_curve.sel(init=config.inits[0], drop=True)
            .drop_vars("learning_rate")
            .quantile(QUANTILES, ("task", "seed")),
        }
    )
    result = result.assign_coords(solver=name, seed=range(config.seeds)).swap_dims(hidden="width")
    return result.drop_vars(("hidden", "depth"))
