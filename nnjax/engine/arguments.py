"""One argument of a sweep: whether it is an axis, which values are allowed, and what each is called.

Every error is a ValueError that names the argument, the value and what is allowed.
"""

import difflib
import inspect
import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, batches, initializers, losses, naming, solvers

# Static settings in the order of their dimensions, with the table of known names (None: not a name).
STATIC: dict[str, Mapping[str, Any] | None] = {
    **dict.fromkeys(("hidden", "width", "depth")),
    **dict.fromkeys(("activation", "output_activation"), activations.ACTIVATIONS),
    **dict.fromkeys(("init", "bias_init"), initializers.INITIALIZERS),
    "solver": solvers.SOLVERS,
    "schedule": solvers.SCHEDULES,
    "loss": losses.LOSSES,
    "batch_size": None,
    "order": dict.fromkeys(batches.ORDERS),
}
DEFAULTS = dict(
    activation="tanh", output_activation="identity", init="lecun_normal", bias_init="zeros", solver="adam",
    schedule="constant", loss="squared_error", batch_size=None, order="shuffled",
)  # fmt: skip
# Static settings that may be a function of the user's own.
FUNCTIONS = ("activation", "output_activation", "solver", "loss")
# The arguments of a sweep that are neither static settings nor numbers, for suggesting the nearest name.
OTHERS = (
    *("seeds", "num_steps", "record_every", "judged_rows", "measure", "early_stop", "decision", "model", "dtype"),
    *("layout", "padding", "workers", "compiler_options", "store", "fresh", "executor", "shard", "progress"),
)
# Neurons of a layer and layers of a network at most: more would only show when memory runs out.
MAX_NEURONS, MAX_DEPTH = 2**31 - 1, 2**16

# Numbers that every solver accepts. What each number must satisfy; those that are not named must be finite.
COMMON = (*solvers.COMMON, "init_scale", "bias_scale")
POSITIVE = ("learning_rate", "clip_norm", "clip_value", "schedule_steps", "ridge")
NOT_NEGATIVE = ("weight_decay", "warmup_steps", "init_scale", "bias_scale", "eps", "eps_root")
FRACTIONS = ("momentum", "b1", "b2", "b3", "decay", "rho")


class Table(NamedTuple):
    """A number for every combination of some axes: their names, and the values in that shape."""

    dims: tuple[str, ...]
    values: np.ndarray


def is_axis(value: Any) -> bool:
    """A list, a range or an array of one dimension is an axis; everything else is one value."""
    if isinstance(value, np.ndarray | jax.Array):
        return value.ndim > 0
    return isinstance(value, list | range)


def axis(name: str, given: Any, convert: Callable[[str, Any], Any]) -> tuple:
    """The converted values of an axis.

    Raises:
        ValueError: for an axis that is empty, holds a value twice or has more than one dimension.
    """
    if isinstance(given, np.ndarray | jax.Array) and given.ndim != 1:
        raise ValueError(f"{name} has shape {given.shape}; an axis is a list or an array of one dimension")
    values = tuple(convert(name, one) for one in list(given))
    if not values:
        raise ValueError(f"{name}=[] is an empty axis; give at least one value")
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{name} holds {label(name, value)!r} twice; the values of an axis must differ")
        seen.add(value)
    return values


def named_axis(name: str, given: Mapping[Any, Any]) -> tuple[tuple[str, ...], tuple]:
    """Labels and values of an axis of functions that is given as a dict, such as {"mine": f, "tanh": "tanh"}."""
    for key in given:
        if not isinstance(key, str):
            raise ValueError(f"{name} has the label {key!r}; the labels of an axis {{label: function}} are strings")
        naming.check_label(key, name)
    return tuple(given), axis(name, list(given.values()), static)


def labels(name: str, values: tuple) -> tuple:
    """What the values of an axis are called.

    Raises:
        ValueError: if two functions have the same name.
    """
    found = tuple(label(name, value) for value in values)
    if len(set(found)) < len(found):
        twice = next(one for i, one in enumerate(found) if one in found[:i])
        raise ValueError(f"{name} holds two functions called {twice!r}; name them: {name}={{'a': f, 'b': g}}")
    return found


def label(name: str, value: Any) -> Any:
    """What a value is called in the result and in messages: hidden (8, 8) is "8x8", () is "none"."""
    if name == "batch_size" and value is None:
        return "all"
    if name == "hidden":
        return "x".join(map(str, value)) or "none"
    if name in FUNCTIONS:
        return naming.called(value, STATIC[name] or {})
    return value


def item(value: Any) -> Any:
    """What an array without dimensions holds. All else is left as it is, random keys too."""
    if not isinstance(value, np.ndarray | jax.Array) or value.ndim or jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value
    return value[()] if isinstance(value, np.ndarray) else value.item()


def is_number(value: Any, kind: type = numbers.Real) -> bool:
    """Whether this is one number of a kind. Truth values are none, nor are durations, which NumPy counts as such."""
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_ | np.timedelta64)


def whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A whole number of `least` or more; True and 1.0 are none."""
    value = item(value)
    if not is_number(value, numbers.Integral) or int(value) < least:
        raise ValueError(f"{name}={value!r} must be a whole number of {least} or more")
    if most is not None and int(value) > most:
        raise ValueError(f"{name}={value!r} must be at most {most}")
    return int(value)


def static(name: str, value: Any) -> Any:
    """One value of a static setting, with the name of a function replaced by the function."""
    if isinstance(value, np.generic):
        value = value.item()
    if name == "hidden":
        if not isinstance(value, tuple):
            raise ValueError(
                f"hidden={value!r} must be a tuple of layer sizes such as (8, 8), or a list of such tuples"
            )
        return tuple(whole("hidden", size, most=MAX_NEURONS) for size in value)
    if name in ("width", "depth"):
        return whole(name, value, most=MAX_NEURONS if name == "width" else MAX_DEPTH)
    if name == "batch_size":
        return None if value is None else whole(name, value)
    if type(value) is tuple:
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")
    if name in FUNCTIONS:
        return _function(name, value)
    table = STATIC[name] or {}
    if not isinstance(value, str):
        raise ValueError(f"{name}={value!r} must be one of {', '.join(map(repr, table))}")
    if value not in table:
        naming.lookup(value, table, name)
    return value


def _function(name: str, value: Any) -> Callable:
    if name == "solver" and not isinstance(value, str) and not callable(value):
        raise ValueError(f"solver={value!r:.80} must be a name such as 'adam', or a factory (learning_rate, ...)")
    found = naming.lookup(value, STATIC[name] or {}, name)
    check_hashable(name, found)
    if name == "solver":
        try:
            solvers.hyperparameters(found)
        except (TypeError, ValueError) as error:  # some built-in functions have no signature
            raise ValueError(f"solver={value!r:.80} must be a factory (learning_rate, ...): {error}") from error
    return found


def check_hashable(argument: str, f: Callable) -> None:
    """Check that a function can be part of what a program is found by."""
    try:
        hash(f)
    except TypeError as error:
        raise ValueError(f"{argument}={f!r:.80} cannot be hashed, which a function of a sweep must be") from error


def dtype(value: Any) -> str:
    """The name of a floating type, from the name or from the type itself."""
    try:
        name = np.dtype(value).name if value is not None else ""
    except Exception:  # whatever NumPy raises for what is no dtype
        name = ""
    if name not in ("float32", "float64"):
        raise ValueError(f"dtype={value!r} must be 'float32' or 'float64'")
    return name


def shapes(given: Mapping[str, Any]) -> dict[str, Any]:
    """The static settings with their defaults, and either `hidden`, or `width` and `depth` (1 if not given)."""
    unset = [name for name in ("hidden", "width", "depth") if given.get(name) is None]
    found = DEFAULTS | {name: value for name, value in given.items() if name not in unset}
    if "hidden" in found and ("width" in found or "depth" in found):
        other = "width" if "width" in found else "depth"
        raise ValueError(f"hidden={found['hidden']!r} and {other}={found[other]!r}: give hidden, or width and depth")
    if "hidden" not in found and "width" not in found:
        raise ValueError("hidden=None: give hidden sizes such as hidden=(8, 8), or width=8 and depth=2")
    if "width" in found:
        found.setdefault("depth", 1)
    return {name: found[name] for name in STATIC if name in found}


def number(name: str, value: Any, dtype: str) -> float:
    """One value of a number, within the range that its name allows and its dtype holds."""
    if isinstance(value, tuple):
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")
    found = _float(item(value))
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
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def is_table(value: Any) -> bool:
    """Whether this is an xarray DataArray: one number for each combination of the axes that it names."""
    return any(kind.__name__ == "DataArray" and kind.__module__.startswith("xarray.") for kind in type(value).__mro__)


def table(name: str, given: Any, labels: Mapping[str, Any], dtype: str) -> Table:
    """A DataArray over some of the axes, brought into the order of their labels."""
    missing = [dim for dim in given.dims if dim not in labels]
    if missing:
        raise ValueError(
            f"{name} is a table over {', '.join(map(str, given.dims))}, but {missing[0]} is no axis of this "
            f"sweep, which has {', '.join(labels) or 'none'}"
        )
    for dim in given.dims:
        if given.dims.count(dim) > 1 or dim not in given.indexes or not given.indexes[dim].is_unique:
            raise ValueError(f"{name} is a table over {dim}: it needs a coordinate {dim} without repeated labels")
        try:
            given = given.sel({dim: list(labels[dim])})
        except KeyError as error:
            raise ValueError(f"{name} has no value for each {dim} of this sweep: {error}") from error
    if given.dtype.kind not in "biufO":  # dates would become numbers of nanoseconds
        raise ValueError(f"{name} is a table of dtype {given.dtype}: it must hold finite numbers")
    checked = [number(name, value, dtype) for value in np.ravel(given.values).tolist()]
    return Table(tuple(given.dims), np.reshape(checked, given.shape))


def check_number_names(names: Mapping[str, Any], factories: tuple[Callable, ...]) -> None:
    """Check that every number means something to every solver that is asked for."""
    for factory in factories:
        own = solvers.hyperparameters(factory)
        for name, value in names.items():
            if name in COMMON or name in own:
                continue
            near = difflib.get_close_matches(name, (*COMMON, *own, *STATIC, *OTHERS), 1)
            raise ValueError(
                f"{name}={value!r:.80} is neither a setting nor a hyperparameter of solver "
                f"{naming.called(factory, solvers.SOLVERS)!r} that takes numbers; "
                f"{f'did you mean {near[0]!r}? ' if near else ''}it has: {', '.join(('learning_rate', *own))}"
            )


def built_solver(factory: Callable, schedule: str, names: tuple[str, ...]) -> solvers.Solver:
    """The solver, built once from likely numbers, so that what it cannot do shows before anything compiles."""
    name = naming.called(factory, solvers.SOLVERS)
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
        return solvers.build(factory, dict.fromkeys(names, 0.5), schedule)
    except Exception as error:  # whatever the user's factory raises, or what it returns brings about
        if isinstance(error, ValueError) and f"solver={name!r}" in str(error):
            raise
        raise ValueError(f"solver={name!r} cannot be built: {error!s:.200}") from error
