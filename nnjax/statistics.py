"""Confidence intervals and tests for the results of many runs: proportions, medians, means, censored times, slopes.

A thin layer over `scipy.stats`, computed on the host in NumPy. The loss of a diverged run is +inf, which medians can
handle. A run that was stopped before it finished is censored, which the Kaplan-Meier estimate takes into account.
`confidence` is the level of a two-sided interval everywhere.

Every function raises a ValueError that names the argument. It does so for trials below 1, successes outside 0 to
trials, and a confidence, probability or p-value outside 0 to 1. It also does so for an overlap or a variance below 0,
lengths that differ, nan, and too few values.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy  # loads scipy.stats and scipy.special when they are first used, not here
from jaxtyping import Float
from numpy.typing import ArrayLike

from nnjax.checks import real_numbers, whole_number

type Values = ArrayLike | Sequence[Any]
type Counts = Values | int

# Tolerance by which rounding may raise a survival curve above exactly one half.
ROUNDING = 1e-9
# Numbers that a bootstrap resamples at a time: 16 MB.
BATCH_NUMBERS = 2_000_000


class Interval(NamedTuple):
    """An estimate with its confidence interval."""

    estimate: float
    low: float
    high: float


class Slope(NamedTuple):
    """The slope of a straight line with its confidence interval, and the line's value at x = 0."""

    slope: float
    low: float
    high: float
    intercept: float


class Survival(NamedTuple):
    """The fraction of runs not yet finished from each time [m] on, with a pointwise confidence interval."""

    time: Float[np.ndarray, " m"]
    survival: Float[np.ndarray, " m"]
    low: Float[np.ndarray, " m"]
    high: Float[np.ndarray, " m"]


class PairedDifference(NamedTuple):
    """The difference of two proportions of the same runs, its confidence interval, and McNemar's exact p-value."""

    estimate: float
    low: float
    high: float
    p_value: float


class Mean(NamedTuple):
    """A mean with its confidence interval, and the two-sided p-value of the hypothesis that it is 0."""

    estimate: float
    low: float
    high: float
    p_value: float


class Variance(NamedTuple):
    """An estimate of a variance with its degrees of freedom."""

    variance: float
    dof: float


def wilson(successes: Counts, trials: Counts, confidence: float = 0.95) -> tuple[Any, Any]:
    """Wilson's score interval for a proportion: (low, high), arrays of the shape that the two counts share.

    Source: Wilson 1927; Brown, Cai & DasGupta 2001, equation 4.
    """
    k, n = _counts(successes, trials)
    z = scipy.special.ndtri((1 + _confidence(confidence)) / 2)
    p = k / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # At the ends the formula gives exactly 0 and 1, apart from rounding.
    return np.where(k == 0, 0.0, centre - half)[()], np.where(k == n, 1.0, centre + half)[()]


