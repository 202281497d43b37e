"""Spirals, and networks with softmax outputs: losses of logits, starts with large output weights, temperatures."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy
from jaxtyping import Array, Float, Key

from nnjax import losses, mlp, tasks
from nnjax.tasks import Data


def spirals(seed: int, num_classes: int, num_rows: int, num_test: int = 0) -> Data:
    """Points x [n, 2] of interleaved spirals of one turn, evenly over the unit disc, and one-hot classes y [n, k].

    Both coordinates have noise of standard deviation 0.05, which moves some points onto a neighbouring spiral.
    """
    rng, n = np.random.default_rng(seed), num_rows + num_test
    labels, radius = rng.permutation(np.arange(n) % num_classes), np.sqrt(rng.uniform(0.01, 1, n))
    angle = 2 * np.pi * (radius + labels / num_classes)
    x = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + 0.05 * rng.normal(size=(n, 2))
    y, _ = tasks.one_hot(labels, range(num_classes))
    test = (x[num_rows:], y[num_rows:]) if num_test else (None, None)
    return tasks.data(x[:num_rows], y[:num_rows], *test)


def squared_error(logits: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """The sum over the classes of (softmax(logits) - target)^2."""
    return jnp.sum((jax.nn.softmax(logits) - target) ** 2)


def cold(logits: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Cross-entropy of softmax(4 logits), at the temperature T = 1/4, times T^2.

    With this factor a learning rate moves the probabilities as far as at T = 1 (Hinton, Vinyals & Dean 2015, section
    2). So one grid of rates fits all temperatures.
    """
    return losses.softmax_cross_entropy(logits * 4, target) / 16


def hot(logits: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Cross-entropy of softmax(logits / 4), at the temperature T = 4, times T^2; see `cold`."""
    return losses.softmax_cross_entropy(logits / 4, target) * 16


LOSSES: dict[str, Callable] = {"cross-entropy": losses.softmax_cross_entropy, "squared error": squared_error}
AT_TEMPERATURE: dict[float, Callable] = {0.25: cold, 4.0: hot}


def at_temperature(temperature: float) -> str:
    """The name of cross-entropy at a temperature in training."""
    return "cross-entropy" if temperature == 1 else f"cross-entropy, T = {temperature:g}"


def init(key: Key[Array, ""], sizes: tuple[int, ...], *, bias_scale: Any = 1.0, **rest: Any) -> mlp.Params:
    """The parameters of `mlp.init` with zero biases, and the output weights multiplied by `bias_scale`.

    Biases begin at 0, so `bias_scale` is free for this use: a number can be swept without compiling a new program.
    """
    *hidden, last = mlp.init(key, sizes, **rest)
    return (*hidden, last._replace(w=last.w * bias_scale))


def accuracy_and_confidence(params, data, predict):
    """Over the training rows: the share that is right, and the mean probability of the predicted class."""
    logits = predict(params, data.x)
    right = jnp.argmax(logits, axis=1) == jnp.argmax(data.y, axis=1)
    return jnp.stack([jnp.mean(right), jnp.mean(jnp.max(jax.nn.softmax(logits), axis=1))])


def logits_of_test(params, data, predict):
    """The logits [m, k] of the test rows."""
    return predict(params, data.x_test)


def fitted_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature from 1/32 to 32 at which logits [n, k] give labels [n] the least mean cross-entropy."""

    def loss(log_temperature: float) -> float:
        scaled = logits * np.exp(-log_temperature)
        return float(np.mean(scipy.special.logsumexp(scaled, axis=1) - scaled[np.arange(len(labels)), labels]))

    ends = (-np.log(32), np.log(32))
    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=ends, method="bounded").x))
