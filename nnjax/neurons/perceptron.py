"""The perceptron learning rule of Rosenblatt, run until it converges or provably cycles."""

from typing import NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from nnjax.activations import step
from nnjax.checks import whole_number
from nnjax.neurons.unit import Params, neuron


class Perceptron(NamedTuple):
    """A trained perceptron.

    `w` [d] weights and `b` bias; `mistakes`, each of which caused one correction; `epochs`, the number of passes over
    the rows, including the last one without mistakes; `converged`, whether the last pass was without a mistake.

    `period`: the number of passes after which the weights have returned to an earlier value, with mistakes in between,
    so that the rule cycles forever; 0 if they have not. `corrections` [n]: how often each row was corrected in these
    passes (if `period` is 0, since the weights were last stored for comparison). For integer rows, as long as the
    weights are exact (in float32 below 2^24), the corrections prove that no unit separates the rows: the signed rows
    that were added sum to zero (`theory.separability.certificate_holds`).
    """

    w: Float[Array, " d"]
    b: Float[Array, ""]
    mistakes: Int[Array, ""]
    epochs: Int[Array, ""]
    converged: Bool[Array, ""]
    period: Int[Array, ""]
    corrections: Int[Array, " n"]


class Path(NamedTuple):
    """Weights w [t + 1, d] and biases b [t + 1] before the first of t visits and after each, and the mistakes [t]."""

    w: Float[Array, "t1 d"]
    b: Float[Array, " t1"]
    wrong: Bool[Array, " t"]


def perceptron_step(
    params: Params, x: Float[Array, " d"], y: Float[Array, ""] | float
) -> tuple[Params, Bool[Array, ""]]:
    """One step of Rosenblatt's rule: if the unit is wrong on the example, add the error times the input.

    Args:
        params: (w [d], b).
        x: one input.
        y: its target, 0 or 1.

    Returns:
        The corrected (w, b), and whether the unit was wrong.

    Source: Rosenblatt 1958; the error-correcting form of Minsky & Papert 1969, chapter 11, with learning rate 1. From
    zero weights a learning rate only scales the weights, so there is none here.
    """
    w, b = params
    error = y - neuron(x, w, b, step)
    return (w + error * x, b + error), error != 0


def perceptron_fit(x: Float[Array, "n d"], y: Float[Array, " n"], num_epochs: int, bias: bool = True) -> Perceptron:
    """Train one perceptron from zero weights: passes over the rows in order, until it converges or provably cycles.

    On separable rows a pass without mistakes comes after at most (R |w*| / margin)^2 mistakes (Novikoff 1962). Here R
    is the length of the longest row, with the bias counted as an input of 1. On other rows the weights stay bounded
    (Block & Levin 1970), so integer weights must return to an earlier value. Brent's method detects this after at most
    about three times as many passes as lead into the cycle and once around it. `num_epochs` ends training in all other
    cases, such as real-valued rows that are not separable. The function is pure: it can be jitted, and vmapped over x
    and y.

    Args:
        x: inputs, one example per row.
        y: targets, 0 or 1. Traced targets cannot be checked; with other values the result means nothing.
        num_epochs: the greatest number of passes, 1 or more.
        bias: whether the unit has a bias; without it b stays 0 and separating planes go through the origin.

    Raises:
        ValueError: for `num_epochs` below 1, no rows, arrays that are not floating-point, and x and y of different
            lengths.
    """
    check(x, y, num_epochs=num_epochs)

    def visit(params: Params, example: tuple[Array, Array]) -> tuple[Params, Array]:
        (w, b), wrong = perceptron_step(params, *example)
        return (w, b if bias else jnp.zeros_like(b)), wrong

    def epoch(state: tuple[Perceptron, Params]) -> tuple[Perceptron, Params]:
        before, remembered = state
        params, wrong = jax.lax.scan(visit, (before.w, before.b), (x, y))
        mistakes, epochs = jnp.sum(wrong, dtype=jnp.int32), before.epochs + 1
        came_back = _same(params, remembered) & (mistakes > 0)
        # Brent 1980: the weights after passes 0, 1, 2, 4, 8, ... are stored, and each later pass is compared with them.
        power = _last_power_of_two(before.epochs)
        period = jnp.where(came_back, epochs - power, 0)
        remember = (epochs & (epochs - 1) == 0) & ~came_back
        remembered = jax.tree.map(lambda new, old: jnp.where(remember, new, old), params, remembered)
        corrections = jnp.where(remember, 0, before.corrections + wrong)
        after = Perceptron(*params, before.mistakes + mistakes, epochs, mistakes == 0, period, corrections)
        return after, remembered

    def undecided(state: tuple[Perceptron, Params]) -> Array:
        run = state[0]
        return ~run.converged & (run.period == 0) & (run.epochs < num_epochs)

    zero, params = jnp.zeros((), jnp.int32), start(x)
    before = Perceptron(*params, zero, zero, jnp.asarray(False), zero, jnp.zeros(len(x), jnp.int32))
    return jax.lax.while_loop(undecided, epoch, (before, params))[0]


