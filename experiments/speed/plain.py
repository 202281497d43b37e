"""The problems that are trained, and methods that train them with JAX and optax alone, as a user would write them.

These methods use matrices, `x @ w + b`, `jax.lax.scan` over steps and default compiler options; `engine`, at the end,
is this library. Every method is a function `(problem, networks, steps) -> call`, and `call()` trains and returns the
final losses [networks].
"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import xarray as xr

import nnjax

type Call = Callable[[], np.ndarray]
type Method = Callable[[Problem, int, int], Call]

ACTIVATIONS: dict[str, Callable] = {"tanh": jnp.tanh, "relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}


class Problem(NamedTuple):
    """What every method trains: full batch, Adam, float32. `loss` is a name in `nnjax.losses`."""

    sizes: tuple[int, ...]  # inputs, hidden neurons of each layer, outputs
    x: np.ndarray  # [rows, inputs]
    y: np.ndarray  # [rows, outputs]
    loss: str
    activation: str = "tanh"
    learning_rate: float = 0.01

    @property
    def name(self) -> str:
        """The shape as text, such as 2-8-1."""
        return "-".join(map(str, self.sizes))


def xor(*hidden: int) -> Problem:
    """XOR on its four rows, with logits and cross-entropy."""
    data = nnjax.tasks.xor()
    x, y = (np.asarray(a, np.float32) for a in (data.x, data.y))
    return Problem((2, *hidden, 1), x, y, "sigmoid_binary_cross_entropy")


def curve(*hidden: int, rows: int, activation: str = "tanh") -> Problem:
    """One period of a sine on equally spaced points, with the squared error."""
    x = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    return Problem((1, *hidden, 1), x, np.sin(np.pi * x), "squared_error", activation)


def init(key: jax.Array, sizes: tuple[int, ...]) -> list[tuple[jax.Array, jax.Array]]:
    """Weights of variance 1 / fan in, biases zero."""
    layers = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        key, key_w = jax.random.split(key)
        layers.append((jax.random.normal(key_w, (fan_in, fan_out)) / fan_in**0.5, jnp.zeros((1, fan_out))))
    return layers


def mean_loss(params: Any, x: jax.Array, y: jax.Array, problem: Problem) -> jax.Array:
    """The loss of one network over all rows."""
    activation = ACTIVATIONS[problem.activation]
    for w, b in params[:-1]:
        x = activation(x @ w + b)
    w, b = params[-1]
    return getattr(optax, problem.loss)(x @ w + b, y).mean()


def update(carry: tuple, rate: Any, x: jax.Array, y: jax.Array, problem: Problem) -> tuple:
    """One step of Adam on (params, state)."""
    params, state = carry
    grads = jax.grad(mean_loss)(params, x, y, problem)
    updates, state = optax.adam(rate).update(grads, state)
    return optax.apply_updates(params, updates), state


def start(key: jax.Array, rate: Any, problem: Problem) -> tuple:
    """The first (params, state)."""
    params = init(key, problem.sizes)
    return params, optax.adam(rate).init(params)


def train(key: jax.Array, rate: Any, x: jax.Array, y: jax.Array, problem: Problem, steps: int) -> jax.Array:
    """One network from its key to its final loss, a scan over the steps."""

    def body(carry: tuple, _: None) -> tuple[tuple, None]:
        return update(carry, rate, x, y, problem), None

    (params, _), _ = jax.lax.scan(body, start(key, rate, problem), length=steps)
    return mean_loss(params, x, y, problem)


def loop(problem: Problem, networks: int, steps: int) -> Call:
    """A Python loop over jitted steps, network by network."""
    rate, x, y = problem.learning_rate, jnp.asarray(problem.x), jnp.asarray(problem.y)
    begin = jax.jit(lambda key: start(key, rate, problem))
    step = jax.jit(lambda carry, x, y: update(carry, rate, x, y, problem))
    end = jax.jit(lambda params, x, y: mean_loss(params, x, y, problem))

    def call() -> np.ndarray:
        losses = []
        for key in jax.random.split(jax.random.key(0), networks):
            carry = begin(key)
            for _ in range(steps):
                carry = step(carry, x, y)
            losses.append(end(carry[0], x, y))
        return np.asarray(losses)

    return call


def scan(problem: Problem, networks: int, steps: int) -> Call:
    """One jitted scan per network, one network after the other."""
    rate, x, y = problem.learning_rate, jnp.asarray(problem.x), jnp.asarray(problem.y)
    one = jax.jit(lambda key, x, y: train(key, rate, x, y, problem, steps))
    # Each is waited for before the next begins.
    return lambda: np.asarray([np.asarray(one(key, x, y)) for key in jax.random.split(jax.random.key(0), networks)])


def vmap(problem: Problem, networks: int, steps: int) -> Call:
    """jit(vmap(scan)) over all networks, called once."""
    rate, x, y = problem.learning_rate, jnp.asarray(problem.x), jnp.asarray(problem.y)
    every = jax.jit(jax.vmap(lambda key, x, y: train(key, rate, x, y, problem, steps), in_axes=(0, None, None)))
    return lambda: np.asarray(every(jax.random.split(jax.random.key(0), networks), x, y))


def vmap_rates(problem: Problem, networks: int, steps: int, rates: np.ndarray) -> Call:
    """`vmap` over learning rates [r] as well, whose networks share their seeds: losses [r, networks]."""
    x, y = jnp.asarray(problem.x), jnp.asarray(problem.y)
    over_keys = jax.vmap(lambda key, rate, x, y: train(key, rate, x, y, problem, steps), in_axes=(0, None, None, None))
    every = jax.jit(jax.vmap(over_keys, in_axes=(None, 0, None, None)))
    keys = jax.random.split(jax.random.key(0), networks)
    return lambda: np.asarray(every(keys, jnp.asarray(rates, jnp.float32), x, y))


def engine_runs(problem: Problem, networks: int, steps: int, **settings: Any) -> xr.Dataset:
    """What this library's `nnjax.sweep` returns, with its defaults."""
    data = nnjax.tasks.data(problem.x, problem.y)
    common: dict[str, Any] = {"hidden": problem.sizes[1:-1], "activation": problem.activation, "loss": problem.loss}
    common |= {"learning_rate": problem.learning_rate, "seeds": networks, "num_steps": steps, "progress": False}
    return nnjax.sweep(data, **common, **settings)


def engine(problem: Problem, networks: int, steps: int) -> Call:
    """This library's `nnjax.sweep`, from settings to labelled results."""
    return lambda: engine_runs(problem, networks, steps).train_loss.values


def flops(sizes: tuple[int, ...], rows: int) -> int:
    """Floating-point operations in the matrix products of one full-batch step of one network.

    A product of [rows, i] and [i, o] takes 2 * rows * i * o; a layer has three of them, for its output and for the
    gradients of its weights and of its input. The first layer's input needs no gradient.
    """
    products = [2 * rows * fan_in * fan_out for fan_in, fan_out in itertools.pairwise(sizes)]
    return 3 * sum(products) - products[0]
