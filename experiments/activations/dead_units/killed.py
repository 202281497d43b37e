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
from nnjax import mlp, statistics, tuning
from nnjax.spec import DIVERGED
from nnjax.tasks import Data

ACTIVATIONS = ("relu", "leaky_relu")
BATCH = 50
FIRST_DRAW = 100  # the number of the first draw of MNIST-1D; the published draw, number 42, is not used


def share_off(params: mlp.Params, data: Data, predict: Any) -> Float[Array, ""]:
    """The share of the hidden units whose sum is at most 0 for all training rows."""
    # The outputs of a network that is cut off after a hidden layer are the sums of that layer's units.
    sums = [predict(params[: i + 1], data.x) for i in range(len(params) - 1)]
    return jnp.mean(jnp.concatenate([jnp.all(z <= 0, axis=0) for z in sums]).astype(data.x.dtype))


def killed(config: Config) -> xr.Dataset:
    """Units off, accuracy and divergence [activation, solver, rate, seed], and the rates that other seeds chose."""
    seeds = [*range(config.seeds), *tuning.seeds(config.tuning_seeds)]
    data = {str(seed): nnjax.tasks.mnist1d(FIRST_DRAW + seed, num_rows=config.rows) for seed in seeds}
    return xr.concat([_one(data, config, solver) for solver in config.solvers], "solver", join="outer")


def _one(data: dict[str, Data], config: Config, solver: str) -> xr.Dataset:
    """One solver, with one network on each draw of the data; its seed is the number of the draw."""
    low, high = RATES[solver]
    rates = np.geomspace(low, high, round(config.per_decade * math.log10(high / low)) + 1)
    rates = np.sort(np.append(rates, BETWEEN[solver]))
    runs = nnjax.sweep(
        data,
        hidden=config.hidden,
        activation=list(ACTIVATIONS),
        init="he_normal",
        solver=SOLVERS[solver],
        learning_rate=rates,
        loss="softmax_cross_entropy",
        batch_size=BATCH,
        num_steps=config.num_steps,
        seeds={name: [int(name)] for name in data},
        measure={"off": share_off},
    )
    runs = runs.isel(seed=0, drop=True).rename(task="seed").drop_vars("seed")
    diverged = runs.status == DIVERGED
    # A network that diverged has no units to count, and answers nothing right.
    off = runs.off.isel(step=-1, drop=True).where(~diverged)
    accuracy = runs.accuracy.where(~diverged, 0.0)
    others = {"seed": slice(config.seeds, None)}
    tuned = tuning.choose(-accuracy.isel(others), "learning_rate")
    gone = diverged.isel(others).any("seed")
    judged = accuracy.isel(others).sel(activation="relu").transpose("learning_rate", "seed").values
    learns = np.array([statistics.mean(one).low > LEARNS for one in judged])
    highest = rates[learns & ~gone.sel(activation="relu").values]
    # The rate at which most ReLU units are off, of those at which no network diverged and ReLU networks learn.
    dead = off.isel(others).sel(activation="relu").mean("seed").values
    common = np.where((judged.mean(axis=1) > LEARNS) & ~gone.any("activation").values, dead, -1.0)
    found = xr.Dataset(
        {
            "off": off,
            "accuracy": accuracy,
            "diverged": diverged,
            "tuned_rate": tuned.best["learning_rate"].drop_vars("learning_rate", errors="ignore"),
            "tuned_at_end": tuned.at_end["learning_rate"] != 0,
            "highest_rate": highest.max() if highest.size else np.nan,
            "highest_at_end": bool(highest.size) and highest.max() == rates[-1],
            "common_rate": float(rates[int(common.argmax())]),
        }
    )
    found = found.isel(seed=slice(0, config.seeds)).rename(learning_rate="rate")
    return found.drop_vars(("width", "depth", "hidden"), errors="ignore").assign_coords(solver=solver)
