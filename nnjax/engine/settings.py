"""What was asked for: axes and constants, checked before anything compiles.

A list, range or array is an axis of the grid; a single value is a constant. A tuple is one network's hidden
sizes. Numbers (the learning rate and the solver's other hyperparameters) are traced: they never change the
program. Everything else is static: each of its combinations is a program of its own.
"""

import difflib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnjax import activations, losses, naming, solvers, tasks, training
from nnjax.engine import values

# Names of dimensions and variables of the result, which no measure may take.
RESERVED = (
    *values.STATIC,
    *("task", "seed", "step", "steps", "status", "num_params"),
    *("train_loss", "test_loss", "accuracy", "train_curve", "test_curve"),
)
MAX_SEED = 2**32


class Table(NamedTuple):
    """A number for every combination of some axes: their names, and the values in that shape."""

    dims: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Settings:
    """A checked request.

    `axes` and `constants` hold the static settings by name (functions resolved), `numeric_axes` and
    `numeric_constants` the traced ones as floats, `numeric_tables` those that follow from a network's place on
    other axes; `tasks` are the names on the task axis (None for single data).
    """

    axes: dict[str, tuple]
    constants: dict[str, Any]
    numeric_axes: dict[str, tuple[float, ...]]
    numeric_constants: dict[str, float]
    numeric_tables: dict[str, "Table"]
    tasks: tuple[str, ...] | None
    seeds: tuple[int, ...]
    num_steps: int
    record_every: int | None
    measure: tuple[tuple[str, Callable], ...]
    early_stop: tuple[str, float] | None
    model: training.Model
    dtype: str


