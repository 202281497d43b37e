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
WIDEST = 7  # the slope is taken over so many of the widest networks
ZERO = 1e-12  # errors below are rounding, and enter no slope


class Crossing(NamedTuple):
    """Where rounding overtakes the error of the lines: measured, and by a rule of thumb."""

    measured: float
    expected: float


def smooth(targets: Iterable[str]) -> list[str]:
    """Those of the targets that have no kink and no jump."""
    return [name for name in targets if tasks.TARGETS[name].second_derivative is not None]


def slope(data: xr.Dataset, target: str, kind: str) -> statistics.Slope | None:
    """The slope of log error against log N over the widest networks; None where fewer than three have any error."""
    one = data.l2.sel(target=target, kind=kind, dtype="float64")
    predicted = data.predicted.sel(target=target, kind=kind).fillna(1.0)
    one = one.isel(width=np.flatnonzero((one.values > ZERO) & (predicted.values > ZERO)))[-WIDEST:]
    if one.sizes["width"] < 3:
        return None
    return statistics.slope(np.log(one.width.values), np.log(one.values))


def crossing(data: xr.Dataset, target: str, dtype: str) -> Crossing:
    """The N from which on rounding is the greater; measured on lines through the widest three networks.

    The rule of thumb: rounding is unit roundoff times sqrt(N), as of N terms that are rounded at random, and straight
    lines err by C / N^2, so that it is (C / u)^(2/5).
    """
    n = np.log(data.rounding_width.values[-3:].astype(float))
    lines = np.log(data.lines.sel(target=target).values[-3:])
    added = statistics.slope(n, np.log(data.rounding.sel(target=target, dtype=dtype).values[-3:]))
    scale = float(np.exp((lines + 2 * n).mean()))
    measured = np.exp((np.log(scale) - added.intercept) / (2 + added.slope))
    return Crossing(float(measured), float((scale / (float(np.finfo(dtype).eps) / 2)) ** 0.4))
