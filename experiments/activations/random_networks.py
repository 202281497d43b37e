"""Random networks: the logarithm of the variance, the correlation of two inputs and the gradient, layer by layer.

The weights themselves are not drawn. Given the layer below, a layer's sums are Gaussian. What it passes back is
Gaussian, too, but for the part along the signal, which follows from the sums. So the cost of a network grows with its
neurons and not with its weights, and the distribution is the same. Activations and variances are columns: what is drawn
for a network serves them all, times their sigma_w and sigma_b.
"""

import functools
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Key

from nnjax import activations, machine
from nnjax.theory import mean_field

# Slopes below and above 0 of the piecewise linear activations, for which the drift of the log variance is measured.
DRIFTING = {"identity": (1.0, 1.0), "leaky_relu": (0.01, 1.0), "relu": (0.0, 1.0)}
FIRST_CORRELATION = 0.5  # of two inputs, in the first layer
TOGETHER = 32_768  # neurons of one layer of networks that are computed together, in all columns
DRAWN = 131_072  # sums of one layer that are drawn together


class Columns(NamedTuple):
    """Activation by name, and variances of weights (times fan-in) and of biases, of each column."""

    activation: tuple[str, ...]
    weight_variance: tuple[float, ...]
    bias_variance: tuple[float, ...]


