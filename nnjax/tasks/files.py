"""Read a data set from a file: numbers from CSV, NPY and NPZ, and classes from CSV."""

import os
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from nnjax import naming
from nnjax.checks import is_number
from nnjax.tasks import binary, text
from nnjax.tasks.classes import labels_in, one_hot
from nnjax.tasks.data import Data, validate

SUFFIXES = (".csv", ".npy", ".npz")

type Target = str | int | Sequence[str | int] | None


def table(
    path: str | os.PathLike,
    target: Target = None,
    *,
    delimiter: str = ",",
    header: bool | None = None,
    max_bytes: int = binary.MAX_BYTES,
) -> Data:
    """Read Data from a file of numbers: x [n, d] and y [n, k] with n >= 2 rows. The suffix determines the format.

    - `.csv`: UTF-8 with one row of numbers per line (12, -0.5, 1e-3). Cells may be quoted and have spaces around
      them. Blank lines are skipped, also between rows; error messages count them, so that line numbers match an editor.
    - `.npy`: one array [rows, columns] of real numbers.
    - `.npz`: arrays x and y, optionally x_test and y_test, x_valid and y_valid, and weight, as in `Data`. A y, y_test
      or y_valid of rank 1 becomes one column. Or a single array of another name, which is read like that of an `.npy`.

    Args:
        path: the file. `~` is the home folder.
        target: the target column, by its name in the header or by its index, which counts from 0, or from -1 for the
            last; or a list of columns, which become the columns of y in that order. The last column when None. All
            other columns are inputs, in the order of the file. For a column of classes see `class_table`.
        delimiter: the character that separates the cells of a CSV.
        header: whether the first row of a CSV holds the names of the columns. When None, it does if none of its cells
            is a number and one is a name, which begins with a letter; a row of nothing but 1,200, 10% or - is refused.
        max_bytes: the greatest size of the file, and of the arrays of an NPY or NPZ in float64.

    Raises:
        FileNotFoundError: if there is no such file (other kinds of OSError if it cannot be opened).
        ValueError: for anything that is not as above; the message names the file, and the line and column if there is
            one: another suffix or encoding, cells that are empty, not numbers or not finite, rows of different lengths,
            fewer than two rows, damaged files, pickled objects; a target that is not a column, is named twice, leaves
            no input or has only one value; header names that are empty or repeated; whole numbers beyond 2^53, which
            float64 would round; more than `max_bytes`.
    """
    place, kind = _place(path, SUFFIXES)
    if kind != ".csv" and (delimiter != "," or header is not None):
        given = f"delimiter={delimiter!r}" if delimiter != "," else f"header={header!r}"
        raise ValueError(f"{given} with path={os.fspath(path)!r}: only a .csv file has delimiters and a header")
    try:
        raw = binary.read_file(place, max_bytes)
        if kind == ".csv":
            found = text.read_csv(raw, delimiter, header)
            return _split(found.names, found.values, target)
        if kind == ".npy":
            return _split(None, binary.read_npy(raw, max_bytes), target)
        return _from_arrays(binary.read_npz(raw, max_bytes), target)
    except ValueError as error:
        raise ValueError(f"path={os.fspath(path)!r}: {error}") from error


