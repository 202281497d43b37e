"""One-hidden-layer networks with explicit weights that approximate functions of one variable.

They show why enough neurons can approximate any continuous function. Each function returns the parameters of an `mlp`
of one input and one output, in JAX's default float. Apply them with the activation that the function's name states:

    edges  = np.linspace(0, 1, 33)
    params = relu_interpolant(edges, np.sin(2 * np.pi * edges))
    y      = mlp.predict(params, x, activation=relu)

For n equal pieces of length h = l/n on an interval of length l, the errors tend to these as n grows (norms over the
interval):

| network | units | L2 | largest |
|---|---|---|---|
| `relu_interpolant` | n | h^2 norm(f'') / sqrt(120) | h^2 max abs f'' / 8 |
| `step_bumps` | n - 1 | h norm(f') / sqrt(12) | h max abs f' / 2 |

`sigmoid_steps` of gain g has n - 1 units too; for large g its L2 distance from `step_bumps` is
sqrt(sum of squared jumps (2 log 2 - 1) / g).
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Bool, Float

from nnjax.checks import real_numbers
from nnjax.mlp import Layer, Params


def relu_interpolant(edges: Float[ArrayLike, " num_edges"], heights: Float[ArrayLike, " num_heights"]) -> Params:
    """Linear interpolation between points: n ReLU units that face right, one at the start of every piece.

    Args:
        edges: points x [n+1], increasing.
        heights: the values [n+1] there, which are reproduced up to rounding.

    Left of the edges the network is constant at the first height; right of them it continues its last line.

    Raises:
        ValueError: unless the edges are two or more finite numbers that increase strictly in JAX's default float, and
            the heights finite numbers, one for each edge; and for weights or biases beyond the range of that float, as
            where edges are too close together.
    """
    x, y = _rising(edges, "edges", 2), _matching(heights, "heights", len(np.atleast_1d(edges)), "edges")
    with np.errstate(over="ignore"):  # an infinite slope is refused below
        slopes = np.diff(y) / np.diff(x)
    return _hidden_layer(np.ones(len(slopes)), -x[:-1], np.diff(slopes, prepend=0.0), y[0])


def step_bumps(edges: Float[ArrayLike, " num_edges"], heights: Float[ArrayLike, " num_heights"]) -> Params:
    """A piecewise-constant function as the sum of n bumps, each the difference of two step functions.

    Neighbouring bumps share a step, and there are no steps at the two ends: n - 1 step units.

    Args:
        edges: points x [n+1] between which the pieces lie, increasing; the two ends take no unit.
        heights: the value [n] on each piece.
    """
    return sigmoid_steps(edges, heights, 1.0)


def sigmoid_steps(
    edges: Float[ArrayLike, " num_edges"], heights: Float[ArrayLike, " num_heights"], gain: float
) -> Params:
    """`step_bumps` with sigmoid units: sigmoid(gain (x - t)) rises at t within a few 1/gain, and tends to a step.

    The proofs of Cybenko 1989 and Hornik, Stinchcombe & White 1989 use that limit.

    Args:
        edges, heights: as in `step_bumps`.
        gain: the hidden weight, above 0.

    Raises:
        ValueError: for a gain that is not above 0 and finite; unless the edges are three or more finite numbers that
            increase strictly in JAX's default float, and the heights finite numbers, one for each piece; and for
            weights or biases beyond the range of that float.
    """
    if not 0 < gain < np.inf:
        raise ValueError(f"gain={gain!r} must be above 0 and finite")
    x = _rising(edges, "edges", 3)
    y = _matching(heights, "heights", len(x) - 1, "pieces")
    knots = x[1:-1]
    return _hidden_layer(np.full(len(knots), gain), -gain * knots, np.diff(y), y[0])


def relu_network(
    knots: Float[ArrayLike, " num_knots"],
    faces_right: Bool[ArrayLike, " num_faces"],
    kinks: Float[ArrayLike, " num_kinks"],
    bias: float,
) -> Params:
    """The network bias + sum_i kinks_i relu(+-(x - knots_i)), with + for units that face right.

    This is the form in which `nnjax.theory.relu_networks` returns the best networks.

    Raises:
        ValueError: unless the knots are finite numbers [n], and `faces_right` and `kinks` finite numbers, one for each
            knot; and for a weight or a bias that is not finite in JAX's default float.
    """
    t = _matching(knots, "knots", np.size(knots), "units")
    c = _matching(kinks, "kinks", t.size, "knots")
    sign = np.where(_matching(faces_right, "faces_right", t.size, "knots"), 1.0, -1.0)
    return _hidden_layer(sign, -sign * t, c, bias)


def _hidden_layer(w: np.ndarray, b: np.ndarray, v: np.ndarray, bias: float) -> Params:
    """Convert float64 arrays to layers of JAX's default float.

    Raises:
        ValueError: for numbers that are not finite there.
    """
    most = float(np.finfo(jnp.zeros(()).dtype).max)
    for name, values in (("weight", w), ("bias", b), ("weight", v), ("bias", bias)):
        if not np.all(np.abs(values) <= most):
            raise ValueError(
                f"a {name} of this network would be {np.max(np.abs(values)):.3g}, but at most {most:.3g} is allowed: "
                "use points that are farther apart, or smaller numbers"
            )
    return (
        Layer(w=jnp.asarray(w[None, :]), b=jnp.asarray(b)),
        Layer(w=jnp.asarray(v[:, None]), b=jnp.asarray(np.array([bias], float))),
    )


def _rising(values: ArrayLike, argument: str, at_least: int) -> np.ndarray:
    array = real_numbers(values, argument).astype(float)
    if array.ndim != 1 or len(array) < at_least:
        raise ValueError(f"{argument} has shape {array.shape}: it must be [n], n at least {at_least}")
    dtype = jnp.zeros(()).dtype
    with np.errstate(over="ignore", invalid="ignore"):
        rising = (np.diff(array.astype(dtype)) > 0).all()
    if not np.isfinite(array).all() or not rising:
        raise ValueError(f"{argument} must be finite and strictly increasing in {dtype}")
    return array


def _matching(values: ArrayLike, argument: str, length: int, of: str) -> np.ndarray:
    array = real_numbers(values, argument).astype(float)
    if array.shape != (length,):
        raise ValueError(f"{argument} has shape {array.shape}: it must be ({length},), one for each of the {of}")
    if not np.isfinite(array).all():
        raise ValueError(f"{argument} must be finite")
    return array
