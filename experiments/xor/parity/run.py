"""The networks of `xor.parity`: rate and momentum are tuned for every N and H, several times; then fresh seeds."""

import itertools
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import tunings
from experiments.xor.parity.config import Config
from experiments.xor.shared import solved as criterion
from nnjax import tuning


def run(config: Config) -> xr.Dataset:
    """Epochs until solved, or the cap, of every fresh network [multiple, bits, seed], at tuned rates and momenta."""
    rows = [xr.concat([_one(n, k, config) for n in config.bits], "bits") for k in config.multiples]
    of_seed = ("seed", tunings.groups(config.seeds, config.tunings).astype("int8"))
    data = xr.concat(rows, "multiple").assign(tuning_of=of_seed)
    return data.assign_attrs(cap=config.max_epochs, resolution=config.record_every)


def _one(num_bits: int, multiple: int, config: Config) -> xr.Dataset:
    """Tune rate and momentum for one N and H, several times, then train the fresh seeds of each tuning at its own."""
    task = {str(k): nnjax.tasks.parity(num_bits, low=-1.0, high=1.0) for k in range(config.tunings)}
    common: dict[str, Any] = {
        "hidden": (num_bits * multiple,), "activation": "sigmoid", "output_activation": "sigmoid",
        "init": "uniform", "bias_init": "uniform", "solver": "sgd", "loss": "squared_error",
        "record_every": config.record_every,
        "measure": {"worst_error": criterion.worst_error},
        "early_stop": ("worst_error", criterion.TOLERANCE),
    }  # fmt: skip

    # Each tuning has seeds of its own in both rounds, and none of them twice.
    num_own = config.first_seeds + config.tuning_seeds
    own = tunings.seeds_of_each(task, tuning.seeds(config.tunings * num_own))

    def tried(pairs: np.ndarray, seeds: slice, num_epochs: int) -> np.ndarray:
        """The pairs (momentum, rate / (1 - momentum)) of each tuning [task, p, 2], the best first."""
        names = {"task": list(task), "candidate": range(pairs.shape[1])}
        momentum, carried = (xr.DataArray(pairs[..., i], names, tuple(names)) for i in (0, 1))
        runs = nnjax.sweep(
            task, **common, candidate=names["candidate"], momentum=momentum, learning_rate=carried * (1 - momentum),
            seeds={name: every[seeds] for name, every in own.items()}, num_steps=num_epochs,
        )  # fmt: skip
        times = runs.steps.where(runs.status == nnjax.training.STOPPED, np.inf)
        order = best_first(times.transpose("task", "candidate", "seed").values)
        return np.take_along_axis(pairs, order[..., None], axis=1)

    grid = grid_of(config)
    first = tried(np.stack([grid] * config.tunings), slice(config.first_seeds), config.first_epochs)
    best = tried(first[:, : config.finalists], slice(config.first_seeds, None), config.max_epochs)[:, 0]
    momentum, carried = (xr.DataArray(one, {"task": list(task)}, "task") for one in best.T)
    fresh = nnjax.sweep(
        task, **common, learning_rate=carried * (1 - momentum), momentum=momentum,
        seeds=tunings.seeds_of_each(task, range(config.seeds)), num_steps=config.max_epochs,
    )  # fmt: skip
    solved = fresh.status == nnjax.training.STOPPED
    epochs, solved = (tunings.in_a_row(one) for one in (fresh.steps.where(solved, config.max_epochs), solved))
    data = xr.Dataset(
        {
            "epochs": ("seed", epochs.values.astype(np.int32)),
            "solved": ("seed", solved.values),
            "rate": ("tuning", (carried * (1 - momentum)).values),
            "momentum": ("tuning", momentum.values),
            "momentum_at_end": ("tuning", np.isin(best[:, 0], config.momenta[:: len(config.momenta) - 1])),
            "rate_at_edge": ("tuning", np.isin(best[:, 1], grid[[0, -1], 1])),
        }
    )
    return data.expand_dims(multiple=[multiple], bits=[num_bits])


def grid_of(config: Config) -> np.ndarray:
    """All pairs of a momentum and a rate / (1 - momentum) [p, 2]."""
    rates = np.geomspace(config.lowest_rate, config.highest_rate, config.num_rates)
    return np.array(list(itertools.product(config.momenta, rates)))


def best_first(epochs: np.ndarray) -> np.ndarray:
    """The order of candidates [..., candidate] by their epochs [..., candidate, seed], inf where not solved.

    The least median comes first; among equal medians (infinite ones, where half or more fail) the most successes.
    """
    return np.lexsort((-np.isfinite(epochs).sum(axis=-1), np.median(epochs, axis=-1)), axis=-1)
