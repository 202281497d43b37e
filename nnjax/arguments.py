"""The arguments of a training run, and of a sweep: which values are allowed, which go together, what each is called.

`nnjax.sweep` and `nnjax.training.fit` check their arguments with the same functions. Every error is a ValueError that
names the argument, the value and what is allowed.
"""

import inspect
import math
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import jax
import jax.core
import jax.numpy as jnp
import numpy as np

from nnjax import activations, batches, initializers, losses, mlp, naming, solvers
from nnjax.checks import flag, is_number, whole_number
from nnjax.solvers import by_name
from nnjax.spec import ACCURACIES, CURVES, OF_MEASURES, Model
from nnjax.tasks import Data

# Static settings in the order of the result's dimensions, each with its table of known names (None: it has no names).
STATIC: dict[str, Mapping[str, Any] | None] = {
    **dict.fromkeys(("hidden", "width", "depth", "model")),
    **dict.fromkeys(("activation", "output_activation"), activations.ACTIVATIONS),
    **dict.fromkeys(("init", "bias_init"), initializers.INITIALIZERS),
    "solver": by_name.SOLVERS,
    "schedule": by_name.SCHEDULES,
    "decay_biases": None,
    "loss": losses.LOSSES,
    "batch_size": None,
    "order": dict.fromkeys(batches.ORDERS),
}
DEFAULTS = dict(
    model=mlp, activation="tanh", output_activation="identity", init="lecun_normal", bias_init="zeros", solver="adam",
    schedule="constant", decay_biases=True, loss="squared_error", batch_size=None, order="shuffled",
)  # fmt: skip
# Static settings that may be a function of the user's own; a model is a few of them.
FUNCTIONS = ("model", "activation", "output_activation", "init", "bias_init", "solver", "schedule", "loss")
# Those that a Spec holds by name if they have one in their table.
BY_NAME = ("init", "bias_init", "schedule")
# The arguments of a sweep that are neither static settings nor numbers, for suggesting the nearest name.
OTHERS = (
    *("seeds", "num_steps", "record_every", "judged_rows", "measure", "early_stop", "patience", "decision"),
    *("dtype", "start", "mask", "keep_params"),
    *("layout", "padding", "workers", "compiler_options", "store", "fresh", "executor", "shard", "progress"),
)
# Axes along which networks differ in the shapes of their parameters.
SHAPES = ("hidden", "width", "depth", "model")
# Names of dimensions and variables of the result, which no measure may take.
RESERVED = (
    *STATIC,
    *("task", "seed", "task_seed", "step", "steps", "status", "num_params", "params", "param", "best_step"),
    *(*CURVES, *CURVES.values(), "early_stop", "row", "output"),
)
# A column whose range holds fewer floating-point numbers than this is searched for values that would become equal.
LITTLE_ROOM = 1e5
MAX_STEPS = 2**31 - 1  # steps are counted in 32 bits
# What other libraries call these arguments.
ELSEWHERE = {
    **dict.fromkeys(("epochs", "n_epochs", "num_epochs", "max_iter", "iterations", "n_iter", "steps"), "num_steps"),
    **dict.fromkeys(("lr", "eta", "learning_rate_init", "step_size"), "learning_rate"),
    **dict.fromkeys(("optimizer", "optim"), "solver"),
    **dict.fromkeys(("layers", "hidden_layer_sizes", "hidden_sizes", "units"), "hidden"),
    **dict.fromkeys(("seed", "random_state", "rng", "key", "n_seeds"), "seeds"),
    **dict.fromkeys(("batch", "batchsize", "minibatch_size"), "batch_size"),
    **dict.fromkeys(("l2", "alpha", "weight_penalty"), "weight_decay"),
    **dict.fromkeys(("criterion", "objective"), "loss"),
    **dict.fromkeys(("metrics", "metric", "measures"), "measure"),
}
# The most neurons in a layer and layers in a network. Without a limit, too many would show only when memory runs out.
MAX_NEURONS, MAX_DEPTH = 2**31 - 1, 2**16

# Numbers that every solver accepts; none reads `candidate`, which only counts the settings of a random search.
# Below, the numbers that must lie in a certain range; `number` checks them, and that every number is finite. A number
# that only solvers of the user's own have may lie anywhere, whatever its name.
COMMON = (*by_name.COMMON, "init_scale", "bias_scale", "candidate")
POSITIVE = ("learning_rate", "clip_norm", "clip_value", "schedule_steps", "ridge")
NOT_NEGATIVE = ("weight_decay", "warmup_steps", "init_scale", "bias_scale", "eps", "eps_root")
FRACTIONS = ("momentum", "b1", "b2", "b3", "decay", "rho")


