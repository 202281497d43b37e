"""Tuning: choose hyperparameters such as the learning rate for every setting, on seeds that are not reported.

    tuned = nnjax.tuning.tune(
        lambda learning_rate: nnjax.sweep(
            data, width=[2, 4, 8], learning_rate=learning_rate, seeds=nnjax.tuning.seeds(100)
        ).train_loss,
        learning_rate=[0.01, 0.03, 0.1],
        widen=2,
    )
    runs = nnjax.sweep(data, width=[2, 4, 8], **tuned.best, seeds=1000)

`tuned.at_end` marks the settings whose best value is the smallest or the largest tried, so that the optimum may lie
outside the grid.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnjax import arguments

if TYPE_CHECKING:
    import xarray as xr

# Seeds from here on are reserved for tuning; reported runs use seeds from 0 on.
FIRST_SEED = 1_000_000
MOST_WIDENINGS = 3


class Tuned(NamedTuple):
    """The best values, whether they lie at an end of their grid, and the cost surface from which they were chosen."""

    best: "dict[str, xr.DataArray]"  # of each number, over the remaining axes; can be passed to `sweep`
    at_end: "dict[str, xr.DataArray]"  # -1 if the best value is the smallest tried, 1 if the largest, else 0
    cost: "xr.DataArray"  # over the numbers and the remaining axes, means over seeds


def seeds(num_seeds: int) -> range:
    """Seeds for tuning, which no reported network uses."""
    return range(FIRST_SEED, FIRST_SEED + arguments.whole("num_seeds", num_seeds, most=2**31))


def choose(cost: "xr.DataArray", *numbers: str, tie: "xr.DataArray | None" = None) -> Tuned:
    """Choose the values of the numbers with the lowest cost, for every setting of the remaining axes.

    Args:
        cost: has a dimension for each number, any other axes, and optionally `seed`, over which the mean is taken. A
            value that is not finite (a network that diverged) is chosen only if none is finite.
        numbers: names of the dimensions to tune.
        tie: decides among equal costs, the lowest first; with dimensions as `cost`.

    Returns:
        Tuned; a number of which only one value was tried counts as inside its grid (`at_end` is 0).
    """
    import xarray as xr

    for name, surface in (("cost", cost), ("tie", tie)):
        if surface is not None and (not arguments.is_table(surface) or surface.dtype.kind not in "biuf"):
            raise ValueError(f"{name} of type {type(surface).__name__} must be a DataArray of real numbers")
    missing = [name for name in numbers if name not in cost.dims]
    if missing or not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"choose: numbers {numbers!r} must be dimensions of cost, which has {cost.dims!r}, each once")
    if not cost.size or any(name not in cost.coords or not cost.indexes[name].is_unique for name in numbers):
        raise ValueError(
            f"cost has sizes {dict(cost.sizes)}: it must not be empty, and each of {numbers!r} needs values"
        )
    cost = _finite(cost)
    ranked = cost if tie is None else _finite(tie).where(cost == cost.min(numbers), np.inf)
    place = ranked.argmin(numbers)
    best, at_end = {}, {}
    for name in numbers:
        values, index = cost[name], place[name]
        best[name] = values[index].drop_vars([n for n in numbers if n in values[index].coords]).rename(name)
        # `at_end` is about the values, not their order.
        least, greatest = values.argsort()[0].item(), values.argsort()[-1].item()
        ends = xr.where(index == least, -1, xr.where(index == greatest, 1, 0)) if values.size > 1 else 0 * index
        at_end[name] = ends.rename(f"{name}_at_end")
    return Tuned(best, at_end, cost)


def tune(
    train: "Callable[..., xr.DataArray | tuple[xr.DataArray, xr.DataArray]]",
    *,
    widen: int = 0,
    **grids: Sequence[float],
) -> Tuned:
    """Train over a grid and choose; if the best value lies at an end, extend the grid there and choose again.

    Args:
        train: called with the values of each number to try, as keyword arguments; returns the cost, or the pair (cost,
            tie), as `choose` takes them. It should train on `seeds(...)`.
        widen: how often a grid may be extended, at most 3 times; each time by one value at an end where some setting
            has its best, at the ratio of the two outermost values there. Networks that diverge there have no finite
            cost, so the grid is not extended further in that direction.
        grids: the values of each number to try first.

    Raises:
        ValueError: for `widen` outside 0 to 3, for grids that are empty or repeat a value, and for a grid that cannot
            be widened: fewer than two values, or values that are not above 0.
    """
    import xarray as xr

    if isinstance(widen, bool) or not isinstance(widen, int | np.integer) or not 0 <= widen <= MOST_WIDENINGS:
        raise ValueError(f"widen={widen!r} must be from 0 to {MOST_WIDENINGS}")
    if not callable(train):
        raise ValueError(f"train={train!r:.80} must be a function of the numbers that returns their cost")
    tried: dict[str, Any] = {}
    for name, values in grids.items():
        given: list[Any] = [values]
        if np.iterable(values) and not isinstance(values, str):
            given = [arguments.item(value) for value in values]
        good = all(arguments.is_number(value) and np.isfinite(value) for value in given)
        tried[name] = sorted(map(float, given)) if good else []
        few = widen and (len(given) < 2 or not good or min(given) <= 0)
        if not tried[name] or len(set(tried[name])) < len(given) or few:
            raise ValueError(
                f"{name}={given!r:.80} must hold different values"
                + (", two or more and above 0, to be widened" if widen else ", all finite numbers")
            )
    cost, tie = _trained(train, tried)
    for _ in range(widen):
        tuned = choose(cost, *tried, tie=tie)
        grown = False
        for name, end in itertools.product(list(tried), (-1, 1)):
            if not bool((tuned.at_end[name] == end).any()):
                continue
            values = tried[name]
            beyond = values[0] * (values[0] / values[1]) if end < 0 else values[-1] * (values[-1] / values[-2])
            if not 0 < beyond < np.inf:  # beyond what float64 holds
                continue
            more, more_tie = _trained(train, tried | {name: [beyond]})
            cost = xr.concat([cost, more], name).sortby(name)
            tie = None if tie is None or more_tie is None else xr.concat([tie, more_tie], name).sortby(name)
            tried[name] = sorted([*values, beyond])
            grown = True
        if not grown:
            break
    return choose(cost, *tried, tie=tie)


def _trained(train: Callable[..., Any], tried: dict[str, Any]) -> "tuple[xr.DataArray, xr.DataArray | None]":
    """What `train` gives for these values: the cost, and what decides among equal costs, if it gives that."""
    found = train(**tried)
    cost: Any = found
    tie: Any = None
    if isinstance(found, tuple) and len(found) == 2:
        cost, tie = found
    if not arguments.is_table(cost) or not (tie is None or arguments.is_table(tie)):
        raise ValueError(f"train must return a DataArray, the cost, or a pair (cost, tie); it gave {found!r:.80}")
    for name, values in tried.items():
        if name not in cost.indexes or sorted(cost.indexes[name]) != values:
            have = list(cost.indexes.get(name, ()))
            raise ValueError(f"train was given {name}={values!r:.80}, but its cost is over {have!r:.80}")
    return cost, tie


def _finite(values: "xr.DataArray") -> "xr.DataArray":
    """Means over seeds, with the greatest float64 in place of values that are not finite."""
    if "seed" in values.dims:
        values = values.mean("seed", skipna=False)
    return values.astype(np.float64).where(np.isfinite(values), np.finfo(np.float64).max)
