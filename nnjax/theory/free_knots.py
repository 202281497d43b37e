"""The best piecewise-linear approximation with free knots: what no ReLU network of one hidden layer can beat.

A network of N units has at most N + 1 pieces, so its error is at least that of the best of N + 1 pieces, whatever its
weights and however it was trained.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnjax.theory.knot_search import equidistributed, newton, segmentation
from nnjax.theory.piecewise_linear import fit
from nnjax.theory.quadrature import Function, Interval, check_count, check_interval, panels, values

# Cells of the grid of the partition to start from, and at least so many for a piece.
GRID, GRID_PER_PIECE = 400, 12
# On a grid of m cells the best n pieces err by so many times (n / m)^2 more, as a share: sin 2 pi x, 16 to 129 pieces,
# 6 to 25 cells for a piece: 0.39 to 0.70. It is taken off before a minimum is compared with them.
GRID_SHARE = 0.5
# Starts beside the two that are computed: these, each knot moved by up to this share of its way to the nearest.
NUM_MOVED, MOVED = 16, 0.4
# Where the best is more than this share above the bound of pieces that need not join, so many more starts are made,
# of knots chosen at random from a partition that is so many times finer: many a period is then left out.
SUSPECT, NUM_CHOSEN, FINER = 0.005, 64, 3
# Points at which second differences tell how much a function bends.
BENDING_POINTS = 4097


class FreeKnots(NamedTuple):
    """A piecewise-linear function: its L2 error, its edges [n+1] with the interval's ends, its values [n+1] there."""

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
    """The best continuous piecewise-linear L2 approximation of f with that many pieces and free knots.

    Newton's method with the values projected out, from the best partition on a grid (dynamic programming), from
    knots that share out the integral of |f''|^(2/5) (de Boor 1973), and from both with their knots moved at random
    (a fixed seed). The best that is found is returned. Where it is more than 0.5 % above the best pieces that need not
    join (their error on a grid, less about what the grid costs), more starts are tried. So a local minimum that is
    higher than that is searched behind, and one that is nearer may be taken for the best; `free_knot_bound` on a fine
    grid tells how near. With a jump the infimum is not attained: knots close in on it.

    Args:
        f: the target, on NumPy arrays of float64, number by number.
        num_pieces: n, 1 or more; n - 1 knots.
        interval: where it is approximated.
        breakpoints: where f has kinks or jumps.

    Returns:
        FreeKnots whose error is the norm sqrt(integral of e^2): the root mean square times sqrt(length).

    Raises:
        ValueError: for a wrong interval or number, and for a function that is not finite.
    """
    num_pieces, (low, high) = check_count(num_pieces, "num_pieces"), check_interval(interval)
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
    """Whether a minimum may be a local one: more than 0.5 % above the pieces of a grid, less what the grid costs."""
    return error > (1 + SUSPECT) * bound / (1 + GRID_SHARE * (num_pieces / num_cells) ** 2)


def _follow(f: Function, starts: list[np.ndarray], panel_edges: np.ndarray) -> FreeKnots:
    """The best of the minima that lie downhill from these edges."""
    found = newton(f, np.array(starts), panel_edges, np.zeros((len(starts), len(starts[0]) - 1)))
    best = int(found.squared_error.argmin())
    return FreeKnots(float(np.sqrt(found.squared_error[best])), found.edges[best], found.values[best])


def fixed_knots(f: Function, edges: Float[np.ndarray, " n_plus_1"], breakpoints: Sequence[float] = ()) -> FreeKnots:
    """The best values on given edges, which must rise: linear least squares."""
    if len(edges) < 2 or (np.diff(edges) <= 0).any():
        raise ValueError(f"edges={edges!r} must be two numbers or more, each above the one before")
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
    """The L2 error of the best n pieces that need not join, edges on a grid, found by dynamic programming.

    A check of `best_free_knot` that knows no local minima: the free-knot optimum is not below it, but for the grid of
    `num_cells` cells, which costs a share of about (n / num_cells)^2. Memory grows as the square of the cells.
    """
    num_pieces = check_count(num_pieces, "num_pieces")
    num_cells = check_count(num_cells, "num_cells", num_pieces)
    return float(np.sqrt(segmentation(f, num_pieces, panels(f, interval, breakpoints), num_cells)[0]))


def equidistributed_knots(
    f: Function, num_pieces: int, interval: Interval = (0.0, 1.0), power: float = 0.4
) -> Float[np.ndarray, " n_plus_1"]:
    """Edges between which the integral of |f''|^power is the same, f'' from second differences.

    The best L2 approximation tends to power 2/5, the best uniform one to 1/2. A share of 1 % of the pieces is spread
    evenly, so that no two edges meet where f does not bend.
    """
    num_pieces, (low, high) = check_count(num_pieces, "num_pieces"), check_interval(interval)
    x = np.linspace(low, high, BENDING_POINTS)
    bend = np.abs(np.diff(values(f, x), 2)) ** power
    density = np.concatenate([bend[:1], bend, bend[-1:]])
    density = density + (0.01 * density.mean() if density.any() else 1.0)
    edges = equidistributed(density, x, num_pieces)
    edges[[0, -1]] = low, high
    return edges


def moved(edges: Float[np.ndarray, " n_plus_1"], rng: np.random.Generator) -> Float[np.ndarray, " n_plus_1"]:
    """The same edges, each knot moved by up to 0.4 of its way to the nearest."""
    h = np.diff(edges)
    result = edges.copy()
    result[1:-1] += rng.uniform(-MOVED, MOVED, len(h) - 1) * np.minimum(h[1:], h[:-1])
    return result
