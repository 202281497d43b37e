"""Random hidden weights and the best output layer for them, in L2: least squares in float64, by quadrature."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy

from nnjax import mlp, tuning
from nnjax.mlp import Layer
from nnjax.tasks import TARGETS
from nnjax.theory import quadrature

# Panels of 16 nodes each: where output layers are solved for, where scales are chosen, where errors are taken.
PANELS, TUNING_PANELS, TEST_PANELS = 48, 61, 73
ROWS = 1024  # nodes that a layer is applied to at a time: one program serves every grid
REACH = 1.1  # the places -b/w of the units are uniform from -REACH to REACH
# A unit is left out if less than this share of it remains after projection on all before it. Rounding adds about
# eps / cutoff of the network's error, so floors are met to eight digits. Where units jump, nodes resolve the place of a
# jump to 1/400 and so its column to a twentieth: finer differences are not seen, and large weights would exploit them.
CUTOFF, JUMPY = 1e-8, 1e-2


class Nodes(NamedTuple):
    """Places u [n] in [-1, 1], to which every target's interval is mapped, quadrature weights [n], targets [n, k]."""

    u: np.ndarray
    weights: np.ndarray
    y: np.ndarray


class Grids(NamedTuple):
    """Where output layers are solved for, where scales are chosen, and where errors are taken."""

    at: Nodes
    tuning: Nodes
    test: Nodes


def grids(targets: Sequence[str]) -> Grids:
    """Three grids, each with other panels."""
    return Grids(*(nodes(targets, panels) for panels in (PANELS, TUNING_PANELS, TEST_PANELS)))


def nodes(targets: Sequence[str], panels: int) -> Nodes:
    """Gauss nodes on this many equal panels, which are cut where a target has a kink or a jump."""
    breaks = [to_unit(name, t) for name in targets for t in TARGETS[name].breakpoints]
    u, weights = quadrature.rule(np.union1d(np.linspace(-1, 1, panels + 1), breaks))
    return Nodes(u, weights, np.stack([TARGETS[name].function(from_unit(name, u)) for name in targets], axis=1))


def from_unit(name: str, u: np.ndarray) -> np.ndarray:
    """From [-1, 1] to the target's interval."""
    low, high = TARGETS[name].interval
    return low + (u + 1) / 2 * (high - low)


def to_unit(name: str, x: float) -> float:
    """From the target's interval to [-1, 1]."""
    low, high = TARGETS[name].interval
    return 2 * (x - low) / (high - low) - 1


def half_lengths(targets: Sequence[str]) -> np.ndarray:
    """Half the length of each interval [k]: an L2 norm over u, times the square root of it, is the norm over x."""
    return np.array([np.ptp(TARGETS[name].interval) / 2 for name in targets])


def draw(seed: int, units: int, scale: float, biased: bool = True) -> Layer:
    """A hidden layer: weights w uniform from -scale to scale, places t uniform, b = -w t.

    Each unit takes the same two numbers of the seed whatever the width, so that wider layers hold the narrower ones.
    """
    w, t = np.random.default_rng(seed).uniform(-1, 1, (units, 2)).T
    return Layer(scale * w[None, :], -scale * w * REACH * t * biased)


@partial(jax.jit, static_argnames="activation")
def _applied(layer: Layer, columns: jax.Array, activation: Callable[[Any], jax.Array]) -> jax.Array:
    return activation(mlp.sums(layer, columns))