def signals(
    columns: Columns, width: int, depth: int, recorded: Sequence[int], num_networks: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What each network does to a signal, [network, layer, column] at the recorded layers, which count from 1.

    Returns:
        The logarithm of the mean square of a layer's sums; the correlation of two inputs; the logarithm of the
        gradient's mean square over that in the last layer (-inf where a derivative is 0 everywhere).
    """
    most = max(1, TOGETHER // (2 * len(columns.activation) * width))
    parts = -(-num_networks // most)
    size = -(-num_networks // parts)
    # Every part has the same number of networks, so that there is one program; surplus networks are dropped.
    keys = keys_of(seed, width, parts * size).reshape(parts, size)
    program = jax.jit(
        jax.vmap(lambda key: one_network(key, columns, width, depth)), compiler_options=dict(machine.compiler_options())
    )
    program = program.lower(keys[0]).compile()
    rows = np.array(recorded) - 1
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = list(pool.map(lambda some: [np.asarray(one)[:, rows] for one in program(some)], keys))
    log_q, correlation, log_gradient = (np.concatenate(one)[:num_networks] for one in zip(*found, strict=True))
    return log_q, correlation, log_gradient


def keys_of(seed: int, width: int, number: int) -> Key[Array, " k"]:
    """A key for each network; those of one width share no draws with those of another."""
    return jax.random.split(jax.random.fold_in(jax.random.key(seed), width), number)


def one_network(
    key: Key[Array, ""], columns: Columns, width: int, depth: int, along: bool = True
) -> tuple[Float[Array, "l c"], Float[Array, "l c"], Float[Array, "l c"]]:
    """Logarithm of the variance, correlation, and logarithm of the gradient's mean square, in every layer.

    The distribution is that of networks with weights, which are not drawn. In units of their standard deviations the
    weights and the bias of a neuron are a normal vector v, and its sum is v . x, where x [n + 1] comes from the layer
    below. So the sums of one input, or of two, are normal, and independent from neuron to neuron. What the neurons pass
    back, sum_i d_i v_i, is normal too, except its part along x, which follows from the sums: x (d . sums) / |x|^2. The
    joint distribution of gradients and correlations is not reproduced: gradients depend on the sums of one input only.

    Without `along` that part is drawn like the rest, so that gradients are independent of signals, as in theory.
    """
    w_scale = jnp.sqrt(jnp.array(columns.weight_variance) / width)[:, None]
    b_scale = jnp.sqrt(jnp.array(columns.bias_variance))[:, None]
    key_first, key_last, key_layers, key_back = jax.random.split(key, 4)
    own, other = jax.random.normal(key_first, (2, 1, width))
    mixed = FIRST_CORRELATION * own + jnp.sqrt(1 - FIRST_CORRELATION**2) * other
    first = jnp.broadcast_to(jnp.stack([own, mixed]), (2, len(columns.activation), width))

    def below(z: Array) -> Array:
        """The activations of the layer below, and 1, times the standard deviations of weights and biases."""
        return jnp.concatenate([w_scale * _each(columns, z), b_scale], axis=-1)

    def forward(z: Array, key: Key[Array, ""]) -> tuple[Array, tuple[Array, Array, Array]]:
        normal, other = jax.random.normal(key, (2, 1, width))
        direction, length = _direction(below(z[0]))
        x = below(z[1])
        share = jnp.sum(x * direction, axis=-1, keepdims=True)
        second = share * normal + _direction(x - share * direction)[1] * other
        return jnp.stack([length * normal, second]), (z[0], _log_square(z[0]), _correlation(z[0], z[1]))

    _, (z, log_q, correlation) = jax.lax.scan(forward, first, jax.random.split(key_layers, depth))

    def backward(state: tuple[Array, Array], given: tuple[Array, Array, Array]) -> tuple[tuple[Array, Array], Array]:
        gradient, log = state  # scaled to mean square 1, and the logarithm of its true mean square
        z, sums, key = given
        direction, length = _direction(below(z))
        back = _direction(gradient)[1] * jax.random.normal(key, (1, width + 1))
        if along:
            known = jnp.sum(gradient * (sums / jnp.where(length > 0, length, 1)), axis=-1, keepdims=True)
            back = back + (known - jnp.sum(back * direction, axis=-1, keepdims=True)) * direction
        gradient = _slopes(columns, z) * (w_scale * back[:, :-1])
        change = _log_square(gradient)
        gradient = jnp.where(jnp.isfinite(change)[:, None], gradient * jnp.exp(-change / 2)[:, None], 0.0)
        return (gradient, log + change), log + change

    last = jnp.broadcast_to(jax.random.normal(key_last, (1, width)), first.shape[1:])
    last = last * jnp.exp(-_log_square(last) / 2)[:, None]
    zero = jnp.zeros(len(columns.activation))
    given = (z[:-1], z[1:], jax.random.split(key_back, depth - 1))
    _, log_gradient = jax.lax.scan(backward, (last, zero), given, reverse=True)
    return log_q, correlation, jnp.concatenate([log_gradient, zero[None]])


def drift(slopes: Sequence[tuple[float, float]], width: int, depth: int, num_networks: int, seed: int) -> np.ndarray:
    """The logarithm of the variance in the last layer over that in the first [network, activation], of many networks.

    For activations of these slopes below and above 0, no biases, and the weights that keep the variance. Given the
    layer before, the sums of a layer are independent Gaussians of variance sigma_w^2 mean(f^2), of which one draw
    serves all activations. The distribution is that of `signals`.
    """
    rng = np.random.default_rng([seed, width])
    size = max(1, DRAWN // width)
    counts = [min(size, num_networks - start) for start in range(0, num_networks, size)]

    def some(given: tuple[np.random.Generator, int]) -> np.ndarray:
        rng, count = given
        total = np.zeros((count, len(slopes)))
        for layer in range(depth):
            z = rng.standard_normal((count, width), np.float32)
            above, below = (np.mean(np.maximum(one, 0) ** 2, axis=1, dtype=float) for one in (z, -z))
            own = np.log(above + below)  # the layer's mean square, over what was expected
            if layer == 0:
                total -= own[:, None]
            if layer == depth - 1:
                return total + own[:, None]
            for i, (a, b) in enumerate(slopes):
                total[:, i] += np.log(2 / (a**2 + b**2) * (a**2 * below + b**2 * above))
        return total

    with ThreadPoolExecutor(machine.num_workers()) as pool:
        return np.concatenate(list(pool.map(some, zip(rng.spawn(len(counts)), counts, strict=True))))


def drifts(widths: Sequence[int], depth: int, num_networks: int, seed: int) -> xr.Dataset:
    """By how much the logarithm of the variance changes from the first layer to the last [width, drifting], by mean and
    standard deviation over networks; `theory_drift` is the mean per unit of depth / width."""
    drawn = [drift(list(DRIFTING.values()), width, depth, num_networks, seed) for width in widths]
    theory = [mean_field.log_variance_drift(mean_field.expectations(name)) for name in DRIFTING]
    dims = ("width", "drifting")
    return xr.Dataset(
        {
            "drift": (dims, [one.mean(axis=0) for one in drawn]),
            "drift_sd": (dims, [one.std(axis=0, ddof=1) for one in drawn]), "theory_drift": ("drifting", theory),
        },
        {"width": list(widths), "drifting": list(DRIFTING)},
    )  # fmt: skip


def _direction(x: Float[Array, "*some n"]) -> tuple[Float[Array, "*some n"], Float[Array, "*some 1"]]:
    """The unit vector along x (or zeros) and the length of x, even where float32 cannot hold the squares."""
    most = jnp.max(jnp.abs(x), axis=-1, keepdims=True)
    x = x / jnp.where(most > 0, most, 1)
    length = jnp.linalg.norm(x, axis=-1, keepdims=True)
    return x / jnp.where(length > 0, length, 1), most * length


def _each(columns: Columns, z: Float[Array, "*some c n"]) -> Float[Array, "*some c n"]:
    """Each column's activation, applied to its values."""
    parts, start = [], 0
    for name, group in itertools.groupby(columns.activation):
        end = start + len(list(group))
        parts.append(activations.get(name)(z[..., start:end, :]))
        start = end
    return jnp.concatenate(parts, axis=-2)


def _slopes(columns: Columns, z: Float[Array, "c n"]) -> Float[Array, "c n"]:
    return jax.jvp(functools.partial(_each, columns), (z,), (jnp.ones_like(z),))[1]


def _log_square(z: Float[Array, "c n"]) -> Float[Array, " c"]:
    """The logarithm of the mean square, even where float32 cannot hold the squares; -inf if all are 0."""
    most = jnp.max(jnp.abs(z), axis=-1)
    scaled = z / jnp.where(most > 0, most, 1)[:, None]
    return 2 * jnp.log(most) + jnp.log(jnp.mean(scaled**2, axis=-1))


def _correlation(u: Float[Array, "c n"], v: Float[Array, "c n"]) -> Float[Array, " c"]:
    """The cosine of the angle, from the distance of the two directions, which keeps its digits near 1."""
    u, v = (one * jnp.exp(-_log_square(one) / 2)[:, None] for one in (u, v))
    return 1 - jnp.mean((u - v) ** 2, axis=-1) / 2
