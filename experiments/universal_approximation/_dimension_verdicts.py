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
RATE_SLACK = 0.1  # by how much an exponent may differ from -2/d: lattice shells and small n bend the lines
FEWEST_POINTS = 3  # of a line whose slope is asked for
# A worst error may be so much below its first one times n^(-2/d): the worst of some draws is not the worst of all.
WORST_SLACK = 0.5


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Drawn units, trained units by activation, and the two bases."""
    found = [_goodness(data), _same_line(data), *(_trained(data, str(name)) for name in data.activation.values)]
    for kind in KINDS:
        found += [_bound(data, kind), _rates(data, kind), _worst(data, kind)]
    return [*found, _fresh(data), _barron(data)]


def goodness(z: Any) -> float:
    """The p-value that all of these are standard normal: their squares are summed."""
    z = np.asarray(z, float).ravel()
    return float(scipy.stats.chi2.sf(np.sum(z**2), z.size))


def exponents(data: xr.Dataset, kind: str) -> xr.DataArray:
    """The slope of log mean error against log number [dim, of: slope, low, high]; nan for fewer than three numbers."""
    places = KINDS[kind][0] if kind in KINDS else "drawn_units" if kind == "drawn" else "units"
    rows = []
    for d in data.dim.values:
        one = data.sel(dim=d)
        if kind in KINDS:
            n, error = one[f"{kind}_number"].values, one[f"{kind}_mean"].values
        elif kind == "drawn":
            n, error = one[places].values, one.drawn.values
        else:
            n, error = one[places].values, one.trained.sel(activation=kind).values
        kept = np.isfinite(n) & np.isfinite(error) & (error > 0)
        enough = kept.sum() >= FEWEST_POINTS
        rows.append(statistics.slope(np.log(n[kept]), np.log(error[kept]))[:3] if enough else [np.nan] * 3)
    return xr.DataArray(rows, dims=("dim", "of"), coords={"dim": data.dim, "of": ["slope", "low", "high"]})


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


def _trained(data: xr.Dataset, activation: str) -> Verdict:
    one = data.sel(activation=activation)
    line = SQUARED_NORM / one.units
    below = one.trained_high < line
    ratio = (one.trained / line).max()
    worst = one.trained.where(one.trained / line == ratio, drop=True)
    claim = (
        f"trained networks of N {activation} units err less than N drawn ones, at the median of seeds with its whole "
        f"interval, in every cell of d and N; nearest at d = {int(worst.dim[0])}, N = {int(worst.units[0])}: "
        f"{float(ratio):.2g} of the drawn units' error"
    )
    count = int(below.sum())
    outcome = REPRODUCED if count == below.size else PARTLY if count >= 0.75 * below.size else NOT_REPRODUCED
    source = "Barron 1993: networks as good exist"
    name = f"trained, {activation}"
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
        f"no {KINDS[kind][1]} have a mean squared distance below (1 - n/M) / (8 pi^2 q T), cells below it of "
        f"{known.sum()}; the nearest has {nearest:.2f} times as much"
    )
    source = "Barron 1993, theorem 6 and its proof"
    return verdict(data, f"bound, {kind}", claim, source, 0, broken, "cells", broken == 0)


def _rates(data: xr.Dataset, kind: str) -> Verdict:
    slopes = exponents(data, kind).sel(of="slope").dropna("dim")
    gap = abs(slopes + 2 / slopes.dim)
    listed = ", ".join(f"{float(s):.2f} for {-2 / int(d):.2f}" for d, s in zip(slopes.dim, slopes, strict=True))
    count, outcome = int((gap <= RATE_SLACK).sum()), NOT_REPRODUCED
    if slopes.size:
        outcome = REPRODUCED if count == slopes.size else PARTLY if count > slopes.size / 2 else NOT_REPRODUCED
    claim = f"the mean squared error of {KINDS[kind][1]} falls as n^(-2/d), exponents within {RATE_SLACK}: {listed}"
    source, unit = "Barron 1993, theorem 6", f"of {slopes.size} dimensions"
    return verdict(data, f"rate, {kind}", claim, source, slopes.size, count, unit, outcome)


def _worst(data: xr.Dataset, kind: str) -> Verdict:
    number, worst = data[f"{kind}_number"], data[f"{kind}_worst"]
    places = KINDS[kind][0]
    power = (number / number.isel({places: 0})) ** (-2 / data.dim)
    left = float((worst / worst.isel({places: 0}) / power).min())
    claim = (
        f"the worst squared error over draws of {KINDS[kind][1]} falls no faster than n^(-2/d): the least part of "
        "n^(-2/d) times the first worst error that is left, in any dimension"
    )
    source = "Barron 1993, theorem 6"
    return verdict(data, f"worst, {kind}", claim, source, f">= {WORST_SLACK}", left, "", left >= WORST_SLACK)


def _fresh(data: xr.Dataset) -> Verdict:
    p = goodness(data.fresh_z)
    claim = f"distances in closed form are those measured on fresh inputs: p of all {data.fresh_z.size} cells together"
    return verdict(data, "fresh inputs", claim, "two ways here", f"p > {LEAST_P}", p, "", p > LEAST_P)


def _barron(data: xr.Dataset) -> Verdict:
    least = float(min(data[f"{kind}_barron_from"].min() for kind in KINDS))
    units = data.attrs["most_terms"]
    claim = (
        f"Barron's bound (2 r C_f)^2 / N is above what predicting the mean errs by up to N of this many, while {units} "
        f"units are exact: it cannot be broken here (from {_spread(data)} units on it says something)"
    )
    source = "Barron 1993, theorem 1"
    return verdict(data, "Barron's constant", claim, source, f"> {units}", least, "units", least > units)


def _spread(data: xr.Dataset) -> str:
    ends = [data[f"{kind}_barron_from"] for kind in KINDS]
    low, high = min(float(e.min()) for e in ends), max(float(e.max()) for e in ends)
    return f"{low:,.0f} to {high:,.0f}"
