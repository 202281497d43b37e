"""Read CSV files of numbers, maybe with one column of labels; errors name line and column, and what is allowed."""

import codecs
import csv
import io
import itertools
import math
import re
import warnings
from array import array
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from nnjax import naming
from nnjax.checks import is_number
from nnjax.tasks.data import EXACT

# What counts as a number. Python's float() would accept 1_000 and digits of other scripts as well.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
CODE = re.compile(r"[+-]?0\d.*", re.ASCII)  # 007 is another label than 7
DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)+", re.ASCII)
DELIMITERS = (",", ";", "\t", "|")
# What programs write for a value that is missing or could not be computed, and for a boolean, in lower case.
NO_VALUES = {"na", "n/a", "nan", "null", "nil", "none", "missing", "inf", "infinity", "true", "false"}
# What stands for a missing label, in lower case; "none" and "missing" may be labels.
NO_LABELS = {"", "?", "na", "n/a", "#n/a", "<na>", "nan", "null"}

# Files of fewer bytes are read sooner than pandas is imported.
LARGE = 2**22

# UTF-32 first, because one of its byte order marks begins like one of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class Table(NamedTuple):
    """The content of a CSV: names [c] of the columns, or None without a header; values [n, c]; labels with their lines.

    If there are labels, they are the cells of the column `label_column`, whose values are then 0.
    """

    names: list[str] | None
    values: np.ndarray
    label_column: int = -1
    labels: Sequence[tuple[int, str]] = ()


def read_csv(
    raw: bytes,
    delimiter: str = ",",
    header: bool | None = None,
    *,
    label: bool = False,
    target: str | int | None = None,
) -> Table:
    """The numbers in the bytes of a CSV file; with `label`, the cells of the column `target` may be any text.

    Blank lines are skipped. See `nnjax.tasks.table` for the rest.

    Raises:
        ValueError: if they cannot be read; the message names the line, the column, what is there and what is allowed.
    """
    _check_arguments(delimiter, header)
    raw = _utf8(raw)
    rows = _rows(raw, delimiter)
    line, first = next(rows, (0, []))
    if not first:
        raise ValueError("the file holds no rows")
    if len(first) == 1:
        raise ValueError(
            f"line {line} has only one cell, {first[0]!r:.80}: a table needs a column of targets and at least one of "
            f"inputs{_other_delimiter(first[0], delimiter)}"
        )
    labelled = _label_places(target, first) if label else []
    names = _names(line, first) if _is_header(line, first, delimiter, header, labelled) else None
    if names is None:
        rows = itertools.chain([(line, first)], rows)
    if not label and (plain := _plain(raw, delimiter, line, names, len(first))) is not None:
        return Table(names, plain)
    label_column = column_index(-1 if target is None else target, names, len(first)) if label else -1
    values, labels = array("d"), []
    for number, row in rows:
        if len(row) != len(first):
            raise ValueError(
                f"line {number} has {_count(row)}, but line {line} has {_count(first)}: all rows must have the same "
                f"number{_other_delimiter(row[0], delimiter) if len(row) == 1 else ''}"
            )
        if label:
            labels.append((number, row[label_column]))
            row[label_column] = "0"
        for column, cell in enumerate(row):
            values.append(_number(cell, delimiter, number, column, names))
    if not values:
        raise ValueError(f"line {line} is a header, but no rows follow")
    return Table(names, np.array(values).reshape(-1, len(first)), label_column, labels)


def _plain(raw: bytes, delimiter: str, line: int, names: list[str] | None, num_columns: int) -> np.ndarray | None:
    """The rows [n, c] of a large file that holds nothing but plain numbers below the header in `line`; None for others.

    pandas takes a tenth of the time, but reads "2"3 as 23 and True as 1, and tells few faults with their lines.
    """
    usual = b"0123456789.eE+- \t\r\n" + delimiter.encode()
    others = delimiter.join(names or ()).encode().translate(None, usual)
    if len(raw) < LARGE or raw.translate(None, usual) != others:
        return None
    import pandas as pd

    try:
        with warnings.catch_warnings(action="ignore"):  # pandas 3.1 deprecates the precision that older ones need
            values = pd.read_csv(
                io.BytesIO(raw), sep=delimiter, header=None, skiprows=line if names else 0, index_col=False,
                dtype=np.float64, na_filter=False, float_precision="round_trip", engine="c",
            ).to_numpy()  # fmt: skip
    except (ValueError, TypeError):  # a fault, which is then named, or another pandas
        return None
    exact = values.shape[1] == num_columns and (np.abs(values) < EXACT).all()
    return np.ascontiguousarray(values) if exact else None


