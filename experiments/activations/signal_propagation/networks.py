"""Random networks: the logarithm of the variance, the correlation of two inputs and the gradient, layer by layer.

Activations and variances are columns: a network's weights are drawn once and serve them all, times their sigma_w.
"""

import functools
import itertools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from experiments.activations.signal_propagation.config import FIRST_CORRELATION
from nnjax import activations, machine

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
    # As many in each part, so that there is one program; those too many are left out.
    keys = jax.random.split(jax.random.key(seed), parts * size).reshape(parts, size)
    program = jax.jit(
        jax.vmap(lambda key: one_network(key, columns, width, depth)), compiler_options=dict(machine.compiler_options())
    )
    program = program.lower(keys[0]).compile()
    rows = np.array(recorded) - 1
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = list(pool.map(lambda some: [np.asarray(one)[:, rows] for one in program(some)], keys))
    log_q, correlation, log_gradient = (np.concatenate(one)[:num_networks] for one in zip(*found, strict=True))
    return log_q, correlation, log_gradient


def one_network(
    key: Key[Array, ""], columns: Columns, width: int, depth: int
) -> tuple[Float[Array, "l c"], Float[Array, "l c"], Float[Array, "l c"]]:
    """Logarithm of the variance, correlation, and logarithm of the gradient's mean square, in every layer."""
    w_scale = jnp.sqrt(jnp.array(columns.weight_variance) / width)[:, None]
    b_scale = jnp.sqrt(jnp.array(columns.bias_variance))[:, None]
    key_first, key_last, key_layers = jax.random.split(key, 3)
    own, other = jax.random.normal(key_first, (2, 1, width))
    mixed = FIRST_CORRELATION * own + jnp.sqrt(1 - FIRST_CORRELATION**2) * other
    first = jnp.broadcast_to(jnp.stack([own, mixed]), (2, len(columns.activation), width))

    def forward(z: Array, key: Key[Array, ""]) -> tuple[Array, tuple[Array, Array, Array, Array]]:
        w, b = layer(key, width)
        after = w_scale[None] * (_each(columns, z) @ w) + (b_scale * b[None])[None]
        return after, (z[0], w, _log_square(z[0]), _correlation(z[0], z[1]))

    _, (z, weights, log_q, correlation) = jax.lax.scan(forward, first, jax.random.split(key_layers, depth))

    def backward(state: tuple[Array, Array], below: tuple[Array, Array]) -> tuple[tuple[Array, Array], Array]:
        gradient, log = state  # of mean square 1, and the logarithm of what it was
        z, w = below
        gradient = _slopes(columns, z) * (w_scale * (gradient @ w.T))
        change = _log_square(gradient)
        gradient = jnp.where(jnp.isfinite(change)[:, None], gradient * jnp.exp(-change / 2)[:, None], 0.0)
        return (gradient, log + change), log + change

    last = jnp.broadcast_to(jax.random.normal(key_last, (1, width)), first.shape[1:])
    last = last * jnp.exp(-_log_square(last) / 2)[:, None]
    zero = jnp.zeros(len(columns.activation))
    _, log_gradient = jax.lax.scan(backward, (last, zero), (z[:-1], weights[:-1]), reverse=True)
    return log_q, correlation, jnp.concatenate([log_gradient, zero[None]])


def drift(slopes: Sequence[tuple[float, float]], width: int, depth: int, num_networks: int, seed: int) -> np.ndarray:
    """The logarithm of the variance in the last layer over that in the first [network, activation], without weights.

    For activations of these slopes below and above 0, no biases, and the weights that keep the variance. Given the
    layer before, the sums of a layer are independent Gaussians of variance sigma_w^2 mean(f^2), so they are drawn at
    once. The distribution is that of `signals`.
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
            own = np.log(above + below)  # of the variance itself, over what was expected of it
            if layer == 0:
                total -= own[:, None]
            if layer == depth - 1:
                return total + own[:, None]
            for i, (a, b) in enumerate(slopes):
                total[:, i] += np.log(2 / (a**2 + b**2) * (a**2 * below + b**2 * above))
        return total

    with ThreadPoolExecutor(machine.num_workers()) as pool:
        return np.concatenate(list(pool.map(some, zip(rng.spawn(len(counts)), counts, strict=True))))


def layer(key: Key[Array, ""], width: int) -> tuple[Array, Array]:
    """Weights [n, n] and biases [n] of variance 1."""
    w = jax.random.normal(key, (width + 1, width))
    return w[1:], w[0]


def _each(columns: Columns, z: Float[Array, "*some c n"]) -> Float[Array, "*some c n"]:
    """Each column's activation of its values."""
    parts, start = [], 0
    for name, group in itertools.groupby(columns.activation):
        end = start + len(list(group))
        parts.append(activations.get(name)(z[..., start:end, :]))
        start = end
    return jnp.concatenate(parts, axis=-2)


def _slopes(columns: Columns, z: Float[Array, "c n"]) -> Float[Array, "c n"]:
    return jax.jvp(functools.partial(_each, columns), (z,), (jnp.ones_like(z),))[1]


def _log_square(z: Float[Array, "c n"]) -> Float[Array, " c"]:
    """The logarithm of the mean square, of numbers whose squares float32 may not hold; -inf if all are 0."""
    most = jnp.max(jnp.abs(z), axis=-1)
    scaled = z / jnp.where(most > 0, most, 1)[:, None]
    return 2 * jnp.log(most) + jnp.log(jnp.mean(scaled**2, axis=-1))


def _correlation(u: Float[Array, "c n"], v: Float[Array, "c n"]) -> Float[Array, " c"]:
    """The cosine of the angle, by the distance of the two directions: exact where it is nearly 1."""
    u, v = (one * jnp.exp(-_log_square(one) / 2)[:, None] for one in (u, v))
    return 1 - jnp.mean((u - v) ** 2, axis=-1) / 2
