"""Columns of tables: what becomes of numbers, categories and missing values, and which tables are refused."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from nnjax.sklearn import Columns
from nnjax.sklearn.columns import MOST_CATEGORIES, category

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
        (np.array([1.0, 2.0]), ValueError, "Reshape your data"),
        (FRAME[:0], ValueError, "0 sample"),
        (FRAME[[]], ValueError, "0 feature"),
        (scipy.sparse.eye_array(3).tocsr(), TypeError, "Sparse data was passed"),
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


SAME = [[1, 1.0, "1", "1.00", "+1", np.int64(1)], [1.5, "1.50", "15e-1"], [True, "True", np.True_], [0.0, "-0"]]
OTHERS = ["007", "07.5", "1_0", "a", "1e999", "inf", "12345678901234567890", "12345678901234567891"]


def test_categories_are_equal_if_their_values_are():
    for values in SAME:
        assert len({category(value) for value in values}) == 1
    values = [*OTHERS, 7, 10, 7.5, *(one[0] for one in SAME)]
    assert len({category(value) for value in values}) == len(values)
    assert all(category(value) == value for value in OTHERS)
    # Beyond 15 digits numbers that are computed and numbers that are read may differ.
    assert category(0.1 + 0.2) == "0.3"
    assert category(4111111111111111.0) == "4111111111111111"


@pytest.mark.parametrize(
    ("fitted_to", "given", "chosen"),
    [
        (["1.50", "2", "new"], [2.0, 1.5, np.nan], [1, 0, None]),
        (["1.50", "2", "new"], pd.Categorical([2.0, 1.5, None]), [1, 0, None]),
        (["1", "2", "007"], pd.array([2, 1, None], "Int64"), [2, 1, None]),
        (["1", "2", "007"], ["7", "007", "2.0"], [None, 0, 2]),
        (["True", "False", "?"], [True, False, False], [2, 1, 1]),
        (["True", "False", "?"], [True, None, False], [2, None, 1]),
        (pd.Categorical([1, 2, 1]), ["2", "1", "1.0"], [1, 0, 0]),
        ([2**53 + 1, 2**53, "x"], [2**53, 2**53 + 1, 5], [0, 1, None]),
        ([1, 1.0, "1"], [1, 2, 1], [0, None, 0]),
    ],
)
def test_categories_are_known_though_the_dtype_differs(fitted_to, given, chosen):
    found = Columns().fit(pd.DataFrame({"a": fitted_to}, dtype=None if hasattr(fitted_to, "dtype") else object))
    x = found.transform(pd.DataFrame({"a": given}))
    assert [int(row.argmax()) if row.any() else None for row in x] == chosen


def test_a_column_of_numbers_may_be_given_as_texts():
    found = Columns().fit(pd.DataFrame({"a": [1, 2, 4]}))
    np.testing.assert_array_equal(
        found.transform(pd.DataFrame({"a": ["2", "1.0", None]})), found.transform(pd.DataFrame({"a": [2, 1, np.nan]}))
    )
    with pytest.raises(ValueError, match="'a' holds '007', but it held numbers"):
        found.transform(pd.DataFrame({"a": ["2", "007"]}))


def test_a_column_without_any_known_category_is_told():
    found = Columns().fit(FRAME)
    with pytest.warns(UserWarning, match="'town' holds no category that is known .* holds 'Bern', 'Oslo', 'Rom', ...,"):
        x = found.transform(FRAME.assign(town=["Rom", "Wien", "Oslo", "Bern"]))
    assert not x[:, 2:4].any()
    for town in (["Rom", "Ulm", None, "Rom"], None):  # some are known, or all are missing
        found.transform(FRAME.assign(town=town))


def test_rows_that_hold_texts_of_numbers_alone_are_answered_where_the_column_is_one_of_categories():
    found = Columns().fit(np.array([["1"], ["2"], ["other"], ["nan"]]))
    assert found.transform(np.array([["2"], ["1"]])).argmax(axis=1).tolist() == [1, 0]
    assert Columns().fit(np.array([["nan"], ["inf"]])).describe()[0]["kind"] == "category"


def test_other_columns_than_before_are_refused():
    found = Columns().fit(FRAME)
    with pytest.raises(ValueError, match="now missing:\n- town"):
        found.transform(FRAME.drop(columns="town"))
    with pytest.raises(ValueError, match="has 4 features, but Columns is expecting 5 features"):
        Columns().fit(np.ones((2, 5))).transform(np.ones((2, 4)))
    with pytest.raises(ValueError, match="'age' holds 'old', but it held numbers"):
        found.transform(FRAME.assign(age=["old", "1", "2", "3"]))


def test_columns_in_another_order_are_refused_if_they_have_names():
    """Two columns of numbers that change places would give wrong inputs without a word."""
    one = pd.DataFrame({"a": [1.0, 2.0], "b": [30.0, 50.0]})
    found = Columns().fit(one)
    with pytest.raises(ValueError, match="must be in the same order"):
        found.transform(one[["b", "a"]])
    # An array has no names, nor has a DataFrame whose columns are numbered.
    expected = found.transform(one)
    for table in (one.to_numpy(), pd.DataFrame(one.to_numpy())):
        with pytest.warns(UserWarning, match="X does not have valid feature names"):
            np.testing.assert_array_equal(found.transform(table), expected)
        other = Columns().fit(table)
        assert [part["column"] for part in other.describe()] == ["x0", "x1"]
        with pytest.warns(UserWarning, match="X has feature names, but Columns was fitted without"):
            np.testing.assert_array_equal(other.transform(one), expected)


def test_scikit_learn_finds_nothing_wrong():
    found = check_estimator(Columns(), on_skip=None)  # raises where a check fails
    assert {one["check_name"] for one in found if one["status"] != "passed"} <= {"check_array_api_input"}


@pytest.mark.parametrize("kind", ["pandas", "default"])
def test_inputs_have_the_names_of_columns_and_categories(kind):
    found = Columns().set_output(transform=kind)
    x = found.fit_transform(FRAME)
    names = ["age", "children", "town_Bonn", "town_Ulm", "size_L", "size_S", "member"]
    assert found.get_feature_names_out().tolist() == names
    np.testing.assert_array_equal(x, Columns().fit(FRAME).transform(FRAME))
    assert kind == "default" or x.columns.tolist() == names
    empty = Columns().fit(np.array([[None], [None]], object))
    assert len(empty.get_feature_names_out()) == empty.transform([[1], [2]]).shape[1] == 1


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
