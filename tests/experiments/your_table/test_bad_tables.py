"""Bad tables: each is refused in one clear sentence, or used with a remark that says what was done about it."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from experiments.your_table.shared import describe

N = 60
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=N).round(3), RNG.uniform(1, 9, N).round(2)
PRICE = (A + 2 * B + 0.1 * RNG.normal(size=N)).round(3)
KIND = np.array(["up", "down"])[(A > 0).astype(int)]
COMMAS = [str(x).replace(".", ",") for x in A]
WORDS = [f"word {i} of some text {i * i}" for i in range(N)]


def as_csv(delimiter=",", **columns):
    """A CSV of these columns, each a list of N cells or one cell."""
    columns = {name: np.broadcast_to(cells, N) for name, cells in columns.items()}
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue().encode()


def as_npz(**arrays):
    text = io.BytesIO()
    np.savez(text, **arrays)
    return text.getvalue()


def changed(cells, **at):
    """The cells as texts, with some of them changed: `_3="x"` is the cell 3."""
    found = [str(one) for one in cells]
    for place, cell in at.items():
        found[int(place[1:])] = cell
    return found


GOOD = as_csv(a=A, b=B, price=PRICE)
LINES = GOOD.decode().splitlines()

# Name of the file, its content, further arguments of `table`, and what its one sentence says.
REFUSED = {
    "no such target, a nearest name": ("t.csv", GOOD, {"target": "prise"}, "target='prise' must be a column.*'price'"),
    "no such target, nothing near": ("t.csv", GOOD, {"target": "weight"}, "its columns are a, b, price"),
    "no target": ("t.csv", GOOD, {"target": None}, "target=None: name the column.*has a, b, price"),
    "another case": ("t.csv", GOOD, {"target": "Price"}, "did you mean 'price'"),
    "drop of no column": ("t.csv", GOOD, {"drop": ("c",)}, "drop='c' must be a column"),
    "drop of the target": ("t.csv", GOOD, {"drop": ("price",)}, "other columns than the target"),
    "all inputs dropped": ("t.csv", GOOD, {"drop": ("a", "b")}, "has no column beside the target 'price'"),
    "one class": ("t.csv", as_csv(a=A, price="yes"), {}, "one class only in its target 'price', 'yes'"),
    "one number": ("t.csv", as_csv(a=A, price=2.5), {}, "nothing to predict"),
    "3 rows": ("t.csv", b"a,price\n1,2.5\n2,3.5\n3,4.5\n", {}, "has 3 rows that can be used; it takes 50 or more"),
    "no rows": ("t.csv", b"a,price\n", {}, "has no rows below its header"),
    "all targets missing": ("t.csv", as_csv(a=A, price="NA"), {}, "every cell is missing"),
    "a target of dashes": ("t.csv", as_csv(a=A, price="-"), {"task": "numbers"}, "every cell is missing"),
    "nearly all targets missing": ("t.csv", as_csv(a=A, price=["2.5"] + ["3.5"] + [""] * (N - 2)), {}, "has 2 rows"),
    "a target of dates": (
        "t.parquet.npz",
        as_npz(a=A, price=np.datetime64("2020-01-01") + np.arange(N, dtype="m8[D]")),
        {},
        "has dates",
    ),
    "a target of numbers and texts": (
        "t.csv",
        as_csv(a=A, price=changed(PRICE, _3="about 7")),
        {},
        "'about 7'.*--task",
    ),
    "a target of infinities": (
        "t.csv",
        as_csv(a=A, price=changed(PRICE, _3="inf")),
        {},
        "1 cells in its target.*infinite",
    ),
    "a target of free text": ("t.csv", as_csv(a=A, price=WORDS), {}, "60 different values in 60 rows.*no classes"),
    "too many classes": ("t.csv", as_csv(a=A, price=WORDS), {"task": "classes"}, "at most 100"),
    "numbers of a target of words": ("t.csv", as_csv(a=A, price=KIND), {"task": "numbers"}, "hold no number, such as"),
    "each class seen once but one": ("t.csv", as_csv(a=A, price=["x"] * 58 + ["y", "z"]), {}, "fewer than two classes"),
    "a huge target": ("t.csv", as_csv(a=A, price=PRICE * 1e200), {}, "reaches .*change its unit"),
    "constant columns alone": ("t.csv", as_csv(a=3, b="x", price=PRICE), {}, "no column that can be used: a: it is 3"),
    "text everywhere": (
        "t.csv",
        as_csv(a=WORDS, b=WORDS[::-1], price=PRICE),
        {},
        "no column that can be used.*60 diff",
    ),
    "an id column alone": ("t.csv", as_csv(id=range(N), price=PRICE), {}, "it numbers the rows"),
    "all inputs missing": ("t.csv", as_csv(a="", b="NA", price=PRICE), {}, "every cell is missing"),
    "duplicate names": ("t.csv", GOOD.replace(b"a,b,", b"a,a,", 1), {}, "two columns 'a', 1 and 2: rename one"),
    "a column without a name": ("t.csv", GOOD.replace(b"a,b,", b"a,,", 1), {}, "no name above its column 2"),
    "no header": ("t.csv", "\n".join(LINES[1:]).encode(), {}, "its first row must hold the names"),
    "no header and a column of words": (
        "t.csv",
        as_csv(a=A, b=B, price=PRICE, kind=KIND).split(b"\n", 1)[1],
        {},
        "its first row must hold the names",
    ),
    "no header and equal numbers": ("t.csv", b"5,5,1,setosa\n" * N, {}, "its first row must hold the names"),
    "one column": ("t.csv", b"price\n1.5\n2.5\n", {}, "one column only, 'price'"),
    "spaces for commas": ("t.csv", GOOD.replace(b",", b" "), {}, "one column only"),
    "a row with too many cells": (
        "t.csv",
        "\n".join([*LINES[:5], "1,2,3,4,5", *LINES[5:]]).encode(),
        {},
        "5 cells in line 6",
    ),
    "all rows with too many cells": (
        "t.csv",
        "\n".join([LINES[0], *(f"{x},7" for x in LINES[1:])]).encode(),
        {},
        "more cells",
    ),
    "a quotation mark never closed": ("t.csv", GOOD + b'"1,2,3\n', {}, "never closed"),
    "an empty file": ("t.csv", b"", {}, "is empty"),
    "blanks": ("t.csv", b" \n\n  \n", {}, "nothing but blanks"),
    "bytes": ("t.csv", bytes(range(256)), {}, "bytes that are zero"),
    "a picture": ("t.csv", b"\x89PNG\r\n\x1a\n", {}, "a picture"),
    "Excel by another name": ("t.csv", b"PK\x03\x04....", {}, "zip archive, such as Excel's"),
    "Excel": ("t.xlsx", b"PK\x03\x04....", {}, "ends with '.xlsx'.*save the sheet as CSV"),
    "HTML": ("t.csv", b"<!doctype html><html></html>", {}, "HTML"),
    "JSON": ("t.csv", b'{"a": [1, 2]}', {}, "JSON"),
    "Latin-1": ("t.csv", "a,price\nMünchen,1.5\n".encode("latin-1"), {}, "not UTF-8 in line 2"),
    "Latin-1 far below": ("t.csv", b"a,price\n" + b"x,1.5\n" * 60_000 + "ü,1\n".encode("latin-1"), {}, "not UTF-8"),
    "UTF-16": ("t.csv", "a,price\n1,2\n".encode("utf-16"), {}, "UTF-16: save it as UTF-8"),
    "no Parquet": ("t.parquet", b"a,price\n1,2\n", {}, "Parquet"),
    "no NPZ": ("t.npz", b"a,price\n1,2\n", {}, "is no NPZ"),
    "pickled objects": ("t.npz", as_npz(a=np.array([{}], object)), {}, "objects of Python"),
    "arrays of other lengths": ("t.npz", as_npz(a=A, price=PRICE[:9]), {}, r"holds a \[60\], price \[9\]"),
    "complex numbers": ("t.npz", as_npz(a=A + 1j, price=PRICE), {}, "complex128"),
    "a target with signs": (
        "t.csv",
        as_csv(a=A, price=[f"${1000 + i:,}" for i in range(N)]),
        {},
        "signs, such as .*1,0",
    ),
    "a target of shares": (
        "t.csv",
        as_csv(a=A, price=[f"{i % 7}.5%" for i in range(N)]),
        {},
        "plain numbers, or say --task",
    ),
    "a target that may have thousands": (
        "t.csv",
        as_csv(a=A, price=[f"{1 + i},250" for i in range(N)]),
        {},
        "numbers with signs, such as '1,250'",
    ),
    "names that are numbers": (
        "t.csv",
        as_csv(**{"0": A, "1": B, "2.5": PRICE}),
        {},
        "its first row must hold the names",
    ),
    "no such group": ("t.csv", GOOD, {"group": "c"}, "group='c' must be a column"),
    "the target as the group": ("t.csv", GOOD, {"group": "price"}, "group='price' must be another column"),
    "few groups": (
        "t.csv",
        as_csv(a=A, b=np.arange(N) % 9, price=PRICE),
        {"group": "b"},
        "has 9 different cells of 'b'",
    ),
    "few groups of a class": (
        "t.csv",
        as_csv(a=A, b=np.arange(N) // 4, price=np.repeat(["x", "y"], [48, 12])),
        {"group": "b"},
        "3 different cells of 'b' .--group. in class 'y'",
    ),
    "too many inputs": ("t.npz", as_npz(x=RNG.normal(size=(N, 6_000)), y=PRICE), {"target": "y"}, "6,001 columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_table_is_refused_in_one_sentence(case, tmp_path):
    name, content, more, told = REFUSED[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=told) as found:
        describe.table(str(tmp_path / name), **{"target": "price"} | more)
    message = str(found.value)
    assert "\n" not in message
    assert len(message) < 600
    assert "Traceback" not in message


def test_a_file_that_is_not_there_is_named_with_the_nearest(tmp_path):
    (tmp_path / "prices.csv").write_bytes(GOOD)
    with pytest.raises(ValueError, match=r"no such file; did you mean 'prices.csv'"):
        describe.table(str(tmp_path / "price.csv"), "price")
    with pytest.raises(ValueError, match="is a folder"):
        describe.table(str(tmp_path), "price")


# Used, with what is then true of it: a part of the remarks or of a column, and the names of the inputs that are left.
DAYS = (np.datetime64("2021-03-01") + 3 * np.arange(N, dtype="m8[D]")).astype(str).tolist()
USED = {
    "a constant column": (as_csv(a=A, b=3, price=PRICE), "b: left out (it is 3 in every row)", ["a"]),
    "a column of one text": (as_csv(a=A, b="x", price=PRICE), "b: left out (it is 'x' in every row)", ["a"]),
    "a column that is missing": (as_csv(a=A, b="", price=PRICE), "b: left out, 60 missing (every cell", ["a"]),
    "a column of dashes": (as_csv(a=A, b="-", price=PRICE), "b: left out, 60 missing (every cell", ["a"]),
    "a column of none": (as_csv(a=A, b=changed(["none"] * N, _0="None"), price=PRICE), "60 missing (every cell", ["a"]),
    "a column of dashes and gaps": (
        as_csv(a=A, b=np.where(A > 0, "-", ""), price=PRICE),
        "b: left out, 60 missing (every cell",
        ["a"],
    ),
    "a column of dashes and none": (
        as_csv(a=A, b=np.where(A > 0, "-", "none"), price=PRICE),
        "b: category: ",
        ["a", "b"],
    ),
    "a column of dashes, none and gaps": (
        as_csv(a=A, b=changed(np.where(A > 0, "-", "none"), _0="", _1=""), price=PRICE),
        ", 2 missing",
        ["a", "b"],
    ),
    "a column mostly missing": (
        as_csv(a=A, b=["1.5", "2"] * 10 + [""] * 40, price=PRICE),
        "40 missing (67% are",
        ["a", "b"],
    ),
    "an id column": (as_csv(row=range(5, N + 5), a=A, price=PRICE), "row: left out (it numbers the rows", ["a"]),
    "an id column in no order": (as_csv(customer_id=RNG.permutation(N) * 7, a=A, price=PRICE), "it numbers", ["a"]),
    "years": (as_csv(year=range(1950, 1950 + N), a=A, price=PRICE), "year: number", ["year", "a"]),
    "doses": (as_csv(dose=range(0, 5 * N, 5), a=A, price=PRICE), "dose: number", ["dose", "a"]),
    "whole numbers that are no ids": (
        as_csv(size=RNG.permutation(N) * 7, a=A, price=PRICE),
        "size: number",
        ["size", "a"],
    ),
    "the index that pandas writes": (pd.DataFrame({"a": A, "price": PRICE}).to_csv().encode(), "60 rows", ["a"]),
    "names of rows": (
        as_csv(a=A, name=[f"n{i}" for i in range(N)], price=PRICE),
        "name: left out (it holds names, 60",
        ["a"],
    ),
    "free text": (as_csv(a=A, b=[x * 4 for x in WORDS], price=PRICE), "it holds texts, 60 different ones", ["a"]),
    "mixed types": (
        as_csv(a=changed(A, _0="none of it"), price=PRICE),
        "1 cell holds no number, such as 'none of it'",
        ["a"],
    ),
    "infinities": (as_csv(a=changed(A, _0="inf", _5="-inf"), price=PRICE), "2 infinite; counted as missing", ["a"]),
    "huge numbers": (as_csv(a=A, b=B * 1e200, price=PRICE), "whose square float64 does not hold", ["a"]),
    "dates": (as_csv(a=A, day=DAYS, price=PRICE), "day: date: 2021-03-01 to 2021-08-25 (used as days", ["a", "day"]),
    "dates in other forms": (
        as_csv(a=A, day=[f"{i % 28 + 1}.3.2021" for i in range(N)], price=PRICE),
        "write them as 2020",
        ["a"],
    ),
    "dates that are none": (as_csv(a=A, day=changed(DAYS, _3="2021-02-30"), price=PRICE), "a date that is none", ["a"]),
    "numbers with signs": (
        as_csv(a=A, b=[f"${1000 + i:,}" for i in range(N)], price=PRICE),
        "write plain numbers",
        ["a"],
    ),
    "commas for decimals and points for thousands": (
        as_csv(";", a=A, b=[f"{i}.250,5" if i % 2 else f"{i},5" for i in range(1, N + 1)], price=PRICE),
        "it holds numbers with signs, such as '1.250,5'",
        ["a"],
    ),
    "semicolons and decimal commas": (
        as_csv(";", a=[f"{x}".replace(".", ",") for x in A], price=PRICE),
        "a: number: -",
        ["a"],
    ),
    "tabs": (as_csv("\t", a=A, b=B, price=PRICE), "2 number", ["a", "b"]),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, "2 number", ["a", "b"]),
    "blank lines first": (b"\n\n" + GOOD, "60 rows", ["a", "b"]),
    "lines of Windows": (GOOD.replace(b"\n", b"\r\n"), "2 number", ["a", "b"]),
    "cells with blanks around": (
        as_csv(a=[f" {x} " for x in A], b=[f" {x} " for x in KIND], price=PRICE),
        "down 5",
        ["a", "b"],
    ),
    "most names are numbers": (as_csv(**{"0": A, "1": B, "price": PRICE}), "2 number", ["0", "1"]),
    "tabs and an index": (pd.DataFrame({"a": A, "price": PRICE}).to_csv(sep="\t").encode(), "1 number", ["a"]),
    "an index in no order": (
        pd.DataFrame({"a": A, "price": PRICE}, index=RNG.permutation(N) * 3).to_csv().encode(),
        "60 rows; columns: 1 number;",
        ["a"],
    ),
    "tabs and decimal commas": (as_csv("\t", a=COMMAS, price=COMMAS), "in a", ["a"]),
    "decimal commas in quotes": (
        as_csv(a=COMMAS, b=B, price=PRICE),
        "commas are read as decimal signs in a",
        ["a", "b"],
    ),
    "semicolons and decimal points": (as_csv(";", a=A, b=B, price=PRICE), "2 number", ["a", "b"]),
    "commas that may stand for thousands": (
        as_csv(";", a=A, b=[f"{1 + i},250" for i in range(N)], price=PRICE),
        "b: left out (it holds numbers such as '1,250', whose commas may stand for thousands or for decimals",
        ["a"],
    ),
    "commas that stand for decimals elsewhere in the file": (
        as_csv(";", a=COMMAS, b=[f"{1 + i},250" for i in range(N)], price=COMMAS),
        "b: number: 1.25 to 60.25",
        ["a", "b"],
    ),
    "a dash beside numbers": (
        as_csv(a=changed(A, _0="-", _1="None", _2=""), price=PRICE),
        "3 missing (2 cells hold '-' or 'None'; counted as missing",
        ["a"],
    ),
    "a dash beside dates": (as_csv(a=A, day=changed(DAYS, _3="-"), price=PRICE), "day: date: 2021-03-01", ["a", "day"]),
    "none as a category": (as_csv(a=A, b=np.where(A > 0, "none", "mild"), price=PRICE), "none 5", ["a", "b"]),
    "a dash as a category": (as_csv(a=A, b=np.where(A > 0, "-", "+"), price=PRICE), "b: category", ["a", "b"]),
    "none as a class": (as_csv(a=A, price=np.where(A > 0, "none", "-")), "2 classes, - 4", ["a"]),
    "a dash in a target of numbers": (
        as_csv(a=A, price=changed(PRICE, _0="-")),
        "1 rows without a value in 'price' are left out.*note: a missing value is an empty cell, NA, N/A",
        ["a"],
    ),
    "a dash beside classes that are numbers": (
        as_csv(a=A, price=changed(np.arange(N) % 2, _0="-")),
        "2 classes",
        ["a"],
    ),
    "many equal rows": (
        as_csv(a=[1.5] * 24 + A[24:].tolist(), price=PRICE),
        "24 rows have inputs that more than 5 rows share: so many equal rows are no copies",
        ["a"],
    ),
    "a class of equal rows": (
        as_csv(a=np.repeat(A[:30], 2), price=np.repeat(["x", "y"], [48, 12])),
        "the inputs of fewer than 10 rows of y differ.*24 rows have the inputs of an earlier",
        ["a"],
    ),
    "an identifier that repeats": (
        as_csv(a=A, patient_id=np.arange(N) // 3, price=PRICE),
        "patient_id has 20 values in 60 rows: if equal ones belong together.*say --group patient_id",
        ["a", "patient_id"],
    ),
    "an identifier of words that repeats": (
        as_csv(a=A, userId=[f"u{i // 1.5:.0f}" for i in range(N)], price=PRICE),
        "say --group userId",
        ["a"],
    ),
    "a number of customers that repeats": (
        as_csv(a=A, customer_no=np.arange(N) // 3, price=PRICE),
        "say --group customer_no",
        ["a", "customer_no"],
    ),
    "words for what is missing": (as_csv(a=changed(A, _0="n/a", _1="NULL", _2="?"), price=PRICE), "3 missing", ["a"]),
    "a target with missing values": (
        as_csv(a=A, price=changed(PRICE, _0="", _9="NA")),
        "2 rows without a value",
        ["a"],
    ),
    "a class seen once": (
        as_csv(a=A, price=changed(KIND, _0="odd")),
        "classes of fewer than 10 rows are left out.*odd (1)",
        ["a"],
    ),
    "classes out of balance": (as_csv(a=np.tile(A, 1), price=["no"] * 50 + ["yes"] * 10), "2 classes, no 83.3%", ["a"]),
    "whole numbers as a target": (as_csv(a=A, price=np.arange(N) % 4), "4 whole numbers, taken for classes", ["a"]),
    "flags": (as_csv(a=A, b=np.arange(N) % 2 == 0, price=PRICE), "b: category: ", ["a", "b"]),
    "a flag as the target": (as_csv(a=A, price=A > 0), "2 classes, False", ["a"]),
    "copies of rows": (
        as_csv(a=[*A[:50], *A[:10]], price=[*PRICE[:50], *PRICE[:10]]),
        "10 rows have the inputs of an",
        ["a"],
    ),
    "copies that disagree": (as_csv(a=[*A[:50], *A[:10]], price=PRICE), "in 10 cases with different targets", ["a"]),
    "few different rows": (as_csv(a=np.arange(N) % 7, price=PRICE), "7 different rows of inputs among 60", ["a"]),
    "a leak": (as_csv(a=A, b=PRICE * 1.2, price=PRICE), "b: number.*it alone tells 99", ["a", "b"]),
    "a leak of classes": (
        as_csv(a=A, code=np.where(KIND == "up", "u", "d"), price=KIND),
        "it alone tells 100.0%",
        ["a", "code"],
    ),
    "many categories": (as_csv(a=A, b=[f"c{i % 29}" for i in range(N)], price=PRICE), "b: category", ["a", "b"]),
    "numbers among categories": (
        as_csv(a=A, b=np.where(A > 0, "x", np.arange(N) % 5), price=PRICE),
        "are mixed",
        ["a", "b"],
    ),
    "a far value of the target": (
        as_csv(a=A, price=changed(PRICE, _3="99999")),
        "1 values of the target lie far",
        ["a"],
    ),
    "whole numbers beyond float64": (
        as_csv(a=A, b=[2**60 + i % 9 for i in range(N)], price=PRICE),
        "beyond 2^53, as ids do",
        ["a"],
    ),
}


@pytest.mark.parametrize("case", USED)
def test_what_is_odd_is_told_and_used(case, tmp_path):
    content, told, inputs = USED[case]
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    found = describe.table(str(path), "price")
    text = "\n".join(describe.lines(found))
    first, _, second = told.partition(".*")
    assert first in text, text
    assert second in text[text.index(first) :], text
    assert list(found.x) == inputs
    assert len(found.x) == len(found.y)
    for name in found.x:  # what methods take: finite numbers with nan, or texts with None
        cells = found.x[name]
        if cells.dtype == object:
            assert all(cell is None or isinstance(cell, str) for cell in cells)
        else:
            assert not np.isinf(cells.to_numpy(float)).any()


def test_parquet_is_read_as_the_same_csv(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": A, "kind": KIND, "flag": A > 0, "day": pd.to_datetime(DAYS), "price": PRICE})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    one, other = (describe.table(str(tmp_path / name), "price") for name in ("t.parquet", "t.csv"))
    assert describe.lines(one)[1:] == describe.lines(other)[1:]
    pd.testing.assert_frame_equal(one.x, other.x)
    np.testing.assert_array_equal(one.y, other.y)


def test_an_npz_of_inputs_and_of_columns(tmp_path):
    np.savez(tmp_path / "xy.npz", x=np.stack([A, B], 1), y=PRICE)
    np.savez(tmp_path / "columns.npz", a=A, kind=KIND, y=PRICE)
    assert list(describe.table(str(tmp_path / "xy.npz"), "y").x) == ["x0", "x1"]
    assert [one.kind for one in describe.table(str(tmp_path / "columns.npz"), "y").columns] == ["number", "category"]


def test_an_index_of_something_is_no_group(tmp_path):
    (tmp_path / "t.csv").write_bytes(
        as_csv(**{"body mass index": np.arange(N) // 3, "UV Index": np.arange(N) // 2, "price": PRICE})
    )
    assert "--group" not in " ".join(describe.table(str(tmp_path / "t.csv"), "price").remarks)


def test_what_counts_as_missing_is_told_only_where_something_is(tmp_path):
    for kind, told in (("odd", False), ("", True)):
        (tmp_path / f"t{kind}.csv").write_bytes(as_csv(a=A, price=changed(KIND, _0=kind)))
        remarks = describe.table(str(tmp_path / f"t{kind}.csv"), "price").remarks
        assert any("a missing value is" in one for one in remarks) is told
