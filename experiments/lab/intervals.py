"""Intervals over tunings (`experiments.lab.tunings`): networks of one tuning are not independent, tunings are."""

import numpy as np
import scipy

from nnjax import statistics


def mean(values: np.ndarray, confidence: float = 0.95) -> statistics.Interval:
    """The mean of the values of the tunings [tuning], with Student's interval."""
    found = statistics.mean(values, confidence)
    return statistics.Interval(found.estimate, found.low, found.high)


def ratio(values: np.ndarray, confidence: float = 0.95) -> statistics.Interval:
    """The geometric mean of the ratios of the tunings [tuning], with Student's interval of their logarithm.

    If some are 0 or infinite, nothing is known, and the interval is from 0 to infinity; if all are, they are alike.
    """
    if (values == values[0]).all():
        return statistics.Interval(*[float(values[0])] * 3)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(values)
    if not np.isfinite(logs).all():
        return statistics.Interval(float(np.median(values)), 0.0, np.inf)
    estimate, low, high = np.exp(mean(logs, confidence))
    return statistics.Interval(float(estimate), float(low), float(high))


def share(hits: np.ndarray, trials: np.ndarray, independent: int) -> statistics.Interval:
    """The share of hits, of the tunings [tuning], with its 95% interval.

    The interval is Wilson's, for the number of independent trials that would give the share its variance over the
    tunings, times (1.96 / t)^2, where t is the quantile of Student with a degree of freedom for each tuning but one
    (Korn & Graubard 1998, Survey Methodology 24, 193-201). This number is at least that of the tunings, and at most
    that of the trials.

    Args:
        independent: how many trials are independent within the tunings (networks that share their seeds are not). It
            is the number that counts where all trials hit or none does, since the tunings show no variance then.
    """
    hits, trials = (np.asarray(one, float)[np.asarray(trials) > 0] for one in (hits, trials))
    count, total, number = hits.sum(), trials.sum(), len(trials)
    if not total:
        return statistics.Interval(np.nan, np.nan, np.nan)
    p, n = count / total, float(independent)
    if 0 < count < total:
        n = float(number)
        if number > 1:
            variance = number / (number - 1) * ((hits - p * trials) ** 2).sum() / total**2
            z, t = scipy.stats.norm.ppf(0.975), scipy.stats.t.ppf(0.975, number - 1)
            n = np.clip(p * (1 - p) / max(variance, 1e-12) * (z / t) ** 2, number, total)
    return statistics.Interval(float(p), *wilson(float(p), float(n)))


def wilson(p: float, n: float) -> tuple[float, float]:
    """Wilson's 95% interval (`statistics.wilson`) of a share p of n trials, where n need not be a whole number."""
    z = float(scipy.stats.norm.ppf(0.975))
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (float(centre - half) if p > 0 else 0.0), (float(centre + half) if p < 1 else 1.0)
