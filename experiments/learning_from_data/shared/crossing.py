"""Where one learning curve crosses another: the number of rows from which one method errs less than the other."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnjax import statistics
from nnjax.statistics import Mean

MARGIN = 1.1  # errors count as equal if their ratio lies from 1 / MARGIN to MARGIN
FIRST, SECOND, TIE, OPEN = "first", "second", "tie", "not settled"
READINGS = (FIRST, SECOND, TIE, OPEN)
CONFIDENCE, RESAMPLES = 0.95, 2_000


class Crossing(NamedTuple):
    """Which of two methods errs less at the most rows, one of READINGS, and from which number of rows on.

    `rows` is where the mean difference last changes its sign, with its interval; 0 where it never does, so that the
    method errs less at all rows. All three are nan where it is not certain that one of the methods errs less.
    """

    reading: str
    rows: float
    low: float
    high: float


def last_change(rows: Sequence[float], difference: Float[np.ndarray, "... n"]) -> tuple[np.ndarray, np.ndarray]:
    """The sign [...] of a difference at the most rows, and the rows at which it last changed to this sign, interpolated
    in the logarithm of the rows; 0 where it never changed. A difference of exactly 0 counts as a sign of its own.
    """
    signs = np.sign(difference)
    last = signs[..., -1]
    other = signs != last[..., None]
    there = other.any(axis=-1)
    before = np.where(there, difference.shape[-1] - 1 - other[..., ::-1].argmax(axis=-1), 0)
    after = np.minimum(before + 1, difference.shape[-1] - 1)
    a, b = (np.take_along_axis(difference, at[..., None], -1)[..., 0] for at in (before, after))
    share = np.divide(a, a - b, out=np.zeros_like(a), where=there & (a != b))
    logs = np.log(np.asarray(rows, float))
    return last, np.where(there, np.exp(logs[before] + share * (logs[after] - logs[before])), 0.0)


def crossing(
    rows: Sequence[float], difference: Float[np.ndarray, "draw n"], overlap: float = 0.0, seed: int = 0
) -> Crossing:
    """The number of rows from which the first method errs less than the second, or the second less than the first.

    Args:
        rows: training rows [n], rising.
        difference: log10 of the first error over the second, paired by draw; nan where a draw is not measured. Draws
            that are measured at the same rows are resampled among themselves, each with all its rows together.
        overlap: what draws of the same rows add to the variance of their mean, see `nnjax.statistics.mean`.
        seed: of the bootstrap.

    Returns:
        Which method errs less at the most rows, by Student's interval of the ratio there, as a bootstrap of three or
        five draws too often finds a winner among equals; and where they cross, by a bootstrap over those resamples that
        have the same sign at the most rows.
    """
    reading = read(mean_ratio(difference[:, -1], overlap))
    if reading in (TIE, OPEN):
        return Crossing(reading, math.nan, math.nan, math.nan)
    sign, place = last_change(rows, resampled_means(widened(difference, overlap), np.random.default_rng(seed)))
    own_sign, own_place = last_change(rows, np.nanmean(difference, axis=0)[None])
    agree, tail = sign == own_sign[0], (1 - CONFIDENCE) / 2
    low = np.quantile(place[agree], tail, method="lower")
    high = np.quantile(place[agree], 1 - tail, method="higher")
    return Crossing(reading, float(own_place[0]), float(low), float(high))


def widened(values: Float[np.ndarray, "draw n"], overlap: float) -> Float[np.ndarray, "draw n"]:
    """The values with larger deviations from their mean over draws, so that the variance of a bootstrap mean of n draws
    is (1 / n + overlap) times the unbiased variance of one draw. With k groups that are resampled separately, a plain
    bootstrap would give only (n - k) / n times 1 / n of it.
    """
    there = np.isfinite(values)
    middle, count = np.nanmean(values, axis=0), there.sum(axis=0)
    groups = np.unique(there, axis=0).sum(axis=0)
    factor = np.sqrt((1 + overlap * count) * count / (count - groups))
    return middle + (values - middle) * factor


def resampled_means(
    values: Float[np.ndarray, "draw n"], rng: np.random.Generator, resamples: int = RESAMPLES
) -> Float[np.ndarray, "resample n"]:
    """Means over draws of bootstrap samples; see `crossing` for draws that are not measured everywhere."""
    there = np.isfinite(values)
    total, count = np.zeros((resamples, values.shape[1])), there.sum(axis=0)
    for pattern in np.unique(there, axis=0):
        own = np.flatnonzero((there == pattern).all(axis=1))
        taken = rng.choice(own, (resamples, len(own)))
        total[:, pattern] += values[taken][..., pattern].sum(axis=1)
    return total / count


def read(found: Mean) -> str:
    """What the mean of log10 ratios of a first error to a second shows: one of READINGS."""
    if found.high < 0 or found.low > 0:
        return FIRST if found.high < 0 else SECOND
    return TIE if inside(found) else OPEN


def inside(found: Mean) -> bool:
    """Whether an interval of log10 ratios lies within MARGIN."""
    return max(-found.low, found.high) < math.log10(MARGIN)


def mean_ratio(difference: Float[np.ndarray, " draw"], overlap: float = 0.0) -> Mean:
    """The mean of log10 ratios over the draws that are measured."""
    return statistics.mean(difference[np.isfinite(difference)], overlap=overlap)


def log_error(error: Float[np.ndarray, "..."], test_rows: int) -> Float[np.ndarray, "..."]:
    """The decimal logarithm of a share of wrong rows; no mistake at all counts as half a mistake."""
    return np.log10(np.clip(error, 0.5 / test_rows, 1.0))
