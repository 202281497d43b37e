"""Measures of a network while it is trained, for `nnjax.sweep(..., measure={"sharpness": nnjax.measures.sharpness})`.

A measure of your own is a function like these, see `nnjax.typing.Measure`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from nnjax.tasks import Data

__all__ = ["distance", "sharpness", "train_accuracy"]

# Steps of Lanczos' method: its greatest eigenvalue then had a relative error below 1e-3 for networks of 10,000 weights.
LANCZOS = 30


def train_accuracy(params: Any, data: Data, *, accuracy: Callable[[Any, Any, Any], Array]) -> Float[Array, ""]:
    """The fraction of the training rows that are answered correctly, where `accuracy` is that of the test rows."""
    return accuracy(params, data.x, data.y)


def distance(params: Any, data: Data, *, start: Any) -> Float[Array, ""]:
    """The Euclidean distance of all weights and biases from their initial values."""
    return jnp.linalg.norm(ravel_pytree(params)[0] - ravel_pytree(start)[0])


def sharpness(params: Any, data: Data, *, loss: Callable[[Any], Array]) -> Float[Array, ""]:
    """The greatest eigenvalue of the Hessian of the training loss, by Lanczos' method with full reorthogonalization.

    Full-batch gradient descent with the rate r becomes unstable where it exceeds 2 / r (Cohen et al. 2021).
    """
    weights, unravel = ravel_pytree(params)
    slope = jax.grad(lambda weights: loss(unravel(weights)))
    steps = min(LANCZOS, weights.size)

    def step(carry: tuple[Array, Array], i: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        basis, q = carry
        basis = basis.at[i].set(q)
        v = jax.jvp(slope, (weights,), (q,))[1]
        alpha = q @ v
        for _ in range(2):  # once would leave rounding errors
            v = v - basis.T @ (basis @ v)
        beta = jnp.linalg.norm(v)
        return (basis, v / jnp.where(beta > 0, beta, 1)), (alpha, beta)

    first = jax.random.normal(jax.random.key(0), weights.shape, weights.dtype)
    empty = jnp.zeros((steps, weights.size), weights.dtype)
    _, (alpha, beta) = jax.lax.scan(step, (empty, first / jnp.linalg.norm(first)), jnp.arange(steps))
    return jnp.linalg.eigvalsh(jnp.diag(alpha) + jnp.diag(beta[:-1], 1) + jnp.diag(beta[:-1], -1))[-1]
