"""The networks of `xor.parity`: rate and momentum are tuned for every N and H, then fresh seeds are trained."""

import itertools
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.xor.parity.config import Config
from experiments.xor.shared import solved as criterion
from nnjax import tuning


def run(config: Config) -> xr.Dataset:
    """Epochs until solved, or the cap, of every fresh network [multiple, bits, seed], at tuned rates and momenta."""
    rows = [xr.concat([_one(n, k, config) for n in config.bits], "bits") for k in config.multiples]
    return xr.concat(rows, "multiple").assign_attrs(cap=config.max_epochs, resolution=config.record_every)


def _one(num_bits: int, multiple: int, config: Config) -> xr.Dataset:
    """Tune rate and momentum for one N and H, then train the fresh seeds at them."""
    task = nnjax.tasks.parity(num_bits, low=-1.0, high=1.0)
    common: dict[str, Any] = {
        "hidden": (num_bits * multiple,), "activation": "sigmoid", "output_activation": "sigmoid",
        "init": "uniform", "bias_init": "uniform", "solver": "sgd", "loss": "squared_error",
        "record_every": config.record_every,
        "measure": {"worst_error": criterion.worst_error},
        "early_stop": ("worst_error", criterion.TOLERANCE),
    }  # fmt: skip

    def tried(pairs: np.ndarray, num_seeds: int, num_epochs: int) -> np.ndarray:
        """The indices of pairs (momentum, rate / (1 - momentum)) [p, 2], the best first."""
        momentum, carried = pairs.T
        numbers = {"momentum": momentum, "learning_rate": carried * (1 - momentum)}
        asked: dict[str, Any] = {"candidate": range(len(pairs))}
        asked |= {name: xr.DataArray(values, dict(asked), "candidate") for name, values in numbers.items()}
        runs = nnjax.sweep(task, **common, **asked, seeds=tuning.seeds(num_seeds), num_steps=num_epochs)
        solved = runs.status == nnjax.training.STOPPED
        return best_first(runs.steps.where(solved, np.inf).transpose("candidate", "seed").values)

    grid = grid_of(config)
    first = tried(grid, config.first_seeds, config.first_epochs)
    finalists = grid[np.sort(first[: config.finalists])]
    momentum, carried = finalists[tried(finalists, config.tuning_seeds, config.max_epochs)[0]].tolist()
    rate = carried * (1 - momentum)
    fresh = nnjax.sweep(
        task, **common, learning_rate=rate, momentum=momentum, seeds=config.seeds, num_steps=config.max_epochs
    )
    solved = fresh.status == nnjax.training.STOPPED
    data = xr.Dataset(
        {
            "epochs": ("seed", fresh.steps.where(solved, config.max_epochs).values.astype(np.int32)),
            "solved": ("seed", solved.values),
            "rate": rate,
            "momentum": momentum,
            "momentum_at_end": momentum in config.momenta[:: len(config.momenta) - 1],
            "rate_at_edge": carried in (grid[0, 1], grid[-1, 1]),
        }
    )
    return data.expand_dims(multiple=[multiple], bits=[num_bits])


def grid_of(config: Config) -> np.ndarray:
    """All pairs of a momentum and a rate / (1 - momentum) [p, 2]."""
    rates = np.geomspace(config.lowest_rate, config.highest_rate, config.num_rates)
    return np.array(list(itertools.product(config.momenta, rates)))


def best_first(epochs: np.ndarray) -> np.ndarray:
    """The order of candidates by their epochs [candidate, seed], inf where not solved.

    The least median comes first; among equal medians (infinite ones, where half or more fail) the most successes.
    """
    return np.lexsort((-np.isfinite(epochs).sum(axis=1), np.median(epochs, axis=1)))
