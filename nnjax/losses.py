"""Losses per example, named as in optax, and the rule by which outputs count as correct.

A loss is a function `(output [k], target [k]) -> scalar`; the trainer takes its weighted mean over the rows. Losses
that optax defines elementwise are averaged over the k outputs here.
"""

import math
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float

from nnjax import naming
from nnjax.typing import Loss

type Decision = Literal["argmax"] | float | None


def squared_error(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Mean over the outputs of (output - target)^2."""
    return jnp.mean(optax.squared_error(output, target))


def l2_loss(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Half the mean over the outputs of (output - target)^2."""
    return jnp.mean(optax.l2_loss(output, target))


def huber_loss(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Mean over the outputs of the Huber loss: quadratic up to an error of 1, linear beyond (Huber 1964)."""
    return jnp.mean(optax.huber_loss(output, target))


def log_cosh(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Mean over the outputs of log cosh(output - target), accurate also for small errors, where optax's cancels."""
    error = output - target
    is_small = jnp.abs(error) < 1
    small = 0.5 * jnp.log1p(jnp.sinh(jnp.where(is_small, error, 0)) ** 2)
    size = jnp.abs(jnp.where(is_small, 1, error))
    return jnp.mean(jnp.where(is_small, small, size + jnp.log1p(jnp.exp(-2 * size)) - math.log(2)))


def sigmoid_binary_cross_entropy(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Mean over the outputs of the binary cross-entropy in nats; outputs are logits, targets lie in [0, 1]."""
    return jnp.mean(_logistic_loss(output, target))


@jax.custom_jvp
def _logistic_loss(z: Array, y: Array) -> Array:
    """-y log s(z) - (1 - y) log s(-z) elementwise, where s is the sigmoid."""
    return jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z)))


@_logistic_loss.defjvp
def _logistic_loss_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    """The derivative (1 - y) s(z) - y s(-z) from a single exponential, accurate where s(z) - y would cancel.

    Automatic differentiation of the formula costs several times as much, and for a tiny network the loss takes most of
    the time of a step.
    """
    (z, y), (dz, dy) = primals, tangents
    small = jnp.exp(-jnp.where(z > 0, z, -z))  # the same branch at 0 as below: this is differentiated again
    large = 1 / (1 + small)
    small = small * large
    yes, no = jnp.where(z > 0, large, small), jnp.where(z > 0, small, large)
    return _logistic_loss(z, y), ((1 - y) * yes - y * no) * dz - z * dy


def softmax_cross_entropy(output: Float[Array, " k"], target: Float[Array, " k"]) -> Float[Array, ""]:
    """Cross-entropy over k classes in nats; the outputs are logits, the target a distribution (one-hot)."""
    return optax.softmax_cross_entropy(output, target)


LOSSES: dict[str, Loss] = {
    f.__name__: f
    for f in (
        squared_error,
        l2_loss,
        huber_loss,
        log_cosh,
        sigmoid_binary_cross_entropy,
        softmax_cross_entropy,
    )
}
# These losses take logits and apply the output nonlinearity themselves, without overflow.
TAKE_LOGITS = (sigmoid_binary_cross_entropy, softmax_cross_entropy)


def get(name: str | Loss, argument: str = "loss") -> Loss:
    """Return the loss with a given name; a function is returned as it is.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest known one.
    """
    return naming.lookup(name, LOSSES, argument)


def decision(loss: Loss, y: np.ndarray) -> Decision:
    """The rule that turns outputs into answers, from which the accuracy is computed.

    It is "argmax" for softmax cross-entropy, and for any loss if the targets are one-hot. These have two or more
    columns of 0 and 1, with exactly one 1 in every row. Otherwise it is a threshold on every output. For sigmoid
    cross-entropy this is 0 on the logits. For any other loss it is the midpoint of the two target values, if the
    targets take exactly two values. In all other cases it is None: there is no accuracy.
    """
    if loss is softmax_cross_entropy or is_one_hot(y):
        return "argmax"
    if loss is sigmoid_binary_cross_entropy:
        return 0.0
    values = np.unique(y)
    return float(values.mean()) if len(values) == 2 else None


def is_one_hot(y: np.ndarray) -> bool:
    """Whether targets [n, k] name one of k classes each: columns of 0 and 1, with exactly one 1 in every row."""
    return bool(y.shape[1] > 1 and ((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def rule(loss: Loss, decision: Decision) -> str:
    """Describe a decision in words."""
    if decision == "argmax":
        return "the greatest output has the same index as the greatest target"
    middle = 0.5 if loss is sigmoid_binary_cross_entropy else decision
    return f"every output is above {decision:g} where its target is above {middle:g}, and nowhere else"


def correct(
    output: Float[Array, " k"], target: Float[Array, " k"], loss: Loss, decision: Literal["argmax"] | float
) -> Bool[Array, ""]:
    """Whether one example is answered correctly, which requires all of its outputs to be right."""
    if decision == "argmax":
        return jnp.argmax(output) == jnp.argmax(target)
    # The targets of sigmoid cross-entropy are probabilities, though its outputs are logits.
    middle = 0.5 if loss is sigmoid_binary_cross_entropy else decision
    return jnp.all((output > decision) == (target > middle))
