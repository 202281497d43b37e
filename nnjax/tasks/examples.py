"""Make Data from what people have: arrays, lists, tuples of them, pandas DataFrames, and labels of classes."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import chain
from typing import Any

import numpy as np

from nnjax import losses, naming
from nnjax.checks import flag, is_number, real_numbers
from nnjax.tasks.classes import labels_in, one_hot
from nnjax.tasks.data import MASKED, PAIRS, Data, validate


def data(
    x: Any,
    y: Any = None,
    x_test: Any = None,
    y_test: Any = None,
    weight: Any = None,
    x_valid: Any = None,
    y_valid: Any = None,
    *,
    target: Any = None,
    flatten: bool = False,
    standardize: bool = False,
) -> Data:
    """Make Data from arrays, lists, or a pandas DataFrame; see `Data` for the shapes.

    >>> images, digits = np.zeros((3, 8, 8)), ["seven", "two", "seven"]
    >>> found = data(images, digits, flatten=True)
    >>> found.x.shape, found.y.tolist()
    ((3, 64), [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])

    Args:
        x: inputs [n, d]; [n] is one column. The columns of a DataFrame must hold numbers or booleans.
        y: targets [n, k]; [n] is one column. Texts [n] are classes: they become one-hot targets, with a column for each
            class in sorted order. Whole numbers stay numbers here; with a cross-entropy, `nnjax.sweep` takes one
            column of them as classes.
        x_test, y_test: test examples, as x and y; classes are those of all. `weight`: [n] weights of the rows.
        x_valid, y_valid: examples for validation, by which networks are stopped and settings chosen.
        target: the name of the column of the DataFrame x that holds the targets, or a list of names; all other columns
            are inputs. DataFrames x_test and x_valid are split likewise. Leave out y, y_test and y_valid.
        flatten: whether inputs of more dimensions, such as images [n, height, width], become rows [n, d].
        standardize: whether the mean of each input is subtracted and the result is divided by the standard deviation.
            Both are those of the rows x whose weight is not 0. A constant input becomes 0 there. If rows will be held
            out, let `split` or `folds` do this.

    Raises:
        ValueError: as `validate` and `one_hot`; for texts that all differ; for a target that is not a column; for a
            column of a DataFrame that does not hold numbers; for DataFrames whose columns differ from those of the
            training rows; for two arrays of pandas whose indexes hold the same labels in another order; for inputs
            whose standardized values float64, or their float32, does not hold. The message names the array or the
            column, and what is allowed.
    """
    if isinstance(x, Data):
        raise ValueError("x=Data must be an array: give its arrays, as in nnjax.tasks.data(*x)")
    given = Data(x, y, x_test, y_test, weight, x_valid, y_valid)
    (found,), _ = classified([examples(given, target, flatten, standardize)])
    return found


def given_examples(value: Any) -> Data:
    """The examples in Data, or in a tuple of the arrays of `PAIRS` in their order; texts stay labels, see `examples`.

    Raises:
        ValueError: as `data`, and for a tuple of another length than 2, 4 and 6.
    """
    if isinstance(value, Data) or not isinstance(value, tuple):
        return validate(value)
    if len(value) not in (2, 4, 6):
        raise ValueError(
            f"a tuple of {len(value)} is not Data: it must be (x, y), (x, y, x_test, y_test) or "
            "(x, y, x_test, y_test, x_valid, y_valid)"
        )
    return examples(Data(**dict(zip(chain.from_iterable(PAIRS), value, strict=False))))


def examples(given: Data, target: Any = None, flatten: bool = False, standardize: bool = False) -> Data:
    """Data with arrays of two dimensions, validated; targets that are texts stay labels [n, 1] of dtype object."""
    flag(flatten, "flatten")
    flag(standardize, "standardize")
    arrays = given._asdict() if target is None else _split_columns(given._asdict(), target)
    if is_frame(given.x) and arrays["y"] is None:
        raise ValueError(f"y=None with a DataFrame x: name its target, one of {_names(given.x)}, as target=...")
    _check_order(arrays)
    labels = {}
    for inputs, targets in PAIRS:
        if arrays[targets] is not None and (texts := _texts(arrays[targets], targets)) is not None:
            labels[targets], arrays[targets] = texts, np.zeros(texts.shape)  # so that all else can be checked
        for name, training in ((inputs, "x"), (targets, "y")):
            if arrays[name] is not None:
                first = None if name == training else arrays[training]
                arrays[name] = _table(arrays[name], name, first, flatten and name == inputs)
    checked = validate(Data(**arrays))
    return (standardized(checked) if standardize else checked)._replace(**labels)


def classified(
    found: Sequence[Data], wanted: Collection[Any] = (), known: Sequence[Any] | None = None
) -> tuple[list[Data], tuple[Any, ...] | None]:
    """The same tasks with labels of classes as the targets that the losses `wanted` need, and the classes.

    Labels are texts, or one column of whole numbers if the loss is a cross-entropy. The classes are those of all tasks
    together, sorted, or `known`; None if there are no labels. They become one-hot targets; but two classes become one
    column of 0 and 1 if the only loss is `sigmoid_binary_cross_entropy`.

    Raises:
        ValueError: as `one_hot`; for labels that all differ; and if whole numbers are labels for some losses only.
    """
    columns = [getattr(one, name) for one in found for _, name in PAIRS if getattr(one, name) is not None]
    if not _are_labels(columns, set(wanted)):
        return list(found), None
    try:
        y, classes = one_hot(np.concatenate(columns)[:, 0], known)
    except ValueError as error:
        raise ValueError(f"y holds labels of classes: {error}") from error
    if known is None and len(classes) == len(y):
        raise ValueError(f"y holds a different label in every row, such as {classes[0]!r:.40}, so it holds no classes")
    if len(classes) == 2 and set(wanted) == {losses.sigmoid_binary_cross_entropy}:
        y = y[:, 1:]
    parts = iter(np.split(y, np.cumsum([len(column) for column in columns])))
    there = [{name: next(parts) for _, name in PAIRS if getattr(one, name) is not None} for one in found]
    return [one._replace(**targets) for one, targets in zip(found, there, strict=True)], classes


def _are_labels(columns: Sequence[np.ndarray], wanted: set[Any]) -> bool:
    """Whether these targets are labels of classes, for these losses."""
    single = all(column.shape[1] == 1 for column in columns)
    if any(column.dtype == object for column in columns):
        if not single or not all(column.dtype == object for column in columns):
            raise ValueError("y holds texts in some places and numbers in others: all targets must be of one kind")
        return True
    softmax, sigmoid = losses.softmax_cross_entropy, losses.sigmoid_binary_cross_entropy
    if not single or not (softmax in wanted or wanted == {sigmoid}):
        return False
    values = np.unique(np.concatenate(columns))
    if (values != np.rint(values)).any():
        return False
    if softmax not in wanted:
        return len(values) == 2 and values.tolist() != [0, 1]
    if len(wanted) > 1:
        raise ValueError(
            "y has one column of whole numbers, which are classes for loss='softmax_cross_entropy', and numbers for "
            "the other losses: give the targets that all of them train on, such as nnjax.tasks.one_hot(y)"
        )
    return True


def is_frame(value: Any) -> bool:
    """Whether this is a pandas DataFrame, or something that behaves like one."""
    return hasattr(value, "iloc") and hasattr(value, "columns")


def _names(frame: Any) -> str:
    return f"{', '.join(map(str, frame.columns)):.200}"


def _split_columns(arrays: dict[str, Any], target: Any) -> dict[str, Any]:
    """The arrays with DataFrames split into inputs and the target columns."""
    wanted = target if isinstance(target, list) else [target]
    for inputs, targets in PAIRS:
        frame = arrays[inputs]
        if arrays[targets] is not None:
            raise ValueError(f"target={target!r:.80} with {targets}: give {targets}, or the name of its column")
        if frame is None:
            continue
        if not is_frame(frame):
            raise ValueError(
                f"target={target!r:.80} must name a column of a DataFrame, but {inputs} is of type "
                f"{type(frame).__name__}"
            )
        for name in wanted:
            count = list(frame.columns).count(name)
            if count > 1:
                raise ValueError(f"target={name!r:.80} names {count} columns of {inputs}: it must be the name of one")
            if not count and inputs != "x":
                raise ValueError(f"{inputs} lacks the target {name!r:.80}; it has the columns {_names(frame)}")
            if not count:
                columns = [str(column) for column in frame.columns]
                if len(made := [column for column in columns if column.startswith(f"{name}_")]) > 1:
                    raise ValueError(
                        f"target={name!r:.80} is not a column of x. Did pandas.get_dummies split it into {made[0]}, "
                        f"{made[1]}, ...? Then take it out before: y = table.pop({name!r:.80})"
                    )
                raise naming.unknown(name, columns, "target")
        if not wanted or len(wanted) >= len(frame.columns):
            raise ValueError(f"target={target!r:.80} of the columns {_names(frame)}: one or more, and an input is left")
        arrays |= {inputs: frame.drop(columns=wanted), targets: frame[target]}
    return arrays


def _check_order(arrays: dict[str, Any]) -> None:
    """Check that DataFrames have the columns of the training rows, and that no index has the labels in another order.

    Columns and rows are taken by their places, and their names would say otherwise.
    """
    for name, training in ((name, first) for pair in PAIRS for name, first in zip(pair, ("x", "y"), strict=True)):
        frame, first = arrays[name], arrays[training]
        if is_frame(frame) and is_frame(first) and list(frame.columns) != list(first.columns):
            raise ValueError(f"{name} has the columns {_names(frame)}, but {training} has {_names(first)}")
    for inputs, other in (*PAIRS, ("x", "weight")):
        rows, theirs = (list(a.index) if hasattr(a, "iloc") else [] for a in (arrays[inputs], arrays[other]))
        if rows != theirs and Counter(rows) == Counter(theirs):
            i = next(i for i, (one, its) in enumerate(zip(rows, theirs, strict=True)) if one != its)
            raise ValueError(
                f"{other} has the label {theirs[i]!r:.40} in row {i}, where {inputs} has {rows[i]!r:.40}: both indexes "
                f"hold the same labels, in another order; give {other}.loc[{inputs}.index], or {other}.to_numpy() if "
                "the rows belong together as they are"
            )


def _table(value: Any, argument: str, first: np.ndarray | None, flatten: bool) -> np.ndarray:
    """An array in which one column may be missing its second dimension; `first` holds the training rows, if others do.

    Its numbers are checked later.
    """
    array = _columns(value, argument) if is_frame(value) else real_numbers(value, argument, masked=MASKED)
    if array.ndim == 1 and (first is None or first.shape[1:] == (1,)):
        return array[:, None]
    if array.ndim > 2 and flatten:
        return array.reshape(len(array), math.prod(array.shape[1:]))
    return array


def _columns(frame: Any, argument: str) -> np.ndarray:
    """The columns of a DataFrame as an array [n, d]; in pandas, numbers that may be missing have their own dtypes."""
    found = []
    for i, name in enumerate(frame.columns):
        series = frame.iloc[:, i]
        if not isinstance(series.dtype, np.dtype) and getattr(series.dtype, "kind", "O") in "biuf":
            found.append(series.to_numpy(dtype=np.float64, na_value=np.nan))
            continue
        column = np.asarray(series)
        if column.dtype.kind not in "biuf":
            wrong = next((one for one in column.tolist() if not is_number(one) and not isinstance(one, bool)), None)
            needed = "inputs must be numbers or booleans; nnjax.sklearn takes tables with categories and missing values"
            if argument.startswith("y"):
                needed = "targets must be numbers or booleans, or texts in a single column"
            raise ValueError(
                f"{argument} has dtype {column.dtype}, made from a DataFrame: its column {str(name)!r:.80} holds "
                f"{wrong!r:.40}, but {needed}"
            )
        found.append(column)
    return np.column_stack(found) if found else np.zeros((len(frame), 0))


def _texts(value: Any, argument: str) -> np.ndarray | None:
    """Labels [n, 1] if the value holds texts in one column, else None.

    Raises:
        ValueError: for texts among other values.
    """
    try:
        array = np.asarray(value)
    except Exception:  # of another kind, and reported as such later
        return None
    column = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if column.ndim != 1 or column.dtype.kind not in "OUT" or not any(isinstance(one, str) for one in column.tolist()):
        return None
    return np.array(labels_in(value if array.ndim == 1 else column, argument), object)[:, None]


def standardized(data: Data) -> Data:
    """The same data with every input at mean 0 and variance 1 on the training rows that count.

    Raises:
        ValueError: for a column whose spread, or whose values in units of it, are beyond its dtype.
    """
    rows = data.x if data.weight is None else data.x[data.weight > 0]
    names = [name for name, _ in PAIRS if getattr(data, name) is not None]
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        mean, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64)
        # Rounding gives a constant column a spread of about its last digit.
        varies = spread > 1e-12 * np.abs(rows).max(axis=0)
        mean, scale = np.where(varies, mean, rows[0]), np.where(varies, spread, 1.0)
        found = {name: ((a - mean) / scale).astype(a.dtype) for name in names for a in [getattr(data, name)]}
    held = np.isfinite(spread) & ((spread > 0) | (rows == rows[0]).all(axis=0))  # squares may become 0 too
    for name, array in found.items():
        for i in np.flatnonzero(~held | ~np.isfinite(array).all(axis=0))[:1]:
            column = getattr(data, name)[:, i]
            raise ValueError(
                f"standardize=True: column {i} of {name} goes from {column.min():.3g} to {column.max():.3g}, and its "
                f"spread is beyond {array.dtype}: multiply it by a number that brings it to about 1"
            )
    return data._replace(**found)
