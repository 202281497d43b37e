"""What `against_peers` found in numbers: ratios of errors on each table, and which tables are behind."""

from typing import Literal

import numpy as np
import scipy
import xarray as xr

from experiments.your_table.against_peers.config import NETWORK
from experiments.your_table.shared.benchmark import overlap
from nnjax import statistics

TENTH = 1.1  # our error may be so many times another's before our network is behind

type Side = Literal["behind", "not behind", "open"]


def difference(data: xr.Dataset, table: str, peer: str, times: float = 1.0) -> statistics.Mean:
    """Our error minus `times` that of another network, paired by split, with its 95% interval."""
    error = data.error.sel(table=table)
    values = (error.sel(learner=NETWORK) - times * error.sel(learner=peer)).values
    return statistics.mean(values, overlap=overlap(data, table))


def side(data: xr.Dataset, table: str, peer: str) -> Side:
    """Whether the network is behind by more than a tenth on a table: all of the interval says so, none, or part."""
    found = difference(data, table, peer, TENTH)
    return "behind" if found.low > 0 else "not behind" if found.high <= 0 else "open"


def ratio(data: xr.Dataset, table: str, peer: str) -> statistics.Interval:
    """Our mean error divided by another's, with the interval that decides `side`; nan where the other never errs.

    No ratio of errors lies below 0, so its interval ends there.
    """
    found, theirs = difference(data, table, peer, TENTH), mean_error(data, table, peer)
    if theirs == 0:
        return statistics.Interval(np.nan, np.nan, np.nan)
    return statistics.Interval(*(max(TENTH + one / theirs, 0.0) for one in found[:3]))


def mean_ratio(data: xr.Dataset, peer: str) -> statistics.Interval:
    """Our mean error divided by another's: the geometric mean over tables with its 95% interval.

    An error of 0 counts as half of a test row of all splits. With one table the interval is from 0 to infinity.
    """
    least = 0.5 / (data.num_test * data.sizes["split"])
    ours, theirs = (np.maximum(data.error.sel(learner=one).mean("split"), least) for one in (NETWORK, peer))
    logs = np.log((ours / theirs).values)
    if len(logs) == 1:
        return statistics.Interval(float(np.exp(logs[0])), 0.0, np.inf)
    return statistics.Interval(*map(float, np.exp(statistics.mean(logs)[:3])))


def mean_error(data: xr.Dataset, table: str, learner: str) -> float:
    """The mean over the splits."""
    return float(data.error.sel(table=table, learner=learner).mean())


def seconds(data: xr.Dataset, learner: str) -> np.ndarray:
    """Seconds of one core of a fit [table]: the median over the splits."""
    return data.seconds.sel(learner=learner).median("split").values


def longer(data: xr.Dataset, peer: str) -> float:
    """How many times the seconds of another network ours takes: the geometric mean over tables."""
    return float(scipy.stats.gmean(seconds(data, NETWORK) / seconds(data, peer)))
