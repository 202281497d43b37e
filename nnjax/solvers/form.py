"""The type Solver, the type LeastSquares of the problem that least-squares solvers are given, and their damping."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

# The least damping, in units of eps: below it, a Cholesky factorization may fail.
LEAST_DAMPING = 32.0


class Solver(NamedTuple):
    """`init(params) -> state` and `step(params, state, objective) -> (params, state)`.

    `objective(params)` is the scalar loss. If `least_squares` is true, the objective is a LeastSquares instead, and
    settings that are not a least-squares problem are refused before anything compiles. If `linear_output` is true, the
    output layer must be linear, too; otherwise it may have any activation.
    """

    init: Callable[[Any], Any]
    step: Callable[[Any, Any, Any], tuple[Any, Any]]
    least_squares: bool = False
    linear_output: bool = True


class LeastSquares(NamedTuple):
    """The sum over rows i of share[i] * |y[i] - outputs(params, x[i])|^2.

    `features(hidden, row [d]) -> [m]` are the outputs of the last hidden layer for one row. Where the output is linear,
    `outputs(params, row) -> [k]` is features(params[:-1], row) @ w + b, where (w, b) is params[-1]. x [n, d], y [n, k];
    `share` [n] are the row weights, which sum to 1. A loss that averages over k outputs equals this up to a factor.
    """

    features: Callable[[Any, Any], Any]
    outputs: Callable[[Any, Any], Any]
    x: Any
    y: Any
    share: Any


def damped(state: Any, loss: Array, better: Array, unit: Any = 1.0) -> tuple[Array, Array]:
    """The damping of Levenberg-Marquardt after a trial, and the factor on it if the next trial fails (Nielsen 1999).

    It goes down to a third if the loss fell as predicted, and up ever faster if it did not fall. It stays between
    LEAST_DAMPING * eps and 1 / eps, from which on a step no longer changes anything. These limits are in units of
    `unit`, with which the first damping is multiplied, too.

    Args:
        state: has the `loss` before (infinite before the first trial), the fall that was `predicted`, `damping` and
            `growth`.
        loss: that of the trial.
        better: whether the trial is accepted.
        unit: the unit of the damping.
    """
    first, eps = jnp.isinf(state.loss), jnp.finfo(loss.dtype).eps
    gain = (state.loss - loss) / state.predicted
    factor = jnp.where(better, jnp.maximum(1 / 3, 1 - (2 * gain - 1) ** 3), state.growth)
    damping = jnp.clip(state.damping * jnp.where(first, unit, factor), LEAST_DAMPING * eps * unit, unit / eps)
    growth = jnp.where(better | first, 2.0, jnp.minimum(2 * state.growth, 1 / eps))
    return damping, growth
