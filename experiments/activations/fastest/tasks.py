"""The five tasks of `fastest`: data, network, how many steps at most, and the level at which time is taken."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

import nnjax
from experiments.activations.shared.solved import TOLERANCE, worst_error
from nnjax.tasks import Data

KINK = 1 / np.pi
SPIRALS = {"num_turns": 2, "num_rows": 256, "num_test": 1}
MNIST_ROWS = 1250  # four of five are for training
FIRST_DRAW = 100  # the number of the first draw of MNIST-1D; the published draw, number 42, is not used


def variance_left(params, data: Data, predict) -> Float[Array, ""]:
    """The share of the target's variance that the network does not explain."""
    return jnp.mean((predict(params, data.x) - data.y) ** 2) / jnp.var(data.y)


def wrong_side(params, data: Data, predict) -> Float[Array, ""]:
    """The share of the rows whose logit has the wrong sign."""
    return jnp.mean((predict(params, data.x) > 0) != (data.y > 0.5), dtype=data.x.dtype)


def wrong_class(params, data: Data, predict) -> Float[Array, ""]:
    """The share of the rows whose greatest output is not that of their class."""
    found, right = (jnp.argmax(outputs, axis=1) for outputs in (predict(params, data.x), data.y))
    return jnp.mean(found != right, dtype=data.x.dtype)


class Task(NamedTuple):
    """What is learned, by which network, and when it counts as learned."""

    data: Callable[[int], Data]  # one draw of the data, by its number
    settings: dict[str, Any]  # of `nnjax.sweep`; `num_steps` is where networks that have not arrived are censored
    left: Callable[..., Array]  # what is left to learn
    level: float  # a network has arrived when `left` is at or below it
    quantity: str  # `left` in words
    drawn: bool = False  # whether the draws differ

    def sample(self, seeds: Sequence[int]) -> dict[str, Any]:
        """`data` and `seeds` as `nnjax.sweep` takes them: if draws differ, each seed has its own."""
        if not self.drawn:
            return {"data": self.data(0), "seeds": seeds}
        return {"data": {str(one): self.data(one) for one in seeds}, "seeds": {str(one): [one] for one in seeds}}


def _training_rows(data: Data) -> Data:
    return nnjax.tasks.data(data.x, data.y)


def _kinked() -> Data:
    return nnjax.tasks.sampled(lambda x: np.abs(x - KINK), 64, interval=(-1.0, 1.0))


def _mnist1d(draw: int) -> Data:
    return _training_rows(nnjax.tasks.mnist1d(FIRST_DRAW + draw, num_rows=MNIST_ROWS))


CROSS_ENTROPY = "sigmoid_binary_cross_entropy"
LINE = {"hidden": (32,), "loss": "squared_error", "num_steps": 2000, "record_every": 5}

TASKS = {
    "XOR": Task(
        lambda _: nnjax.tasks.xor(),
        {"hidden": (8,), "loss": CROSS_ENTROPY, "num_steps": 500, "record_every": 1},
        worst_error,
        TOLERANCE,
        "greatest error of the four rows",
    ),
    "smooth": Task(
        lambda _: _training_rows(nnjax.tasks.target("exp_cos", 64)), LINE, variance_left, 0.01, "share of the variance"
    ),
    "kinked": Task(lambda _: _training_rows(_kinked()), LINE, variance_left, 0.01, "share of the variance"),
    "spirals": Task(
        lambda draw: _training_rows(nnjax.tasks.two_spirals(draw, **SPIRALS)),
        {"hidden": (32, 32), "loss": CROSS_ENTROPY, "num_steps": 800, "record_every": 5},
        wrong_side,
        0.0,
        "share of the points on the wrong side",
        drawn=True,
    ),
    "MNIST-1D": Task(
        _mnist1d,
        {"hidden": (64, 64), "loss": "softmax_cross_entropy", "batch_size": 50, "num_steps": 600, "record_every": 5},
        wrong_class,
        0.25,
        "training error",
        drawn=True,
    ),
}
