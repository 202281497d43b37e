"""The sweep on which faults are tried: small networks in many small blocks, which are trained and written together."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import chance

RATES = (0.003, 0.01, 0.03, 0.1)


def settings(blocks: int, networks: int = 512, num_steps: int = 500) -> dict[str, Any]:
    """What `sweep` is given for `blocks` blocks (a multiple of 8) of `networks` networks: 2-2-1 and 2-3-1 on XOR.

    In a replication the seeds are shifted, also in the processes that it starts and gives these settings.
    """
    return {
        "hidden": [(2,), (3,)],
        "learning_rate": list(RATES),
        "seeds": blocks // 8 * networks,
        "num_steps": num_steps,
        "record_every": num_steps // 5,
        "loss": "sigmoid_binary_cross_entropy",
        "padding": False,  # one program for each shape
        "progress": False,
        "seed_offset": chance.seed(0),
    }


def num_blocks(grid: Mapping[str, Any], networks: int) -> int:
    """How many blocks of `networks` networks a grid has."""
    return len(grid["hidden"]) * len(grid["learning_rate"]) * grid["seeds"] // networks


def sweep(store: Path | None, given: dict[str, Any], networks: int = 512, **more: Any) -> xr.Dataset:
    """Run the sweep `given` in blocks of `networks` networks, however long they take. A shard may end before others."""
    given = dict(given)
    shifted = nnjax.hooks.offsetting_seeds(given.pop("seed_offset"))
    with warnings.catch_warnings(), nnjax.hooks.chunks_of(networks), shifted:
        warnings.filterwarnings("ignore", "store=.* is not finished", UserWarning)
        return nnjax.sweep(nnjax.tasks.xor(), store=store, **given, **more)


def opened(store: Path, verify: bool = False) -> xr.Dataset:
    """The contents of a store, finished or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return nnjax.open_store(store, verify=verify).load()


def same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether two results agree in every bit of every variable."""
    return set(a.variables) == set(b.variables) and all(
        np.array_equal(a[name].values, b[name].values, equal_nan=a[name].dtype.kind == "f") for name in a.variables
    )


def compared(found: xr.Dataset, reference: xr.Dataset) -> tuple[int, int]:
    """How many networks are finished, and how many of these differ from the `reference`, whose grid may be larger."""
    grid = found.status.dims
    expected = reference.isel({dim: slice(found.sizes[dim]) for dim in grid})
    finished = found.status.values != nnjax.training.MISSING
    wrong = np.zeros_like(finished)
    for dim in grid:
        wrong |= not np.array_equal(found[dim], expected[dim])
    for name in [name for name, variable in found.data_vars.items() if set(grid) <= set(variable.dims)]:
        one, other = found[name].values, expected[name].values
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        wrong |= ~same.reshape(*finished.shape, -1).all(axis=-1)
    return int(finished.sum()), int((wrong & finished).sum())
