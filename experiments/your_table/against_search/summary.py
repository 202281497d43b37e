"""What `against_search` found in numbers: differences of errors on each table, and ratios of candidates per second."""

from typing import Literal

import numpy as np
import xarray as xr

from experiments.your_table.against_search.config import BASELINES, NETWORK_LONG, SEARCH_LONG
from experiments.your_table.shared.benchmark import REGRESSION, overlap
from nnjax import statistics

ALPHA = 0.05
MARGIN, MARGIN_R2 = 0.01, 0.02  # of the share of wrong rows, and of 1 - R^2

ROUNDING = 1e-9  # errors that differ by no more are equal

type Side = Literal["no worse", "worse", "open"]


def margin(data: xr.Dataset, table: str) -> float:
    """By how much an error may be greater and still count as no worse: never by less than one test row."""
    return MARGIN_R2 if table in REGRESSION else max(MARGIN, 1 / int(data.num_test.sel(table=table)))


def difference(data: xr.Dataset, table: str, method: str, confidence: float = 0.95) -> statistics.Mean:
    """The error of a method minus that of the search over scikit-learn's networks on its budget, paired by split."""
    error = data.error.sel(table=table)
    values = (error.sel(learner=method) - error.sel(learner=BASELINES[method])).values
    return statistics.mean(values, confidence, overlap(data, table))


def side(data: xr.Dataset, table: str, method: str) -> Side:
    """Whether a method is no worse than its baseline on a table, within the margin, or worse, or this is open.

    A single worse table refutes the claim for all, so "worse" alone is corrected for the number of tables.
    """
    limit = margin(data, table)
    if difference(data, table, method, 1 - 2 * ALPHA).high < limit:
        return "no worse"
    corrected = difference(data, table, method, 1 - 2 * ALPHA / data.sizes["table"])
    return "worse" if corrected.low > limit else "open"


def lower(data: xr.Dataset, method: str) -> int:
    """On how many tables the mean error of a method is lower than that of its baseline, ties not counted."""
    return sum(difference(data, name, method).estimate < -ROUNDING for name in map(str, data.table.values))


def typical(data: xr.Dataset, method: str) -> tuple[float, float]:
    """How many candidates a method tried and how many seconds that took: medians over all splits."""
    own = data.sel(learner=method)
    return float(own.candidates.median()), float(own.seconds.median())


def fewer(data: xr.Dataset) -> int:
    """In how many splits the sweep tried fewer candidates in the seconds that it was given than at equal trials."""
    return int((data.candidates.sel(learner=NETWORK_LONG) < data.attrs["trials"]).sum())


def faster(data: xr.Dataset, table: str) -> float:
    """How many times as many candidates per second the network tries as the search, at equal seconds: the median over
    splits of the ratio in a split.
    """
    rate = (data.candidates / data.seconds).sel(table=table)
    return float(np.median((rate.sel(learner=NETWORK_LONG) / rate.sel(learner=SEARCH_LONG)).values))
