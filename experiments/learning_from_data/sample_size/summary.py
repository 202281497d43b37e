"""What `sample_size` found in numbers: which method errs least, by how much, and where two methods' curves cross."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.learning_from_data.sample_size.config import LARGEST_METHODS
from experiments.learning_from_data.shared import crossing, draws, methods
from experiments.learning_from_data.shared.crossing import Crossing
from experiments.learning_from_data.shared.draws import DIGITS, MNIST1D
from experiments.learning_from_data.shared.networks import network, together
from nnjax import statistics
from nnjax.statistics import Mean

SIGNALS = (MNIST1D, DIGITS)  # whose columns are points of one signal


# Kinds of methods.
FIRST, DEEP, SINGLE = "one hidden layer", "two or more hidden layers", "single networks"
CLASSICAL, TREES, FORESTS, LARGEST = "classical", "trees", "forests", "classical, run with the most rows"


class Pair(NamedTuple):
    """Two methods on one data set at `rows` rows: log10 of the first error over the second, paired by draw."""

    data_set: str
    rows: int
    first: str
    second: str
    ratio: Mean
    first_at_end: bool
    second_at_end: bool
    draws: int


class Contest(NamedTuple):
    """The best of some methods by tuning against other methods: against the best of these by tuning, and against the
    one that it beats least surely, by the upper end of the ratio's interval.
    """

    best: Pair
    hardest: Pair
    pairs: Sequence[Pair]  # against each of the others
    p_value: float  # of erring less than each of them; or, where it errs more than the best, of that

    @property
    def data_set(self) -> str:
        return self.best.data_set

    @property
    def rows(self) -> int:
        return self.best.rows


def is_mean(method: str) -> bool:
    return method.startswith("mean of ")


def is_network(method: str) -> bool:
    """Whether a method is a single network or a mean of networks."""
    return "hidden layer" in method


def of_kind(kind: str, classical: Sequence[str], depths: Sequence[int]) -> list[str]:
    """The methods of a kind, of these classical ones and of networks of these depths."""
    nets = {FIRST: depths[:1], DEEP: [depth for depth in depths if depth > 1], SINGLE: depths}
    if kind in nets:
        return [network(depth) for depth in nets[kind]]
    kept = {
        CLASSICAL: methods.CLASSICAL, TREES: methods.TREES, FORESTS: (methods.FOREST, methods.EXTRA),
        LARGEST: LARGEST_METHODS,
    }  # fmt: skip
    return [name for name in kept[kind] if name in classical]


def methods_of(data: xr.Dataset, kind: str) -> list[str]:
    return of_kind(kind, [str(name) for name in data.learner.values], data.attrs["depths"])


def mean_with(data: xr.Dataset, method: str) -> str:
    """The mean of networks of the same depth as a network."""
    return together(data.attrs["depths"][methods_of(data, SINGLE).index(method)], data.attrs["seeds"])


def rows_of(data: xr.Dataset, data_set: str) -> list[int]:
    """The numbers of rows at which a data set was measured."""
    there = np.isfinite(data.error.sel(data_set=data_set)).any(["learner", "draw"])
    return [int(rows) for rows in data.rows.values[there.values]]


def by_tuning(data: xr.Dataset, data_set: str, rows: int, among: Sequence[str]) -> str:
    """The method with the least error in tuning; the reported draws play no part in the choice."""
    error = data.tuning_error.sel(data_set=data_set, rows=rows, learner=list(among)).values
    return among[int(np.nanargmin(error))]


def logs(data: xr.Dataset, data_set: str, method: str) -> np.ndarray:
    """Log10 errors [draw, rows] at the rows of a data set; nan where nothing was measured."""
    error = data.error.sel(data_set=data_set, learner=method, rows=rows_of(data, data_set)).transpose("draw", "rows")
    return crossing.log_error(error.values.astype(float), data.attrs["test_rows"][data_set])


def overlap(data: xr.Dataset, data_set: str) -> float:
    return draws.overlap(data_set, data.attrs["test_rows"][data_set])


def pair(data: xr.Dataset, data_set: str, rows: int, first: str, second: str) -> Pair:
    at = rows_of(data, data_set).index(rows)
    difference = logs(data, data_set, first)[:, at] - logs(data, data_set, second)[:, at]
    first_end, second_end = (_at_end(data, data_set, rows, method) for method in (first, second))
    ratio = crossing.mean_ratio(difference, overlap(data, data_set))
    count = int(np.isfinite(difference).sum())
    return Pair(data_set, rows, first, second, ratio, first_end, second_end, count)


def _at_end(data: xr.Dataset, data_set: str, rows: int, method: str) -> bool:
    at = data.sel(data_set=data_set, rows=rows, learner=method)
    # 8 sqrt(d) columns are all of them, so that nothing is left to try beyond, except for the pixels of the digits.
    few_columns = data_set == DIGITS and method in (methods.FOREST, methods.EXTRA) and float(at["first"]) >= 8
    return bool(at.at_end != 0) or few_columns


def best_pair(data: xr.Dataset, data_set: str, rows: int, ours: Sequence[str], theirs: Sequence[str]) -> Pair:
    """The best of ours by tuning against the best of theirs."""
    return pair(data, data_set, rows, *(by_tuning(data, data_set, rows, among) for among in (ours, theirs)))


def contest(
    data: xr.Dataset, data_set: str, ours: Sequence[str], theirs: Sequence[str], *, most: bool, mean: bool = False
) -> Contest:
    """The best of ours by tuning against theirs, at the most or the fewest rows at which all of them were measured.

    With `mean`, ours is the mean of networks like our best one. Whether it errs less than each of theirs is tested by
    the greatest of the p-values (an intersection-union test).
    """
    every = [rows for rows in rows_of(data, data_set) if {*ours, *theirs} <= set(measured(data, data_set, rows))]
    rows = every[-1 if most else 0]
    first = by_tuning(data, data_set, rows, ours)
    first = mean_with(data, first) if mean else first
    pairs = {name: pair(data, data_set, rows, first, name) for name in theirs}
    best = pairs[by_tuning(data, data_set, rows, theirs)]
    hardest = max(pairs.values(), key=lambda one: one.ratio.high)
    if best.ratio.estimate > 0:
        return Contest(best, hardest, list(pairs.values()), best.ratio.p_value)
    p_values = [one.ratio.p_value if one.ratio.estimate < 0 else 1.0 for one in pairs.values()]
    return Contest(best, hardest, list(pairs.values()), max(p_values))


def rows_of_gain(data: xr.Dataset, data_set: str) -> list[int]:
    """The numbers of rows with the most draws, or all numbers of rows if these are fewer than three."""
    every = rows_of(data, data_set)
    counts = [int(np.isfinite(data.error.sel(data_set=data_set, rows=rows)).any("learner").sum()) for rows in every]
    kept = [rows for rows, count in zip(every, counts, strict=True) if count == max(counts)]
    return kept if len(kept) > 2 else every


def gain_by_rows(data: xr.Dataset, data_set: str, ours: Sequence[str], theirs: Sequence[str]) -> Mean:
    """The slope of log10(our error / theirs) over log10(rows), with the best methods by tuning at each number of rows.

    It is taken over the rows of `rows_of_gain` and the draws that are measured at all of them.
    """
    kept, every = rows_of_gain(data, data_set), rows_of(data, data_set)
    columns = []
    for rows in kept:
        best, rival = (by_tuning(data, data_set, rows, among) for among in (ours, theirs))
        columns.append((logs(data, data_set, best) - logs(data, data_set, rival))[:, every.index(rows)])
    difference = np.stack(columns, axis=1)
    whole = difference[np.isfinite(difference).all(axis=1)]
    x = np.log10(kept) - np.log10(kept).mean()
    return statistics.mean(whole @ x / (x @ x), overlap=overlap(data, data_set))


def crossing_of(data: xr.Dataset, data_set: str, first: str, second: str) -> Crossing:
    """Where two methods cross, over the rows at which both were measured."""
    difference = logs(data, data_set, first) - logs(data, data_set, second)
    there = np.isfinite(difference).any(axis=0)
    rows = [rows for rows, one in zip(rows_of(data, data_set), there, strict=True) if one]
    return crossing.crossing(rows, difference[:, there], overlap(data, data_set))


def said(data: xr.Dataset, data_set: str, first: str, second: str) -> str:
    """Which of two methods is better, and from which number of rows on, in a few words."""
    found = crossing_of(data, data_set, first, second)
    if found.reading in (crossing.TIE, crossing.OPEN):
        return f"{found.reading} with the most rows"
    better = first if found.reading == crossing.FIRST else second
    if not found.rows:
        at_most = f" [below {rows_of(data, data_set)[0]:,}, {found.high:,.0f}]" if found.high else ""
        return f"{better} better at all numbers of rows{at_most}"
    low = f"{found.low:,.0f}" if found.low else f"below {rows_of(data, data_set)[0]:,}"
    return f"{better} better from {found.rows:,.0f} rows on [{low}, {found.high:,.0f}]"


def geometric_mean(data: xr.Dataset, data_set: str, rows: int, method: str) -> Mean:
    """The mean log10 error over the draws."""
    found = logs(data, data_set, method)[:, rows_of(data, data_set).index(rows)]
    return crossing.mean_ratio(found, overlap(data, data_set))


def measured(data: xr.Dataset, data_set: str, rows: int) -> list[str]:
    """The methods that were measured at `rows` rows."""
    there = np.isfinite(data.error.sel(data_set=data_set, rows=rows)).any("draw").values
    return [str(name) for name in data.learner.values[there]]


def least(data: xr.Dataset, data_set: str, rows: int, among: Callable[[str], bool] = lambda name: True) -> str:
    """The method that errs least on the reported draws."""
    names = [name for name in measured(data, data_set, rows) if among(name)]
    return min(names, key=lambda name: geometric_mean(data, data_set, rows, name).estimate)
