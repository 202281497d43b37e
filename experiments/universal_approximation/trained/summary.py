"""Medians, intervals and slopes of the errors, and which of them depend on a tuned number at an end of its grid."""

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from scipy.stats import binom

from experiments.universal_approximation.shared.parts import Parts, ends
from nnjax import statistics
from nnjax.tasks import TARGETS

FLOOR = 1e-4  # times the target's standard deviation; below this, more neurons need not help any further
SMOOTH = ("sigmoid", "tanh", "gelu", "sin")
NAMES = {"relu": "ReLU", "gelu": "GELU", "elu": "ELU", "sin": "sine"}  # of activations, in text
ROUNDING = 1e-11  # below this, errors show the precision of the numbers and of the solver
DIVERGED = 1e6  # what an infinite error counts as, where a slope is computed
SLOPE_FROM, SLOPE_TO = 8, 64  # widths between these are near enough to the asymptotic rate
RESAMPLES, TAIL = 999, 0.025  # bootstrap resamples of the seeds, and what is left out at either end of an interval
LEAST_ORDER, LEAST_WIDTHS = 4, 3  # needed to call a law faster than any power
SLACK = 0.25  # by which the slope of trained networks may differ from that of the bound
FALLING = 1.1  # training has not ended where the median error still falls by more than this over the last half


def named(activation: str) -> str:
    """An activation as it is written in a sentence."""
    return NAMES.get(activation, activation)


