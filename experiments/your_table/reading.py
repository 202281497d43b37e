"""A table from a file, as a pandas DataFrame: CSV, NPZ, Parquet (where pyarrow is installed), or one of scikit-learn's.

Cells of a text file stay texts: `columns` decides what 007 or 1,5 means, the same way in training and in prediction.
"""

import csv
import difflib
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nnjax.tasks import binary
from nnjax.tasks.data import EXACT

# A pandas DataFrame and a column of one; pandas' own annotations are too wide for a type checker.
type Frame = Any
type Series = Any

BUILT_IN = ("breast_cancer", "wine", "diabetes")
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".npz")
MOST_BYTES = 1_000_000_000  # of a file, and of what is unpacked from it
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "?", "nat"})  # cells that hold nothing, in lower case
_DELIMITERS = ",;\t|"
_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive, such as Excel's: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old file of Excel's: save the sheet as CSV",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF: save its table as CSV",
    b"PAR1": "Parquet: let its name end with .parquet",
    b"\x1f\x8b": "packed by gzip: unpack it",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
    b"<": "HTML or XML: save it as CSV",
    b"{": "JSON: save it as CSV",
    b"[": "JSON: save it as CSV",
}


def read(path: str, least: int = 2) -> Frame:
    """The table of a file, or one of BUILT_IN; `least` is the fewest columns that it may have.

    Columns hold numbers (float64, a missing one is nan), dates, or objects: texts without blanks at their ends, and
    None where a cell is missing. The index holds the line of each row in the file, or the number of the row.

    Raises:
        ValueError: in one line, naming the file, the line where there is one, and what is wrong.
    """
    place = Path(path).expanduser()
    if path in BUILT_IN and not place.exists():
        return _built_in(path)
    where, kind = f"data={path!r:.120}", place.suffix.lower()
    if not place.exists():
        raise ValueError(f"{where}: there is no such file{_nearest(place)}")
    if place.is_dir():
        raise ValueError(f"{where} is a folder: name a file in it")
    if kind not in SUFFIXES:
        hint = ": save the sheet as CSV" if kind in (".xls", ".xlsx", ".ods") else ""
        raise ValueError(f"{where} ends with {kind!r}: it must end with {', '.join(SUFFIXES)}{hint}")
    try:
        raw = binary.read_file(place, MOST_BYTES)
        frame = _npz(raw) if kind == ".npz" else _parquet(raw) if kind == ".parquet" else _csv(raw, least)
        if not len(frame):
            raise ValueError("has no rows below its header")
        return pd.DataFrame({name: _cells(frame[name]) for name in frame}, index=frame.index)
    except OSError as error:
        raise ValueError(f"{where} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ValueError(f"{where} needs more memory than there is: take a sample of its rows first") from error
    except ValueError as error:
        raise ValueError(f"{where} {error}") from error


def _csv(raw: bytes, least: int) -> Frame:
    """A table of texts. pandas parses it, after a check that every row has as many cells as the header."""
    text = _decoded(raw)
    names, delimiter = _header(text, least)
    lines = _checked_rows(text, len(names), delimiter)
    frame = pd.read_csv(
        io.StringIO(text), sep=delimiter, dtype=object, na_filter=False, skipinitialspace=True, index_col=False
    )
    frame.columns = names
    # Of one column a quoted empty cell and a blank line look alike: rows are then numbered.
    frame.index = pd.Index(lines, name="line") if len(lines) == len(frame) else pd.RangeIndex(len(frame), name="row")
    first = frame.iloc[:, 0]
    if names[0] == "" and first.str.fullmatch(r"\d+").all() and first.is_unique:
        frame = frame.iloc[:, 1:]  # the index that pandas writes before the columns
    if "" in list(frame.columns):
        raise ValueError(f"has no name above its column {names.index('') + 1}: give it one")
    return frame


def _decoded(raw: bytes) -> str:
    if not raw:
        raise ValueError("is empty")
    start = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n")
    if not start.strip():
        raise ValueError("holds nothing but blanks")
    for first, told in _OTHER_KINDS.items():
        if start.startswith(first):
            raise ValueError(f"is no table of text but {told}")
    if b"\0" in raw:
        raise ValueError("is no table of text: it holds bytes that are zero")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 in line {line}: save it as UTF-8") from error


def _header(text: str, least: int) -> tuple[list[str], str]:
    """The names in the first row, and what separates them."""
    start = io.StringIO(text.lstrip(" \r\n"), newline="").readline()
    rows = {sign: next(csv.reader([start], delimiter=sign)) for sign in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda sign: len(rows[sign]))
    names = [name.strip() for name in rows[delimiter]]
    if len(names) < least:
        raise ValueError(
            f"has one column only, {names[0]!r:.60}: a table has a target and an input, with commas, semicolons, tabs "
            "or | between them"
        )
    numbers = [name for name in names if re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?", name)]
    counted = len(set(numbers)) == len(numbers) < len(names) and all(map(str.isdigit, numbers))  # as pandas may do
    if len(numbers) > len(names) / 2 and not counted:
        raise ValueError(f"begins with {', '.join(names[:3])}: its first row must hold the names of the columns")
    if repeated := next((name for name in names if name and names.count(name) > 1), None):
        raise ValueError(f"has two columns {repeated!r}: rename one")
    return names, delimiter


def _checked_rows(text: str, count: int, delimiter: str) -> list[int]:
    """The lines in which the rows below the header end; each row has `count` cells."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    found = []
    try:
        for row in reader:
            if len(row) < 2 and not "".join(row).strip():
                continue  # a blank line
            if len(row) != count:
                comma = delimiter == "," and len(row) > count
                hint = "; a decimal comma makes two cells of a number: separate cells by semicolons" if comma else ""
                raise ValueError(f"has {len(row)} cells in line {reader.line_num}, where {count} are expected{hint}")
            found.append(reader.line_num)
    except csv.Error as error:
        told = "a quotation mark is never closed" if "unexpected end" in str(error) else str(error)
        raise ValueError(f"cannot be read in line {reader.line_num}: {told}") from None
    return found[1:]


def _npz(raw: bytes) -> Frame:
    """Arrays x [n, d] and y [n], or an array [n] for each column. Nothing large is unpacked, and nothing unpickled."""
    arrays, size = dict[str, np.ndarray](), 0
    for name, member in binary.members(raw, MOST_BYTES):
        try:
            arrays[name] = binary.read_array(member, "biufUSM")
        except ValueError as error:
            raise ValueError(f"has a bad array {name!r:.40}: {error}") from error
        size += 8 * arrays[name].size
        binary.check_size(size, MOST_BYTES, "is too large: in float64 its arrays take")
    if set(arrays) == {"x", "y"} and arrays["x"].ndim == 2:
        x, y = arrays.values() if next(iter(arrays)) == "x" else reversed(arrays.values())
        arrays = {f"x{i}": column for i, column in enumerate(x.T)} | {"y": y[:, 0] if y.shape[1:] == (1,) else y}
    if {array.ndim for array in arrays.values()} != {1} or len(set(map(len, arrays.values()))) != 1:
        told = ", ".join(f"{name} {list(array.shape)}" for name, array in list(arrays.items())[:4])
        raise ValueError(f"holds {told or 'nothing'}: an NPZ must have x [n, d] and y [n], or an array [n] per column")
    columns = {name: array.astype(str) if array.dtype.kind == "S" else array for name, array in arrays.items()}
    return pd.DataFrame(columns).rename_axis("row")


def _parquet(raw: bytes) -> Frame:
    try:
        frame = pd.read_parquet(io.BytesIO(raw))
    except ImportError:
        raise ValueError("is Parquet, for which pyarrow is needed: pip install pyarrow") from None
    except Exception as error:  # whatever pyarrow raises for a file that is no Parquet
        raise ValueError(f"is no Parquet: {str(error).splitlines()[0]:.80}") from error
    return frame.rename(columns=str).reset_index(drop=True).rename_axis("row")


def _cells(column: Series) -> Series:
    """Numbers as float64, dates as they are, everything else as stripped texts with None for what is missing."""
    if pd.api.types.is_datetime64_dtype(column):
        return column
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = pd.Series(column.to_numpy(dtype=float, na_value=np.nan), column.index)
        if not pd.api.types.is_integer_dtype(column) or not (numbers.abs() >= EXACT).any():
            return numbers  # a greater whole number would be rounded, so it stays a text
    texts = [str(cell).strip() for cell in column.astype(object).where(column.notna(), "").tolist()]
    return pd.Series([None if one.lower() in MISSING else one for one in texts], column.index, object)


def _built_in(name: str) -> Frame:
    """One of scikit-learn's tables; its classes by their names."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = found.frame.copy()
    if "target_names" in found:
        frame["target"] = np.asarray(found.target_names)[frame["target"]]
    return pd.DataFrame({column: _cells(frame[column]) for column in frame}).rename_axis("row")


def _nearest(place: Path) -> str:
    names = [path.name for path in place.parent.iterdir()] if place.parent.is_dir() else []
    near = difflib.get_close_matches(place.name, [*names, *BUILT_IN], n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else ""