class Table(NamedTuple):
    """One number for each combination of values on some axes; `values` has one dimension for each name in `dims`."""

    dims: tuple[str, ...]
    values: np.ndarray


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
            raise ValueError(f"{name} has the label {key!r}; the labels of an axis {{label: function}} must be strings")
        naming.check_label(key, name)
    return tuple(given), axis(name, list(given.values()), static)


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
        return naming.called(value, STATIC[name] or {})
    return value


def item(value: Any) -> Any:
    """The scalar in an array without dimensions. Any other value, such as a random key, is returned as it is."""
    if not isinstance(value, np.ndarray | jax.Array) or value.ndim or jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value
    return value[()] if isinstance(value, np.ndarray) else value.item()


def whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """Check that a value is a whole number (True and 1.0 are not) from `least` to `most`, and return it as an int."""
    found = whole_number(item(value), name, least)
    if most is not None and found > most:
        raise ValueError(f"{name}={found!r} must be at most {most}")
    return found


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
    if name == "decay_biases":
        return flag(value, name, ", or a list of the two")
    if name == "model":
        return model(value)
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


def _function(name: str, value: Any) -> Any:
    found = by_name.get(value) if name == "solver" else naming.lookup(value, STATIC[name] or {}, name)
    check_hashable(name, found)
    if name in ("init", "bias_init"):
        initializers.get(found, name)
    if name in BY_NAME:
        return next((known for known, one in (STATIC[name] or {}).items() if one is found), found)
    if name == "solver":
        try:
            solvers.hyperparameters(found)
        except (TypeError, ValueError) as error:  # some built-in functions have no signature
            raise ValueError(f"solver={value!r:.80} must be a factory (learning_rate, ...): {error}") from error
    return found


def check_hashable(argument: str, f: Any) -> None:
    """Check that a function can be hashed, because compiled programs are looked up by their functions."""
    try:
        hash(f)
    except TypeError as error:
        raise ValueError(f"{argument}={f!r:.80} cannot be hashed; functions of a sweep must be hashable") from error


def dtype(value: Any) -> str:
    """The name of a floating-point dtype, which is given by name or as a type: "float32" or "float64"."""
    try:
        name = np.dtype(value).name if value is not None else ""
    except Exception:  # whatever NumPy raises for a value that is not a dtype
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


def number(name: str, value: Any, dtype: str, factories: Collection[Callable] = ()) -> float:
    """Check that a number is in the range that its name allows and the dtype holds, and return it as a float.

    The name says nothing about the range if it is a hyperparameter of the solvers `factories`, all of the user's own.
    """
    if isinstance(value, tuple):
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")
    found = _float(item(value))
    if not math.isfinite(found):
        listed = "" if name == "early_stop" else ", a list of them"
        labelled = " (a dict labels functions only)" if isinstance(value, Mapping) else ""
        raise ValueError(
            f"{name}={value!r:.80} must be a finite number{listed} or a DataArray over other axes{labelled}"
        )
    value = found
    if factories and name not in COMMON and not any(map(by_name.is_known, factories)):
        return _within_dtype(name, value, dtype, 0.0)
    if name in POSITIVE and value <= 0:
        raise ValueError(f"{name}={value!r} must be greater than 0")
    if name in NOT_NEGATIVE and value < 0:
        raise ValueError(f"{name}={value!r} must be 0 or more")
    if name in FRACTIONS and not 0 <= value < 1:
        raise ValueError(f"{name}={value!r} must be at least 0 and less than 1")
    if name in FRACTIONS and np.dtype(dtype).type(value) == 1:
        raise ValueError(f"{name}={value!r} rounds to 1 in {dtype}: it must be at least 0 and less than 1")
    if name == "final_ratio" and not 0 <= value <= 1:
        raise ValueError(f"final_ratio={value!r} must be between 0 and 1")
    return _within_dtype(name, value, dtype, float(np.finfo(dtype).tiny) if name in POSITIVE else 0.0)


def _within_dtype(name: str, value: float, dtype: str, least: float) -> float:
    tiny, most = float(np.finfo(dtype).tiny), float(np.finfo(dtype).max)
    if not least <= abs(value) <= most:
        raise ValueError(f"{name}={value!r} is outside the range of {dtype}, {tiny:.0e} to {most:.0e}")
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


def measures(given: Any, taken: Collection[str]) -> tuple[tuple[str, Callable], ...]:
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


def model(given: Any) -> Model:
    """A Model made from any object that has `init` and `apply`."""
    init, apply = getattr(given, "init", None), getattr(given, "apply", None)
    if not callable(init) or not callable(apply):
        raise ValueError(f"model={given!r:.80} must have functions init and apply, as nnjax.mlp has")
    predict = given.predict if isinstance(given, Model) else mlp.predict if apply is mlp.apply else None
    if predict is not None and not callable(predict):
        raise ValueError(f"model.predict={predict!r:.80} must be a function, or None")
    found = Model(init, apply, predict)
    for name, f in found._asdict().items():
        check_hashable(f"model.{name}", f)
    return found


