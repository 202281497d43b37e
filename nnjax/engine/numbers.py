"""Numbers of a sweep: their ranges, tables of them over other axes, and whether the solvers understand them."""

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from nnjax import naming, solvers
from nnjax.engine import values

COMMON = (*solvers.COMMON, "init_scale", "bias_scale")
# What each number must satisfy; those that are not named must be finite.
POSITIVE = ("learning_rate", "clip_norm", "clip_value", "schedule_steps", "ridge")
NOT_NEGATIVE = ("weight_decay", "warmup_steps", "init_scale", "bias_scale", "eps", "eps_root")
FRACTIONS = ("momentum", "b1", "b2", "b3", "decay", "rho")
# The other arguments of a sweep, for the sake of a nearest name.
OTHERS = (
    "seeds",
    "num_steps",
    "record_every",
    "judged_rows",
    "measure",
    "early_stop",
    "model",
    "dtype",
    "layout",
    "padding",
    "workers",
    "compiler_options",
)


class Table(NamedTuple):
    """A number for every combination of some axes: their names, and the values in that shape."""

    dims: tuple[str, ...]
    values: np.ndarray


def number(name: str, value: Any, dtype: str) -> float:
    """One value of a number, within the range that its name allows and its dtype holds."""
    if isinstance(value, tuple):
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")
    found = _float(values.item(value))
    if not math.isfinite(found):
        raise ValueError(f"{name}={value!r:.80} must be a finite number, or a list of them")
    value = found
    if name in POSITIVE and value <= 0:
        raise ValueError(f"{name}={value!r} must be greater than 0")
    if name in NOT_NEGATIVE and value < 0:
        raise ValueError(f"{name}={value!r} must be 0 or more")
    if name in FRACTIONS and not 0 <= value < 1:
        raise ValueError(f"{name}={value!r} must be at least 0 and less than 1")
    if name in FRACTIONS and np.dtype(dtype).type(value) == 1:
        raise ValueError(f"{name}={value!r} is 1 in {dtype}: it must be at least 0 and less than 1")
    if name == "final_ratio" and not 0 <= value <= 1:
        raise ValueError(f"final_ratio={value!r} must be between 0 and 1")
    least, most = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    if abs(value) > most or (name in POSITIVE and value < least):
        raise ValueError(f"{name}={value!r} lies outside what {dtype} holds: {least:.0e} to {most:.0e}")
    return value


def _float(value: Any) -> float:
    """A real number as a float; nan for one that is too large, and for anything else."""
    try:
        return float(value) if values.is_number(value) else math.nan
    except OverflowError:
        return math.nan


def is_table(value: Any) -> bool:
    """An xarray DataArray: one number for each combination of the axes that it names."""
    return any(kind.__name__ == "DataArray" and kind.__module__.startswith("xarray.") for kind in type(value).__mro__)


def table(name: str, given: Any, axes: Mapping[str, Any], dtype: str) -> Table:
    """A DataArray over some of the axes, brought into their order."""
    missing = [dim for dim in given.dims if dim not in axes]
    if missing:
        raise ValueError(
            f"{name} is a table over {', '.join(map(str, given.dims))}, but {missing[0]} is no axis of this "
            f"sweep, which has {', '.join(axes) or 'none'}"
        )
    for dim in given.dims:
        if given.dims.count(dim) > 1 or dim not in given.indexes or not given.indexes[dim].is_unique:
            raise ValueError(f"{name} is a table over {dim}: it needs a coordinate {dim} without repeated labels")
        try:
            given = given.sel({dim: [values.label(dim, value) for value in axes[dim]]})
        except KeyError as error:
            raise ValueError(f"{name} has no value for each {dim} of this sweep: {error}") from error
    if given.dtype.kind not in "biufO":  # dates would become numbers of nanoseconds
        raise ValueError(f"{name} is a table of dtype {given.dtype}: it must hold finite numbers")
    checked = [number(name, value, dtype) for value in np.ravel(given.values).tolist()]
    return Table(tuple(given.dims), np.reshape(checked, given.shape))


def check_names(numeric: Mapping[str, Any], static: Mapping[str, Any]) -> None:
    """Every number must mean something to every solver that is asked for."""
    asked = static["solver"]
    for value in asked if values.is_axis(asked) else [asked]:
        factory = values.static("solver", value)
        own = solvers.hyperparameters(factory)
        for name in numeric:
            if name in COMMON or name in own:
                continue
            solver = naming.name_of(factory, solvers.SOLVERS, "solver")
            near = difflib.get_close_matches(name, (*COMMON, *own, *values.STATIC, *OTHERS), 1)
            raise ValueError(
                f"{name}={numeric[name]!r:.80} is neither a setting nor a hyperparameter of solver {solver!r} that "
                f"takes numbers; {f'did you mean {near[0]!r}? ' if near else ''}"
                f"it has: {', '.join(('learning_rate', *own))}"
            )


def check_solver(factory: Callable, schedule: str, numeric: tuple[str, ...]) -> solvers.Solver:
    """The solver, built once, on the host, from likely numbers: what it cannot do shows here."""
    name = naming.name_of(factory, solvers.SOLVERS, "solver")
    if "learning_rate" not in inspect.signature(factory).parameters:
        raise ValueError(f"solver={name!r} must be a factory that takes learning_rate")
    needed = [
        p.name
        for p in inspect.signature(factory).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    missing = [p for p in needed if p != "learning_rate" and p not in numeric]
    if missing:
        raise ValueError(f"solver={name!r} needs a value for {missing[0]}: give {missing[0]}=...")
    try:
        return solvers.build(factory, dict.fromkeys(numeric, 0.5), schedule)
    except Exception as error:  # whatever the user's factory raises, or what it returns brings about
        if isinstance(error, ValueError) and f"solver={name!r}" in str(error):
            raise
        raise ValueError(f"solver={name!r} cannot be built: {error!s:.200}") from error