def class_table(
    path: str | os.PathLike,
    target: str | int | None = None,
    *,
    classes: Sequence[str] | Sequence[int] | None = None,
    delimiter: str = ",",
    header: bool | None = None,
    max_bytes: int = binary.MAX_BYTES,
) -> tuple[Data, tuple[Any, ...]]:
    """Read data for classification from a CSV: the target column holds labels, all other columns hold numbers.

    Labels are texts or whole numbers; labels such as 007 are texts.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "flowers.csv"
    >>> _ = path.write_text("length,width,species\\n1.4,0.2,setosa\\n5.1,1.8,virginica\\n1.3,0.2,setosa\\n")
    >>> data, classes = class_table(path, target="species")
    >>> classes
    ('setosa', 'virginica')
    >>> data.y.tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]

    Args:
        path: the file; `delimiter`, `header` and `max_bytes` as in `table`. If the first row may be a header or not
            ("5.1,3.5,setosa"), it is refused until `header` says so.
        target: the column of labels, by its name or its index; the last when None.
        classes: the classes in the order of the columns of y, for example those of another file; as in `one_hot`.

    Returns:
        Data of x [n, d] and one-hot y [n, k], and the k classes in the order of its columns, as from `one_hot`.

    Raises:
        FileNotFoundError: if there is no such file (other kinds of OSError if it cannot be opened).
        ValueError: as `table` and `one_hot`. It is also raised for labels that are empty or stand for a missing one
            (NA, nan, null, ?) unless `classes` has them. Labels are refused, too, if only some of them are numbers, and
            if all differ.
    """
    place, _ = _place(path, (".csv",))
    known = () if classes is None else labels_in(classes, "classes")
    if not isinstance(target, str | None) and not is_number(target, Integral):
        raise ValueError(f"target={target!r:.80} must be the name or the index of one column")
    try:
        found = text.read_csv(binary.read_file(place, max_bytes), delimiter, header, label=True, target=target)
        labels = text.labels_of(found, known)
        if len(set(labels)) == len(labels):
            column = text.column_name(found.label_column, found.names)
            raise ValueError(f"{column} has a different label in every row, so it holds no classes")
        y, names = one_hot(labels, classes)
        return validate(Data(np.delete(found.values, found.label_column, axis=1), y)), names
    except ValueError as error:
        raise ValueError(f"path={os.fspath(path)!r}: {error}") from error


def _place(path: Any, suffixes: Sequence[str]) -> tuple[Path, str]:
    """The path of the file, and its suffix in lower case."""
    place = binary.place(path)
    if (kind := place.suffix.lower()) not in suffixes:
        raise ValueError(f"path={os.fspath(path)!r} ends with {kind!r}: it must end with {', '.join(suffixes)}")
    return place, kind


def _from_arrays(arrays: dict[str, np.ndarray], target: Target) -> Data:
    """Data from the arrays of an NPZ file."""
    if len(arrays) == 1 and not set(arrays) & set(Data._fields):
        return _split(None, next(iter(arrays.values())), target)
    for name in arrays:
        if name not in Data._fields:
            raise naming.unknown(name, Data._fields, "array")
    for name in ("x", "y"):
        if name not in arrays:
            has = ", ".join(arrays) or "none"
            raise ValueError(f"there is no array {name}: an NPZ must hold x and y, or one table; it has {has}")
    if target is not None:
        raise ValueError(f"target={target!r:.80} with arrays x and y: y holds the targets, so leave target out")
    columns = {name: a[:, None] if name.startswith("y") and a.ndim == 1 else a for name, a in arrays.items()}
    return _checked(Data(**columns))


def _split(names: Sequence[str] | None, values: np.ndarray, target: Target) -> Data:
    """Data from a table [n, c] and the choice of its target columns."""
    if values.ndim != 2:
        raise ValueError(f"the array has shape {values.shape}: a table must be [rows, columns]")
    if values.shape[1] < 2:
        raise ValueError(
            f"the array has shape {values.shape}: a table needs at least one column of targets and one of inputs"
        )
    targets = _target_columns(target, names, values.shape[1])
    inputs = [i for i in range(values.shape[1]) if i not in targets]
    if not inputs:
        raise ValueError(f"target={target!r:.80} takes all {values.shape[1]} columns: at least one must be an input")
    return _checked(Data(values[:, inputs], values[:, targets]), [text.column_name(i, names) for i in targets])


def _target_columns(target: Target, names: Sequence[str] | None, num_columns: int) -> list[int]:
    wanted = list(target) if isinstance(target, list | tuple) else [-1 if target is None else target]
    if not wanted:
        raise ValueError(f"target={target!r} is empty: give at least one column")
    found: list[int] = []
    for one in wanted:
        column = text.column_index(one, names, num_columns)
        if column in found:
            raise ValueError(f"target={target!r:.80} names {text.column_name(column, names)} twice")
        found.append(column)
    return found


def _checked(data: Data, labels: Sequence[str] = ()) -> Data:
    """The same data, validated, with two rows or more and targets that vary; `labels` name the columns of y."""
    data = validate(data)
    if len(data.x) < 2:
        raise ValueError("there is only one row: at least two are needed")
    constant = np.flatnonzero((data.y == data.y[0]).all(axis=0))
    if constant.size:
        i = int(constant[0])
        label = labels[i] if labels else f"y[:, {i}]"
        raise ValueError(f"{label} is a target, but is {data.y[0, i]} in every row: there is nothing to learn")
    return data
