"""Which arguments of a training run go together, and with the data, checked before anything compiles.

`nnjax.sweep` and `nnjax.training.fit` call the same functions. Every error is a ValueError that names the argument, the
value and what is allowed.
"""

import difflib
import inspect
import itertools
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from nnjax import activations, arguments, losses, naming, objective, solvers
from nnjax.allowed import check_hashable, item
from nnjax.arguments import COMMON, ELSEWHERE, OF_SCHEDULES, OTHERS, RESERVED, STATIC, Table, is_axis, is_table, label
from nnjax.checks import is_number
from nnjax.solvers import by_name
from nnjax.spec import ACCURACIES, OF_MEASURES, Spec
from nnjax.tasks import Data

# A column whose range holds fewer floating-point numbers than this is searched for values that would become equal.
LITTLE_ROOM = 1e5
# The arguments of a run that a Spec has too.
OF_RUN = tuple(name for name in OTHERS if name in Spec.__dataclass_fields__)


def rate_and_schedule(numbers: Mapping[str, Any], schedule: Any) -> tuple[dict[str, Any], Any]:
    """The numbers and the schedule that a sweep trains with. A learning rate that is a function is a factor on 1.

    Raises:
        ValueError: for functions beside numbers or beside a schedule.
    """
    rate = numbers.get("learning_rate", ())
    values = [*rate.values()] if isinstance(rate, Mapping) else [*rate] if is_axis(rate) else [rate]
    if not any(map(callable, values)):
        return dict(numbers), schedule
    if wrong := [value for value in values if not callable(value)]:
        raise ValueError(
            f"learning_rate={wrong[0]!r:.80} shares an axis with functions of the step: give "
            "optax.constant_schedule(...) for a constant, or numbers alone"
        )
    if not (isinstance(schedule, str) and schedule == "constant"):
        raise ValueError(
            f"schedule={schedule!r:.80} with a learning_rate that is a function of the step itself: give one of the two"
        )
    return {**numbers, "learning_rate": 1.0}, rate


def with_default_rate(numbers: Mapping[str, Any], factories: tuple[Any, ...]) -> dict[str, Any]:
    """The numbers with the learning rate of these solvers if none is given: a Table if the solvers differ in it.

    Finished solvers have their learning rates inside.

    Raises:
        ValueError: if some solvers are finished and some are not.
    """
    rates = [solvers.default_learning_rate(factory) for factory in factories if not by_name.is_finished(factory)]
    if rates and len(rates) < len(factories):
        raise ValueError(
            "solver holds finished solvers and others, which need a learning_rate: give names and factories alone, or "
            "finished solvers alone, such as optax.adam(0.01)"
        )
    if not rates or "learning_rate" in numbers:
        return dict(numbers)
    rate = rates[0] if len(set(rates)) == 1 else Table(("solver",), np.asarray(rates))
    return {"learning_rate": rate, **numbers}


def check_number_names(names: Mapping[str, Any], factories: tuple[Any, ...]) -> None:
    """Check that every solver accepts all of these numbers, and has no hyperparameter named like a sweep's argument."""
    for factory in factories:
        own = solvers.hyperparameters(factory)
        if taken := [name for name in own if name in (*STATIC, *OTHERS, *RESERVED, "data")]:
            raise ValueError(
                f"solver={naming.called(factory, by_name.SOLVERS)!r} has a hyperparameter {taken[0]!r}, which means "
                "something else to a sweep: give that parameter another name"
            )
        finished = by_name.is_finished(factory)
        has = "none" if finished else ", ".join(("learning_rate", *own))
        for name, value in names.items():
            if finished and name in by_name.COMMON:
                raise ValueError(
                    f"{name}={value!r:.80} with a finished solver, whose numbers are inside: {by_name.CHAIN}"
                )
            if name in COMMON or name in own:
                continue
            near = [ELSEWHERE[name]] if name in ELSEWHERE else []
            near = near or difflib.get_close_matches(name, (*COMMON, *own, *STATIC, *OTHERS), 1)
            raise ValueError(
                f"{name}={value!r:.80} is neither a setting nor a numeric hyperparameter of solver "
                f"{naming.called(factory, by_name.SOLVERS)!r}; "
                f"{f'did you mean {near[0]!r}? ' if near else ''}it has: {has}"
            )


