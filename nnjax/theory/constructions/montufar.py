"""ReLU networks with explicit weights that attain bounds on the number of regions, by folding their inputs.

A fold maps several parts of the input onto one another, so a boundary that a later layer adds appears in each of these
parts: the number of regions multiplies from layer to layer. `nnjax.theory.regions` counts the regions, and has the
bounds.
"""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from nnjax.mlp import Layer, Params

# The hyperplanes of the last layer meet within this distance of the cube's centre, in each coordinate.
REACH = 0.45


def montufar_folds(num_inputs: int, widths: Sequence[int]) -> Params:
    """The network of Montufar et al. 2014, with `theory.regions.montufar_lower_bound` regions in the unit cube.

    In every layer but the last, p = floor(n / d) units for each of the d inputs fold [0, 1] p times onto itself. The
    units are relu(p x), and relu(2 p x - 2 i) for i = 1 to p - 1. They are summed with the signs + - + ... Units that
    are left over do nothing. The last layer has n hyperplanes that are in general position and meet inside the cube.
    Unit i is zero where y_1 + s_i y_2 + ... + s_i^(d-1) y_d = s_i^d. So d of the hyperplanes meet where the y are, up
    to signs, the elementary symmetric polynomials of their s. In the plane they are tangents of a parabola. With d + 2
    units or more in the last layer, all regions differ as affine maps too.

    Args:
        num_inputs: d.
        widths: of the hidden layers, each d or more.

    Returns:
        Parameters of an `mlp` of one output, in JAX's default float.

    Raises:
        ValueError: if a layer has fewer units than there are inputs.
    """
    d = num_inputs
    if d < 1 or not widths or min(widths) < d:
        raise ValueError(f"widths={widths!r} must hold at least one layer, each of at least num_inputs={d!r} units")
    unfold, middle = np.eye(d), np.zeros(d)  # from the units of the layer before to the folded inputs
    layers = []
    for n in widths[:-1]:
        p = n // d
        w, b, sum_up = np.zeros((d, n)), np.zeros(n), np.zeros((n, d))
        for i in range(d):
            units = slice(i * p, (i + 1) * p)
            w[i, units] = np.where(np.arange(p) == 0, p, 2 * p)
            b[units] = -2 * np.arange(p)
            sum_up[units, i] = (-1.0) ** np.arange(p)
        layers.append((unfold @ w, middle @ w + b))
        unfold, middle = sum_up, np.zeros(d)
    w, b = _general_position(d, widths[-1])
    layers.append((unfold @ w, middle @ w + b))
    # Different output weights, so that regions with different units on have different affine maps.
    layers.append((np.sqrt(1.0 + np.arange(widths[-1]))[:, None], np.zeros(1)))
    return _params(layers)


def _general_position(d: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights [d, n] and biases [n] of hyperplanes any d of which meet in one point of the unit cube, and no d + 1."""
    s = (2 * np.arange(n) + 1 - n) / n
    # Where d hyperplanes meet, the y that s^k multiplies is below binom(d, k) in size, as |s| < 1; this becomes REACH.
    scale = REACH / np.array([math.comb(d, k) for k in range(d)])
    w = s[None, :] ** np.arange(d)[:, None] / scale[:, None]
    # Units alternate in direction, so with d + 2 units or more there is no region in which all are off.
    faces = (-1.0) ** np.arange(n)
    return w * faces, (-(s**d) - w.sum(axis=0) / 2) * faces


def most_pieces(widths: Sequence[int]) -> Params:
    """A network of one input with prod (n_l + 1) pieces on [0, 1], the greatest possible number.

    Every layer is a zigzag of n + 1 pieces, each of which goes from 0 to 1 or back. So it folds its input n + 1 times.
    The first piece is as steep as the third and the fourth together. For this reason n units suffice, the third of
    which faces left (see `nnjax.theory.relu_networks`); otherwise one more would be needed.

    Raises:
        ValueError: for a layer of fewer than three units. With so few before the last layer, no network has that many
            pieces (Serra et al. 2018); with so few in the last layer, another construction is needed.
    """
    if not widths or min(widths) < 3:
        raise ValueError(f"widths={widths!r} must hold at least one layer, each of at least three units")
    layers, unfold, shift = [], np.ones((1, 1)), 0.0
    for n in widths:
        lengths = np.append(1.0, np.full(n, 2.0)) / (2 * n + 1)
        knots, slopes = np.cumsum(lengths)[:-1], (-1.0) ** np.arange(n + 1) / lengths
        sign = np.where(np.arange(n) == 2, -1.0, 1.0)
        layers.append((unfold * sign[None, :], sign * (shift - knots)))
        kinks = np.diff(slopes)
        unfold, shift = kinks[:, None], -kinks[2] * knots[2]  # the value at 0 is 0
    layers.append((unfold, np.array([shift])))
    return _params(layers)


def _params(layers: list[tuple[Any, Any]]) -> Params:
    return tuple(Layer(jnp.asarray(w), jnp.asarray(b)) for w, b in layers)