def column_name(column: int, names: Sequence[str] | None) -> str:
    """The name of a column in messages: the index that `target` takes, and the header's name if there is one."""
    return f"column index {column}" + (f" ({names[column]!r:.80})" if names else "")


def column_index(target: Any, names: Sequence[str] | None, num_columns: int) -> int:
    """The index from 0 of a column that is given by its name in the header or its index, which may be negative.

    Raises:
        ValueError: for anything that is not a column.
    """
    if isinstance(target, str):
        if names is None:
            raise ValueError(
                f"target={target!r} is a name, but the file has no header: give the index of the column, from 0 to "
                f"{num_columns - 1}"
            )
        if target not in names:
            raise naming.unknown(target, names, "target")
        return names.index(target)
    if not is_number(target, Integral):
        raise ValueError(f"target={target!r:.80} must be the name or the index of a column, or a list of them")
    if not -num_columns <= target < num_columns:
        raise ValueError(
            f"target={target} is not a column: indices go from 0 to {num_columns - 1}, or from -1 to {-num_columns}"
        )
    return int(target) % num_columns


def labels_of(table: Table, known: Container[Any] = ()) -> list[Any]:
    """The labels [n] of a table: numbers if all are numbers and none has a leading zero, otherwise texts.

    Raises:
        ValueError: for a label that stands for a missing one and is not `known`, and if some are numbers and some are
            not; the message names the line.
    """
    column, labels = column_name(table.label_column, table.names), table.labels
    first = bool(NUMBER.fullmatch(labels[0][1]))
    for line, label in labels:
        if label.lower() in NO_LABELS and label not in known:
            raise ValueError(
                f"line {line}, {column}: the label {label!r} is empty or stands for a missing one: fill it in, or "
                "leave out the row"
            )
        if bool(NUMBER.fullmatch(label)) != first:
            raise ValueError(
                f"line {line}, {column}: the label {label!r:.40} is {'not ' if first else ''}a number, but "
                f"{labels[0][1]!r:.40} in line {labels[0][0]} is{'' if first else ' not'}: either all labels must be "
                "numbers, or none"
            )
    texts = [label for _, label in labels]
    if not first or any(CODE.fullmatch(label) for label in texts):
        return texts
    return [int(label) if WHOLE.fullmatch(label) else float(label) for label in texts]


def _check_arguments(delimiter: str, header: bool | None) -> None:
    one = isinstance(delimiter, str) and len(delimiter) == 1
    if not one or delimiter.isalnum() or delimiter in '".+-_\r\n\0':
        raise ValueError(
            f"delimiter={delimiter!r} must be one character that does not occur in numbers, such as ',' or ';'"
        )
    if header is not None and not isinstance(header, bool | np.bool_):
        raise ValueError(f"header={header!r} must be True, False or None, which decides by the first row")