def built_solver(factory: Any, schedule: Any, names: tuple[str, ...], decay_biases: bool = True) -> solvers.Solver:
    """Build the solver with 0.5 for every number, so that errors show before anything compiles."""
    if by_name.is_finished(factory):
        return solvers.build(factory, {}, schedule, decay_biases)
    name = naming.called(factory, by_name.SOLVERS)
    if "learning_rate" not in inspect.signature(factory).parameters:
        raise ValueError(f"solver={name!r} must be a factory that takes learning_rate")
    needed = [
        p.name
        for p in inspect.signature(factory).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    missing = [p for p in needed if p != "learning_rate" and p not in names]
    if missing:
        raise ValueError(f"solver={name!r} needs a value for {missing[0]}: give {missing[0]}=...")
    try:
        return solvers.build(factory, dict.fromkeys(names, 0.5), schedule, decay_biases)
    except Exception as error:  # whatever the user's factory raises, or its result causes
        if isinstance(error, ValueError) and f"solver={name!r}" in str(error):
            raise
        raise ValueError(f"solver={name!r} cannot be built: {error!s:.200}") from error


def check_schedule(numbers: Mapping[str, Any], schedules: Collection[Any]) -> None:
    """Check that numbers of a schedule are not given where no schedule takes them: "constant", and functions."""
    own = [schedule for schedule in schedules if callable(schedule)]
    shown = label("schedule", own[0]) if own else "constant"
    if own and "warmup_steps" in numbers:
        raise ValueError(
            f"warmup_steps={numbers['warmup_steps']!r:.80} with schedule={shown!r}, a function of the step: put the "
            "warm-up into the function, as optax.warmup_cosine_decay_schedule does"
        )
    for name in OF_SCHEDULES:
        if name in numbers and not set(schedules) - {"constant", *own}:
            what = "a function of the step alone" if own else "under which the rate never changes"
            raise ValueError(
                f"{name}={numbers[name]!r:.80} with schedule={shown!r}, {what}: leave it out, or give another schedule "
                "such as 'cosine'"
            )


def _check_schedule_values(numbers: Mapping[str, Table], schedules: Sequence[Any], dtype: str) -> None:
    """Check that no schedule sets the learning rate to 0 at once, with the numbers that are given.

    The schedule follows the warm-up, so it must end later; and an exponential one cannot fall to 0.
    """
    names = [name for name in (*OF_SCHEDULES, "warmup_steps") if name in numbers]
    dims = sorted({"schedule"}.union(*(numbers[name].dims for name in names)))
    for i, schedule in enumerate(schedules):
        if schedule == "constant" or callable(schedule):
            continue
        given = {name: _at(numbers[name], dims, "schedule", i) for name in names}
        if schedule == "exponential" and "final_ratio" in given:
            ratio = given["final_ratio"].min()
            if ratio < np.finfo(dtype).tiny:
                raise ValueError(
                    f"final_ratio={ratio:g} with schedule='exponential', whose rate would be 0 from the second step "
                    "on: it must be greater than 0"
                )
        if "schedule_steps" in given and "warmup_steps" in given:
            end, begin = np.broadcast_arrays(given["schedule_steps"], given["warmup_steps"])
            if (early := end <= begin).any():
                raise ValueError(
                    f"schedule_steps={end[early][0]:g} with warmup_steps={begin[early][0]:g}: the schedule follows the "
                    "warm-up, so schedule_steps must be greater than warmup_steps"
                )


def _at(table: Table, dims: Sequence[str], dim: str, i: int) -> np.ndarray:
    """A table with sorted dimensions as an array over `dims`, of length 1 where it lacks one, at a place on `dim`."""
    array = table.values.reshape([table.values.shape[table.dims.index(d)] if d in table.dims else 1 for d in dims])
    return np.asarray(array.take(i if dim in table.dims else 0, dims.index(dim)))


def check_solvers(values: Mapping[str, Collection[Any]], numbers: Collection[str]) -> None:
    """Check that every solver can be built with these numbers, and train with the other settings.

    `values` holds all values of each static setting.
    """
    for factory, *how in itertools.product(values["solver"], values["schedule"], values["decay_biases"]):
        built = built_solver(factory, how[0], tuple(numbers), how[1])
        if built.least_squares:
            _check_least_squares(values, factory, built.linear_output)


def _check_least_squares(values: Mapping[str, Collection[Any]], solver: Any, linear_output: bool) -> None:
    """Check every value for a least-squares solver, one setting at a time: a grid may have very many combinations."""
    if () in values.get("hidden", ()):
        name = naming.called(solver, by_name.SOLVERS)
        raise ValueError(
            f"hidden=() with solver={name!r}, which needs a hidden layer: without one, use linear least squares"
        )
    met = ("loss", "output_activation", "activation", "batch_size", "model")
    for name in met:
        first = {other: next(iter(values[other])) for other in met}
        for value in values[name]:
            objective.check_least_squares(Spec((), solver=solver, **{**first, name: value}), linear_output)


def settings_of_run(given: Mapping[str, Any], data: Data, taken: Collection[str]) -> dict[str, Any]:
    """What is trained, recorded and judged, checked and converted: the arguments in `OF_RUN`.

    `data` has the shapes of the data. No measure may have a name that is taken.
    """
    found = {name: arguments.checked(name, given[name]) for name in OF_RUN}
    found["measure"] = _measures(given["measure"], taken)
    found["early_stop"] = _early_stop(given["early_stop"], data, dict(found["measure"]), found["dtype"])
    if found["patience"] is not None and data.x_valid is None:
        raise ValueError(
            f"patience={given['patience']!r} watches valid_loss at recorded steps: give data with validation rows "
            "x_valid and y_valid as well"
        )
    arguments.check_needs(found)
    found["decision"] = _decision(given["decision"], data.y.shape[1], found["dtype"])
    rows = len(data.x)
    if found["judged_rows"] is not None and found["judged_rows"] > rows:
        raise ValueError(f"judged_rows={found['judged_rows']} is more than the number of training rows, {rows}")
    if found["judged_rows"] == rows:
        found["judged_rows"] = None
    return found


def _measures(given: Any, taken: Collection[str]) -> tuple[tuple[str, Callable], ...]:
    """Check measures, given as a dict, and return them as pairs (name, function)."""
    if given is None:
        return ()
    if not isinstance(given, Mapping):
        raise ValueError(f"measure={given!r:.80} must be a dict of functions by name")
    for name, f in given.items():
        if not isinstance(name, str) or not name.isidentifier() or name in taken:
            raise ValueError(
                f"measure={name!r} must be a Python identifier that is not taken"
                f"{_wrong_character(name)}; taken: {', '.join(taken)}"
            )
        if not _is_measure(f):
            raise ValueError(
                f"measure[{name!r}] must be a function f(params, data), which may also take predict, start, loss and "
                "accuracy by these names"
            )
        check_hashable(f"measure[{name!r}]", f)
    return tuple(given.items())


def _is_measure(f: Any) -> bool:
    try:
        parameters = list(inspect.signature(f).parameters.values()) if callable(f) else []
    except ValueError:  # some built-in functions have no signature
        return False
    later = [p for p in parameters[3:] if p.default is p.empty and p.kind <= p.KEYWORD_ONLY]
    return len(parameters) >= 2 and all(p.kind != p.POSITIONAL_ONLY and p.name in OF_MEASURES for p in later)


def _wrong_character(name: Any) -> str:
    wrong = [char for char in name if not f"a{char}".isidentifier()] if isinstance(name, str) else []
    return f", and {wrong[0]!r} is not allowed in one" if wrong else ""


def _early_stop(given: Any, data: Data, measures: Collection[str], dtype: str) -> tuple[str, float | None] | None:
    """The pair of a recorded name and a threshold (None if it is a table); None for no early stopping."""
    if given is None:
        return None
    tested = ["test_loss"] if data.x_test is not None else []
    validated = ["valid_loss", "valid_accuracy"] if data.x_valid is not None else []
    names = ["train_loss", *tested, "accuracy", *validated, *measures]
    good = isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], str)
    if not good or given[0] not in names:
        raise ValueError(f"early_stop={given!r} must be a pair (name, threshold), the name one of {', '.join(names)}")
    name, threshold = given
    over_axes = is_table(threshold)
    threshold = threshold if over_axes else arguments.number("early_stop", threshold, dtype)
    if name in ACCURACIES and bool(np.any((threshold < 0) | (threshold > 1))):
        raise ValueError(f"early_stop={name!r} has a threshold that is not between 0 and 1, as an accuracy is")
    return name, None if over_axes else threshold


