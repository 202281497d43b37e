"""From arrays to a labelled result: an xarray Dataset with one dimension per axis, then `seed`."""

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import mlp, training
from nnjax.engine import ledger, plans, provenance, records, settings, trying, values
from nnjax.tasks import Data

if TYPE_CHECKING:
    import xarray as xr


def dimensions(asked: settings.Settings) -> tuple[str, ...]:
    """Names of the result's dimensions, in order."""
    task = ("task",) if asked.tasks else ()
    return (*asked.axes, *task, *asked.numeric_axes, "seed")


def dataset(asked: settings.Settings, plan: plans.Plan, arrays: dict[str, np.ndarray]) -> "xr.Dataset":
    """Label the arrays of a finished sweep, each of shape [cells, networks of a cell, ...]."""
    result = frame(asked, plan)
    for name, array in arrays.items():
        dims = variable_dimensions(name, asked, array.ndim - 2)
        attrs = {"long_name": LONG_NAMES[name]} if name in LONG_NAMES else {}
        result[name] = (dims, array.reshape(*grid_shape(asked, plan), *array.shape[2:]), attrs)
    return result


def frame(asked: settings.Settings, plan: plans.Plan) -> "xr.Dataset":
    """What is known of a result before anything is trained: coordinates, sizes, settings, plan, provenance."""
    import xarray as xr

    steps = training.record_steps(plan.programs[0].spec)
    coords = {**coordinates(asked), "step": ("step", np.asarray(steps))}
    result = xr.Dataset({"num_params": _num_params(asked, plan)}, coords=coords)
    for name, text in LONG_NAMES.items():
        if name in result:
            result[name].attrs["long_name"] = text
    result.attrs = {
        "settings": records.settings_to_json(asked),
        "plan": records.plan_to_json(plan),
        "provenance": json.dumps(provenance.provenance(asked.dtype), allow_nan=False),
    }
    return result


def grid_shape(asked: settings.Settings, plan: plans.Plan) -> tuple[int, ...]:
    """The lengths of `dimensions`."""
    return (*plan.static_shape, *(plan.member_shape if asked.tasks else plan.member_shape[1:]))


def variable_dimensions(name: str, asked: settings.Settings, num_inner: int) -> tuple[str, ...]:
    """The dimensions of a variable that has so many after those of the grid."""
    inner = ("step", *(f"{name}_{i}" for i in range(num_inner - 1))) if num_inner else ()
    return (*dimensions(asked), *inner)


LONG_NAMES = {
    "train_loss": "training loss at the end",
    "test_loss": "test loss at the end",
    "accuracy": "part of the rows that are right at the end",
    "train_curve": "training loss",
    "test_curve": "test loss",
    "steps": "steps taken",
    "num_params": "weights and biases",
    "status": "0 missing, 1 ran to the end, 2 stopped early, 3 diverged",
    "learning_rate": "learning rate",
    "step": "step",
    "width": "neurons per hidden layer",
    "depth": "hidden layers",
}


def coordinates(asked: settings.Settings) -> dict[str, Any]:
    """Labels of every axis, as (dimension, values), and what goes with them: width and depth, tables of numbers."""
    coords: dict[str, Any] = {}
    for name, axis in asked.axes.items():
        coords[name] = (name, np.asarray([values.label(name, value) for value in axis]))
    if "hidden" in asked.axes:
        shapes = asked.axes["hidden"]
        # The width of layers that differ is that of the widest.
        coords["width"] = ("hidden", np.asarray([max(hidden, default=0) for hidden in shapes]))
        coords["depth"] = ("hidden", np.asarray([len(hidden) for hidden in shapes]))
    if asked.tasks:
        coords["task"] = ("task", np.asarray(asked.tasks))
    for name, axis in asked.numeric_axes.items():
        coords[name] = (name, np.asarray(axis))
    for name, table in asked.numeric_tables.items():
        coords[name] = (table.dims, table.values)
    seeds = asked.seeds
    if isinstance(seeds, range):  # which NumPy would first make a list of
        seeds = np.arange(seeds.start, seeds.stop, seeds.step, dtype=np.int64)
    coords["seed"] = ("seed", np.asarray(seeds, np.int64))
    return coords


