"""Medians, intervals and slopes of the errors in `trained`: what figures, table and verdicts share."""

import functools

import numpy as np
import xarray as xr

from nnjax import statistics
from nnjax.tasks import TARGETS

FLOOR = 1e-4  # relative to the target's size; below this, more neurons need not help training any further
SMOOTH = ("sigmoid", "tanh", "gelu", "sin")
ROUNDING = 1e-11  # below this, errors show the precision of the numbers and of the solver
DIVERGED = 1e6  # what an infinite error counts as, where a slope is asked for
SLOPE_FROM = 8  # widths from here on, to 64, are near enough to the asymptotic rate


def medians(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """The median of the seeds with its 95 % interval, by order statistics [solver, activation, task, width].

    A network that diverged has the error inf; seeds that were not trained are nan and no part of it.
    """
    low, middle, high = xr.apply_ufunc(
        _interval, data.error, input_core_dims=[["seed"]], output_core_dims=[[], [], []], vectorize=True
    )
    return middle, low, high


def _interval(errors: np.ndarray) -> tuple[float, float, float]:
    known = np.sort(errors[~np.isnan(errors)].astype(float))
    if len(known) == 0:
        return np.nan, np.nan, np.nan
    below, above = _ranks(len(known))
    centre = (known[(len(known) - 1) // 2], known[len(known) // 2])
    return known[below], centre[0] if centre[0] == centre[1] else sum(centre) / 2, known[above]


@functools.cache
def _ranks(n: int) -> tuple[int, int]:
    """The order statistics between which the median lies with a chance of 95 %, or the extremes of few seeds.

    The number of values below the median is binomial (David & Nagaraja 2003, section 7.1).
    """
    from scipy.stats import binom

    below = int(binom.ppf(0.025, n, 0.5)) - 1
    below = max(below, 0)
    return below, n - 1 - below


def best_solver(data: xr.Dataset) -> xr.DataArray:
    """Which solver the tuning seeds prefer [activation, task, width]: an index of `solver`."""
    return data.tuning_error.fillna(np.inf).argmin("solver")


def tuned(data: xr.Dataset) -> xr.Dataset:
    """`medians` of the solver that the tuning seeds chose: middle, low, high [activation, task, width]."""
    chosen = best_solver(data)
    names = ("middle", "low", "high")
    return xr.Dataset(
        {
            name: values.isel(solver=chosen).drop_vars("solver")
            for name, values in zip(names, medians(data), strict=True)
        }
    )


def slope(data: xr.Dataset, solver: str, activation: str, task: str) -> statistics.Slope | None:
    """The slope of log error over log N, all reported seeds, for N from 8 to 64; None where there are too few."""
    error = data.error.sel(solver=solver, activation=activation, task=task)
    error = error.sel(width=[n for n in data.width.values if SLOPE_FROM <= n <= 64])
    places, seeds = np.nonzero(np.isfinite(error.transpose("width", "seed").values))
    if len(np.unique(places)) < 2 or len(places) < 3:
        return None
    y = np.log2(np.maximum(error.transpose("width", "seed").values[places, seeds], 1e-17).astype(float))
    return statistics.slope(np.log2(error.width.values[places].astype(float)), y)


def rises(data: xr.Dataset) -> xr.DataArray:
    """Whether accuracy rises with N [activation, task]: with every four times as many neurons the interval of the
    median lies below the one before, or the error is down to FLOOR of the target's size (its standard deviation).
    """
    found, size = tuned(data), xr.DataArray([_size(name) for name in data.task.values], dims="task")
    widths = list(data.width.values)
    steps = [(n, 4 * n) for n in widths if 4 * n in widths and np.log2(n / widths[0]) % 2 == 0]
    holds = xr.ones_like(found.middle.isel(width=0, drop=True), dtype=bool)
    for few, many in steps:
        apart = found.high.sel(width=many, drop=True) < found.low.sel(width=few, drop=True)
        holds &= apart | (found.middle.sel(width=many, drop=True) < FLOOR * size)
    return holds


def _size(name: str) -> float:
    target = TARGETS[name]
    return float(np.std(target.function(np.linspace(*target.interval, 4001))))


def analytic(data: xr.Dataset) -> list[str]:
    """The targets on which smooth networks can gain faster than any power."""
    return [str(name) for name in data.task.values if TARGETS[name].analytic]


def bound_slopes(data: xr.Dataset, names: list[str]) -> list[float]:
    """The slopes of log E(N + 1) over log N for the widths that `slope` takes."""
    widths = np.array([n for n in data.width.values if SLOPE_FROM <= n <= 64], float)
    if len(widths) < 2:
        return [float("nan")] * len(names)
    return [float(np.polyfit(np.log(widths), np.log(data.bound.sel(task=name, width=widths)), 1)[0]) for name in names]


def orders(data: xr.Dataset) -> np.ndarray:
    """How fast smooth activations gain on analytic targets with variable projection, [pair, 2].

    The mean order -d log(error) / d log(N) over the earlier and the later half of the doublings from N = 2 on, up to
    the first error below ROUNDING. A power law has the same order in both.
    """
    smooth = [name for name in data.activation.values if name in SMOOTH]
    middle = medians(data)[0].sel(solver="variable projection", activation=smooth, task=analytic(data))
    wide = middle.sel(width=[n for n in data.width.values if n >= 2]).transpose("activation", "task", "width")
    x, found = np.log2(wide.width.values), []
    for y in wide.values.reshape(-1, len(x)):
        ends = np.flatnonzero(~(y > ROUNDING))  # where rounding is reached, or networks were not trained
        last = len(y) - 1 if not len(ends) else ends[0] - int(np.isnan(y[ends[0]]))
        if last >= 2:
            y = np.log2(np.clip(y, ROUNDING, DIVERGED))
            half = last // 2
            found.append([(y[0] - y[half]) / (x[half] - x[0]), (y[half] - y[last]) / (x[last] - x[half])])
    return np.array(found).reshape(-1, 2)


def faster(data: xr.Dataset) -> np.ndarray:
    """Whether each pair of `orders` is faster than a power: its order rises, to 4 at the least."""
    found = orders(data)
    return (found[:, 1] > found[:, 0]) & (found[:, 1] >= 4)
