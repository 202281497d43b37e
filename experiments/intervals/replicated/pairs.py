"""Pairs of estimates of one quantity: the form of their intervals, whether they agree, and how often such pairs should.

How often they should agree is computed exactly, without simulation. For means, two Student intervals of n values each
agree if the difference of the means, divided by the root of their summed variances, is at most the quantile t(n - 1);
this ratio follows Student's law with 2 (n - 1) degrees of freedom. For shares, the split of the sum of both counts into
the two follows the hypergeometric law, whatever the true share is. So no share has to be assumed: the mean over all
sums is how often two Wilson intervals agree at any true share (the sum is sufficient: Rao & Blackwell). Intervals whose
half-widths are known agree as often as their level says, and every other form is judged by its level.
"""

import functools
import math
from typing import Any, NamedTuple

import numpy as np
import scipy

from experiments.lab.verdicts import LEVEL
from nnjax import statistics

SHARE, MEAN, RATIO, OTHER = "share", "mean", "ratio", "other"
FORMS = (SHARE, MEAN, RATIO, OTHER)
# Further kinds of estimates, beside FORMS and intervals that are not confidence intervals: every replication has the
# same data; nothing can be compared; or the estimate is a multiple of another one that is compared.
FIXED, EXACT, MULTIPLE = "fixed", "exact", "multiple"
ROUNDING = 1e-6  # of the width: how exactly an interval's ends must fit a form
DEVIATIONS = 10.0  # standard deviations: splits further than this from the mean split are ignored
PERCENT = ("%", "percent")


class Estimates(NamedTuple):
    """Estimates and the ends of their intervals: numbers, or arrays of one shape."""

    measured: Any
    low: Any
    high: Any

    def over(self, scale: float) -> "Estimates":
        """All three divided by `scale`."""
        return Estimates(*(np.asarray(one) / scale for one in self))

    def log(self) -> "Estimates":
        """The logarithms of all three."""
        return Estimates(*map(np.log, self))


def trials(one: Estimates, level: float = LEVEL) -> int:
    """The number of trials for which a share has this Wilson interval; 0 where it is not a Wilson interval.

    A verdict's `n` counts independent units and may be smaller, where several networks share a unit.
    """
    p, low, high = map(float, one)
    half = (high - low) / 2
    if not (0 <= low <= p <= high <= 1 and 0 < half < 0.5):
        return 0
    # The half-width h has h^2 (1 + u)^2 = p (1 - p) u + u^2 / 4 with u = z^2 / n.
    a, b = 0.25 - half**2, p * (1 - p) - 2 * half**2
    u = (-b + math.sqrt(b**2 + 4 * a * half**2)) / (2 * a)
    n = round(_quantile(level) ** 2 / u) if u > 0 else 0
    if not n or abs(p * n - round(p * n)) > ROUNDING * n:
        return 0
    ends = np.array(statistics.wilson(round(p * n), n, level))
    return n if np.allclose(ends, (low, high), rtol=0, atol=ROUNDING * 2 * half) else 0


def form(one: Estimates, unit: str, level: float = LEVEL) -> str:
    """The form of a confidence interval, one of FORMS, recognised from its ends."""
    if trials(one.over(100.0 if unit in PERCENT else 1.0), level):
        return SHARE
    if _symmetric(one):
        return MEAN
    return RATIO if one.low > 0 and _symmetric(one.log()) else OTHER


def _symmetric(one: Estimates) -> bool:
    return bool(abs(one.high + one.low - 2 * one.measured) <= ROUNDING * (one.high - one.low))


def distance(first: Estimates, second: Estimates) -> np.ndarray:
    """The difference of two estimates divided by what their intervals allow (MOVER); they agree from -1 to 1."""
    change = np.asarray(second.measured - first.measured, float)
    rises = np.hypot(first.high - first.measured, second.measured - second.low)
    falls = np.hypot(first.measured - first.low, second.high - second.measured)
    with np.errstate(divide="ignore", invalid="ignore"):  # where nothing is allowed, any difference is infinite
        return np.where(change == 0, 0.0, change / np.where(change > 0, rises, falls))


def agree(apart: np.ndarray) -> np.ndarray:
    """Whether pairs agree, given their `distance`."""
    return np.abs(apart) <= 1


@functools.cache
def expected_of_shares(successes: int, first: int, second: int, level: float = LEVEL) -> float:
    """How often the Wilson intervals of two shares, of `first` and `second` trials, agree, given the sum of successes.

    Exactly 1 where no split of the successes could make them disagree.
    """
    every = first + second
    mean = successes * first / every
    reach = DEVIATIONS * (1 + math.sqrt(mean * second / every * (every - successes) / max(every - 1, 1)))
    k = np.arange(max(0, successes - second, int(mean - reach)), min(successes, first, int(mean + reach)) + 1)
    one, two = (
        Estimates(some / n, *statistics.wilson(some, np.full_like(some, n), level))
        for some, n in ((k, first), (successes - k, second))
    )
    apart = ~agree(distance(one, two))
    return 1.0 - float(scipy.stats.hypergeom.pmf(k[apart], every, successes, first).sum())


def expected_of_means(n: int | None, level: float = LEVEL) -> float:
    """How often Student intervals of two means of n normal numbers agree; an unknown n counts as very large."""
    if n is None or n < 2:
        return level
    return float(1 - 2 * scipy.special.stdtr(2 * (n - 1), -_quantile(level, n - 1)))


def standard_error(form: str, width: float, n: int | None, level: float = LEVEL) -> float:
    """The standard error that an interval of this width implies, by Student's law for a mean or a ratio."""
    return width / 2 / _quantile(level, (n or 0) - 1 if form in (MEAN, RATIO) else 0)


def _quantile(level: float, freedom: int = 0) -> float:
    """Half the width of an interval in standard errors, by Student's law, or by the normal law if `freedom` is 0."""
    place = (1 + level) / 2
    return float(scipy.special.stdtrit(freedom, place) if freedom > 0 else scipy.special.ndtri(place))
