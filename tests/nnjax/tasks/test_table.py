"""Tables from files: every number where it belongs, and every fault named with its file, line and column."""

import codecs
import io
import os
import pickle
import re
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnjax import tasks
from nnjax.tasks import text as reader

pytestmark = pytest.mark.usefixtures("as_users_call")


def written(folder, content, name="data.csv"):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, np.asarray(array), **options)
    return file.getvalue()


def npz(*tables, **arrays):
    file = io.BytesIO()
    np.savez(file, *tables, **arrays)
    return file.getvalue()


def npy_header(text, version=b"\1\0", body=b""):
    """An NPY file with any text for a header, which no longer fits what follows."""
    length = len(text).to_bytes(2 if version == b"\1\0" else 4, "little")
    return b"\x93NUMPY" + version + length + text.encode() + body


def shape_header(shape, dtype="'<f8'"):
    return f"{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n"


def zipped(members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def patched(raw, old, new):
    assert old in raw
    return raw.replace(old, new, 1)


def in_directory(raw, offset, value):
    """An archive in whose directory the first file's entry has another byte there (8: flags, 10: compression)."""
    place = raw.index(b"PK\1\2") + offset
    return raw[:place] + bytes([value]) + raw[place + 1 :]


def same(data, x, y):
    assert data.x.dtype == data.y.dtype == np.float64
    np.testing.assert_array_equal(data.x, x)
    np.testing.assert_array_equal(data.y, y)
    assert (data.x.shape, data.y.shape) == (np.shape(x), np.shape(y))


# Good files.

GOOD = {
    "header": ("a,b,y\n1,2,3\n4,5,6\n", {}),
    "no header": ("1,2,3\n4,5,6\n", {}),
    "no end of line": ("1,2,3\n4,5,6", {}),
    "carriage return and line feed": ("a,b,y\r\n1,2,3\r\n4,5,6\r\n", {}),
    "carriage return": ("a,b,y\r1,2,3\r4,5,6", {}),
    "byte order mark": ("\ufeffa,b,y\n1,2,3\n4,5,6\n", {"target": "y"}),
    "byte order mark without header": ("\ufeff1,2,3\n4,5,6\n", {}),
    "quoted": ('"a","b, or c","y"\n"1",2,"3"\n4,"5",6\n', {"target": "y"}),
    "quoted line end": ('"a\nb",c,y\n1,2,3\n4,5,6\n', {}),
    "spaces": (" a , b ,y \n 1 ,\t2, 3\n4, 5\t,6 \n", {"target": "y"}),
    "space before a quote": ('a, "b", y\n1, "2", 3\n4, "5", 6\n', {}),
    "blank lines": ("\n\na,b,y\n\n1,2,3\n  \n4,5,6\n\n\n", {}),
    "semicolon": ("a;b;y\n1;2;3\n4;5;6\n", {"delimiter": ";"}),
    "tab": ("a\tb\ty\n1\t2\t3\n4\t5\t6\n", {"delimiter": "\t"}),
    "space": ("a b y\n1 2 3\n4 5 6\n", {"delimiter": " "}),
    "header of numbers": ("7,8,9\n1,2,3\n4,5,6\n", {"header": True, "target": "9"}),
    "header of both": ("a,2020,2021\n1,2,3\n4,5,6\n", {"header": True}),
    "header False": ("1,2,3\n4,5,6\n", {"header": np.bool_(False)}),
    "all ways to write a number": ("+1,2.,.3e1\n4.0,50E-1,0.006e+3\n", {}),
    "names of other scripts": ("größe,高,y\n1,2,3\n4,5,6\n", {"target": "y"}),
}


@pytest.mark.parametrize("case", GOOD)
def test_good_csv(tmp_path, case):
    content, options = GOOD[case]
    same(tasks.table(written(tmp_path, content), **options), [[1, 2], [4, 5]], [[3], [6]])


# What may be a damaged number, and what is a name.
DAMAGED = [
    *("1,200", "1.200,5", "1 000", "1'000", "1_000", "10%", "5 kg", "12e", "0x10", "1.2.3", "2024-01-05", "12:30"),
    *("1/2", "½", "$12", "€ 12", "#1", "(12)", "~5", "<5", "+-1", "\u22121", "\u20101", "\ufe631", "\uff11\uff12"),
    *("\u0967\u0968", "₁", "-", "--", ".", "?", "*", "∞", "NA", "n/a", "#N/A", "<NA>", "null", "None", "#DIV/0!"),
    *("True", "FALSE"),
]
NAMES = ["a", "x1", "größe", "高", "# a", "_b", "Δt [s]", "nano", "infinite", "Truth", "NAME", "e5"]


@pytest.mark.parametrize("cell", DAMAGED)
def test_a_first_row_of_damaged_numbers_is_no_header_unless_it_is_said(tmp_path, cell):
    """Else the first example would be lost without a word."""
    path = written(tmp_path, f'"{cell}","{cell}"\n1,2\n3,4\n5,6\n')
    with pytest.raises(ValueError, match=r"data\.csv': line 1, column index 0: .* is not a number .*give header=True"):
        tasks.table(path)
    with pytest.raises(ValueError, match=r"line 1, column index 0: .* is not a number"):
        tasks.table(path, header=False)
    told = written(tmp_path, f'"{cell}","b"\n1,2\n3,4\n5,6\n', "told.csv")
    assert len(tasks.table(told, header=True).x) == 3


@pytest.mark.parametrize("cell", NAMES)
def test_names_are_a_header(tmp_path, cell):
    assert len(tasks.table(written(tmp_path, f"{cell},y\n1,2\n3,4\n5,6\n")).x) == 3


def test_a_name_among_what_begins_with_a_digit_is_a_header(tmp_path):
    """A row with a name is no row of numbers, damaged or not."""
    same(tasks.table(written(tmp_path, "1stFlrSF,65+,price\n1,2,3\n4,5,6\n")), [[1, 2], [4, 5]], [[3], [6]])


@pytest.mark.parametrize(
    ("target", "x", "y"),
    [
        (None, [0, 1, 2], [3]),
        ("a", [1, 2, 3], [0]),
        ("c", [0, 1, 3], [2]),
        (0, [1, 2, 3], [0]),
        (-1, [0, 1, 2], [3]),
        (-4, [1, 2, 3], [0]),
        (np.int64(1), [0, 2, 3], [1]),
        (["d", "b"], [0, 2], [3, 1]),
        (("b", "d"), [0, 2], [1, 3]),
        ([0, "c"], [1, 3], [0, 2]),
        ([-1, 0, 1], [2], [3, 0, 1]),
        (["b"], [0, 2, 3], [1]),
    ],
)
def test_targets_by_name_and_index(tmp_path, target, x, y):
    values = np.array([[1.5, -2, 3e-300, 0.1], [5, 6, 7, 1e308]])
    path = written(tmp_path, "a,b,c,d\n1.5,-2,3e-300,0.1\n5,6,7,1e308\n")
    same(tasks.table(path, target), values[:, x], values[:, y])
    if target is None or isinstance(target, int):
        same(tasks.table(written(tmp_path, npy(values), "data.npy"), target), values[:, x], values[:, y])


def test_numbers_are_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).normal(size=(5000, 5)) * 10.0 ** np.arange(-200, 300, 100)
    path = written(tmp_path, "\n".join(",".join(map(repr, row)) for row in values.tolist()))
    same(tasks.table(path, 0), values[:, 1:], values[:, :1])


