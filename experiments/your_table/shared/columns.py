"""What the columns of a table are: numbers, dates, categories, or nothing that a method could use, and why.

Cells are read here as `model.encoded` reads them later; a test checks that both agree.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.your_table.shared.reading import Series

NUMBER, DATE, CATEGORY, LEFT_OUT = "number", "date", "category", "left out"
MOSTLY = 0.8  # a text column with at least this share of numbers is a column of numbers
MOST_CATEGORIES = 64  # for which `nnjax.sklearn` has inputs; the others count as unknown
FREE_TEXT = 0.5  # distinct texts per row; with more, a column names rows and not kinds of rows
FEW_GROUPS, REPEATS = 10, 0.9  # fewer values are kinds of rows; with more per row, hardly any row has a companion
HUGE = 1e100  # numbers whose squares come near the limit of float64
# Cells that hold nothing where numbers or dates are meant, and may be categories elsewhere: none, mild, severe.
NO_NUMBER = frozenset({"-", "none"})
MISSING_TOLD = "an empty cell, NA, N/A, #N/A, NaN, NaT, NULL or ?; for numbers and dates None and - as well"
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?")
_OTHER_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?|\d{4}/\d{1,2}/\d{1,2}( .*)?|\d{4}-\d\d-\d\d[ T].*")
_WITH_SIGNS = re.compile(r"[-+]?[$€£] ?[-+]?\d[\d,.' ]*|[-+]?\d[\d,.' ]* ?[%€$£]|[-+]?\d{1,3}([.,' ]\d{3})+([.,]\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?(\d+,\d*|,\d+)([eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
_ID = re.compile(r"(^|[_\W])(id|uuid|guid|index|key|no|nr|row)$|^(id|uuid|guid)([_\W]|$)", re.IGNORECASE)
# Names of what may have several rows that belong together; unlike _ID, not "body mass index".
_WHO = re.compile(
    r"(?i:(^|[_\W])(id|uuid|guid)$|^(id|uuid|guid)([_\W]|$)"
    r"|^(patient|subject|participant|person|customer|user|household|session)([_\W](no|nr|number|key|index))?$)"
    r"|[a-z]I[dD]$"
)


class Column(NamedTuple):
    """What one column of inputs is: its name, kind, missing cells, distinct values, values in words, and remarks.

    `decimal` is the sign of decimals in its numbers, "." or ","; that of the table where its own cells have none.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    values: str
    remarks: tuple[str, ...]
    decimal: str = "."


@dataclass
class _Draft:
    """What is known so far of a column that is being judged."""

    name: str
    missing: int
    distinct: int
    decimal: str
    remarks: list[str] = field(default_factory=list)

    def used(self, kind: str, values: str) -> Column:
        """The column, whose values are these in words."""
        decimal = self.decimal if kind == NUMBER else "."
        return Column(self.name, kind, self.missing, self.distinct, values, tuple(self.remarks), decimal)

    def left_out(self, reason: str) -> tuple[Column, None]:
        self.remarks.append(reason)
        return self.used(LEFT_OUT, ""), None

    def count_missing(self, cells: int, what: str) -> None:
        """Count further cells as missing, because they hold what is named."""
        self.remarks.append(f"{cells} {'cell holds' if cells == 1 else 'cells hold'} {what}; counted as missing")
        self.missing += cells

    def tell_if_few(self, present: int, rows: int) -> None:
        """Say so where more than half of the cells are missing."""
        if rows - present > rows / 2:
            self.remarks.append(f"{(rows - present) / rows:.0%} are missing")


def judged(name: str, cells: Series, decimal: str) -> tuple[Column, Any]:
    """What a column is, and its values: float64 [n] with nan, texts [n] with None, or None where it is left out.

    `decimal` is the sign of decimals in the whole table, which counts where the column's own cells may mean either.
    """
    draft = _Draft(name, int(cells.isna().sum()), int(cells.nunique()), decimal)
    if draft.distinct == 0:
        return draft.left_out("every cell is missing")
    if pd.api.types.is_datetime64_dtype(cells):
        days = cells.to_numpy("datetime64[s]").astype(float) / 86_400
        days[cells.isna()] = np.nan
        return _dates(draft, days)
    if cells.dtype == object:
        return _texts(draft, cells)
    return _numbers(draft, cells.to_numpy(float).copy())