def _decision(given: Any, num_outputs: int, dtype: str) -> losses.Decision:
    """The rule by which outputs count as correct; None means that loss and targets decide it."""
    if given is None or (isinstance(given, str) and given == "argmax" and num_outputs > 1):
        return given
    if isinstance(given, str) or not is_number(item(given)):
        raise ValueError(
            f"decision={given!r} must be 'argmax' (with two or more outputs), a number (the threshold of each output) "
            "or None"
        )
    return arguments.number("decision", given, dtype)


def check_mask(values: Collection[Any], factories: Collection[Any]) -> None:
    """Check that a mask holds 0 and 1 alone, where its values are known, and that all solvers can train with it."""
    if any(by_name.unwrapped(one) in by_name.LEAST_SQUARES.values() for one in factories):
        raise ValueError("mask with a solver of least squares, which moves all weights together: use another solver")
    known = (np.asarray(value) for value in values if not isinstance(value, jax.core.Tracer))
    if not all(np.isin(value, (0, 1)).all() for value in known):
        raise ValueError("mask holds other numbers than 0 and 1: 1 where a parameter is trained, 0 where it stays 0")


def like(given: Any, drawn: Any, argument: str) -> Any:
    """A tree of arrays as a tree like `drawn`, one of shapes, in its dtypes; lists may stand for tuples.

    Raises:
        ValueError: unless it has the same structure and shapes.
    """
    same = same_structure(given, drawn)
    shapes = [tuple(jnp.shape(leaf)) for leaf in jax.tree.leaves(given)] if same else None
    needed = [leaf.shape for leaf in jax.tree.leaves(drawn)]
    if shapes != needed:
        raise ValueError(
            f"{argument} must be a tree like the parameters of this network, whose arrays have the shapes {needed}; "
            + (f"it has the shapes {shapes}" if same else "it is built otherwise")
        )
    pairs = zip(jax.tree.leaves(given), jax.tree.leaves(drawn), strict=True)
    return jax.tree.unflatten(jax.tree.structure(drawn), [jnp.asarray(leaf, one.dtype) for leaf, one in pairs])


