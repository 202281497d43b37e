"""The type Solver, and the type LeastSquares of the problem that least-squares solvers are given."""

from collections.abc import Callable
from typing import Any, NamedTuple


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
