"""What `sample_size` found in numbers: who errs least, by how much, and where the curves of two methods cross."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.learning_from_data.shared import crossing, draws
from experiments.learning_from_data.shared.crossing import Crossing
from experiments.learning_from_data.shared.draws import DIGITS, MNIST1D
from experiments.learning_from_data.shared.methods import CLASSICAL, TREES
from experiments.learning_from_data.shared.networks import network, together
from experiments.learning_from_data.shared.tables import TABLES
from nnjax import statistics
from nnjax.statistics import Mean

SIGNALS = (MNIST1D, DIGITS)  # whose columns are points of one signal


class Pair(NamedTuple):
    """Two methods on one data set at so many rows: log10 of the first error over the second, by draw."""

    data_set: str
    rows: int
    first: str
    second: str
    ratio: Mean
    first_at_end: bool
    second_at_end: bool
    draws: int


def is_mean(method: str) -> bool:
    return method.startswith("mean of ")


def singles(data: xr.Dataset) -> list[str]:
    """The networks that are no mean of others, by depth."""
    return [network(depth) for depth in data.attrs["depths"]]


def deep(data: xr.Dataset) -> list[str]:
    """Those with two hidden layers or more."""
    return [network(depth) for depth in data.attrs["depths"] if depth > 1]


def classical(data: xr.Dataset) -> list[str]:
    return [name for name in CLASSICAL if name in data.learner.values]


def trees(data: xr.Dataset) -> list[str]:
    return [name for name in TREES if name in data.learner.values]


def mean_with(data: xr.Dataset, method: str) -> str:
    """The mean of networks of the same depth as a network."""
    return together(data.attrs["depths"][singles(data).index(method)], data.attrs["seeds"])


def rows_of(data: xr.Dataset, data_set: str) -> list[int]:
    """The numbers of rows at which a data set was measured."""
    there = np.isfinite(data.error.sel(data_set=data_set)).any(["learner", "draw"])
    return [int(rows) for rows in data.rows.values[there.values]]


def tables_of(data: xr.Dataset) -> list[str]:
    return [name for name in map(str, data.data_set.values) if name in TABLES]


def signals_of(data: xr.Dataset) -> list[str]:
    return [name for name in map(str, data.data_set.values) if name in SIGNALS]


def by_tuning(data: xr.Dataset, data_set: str, rows: int, among: Sequence[str]) -> str:
    """The method with the least error in tuning; the draws that are reported have no part in the choice."""
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
    ends = data.at_end.sel(data_set=data_set, rows=rows, learner=[first, second]).values != 0
    ratio = crossing.mean_ratio(difference, overlap(data, data_set))
    count = int(np.isfinite(difference).sum())
    return Pair(data_set, rows, first, second, ratio, bool(ends[0]), bool(ends[1]), count)


def contest(
    data: xr.Dataset, data_set: str, rows: int, ours: Sequence[str], theirs: Sequence[str], mean: bool = False
) -> Pair:
    """The best of ours by tuning against the best of theirs; with `mean`, the mean of networks like our best one."""
    first = by_tuning(data, data_set, rows, ours)
    return pair(
        data, data_set, rows, mean_with(data, first) if mean else first, by_tuning(data, data_set, rows, theirs)
    )


def rows_of_gain(data: xr.Dataset, data_set: str) -> list[int]:
    """The rows at which there are most draws, or all rows if these are fewer than three."""
    every = rows_of(data, data_set)
    counts = [int(np.isfinite(data.error.sel(data_set=data_set, rows=rows)).any("learner").sum()) for rows in every]
    kept = [rows for rows, count in zip(every, counts, strict=True) if count == max(counts)]
    return kept if len(kept) > 2 else every


def gain_by_rows(data: xr.Dataset, data_set: str, ours: Sequence[str], theirs: Sequence[str]) -> Mean:
    """The slope of log10 of our error over theirs on log10 of the rows, of the best by tuning at each number of rows.

    Over the rows of `rows_of_gain`, and the draws that are measured at all of them.
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


def said(found: Crossing, rows: Sequence[int]) -> str:
    """A crossing in a few words, from the first method's side."""
    if found.reading in (crossing.TIE, crossing.OPEN):
        return f"{found.reading} at the most rows"
    side = "first errs less" if found.reading == crossing.FIRST else "second errs less"
    if not found.rows:
        return f"{side} at all rows"
    low = f"{found.low:,.0f}" if found.low else f"below {min(rows):,}"
    return f"{side} from {found.rows:,.0f} rows on [{low}, {found.high:,.0f}]"


def geometric_mean(data: xr.Dataset, data_set: str, rows: int, method: str) -> Mean:
    """The mean log10 error over the draws."""
    found = logs(data, data_set, method)[:, rows_of(data, data_set).index(rows)]
    return crossing.mean_ratio(found, overlap(data, data_set))


def measured(data: xr.Dataset, data_set: str, rows: int) -> list[str]:
    """The methods that were measured at so many rows."""
    there = np.isfinite(data.error.sel(data_set=data_set, rows=rows)).any("draw").values
    return [str(name) for name in data.learner.values[there]]


def least(data: xr.Dataset, data_set: str, rows: int, among: Callable[[str], bool] = lambda name: True) -> str:
    """The method that errs least on the reported draws."""
    names = [name for name in measured(data, data_set, rows) if among(name)]
    return min(names, key=lambda name: geometric_mean(data, data_set, rows, name).estimate)
