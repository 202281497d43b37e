"""Distributions of the initial weights, with the names and variances of `jax.nn.initializers`, drawn neuron by neuron.

But "normal" has the standard deviation 1 and "uniform" lies from -1 to 1; JAX's are a hundredth of this (`init_scale`).

An initializer (`Law`) is a function `(key, shape, dtype) -> array [rows, fan_out]` that draws weights of unit scale,
and a factor that depends on fan-in and fan-out. Column j is drawn from a key of neuron j alone, and entry i of a column
does not depend on how many entries follow it. So wider layers nest narrower ones: before scaling, the first n columns
of a wider layer are the layer of n columns.

"spread" is a law of whole units, see `spread`: it draws the weights and the biases of the first hidden layer together,
so that the units bend at places all over the range of the data. It is for the approximation of functions of few inputs
by the solver "variable_projection": under the other laws, with biases of zero, all units bend at x = 0, and one hidden
layer mostly ends several digits earlier. With Adam on such functions the two are within a factor of four. It has not
been tried on data of many inputs; there, take a law for the activation: "lecun_normal", or "he_normal" for ReLU.

Sources: LeCun et al. 1998; Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014 (orthogonal); for "spread", Nguyen &
Widrow 1990, and Zhang, Bao, Ju & Zhang 2024, J. Sci. Comput. 99.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnjax import naming

type Draw = Callable[[Key[Array, ""], tuple[int, int], Any], Float[Array, "rows fan_out"]]
type Units = Callable[..., tuple[Float[Array, "fan_in fan_out"], Float[Array, " fan_out"]]]


class Law(NamedTuple):
    """A distribution of initial weights.

    `draw` draws at unit scale, and `scale(fan_in, fan_out)` is the factor on it. `entries(key, shape, dtype)` draws
    single entries, where `draw` draws so many for the key of each neuron: with such a law, and no other, wider layers
    nest narrower ones, and a network may be padded. `units`, with the arguments of `spread`, draws weights and biases
    of the first hidden layer together, where a law has it; the later layers are drawn by `draw`.
    """

    draw: Draw
    scale: Callable[[int, int], float] = lambda fan_in, fan_out: 1.0
    entries: Callable[..., Array] | None = None
    units: Units | None = None

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


def truncated(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Numbers from the standard normal distribution between -2 and 2."""
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


def symmetric(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Numbers from the even distribution between -1 and 1."""
    return jax.random.uniform(key, shape, dtype, -1.0, 1.0)


def zeros(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros."""
    return jnp.zeros(shape, dtype)


_symmetric = partial(_columns, symmetric)
_normal = partial(_columns, jax.random.normal)


def _orthogonal(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    return jax.nn.initializers.orthogonal()(key, shape, dtype)


# Slopes of the units of "spread" over half the range of the data. A tanh of slope s bends within about 1 / s of its
# centre: with 1 over the whole range, with 3 over a third of it. Less steep ones are nearly straight over the data and
# all alike. Of steeper ones few overlap, and a sum of units that do not overlap is not smooth.
SLOPES = (1.0, 3.0)


def spread(
    key: Key[Array, ""],
    shape: tuple[int, int],
    dtype: Any,
    *,
    x_low: Any = -1.0,
    x_high: Any = 1.0,
    init_scale: Any = 1.0,
    bias_scale: Any = 1.0,
) -> tuple[Float[Array, "fan_in fan_out"], Float[Array, " fan_out"]]:
    """Units that bend all over the range of the data: w = s a / h and b = -w . c, divided input by input.

    Of every unit, the direction a is even on the sphere, the slope s even in SLOPES, and the centre c, where its sum is
    0, even in the box of the data. h is half the range of each input. A unit is drawn from keys of its own, so wider
    layers nest narrower ones.

    Args:
        key: random key of the layer.
        shape: numbers of inputs d and of units.
        dtype: floating-point dtype of the parameters.
        x_low: the least value of the inputs, a number for all or [d] for each; `x_high` the greatest likewise.
        init_scale: factor on the slopes, which leaves the centres where they are.
        bias_scale: factor on the distances of the centres from the middle of the box.

    Returns:
        w [d, n] and b [n].
    """
    fan_in, fan_out = shape
    for name, value in (("x_low", x_low), ("x_high", x_high)):
        if jnp.shape(value) not in ((), (fan_in,)):
            raise ValueError(f"{name} of shape {jnp.shape(value)} must be a number, or one for each of {fan_in} inputs")
    low, high = (jnp.broadcast_to(jnp.asarray(x, dtype), (fan_in,))[:, None] for x in (x_low, x_high))
    half = (high - low) / 2
    key_direction, key_slope, key_centre = jax.random.split(key, 3)
    direction = _normal(key_direction, shape, dtype)
    length = jnp.sqrt(jnp.sum(direction**2, axis=0, keepdims=True))
    direction = jnp.where(length > 0, direction / length, 1 / math.sqrt(fan_in))  # one input is 0 once in 2^24 draws
    steepness = (_symmetric(key_slope, (1, fan_out), dtype) + 1) / 2
    slope = (SLOPES[0] + (SLOPES[1] - SLOPES[0]) * steepness) * jnp.asarray(init_scale, dtype)
    # An input that is the same in all rows has no range to divide by.
    w = slope * direction / jnp.where(half == 0, 1, half)
    centre = (low + high) / 2 + half * _symmetric(key_centre, shape, dtype) * jnp.asarray(bias_scale, dtype)
    return w, -jnp.sum(w * centre, axis=0)


def _variance_scaling(mode: str, gain: float, uniform: bool) -> Law:
    """Weights of variance gain / n, where n is the fan-in or the mean of fan-in and fan-out."""

    def scale(fan_in: int, fan_out: int) -> float:
        std = math.sqrt(gain / (fan_in if mode == "fan_in" else (fan_in + fan_out) / 2))
        return std * math.sqrt(3) if uniform else std / TRUNCATED_STD

    entries = symmetric if uniform else truncated
    return Law(partial(_columns, entries), scale, entries=entries)


INITIALIZERS: dict[str, Law] = {
    "lecun_normal": _variance_scaling("fan_in", 1.0, uniform=False),
    "lecun_uniform": _variance_scaling("fan_in", 1.0, uniform=True),
    "glorot_normal": _variance_scaling("fan_avg", 1.0, uniform=False),
    "glorot_uniform": _variance_scaling("fan_avg", 1.0, uniform=True),
    "he_normal": _variance_scaling("fan_in", 2.0, uniform=False),
    "he_uniform": _variance_scaling("fan_in", 2.0, uniform=True),
    "normal": Law(_normal, entries=jax.random.normal),
    "uniform": Law(_symmetric, entries=symmetric),
    "orthogonal": Law(_orthogonal),
    "zeros": Law(zeros, entries=zeros),
    "spread": _variance_scaling("fan_in", 1.0, uniform=False)._replace(entries=None, units=spread),
}


def get(name: str, argument: str = "init") -> Law:
    """Return the initializer with a given name.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one.
    """
    law: Any = naming.lookup(name, INITIALIZERS, argument)
    return law
