"""The best ReLU network of one hidden layer, over all orientations of its units, computed without training.

A unit with knot t and kink c is c relu(x - t) if it faces right and c relu(t - x) if it faces left. Both change the
slope of the network by c at t, but the unit that faces left also adds the slope -c left of its knot. So the network is
a piecewise-linear function whose first slope equals minus the sum of the kinks of the units that face left. In terms of
the slopes s_j of its pieces, j = 0 to N, the condition is

    sum_j a_j s_j = 0,   a_j = 1 where a unit facing left is followed by one facing right, -1 the other way, else 0

(with an imaginary unit facing left before the first, and one facing right after the last). So the orientations select
an odd number of pieces, whose slopes, with alternating signs, sum to zero; the simplest case is one flat piece.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from nnjax.checks import whole_number
from nnjax.theory.free_knots import FreeKnots, best_free_knot, moved
from nnjax.theory.knot_search import newton
from nnjax.theory.piecewise_linear import bordered
from nnjax.theory.quadrature import Function, Interval, check_interval, panels

# Up to EXHAUSTIVE units, Newton's method is run for every orientation.
EXHAUSTIVE = 8
# Up to RANKED units, all orientations are ranked by an estimate; beyond that, only those that select one piece or three
# out of CHOSEN_FROM.
RANKED, CHOSEN_FROM = 16, 65
# Beyond EXHAUSTIVE units, Newton's method is run for the FOLLOWED best-ranked orientations, and for a short flat piece
# at each of the FLATTEST pieces of least slope.
FOLLOWED, FLATTEST = 24, 16


class ReluNetwork(NamedTuple):
    """A network bias + sum_i kinks_i relu(+-(x - knots_i)), with + for units that face right, and its L2 error.

    `bound` is E(N + 1), the error of the best N + 1 free pieces: no network of N units has a smaller error;
    `exhaustive` says whether Newton's method was run for every orientation.
    """

    error: float
    knots: Float[np.ndarray, " n"]
    faces_right: Bool[np.ndarray, " n"]
    kinks: Float[np.ndarray, " n"]
    bias: float
    bound: float
    exhaustive: bool

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The network's output at x, of any shape."""
        sign = np.where(self.faces_right, 1.0, -1.0)
        return self.bias + np.maximum(sign * (x[..., None] - self.knots), 0.0) @ self.kinks


def best_relu_network(
    f: Function, num_units: int, interval: Interval = (0.0, 1.0), breakpoints: Sequence[float] = ()
) -> ReluNetwork:
    """The best network of N ReLU units and an output bias, in L2 on an interval.

    Up to N = 8, Newton's method is run for each of the 2^N orientations from several sets of knots. This is a local
    search for the knots, so "best" means the best of many local minima. Beyond that, orientations are ranked by how
    much the condition costs on the free-knot optimum. Up to N = 16 all orientations are ranked, beyond that those that
    select one piece or three. Newton's method is run for the first 24 and for the flattest pieces. The result is an
    upper bound on the best error.

    The best error lies between two free-knot errors. It is not below E(N + 1), and not above E(N). N units attain E(N)
    if one of them, with its knot at the left end, makes the first slope. The gap limits how much a search can miss.

    Args:
        f, interval, breakpoints: as in `best_free_knot`, with the same errors.
        num_units: N, 1 or more.
    """
    num_units, interval = whole_number(num_units, "num_units"), check_interval(interval)
    panel_edges = panels(f, interval, breakpoints)
    free = best_free_knot(f, num_units + 1, interval, breakpoints)
    fewer = best_free_knot(f, num_units, interval, breakpoints)
    left, edges = _candidates(f, panel_edges, free, fewer)
    found = newton(f, edges, panel_edges, slope_signs(left))
    best = int(found.squared_error.argmin())
    error = float(np.sqrt(found.squared_error[best]))
    exhaustive, bound = num_units <= EXHAUSTIVE, min(free.error, fewer.error, error)
    if fewer.error <= error:  # one unit for the first slope
        edges, values = np.append(fewer.edges[0], fewer.edges), np.append(fewer.values[0], fewer.values)
        return _as_network(fewer.error, edges, values, np.zeros(num_units, bool), bound, exhaustive)
    return _as_network(error, found.edges[best], found.values[best], left[best], bound, exhaustive)


