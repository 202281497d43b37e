"""Two activations compared seed by seed, in steps that may be censored, and which of several are tied.

Only the order of the steps within a seed is used and, for the size of the difference, their ratio. So a network that
never arrived is simply the slower one, and nothing is assumed about how long it would have taken.
"""

import itertools
from typing import NamedTuple

import numpy as np
import scipy
from jaxtyping import Bool, Float

from nnjax import statistics

CONFIDENCE = 0.95


class Pair(NamedTuple):
    """The median over seeds of the ratio of steps, second over first, and its interval."""

    ratio: float  # above 1 where the first is faster
    low: float
    high: float


def compare(
    first: Float[np.ndarray, " n"], second: Float[np.ndarray, " n"], confidence: float = CONFIDENCE, every: int = 1
) -> Pair:
    """Compare steps [n] of the same seeds, checked once in `every` steps; +inf where a network never arrived.

    The interval consists of order statistics of the ratios second / first, so it is that of the sign test and covers
    the median with at least the `confidence` (Conover 1999, Practical Nonparametric Statistics, sections 3.2 and 3.4).
    A network found at the level after t steps arrived in (t - every, t]: the lower end uses the least ratios that this
    allows, the upper end the greatest. Where neither network of a seed arrives, the ratio is unknown: it counts as 1 in
    the estimate, as 0 at the lower end and as +inf at the upper one. A network that is at the level before its first
    step counts as arriving after one.
    """
    first, second = np.maximum(first, 1), np.maximum(second, 1)
    n, neither = len(first), np.isinf(first) & np.isinf(second)
    ratio = np.divide(second, first, out=np.ones(n), where=~neither)
    least, greatest = (
        np.divide(a, b, where=~neither, out=np.full(n, unknown))
        for a, b, unknown in ((earliest(second, every), first, 0.0), (second, earliest(first, every), np.inf))
    )
    low, _ = _ends(least, confidence)
    _, high = _ends(greatest, confidence)
    return Pair(_median(ratio), low, high)


def earliest(steps: Float[np.ndarray, " n"], every: int) -> Float[np.ndarray, " n"]:
    """The first steps at which networks found at the level at `steps`, checked once in `every`, may have arrived."""
    return np.maximum(steps - every + 1, 1)


def median(steps: Float[np.ndarray, " n"], confidence: float = CONFIDENCE, every: int = 1) -> statistics.Interval:
    """The first step by which half of the networks have arrived, with the order statistics that hold it.

    All censoring is at one time, the end of the training, so this is Kaplan & Meier's median; it is +inf where fewer
    than half arrive. Greenwood's interval has no upper end where most networks arrive at one recorded step. The level
    is checked once in `every` steps, so the lower end is the order statistic of the `earliest` steps.
    """
    low, _ = _ends(earliest(steps, every), confidence)
    _, high = _ends(steps, confidence)
    return statistics.Interval(float(np.sort(steps)[-(-len(steps) // 2) - 1]), low, high)


def _ends(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """The order statistics between which the median lies."""
    # The greatest k for which P(Bin(n, 1/2) < k) is at most half of what the interval may miss.
    k = int(scipy.stats.binom.ppf((1 - confidence) / 2, len(values), 0.5))
    ordered = np.sort(values)
    return (float(ordered[k - 1]), float(ordered[len(values) - k])) if k else (0.0, np.inf)


def _median(ratio: np.ndarray) -> float:
    """The middle ratio; of two middle ones the geometric mean, or the one that is nearer to 1 if that is undefined."""
    lower, upper = np.sort(ratio)[[(len(ratio) - 1) // 2, len(ratio) // 2]]
    if lower == 0 or np.isinf(upper):
        return float(upper if upper <= 1 else lower if lower >= 1 else 1.0)
    return float(np.sqrt(lower * upper))


def groups(tied: Bool[np.ndarray, "n n"]) -> list[tuple[int, ...]]:
    """The maximal sets in which every two members are tied, each in order; each of the n is in one or more."""
    n, found = len(tied), list[set[int]]()
    for size in range(n, 0, -1):
        for some in itertools.combinations(range(n), size):
            together = all(tied[i, j] for i, j in itertools.combinations(some, 2))
            if together and not any(set(some) <= known for known in found):
                found.append(set(some))
    return sorted(tuple(sorted(one)) for one in found)
