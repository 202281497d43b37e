"""Exact L2 distances of piecewise-linear functions to a target, and derivatives with respect to the knots.

A continuous piecewise-linear function of n pieces is represented by its edges [n+1], including the ends of the
interval, and its values [n+1] there. Everything is computed for many functions at once, [s, n+1]. Integrals are
computed piece by piece, and pieces are divided where the target needs it (`quadrature.panels`), so that they are exact
up to rounding.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from nnjax.theory.quadrature import Function, Interval, check_interval, gauss, panels, values


class Nodes(NamedTuple):
    """Quadrature nodes on s partitions: point, weight and target at each [s, p, q], and index of their piece [s, p]."""

    x: Float[np.ndarray, "s p q"]
    weight: Float[np.ndarray, "s p q"]
    target: Float[np.ndarray, "s p q"]
    piece: Int[np.ndarray, "s p"]
    across: Float[np.ndarray, "s p q"]  # from 0 at the piece's left edge to 1 at its right one


class Fit(NamedTuple):
    """The best values on given edges: squared error [s], values [s, n+1], and derivatives with respect to the knots.

    `gradient` [s, n-1] and `hessian` [s, n-1, n-1] are those of half the squared error as a function of the knots. The
    values are the best at every position of the knots (variable projection: Golub & Pereyra 1973).
    """

    squared_error: Float[np.ndarray, " s"]
    values: Float[np.ndarray, "s n_plus_1"]
    gradient: Float[np.ndarray, "s n_minus_1"]
    hessian: Float[np.ndarray, "s n_minus_1 n_minus_1"]


def l2_error(
    f: Function,
    edges: Float[np.ndarray, "*batch n_plus_1"],
    heights: Float[np.ndarray, "*batch n_plus_1"],
    breakpoints: Sequence[float] = (),
) -> Float[np.ndarray, "*batch"]:
    """The exact L2 norm sqrt(integral of (f - p)^2) over [first edge, last edge] of piecewise-linear functions p.

    Args:
        f: the target, on NumPy arrays.
        edges: ends of the pieces, nondecreasing; equal ones make pieces of zero length. All functions have the same
            first and last edge.
        heights: p at the edges.
        breakpoints: where f has kinks or jumps.

    Raises:
        ValueError: for edges that decrease, and for functions with different first or last edges; unless these two are
            finite and differ; for a target that is not elementwise, not finite, or rough everywhere, as
            `quadrature.panels`.
    """
    flat, flat_heights = edges.reshape(-1, edges.shape[-1]), heights.reshape(-1, edges.shape[-1])
    if (np.diff(flat) < 0).any() or np.ptp(flat[:, 0]) > 0 or np.ptp(flat[:, -1]) > 0:
        raise ValueError("edges must be non-decreasing, and all must begin and end at the same two numbers")
    interval = float(flat[0, 0]), float(flat[0, -1])
    nodes = _nodes(f, flat, panels(f, interval, breakpoints))
    return np.sqrt(_squared_error(nodes, flat_heights)).reshape(edges.shape[:-1])


def relu_network_edges(
    weights: Float[np.ndarray, "*batch n"],
    biases: Float[np.ndarray, "*batch n"],
    output_weights: Float[np.ndarray, "*batch n"],
    output_bias: Float[np.ndarray, "*batch"] | float,
    interval: Interval,
) -> tuple[Float[np.ndarray, "*batch n_plus_2"], Float[np.ndarray, "*batch n_plus_2"]]:
    """Edges and heights of networks sum_i v_i relu(w_i x + b_i) + c on an interval, for `l2_error`.

    A knot -b/w outside the interval, or of a unit with w = 0, becomes an edge at an end: a piece of zero length.
    """
    low, high = check_interval(interval)
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = np.nan_to_num(-biases / weights, nan=low, posinf=high, neginf=low)
    ends = np.broadcast_to(np.array([low, high]), (*knots.shape[:-1], 2))
    edges = np.sort(np.concatenate([np.clip(knots, low, high), ends], axis=-1), axis=-1)
    units = np.maximum(edges[..., :, None] * weights[..., None, :] + biases[..., None, :], 0)
    return edges, (units * output_weights[..., None, :]).sum(axis=-1) + np.asarray(output_bias)[..., None]


def relu_network_error(
    f: Function,
    weights: Float[np.ndarray, "*batch n"],
    biases: Float[np.ndarray, "*batch n"],
    output_weights: Float[np.ndarray, "*batch n"],
    output_bias: Float[np.ndarray, "*batch"] | float,
    interval: Interval,
    breakpoints: Sequence[float] = (),
) -> Float[np.ndarray, "*batch"]:
    """The exact L2 distance (a norm, see `l2_error`) of networks sum_i v_i relu(w_i x + b_i) + c to a target."""
    edges, heights = relu_network_edges(weights, biases, output_weights, output_bias, interval)
    return l2_error(f, edges, heights, breakpoints)


def fit(
    f: Function,
    edges: Float[np.ndarray, "s n_plus_1"],
    panel_edges: Float[np.ndarray, " m"],
    slope_signs: Float[np.ndarray, "s n"],
) -> Fit:
    """The best values on given edges, subject to sum_j slope_signs_j slope_j = 0.

    There is no constraint if all signs are 0. Values and the constraint's multiplier solve one linear system K y = r,
    in which the mass matrix of the hat functions is bordered by the constraint.
    """
    nodes = _nodes(f, edges, panel_edges)
    h = np.diff(edges)
    to_left, to_right = _hat_moments(nodes, h.shape)
    system = bordered(h, slope_signs)
    zero = np.zeros((len(edges), 1))
    load = np.hstack([to_left, zero]) + np.hstack([zero, to_right])
    solution = np.linalg.solve(system, np.hstack([load, zero])[:, :, None])[:, :, 0]
    v, multiplier = solution[:, :-1], solution[:, -1:]
    gap = values(f, edges) - v  # the error at the edges
    left, right = v[:, :-1], v[:, 1:]
    slope = (right - left) / h
    # Integrals of the error times the two hat functions of every piece; unconstrained, they sum to 0 at each edge.
    rest_left, rest_right = to_left - h * (2 * left + right) / 6, to_right - h * (left + 2 * right) / 6
    tie = multiplier * slope_signs / h  # the force of the constraint on each slope
    gradient = _at_knots(slope * (rest_left + tie), slope * (rest_right - tie))
    by_knots = _by_knots(h, slope, rest_left, rest_right, gap, tie)
    by_both = _by_knots_and_values(h, slope, rest_left, rest_right, tie, slope_signs)
    hessian = by_knots - by_both @ np.linalg.solve(system, by_both.transpose(0, 2, 1))
    return Fit(_squared_error(nodes, v), v, gradient, hessian)


def _nodes(f: Function, edges: np.ndarray, panel_edges: np.ndarray) -> Nodes:
    """Quadrature nodes on all pieces, which are also divided at the edges of panels."""
    u, w = gauss()
    num_members, num_pieces = len(edges), edges.shape[1] - 1
    inner = np.broadcast_to(panel_edges[1:-1], (num_members, len(panel_edges) - 2))
    cuts = np.concatenate([edges[:, :-1], inner], axis=1)
    order = np.argsort(cuts, axis=1, kind="stable")  # of equal cuts the edge of a piece comes first
    piece = np.cumsum(order < num_pieces, axis=1) - 1
    cuts = np.concatenate([np.take_along_axis(cuts, order, axis=1), edges[:, -1:]], axis=1)
    width = np.diff(cuts)
    x = cuts[:, :-1, None] + width[:, :, None] * u[None, None, :]
    start, length = (np.take_along_axis(a, piece, axis=1) for a in (edges[:, :-1], np.diff(edges)))
    across = (x - start[:, :, None]) / np.where(length > 0, length, 1.0)[:, :, None]
    return Nodes(x, width[:, :, None] * w[None, None, :], values(f, x), piece, across)


def _squared_error(nodes: Nodes, heights: np.ndarray) -> np.ndarray:
    left = np.take_along_axis(heights, nodes.piece, axis=1)[:, :, None]
    rise = np.take_along_axis(np.diff(heights), nodes.piece, axis=1)[:, :, None]
    return np.einsum("spq,spq->s", nodes.weight, (nodes.target - left - rise * nodes.across) ** 2)


def _hat_moments(nodes: Nodes, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Integrals [s, n] over every piece of the target times its decreasing and its increasing hat function."""
    place = (np.arange(shape[0])[:, None] * shape[1] + nodes.piece).ravel()
    weighted = nodes.weight * nodes.target
    rising = np.einsum("spq,spq->sp", weighted, nodes.across)
    falling = weighted.sum(axis=2) - rising
    left, right = (np.bincount(place, a.ravel(), shape[0] * shape[1]).reshape(shape) for a in (falling, rising))
    return left, right


