"""The errors that a single neuron descends, a test of whether it separates its rows, and a neuron without a bias."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp

from nnjax import mlp

SOFT, HARD, SIGNS = (0.1, 0.9), (0.0, 1.0), (-1.0, 1.0)


def beyond_is_free(output, target):
    """The mean squared error, with no error where the output lies beyond its target (Sontag & Sussmann 1991)."""
    lacking = jnp.where(target > 0.5, jnp.maximum(target - output, 0), jnp.maximum(output - target, 0))
    return jnp.mean(lacking**2)


class Rule(NamedTuple):
    """What gradient descent minimizes: output, loss and targets; `middle` is the output between the classes."""

    output: str
    loss: str | Callable[..., Any]
    targets: tuple[float, float]
    middle: float


WIDROW_HOFF, SOFT_SQUARES, SOFT_ENTROPY, HARD_ENTROPY, PERCEPTRON = (
    "Widrow & Hoff, -1 and 1", "squared error, 0.1 and 0.9", "cross-entropy, 0.1 and 0.9", "cross-entropy, 0 and 1",
    "perceptron",
)  # fmt: skip
DESCENDED = {  # the numbers of a name are the targets
    WIDROW_HOFF: Rule("identity", "l2_loss", SIGNS, 0.0),
    SOFT_SQUARES: Rule("sigmoid", "squared_error", SOFT, 0.5),
    SOFT_ENTROPY: Rule("identity", "sigmoid_binary_cross_entropy", SOFT, 0.0),
    "squared error, 0 and 1": Rule("sigmoid", "squared_error", HARD, 0.5),
    HARD_ENTROPY: Rule("identity", "sigmoid_binary_cross_entropy", HARD, 0.0),
    "free beyond 0.1 and 0.9": Rule("sigmoid", beyond_is_free, SOFT, 0.5),
}


def init_without_bias(key, sizes, **laws):
    """Weights [d, 1] of a neuron through the origin."""
    ((w, _),) = mlp.init(key, sizes, **laws)
    return w


def apply_without_bias(params, x, *, activation, output_activation):
    """The neuron's output [1] for one row x [d]; it has no hidden layer to activate."""
    return output_activation(x @ params)


def separates_at_half(params, data, predict):
    """Whether every row lies on its side of one half."""
    return _all_right(predict(params, data.x) > 0.5, data)


def separates_at_zero(params, data, predict):
    """Whether every row lies on its side of zero."""
    return _all_right(predict(params, data.x) > 0, data)


def _all_right(fires, data):
    right = (fires == (data.y > 0.5))[:, 0]
    # A row of weight 0 does not count.
    return jnp.all(right if data.weight is None else right | (data.weight == 0)).astype(data.x.dtype)
