"""How long a training step of each shape takes, timed alone, and what networks have learned in equal seconds."""

import time
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from nnjax.tasks import Data

REPEATS = 3
DOUBLED = 12  # the number of steps is doubled at most this often


def per_step(data: Data | dict[str, Data], settings: dict[str, Any], steps: tuple[int, int]) -> np.ndarray:
    """Seconds per step and network, for each of the shapes `hidden` in the settings of a sweep.

    One sweep of a block takes few steps, another takes many; their difference excludes all that is done once, such as
    checking the data. Each time is the least of several repeats, in which the shapes take turns.

    Args:
        data: what is trained on.
        settings: arguments of the sweep, its numbers among them; each shape has a program of its own.
        steps: few and many; where these take less time than all that is done once, `many` is doubled.
    """
    shapes = settings["hidden"]
    blocks = [_block(data, settings, hidden) for hidden in shapes]
    few, lanes = steps[0], [block["seeds"] for block in blocks]
    many = [_many(data, block, steps) for block in blocks]  # compiles
    best = np.full((len(shapes), 2), np.inf)
    for _ in range(REPEATS):
        for i, block in enumerate(blocks):
            for j, count in enumerate((few, many[i])):
                best[i, j] = min(best[i, j], _seconds(data, block, count))
    # On a busy machine a few steps may seem to take no time: then the time of what is done once is included.
    difference = (best[:, 1] - best[:, 0]) / (np.array(many) - few)
    return np.where(difference > 0, difference, best[:, 1] / many) / lanes


def _block(data: Data | dict[str, Data], settings: dict[str, Any], hidden: tuple[int, ...]) -> dict[str, Any]:
    """Settings of one shape alone, with as many networks as its program trains together."""
    alone = settings | {"hidden": hidden, "padding": False, "workers": 1, "progress": False}
    (program,) = nnjax.plan(data, **alone).programs
    return alone | {"seeds": program.lanes}


def _many(data: Data | dict[str, Data], block: dict[str, Any], steps: tuple[int, int]) -> int:
    """A number of steps that takes at least as long as everything else does."""
    few, many = steps
    _seconds(data, block, few)  # compiles
    once = _seconds(data, block, few)
    for _ in range(DOUBLED):
        if _seconds(data, block, many) > 2 * once:
            break
        many *= 2
    return many


def _seconds(data: Data | dict[str, Data], block: dict[str, Any], num_steps: int) -> float:
    asked: dict[str, Any] = block | {"num_steps": num_steps}
    start = time.perf_counter()
    with nnjax.hooks.storing(lambda: None):  # the networks that are timed are not stored
        nnjax.sweep(data, **asked)
    return time.perf_counter() - start


def in_time(error: xr.DataArray, slow: xr.DataArray, fast: xr.DataArray, steps: tuple[int, int]) -> xr.DataArray:
    """Log errors after the seconds in which a network that takes `fast` seconds per step takes all its steps.

    They are interpolated, in log steps, between the `short` and the `long` networks of `length`. These were trained for
    so many `steps`, each with a schedule of its own. What is too slow even for the short training is read there, in its
    favour.
    """
    short, long = steps
    taken = long * (fast / slow).clip(max=1)
    share = np.log(taken.clip(min=short) / short) / np.log(long / short)
    return error.sel(length="short", drop=True) * (1 - share) + error.sel(length="long", drop=True) * share
