"""The arguments of a sweep, checked before anything compiles: axes, constants, numbers, data.

A list, range or array is an axis of the grid; a single value is a constant. A tuple is one network's hidden sizes.
Numbers (the learning rate and the solver's other hyperparameters) are traced, so they never change the program.
Everything else is static, and changes it.
"""

import hashlib
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnjax import arguments, combinations, initializers, losses, machine, mlp, naming, provenance, solvers, tasks
from nnjax.allowed import check_no_tuple, whole
from nnjax.arguments import Table
from nnjax.machine import Options
from nnjax.solvers import by_name
from nnjax.tasks.axes import names_of
from nnjax.tasks.examples import classified, given_examples, is_frame

type Tasks = tasks.Data | dict[str, tasks.Data]
type Seeds = tuple[int, ...] | range

MAX_SEED = 2**32


@dataclass(frozen=True)
class Request:
    """A checked request.

    `axes` and `constants` hold the static settings by name (functions, not their names), `labels` the labels of each
    axis; `numeric_axes` and `numeric_constants` hold the traced numbers, `numeric_tables` the numbers that depend on a
    network's place on other axes. `tasks` are the names on the task axis (None for a single Data), `shapes` the shapes
    of the data's arrays, and `fingerprints` one hash for each task. `layout`, `padding` and `options` (of the compiler)
    say how programs are made. `x_ranges` are the least and the greatest value of every input, for each task, if a law
    of initial weights needs them. `start` and `mask` hold given rows of parameters (see `engine.weights`) over some
    of the dimensions. `task_seeds` are the seeds of each task if tasks have seeds of their own; `seeds` then only
    counts them. The network with the label s is trained from the seed s + `seed_offset`, modulo 2^32.
    `grid` holds the labels of each axis of tasks by its name if the tasks are a grid; `tasks` are then its
    combinations. `classes` are those that labels stood for, in the order of the targets' columns.
    """

    axes: dict[str, tuple]
    labels: dict[str, tuple]
    constants: dict[str, Any]
    numeric_axes: dict[str, tuple[float, ...]]
    numeric_constants: dict[str, float]
    numeric_tables: dict[str, Table]
    tasks: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...] | None, ...]
    fingerprints: tuple[str, ...]
    seeds: Seeds
    num_steps: int
    record_every: int | None
    judged_rows: int | None
    measure: tuple[tuple[str, Callable], ...]
    early_stop: tuple[str, float | None] | None
    decision: losses.Decision
    dtype: str
    layout: str | None
    padding: bool | None
    options: Options
    x_ranges: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...] | None = None
    task_seeds: tuple[Seeds, ...] | None = None
    seed_offset: int = 0
    patience: int | None = None
    keep_params: bool = False
    start: Table | None = None
    mask: Table | None = None
    grid: dict[str, tuple] | None = None
    classes: tuple[Any, ...] | None = None

    def values(self, name: str) -> tuple:
        """All values of one static setting, whether it is an axis or a constant."""
        return self.axes.get(name, (self.constants.get(name),))

    def label(self, name: str, value: Any) -> Any:
        """The label of a value of a static setting."""
        if value in self.axes.get(name, ()):
            return self.labels[name][self.axes[name].index(value)]
        return arguments.label(name, value)

    def axis_labels(self) -> dict[str, tuple]:
        """The labels of every axis that a table of numbers may have."""
        return {**self.labels, **self.task_axes, **self.numeric_axes}

    @property
    def task_axes(self) -> dict[str, tuple]:
        """The labels of each axis of tasks by its name: none for a single Data, `task` for a dict of them."""
        return axes_of_tasks(self.grid, self.tasks)

    @property
    def task_shape(self) -> tuple[int, ...]:
        """The lengths of the axes of tasks."""
        return tuple(map(len, self.task_axes.values()))

    def task_places(self, task: Any) -> tuple[Any, ...]:
        """The places on the axes of tasks of these tasks, which are given by their numbers."""
        return tuple(np.unravel_index(task, self.task_shape)) if self.tasks else ()

    def decision_of(self, loss: Callable, y: np.ndarray) -> losses.Decision:
        """The rule by which outputs count as right: the one asked for, or that of loss and targets [rows, k]."""
        return losses.decision(loss, y) if self.decision is None else self.decision

    def numbers(self) -> dict[str, Table]:
        """All values of every number, each over the axes on which it depends."""
        constants = {name: Table((), np.asarray(value)) for name, value in self.numeric_constants.items()}
        axes = {name: Table((name,), np.asarray(axis)) for name, axis in self.numeric_axes.items()}
        return constants | axes | self.numeric_tables

    def dimensions(self) -> tuple[str, ...]:
        """The names of the result's dimensions, in order."""
        return (*self.axes, *self.task_axes, *self.numeric_axes, "seed")

    def labelled_seeds(self, task: np.ndarray, place: np.ndarray) -> np.ndarray:
        """The labels of the seeds at these places on the axes of tasks and seeds, given as two arrays of one shape."""
        if self.task_seeds is None:
            return _taken(self.seeds, place)
        found = np.empty(place.shape, np.int64)
        for i in np.unique(task):
            found[task == i] = _taken(self.task_seeds[i], place[task == i])
        return found

    def seeds_at(self, task: np.ndarray, place: np.ndarray) -> np.ndarray:
        """The seeds that the networks at these places are trained from."""
        return (self.labelled_seeds(task, place) + self.seed_offset) % MAX_SEED

    def functions(self) -> Iterator[tuple[str, Callable]]:
        """Yield (argument, function) for every function of the request."""
        for name in arguments.FUNCTIONS:
            if name != "model":
                yield from ((name, f) for f in self.values(name) if not isinstance(f, str))
        yield from ((f"measure[{name!r}]", f) for name, f in self.measure)
        for model in self.values("model"):
            yield from ((f"model.{name}", f) for name, f in model._asdict().items() if f is not None)

    def may_call_lapack(self) -> bool:
        """Whether some program may call LAPACK: to solve least squares, to draw, or in a function of the user's own."""
        own = any(is_own(argument, f) for argument, f in self.functions())
        draws = "orthogonal" in (*self.values("init"), *self.values("bias_init"))
        return own or draws or any(solver in by_name.LEAST_SQUARES.values() for solver in self.values("solver"))