@pytest.mark.parametrize("name", ["data.CSV", "data.b.Csv"])
def test_a_suffix_in_capitals_and_paths_as_text(tmp_path, name):
    same(tasks.table(os.fspath(written(tmp_path, "1,2\n3,4\n", name))), [[1], [3]], [[2], [4]])


@pytest.mark.parametrize("dtype", ["?", "i1", "u8", ">i4", "f2", "<f4", ">f8", "g"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_every_real_dtype(tmp_path, dtype, order):
    values = np.array([[0, 1, 1], [1, 0, 0]], dtype=dtype, order=order)
    same(tasks.table(written(tmp_path, npy(values), "data.npy")), [[0, 1], [1, 0]], [[1], [0]])


def test_npy_of_the_second_version(tmp_path):
    raw = npy_header(shape_header((2, 2)), b"\2\0", np.array([[1.0, 2], [3, 4]]).tobytes())
    same(tasks.table(written(tmp_path, raw, "data.npy")), [[1], [3]], [[2], [4]])


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_of_everything(tmp_path, save):
    path = tmp_path / "data.npz"
    others = {"x_test": [[7, 8]], "y_test": [1], "x_valid": [[9, 0]], "y_valid": [0]}
    save(path, weight=[1, 0, 2], y=[1, 0, 1], x=[[1, 2], [3, 4], [5, 6]], **others)
    data = tasks.table(path)
    same(data, [[1, 2], [3, 4], [5, 6]], [[1], [0], [1]])
    assert data.x_test.tolist() == [[7, 8]]
    assert data.y_test.tolist() == [[1]]
    assert data.x_valid.tolist() == [[9, 0]]
    assert data.y_valid.tolist() == [[0]]
    assert data.weight.tolist() == [1, 0, 2]


def test_npz_of_x_and_y_or_of_one_table(tmp_path):
    y = [[1, 2], [0, 3]]
    data = tasks.table(written(tmp_path, npz(x=[[1], [2]], y=y), "data.npz"))
    same(data, [[1], [2]], y)
    assert (data.x_test, data.y_test, data.weight) == (None, None, None)
    for raw in (npz([[1, 2], [3, 4]]), npz(table=[[1, 2], [3, 4]])):
        same(tasks.table(written(tmp_path, raw, "data.npz"), 0), [[2], [4]], [[1], [3]])


# Bad files: content, arguments, and what the message must hold beside the file.

BAD_CSV = {
    "text": ("a,b\n1,2\n3,x\n", {}, "line 3", "column index 1 ('b')", "'x' is not a number"),
    "text without header": ("1,2\n3,x\n", {}, "line 2", "column index 1:", "'x' is not a number"),
    "text in the first row": ("1,x\n3,4\n", {}, "line 1", "column index 1", "'x'", "header=True", "header=False"),
    "text in a first row": ("a,b\n1,2\n", {"header": False}, "line 1", "column index 0:", "'a' is not a number"),
    "empty": ("a,b\n1,\n3,4\n", {}, "line 2", "column index 1 ('b')", "empty"),
    "empty cell of spaces": ("a,b\n1,  \n3,4\n", {}, "line 2", "column index 1 ('b')", "empty"),
    "empty cell in quotes": ('a,b\n"",1\n3,4\n', {}, "line 2", "column index 0 ('a')", "empty"),
    "empty cells": ("a,b\n1,2\n3,4\n,\n", {}, "line 4", "column index 0 ('a')", "empty"),
    "empty in the first row": ("1,\n3,4\n", {}, "line 1", "column index 1:", "empty"),
    "after blank lines": ("\n\na,b\n\n1,2\n \n3,x\n", {}, "line 7", "column index 1 ('b')"),
    "after CRLF": ("a,b\r\n1,2\r\n\r\n3,x\r\n", {}, "line 4", "column index 1 ('b')"),
    "after CR": ("a,b\r1,2\r3,x", {}, "line 3", "column index 1 ('b')"),
    "after a cell of two lines": ('"a\nb",c\n1,2\n3,x\n', {}, "line 4", "column index 1 ('c')"),
    "in a row of two lines": ('a,b\n1,"2\n3"\n4,5\n', {}, "line 2", "column index 1 ('b')", "not a number"),
    "short row": ("a,b,c\n1,2,3\n4,5\n", {}, "line 3 has 2 cells", "line 1 has 3 cells"),
    "long row": ("1,2\n3,4\n5,6,7\n", {}, "line 3 has 3 cells", "line 1 has 2 cells"),
    "row of one": ("1,2\n3,4\n5\n", {}, "line 3 has 1 cell,", "line 1 has 2 cells"),
    "row of another delimiter": ("1,2\n3;4\n", {}, "line 2 has 1 cell,", "delimiter=';'"),
    "nan": ("a,b\n1,nan\n3,4\n", {}, "line 2", "column index 1 ('b')", "'nan'", "finite"),
    "NaN with a sign": ("1,2\n-NaN,4\n", {}, "line 2", "column index 0:", "'-NaN'", "finite"),
    "nan in the first row": ("1,nan\n3,4\n", {}, "line 1", "column index 1:", "'nan'", "finite"),
    "nothing but nan": ("nan,nan\n3,4\n", {}, "line 1", "column index 0:", "'nan'", "finite"),
    "inf": ("a,b\n1,2\ninf,4\n", {}, "line 3", "column index 0 ('a')", "'inf'", "finite"),
    "minus infinity": ("1,2\n3,-Infinity\n", {}, "line 2", "column index 1:", "finite"),
    "too great": ("1,2\n3,1e999\n", {}, "line 2", "column index 1:", "'1e999'", "float64"),
    "too great and negative": ("-1e309,2\n3,4\n", {}, "line 1", "column index 0:", "float64"),
    "too many digits": (f"1,2\n3,{'9' * 400}\n", {}, "line 2", "column index 1:", "float64"),
    "underscore": ("1,2\n3,1_000\n", {}, "line 2", "column index 1:", "'1_000' is not a number"),
    "other digits": ("1,2\n\uff13,4\n", {}, "line 2", "column index 0:", "is not a number"),
    "minus of typesetters": ("1,2\n\u22123,4\n", {}, "line 2", "column index 0:", "is not a number"),
    "no-break space": ("1,2\n3,\xa04\n", {}, "line 2", "column index 1:", "is not a number"),
    "hexadecimal": ("1,2\n3,0x10\n", {}, "line 2", "column index 1:", "'0x10' is not a number"),
    "two points": ("1,2\n3,1.2.3\n", {}, "line 2", "column index 1:", "'1.2.3'"),
    "a great whole number": ("a,b\n1,2\n3,9007199254740993\n", {}, "line 3", "column index 1 ('b')", "2^53"),
    "classes": ("a,b\n1,2\n3,oak\n", {}, "line 3", "'oak' is not a number", "nnjax.tasks.class_table"),
    "nan and a name in the first row": ("nan,b\n1,2\n3,4\n", {}, "line 1", "column index 1", "header=True"),
    "max_bytes 0": ("1,2\n3,4\n", {"max_bytes": 0}, "max_bytes=0 must be a whole number of 1 or more"),
    "max_bytes 1e9": ("1,2\n3,4\n", {"max_bytes": 1e9}, "max_bytes=1000000000.0 must be a whole number"),
    "truth": ("1,2\n3,True\n", {}, "line 2", "column index 1:", "'True' is not a number"),
    "a long cell": (f"1,2\n3,{'x' * 1000}\n", {}, "line 2", "column index 1:", "is not a number"),
    "one row": ("1,2\n", {}, "only one row", "two"),
    "one row below a header": ("a,b\n1,2\n", {}, "only one row", "two"),
    "header only": ("a,b\n", {}, "line 1 is a header", "no rows follow"),
    "header of numbers only": ("1,2\n", {"header": True}, "line 1 is a header", "no rows follow"),
    "nothing": ("", {}, "no rows"),
    "byte order mark only": ("\ufeff", {}, "no rows"),
    "blank lines only": ("\n \r\n\r\n", {}, "no rows"),
    "constant target": ("a,b\n1,2\n3,2\n", {}, "column index 1 ('b')", "is 2.0 in every row"),
    "constant target without header": ("2,1\n2,3\n", {"target": 0}, "column index 0 is", "is 2.0 in every row"),
    "one constant target": ("a,b,c\n1,2,0\n3,2,1\n", {"target": ["c", "b"]}, "column index 1 ('b')"),
    "a name twice": ("a,b,a\n1,2,3\n4,5,6\n", {}, "line 1", "column index 2", "'a'", "column index 0", "differ"),
    "a name twice but for spaces": ("a,a \n1,2\n3,4\n", {}, "line 1", "column index 1", "'a'", "differ"),
    "no name": ("a,,c\n1,2,3\n4,5,6\n", {}, "line 1", "column index 1", "empty name"),
    "no first name": (",b\n1,2\n3,4\n", {}, "line 1", "column index 0", "empty name"),
    "unknown target": ("age,size\n1,2\n3,4\n", {"target": "aeg"}, "target='aeg'", "did you mean 'age'", "age, size"),
    "unknown target in a list": ("age,b\n1,2\n3,4\n", {"target": ["b", "Age"]}, "target='Age'", "did you mean 'age'"),
    "target without header": ("1,2\n3,4\n", {"target": "y"}, "target='y'", "no header", "from 0 to 1"),
    "target too great": ("1,2\n3,4\n", {"target": 2}, "target=2", "from 0 to 1"),
    "target too small": ("1,2\n3,4\n", {"target": -3}, "target=-3", "from 0 to 1"),
    "target of a list too great": ("1,2\n3,4\n", {"target": [0, 9]}, "target=9", "from 0 to 1"),
    "target a duration": ("1,2\n3,4\n", {"target": np.timedelta64(1, "s")}, "target=", "name or the index"),
    "target True": ("1,2\n3,4\n", {"target": True}, "target=True", "name or the index"),
    "target 1.0": ("1,2\n3,4\n", {"target": 1.0}, "target=1.0", "name or the index"),
    "target a dict": ("1,2\n3,4\n", {"target": {}}, "target={}", "name or the index"),
    "target [None]": ("1,2\n3,4\n", {"target": [None]}, "target=None", "name or the index"),
    "target a list of lists": ("1,2\n3,4\n", {"target": [[0]]}, "target=[0]", "name or the index"),
    "no target": ("1,2\n3,4\n", {"target": []}, "target=[]", "at least one"),
    "target twice": ("a,b,c\n1,2,3\n4,5,6\n", {"target": ["a", "a"]}, "column index 0 ('a')", "twice"),
    "target twice in two ways": ("a,b,c\n1,2,3\n4,5,6\n", {"target": ["c", -1]}, "column index 2 ('c')", "twice"),
    "no input": ("a,b\n1,2\n3,4\n", {"target": ["b", "a"]}, "target=['b', 'a']", "all 2 columns", "input"),
    "one column": ("a\n1\n3\n", {}, "line 1 has only one cell", "'a'", "inputs"),
    "semicolons": ("a;b\n1;2\n3;4\n", {}, "line 1", "'a;b'", "delimiter=';'"),
    "semicolons without header": ("1;2\n3;4\n", {}, "line 1", "delimiter=';'"),
    "semicolons and decimal commas": ("1,5;2,5\n3,5;4,5\n", {}, "line 1", "column index 1", "delimiter=';'"),
    "tabs": ("a\tb\n1\t2\n", {}, "line 1", "delimiter='\\t'"),
    "bars": ("a|b\n1|2\n", {}, "line 1", "delimiter='|'"),
    "commas": ("a,b\n1,2\n", {"delimiter": ";"}, "line 1", "delimiter=','"),
    "decimal commas": (
        "a;b\n1,5;2\n",
        {"delimiter": ";"},
        "line 2",
        "column index 0 ('a')",
        "'1,5'",
        "decimals with a point",
    ),
    "thousands": ('a,b\n"1,000",2\n', {}, "line 2", "column index 0 ('a')", "'1,000'", "thousands"),
    "latin-1": ("a,größe\n1,2\n".encode("latin-1"), {}, "line 1", "b'\\xf6'", "UTF-8"),
    "latin-1 further down": (b"a,b\r\n1,2\r\n3,4\xb0\r\n", {}, "line 3", "b'\\xb0'", "UTF-8"),
    "cut within a character": ("a,b\n1,2\n3,高".encode()[:-1], {}, "line 3", "UTF-8"),
    "surrogate": (b"a,b\n1,\xed\xa0\x80\n", {}, "line 2", "UTF-8"),
    "UTF-16 of Windows": (codecs.BOM_UTF16_LE + "a,b\n1,2\n".encode("utf-16-le"), {}, "UTF-16", "save it as UTF-8"),
    "UTF-16, big end first": (codecs.BOM_UTF16_BE + "a,b\n".encode("utf-16-be"), {}, "UTF-16", "save it as UTF-8"),
    "UTF-32": (codecs.BOM_UTF32_LE + "a,b\n".encode("utf-32-le"), {}, "UTF-32", "save it as UTF-8"),
    "UTF-32, big end first": (codecs.BOM_UTF32_BE + "a,b\n".encode("utf-32-be"), {}, "UTF-32", "save it as UTF-8"),
    "UTF-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), {}, "line 1", "NUL", "UTF-16"),
    "NUL": ("a,b\n1,2\n3,\0\n", {}, "line 3", "NUL"),
    "NUL in quotes": ('a,b\n"1\0",2\n', {}, "line 2", "NUL"),
    "open quote": ('a,b\n1,2\n"3,4\n5,6\n', {}, "line 3", "quote"),
    "open quote at the end": ('a,b\n1,2\n3,"4\n', {}, "line 3", "quote"),
    "text after a quote": ('a,b\n1,"2"3\n4,5\n', {}, "line 2", "quote"),
    "quotes within": ('a,b\n1,"2""3"\n4,5\n', {}, "line 2", "column index 1 ('b')", "not a number"),
    "too long a cell": (f"a,b\n1,2\n{'1' * 140_000},2\n", {}, "line 3", "131072"),
    "delimiter of two": ("1,2\n3,4\n", {"delimiter": ",,"}, "delimiter=',,'", "one character"),
    "delimiter of none": ("1,2\n3,4\n", {"delimiter": ""}, "delimiter=''", "one character"),
    "delimiter None": ("1,2\n3,4\n", {"delimiter": None}, "delimiter=None", "one character"),
    "delimiter in numbers": ("1,2\n3,4\n", {"delimiter": "."}, "delimiter='.'", "one character"),
    "delimiter a digit": ("1,2\n3,4\n", {"delimiter": "1"}, "delimiter='1'", "one character"),
    "delimiter a quote": ("1,2\n3,4\n", {"delimiter": '"'}, "delimiter='\"'", "one character"),
    "delimiter a line end": ("1,2\n3,4\n", {"delimiter": "\n"}, "delimiter='\\n'", "one character"),
    "header 1": ("1,2\n3,4\n", {"header": 1}, "header=1", "True, False or None"),
    "header a list": ("1,2\n3,4\n", {"header": ["a", "b"]}, "header=['a', 'b']", "True, False or None"),
    "an NPY": (npy([[1.0, 2], [3, 4]]), {}, "NUL"),
}

F8 = npy([[1.0, 2.0], [3.0, 4.0]])
BAD_NPY = {
    "nothing": (b"", {}, "NPY header"),
    "no magic": (b"a,b\n1,2\n3,4\n", {}, "NPY header"),
    "a pickle": (pickle.dumps([[1, 2], [3, 4]]), {}, "NPY header"),
    "an NPZ": (npz([[1, 2], [3, 4]]), {}, "NPY header"),
    "cut in the magic": (F8[:4], {}, "NPY header"),
    "cut in the header": (F8[:40], {}, "NPY header"),
    "cut before the numbers": (F8[:128], {}, "shape (2, 2)", "32 bytes", "0 bytes follow"),
    "cut in the numbers": (F8[:-3], {}, "shape (2, 2)", "32 bytes", "29 bytes follow"),
    "too long": (F8 + b"1", {}, "shape (2, 2)", "32 bytes", "33 bytes follow"),
    "two arrays": (F8 + F8, {}, "shape (2, 2)", "incomplete"),
    "unknown version": (patched(F8, b"\x93NUMPY\1", b"\x93NUMPY\x09"), {}, "version"),
    "third version": (patched(F8, b"\x93NUMPY\1", b"\x93NUMPY\3"), {}, "version (3, 0)"),
    "a great many rows": (npy_header(shape_header((10**12, 3))), {}, "(1000000000000, 3)", "0 bytes follow"),
    "more rows than a number holds": (npy_header(shape_header((2**62, 2**62))), {}, "0 bytes follow"),
    "more rows than a float holds": (npy_header(shape_header((10**200, 10**200))), {}, "0 bytes follow"),
    "rows beyond any text": (npy_header(shape_header(f"(0x{'f' * 9000}, 2)")), {}, "NPY header"),
    "negative rows": (npy_header(shape_header((-2, -2)), body=bytes(32)), {}, "(-2, -2)", "at least one row"),
    "shape no tuple": (npy_header(shape_header("4"), body=bytes(32)), {}, "NPY header"),
    "shape of texts": (npy_header(shape_header("('a', 2)"), body=bytes(32)), {}, "NPY header"),
    "shape True": (npy_header(shape_header("(True, 4)"), body=bytes(32)), {}),
    "header no dict": (npy_header("[1, 2]\n", body=bytes(32)), {}, "NPY header"),
    "header of other keys": (npy_header("{'shape': (2, 2)}\n", body=bytes(32)), {}, "NPY header"),
    "header no Python": (npy_header("{'descr'\n", body=bytes(32)), {}, "NPY header"),
    "header a call": (npy_header("print(1)\n", body=bytes(32)), {}, "NPY header"),
    "header too deep": (npy_header("(" * 5000 + "\n"), {}, "NPY header"),
    "header of minus signs": (npy_header("-" * 9000 + "1\n"), {}, "NPY header"),
    "header too long": (npy_header(" " * 20_000 + "\n"), {}, "NPY header"),
    "dtype unknown": (npy_header(shape_header((2, 2), "'<q9'"), body=bytes(32)), {}, "NPY header"),
    "dtype no dtype": (npy_header(shape_header((2, 2), "{}"), body=bytes(32)), {}, "dtype []"),
    "dtype of nothing": (npy_header(shape_header((2, 2), "'<V0'"), body=b""), {}, "dtype"),
    "objects": (npy(np.array([[1, None], [2, 3]]), allow_pickle=True), {}, "Python objects", "never unpickled"),
    "structured": (npy(np.zeros(3, [("a", "f8"), ("b", "f8")])), {}, "dtype [('a', '<f8'), ('b', '<f8')]"),
    "structured with objects": (npy(np.zeros(3, [("a", "O")]), allow_pickle=True), {}, "Python objects"),
    "complex": (npy([[1j, 2], [3, 4]]), {}, "dtype complex128", "real numbers"),
    "texts": (npy([["1", "2"], ["3", "4"]]), {}, "dtype <U1", "real numbers"),
    "bytes": (npy([[b"1", b"2"], [b"3", b"4"]]), {}, "dtype |S1", "real numbers"),
    "dates": (npy(np.zeros((2, 2), "M8[s]")), {}, "dtype datetime64[s]", "real numbers"),
    "durations": (npy(np.zeros((2, 2), "m8[s]")), {}, "dtype timedelta64[s]", "real numbers"),
    "nan": (npy([[1, 2], [3, np.nan]]), {}, "[1, 1]", "nan", "finite"),
    "minus infinity": (npy([[1, 2], [-np.inf, 4]]), {}, "[1, 0]", "-inf", "finite"),
    "beyond float64": (npy(np.array([[1, 2], [3, np.finfo("g").max]], "g")), {}, "[1, 1]", "float64"),
    "beyond 2^53": (npy([[1, 2], [3, 2**53 + 1]]), {}, "the array goes from 1 to 9007199254740993", "2^53"),
    "least of all": (npy([[1, 2], [3, -(2**63)]]), {}, "the array goes from -9223372036854775808 to 3", "2^53"),
    "rank 0": (npy(1.0), {}, "shape ()", "[rows, columns]"),
    "rank 1": (npy([1.0, 2.0]), {}, "shape (2,)", "[rows, columns]"),
    "rank 3": (npy(np.zeros((2, 2, 2))), {}, "shape (2, 2, 2)", "[rows, columns]"),
    "no rows": (npy(np.zeros((0, 3))), {}, "shape (0, 3)", "at least one row"),
    "no columns": (npy(np.zeros((3, 0))), {}, "shape (3, 0)", "one column"),
    "one row": (npy([[1.0, 2.0]]), {}, "only one row", "two"),
    "one column": (npy([[1.0], [2.0]]), {}, "shape (2, 1)", "inputs"),
    "constant target": (npy([[1.0, 2.0], [3.0, 2.0]]), {}, "column index 1", "is 2.0 in every row"),
    "target a name": (F8, {"target": "y"}, "target='y'", "from 0 to 1"),
    "target too great": (F8, {"target": 2}, "target=2", "from 0 to 1"),
    "no input": (F8, {"target": [0, 1]}, "target=[0, 1]", "input"),
    "a header": (F8, {"header": True}, "header=True", "only a .csv"),
    "no header": (F8, {"header": False}, "header=False", "only a .csv"),
    "a delimiter": (F8, {"delimiter": ";"}, "delimiter=';'", "only a .csv"),
}

X, Y = [[1, 2], [3, 4], [5, 6]], [1, 0, 1]
XY = npz(x=X, y=Y)
BAD_NPZ = {
    "nothing": (b"", {}, "NPZ archive"),
    "an NPY": (F8, {}, "NPZ archive"),
    "text": ("a,b\n1,2\n", {}, "NPZ archive"),
    "cut at the end": (XY[:-10], {}, "NPZ archive"),
    "cut in the middle": (XY[: len(XY) // 2], {}, "NPZ archive"),
    "a changed byte": (patched(XY, np.array(X).tobytes(), np.array(X)[::-1].tobytes()), {}, "NPZ archive", "CRC"),
    "another compression": (in_directory(XY, 10, 99), {}, "NPZ archive", "compression"),
    "LZMA": (zipped([("x.npy", npy(X)), ("y.npy", npy(Y))], compression=zipfile.ZIP_LZMA), {}, "method 14", "NumPy"),
    "BZIP2": (zipped([("x.npy", npy(X)), ("y.npy", npy(Y))], compression=zipfile.ZIP_BZIP2), {}, "method 12", "NumPy"),
    "a password": (in_directory(XY, 8, 1), {}, "NPZ archive", "encrypted"),
    "a file hidden by a comment": (
        in_directory(XY, 32, 51),
        {},
        "NPZ archive",
        "its end record counts 2 files, but its directory holds 1",
    ),
    "no arrays": (zipped([]), {}, "no array x", "none"),
    "no array inside": (zipped([("a.txt", "1,2")]), {}, "'a.txt'", "not an array"),
    "a folder inside": (zipped([("a/", "")]), {}, "'a/'", "not an array"),
    "a damaged array": (zipped([("x.npy", b"abc")]), {}, "array 'x'", "NPY header"),
    "an array too short": (zipped([("x.npy", npy(X)[:-1]), ("y.npy", npy(Y))]), {}, "array 'x'", "47 bytes follow"),
    "a great many rows": (
        zipped([("x.npy", npy_header(shape_header((10**12, 3)))), ("y.npy", npy(Y))], compression=zipfile.ZIP_DEFLATED),
        {},
        "array 'x'",
        "(1000000000000, 3)",
    ),
    "objects": (npz(x=np.array(X, object), y=Y), {}, "array 'x'", "Python objects", "never unpickled"),
    "texts": (npz(x=X, y=["a", "b", "a"]), {}, "array 'y'", "dtype <U1"),
    "nan": (npz(x=[[1, np.nan]] * 3, y=Y), {}, "array 'x'", "[0, 1]", "nan"),
    "nan in the weights": (npz(x=X, y=Y, weight=[1, 1, np.nan]), {}, "array 'weight'", "[2]", "nan"),
    "x alone": (npz(x=X), {}, "no array y", "it has x"),
    "y alone": (npz(y=Y), {}, "no array x", "it has y"),
    "a table and more": (npz(X, weight=[1, 1, 1]), {}, "array='arr_0'", "Known: x, y"),
    "two tables": (npz(X, X), {}, "array='arr_0'", "Known: x, y"),
    "another array": (npz(x=X, y=Y, weights=[1, 1, 1]), {}, "array='weights'", "did you mean 'weight'"),
    "target": (XY, {"target": 0}, "target=0", "y holds the targets"),
    "test rows without targets": (npz(x=X, y=Y, x_test=X), {}, "y_test=None"),
    "test targets without rows": (npz(x=X, y=Y, y_test=Y), {}, "x_test=None"),
    "other lengths": (npz(x=X, y=Y[:2]), {}, "y has 2 rows", "x has 3"),
    "other widths": (npz(x=X, y=Y, x_test=[[1]], y_test=[1]), {}, "x_test has shape (1, 1)", "columns"),
    "x of rank 1": (npz(x=Y, y=Y), {}, "x has shape (3,)"),
    "y of rank 0": (npz(x=X, y=1), {}, "y has shape ()"),
    "negative weights": (npz(x=X, y=Y, weight=[1, -1, 1]), {}, "weight goes from -1.0"),
    "weights of rank 2": (npz(x=X, y=Y, weight=X), {}, "weight has shape (3, 2)"),
    "one row": (npz(x=X[:1], y=Y[:1]), {}, "only one row"),
    "constant target": (npz(x=X, y=[[1, 2], [3, 2], [1, 2]]), {}, "y[:, 1]", "is 2.0 in every row"),
    "a table with a constant target": (npz([[1, 2], [3, 2]]), {}, "column index 1", "is 2.0 in every row"),
    "a table of rank 1": (npz([1, 2]), {}, "shape (2,)", "[rows, columns]"),
    "a header": (XY, {"header": True}, "header=True", "only a .csv"),
}
BAD = [
    pytest.param(suffix, content, options, texts, id=f"{suffix} {name}")
    for suffix, cases in ((".csv", BAD_CSV), (".npy", BAD_NPY), (".npz", BAD_NPZ))
    for name, (content, options, *texts) in cases.items()
]


@pytest.mark.parametrize(("suffix", "content", "options", "texts"), BAD)
def test_bad_files_are_refused_by_name(tmp_path, suffix, content, options, texts):
    path = written(tmp_path, content, f"data{suffix}")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - all of the message is looked at below
        tasks.table(path, **options)
    assert type(caught.value) is ValueError
    message = str(caught.value)
    for text in (f"path={os.fspath(path)!r}", *texts):
        assert text in message, message
    assert len(message) < 600 + len(os.fspath(path))


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz"])
def test_a_file_of_a_terabyte_is_refused_by_its_size(tmp_path, suffix):
    path = tmp_path / f"data{suffix}"
    with open(path, "wb") as file:
        file.truncate(2**40)  # which takes no space
    with pytest.raises(ValueError, match=r"has 1,099,511,627,776 bytes, which is more than max_bytes=4,294,967,296"):
        tasks.table(path)


def lying(raw, size):
    """An archive in which the file tells of another size, in its own header and in the directory."""
    for mark, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        place = raw.index(mark) + offset
        raw = raw[:place] + size.to_bytes(4, "little") + raw[place + 4 :]
    return raw


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    size, limit = 64 * 2**20, 2**20
    bomb = npy_header(shape_header((size // 16, 2)), body=bytes(size))
    raw = zipped([("x.npy", bomb)], compression=zipfile.ZIP_DEFLATED)
    assert len(raw) < limit / 10
    refused = {raw: rf"unpacked it takes {len(bomb):,} bytes, .*max_bytes=1,048,576", lying(raw, 1000): "damaged"}
    tracemalloc.start()
    for content, message in refused.items():
        with pytest.raises(ValueError, match=message):
            tasks.table(written(tmp_path, content, "data.npz"), max_bytes=limit)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * limit


def test_what_grows_when_it_becomes_float64_counts_as_float64(tmp_path):
    values = np.array([[0, 1], [1, 0]] * 100, np.int8)
    for name, raw in (("a.npy", npy(values)), ("a.npz", npz(values)), ("b.npz", npz(x=values, y=values))):
        path = written(tmp_path, raw, name)
        assert len(tasks.table(path, max_bytes=6400).x) == 200
        with pytest.raises(ValueError, match=r"in float64 its (numbers|arrays) take [\d,]+ bytes, .*max_bytes=3,199"):
            tasks.table(path, max_bytes=3199)


def test_two_arrays_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        raw = zipped([("x.npy", npy(X)), ("y.npy", npy(Y)), ("x.npy", npy(X))])
    with pytest.raises(ValueError, match=r"data\.npz'.* two arrays named 'x'"):
        tasks.table(written(tmp_path, raw, "data.npz"))


def test_no_pickle_is_opened(tmp_path, monkeypatch):
    raw = npy(np.array([[1, None], [2, 3]]), allow_pickle=True)
    monkeypatch.setattr(pickle, "load", lambda *args, **options: pytest.fail("unpickled"))
    monkeypatch.setattr(pickle, "loads", lambda *args, **options: pytest.fail("unpickled"))
    with pytest.raises(ValueError, match="never unpickled"):
        tasks.table(written(tmp_path, raw, "data.npy"))


@pytest.mark.parametrize("name", ["data.txt", "data.tsv", "data", ".csv", "data.csv.gz", "data.xlsx", ""])
def test_other_suffixes_are_refused(name):
    with pytest.raises(ValueError, match=rf"path={re.escape(repr(name))} .*\.csv, \.npy, \.npz"):
        tasks.table(name)


@pytest.mark.parametrize("path", [None, 3, b"data.csv", ["data.csv"], 1.5])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ValueError, match=rf"^path={re.escape(repr(path))} must be the path of a file"):
        tasks.table(path)


@pytest.mark.parametrize("name", ["no\0where.csv", "\ud800.csv"])
def test_a_path_that_cannot_be_is_refused(name):
    with pytest.raises((ValueError, FileNotFoundError), match=r"\.csv"):
        tasks.table(name)


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz"])
def test_a_missing_file_and_a_directory_are_named(tmp_path, suffix):
    with pytest.raises(FileNotFoundError, match=rf"nowhere\{suffix}"):
        tasks.table(tmp_path / f"nowhere{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(ValueError, match=rf"folder\{suffix}.* directory"):
        tasks.table(tmp_path / f"folder{suffix}")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ValueError, match=r"pipe\.csv.* device"):
        tasks.table(tmp_path / "pipe.csv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path):
    path = written(tmp_path, "1,2\n3,4\n")
    path.chmod(0)
    with pytest.raises(PermissionError, match=r"data\.csv"):
        tasks.table(path)


# Whatever the bytes are: data that hold, or a ValueError that names the file.


def read_or_refused(folder, raw, suffix, **options):
    """The data, or None where the file was refused as it should be."""
    path = written(folder, raw, f"fuzz{suffix}")
    try:
        data = tasks.table(path, **options)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - both outcomes are allowed
        assert os.fspath(path) in str(error)  # noqa: PT017
        assert len(str(error)) < 800 + len(os.fspath(path))  # noqa: PT017
        return None
    for array in data:
        assert array is None or (array.dtype == np.float64 and np.isfinite(array).all())
    assert len(data.x) == len(data.y) >= 2
    return data


CSV_TEXT = st.text(st.sampled_from('0123456789.eE+-,;"\n\r\t \0_naif\ufeff\uff11'), max_size=60)
BYTES = st.one_of(st.binary(max_size=200), CSV_TEXT.map(str.encode), st.binary(max_size=99).map(npy(X)[:20].__add__))
HEADERS = st.one_of(
    st.text(st.sampled_from("{}'(),: descrfortan_oshpe<f8Ti0123456789-"), max_size=80),
    st.builds(
        shape_header,
        st.recursive(
            st.integers(-3, 2**70) | st.just(10**300),
            lambda inner: st.lists(inner, max_size=3).map(tuple),
            max_leaves=4,
        ),
        st.recursive(
            st.sampled_from(["<f8", "|O", "<U0", "V", "f", "<M8[s]", "i4,i4", "", None, 3]),
            lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
            max_leaves=4,
        ).map(repr),
    ),
)


def any_bytes(folder, raw):
    for suffix in (".csv", ".npy", ".npz"):
        read_or_refused(folder, raw, suffix)


def any_header(folder, header, body):
    read_or_refused(folder, npy_header(header, body=body), ".npy")
    read_or_refused(folder, zipped([("x.npy", npy_header(header, body=body))]), ".npz")


BAD_CELLS = ["", " ", "x", "nan", "-inf", "1e999", "1_0", "1,5", "1;5", '"1"2', '"', "\0", "\uff11", "\n", "\r\n", ","]


@st.composite
def spoiled_tables(draw):
    """(text, values): the numbers of a CSV, and its text, in which one thing at most was changed."""
    num_rows, num_columns = draw(st.integers(2, 6)), draw(st.integers(2, 4))
    values = [[draw(st.floats(-1e300, 1e300)) for _ in range(num_columns)] for _ in range(num_rows)]
    names = [["a", "b", "c", "d"][:num_columns]] if draw(st.booleans()) else []
    rows = names + [list(map(repr, row)) for row in values]
    i = draw(st.integers(0, len(rows) - 1))
    j = draw(st.integers(0, num_columns - 1))
    change = draw(st.sampled_from(["nothing", "cell", "shorter", "longer", "blank", "quoted", "spaces", "cut"]))
    if change == "cell":
        rows[i][j] = draw(st.sampled_from(BAD_CELLS))
    elif change == "shorter":
        del rows[i][j]
    elif change == "longer":
        rows[i].insert(j, "1")
    elif change == "blank":
        rows.insert(i, [""])
    elif change == "quoted":
        rows[i][j] = f'"{rows[i][j]}"'
    elif change == "spaces":
        rows[i][j] = f" {rows[i][j]}\t"
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(map(",".join, rows))
    return (text[:-1] if change == "cut" else text), np.array(values), change


def spoiled_table(folder, table):
    text, values, change = table
    data = read_or_refused(folder, text.encode(), ".csv")
    if data is None:
        # What says the same is refused for one reason alone.
        assert change not in ("nothing", "blank", "quoted", "spaces") or (values[:, -1] == values[0, -1]).all()
        return
    found = np.hstack([data.x, data.y])
    if change == "cut":  # the last digit is gone and nobody can know
        found[-1, -1] = values[-1, -1]
    np.testing.assert_array_equal(found, values)


def outcome(folder, raw, large, **options):
    """What a table is read as, or why it is refused, if files of `large` bytes or more are first given to pandas."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "LARGE", large)
        try:
            data = tasks.table(written(folder, raw), **options)
        except ValueError as error:
            return str(error)
    return data.x.tolist(), data.y.tolist(), data.x.flags.c_contiguous


@given(table=spoiled_tables())
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pandas_makes_no_difference(tmp_path, table):
    assert outcome(tmp_path, table[0], 0) == outcome(tmp_path, table[0], 2**60)


@pytest.mark.parametrize("case", [*GOOD, *BAD_CSV])
def test_pandas_makes_no_difference_to_good_and_bad_files(tmp_path, case):
    content, options, *_ = (GOOD | BAD_CSV)[case]
    assert outcome(tmp_path, content, 0, **options) == outcome(tmp_path, content, 2**60, **options)


def test_pandas_reads_large_files_of_plain_numbers(tmp_path, monkeypatch):
    given, read_csv = [], pd.read_csv
    monkeypatch.setattr(reader, "LARGE", 100)
    monkeypatch.setattr(pd, "read_csv", lambda *args, **how: given.append(read_csv(*args, **how)) or given[-1])
    for content in ("a,b\n" + "1.5,2\n3,-4e1\n" * 20, " 1 , 2\r\n\r\n3,\t4\r\n" * 20):
        assert len(tasks.table(written(tmp_path, content)).x) == 40
        assert given.pop().shape == (40, 2)


RNG = np.random.default_rng(0)
VALID_NPY = [npy(X), npy(RNG.normal(size=(4, 3))), npy(np.asfortranarray(RNG.normal(size=(3, 4)).astype("f4")))]
VALID_NPZ = [XY, npz(X), npz(x=X, y=Y, x_test=X, y_test=Y, weight=Y), zipped([("x.npy", npy(X)), ("y.npy", npy(Y))])]
VALID_NPZ.append(zipped([("x.npy", npy(X)), ("y.npy", npy(Y))], compression=zipfile.ZIP_DEFLATED))


@st.composite
def spoiled_bytes(draw):
    """(suffix, bytes as they were, bytes with one of them changed or the end cut off)."""
    suffix, raw = draw(st.sampled_from([(".npy", r) for r in VALID_NPY] + [(".npz", r) for r in VALID_NPZ]))
    place = draw(st.integers(0, len(raw) - 1))
    if draw(st.booleans()):
        return suffix, raw, raw[:place]
    return suffix, raw, raw[:place] + bytes([raw[place] ^ draw(st.integers(1, 255))]) + raw[place + 1 :]


def spoiled_file(folder, files):
    suffix, before, raw = files
    truth, found = read_or_refused(folder, before, suffix), read_or_refused(folder, raw, suffix)
    assert truth is not None
    if found is not None and suffix == ".npz":  # its checksums leave no other numbers through
        for old, new in zip(truth, found, strict=True):
            np.testing.assert_array_equal(old, new)


FUZZ = {
    "bytes": (any_bytes, (BYTES,)),
    "headers": (any_header, (HEADERS, st.sampled_from([b"", bytes(16), bytes(range(32))]))),
    "tables": (spoiled_table, (spoiled_tables(),)),
    "files": (spoiled_file, (spoiled_bytes(),)),
}


def fuzz(name, folder, max_examples):
    check, strategies = FUZZ[name]
    settings(max_examples=max_examples)(given(st.tuples(*strategies))(lambda drawn: check(folder, *drawn)))()


@pytest.mark.parametrize("name", FUZZ)
def test_whatever_the_bytes_are(tmp_path, name):
    fuzz(name, tmp_path, 40)


@pytest.mark.faults
@pytest.mark.parametrize("name", FUZZ)
def test_whatever_very_many_bytes_are(tmp_path, name):
    fuzz(name, tmp_path, 10_000)


@pytest.mark.faults
@pytest.mark.parametrize("number", range(len(VALID_NPZ)))
def test_every_byte_of_an_npz_matters_or_does_not(tmp_path, number):
    raw = VALID_NPZ[number]
    for place in range(len(raw)):
        for flip in (1, 2, 4, 8, 16, 32, 64, 128, 255):
            spoiled_file(tmp_path, (".npz", raw, raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :]))
        spoiled_file(tmp_path, (".npz", raw, raw[:place]))