def _utf8(raw: bytes) -> bytes:
    """The bytes of a text without a byte order mark."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            raise ValueError(f"the first bytes of the file say {encoding}: save it as UTF-8")
    if b"\0" in raw:
        line = _line_at(raw, raw.index(b"\0"))
        raise ValueError(
            f"line {line} holds a NUL byte: the file is not UTF-8 text (if it is UTF-16, save it as UTF-8)"
        )
    raw = raw.removeprefix(codecs.BOM_UTF8)  # Excel writes this byte order mark
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, found = _line_at(raw, error.start), raw[error.start : error.end]
        raise ValueError(
            f"line {line} holds the bytes {found!r}, which are not UTF-8: save the file as UTF-8"
        ) from error
    return raw


def _line_at(raw: bytes, place: int) -> int:
    return 1 + len(re.findall(rb"\r\n|\r|\n", raw[:place]))


def _rows(raw: bytes, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line in which the row begins, stripped cells) for every row that is not blank."""
    lines = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8", newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=delimiter != " ")
    while True:
        line = reader.line_num + 1
        try:
            row = [cell.strip(" \t") for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(
                f"line {line} cannot be read as CSV: {error}. A quoted cell ends with a quote just before a delimiter "
                f"or the end of its line, and no cell is longer than {csv.field_size_limit()} characters"
            ) from error
        if row not in ([], [""]):
            yield line, row


def _is_header(line: int, first: list[str], delimiter: str, header: bool | None, labels: list[int]) -> bool:
    """Whether the first row is a header: it is if no cell is a number and at least one cell of an input is a name.

    `labels` are the places of cells that may be labels. A row of texts that may all be labels or damaged numbers (1,200
    or 10%) is refused, and so is one that holds texts and numbers.
    """
    if header is not None:
        return bool(header)
    numbers = any(NUMBER.fullmatch(cell) or NOT_FINITE.fullmatch(cell) for cell in first)
    texts = [i for i, cell in enumerate(first) if cell and not (NUMBER.fullmatch(cell) or NOT_FINITE.fullmatch(cell))]
    if not texts or (not numbers and any(_is_name(cell) for i, cell in enumerate(first) if i not in labels)):
        return bool(texts)
    odd = next((i for i in texts if i not in labels), texts[0])
    why = "Other cells of this line are numbers" if numbers else "This line may hold column names or be a damaged row"
    raise ValueError(
        f"line {line}, column index {odd}: {_no_number(first[odd], delimiter)}. {why}: give header=True if it holds "
        "the names of the columns, header=False if it is a row"
    )


def _label_places(target: str | int | None, first: list[str]) -> list[int]:
    """The places in the first row that may hold a label, or the name of the column of labels."""
    if isinstance(target, str):
        return [i for i, cell in enumerate(first) if cell == target]
    return [(-1 if target is None else target) % len(first)]


def _is_name(cell: str) -> bool:
    """Whether a text is the name of a column and not a value such as 1,200, 10%, $12, 5 kg, 12:30, -, #N/A or true.

    The first letter or digit of a name is a letter.
    """
    first = next((char for char in cell if char.isalnum()), "1")
    return first.isalpha() and cell.strip("#<>-+ ").lower() not in NO_VALUES and not re.fullmatch("#.*[!?]", cell)


def _names(line: int, first: list[str]) -> list[str]:
    if "" in first:
        raise ValueError(
            f"line {line}, column index {first.index('')} has an empty name in the header: give each column a name"
            + (
                ". pandas writes such a first column of row numbers unless it is told index=False"
                if not first[0]
                else ""
            )
        )
    name, times = Counter(first).most_common(1)[0]
    if times > 1:
        columns = [i for i, other in enumerate(first) if other == name]
        raise ValueError(
            f"line {line}, column index {columns[1]} has the name {name!r:.80} in the header, which column index "
            f"{columns[0]} has already: names must differ"
        )
    return first


def _number(cell: str, delimiter: str, line: int, column: int, names: list[str] | None) -> float:
    """The number in a cell."""
    if NUMBER.fullmatch(cell):
        value = float(cell)
        if not math.isfinite(value):
            fault = f"{cell!r:.40} is beyond the range of float64, which goes up to 1.8e308"
        elif abs(value) >= EXACT and WHOLE.fullmatch(cell) and int(cell) != value:
            fault = (
                f"{cell!r:.40} is beyond 2^53, and float64 would round it: subtract an offset, or end it with a point"
            )
        else:
            return value
    elif not cell:
        fault = "the cell is empty, but each must hold a number: fill it in, or leave out the row or the column"
    elif NOT_FINITE.fullmatch(cell):
        fault = f"{cell!r} is not finite, but all numbers must be: replace it, or leave out the row or the column"
    else:
        fault = _no_number(cell, delimiter)
    raise ValueError(f"line {line}, {column_name(column, names)}: {fault}")


def _no_number(cell: str, delimiter: str) -> str:
    hint = "; write decimals with a point, and thousands without a separator" if DECIMAL_COMMA.fullmatch(cell) else ""
    hint = hint or _other_delimiter(cell, delimiter)
    if not hint and _is_name(cell):
        hint = "; nnjax.tasks.class_table reads a column of classes, and nnjax.sklearn takes inputs that are categories"
    return f"{cell!r:.40} is not a number such as 12, -0.5 or 1e-3{hint}"


def _other_delimiter(cell: str, delimiter: str) -> str:
    """A hint if the cells seem to be separated by another delimiter."""
    found = next((other for other in DELIMITERS if other != delimiter and other in cell), None)
    return f"; if cells are separated by {found!r}, give delimiter={found!r}" if found else ""


def _count(row: list[str]) -> str:
    return f"{len(row)} cell{'s' if len(row) != 1 else ''}"