def slope_signs(faces_left: Bool[np.ndarray, "s n"]) -> Float[np.ndarray, "s n_plus_1"]:
    """The signs a_j of the slopes in the condition, for given orientations of the units."""
    return -np.diff(np.pad(faces_left.astype(float), ((0, 0), (1, 1)), constant_values=((0, 0), (1, 0))))


def _candidates(
    f: Function, panel_edges: np.ndarray, free: FreeKnots, fewer: FreeKnots
) -> tuple[np.ndarray, np.ndarray]:
    """Orientations [s, N], and the edges [s, N+2] from which Newton's method starts for each."""
    num_units = len(free.knots)
    orientations = _orientations(num_units)
    ranked = orientations[np.argsort(_costs(f, panel_edges, free, orientations), kind="stable")]
    if num_units > EXHAUSTIVE:
        ranked = ranked[:FOLLOWED]
    flat = np.tri(num_units + 1, num_units, -1, dtype=bool)  # if the first j units face left, piece j is flat
    flat = flat[np.argsort(np.abs(np.diff(free.values) / np.diff(free.edges)), kind="stable")[:FLATTEST]]
    rng = np.random.default_rng(0)
    starts = [(row, free.edges) for row in ranked]
    starts += [(row, moved(free.edges, rng)) for row in ranked]
    # A selected piece may be best when it is short, so a short one is inserted between the best N free pieces.
    for row in ranked if num_units <= EXHAUSTIVE else flat:
        starts += [(row, _squeeze(fewer.edges, int(j))) for j in np.flatnonzero(slope_signs(row[None, :])[0])]
    return np.array([row for row, _ in starts]), np.array([edges for _, edges in starts])


def _orientations(num_units: int) -> Bool[np.ndarray, "s n"]:
    """All orientations of up to 16 units; beyond that, those that select at most three of 65 evenly spread pieces."""
    if num_units <= RANKED:
        return np.arange(2**num_units)[:, None] >> np.arange(num_units)[None, :] & 1 == 1
    spread = np.unique(np.linspace(0, num_units, CHOSEN_FROM).round().astype(int)).tolist()
    pieces = np.array(list(itertools.combinations_with_replacement(spread, 3)))
    i = np.arange(num_units)[None, :]
    # Left up to the first selected piece, right up to the second, left up to the third; equal pieces cancel.
    return (i < pieces[:, :1]) | ((i >= pieces[:, 1:2]) & (i < pieces[:, 2:]))


def _costs(f: Function, panel_edges: np.ndarray, free: FreeKnots, orientations: np.ndarray) -> np.ndarray:
    """The amounts [s] by which the condition raises the squared error, with the knots of the free optimum."""
    h = np.diff(free.edges)
    slopes = np.diff(free.values) / h
    n = len(h)
    mass = bordered(h[None, :], np.zeros((1, n)))[0, :-1, :-1]
    differences = (np.eye(n + 1)[1:] - np.eye(n + 1)[:-1]) / h[:, None]  # values to slopes
    spread = differences @ np.linalg.solve(mass, differences.T)
    signs = slope_signs(orientations)
    return (signs @ slopes) ** 2 / np.einsum("sj,sj->s", signs @ spread, signs)


def _squeeze(edges: np.ndarray, place: int) -> np.ndarray:
    """A partition with one more piece: piece `place` is new and short, a fifth of the old piece it is cut from."""
    if place == len(edges) - 1:
        return np.insert(edges, -1, edges[-1] - 0.2 * (edges[-1] - edges[-2]))
    return np.insert(edges, place + 1, edges[place] + 0.2 * (edges[place + 1] - edges[place]))


def _as_network(
    error: float, edges: np.ndarray, values: np.ndarray, left: np.ndarray, bound: float, exhaustive: bool
) -> ReluNetwork:
    """The network that equals a piecewise-linear function which satisfies the condition."""
    h = np.diff(edges)
    slopes = np.diff(values) / np.where(h > 0, h, 1.0)  # a first piece of zero length has the slope 0
    knots, kinks = edges[1:-1], np.diff(slopes)
    bias = float(values[0] - kinks[left] @ (knots[left] - edges[0]))
    return ReluNetwork(error, knots, ~left, kinks, bias, bound, exhaustive)
