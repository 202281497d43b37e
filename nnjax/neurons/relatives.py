"""Variants of the perceptron for rows that no unit separates (pocket, averaged), and the Widrow-Hoff rule."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key

from nnjax.activations import step
from nnjax.checks import check_key
from nnjax.neurons.perceptron import check, perceptron_step, start
from nnjax.neurons.unit import Params, affine, neuron


class Pocket(NamedTuple):
    """The best unit found: w [d], b, and the number `errors` of rows that it gets wrong."""

    w: Float[Array, " d"]
    b: Float[Array, ""]
    errors: Int[Array, ""]


class Averaged(NamedTuple):
    """Weights w [d] and bias b summed over all visits, and the number `errors` of rows that they get wrong.

    The sum gives the same answers as the mean. For integer rows it is exact (in float32 below 2^24), while rounding
    could turn a mean of 0 into a positive number.
    """

    w: Float[Array, " d"]
    b: Float[Array, ""]
    errors: Int[Array, ""]


class _Carried(NamedTuple):
    """The pocket algorithm between two visits: the perceptron, its run of right answers, and the pocket's content."""

    params: Params
    run: Array
    pocket: Params
    pocket_run: Array
    pocket_errors: Array


def pocket_fit(
    key: Key[Array, ""], x: Float[Array, "n d"], y: Float[Array, " n"], num_visits: int | Array, ratchet: bool = True
) -> Pocket:
    """The pocket algorithm: train a perceptron on rows drawn at random and keep the best weights found, the pocket.

    Weights go into the pocket when their run of right answers is longer than that of the weights there. With `ratchet`,
    they must also be right on more rows. In the limit the pocket holds the best unit (Muselli 1997).

    Args:
        key: random key of the order of the rows.
        x: inputs, one example per row.
        y: targets, 0 or 1.
        num_visits: number of examples visited, 1 or more; may be traced.
        ratchet: whether weights that are not right on more rows are kept out of the pocket.

    Source: Gallant 1990, IEEE Transactions on Neural Networks 1(2), 179-191.

    Raises:
        ValueError: for a key that is not a random key, for `num_visits` below 1, and where x and y have different
            lengths.
    """
    check_key(key)
    check(x, y, **({} if isinstance(num_visits, jax.Array) else {"num_visits": num_visits}))

    def visit(i: Array, c: _Carried) -> _Carried:
        row = jax.random.randint(jax.random.fold_in(key, i), (), 0, len(x))
        params, wrong = perceptron_step(c.params, x[row], y[row])
        run = jnp.where(wrong, 0, c.run + 1)
        better = run > c.pocket_run
        # Needed only where `better` is true, but under vmap both branches would be computed anyway.
        errors = _errors(params, x, y)
        if ratchet:
            better &= errors < c.pocket_errors
        swap = [(params, c.pocket), (run, c.pocket_run), (errors, c.pocket_errors)]
        return _Carried(params, run, *(jax.tree.map(lambda a, b: jnp.where(better, a, b), *pair) for pair in swap))

    first, zero = start(x), jnp.zeros((), jnp.int32)
    end = jax.lax.fori_loop(0, num_visits, visit, _Carried(first, zero, first, zero, _errors(first, x, y)))
    (w, b), errors = end.pocket, end.pocket_errors
    return Pocket(w, b, errors)


def averaged_fit(x: Float[Array, "n d"], y: Float[Array, " n"], num_visits: int | Array) -> Averaged:
    """The averaged perceptron: Rosenblatt's rule over the rows in order, with the weights averaged over all visits.

    Args:
        x: inputs, one example per row.
        y: targets, 0 or 1.
        num_visits: number of examples visited, 1 or more; may be traced.

    Source: Freund & Schapire 1999, Machine Learning 37(3), 277-296.

    Raises:
        ValueError: for `num_visits` below 1, and where x and y have different lengths.
    """
    check(x, y, **({} if isinstance(num_visits, jax.Array) else {"num_visits": num_visits}))

    def visit(i: Array, carried: tuple[Params, Params]) -> tuple[Params, Params]:
        params, total = carried
        params, _ = perceptron_step(params, x[i % len(x)], y[i % len(x)])
        return params, jax.tree.map(jnp.add, total, params)

    first = start(x)
    _, total = jax.lax.fori_loop(0, num_visits, visit, (first, first))
    return Averaged(total[0], total[1], _errors(total, x, y))


def widrow_hoff_step(
    params: Params, x: Float[Array, " d"], y: Float[Array, ""] | float, learning_rate: Float[Array, ""] | float
) -> Params:
    """One step of the rule of Widrow & Hoff (1960), least mean squares: add learning_rate * error * input.

    Unlike in Rosenblatt's rule the error is that of the sum w . x + b and not of the answer, so right answers change
    the weights as well. It is one step of gradient descent on (y - w . x - b)^2 / 2, the same as `training.fit` of a
    network without hidden layers with solver "sgd", loss "l2_loss" and batch_size 1.
    """
    w, b = params
    error = learning_rate * (y - affine(x, w, b))
    return w + error * x, b + error


def _errors(params: Params, x: Array, y: Array) -> Array:
    """The number of rows that a unit gets wrong."""
    fired = jax.vmap(lambda row: neuron(row, *params, step))(x)
    return jnp.sum(fired != y, dtype=jnp.int32)
