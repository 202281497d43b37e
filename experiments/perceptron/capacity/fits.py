"""How counts are compared with Cover's law, and how fast the separable share falls."""

from typing import NamedTuple

import numpy as np
import scipy

from nnjax import theory

LEAST_EXPECTED = 5.0  # a cell with fewer expected separable or inseparable labellings is pooled


class Fit(NamedTuple):
    """How well counts fit: chi-squared, degrees of freedom, p-value, and inseparable labellings in cells of share 1."""

    statistic: float
    degrees: int
    p_value: float
    certain_missed: int


def goodness_of_fit(separable: np.ndarray, trials: int, exact: np.ndarray) -> Fit:
    """Test counts [...] of separable labellings against binomial laws of shares `exact` [...], all cells together.

    Cells that expect fewer than five labellings of either kind are pooled, shares above one half apart from the others;
    a pool is left out if its variance is below five. In cells with share 1, inseparable labellings are counted.
    """
    k, p = separable.ravel().astype(float), exact.ravel()
    certain = p == 1
    missed = int((trials - k[certain]).sum())
    k, p = k[~certain], p[~certain]
    mean, variance = trials * p, trials * p * (1 - p)
    alone = np.minimum(mean, trials - mean) >= LEAST_EXPECTED
    terms = ((k - mean) ** 2 / variance)[alone].tolist()
    for pool in (~alone & (p > 0.5), ~alone & (p <= 0.5)):
        if variance[pool].sum() >= LEAST_EXPECTED:
            terms.append((k[pool].sum() - mean[pool].sum()) ** 2 / variance[pool].sum())
    statistic = float(np.sum(terms))
    return Fit(statistic, len(terms), float(scipy.stats.chi2.sf(statistic, len(terms))), missed)


def fall(points: np.ndarray, part: np.ndarray, dim: int) -> float:
    """The number of points per dimension over which the share falls from 90 to 10%, read off a normal curve.

    The curve is fitted by least squares, to measured and to exact shares alike.
    """

    def residuals(c: np.ndarray) -> np.ndarray:
        return scipy.special.ndtr((c[0] - points / dim) / np.exp(c[1])) - part

    _, log_scale = scipy.optimize.least_squares(residuals, [2.0, -1.0]).x
    return float(2 * scipy.special.ndtri(0.9) * np.exp(log_scale))


def exact_curve(dim: int, bias: bool, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points per dimension and share on Cover's curve, at every whole number of points within the ratios."""
    points = np.arange(max(1, int(np.ceil(ratios.min() * dim))), int(ratios.max() * dim) + 1)
    return points / dim, np.array([theory.cover_fraction(int(n), dim + bias) for n in points])
