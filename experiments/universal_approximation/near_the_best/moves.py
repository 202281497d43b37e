"""Moves between two descents: knots that help least are moved to where the error is, and units turn round.

Everything is on [0, 1] and on the training rows. A ReLU network is linear between its knots, and for given knots the
best piecewise-linear function is found by linear least squares, in a basis of hat functions. A network can represent it
if one condition on its slopes holds, which depends on which way its units face (see `nnjax.theory.relu_networks`).
"""

from typing import NamedTuple

import numpy as np

from nnjax.tasks import Data

# A knot this near an end, or beyond it, does nothing on the interval.
EDGE = 1e-6
# Added to the normal equations, as a share of their mean diagonal: a piece may hold no row.
RIDGE = 1e-10
# Units turn to one of this many best choices of directions, drawn at random: the best before a descent need not be
# the best after it.
CHOICES = 4


class Fit(NamedTuple):
    """The best piecewise-linear function on edges [n+1]: its slopes [n], the operator [n, n+1] from values to slopes,
    the inverse of the normal equations [n+1, n+1], and the squared error [n] on each piece."""

    slopes: np.ndarray
    to_slopes: np.ndarray
    inverse: np.ndarray
    errors: np.ndarray


def fit(knots: np.ndarray, rows: Data) -> Fit:
    """Least squares on rows of given weight, for rising knots inside the interval."""
    edges = np.concatenate([[0.0], knots, [1.0]])
    x, y = rows.x[:, 0], rows.y[:, 0]
    piece = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    lengths = np.diff(edges)
    across = (x - edges[piece]) / lengths[piece]
    hats = np.zeros((len(x), len(edges)))
    i = np.arange(len(x))
    hats[i, piece], hats[i, piece + 1] = 1 - across, across
    normal = hats.T @ (rows.weight[:, None] * hats)
    normal += RIDGE * np.trace(normal) / len(normal) * np.eye(len(normal))
    inverse = np.linalg.inv(normal)
    values = inverse @ (hats.T @ (rows.weight * y))
    squares = np.bincount(piece, rows.weight * (y - hats @ values) ** 2, len(lengths))
    to_slopes = (np.eye(len(edges))[1:] - np.eye(len(edges))[:-1]) / lengths[:, None]
    return Fit(to_slopes @ values, to_slopes, inverse, squares)


def reborn(knots: np.ndarray, rows: Data, num_deaths: int) -> np.ndarray:
    """As many knots [n], all inside and rising: those outside come back, and the `num_deaths` that help least move.

    The cost of removing a knot is the rise of the error when its kink is forced to be 0. A knot is put into the middle
    of the piece that has the largest error.
    """
    inside = np.sort(knots[(knots > EDGE) & (knots < 1 - EDGE)])
    inside = inside[np.diff(inside, prepend=0.0) > EDGE]
    for _ in range(min(num_deaths, len(inside) - 1)):
        at = fit(inside, rows)
        to_kinks = np.diff(at.to_slopes, axis=0)
        spread = np.einsum("ij,jk,ik->i", to_kinks, at.inverse, to_kinks)
        inside = np.delete(inside, (np.diff(at.slopes) ** 2 / spread).argmin())
    while len(inside) < len(knots):
        worst = fit(inside, rows).errors.argmax()
        edges = np.concatenate([[0.0], inside, [1.0]])
        inside = np.sort(np.append(inside, (edges[worst] + edges[worst + 1]) / 2))
    return inside


def directions(knots: np.ndarray, rows: Data, rng: np.random.Generator) -> np.ndarray:
    """Which units [n] face left: one of the choices of one piece or three that cost least on these knots.

    Units face left up to the first chosen piece, right up to the second, left up to the third. The condition is that
    the first slope less the second plus the third is 0; it costs its square over its variance.
    """
    at = fit(knots, rows)
    n = len(at.slopes)
    spread = at.to_slopes @ at.inverse @ at.to_slopes.T
    own = np.diag(spread)
    i, j, k = np.indices((n, n, n)).reshape(3, -1)
    kept = (i < j) & (j < k) | (i == j) & (j == k)
    i, j, k = i[kept], j[kept], k[kept]
    variance = own[i] + own[j] + own[k] + 2 * (spread[i, k] - spread[i, j] - spread[j, k])
    cost = (at.slopes[i] - at.slopes[j] + at.slopes[k]) ** 2 / variance
    chosen = rng.choice(np.argsort(cost, kind="stable")[:CHOICES])
    unit = np.arange(n - 1)
    return (unit < i[chosen]) | ((unit >= j[chosen]) & (unit < k[chosen]))
