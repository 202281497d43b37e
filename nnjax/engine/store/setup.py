"""Make a store, or open the one that is there for a sweep that is resumed in it or makes its axes longer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnjax import provenance
from nnjax.engine import dataset, identity, records
from nnjax.engine.plan import Plan
from nnjax.engine.plan import plan as plan_of
from nnjax.engine.request import Request, Tasks
from nnjax.engine.store import checksums, chunks, files, locks, resume


def make_or_open(
    path: Path, right: locks.Right, asked: Request, planned: Plan, data: Tasks
) -> tuple[Request, Tasks, Plan, tuple[int, ...]]:
    """Request, data and plan in the order of the store, and the shape of its chunks on the member axes."""
    if right.alone:
        files.finish_growth(path)
        files.tidy(path)
    if not path.exists():
        if not right.alone:
            raise ValueError(f"store={str(path)!r} has gone while other shards were writing it")
        chunk = chunks.chunk_shape(planned, max(variable.num_bytes for variable in planned.variables.values()))
        path.parent.mkdir(parents=True, exist_ok=True)
        files.create(path, dataset.frame(asked, planned), arrays(asked, planned, chunk))
        return asked, data, planned, chunk
    attrs = files.metadata(path)
    try:
        request, data, plan = _resumed(attrs, asked, data)
    except ValueError as error:
        raise ValueError(
            f"store={str(path)!r} holds another sweep: {error}\ngive another store, or fresh=True "
            "(--fresh on the command line), which moves the old one aside"
        ) from error
    chunk = _chunk_of(path, request)
    if records.request_to_json(request) != attrs["settings"]:
        if not right.alone:
            raise ValueError(
                f"store={str(path)!r} cannot grow while other shards are being written; wait for their end"
            )
        frame = dataset.frame(request, plan)
        frame.attrs["provenance"] = attrs["provenance"]  # of what made it; run.json tells of those that came later
        files.grow(path, frame, arrays(request, plan, chunk))
    return request, data, plan, chunk


def _resumed(attrs: Mapping[str, str], asked: Request, data: Tasks) -> tuple[Request, Tasks, Plan]:
    """Request and data in the order of the store with these attributes, and the plan for both.

    Raises:
        ValueError: telling what forbids to go on.
    """
    if different := provenance.differences(json.loads(attrs["provenance"]).get("numerics", {})):
        raise ValueError("\n  ".join(["it was written where other numbers come out:", *different]))
    request, data = resume.in_order(asked, data, attrs["settings"])
    recorded = json.loads(attrs["settings"])
    shape = [len(axis) for axis in recorded["axes"].values()]
    new_shape = [len(axis) for axis in request.axes.values()]
    plan = plan_of(request, data, recorded=resume.choices(attrs["plan"], shape, new_shape))
    _check_plan(json.loads(attrs["plan"])["asked"], records.how_asked(request))
    if different := identity.differences(records.traces_from_json(attrs["plan"]), plan.traces):
        raise ValueError("\n  ".join(["other functions than those of the store:", *different]))
    return request, data, plan


def _chunk_of(path: Path, request: Request) -> tuple[int, ...]:
    """The chunk on the member axes that a store was made with."""
    found = files.arrays(path, ["status"])["status"].chunks
    members = tuple(found[len(request.axes) :])
    return members if request.tasks else (1, *members)


def _check_plan(there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Layout, padding and compiler options are those that were asked for before."""
    called = {"options": "compiler_options"}
    lines = [
        f"{called.get(name, name)}: {old!r} there, {here[name]!r} here"
        for name, old in there.items()
        if here[name] != old
    ]
    if lines:
        raise ValueError("\n  ".join(["other settings than those of the store:", *lines]))


def arrays(request: Request, plan: Plan, chunk: Sequence[int]) -> dict[str, files.Array]:
    """The arrays of the networks, by name."""
    grid = dataset.grid_shape(request, plan)
    inside = (*(1 for _ in plan.static_shape), *(chunk if request.tasks else chunk[1:]))
    return {
        name: files.Array(
            dataset.variable_dimensions(name, request, len(shape)),
            (*grid, *shape),
            (*inside, *shape),
            np.dtype(dtype),
            blank,
            dataset.attributes(name, plan),
        )
        for name, (shape, dtype, blank) in plan.variables.items()
    }


def check_place(path: Path) -> None:
    """Raise a ValueError where no store can be."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"store={str(path)!r} is a file; a store is a folder")
    if path.is_dir() and not (path / checksums.META).exists() and any(path.iterdir()):
        raise ValueError(f"store={str(path)!r} is a folder that holds other things; give a path of its own")


def move_aside(path: Path) -> None:
    """Rename a store that is there, and what was written down about it."""
    files.move_aside(path)
    for file in path.parent.glob(f"{path.name}.run.*json"):
        number = 1
        while (target := file.with_name(f"{file.name}.{number}")).exists():
            number += 1
        file.rename(target)
