"""Random ReLU networks, and the layer from which each is dead."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Int

from experiments.activations.dead_units.config import Config
from nnjax.theory import dead_units as theory

POINTS = 16  # of the domain, on a circle
CHUNK = 10_000  # networks drawn at a time


def born(config: Config) -> xr.Dataset:
    """How many networks are dead by each layer, at one input and on the circle, and the probability of the former."""
    shape = (len(config.laws), len(config.widths), config.depth)
    point, domain = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    x = _circle()
    for i, law in enumerate(config.laws):
        for j, width in enumerate(config.widths):
            key = jax.random.fold_in(jax.random.key(i), width)
            for chunk in range(-(-config.networks // CHUNK)):
                num = min(CHUNK, config.networks - chunk * CHUNK)
                found = _dead(jax.random.fold_in(key, chunk), x, num, width, config.depth, law)
                point[i, j] += np.asarray(found[0])
                domain[i, j] += np.asarray(found[1])
    exact = [[theory.born_dead([n] * (k + 1)) for k in range(config.depth)] for n in config.widths]
    dims = ("law", "born_width", "born_layer")
    return xr.Dataset(
        {"born_point": (dims, point), "born_domain": (dims, domain), "born_exact": (dims[1:], exact)},
        coords={"law": list(config.laws), "born_width": list(config.widths), "born_layer": np.arange(config.depth) + 1},
    )


def _circle() -> Float[np.ndarray, "p 2"]:
    angle = 0.3 + 2 * np.pi * np.arange(POINTS) / POINTS
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


@partial(jax.jit, static_argnames=("num", "width", "depth", "law"))
def _dead(
    key: Any, x: Float[Array, "p 2"], num: int, width: int, depth: int, law: str
) -> tuple[Int[Array, " depth"], Int[Array, " depth"]]:
    """How many of `num` networks are dead by each layer: at the first row of x, and at all rows.

    A network is dead at an input from the first layer on in which all units are off, even if biases turn units on in
    later layers: no gradient passes that layer.
    """
    draw = jax.random.normal if law.startswith("normal") else partial(jax.random.uniform, minval=-1.0, maxval=1.0)

    def layer(state: tuple[Array, Array], key: Any) -> tuple[tuple[Array, Array], Array]:
        h, alive = state  # [p, fan_in, num], [p, num]
        drawn = draw(key, (h.shape[1] + 1, width, num))
        z = jnp.zeros((len(x), width, num)) + (drawn[:1] if law.endswith("biases") else 0.0)
        for k in range(h.shape[1]):  # a matrix product would not vectorize over the networks
            z = z + h[:, k, None] * drawn[k + 1][None]
        alive = alive & jnp.any(z > 0, axis=1)
        return (jnp.maximum(z, 0), alive), jnp.stack([jnp.sum(~alive[0]), jnp.sum(~jnp.any(alive, axis=0))])

    keys = jax.random.split(key, depth)
    start = jnp.broadcast_to(x[..., None], (*x.shape, num)), jnp.ones((len(x), num), bool)
    first, dead = layer(start, keys[0])
    _, later = jax.lax.scan(layer, first, keys[1:])
    counts = jnp.concatenate([dead[None], later])
    return counts[:, 0], counts[:, 1]
