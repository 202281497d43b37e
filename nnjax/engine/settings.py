"""What was asked for: axes and constants, checked before anything compiles.

A list, range or array is an axis of the grid; a single value is a constant. A tuple is one network's hidden
sizes. Numbers (the learning rate and the solver's other hyperparameters) are traced: they never change the
program. Everything else is static, and changes it.
"""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnjax import activations, losses, mlp, naming, objective, tasks, training
from nnjax.engine import numbers, values
from nnjax.engine.numbers import Table

type Tasks = tasks.Data | dict[str, tasks.Data]

# Names of dimensions and variables of the result, which no measure may take.
RESERVED = (
    *values.STATIC,
    *("task", "seed", "step", "steps", "status", "num_params"),
    *("train_loss", "test_loss", "accuracy", "train_curve", "test_curve"),
)
MAX_SEED = 2**32
MAX_STEPS = 2**31 - 1  # steps are counted in 32 bits


@dataclass(frozen=True)
class Settings:
    """A checked request.

    `axes` and `constants` hold the static settings by name (functions resolved), `numeric_axes` and
    `numeric_constants` the traced ones as floats, `numeric_tables` those that follow from a network's place on
    other axes; `tasks` are the names on the task axis (None for single data), `shapes` those of the data,
    and `fingerprints` one for each task.
    """

    axes: dict[str, tuple]
    constants: dict[str, Any]
    numeric_axes: dict[str, tuple[float, ...]]
    numeric_constants: dict[str, float]
    numeric_tables: dict[str, Table]
    tasks: tuple[str, ...] | None
    shapes: tuple[tuple[int, ...] | None, ...]
    fingerprints: tuple[str, ...]
    seeds: tuple[int, ...] | range
    num_steps: int
    record_every: int | None
    judged_rows: int | None
    measure: tuple[tuple[str, Callable], ...]
    early_stop: tuple[str, float] | None
    model: training.Model
    dtype: str

    def given(self, name: str) -> tuple:
        """All values of one static setting, whether it is an axis or a constant."""
        return self.axes.get(name, (self.constants.get(name),))


def check(
    data: Tasks,
    *,
    seeds: Any,
    num_steps: Any,
    record_every: Any,
    judged_rows: Any,
    measure: Any,
    early_stop: Any,
    model: Any,
    dtype: Any,
    static: Mapping[str, Any],
    numeric: Mapping[str, Any],
) -> Settings:
    """Check every argument of a sweep on data that were checked, and sort axes from constants.

    Raises:
        ValueError: naming the argument, the value and what is allowed.
    """
    names = None if isinstance(data, tasks.Data) else tuple(data)
    given = values.shapes(static)
    numbers.check_names(numeric, given)
    axes, constants = values.split(given, values.static)
    dtype = values.dtype(dtype)
    tables = {name: value for name, value in numeric.items() if numbers.is_table(value)}
    plain = {name: value for name, value in numeric.items() if name not in tables}
    numeric_axes, numeric_constants = values.split(plain, lambda name, value: numbers.number(name, value, dtype))
    labels = {**axes, **({"task": names} if names else {}), **numeric_axes}
    measures = _measures(measure, (*RESERVED, *numeric))
    first = first_of(data)
    settings = Settings(
        axes=axes,
        constants=constants,
        numeric_axes=numeric_axes,
        numeric_constants=numeric_constants,
        numeric_tables={name: numbers.table(name, table, labels, dtype) for name, table in tables.items()},
        tasks=names,
        shapes=tuple(None if a is None else a.shape for a in first),
        fingerprints=fingerprints(data),
        seeds=_seeds(seeds),
        num_steps=values.whole("num_steps", num_steps, most=MAX_STEPS),
        record_every=None if record_every is None else values.whole("record_every", record_every),
        judged_rows=_judged_rows(judged_rows, data, dtype),
        measure=measures,
        early_stop=_early_stop(early_stop, measures, record_every, first, dtype),
        model=_model(model),
        dtype=dtype,
    )
    _check_range(data, dtype)
    _check_losses(settings, targets(data))
    for solver in settings.given("solver"):
        for schedule in settings.given("schedule"):
            if numbers.check_solver(solver, schedule, tuple(numeric)).least_squares:
                _check_least_squares(settings, solver)
    return settings


