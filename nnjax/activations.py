"""Activation functions by name, with the formulas and constants of `jax.nn` and `jax.numpy`.

All are elementwise except softmax, which acts along the last axis. Each takes an array of any shape, returns one of
the same shape and dtype, and propagates NaN. The derivatives are those of JAX, also at kinks: relu'(0) = 0, and the
derivative of `step` is 0 everywhere.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from nnjax import naming
from nnjax.typing import Activation

type Numbers = Float[ArrayLike, "*shape"]
type Same = Float[Array, "*shape"]


def identity(z: Numbers) -> Same:
    """z itself: a linear neuron."""
    return jnp.asarray(z)


def step(z: Numbers) -> Same:
    """1 where z > 0, else 0: the threshold unit of McCulloch & Pitts (1943).

    It fires when its sum *exceeds* the threshold, so step(0) = 0. The derivative is 0 everywhere, so no gradient passes
    through a step.
    """
    # The sign of the positive part rather than a comparison, which would turn NaN into 0.
    return jnp.sign(jnp.maximum(z, 0))


def sigmoid(z: Numbers) -> Same:
    """1 / (1 + exp(-z)), the logistic function, from 0 to 1 (Rumelhart, Hinton & Williams 1986)."""
    return jax.nn.sigmoid(z)


def tanh(z: Numbers) -> Same:
    """(exp(z) - exp(-z)) / (exp(z) + exp(-z)) = 2 sigmoid(2 z) - 1, from -1 to 1."""
    return jnp.tanh(z)


def softmax(z: Float[ArrayLike, "*batch k"]) -> Float[Array, "*batch k"]:
    """exp(z_i) / sum_j exp(z_j) along the last axis: k positive numbers that sum to 1 (Bridle 1990)."""
    return jax.nn.softmax(z, axis=-1)


def relu(z: Numbers) -> Same:
    """max(z, 0), the rectified linear unit (Nair & Hinton 2010), with derivative 0 at 0."""
    return jax.nn.relu(z)


def leaky_relu(z: Numbers) -> Same:
    """z where z >= 0, else 0.01 z (Maas, Hannun & Ng 2013)."""
    return jax.nn.leaky_relu(z, negative_slope=0.01)


def softplus(z: Numbers) -> Same:
    """log(1 + exp(z)), a smooth relu whose derivative is the sigmoid (Dugas et al. 2000)."""
    return jax.nn.softplus(z)


def elu(z: Numbers) -> Same:
    """z where z > 0, else exp(z) - 1 (Clevert, Unterthiner & Hochreiter 2016, with alpha = 1)."""
    return jax.nn.elu(z, alpha=1.0)


def selu(z: Numbers) -> Same:
    """1.0507 z where z > 0, else 1.0507 * 1.67326 (exp(z) - 1) (Klambauer et al. 2017, equation 2).

    It is an ELU scaled so that mean 0 and variance 1 of the activations are a fixed point from layer to layer.
    """
    return jax.nn.selu(z)


def gelu(z: Numbers) -> Same:
    """z Phi(z), with Phi the standard normal CDF, in the tanh approximation (Hendrycks & Gimpel 2016, section 2).

    The approximation is z / 2 * (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))), the default of `jax.nn.gelu`. It is within
    5e-4 of the exact z Phi(z), the default of PyTorch.
    """
    return jax.nn.gelu(z, approximate=True)


def silu(z: Numbers) -> Same:
    """z sigmoid(z), also called swish (Elfwing, Uchibe & Doya 2018; Ramachandran, Zoph & Le 2017)."""
    return jax.nn.silu(z)


def sin(z: Numbers) -> Same:
    """sin z, z in radians: a single such unit solves parity (Sopena, Romero & Alquezar 1999; Sitzmann et al. 2020)."""
    return jnp.sin(z)


def cos(z: Numbers) -> Same:
    """cos z, z in radians, as in random Fourier features (Rahimi & Recht 2007)."""
    return jnp.cos(z)


ACTIVATIONS: dict[str, Activation] = {
    f.__name__: f
    for f in (
        identity,
        step,
        sigmoid,
        tanh,
        softmax,
        relu,
        leaky_relu,
        softplus,
        elu,
        selu,
        gelu,
        silu,
        sin,
        cos,
    )
}


def get(value: str | Activation, argument: str = "activation") -> Activation:
    """Return the activation with a given name or address "module:qualname"; a function is returned as it is.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one and calls the value `argument`.
    """
    return naming.lookup(value, ACTIVATIONS, argument)


def name_of(value: str | Activation, argument: str = "activation") -> str:
    """The inverse of `get`: a known name, or "module:qualname" for another module-level function.

    Raises:
        ValueError: for a lambda, a closure or a partial, which cannot be found by a name.
    """
    return naming.name_of(value, ACTIVATIONS, argument)
