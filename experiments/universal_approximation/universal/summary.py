"""What the verdicts and figures of `universal` share: errors over their floors, and how far they fall."""

import numpy as np
import xarray as xr

from experiments.universal_approximation.universal.config import DEGREE

NOTICED = 1e-9  # a floor below this share of the target's norm is rounding: the target is a polynomial, or nearly
ROUNDING = 1e-6  # the share by which rounding may make an error seem to lie below its floor
SMALL = 1e-9  # an error below this share of the target's norm need not fall further


def real_floors(data: xr.Dataset) -> xr.DataArray:
    """The floors [activation, target] of polynomials, nan where they are rounding."""
    polynomial = data.isel(activation=np.flatnonzero(data.degree > 0))
    return polynomial.floor.where(polynomial.floor > NOTICED * data.norm)


def over_floor(data: xr.Dataset) -> xr.DataArray:
    """The errors of polynomials over their floors [activation, width, target, seed], nan where there is none."""
    floors = real_floors(data)
    return data.error.sel(activation=floors.activation) / floors


def start(widths: tuple[int, ...]) -> int:
    """The N that errors fall from: a sixteenth of the greatest, but enough for every polynomial to be at its floor."""
    return min(n for n in widths if n >= max(widths[-1] // 16, DEGREE + 1))


def fall(data: xr.Dataset) -> xr.DataArray:
    """Median error at the greatest N over that at `start` [activation, target], or 0 where it is rounding."""
    median = data.error.median("seed")
    early = median.sel(width=start(data.width.values.tolist()), drop=True)
    late = median.isel(width=-1, drop=True)
    return (late / early).where(late > SMALL * data.norm, 0.0)


def controls(data: xr.Dataset) -> np.ndarray:
    """`fall` of the polynomials wherever they have a floor: the rule must tell them apart from the others."""
    floors = real_floors(data)
    falls = fall(data).sel(activation=floors.activation).where(floors.notnull()).values
    return falls[np.isfinite(falls)]
