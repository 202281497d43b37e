"""The verdicts of `dimension`: exact lines must be met by all cells together, bounds must be broken by none."""

from typing import Any

import numpy as np
import scipy
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.universal_approximation._drawn_units import SQUARED_NORM
from nnjax import statistics

KINDS = {"polynomials": ("degree", "polynomials"), "features": ("num_features", "random features")}
LEAST_P = 0.01  # below it the drawn units do not have the exact error
# By what share an exponent may differ from -2/d where its interval does not hold it: lattice shells bend the lines.
RATE_SLACK = 0.1
FEWEST_POINTS = 3  # of a line whose slope is asked for
# A worst error may be so much below what the worst of all sums cannot go below: it is the worst of some draws.
WORST_SLACK = 0.5
# With the most functions a basis must leave less than this part of the worst error of predicting nothing: else nothing
# tells that it fell.
WORST_TOLD = 0.9
MET, MISSED, UNTOLD = "met", "missed", "untold"


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Drawn units, trained units by activation, and the two bases."""
    found = [_goodness(data), _same_line(data), *_all_trained(data)]
    for kind in KINDS:
        found += [_bound(data, kind), _rates(data, kind), _worst(data, kind)]
    return [*found, _fresh(data)]


def goodness(z: Any) -> float:
    """The p-value that all of these are standard normal: their squares are summed."""
    z = np.asarray(z, float).ravel()
    return float(scipy.stats.chi2.sf(np.sum(z**2), z.size))


def exponents(data: xr.Dataset, kind: str) -> xr.DataArray:
    """The slope of log mean error against log number [dim, of: slope, low, high]; nan for fewer than three numbers.

    `kind` is "drawn", one of the bases, or "bound": what no basis has less than, at the numbers of the polynomials.
    """
    rows = []
    for d in data.dim.values:
        one = data.sel(dim=d)
        if kind == "drawn":
            n, error = one.drawn_units.values, one.drawn.values
        elif kind == "bound":
            n, error = one.polynomials_number.values, one.polynomials_bound.values
        else:
            n, error = one[f"{kind}_number"].values, one[f"{kind}_mean"].values
        kept = np.isfinite(n) & np.isfinite(error) & (error > 0)
        enough = kept.sum() >= FEWEST_POINTS
        rows.append(statistics.slope(np.log(n[kept]), np.log(error[kept]))[:3] if enough else [np.nan] * 3)
    return xr.DataArray(rows, dims=("dim", "of"), coords={"dim": data.dim, "of": ["slope", "low", "high"]})


def judged(slope: float, low: float, high: float, dim: int) -> str:
    """Whether an exponent is -2/d: untold where it cannot be told from 0, the exponent of predicting nothing."""
    expected = -2 / dim
    if not high < 0:
        return UNTOLD
    return MET if low <= expected <= high or abs(slope / expected - 1) <= RATE_SLACK else MISSED


def _goodness(data: xr.Dataset) -> Verdict:
    z = (data.drawn - data.exact) / data.drawn_error
    p, ratio = goodness(z), data.drawn / data.exact
    claim = (
        f"N drawn units have exactly the expected squared error 1/N of |f|^2: p of all {z.size} cells of d and N "
        f"together (measured over exact: {float(ratio.min()):.3f} to {float(ratio.max()):.3f})"
    )
    source = "Maurey (Pisier 1981); Barron 1993, lemma 1"
    return verdict(data, "drawn units", claim, source, f"p > {LEAST_P}", p, "", p > LEAST_P)


def _same_line(data: xr.Dataset) -> Verdict:
    """The error times N, averaged over N: the same in the lowest and in the highest dimension."""
    scaled, spread = data.drawn / data.exact, data.drawn_error / data.exact
    mean = scaled.mean("drawn_units")
    error = np.sqrt((spread**2).sum("drawn_units")) / data.sizes["drawn_units"]
    first, last = mean.isel(dim=0), mean.isel(dim=-1)
    ratio = float(last / first)
    half = 1.96 * ratio * float(np.hypot(error[0] / first, error[-1] / last))
    low, high = ratio - half, ratio + half
    claim = f"the error at equal N is the same in {int(data.dim[-1])} dimensions as in {int(data.dim[0])}, as a ratio"
    holds = low <= 1 <= high and half < 0.1
    source = "Maurey (Pisier 1981)"
    return verdict(data, "same line", claim, source, 1.0, ratio, "", holds, (low, high))


def _all_trained(data: xr.Dataset) -> list[Verdict]:
    """Against N drawn units, which are averaged, and against N drawn units whose output weights are solved for."""
    data = data.sel(units=data.units > 1)  # one unit errs no more than drawn ones by doing nothing
    line = (SQUARED_NORM / data.units).broadcast_like(data.solved)
    found = []
    for name in data.activation.values:
        found.append(_trained(data, str(name), line, line, f"trained, {name}", "N drawn ones, averaged,"))
        whose = "N drawn ones with solved output weights, and than all of their interval,"
        found.append(_trained(data, str(name), data.solved, data.solved_low, f"chosen, {name}", whose))
    return found


def _trained(
    data: xr.Dataset, activation: str, other: xr.DataArray, other_low: xr.DataArray, name: str, whose: str
) -> Verdict:
    one = data.sel(activation=activation)
    below = one.trained_high < other_low
    ratio = (one.trained / other).max()
    worst = one.trained.where(one.trained / other == ratio, drop=True)
    claim = (
        f"trained networks of N {activation} units err less than {whose} at the median with its whole interval, in "
        f"every cell of d and N above 1; nearest at d = {int(worst.dim[0])}, N = {int(worst.units[0])}: "
        f"{float(ratio):.2g} of the drawn units' error"
    )
    count = int(below.sum())
    outcome = REPRODUCED if count == below.size else PARTLY if count >= 0.75 * below.size else NOT_REPRODUCED
    source = "Barron 1993: networks as good exist"
    return verdict(data, name, claim, source, below.size, count, f"of {below.size} cells", outcome)


def _bound(data: xr.Dataset, kind: str) -> Verdict:
    """A theorem on the mean over all draws: no cell may lie below it by more than chance, Holm-corrected."""
    mean, error, bound = (data[f"{kind}_{name}"] for name in ("mean", "error", "bound"))
    known = np.isfinite(mean.values)
    z = ((mean - bound) / error.where(error > 0)).values[known]
    level = mean.values[known] >= bound.values[known]
    below = np.where(np.isfinite(z), scipy.stats.norm.cdf(np.nan_to_num(z)), np.where(level, 1.0, 0.0))
    broken = int((statistics.holm(below) < 0.05).sum())
    nearest = float((mean / bound).min())
    claim = (
        f"no {KINDS[kind][1]} have a mean squared distance below that of the basis that catches the n longest and "
        f"likeliest waves, cells below it of {known.sum()}; the nearest has {nearest:.3f} times as much"
    )
    source = "Ky Fan; Barron 1993, proof of theorem 6"
    return verdict(data, f"bound, {kind}", claim, source, 0, broken, "cells", broken == 0)


def _rates(data: xr.Dataset, kind: str) -> Verdict:
    """Reproduced where all exponents are -2/d; partly where more are than are not, and the others cannot be told."""
    slopes = exponents(data, kind)
    told = [judged(row[0], row[1], row[2], int(d)) for d, row in zip(slopes.dim, slopes.values, strict=True)]
    listed = ", ".join(
        f"{row[0]:.3g} for {-2 / int(d):.3g}{'' if how == MET else f' ({how})'}"
        for d, row, how in zip(slopes.dim, slopes.values, told, strict=True)
    )
    met = told.count(MET)
    outcome = REPRODUCED if met == len(told) else PARTLY if met > told.count(MISSED) else NOT_REPRODUCED
    claim = (
        f"the mean squared error of {KINDS[kind][1]} falls as n^(-2/d): the interval of the exponent holds it or it is "
        f"within {RATE_SLACK:.0%}, and the interval leaves out 0, which predicting nothing has (untold where it does "
        f"not): {listed}"
    )
    source, unit = "Barron 1993, theorem 6", f"of {len(told)} dimensions"
    return verdict(data, f"rate, {kind}", claim, source, len(told), met, unit, outcome)


def _worst(data: xr.Dataset, kind: str) -> Verdict:
    """Broken by any worst error below its bound; and it tells something only where a basis does better than nothing."""
    worst = data[f"{kind}_worst"]
    nearest = float((worst / data[f"{kind}_worst_bound"]).min())
    left = worst.min(KINDS[kind][0]) / data.nothing_worst
    fell = int((left < WORST_TOLD).sum())
    holds = nearest >= WORST_SLACK and fell > 0
    claim = (
        f"the worst squared error over draws of {KINDS[kind][1]} falls, but no faster than what no basis is below in "
        f"the worst case, about n^(-2/d): the least of worst over this bound (the most functions leave "
        f"{float(left.min()):.2g} to {float(left.max()):.2g} of the worst error of predicting nothing, under "
        f"{WORST_TOLD:g} in {fell} of {left.size} dimensions)"
    )
    outcome = NOT_REPRODUCED if not holds else REPRODUCED if fell == left.size else PARTLY
    source = "Barron 1993, theorem 6"
    return verdict(data, f"worst, {kind}", claim, source, f">= {WORST_SLACK}", nearest, "times", outcome)


def _fresh(data: xr.Dataset) -> Verdict:
    p = goodness(data.fresh_z)
    claim = f"distances in closed form are those measured on fresh inputs: p of all {data.fresh_z.size} cells together"
    return verdict(data, "fresh inputs", claim, "two ways here", f"p > {LEAST_P}", p, "", p > LEAST_P)
