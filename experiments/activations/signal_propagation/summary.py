"""What the verdicts and the figures of `signal_propagation` share: extrapolation to infinite width, and columns."""

from typing import NamedTuple

import numpy as np
import scipy.special
import xarray as xr


class Extrapolated(NamedTuple):
    """A number at infinite width and its standard error, and the slope along 1 / width there."""

    value: np.ndarray
    error: np.ndarray
    slope: np.ndarray


def extrapolated(widths: np.ndarray, means: np.ndarray, errors: np.ndarray, degree: int = 1) -> Extrapolated:
    """Fit a weighted polynomial in 1 / width to means [width, ...] with standard errors [width, ...]."""
    powers = np.vander(widths.min() / widths, degree + 1, increasing=True)  # [width, power]
    # What is the same in all networks of a width has no error; a floor on errors keeps the weights of widths bounded.
    weight = 1 / np.maximum(errors, np.maximum(1e-3 * errors.max(axis=0), 1e-12)) ** 2
    sums = np.einsum("wp,wq,w...->...pq", powers, powers, weight)
    moments = np.einsum("wp,w...->...p", powers, weight * means)
    inverse = np.linalg.inv(sums)
    found = np.einsum("...pq,...q->...p", inverse, moments)
    return Extrapolated(found[..., 0], np.sqrt(inverse[..., 0, 0]), found[..., 1] * widths.min())


def at_infinite_width(data: xr.Dataset, name: str, layer: int, degree: int = 2) -> Extrapolated:
    """The mean over networks of `log_q`, `correlation` or `log_gradient` in a layer, of all columns: from a parabola,
    since deviations from theory are curved where networks are deep for their width, or from a line for two widths."""
    mean, spread = (data[one].sel(layer=layer).values.astype(float) for one in (name, f"{name}_sd"))
    degree = min(degree, data.sizes["width"] - 1)
    with np.errstate(invalid="ignore"):  # a step's gradient is 0
        return extrapolated(data.width.values, mean, spread / np.sqrt(data.networks.values)[:, None], degree)


def half_width(error: np.ndarray, comparisons: int = 1) -> np.ndarray:
    """Half the width of a 95% interval, Bonferroni-corrected for `comparisons`."""
    return float(scipy.special.ndtri(1 - 0.025 / comparisons)) * error


def column(data: xr.Dataset, activation: str, weight_variance: float, bias_variance: float = 0.0) -> int | None:
    """The index of a column, or None if it was not run."""
    same = (data.activation == activation) & np.isclose(data.weight_variance, weight_variance)
    found = np.flatnonzero(same & np.isclose(data.bias_variance, bias_variance))
    return int(found[0]) if len(found) else None


def columns_of(data: xr.Dataset, activation: str) -> np.ndarray:
    """The indices of all columns of an activation."""
    return np.flatnonzero(data.activation.values == activation)


def activations(data: xr.Dataset) -> list[str]:
    """The activations that were run, in their order."""
    return list(dict.fromkeys(data.activation.values.tolist()))


def halves(data: xr.Dataset) -> tuple[int, int]:
    """The middle layer and the last."""
    return data.attrs["depth"] // 2, data.attrs["depth"]
