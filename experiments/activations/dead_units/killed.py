"""Networks trained on MNIST-1D, and the units that are off for all examples in the end."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float

import nnjax
from experiments.activations.dead_units.config import BETWEEN, LEARNS, RATES, Config
from experiments.activations.shared.names import SOLVERS
from nnjax import mlp, tuning
from nnjax.spec import DIVERGED
from nnjax.tasks import Data

ACTIVATIONS = ("relu", "leaky_relu")
BATCH = 50


def share_off(params: mlp.Params, data: Data, predict: Any) -> Float[Array, ""]:
    """The share of the hidden units whose sum is at most 0 for all training rows."""
    # The outputs of a network that ends at a hidden layer are the sums of its units.
    sums = [predict(params[: i + 1], data.x) for i in range(len(params) - 1)]
    return jnp.mean(jnp.concatenate([jnp.all(z <= 0, axis=0) for z in sums]).astype(data.x.dtype))


def killed(config: Config) -> xr.Dataset:
    """Off units, accuracy and who diverged [activation, solver, rate, seed], and the rates that other seeds chose."""
    task = nnjax.tasks.mnist1d(num_rows=config.rows)
    return xr.concat([_one(task, config, solver) for solver in config.solvers], "solver", join="outer")


def _one(task: Data, config: Config, solver: str) -> xr.Dataset:
    low, high = RATES[solver]
    rates = np.geomspace(low, high, round(config.per_decade * math.log10(high / low)) + 1)
    rates = np.sort(np.append(rates, BETWEEN[solver]))
    runs = nnjax.sweep(
        task,
        hidden=config.hidden,
        activation=list(ACTIVATIONS),
        init="he_normal",
        solver=SOLVERS[solver],
        learning_rate=rates,
        loss="softmax_cross_entropy",
        batch_size=BATCH,
        num_steps=config.num_steps,
        seeds=[*range(config.seeds), *tuning.seeds(config.tuning_seeds)],
        measure={"off": share_off},
    )
    diverged = runs.status == DIVERGED
    # A network that diverged has no units to count, and answers nothing right.
    off = runs.off.isel(step=-1, drop=True).where(~diverged)
    accuracy = runs.accuracy.where(~diverged, 0.0)
    others = {"seed": slice(config.seeds, None)}
    tuned = tuning.choose(-accuracy.isel(others), "learning_rate")
    # The rate at which most ReLU units are off, of those at which no network diverged and ReLU networks learn.
    gone = diverged.isel(others).any(("seed", "activation"))
    learns = accuracy.isel(others).sel(activation="relu").mean("seed") > LEARNS
    common = off.isel(others).sel(activation="relu").mean("seed").where(learns & ~gone, -1.0)
    found = xr.Dataset(
        {
            "off": off,
            "accuracy": accuracy,
            "diverged": diverged,
            "tuned_rate": tuned.best["learning_rate"].drop_vars("learning_rate", errors="ignore"),
            "tuned_at_end": tuned.at_end["learning_rate"] != 0,
            "common_rate": float(rates[int(common.values.argmax())]),
        }
    )
    found = found.isel(seed=slice(0, config.seeds)).rename(learning_rate="rate")
    return found.drop_vars(("width", "depth", "hidden"), errors="ignore").assign_coords(solver=solver)
