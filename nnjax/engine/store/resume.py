"""Whether a sweep may be resumed in an existing store: an axis may grow, and nothing else may differ."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnjax import arguments
from nnjax.arguments import Table
from nnjax.engine import records, weights
from nnjax.engine.plan import Choices
from nnjax.engine.request import Request, Seeds, Tasks, axes_of_tasks, targets
from nnjax.tasks.axes import names_of

_STAYS = "an axis can gain values, but must keep those it has (open_store(path).sel(...) reads only some)"
SAME = ("shapes", "num_steps", "record_every", "judged_rows", "measure", "early_stop", "decision", "model", "dtype")
# Those that a record has only where they are used.
ADDED = ("classes", "patience", "keep_params")


def in_order(asked: Request, data: Tasks, text: str) -> tuple[Request, Tasks]:
    """The request and data with every axis in the recorded order, new values at the end.

    Raises:
        ValueError: telling all that differs, field by field.
    """
    recorded = json.loads(text)
    if different := differences(recorded, json.loads(records.request_to_json(asked))):
        raise ValueError("\n  ".join(["its settings (there) are not those of this sweep (here):", *different]))
    places = {name: _places(asked.labels[name], recorded["axes"][name], name) for name in asked.axes}
    axes = {name: tuple(asked.axes[name][i] for i in order) for name, order in places.items()}
    ordered = {name: tuple(asked.labels[name][i] for i in order) for name, order in places.items()}
    numeric = {name: _in_order(asked.numeric_axes[name], known) for name, known in recorded["numeric_axes"].items()}
    known = axes_of_tasks(recorded.get("grid"), recorded["tasks"])
    task_axes = {name: _in_order(asked.task_axes[name], axis) for name, axis in known.items()}
    tasks = names_of(task_axes) if asked.grid else task_axes.get("task")
    seeds = _seeds(asked.seeds, recorded["seeds"])
    old, new = {**asked.axis_labels(), "seed": asked.seeds}, {**ordered, **numeric, **task_axes, "seed": seeds}
    tables, given = (
        {name: _reordered(table, old, new) for name, table in some.items()}
        for some in (asked.numeric_tables, weights.tables(asked))
    )
    different = _changed_tables(tables, recorded["numeric_tables"]) + _changed_params(given, recorded)
    if different:
        raise ValueError("\n  ".join(["its settings (there) are not those of this sweep (here):", *different]))
    if tasks is not None and isinstance(data, dict):
        _check_decision(asked, data, recorded["tasks"])
        data = {name: data[name] for name in tasks}
    order = [list(asked.tasks or (None,)).index(name) for name in tasks or (None,)]
    grown = replace(
        asked,
        axes=axes,
        labels=ordered,
        numeric_axes=numeric,
        numeric_tables=tables,
        tasks=tasks,
        grid=asked.grid and task_axes,
        fingerprints=tuple(asked.fingerprints[i] for i in order),
        x_ranges=asked.x_ranges and tuple(asked.x_ranges[i] for i in order),
        seeds=seeds,
        **given,
        task_seeds=asked.task_seeds and tuple(asked.task_seeds[i] for i in order),
    )
    return grown, data


def differences(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """The differences between two requests, as JSON, that prevent resuming: a line for each field."""
    lines = []
    for axes, constants in (("axes", "constants"), ("numeric_axes", "numeric_constants")):
        lines += _of_fields(_kinds(there, axes, constants), _kinds(here, axes, constants))
    both = [axes_of_tasks(read.get("grid"), read["tasks"]) for read in (there, here)]
    lines += _of_fields(*({name: ("axis", axis) for name, axis in axes.items()} for axes in both))
    known = dict(zip(here["tasks"] or [None], here["fingerprints"], strict=True))
    for name, print_there in zip(there["tasks"] or [None], there["fingerprints"], strict=True):
        if known.get(name, print_there) != print_there:
            what = "data" if name is None else f"data[{name!r}]"
            lines.append(f"{what}: other numbers (sha256 {print_there[:12]} there, {known[name][:12]} here)")
    lines += _of_functions(there, here)
    gone = _gone_seeds(there["seeds"], here["seeds"])
    if gone:
        lines.append(f"seeds: {_few(gone)} there, not here; {_STAYS}")
    lines += _of_task_seeds(there, here)
    for name in SAME:
        if there.get(name) != here[name]:  # older records lack some
            lines.append(_line(name, there.get(name), here[name]))
    for name in ADDED:
        if there.get(name) != here.get(name):
            lines.append(
                _line(name, *(_said("constant" if name in read else "", read.get(name)) for read in (there, here)))
            )
    offsets = [read.get("seed_offset", 0) for read in (there, here)]
    return lines if offsets[0] == offsets[1] else [*lines, _line("nnjax.hooks.offsetting_seeds", *offsets)]


def _kinds(read: Mapping[str, Any], axes: str, constants: str) -> dict[str, tuple[str, Any]]:
    """The kind of every field ("axis", "constant" or "table"), and its values; for a table, its dimensions."""
    found = {name: ("axis", axis) for name, axis in read[axes].items()}
    found |= {name: ("constant", value) for name, value in read[constants].items()}
    if axes == "numeric_axes":
        found |= {name: ("table", table["dims"]) for name, table in read["numeric_tables"].items()}
    return found


def _of_fields(there: Mapping[str, tuple[str, Any]], here: Mapping[str, tuple[str, Any]]) -> list[str]:
    lines = []
    for name in dict.fromkeys((*there, *here)):
        (kind, old), (new_kind, new) = there.get(name, ("", None)), here.get(name, ("", None))
        if kind == new_kind == "axis":
            if gone := [value for value in old if value not in new]:
                lines.append(f"{name}: {_few(gone)} there, not here; {_STAYS}")
        elif (kind, old) != (new_kind, new):
            hint = "; to let it grow, start with a list" if (kind, new_kind) == ("constant", "axis") else ""
            lines.append(_line(name, _said(kind, old), _said(new_kind, new), hint))
    return lines


def _of_functions(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """A line for each label that stands for another function than before."""
    lines = []
    for name in arguments.FUNCTIONS:
        old, new = (read.get("functions", {}).get(name, {}) for read in (there, here))
        for label in there["axes"].get(name, ()):
            if label in here["axes"].get(name, ()) and old.get(label, label) != new.get(label, label):
                lines.append(_line(f"{name}={label!r}", old.get(label, label), new.get(label, label)))
    return lines


def _of_task_seeds(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """A line for each task whose own seeds differ from those before; there may be more of them."""
    both = (there.get("task_seeds"), here.get("task_seeds"))
    if None in both:
        said = ["the same for all tasks" if one is None else "separate for each task" for one in both]
        return [] if both == (None, None) else [_line("seeds", *said)]
    old, new = (
        {name: records.seeds_from_json(one) for name, one in zip(read["tasks"], read["task_seeds"], strict=True)}
        for read in (there, here)
    )
    return [
        _line(f"seeds[{name!r}]", _few(seeds), _few(new[name]))
        for name, seeds in old.items()
        if name in new and any(a != b for a, b in zip(seeds, new[name], strict=False))
    ]


def _said(kind: str, value: Any) -> str:
    return "not given" if not kind else f"{value!r}" if kind == "constant" else f"the {kind} {value!r}"


def _line(name: str, there: Any, here: Any, hint: str = "") -> str:
    texts = [value if isinstance(value, str) else repr(value) for value in (there, here)]
    return f"{name}: {texts[0]} there, {texts[1]} here{hint}"


def _few(items: Sequence[Any]) -> str:
    shown = ", ".join(repr(item) for item in items[:5])
    return shown if len(items) <= 5 else f"{shown} and {len(items) - 5} more"


def _places(labels: Sequence[Any], recorded: Sequence[Any], name: str) -> list[int]:
    """The indices of an axis's values among `labels`: the recorded values in their order, then the new ones."""
    if name in ("hidden", "batch_size"):  # recorded as values, not as labels
        recorded = [arguments.label(name, value) for value in recorded]
    new = [i for i, label in enumerate(labels) if label not in recorded]
    return [*(list(labels).index(label) for label in recorded), *new]