def _texts(draft: _Draft, cells: Series) -> tuple[Column, Any]:
    """Texts may be numbers, dates or words."""
    texts, numeric = cells[cells.notna()].astype(str), numeric_texts(cells)
    if not len(numeric) and texts.str.lower().nunique() == 1:  # both words may be categories
        draft.missing = len(cells)
        return draft.left_out("every cell is missing")
    commas = decimal_commas(numeric)
    draft.decimal = "," if commas else "." if _have_thousands(numeric) else draft.decimal
    numbers = to_numbers(numeric, "," if commas is None else draft.decimal)
    are_numbers = _mostly(numbers)
    if are_numbers and commas is None and draft.decimal == ".":
        odd = next(one for one in numeric if "," in one)
        return draft.left_out(
            f"it holds numbers such as {odd!r:.40}, whose commas may stand for thousands or for decimals: write plain "
            "numbers to have them used"
        )
    are_dates = len(numeric) > 0 and all(_ISO.fullmatch(one) for one in numeric.unique())
    if len(numeric) < len(texts) and (are_numbers or are_dates):
        empty = texts[~texts.index.isin(numeric.index)]
        draft.count_missing(len(empty), " or ".join(repr(one) for one in sorted(empty.unique())))
        cells, texts = cells.where(cells.index.isin(numeric.index), None), numeric
    if not are_numbers or texts.str.fullmatch(r"[-+]?\d{16,}").all():
        return _words(draft, cells, texts)
    odd = texts[np.isnan(numbers)]
    if len(odd):
        draft.count_missing(len(odd), f"no number, such as {odd.iloc[0]!r:.40}")
    values = np.full(len(cells), np.nan)
    values[cells.notna()] = numbers
    draft.distinct = int(pd.Series(values).nunique())
    return _numbers(draft, values)


def _numbers(draft: _Draft, values: np.ndarray) -> tuple[Column, Any]:
    infinite = np.isinf(values)
    if infinite.any():
        draft.remarks.append(f"{infinite.sum()} infinite; counted as missing")
        values[infinite] = np.nan
        draft.missing, draft.distinct = int(np.isnan(values).sum()), int(pd.Series(values).nunique())
    present = values[~np.isnan(values)]
    if not len(present):
        return draft.left_out("every cell is missing")
    if (present == present[0]).all():
        return draft.left_out(f"it is {present[0]:g} in every row")
    if np.abs(present).max() > HUGE:
        return draft.left_out(
            f"it reaches {np.abs(present).max():.3g}, whose square float64 does not hold: change its unit"
        )
    whole = len(present) == len(values) and (present == np.round(present)).all()
    if whole and len(np.unique(present)) == len(present):
        counts = present[0] in (0, 1) and bool((np.diff(present) == 1).all())  # unlike years or doses at equal steps
        if counts or (_ID.search(draft.name) and len(present) > 2):
            return draft.left_out("it numbers the rows, and tells nothing about new ones")
    draft.tell_if_few(len(present), len(values))
    low, middle, high = np.quantile(present, (0.0, 0.5, 1.0))
    return draft.used(NUMBER, f"{low:.4g} to {high:.4g}, median {middle:.4g}"), values


def _dates(draft: _Draft, days: np.ndarray) -> tuple[Column, Any]:
    present = days[~np.isnan(days)]
    if (present == present[0]).all():
        return draft.left_out("it is the same date in every row")
    first, last = (str(np.datetime64(int(day), "D")) for day in (present.min(), present.max()))
    draft.remarks.append(
        "used as days since 1970-01-01; rows are split at random, so nothing is said about later dates"
    )
    draft.tell_if_few(len(present), len(days))
    return draft.used(DATE, f"{first} to {last}"), days


def _words(draft: _Draft, cells: Series, texts: Series) -> tuple[Column, Any]:
    """Dates, or categories: `texts` are those of the cells that are not missing."""
    unique = texts.unique()
    if all(_ISO.fullmatch(one) for one in unique):
        days = np.full(len(cells), np.nan)
        try:
            days[cells.notna()] = [to_days(one) for one in texts]
        except ValueError as error:
            return draft.left_out(f"it holds a date that is none: {error}")
        return _dates(draft, days)
    if reason := _no_categories(texts, unique):
        return draft.left_out(reason)
    counts = texts.value_counts()
    if len(counts) > MOST_CATEGORIES:
        rest = counts.iloc[MOST_CATEGORIES:].sum() / len(texts)
        draft.remarks.append(
            f"the network has inputs for its {MOST_CATEGORIES} most frequent categories ({rest:.0%} are rarer)"
        )
    if np.mean(~np.isnan(to_numbers(pd.Series(unique), "."))) > 0.1:
        draft.remarks.append("texts and numbers are mixed; all are taken for categories")
    draft.tell_if_few(len(texts), len(cells))
    shown = ", ".join(f"{one} {count / len(texts):.0%}" for one, count in counts.head(3).items())
    values = cells.astype(object).where(cells.notna(), None)
    return draft.used(CATEGORY, shown[:60] + ("" if len(counts) <= 3 and len(shown) <= 60 else ", ...")), values


