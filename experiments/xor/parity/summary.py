"""What the table, the verdicts and the figures of `parity` share: medians, their growth with N, shares that solve."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import over_tunings
from nnjax import statistics

FEWEST = 3  # a line is fitted to this many numbers of bits or more
CONFIDENCE = 0.95


class Growth(NamedTuple):
    """Median epochs ~ scale * base^N with an interval of the base; all nan where a median is censored."""

    base: float
    low: float
    high: float
    scale: float


def median_epochs(one: xr.Dataset) -> statistics.Interval:
    """Kaplan & Meier's median of the epochs to solve [seed], +inf where more than half were not solved."""
    if not one.solved.any():
        return statistics.Interval(np.inf, np.inf, np.inf)
    return statistics.kaplan_meier_median(one.epochs.values, one.solved.values)


def growth(one: xr.Dataset) -> Growth:
    """The line of log(median epochs) on N, for one width: epochs and solved [bits, seed].

    The interval is the wider, at each end, of two that each leave one source of error out: that of which seeds were
    drawn and what tuning chose with them (`over_tunings.ratio` of the lines without each of the tunings), and that of
    how far the medians lie off a line (Student's of the slope).
    """
    bits, tunings = one.bits.values.astype(float), one.sizes["tuning"]
    times = one.epochs.where(one.solved, np.inf).transpose("bits", "seed").values
    medians = np.array([over_tunings.left_out(row.reshape(tunings, -1), over_tunings.lower_median) for row in times])
    if len(bits) < FEWEST or not np.isfinite(medians[:, 0]).all():
        return Growth(*[np.nan] * 4)
    line = statistics.slope(bits, np.log(medians[:, 0]), CONFIDENCE)
    # If a median is not known without one of the tunings, nothing is known of the slope: its interval is all numbers.
    known = np.isfinite(medians).all(axis=0)
    slopes = np.polyfit(bits, np.log(np.where(known, medians, 1.0)), 1)[0]
    over = over_tunings.ratio(np.where(known, np.exp(slopes), np.inf), CONFIDENCE)
    low, high = min(np.exp(line.low), over.low), max(np.exp(line.high), over.high)
    return Growth(*map(float, (np.exp(line.slope), low, high, np.exp(line.intercept))))


def share_solved(one: xr.Dataset) -> statistics.Interval:
    """The share of the networks [seed] of one N and H that solve, with its interval over tunings."""
    solved = one.solved.values.reshape(one.sizes["tuning"], -1)
    return over_tunings.share(solved.sum(axis=1), np.full(len(solved), solved.shape[1]), solved.size)
