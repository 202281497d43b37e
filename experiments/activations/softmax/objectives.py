"""The losses of `softmax`, all of logits, and starts with large output weights."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from nnjax import losses, mlp
from nnjax.training import Model

type Logits = Float[Array, " k"]
type Loss = Float[Array, ""]


def cross_entropy(output: Logits, target: Logits) -> Loss:
    """Cross-entropy of softmax(logits) in nats."""
    return losses.softmax_cross_entropy(output, target)


def squared_error(output: Logits, target: Logits) -> Loss:
    """The sum over the classes of (softmax(logits) - target)^2."""
    return jnp.sum((jax.nn.softmax(output) - target) ** 2)


def cold(output: Logits, target: Logits) -> Loss:
    """Cross-entropy of softmax(4 logits), at the temperature T = 1/4, times T^2.

    With this factor a learning rate moves the probabilities as far as at T = 1 (Hinton, Vinyals & Dean 2015, section
    2), so that one grid of rates fits all temperatures; for gradient descent it only changes the unit of the rate.
    """
    return losses.softmax_cross_entropy(output * 4, target) / 16


def hot(output: Logits, target: Logits) -> Loss:
    """Cross-entropy of softmax(logits / 4), at the temperature T = 4, times T^2; see `cold`."""
    return losses.softmax_cross_entropy(output / 4, target) * 16


LOSSES = {"cross-entropy": cross_entropy, "squared error": squared_error}
AT_TEMPERATURE = {0.25: cold, 1.0: cross_entropy, 4.0: hot}


def start(key: Key[Array, ""], sizes: tuple[int, ...], *, bias_scale: Any = 1.0, **rest: Any) -> mlp.Params:
    """The parameters of `mlp.init` with zero biases, and the output weights multiplied by `bias_scale`.

    Biases begin at 0, so `bias_scale` is free for this use: a number can be swept without compiling a new program.
    """
    *hidden, last = mlp.init(key, sizes, **rest)
    return (*hidden, last._replace(w=last.w * bias_scale))


SCALED = Model(start, mlp.apply, mlp.predict)