def check(
    data: tasks.Data | Mapping[str, tasks.Data],
    *,
    seeds: Any,
    num_steps: Any,
    record_every: Any,
    measure: Any,
    early_stop: Any,
    model: Any,
    dtype: Any,
    static: Mapping[str, Any],
    numeric: Mapping[str, Any],
) -> Settings:
    """Check every argument of a sweep and sort axes from constants.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    names = check_data(data)
    axes, constants = values.split(_shapes(static), values.static)
    tables = {name: value for name, value in numeric.items() if values.is_table(value)}
    numeric_axes, numeric_constants = values.split(
        {name: value for name, value in numeric.items() if name not in tables}, values.number
    )
    _check_numbers_known(numeric, axes, constants)
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype={dtype!r} must be 'float32' or 'float64'")
    first = first_of(data)
    measures = _measures(measure)
    settings = Settings(
        axes=axes,
        constants=constants,
        numeric_axes=numeric_axes,
        numeric_constants=numeric_constants,
        numeric_tables=_tables(tables, {**axes, **({"task": names} if names else {}), **numeric_axes}),
        tasks=names,
        seeds=_seeds(seeds),
        num_steps=values.whole("num_steps", num_steps),
        record_every=None if record_every is None else values.whole("record_every", record_every),
        measure=measures,
        early_stop=_early_stop(early_stop, measures, record_every, first),
        model=_model(model),
        dtype=dtype,
    )
    _check_losses(settings, np.asarray(first.y))
    return settings


def first_of(data: tasks.Data | Mapping[str, tasks.Data]) -> tasks.Data:
    """The data, or the first on the task axis: all have its shapes."""
    return data if isinstance(data, tasks.Data) else next(iter(data.values()))


def check_data(data: Any) -> tuple[str, ...] | None:
    """Check the data; the names on the task axis, or None for data without one."""
    if isinstance(data, tasks.Data):
        tasks.validate(data)
        return None
    if not isinstance(data, Mapping) or not data:
        raise ValueError(f"data must be a Data (see nnjax.tasks), or a dict of them by name; got {data!r:.80}")
    for name, one in data.items():
        if not isinstance(name, str) or not isinstance(one, tasks.Data):
            raise ValueError(f"data[{name!r}] must be a Data under a name; got {type(one).__name__}")
        try:
            tasks.validate(one)
        except ValueError as error:
            raise ValueError(f"data[{name!r}]: {error}") from error
    shapes = {name: [None if a is None else np.shape(a) for a in one] for name, one in data.items()}
    first = next(iter(shapes))
    for name, shape in shapes.items():
        if shape != shapes[first]:
            raise ValueError(
                f"data[{name!r}] has shapes {shape}, but data[{first!r}] has {shapes[first]}: "
                "all tasks on one axis must have equal shapes"
            )
    return tuple(data)


def _shapes(static: Mapping[str, Any]) -> dict[str, Any]:
    """Either `hidden`, or `width` with `depth` (1 when not given)."""
    given = {name: value for name, value in static.items() if value is not None or name == "batch_size"}
    if "hidden" in given and ("width" in given or "depth" in given):
        other = "width" if "width" in given else "depth"
        raise ValueError(f"hidden={given['hidden']!r} and {other}={given[other]!r}: give hidden, or width and depth")
    if "hidden" not in given and "width" not in given:
        raise ValueError("hidden=None: give hidden sizes such as hidden=(8, 8), or width=8 and depth=2")
    if "width" in given:
        given.setdefault("depth", 1)
    return {name: given[name] for name in values.STATIC if name in given}


def _check_numbers_known(given: Mapping[str, Any], axes: Mapping[str, tuple], constants: Mapping[str, Any]) -> None:
    """Every number must mean something to every solver on the axis."""
    common = (*solvers.COMMON, "init_scale", "bias_scale")
    for factory in axes.get("solver", (constants.get("solver"),)):
        own = solvers.hyperparameters(factory)
        for name in given:
            if name in common or name in own:
                continue
            solver = naming.name_of(factory, solvers.SOLVERS, "solver")
            everything = (
                *common,
                *own,
                *values.STATIC,
                "seeds",
                "num_steps",
                "record_every",
                "measure",
                "early_stop",
            )
            near = difflib.get_close_matches(name, everything, 1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ValueError(
                f"{name}={given[name]!r} is neither a setting nor a hyperparameter of solver {solver!r}; {hint}"
                f"it has: {', '.join(('learning_rate', *own)) or 'none of its own'}"
            )


def _tables(tables: Mapping[str, Any], axes: Mapping[str, Any]) -> dict[str, Table]:
    """DataArrays over other axes, brought into the order of these axes."""
    found = {}
    for name, table in tables.items():
        missing = [dim for dim in table.dims if dim not in axes]
        if missing:
            raise ValueError(
                f"{name} is a table over {', '.join(map(str, table.dims))}, but {missing[0]} is no axis of this "
                f"sweep, which has {', '.join(axes) or 'none'}"
            )
        for dim in table.dims:
            labels = [values.label(dim, value) for value in axes[dim]]
            try:
                table = table.sel({dim: labels})
            except KeyError as error:
                raise ValueError(f"{name} has no value for each {dim} of this sweep: {error}") from error
        checked = [values.number(name, number) for number in np.ravel(table.values).tolist()]
        found[name] = Table(tuple(table.dims), np.reshape(checked, table.shape))
    return found


def _seeds(seeds: Any) -> tuple[int, ...]:
    if not values.is_axis(seeds):
        return tuple(range(values.whole("seeds", seeds)))
    if len(seeds) == 0:
        raise ValueError("seeds=[] is an empty axis; give a number of seeds, or at least one seed")
    numbers = tuple(
        values.whole("seeds", seed, least=0) for seed in (seeds if isinstance(seeds, range) else list(seeds))
    )
    if len(set(numbers)) < len(numbers):
        twice = next(seed for i, seed in enumerate(numbers) if seed in numbers[:i])
        raise ValueError(f"seeds holds {twice!r} twice; the values of an axis must differ")
    if max(numbers) >= MAX_SEED:
        raise ValueError(f"seeds holds {max(numbers)!r}; a seed must be below 2**32")
    return numbers


def _measures(measure: Any) -> tuple[tuple[str, Callable], ...]:
    if measure is None:
        return ()
    if not isinstance(measure, Mapping):
        raise ValueError(f"measure={measure!r:.80} must be a dict of functions by name")
    for name, f in measure.items():
        if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
            raise ValueError(f"measure={name!r} must be a name of its own; taken: {', '.join(RESERVED)}")
        if not callable(f) or len(inspect.signature(f).parameters) not in (2, 3):
            raise ValueError(f"measure[{name!r}] must be a function f(params, data) or f(params, data, predict)")
        naming.name_of(f, {}, f"measure[{name!r}]")
    return tuple(measure.items())


def _model(model: Any) -> training.Model:
    init, apply = getattr(model, "init", None), getattr(model, "apply", None)
    if not callable(init) or not callable(apply):
        raise ValueError(f"model={model!r:.80} must have functions init and apply, as nnjax.mlp has")
    naming.name_of(init, {}, "model.init")
    naming.name_of(apply, {}, "model.apply")
    return training.Model(init, apply)


def _early_stop(early_stop: Any, measures: tuple, record_every: Any, data: tasks.Data) -> tuple[str, float] | None:
    if early_stop is None:
        return None
    names = ["train_loss", *(["test_loss"] if data.x_test is not None else []), "accuracy"]
    names += [name for name, _ in measures]
    if not isinstance(early_stop, tuple | list) or len(early_stop) != 2 or early_stop[0] not in names:
        raise ValueError(
            f"early_stop={early_stop!r} must be a pair (name, threshold) with a name out of {', '.join(names)}"
        )
    if record_every is None:
        raise ValueError(f"early_stop={early_stop!r} is looked at when recorded: give record_every as well")
    return (early_stop[0], values.number("early_stop", early_stop[1]))


def _check_losses(settings: Settings, y: np.ndarray) -> None:
    outputs = given(settings, "output_activation")
    for loss in given(settings, "loss"):
        name = naming.name_of(loss, losses.LOSSES, "loss")
        wrong = [f for f in outputs if f is not activations.identity]
        if loss in losses.TAKE_LOGITS and wrong:
            raise ValueError(
                f"output_activation={values.label('output_activation', wrong[0])!r} with loss={name!r}: this loss "
                "takes logits and applies the nonlinearity itself; use output_activation='identity'"
            )
        if loss in losses.TAKE_LOGITS and (y.min() < 0 or y.max() > 1):
            raise ValueError(f"loss={name!r} needs targets y between 0 and 1; they reach {y.min()} to {y.max()}")
        if loss is losses.softmax_cross_entropy and (y.shape[1] < 2 or not np.allclose(y.sum(axis=1), 1)):
            raise ValueError(f"loss={name!r} needs two or more classes and rows of y that sum to 1; y is {y.shape}")
        if settings.early_stop and settings.early_stop[0] == "accuracy" and losses.decision(loss, y) is None:
            raise ValueError(f"early_stop={settings.early_stop!r}: loss={name!r} has no accuracy on these targets")


def given(settings: Settings, name: str) -> tuple:
    """All values of one static setting, whether it is an axis or a constant."""
    return settings.axes.get(name, (settings.constants.get(name),))


def to_json(settings: Settings) -> str:
    """The settings as strict JSON, from which `from_json` makes them again; functions by their names."""

    def plain(name: str, value: Any) -> Any:
        return list(value) if name == "hidden" else values.label(name, value)

    model = settings.model
    return json.dumps(
        {
            "axes": {name: [plain(name, v) for v in axis] for name, axis in settings.axes.items()},
            "constants": {name: plain(name, value) for name, value in settings.constants.items()},
            "numeric_axes": settings.numeric_axes,
            "numeric_constants": settings.numeric_constants,
            "numeric_tables": {
                name: {"dims": table.dims, "values": table.values.tolist()}
                for name, table in settings.numeric_tables.items()
            },
            "tasks": settings.tasks,
            "seeds": settings.seeds,
            "num_steps": settings.num_steps,
            "record_every": settings.record_every,
            "measure": {name: naming.name_of(f, {}, "measure") for name, f in settings.measure},
            "early_stop": settings.early_stop,
            "model": [naming.name_of(f, {}, "model") for f in model],
            "dtype": settings.dtype,
        }
    )


def from_json(text: str, data: tasks.Data | Mapping[str, tasks.Data]) -> Settings:
    """The settings that `to_json` wrote, checked again against the data."""
    import xarray as xr

    read = json.loads(text)

    def original(name: str, value: Any) -> Any:
        return tuple(value) if name == "hidden" else value

    static = {name: original(name, value) for name, value in read["constants"].items()}
    static |= {name: [original(name, value) for value in axis] for name, axis in read["axes"].items()}
    axes = {**static, **read["numeric_axes"], "task": read["tasks"]}
    tables = {
        name: xr.DataArray(
            table["values"],
            {dim: [values.label(dim, v) for v in axes[dim]] for dim in table["dims"]},
            table["dims"],
        )
        for name, table in read["numeric_tables"].items()
    }
    return check(
        data,
        static=static,
        numeric={**read["numeric_constants"], **read["numeric_axes"], **tables},
        measure={name: naming.lookup(f, {}, "measure") for name, f in read["measure"].items()} or None,
        model=training.Model(*(naming.lookup(f, {}, "model") for f in read["model"])),
        **{name: read[name] for name in ("seeds", "num_steps", "record_every", "early_stop", "dtype")},
    )
