"""Distributions of the initial weights, with the names and variances of `jax.nn.initializers`, drawn neuron by neuron.

Two differ from JAX's defaults: "normal" has the standard deviation 1 (JAX: 0.01), and "uniform" lies from -1 to 1 (JAX:
0 to 0.01); `init_scale` scales them.

An initializer (`Law`) is a function `(key, shape, dtype) -> array [rows, fan_out]` that draws weights of unit scale,
and a factor that depends on fan-in and fan-out. Column j is drawn from a key of neuron j alone. Entry i of a column
does not depend on how many entries follow it. (Neither holds for "orthogonal".) So wider layers nest narrower ones:
before scaling, the first n columns of a wider layer equal the layer of n columns.

An initializer of JAX or of the user's own, a function `(key, shape, dtype) -> array`, draws a whole layer from one key.
Such layers do not nest, and networks of different shapes are not padded to share a program.

"spread" draws the weights and the biases of the first hidden layer together (see `spread`). So the units bend at places
all over the range of the data. It is meant for approximating functions of few inputs with the solver
"variable_projection". Under the other laws, with biases of zero, all units bend at x = 0, and one hidden layer mostly
ends with several correct digits fewer. With Adam on such functions the errors with "spread" and with the other laws are
within a factor of four of each other. "spread" has not been tried on data of many inputs; there, use the law that suits
the activation: "he_normal" for ReLU, "lecun_normal" for others.

Sources: LeCun et al. 1998; Glorot & Bengio 2010; He et al. 2015; Saxe et al. 2014 (orthogonal); for "spread", Nguyen &
Widrow 1990, and Zhang, Bao, Ju & Zhang 2024, J. Sci. Comput. 99.
"""

import inspect
import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnjax import naming
from nnjax.typing import Initializer

type Draw = Callable[[Key[Array, ""], tuple[int, int], Any], Float[Array, "rows fan_out"]]
type Units = Callable[..., tuple[Float[Array, "fan_in fan_out"], Float[Array, " fan_out"]]]


class Law(NamedTuple):
    """A distribution of initial weights.

    `draw` draws the weights at unit scale, and `scale(fan_in, fan_out)` is the factor on them. Laws that draw
    every weight by itself, from its neuron's key, have `entries(key, shape, dtype)`, which draws such single weights;
    only with these laws may a network be padded. `units`, if a law has it, takes the arguments of `spread` and draws
    the weights and biases of the first hidden layer together; `draw` then draws the later layers.
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
    # The length of a column is rounded up to a multiple of VECTOR: the remainder of an array would be computed by other
    # instructions, which round the inverse error function differently, and nesting would fail in the last bit.
    whole = -(-rows // VECTOR) * VECTOR
    columns = jax.vmap(lambda k: draw(k, (whole,), dtype))(keys)
    return jax.lax.optimization_barrier(columns)[:, :rows].T


def truncated(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Numbers from the standard normal distribution truncated to [-2, 2]."""
    return jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


def symmetric(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Numbers from the uniform distribution between -1 and 1."""
    return jax.random.uniform(key, shape, dtype, -1.0, 1.0)


def zeros(key: Key[Array, ""], shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros."""
    return jnp.zeros(shape, dtype)


_symmetric = partial(_columns, symmetric)
_normal = partial(_columns, jax.random.normal)


def _orthogonal(key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    return jax.nn.initializers.orthogonal()(key, shape, dtype)


# The least and greatest slope of the units of "spread" if half the range of the data has length 1. A tanh of slope s
# bends within about 1 / s of its centre: over the whole range for slope 1, a third of it for slope 3. Flatter units are
# nearly straight over the data, and all alike. Few steeper units overlap, and a sum without overlaps is not smooth.
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
    """Draw units that bend all over the range of the data: w = s a / h, input by input, and b = -w . c.

    For every unit, the direction a is uniform on the sphere, the slope s uniform in the interval SLOPES, and the centre
    c, where w . x + b is 0, uniform in the box of the data. h is half the range of each input. A unit is drawn from
    keys of its own, so wider layers nest narrower ones.

    Args:
        key: random key of the layer.
        shape: numbers of inputs d and of units.
        dtype: floating-point dtype of the parameters.
        x_low: the least value of the inputs, a number for all or [d]; `x_high` is the greatest, in the same form.
        init_scale: factor on the slopes, which leaves the centres where they are.
        bias_scale: factor on the distances of the centres from the middle of the box.

    Returns:
        w [d, n] and b [n].

    Raises:
        ValueError: if `x_low` or `x_high` is neither a number nor [d].
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
    direction = jnp.where(length > 0, direction / length, 1 / math.sqrt(fan_in))  # one input: 0 in one of 2^24 draws
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


def get(value: str | Initializer, argument: str = "init") -> Law:
    """Return the initializer with a given name, or one that draws with a function `(key, shape, dtype) -> array`.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one; and for a function of JAX that
            returns an initializer.
    """
    found: Any = naming.lookup(value, INITIALIZERS, argument)
    if isinstance(found, Law):
        return found
    name = getattr(found, "__name__", "")
    if found is getattr(jax.nn.initializers, name, None) and next(iter(inspect.signature(found).parameters)) != "key":
        raise ValueError(
            f"{argument}=jax.nn.initializers.{name} must be called: {argument}=jax.nn.initializers.{name}()"
        )
    return Law(partial(_drawn, found, argument))


def _drawn(f: Initializer, argument: str, key: Key[Array, ""], shape: tuple[int, int], dtype: Any) -> Array:
    """What a function of JAX or of the user's own draws.

    Raises:
        ValueError: if it has another shape.
    """
    found = jnp.asarray(f(key, shape, dtype), dtype)
    if found.shape != shape:
        raise ValueError(f"{argument} must return an array of the shape that it is given, {shape}, not {found.shape}")
    return found
