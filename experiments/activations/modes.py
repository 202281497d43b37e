"""A linear task whose modes are known, a start that is aligned with them, and when a mode is learned."""

import functools
import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float, Key

from nnjax import mlp
from nnjax.tasks import Data

MODES = 3  # inputs, outputs and singular values


@functools.cache
def singular_vectors() -> tuple[Float[np.ndarray, "d d"], Float[np.ndarray, "d d"]]:
    """The target's singular vectors on the side of the inputs and on that of the outputs, as columns."""
    rng = np.random.default_rng(0)
    return tuple(np.linalg.qr(rng.normal(size=(MODES, MODES)))[0] for _ in range(2))  # pyright: ignore[reportReturnType]


def whitened(singular_values: tuple[float, ...]) -> Data:
    """Inputs x [8, d] of mean 0 and covariance exactly 1, and targets y = x V S U^T [8, d]."""
    v, u = singular_vectors()
    x = scipy.linalg.hadamard(8)[:, 1 : MODES + 1].astype(float)
    return Data(x, x @ v @ np.diag(singular_values) @ u.T)


def balanced(
    key: Key[Array, ""], sizes: tuple[int, ...], *, dtype: Any, init_scale: Any = 1.0, **rest: Any
) -> mlp.Params:
    """A balanced start that is aligned with the target, the same for every key: the product of all layers is a^L V U^T.

    The layers are a Q_(l-1) Q_l^T with a = init_scale and orthonormal columns Q_l [n_l, d]: the singular vectors at the
    two ends, arbitrary in between. Biases are 0, and stay there, as inputs and targets have mean 0.
    """
    v, u = singular_vectors()
    rng = np.random.default_rng(1)
    sides = [v, *(np.linalg.qr(rng.normal(size=(n, MODES)))[0] for n in sizes[1:-1]), u]
    weights = [jnp.asarray(a @ b.T, dtype) * jnp.asarray(init_scale, dtype) for a, b in itertools.pairwise(sides)]
    return tuple(mlp.Layer(w, jnp.zeros(w.shape[1], dtype)) for w in weights)


def strengths(params, data):
    """The strength of every mode [d] in the product W of the weights: the diagonal of V^T W U."""
    v, u = singular_vectors()
    product = functools.reduce(lambda a, b: a @ b, [layer.w for layer in params])
    return jnp.diag(jnp.asarray(v, product.dtype).T @ product @ jnp.asarray(u, product.dtype))


def crossing(
    times: Float[np.ndarray, " n"], curves: Float[np.ndarray, "... n"], levels: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """The first time at which each curve is at its level or above, on a line between records; inf if it never is."""
    curves, levels = np.broadcast_arrays(curves, levels[..., None])
    levels = levels[..., 0]
    above = curves >= levels[..., None]
    after = above.argmax(axis=-1)
    before = np.maximum(after - 1, 0)
    low, high = (np.take_along_axis(curves, i[..., None], axis=-1)[..., 0] for i in (before, after))
    share = np.where(after > 0, (levels - low) / np.where(high > low, high - low, 1), 0.0)
    return np.where(above.any(axis=-1), times[before] + share * (times[after] - times[before]), np.inf)