def bootstrap(
    sample: Values,
    statistic: Callable[..., Any] = np.median,
    confidence: float = 0.95,
    num_resamples: int = 9_999,
    seed: int = 0,
) -> Interval:
    """A statistic of a sample [n] with its percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13).

    The ends of the interval are values of resampled statistics, rounded outwards and never interpolated. So the median
    of values that include +inf has an interval too. `statistic` takes (values, axis=) as NumPy's functions do.
    """
    values = _vector(sample, "sample", at_least=2)
    tail = (1 - _confidence(confidence)) / 2
    for name, value, least in (("num_resamples", num_resamples, 1), ("seed", seed, 0)):
        whole_number(value, name, least)
    try:
        estimate = float(statistic(values, axis=-1))
    except TypeError as error:
        raise ValueError(f"statistic={statistic!r:.80} must return a number for (values, axis=): {error}") from error
    if np.isnan(estimate):
        raise ValueError(f"statistic={statistic!r:.80} of this sample is nan, so it has no interval")
    # SciPy's own interval interpolates, and inf - inf is nan, so only its resampling is used.
    with np.errstate(invalid="ignore"):
        result = scipy.stats.bootstrap(
            (values,),
            statistic,
            n_resamples=num_resamples,
            batch=max(1, BATCH_NUMBERS // len(values)),
            vectorized=True,
            method="percentile",
            rng=np.random.default_rng(seed),
        )
    resampled = result.bootstrap_distribution
    low = np.quantile(resampled, tail, method="lower")
    high = np.quantile(resampled, 1 - tail, method="higher")
    if np.isnan(resampled).any():
        raise ValueError(f"statistic={statistic!r:.80} is nan for some resamples of this sample, so it has no interval")
    return Interval(estimate, float(low), float(high))


def kaplan_meier(times: Values, observed: Values, confidence: float = 0.95) -> Survival:
    """The Kaplan-Meier estimate of the fraction of runs not finished by each time, where some runs were stopped early.

    Args:
        times: when each run finished, or was stopped [n].
        observed: whether it finished [n]; False means censored.
        confidence: level of the pointwise interval, by the log-log transform of Greenwood's formula.

    Source: Kaplan & Meier 1958; Kalbfleisch & Prentice 2002. Where the formula is undefined, the interval is [1, 1]
    before the first run finishes, and from 0 to the previous upper end after the last one has finished.
    """
    when, seen = _vector(times, "times", finite=True), _booleans(observed, "observed")
    _same_length(times=when, observed=seen)
    sample = scipy.stats.CensoredData(uncensored=when[seen], right=when[~seen])
    curve = scipy.stats.ecdf(sample).sf
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The confidence interval is undefined", RuntimeWarning)
        ends = curve.confidence_interval(_confidence(confidence), method="log-log")
    survival = curve.probabilities
    low, high = (np.where(survival == 1, 1.0, end.probabilities) for end in ends)
    if survival[-1] == 0:
        low[-1], high[-1] = 0.0, high[-2] if len(high) > 1 else 1.0
    return Survival(curve.quantiles, survival, low, high)


def kaplan_meier_median(times: Values, observed: Values, confidence: float = 0.95) -> Interval:
    """The first time by which half of the runs have finished, +inf if there is none; arguments as in `kaplan_meier`.

    The interval holds the times at which the pointwise interval of the curve contains one half (Brookmeyer &
    Crowley 1982), by the log-log transform.
    """
    curve = kaplan_meier(times, observed, confidence)

    def first_below_half(survival: np.ndarray) -> float:
        below = survival <= 0.5 + ROUNDING
        return float(curve.time[np.argmax(below)]) if below.any() else np.inf

    return Interval(*map(first_below_half, (curve.survival, curve.low, curve.high)))


def slope(x: Values, y: Values, confidence: float = 0.95) -> Slope:
    """The least-squares line through the points x [n], y [n], with Student's t interval for its slope."""
    x, y = _vector(x, "x", at_least=3, finite=True), _vector(y, "y", at_least=3, finite=True)
    _same_length(x=x, y=y)
    if np.ptp(x) == 0:
        raise ValueError(f"x is {x[0]} everywhere: a slope needs two different values")
    _check_size("x", x)
    _check_size("y", y, spread=False)
    dx, dy = x - x.mean(), y - y.mean()
    steepness = dx @ dy / (dx @ dx)
    residual = dy - steepness * dx  # SciPy's 1 - r^2 loses digits if the fit is good and is nan if y is constant
    error = np.sqrt(residual @ residual / (len(x) - 2) / (dx @ dx))
    half = scipy.stats.t.ppf((1 + _confidence(confidence)) / 2, len(x) - 2) * error
    intercept = y.mean() - steepness * x.mean()
    return Slope(*map(float, (steepness, steepness - half, steepness + half, intercept)))


def repeated(differences: Values) -> Variance:
    """The variance of a measurement, from the differences [n] of two independent repeats on each of n objects.

    It is sum(d^2) / 2n with n degrees of freedom, as a difference of two repeats has twice the variance of one.

    Source: Dahlberg 1940, Statistical Methods for Medical and Biological Students.
    """
    d = _vector(differences, "differences", finite=True)
    _check_size("differences", d, spread=False)
    return Variance(float(d @ d / 2 / len(d)), float(len(d)))


def mean(
    values: Values, confidence: float = 0.95, overlap: float = 0.0, also: Sequence[tuple[float, float | int]] = ()
) -> Mean:
    """The mean of values [n], such as paired differences, with Student's t interval and test.

    If all values are equal and `also` is empty, the interval has zero width; the p-value is 1 if they are 0, else 0.

    Args:
        values: one for each draw of the data [n].
        confidence: level of the interval.
        overlap: 0 for draws that share no row. If every draw splits the same rows anew, it is the number of test rows
            over the number of training rows. The values are then not independent, so the variance of their mean is
            (1/n + overlap) times that of a value, not 1/n times. This is the corrected resampled t (Nadeau & Bengio
            2003, Machine Learning 52, 239-281).
        also: pairs (variance of the mean, its degrees of freedom) for causes that all values share, which their
            spread cannot show: tuning, for example, if all values come from one tuning. The variances v_i are summed;
            Student's t takes (sum v_i)^2 / sum(v_i^2 / k_i) degrees of freedom, where v_i has k_i (Satterthwaite 1946,
            Biometrics Bulletin 2, 110-114; Welch 1947).
    """
    x = _vector(values, "values", at_least=2, finite=True)
    if not 0 <= _number(overlap, "overlap") < np.inf:
        raise ValueError(f"overlap={overlap!r} must be 0 or more, and finite")
    if any(np.shape(pair) != (2,) for pair in also) or not all(
        0 <= _number(variance, "also") < np.inf and _number(dof, "also") > 0 for variance, dof in also
    ):
        raise ValueError(f"also={also!r:.80} must hold pairs: a variance of 0 or more, and degrees of freedom above 0")
    _confidence(confidence)
    _check_size("values", x)
    own = x.var(ddof=1) * (1 / len(x) + overlap)
    variances, dofs = (np.array(column, float) for column in zip((own, len(x) - 1), *also, strict=True))
    middle, error = float(x.mean()), float(np.sqrt(variances.sum()))
    # A spread that rounding alone can cause counts as zero.
    if error <= np.finfo(float).eps * abs(middle):
        return Mean(middle, middle, middle, float(middle == 0))
    share = variances / variances.sum()
    dof = 1 / np.sum(share**2 / dofs)
    half = error * float(scipy.stats.t.ppf((1 + _confidence(confidence)) / 2, dof))
    p_value = float(2 * scipy.stats.t.sf(abs(middle) / error, dof))
    return Mean(middle, middle - half, middle + half, p_value)


def fisher_exact(successes: int, trials: int, other_successes: int, other_trials: int) -> float:
    """Fisher's exact test of two proportions: the two-sided p-value of the hypothesis that they are equal."""
    k, n = _one_count(successes, trials)
    other_k, other_n = _one_count(other_successes, other_trials, "other_")
    return float(scipy.stats.fisher_exact([[k, n - k], [other_k, other_n - other_k]]).pvalue)


def binomial_test(successes: int, trials: int, p: float) -> float:
    """The exact binomial test of one proportion: the two-sided p-value of the hypothesis that it is `p`."""
    k, n = _one_count(successes, trials)
    if not 0 <= _number(p, "p") <= 1:
        raise ValueError(f"p={p!r} must be from 0 to 1")
    return float(scipy.stats.binomtest(k, n, p).pvalue)


def paired_difference(a: Values, b: Values, confidence: float = 0.95) -> PairedDifference:
    """The proportion of true values in `a` [n] minus that in `b` [n], paired by run: the same seeds under two settings.

    The interval combines the two Wilson intervals and the correlation of `a` and `b`; the p-value uses only the runs
    in which they differ. Source: Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10; McNemar 1947.
    """
    a, b = _booleans(a, "a"), _booleans(b, "b")
    _same_length(a=a, b=b)
    n, only_a, only_b = len(a), np.count_nonzero(a & ~b), np.count_nonzero(b & ~a)
    k = np.array([a.sum(), b.sum()])
    low, high = wilson(k, n, confidence)
    (below_a, below_b), (above_a, above_b) = k / n - low, high - k / n
    agreement = np.count_nonzero(a & b) * np.count_nonzero(~a & ~b) - only_a * only_b
    # The continuity correction of method 10: it only reduces a positive correlation, to 0 at the least.
    agreement = max(agreement - n / 2, 0) if agreement > 0 else agreement
    spread = np.sqrt(np.prod(k / n * (1 - k / n))) * n**2
    correlation = agreement / spread if spread else 0.0
    difference = (k[0] - k[1]) / n
    down = np.sqrt(below_a**2 - 2 * correlation * below_a * above_b + above_b**2)
    up = np.sqrt(above_a**2 - 2 * correlation * above_a * below_b + below_b**2)
    p_value = scipy.stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return PairedDifference(*map(float, (difference, difference - down, difference + up, p_value)))


def holm(p_values: Values) -> Float[np.ndarray, " n"]:
    """Holm-adjusted p-values [n] (Holm 1979).

    Rejecting those <= alpha makes one or more false rejections with a probability of at most alpha.
    """
    p = _vector(p_values, "p_values")
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"p_values go from {p.min()} to {p.max()}: all must be from 0 to 1")
    order = np.argsort(p)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def _confidence(confidence: float) -> float:
    if not 0 < _number(confidence, "confidence") < 1 or (1 + confidence) / 2 == 1:
        raise ValueError(f"confidence={confidence!r} must lie between 0 and 1")
    return confidence


