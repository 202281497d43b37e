"""Distributions of the initial weights, with the names and variances of `jax.nn.initializers`, drawn neuron by neuron.

An initializer (`Law`) is a function `(key, shape, dtype) -> array [rows, fan_out]` that draws weights of unit scale,
and a factor that depends on fan-in and fan-out. Column j is drawn from a key of neuron j alone, and entry i of a column
does not depend on how many entries follow it. So wider layers nest narrower ones: before scaling, the first n columns
of a wider layer are the layer of n columns.

Sources: LeCun et al. 1998; Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014 (orthogonal).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnjax import naming

type Draw = Callable[[Key[Array, ""], tuple[int, int], Any], Float[Array, "rows fan_out"]]


class Law(NamedTuple):
    """A distribution of initial weights.

    `draw` draws at unit scale, `scale(fan_in, fan_out)` is the factor on it, and `nests` says whether wider layers
    nest narrower ones.
    """

    draw: Draw
    scale: Callable[[int, int], float] = lambda fan_in, fan_out: 1.0
    nests: bool = True

    def __call__(
        self, key: Key[Array, ""], shape: tuple[int, int], fans: tuple[int, int], dtype: Any
    ) -> Float[Array, "rows fan_out"]:
        """Draw the weights [rows, fan_out] of a layer with the given `fans` (fan_in, fan_out)."""
        return self.draw(key, shape, dtype) * jnp.asarray(self.scale(*fans), dtype)


# Standard deviation of a standard normal variable truncated to [-2, 2].
TRUNCATED_STD = 0.87962566103423978


# Number of floats in the widest vector register.
VECTOR = 16


def _columns(draw: Callable, key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    """Draw one column per neuron, each from a key of its own."""
    rows, fan_out = shape
    keys = jax.random.split(key, fan_out)
    # Columns are drawn in multiples of VECTOR: the remainder of an array is computed by other instructions, which
    # round the inverse error function differently, and nesting would fail in the last bit.
    whole = -(-rows // VECTOR) * VECTOR
    columns = jax.vmap(lambda k: draw(k, (whole,), dtype))(keys)
    return jax.lax.optimization_barrier(columns)[:, :rows].T


def _truncated(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    def column(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
        return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)

    return _columns(column, key, shape, dtype)


def _symmetric(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    def column(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
        return jax.random.uniform(key, shape, dtype, -1.0, 1.0)

    return _columns(column, key, shape, dtype)


def _normal(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    return _columns(jax.random.normal, key, shape, dtype)


def _zeros(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    return jnp.zeros(shape, dtype)


def _orthogonal(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    return jax.nn.initializers.orthogonal()(key, shape, dtype)


def _variance_scaling(mode: str, gain: float, uniform: bool) -> Law:
    """Weights of variance gain / n, where n is the fan-in or the mean of fan-in and fan-out."""

    def scale(fan_in: int, fan_out: int) -> float:
        std = math.sqrt(gain / (fan_in if mode == "fan_in" else (fan_in + fan_out) / 2))
        return std * math.sqrt(3) if uniform else std / TRUNCATED_STD

    return Law(_symmetric if uniform else _truncated, scale)


INITIALIZERS: dict[str, Law] = {
    "lecun_normal": _variance_scaling("fan_in", 1.0, uniform=False),
    "lecun_uniform": _variance_scaling("fan_in", 1.0, uniform=True),
    "glorot_normal": _variance_scaling("fan_avg", 1.0, uniform=False),
    "glorot_uniform": _variance_scaling("fan_avg", 1.0, uniform=True),
    "he_normal": _variance_scaling("fan_in", 2.0, uniform=False),
    "he_uniform": _variance_scaling("fan_in", 2.0, uniform=True),
    "normal": Law(_normal),
    "uniform": Law(_symmetric),
    "orthogonal": Law(_orthogonal, nests=False),
    "zeros": Law(_zeros),
}


def get(name: str, argument: str = "init") -> Law:
    """Return the initializer with a given name.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one.
    """
    law: Any = naming.lookup(name, INITIALIZERS, argument)
    return law