def bordered(h: np.ndarray, slope_signs: np.ndarray) -> np.ndarray:
    """The matrix K [s, n+2, n+2]: the mass matrix of the hat functions, bordered by the constraint.

    The border is the gradient of the constraint with respect to the values.
    """
    num_members, n = h.shape
    matrix = np.zeros((num_members, n + 2, n + 2))
    j = np.arange(n)
    matrix[:, j, j] += h / 3
    matrix[:, j + 1, j + 1] += h / 3
    matrix[:, j, j + 1] = matrix[:, j + 1, j] = h / 6
    border = np.zeros((num_members, n + 1))
    border[:, :-1] -= slope_signs / h
    border[:, 1:] += slope_signs / h
    matrix[:, :-1, -1] = matrix[:, -1, :-1] = border
    # Without a constraint the border is 0; one more equation then sets the multiplier to 0.
    matrix[:, -1, -1] = ~slope_signs.any(axis=1)
    return matrix


def _at_knots(of_left_edge: np.ndarray, of_right_edge: np.ndarray) -> np.ndarray:
    """Add the terms [s, n] of the two pieces that meet at each inner knot: [s, n-1]."""
    return of_left_edge[:, 1:] + of_right_edge[:, :-1]


def _by_knots(
    h: np.ndarray, slope: np.ndarray, rest_left: np.ndarray, rest_right: np.ndarray, gap: np.ndarray, tie: np.ndarray
) -> np.ndarray:
    """Half the second derivatives with respect to the knots, for fixed values: [s, n-1, n-1], tridiagonal.

    Boundary terms of neighbouring pieces cancel, except for the error at the knot times the change of slope.
    """
    curve = 2 * tie * slope / h
    of_left = 2 * slope * rest_left / h + slope**2 * h / 3 - slope * gap[:, :-1] + curve
    of_right = -2 * slope * rest_right / h + slope**2 * h / 3 + slope * gap[:, 1:] + curve
    across = slope**2 * h / 6 + slope * (rest_right - rest_left) / h - curve
    matrix = np.zeros((len(h), h.shape[1] - 1, h.shape[1] - 1))
    i = np.arange(h.shape[1] - 1)
    matrix[:, i, i] = _at_knots(of_left, of_right)
    matrix[:, i[:-1], i[1:]] = matrix[:, i[1:], i[:-1]] = across[:, 1:-1]
    return matrix


def _by_knots_and_values(
    h: np.ndarray,
    slope: np.ndarray,
    rest_left: np.ndarray,
    rest_right: np.ndarray,
    tie: np.ndarray,
    slope_signs: np.ndarray,
) -> np.ndarray:
    """Half the mixed second derivatives: knots by values and multiplier, [s, n-1, n+2]."""
    num_members, n = h.shape
    pull = tie / h
    matrix = np.zeros((num_members, n - 1, n + 2))
    i = np.arange(n - 1)  # knot i is the right edge of piece i and the left edge of piece i + 1
    matrix[:, i, i] = (-rest_right / h - slope * h / 6 + pull)[:, :-1]
    of_right_edge, of_left_edge = rest_right / h - slope * h / 3 - pull, -rest_left / h - slope * h / 3 - pull
    matrix[:, i, i + 1] = _at_knots(of_left_edge, of_right_edge)
    matrix[:, i, i + 2] = (rest_left / h - slope * h / 6 + pull)[:, 1:]
    matrix[:, i, n + 1] = _at_knots(slope_signs * slope / h, -slope_signs * slope / h)
    return matrix
