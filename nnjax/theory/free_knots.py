"""The best piecewise-linear approximation with free knots, a lower bound for ReLU networks of one hidden layer.

A network of N units has at most N + 1 pieces. So its error is at least that of the best N + 1 pieces, whatever its
weights and however it was trained.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnjax.checks import whole_number
from nnjax.theory.knot_search import equidistributed, newton, segmentation
from nnjax.theory.piecewise_linear import fit
from nnjax.theory.quadrature import Function, Interval, check_interval, panels, values

# Number of cells of the grid of the initial partition, and the least number of cells per piece.
GRID, GRID_PER_PIECE = 400, 12
# On a grid of m cells the error of the best n pieces is greater by a fraction of about GRID_SHARE (n / m)^2 (for
# sin 2 pi x, 16 to 129 pieces, 6 to 25 cells per piece: 0.39 to 0.70). It is taken off before a minimum is compared.
GRID_SHARE = 0.5
# Further initial partitions: the two computed ones, knots moved by up to this fraction of the way to the nearest one.
NUM_MOVED, MOVED = 16, 0.4
# If the best is more than the fraction SUSPECT above the bound of pieces that need not join, NUM_CHOSEN more initial
# partitions are tried. Their knots are chosen at random from a partition FINER times as fine, so that they skip many
# periods of an oscillating function.
SUSPECT, NUM_CHOSEN, FINER = 0.005, 64, 3
# Number of points for the second differences that estimate f''.
BENDING_POINTS = 4097


class FreeKnots(NamedTuple):
    """A piecewise-linear function: L2 error, edges [n+1] including the interval's ends, and values [n+1] there."""

    error: float
    edges: Float[np.ndarray, " n_plus_1"]
    values: Float[np.ndarray, " n_plus_1"]

    @property
    def knots(self) -> Float[np.ndarray, " n_minus_1"]:
        """The edges inside the interval."""
        return self.edges[1:-1]


def best_free_knot(
    f: Function, num_pieces: int, interval: Interval = (0.0, 1.0), breakpoints: Sequence[float] = ()
) -> FreeKnots:
    """The best continuous piecewise-linear L2 approximation of f with a given number of pieces and free knots.

    Newton's method acts on the knots, with the values eliminated (variable projection). It starts from the best
    partition on a grid (dynamic programming), and from knots that equidistribute the integral of |f''|^(2/5) (de Boor
    1973). It also starts from both with their knots moved at random (a fixed seed). The best result is returned. It is
    compared with the best pieces that need not join (their error on a grid, less about what the grid costs). If it is
    more than 0.5% above them, more initial partitions are tried. So a local minimum above that limit triggers a further
    search, while one below it may be taken for the best. `free_knot_bound` on a fine grid shows how close it is. If f
    has a jump, the infimum is not attained: knots converge to the jump.

    Args:
        f: the target, elementwise on NumPy arrays of float64.
        num_pieces: n, 1 or more; there are n - 1 knots.
        interval: where f is approximated.
        breakpoints: where f has kinks or jumps.

    Returns:
        FreeKnots whose error is the norm sqrt(integral of e^2): the root mean square times sqrt(length).

    Raises:
        ValueError: for a wrong interval or number of pieces, and for a function that is not finite.
    """
    num_pieces, (low, high) = whole_number(num_pieces, "num_pieces"), check_interval(interval)
    panel_edges = panels(f, (low, high), breakpoints)
    num_cells = max(GRID, GRID_PER_PIECE * num_pieces)
    bound, segments = segmentation(f, num_pieces, panel_edges, num_cells)
    starts = [segments, equidistributed_knots(f, num_pieces, interval)]
    rng = np.random.default_rng(0)
    starts += [moved(starts[i % 2], rng) for i in range(NUM_MOVED)]
    best = _follow(f, starts, panel_edges)
    if num_pieces > 1 and suspect(best.error, float(np.sqrt(bound)), num_pieces, num_cells):
        finer = equidistributed_knots(f, FINER * num_pieces, interval)
        inner = [rng.choice(finer[1:-1], num_pieces - 1, replace=False) for _ in range(NUM_CHOSEN)]
        starts = [np.array([low, *np.sort(knots), high]) for knots in inner]
        best = min(best, _follow(f, starts, panel_edges), key=lambda found: found.error)
    return best


