"""Labels become one-hot targets with the right names, from lists, arrays, data frames and tables, or are refused."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import nnjax
from nnjax import tasks

pytestmark = pytest.mark.usefixtures("as_users_call")

KINDS = {
    "list of texts": (["b", "a", "b"], ("a", "b"), [1, 0, 1]),
    "tuple of whole numbers": ((3, -1, 3), (-1, 3), [1, 0, 1]),
    "truths": ([True, False, True], (False, True), [1, 0, 1]),
    "array of texts": (np.array(["b", "a", "c"]), ("a", "b", "c"), [1, 0, 2]),
    "array of objects": (np.array(["b", "a"], object), ("a", "b"), [1, 0]),
    "array of numbers": (np.array([10, 9, 10], np.uint8), (9, 10), [1, 0, 1]),
    "JAX array": (jnp.array([1, 0, 1]), (0, 1), [1, 0, 1]),
    "whole numbers in floating point": (np.array([2.0, 1.0]), (1, 2), [1, 0]),
    "NumPy scalars": ([np.str_("b"), np.str_("a")], ("a", "b"), [1, 0]),
    "great numbers": ([2**63, 2**64], (2**63, 2**64), [0, 1]),
    "column of texts": (pd.Series(["b", "a"]), ("a", "b"), [1, 0]),
    "column of categories": (pd.Series(["b", "a"], dtype="category"), ("a", "b"), [1, 0]),
    "column of whole numbers": (pd.Series([7, 5], dtype="Int64"), (5, 7), [1, 0]),
    "data array": (xr.DataArray(["b", "a"]), ("a", "b"), [1, 0]),
    "texts that NumPy would cut": (["a\0", "a"], ("a", "a\0"), [1, 0]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_labels_of_every_kind(kind):
    labels, names, places = KINDS[kind]
    y, classes = tasks.one_hot(labels)
    assert classes == names
    assert [type(one) for one in classes] == [type(one) for one in names]
    np.testing.assert_array_equal(y, np.eye(len(names))[places])
    assert y.dtype == np.float64


@given(st.lists(st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), max_size=3), min_size=1, max_size=30))
def test_the_columns_give_the_labels_back(labels):
    if len(set(labels)) < 2:
        with pytest.raises(ValueError, match=r"^labels holds only .*: at least two classes are needed"):
            tasks.one_hot(labels)
        return
    y, classes = tasks.one_hot(labels)
    assert [classes[i] for i in y.argmax(axis=1)] == labels
    assert list(classes) == sorted(set(labels))
    assert nnjax.losses.is_one_hot(y)
    again, same = tasks.one_hot(labels[::-1], classes[::-1])
    assert same == classes[::-1]
    np.testing.assert_array_equal(again, y[::-1, ::-1])


def test_a_class_may_have_no_row():
    y, classes = tasks.one_hot([2, 0], range(3))
    assert classes == (0, 1, 2)
    assert y.tolist() == [[0, 0, 1], [1, 0, 0]]


BAD = [
    ((["a", "b", None],), r"^labels\[2\]=None is not a label: it must be a string or a whole number"),
    ((["a", 1],), r"^labels\[1\]=1, but labels\[0\]='a': all must be strings, or all numbers"),
    (([True, 2],), r"^labels\[1\]=2, but labels\[0\]=True"),
    (([0, 1.5],), r"^labels\[1\]=1.5 is not a label"),
    (([0, np.nan],), r"^labels\[1\]=nan is not a label"),
    (([0.0, 2.0**60],), r"^labels\[1\]=1.15.*e\+18 is not a label"),
    ((pd.Series(["a", None, "b"]),), r"^labels\[1\]=(None|nan) is not a label"),
    ((pd.Series([1, pd.NA, 2], dtype="Int64"),), r"^labels\[1\]=(<NA>|nan) is not a label"),
    ((pd.to_datetime(["2024-01-01", "2024-01-02"]),), r"^labels of type DatetimeIndex .*dtype datetime64"),
    ((np.array([1j, 2]),), r"^labels of type ndarray .* dtype complex128"),
    ((np.array([b"a", b"b"]),), r"^labels of type ndarray .* dtype \|S1"),
    (([b"a", b"b"],), r"^labels\[0\]=b'a' is not a label"),
    ((np.ma.masked_equal([0, 1, 1], 0),), r"^labels has masked entries"),
    (([[0], [1]],), r"^labels of type list has shape \(2, 1\).*\[n\] strings or whole numbers: give labels\[:, 0\]$"),
    (([[0, 1], [1]],), r"^labels\[0\]=\[0, 1\] is not a label"),
    (("ab",), r"^labels of type str has shape \(\)"),
    ((None,), r"^labels of type NoneType"),
    (([],), r"^labels of type list has shape \(0,\)"),
    ((["a", "a"],), r"^labels holds only 'a': at least two classes are needed"),
    ((["a", "a"], ["a"]), r"^classes holds only 'a': at least two classes are needed"),
    ((["a", "c"], ["a", "b"]), r"^labels\[1\]='c' is not a class; classes holds 'a', 'b'"),
    ((["1", "0"], [0, 1]), r"^classes holds 0, but labels holds '1': both must be of the same type"),
    ((["a", "b"], ["a", "b", "a"]), r"^classes holds 'a' twice"),
    ((["a", "b"], "ab"), r"^classes of type str"),
    ((["Oak", "elm", "oak"],), r"^labels holds 'Oak' and 'oak', which differ only in case or spaces"),
    ((["holm oak", "holm  oak"],), r"^labels holds 'holm  oak' and 'holm oak', which differ"),
    ((np.arange(30_000),), r"^labels has 30,000 classes in 30,000 rows, .* more than 4,294,967,296 bytes"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_what_is_no_label_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        tasks.one_hot(*arguments)


def test_labels_that_differ_in_capitals_alone_may_be_named():
    assert tasks.one_hot(["Oak", "oak"], ["oak", "Oak"])[0].tolist() == [[0, 1], [1, 0]]


# Tables.


def written(folder, content):
    path = folder / "data.csv"
    path.write_text(content, encoding="utf-8")
    return path


TABLES = {
    "by name": ("a,kind,b\n1,oak,2\n3,elm,4\n5,oak,6\n", {"target": "kind"}, ("elm", "oak"), [1, 0, 1]),
    "by index": ("a,kind,b\n1,oak,2\n3,elm,4\n5,oak,6\n", {"target": 1}, ("elm", "oak"), [1, 0, 1]),
    "from the end": ("a,kind,b\n1,oak,2\n3,elm,4\n5,oak,6\n", {"target": -2}, ("elm", "oak"), [1, 0, 1]),
    "without header": ("1,oak,2\n3,elm,4\n5,oak,6\n", {"target": 1, "header": False}, ("elm", "oak"), [1, 0, 1]),
    "whole numbers": ("a,kind,b\n1,7,2\n3,-1,4\n5,7.0,6\n", {"target": "kind"}, (-1, 7), [1, 0, 1]),
    "whole numbers without header": ("1,7,2\n3,-1,4\n5,7,6\n", {"target": 1}, (-1, 7), [1, 0, 1]),
    "great numbers": (f"a,kind,b\n1,{2**53},2\n3,{2**53 + 1},4\n5,{2**53},6\n", {"target": 1}, (2**53, 2**53 + 1),
                      [0, 1, 0]),
    "codes": ("a,kind,b\n1,007,2\n3,07,4\n5,007,6\n", {"target": 1}, ("007", "07"), [0, 1, 0]),
    "damaged labels": ("a,kind,b\n1,5 kg,2\n3,-,4\n5,5 kg,6\n", {"target": 1}, ("-", "5 kg"), [1, 0, 1]),
    "named": ("a,kind,b\n1,oak,2\n3,NA,4\n5,oak,6\n", {"target": 1, "classes": ["oak", "NA"]}, ("oak", "NA"),
              [0, 1, 0]),
    "delimiter": ("a;kind;b\n1;oak;2\n3;elm, old;4\n5;oak;6\n", {"target": 1, "delimiter": ";"}, ("elm, old", "oak"),
                  [1, 0, 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_classes(tmp_path, name):
    content, options, classes, places = TABLES[name]
    data, found = tasks.class_table(written(tmp_path, content), **options)
    assert found == classes
    assert data.x.tolist() == [[1, 2], [3, 4], [5, 6]]
    np.testing.assert_array_equal(data.y, np.eye(len(classes))[places])


def test_the_last_column_is_the_target_and_another_file_takes_its_classes(tmp_path):
    data, classes = tasks.class_table(written(tmp_path, "a,kind\n1,oak\n3,elm\n5,oak\n"))
    other, same = tasks.class_table(written(tmp_path, "a,kind\n1,oak\n3,oak\n"), classes=classes)
    assert same == classes
    assert other.y.tolist() == data.y[[0, 2]].tolist()


BAD_TABLES = {
    "header or row": ("1,oak\n3,elm\n5,oak\n", {}, "line 1, column index 1", "header=True"),
    "header or damaged row": ('"1,2",oak\n3,elm\n5,oak\n', {}, "line 1, column index 0", "header=False"),
    "a name of a column in the row": ("1,oak\n3,elm\n5,oak\n", {"target": "oak"}, "line 1", "header=True"),
    "text in an input": ("a,b\n1,oak\nx,elm\n5,oak\n", {}, "line 3, column index 0 ('a')", "'x' is not a number"),
    "no label": ("a,b\n1,oak\n2,\n5,oak\n", {}, "line 3, column index 1 ('b')", "the label '' is empty"),
    "missing": ("a,b\n1,oak\n2,NaN\n5,oak\n", {}, "line 3, column index 1 ('b')", "'NaN'", "stands for a missing one"),
    "a text among numbers": ("a,b\n1,1\n2,l\n5,1\n", {}, "line 3", "'l' is not a number, but '1' in line 2 is:"),
    "a number among texts": ("a,b\n1,l\n2,1\n5,1\n", {}, "line 3", "'1' is a number, but 'l' in line 2 is not:"),
    "fractions": ("a,b\n1,1\n2,1.5\n5,1\n", {}, "labels[1]=1.5 is not a label"),
    "capitals": ("a,b\n1,oak\n2,Oak\n5,oak\n", {}, "'Oak' and 'oak', which differ only in case"),
    "one class": ("a,b\n1,oak\n2,oak\n", {}, "labels holds only 'oak'"),
    "no class": ("a,b\n1,oak\n2,elm\n3,ash\n", {}, "column index 1 ('b') has a different label in every row"),
    "unknown class": ("a,b\n1,oak\n2,elm\n3,oak\n", {"classes": ["oak", "ash"]}, "labels[1]='elm' is not a class"),
    "unknown target": ("age,b\n1,oak\n2,elm\n", {"target": "aeg"}, "target='aeg'", "did you mean 'age'"),
    "no column": ("age,b\n1,oak\n2,elm\n", {"target": 2}, "target=2 is not a column"),
    "two targets": ("a,b\n1,oak\n2,elm\n", {"target": ["a", "b"]}, "target=['a', 'b'] must be the name or the index"),
    "target a duration": ("a,b\n1,oak\n2,elm\n", {"target": np.timedelta64(1, "s")}, "target=np.timedelta64"),
    "target True": ("a,b\n1,oak\n2,elm\n", {"target": True}, "target=True must be the name"),
    "no input": ("a\noak\nelm\n", {}, "only one cell"),
    "short row": ("a,b\n1,oak\n2\n", {}, "line 3 has 1 cell"),
    "too much": ("a,b\n1,oak\n2,elm\n", {"max_bytes": 5}, "the file has 16 bytes, which is more than max_bytes=5"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_of_classes_is_refused(tmp_path, name):
    content, options, *texts = BAD_TABLES[name]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all of the message is looked at below
        tasks.class_table(written(tmp_path, content), **options)
    for text in texts:
        assert text in str(caught.value)
    assert "data.csv" in str(caught.value) or text.startswith("target=")


def test_classes_are_read_from_csv_alone(tmp_path):
    with pytest.raises(ValueError, match=r"path='data.npz' ends with '.npz': it must end with .csv"):
        tasks.class_table("data.npz")
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        tasks.class_table(tmp_path / "nowhere.csv")
