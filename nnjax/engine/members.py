"""Some networks of a program: their seeds, numbers, shapes and data."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import training
from nnjax.engine import padding
from nnjax.engine.padding import Shape
from nnjax.engine.plans import Plan, Program
from nnjax.engine.settings import Settings, Tasks
from nnjax.tasks import Data


class Members(NamedTuple):
    """Some networks: their seeds [n], the number of each one's task [n], their numbers by name [n], and the shape
    of each [n, ...] where they are padded.
    """

    seeds: np.ndarray
    tasks: np.ndarray
    hyper: dict[str, np.ndarray]
    shape: Shape | None = None

    def take(self, index: np.ndarray) -> "Members":
        """The networks at these places."""
        return jax.tree.map(lambda values: values[index], self)


def chosen(plan: Plan, program: Program, asked: Settings, index: np.ndarray) -> Members:
    """The networks at these places of a program: cell after cell, each with its tasks x numbers x seeds."""
    cell, inside = np.divmod(index, program.networks_per_cell)
    task, *numbers, seed = np.unravel_index(inside, plan.member_shape)
    static = np.asarray([cell.index for cell in program.cells], int).reshape(len(program.cells), -1)
    place = {"task": task, **dict(zip(asked.axes, static[cell].T, strict=True))}
    place |= dict(zip(asked.numeric_axes, numbers, strict=True))
    hyper = {name: np.full(len(index), value) for name, value in asked.numeric_constants.items()}
    for (name, axis), i in zip(asked.numeric_axes.items(), numbers, strict=True):
        hyper[name] = np.asarray(axis)[i]
    for name, table in asked.numeric_tables.items():
        chosen = table.values[tuple(place[dim] for dim in table.dims)]
        hyper[name] = np.broadcast_to(chosen, len(index))
    seeds = asked.seeds
    if isinstance(seeds, range):
        seeds = seeds.start + seeds.step * seed
    else:  # never the whole list, which may be long
        seeds = np.fromiter((seeds[i] for i in seed), np.int64, len(seed))
    shape = None
    if program.padded:
        shapes = [padding.shape_of(one.sizes, program.spec) for one in program.cells]
        shape = jax.tree.map(lambda *each: np.stack(each)[cell], *shapes)
    return Members(seeds, task, hyper, shape)


def hyper_of(members: Members, spec: training.Spec) -> dict[str, jax.Array]:
    """The numbers of some networks on the device."""
    hyper = {name: jnp.asarray(values, spec.dtype) for name, values in members.hyper.items()}
    if spec.schedule != "constant" or "warmup_steps" in hyper:
        hyper.setdefault("schedule_steps", jnp.full(len(members.seeds), spec.num_steps, spec.dtype))
    return hyper


def data_of(members: Members, data: Data) -> Data:
    """The data that some networks train on: shared by all, or each one's own task."""
    return data if data.x.ndim == 2 else jax.tree.map(lambda a: a[members.tasks], data)


def device_data(data: Tasks, dtype: str) -> Data:
    """The data on the device in the sweep's dtype; several tasks are stacked along a leading axis."""
    if isinstance(data, Data):
        return Data(*(None if a is None else jnp.asarray(np.asarray(a, dtype)) for a in data))
    columns = zip(*data.values(), strict=True)
    return Data(*(None if c[0] is None else jnp.asarray(np.stack([np.asarray(a, dtype) for a in c])) for c in columns))