def suspect(error: float, bound: float, num_pieces: int, num_cells: int) -> bool:
    """Whether a minimum may be only local: more than 0.5% above the best pieces on a grid, less the grid's cost."""
    return error > (1 + SUSPECT) * bound / (1 + GRID_SHARE * (num_pieces / num_cells) ** 2)


def _follow(f: Function, starts: list[np.ndarray], panel_edges: np.ndarray) -> FreeKnots:
    """The best of the local minima that Newton's method reaches from these edges."""
    found = newton(f, np.array(starts), panel_edges, np.zeros((len(starts), len(starts[0]) - 1)))
    best = int(found.squared_error.argmin())
    return FreeKnots(float(np.sqrt(found.squared_error[best])), found.edges[best], found.values[best])


def fixed_knots(f: Function, edges: Float[np.ndarray, " n_plus_1"], breakpoints: Sequence[float] = ()) -> FreeKnots:
    """The best piecewise-linear function on given edges, which must increase, by linear least squares.

    Raises:
        ValueError: for fewer than two edges, edges that do not increase strictly, and ends that are not finite; for a
            function that is not elementwise, not finite, or rough everywhere, as `quadrature.panels`.
    """
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError(f"edges={edges!r} must be at least two strictly increasing numbers")
    panel_edges = panels(f, (float(edges[0]), float(edges[-1])), breakpoints)
    found = fit(f, edges[None, :], panel_edges, np.zeros((1, len(edges) - 1)))
    return FreeKnots(float(np.sqrt(found.squared_error[0])), edges, found.values[0])


def free_knot_bound(
    f: Function,
    num_pieces: int,
    interval: Interval = (0.0, 1.0),
    breakpoints: Sequence[float] = (),
    num_cells: int = GRID,
) -> float:
    """The L2 error of the best n pieces that need not join, with edges on a grid, by dynamic programming.

    It is a check of `best_free_knot` that is not affected by local minima: the free-knot optimum is not below it, apart
    from the grid of `num_cells` cells, which costs a fraction of about (n / num_cells)^2. Memory grows as the square of
    the number of cells.
    """
    num_pieces = whole_number(num_pieces, "num_pieces")
    num_cells = whole_number(num_cells, "num_cells", num_pieces)
    return float(np.sqrt(segmentation(f, num_pieces, panels(f, interval, breakpoints), num_cells)[0]))


def equidistributed_knots(
    f: Function, num_pieces: int, interval: Interval = (0.0, 1.0), power: float = 0.4
) -> Float[np.ndarray, " n_plus_1"]:
    """Edges between which the integral of |f''|^power is the same, with f'' from second differences.

    The edges of the best L2 approximation tend to those of power 2/5. The edges of the best uniform one tend to those
    of power 1/2. A share of 1% of the pieces is spread evenly, so that no two edges coincide where f'' is 0.
    """
    num_pieces, (low, high) = whole_number(num_pieces, "num_pieces"), check_interval(interval)
    x = np.linspace(low, high, BENDING_POINTS)
    bend = np.abs(np.diff(values(f, x), 2)) ** power
    density = np.concatenate([bend[:1], bend, bend[-1:]])
    density = density + (0.01 * density.mean() if density.any() else 1.0)
    edges = equidistributed(density, x, num_pieces)
    edges[[0, -1]] = low, high
    return edges


def moved(edges: Float[np.ndarray, " n_plus_1"], rng: np.random.Generator) -> Float[np.ndarray, " n_plus_1"]:
    """The same edges, with each knot moved at random by up to 0.4 of the distance to the nearest other edge."""
    h = np.diff(edges)
    result = edges.copy()
    result[1:-1] += rng.uniform(-MOVED, MOVED, len(h) - 1) * np.minimum(h[1:], h[:-1])
    return result
