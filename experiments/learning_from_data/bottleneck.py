"""The 2-1-4 network: four rows pass through one sigmoid, which must take four graded values.

As in the source, networks descend half of the squared error, summed over outputs and averaged over rows, for 5,000
epochs. Weights and biases start as U(-.5, .5), the rate is .3, and the momentum is .9. The task is solved when, for 50
epochs in a row, the greatest output is right for all rows and the hidden values lie more than .1 apart. A network for
which this has not held for 300 epochs is shaken, at most every 200: N(0, 1) is added to all its weights, and its
momentum is set to 0.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

EPOCHS, RATE, MOMENTUM, START = 5000, 0.3, 0.9, 0.5
APART, STABLE, STUCK, COOL = 0.10, 50, 300, 200
X, Y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.eye(4)


class Progress(NamedTuple):
    """A network with its momentum, and for how long it has been stuck or right; `solved` is the epoch, 0 before it."""

    params: Any
    velocity: Any
    stuck: jax.Array
    stable: jax.Array
    shaken: jax.Array
    solved: jax.Array
    shakes: jax.Array
    values: jax.Array
    right: jax.Array


def hidden(params: Any) -> jax.Array:
    """The hidden value of each row [4]."""
    w, b, _, _ = params
    return jax.nn.sigmoid(jnp.asarray(X) @ w + b)


def loss(params: Any) -> jax.Array:
    """Half of the squared error, summed over outputs and averaged over rows."""
    return 0.5 * jnp.mean(jnp.sum((outputs(params) - Y) ** 2, axis=1))


def outputs(params: Any) -> jax.Array:
    """The outputs of each row [4, 4]."""
    _, _, v, c = params
    return jax.nn.sigmoid(hidden(params)[:, None] * v[None, :] + c[None, :])


def train(key: jax.Array, rate: float, start: float, shakes: bool) -> tuple[jax.Array, ...]:
    """The epoch at which a network was solved (0 if never), and three more results of its training.

    These are how often it was shaken, its four values at that epoch, sorted, and whether it would count as right after
    the last epoch.
    """
    draw, shake = jax.random.split(key)
    shapes = ((2,), (), (4,), (4,))
    keys = jax.random.split(draw, len(shapes))
    params = tuple(jax.random.uniform(k, s, minval=-start, maxval=start) for k, s in zip(keys, shapes, strict=True))
    zero = jnp.zeros((), jnp.int32)
    first = Progress(
        params, jax.tree.map(jnp.zeros_like, params), zero, zero, zero - COOL, zero, zero, jnp.zeros(4), zero > 0
    )

    def epoch(now: Progress, t: jax.Array) -> tuple[Progress, None]:
        grad = jax.grad(loss)(now.params)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v - rate * g, now.velocity, grad)
        params = jax.tree.map(jnp.add, now.params, velocity)
        values = jnp.sort(hidden(params))
        right = jnp.all(outputs(params).argmax(axis=1) == jnp.arange(4)) & (jnp.min(jnp.diff(values)) > APART)
        stuck, stable = jnp.where(right, 0, now.stuck + 1), jnp.where(right, now.stable + 1, 0)
        solved = jnp.where((now.solved == 0) & (stable == STABLE), t + 2 - STABLE, now.solved)
        kick = shakes & (solved == 0) & (stuck >= STUCK) & (t - now.shaken >= COOL)
        noise = [
            jax.random.normal(k, s)
            for k, s in zip(jax.random.split(jax.random.fold_in(shake, t), 4), shapes, strict=True)
        ]
        params = jax.tree.map(lambda p, e: jnp.where(kick, p + e, p), params, tuple(noise))
        velocity = jax.tree.map(lambda v: jnp.where(kick, 0.0, v), velocity)
        kept = jnp.where(now.solved > 0, now.values, values)  # those at the epoch when it is solved
        after = Progress(
            params, velocity, jnp.where(kick, 0, stuck), jnp.where(kick, 0, stable), jnp.where(kick, t, now.shaken),
            solved, now.shakes + kick, kept, right,
        )  # fmt: skip
        return after, None

    end, _ = jax.lax.scan(epoch, first, jnp.arange(EPOCHS))
    return end.solved, end.shakes, end.values, end.right


def records(row: Any, changes: dict[str, Any], runs: int) -> dict[str, np.ndarray]:
    """Epochs of every network (+inf where it is never solved), and its hidden values [run, 4] in rising order.

    With `at_the_end` a network counts as it is after the last epoch, whatever it was before.
    """
    wanted = {"rate": RATE, "start": START, "shakes": True} | row.settings | changes
    at_the_end = wanted.pop("at_the_end", False)
    keys = jax.vmap(lambda seed: jax.random.key(seed))(jnp.arange(runs))  # a replication replaces jax.random.key
    solved, shakes, values, right = (np.asarray(a) for a in jax.jit(jax.vmap(partial(train, **wanted)))(keys))
    return {
        "right": (right if at_the_end else solved > 0).astype(float),
        "counted": shakes.astype(float),
        "time": np.where(solved > 0, solved, np.inf),
        "values": values,
    }
