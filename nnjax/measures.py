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

# Steps of Lanczos' method, and the rounding errors of a step in units of eps.
LANCZOS, ROUNDING = 30, 100


def train_accuracy(params: Any, data: Data, *, accuracy: Callable[[Any, Any, Any], Array]) -> Float[Array, ""]:
    """The fraction of the training rows that are answered correctly; a sweep itself takes it of the test rows."""
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

    def step(
        carry: tuple[Array, Array, Array], i: Array
    ) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
        basis, q, scale = carry
        basis = basis.at[i].set(q)
        v = jax.jvp(slope, (weights,), (q,))[1]
        scale = jnp.maximum(scale, jnp.linalg.norm(v))
        alpha = q @ v
        for _ in range(2):  # once would leave rounding errors
            v = v - basis.T @ (basis @ v)
        beta = jnp.linalg.norm(v)
        # Where only rounding errors are left, all directions in which the loss curves have been found.
        more = beta > ROUNDING * jnp.finfo(beta.dtype).eps * scale
        return (basis, jnp.where(more, v / jnp.where(more, beta, 1), 0), scale), (
            alpha,
            jnp.where(more, beta, 0),
            q @ q,
        )

    first = jax.random.normal(jax.random.key(0), weights.shape, weights.dtype)
    empty = jnp.zeros((steps, weights.size), weights.dtype)
    start = (empty, first / jnp.linalg.norm(first), jnp.zeros((), weights.dtype))
    _, (alpha, beta, found) = jax.lax.scan(step, start, jnp.arange(steps))
    alpha = jnp.where(found > 0.5, alpha, alpha[0])  # the first is no greater than the greatest eigenvalue
    return jnp.linalg.eigvalsh(jnp.diag(alpha) + jnp.diag(beta[:-1], 1) + jnp.diag(beta[:-1], -1))[-1]
