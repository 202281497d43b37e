"""Read a data set from a file of numbers: CSV, NPY or NPZ."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnjax import naming
from nnjax.tasks import binary, text
from nnjax.tasks.data import Data, validate

SUFFIXES = (".csv", ".npy", ".npz")

type Target = str | int | Sequence[str | int] | None


def table(path: str | os.PathLike, target: Target = None, *, delimiter: str = ",", header: bool | None = None) -> Data:
    """Read Data from a file of numbers: x [n, d] and y [n, k] with n >= 2 rows. The suffix determines the format.

    - `.csv`: UTF-8 with one row of numbers per line (12, -0.5, 1e-3). Cells may be quoted and have spaces around
      them. Blank lines are skipped, also between rows; error messages count them, so that line numbers match an editor.
    - `.npy`: one array [rows, columns] of real numbers.
    - `.npz`: arrays x and y, optionally x_test and y_test, and weight, as in `Data`; a y of rank 1 becomes one column.
      Or a single array of another name, which is read like that of an `.npy`.

    Args:
        path: the file.
        target: the target column, by its name in the header or by its index, which counts from 0, or from -1 for the
            last; or a list of columns, which become the columns of y in that order. The last column when None. All
            other columns are inputs, in the order of the file.
        delimiter: the character that separates the cells of a CSV.
        header: whether the first row of a CSV holds the names of the columns. When None, it does if none of its cells
            is a number and some are text.

    Raises:
        FileNotFoundError: if there is no such file (other kinds of OSError if it cannot be opened).
        ValueError: for anything that is not as above; the message names the file, and the line and column if there is
            one: another suffix or encoding, cells that are empty, not numbers or not finite, rows of different lengths,
            fewer than two rows, damaged files, pickled objects; a target that is not a column, is named twice, leaves
            no input or has only one value; header names that are empty or repeated.
    """
    try:
        name = os.fspath(path)
        kind = Path(name).suffix.lower()
    except TypeError as error:
        raise ValueError(f"path={path!r:.80} must be the path of a file, as a text or a Path") from error
    if kind not in SUFFIXES:
        raise ValueError(f"path={name!r} ends with {kind!r}: it must end with {', '.join(SUFFIXES)}")
    if kind != ".csv" and (delimiter != "," or header is not None):
        given = f"delimiter={delimiter!r}" if delimiter != "," else f"header={header!r}"
        raise ValueError(f"{given} with path={name!r}: only a .csv file has delimiters and a header")
    try:
        raw = _bytes(Path(name))
        if kind == ".csv":
            return _split(*text.read_csv(raw, delimiter, header), target)
        if kind == ".npy":
            return _split(None, binary.read_npy(raw), target)
        return _from_arrays(binary.read_npz(raw), target)
    except ValueError as error:
        raise ValueError(f"path={name!r}: {error}") from error


def _bytes(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ValueError("this is a directory or a device, not a file")
    return path.read_bytes()


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
    columns = {name: a[:, None] if name in ("y", "y_test") and a.ndim == 1 else a for name, a in arrays.items()}
    return _checked(Data(**columns))


def _split(names: Sequence[str] | None, values: np.ndarray, target: Target) -> Data:
    """Data from a table [n, c] and the choice of its target columns."""
    if values.ndim != 2:
        raise ValueError(f"the array has shape {values.shape}: a table has rank 2, [rows, columns]")
    if values.shape[1] < 2:
        raise ValueError(f"the array has shape {values.shape}: a table has a column of targets and one of inputs")
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
        column = _column(one, names, num_columns)
        if column in found:
            raise ValueError(f"target={target!r:.80} names {text.column_name(column, names)} twice")
        found.append(column)
    return found


def _column(target: Any, names: Sequence[str] | None, num_columns: int) -> int:
    if isinstance(target, str):
        if names is None:
            raise ValueError(
                f"target={target!r} is a name, but the file has no header: give the index of the column, from 0 to "
                f"{num_columns - 1}"
            )
        if target not in names:
            raise naming.unknown(target, names, "target")
        return names.index(target)
    if isinstance(target, bool) or not isinstance(target, int | np.integer):
        raise ValueError(f"target={target!r:.80} must be the name or the index of a column, or a list of them")
    if not -num_columns <= target < num_columns:
        raise ValueError(f"target={target} is no column: indices go from 0 to {num_columns - 1}, or from -1 backwards")
    return int(target) % num_columns


def _checked(data: Data, labels: Sequence[str] = ()) -> Data:
    """The same data, validated, with two rows or more and targets that vary; `labels` name the columns of y."""
    data = validate(data)
    if len(data.x) < 2:
        raise ValueError("there is one row only: at least two are needed")
    constant = np.flatnonzero((data.y == data.y[0]).all(axis=0))
    if constant.size:
        i = int(constant[0])
        label = labels[i] if labels else f"y[:, {i}]"
        raise ValueError(f"{label} is a target, but holds nothing but {data.y[0, i]}: there is nothing to learn")
    return data
