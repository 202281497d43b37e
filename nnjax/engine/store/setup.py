"""A store is made, or looked at whether this sweep goes on in it, and grows where it has to."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnjax.engine import labelling, provenance, records
from nnjax.engine.plans import Plan, Planner
from nnjax.engine.settings import Settings, Tasks
from nnjax.engine.store import disk, growth, locks, reading, regions


def settle(
    path: Path, right: locks.Right, asked: Settings, data: Tasks, planner: Planner
) -> tuple[Settings, Tasks, Plan, tuple[int, ...]]:
    """Settings, data and plan in the order of the store, and its chunk on the member axes."""
    if right.alone:
        disk.settle(path)
        disk.tidy(path)
    if not path.exists():
        if not right.alone:
            raise ValueError(f"store={str(path)!r} has gone while other shards were writing it")
        plan = planner(asked, data)
        chunk = _chunk(asked, plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.create(path, labelling.frame(asked, plan), variables(asked, plan, chunk))
        return asked, data, plan, chunk
    attrs = disk.metadata(path)
    numerics = json.loads(attrs["provenance"]).get("numerics", {})
    try:
        if different := provenance.differences(numerics):
            raise ValueError("\n  ".join(["it was written where other numbers come out:", *different]))
        settings, data = growth.in_order(asked, data, attrs["settings"])
        recorded = json.loads(attrs["settings"])
        shape = [len(axis) for axis in recorded["axes"].values()]
        new_shape = [len(axis) for axis in settings.axes.values()]
        plan = planner(settings, data, recorded=growth.choices(attrs["plan"], shape, new_shape))
        _check_plan(json.loads(attrs["plan"])["asked"], json.loads(records.plan_to_json(plan))["asked"])
    except ValueError as error:
        raise ValueError(
            f"store={str(path)!r} holds another sweep: {error}\ngive another store, or fresh=True "
            "(--fresh on the command line), which moves the old one aside"
        ) from error
    chunk = _chunk_of(path, settings)
    if records.settings_to_json(settings) != attrs["settings"]:
        if not right.alone:
            raise ValueError(
                f"store={str(path)!r} cannot grow while other shards are being written; wait for their end"
            )
        frame = labelling.frame(settings, plan)
        frame.attrs["provenance"] = attrs["provenance"]  # of what made it; run.json tells of those that came later
        disk.grow(path, frame, variables(settings, plan, chunk))
    return settings, data, plan, chunk


def _chunk(asked: Settings, plan: Plan) -> tuple[int, ...]:
    sizes = [math.prod(shape) * np.dtype(kind).itemsize for shape, kind, _ in labelling.variables(plan, asked).values()]
    return regions.chunk_shape(plan, max(sizes))


def _chunk_of(path: Path, settings: Settings) -> tuple[int, ...]:
    """The chunk on the member axes that a store was made with."""
    chunks = disk.arrays(path, ["status"])["status"].chunks
    members = tuple(chunks[len(settings.axes) :])
    return members if settings.tasks else (1, *members)


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


def variables(asked: Settings, plan: Plan, chunk: Sequence[int]) -> dict[str, disk.Variable]:
    """The arrays of the networks, by name."""
    grid = labelling.grid_shape(asked, plan)
    chunks = (*(1 for _ in plan.static_shape), *(chunk if asked.tasks else chunk[1:]))
    return {
        name: disk.Variable(
            labelling.variable_dimensions(name, asked, len(shape)),
            (*grid, *shape),
            (*chunks, *shape),
            dtype,
            blank,
            labelling.LONG_NAMES.get(name),
        )
        for name, (shape, dtype, blank) in labelling.variables(plan, asked).items()
    }


def check_place(path: Path) -> None:
    """Raise a ValueError where no store can be."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"store={str(path)!r} is a file; a store is a folder")
    if path.is_dir() and not (path / reading.META).exists() and any(path.iterdir()):
        raise ValueError(f"store={str(path)!r} is a folder that holds other things; give a path of its own")


def move_aside(path: Path) -> None:
    """Rename a store that is there, and what was written down about it."""
    disk.move_aside(path)
    for file in path.parent.glob(f"{path.name}.run.*json"):
        number = 1
        while (target := file.with_name(f"{file.name}.{number}")).exists():
            number += 1
        file.rename(target)
