"""Read CSV files of numbers; errors name the line and column of a cell that is not one, and what is allowed."""

import codecs
import csv
import io
import itertools
import math
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

# What counts as a number. Python's float() would accept 1_000 and digits of other scripts as well.
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)+", re.ASCII)
DELIMITERS = (",", ";", "\t", "|")

# UTF-32 first, because one of its byte order marks begins like one of UTF-16.
MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def read_csv(raw: bytes, delimiter: str = ",", header: bool | None = None) -> tuple[list[str] | None, np.ndarray]:
    """The numbers in the bytes of a CSV file: (names of the columns, or None without a header; values [n, c]).

    Blank lines are skipped. See `nnjax.tasks.table` for the rest.

    Raises:
        ValueError: if they cannot be read; the message names the line, the column, what is there and what is allowed.
    """
    _check_arguments(delimiter, header)
    rows = _rows(_decoded(raw), delimiter)
    line, first = next(rows, (0, []))
    if not first:
        raise ValueError("the file holds no rows")
    if len(first) == 1:
        raise ValueError(
            f"line {line} has one cell only, {first[0]!r:.80}: a table has a column of targets and at least one of "
            f"inputs{_other_delimiter(first[0], delimiter)}"
        )
    names = _names(line, first) if _is_header(line, first, delimiter, header) else None
    if names is None:
        rows = itertools.chain([(line, first)], rows)
    values = array("d")
    for number, row in rows:
        if len(row) != len(first):
            raise ValueError(
                f"line {number} has {_count(row)}, but line {line} has {_count(first)}: all rows must have as many"
                f"{_other_delimiter(row[0], delimiter) if len(row) == 1 else ''}"
            )
        for column, cell in enumerate(row):
            values.append(_number(cell, delimiter, number, column, names))
    if not values:
        raise ValueError(f"line {line} is a header, but no rows follow")
    return names, np.array(values).reshape(-1, len(first))


def column_name(column: int, names: Sequence[str] | None) -> str:
    """The name of a column in messages: the index that `target` takes, and the header's name if there is one."""
    return f"column index {column}" + (f" ({names[column]!r:.80})" if names else "")


def _check_arguments(delimiter: str, header: bool | None) -> None:
    one = isinstance(delimiter, str) and len(delimiter) == 1
    if not one or delimiter.isalnum() or delimiter in '".+-_\r\n\0':
        raise ValueError(f"delimiter={delimiter!r} must be one character that no number holds, such as ',' or ';'")
    if header is not None and not isinstance(header, bool | np.bool_):
        raise ValueError(f"header={header!r} must be True, False or None, which looks at the first row")


def _decoded(raw: bytes) -> str:
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            raise ValueError(f"the file is {encoding} by its first bytes: save it as UTF-8")
    if b"\0" in raw:
        line = _line_at(raw, raw.index(b"\0"))
        raise ValueError(f"line {line} holds a NUL byte: this is no text in UTF-8 (if it is UTF-16, save it as UTF-8)")
    raw = raw.removeprefix(codecs.BOM_UTF8)  # Excel writes this byte order mark
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, found = _line_at(raw, error.start), raw[error.start : error.end]
        raise ValueError(
            f"line {line} holds the bytes {found!r}, which are not UTF-8: save the file as UTF-8"
        ) from error


def _line_at(raw: bytes, place: int) -> int:
    return 1 + len(re.findall(rb"\r\n|\r|\n", raw[:place]))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line in which the row begins, stripped cells) for every row that is not blank."""
    lines = io.StringIO(text, newline="")
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


def _is_header(line: int, first: list[str], delimiter: str, header: bool | None) -> bool:
    """Whether the first row is a header: it is if a cell is text and none is a number; a row with both is refused."""
    if header is not None:
        return bool(header)
    numbers = any(NUMBER.fullmatch(cell) for cell in first)
    texts = [i for i, cell in enumerate(first) if cell and not (NUMBER.fullmatch(cell) or NOT_FINITE.fullmatch(cell))]
    if texts and numbers:
        raise ValueError(
            f"line {line}, column index {texts[0]}: {_no_number(first[texts[0]], delimiter)}. As other cells of this "
            "line are numbers: say header=True if it holds the names of the columns, header=False if it is a row"
        )
    return bool(texts)


def _names(line: int, first: list[str]) -> list[str]:
    if "" in first:
        raise ValueError(
            f"line {line}, column index {first.index('')} has an empty name in the header: give each column a name, "
            "or say header=False"
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
        if math.isfinite(value):
            return value
        fault = f"{cell!r:.40} is beyond what float64 holds, up to 1.8e308"
    elif not cell:
        fault = "the cell is empty, but each must hold a number: fill it, or leave out the row or the column"
    elif NOT_FINITE.fullmatch(cell):
        fault = f"{cell!r} is not finite, but all numbers must be: fill it, or leave out the row or the column"
    else:
        fault = _no_number(cell, delimiter)
    raise ValueError(f"line {line}, {column_name(column, names)}: {fault}")


def _no_number(cell: str, delimiter: str) -> str:
    hint = "; write a point for a decimal comma, and nothing between thousands" if DECIMAL_COMMA.fullmatch(cell) else ""
    hint = hint or _other_delimiter(cell, delimiter)
    return f"{cell!r:.40} is no number such as 12, -0.5 or 1e-3{hint}"


def _other_delimiter(cell: str, delimiter: str) -> str:
    """A hint if the cells seem to be separated by another delimiter."""
    found = next((other for other in DELIMITERS if other != delimiter and other in cell), None)
    return f"; if cells are separated by {found!r}, say delimiter={found!r}" if found else ""


def _count(row: list[str]) -> str:
    return f"{len(row)} cell{'s' if len(row) != 1 else ''}"