def same_structure(one: Any, other: Any) -> bool:
    """Whether two trees of arrays are built alike; lists may stand for tuples."""
    return jax.tree.structure(_in_tuples(one)) == jax.tree.structure(_in_tuples(other))


def _in_tuples(tree: Any) -> Any:
    """The tree with lists and named tuples, such as layers, as tuples."""
    if isinstance(tree, Mapping):
        return {name: _in_tuples(one) for name, one in tree.items()}
    return tuple(map(_in_tuples, tree)) if isinstance(tree, list | tuple) else tree


def check_together(
    static: Mapping[str, Collection[Any]],
    numbers: Mapping[str, Table],
    run: Mapping[str, Any],
    num_rows: int,
    data: Sequence[Data],
    label: Callable[[str, Any], Any] = label,
) -> None:
    """Check that static settings, numbers and what `settings_of_run` returns go together, and with the data.

    `static` holds all values of each setting, `data` that of each task, or nothing where it is traced. `label` gives
    the label of a value.
    """
    _check_schedule_values(numbers, [*static["schedule"]], run["dtype"])
    for size in static["batch_size"]:
        if size is not None and size > num_rows:
            raise ValueError(
                f"batch_size={size} is more than the number of training rows, {num_rows}; None takes all rows"
            )
    warmup = numbers["warmup_steps"].values.max() if "warmup_steps" in numbers else 0.0
    if warmup > run["num_steps"]:
        raise ValueError(f"warmup_steps={warmup:g} is more than num_steps={run['num_steps']}")
    for one in data:
        _check_numbers_of(one, run["dtype"])
        count = run["judged_rows"]
        if count is not None and one.weight is not None and not one.weight[:count].astype(run["dtype"]).any():
            raise ValueError(
                f"judged_rows={count!r}: the first {count} rows have weight 0, so there is nothing to judge"
            )
    if data:
        _check_losses(static, targets(data), run, label)


