"""Laws of the first weights, with the names and variances of `jax.nn.initializers`, drawn neuron by neuron.

Every law is a function `(key, shape, fans, dtype) -> array [rows, fan_out]` whose column j is drawn from a
key of neuron j alone, and whose entry i of a column does not depend on how many follow it. So the first n
columns of a wider layer are the layer of n columns, before the scale that depends on the fans.

Sources: LeCun et al. 1998; Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014 (orthogonal).
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnjax import naming

type Draw = Callable[[Key[Array, ""], tuple[int, int], tuple[int, int], Any], Float[Array, "rows fan_out"]]

# Standard deviation of a standard normal variable that is truncated to [-2, 2].
TRUNCATED_STD = 0.87962566103423978


# Floats of the widest vector unit.
VECTOR = 16


def _columns(draw: Callable, key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    """One column per neuron, from a key of its own."""
    rows, fan_out = shape
    keys = jax.random.split(key, fan_out)
    # Drawn in whole vectors: what is left over at the end of an array is computed by other instructions, which
    # round the inverse error function otherwise, and networks would nest but for a last bit.
    whole = -(-rows // VECTOR) * VECTOR
    columns = jax.vmap(lambda k: draw(k, (whole,), dtype))(keys)
    return jax.lax.optimization_barrier(columns)[:, :rows].T


def _truncated(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


def _symmetric(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    return jax.random.uniform(key, shape, dtype, -1.0, 1.0)


def _variance_scaling(mode: str, gain: float, uniform: bool) -> Draw:
    """Weights of variance gain / n, n being the fan in, or the mean of the two fans."""

    def draw(key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any) -> Array:
        fan_in, fan_out = fans
        std = math.sqrt(gain / (fan_in if mode == "fan_in" else (fan_in + fan_out) / 2))
        if uniform:
            return _columns(_symmetric, key, shape, dtype) * jnp.asarray(std * math.sqrt(3), dtype)
        return _columns(_truncated, key, shape, dtype) * jnp.asarray(std / TRUNCATED_STD, dtype)

    return draw


def _normal(key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any) -> Array:
    return _columns(jax.random.normal, key, shape, dtype)


def _uniform(key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any) -> Array:
    return _columns(_symmetric, key, shape, dtype)


def _zeros(key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any) -> Array:
    return jnp.zeros(shape, dtype)


def _orthogonal(key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any) -> Array:
    return jax.nn.initializers.orthogonal()(key, shape, dtype)


INITIALIZERS: dict[str, Draw] = {
    "lecun_normal": _variance_scaling("fan_in", 1.0, uniform=False),
    "lecun_uniform": _variance_scaling("fan_in", 1.0, uniform=True),
    "glorot_normal": _variance_scaling("fan_avg", 1.0, uniform=False),
    "glorot_uniform": _variance_scaling("fan_avg", 1.0, uniform=True),
    "he_normal": _variance_scaling("fan_in", 2.0, uniform=False),
    "he_uniform": _variance_scaling("fan_in", 2.0, uniform=True),
    "normal": _normal,
    "uniform": _uniform,
    "orthogonal": _orthogonal,
    "zeros": _zeros,
}


def get(name: str, argument: str = "init") -> Draw:
    """The law of that name.

    Raises:
        ValueError: for an unknown name, with the nearest known one.
    """
    return naming.lookup(name, INITIALIZERS, argument)
