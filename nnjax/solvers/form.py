"""The form that every solver has, and the problem that those get who solve least squares."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Solver(NamedTuple):
    """`init(params) -> state` and `step(params, state, objective) -> (params, state)`.

    `objective(params)` is the scalar loss; where `least_squares` is true it is a LeastSquares in its place, and the
    training loop refuses, before anything compiles, whatever is no least squares of a linear output layer.
    """

    init: Callable[[Any], Any]
    step: Callable[[Any, Any, Any], tuple[Any, Any]]
    least_squares: bool = False


class LeastSquares(NamedTuple):
    """The sum over rows i of share[i] * |y[i] - (features(params[:-1], x[i]) @ w + b)|^2, (w, b) being params[-1].

    `features(hidden, row [d]) -> [m]` are the outputs of the last hidden layer for one row; x [n, d], y [n, k];
    `share` [n] is what each row counts, of sum 1. A loss that averages over k outputs is this up to a factor.
    """

    features: Callable[[Any, Any], Any]
    x: Any
    y: Any
    share: Any