def first_of(data: Tasks) -> tasks.Data:
    """The data, or the first on the task axis: all have its shapes."""
    return data if isinstance(data, tasks.Data) else next(iter(data.values()))


def fingerprints(data: Tasks) -> tuple[str, ...]:
    """A hash of all numbers of each task, by which a sweep knows them again."""
    found = []
    for one in [data] if isinstance(data, tasks.Data) else data.values():
        digest = hashlib.sha256()
        for array in one:
            digest.update(b"none" if array is None else repr(array.shape).encode())
            if array is not None:
                digest.update(np.ascontiguousarray(array))
        found.append(digest.hexdigest())
    return tuple(found)


def targets(data: Tasks) -> np.ndarray:
    """The targets of all tasks together, for training and for testing [rows, k]."""
    many = [data] if isinstance(data, tasks.Data) else data.values()
    return np.concatenate([y for one in many for y in (one.y, one.y_test) if y is not None])


def checked_data(data: Any) -> Tasks:
    """The data, or the tasks by name, as NumPy arrays on which a network can be trained.

    Raises:
        ValueError: naming the task, the array, its shape and what is allowed.
    """
    if isinstance(data, tasks.Data):
        return tasks.validate(data)
    if not isinstance(data, Mapping) or not data:
        raise ValueError(f"data must be a Data (see nnjax.tasks), or a dict of them by name; got {data!r:.80}")
    checked: dict[str, tasks.Data] = {}
    for name, one in data.items():
        if not isinstance(name, str) or not isinstance(one, tasks.Data):
            raise ValueError(f"data[{name!r}] must be a Data under a name; got {type(one).__name__}")
        try:
            checked[name] = tasks.validate(one)
        except ValueError as error:
            raise ValueError(f"data[{name!r}]: {error}") from error
    shapes = {name: [None if a is None else a.shape for a in one] for name, one in checked.items()}
    first = next(iter(shapes))
    for name, shape in shapes.items():
        if shape != shapes[first]:
            raise ValueError(
                f"data[{name!r}] has shapes {shape}, but data[{first!r}] has {shapes[first]}: "
                "all tasks on one axis must have equal shapes"
            )
    return checked


def _seeds(seeds: Any) -> tuple[int, ...] | range:
    if isinstance(seeds, tuple):
        raise ValueError(f"seeds={seeds!r} is a tuple; give a number of seeds, or a list: seeds={list(seeds)!r}")
    if not values.is_axis(seeds):
        return range(values.whole("seeds", seeds, most=MAX_SEED))
    if not (seeds if isinstance(seeds, range) else len(seeds)):  # the length of a range may be beyond counting
        raise ValueError("seeds=[] is an empty axis; give a number of seeds, or at least one seed")
    if isinstance(seeds, range):  # kept as it is: a million seeds take no memory
        for end in (seeds[0], seeds[-1]):
            values.whole("seeds", end, least=0, most=MAX_SEED - 1)
        return seeds
    found = tuple(values.whole("seeds", seed, least=0) for seed in list(seeds))
    if len(set(found)) < len(found):
        twice = next(seed for i, seed in enumerate(found) if seed in found[:i])
        raise ValueError(f"seeds holds {twice!r} twice; the values of an axis must differ")
    if max(found) >= MAX_SEED:
        raise ValueError(f"seeds holds {max(found)!r}; a seed must be below 2**32")
    return found