def is_own(argument: str, f: Any) -> bool:
    """Whether a function counts as the user's own, which is known by its trace.

    It does if its name does not find it in JAX, optax, or those modules of nnjax whose code `provenance.source` hashes.
    Its `__module__` alone would prove nothing, because `functools.wraps` copies that from another function.
    """
    try:
        module, colon, _ = naming.name_of(f, arguments.STATIC.get(argument, {}), argument).rpartition(":")
    except ValueError:
        return True
    return bool(colon) and module not in provenance.closure() and module.partition(".")[0] not in ("jax", "optax")


def check(data: Any, **given: Any) -> tuple[Request, Tasks]:
    """Check the arguments of `nnjax.sweep` that decide a result. Returns the request, and the data as NumPy arrays.

    What is not in the table of arguments is taken for a number of the solver.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    asked, given = _split(given)
    numbers, given["schedule"] = combinations.rate_and_schedule(asked, given["schedule"])
    static = _static(given, asked)
    values = static.values()
    combinations.check_schedule(numbers, values["schedule"])
    numbers = combinations.with_default_rate(numbers, values["solver"])

    grid = dict(data.axes) if isinstance(data, tasks.Grid) else None
    data, classes = checked_data(data, values["loss"])
    first, names = first_of(data), None if isinstance(data, tasks.Data) else tuple(data)
    run = combinations.settings_of_run(given, first, (*arguments.RESERVED, *numbers, *(grid or ())))
    _check_grid(grid, numbers, given["seeds"], dict(run["measure"]))
    task_seeds = _seeds_of_tasks(given["seeds"], names) if isinstance(given["seeds"], Mapping) else None
    stop = {"early_stop": given["early_stop"][1]} if run["early_stop"] and run["early_stop"][1] is None else {}
    numeric_axes, numeric_constants, numeric_tables = _numbers(
        numbers | stop, {**static.labels, **axes_of_tasks(grid, names)}, values["solver"], run["dtype"]
    )
    options = arguments.checked("compiler_options", given["compiler_options"])
    request = Request(
        **static._asdict(),
        numeric_axes=numeric_axes,
        numeric_constants=numeric_constants,
        numeric_tables=numeric_tables,
        tasks=names,
        shapes=shapes(first),
        fingerprints=fingerprints(data),
        seeds=range(len(task_seeds[0])) if task_seeds else _seeds(given["seeds"]),
        **run,
        keep_params=arguments.checked("keep_params", given["keep_params"]),
        padding=arguments.checked("padding", given["padding"]),
        options=machine.compiler_options() if options is None else options,
        x_ranges=_x_ranges(data, values),
        task_seeds=task_seeds,
        grid=grid,
        classes=classes,
    )
    combinations.check_together(values, request.numbers(), run, len(first.x), each(data), request.label)
    combinations.check_solvers(values, numbers)
    return request, data


def _split(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The numbers among the arguments, the learning rate first, as its axis is; and all others with their defaults."""
    numbers = {name: value for name, value in given.items() if name not in arguments.DEFAULTS}
    rate = numbers.pop("learning_rate", None)
    others = {name: given.get(name, default) for name, default in arguments.DEFAULTS.items()}
    return numbers if rate is None else {"learning_rate": rate, **numbers}, others


