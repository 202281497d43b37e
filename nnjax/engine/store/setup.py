"""Make a store, or open an existing one for a sweep that is resumed in it or makes its axes longer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnjax import provenance
from nnjax.engine import dataset, identity, records
from nnjax.engine.plan import Plan
from nnjax.engine.plan import plan as plan_of
from nnjax.engine.request import Request, Tasks
from nnjax.engine.store import checksums, chunks, files, locks, resume


def make(path: Path, asked: Request, planned: Plan) -> str | None:
    """Make the store if there is none. Returns its id, or None if there was one."""
    if path.is_dir() and any(path.iterdir()):
        return None
    chunk = chunks.chunk_shape(planned, max(variable.num_bytes for variable in planned.variables.values()))
    if len(asked.task_axes) > 1:  # one task in each chunk, so that each axis can grow
        chunk = (1, *chunk[1:])
    return files.create(path, dataset.frame(asked, planned), arrays(asked, planned, chunk))


class Match(NamedTuple):
    """A sweep that a store may hold: request, data and plan in the order of the store, whose record was checked.

    `chunk` is the shape of the store's chunks on the member axes, `grows` whether the sweep has networks for which the
    store was not made.
    """

    record: tuple[str, ...]
    request: Request
    data: Tasks
    plan: Plan
    chunk: tuple[int, ...]
    grows: bool


def matched(path: Path, asked: Request, planned: Plan, data: Tasks, before: Match | None = None) -> Match:
    """Check that the store at `path` may hold a sweep. Nothing is written, so a sweep that is refused changes nothing.

    `before` is the result of an earlier call, which is returned if nobody has changed the store since.

    Raises:
        ValueError: if the store holds another sweep, telling what differs; or if it cannot grow to hold this one.
    """
    root = files.root_of(path)
    record = (root.id, *(root.attributes[name] for name in ("settings", "plan", "provenance")))
    if before is not None and record == before.record:
        return before
    try:
        request, data, plan = _resumed(root.attributes, asked, planned, data)
    except ValueError as error:
        raise ValueError(
            f"store={str(path)!r} holds another sweep: {error}\ngive another store, or fresh=True (--fresh on the "
            "command line), which moves the old one aside"
        ) from error
    chunk, grows = _chunk_of(path, request), records.request_to_json(request) != record[1]
    if grows:
        _check_arrays(path, arrays(request, plan, chunk))
    return Match(record, request, data, plan, chunk, grows)


def open_for(
    path: Path, right: locks.Right, asked: Request, planned: Plan, data: Tasks, before: Match
) -> tuple[Request, Tasks, Plan, tuple[int, ...]]:
    """Request, data and plan in the order of the store, and the shape of its chunks on the member axes.

    `before` is the sweep as it matched the store before this process held the right to write it.
    """
    _, request, data, plan, chunk, grows = matched(path, asked, planned, data, before)
    interrupted = files.is_growing(path)
    if (grows or interrupted) and not right.alone:
        raise ValueError(
            f"store={str(path)!r} cannot grow while other shards are being written; wait until they have ended"
        )
    if right.alone:
        files.tidy(path)
    # Interrupted growth leaves files that do not match the metadata of the whole store. All of them are then replaced.
    root = files.root_of(path) if interrupted else files.metadata(path)
    if grows or interrupted:
        frame = dataset.frame(request, plan)
        frame.attrs["provenance"] = root.attributes["provenance"]  # of the session that made it; see the run log
        files.grow(root, frame, arrays(request, plan, chunk))
    return request, data, plan, chunk


def _check_arrays(path: Path, grown: Mapping[str, files.Array]) -> None:
    """Check that the new networks have the same variables as those in the store.

    Raises:
        ValueError: naming a variable that is new, or of another dtype or shape.
    """
    for name, array in grown.items():
        here = (array.dtype.name, list(array.chunks))
        if not (path / name / checksums.META).exists():
            wrong = f"the new networks have the variable {name!r}, which those in the store do not have"
        else:
            there = _kind_of(path, name)
            wrong = "" if there == here else f"{name!r} is {there[0]} {there[1]} there and {here[0]} {here[1]} here"
        if wrong:
            raise ValueError(f"store={str(path)!r} cannot grow: {wrong}; give the new networks a store of their own")


def _kind_of(path: Path, name: str) -> tuple[str, list[int]]:
    """The dtype and the shape of the chunks of an array in a store."""
    file = path / name / checksums.META
    if (content := checksums.read(file)) is None:
        raise checksums.missing(file)
    meta = checksums.parsed(file, content)
    try:
        dtype, chunk = meta["data_type"], meta["chunk_grid"]["configuration"]["chunk_shape"]
        good = all(isinstance(size, int) and size > 0 for size in chunk)
    except (KeyError, TypeError) as error:
        raise checksums.damaged(file) from error
    if not good:
        raise checksums.damaged(file)
    return dtype, chunk


def _resumed(attrs: Mapping[str, str], asked: Request, planned: Plan, data: Tasks) -> tuple[Request, Tasks, Plan]:
    """Request and data in the order of the store with these attributes, and the plan for both.

    Raises:
        ValueError: telling why the sweep cannot be resumed there.
    """
    if different := provenance.differences(json.loads(attrs["provenance"]).get("numerics", {})):
        raise ValueError(
            "\n  ".join(["it was computed with other software, hardware or settings (there) than here:", *different])
        )
    if (attrs["settings"], attrs["plan"]) == (records.request_to_json(asked), records.plan_to_json(planned, asked)):
        return asked, data, planned  # without planning, which may take long while others wait
    request, data = resume.in_order(asked, data, attrs["settings"])
    _check_plan(json.loads(attrs["plan"]), records.how_asked(request))
    recorded = json.loads(attrs["settings"])
    shape = [len(axis) for axis in recorded["axes"].values()]
    new_shape = [len(axis) for axis in request.axes.values()]
    plan = plan_of(request, data, recorded=resume.choices(attrs["plan"], shape, new_shape))
    if different := identity.differences(records.traces_from_json(attrs["plan"]), plan.traces):
        raise ValueError("\n  ".join(["its functions (there) are not those of this sweep (here):", *different]))
    return request, data, plan


def _chunk_of(path: Path, request: Request) -> tuple[int, ...]:
    """The shape of a store's chunks on the member axes."""
    _, chunk = _kind_of(path, "status")
    members, num_axes = tuple(chunk[len(request.axes) :]), len(request.task_axes)
    return members if num_axes == 1 else (1, *members[num_axes:])


