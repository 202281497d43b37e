"""A table from a file, as a pandas DataFrame: CSV, Parquet (where pyarrow is installed), NPZ, or one of scikit-learn's.

What a cell means is not judged here, but by `describe`: text columns hold texts, or None where nothing is there.
"""

import csv
import difflib
import functools
import io
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.your_table.shared.model import MISSING

# A pandas DataFrame and a column of one; pandas' own annotations are too wide for a type checker.
type Frame = Any
type Series = Any

BUILT_IN = ("breast_cancer", "wine", "diabetes")
SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".npz")
MOST_BYTES = 4_000_000_000
_DELIMITERS = ",;\t|"
_LOOKED_AT = 1 << 18  # first bytes, from which the delimiter and the header are found
_MAGIC = {
    b"PK\x03\x04": "a zip archive, such as Excel's: save the sheet as CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF: save its table as CSV",
    b"PAR1": "Parquet: let its name end with .parquet",
    b"\x1f\x8b": "packed by gzip: unpack it",
    b"\xd0\xcf\x11\xe0": "an old file of Excel's: save the sheet as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}


def read(path: str, least: int = 2, as_written: bool = False) -> Frame:
    """The table of a file.

    Args:
        path: a file, or the name of one of scikit-learn's own tables, BUILT_IN. least: the fewest columns that it may
        have. as_written: whether cells of a text file stay texts, such as 007, so that their meaning can be decided
        elsewhere.

    Returns:
        A DataFrame with a name for every column, each once. Columns are numbers (a missing one is nan), dates, or
        objects: texts without blanks at their ends, and None where a cell is missing.

    Raises:
        ValueError: in one sentence, naming the file and what is wrong with it.
    """
    place = Path(path).expanduser()
    if path in BUILT_IN and not place.exists():
        return _built_in(path)
    where = f"data={path!r:.120}"
    if not place.exists():
        raise ValueError(f"{where}: there is no such file{_nearest(place)}")
    if place.is_dir():
        raise ValueError(f"{where} is a folder: name a file in it")
    kind = place.suffix.lower()
    if kind not in SUFFIXES:
        hint = ": save the sheet as CSV" if kind in (".xls", ".xlsx", ".ods") else ""
        raise ValueError(f"{where} ends with {kind!r}: it must end with {', '.join(SUFFIXES)}{hint}")
    try:
        stamp = place.stat()
        if not stamp.st_size:
            raise ValueError("is empty")
        if stamp.st_size > MOST_BYTES:
            raise ValueError(
                f"holds {stamp.st_size / 1e9:.1f} GB, more than {MOST_BYTES / 1e9:g}: take a sample of its rows first"
            )
        return _read(str(place), kind, stamp.st_mtime_ns, stamp.st_size, least, as_written)
    except OSError as error:
        raise ValueError(f"{where} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise ValueError(f"{where} needs more memory than there is: take a sample of its rows first") from error
    except ValueError as error:
        raise ValueError(f"{where} {error}") from error


@functools.lru_cache(2)  # the check of the settings and the run read the same file
def _read(path: str, kind: str, changed: int, size: int, least: int, as_written: bool) -> Frame:
    if kind == ".npz":
        frame = _npz(path)
    elif kind == ".parquet":
        frame = _parquet(path)
    else:
        frame = _csv(path, least, as_written)
    if not len(frame):
        raise ValueError("has no rows below its header")
    return _texts(frame)


def _csv(path: str, least: int, as_written: bool) -> Frame:
    with open(path, "rb") as file:
        head = file.read(_LOOKED_AT)
    for magic, told in _MAGIC.items():
        if head.startswith(magic):
            raise ValueError(f"is no table but {told}")
    if b"\x00" in head:
        raise ValueError("is no table of text: it holds bytes that are zero")
    try:
        text = head.decode("utf-8-sig", errors="strict" if len(head) < _LOOKED_AT else "ignore")
    except UnicodeDecodeError as error:
        line = head[: error.start].count(b"\n") + 1
        raise ValueError(f"is not UTF-8 in line {line}: save it as UTF-8") from error
    start = text.lstrip(" \r\n")  # a tab may stand above the index that pandas writes
    if not start.strip():
        raise ValueError("holds nothing but blanks")
    if start[0] in "<{":
        raise ValueError(f"is no table but {'HTML or XML' if start[0] == '<' else 'JSON'}: save it as CSV")
    names, delimiter = _header(start, least)
    blank = text[: len(text) - len(start)].count("\n")
    frame = _parsed(path, names, delimiter, blank)
    index = _counts_rows(names[0], frame.iloc[:, 0])
    if index:
        frame = frame.iloc[:, 1:]  # the index that pandas writes before the columns
    for i, name in enumerate(names[index:]):
        if not name:
            raise ValueError(f"has no name above its column {i + 1}: give it one")
    # Pandas makes True of "true", also beside missing cells.
    texts = [name for name in frame if as_written or pd.api.types.infer_dtype(frame[name], skipna=True) == "boolean"]
    if texts:
        frame[texts] = _parsed(path, names, delimiter, blank, only=texts)
    return frame


def _header(start: str, least: int) -> tuple[list[str], str]:
    """The names in the first row, and what separates them."""
    first = {d: next(csv.reader(io.StringIO(start), delimiter=d)) for d in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda d: len(first[d]))
    names = [name.strip() for name in first[delimiter]]
    if len(names) < least:
        raise ValueError(
            f"has one column only, {names[0]!r:.60}: a table has a target and an input, with commas, semicolons, "
            "tabs or | between them"
        )
    numbers = [name for name in names if re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?", name)]
    named = len(set(numbers)) == len(numbers) < len(names) and all(map(str.isdigit, numbers))  # as pandas may do
    if len(numbers) > len(names) / 2 and not named:
        raise ValueError(f"begins with {', '.join(names[:3])}: its first row must hold the names of the columns")
    for i, name in enumerate(names):
        if name and name in names[:i]:
            raise ValueError(f"has two columns {name!r}, {names.index(name) + 1} and {i + 1}: rename one")
    return names, delimiter


def _parsed(path: str, names: list[str], delimiter: str, blank: int, only: list[str] | None = None) -> Frame:
    """The rows below the header; if `only` is given, those columns alone, as texts."""
    labels = [name or f" {i}" for i, name in enumerate(names)]  # an empty name is reported later, or heads an index
    more: dict[str, Any] = {} if only is None else {"usecols": only, "dtype": str}
    # Upper and lower case, and as it is usually written.
    missing = sorted({form for one in MISSING for form in (one, one.upper(), one.title(), one.capitalize(), "NaN")})
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                path, sep=delimiter, header=None, names=labels, skiprows=blank + 1, index_col=False, na_values=missing,
                keep_default_na=False, skipinitialspace=True, low_memory=False, encoding="utf-8-sig", **more,
            )  # fmt: skip
        except UnicodeDecodeError as error:
            raise ValueError("is not UTF-8: save it as UTF-8") from error
        except pd.errors.EmptyDataError:
            raise ValueError("has no rows below its header") from None
        except pd.errors.ParserWarning:
            raise ValueError(f"has more cells in its rows than the {len(names)} names in its first row") from None
        except pd.errors.ParserError as error:
            told = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
            if told:
                expected, line, saw = told.groups()
                raise ValueError(f"has {saw} cells in line {line}, where {expected} are expected") from None
            if "EOF inside string" in str(error):
                raise ValueError("has a quotation mark that is never closed") from None
            raise ValueError(f"is no table: {error}") from None


def _counts_rows(name: str, column: Series) -> bool:
    """Whether a column without a name numbers the rows, in whatever order."""
    return name == "" and column.dtype.kind in "iu" and column.is_unique


def _npz(path: str) -> Frame:
    """Arrays x [n, d] and y [n], or an array [n] for each column."""
    if not zipfile.is_zipfile(path):
        raise ValueError("is no NPZ")
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except ValueError as error:
        pickled = "pickle" in str(error).lower()
        raise ValueError("holds objects of Python, which could run code" if pickled else "is no NPZ") from None
    except zipfile.BadZipFile as error:
        raise ValueError(f"is damaged: {error}") from error
    arrays = {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
    if set(arrays) == {"x", "y"} and arrays["x"].ndim == 2:
        x = arrays.pop("x")
        y = arrays.pop("y")
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        arrays = {f"x{i}": column for i, column in enumerate(x.T)} | {"y": y}
    shapes = {name: array.shape for name, array in arrays.items()}
    if not arrays or any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) > 1:
        told = ", ".join(f"{name} {list(shape)}" for name, shape in list(shapes.items())[:4])
        raise ValueError(f"holds {told or 'nothing'}: an NPZ must have x [n, d] and y [n], or an array [n] per column")
    if odd := next((name for name, array in arrays.items() if array.dtype.kind not in "biufUSM"), None):
        raise ValueError(f"has an array {odd!r} of {arrays[odd].dtype}: numbers, texts and dates are allowed")
    return pd.DataFrame({name: a.astype(str) if a.dtype.kind == "S" else a for name, a in arrays.items()})


def _parquet(path: str) -> Frame:
    try:
        frame = pd.read_parquet(path)
    except ImportError:
        raise ValueError("is Parquet, for which pyarrow is needed: pip install pyarrow") from None
    except Exception as error:  # whatever pyarrow raises for a file that is no Parquet
        raise ValueError(f"is no Parquet: {str(error).splitlines()[0]:.80}") from error
    return frame.rename(columns=str)


def _texts(frame: Frame) -> Frame:
    """Texts as objects without blanks at their ends, None where nothing is there; numbers and dates as they are."""
    made = {}
    for name in frame:
        column = frame[name]
        if pd.api.types.is_bool_dtype(column) or not (
            pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_dtype(column)
        ):
            cells = column.astype(object).where(column.notna(), "").astype(str).str.strip().astype(object)
            made[name] = cells.where(~cells.str.lower().isin(MISSING), None)
        elif not pd.api.types.is_datetime64_dtype(column):
            made[name] = column.to_numpy(dtype=float, na_value=np.nan)
            if column.dtype.kind in "iu" and np.abs(made[name]).max(initial=0) > 2**53:
                made[name] = column.astype(str).astype(object)  # as a number it would be rounded
        else:
            made[name] = column
    return pd.DataFrame(made, index=pd.RangeIndex(len(frame)))


def _built_in(name: str) -> Frame:
    """One of scikit-learn's tables; its classes by their names."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = found.frame.copy()
    if "target_names" in found:
        frame["target"] = np.asarray(found.target_names)[frame["target"]]
    return _texts(frame)


def _nearest(place: Path) -> str:
    names = [path.name for path in place.parent.iterdir()] if place.parent.is_dir() else []
    near = difflib.get_close_matches(place.name, [*names, *BUILT_IN], n=1, cutoff=0.7)
    return f"; did you mean {near[0]!r}?" if near else ""
