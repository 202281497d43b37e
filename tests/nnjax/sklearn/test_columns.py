"""Columns of tables: what becomes of numbers, categories and missing values, and which tables are refused."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from nnjax.sklearn import Columns
from nnjax.sklearn.columns import MOST_CATEGORIES

FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, np.nan, 50.0],
        "children": pd.array([0, 2, None, 4], dtype="Int64"),
        "town": ["Bonn", None, "Ulm", "Bonn"],
        "size": pd.Categorical(["S", "L", "S", None]),
        "member": [True, False, True, True],
    }
)


def test_numbers_are_standardized_and_what_is_missing_is_the_median():
    x = Columns().fit(FRAME).transform(FRAME)
    filled = np.array([20.0, 30.0, 30.0, 50.0])
    np.testing.assert_allclose(x[:, 0], (filled - filled.mean()) / filled.std())
    np.testing.assert_allclose(x[:, 1], np.array([-2, 0, 0, 2]) / np.sqrt(2))
    assert x.dtype == np.float64


def test_categories_are_one_hot_and_what_is_missing_is_none_of_them():
    x = Columns().fit(FRAME).transform(FRAME)
    assert x[:, 2:4].tolist() == [[1, 0], [0, 0], [0, 1], [1, 0]]  # Bonn, Ulm
    assert x[:, 4:6].tolist() == [[0, 1], [1, 0], [0, 1], [0, 0]]  # L, S
    other = FRAME.assign(town=["Rom", "Ulm", "Bonn", "Rom"])
    assert Columns().fit(FRAME).transform(other)[:, 2:4].tolist() == [[0, 0], [0, 1], [1, 0], [0, 0]]


def test_what_is_described_is_what_is_done():
    found = Columns().fit(FRAME)
    told = json.loads(json.dumps(found.describe(), allow_nan=False))
    assert [one["column"] for one in told] == list(FRAME.columns)
    parts = []
    for one in told:
        column = FRAME[one["column"]]
        if one["kind"] == "number":
            numbers = column.to_numpy(dtype=float, na_value=np.nan)
            numbers = np.where(np.isnan(numbers), one["median"], numbers)
            parts.append((numbers[:, None] - one["mean"]) / one["scale"])
        else:
            parts += [np.asarray(column == category, float)[:, None] for category in one["categories"]]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), found.transform(FRAME))


def test_a_constant_column_and_an_empty_one_are_zeros():
    table = np.array([[0.1, np.nan], [0.1, np.nan], [0.1, np.nan]])
    assert Columns().fit(table).transform(table).tolist() == [[0, 0]] * 3


def test_a_column_of_words_that_training_rows_lack_has_no_inputs():
    """A column of numbers it would be, too, if nothing but numbers made one; other rows would then be refused."""
    frame = pd.DataFrame({"size": [1.0, 2.0, 3.0], "pool": np.array([None, None, "Ex"], object)})
    found = Columns().fit(frame[:2])
    assert found.describe()[1] == {"column": "pool", "kind": "category", "categories": []}
    np.testing.assert_allclose(found.transform(frame), [[-1], [1], [3]])
    # Where there is nothing else to learn from, there is one input, 0.
    assert Columns().fit(frame[["pool"]][:2]).transform(frame[["pool"]]).tolist() == [[0]] * 3
    # Numbers that new rows lack are medians, also where they are objects.
    found = Columns().fit(frame[["size"]])
    assert found.transform(pd.DataFrame({"size": np.array([None], object)})).tolist() == [[0]]


def test_an_array_of_objects_has_columns_of_either_kind():
    table = np.array([[1, "a"], [None, "b"], [3.0, np.nan]], object)
    found = Columns().fit(table)
    assert [one["kind"] for one in found.describe()] == ["number", "category"]
    assert found.transform(table)[:, 1:].tolist() == [[1, 0], [0, 1], [0, 0]]


def test_of_many_categories_the_most_frequent_are_kept():
    names = [f"{i:03}" for i in range(MOST_CATEGORIES + 5)]
    table = np.array([*names, *names[5:]], object)[:, None]
    assert Columns().fit(table).describe()[0]["categories"] == names[5:]


@pytest.mark.parametrize(
    ("table", "error", "message"),
    [
        (np.array([[1.0], [np.inf]]), ValueError, "column 'x0' holds infinity"),
        (pd.DataFrame({"when": pd.to_datetime(["2020-01-01", "2021-01-01"])}), ValueError, "'when' holds dates"),
        (pd.DataFrame({"t": pd.to_datetime(["2020-01-01"], utc=True)}), ValueError, "'t' holds dates"),
        (np.array([["2020-01-01"], ["2021-01-01"]], "datetime64[D]"), ValueError, "'x0' holds dates"),
        (np.array([[1.5, "a"], [2, "b"]]), ValueError, "'x0' holds numbers as strings, such as '1.5'.*dtype=object"),
        (np.array([[np.datetime64("2020-01-01")], [None]], object), ValueError, "'x0' holds dates"),
        (np.array([[1j], [1]], object), TypeError, "must be a string or a real number, not 'complex'"),
        (np.array([[np.complex64(1)], [1]], object), TypeError, "must be a string or a real number, not 'complex64'"),
        (np.array([[{}], [1]], object), TypeError, "must be a string or a real number, not 'dict'"),
        (np.array([1.0, 2.0]), ValueError, "must be \\[rows, columns\\]"),
    ],
)
def test_what_is_no_table_of_numbers_and_texts_is_refused(table, error, message):
    with pytest.raises(error, match=message):
        Columns().fit(table)


def test_categories_of_pandas_stay_categories_though_they_are_numbers():
    found = Columns().fit(pd.DataFrame({"code": pd.Categorical([3, 1, 3, None])}))
    assert found.describe() == [{"column": "code", "kind": "category", "categories": ["1", "3"]}]
    expected = [[1, 0], [0, 1], [0, 0]]
    for table in (pd.DataFrame({"code": [1, 3, 2]}), pd.DataFrame({"code": pd.Categorical([1, 3, 2])})):
        np.testing.assert_array_equal(found.transform(table), expected)


def test_rows_that_hold_texts_of_numbers_alone_are_answered_where_the_column_is_one_of_categories():
    found = Columns().fit(np.array([["1"], ["2"], ["other"], ["nan"]]))
    assert found.transform(np.array([["2"], ["1"]])).argmax(axis=1).tolist() == [1, 0]
    assert Columns().fit(np.array([["nan"], ["inf"]])).describe()[0]["kind"] == "category"


def test_other_columns_than_before_are_refused():
    found = Columns().fit(FRAME)
    with pytest.raises(ValueError, match="has 4 columns, but had 5"):
        found.transform(FRAME.drop(columns="town"))
    with pytest.raises(ValueError, match="'age' holds 'old', but it held numbers"):
        found.transform(FRAME.assign(age=["old", "1", "2", "3"]))


def test_columns_in_another_order_are_refused_if_they_have_names():
    """Two columns of numbers that change places would give wrong inputs without a word."""
    one = pd.DataFrame({"a": [1.0, 2.0], "b": [30.0, 50.0]})
    found = Columns().fit(one)
    with pytest.raises(ValueError, match=r"has a column 'b' where it had 'a' .* the same order$"):
        found.transform(one[["b", "a"]])
    # An array has no names, nor has a DataFrame whose columns are numbered.
    expected = found.transform(one)
    for table in (one.to_numpy(), pd.DataFrame(one.to_numpy())):
        np.testing.assert_array_equal(found.transform(table), expected)
        np.testing.assert_array_equal(Columns().fit(table).transform(one), expected)


def test_columns_are_a_transformer_of_scikit_learn():
    found = Columns().fit(FRAME)
    for use in (lambda: clone(found).transform(FRAME), Columns().describe):
        with pytest.raises(NotFittedError):
            use()
    y = np.arange(4.0)
    np.testing.assert_array_equal(Columns().fit_transform(FRAME, y), found.transform(FRAME))
    model = make_pipeline(Columns(), Ridge()).fit(FRAME, y)
    np.testing.assert_allclose(
        model.predict(FRAME), Ridge().fit(found.transform(FRAME), y).predict(found.transform(FRAME))
    )
