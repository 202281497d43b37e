"""The verdicts of `capacity`: counts against binomial laws that theory gives, and how fast the part falls."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from nnjax import statistics, theory

LEAST_EXPECTED = 5.0  # separable and inseparable labellings that a cell must lead one to expect, else it is pooled
REFUTED, DOUBTFUL = 0.001, 0.01  # p-values
COVER = "Cover 1965, theorem 1"
RESAMPLES = 400


class Fit(NamedTuple):
    """Whether counts fit: chi-squared, its degrees of freedom and its p-value, and cells that should be certain."""

    statistic: float
    degrees: int
    p_value: float
    certain_missed: int


def goodness_of_fit(separable: np.ndarray, trials: int, exact: np.ndarray) -> Fit:
    """Counts [...] of separable labellings against binomial laws with the parts `exact` [...], all cells at once.

    Cells where either kind is expected fewer than five times are pooled, those near 1 and those near 0 apart, and left
    out where even together they would say too little; cells with part 1 must be full.
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
    """From how many to how many points for each dimension the part falls from 90 to 10 %, by a normal curve.

    The curve is fitted by least squares in the part, equally to what is measured and to what is exact.
    """

    def residuals(c: np.ndarray) -> np.ndarray:
        return scipy.special.ndtr((c[0] - points / dim) / np.exp(c[1])) - part

    _, log_scale = scipy.optimize.least_squares(residuals, [2.0, -1.0]).x
    return float(2 * scipy.special.ndtri(0.9) * np.exp(log_scale))


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Fits by their p-value; falls by whether the interval holds what the exact curve gives."""
    found = [_proved(data)]
    found += [_fits(data, bias) for bias in (False, True)]
    found += [_half(data), *([_faster(data)] if data.sizes["dim"] > 1 else []), _time_out(data)]
    return found


def _proved(data: xr.Dataset) -> Verdict:
    total, unproved = data.separable.size * data.attrs["trials"], int(data.unproved.sum())
    claim = f"each of {total:,} labellings is decided, with a unit or with multipliers that were checked"
    outcome = REPRODUCED if unproved == 0 else NOT_REPRODUCED
    return verdict(data, "all proved", claim, "Gordan 1873", 0, unproved, "without proof", outcome)


def _fits(data: xr.Dataset, bias: bool) -> Verdict:
    one = data.sel(bias=bias)
    fit = goodness_of_fit(one.separable.values, data.attrs["trials"], one.exact.values)
    kind = "with a bias" if bias else "through the origin"
    few = "d + 1" if bias else "d"
    claim = (
        f"planes {kind}: over {one.separable.size} kinds of labellings together the separable part is Cover's "
        f"(chi-squared {fit.statistic:.1f} at {fit.degrees} degrees of freedom); up to N = {few} all are separable"
    )
    doubt = PARTLY if fit.p_value > REFUTED else NOT_REPRODUCED
    outcome = NOT_REPRODUCED if fit.certain_missed else REPRODUCED if fit.p_value > DOUBTFUL else doubt
    name = "Cover with a bias" if bias else "Cover"
    return verdict(data, name, claim, COVER, f"p above {DOUBTFUL:g}", fit.p_value, "p-value", outcome)


def _half(data: xr.Dataset) -> Verdict:
    """All labellings of twice as many points as dimensions, without a bias."""
    one = data.sel(bias=False)
    at_twice = (one.points == 2 * one.dim).values
    k, n = int(one.separable.values[at_twice].sum()), int(at_twice.sum()) * data.attrs["trials"]
    if not n:
        return verdict(data, "half at 2d", "no N = 2 d was asked for", COVER, 0.5, None, "", NOT_REPRODUCED)
    low, high = map(float, statistics.wilson(k, n))
    claim = f"half of {n:,} labellings of 2 d points are separable, d = {', '.join(map(str, one.dim.values))} together"
    outcome = REPRODUCED if low <= 0.5 <= high else NOT_REPRODUCED
    return verdict(data, "half at 2d", claim, COVER, 0.5, k / n, "", outcome, (low, high))


def _faster(data: xr.Dataset) -> Verdict:
    """How much faster the part falls in the most dimensions than in the fewest."""
    one, trials = data.sel(bias=False).sortby("dim"), data.attrs["trials"]
    ends = one.isel(dim=[0, -1])
    rng = np.random.default_rng(0)

    def ratio(parts: np.ndarray) -> float:
        falls = [fall(p, part, int(d)) for p, part, d in zip(ends.points.values, parts, ends.dim.values, strict=True)]
        return falls[0] / falls[1]

    measured = ratio(ends.separable.values / trials)
    drawn = [ratio(rng.binomial(trials, ends.separable.values / trials) / trials) for _ in range(RESAMPLES)]
    low, high = (float(np.quantile(drawn, q)) for q in (0.025, 0.975))
    expected = ratio(ends.exact.values)
    few, many = ends.dim.values.tolist()
    claim = (
        f"the part falls from 90 to 10 % in so many times fewer points for each dimension at d = {many} than at {few}"
    )
    outcome = REPRODUCED if low <= expected <= high and low > 1 else PARTLY if measured > 1 else NOT_REPRODUCED
    source = f"{COVER}; about sqrt({many}/{few})"
    return verdict(data, "sharper", claim, source, expected, measured, "times", outcome, (low, high))


def _time_out(data: xr.Dataset) -> Verdict:
    """The part that is called inseparable although it is not, where the exact part is next to one half."""
    d = data.attrs["time_out_dim"]
    one = data.sel(bias=True, dim=d)
    nearest = int(np.argmin(np.abs(one.exact.values - 0.5)))
    k, limit = int(one.separable.values[nearest]), int(data.time_out.values[-1])
    missed = k - int(data.learned.values[nearest, -1])
    first = k - int(data.learned.values[nearest, 0])
    claim = (
        f"given up after {limit:,} passes, a perceptron has not learned all separable labellings of "
        f"{int(one.points.values[nearest])} points in {d} dimensions; after {int(data.time_out.values[0])} passes it "
        f"lacks {first} of {k}"
    )
    outcome = REPRODUCED if missed > 0 else NOT_REPRODUCED
    return verdict(data, "a time-out is no proof", claim, "this project", "more than 0", missed, f"of {k}", outcome)


def exact_curve(dim: int, bias: bool, ratios: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cover's curve at every whole number of points within the ratios: points for each dimension, and part."""
    points = np.arange(max(1, int(np.ceil(ratios.min() * dim))), int(ratios.max() * dim) + 1)
    return points / dim, np.array([theory.cover_fraction(int(n), dim + bias) for n in points])
