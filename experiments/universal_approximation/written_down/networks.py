"""Networks built from a target and a number of units, their errors, and the errors that theory predicts."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy

from nnjax import mlp
from nnjax.activations import relu, sigmoid, step
from nnjax.tasks import Target
from nnjax.theory import approximation, constructions, quadrature

KINDS = ("step bumps", "sigmoid steps", "ReLU, equal knots", "ReLU, spread knots", "ReLU, fitted")
NODES = 4096  # at which a network is applied at a time: one program then serves every target
LEAST_UNITS = 32  # a network is filled up with silent units to a power of two, so that fewer programs are compiled
ENDS = (2.0, 5.0, 12.0)  # where quadrature is cut around a sigmoid's rise, in reciprocals of its gain
FINE = 256  # panels for the integral of the squared slope
NEAR = 1e-7  # how far from a kink or a jump its size is measured
WAVES = 200  # terms of the Fourier series of the error of sigmoid steps


class Network(NamedTuple):
    """A network in float64, its activation, the edges of its pieces, and the cuts between which it is integrated."""

    params: mlp.Params
    activation: Callable[[Any], jax.Array]
    edges: np.ndarray
    cuts: np.ndarray


class Error(NamedTuple):
    """For one network: the L2 norm of its error over the interval, and the largest error at any node."""

    l2: float
    largest: float


def build(kind: str, target: Target, units: int, sharpness: float) -> Network:
    """The network of a kind with `units` hidden units; `sharpness` is a sigmoid's gain times the length of a piece.

    N step or sigmoid units make N + 1 constant pieces, N ReLU units make N straight ones.
    """
    f, (low, high) = target.function, target.interval
    if kind in ("step bumps", "sigmoid steps"):
        edges = np.linspace(low, high, units + 2)
        heights = f((edges[1:] + edges[:-1]) / 2)
        if kind == "step bumps":
            return Network(constructions.step_bumps(edges, heights), step, edges, edges)
        gain = sharpness * (units + 1) / (high - low)
        away = np.array([side * end / gain for end in ENDS for side in (-1, 1)])
        cuts = np.union1d(edges, (edges[1:-1, None] + away[None, :]).ravel())
        cuts = cuts[(cuts >= low) & (cuts <= high)]
        return Network(constructions.sigmoid_steps(edges, heights, gain), sigmoid, edges, cuts)
    equal = kind == "ReLU, equal knots"
    edges = (
        np.linspace(low, high, units + 1) if equal else approximation.equidistributed_knots(f, units, target.interval)
    )
    heights = _best_heights(target, edges) if kind == "ReLU, fitted" else f(edges)
    return Network(constructions.relu_interpolant(edges, heights), relu, edges, edges)


def _best_heights(target: Target, edges: np.ndarray) -> np.ndarray:
    """The heights at the edges whose straight lines are the best in L2: hat functions, so a system of three diagonals.

    They are those of `approximation.fixed_knots`, which computes more than is needed here.
    """
    panels = approximation.panels(target.function, target.interval, target.breakpoints)
    x, weights = quadrature.rule(np.union1d(edges, panels))
    h, piece = np.diff(edges), np.clip(np.searchsorted(edges, x, "right") - 1, 0, len(edges) - 2)
    weighted, rise = weights * target.function(x), (x - edges[piece]) / h[piece]
    load = np.bincount(piece, weighted * (1 - rise), len(edges)) + np.bincount(piece + 1, weighted * rise, len(edges))
    diagonal = np.append(h, 0.0) / 3 + np.append(0.0, h) / 3
    return scipy.linalg.solveh_banded(np.stack([np.append(0.0, h) / 6, diagonal]), load)


@jax.jit(static_argnames=("activation",))
def _apply(params: mlp.Params, x: jax.Array, activation: Callable[[Any], jax.Array]) -> jax.Array:
    return jnp.asarray(mlp.predict(params, x, activation=activation))


def outputs(network: Network, x: np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """The outputs [n] of the network in a precision, and the points [n], in float64, at which they were computed."""
    hidden, last = (mlp.Layer(*(np.asarray(part, dtype) for part in layer)) for layer in network.params)
    silent = max(LEAST_UNITS, 2 ** (len(hidden.b) - 1).bit_length()) - len(hidden.b)
    # A silent unit adds 0 times its output and is the last to be added: it changes no number.
    hidden = mlp.Layer(np.pad(hidden.w, ((0, 0), (0, silent))), np.pad(hidden.b, (0, silent)))
    params = hidden, mlp.Layer(np.pad(last.w, ((0, silent), (0, 0))), last.b)
    filled = np.resize(x.astype(dtype), (-(-len(x) // NODES) * NODES, 1))
    parts = [_apply(params, part, network.activation) for part in filled.reshape(-1, NODES, 1)]
    return np.concatenate(parts)[: len(x), 0].astype(float), x.astype(dtype).astype(float)


def error(network: Network, target: Target, panels: np.ndarray, dtype: str) -> Error:
    """How far the network, applied in that precision, is from the target: by Gauss's rule from cut to cut."""
    x, weights = quadrature.rule(np.union1d(network.cuts, panels))
    y, places = outputs(network, x, dtype)
    gap = y - target.function(places)
    return Error(float(np.sqrt(weights @ gap**2)), float(np.abs(gap).max()))


@cache
def slopes(target: Target) -> tuple[np.ndarray, np.ndarray]:
    """The target's first derivative, by JAX in float64, at the nodes of a fine quadrature; and the weights there."""
    fine = np.linspace(*target.interval, FINE + 1)
    x, weights = quadrature.rule(np.union1d(fine, target.breakpoints))
    return np.asarray(jax.jit(jax.vmap(jax.grad(target.function)))(x)), weights


