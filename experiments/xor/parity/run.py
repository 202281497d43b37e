"""The networks of `xor.parity`: the rate is tuned for every N and H, then fresh seeds are trained."""

import numpy as np
import xarray as xr

import nnjax
from experiments.xor.parity.config import Config
from experiments.xor.shared import solved as criterion
from nnjax import tuning


def run(config: Config) -> xr.Dataset:
    """Epochs until solved, or the cap, of every fresh network [multiple, bits, seed], at the tuned rates."""
    rows = [xr.concat([_one(n, k, config) for n in config.bits], "bits") for k in config.multiples]
    return xr.concat(rows, "multiple").assign_attrs(cap=config.max_epochs, resolution=config.record_every)


def _one(num_bits: int, multiple: int, config: Config) -> xr.Dataset:
    """Tune the rate for one N and H, then train the fresh seeds at it."""
    task = nnjax.tasks.parity(num_bits, low=-1.0, high=1.0)
    common = {"hidden": (num_bits * multiple,), "activation": "sigmoid", "output_activation": "sigmoid"}
    common |= {"init": "uniform", "bias_init": "uniform", "solver": "sgd", "momentum": config.momentum}
    common |= {"loss": "squared_error", "record_every": config.record_every}
    common |= {
        "measure": {"worst_error": criterion.worst_error},
        "early_stop": ("worst_error", criterion.TOLERANCE),
    }
    rates = np.geomspace(config.lowest_rate, config.highest_rate, config.num_rates)
    tuned = nnjax.sweep(
        task,
        **common,
        learning_rate=rates,
        seeds=tuning.seeds(config.tuning_seeds),
        num_steps=config.tuning_epochs,
    )
    solved = tuned.status == nnjax.training.STOPPED
    epochs = tuned.steps.where(solved, np.inf).median("seed")
    best = tuning.choose(epochs, "learning_rate", tie=1 - solved.mean("seed"))
    chosen = float(best.best["learning_rate"])
    fresh = nnjax.sweep(task, **common, learning_rate=chosen, seeds=config.seeds, num_steps=config.max_epochs)
    solved = fresh.status == nnjax.training.STOPPED
    data = xr.Dataset(
        {
            "epochs": ("seed", fresh.steps.where(solved, config.max_epochs).values.astype(np.int32)),
            "solved": ("seed", solved.values),
            "rate": chosen,
            "rate_at_edge": bool(best.at_end["learning_rate"] != 0),
        }
    )
    return data.expand_dims(multiple=[multiple], bits=[num_bits])
