"""The variables of a sweep's result, found by tracing the networks with shapes alone. Nothing is computed.

The user's own functions are tried here, so that an error names the argument before anything compiles.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, losses, mlp, objective, training
from nnjax.engine import identity
from nnjax.engine.identity import Traces, named
from nnjax.spec import CURVES, MISSING, Model, record_steps
from nnjax.tasks import Data

type Shapes = tuple[tuple[int, ...] | None, ...]


class Variable(NamedTuple):
    """One variable of a network: its shape, its dtype, and the value where nothing was computed."""

    shape: tuple[int, ...]
    dtype: Any
    blank: Any

    @property
    def num_bytes(self) -> int:
        """Bytes for one network."""
        return int(np.prod(self.shape, dtype=int)) * np.dtype(self.dtype).itemsize


def variables(traced: Sequence[tuple[training.Spec, Traces]], shapes: Shapes) -> dict[str, Variable]:
    """The variables of networks of these specifications on data of these shapes, by name.

    Each specification comes with the traces of the user's own functions in it. Call it inside `machine.precision`.

    Raises:
        ValueError: if a function of the user's own cannot be traced or gives a wrong shape; if a measure has one shape
            or dtype in one program and another in the next, or is that of `early_stop` and not one real number.
    """
    for spec, traces in traced:
        _try_functions(spec, traces)
    found: dict[str, Variable] = {}
    first_of_each = {spec.model: (spec, traces) for spec, traces in reversed(traced)}
    for spec, traces in traced if traced[0][0].measure else first_of_each.values():
        num_records = len(record_steps(spec))
        for name, record in _record_shapes(spec, traces, shapes).items():
            if spec.early_stop and spec.early_stop[0] == name and (record.shape or record.dtype.kind == "c"):
                raise ValueError(
                    f"early_stop={spec.early_stop!r}: {name} must be one real number, but has shape {record.shape} and "
                    f"dtype {record.dtype}"
                )
            if name in found and found[name].shape != (num_records, *record.shape):
                raise ValueError(
                    f"measure[{name!r}] has shape {record.shape} with sizes={spec.sizes}, and "
                    f"{found[name].shape[1:]} with other settings of the grid: it must have one shape"
                )
            if name in found and found[name].dtype != record.dtype:
                raise ValueError(
                    f"measure[{name!r}] has dtype {record.dtype} with sizes={spec.sizes}, and {found[name].dtype} with "
                    "other settings of the grid: it must have one dtype"
                )
            blank = np.nan if np.issubdtype(record.dtype, np.inexact) else 0
            found[name] = Variable((num_records, *record.shape), record.dtype, blank)
    if any(spec.decision is not None for spec, _ in traced):
        with_accuracy = ("train_loss", "accuracy"), ("valid_loss", "valid_accuracy")
        found |= {accuracy: found[loss] for loss, accuracy in with_accuracy if loss in found}
    return {**found, **_final(found, traced[0][0])}


def _final(found: dict[str, Variable], spec: training.Spec) -> dict[str, Variable]:
    """The variables that follow from the recorded ones: curves beside the last values, status and steps."""
    final = {}
    for name, curve in CURVES.items():
        if name in found:
            final |= {name: found[name]._replace(shape=()), curve: found[name]}
    count = Variable((), np.int32, 0)
    final |= {"status": count._replace(blank=MISSING), "steps": count}
    return final | {"best_step": count} if spec.patience is not None else final


def _try_functions(spec: training.Spec, traces: Traces) -> None:
    for size in dict.fromkeys(spec.sizes[1:-1]):
        _try("activation", spec.activation, traces, size, 1, spec.dtype)
    _try("output_activation", spec.output_activation, traces, spec.sizes[-1], 1, spec.dtype)
    _try("loss", spec.loss, traces, spec.sizes[-1], 2, spec.dtype)
    if callable(spec.schedule):
        _try_schedule(spec.schedule, traces)
    for name in ("init", "bias_init"):
        if spec.model.init is mlp.init and callable(getattr(spec, name)):
            for shape in identity.layer_shapes(spec, name):
                _try_initializer(name, getattr(spec, name), traces, shape, spec.dtype)


# What the functions with `identity.kept` find is cached between sweeps, for the traces of the user's own functions:
# tracing a record takes as long as training for thousands of steps.
@identity.kept(1024)
def _try(argument: str, f: Callable, traces: Traces, size: int, num_arguments: int, dtype: str) -> None:
    """Check that an activation takes a vector to one of its size, and a loss two vectors to a scalar."""
    given = [jax.ShapeDtypeStruct((size,), dtype)] * num_arguments
    with identity.under(traces):
        found = named(argument, lambda: jax.eval_shape(lambda *args: f(*args), *given))
    shape = () if num_arguments == 2 else (size,)
    if getattr(found, "shape", None) != shape:
        returned = f"shape {found.shape}" if hasattr(found, "shape") else f"{found!r:.80}"
        hint = ": sum over the outputs" if num_arguments == 2 and returned == f"shape ({size},)" else ""
        raise ValueError(
            f"{argument} must return shape {shape} for arguments of shape ({size},); it returns {returned}{hint}"
        )
    if num_arguments == 2 and not jnp.issubdtype(found.dtype, jnp.floating):
        raise ValueError(f"{argument} must return a floating-point number; it returns one of dtype {found.dtype}")


@identity.kept(1024)
def _try_initializer(name: str, f: Callable, traces: Traces, shape: tuple[int, int], dtype: str) -> None:
    """Check that an initializer that is a function draws the layers of `nnjax.mlp`."""
    with identity.under(traces):
        named(name, lambda: jax.eval_shape(lambda: identity.drawn(f, name, jax.random.key(0), shape, dtype)))


@identity.kept(1024)
def _try_schedule(f: Callable, traces: Traces) -> None:
    """Check that a schedule takes the number of a step to one number."""
    with identity.under(traces):
        step = jax.ShapeDtypeStruct((), "int32")
        found = named(identity.SCHEDULE, lambda: jax.eval_shape(lambda step: jnp.asarray(f(step)), step))
    if found.shape or not jnp.issubdtype(found.dtype, jnp.number) or jnp.issubdtype(found.dtype, jnp.complexfloating):
        raise ValueError(
            f"{identity.SCHEDULE} must return one real number for the number of a step; it returns {found.dtype} of "
            f"shape {found.shape}"
        )


def _record_shapes(spec: training.Spec, traces: Traces, shapes: Shapes) -> dict[str, jax.ShapeDtypeStruct]:
    """The shapes of what is recorded of a network."""
    plain = replace(spec, num_steps=1, record_every=None, patience=None, init="zeros", bias_init="zeros")
    bare = replace(plain, measure=(), early_stop=None)
    named("model", lambda: _traced(bare, traces, shapes))
    _try_step(bare, traces, shapes)
    for name, f in spec.measure:
        argument = f"measure[{name!r}]"
        one = replace(bare, measure=((name, f),))
        found = named(argument, lambda one=one: _traced(one, traces, shapes))[name]
        if not isinstance(getattr(found, "dtype", None), np.dtype):
            raise ValueError(f"{argument} must return one array of numbers; it returns {found!r:.80}")
    return _traced(plain, traces, shapes)


@identity.kept(256)
def _try_step(spec: training.Spec, traces: Traces, shapes: Shapes) -> None:
    """Check that a network has trainable parameters, and that its loss has a derivative with respect to them."""
    known = (activations.ACTIVATIONS, activations.ACTIVATIONS, losses.LOSSES)
    functions = (spec.activation, spec.output_activation, spec.loss)
    if spec.model == Model(mlp.init, mlp.apply, mlp.predict) and all(
        f in table.values() for f, table in zip(functions, known, strict=True)
    ):
        return
    key, hyper = jax.random.key(0), {"learning_rate": jnp.ones((), spec.dtype)}
    params = jax.eval_shape(lambda: training.draw(key, hyper, spec))
    dtypes = [leaf.dtype for leaf in jax.tree.leaves(params)]
    if not dtypes or not all(jnp.issubdtype(dtype, jnp.floating) for dtype in dtypes):
        raise ValueError(
            "model.init must return floating-point arrays, at least one; it returns "
            f"{', '.join(map(str, dtypes)) or 'none'}: constants that are not trained belong in apply"
        )
    x, y, _, _, weight, *_ = (None if shape is None else jax.ShapeDtypeStruct(shape, spec.dtype) for shape in shapes)
    derivative = jax.grad(lambda params, *rows: objective.mean_loss(params, *rows, spec=spec))
    with identity.under(traces):
        named("activation, output_activation, loss or model", lambda: jax.eval_shape(derivative, params, x, y, weight))


@identity.kept(256)
def _traced(spec: training.Spec, traces: Traces, shapes: Shapes) -> dict[str, jax.ShapeDtypeStruct]:

    def record() -> dict[str, jax.Array]:
        key, hyper = jax.random.key(0), {"learning_rate": jnp.ones((), spec.dtype)}
        data = Data(*(None if shape is None else jnp.zeros(shape, spec.dtype) for shape in shapes))
        params = training.draw(key, hyper, spec)
        zero = jnp.zeros((), jnp.int32)
        return training.record(training.State(params, None, key, None, zero, zero, start=params), data, spec)

    with identity.under(traces):
        return jax.eval_shape(record)


def num_params(spec: training.Spec) -> int:
    """How many weights and biases a network has, counted from what its model draws."""
    if spec.model.init is mlp.init:
        return mlp.num_params(spec.sizes)
    params = jax.eval_shape(lambda: training.draw(jax.random.key(0), {}, replace(spec, layout="matrices")))
    return sum(leaf.size for leaf in jax.tree.leaves(params))
