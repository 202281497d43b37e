"""Levenberg-Marquardt on all weights of a network, full batch, for squared errors and any output activation.

The loss is the sum of squares of the residual z(t) = sqrt(share) * (y - network(t)) over rows and outputs. With its
derivative -J with respect to the weights t, a step solves (Levenberg 1944; Marquardt 1963)

    (J'J + L) d = J'z.

For a small damping L that is Gauss-Newton, for a large one gradient descent. A step that gains over half of what was
predicted lowers L (Nielsen 1999). So near a minimum with a residual of 0 the steps converge ever faster, and
quadratically once L is negligible. The weights are not scaled by the columns of J: with More's scaling (1978), networks
of two hidden layers that started at small weights stayed near them.

A step costs the same whatever the numbers are: a trial, the derivative for each row, and one Cholesky factorization of
the smaller of J'J and JJ'. NaN leads to NaN, and a trial whose loss is not lower, which includes NaN, is rejected.
For a linear output, `variable_projection` reaches lower losses.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Float

from nnjax.solvers.form import LeastSquares, Solver, damped


class State(NamedTuple):
    """The solver state of one network with p weights, between two steps.

    `trial` [p]: the weights to try next, and `predicted`: by how much they should lower the loss. `loss`: that of the
    best weights so far, which are in the parameters. `damping`, and `growth`: the factor on it if the trial fails.
    """

    trial: Array
    predicted: Array
    loss: Array
    damping: Array
    growth: Array


def levenberg_marquardt(learning_rate: Any) -> Solver:
    """Levenberg-Marquardt on all weights, full batch, for squared errors and any output activation.

    The first step evaluates the loss at the start. Every later one tries one change of all weights, and accepts it if
    the loss falls.

    Args:
        learning_rate: reciprocal of the initial damping, in units of the greatest squared column norm of J at the
            start. The damping is adapted to the gain of each trial, so one that is wrong by a factor of 10 costs about
            two steps. 1,000 is Nielsen's choice far from a minimum.

    References:
        Levenberg 1944, Quart. Appl. Math. 2; Marquardt 1963, SIAM J. Appl. Math. 11; Nielsen 1999,
        IMM-REP-1999-05, eq. 2.21.
    """
    return of_residuals(learning_rate, lambda error: error)


def of_residuals(learning_rate: Any, residual: Callable[[Array], Array]) -> Solver:
    """Levenberg-Marquardt for the sum of share * residual(y - output)^2, with `residual` an elementwise function."""
    return Solver(partial(_init, learning_rate), partial(_step, residual), least_squares=True, linear_output=False)


def _init(learning_rate: Any, params: Any) -> State:
    """The initial state: the first trial is at the network's initial weights, and any loss is lower than infinity."""
    trial, _ = ravel_pytree(params)
    number = partial(jnp.asarray, dtype=trial.dtype)
    return State(trial, number(1.0), number(jnp.inf), 1 / number(learning_rate), number(2.0))


def _step(residual: Callable, params: Any, state: State, problem: LeastSquares) -> tuple[Any, State]:
    """Evaluate the trial, accept or reject it, and choose the next."""
    weights, unravel = ravel_pytree(params)

    def residuals(weights: Array, row: Array, target: Array, share: Array) -> Array:
        return jnp.sqrt(share) * residual(target - problem.outputs(unravel(weights), row))

    rows = problem.x, problem.y, problem.share
    with jax.default_matmul_precision("highest"):
        loss = jnp.sum(jax.vmap(partial(residuals, state.trial))(*rows) ** 2)
        better = loss < state.loss  # false for NaN
        weights = jnp.where(better, state.trial, weights)
        # Reverse mode for each row: one pass through the network per output gives all p derivatives.
        z = jax.vmap(partial(residuals, weights))(*rows).reshape(-1)
        jacobian = -jax.vmap(jax.jacrev(residuals), in_axes=(None, 0, 0, 0))(weights, *rows).reshape(z.size, -1)
        unit = jnp.max(jnp.sum(jacobian**2, axis=0))  # the greatest squared column norm of J
        damping, growth = damped(state, loss, better, jnp.where(unit > 0, unit, 1.0))
        move, predicted = _move(jacobian, z, damping)
    return unravel(weights), State(weights + move, predicted, jnp.where(better, loss, state.loss), damping, growth)


def _move(
    jacobian: Float[Array, "m p"], residual: Float[Array, " m"], damping: Array
) -> tuple[Float[Array, " p"], Array]:
    """The change of the weights, and by how much it should lower the loss."""
    m, p = jacobian.shape
    slope = jacobian.T @ residual
    if p <= m:
        move = _solve(jacobian.T @ jacobian, damping, slope)
    else:  # the same, as (J'J + L)^-1 J' = J' (JJ' + L)^-1
        move = jacobian.T @ _solve(jacobian @ jacobian.T, damping, residual)
    return move, jnp.sum(move * (damping * move + slope))


def _solve(matrix: Array, damping: Array, right: Array) -> Array:
    factor = jnp.linalg.cholesky(matrix + damping * jnp.eye(len(matrix), dtype=matrix.dtype))
    return cho_solve((factor, True), right)