def perceptron_path(x: Float[Array, "n d"], y: Float[Array, " n"], num_visits: int) -> Path:
    """The weights of a perceptron throughout training, which visits the rows in order, over and over.

    Args:
        x: inputs, one example per row.
        y: targets, 0 or 1.
        num_visits: number of examples visited, 1 or more.

    Raises:
        ValueError: for `num_visits` below 1, and where x and y have different lengths.
    """
    check(x, y, num_visits=num_visits)

    def visit(params: Params, i: Array) -> tuple[Params, tuple[Params, Array]]:
        params, wrong = perceptron_step(params, x[i % len(x)], y[i % len(x)])
        return params, (params, wrong)

    first = start(x)
    _, ((w, b), wrong) = jax.lax.scan(visit, first, jnp.arange(num_visits))
    return Path(jnp.concatenate([first[0][None], w]), jnp.concatenate([first[1][None], b]), wrong)


def check(x: Array, y: Array, **least_one: int) -> None:
    """Raise a ValueError for rows and targets on which no neuron can be trained, and for counts below 1."""
    for name, value in least_one.items():
        if whole_number(value, name) >= 2**31:
            raise ValueError(f"{name}={value!r} must be below 2^31")
    for name, values, rank in (("x", x, 2), ("y", y, 1)):
        dtype = getattr(values, "dtype", None)
        if dtype is None or not jnp.issubdtype(dtype, jnp.floating) or dtype != x.dtype:
            raise ValueError(
                f"{name} has dtype {dtype}: x and y must be floating-point arrays of the same dtype; write "
                "jnp.asarray(x, float) and jnp.asarray(y, float)"
            )
        if values.ndim != rank:
            raise ValueError(f"{name} has shape {values.shape}: x must be [n, d] and y [n]")
    if not len(x):
        raise ValueError(f"x has shape {x.shape}: it needs at least one row")
    if len(x) != len(y):
        raise ValueError(f"y has {len(y)} values, but x has {len(x)} rows: both must have the same length")
    if any(isinstance(values, jax.core.Tracer) for values in (x, y)):
        return
    if not np.isfinite(x).all():
        raise ValueError("x holds nan or infinity: all numbers must be finite")
    if not np.isin(y, (0, 1)).all():
        raise ValueError(f"y holds {np.asarray(y)[~np.isin(y, (0, 1))][0]:g}: targets must be 0 or 1")


def start(x: Array) -> Params:
    """Zero weights and a zero bias for rows x [n, d]."""
    return jnp.zeros_like(x[0]), jnp.zeros((), x.dtype)


def _same(params: Params, others: Params) -> Array:
    return jnp.all(params[0] == others[0]) & (params[1] == others[1])


def _last_power_of_two(n: Array) -> Array:
    """The largest power of two that is n or less; 0 for 0."""
    return jnp.where(n > 0, 1 << (31 - jax.lax.clz(n)), 0)