def _measures(measure: Any, taken: tuple[str, ...]) -> tuple[tuple[str, Callable], ...]:
    if measure is None:
        return ()
    if not isinstance(measure, Mapping):
        raise ValueError(f"measure={measure!r:.80} must be a dict of functions by name")
    for name, f in measure.items():
        if not isinstance(name, str) or not name.isidentifier() or name in taken:
            raise ValueError(f"measure={name!r} must be a name of its own; taken: {', '.join(taken)}")
        try:
            good = callable(f) and len(inspect.signature(f).parameters) in (2, 3)
        except ValueError:  # some built-in functions have no signature
            good = False
        if not good:
            raise ValueError(f"measure[{name!r}] must be a function f(params, data) or f(params, data, predict)")
        naming.name_of(f, {}, f"measure[{name!r}]")
    return tuple(measure.items())


def _model(model: Any) -> training.Model:
    init, apply = getattr(model, "init", None), getattr(model, "apply", None)
    if not callable(init) or not callable(apply):
        raise ValueError(f"model={model!r:.80} must have functions init and apply, as nnjax.mlp has")
    predict = model.predict if isinstance(model, training.Model) else mlp.predict if apply is mlp.apply else None
    for name, f in (("init", init), ("apply", apply), ("predict", predict)):
        if f is not None:
            naming.name_of(f, {}, f"model.{name}")
    return training.Model(init, apply, predict)


def _early_stop(
    early_stop: Any, measures: tuple, record_every: Any, data: tasks.Data, dtype: str
) -> tuple[str, float] | None:
    if early_stop is None:
        return None
    names = ["train_loss", *(["test_loss"] if data.x_test is not None else []), "accuracy"]
    names += [name for name, _ in measures]
    good = isinstance(early_stop, tuple | list) and len(early_stop) == 2 and isinstance(early_stop[0], str)
    if not good or early_stop[0] not in names:
        raise ValueError(
            f"early_stop={early_stop!r} must be a pair (name, threshold) with a name out of {', '.join(names)}"
        )
    if record_every is None:
        raise ValueError(f"early_stop={early_stop!r} is looked at when recorded: give record_every as well")
    threshold = numbers.number("early_stop", early_stop[1], dtype)
    if early_stop[0] == "accuracy" and not 0 <= threshold <= 1:
        raise ValueError(f"early_stop={early_stop!r}: an accuracy lies between 0 and 1")
    return (early_stop[0], threshold)


def _judged_rows(judged_rows: Any, data: Tasks, dtype: str) -> int | None:
    """None where all rows are judged, however that was said."""
    if judged_rows is None:
        return None
    count = values.whole("judged_rows", judged_rows)
    if count >= len(first_of(data).x):
        return None
    for one in [data] if isinstance(data, tasks.Data) else data.values():
        if one.weight is not None and not one.weight[:count].astype(dtype).any():
            raise ValueError(f"judged_rows={judged_rows!r}: the first {count} rows have no weight, so tell nothing")
    return count


def _check_range(data: Tasks, dtype: str) -> None:
    most = float(np.finfo(dtype).max)
    for one in [data] if isinstance(data, tasks.Data) else data.values():
        for name, array in one._asdict().items():
            if array is not None and np.abs(array).max() > most:
                raise ValueError(f"{name} reaches {np.abs(array).max():.3g}, beyond what {dtype} holds ({most:.0e})")
        if one.weight is not None and not one.weight.astype(dtype).any():
            raise ValueError(f"weight goes up to {one.weight.max():.3g}, which is 0 in {dtype}")


def _check_least_squares(settings: Settings, solver: Callable) -> None:
    """All that this solver will meet, setting by setting: a grid may have very many cells."""
    met = ("loss", "output_activation", "activation", "batch_size")
    for name in met:
        first = {other: settings.given(other)[0] for other in met}
        for value in settings.given(name):
            objective.check_least_squares(
                training.Spec((), solver=solver, model=settings.model, **{**first, name: value})
            )


def _check_losses(settings: Settings, y: np.ndarray) -> None:
    outputs = settings.given("output_activation")
    for loss in settings.given("loss"):
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
