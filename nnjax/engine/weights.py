"""The parameters of many networks as rows of numbers: those that a sweep keeps, begins with, or holds at 0.

A row holds the arrays of a network's parameters one after the other, each in C order, as in
`jax.flatten_util.ravel_pytree`; if networks of several shapes have one array of rows, a row ends with zeros.
"""

import hashlib
import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

from nnjax import arguments, training
from nnjax.arguments import Table
from nnjax.engine import padding
from nnjax.engine.plan import Program, cells
from nnjax.engine.request import Request, Tasks
from nnjax.solvers import by_name

NAMES = ("start", "mask")


def shapes(spec: training.Spec) -> Any:
    """The parameters of a network as a tree of shapes and dtypes."""
    plain = replace(spec, layout="matrices")
    return jax.eval_shape(partial(training.draw, spec=plain), jax.random.key(0, impl="threefry2x32"), {})


def flatten(params: Any) -> np.ndarray:
    """Rows [n, p] of the parameters of n networks of one shape, whose arrays are [n, ...]."""
    return np.concatenate([np.asarray(leaf).reshape(len(leaf), -1) for leaf in jax.tree.leaves(params)], axis=1)


def unflatten(rows: np.ndarray, like: Any, dtype: Any = None) -> Any:
    """The inverse of `flatten` for rows [..., p], whose further numbers are dropped: a tree of arrays [..., *shape].

    `like` is the tree of one network's shapes; the arrays have its dtypes if `dtype` is None.
    """
    leaves, structure = jax.tree.flatten(like)
    ends = [0, *itertools.accumulate(math.prod(leaf.shape) for leaf in leaves)]
    parts = [
        rows[..., first:end].reshape(*rows.shape[:-1], *leaf.shape).astype(dtype or leaf.dtype)
        for leaf, (first, end) in zip(leaves, itertools.pairwise(ends), strict=True)
    ]
    return jax.tree.unflatten(structure, parts)


def of_job(params: Any, program: Program, places: np.ndarray) -> np.ndarray:
    """Rows [n, p] of networks at these places of a program, in their own shapes; they were trained in the program's."""
    cell = places // program.networks_per_cell
    found = []
    for one in np.unique(cell):
        some, sizes = np.flatnonzero(cell == one), program.cells[one].sizes
        own = jax.tree.map(lambda leaf, some=some: np.asarray(leaf)[some], params)
        found.append((some, flatten(own if sizes == program.spec.sizes else padding.unpad(own, sizes))))
    rows = np.zeros((len(places), max(part.shape[1] for _, part in found)), found[0][1].dtype)
    for some, part in found:
        rows[some, : part.shape[1]] = part
    return rows


def tables(asked: Request) -> dict[str, Table]:
    """What is given of `start` and `mask`, by name."""
    return {name: table for name in NAMES if (table := getattr(asked, name)) is not None}


def recorded(table: Table) -> dict[str, Any]:
    """What a record tells of given rows: the dimensions over which they differ, their shape, and a hash of them."""
    digest = hashlib.sha256(np.ascontiguousarray(table.values)).hexdigest()
    return {"dims": list(table.dims), "shape": list(table.values.shape), "sha256": digest}


def chosen(table: Table | None, place: Mapping[str, np.ndarray], count: int) -> np.ndarray | None:
    """The rows [count, p] of networks at these places on each axis; None if no rows are given."""
    if table is None:
        return None
    rows = table.values[tuple(place[dim] for dim in table.dims)]
    return np.broadcast_to(rows, (count, rows.shape[-1]))


def given(asked: Request, data: Tasks, start: Any, mask: Any) -> Request:
    """The request with `start` and `mask`, as `nnjax.sweep` takes them, aligned by its labels.

    Raises:
        ValueError: for numbers that do not fit the networks, and for settings that do not go with them.
    """
    if start is None and mask is None:
        return asked
    if asked.padding:
        name = "start" if mask is None else "mask"
        raise ValueError(f"padding=True with {name}=...: networks with given parameters are not padded; leave it out")
    found = {by_name.unwrapped(one) for one in asked.values("solver")}
    if mask is not None and found & set(by_name.LEAST_SQUARES.values()):
        raise ValueError("mask with a solver of least squares, which moves all weights together: use another solver")
    specs = {spec.sizes: spec for _, spec in cells(asked, data, "matrices")}
    likes = {sizes: shapes(spec) for sizes, spec in specs.items()}
    rows = {name: _table(name, value, asked, likes) for name, value in (("start", start), ("mask", mask))}
    return replace(asked, **rows)


