"""What `against_search` found in numbers: differences of errors on each table, and ratios of candidates per second."""

import numpy as np
import xarray as xr

from experiments.your_table.against_search.config import BASELINES, NETWORK_LONG, SEARCH_LONG
from experiments.your_table.shared.benchmark import REGRESSION, overlap
from nnjax import statistics

MARGIN, MARGIN_R2 = 0.01, 0.02  # of the share of wrong rows, and of 1 - R^2


def margin(data: xr.Dataset, table: str) -> float:
    """By how much an error may be greater and still count as no worse: never by less than one test row."""
    return MARGIN_R2 if table in REGRESSION else max(MARGIN, 1 / int(data.num_test.sel(table=table)))


def difference(data: xr.Dataset, table: str, method: str, confidence: float = 0.95) -> statistics.Mean:
    """The error of a method less that of the search over scikit-learn's networks on its budget, paired by split."""
    error = data.error.sel(table=table)
    values = (error.sel(learner=method) - error.sel(learner=BASELINES[method])).values
    return statistics.mean(values, confidence, overlap(data, table))


def longer(data: xr.Dataset) -> float:
    """How many times the seconds of the network the search took, at equal seconds: the median over all splits."""
    seconds = data.seconds
    return float((seconds.sel(learner=SEARCH_LONG) / seconds.sel(learner=NETWORK_LONG)).median())


def faster(data: xr.Dataset, table: str) -> float:
    """How many times as many candidates per second the network tries as the search, at equal seconds: the median over
    splits of the ratio in a split.
    """
    rate = (data.candidates / data.seconds).sel(table=table)
    return float(np.median((rate.sel(learner=NETWORK_LONG) / rate.sel(learner=SEARCH_LONG)).values))