class Static(NamedTuple):
    """The static settings: values and labels of the axes, and constants."""

    axes: dict[str, tuple]
    labels: dict[str, tuple]
    constants: dict[str, Any]

    def values(self) -> dict[str, tuple]:
        """All values of each setting."""
        return {name: self.axes.get(name, (self.constants.get(name),)) for name in arguments.STATIC}


def _static(given: Mapping[str, Any], numbers: Mapping[str, Any]) -> Static:
    """The static settings, where the solvers take these numbers."""
    shaped = arguments.shapes({name: given[name] for name in arguments.STATIC})
    found = Static({}, {}, {})
    for name, value in shaped.items():
        if name in arguments.FUNCTIONS and isinstance(value, Mapping):
            found.labels[name], found.axes[name] = arguments.named_axis(name, value)
        elif arguments.is_axis(value):
            found.axes[name] = arguments.axis(name, value, arguments.checked)
            found.labels[name] = arguments.labels(name, found.axes[name])
        else:  # the default of `init` depends on the other settings
            found.constants[name] = None if name == "init" and value is None else arguments.checked(name, value)
    combinations.check_number_names(numbers, found.values()["solver"])
    if "hidden" not in shaped and "width" not in shaped:  # told after a misspelt name, which seems to be a number
        raise ValueError("hidden=None: give hidden sizes such as hidden=(8, 8), or width=8 and depth=2")
    if shaped["init"] is None:
        found.constants["init"] = _default_init(found.values())
    return found


def check_functions_have_names(request: Request, why: str) -> None:
    """Check that every function can be found again by its name, in another process or another session.

    Raises:
        ValueError: naming the argument, and `why` its function must have a name.
    """
    for argument, f in request.functions():
        table = arguments.STATIC.get(argument, {})
        if by_name.is_finished(f):
            raise ValueError(
                f"{why}: a finished solver={request.label('solver', f)!r} cannot be found again by name: give a "
                "factory such as optax.adam, or one defined at the top level of a module, such as "
                "def f(learning_rate): return optax.chain(optax.clip(0.1), optax.adam(learning_rate))"
            )
        try:
            naming.name_of(f, table, argument)
        except ValueError as error:
            raise ValueError(f"{why}: {error}") from error


def axes_of_tasks(grid: Mapping[str, Any] | None, names: Any) -> dict[str, Any]:
    """The labels of each axis of tasks by its name, for tasks with these names."""
    return dict(grid) if grid else {"task": names} if names else {}


def first_of(data: Tasks) -> tasks.Data:
    """The data, or the data of the first task, whose shapes all tasks have."""
    return data if isinstance(data, tasks.Data) else next(iter(data.values()))


def each(data: Tasks) -> list[tasks.Data]:
    """A list of the data of all tasks, or of the single Data."""
    return [data] if isinstance(data, tasks.Data) else list(data.values())


def arrays(data: tasks.Data) -> tuple[np.ndarray | None, ...]:
    """The arrays of a task. Validation rows count only where there are any, so that older records stay readable."""
    return tuple(data) if data.x_valid is not None else tuple(data)[:5]