def _number(value: Any, argument: str) -> Any:
    """One real number, which may be nan."""
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "biuf":
        raise ValueError(f"{argument}={value!r:.80} must be a real number")
    return value


def _array(values: Any, argument: str) -> np.ndarray:
    """Real numbers or booleans as float64; they need not be finite."""
    if not np.size(values):  # an empty list or Series may have any dtype
        return np.zeros(np.shape(values))
    return real_numbers(values, argument).astype(float)


def _counts(successes: Counts, trials: Counts, prefix: str = "") -> tuple[Any, Any]:
    k, n = _array(successes, f"{prefix}successes"), _array(trials, f"{prefix}trials")
    try:
        np.broadcast_shapes(k.shape, n.shape)
    except ValueError as error:
        raise ValueError(
            f"{prefix}successes has shape {k.shape}, {prefix}trials {n.shape}: they cannot be broadcast together"
        ) from error
    if not ((n >= 1) & (n == np.floor(n)) & (n < np.inf)).all():
        raise ValueError(f"{prefix}trials={trials!r} must be whole numbers of 1 or more")
    if not ((k >= 0) & (k <= n) & (k == np.floor(k))).all():
        raise ValueError(f"{prefix}successes={successes!r} must be whole numbers from 0 to {trials!r}")
    return k, n


