"""From arrays to a labelled result: an xarray Dataset with one dimension per axis, then `seed`."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnjax import arguments, losses, provenance
from nnjax.engine import records, variables
from nnjax.engine.jobs import Found, Job, Spent
from nnjax.engine.plan import Plan
from nnjax.engine.request import Request
from nnjax.spec import ACCURACIES, CURVES, record_steps

if TYPE_CHECKING:
    import xarray as xr

LONG_NAMES = {
    "train_loss": "training loss at the end",
    "test_loss": "test loss at the end",
    "valid_loss": "validation loss at the end",
    "accuracy": "fraction of rows answered correctly at the end",
    "valid_accuracy": "fraction of validation rows answered correctly at the end",
    "train_curve": "training loss",
    "test_curve": "test loss",
    "valid_curve": "validation loss",
    "accuracy_curve": "fraction of rows answered correctly",
    "valid_accuracy_curve": "fraction of validation rows answered correctly",
    "params": "weights and biases, as many as num_params; the rest is 0",
    "best_step": "step of the lowest validation loss, whose values these are",
    "early_stop": "threshold that stops a network",
    "steps": "steps taken",
    "num_params": "number of weights and biases",
    "status": "0 missing, 1 ran to the end, 2 stopped early, 3 diverged",
    "learning_rate": "learning rate",
    "step": "step",
    "task_seed": "seed of the network, if each task has its own seeds",
    "width": "neurons per hidden layer",
    "depth": "hidden layers",
}


class Arrays:
    """The result of a sweep in memory, filled job by job."""

    def __init__(self, request: Request, plan: Plan) -> None:
        self.request, self.plan = request, plan
        size = (math.prod(plan.static_shape), math.prod(plan.member_shape))
        self.arrays = {name: np.full((*size, *v.shape), v.blank, v.dtype) for name, v in plan.variables.items()}

    def write(self, job: Job, found: Found, spent: Spent) -> None:
        """Write the networks of a job to their places in the arrays."""
        program = self.plan.programs[job.program]
        cell, inside = np.divmod(job.places, program.networks_per_cell)
        cell = self.plan.numbers_of(program)[cell]
        for name, values in found.items():
            self.arrays[name][cell, inside] = values

    def dataset(self) -> "xr.Dataset":
        """The result, labelled."""
        shape, found = grid_shape(self.request, self.plan), {}
        for name, array in self.arrays.items():
            dims = variable_dimensions(name, self.request, array.ndim - 2)
            found[name] = (dims, array.reshape(*shape, *array.shape[2:]), attributes(name, self.plan))
        result = frame(self.request, self.plan, found)
        result.attrs["finished"] = "yes"
        return result


def frame(request: Request, plan: Plan, found: Mapping[str, tuple] | None = None) -> "xr.Dataset":
    """A Dataset of what is known before anything is trained: coordinates, num_params, settings, plan, provenance.

    `found` holds further variables by name, as (dimensions, values, attributes). All are passed at once, because xarray
    aligns each variable that is added later with all those before it.
    """
    import xarray as xr

    steps = record_steps(plan.programs[0].spec)
    coords = {**coordinates(request), "step": ("step", np.asarray(steps))}
    variables = {"num_params": _num_params(request, plan), **(found or {})}
    attrs = {
        "settings": records.request_to_json(request),
        "plan": records.plan_to_json(plan, request),
        "provenance": json.dumps(provenance.provenance(request.dtype), allow_nan=False),
    }
    if request.classes:
        attrs["classes"] = json.dumps(request.classes)
    result = xr.Dataset(variables, coords, attrs)
    for name in ("num_params", *map(str, result.coords)):
        if name in LONG_NAMES:
            result.variables[name].attrs["long_name"] = LONG_NAMES[name]
    return result


def attributes(name: str, plan: Plan) -> dict[str, str]:
    """The attributes of a variable: its long name, and for an accuracy which rows count and which outputs are right."""
    found = {"long_name": LONG_NAMES[name]} if name in LONG_NAMES else {}
    if name in (*ACCURACIES, *(CURVES[one] for one in ACCURACIES)):
        tested = "test_loss" in plan.variables
        specs = [program.spec for program in plan.programs if program.spec.decision is not None]
        found["rows"] = "validation rows" if name.startswith("valid") else "test rows" if tested else "training rows"
        found["decision"] = "; ".join(sorted({losses.rule(spec.loss, spec.decision) for spec in specs}))
    return found


def grid_shape(request: Request, plan: Plan) -> tuple[int, ...]:
    """The lengths of the request's dimensions."""
    return (*plan.static_shape, *request.task_shape, *plan.member_shape[1:])


def variable_dimensions(name: str, request: Request, num_inner: int) -> tuple[str, ...]:
    """The dimensions of a variable that has `num_inner` dimensions after those of the grid."""
    if name == "params":
        return (*request.dimensions(), "param")
    inner = ("step", *(f"{name}_{i}" for i in range(num_inner - 1))) if num_inner else ()
    return (*request.dimensions(), *inner)


def coordinates(request: Request) -> dict[str, Any]:
    """The coordinates, as (dimension, values): labels of every axis, width and depth, tables of numbers, task_seed."""
    coords: dict[str, Any] = {name: (name, np.asarray(labels)) for name, labels in request.labels.items()}
    if "hidden" in request.axes:
        shapes = request.axes["hidden"]
        # If layers differ in width, the coordinate is that of the widest.
        coords["width"] = ("hidden", np.asarray([max(hidden, default=0) for hidden in shapes]))
        coords["depth"] = ("hidden", np.asarray([len(hidden) for hidden in shapes]))
    for name, labels in request.task_axes.items():
        coords[name] = (name, np.asarray(labels))
    for name, axis in request.numeric_axes.items():
        coords[name] = (name, np.asarray(axis))
    for name, table in request.numeric_tables.items():
        coords[name] = (table.dims, table.values)
    seeds = request.seeds
    if isinstance(seeds, range):  # NumPy would make a list of it first
        seeds = np.arange(seeds.start, seeds.stop, seeds.step, dtype=np.int64)
    coords["seed"] = ("seed", np.asarray(seeds, np.int64))
    if request.task_seeds:
        places = np.indices((len(request.task_seeds), len(seeds)))
        coords["task_seed"] = (("task", "seed"), request.labelled_seeds(*places))
    return coords


def _num_params(request: Request, plan: Plan) -> tuple[tuple[str, ...], np.ndarray]:
    """The number of parameters, as (dimensions, values) over the axes of shapes and models alone."""
    shape_axes = tuple(name for name in request.axes if name in arguments.SHAPES)
    counts, known = np.zeros(plan.static_shape, int), {}
    for spec, cell in ((program.spec, cell) for program in plan.programs for cell in program.cells):
        if (kind := (cell.sizes, spec.model)) not in known:
            own = replace(spec, sizes=cell.sizes, layout="matrices")
            known[kind] = variables.num_params(own)
        counts[cell.index] = known[kind]
    keep = tuple(slice(None) if name in shape_axes else 0 for name in request.axes)
    return shape_axes, np.asarray(counts[keep])
