"""The parameters of many networks as rows of numbers: those that a sweep keeps, begins with, or holds at 0.

A row holds the arrays of a network's parameters one after the other, each in C order, as in
`jax.flatten_util.ravel_pytree`; if networks of several shapes have one array of rows, a row ends with zeros.
"""

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

from nnjax import arguments, combinations, training
from nnjax.arguments import Table
from nnjax.engine import padding
from nnjax.engine.plan import Cell, Program, cells
from nnjax.engine.request import Request, Tasks

NAMES = ("start", "mask")


def shapes(spec: training.Spec) -> Any:
    """The parameters of a network as a tree of shapes and dtypes."""
    draw = partial(training.draw, spec=replace(spec, layout="matrices"))
    with jax.enable_x64(spec.dtype == "float64"):
        return jax.eval_shape(draw, jax.random.key(0, impl="threefry2x32"), {})


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
    found = cells(asked, data, "matrices")
    likes = {(spec.model, spec.sizes): shapes(spec) for spec in dict.fromkeys(spec for _, spec in found)}
    rows: dict[str, Table] = {}
    for name, value in (("start", start), ("mask", mask)):
        if value is not None:
            rows[name] = _table(name, value, asked, likes)
            _check_shapes(name, rows[name], asked, [(cell, likes[spec.model, spec.sizes]) for cell, spec in found])
    if mask is not None:
        combinations.check_mask([rows["mask"].values], asked.values("solver"))
        rows["mask"] = rows["mask"]._replace(values=rows["mask"].values.astype(bool))
    return replace(asked, **rows)


def _table(name: str, value: Any, asked: Request, likes: Mapping[Any, Any]) -> Table:
    """Given rows over axes of the sweep in the order of their names, in the dtype of the sweep."""
    if hasattr(value, "data_vars"):
        raise ValueError(f"{name} is a Dataset: give {name}=runs.params, which a sweep has with keep_params=True")
    table = _of_array(name, value, asked) if arguments.is_table(value) else _of_tree(name, value, asked, likes)
    if table.values.dtype.kind not in "biuf":
        raise ValueError(f"{name} has dtype {table.values.dtype}: it must hold real numbers")
    order = sorted(range(len(table.dims)), key=lambda i: table.dims[i])
    values = table.values.transpose(*order, -1)
    with np.errstate(over="ignore"):
        cast = values.astype(asked.dtype)
    if (np.isfinite(values) & ~np.isfinite(cast)).any():
        raise ValueError(f"{name} reaches {np.abs(values[np.isfinite(values)]).max():.3g}, beyond {asked.dtype}")
    return Table(tuple(table.dims[i] for i in order), cast)


def _check_shapes(name: str, table: Table, asked: Request, found: Sequence[tuple[Cell, Any]]) -> None:
    """Check that each network is given a row of its own length, or one that ends with zeros."""
    axes, varied = list(asked.axes), [dim for dim in arguments.SHAPES if dim in asked.axes]
    if missing := [dim for dim in varied if dim not in table.dims and len({str(like) for _, like in found}) > 1]:
        raise ValueError(f"{name} is not over {missing[0]}, but the networks of this sweep differ in shape along it")
    for cell, like in found:
        where = tuple(cell.index[axes.index(dim)] if dim in axes else slice(None) for dim in table.dims)
        rows, count = table.values[where], sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(like))
        if rows.shape[-1] < count:
            raise ValueError(
                f"{name} holds {rows.shape[-1]} numbers for each network, but one with sizes={cell.sizes} has {count} "
                "parameters"
            )
        if name == "start" and rows[..., count:].any():
            raise ValueError(
                f"{name} holds {rows.shape[-1]} numbers for each network, but one with sizes={cell.sizes} has {count} "
                "parameters, and the numbers after them are not 0"
            )


def _of_array(name: str, value: Any, asked: Request) -> Table:
    """Rows from a DataArray over `param` and some of the dimensions of the sweep, each with a coordinate."""
    for setting, fixed in {**asked.constants, **asked.numeric_constants}.items():  # all networks have one label
        label = asked.label(setting, fixed)
        if setting in value.indexes and label in value.indexes[setting]:
            value = value.sel({setting: label})
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
        value = arguments.selected(name, value, dim, np.asarray(list(labels[dim])))
    return Table(dims, np.asarray(value.transpose(*dims, "param").values))


def _of_tree(name: str, value: Any, asked: Request, likes: Mapping[Any, Any]) -> Table:
    """Rows from a tree of arrays like the parameters of a network, maybe with the axes of the sweep in front."""
    if len(likes) > 1:
        raise ValueError(
            f"{name} is a tree of arrays, but the networks of this sweep have several shapes or models: give a "
            "DataArray such as runs.params"
        )
    (like,) = likes.values()
    lengths = {**asked.axis_labels(), "seed": asked.seeds}
    grid = tuple(len(lengths[dim]) for dim in asked.dimensions())
    if combinations.same_structure(value, like):
        leaves, needed = [np.asarray(leaf) for leaf in jax.tree.leaves(value)], jax.tree.leaves(like)
        for dims, front in (((), ()), (asked.dimensions(), grid)):
            if all(leaf.shape == (*front, *one.shape) for leaf, one in zip(leaves, needed, strict=True)):
                return Table(dims, np.concatenate([leaf.reshape(*front, -1) for leaf in leaves], axis=-1))
    wanted = [leaf.shape for leaf in jax.tree.leaves(like)]
    raise ValueError(
        f"{name} must be a DataArray such as runs.params, or a tree like the parameters of a network, whose arrays "
        f"have the shapes {wanted}, maybe with the axes {dict(zip(asked.dimensions(), grid, strict=True))} in front"
    )
