"""Mean loss and accuracy of one network over rows of data."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from nnjax import activations, losses, mlp, naming
from nnjax.solvers import LeastSquares, by_name
from nnjax.spec import Model, Spec

# In the layout "matrices", more than FEW_ROWS rows are filled up to a multiple of ROWS_TOGETHER. On a processor with
# vectors of 16 floats, a network of 2-32-1 took twice as long with 90 rows as with 96, and 2.7 times as long with 127
# as with 128. Filling up cost 6% at worst.
FEW_ROWS, ROWS_TOGETHER = 16, 32
# Rows whose hidden activations are held in memory at a time: with 2,048 neurons they take half a gigabyte.
ROWS_AT_ONCE = 65_536


def apply(params: Any, row: Array, spec: Spec) -> Array:
    """Outputs of the network for one row: x [d] -> y [k]."""
    return spec.model.apply(params, row, activation=spec.activation, output_activation=spec.output_activation)


def predict(params: Any, x: Array, spec: Spec) -> Array:
    """Outputs of the network for many rows: x [n, d] -> y [n, k]. Very many rows are processed in groups."""
    if len(x) <= ROWS_AT_ONCE:
        return _predict_together(params, x, spec)
    whole = len(x) // ROWS_AT_ONCE * ROWS_AT_ONCE
    y = jax.lax.map(
        lambda i: _predict_together(params, jax.lax.dynamic_slice_in_dim(x, i, ROWS_AT_ONCE), spec),
        jnp.arange(0, whole, ROWS_AT_ONCE),
    )
    y = y.reshape(whole, *y.shape[2:])
    return jnp.concatenate([y, _predict_together(params, x[whole:], spec)]) if whole < len(x) else y


def _predict_together(params: Any, x: Array, spec: Spec) -> Array:
    # In a user's own module `predict` may mean something else.
    together = spec.model.predict if isinstance(spec.model, Model) or spec.model is mlp else None
    if together is not None:
        return together(params, x, activation=spec.activation, output_activation=spec.output_activation)
    return jax.vmap(lambda row: apply(params, row, spec))(x)


def _mean(values: Array, weight: Array | None, total: Array | None = None) -> Array:
    """The mean of values over the rows, weighted if there are weights; the sum is divided by `total` if it is given."""
    if weight is None:
        return jnp.mean(values)
    weight = weight.astype(values.dtype)
    # The loss of a row of weight 0 may be infinite.
    return jnp.sum(jnp.where(weight > 0, values * weight, 0)) / _total(weight, total)


def _total(weight: Array, total: Array | None = None) -> Array:
    """`total`, or the sum of the weights; 1 in place of 0, so that a batch of masked rows has loss and gradient 0."""
    total = jnp.sum(weight) if total is None else total
    return jnp.where(total > 0, total, 1.0).astype(weight.dtype)


def mean_loss(params: Any, x: Array, y: Array, weight: Array | None, spec: Spec, total: Array | None = None) -> Array:
    """The loss averaged over the rows x [n, d], y [n, k], weighted by `weight` [n] if given.

    The weighted sum is divided by `total`, or by the sum of the weights if `total` is None.

    Raises:
        ValueError: if the model's outputs have another shape than y.
    """
    outputs = _predict_in_vectors(params, x, spec)
    if jnp.shape(outputs) != y.shape:  # some losses would broadcast them
        raise ValueError(
            f"the model must return one output for each column of y, {y.shape} for x {x.shape}; it returns "
            f"{jnp.shape(outputs)}"
        )
    # A loss in half precision would round the weights too, some to 0.
    values = jax.vmap(spec.loss)(outputs, y)
    return _mean(values.astype(y.dtype), weight, total)


def _predict_in_vectors(params: Any, x: Array, spec: Spec) -> Array:
    """`predict`, with rows added where that fills the vectors of the processor; their outputs are dropped again."""
    # Not for a user's own model, which may depend on all rows together, and not for mini-batches, where every network
    # has rows of its own: copying them takes longer than it saves.
    whole = spec.model.predict is mlp.predict and spec.batch_size is None
    more = -len(x) % ROWS_TOGETHER if whole and len(x) > FEW_ROWS else 0
    return (
        predict(params, jnp.pad(x, ((0, more), (0, 0)), "edge"), spec)[: len(x)] if more else predict(params, x, spec)
    )


def least_squares(x: Array, y: Array, weight: Array | None, spec: Spec, linear_output: bool = True) -> LeastSquares:
    """`mean_loss` as a least-squares problem, for solvers that need one: x [n, d], y [n, k], weight [n].

    Raises:
        ValueError: if the loss is not a sum of squares, or the output not linear (see `check_least_squares`).
    """
    check_least_squares(spec, linear_output)

    def features(hidden: Any, row: Array) -> Array:
        return spec.model.apply(hidden, row, activation=spec.activation, output_activation=spec.activation)

    share = jnp.ones(len(x), x.dtype) if weight is None else weight.astype(x.dtype)
    return LeastSquares(features, lambda params, row: apply(params, row, spec), x, y, share / _total(share))


def check_least_squares(spec: Spec, linear_output: bool = True) -> None:
    """Check that a least-squares solver, which may need a linear output, can train with these settings.

    Raises:
        ValueError: if it cannot; the message names the setting, its value and what is allowed.
    """
    solver = naming.called(spec.solver, by_name.SOLVERS)

    def refuse(argument: str, value: Any, allowed: str) -> None:
        raise ValueError(
            f"{argument}={value!r} with solver={solver!r}, which solves least-squares problems: use {allowed}"
        )

    if spec.loss not in (losses.squared_error, losses.l2_loss):
        name = naming.called(spec.loss, losses.LOSSES)
        refuse("loss", name, "loss='squared_error' or 'l2_loss'")
    if linear_output and spec.output_activation is not activations.identity:
        name = naming.called(spec.output_activation, activations.ACTIVATIONS)
        refuse("output_activation", name, "output_activation='identity'")
    if spec.activation is activations.step:
        refuse("activation", "step", "an activation whose derivative is not 0 everywhere")
    if spec.batch_size is not None:
        refuse("batch_size", spec.batch_size, "batch_size=None, the full batch")
    if spec.model.apply is not mlp.apply:
        refuse("model", spec.model, "nnjax.mlp, or a Model whose apply is that of nnjax.mlp")
    if spec.layout != "matrices":
        refuse("layout", spec.layout, "layout='matrices'")


def acts_by_entry(spec: Spec) -> bool:
    """Whether model, activation and solver are known to act entry by entry, so that layers may be split or padded."""
    known = [f for name, f in activations.ACTIVATIONS.items() if name != "softmax"]
    plain = spec.model is mlp or spec.model == Model(mlp.init, mlp.apply, mlp.predict)
    # Where only the biases are not decayed, the solver must see which array an entry is in.
    return plain and spec.activation in known and spec.solver in by_name.ELEMENTWISE and spec.decay_biases


def check_lanes(spec: Spec) -> None:
    """Check that the layout "lanes" is possible, which has the networks on the last axis of their parameters.

    Raises:
        ValueError: if the model, the activation or the solver may act on a layer as a whole (see `acts_by_entry`), or
            weight decay on weights alone.
    """
    if not acts_by_entry(spec):
        raise ValueError(
            f"layout={spec.layout!r} needs the model nnjax.mlp, a known elementwise activation, an elementwise solver "
            f"and decay_biases=True; the network with sizes={spec.sizes} does not have all of these: use "
            "layout='matrices'"
        )


def accuracy(params: Any, x: Array, y: Array, weight: Array | None, spec: Spec) -> Array:
    """The weighted fraction of the rows that are answered correctly."""
    decision = spec.decision if spec.decision is not None else 0.0

    def right(output: Array, target: Array) -> Array:
        return losses.correct(output, target, spec.loss, decision)

    return _mean(jax.vmap(right)(predict(params, x, spec), y).astype(y.dtype), weight)