def _in_order(axis: Sequence[Any], known: Sequence[Any]) -> tuple:
    return (*known, *(value for value in axis if value not in known))


def _gone_seeds(there: Any, here: Any) -> list[int]:
    old, new = records.seeds_from_json(there), records.seeds_from_json(here)
    if isinstance(old, range) and isinstance(new, range) and _is_start(old, new):
        return []
    present = new if isinstance(new, range) else set(new)
    return [seed for seed in old if seed not in present]


def _is_start(old: range, new: range) -> bool:
    return new[: len(old)] == old


def _seeds(asked: Seeds, recorded: Any) -> Seeds:
    old = records.seeds_from_json(recorded)
    if isinstance(old, range) and isinstance(asked, range) and _is_start(old, asked):
        return asked
    known = set(old)
    return (*old, *(seed for seed in asked if seed not in known))


def _reordered(table: Table, old: Mapping[str, Sequence[Any]], new: Mapping[str, Sequence[Any]]) -> Table:
    """A table over axes with the labels `old`, with its values in the order of the labels `new`."""
    places = {dim: {label: i for i, label in enumerate(old[dim])} for dim in table.dims}
    index = [[places[dim][label] for label in new[dim]] for dim in table.dims]
    return table._replace(values=table.values[np.ix_(*index)])


def _changed_params(given: Mapping[str, Table], recorded: Mapping[str, Any]) -> list[str]:
    """A line for each of `start` and `mask` that is not what the networks in the store were given."""
    lines = []
    for name in weights.NAMES:
        there, here = recorded.get(name), None
        if name in given:
            lengths = [] if there is None else there["shape"][:-1]  # without new labels
            here = weights.recorded(given[name]._replace(values=given[name].values[tuple(map(slice, lengths))]))
        if there != here:
            lines.append(
                _line(name, *("not given" if one is None else f"sha256 {one['sha256'][:12]}" for one in (there, here)))
            )
    return lines


def _changed_tables(tables: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, table in recorded.items():
        old = np.asarray(table["values"])
        new = tables[name].values[tuple(map(slice, old.shape))]
        if not np.array_equal(old, new):
            at = tuple(np.argwhere(old != new)[0])
            lines.append(f"{name}: the table over {', '.join(table['dims'])} has {old[at]} there, {new[at]} here")
    return lines


def _check_decision(asked: Request, data: Mapping[str, Any], known: Sequence[str]) -> None:
    """Check that new tasks do not change what counts as a right answer, which follows from the targets of all tasks."""
    old, new = targets({name: data[name] for name in known}), targets(dict(data))
    for loss in asked.values("loss"):
        if asked.decision_of(loss, old) != asked.decision_of(loss, new):
            raise ValueError(
                "its settings are not those of this sweep:\n  data: the new tasks change what counts as a correct "
                "answer, because their targets have other levels than those of the tasks in the store"
            )


def choices(plan: str, old_shape: Sequence[int], new_shape: Sequence[int]) -> Choices:
    """The programs of a recorded plan, with the places of their cells in the grown grid."""
    found = records.choices_from_json(plan)
    if not old_shape:
        return found
    return [
        (kind, np.ravel_multi_index(np.unravel_index(group, tuple(old_shape)), tuple(new_shape)).tolist())
        for kind, group in found
    ]
