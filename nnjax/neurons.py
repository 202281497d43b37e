"""One neuron: the threshold unit, the affine neuron, and the perceptron's rule of learning."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from nnjax.activations import step

type Params = tuple[Float[Array, " d"], Float[Array, ""]]


class Perceptron(NamedTuple):
    """A trained perceptron.

    w [d] weights and b bias; `mistakes`, each of which was one correction; `epochs`, the passes made, the
    last clean one included; `converged`, whether the last pass was without a mistake.
    """

    w: Float[Array, " d"]
    b: Float[Array, ""]
    mistakes: Int[Array, ""]
    epochs: Int[Array, ""]
    converged: Bool[Array, ""]


def affine(x: Float[Array, " d"], w: Float[Array, " d"], b: Float[Array, ""] | float) -> Float[Array, ""]:
    """The weighted sum of the inputs and the bias: w . x + b."""
    return jnp.dot(w, x) + b


def neuron(
    x: Float[Array, " d"],
    w: Float[Array, " d"],
    b: Float[Array, ""] | float,
    activation: Callable[[Array], Array],
) -> Float[Array, ""]:
    """One neuron: activation(w . x + b)."""
    return activation(affine(x, w, b))


def threshold_unit(
    x: Float[Array, " d"], w: Float[Array, " d"], threshold: Float[Array, ""] | float
) -> Float[Array, ""]:
    """1 where w . x exceeds the threshold, else 0 (McCulloch & Pitts 1943).

    A threshold t is a bias -t, so this is `neuron` with that bias and `step`.
    """
    return neuron(x, w, -threshold, step)


def perceptron_step(
    params: Params, x: Float[Array, " d"], y: Float[Array, ""] | float
) -> tuple[Params, Bool[Array, ""]]:
    """Rosenblatt's rule on one example: add the error times the input, where there is an error.

    Args:
        params: (w [d], b).
        x: one input.
        y: its target, 0 or 1.

    Returns:
        The corrected (w, b), and whether the unit was wrong.

    Source: Rosenblatt 1958; the error-correcting form of Minsky & Papert 1969, chapter 11, with rate 1.
    From zero weights the rate only scales them, so no other is offered.
    """
    w, b = params
    error = y - neuron(x, w, b, step)
    return (w + error * x, b + error), error != 0


def perceptron_fit(x: Float[Array, "n d"], y: Float[Array, " n"], num_epochs: int) -> Perceptron:
    """Train one perceptron from zero: passes over the rows in their order, until a pass makes no mistake.

    On separable rows it converges after at most (R |w*| / margin)^2 mistakes (Novikoff 1962), R being the
    length of the longest row, the bias counted as an input of 1. On others it never converges, and stops at
    `num_epochs`. Pure: jit it with `num_epochs` static, vmap it over x and y.

    Args:
        x: inputs, one example a row.
        y: targets, 0 or 1.
        num_epochs: the most passes to make, 1 or more.

    Raises:
        ValueError: for `num_epochs` below 1, and where x and y have different lengths.
    """
    if num_epochs < 1:
        raise ValueError(f"num_epochs={num_epochs!r} must be 1 or more")
    if len(x) != len(y):
        raise ValueError(f"y has {len(y)} values, x has {len(x)} rows: they must be as many")

    def visit(params: Params, example: tuple[Array, Array]) -> tuple[Params, Array]:
        return perceptron_step(params, *example)

    def epoch(state: Perceptron) -> Perceptron:
        (w, b), wrong = jax.lax.scan(visit, (state.w, state.b), (x, y))
        mistakes = jnp.sum(wrong, dtype=jnp.int32)
        return Perceptron(w, b, state.mistakes + mistakes, state.epochs + 1, mistakes == 0)

    def unfinished(state: Perceptron) -> Array:
        return ~state.converged & (state.epochs < num_epochs)

    none = jnp.zeros((), jnp.int32)
    start = Perceptron(jnp.zeros_like(x[0]), jnp.zeros((), x.dtype), none, none, jnp.asarray(False))
    return jax.lax.while_loop(unfinished, epoch, start)