def shapes(data: tasks.Data) -> tuple[tuple[int, ...] | None, ...]:
    """The shapes of the arrays of a task."""
    return tuple(None if a is None else a.shape for a in arrays(data))


def fingerprints(data: Tasks) -> tuple[str, ...]:
    """A hash of all numbers of each task, by which a sweep recognizes its data."""
    found = []
    for one in each(data):
        digest = hashlib.sha256()
        for array in arrays(one):
            digest.update(b"none" if array is None else repr(array.shape).encode())
            if array is not None:
                digest.update(np.ascontiguousarray(array))
        found.append(digest.hexdigest())
    return tuple(found)


def targets(data: Tasks) -> np.ndarray:
    """The targets of all rows of all tasks, concatenated [rows, k]."""
    return combinations.targets(each(data))


def checked_data(
    data: Any, wanted: Collection[Callable] = (), known: Sequence[Any] | None = None
) -> tuple[Tasks, tuple[Any, ...] | None]:
    """The data, or the tasks by name, as NumPy arrays on which a network can be trained, and the classes of labels.

    `wanted` and `known`: the losses, and classes that labels have had before, see `classified`.

    Raises:
        ValueError: naming the task, the array, its shape and what is allowed.
    """
    if isinstance(data, tuple):
        (one,), classes = classified([given_examples(data)], wanted, known)
        return one, classes
    if not isinstance(data, Mapping) or not data:
        hint = "; for a DataFrame: nnjax.tasks.data(frame, target=...)" if is_frame(data) else ""
        raise ValueError(
            "data must be a Data, as nnjax.tasks.data(x, y) returns, a tuple (x, y), (x, y, x_test, y_test) or "
            f"(x, y, x_test, y_test, x_valid, y_valid), or a dict of them by name; got {data!r:.80}{hint}"
        )
    if isinstance(data, tasks.Grid):
        data = dict(zip(names_of(data.axes), data.values(), strict=True))
    checked: dict[str, tasks.Data] = {}
    for name, one in data.items():
        if not isinstance(name, str) or not isinstance(one, tuple):
            raise ValueError(
                f"data[{name!r}] must be a Data or a tuple, under a name that is a string; got {type(one).__name__}"
            )
        naming.check_label(name, "data")
        try:
            checked[name] = given_examples(one)
        except ValueError as error:
            raise ValueError(f"data[{name!r}]: {error}") from error
    found = {name: list(shapes(one)) for name, one in checked.items()}
    first = next(iter(found))
    for name, shape in found.items():
        if shape != found[first]:
            raise ValueError(
                f"data[{name!r}] has shapes {shape}, but data[{first!r}] has {found[first]}: "
                "all tasks on one axis must have equal shapes"
            )
    found, classes = classified(list(checked.values()), wanted, known)
    return dict(zip(checked, found, strict=True)), classes


def _check_grid(
    grid: Mapping[str, Any] | None, numbers: Collection[str], seeds: Any, measures: Collection[str]
) -> None:
    """Check that axes of tasks have names that nothing else has, and that the tasks share their seeds."""
    others = (*arguments.RESERVED, *arguments.OTHERS, *arguments.COMMON, *numbers, "data", "runs", "functions")
    for name in grid or ():
        of_measure, _, place = name.rpartition("_")
        if name in others or not name.isidentifier() or (of_measure in measures and place.isdigit()):
            raise ValueError(
                f"data has an axis of tasks {name!r}, which means something else to a sweep: give it another name"
            )
    if grid and isinstance(seeds, Mapping):
        raise ValueError(
            f"seeds={seeds!r:.80} names tasks, but the tasks are a grid over {', '.join(grid)}: all have the same seeds"
        )


def _default_init(static: Mapping[str, tuple]) -> str:
    """The law of initial weights that suits the solver."""
    projects = all(by_name.unwrapped(factory) is solvers.variable_projection for factory in static["solver"])
    plain = all(model.init is mlp.init for model in static["model"]) and set(static["bias_init"]) == {"zeros"}
    return "spread" if projects and plain else "lecun_normal"


