"""How the growth of the median epochs with the number of bits is fitted."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from nnjax import statistics

NUM_RESAMPLES = 2_000
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

    The interval is wide enough for both sources of error: which seeds were drawn (each N's resampled, the line
    fitted again) and how far the medians lie off a line (Student's interval of the slope).
    """
    bits = one.bits.values.astype(float)
    medians = np.array([median_epochs(one.sel(bits=n)).estimate for n in one.bits.values])
    if len(bits) < FEWEST or not np.isfinite(medians).all():
        return Growth(*[np.nan] * 4)
    line = statistics.slope(bits, np.log(medians), CONFIDENCE)
    slopes = _resampled_slopes(bits, one.epochs.where(one.solved, np.inf).transpose("bits", "seed").values)
    tail = (1 - CONFIDENCE) / 2
    low = min(line.low, np.quantile(slopes, tail, method="lower"))
    high = max(line.high, np.quantile(slopes, 1 - tail, method="higher"))
    return Growth(*(float(np.exp(value)) for value in (line.slope, low, high, line.intercept)))


def _resampled_slopes(bits: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Slopes [resamples] of log median on bits, from times [bits, seed] that are +inf where censored.

    All censoring is at one time, the cap, so Kaplan & Meier's median is the lower of the sample's middle values.
    """
    rng, (num_bits, n) = np.random.default_rng(0), times.shape
    middle = -(-n // 2) - 1
    logs = np.empty((NUM_RESAMPLES, num_bits))
    for i in range(num_bits):
        drawn = times[i, rng.integers(n, size=(NUM_RESAMPLES, n))]
        logs[:, i] = np.log(np.partition(drawn, middle, axis=1)[:, middle])
    dx = bits - bits.mean()
    # A resample whose median is censored has no line; it counts as an arbitrarily steep one.
    finite = np.isfinite(logs).all(1)
    return np.where(finite, np.where(finite[:, None], logs, 0) @ dx / (dx @ dx), np.inf)
