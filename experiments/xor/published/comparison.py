"""How a repetition is compared with what was published: counts, medians, and exact p-values."""

from typing import Any

import numpy as np
import scipy.stats

from experiments.xor.published.rows import Row
from nnjax import statistics


def compare(row: Row, epochs: np.ndarray, two_near_half: float) -> dict[str, Any]:
    """The record of one reading: counts, median with its interval, and p-values against what was published."""
    solved = int(np.isfinite(epochs).sum())
    times = epochs[np.isfinite(epochs)]
    no_median = statistics.Interval(np.nan, np.nan, np.nan)
    median, mean = (
        statistics.bootstrap(times, statistic, num_resamples=999) if len(times) > 1 else no_median
        for statistic in (np.median, np.mean)
    )
    count, out_of = row.solved or (np.nan, np.nan)
    p_solved = p_epochs = np.nan
    if row.solved and len(epochs):
        p_solved = statistics.fisher_exact(*row.solved, solved, len(epochs))
    if row.typical_epochs and len(times):
        p_epochs = median_p_value(times, row.typical_epochs, row.median_of)
    return {
        "solved": solved,
        "seeds": len(epochs),
        "median_epochs": median.estimate,
        "median_low": median.low,
        "median_high": median.high,
        "mean_epochs": mean.estimate,
        "mean_low": mean.low,
        "mean_high": mean.high,
        "two_near_half": two_near_half,
        "published_solved": count,
        "published_runs": float(out_of),
        "published_epochs": row.typical_epochs or np.nan,
        "published_mean": row.mean_epochs or np.nan,
        "p_solved": p_solved,
        "p_epochs": p_epochs,
    }


def median_p_value(solved_epochs: np.ndarray, published: float, num_runs: int) -> float:
    """The probability that the median of `num_runs` of our solved runs lies as far out as the published one.

    Two-sided and exact: the median is at or below a value where at least half of the runs are, which is binomial.
    For an even number of runs the nearer of the two middle runs counts, so that the value is never too small.
    """
    total = len(solved_epochs) + 1
    at_or_below = (np.count_nonzero(solved_epochs <= published) + 1) / total
    at_or_above = (np.count_nonzero(solved_epochs >= published) + 1) / total
    half = -(-num_runs // 2)
    below, above = (scipy.stats.binom.sf(half - 1, num_runs, min(p, 1.0)) for p in (at_or_below, at_or_above))
    return float(min(1.0, 2 * min(below, above)))