def _x_ranges(data: Tasks, static: Mapping[str, tuple]) -> Any:
    """The least and the greatest value of every input, for each task; None if no law needs them.

    Rows of weight 0 do not count.
    """
    bias_laws = static["bias_init"]
    units = [law for law in static["init"] if initializers.get(law).units is not None]
    if wrong := [law for law in bias_laws if initializers.get(law).units is not None]:
        raise ValueError(f"bias_init={wrong[0]!r} draws weights and biases together: give it as init")
    if not units:
        return None
    if wrong := [law for law in bias_laws if law != "zeros"]:
        raise ValueError(
            f"bias_init={wrong[0]!r} with init={units[0]!r}, which draws the biases too: leave it at 'zeros'"
        )
    for model in static["model"]:
        try:
            inspect.signature(model.init).bind(None, (1, 1), init="", bias_init="", dtype="", x_low=0, x_high=0)
        except TypeError as error:
            raise ValueError(f"init={units[0]!r} needs a model whose init takes x_low and x_high: {error}") from error
    inputs = [one.x if one.weight is None else one.x[one.weight > 0] for one in each(data)]
    return tuple((tuple(x.min(0).tolist()), tuple(x.max(0).tolist())) for x in inputs)


def _numbers(
    given: Mapping[str, Any], labels: Mapping[str, tuple], factories: tuple[Any, ...], dtype: str
) -> tuple[dict[str, tuple[float, ...]], dict[str, float], dict[str, Table]]:
    """The axes and the constants among the numbers of these solvers, and the tables over them and the labelled axes."""
    convert = partial(arguments.number, dtype=dtype, factories=factories)
    axes, constants, tables = {}, {}, {}
    for name, value in given.items():
        if isinstance(value, Table) or arguments.is_table(value):
            tables[name] = value
        elif arguments.is_axis(value):
            axes[name] = arguments.axis(name, value, convert)
        else:
            constants[name] = convert(name, value)
    for name, value in tables.items():
        if not isinstance(value, Table):
            tables[name] = arguments.table(name, value, {**labels, **axes}, dtype, factories)
    return axes, constants, tables


def _seeds_of_tasks(given: Mapping[Any, Any], names: tuple[str, ...] | None) -> tuple[Seeds, ...]:
    """The seeds of each task, in the order of the tasks."""
    if names is None:
        raise ValueError(f"seeds={given!r:.80} names tasks, but data is a single Data: give it as {{name: Data}}")
    for wrong, what in (
        ([name for name in given if name not in names], "is not a task"),
        ([name for name in names if name not in given], "has no seeds"),
    ):
        if wrong:
            raise ValueError(f"seeds: {wrong[0]!r} {what}; the tasks are {', '.join(names)}, and each needs its seeds")
    for name in names:
        if not arguments.is_axis(given[name]):
            raise ValueError(f"seeds[{name!r}]={given[name]!r:.80} must be a list or a range of seeds")
    found = tuple(_seeds(given[name], f"seeds[{name!r}]") for name in names)
    for name, seeds in zip(names, found, strict=True):
        if len(seeds) != len(found[0]):
            raise ValueError(
                f"seeds[{name!r}] holds {len(seeds)} seeds, but seeds[{names[0]!r}] holds {len(found[0])}: all tasks "
                "need the same number"
            )
    return found


def _taken(seeds: Seeds, place: np.ndarray) -> np.ndarray:
    """The seeds at these places; a range of seeds, which may be long, is never made into an array."""
    if isinstance(seeds, range):
        return seeds.start + seeds.step * place
    return np.fromiter((seeds[i] for i in place.ravel()), np.int64, place.size).reshape(place.shape)


def _seeds(seeds: Any, name: str = "seeds") -> Seeds:
    check_no_tuple(name, seeds)
    if not arguments.is_axis(seeds):
        return range(whole(name, seeds, most=MAX_SEED))
    if not (seeds if isinstance(seeds, range) else len(seeds)):  # the length of a range may be too great for len()
        raise ValueError(f"{name}=[] is an empty axis; give a number of seeds, or at least one seed")
    if isinstance(seeds, range):  # kept as a range: a million seeds take no memory
        for end in (seeds[0], seeds[-1]):
            whole(name, end, least=0, most=MAX_SEED - 1)
        return seeds
    return arguments.axis(name, seeds, partial(whole, least=0, most=MAX_SEED - 1))