def medians(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """The median of the seeds with its interval, by order statistics [solver, activation, task, width].

    The level of the interval is at least 95% from 6 seeds on; see `coverage`. A network that diverged has the error
    inf; seeds that were not trained are nan and left out.
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
    """The order statistics between which the median lies with a chance of 95%; with few seeds, the extremes.

    The number of values below the median is binomial (David & Nagaraja 2003, section 7.1).
    """
    below = int(binom.ppf(0.025, n, 0.5)) - 1
    below = max(below, 0)
    return below, n - 1 - below


def coverage(data: xr.Dataset) -> float:
    """The least chance with which an interval of `medians` holds the median: that with the fewest seeds."""
    trained = data.error.notnull().sum("seed").values
    counts = np.unique(trained[trained > 0]).tolist()
    # The median lies below the r-th smallest with the chance that fewer than r values are below the median.
    return min(1 - 2 * float(binom.cdf(_ranks(n)[0], n, 0.5)) for n in counts)


def diverged(data: xr.Dataset) -> tuple[int, int]:
    """The number of networks that diverged, and the number of all."""
    return int(np.isposinf(data.error).sum()), int(data.error.notnull().sum())


def reach(data: xr.Dataset, solver: str) -> list[int]:
    """The widths at which networks of this solver were trained."""
    known = data.error.sel(solver=solver).notnull().any(("activation", "task", "seed"))
    return [int(n) for n in data.width.values[known.values]]


def rated(data: xr.Dataset) -> list[int]:
    """The widths over which a slope is taken."""
    return [int(n) for n in data.width.values if SLOPE_FROM <= n <= SLOPE_TO]


def slope(data: xr.Dataset, solver: str, activation: str, task: str) -> statistics.Slope | None:
    """The slope of the log of the median error over log N for N from 8 to 64; None where there are too few widths.

    Its 95% interval is a bootstrap of the seeds (`resampled`). A median that is infinite counts as DIVERGED.
    """
    error = data.error.sel(solver=solver, activation=activation, task=task, width=rated(data))
    error = error.transpose("width", "seed").dropna("width", how="all")
    if error.sizes["width"] < 2:
        return None
    x, values = np.log(error.width.values.astype(float)), error.values.astype(float)
    middle = medians(data)[0].sel(solver=solver, activation=activation, task=task, width=error.width).values
    logs = np.log(np.clip(np.vstack([middle, resampled(values)]), 1e-17, DIVERGED))
    centred = x - x.mean()
    slopes = logs @ centred / (centred @ centred)
    low, high = np.quantile(slopes[1:], [TAIL, 1 - TAIL])
    return statistics.Slope(float(slopes[0]), float(low), float(high), float(logs[0].mean() - slopes[0] * x.mean()))


def resampled(error: np.ndarray) -> np.ndarray:
    """Medians [r, width] of seeds [width, seed] that are drawn again with replacement.

    A seed is drawn with its errors at all widths, as its networks are nested, and among those that were trained at the
    same widths, so that every median is of as many seeds as the one reported.
    """
    trained, rng, columns = ~np.isnan(error), np.random.default_rng(0), []
    for pattern in np.unique(trained, axis=1).T:
        group = np.flatnonzero((trained == pattern[:, None]).all(axis=0))
        columns.append(rng.choice(group, (RESAMPLES, len(group))))
    rows = np.sort(error[:, np.concatenate(columns, axis=1)], axis=2)  # nan last
    counts = trained.sum(axis=1)
    return np.stack([(row[:, (n - 1) // 2] + row[:, n // 2]) / 2 for row, n in zip(rows, counts, strict=True)], axis=1)


def at_end(data: xr.Dataset) -> xr.DataArray:
    """Where the tuned rate or scale is the least or the greatest tried [solver, activation, task, width]."""
    rates, scales = data.attrs["rates"], data.attrs["scales"]
    of_scales = data.scale.isin(ends(scales))
    of_rates = [data.rate.sel(solver=solver).isin(ends(rates[str(solver)])) for solver in data.solver.values]
    return of_scales | xr.concat(of_rates, data.solver)


def falling(data: xr.Dataset) -> xr.DataArray:
    """Where training had not ended [solver, activation, task, width]: the second half of the steps still made the
    median error smaller by more than FALLING, and it was not down to FLOOR of the target's size (which counts as
    rounding here).
    """
    middle = medians(data)[0]
    before = medians(data.assign(error=data.earlier))[0]
    size = xr.DataArray([_size(name) for name in data.task.values], dims="task")
    with np.errstate(invalid="ignore"):
        return (before > FALLING * middle) & (middle >= FLOOR * size)


class Rises(NamedTuple):
    """For pairs of activation and target [activation, task]: whether the median error falls with every four times as
    many neurons or is down to FLOOR, and which pairs are undecided; where, by the intervals, it fails to fall at one
    step or more; and where it falls at every step, also below FLOOR."""

    parts: Parts
    fails: np.ndarray
    falls: np.ndarray

    @property
    def open(self) -> np.ndarray:
        """Which pairs the intervals leave open."""
        return ~(self.parts.holds | self.fails)


def rises(data: xr.Dataset, solver: str) -> Rises:
    """Whether accuracy rises with N: with every four times as many neurons, as far as this solver goes, the interval
    of the ratio of the medians lies below 1, or the error is down to FLOOR of the target's size (its standard
    deviation). A pair fails where that interval lies at or above 1 at one step, and is open otherwise.

    Better tuned numbers for the wider network could turn a failure into a success, and for the narrower one a success
    into a failure, unless the wider one is below the floor; where such a number lies at an end, a pair is undecided.
    """
    middle, end = medians(data)[0].sel(solver=solver), at_end(data).sel(solver=solver)
    size = xr.DataArray([_size(name) for name in data.task.values], dims="task")
    holds = xr.ones_like(middle.isel(width=0, drop=True), dtype=bool)
    surely, falls, fails, never = holds.copy(), holds.copy(), ~holds, ~holds
    steps = fourfold(reach(data, solver))
    for few, many in steps:
        floor = middle.sel(width=many, drop=True) < FLOOR * size
        # A pair holds where all of its steps do, which needs no correction, and fails where one of them does.
        low, high = _steps(data.error.sel(solver=solver), few, many, TAIL / len(steps), 1 - TAIL)
        here, not_here = floor | (high < 0), ~floor & (low >= 0)
        holds &= here
        falls &= high < 0
        surely &= here & (floor | ~end.sel(width=few, drop=True))
        fails |= not_here
        never |= not_here & ~end.sel(width=many, drop=True)
    return Rises(Parts(holds.values, ~(surely | never).values), fails.values, falls.values)


def _steps(error: xr.DataArray, few: int, many: int, lower: float, upper: float) -> tuple[xr.DataArray, xr.DataArray]:
    """Two quantiles of the bootstrap of the log of the median error at `many` neurons, divided by that at `few`
    [activation, task]. Seeds are drawn again, each with its errors at both."""

    def ends_of(pair: np.ndarray) -> np.ndarray:
        logs = np.log(np.clip(resampled(pair.astype(float)), 1e-17, DIVERGED))
        return np.quantile(logs[:, 1] - logs[:, 0], [lower, upper])

    ends = xr.apply_ufunc(
        ends_of, error.sel(width=[few, many]), input_core_dims=[["width", "seed"]], output_core_dims=[["end"]],
        vectorize=True,
    )  # fmt: skip
    return ends.isel(end=0), ends.isel(end=1)


def falls(data: xr.Dataset, solver: str) -> tuple[Parts, list[statistics.Slope], list[float]]:
    """Whether ReLU's slope is within SLACK of the bound's on each analytic target; the slopes, and the bound's.

    A target is undecided where only a part of the interval is that near, or where a tuned number lies at an end.
    """
    names = analytic(data)
    pairs = [(slope(data, solver, "relu", name), r) for name, r in zip(names, bound_slopes(data, names), strict=True)]
    end = at_end(data).sel(solver=solver, activation="relu", task=names, width=rated(data)).any("width").values
    known = [i for i, (one, r) in enumerate(pairs) if one is not None and np.isfinite(r)]
    found = [(one, r) for one, r in (pairs[i] for i in known) if one is not None]
    holds = [r - SLACK <= one.low and one.high <= r + SLACK for one, r in found]
    fails = [one.high < r - SLACK or r + SLACK < one.low for one, r in found]
    undecided = ~(np.array(holds, bool) | np.array(fails, bool)) | end[known]
    return Parts(np.array(holds, bool), undecided), [one for one, _ in found], [r for _, r in found]


def fourfold(widths: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of a width and four times that width, from the narrowest on."""
    return [(n, 4 * n) for n in widths if 4 * n in widths and np.log2(n / widths[0]) % 2 == 0]