def features(layer: Layer, u: np.ndarray, activation: Callable[[Any], jax.Array]) -> np.ndarray:
    """A column of ones for the output bias, and the outputs of the hidden units: [n, 1 + units]."""
    parts = np.resize(u, (-(-len(u) // ROWS), 1, ROWS))
    hidden = np.concatenate([np.asarray(_applied(layer, part, activation)) for part in parts], axis=1)
    return np.column_stack([np.ones(len(u)), hidden[:, : len(u)].T])


class Factors(NamedTuple):
    """What output weights are solved from: the triangle [m, m] of m features, their norms [m], the targets [m, k]."""

    triangle: np.ndarray
    norms: np.ndarray
    loads: np.ndarray


@jax.jit
def _orthogonalized(columns: jax.Array, cutoff: float) -> tuple[jax.Array, jax.Array]:
    """Gram & Schmidt's method on unit columns [n, m], each twice, which is enough (Kahan; Giraud et al. 2005)."""
    n, m = columns.shape

    def take(j: Any, known: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        basis, triangle = known
        h = columns[:, j]
        first = basis @ h
        rest = h - first @ basis
        second = basis @ rest
        rest = rest - second @ basis
        size = jnp.sqrt(jnp.sum(rest**2))
        kept = size > cutoff
        # A unit that is left out has a row of zeros in the basis, and the equation weight = 0.
        basis = basis.at[j].set(jnp.where(kept, rest / jnp.where(kept, size, 1.0), 0.0))
        column = jnp.where(kept, first + second, 0.0).at[j].set(jnp.where(kept, size, 1.0))
        return basis, triangle.at[:, j].set(column)

    return jax.lax.fori_loop(0, m, take, (jnp.zeros((m, n)), jnp.zeros((m, m))))


def factorized(design: np.ndarray, at: Nodes, cutoff: float = CUTOFF) -> Factors:
    """What `best_outputs` needs, for all widths at once: the first columns stand for the first features.

    LAPACK is not used: its threads wait for one another on a busy machine, and its pivoting would mix the widths.
    """
    root = np.sqrt(at.weights)[:, None]
    norms = np.linalg.norm(root * design, axis=0)
    norms[norms == 0] = 1
    basis, triangle = _orthogonalized(root * design / norms, cutoff)
    return Factors(np.asarray(triangle), norms, np.asarray(basis) @ (root * at.y))


def best_outputs(factors: Factors, count: int) -> np.ndarray:
    """The best output weights [count, k] of the first `count` features, in L2."""
    triangle, norms, loads = factors
    solved = scipy.linalg.solve_triangular(triangle[:count, :count], loads[:count], check_finite=False)
    return solved / norms[:count, None]


def l2(gap: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Norms over u [k] of errors [n, k]."""
    return np.sqrt(weights @ gap**2)


def errors_of(
    layer: Layer, activation: Callable[[Any], jax.Array], widths: Sequence[int], at: Nodes, test: Nodes,
    cutoff: float = CUTOFF,
) -> np.ndarray:  # fmt: skip
    """L2 errors over u [width, k] of the best output layers, taken at other places than they were solved at."""
    most = max(widths) + 1
    design, tested = (features(layer, grid.u, activation)[:, :most] for grid in (at, test))
    factors = factorized(design, at, cutoff)
    outputs = np.zeros((most, len(widths), at.y.shape[1]))
    for j, width in enumerate(widths):
        outputs[: width + 1, j] = best_outputs(factors, width + 1)
    gap = test.y[:, None, :] - np.tensordot(tested, outputs, 1)
    return np.sqrt(np.einsum("n,njk->jk", test.weights, gap**2))


def tuned_errors(
    activation: Callable[[Any], jax.Array], scales: Sequence[float], widths: Sequence[int], seeds: int,
    tuning_seeds: int, grids: Grids, biased: bool = True, cutoff: float = CUTOFF,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Errors [width, k, seed] at the scale that was best, for that width and target; and the scales [width, k].

    The best scale has the least greatest error, as it must serve every draw; it is chosen on seeds that are not
    reported and at nodes where no reported error is taken.
    """

    def all_errors(seeds: range, scale: float, widths: Sequence[int], test: Nodes) -> np.ndarray:
        layers = [draw(seed, units, scale, biased) for seed in seeds]
        return np.array([errors_of(layer, activation, widths, grids.at, test, cutoff) for layer in layers])

    units, shape = max(widths), (len(widths), grids.at.y.shape[1])
    chosen = np.zeros(shape, int)
    if len(scales) > 1:
        own = tuning.seeds(tuning_seeds)
        tried = [all_errors(own, scale, widths, grids.tuning).max(axis=0) for scale in scales]
        chosen = np.argmin(np.nan_to_num(tried, nan=np.inf), axis=0)
    result = np.empty((*shape, seeds))
    for i, scale in enumerate(scales):
        used = [j for j in range(len(widths)) if (chosen[j] == i).any()]
        if used:
            found = all_errors(range(seeds), scale, [widths[j] for j in used], grids.test)
            for place, j in enumerate(used):
                mine = chosen[j] == i
                result[j, mine] = found[:, place, mine].T
    return result, np.array(scales)[chosen]