def targets(data: Sequence[Data]) -> np.ndarray:
    """The targets of all rows of all tasks, concatenated [rows, k]."""
    return np.concatenate([y for one in data for y in (one.y, one.y_test, one.y_valid) if y is not None])


def _check_numbers_of(data: Data, dtype: str) -> None:
    """Check that a dtype holds the numbers of the data."""
    most = float(np.finfo(dtype).max)
    for name, array in data._asdict().items():
        if array is not None and np.abs(array).max() > most:
            raise ValueError(
                f"{name} reaches {np.abs(array).max():.3g}, beyond the range of {dtype} (up to {most:.0e})"
            )
        if array is not None and name != "weight":
            _warn_of_merged(name, array, dtype)


def _warn_of_merged(name: str, table: np.ndarray, dtype: str) -> None:
    """Warn of a column with different values that this dtype makes equal, such as seconds since 1970."""
    if table.dtype == dtype or table.dtype.itemsize <= np.dtype(dtype).itemsize:
        return
    low, high = table.min(axis=0), table.max(axis=0)
    # The search for equal values is slow, so only columns whose range holds few numbers of this dtype are searched.
    room = (high - low) / np.spacing(np.maximum(np.abs(low), np.abs(high)).astype(dtype))
    for i in np.flatnonzero((room > 0) & (room < LITTLE_ROOM)):
        before, after = (len(np.unique(column)) for column in (table[:, i], table[:, i].astype(dtype)))
        if after < before:
            warnings.warn(
                f"{name}[:, {i}] holds {before} different values, but only {after} in {dtype}: they lie between "
                f"{low[i]:.10g} and {high[i]:.10g}; subtract their mean, or compute with dtype='float64'",
                stacklevel=6,
            )


def _check_losses(
    static: Mapping[str, Collection[Any]], y: np.ndarray, run: Mapping[str, Any], label: Callable[[str, Any], Any]
) -> None:
    """Check that losses, output activations and targets y [n, k] go together."""
    for loss in static["loss"]:
        name = label("loss", loss)
        wrong = [f for f in static["output_activation"] if f is not activations.identity]
        if loss in losses.TAKE_LOGITS and wrong:
            raise ValueError(
                f"output_activation={label('output_activation', wrong[0])!r} with loss={name!r}: this loss takes "
                "logits and applies the nonlinearity itself; use output_activation='identity'"
            )
        if loss in losses.TAKE_LOGITS and (y.min() < 0 or y.max() > 1):
            raise ValueError(f"loss={name!r} needs targets y between 0 and 1; they go from {y.min()} to {y.max()}")
        if loss is losses.softmax_cross_entropy and (y.shape[1] < 2 or not np.allclose(y.sum(axis=1), 1)):
            raise ValueError(
                f"loss={name!r} needs two or more classes and rows of y that sum to 1; y has shape {y.shape}"
            )
        rule = losses.decision(loss, y) if run["decision"] is None else run["decision"]
        if (stop := run["early_stop"]) and stop[0] in ACCURACIES and rule is None:
            raise ValueError(f"early_stop={stop!r}: loss={name!r} has no accuracy on these targets")