def _num_params(asked: settings.Settings, plan: plans.Plan) -> tuple[tuple[str, ...], np.ndarray]:
    """Number of parameters on the axes of shape alone; counted from the model, whatever it is."""
    shape_axes = tuple(name for name in asked.axes if name in ("hidden", "width", "depth"))
    counts, known = np.zeros(plan.static_shape, int), {}
    for spec, cell in ((program.spec, cell) for program in plan.programs for cell in program.cells):
        if cell.sizes not in known:
            known[cell.sizes] = _count(replace(spec, sizes=cell.sizes, layout="matrices"))
        counts[cell.index] = known[cell.sizes]
    keep = tuple(slice(None) if name in shape_axes else 0 for name in asked.axes)
    return shape_axes, np.asarray(counts[keep])


def _count(spec: training.Spec) -> int:
    if spec.model.init is mlp.init:
        return mlp.num_params(spec.sizes)
    params = jax.eval_shape(lambda: training.draw(jax.random.key(0), {}, spec))
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def outcome(trained: ledger.Outcome, spec: training.Spec) -> dict[str, np.ndarray]:
    """The variables of trained networks, [n, ...]: final values, curves, measures, status and steps."""
    found = {"status": trained.status, "steps": trained.steps}
    curves = {"train_loss": "train_curve", "test_loss": "test_curve"}
    for name, record in trained.records.items():
        if name in dict(spec.measure):
            found[name] = record
            continue
        found[name] = record[:, -1]
        if name in curves:
            found[curves[name]] = record
    return found


def variables(plan: plans.Plan, asked: settings.Settings) -> dict[str, tuple[tuple[int, ...], Any, Any]]:
    """Name -> (shape after the networks, dtype, value where nothing was computed) of every variable.

    Raises:
        ValueError: where a measure has one shape in one program and another in the next, or ends a run without
            being one number.
    """
    found: dict[str, tuple] = {}
    for program in plan.programs:
        trying.functions(program.spec)
    for program in plan.programs if plan.programs[0].spec.measure else plan.programs[:1]:
        spec = program.spec
        num_records = len(training.record_steps(spec))
        for name, record in _record_shapes(spec, asked.shapes).items():
            if spec.early_stop and spec.early_stop[0] == name and record.shape:
                raise ValueError(f"early_stop={spec.early_stop!r}: {name} has shape {record.shape}, not one number")
            if name in found and found[name][0] != (num_records, *record.shape):
                raise ValueError(
                    f"measure[{name!r}] has shape {record.shape} with sizes={spec.sizes}, and "
                    f"{found[name][0][1:]} with other settings of the grid: it must have one shape"
                )
            found[name] = ((num_records, *record.shape), record.dtype, _blank(record.dtype))
    return {**found, **_final(found, plan)}


def _final(found: dict[str, tuple], plan: plans.Plan) -> dict[str, tuple]:
    """The variables that follow from the recorded ones: curves beside the last values, status and steps."""
    loss = found["train_loss"]
    final = {"train_loss": ((), *loss[1:]), "train_curve": loss}
    if "test_loss" in found:
        final |= {"test_loss": ((), *loss[1:]), "test_curve": loss}
    if any(program.spec.decision is not None for program in plan.programs):
        final["accuracy"] = ((), *loss[1:])
    return {**final, "status": ((), np.int32, training.MISSING), "steps": ((), np.int32, 0)}


def _record_shapes(spec: training.Spec, shapes: tuple) -> dict[str, jax.ShapeDtypeStruct]:
    """Of what is recorded of a network on data of these shapes. Nothing is computed."""
    plain = replace(spec, num_steps=1, record_every=None, init="zeros", bias_init="zeros")
    bare = replace(plain, measure=(), early_stop=None)
    trying.named("model", lambda: _traced(bare, shapes))
    for name, f in spec.measure:
        argument = f"measure[{name!r}]"
        one = replace(bare, measure=((name, f),))
        found = trying.named(argument, lambda one=one: _traced(one, shapes))[name]
        if not hasattr(found, "shape"):
            raise ValueError(f"{argument} must give one array; it gives {found!r:.80}")
    return _traced(plain, shapes)


@lru_cache(256)
def _traced(spec: training.Spec, shapes: tuple) -> dict[str, jax.ShapeDtypeStruct]:
    """Kept between sweeps: tracing a record takes as long as training for thousands of steps."""

    def record() -> dict[str, jax.Array]:
        key, hyper = jax.random.key(0), {"learning_rate": jnp.ones((), spec.dtype)}
        data = Data(*(None if shape is None else jnp.zeros(shape, spec.dtype) for shape in shapes))
        params = training.draw(key, hyper, spec)
        zero = jnp.zeros((), jnp.int32)
        return training.record(training.State(params, None, key, None, zero, zero), data, spec)

    return jax.eval_shape(record)


def _blank(dtype: Any) -> Any:
    return np.nan if np.issubdtype(dtype, np.floating) else 0
