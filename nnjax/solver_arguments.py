"""Solvers, learning rates and schedules: which go together, and with which other arguments of a training run."""

import difflib
import inspect
import itertools
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from nnjax import naming, objective, solvers
from nnjax.arguments import COMMON, ELSEWHERE, OTHERS, RESERVED, STATIC, Table, is_axis, label
from nnjax.solvers import by_name
from nnjax.spec import Spec

# Numbers that mean nothing to a constant schedule.
OF_SCHEDULES = ("final_ratio", "schedule_steps")


def rate_and_schedule(learning_rate: Any, schedule: Any) -> tuple[Any, Any]:
    """The number and the schedule that a sweep trains with. A learning rate that is a function is a factor on 1.

    Raises:
        ValueError: for functions beside numbers or beside a schedule.
    """
    several = is_axis(learning_rate) or isinstance(learning_rate, Mapping)
    values = [*getattr(learning_rate, "values", lambda: learning_rate)()] if several else [learning_rate]
    if not any(map(callable, values)):
        return learning_rate, schedule
    if wrong := [value for value in values if not callable(value)]:
        raise ValueError(
            f"learning_rate={wrong[0]!r:.80} shares an axis with functions of the step: give "
            "optax.constant_schedule(...) for a constant, or numbers alone"
        )
    if not (isinstance(schedule, str) and schedule == "constant"):
        raise ValueError(
            f"schedule={schedule!r:.80} with a learning_rate that is a function of the step itself: give one of the two"
        )
    return 1.0, learning_rate


def default_rates(factories: tuple[Any, ...]) -> tuple[float, ...]:
    """The learning rate of each solver if none is given; () if the solvers are finished, so that it lies inside them.

    Raises:
        ValueError: if some are finished and some are not.
    """
    rates = tuple(solvers.default_learning_rate(factory) for factory in factories if not by_name.is_finished(factory))
    if rates and len(rates) < len(factories):
        raise ValueError(
            "solver holds finished solvers and others, which need a learning_rate: give names and factories alone, or "
            "finished solvers alone, such as optax.adam(0.01)"
        )
    return rates


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
    shown = label("schedule", own[0]) if own else ""
    if own and "warmup_steps" in numbers:
        raise ValueError(
            f"warmup_steps={numbers['warmup_steps']!r:.80} with schedule={shown!r}, a function of the step: put the "
            "warm-up into the function, as optax.warmup_cosine_decay_schedule does"
        )
    for name in OF_SCHEDULES:
        if name in numbers and own and not set(schedules) - {"constant", *own}:
            raise ValueError(
                f"{name}={numbers[name]!r:.80} with schedule={shown!r}, a function of the step alone: leave it out, or "
                "give another schedule such as 'cosine'"
            )
        if name in numbers and set(schedules) == {"constant"}:
            raise ValueError(
                f"{name}={numbers[name]!r:.80} with schedule='constant', under which the rate never changes: leave it "
                "out, or give another schedule such as 'cosine'"
            )


def check_schedule_values(numbers: Mapping[str, Table], schedules: tuple[Any, ...], dtype: str) -> None:
    """Check that no schedule sets the learning rate to 0 at once, with the numbers that are given.

    The schedule follows the warm-up, so it must end later; and an exponential one cannot fall to 0.
    """
    for i, schedule in enumerate(schedules):
        if schedule == "constant" or callable(schedule):
            continue
        given = {name: _taken(table, "schedule", i) for name, table in numbers.items()}
        if schedule == "exponential" and "final_ratio" in given:
            ratio = given["final_ratio"].values.min()
            if ratio < np.finfo(dtype).tiny:
                raise ValueError(
                    f"final_ratio={ratio:g} with schedule='exponential', whose rate would be 0 from the second step "
                    "on: it must be greater than 0"
                )
        if "schedule_steps" in given and "warmup_steps" in given:
            end, begin = _compared(given["schedule_steps"], given["warmup_steps"])
            if (early := end <= begin).any():
                raise ValueError(
                    f"schedule_steps={end[early][0]:g} with warmup_steps={begin[early][0]:g}: the schedule follows the "
                    "warm-up, so schedule_steps must be greater than warmup_steps"
                )


def _taken(table: Table, dim: str, i: int) -> Table:
    """A table at place i of one axis, or the whole table if it is not over that axis."""
    if dim not in table.dims:
        return table
    return Table(tuple(d for d in table.dims if d != dim), table.values.take(i, table.dims.index(dim)))


def _compared(low: Table, high: Table) -> tuple[np.ndarray, np.ndarray]:
    """The least values of one table and the greatest of another, over the axes that both have."""

    def other(one: Table, two: Table) -> tuple[int, ...]:
        return tuple(i for i, dim in enumerate(one.dims) if dim not in two.dims)

    return np.asarray(low.values.min(other(low, high))), np.asarray(high.values.max(other(high, low)))


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
