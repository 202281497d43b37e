"""Slopes of the error against N, and where rounding takes over: what figures and verdicts of `written_down` share."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import xarray as xr

from nnjax import statistics, tasks

EXPECTED = {
    "step bumps": -1.0,
    "sigmoid steps": -1.0,
    "ReLU, equal knots": -2.0,
    "ReLU, spread knots": -2.0,
    "ReLU, fitted": -2.0,
}
WIDEST = 7  # the number of widest networks over which a slope is taken
ZERO = 1e-12  # errors below are rounding, and enter no slope


class Crossing(NamedTuple):
    """Where rounding overtakes the error of the lines: measured, nan where it does not, and by a formula."""

    measured: float
    expected: float


def smooth(targets: Iterable[str]) -> list[str]:
    """The targets that have no kink and no jump."""
    return [name for name in targets if tasks.TARGETS[name].second_derivative is not None]


def errors(data: xr.Dataset, target: str, kind: str) -> xr.DataArray:
    """The float64 errors over which a slope is taken: of the widest networks among those that have any error."""
    one = data.l2.sel(target=target, kind=kind, dtype="float64")
    predicted = data.predicted.sel(target=target, kind=kind).fillna(1.0)
    return one.isel(width=np.flatnonzero((one.values > ZERO) & (predicted.values > ZERO)))[-WIDEST:]


def slope(data: xr.Dataset, target: str, kind: str) -> statistics.Slope | None:
    """The slope of log error against log N over these networks; None where there are fewer than three.

    Nothing here is random: the interval around it is the scatter of the errors about the line.
    """
    one = errors(data, target, kind)
    if one.sizes["width"] < 3:
        return None
    return statistics.slope(np.log(one.width.values), np.log(one.values))


def over_asymptotic(data: xr.Dataset, target: str, kind: str) -> np.ndarray:
    """The errors of these networks over their asymptotic values [width]."""
    one = errors(data, target, kind)
    return one.values / data.predicted.sel(target=target, kind=kind, width=one.width).values


def between(data: xr.Dataset, target: str, kind: str) -> np.ndarray:
    """The slopes between each of these networks and the next wider one."""
    one = errors(data, target, kind)
    return np.diff(np.log(one.values)) / np.diff(np.log(one.width.values))


def rounded(data: xr.Dataset, target: str, dtype: str) -> np.ndarray:
    """Rounding over the error of the lines [rounding width]."""
    return (data.rounding.sel(target=target, dtype=dtype) / data.lines.sel(target=target)).values


def crossing(data: xr.Dataset, target: str, dtype: str) -> Crossing:
    """The N from which on rounding exceeds the lines' error, on a line in logarithms between the two widths around it.

    The formula: rounding is unit roundoff times sqrt(N), as of N terms that are rounded at random, and straight lines
    err by C / N^2, so that it is (C / u)^(2/5).
    """
    widths = data.rounding_width.values.astype(float)
    scale = float(data.lines.sel(target=target)[-1]) * widths[-1] ** 2
    expected = float((scale / (float(np.finfo(dtype).eps) / 2)) ** 0.4)
    share = rounded(data, target, dtype)
    below = np.flatnonzero(share < 1)
    if not below.size or below[-1] + 1 == len(widths):
        return Crossing(np.nan, expected)
    around = slice(below[-1], below[-1] + 2)
    return Crossing(float(np.exp(np.interp(0.0, np.log(share[around]), np.log(widths[around])))), expected)
