"""The columns of a table as inputs of a network: numbers are standardized, categories are one-hot.

A column of numbers becomes (x - mean) / scale, after missing values are replaced by the median; a column of categories
becomes a 0 or 1 for each category. Everything is fitted to the training rows.
"""

import datetime
import functools
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_array, check_is_fitted, validate_data

from nnjax.tasks import text
from nnjax.tasks.data import EXACT

# At most this many categories of a column are kept, the most frequent; the others count as unknown: all inputs are 0.
MOST_CATEGORIES = 64
# How many values are remembered with their categories, as reading a text as a number takes a microsecond.
_REMEMBERED = 2**14
_DATES = np.datetime64, np.timedelta64, datetime.date, datetime.timedelta


class Number(NamedTuple):
    """A column of numbers: the median that replaces missing values, the mean to subtract, the scale to divide by."""

    column: str
    median: float
    mean: float
    scale: float


class Category(NamedTuple):
    """A column of categories, as `category` writes them, in the order of its inputs."""

    column: str
    categories: tuple[str, ...]


class Parsed(NamedTuple):
    """The columns of a table: their names, and the values [rows] of each.

    Values are float64 with nan for missing ones, or objects: categories as `category` writes them, and None for
    missing ones. `named`: whether the names are the table's own; columns without names are called x0, x1, ...
    """

    names: list[str]
    values: list[np.ndarray]
    named: bool

    def taken(self, rows: np.ndarray) -> "Parsed":
        """The same columns with the given rows alone."""
        return self._replace(values=[column[rows] for column in self.values])


class TableEstimator(BaseEstimator):
    """What all estimators share that take tables of numbers, categories and missing values."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _parsed(self, X: Any, parts: Sequence[Number | Category] | None = None) -> Parsed:
        """The columns of a table, after scikit-learn's checks of its shape and names.

        `parts`: what the columns were in `fit`, as which they are read; None in `fit` itself.
        """
        fitting = parts is None
        if hasattr(X, "iloc"):
            validate_data(self, X, reset=fitting, skip_check_array=True)  # in an array all columns have one dtype
            check_array(X.isna().to_numpy(), estimator=self)
            columns = [X.iloc[:, i] for i in range(X.shape[1])]
        else:
            array: Any = validate_data(self, X, reset=fitting, dtype=None, ensure_all_finite=False)
            columns = list(array.T)
        names: Any = _check_feature_names_in(self)
        kinds = [None] * len(names) if parts is None else parts
        values = [_read(*one) for one in zip(names, columns, kinds, strict=True)]
        return Parsed(names.tolist(), values, hasattr(self, "feature_names_in_"))


class Columns(TransformerMixin, TableEstimator):
    """Turn a table into the inputs of a network: `fit`, `transform`, `describe`. A transformer of scikit-learn.

    A table is an array [rows, columns] of numbers or of objects, or a pandas DataFrame. A column whose values are all
    numbers is one of numbers. Any other is one of categories, and so is one of pandas' dtype "category", or of objects
    that are all missing. Of a column's categories the 64 most frequent are kept; rarer ones count as unknown.

    Categories are compared by value, whatever the dtypes: 1, 1.0, "1" and "1.00" are one, and so are True and "True".
    Codes with leading zeros, such as "007", are texts. A column of numbers may come as texts of numbers in `transform`.
    Missing values are nan or None. NumPy turns numbers beside words into texts, unless the dtype is object. So `fit`
    refuses an array of texts in which all texts of a column are numbers.

    >>> import numpy as np
    >>> found = Columns().fit(np.array([["1.50"], ["007"], [None]], dtype=object))
    >>> found.describe()
    [{'column': 'x0', 'kind': 'category', 'categories': ['007', '1.5']}]
    >>> found.transform([[1.5]])
    array([[0., 1.]])

    Attributes:
        n_features_in_, feature_names_in_: the number of columns, and their names if they have any.
    """

    parts_: list[Number | Category]

    def fit(self, X: Any, y: Any = None) -> "Columns":
        """Learn medians, means, scales and categories from the rows of a table; `y` is ignored.

        Raises:
            ValueError: for infinite values, for dates, and for numbers in an array of texts, naming the column; for
                what is no table with rows and columns, or complex.
            TypeError: for values that are neither numbers nor texts, and for sparse matrices.
        """
        table = X if isinstance(X, Parsed) else self._parsed(X)
        if isinstance(X, Parsed):  # another estimator has checked it
            self.n_features_in_ = len(table.names)
            if table.named:
                self.feature_names_in_ = np.array(table.names, object)
        self.parts_ = fitted(table)
        return self

    def transform(self, X: Any) -> Float[np.ndarray, "rows inputs"]:
        """The inputs [rows, inputs] of a table with the same columns, as float64; unknown categories give zeros.

        Columns of categories that were all empty in `fit` have no inputs; if no column has any, there is one input,
        which is 0.

        Warns:
            UserWarning: where all categories of a column are unknown, and where only one of both tables has names.

        Raises:
            ValueError: for a different number of columns, for other names of them or another order of these, for
                infinite values, and for other texts than numbers in a column of numbers.
            NotFittedError: before `fit`.
        """
        check_is_fitted(self)
        return inputs(self.parts_, self._parsed(X, self.parts_))

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The names [inputs] of the inputs: a column of numbers has one, and each category one such as town_Ulm.

        If there is nothing to learn from, the one input, 0, is called "none".
        """
        check_is_fitted(self)
        names: Any = _check_feature_names_in(self, input_features)
        found = [
            f"{name}_{one}" if isinstance(part, Category) else name
            for name, part in zip(names, self.parts_, strict=True)
            for one in (part.categories if isinstance(part, Category) else [""])
        ]
        return np.array(found or ["none"], object)

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


