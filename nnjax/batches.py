"""Mini-batches: which rows each training step uses, in one of three orders."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, Key

from nnjax.tasks import Data

ORDERS = ("shuffled", "sequential", "random")


class Rows(NamedTuple):
    """The rows of one step: x [n, d], y [n, k], and weight [n] or None.

    The sum of their weighted losses is divided by `total`, or by the sum of the weights if `total` is None.
    """

    x: Array
    y: Array
    weight: Array | None = None
    total: Array | None = None


def batches_per_epoch(num_rows: int, size: int) -> int:
    """The number of steps of one pass over all rows; the last batch may be smaller."""
    return -(-num_rows // min(size, num_rows))


def reshuffled(permutation: Int[Array, " n"], order_key: Key[Array, ""], t: Array, size: int) -> Int[Array, " n"]:
    """The order of the rows at step t, which is drawn anew at the start of every epoch.

    Step t is the same for all networks of an ensemble, so `lax.cond` remains a real branch under vmap.
    """
    n = len(permutation)
    per_epoch = batches_per_epoch(n, size)

    def shuffle(_: Array) -> Array:
        return jax.random.permutation(jax.random.fold_in(order_key, t // per_epoch), n)

    return jax.lax.cond(t % per_epoch == 0, shuffle, lambda old: old, permutation)


def rows(
    data: Data, t: Array, size: int, order: str, order_key: Key[Array, ""], permutation: Int[Array, " n"] | None
) -> Rows:
    """The rows of step t: x [size, d], y [size, k], weight [size] or None.

    As in scikit-learn, the last batch of an epoch holds the remaining rows; it is padded with rows of weight 0.

    If the data have weights, a batch's weighted sum of losses is divided by the product n m. Here n is the number of
    the batch's rows of positive weight, and m is the mean positive weight in all data. If it were divided by the sum of
    the batch's own weights, the weight of the row in a batch of one would have no effect.

    Args:
        data: all rows.
        t: the step, counted from 0.
        size: rows per batch; all rows if there are fewer.
        order: "shuffled" (by `permutation`), "sequential", or "random" with replacement.
        order_key: random key of this network, used by "random".
        permutation: the row order of the current epoch for "shuffled", else None.
    """
    n = data.x.shape[0]
    size = min(size, n)
    present = None
    if order == "random":
        index = jax.random.randint(jax.random.fold_in(order_key, t), (size,), 0, n)
    else:
        position = (t % batches_per_epoch(n, size)) * size + jnp.arange(size)
        present = None if n % size == 0 else (position < n).astype(data.y.dtype)
        index = jnp.minimum(position, n - 1)
        index = index if permutation is None else permutation[index]
    if data.weight is None:
        return Rows(data.x[index], data.y[index], present)
    weight = data.weight[index] if present is None else data.weight[index] * present
    mean = jnp.sum(data.weight) / jnp.sum(data.weight > 0)
    return Rows(data.x[index], data.y[index], weight, mean * jnp.sum(weight > 0))


def grouped(rows: tuple[Array, Array, Array | None], size: int) -> tuple[Array, Array, Array | None]:
    """x [n, d], y [n, k] and weight [n] split into groups [groups, size, ...]; padding rows have weight 0."""
    x, y, weight = rows
    missing = -len(x) % size
    if missing and weight is None:
        weight = jnp.ones(len(x), x.dtype)

    def group(a: Array) -> Array:
        # Padded with the first rows, which are valid inputs of every loss.
        return jnp.concatenate([a, a[:missing]]).reshape(-1, size, *a.shape[1:])

    if weight is not None:
        none = jnp.zeros((missing, *weight.shape[1:]), weight.dtype)
        weight = jnp.concatenate([weight, none]).reshape(-1, size, *weight.shape[1:])
    return group(x), group(y), weight
