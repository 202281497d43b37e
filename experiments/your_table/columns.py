"""What each column of a table is, and its cells as numbers or categories, in training (`judged`) and later (`read`)."""

import contextlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.your_table.reading import Series
from nnjax.sklearn.columns import MOST_CATEGORIES, category
from nnjax.tasks import text
from nnjax.tasks.data import EXACT

NUMBER, DATE, CATEGORY, LEFT_OUT = "number", "date", "category", "left out"
MOSTLY = 0.8  # a column of texts with at least this share of numbers is a column of numbers
FREE_TEXT = 0.5  # different texts per row; with more, a column names rows and not kinds of rows
HUGE = 1e100  # numbers whose squares come near the limit of float64
NO_NUMBER = frozenset({"-", "none"})  # hold nothing where numbers or dates are meant, and may be categories elsewhere
_PLAIN = re.compile(r"[0-9+\-.eE]*")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?", re.ASCII)
CODE = re.compile(r"[-+]?0\d+", re.ASCII)
_OTHER_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?|\d{4}/\d{1,2}/\d{1,2}( .*)?|\d{4}-\d\d-\d\d[ T].*")
_WITH_SIGNS = re.compile(r"[-+]?[$€£] ?[-+]?\d[\d,.' ]*|[-+]?\d[\d,.' ]* ?[%€$£]|[-+]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_ID = re.compile(r"(^|[_\W])(id|uuid|guid|index|key|no|nr|row)$|^(id|uuid|guid)([_\W]|$)", re.IGNORECASE)


class Column(NamedTuple):
    """A column of inputs: its values in words, remarks for the reader, and how later cells are read.

    `decimal`: the sign of decimals in its numbers. `low` and `high`: the range of its numbers, or of its days.
    """

    name: str
    kind: str
    missing: int = 0
    values: str = ""
    remarks: tuple[str, ...] = ()
    decimal: str = "."
    low: float = -np.inf
    high: float = np.inf


# Cells.


def numbers(texts: Series, decimal: str = ".") -> np.ndarray:
    """Texts as numbers, nan where one is none or is infinite; with decimal="," 1,5 is a number, too."""
    cells = [one.replace(",", ".") for one in texts.tolist()] if decimal == "," else texts.tolist()
    found = None
    if _PLAIN.fullmatch("".join(cells)):  # float() alone would take 1_000 and the digits of other scripts, too
        with contextlib.suppress(ValueError):
            found = np.array([*map(float, cells)])
    if found is None:
        found = np.array([float(one) if text.NUMBER.fullmatch(one) else np.nan for one in cells], float)
    return np.where(np.isfinite(found), found, np.nan)


def days(texts: Series) -> np.ndarray:
    """Dates such as 2020-12-31, maybe with a time, as days since 1970-01-01; nan where a text is no such date.

    Without the pattern NumPy would read 20200201, a serial number and "today" as dates as well.
    """
    return np.array([_day(one) if _ISO.fullmatch(one) else np.nan for one in texts], float)


def _day(date: str) -> float:
    try:
        return float(np.datetime64(date.replace(" ", "T"), "s").astype(float)) / 86_400
    except ValueError:  # such as 2021-02-30
        return np.nan


def held(cells: Series) -> Series:
    """The cells that hold something even where numbers are meant, as texts."""
    texts = cells[cells.notna()].astype(str).astype(object)
    return texts[[one.lower() not in NO_NUMBER for one in texts.tolist()]]


def commas(texts: Series) -> bool | None:
    """Whether commas in numbers are decimal signs; None where all of them may stand for thousands as well."""
    some = {one for one in texts.tolist() if "," in one}
    found = [one for one in some if _DECIMAL_COMMA.fullmatch(one)]
    if not found or any(one.count(",") > 1 and _THOUSANDS.fullmatch(one) for one in some):
        return False
    return None if all(map(_THOUSANDS.fullmatch, found)) else True


def decimal_sign(columns: Sequence[Series]) -> str:
    """The sign of decimals in a table: "," where a column of numbers shows it and no other has decimal points."""
    texts = [cells for cells in columns if cells.dtype == object]
    if not any(commas(one) and _mostly(numbers(one, ",")) for one in map(held, texts)):
        return "."
    return "." if any("." in "".join(one) and _mostly(numbers(one)) for one in map(held, texts)) else ","


def with_signs(texts: Sequence[str]) -> str | None:
    """A number with signs, such as $1,250 or 7.5%, if most of these texts are such or plain numbers."""
    signs = [one for one in texts if _WITH_SIGNS.fullmatch(one) and not text.NUMBER.fullmatch(one)]
    plain = [one for one in texts if text.NUMBER.fullmatch(one) or _DECIMAL_COMMA.fullmatch(one)]
    return signs[0] if signs and len({*signs, *plain}) >= MOSTLY * len(texts) else None


def beyond_exact(texts: Series) -> bool:
    """Whether some texts are whole numbers that float64 would round."""
    long = [one for one in texts.tolist() if len(one) > 15 and "." not in one]
    return any(text.WHOLE.fullmatch(one) and abs(int(one)) > EXACT for one in long)


def _mostly(found: np.ndarray) -> bool:
    return len(found) > 0 and float(np.mean(~np.isnan(found))) >= MOSTLY


# In training: what a column is.


def judged(name: str, cells: Series, decimal: str) -> tuple[Column, Any]:
    """What a column is, and its values: float64 [n] with nan, texts [n] with None, or None where it is left out.

    `decimal` is the sign of decimals in the whole table, which counts where the column's own cells may mean either.
    """
    column = Column(name, LEFT_OUT, int(cells.isna().sum()))
    if column.missing == len(cells):
        return _left_out(column, "every cell is missing")
    if pd.api.types.is_datetime64_dtype(cells):
        return _date(column, _days_of(cells))
    if cells.dtype != object:
        return _number(column, cells.to_numpy(float))
    some = held(cells)
    codes = some[[bool(CODE.fullmatch(one)) for one in some.tolist()]]
    sign = commas(some)
    own = "," if sign or (decimal == "," and (sign is None or not re.search("[.,]", "".join(some)))) else "."
    values = numbers(some, "," if sign is None else own)
    if _mostly(values) and codes.empty and not beyond_exact(some):
        if sign is None and own == ".":
            odd = next(one for one in some if "," in one)
            return _left_out(
                column,
                f"it holds numbers such as {odd!r:.40}, whose commas may stand for thousands or for decimals: write "
                "plain numbers to have them used",
            )
        column = _counted(column, cells, some, values, "number")._replace(decimal=own)
        return _number(column, _spread(cells, some, values))
    if len(some) and all(map(_ISO.fullmatch, some.unique())):
        return _date(_counted(column, cells, some, days(some), "date"), _spread(cells, some, days(some)))
    return _category(column, cells, codes)


def _left_out(column: Column, reason: str) -> tuple[Column, None]:
    return column._replace(kind=LEFT_OUT, remarks=(*column.remarks, reason)), None


def _counted(column: Column, cells: Series, some: Series, values: np.ndarray, what: str) -> Column:
    """The column with a remark on cells that hold no number, or no date, and so count as missing."""
    odd = pd.concat([cells[cells.notna() & ~cells.index.isin(some.index)], some[np.isnan(values)]])
    if not len(odd):
        return column
    first = some[np.isnan(values)]
    shown = f"such as {first.iloc[0]!r:.40} in {_place(first)}" if len(first) else f"but {odd.iloc[0]!r}"
    told = f"{len(odd)} {'cell holds' if len(odd) == 1 else 'cells hold'} no {what}, {shown}; counted as missing"
    return column._replace(missing=column.missing + len(odd), remarks=(told,))


def _place(cells: Series) -> str:
    return f"{cells.index.name or 'row'} {cells.index[0]}"


def _spread(cells: Series, some: Series, values: np.ndarray) -> np.ndarray:
    """The values of some cells at their places among all, nan elsewhere."""
    return pd.Series(values, some.index).reindex(cells.index).to_numpy(float)


def _days_of(cells: Series) -> np.ndarray:
    found = cells.to_numpy("datetime64[s]").astype(float) / 86_400
    return np.where(cells.isna(), np.nan, found)


def _number(column: Column, values: np.ndarray) -> tuple[Column, Any]:
    if (infinite := np.isinf(values)).any():
        column = column._replace(missing=column.missing + int(infinite.sum()))
        column = column._replace(remarks=(*column.remarks, f"{infinite.sum()} infinite; counted as missing"))
        values = np.where(infinite, np.nan, values)
    present = values[~np.isnan(values)]
    if not len(present):
        return _left_out(column, "every cell is missing")
    if (present == present[0]).all():
        return _left_out(column, f"it is {present[0]:g} in every row")
    if np.abs(present).max() > HUGE:
        return _left_out(column, f"it reaches {np.abs(present).max():.3g}, whose square float64 does not hold")
    whole = len(present) == len(values) and (present == np.round(present)).all()
    if whole and len(np.unique(present)) == len(present):
        counts = present[0] in (0, 1) and bool((np.diff(present) == 1).all())  # unlike years or doses at equal steps
        if counts or (_ID.search(column.name) and len(present) > 2):
            return _left_out(column, "it numbers the rows, and tells nothing about new ones")
    low, middle, high = map(float, np.quantile(present, (0.0, 0.5, 1.0)))
    return _used(column, NUMBER, f"{low:.4g} to {high:.4g}, median {middle:.4g}", values, low, high)


def _date(column: Column, values: np.ndarray) -> tuple[Column, Any]:
    present = values[~np.isnan(values)]
    if not len(present) or (present == present[0]).all():
        return _left_out(column, "it is the same date in every row" if len(present) else "it holds no date")
    low, high = float(present.min()), float(present.max())
    first, last = (str(np.datetime64(int(day), "D")) for day in (low, high))
    told = "used as days since 1970-01-01; rows are split at random, so nothing is said about later dates"
    column = column._replace(remarks=(*column.remarks, told))
    return _used(column, DATE, f"{first} to {last}", values, low, high)


def _used(column: Column, kind: str, values: str, cells: np.ndarray, low: float, high: float) -> tuple[Column, Any]:
    missing = float(np.mean(np.isnan(cells)))
    more = (f"{missing:.0%} are missing",) if missing > 0.5 else ()
    return column._replace(kind=kind, values=values, low=low, high=high, remarks=(*column.remarks, *more)), cells


def _category(column: Column, cells: Series, codes: Series) -> tuple[Column, Any]:
    texts = cells[cells.notna()].astype(str)
    if reason := _no_categories(texts):
        return _left_out(column, reason)
    counts = texts.value_counts()
    remarks = list(column.remarks)
    if len(codes):
        remarks.append(f"codes such as {codes.iloc[0]!r:.40} are kept as texts")
    elif not np.isnan(numbers(pd.Series(counts.index, dtype=object))).all():
        remarks.append("texts and numbers are mixed; all are taken for categories")
    if len(counts) > MOST_CATEGORIES:
        rare = counts.iloc[MOST_CATEGORIES:].sum() / len(texts)
        remarks.append(f"its {MOST_CATEGORIES} most frequent categories are inputs ({rare:.0%} of the cells are rarer)")
    shown = ", ".join(f"{one:.20} {count / len(texts):.0%}" for one, count in counts.head(3).items())
    values = shown + (", ..." if len(counts) > 3 else "")
    column = column._replace(kind=CATEGORY, values=values, remarks=tuple(remarks))
    return column, cells.astype(object).where(cells.notna(), None)


def _no_categories(texts: Series) -> str:
    """Why texts are not categories; "" where they may be."""
    unique = texts.unique().tolist()
    if len(unique) == 1:
        return f"it is {unique[0]!r:.40} in every row"
    if all(map(_OTHER_DATE.fullmatch, unique)):
        return f"it holds dates such as {unique[0]!r:.40}: write them as 2020-12-31 to have them used"
    if beyond_exact(texts):
        return "it holds whole numbers beyond 2^53, as ids do, which float64 would round"
    if odd := with_signs(unique):
        return f"it holds numbers with signs, such as {odd!r:.40}: write plain numbers to have them used"
    if len(unique) > max(2, FREE_TEXT * len(texts)):
        return f"it holds names or texts, {len(unique):,} different ones in {len(texts):,} rows"
    return ""


# Later: new cells, read as what their column was in training.


def read(column: Column, cells: Series, known: Sequence[str] = ()) -> tuple[np.ndarray, list[str]]:
    """The values of new cells as `nnjax.sklearn.Columns` takes them, and what a reader should know of odd ones.

    `known`: the categories of the training rows. A cell that cannot be read counts as missing: for numbers and dates
    the median then stands in.
    """
    if column.kind == CATEGORY:
        texts = cells[cells.notna()]
        values = cells.map(lambda cell: None if pd.isna(cell) else category(cell)).astype(object).to_numpy()
        odd = texts[~texts.map(category).isin(known)]
        return values, _told(column, odd, "a category that the network does not know")
    stands, dated = "(the median stands in)", pd.api.types.is_datetime64_dtype(cells)
    some = held(cells)
    if column.kind == DATE:
        found = _days_of(cells)[cells.index.isin(some.index)] if dated else days(some)
        told = _told(column, some[np.isnan(found)], f"no date such as 2020-12-31 {stands}")
    else:
        found = numbers(some, "," if commas(some) else column.decimal)
        told = _told(column, some[np.isnan(found)], f"no number {stands}")
    with np.errstate(invalid="ignore"):
        outside = some[(found < column.low) | (found > column.high)]
    ends = [f"{end:.4g}" if column.kind == NUMBER else str(np.datetime64(int(end), "D"))
            for end in (column.low, column.high) if np.isfinite(end)]  # fmt: skip
    told += _told(column, outside, f"a value outside of those of the training rows, {' to '.join(ends)}")
    return _spread(cells, some, found), told


def _told(column: Column, odd: Series, what: str) -> list[str]:
    if not len(odd):
        return []
    shown = ", ".join(f"{one!s:.40}" for one in sorted(set(map(str, odd)))[:5]) + (", ..." if odd.nunique() > 5 else "")
    rows = f"1 row ({_place(odd)}) has" if len(odd) == 1 else f"{len(odd):,} rows (the first: {_place(odd)}) have"
    return [f"{column.name}: {rows} {what}: {shown}"]