def _no_categories(texts: Series, unique: Sequence[str]) -> str:
    """Why texts, of which these are the different ones, are not categories; "" where they may be."""
    if len(unique) == 1:
        return f"it is {unique[0]!r:.40} in every row"
    if all(_OTHER_DATE.fullmatch(one) for one in unique):
        return f"it holds dates such as {unique[0]!r:.40}: write them as 2020-12-31 to have them used"
    if all(re.fullmatch(r"[-+]?\d{16,}", one) for one in unique):
        return "it holds whole numbers beyond 2^53, as ids do, which float64 would round"
    if odd := with_signs(unique):
        return f"it holds numbers with signs, such as {odd!r:.40}: write plain numbers to have them used"
    if len(unique) > max(2, FREE_TEXT * len(texts)):
        kind = "names" if np.mean(texts.str.len()) < 40 else "texts"
        return f"it holds {kind}, {len(unique):,} different ones in {len(texts):,} rows"
    return ""


def names_groups(column: Column, rows: int) -> bool:
    """Whether a column looks like the identifier of what several of these rows belong to."""
    return bool(_WHO.search(column.name)) and FEW_GROUPS < column.distinct <= REPEATS * (rows - column.missing)


def numeric_texts(cells: Series) -> Series:
    """The cells that hold something even where numbers are meant, as texts."""
    texts = cells[cells.notna()].astype(str)
    return texts[~texts.str.lower().isin(NO_NUMBER)]


def decimal_commas(texts: Series) -> bool | None:
    """Whether commas in numbers are decimal signs; None where all of them may stand for thousands as well."""
    numbers = [one for one in texts[texts.str.contains(",", regex=False)].unique() if _DECIMAL_COMMA.fullmatch(one)]
    if not numbers or _have_thousands(texts):
        return False
    return None if all(_THOUSANDS.fullmatch(one) for one in numbers) else True


def _have_thousands(texts: Series) -> bool:
    """Whether commas stand for thousands for certain, as in 1,250,000."""
    return any(one.count(",") > 1 and _THOUSANDS.fullmatch(one) for one in texts.unique())


def decimal_sign(columns: Sequence[Series]) -> str:
    """The sign of decimals in a table: "," where a column of numbers shows it and no other has decimal points."""
    texts = [numeric_texts(cells) for cells in columns if cells.dtype == object]
    shown = any(decimal_commas(one) and _mostly(to_numbers(one, ",")) for one in texts)
    floats = [cells.to_numpy() for cells in columns if cells.dtype.kind == "f"]
    return "," if shown and not any((one != np.round(one)).any() for one in map(_finite, floats)) else "."


def with_signs(texts: Sequence[str]) -> str | None:
    """A number with signs, such as $1,250 or 7.5%, if most of these different texts are such or plain numbers."""
    plain = ~np.isnan(to_numbers(pd.Series(texts, dtype=object), "."))
    signs = [one for one, number in zip(texts, plain, strict=True) if not number and _WITH_SIGNS.fullmatch(one)]
    read = plain.sum() + len(signs) + sum(bool(_DECIMAL_COMMA.fullmatch(one)) for one in set(texts) - set(signs))
    return signs[0] if signs and read >= MOSTLY * len(texts) else None


def _mostly(numbers: np.ndarray) -> bool:
    return len(numbers) > 0 and float(np.mean(~np.isnan(numbers))) >= MOSTLY


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def to_numbers(texts: Series, decimal: str) -> np.ndarray:
    """Texts as numbers [n], nan where one is none; with decimal="," 1,5 is a number, too."""
    if decimal == ",":
        texts = texts.str.replace(",", ".", regex=False)
    numbers: Any = pd.to_numeric(texts, errors="coerce")
    return numbers.to_numpy(float)


def to_days(text: str) -> float:
    """A date such as 2020-12-31, or with a time, as days since 1970-01-01."""
    return float(np.datetime64(text.replace(" ", "T"), "s").astype(float)) / 86_400