def _one_count(successes: Counts, trials: Counts, prefix: str = "") -> tuple[int, int]:
    """One count of successes among trials."""
    k, n = _counts(successes, trials, prefix)
    if k.ndim or n.ndim or n >= 2**53:
        raise ValueError(
            f"{prefix}successes={successes!r:.80}, {prefix}trials={trials!r:.80} must be one number each, below 2^53"
        )
    return int(k), int(n)


def _vector(values: Values, argument: str, at_least: int = 1, finite: bool = False) -> np.ndarray:
    vector = _array(values, argument)
    if vector.ndim != 1 or len(vector) < at_least:
        raise ValueError(f"{argument} has shape {vector.shape}: it must be [n], n at least {at_least}")
    if np.isnan(vector).any() or (finite and np.isinf(vector).any()):
        raise ValueError(f"{argument} must not contain nan" + (" or infinity" if finite else ""))
    return vector


def _check_size(argument: str, vector: np.ndarray, spread: bool = True) -> None:
    """Check that the squares of the numbers are finite and, if `spread`, that of their range is not rounded to 0."""
    if np.abs(vector).max() > 1e150 or (spread and 0 < np.ptp(vector) < 1e-150):
        raise ValueError(
            f"{argument} goes from {vector.min():.3g} to {vector.max():.3g}, whose squares float64 cannot hold: "
            "rescale it"
        )


def _booleans(values: Values, argument: str) -> np.ndarray:
    vector = _vector(values, argument)
    if not np.isin(vector, (0, 1)).all():
        raise ValueError(f"{argument} must hold only booleans, or 0 and 1")
    return vector == 1


def _same_length(**vectors: np.ndarray) -> None:
    (first, a), (second, b) = vectors.items()
    if len(a) != len(b):
        raise ValueError(f"{second} has {len(b)} values, but {first} has {len(a)}: both must have the same length")
