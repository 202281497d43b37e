"""The functions that one neuron computes: affine, with an activation, or with a threshold."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from nnjax.activations import step

type Params = tuple[Float[Array, " d"], Float[Array, ""]]


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