def _table(name: str, value: Any, asked: Request, likes: Mapping[tuple[int, ...], Any]) -> Table | None:
    if value is None:
        return None
    table = _of_array(name, value, asked) if arguments.is_table(value) else _of_tree(name, value, asked, likes)
    if table.values.dtype.kind not in "biuf":
        raise ValueError(f"{name} has dtype {table.values.dtype}: it must hold real numbers")
    counts = {sizes: sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(like)) for sizes, like in likes.items()}
    most, length = max(counts, key=lambda sizes: counts[sizes]), table.values.shape[-1]
    if length < counts[most]:
        raise ValueError(
            f"{name} holds {length} numbers for each network, but one with sizes={most} has {counts[most]} parameters"
        )
    if name == "mask":
        if not np.isin(table.values, (0, 1)).all():
            raise ValueError(
                "mask holds other numbers than 0 and 1: 1 where a parameter is trained, 0 where it stays 0"
            )
        return table._replace(values=table.values[..., : counts[most]].astype(bool))
    if table.values[..., counts[most] :].any():
        raise ValueError(
            f"{name} holds {length} numbers for each network, but the largest here, with sizes={most}, has "
            f"{counts[most]} parameters, and the numbers after them are not 0"
        )
    return table._replace(values=table.values[..., : counts[most]].astype(asked.dtype))


def _of_array(name: str, value: Any, asked: Request) -> Table:
    """Rows from a DataArray over `param` and some of the dimensions of the sweep, each with a coordinate."""
    dims = tuple(dim for dim in asked.dimensions() if dim in value.dims)
    if wrong := [dim for dim in value.dims if dim not in (*dims, "param")] or ("param" not in value.dims and ["param"]):
        raise ValueError(
            f"{name} has the dimensions {', '.join(map(str, value.dims))}: {wrong[0]} "
            f"{'is missing' if wrong == ['param'] else 'is not one of this sweep'}; it must have param, and may have "
            f"{', '.join(asked.dimensions())}"
        )
    labels = {**asked.axis_labels(), "seed": asked.seeds}
    for dim in dims:
        if dim not in value.indexes or not value.indexes[dim].is_unique:
            raise ValueError(f"{name} is over {dim}: it needs a coordinate {dim} without repeated labels")
        try:
            value = value.sel({dim: np.asarray(list(labels[dim]))})
        except KeyError as error:
            raise ValueError(f"{name} does not have every {dim} of this sweep: {error}") from error
    return Table(dims, np.asarray(value.transpose(*dims, "param").values))


def _of_tree(name: str, value: Any, asked: Request, likes: Mapping[tuple[int, ...], Any]) -> Table:
    """Rows from a tree of arrays like the parameters of a network, maybe with the axes of the sweep in front."""
    if len(likes) > 1:
        raise ValueError(
            f"{name} is a tree of arrays, but the networks of this sweep have the sizes {', '.join(map(str, likes))}: "
            "give a DataArray such as runs.params"
        )
    (like,) = likes.values()
    lengths = {**asked.axis_labels(), "seed": asked.seeds}
    grid = tuple(len(lengths[dim]) for dim in asked.dimensions())
    if jax.tree.structure(value) == jax.tree.structure(like):
        leaves, needed = [np.asarray(leaf) for leaf in jax.tree.leaves(value)], jax.tree.leaves(like)
        for dims, front in (((), ()), (asked.dimensions(), grid)):
            if all(leaf.shape == (*front, *one.shape) for leaf, one in zip(leaves, needed, strict=True)):
                return Table(dims, np.concatenate([leaf.reshape(*front, -1) for leaf in leaves], axis=-1))
    wanted = [leaf.shape for leaf in jax.tree.leaves(like)]
    raise ValueError(
        f"{name} must be a DataArray such as runs.params, or a tree like the parameters of a network, whose arrays "
        f"have the shapes {wanted}, maybe with the axes {dict(zip(asked.dimensions(), grid, strict=True))} in front"
    )
