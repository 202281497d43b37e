"""The columns of a table as inputs of a network: numbers are standardized, categories are one-hot.

A column of numbers becomes (x - mean) / scale, after missing values are replaced by the median; a column of categories
becomes a 0 or 1 for each category. Everything is fitted to the training rows.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

# At most this many categories of a column are kept, the most frequent; the others count as unknown: all inputs are 0.
MOST_CATEGORIES = 64
_DATES = "column {!r} holds dates or durations: give numbers, such as days since a date"


class Number(NamedTuple):
    """A column of numbers: the median that replaces missing values, the mean to subtract, the scale to divide by."""

    column: str
    median: float
    mean: float
    scale: float


class Category(NamedTuple):
    """A column of categories, as texts, in the order of its inputs."""

    column: str
    categories: tuple[str, ...]


class Columns(TransformerMixin, BaseEstimator):
    """Turn a table into the inputs of a network: `fit`, `transform`, `describe`. A transformer of scikit-learn.

    A table is an array [rows, columns] of numbers or of objects, or a pandas DataFrame; or its columns as `columns_of`
    gives them. A column whose values are all numbers is one of numbers. Any other is one of categories, and so is one
    of pandas' dtype "category", or of objects that are all missing. Of a column's categories the 64 most frequent are
    kept; rarer ones count as unknown.
    Missing values are nan or None. NumPy turns numbers beside words into texts, unless the dtype is object. So `fit`
    refuses an array of texts in which all texts of a column are numbers.
    """

    parts_: list[Number | Category]

    def fit(self, X: Any, y: Any = None) -> "Columns":
        """Learn medians, means, scales and categories from the rows of a table; `y` is ignored.

        Raises:
            ValueError: for infinite values, for dates, and for numbers in an array of texts, naming the column.
            TypeError: for values that are neither numbers nor texts.
        """
        table = columns_of(X, fitting=True)
        self.parts_ = [_fitted(name, values) for name, values in zip(table.names, table.values, strict=True)]
        self._named = table.named
        return self

    def transform(self, X: Any) -> Float[np.ndarray, "rows inputs"]:
        """The inputs [rows, inputs] of a table with the same columns, as float64; unknown categories give zeros.

        Columns of categories that were all empty in `fit` have no inputs; if there are no others, there is one, 0.

        Raises:
            ValueError: for a different number of columns, for other names of them or another order of these, for
                infinite values, and for texts in a column of numbers. Names count if both tables are DataFrames.
            NotFittedError: before `fit`.
        """
        check_is_fitted(self)
        table, before = columns_of(X), [part.column for part in self.parts_]
        if len(table.names) != len(before):
            raise ValueError(f"the table has {len(table.names)} columns, but had {len(before)} when it was fitted")
        if table.named and self._named and table.names != before:
            here, there = next(pair for pair in zip(table.names, before, strict=True) if pair[0] != pair[1])
            raise ValueError(
                f"the table has a column {here!r} where it had {there!r} when it was fitted: give the same columns in "
                "the same order"
            )
        parts = zip(self.parts_, table.values, strict=True)
        found = np.concatenate([_inputs(part, values) for part, values in parts], axis=1)
        return found if found.shape[1] else np.zeros((len(found), 1))  # a network needs an input

    def describe(self) -> list[dict[str, Any]]:
        """One dict for each column, ready for JSON, in the order of the inputs.

        {"column", "kind": "number", "median", "mean", "scale"}, or {"column", "kind": "category", "categories"}.
        """
        check_is_fitted(self)
        return [
            {"column": part.column, "kind": "number", "median": part.median, "mean": part.mean, "scale": part.scale}
            if isinstance(part, Number)
            else {"column": part.column, "kind": "category", "categories": list(part.categories)}
            for part in self.parts_
        ]


class Parsed(NamedTuple):
    """The columns of a table: their names, and the values [rows] of each, as `columns_of` gives them.

    `named`: whether the names are the table's own, as those of a DataFrame are if all are texts.
    """

    names: list[str]
    values: list[np.ndarray]
    named: bool = False

    def taken(self, rows: np.ndarray) -> "Parsed":
        """The same columns with the given rows alone."""
        return self._replace(values=[column[rows] for column in self.values])


def columns_of(table: Any, fitting: bool = False) -> Parsed:
    """The columns of a table: float64 with nan for missing values, or objects: texts, and None for missing values.

    Columns without a name are called x0, x1, ... If `fitting`, an array of texts with a column of numbers is refused.
    """
    if isinstance(table, Parsed):
        return table
    if hasattr(table, "iloc") and hasattr(table, "columns"):
        names = [str(name) for name in table.columns]
        named = all(isinstance(name, str) for name in table.columns)
        return Parsed(names, [_of_series(name, table.iloc[:, i]) for i, name in enumerate(names)], named)
    array = np.asarray(table)
    if array.ndim != 2:
        raise ValueError(f"the table has shape {array.shape}: it must be [rows, columns]")
    names = [f"x{i}" for i in range(array.shape[1])]
    if fitting and array.dtype.kind in "US":
        for name, column in zip(names, array.T, strict=True):
            _check_words(name, column)
    return Parsed(names, [_values(name, array[:, i]) for i, name in enumerate(names)])


def _check_words(name: str, texts: np.ndarray) -> None:
    """Check that a column of texts does not hold numbers alone, which NumPy made texts of because of other columns.

    Raises:
        ValueError: if it does; the message names the column, and what to give instead.
    """
    try:
        numbers = texts.astype(np.float64)
    except ValueError:
        return
    if np.isfinite(numbers).any():
        raise ValueError(
            f"column {name!r} holds numbers as strings, such as {str(texts[0])!r:.40}: NumPy turns numbers beside "
            "words into strings. Give a DataFrame or an array with dtype=object, where numbers stay numbers and "
            "strings are categories"
        )


def _of_series(name: str, series: Any) -> np.ndarray:
    """The values of a DataFrame's column; in pandas, numbers that may be missing have dtypes of their own."""
    kind = getattr(series.dtype, "kind", "O")
    if kind in "biuf":
        return _values(name, series.to_numpy(dtype=np.float64, na_value=np.nan))
    if kind in "mM":  # also those with a time zone, which NumPy does not have
        raise ValueError(_DATES.format(name))
    found = series.astype(object).where(series.notna(), None).to_numpy(dtype=object)
    if hasattr(series, "cat"):  # pandas' categories, which may be codes written as numbers
        return np.array([None if value is None else _text(value) for value in found], object)
    return _values(name, found)


