"""Search for the best knots of piecewise-linear functions: initial partitions of the interval, and Newton's method.

The values on given edges are the solution of a linear system (`piecewise_linear.fit`), so the search is over the inner
knots alone. Many searches are run at once.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnjax.theory.piecewise_linear import Fit, fit
from nnjax.theory.quadrature import Function, gauss, values

# A step changes the length of a piece by at most this fraction of it, so that knots keep their order.
LONGEST_MOVE = 0.7
# A search ends when its next step is predicted to gain less than this fraction of its squared error, or its steps
# are limited to less than SHORTEST_MOVE.
PROMISE, SHORTEST_MOVE = 1e-13, 1e-10
# It also ends if two knots are closer than this fraction of the interval: they converge, and rounding dominates.
CLOSEST = 1e-9
# Squared errors below this fraction of the greatest initial one are rounding errors: the target is met.
MET = 1e-30


class Search(NamedTuple):
    """The results of s searches: squared errors [s], edges [s, n+1], and the values there [s, n+1]."""

    squared_error: Float[np.ndarray, " s"]
    edges: Float[np.ndarray, "s n_plus_1"]
    values: Float[np.ndarray, "s n_plus_1"]


def newton(
    f: Function,
    edges: Float[np.ndarray, "s n_plus_1"],
    panel_edges: Float[np.ndarray, " m"],
    slope_signs: Float[np.ndarray, "s n"],
    max_steps: int = 100,
) -> Search:
    """Minimize the squared error over the inner knots by Newton's method, to a local minimum from each partition.

    Curvatures are replaced by their absolute values, so that saddle points repel (Dauphin et al. 2014). A step that
    does not lower the error is tried again at a quarter of its length, measured as a fraction of the lengths of pieces.
    """
    best = fit(f, edges, panel_edges, slope_signs)
    squared_error, heights, edges = best.squared_error.copy(), best.values.copy(), edges.copy()
    reach = np.full(len(edges), LONGEST_MOVE)
    met = MET * squared_error.max(initial=0.0)
    at, going = best, np.arange(len(edges))  # derivatives are kept only for searches that go on
    for _ in range(max_steps):
        step, promise = _newton_step(at.gradient, at.hessian, edges[going], reach[going])
        error = squared_error[going]
        apart = np.diff(edges[going]).min(axis=1) > CLOSEST * (panel_edges[-1] - panel_edges[0])
        on = (promise > PROMISE * error) & (error > met) & (reach[going] > SHORTEST_MOVE) & apart
        if not on.any():
            break
        going, step, at = going[on], step[on], Fit(*(a[on] for a in at))
        tried, stretched = edges[going].copy(), _stretch(step, edges[going])
        tried[:, 1:-1] += step
        trial = fit(f, tried, panel_edges, slope_signs[going])
        better = trial.squared_error < squared_error[going]
        won = going[better]
        squared_error[won], heights[won], edges[won] = trial.squared_error[better], trial.values[better], tried[better]
        reach[going] = np.where(better, np.minimum(4 * reach[going], LONGEST_MOVE), stretched / 4)
        for kept, new in zip(at, trial, strict=True):
            kept[better] = new[better]
    return Search(squared_error, edges, heights)


def _newton_step(
    gradient: np.ndarray, hessian: np.ndarray, edges: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Steps [s, n-1] of the inner knots, and by how much [s] each should lower the squared error."""
    h = np.diff(edges)
    # A step is measured by the relative changes of the pieces' lengths: it is long where neighbouring knots separate or
    # approach, and short where they move together. The triangle of a QR factorization turns this norm into the
    # Euclidean one.
    stretching = (np.eye(h.shape[1])[:, :-1] - np.eye(h.shape[1], k=-1)[:, :-1]) / h[:, :, None]
    inverse = np.linalg.inv(np.linalg.qr(stretching, mode="r"))
    curvature, axes = np.linalg.eigh(inverse.transpose(0, 2, 1) @ hessian @ inverse)
    axes = inverse @ axes
    size = np.abs(curvature)
    size = np.maximum(size, np.maximum(1e-9 * size.max(axis=1, initial=0.0, keepdims=True), np.finfo(float).tiny))
    slope = np.einsum("sij,si->sj", axes, gradient)
    step = -np.einsum("sij,sj->si", axes, slope / size)
    shrink = np.minimum(1.0, reach / np.maximum(_stretch(step, edges), np.finfo(float).tiny))
    return step * shrink[:, None], shrink * (slope**2 / size).sum(axis=1)


def _stretch(step: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The greatest fraction [s] by which a step of the inner knots changes the length of a piece."""
    return (np.abs(np.diff(step, prepend=0.0, append=0.0)) / np.diff(edges)).max(axis=1)


def segmentation(
    f: Function, num_pieces: int, panel_edges: Float[np.ndarray, " m"], num_cells: int
) -> tuple[float, Float[np.ndarray, " n_plus_1"]]:
    """The best piecewise-linear approximation with edges on a grid, at which it may jump: squared error, edges.

    It is found by dynamic programming over all partitions of the grid (Bellman & Roth 1969). Pieces that need not join
    are at least as good as pieces that must. So apart from the grid this is a global lower bound for continuous
    functions with free knots.
    """
    grid = np.linspace(panel_edges[0], panel_edges[-1], num_cells + 1)
    cost = _line_costs(f, grid, panel_edges)
    best, chosen = cost[0], []
    for _ in range(num_pieces - 1):
        through = best[:, None] + cost  # the last piece runs from grid point i to j
        chosen.append(through.argmin(axis=0))
        best = through.min(axis=0)
    places = [len(grid) - 1]
    for back in reversed(chosen):
        places.append(int(back[places[-1]]))
    return float(best[-1]), grid[[0, *places[::-1]]]


def _line_costs(f: Function, grid: np.ndarray, panel_edges: np.ndarray) -> np.ndarray:
    """Squared error [g, g] of the best straight line from grid point i to j; infinite unless i < j."""
    u, w = gauss()
    cuts = np.union1d(grid, panel_edges)
    width = np.diff(cuts)
    x = cuts[:-1, None] + width[:, None] * u[None, :]
    y = values(f, x)
    y = y - y.mean()  # the error of a line is unchanged, and there is less cancellation
    cell = np.searchsorted(grid, cuts[:-1], side="right") - 1
    powers = [np.ones_like(x), x, x * x, y, x * y, y * y]
    sums = [np.bincount(cell, (p @ w) * width, len(grid) - 1) for p in powers]
    s0, s1, s2, y0, y1, y2 = (c[None, :] - c[:, None] for c in (np.append(0.0, s.cumsum()) for s in sums))
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance, variance = y1 - s1 * y0 / s0, s2 - s1 * s1 / s0
        cost = y2 - y0 * y0 / s0 - covariance**2 / variance
    return np.where(np.arange(len(grid))[:, None] < np.arange(len(grid))[None, :], np.maximum(cost, 0.0), np.inf)


def equidistributed(
    density: Float[np.ndarray, " m"], places: Float[np.ndarray, " m"], num_pieces: int
) -> Float[np.ndarray, " n_plus_1"]:
    """Edges between which the integral of a density, given at increasing points, is the same."""
    mass = np.append(0.0, np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(places)))
    return np.interp(np.linspace(0.0, mass[-1], num_pieces + 1), mass, places)
