"""Requests and plans as strict JSON, so that a result tells how it was made and can be made again."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nnjax import arguments, losses, mlp, naming, tasks, training
from nnjax.engine import request, weights
from nnjax.engine.plan import Choices, Plan
from nnjax.engine.request import Request, Seeds, Tasks
from nnjax.solvers import by_name

# The functions that a record may name by their addresses: the usual model, and those of the sweeps of this process.
_BY_ADDRESS: dict[str, Callable[..., Any]] = {naming.name_of(f, {}, ""): f for f in (mlp.init, mlp.apply, mlp.predict)}


def remember(asked: Request) -> None:
    """Let records name the functions of this request by their addresses, for the rest of this process."""
    for argument, f in asked.functions():
        with contextlib.suppress(ValueError):  # a lambda has no address
            _BY_ADDRESS[naming.name_of(f, {}, argument)] = f


def request_to_json(asked: Request) -> str:
    """The request as JSON, with functions by their names."""

    def plain(name: str, value: Any) -> Any:
        return list(value) if name == "hidden" else value if value is None else asked.label(name, value)

    tables = {
        name: {"dims": table.dims, "values": table.values.tolist()} for name, table in asked.numeric_tables.items()
    }
    usual = {"decay_biases": True, "model": asked.constants.get("model")}  # models are recorded by their functions
    constants = {name: value for name, value in asked.constants.items() if name not in usual or value != usual[name]}
    data = ("tasks", "shapes", "fingerprints")
    same = ("numeric_axes", "numeric_constants", *data, "num_steps", "record_every", "judged_rows")
    own = {} if asked.task_seeds is None else {"task_seeds": [_seeds_to_json(one) for one in asked.task_seeds]}
    return json.dumps(
        {
            "axes": {name: [plain(name, v) for v in axis] for name, axis in asked.axes.items()},
            "constants": {name: plain(name, value) for name, value in constants.items()},
            "numeric_tables": tables,
            "functions": _addresses(asked),
            "measure": {name: naming.called(f, {}) for name, f in asked.measure},
            "early_stop": asked.early_stop,
            **({"patience": asked.patience} if asked.patience else {}),
            **({"keep_params": True} if asked.keep_params else {}),
            **{name: weights.recorded(table) for name, table in weights.tables(asked).items()},
            "decision": asked.decision,
            "model": None if "model" in asked.axes else _names(asked.constants["model"]),
            "dtype": asked.dtype,
            "seeds": _seeds_to_json(asked.seeds),
            **own,
            **{name: getattr(asked, name) for name in same},
            **({"x_ranges": asked.x_ranges} if asked.x_ranges else {}),
            **({"seed_offset": asked.seed_offset} if asked.seed_offset else {}),
            **({"grid": asked.grid} if asked.grid else {}),
            **({"classes": asked.classes} if asked.classes else {}),
        },
        allow_nan=False,
    )


def _seeds_to_json(seeds: Seeds) -> list[int] | dict[str, tuple[int, ...]]:
    return [seeds.start, seeds.stop, seeds.step] if isinstance(seeds, range) else {"list": seeds}


def seeds_from_json(read: Any) -> range | list[int]:
    """Seeds as they were recorded."""
    return range(*read) if isinstance(read, list) else read["list"]


def _names(model: training.Model) -> list[str | None]:
    """The names of the functions of a model."""
    return [None if f is None else naming.called(f, {}) for f in model]


def _addresses(asked: Request) -> dict[str, dict[str, Any]]:
    """The addresses of functions whose label is not their name, by argument and label; None if there is no address.

    For models on an axis, the names of their functions. The label of a partial of optax.adam is "adam", and in
    {"tanh": f} the function f may have any name.
    """
    found: dict[str, dict[str, Any]] = {}
    if "model" in asked.axes:
        found["model"] = {asked.label("model", model): _names(model) for model in asked.axes["model"]}
    for argument in (name for name in arguments.FUNCTIONS if name != "model"):
        for f in asked.values(argument):
            try:
                address = naming.name_of(f, arguments.STATIC[argument], argument)
            except ValueError:
                address = None
            if address != (label := asked.label(argument, f)):
                found.setdefault(argument, {})[label] = address
    return found


def with_params(asked: Request, data: Tasks, text: str, start: Any, mask: Any) -> Request:
    """A request that was read from a record, with the parameters that were given to the sweep, given again.

    Raises:
        ValueError: unless they are those of the record.
    """
    asked, read = weights.given(asked, data, start, mask), json.loads(text)
    for name in weights.NAMES:
        here, there = weights.tables(asked).get(name), read.get(name)
        if (None if here is None else weights.recorded(here)) != there:
            had = "no" if there is None else "another" if here is not None else "a"
            raise ValueError(f"{name}: this sweep was given {had} {name}; give exactly what was given to sweep")
    return asked


def classes_of(text: str) -> tuple[list[Callable], list[Any] | None]:
    """The loss for which labels became targets in a recorded request, and their classes, as `checked_data` takes them.

    No loss and None if there were no labels.
    """
    read = json.loads(text)
    known = read.get("classes")
    if known is None:
        return [], None
    single = read["shapes"][1][1] == 1
    return [losses.sigmoid_binary_cross_entropy if single else losses.softmax_cross_entropy], known


def tasks_in_order(text: str, data: Tasks) -> Tasks:
    """The data with its tasks in the order in which the sweep had them.

    Raises:
        ValueError: for data with other tasks.
    """
    recorded = json.loads(text)["tasks"]
    names = list(data) if isinstance(data, dict) else None
    if names == recorded:
        return data
    if names is None or recorded is None or set(names) != set(recorded):
        here = "is one Data" if names is None else f"has the tasks {', '.join(names)}"
        there = "one Data" if recorded is None else f"a dict with the tasks {', '.join(recorded)}"
        raise ValueError(f"data {here}, but the sweep had {there}: give the data of the sweep")
    return {name: data[name] for name in recorded}


def request_from_json(
    text: str, data: Tasks, functions: Mapping[str, Any] | None = None, imports: bool = False
) -> Request:
    """The request that `request_to_json` wrote, checked again against the data.

    Args:
        text: the JSON.
        data: the data of that sweep, with its tasks in the same order.
        functions: what was given for arguments whose functions cannot be found by their names, such as a lambda.
        imports: whether modules are imported to find functions. Importing runs code, so the text must be trusted.

    Raises:
        ValueError: for data of other shapes or with other tasks, for functions that are missing, and for a record that
            gives another argument where a setting or a number is expected.
    """
    import xarray as xr

    read = json.loads(text)
    _check_arguments(read)
    tasks_in_order(text, data)
    shapes = [None if shape is None else list(shape) for shape in request.shapes(request.first_of(data))]
    if shapes != read["shapes"]:
        raise ValueError(f"data has shapes {shapes}, but the sweep had {read['shapes']}")
    names = read["tasks"] or [None]
    for name, here, there in zip(names, request.fingerprints(data), read["fingerprints"], strict=True):
        if here != there:
            one = "data" if name is None else f"data[{name!r}]"
            raise ValueError(
                f"{one} has the shapes of the sweep's data, but other numbers or another dtype: "
                "give exactly the same data"
            )
    again = Functions(functions or {}, read.get("functions", {}), imports)  # which older records do not have
    labels = {**read["axes"], **read["numeric_axes"], **request.axes_of_tasks(read.get("grid"), read["tasks"])}
    tables = {
        name: xr.DataArray(
            table["values"],
            {dim: _labels(dim, labels[dim]) for dim in table["dims"]},
            table["dims"],
        )
        for name, table in read["numeric_tables"].items()
    }
    static = {name: again.static(name, value) for name, value in read["constants"].items()}
    for name, axis in read["axes"].items():
        values = [again.static(name, value) for value in axis]
        static[name] = dict(zip(axis, values, strict=True)) if name in arguments.FUNCTIONS else values
    if "model" not in static:
        static["model"] = again.model(read["model"])
    numbers = read["numeric_constants"]
    if read["constants"].get("schedule") == "constant":  # earlier versions ignored the numbers of schedules here
        numbers = {name: value for name, value in numbers.items() if name not in arguments.OF_SCHEDULES}
    stop = read["early_stop"]
    if stop and stop[1] is None:
        stop = (stop[0], tables.pop("early_stop"))
    own = read.get("task_seeds")
    found, _ = request.check(
        tasks.Grid(read["grid"], request.each(data)) if read.get("grid") else data,
        **static,
        **numbers,
        **read["numeric_axes"],
        **tables,
        measure={name: again.measure(name, label) for name, label in read["measure"].items()} or None,
        seeds=dict(zip(names, map(seeds_from_json, own), strict=True)) if own else seeds_from_json(read["seeds"]),
        judged_rows=read.get("judged_rows"),  # which older records do not have
        decision=read.get("decision"),
        early_stop=stop,
        patience=read.get("patience"),
        keep_params=read.get("keep_params", False),
        **{name: read[name] for name in ("num_steps", "record_every", "dtype")},
    )
    classes = read.get("classes")  # the data have targets of them already
    return replace(found, seed_offset=read.get("seed_offset", 0), classes=None if classes is None else tuple(classes))


def _check_arguments(read: Mapping[str, Any]) -> None:
    """Check that settings and numbers have no names of other arguments, such as compiler_options, which names files."""
    static = {*read["axes"], *read["constants"]} - {*arguments.STATIC}
    numbers = {*read["numeric_axes"], *read["numeric_constants"], *read["numeric_tables"]} - {"early_stop"}
    if wrong := [*static, *(numbers & {*arguments.STATIC, *arguments.OTHERS, "data"})]:
        raise ValueError(f"the settings of this sweep are damaged: {wrong[0]!r} cannot be among them")


def _labels(dim: str, recorded: list) -> list:
    """The labels of an axis. Hidden sizes and the batch size "all" are recorded as values, not as labels."""
    return [arguments.label(dim, value) for value in recorded] if dim in ("hidden", "batch_size") else recorded


class Functions:
    """The functions of a recorded request: given again by the user, or found by their names.

    Only with `imports` is a name of a module imported; otherwise a record could run any code.
    """

    def __init__(self, given: Mapping[str, Any], addresses: Mapping[str, Mapping[str, Any]], imports: bool) -> None:
        known = (*arguments.FUNCTIONS, "measure")
        if not isinstance(given, Mapping) or not set(given) <= set(known):
            raise ValueError(f"functions={given!r:.80} must be a dict with some of the keys {', '.join(known)}")
        self.given, self.addresses, self.imports = given, addresses, imports

    def static(self, name: str, value: Any) -> Any:
        """The value of a static setting that was recorded as `value`."""
        if name == "hidden":
            return tuple(value)
        if name not in arguments.FUNCTIONS:
            table = arguments.STATIC[name]
            if table and not (isinstance(value, str) and value in table):
                raise naming.unknown(value, table, name)
            return value
        if name == "model":
            names = self.addresses.get(name, {}).get(value)
            if not isinstance(names, list) or len(names) != len(training.Model._fields):
                raise ValueError(f"the settings of this sweep are damaged: {name}={value!r:.80} has no functions")
            return self.model(names, value)
        given = self.given.get(name)
        if isinstance(given, Mapping):
            return given[value] if value in given else self._found(name, value)
        for one in given if isinstance(given, list) or type(given) is tuple else [given]:
            if (callable(one) or by_name.is_finished(one)) and arguments.label(name, one) == value:
                return one
        return self._found(name, value)

    def measure(self, name: str, label: str) -> Any:
        """The measure of this name, whose function was recorded as `label`."""
        given = self.given.get("measure", {})
        return given[name] if name in given else self._found("measure", label, name)

    def model(self, names: list[str | None], label: str = "") -> training.Model:
        """The Model whose functions have these names (None: it has no such function), by its label on an axis."""
        given = self.given.get("model")
        if label:
            given = given.get(label) if isinstance(given, Mapping) else None

        def function(field: str, name: str | None) -> Any:
            f = None if name is None else getattr(given, field, None)
            return f if name is None or f is not None else self._found("model", name, label)

        return training.Model(*map(function, training.Model._fields, names))

    def _found(self, argument: str, label: str, name: str = "") -> Any:
        table, address = arguments.STATIC.get(argument, {}), label
        if argument != "model":
            address = self.addresses.get(argument, {}).get(label, label)
        try:
            if address is None:
                raise ValueError(f"{argument}={label!r} had no name")
            if self.imports:
                return naming.lookup(address, table, argument)
            found = {**_BY_ADDRESS, **table}.get(str(address))
            if found is None:
                raise naming.unknown(address, table, argument)
            return found
        except ValueError as error:
            example = f"{{{argument!r}: {{{name or label!r}: f}}}}"
            if argument == "model":
                example = f"{{'model': {{{name!r}: model}}}}" if name else "{'model': model}"
            raise ValueError(
                f"{argument}={label!r} of this sweep cannot be found by its name, as nothing that a record names is "
                f"imported: give the function that was given to sweep, functions={example}"
            ) from error


def plan_to_json(plan: Plan, asked: Request) -> str:
    """The part of a plan that is needed to train one of its networks again, bit for bit, as JSON."""
    # Most grids need one or two kinds. Each program has the number of its kind, and its cells' places in the grid.
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
    how = how_asked(asked)
    found = {"num_networks": plan.num_networks, "asked": how, "kinds": kinds, "programs": programs}
    return json.dumps(found | {"traces": dict(sorted(plan.traces.items()))})


def how_asked(asked: Request) -> dict[str, Any]:
    """The settings of a request that decide how programs are made."""
    return {"layout": asked.layout, "padding": asked.padding, "options": dict(asked.options)}


def traces_from_json(text: str) -> dict[str, str]:
    """The traces of the user's own functions in a recorded plan; plans of earlier versions have none."""
    return json.loads(text).get("traces", {})


def choices_from_json(text: str) -> Choices:
    """What `plan_to_json` recorded of every program: its kind, and the places of its cells in the grid."""
    read = json.loads(text)
    return [(read["kinds"][kind], group) for kind, group in read["programs"]]
