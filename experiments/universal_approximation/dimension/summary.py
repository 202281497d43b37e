"""What the verdicts and figures of `dimension` are made of: exponents of errors, and a test of exact ones."""

from typing import Any

import numpy as np
import scipy
import xarray as xr

from nnjax import statistics

KINDS = {"polynomials": ("degree", "polynomials"), "features": ("num_features", "random features")}
FEWEST_POINTS = 3  # of a line whose slope is asked for


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
