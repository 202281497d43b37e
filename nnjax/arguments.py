"""The arguments of `nnjax.sweep`, `plan` and `fit` in one table, and what follows from it: checks, axes and labels.

`combinations` checks which arguments go together. Every error is a ValueError that names the argument, the value and
what is allowed.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax import allowed, batches, mlp, naming
from nnjax.allowed import MAX_NEURONS, MAX_STEPS, Range, Values, choice, flags, one_of, optional, whole_numbers
from nnjax.allowed import whole as whole  # the estimators take it from here
from nnjax.checks import is_number
from nnjax.solvers import by_name
from nnjax.spec import CURVES, Model

# Kinds of arguments. Functions and settings are static: another value is another program. Numbers are traced. All of
# these may be axes, and numbers may be DataArrays over other axes. A sweep has one value of each other argument; those
# of the execution change no number in its result.
FUNCTION, SETTING, NUMBER, RUN, EXECUTION = "function", "setting", "number", "run", "execution"
SOLVERS_NUMBER = "solver's number"  # one that only some solvers have


class Argument(NamedTuple):
    """A row of the table.

    `default` is that of `sweep`, None for a number that need not be given. `elsewhere` are its names in other
    libraries, separated by spaces. `needs` is the argument without which this one is refused, and `why` says it in the
    error, unless a function of `combinations` has words of its own.
    """

    name: str
    kind: str
    allowed: Values | Range
    default: Any = None
    elsewhere: str = ""
    needs: str = ""
    why: str = ""


ARGUMENTS = (
    # The static ones stand in the order of the result's dimensions.
    Argument("hidden", SETTING, allowed.sizes, None, "layers hidden_layer_sizes hidden_sizes units"),
    Argument("width", SETTING, whole_numbers(most=MAX_NEURONS)),
    Argument("depth", SETTING, whole_numbers(most=allowed.MAX_DEPTH), needs="width", why="counts layers of one width"),
    Argument("model", FUNCTION, allowed.model, mlp),
    Argument("activation", FUNCTION, allowed.ACTIVATIONS, "tanh"),
    Argument("output_activation", FUNCTION, allowed.ACTIVATIONS, "identity"),
    Argument("init", FUNCTION, allowed.INITIALIZERS),
    Argument("bias_init", FUNCTION, allowed.INITIALIZERS, "zeros"),
    Argument("solver", FUNCTION, allowed.SOLVERS, "adam", "optimizer optim"),
    Argument("schedule", FUNCTION, allowed.SCHEDULES, "constant"),
    Argument("decay_biases", SETTING, flags(", or a list of the two"), True, needs="weight_decay"),
    Argument("loss", FUNCTION, allowed.LOSSES, "squared_error", "criterion objective"),
    Argument("batch_size", SETTING, optional(whole_numbers(), "all rows"), None, "batch batchsize minibatch_size"),
    Argument("order", SETTING, one_of(*batches.ORDERS), "shuffled"),
    # Numbers that every solver takes. `candidate` has no effect: it counts the settings of a random search.
    Argument("learning_rate", NUMBER, allowed.POSITIVE, None, "lr eta learning_rate_init step_size"),
    Argument("weight_decay", NUMBER, allowed.NOT_NEGATIVE, None, "l2 alpha weight_penalty"),
    Argument("clip_norm", NUMBER, allowed.POSITIVE),
    Argument("clip_value", NUMBER, allowed.POSITIVE),
    Argument("warmup_steps", NUMBER, allowed.NOT_NEGATIVE),
    Argument("schedule_steps", NUMBER, allowed.POSITIVE, needs="schedule"),
    Argument("final_ratio", NUMBER, allowed.SHARE, needs="schedule"),
    Argument("init_scale", NUMBER, allowed.NOT_NEGATIVE),
    Argument("bias_scale", NUMBER, allowed.NOT_NEGATIVE),
    Argument("candidate", NUMBER, allowed.FINITE),
    # Numbers of some solvers. Others that a solver has may be any finite numbers.
    *(Argument(name, SOLVERS_NUMBER, allowed.FRACTION) for name in ("momentum", "b1", "b2", "b3", "decay", "rho")),
    *(Argument(name, SOLVERS_NUMBER, allowed.NOT_NEGATIVE) for name in ("eps", "eps_root")),
    Argument("ridge", SOLVERS_NUMBER, allowed.POSITIVE),
    # What is trained, recorded and judged.
    Argument("seeds", RUN, allowed.SEEDS, 1, "seed random_state rng key n_seeds"),
    Argument("num_steps", RUN, whole_numbers(most=MAX_STEPS), 1000,
             "epochs n_epochs num_epochs max_iter iterations n_iter steps"),
    Argument("record_every", RUN, optional(whole_numbers(), "the first and the last step alone")),
    Argument("judged_rows", RUN, optional(whole_numbers(), "all rows")),
    Argument("measure", RUN, allowed.MEASURES, None, "metrics metric measures"),
    Argument("early_stop", RUN, allowed.STOP, needs="record_every", why="is checked only at recorded steps"),
    Argument("patience", RUN, optional(whole_numbers(), "no stop"),
             needs="record_every", why="watches valid_loss at recorded steps"),
    Argument("decision", RUN, allowed.DECISION),
    Argument("start", RUN, allowed.PARAMETERS),
    Argument("mask", RUN, allowed.PARAMETERS),
    Argument("keep_params", RUN, flags(), False),
    Argument("dtype", RUN, allowed.dtype, "float32"),
    # How programs are made, which may change the last bits of a result.
    Argument("layout", RUN, choice("'matrices', 'lanes' or None, which chooses by shape", "matrices", "lanes", None)),
    Argument("padding", RUN, choice("True, False or None, which chooses the faster one", True, False, None)),
    Argument("compiler_options", RUN, optional(allowed.compiler_options, "by processor")),
    # How programs are run, and where the result goes.
    Argument("workers", EXECUTION, optional(whole_numbers(most=allowed.MAX_WORKERS), "one per core, or per device")),
    Argument("store", EXECUTION, optional(allowed.path, "in memory")),
    Argument("fresh", EXECUTION, flags(), False, needs="store", why="begins a store anew"),
    Argument("executor", EXECUTION, optional(allowed.executor, "threads")),
    Argument("shard", EXECUTION, optional(allowed.shard, "all networks"),
             needs="store", why="needs a store, where the shards come together"),
    Argument("progress", EXECUTION, flags(), True),
)  # fmt: skip

ROWS = {row.name: row for row in ARGUMENTS}
RANGES = {row.name: row.allowed for row in ARGUMENTS if isinstance(row.allowed, Range)}
VALUES = {row.name: row.allowed for row in ARGUMENTS if isinstance(row.allowed, Values)}
DEFAULTS = {name: ROWS[name].default for name in VALUES}
# Static settings, each with what is known by name; those that may be a function of the user's own; those along which
# networks differ in the shapes of their parameters.
STATIC = {row.name: VALUES[row.name].names for row in ARGUMENTS if row.kind in (FUNCTION, SETTING)}
FUNCTIONS = tuple(row.name for row in ARGUMENTS if row.kind == FUNCTION)
SHAPES = ("hidden", "width", "depth", "model")
# Numbers that every solver takes, and those of schedules.
COMMON = tuple(row.name for row in ARGUMENTS if row.kind == NUMBER)
OF_SCHEDULES = tuple(row.name for row in ARGUMENTS if row.needs == "schedule")
# The arguments that are neither static settings nor numbers.
OTHERS = tuple(row.name for row in ARGUMENTS if row.kind in (RUN, EXECUTION))
OF_EXECUTION = tuple(row.name for row in ARGUMENTS if row.kind == EXECUTION)
ELSEWHERE = {other: row.name for row in ARGUMENTS for other in row.elsewhere.split()}
# Names of dimensions and variables of the result, which no measure may take.
RESERVED = (
    *STATIC,
    *("task", "seed", "task_seed", "step", "steps", "status", "num_params", "params", "param", "best_step"),
    *(*CURVES, *CURVES.values(), "early_stop", "row", "output"),
)


class Table(NamedTuple):
    """One number for each combination of values on some axes; `values` has one dimension for each name in `dims`."""

    dims: tuple[str, ...]
    values: np.ndarray


def checked(name: str, value: Any) -> Any:
    """A value of an argument that is no number, checked by the table and converted."""
    if name in STATIC and isinstance(value, np.generic):  # from an axis that is an array
        value = value.item()
    return VALUES[name].convert(name, value)


def check_needs(given: Mapping[str, Any]) -> None:
    """Check that what is given beside its default has the arguments that it needs, where `given` holds both."""
    for name, value in given.items():
        row = ROWS[name]
        if row.why and value is not row.default and given.get(row.needs, value) is None:
            raise ValueError(f"{name}={value!r} {row.why}: give {row.needs}=... as well")


def number(name: str, value: Any, dtype: str, factories: Collection[Callable] = ()) -> float:
    """Check that a number is in the range that the table and the dtype allow, and return it as a float.

    The table says nothing about a hyperparameter of the solvers `factories` if all are of the user's own.
    """
    allowed.check_no_tuple(name, value)
    found = _float(allowed.item(value))
    if not math.isfinite(found):
        listed = "" if name == "early_stop" else ", a list of them"
        labelled = " (a dict labels functions only)" if isinstance(value, Mapping) else ""
        raise ValueError(
            f"{name}={value!r:.80} must be a finite number{listed} or a DataArray over other axes{labelled}"
        )
    own = factories and name not in COMMON and not any(map(by_name.is_known, factories))
    within = allowed.FINITE if own else RANGES.get(name, allowed.FINITE)
    if not within.holds(found):
        raise ValueError(f"{name}={found!r} must be {within.words}")
    tiny, most = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    if not (0 if within.holds(0) else tiny) <= abs(found) <= most:
        raise ValueError(f"{name}={found!r} is outside the range of {dtype}, {tiny:.0e} to {most:.0e}")
    if not within.holds(rounded := np.dtype(dtype).type(found)):
        raise ValueError(f"{name}={found!r} rounds to {rounded:g} in {dtype}: it must be {within.words}")
    return found


def _float(value: Any) -> float:
    """A real number as a float; nan for one that is too large, and for anything else."""
    try:
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def shapes(given: Mapping[str, Any]) -> dict[str, Any]:
    """The static settings, without `hidden`, or `width` and `depth`, if not given; the default of `depth` is 1."""
    unset = [name for name in ("hidden", "width", "depth") if given[name] is None]
    found = {name: value for name, value in given.items() if name not in unset}
    other = "width" if "width" in found else "depth"
    if "hidden" in found and other in found:
        raise ValueError(f"hidden={found['hidden']!r} and {other}={found[other]!r}: give hidden, or width and depth")
    check_needs({name: given[name] for name in ("width", "depth")})
    if "width" in found:
        found.setdefault("depth", 1)
    return found


def is_axis(value: Any) -> bool:
    """Whether a value is an axis: a list, a range, or an array with dimensions (`axis` refuses more than one)."""
    if isinstance(value, np.ndarray | jax.Array):
        return value.ndim > 0
    return isinstance(value, list | range)


def axis(name: str, given: Any, convert: Callable[[str, Any], Any]) -> tuple:
    """The converted values of an axis.

    Raises:
        ValueError: for an axis that is empty, holds a value twice or has more than one dimension.
    """
    if isinstance(given, np.ndarray | jax.Array) and given.ndim != 1:
        raise ValueError(f"{name} has shape {given.shape}; an axis must be a list or a one-dimensional array")
    found = tuple(convert(name, one) for one in list(given))
    if not found:
        raise ValueError(f"{name}=[] is an empty axis; give at least one value")
    seen = set()
    for value in found:
        if value in seen:
            raise ValueError(f"{name} holds {label(name, value)!r} twice; the values of an axis must differ")
        seen.add(value)
    return found


def named_axis(name: str, given: Mapping[Any, Any]) -> tuple[tuple[str, ...], tuple]:
    """Labels and values of an axis of functions that is given as a dict, such as {"mine": f, "tanh": "tanh"}."""
    for key in given:
        if not isinstance(key, str):
            raise ValueError(f"{name} has the label {key!r}; the labels of an axis {{label: function}} must be strings")
        naming.check_label(key, name)
    return tuple(given), axis(name, list(given.values()), checked)


def labels(name: str, values: tuple) -> tuple:
    """The labels of the values of an axis.

    Raises:
        ValueError: if two functions have the same name.
    """
    found = tuple(label(name, value) for value in values)
    if len(set(found)) < len(found):
        twice = next(one for i, one in enumerate(found) if one in found[:i])
        what = "models" if name == "model" else "functions"
        raise ValueError(f"{name} holds two {what} called {twice!r}; name them: {name}={{'a': f, 'b': g}}")
    return found


def label(name: str, value: Any) -> Any:
    """What a value is called in the result and in messages: hidden (8, 8) is "8x8", () is "none"."""
    if name == "batch_size" and value is None:
        return "all"
    if name == "hidden":
        return "x".join(map(str, value)) or "none"
    if name == "model":
        return "mlp" if value == Model(mlp.init, mlp.apply, mlp.predict) else naming.called(value.apply, {})
    if name in FUNCTIONS and not isinstance(value, str):
        return naming.called(value, STATIC[name])
    return value


def is_table(value: Any) -> bool:
    """Whether this is an xarray DataArray: one number for each combination of the axes that it names."""
    return any(kind.__name__ == "DataArray" and kind.__module__.startswith("xarray.") for kind in type(value).__mro__)


def selected(name: str, given: Any, dim: str, labels: Collection[Any]) -> Any:
    """A DataArray with the labels of this sweep along one of its dimensions, in their order.

    Raises:
        ValueError: if it lacks some; the message names up to three.
    """
    try:
        return given.sel({dim: labels})
    except KeyError as error:
        missing = [str(one) for one in labels if one not in given.indexes[dim]]
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise ValueError(f"{name} does not have every {dim} of this sweep: it lacks {shown}") from error


def table(name: str, given: Any, labels: Mapping[str, Any], dtype: str, factories: Collection[Callable] = ()) -> Table:
    """Convert a DataArray over some of the axes to a Table, with its values in the order of the labels of each axis.

    `factories` are the solvers, see `number`.
    """
    missing = [dim for dim in given.dims if dim not in labels]
    if missing:
        raise ValueError(
            f"{name} is a table over {', '.join(map(str, given.dims))}, but {missing[0]} is not an axis of "
            f"this sweep; its axes are {', '.join(labels) or 'none'}"
        )
    for dim in given.dims:
        if given.dims.count(dim) > 1 or dim not in given.indexes or not given.indexes[dim].is_unique:
            raise ValueError(f"{name} is a table over {dim}: it needs a coordinate {dim} without repeated labels")
        given = selected(name, given, dim, list(labels[dim]))
    given = given.transpose(*sorted(given.dims))  # so that the order of dimensions and axes does not matter
    if given.dtype.kind not in "biufO":  # dates would become numbers of nanoseconds
        raise ValueError(f"{name} is a table of dtype {given.dtype}: it must hold finite numbers")
    checked = [number(name, value, dtype, factories) for value in np.ravel(given.values).tolist()]
    return Table(tuple(given.dims), np.reshape(checked, given.shape))
