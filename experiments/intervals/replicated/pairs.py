"""Pairs of estimates: of which kind their intervals are, whether they agree, and how often such pairs would.

Every array has one entry for each pair; `first` and `second` are its estimates with their ends.
"""

import functools
from typing import NamedTuple

import numpy as np
from scipy import stats

from nnjax import statistics

KINDS = ("share", "mean", "ratio", "other")
CONFIDENCE = 0.95
ROUNDING = 2e-3  # of the width: estimates are written with few digits


class Estimates(NamedTuple):
    """Estimates [pairs] and the ends of their intervals."""

    measured: np.ndarray
    low: np.ndarray
    high: np.ndarray


def kind(measured: float, low: float, high: float, unit: str, n: int | None) -> str:
    """Of which kind an interval is: one of KINDS."""
    width, scale = high - low, 100.0 if unit in ("%", "percent") else 1.0
    share = measured / scale
    if n and 0 <= share <= 1:
        ends = np.asarray(statistics.wilson(round(share * n), n)) * scale
        if abs(share * n - round(share * n)) < 0.01 and np.allclose(ends, (low, high), atol=ROUNDING * width):
            return "share"
    if abs((high - measured) - (measured - low)) < ROUNDING * width:
        return "mean"
    if low > 0 and abs(np.log(high / measured) - np.log(measured / low)) < ROUNDING * np.log(high / low):
        return "ratio"
    return "other"


def distance(first: Estimates, second: Estimates, logarithm: np.ndarray) -> np.ndarray:
    """The difference of two estimates over what their intervals allow (MOVER): they agree from -1 to 1.

    Where `logarithm` says so, on the scale of the logarithm.
    """
    one, two = (Estimates(*(np.where(logarithm, _log(a, logarithm), a) for a in each)) for each in (first, second))
    change = two.measured - one.measured
    rises = np.hypot(one.high - one.measured, two.measured - two.low)
    falls = np.hypot(one.measured - one.low, two.high - two.measured)
    allowed = np.where(change > 0, rises, falls)
    return np.divide(change, allowed, out=np.copysign(np.where(change == 0, 0.0, np.inf), change), where=allowed > 0)


def _log(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.log(values, out=np.zeros_like(values), where=where)


@functools.cache
def expected_of_shares(n: int, p: float, simulations: int) -> float:
    """How often two Wilson intervals agree, of n trials each with probability p."""
    counts = np.random.default_rng(0).binomial(n, p, (2, simulations))
    first, second = (Estimates(k / n, *statistics.wilson(k, np.full_like(k, n))) for k in counts)
    return float(np.mean(np.abs(distance(first, second, np.zeros(simulations, bool))) <= 1))


@functools.cache
def expected_of_means(n: int, simulations: int) -> float:
    """How often two Student intervals agree, of the means of n normal numbers each."""
    values = np.random.default_rng(0).normal(size=(2, simulations, n))
    means, errors = values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(n)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * errors
    first, second = (Estimates(m, m - h, m + h) for m, h in zip(means, half, strict=True))
    return float(np.mean(np.abs(distance(first, second, np.zeros(simulations, bool))) <= 1))


def expected(kind: str, n: int | None, p: float, simulations: int) -> float:
    """The share of agreement to expect of one pair; the normal one where nothing better is known."""
    if kind == "share" and n:
        return expected_of_shares(n, round(2 * n * p) / (2 * n), simulations)
    if kind in ("mean", "ratio") and n and 2 <= n <= 100:
        return expected_of_means(n, simulations)
    return CONFIDENCE