def _read(name: str, column: Any, part: Number | Category | None) -> np.ndarray:
    """The values of a column as in `Parsed`, read as those of `part`, or in `fit`, where it is None, as what they are.

    `column` is of an array or of a DataFrame; in pandas, numbers that may be missing have dtypes of their own.
    """
    kind, framed = getattr(column.dtype, "kind", "O"), hasattr(column, "iloc")
    if kind in "mM":  # also those with a time zone, which NumPy does not have
        raise _dates(name)
    if kind in "biuf" and not isinstance(part, Category):
        return _finite(name, column.to_numpy(np.float64, na_value=np.nan) if framed else column.astype(np.float64))
    if part is None and not framed and kind in "US":
        _check_words(name, column)
    found = _objects(column)
    types, categorical = set(map(type, found)) - {type(None)}, hasattr(column, "cat")
    for one in () if categorical else types:  # pandas' categories may be intervals, or anything else
        if issubclass(one, _DATES):
            raise _dates(name)
        if not issubclass(one, str | bool | int | float | np.number | np.bool_) or issubclass(one, np.complexfloating):
            raise TypeError(f"column {name!r}: argument must be a string or a real number, not {one.__name__!r}")
    # What is missing everywhere says nothing: other rows may hold words, so it is no column of numbers.
    numbers = bool(types) and not categorical and not any(issubclass(one, str) for one in types)
    if isinstance(part, Number) or (part is None and numbers):
        return _finite(name, np.array([np.nan if one is None else _number(name, one) for one in found], np.float64))
    categories = np.array([None if one is None else category(one) for one in found], object)
    if part is not None:
        _warn_if_all_are_unknown(part, categories)
    return categories


def _objects(column: Any) -> np.ndarray:
    """The values [rows] of a column as objects, None where they are missing."""
    if hasattr(column, "iloc"):
        return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)
    found = column.astype(object)
    found[[isinstance(value, float | np.floating) and bool(np.isnan(value)) for value in found]] = None
    return found


def _dates(name: str) -> ValueError:
    return ValueError(f"column {name!r} holds dates or durations: give numbers, such as days since a date")


def _finite(name: str, numbers: np.ndarray) -> np.ndarray:
    if np.isinf(numbers).any():
        raise ValueError(f"column {name!r} holds infinity: numbers must be finite, or nan where they are missing")
    return numbers


def _number(name: str, value: Any) -> float:
    """A value of a column of numbers."""
    if isinstance(value, str) and not _is_number(value):
        raise ValueError(f"column {name!r} holds {value!r:.40}, but it held numbers when it was fitted")
    return float(value)


def _is_number(told: str) -> bool:
    """Whether a text is a number, and no code such as 007."""
    return bool(text.NUMBER.fullmatch(told)) and not text.CODE.fullmatch(told)


@functools.lru_cache(_REMEMBERED, typed=True)
def category(value: Any) -> str:
    """The text by which a category is compared: the same for 1, 1.0, "1" and "1.00", and for True and "True".

    A text that is a number counts as this number, but a code with leading zeros, such as "007", stays as it is. So do
    numbers from 2^53 on, which float64 rounds. Numbers with the same 15 digits are one.
    """
    told = str(value)
    if not _is_number(told) or abs(number := float(told)) >= EXACT:
        return told
    return str(int(number)) if number.is_integer() else f"{number:.15g}"


def _warn_if_all_are_unknown(part: Category, values: np.ndarray) -> None:
    held = {value for value in values if value is not None}
    if held and part.categories and held.isdisjoint(part.categories):
        shown, known = (
            ", ".join(f"{one!r:.40}" for one in some[:3]) + (", ..." if len(some) > 3 else "")
            for some in (sorted(held), part.categories)
        )
        warnings.warn(
            f"column {part.column!r} holds no category that is known from the rows it was fitted to: it holds {shown}, "
            f"known are {known}. All its inputs are 0",
            stacklevel=6,  # who calls `transform`, which scikit-learn wraps, or `predict`
        )


def fitted(table: Parsed) -> list[Number | Category]:
    """What each column is, and the numbers or categories that make inputs of it."""
    return [_fitted(name, values) for name, values in zip(table.names, table.values, strict=True)]


def inputs(parts: Sequence[Number | Category], table: Parsed) -> Float[np.ndarray, "rows inputs"]:
    """The inputs [rows, inputs] of a table; a single 0 for each row if there are none, as a network needs an input."""
    found = np.concatenate([_inputs(*one) for one in zip(parts, table.values, strict=True)], axis=1)
    return found if found.shape[1] else np.zeros((len(found), 1))


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
        place = {one: i for i, one in enumerate(part.categories)}
        found = np.array([place.get(value, -1) for value in values])
        return (found[:, None] == np.arange(len(place))).astype(np.float64)
    return ((np.where(np.isnan(values), part.median, values) - part.mean) / part.scale)[:, None]
