"""Settings and plans as strict JSON, so that a result tells what it is and can be made again from it."""

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnjax import naming, training
from nnjax.engine import planning, plans, settings, values


def settings_to_json(asked: settings.Settings) -> str:
    """The settings, functions by their names."""

    def plain(name: str, value: Any) -> Any:
        return list(value) if name == "hidden" else value if value is None else values.label(name, value)

    tables = {
        name: {"dims": table.dims, "values": table.values.tolist()} for name, table in asked.numeric_tables.items()
    }
    data = ("tasks", "shapes", "fingerprints")
    same = ("numeric_axes", "numeric_constants", *data, "num_steps", "record_every", "judged_rows")
    seeds = asked.seeds
    return json.dumps(
        {
            "axes": {name: [plain(name, v) for v in axis] for name, axis in asked.axes.items()},
            "constants": {name: plain(name, value) for name, value in asked.constants.items()},
            "numeric_tables": tables,
            "measure": {name: naming.name_of(f, {}, "measure") for name, f in asked.measure},
            "early_stop": asked.early_stop,
            "model": [None if f is None else naming.name_of(f, {}, "model") for f in asked.model],
            "dtype": asked.dtype,
            "sources": _sources(asked),
            "seeds": [seeds.start, seeds.stop, seeds.step] if isinstance(seeds, range) else {"list": seeds},
            **{name: getattr(asked, name) for name in same},
        },
        allow_nan=False,
    )


def _sources(asked: settings.Settings) -> dict[str, str]:
    """A hash of the text of every function of the user's own, by its address: a name alone promises nothing."""
    found = {}
    for f in _functions(asked):
        module = getattr(f, "__module__", "")
        if module.partition(".")[0] in ("nnjax", "jax", "optax"):
            continue
        try:
            text = inspect.getsource(f)
        except (OSError, TypeError):  # typed into a prompt, or not written in Python
            continue
        found[f"{module}:{f.__qualname__}"] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return dict(sorted(found.items()))


def _functions(asked: settings.Settings) -> Iterator[Callable]:
    for name in values.FUNCTIONS:
        yield from asked.given(name)
    yield from (f for _, f in asked.measure)
    yield from (f for f in asked.model if f is not None)


def in_order(text: str, data: settings.Tasks) -> settings.Tasks:
    """The data with its tasks in the order in which the sweep had them.

    Raises:
        ValueError: for data with other tasks.
    """
    recorded = json.loads(text)["tasks"]
    names = list(data) if isinstance(data, dict) else None
    if names == recorded:
        return data
    if names is None or recorded is None or set(names) != set(recorded):
        raise ValueError(f"data has the tasks {names}, but the sweep had {recorded}")
    return {name: data[name] for name in recorded}


def settings_from_json(text: str, data: settings.Tasks) -> settings.Settings:
    """The settings that `settings_to_json` wrote, checked again against the data.

    Raises:
        ValueError: for data of other shapes or with other tasks.
    """
    import xarray as xr

    read = json.loads(text)
    in_order(text, data)
    shapes = [None if a is None else list(np.shape(a)) for a in settings.first_of(data)]
    if shapes != read["shapes"]:
        raise ValueError(f"data has shapes {shapes}, but the sweep had {read['shapes']}")
    names = read["tasks"] or [None]
    for name, here, there in zip(names, settings.fingerprints(data), read["fingerprints"], strict=True):
        if here != there:
            one = "data" if name is None else f"data[{name!r}]"
            raise ValueError(f"{one} has the shapes of the sweep's data, but other numbers: give the very same data")

    def original(name: str, value: Any) -> Any:
        return tuple(value) if name == "hidden" else value

    constants = {name: original(name, value) for name, value in read["constants"].items()}
    axes = {name: [original(name, value) for value in axis] for name, axis in read["axes"].items()}
    labels = {**axes, **read["numeric_axes"], "task": read["tasks"]}
    tables = {
        name: xr.DataArray(
            table["values"], {dim: [values.label(dim, v) for v in labels[dim]] for dim in table["dims"]}, table["dims"]
        )
        for name, table in read["numeric_tables"].items()
    }
    return settings.check(
        data,
        static={**dict.fromkeys(values.STATIC), **constants, **axes},
        numeric={**read["numeric_constants"], **read["numeric_axes"], **tables},
        measure={name: naming.lookup(f, {}, "measure") for name, f in read["measure"].items()} or None,
        model=training.Model(*map(_model_function, read["model"])),
        seeds=range(*read["seeds"]) if isinstance(read["seeds"], list) else read["seeds"]["list"],
        judged_rows=read.get("judged_rows"),  # which older records do not have
        **{name: read[name] for name in ("num_steps", "record_every", "early_stop", "dtype")},
    )


def _model_function(name: str | None) -> Any:
    return None if name is None else naming.lookup(name, {}, "model")


def plan_to_json(plan: plans.Plan) -> str:
    """What of a plan is needed to train one of its networks again, bit for bit."""
    # Most grids need one kind or two; each program has its kind's number and its cells' places in the grid.
    kinds: list[dict[str, Any]] = []
    programs = []
    for program in plan.programs:
        kind = {
            "lanes": program.lanes,
            "layout": program.spec.layout,
            "records_per_call": program.records_per_call,
            "options": dict(program.options),
        }
        if kind not in kinds:
            kinds.append(kind)
        programs.append([kinds.index(kind), plan.numbers_of(program).tolist()])
    asked = {"layout": plan.layout, "padding": plan.padding, "options": dict(plan.options)}
    return json.dumps({"num_networks": plan.num_networks, "asked": asked, "kinds": kinds, "programs": programs})


def plan_from_json(text: str, asked: settings.Settings, data: settings.Tasks) -> plans.Plan:
    """The plan that `plan_to_json` recorded."""
    given = json.loads(text)["asked"]
    options = tuple(sorted(given.pop("options").items()))
    return planning.from_choices(asked, data, choices_from_json(text), **given, options=options)


def choices_from_json(text: str) -> planning.Choices:
    """What `plan_to_json` recorded of every program: what kind it is, and the places of its cells in the grid."""
    read = json.loads(text)
    return [(read["kinds"][kind], group) for kind, group in read["programs"]]
