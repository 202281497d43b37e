"""What the verdicts and the figures of `signal_propagation` share: extrapolation to infinite width, and columns."""

from typing import NamedTuple

import numpy as np
import scipy.special
import xarray as xr


class Extrapolated(NamedTuple):
    """A number at infinite width and its standard error, and the slope along 1 / width."""

    value: np.ndarray
    error: np.ndarray
    slope: np.ndarray


def extrapolated(widths: np.ndarray, means: np.ndarray, errors: np.ndarray) -> Extrapolated:
    """The weighted line through means [width, ...] over 1 / width, with their standard errors [width, ...]."""
    x = (1 / np.asarray(widths, float)).reshape(-1, *[1] * (np.ndim(means) - 1))
    weight = 1 / np.maximum(errors, 1e-12) ** 2  # what is the same in all networks has no error
    total = weight.sum(axis=0)
    middle, height = (weight * x).sum(axis=0) / total, (weight * means).sum(axis=0) / total
    spread = (weight * (x - middle) ** 2).sum(axis=0)
    slope = (weight * (x - middle) * (means - height)).sum(axis=0) / spread
    return Extrapolated(height - slope * middle, np.sqrt(1 / total + middle**2 / spread), slope)


def at_infinite_width(data: xr.Dataset, name: str, layer: int) -> Extrapolated:
    """The mean over networks of `log_q`, `correlation` or `log_gradient` in a layer, of all columns."""
    mean, spread = (data[one].sel(layer=layer).values.astype(float) for one in (name, f"{name}_sd"))
    with np.errstate(invalid="ignore"):  # a step's gradient is 0
        return extrapolated(data.width.values, mean, spread / np.sqrt(data.networks.values)[:, None])


def half_width(error: np.ndarray, comparisons: int = 1) -> np.ndarray:
    """Of a 95 % interval; Bonferroni's for so many comparisons."""
    return float(scipy.special.ndtri(1 - 0.025 / comparisons)) * error


def column(data: xr.Dataset, activation: str, weight_variance: float, bias_variance: float = 0.0) -> int | None:
    """The place of a column, None where it was not run."""
    same = (data.activation == activation) & np.isclose(data.weight_variance, weight_variance)
    found = np.flatnonzero(same & np.isclose(data.bias_variance, bias_variance))
    return int(found[0]) if len(found) else None


def columns_of(data: xr.Dataset, activation: str) -> np.ndarray:
    """The places of all columns of an activation."""
    return np.flatnonzero(data.activation.values == activation)


def activations(data: xr.Dataset) -> list[str]:
    """Those that were run, in their order."""
    return list(dict.fromkeys(data.activation.values.tolist()))


def halves(data: xr.Dataset) -> tuple[int, int]:
    """The middle layer and the last."""
    return data.attrs["depth"] // 2, data.attrs["depth"]