def _size(name: str) -> float:
    target = TARGETS[name]
    return float(np.std(target.function(np.linspace(*target.interval, 4001))))


def analytic(data: xr.Dataset) -> list[str]:
    """The targets for which there are smooth networks whose error falls faster than any power of N."""
    return [str(name) for name in data.task.values if TARGETS[name].analytic]


def bound_slopes(data: xr.Dataset, names: list[str]) -> list[float]:
    """The slopes of log E(N + 1) over log N for the widths that `slope` takes."""
    widths = np.array(rated(data), float)
    if len(widths) < 2:
        return [float("nan")] * len(names)
    return [float(np.polyfit(np.log(widths), np.log(data.bound.sel(task=name, width=widths)), 1)[0]) for name in names]


class Laws(NamedTuple):
    """For pairs of smooth activation and analytic target: whether they are faster than a power, their order in the end
    [pair], and how many pairs could not be judged."""

    parts: Parts
    order: np.ndarray
    dropped: int


def laws(data: xr.Dataset) -> Laws:
    """How the errors of smooth activations fall on analytic targets with variable projection.

    From N = 2 on, before the first median below ROUNDING, two laws are fitted to the log of the medians: a line in
    log N (a power), and one in sqrt N (faster than any power, slower than exp(-c N)). A pair is faster than a power
    where the second fits better in all but TAIL of the bootstrap resamples of the seeds, and where the order
    -d log(error) / d log(N) over the later half of the doublings is LEAST_ORDER or more. Pairs with
    fewer than three widths before that are dropped. A pair is undecided where a tuned number lies at an end, or half of
    the steps would have given the other answer.
    """
    smooth = [name for name in data.activation.values if name in SMOOTH]
    widths = [n for n in data.width.values if n >= 2]
    place = {"solver": "variable projection", "activation": smooth, "task": analytic(data), "width": widths}
    error = data.error.sel(place).transpose("activation", "task", "width", "seed").values.astype(float)
    ends = at_end(data).sel(place).transpose("activation", "task", "width").values
    early = data.earlier.sel(place).transpose("activation", "task", "width", "seed").values
    trios = zip(
        error.reshape(-1, *error.shape[2:]), ends.reshape(-1, len(widths)), early.reshape(-1, *early.shape[2:]),
        strict=True,
    )  # fmt: skip
    found = [_stable_law(np.array(widths, float), *trio) for trio in trios]
    judged = [one for one in found if one is not None]
    faster, order, undecided = (np.array([one[i] for one in judged]) for i in range(3))
    return Laws(Parts(faster.astype(bool), undecided.astype(bool)), order, len(found) - len(judged))


def _stable_law(
    widths: np.ndarray, error: np.ndarray, end: np.ndarray, early: np.ndarray
) -> tuple[bool, float, bool] | None:
    """`_law`, undecided as well where half of the steps (errors `early`) would have given another answer."""
    one, before = _law(widths, error, end), _law(widths, early.astype(float), end)
    if one is None:
        return None
    return one[0], one[1], one[2] or before is None or before[0] != one[0]


def _law(widths: np.ndarray, error: np.ndarray, end: np.ndarray) -> tuple[bool, float, bool] | None:
    """For one pair with these errors [width, seed]: whether it is faster than a power, its order in the end, and
    whether any of its tuned numbers lies at an end of its grid (`end` [width])."""
    middle = np.array([_interval(row)[1] for row in error])
    ends = np.flatnonzero(~(middle > ROUNDING))  # where rounding is reached, or networks were not trained
    count = ends[0] if len(ends) else len(middle)
    if count < LEAST_WIDTHS:
        return None
    widths, x = widths[:count], np.log(widths[:count])
    logs = np.log(np.clip(np.vstack([middle[:count], resampled(error[:count])]), 1e-17, DIVERGED))
    better = _misfit(np.sqrt(widths), logs[1:]) < _misfit(x, logs[1:])
    half = (count - 1) // 2
    order = (logs[0, half] - logs[0, -1]) / (x[-1] - x[half])
    return bool(better.mean() >= 1 - TAIL and order >= LEAST_ORDER), float(order), bool(end[:count].any())


def _misfit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The sum of squared residuals [r] of straight lines over x [n], fitted to y [r, n]."""
    x, y = x - x.mean(), y - y.mean(axis=1, keepdims=True)
    return ((y - (y @ x / (x @ x))[:, None] * x) ** 2).sum(axis=1)