def _values(name: str, values: np.ndarray) -> np.ndarray:
    """Finite numbers and nan as float64, anything else as objects: texts, and None for what is missing."""
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float64)
        if np.isinf(numbers).any():
            raise ValueError(f"column {name!r} holds infinity: numbers must be finite, or nan where they are missing")
        return numbers
    if values.dtype.kind in "mM":
        raise ValueError(_DATES.format(name))
    found = np.empty(len(values), object)
    # What is missing everywhere says nothing: other rows may hold words, so it is no column of numbers.
    all_numbers, some = True, False
    for i, value in enumerate(values):
        if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
            continue
        if isinstance(value, np.datetime64 | np.timedelta64):
            raise ValueError(_DATES.format(name))
        if not isinstance(value, str | bool | int | float | np.generic) or isinstance(value, np.complexfloating):
            raise TypeError(
                f"column {name!r}: argument must be a string or a real number, not {type(value).__name__!r}"
            )
        all_numbers, some = all_numbers and not isinstance(value, str), True
        found[i] = value
    if some and all_numbers:
        return _values(name, np.array([np.nan if value is None else value for value in found], np.float64))
    return np.array([None if value is None else _text(value) for value in found], object)


def _text(value: Any) -> str:
    """A category as text; a number among words is written as `_inputs` writes a column of numbers."""
    return f"{value:.15g}" if isinstance(value, float | np.floating) else str(value)


def _fitted(name: str, values: np.ndarray) -> Number | Category:
    if values.dtype == object:
        known, counts = np.unique([value for value in values if value is not None], return_counts=True)
        frequent = np.sort(np.argsort(-counts, kind="stable")[:MOST_CATEGORIES])
        return Category(name, tuple(str(one) for one in known[frequent]))
    present = values[~np.isnan(values)]
    if not len(present):
        return Number(name, 0.0, 0.0, 1.0)
    median = float(np.median(present))
    filled = np.where(np.isnan(values), median, values)
    mean, scale = float(filled.mean()), float(filled.std())
    # Rounding gives a constant column a spread of about its last digit.
    if not 1e-12 * np.abs(filled).max() < scale < np.inf:
        return Number(name, median, median, 1.0)
    return Number(name, median, mean, scale)


def _inputs(part: Number | Category, values: np.ndarray) -> np.ndarray:
    """The inputs [rows, k] of one column."""
    if isinstance(part, Category):
        texts = values if values.dtype == object else [None if np.isnan(one) else f"{one:.15g}" for one in values]
        place = {category: i for i, category in enumerate(part.categories)}
        found = np.array([-1 if text is None else place.get(str(text), -1) for text in texts])
        return (found[:, None] == np.arange(len(place))).astype(np.float64)
    if values.dtype == object:
        text = next((value for value in values if value is not None), None)
        if text is not None:
            raise ValueError(f"column {part.column!r} holds {text!r:.40}, but it held numbers when it was fitted")
        values = np.full(len(values), np.nan)
    return ((np.where(np.isnan(values), part.median, values) - part.mean) / part.scale)[:, None]