def recorded(has_test_rows: bool, has_valid_rows: bool, measures: Collection[str]) -> list[str]:
    """The names of what is recorded, and may stop a network."""
    tested = ["test_loss"] if has_test_rows else []
    return ["train_loss", *tested, "accuracy", *(["valid_loss", "valid_accuracy"] if has_valid_rows else []), *measures]


def early_stop(given: Any, names: Collection[str], record_every: Any, dtype: str) -> tuple[str, float | None] | None:
    """The pair of a recorded name and a threshold (None if it is a table); None for no early stopping."""
    if given is None:
        return None
    good = isinstance(given, tuple | list) and len(given) == 2 and isinstance(given[0], str)
    if not good or given[0] not in names:
        raise ValueError(f"early_stop={given!r} must be a pair (name, threshold), the name one of {', '.join(names)}")
    if record_every is None:
        raise ValueError(f"early_stop={given!r} is checked only at recorded steps: give record_every as well")
    if is_table(given[1]):
        if given[0] in ACCURACIES and ((given[1] < 0) | (given[1] > 1)).any():
            raise ValueError(f"early_stop={given[0]!r} has a threshold outside 0 to 1, between which an accuracy lies")
        return (given[0], None)
    threshold = number("early_stop", given[1], dtype)
    if given[0] in ACCURACIES and not 0 <= threshold <= 1:
        raise ValueError(f"early_stop={given!r}: an accuracy lies between 0 and 1")
    return (given[0], threshold)


def patience(given: Any, record_every: Any, has_valid_rows: bool) -> int | None:
    """The number of records without a new minimum of the validation loss after which a network stops."""
    if given is None:
        return None
    if not has_valid_rows or record_every is None:
        missing = "data with validation rows x_valid and y_valid" if not has_valid_rows else "record_every"
        raise ValueError(f"patience={given!r} watches valid_loss at recorded steps: give {missing} as well")
    return whole("patience", given)


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


def decision(given: Any, num_outputs: int, dtype: str) -> losses.Decision:
    """Check the rule by which outputs count as correct; None means that loss and targets decide it."""
    if given is None or (isinstance(given, str) and given == "argmax" and num_outputs > 1):
        return given
    if isinstance(given, str) or not is_number(item(given)):
        raise ValueError(
            f"decision={given!r} must be 'argmax' (with two or more outputs), a number (the threshold of each output) "
            "or None"
        )
    return number("decision", given, dtype)


def judged_rows(given: Any, rows: int) -> int | None:
    """The number of rows that are judged; None for all rows, even if their number was given."""
    if given is None:
        return None
    count = whole("judged_rows", given)
    if count > rows:
        raise ValueError(f"judged_rows={given!r} is more than the number of training rows, {rows}")
    return None if count == rows else count


def check_judged_weights(count: int | None, data: Data, dtype: str) -> None:
    """Check that the rows that are judged do not all have weight 0."""
    if count is not None and data.weight is not None and not data.weight[:count].astype(dtype).any():
        raise ValueError(f"judged_rows={count!r}: the first {count} rows have weight 0, so there is nothing to judge")


def layout(given: Any) -> str | None:
    """The layout of the parameters; None if it is chosen by shape."""
    if given is not None and not (isinstance(given, str) and given in ("matrices", "lanes")):
        raise ValueError(f"layout={given!r} must be 'matrices', 'lanes' or None, which chooses by shape")
    return given


def check_range(data: Data, dtype: str) -> None:
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
                stacklevel=5,
            )


def check_sizes(batch_sizes: Collection[int | None], warmup_steps: float, rows: int, num_steps: int) -> None:
    """Check that no batch has more rows than the data, and that the warm-up is no longer than the run."""
    for size in batch_sizes:
        if size is not None and size > rows:
            raise ValueError(f"batch_size={size} is more than the number of training rows, {rows}; None takes all rows")
    if warmup_steps > num_steps:
        raise ValueError(f"warmup_steps={warmup_steps:g} is more than num_steps={num_steps}")


def check_losses(
    values: Mapping[str, Collection[Any]],
    y: np.ndarray,
    stop: tuple[str, float | None] | None,
    decision: losses.Decision,
    label: Callable[[str, Any], Any] = label,
) -> None:
    """Check that losses, output activations and targets y [n, k] go together. `label` gives the label of a value."""
    for loss in values["loss"]:
        name = label("loss", loss)
        wrong = [f for f in values["output_activation"] if f is not activations.identity]
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
        rule = losses.decision(loss, y) if decision is None else decision
        if stop and stop[0] in ACCURACIES and rule is None:
            raise ValueError(f"early_stop={stop!r}: loss={name!r} has no accuracy on these targets")
