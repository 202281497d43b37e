"""The networks of `xor.failures`: each setting's rate is tuned if it has none, then fresh seeds are trained."""

import jax
import numpy as np
import xarray as xr

import nnjax
from experiments.xor.failures import stuck
from experiments.xor.failures.config import NUM_RATES, RATES, SETTINGS, Config, check
from experiments.xor.shared import solved as criterion
from nnjax import tuning


def run(config: Config) -> xr.Dataset:
    """For every setting: which networks are stuck at each checkpoint, and what the stuck networks look like there."""
    check(config)
    with jax.enable_x64(True):
        return xr.concat([_one(name, config) for name in config.settings], "setting", join="exact")


def _one(name: str, config: Config) -> xr.Dataset:
    """Train the networks of one setting and summarise their parameters."""
    activation, output_activation, rate = SETTINGS[name]
    common = {"hidden": (2,), "activation": activation, "output_activation": output_activation, "solver": "sgd"}
    common |= {"init": "uniform", "bias_init": "uniform", "loss": "squared_error", "dtype": "float64"}
    task = nnjax.tasks.xor()
    if rate is None:
        tuned = nnjax.sweep(
            task,
            **common,
            learning_rate=2 * np.geomspace(*RATES[activation], NUM_RATES),  # half the sum of four rows: twice the mean
            seeds=tuning.seeds(config.tuning_seeds),
            num_steps=config.checkpoints[0],
            measure={"worst_error": criterion.worst_error},
        )
        success = (tuned.worst_error.isel(step=-1) <= criterion.TOLERANCE).mean("seed")
        best = tuning.choose(-success, "learning_rate", tie=tuned.train_loss)
        rate = float(best.best["learning_rate"]) / 2
    runs = nnjax.sweep(
        task,
        **common,
        learning_rate=2 * rate,
        seeds=config.seeds,
        num_steps=config.checkpoints[-1],
        record_every=config.record_every,
        measure={"parameters": stuck.parameters},
    )
    surface = stuck.LossSurface(task, activation, output_activation)
    data = stuck.summary(runs, surface, config.checkpoints, config.num_curves)
    return data.assign(rate=rate).expand_dims(setting=[name])
