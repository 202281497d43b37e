"""Networks for tests, drawn by NumPy: `mlp.init` compiles programs for every shape."""

import itertools

import jax.numpy as jnp
import numpy as np

from nnjax.mlp import Layer


def drawn(sizes, dtype="float64", seed=3):
    """Weights of variance 1 / fan in and biases of variance 1, all normal."""
    rng = np.random.default_rng(seed)
    return tuple(
        Layer(jnp.asarray(rng.normal(size=(m, n)) / np.sqrt(m), dtype), jnp.asarray(rng.normal(size=n), dtype))
        for m, n in itertools.pairwise(sizes)
    )
