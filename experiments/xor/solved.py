"""When a network has solved its Boolean task: defined once, for every claim about XOR and parity.

All rows must be on the right side of one half with a margin. Every output must be within 0.4 of its target, so 0.6 or
more for true and 0.4 or less for false. This is Fahlman's 40-20-40 criterion (1988). Three rows of four is not solved.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from nnjax.tasks import Data

TOLERANCE = 0.4


def worst_error(params, data: Data, predict) -> Float[Array, ""]:
    """Largest distance over the rows between an output and its target of 0 or 1."""
    return jnp.max(jnp.abs(predict(params, data.x) - data.y))


def worst_error_of_logits(params, data: Data, predict) -> Float[Array, ""]:
    """The same as `worst_error`, for a network whose outputs are logits."""
    return jnp.max(jnp.abs(jax.nn.sigmoid(predict(params, data.x)) - data.y))


def sum_squared_error(params, data: Data, predict) -> Float[Array, ""]:
    """Sum over the rows of (output - target)^2, the SSE that older papers report."""
    return jnp.sum((predict(params, data.x) - data.y) ** 2)