def predicted(kind: str, target: Target, widths: tuple[int, ...], sharpness: float) -> np.ndarray:
    """The L2 errors [width] that theory gives for many units, nan where it gives none.

    Constant pieces: h |f'| / sqrt(12), for sigmoids times `smoothing`. Straight ones between points of the target:
    h^2 |f''| / sqrt(120), on the best knots sqrt(6) times the free-knot optimum, and with the best heights there that
    optimum. |.| are L2 norms. The kink and the jump are worked out in `_at_breaks`.
    """
    (low, high), breaks = target.interval, target.breakpoints
    n = np.array(widths) + (kind in ("step bumps", "sigmoid steps"))
    h, bend = (high - low) / n, target.second_derivative
    if kind == "sigmoid steps" and _largest_jump(target) > 0:
        return np.full(len(n), np.nan)
    if kind in ("step bumps", "sigmoid steps"):
        share = smoothing(sharpness) if kind == "sigmoid steps" else 1.0
        slope, weights = slopes(target)
        smooth = h * np.sqrt(weights @ slope**2 / 12) * share
        return np.hypot(smooth, _at_breaks(kind, target, widths))
    if kind == "ReLU, equal knots":
        smooth = 0 * h if bend is None else h**2 * approximation.l2_norm(bend, target.interval, breaks) / 120**0.5
        return np.hypot(smooth, _at_breaks(kind, target, widths))
    if bend is None:
        return np.full(len(n), np.nan)
    best = np.array([approximation.asymptotic_l2(bend, 1, target.interval, breaks)]) / n**2
    return best * 6**0.5 if kind == "ReLU, spread knots" else best


def optimum(target: Target, pieces: int) -> float:
    """The error of the best free pieces over its asymptotic value; nan for a target that is not smooth."""
    if target.second_derivative is None:
        return np.nan
    best = approximation.best_free_knot(target.function, pieces, target.interval, target.breakpoints)
    limit = approximation.asymptotic_l2(target.second_derivative, pieces, target.interval, target.breakpoints)
    return best.error / limit


def predicted_largest(kind: str, target: Target, widths: tuple[int, ...]) -> np.ndarray:
    """The largest errors [width]: h max|f'| / 2 of bumps, h^2 max|f''| / 8 on equal knots; nan for all others."""
    (low, high), n = target.interval, np.array(widths) + (kind == "step bumps")
    x = np.linspace(low, high, 2**14 + 1)
    if target.second_derivative is None or kind not in ("step bumps", "ReLU, equal knots"):
        return np.full(len(n), np.nan)
    if kind == "step bumps":
        return (high - low) / n * np.abs(slopes(target)[0]).max() / 2
    return ((high - low) / n) ** 2 * np.abs(target.second_derivative(x)).max() / 8


def smoothing(sharpness: float) -> float:
    """The error of sigmoid steps divided by that of steps.

    Steps leave a saw tooth of a straight line, and sigmoids smooth it.
    The saw tooth of height h has waves of amplitude h / (pi k), and a sigmoid of gain s / h is the step averaged over a
    logistic law, which leaves the part a / sinh a of the wave k, a = 2 pi^2 k / s. So the share is the square root of
    (6 / pi^2) sum_k (a_k / sinh a_k)^2 / k^2, apart from the two ends of the interval.
    """
    k = np.arange(1, WAVES + 1)
    a = np.minimum(2 * np.pi**2 * k / sharpness, 600.0)
    beyond = 1 / WAVES if a[-1] < 0.1 else 0.0
    return float(np.sqrt(6 / np.pi**2 * (((a / np.sinh(a)) / k) ** 2).sum() + 6 / np.pi**2 * beyond))


def _largest_jump(target: Target) -> float:
    sizes = [abs(float(target.function(t + NEAR) - target.function(t - NEAR))) for t in target.breakpoints]
    return max([size for size in sizes if size > 3 * NEAR], default=0.0)


def _at_breaks(kind: str, target: Target, widths: tuple[int, ...]) -> np.ndarray:
    """The error of the one piece that holds the kink or the jump [width]; 0 for a smooth target.

    With the break at the share s of a piece of length h, a constant has the error d sqrt(h min(s, 1 - s)) at a jump by
    d; the straight line has d sqrt(h (s^3 + (1 - s)^3) / 3) there, and d s (1 - s) h sqrt(h / 3) where the slope
    changes by d.
    """
    (low, high), f, straight = target.interval, target.function, kind == "ReLU, equal knots"
    h = (high - low) / (np.array(widths) + (not straight))
    total = np.zeros(len(widths))
    for t in target.breakpoints:
        s = ((t - low) / h) % 1
        s = np.where(np.abs(s - np.round(s)) < NEAR, 0.0, s)
        if (jump := _largest_jump(target)) > 0:
            share = (s**3 + (1 - s) ** 3) / 3 * (s > 0) if straight else np.minimum(s, 1 - s)
            total += jump**2 * h * share
        elif straight:
            turn = abs(float(f(t + NEAR) + f(t - NEAR) - 2 * f(t))) / NEAR
            total += (turn * s * (1 - s)) ** 2 * h**3 / 3
    return np.sqrt(total)


def rounding(network: Network, target: Target, dtype: str, x: np.ndarray) -> float:
    """The root mean square, over points x, of what rounding in that precision adds to straight lines."""
    y, places = outputs(network, x, dtype)
    exact = np.interp(places, network.edges, target.function(network.edges))
    return float(np.sqrt(np.mean((y - exact) ** 2)))
