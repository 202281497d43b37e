"""Several tunings of one setting, and which networks each has, so that intervals include the randomness of tuning.

With other seeds another learning rate may win, and every network that is trained at it changes with it. So a rate is
tuned several times, each time on seeds or draws of its own, and the reported networks are dealt among the tunings in
equal numbers. What is independent then are the tunings: `experiments.lab.over_tunings` has intervals over them.
"""

from collections.abc import Iterable

import numpy as np
import xarray as xr

LEAST = 2


def groups(count: int, tunings: int) -> np.ndarray:
    """The tuning of each of `count` networks or draws [count]: as many to each, those of one tuning in a row.

    Raises:
        ValueError: unless `count` is a multiple of `tunings`.
    """
    if tunings < LEAST or count % tunings:
        raise ValueError(f"count={count!r} must be a multiple of tunings={tunings!r}, which must be {LEAST} or more")
    return np.repeat(np.arange(tunings), count // tunings)


def of_each(best: xr.DataArray, dim: str, names, tunings: int) -> xr.DataArray:
    """A tuned number [..., tuning] for each of the networks or draws that are named along `dim` [..., `dim`]."""
    place = xr.DataArray(groups(len(names), tunings), {dim: list(names)}, dim)
    return best.isel(tuning=place).drop_vars("tuning", errors="ignore")


def seeds_of_each(tasks: Iterable[str], seeds: range) -> dict[str, range]:
    """Seeds for a sweep whose tasks are the tunings: as many to each, those of one in a row, as `groups` has them."""
    names = list(tasks)
    each = len(groups(len(seeds), len(names))) // len(names)
    return {name: seeds[i * each : (i + 1) * each] for i, name in enumerate(names)}


def in_a_row[T: (xr.DataArray, xr.Dataset)](runs: T) -> T:
    """The networks of all tasks [..., task, seed] in one row [..., seed], without their labels, as in `groups`."""
    runs = runs.rename(seed="of_task").stack(seed=("task", "of_task"), create_index=False)
    return runs.drop_vars(["task", "of_task"], errors="ignore")
