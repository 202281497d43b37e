"""What the verdicts and figures of `dimension` share: exponents of errors, and a test of errors known exactly."""

from typing import Any

import numpy as np
import scipy
import xarray as xr

from nnjax import statistics

KINDS = {"polynomials": ("degree", "polynomials"), "features": ("num_features", "random features")}
FEWEST_POINTS = 3  # through which a line is fitted


def goodness(z: Any) -> float:
    """The p-value of the hypothesis that all z are standard normal, from the sum of their squares."""
    z = np.asarray(z, float).ravel()
    return float(scipy.stats.chi2.sf(np.sum(z**2), z.size))


def exponents(data: xr.Dataset, kind: str) -> xr.DataArray:
    """The slope of log mean error against log number [dim, of: slope, low, high]; nan for fewer than three numbers.

    `kind` is "drawn", one of the bases, or "polynomials, bound" or "features, bound": the lower bound of any basis at
    the same numbers. The interval is that of the scatter about the line: where the points share their sums, it tells
    how much the line bends, and not what other sums would give.
    """
    basis, _, bound = kind.partition(", ")
    rows = []
    for d in data.dim.values:
        one = data.sel(dim=d)
        if kind == "drawn":
            n, error = one.drawn_units.values, one.drawn.values
        else:
            n, error = one[f"{basis}_number"].values, one[f"{basis}_{bound or 'mean'}"].values
        kept = np.isfinite(n) & np.isfinite(error) & (error > 0)
        enough = kept.sum() >= FEWEST_POINTS
        rows.append(statistics.slope(np.log(n[kept]), np.log(error[kept]))[:3] if enough else [np.nan] * 3)
    return xr.DataArray(rows, dims=("dim", "of"), coords={"dim": data.dim, "of": ["slope", "low", "high"]})
