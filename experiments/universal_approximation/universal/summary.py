"""What the verdicts and figures of `universal` share: errors over their floors, and how far they fall."""

import math

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
    return _left(data, start(data.width.values.tolist()))


def last_doubling(data: xr.Dataset) -> xr.DataArray:
    """Share of the median error that the last doubling of N leaves [activation, target], or 0 where it is rounding.

    Where the last two N are farther apart, it is the share for each doubling between them.
    """
    before, last = data.width.values[-2:].tolist()
    return _left(data, before) ** (1 / math.log2(last / before))


def _left(data: xr.Dataset, width: int) -> xr.DataArray:
    median = data.error.median("seed")
    early, late = median.sel(width=width, drop=True), median.isel(width=-1, drop=True)
    return (late / early).where(late > SMALL * data.norm, 0.0)


def controls(data: xr.Dataset, of: xr.DataArray) -> np.ndarray:
    """The values of `of` [activation, target] at the pairs of a polynomial and a target with a floor [pairs]."""
    floors = real_floors(data)
    there = floors.notnull()
    return of.sel(activation=floors.activation).transpose(*there.dims).values[there.values]
