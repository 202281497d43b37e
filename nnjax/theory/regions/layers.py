"""Helpers of `line` and `plane`: stacked parameters, and affine functions propagated through a layer."""

import itertools
from typing import Any

import numpy as np

from nnjax.checks import real_numbers
from nnjax.mlp import Layer, Params

# Sums that cancel to less than this fraction of the sum of absolute terms are rounding errors, and set to zero.
CANCELLED = 1e-13
# Affine maps whose slopes differ by less than this fraction of the network's greatest slope are the same map.
SAME = 1e-9


def stacked(params: Params, num_networks: int | None = None) -> list[Layer]:
    """The layers in float64 with a leading axis of networks; a single network is repeated `num_networks` times.

    Raises:
        ValueError: for arrays whose shapes do not fit together, and for numbers that are not finite.
    """
    try:
        layers = [Layer(real_numbers(w, "w").astype(float), real_numbers(b, "b").astype(float)) for w, b in params]
    except (TypeError, ValueError) as error:
        raise ValueError(f"params={type(params).__name__} must be layers (w, b) of real numbers: {error}") from error
    if (
        not layers
        or any(0 in w.shape for w, _ in layers)
        or any(w.ndim not in (2, 3) or b.ndim != w.ndim - 1 for w, b in layers)
    ):
        shapes = [(w.shape, b.shape) for w, b in layers]
        raise ValueError(
            f"params has the shapes {shapes}: each layer must be w [fan_in, fan_out], b [fan_out], or n of them stacked"
        )
    if all(w.ndim == 2 for w, _ in layers):
        layers = [Layer(w[None], b[None]) for w, b in layers]
    n, fan_in = len(layers[0].w), layers[0].w.shape[1]
    for i, (w, b) in enumerate(layers):
        if w.shape != (n, fan_in, b.shape[-1]) or len(b) != n:
            raise ValueError(
                f"params[{i}] has the shapes {w.shape} and {b.shape}: they must be ({n}, {fan_in}, fan_out) and "
                f"({n}, fan_out)"
            )
        if not (np.isfinite(w).all() and np.isfinite(b).all()):
            raise ValueError(f"params[{i}] holds numbers that are not finite")
        fan_in = b.shape[-1]
    if num_networks is not None and n != num_networks:
        if n != 1:
            raise ValueError(f"params holds {n} networks: it must hold 1 or {num_networks}")
        layers = [Layer(np.repeat(w, num_networks, 0), np.repeat(b, num_networks, 0)) for w, b in layers]
    return layers


def vectors(values: Any, argument: str, num_inputs: int) -> np.ndarray:
    """Convert `values` to vectors [n, d] in float64, d being `num_inputs`.

    Raises:
        ValueError: for another shape, and for numbers that are not finite.
    """
    array = np.atleast_2d(real_numbers(values, argument).astype(float))
    if array.ndim != 2 or array.shape[1] != num_inputs or not np.isfinite(array).all():
        raise ValueError(f"{argument} of shape {array.shape} must be [n, {num_inputs}], and finite")
    return array


def through(
    layer: Layer, network: np.ndarray, values: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Propagate affine functions through a layer, from values [p, fan_in] and slopes [p, s, fan_in] to fan_out each.

    `network` [p], in ascending order, is the network whose weights apply to each function. Slopes that are only
    rounding errors are set to zero. The third array bounds the rounding error of each value.
    """
    w, b = layer
    new, steep = np.empty((len(values), w.shape[2])), np.empty((*slopes.shape[:2], w.shape[2]))
    noise = np.empty_like(new)
    edges = np.searchsorted(network, np.arange(len(w) + 1))
    for i, (start, stop) in enumerate(itertools.pairwise(edges)):
        part = slice(start, stop)
        new[part] = values[part] @ w[i] + b[i]
        noise[part] = CANCELLED * (np.abs(values[part]) @ np.abs(w[i]) + np.abs(b[i]))
        steep[part] = slopes[part] @ w[i]
        steep[part][np.abs(steep[part]) <= CANCELLED * (np.abs(slopes[part]) @ np.abs(w[i]))] = 0.0
    return new, steep, noise


def greatest_slopes(network: np.ndarray, slopes: np.ndarray, num_networks: int) -> np.ndarray:
    """The greatest absolute slope [n] of every network, from the slopes [p, ...] of its pieces."""
    greatest = np.zeros(num_networks)
    np.maximum.at(greatest, network, np.abs(slopes.reshape(len(slopes), -1)).max(axis=1))
    return greatest
