"""The sweep on which faults are tried: small networks in many small blocks."""

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import xarray as xr

import nnjax
from nnjax.engine.store import regions

RATES = (0.003, 0.01, 0.03, 0.1)


def settings(blocks: int, networks: int = 512, num_steps: int = 500) -> dict[str, Any]:
    """Arguments of a sweep of so many blocks (a multiple of 8) of so many networks: 2-2-1 and 2-3-1 on XOR."""
    return {
        "hidden": [(2,), (3,)],
        "learning_rate": list(RATES),
        "seeds": blocks // 8 * networks,
        "num_steps": num_steps,
        "record_every": num_steps // 5,
        "loss": "sigmoid_binary_cross_entropy",
        "padding": False,  # two programs, each in blocks of 512 lanes
        "progress": False,
    }


def sweep(store: Path | None, given: dict[str, Any], networks: int = 512, **more: Any) -> xr.Dataset:
    """Run it in blocks of so many networks, whatever time they take."""
    # A chunk of 0 seconds would be one network; the least that a job holds is a block of lanes.
    with mock.patch.multiple(regions, MOST_NETWORKS=networks, SECONDS_PER_CHUNK=1e9):
        return nnjax.sweep(nnjax.tasks.xor(), **given, **({"store": store} if store else {}), **more)


def same(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether two results agree in every bit of every variable."""
    return set(a.variables) == set(b.variables) and all(
        np.array_equal(a[name].values, b[name].values, equal_nan=a[name].dtype.kind == "f") for name in a.variables
    )