def _check_plan(there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Check that layout, padding and compiler options are those that were asked for before, and no program has others.

    An option such as xla_dump_to names files that the compiler writes, so none is taken from a record.
    """
    called = {"options": "compiler_options"}
    lines = {
        f"{called.get(name, name)}: {old!r} there, {here[name]!r} here": None
        for name, old in (*there["asked"].items(), *(("options", kind["options"]) for kind in there["kinds"]))
        if here[name] != old
    }
    if lines:
        raise ValueError("\n  ".join(["its settings (there) are not those of this sweep (here):", *lines]))


def arrays(request: Request, plan: Plan, chunk: Sequence[int]) -> dict[str, files.Array]:
    """What the store's arrays of networks hold, by name."""
    grid = dataset.grid_shape(request, plan)
    tasks = chunk[:1] if len(request.task_axes) == 1 else (1 for _ in request.task_axes)
    inside = (*(1 for _ in plan.static_shape), *tasks, *chunk[1:])
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


def checked_place(path: Path, fresh: bool) -> Path:
    """The resolved path, after checking that a store is there or can be made there.

    Raises:
        ValueError: if no store can be there, or the one there cannot be resumed; nothing is changed.
    """
    if "\0" in str(path):
        raise ValueError(f"store={str(path)!r} must be a path: it contains a NUL character")
    path = path.resolve()  # a store is locked once, whichever path leads to it
    if not path.name:
        raise ValueError(f"store={str(path)!r} must be a folder of its own")
    if (above := next((one for one in path.parents if files.is_ours(one)), None)) is not None:
        raise ValueError(f"store={str(path)!r} lies inside the store {str(above)!r}, which it would damage")
    if path.exists() and not path.is_dir():
        raise ValueError(f"store={str(path)!r} is a file; a store is a folder")
    if not path.is_dir() or not any(path.iterdir()):
        return path
    if fresh and not files.is_ours(path):
        raise ValueError(f"store={str(path)!r} is not a store of nnjax.sweep, so fresh=True does not move it")
    if not fresh and (content := checksums.read(path / checksums.META)) is not None:
        checksums.read_root(path, content)
    elif not files.is_ours(path):
        raise ValueError(
            f"store={str(path)!r} is a folder with other content; give the path of a store or of a new folder"
        )
    return path


def check_variables(planned: Plan) -> None:
    """Raise a ValueError for a measure that no store can hold."""
    for name, (shape, dtype, _) in planned.variables.items():
        if np.dtype(dtype).kind not in "biufc":
            raise ValueError(f"measure[{name!r}] has the dtype {dtype}, which a store cannot hold: make it float32")
        if 0 in shape:
            raise ValueError(f"measure[{name!r}] has the shape {shape[1:]}, which a store cannot hold: it is empty")


def move_aside(path: Path) -> None:
    """Rename a store that is there, unless it is being written."""
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not (path / locks.OWN).parent.is_dir():  # damaged so much that nobody can be writing it
        files.move_aside(path)
        return
    with locks.held(path, None) as right, right.setting_up():
        files.move_aside(path)
