"""Bad tables: each is refused in one clear line, or used with a remark that says what was done about it."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from experiments.your_table import reading, table

N = 60
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=N).round(3), RNG.uniform(1, 9, N).round(2)
PRICE = (A + 2 * B + 0.1 * RNG.normal(size=N)).round(3)
KIND = np.array(["up", "down"])[(A > 0).astype(int)]
COMMAS = [str(x).replace(".", ",") for x in A]
WORDS = [f"word {i} of some text {i * i}" for i in range(N)]
DAYS = (np.datetime64("2021-03-01") + 3 * np.arange(N, dtype="m8[D]")).astype(str).tolist()


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


def file(told, content, name="t.csv", **more):
    return told, content, name, more


REFUSED = [
    file("target='prise' must be a column.*'price'", GOOD, target="prise"),
    file("its columns are a, b, price", GOOD, target="weight"),
    file("target=None: name the column.*has a, b, price", GOOD, target=None),
    file("did you mean 'price'", GOOD, target="Price"),
    file("drop='c' must be a column", GOOD, drop=("c",)),
    file("drop='price' must be another column than the target", GOOD, drop=("price",)),
    file("has no column that can be used beside the target 'price'", GOOD, drop=("a", "b")),
    file("group='price' must be another column", GOOD, group="price"),
    file("has 9 different cells of 'b'", as_csv(a=A, b=np.arange(N) % 9, price=PRICE), group="b"),
    file("one class only in its target 'price', 'yes'", as_csv(a=A, price="yes")),
    file("nothing to predict", as_csv(a=A, price=2.5), task="numbers"),
    file("has 3 rows that can be used; it takes 50", b"a,price\n1,2.5\n2,3.5\n3,4.5\n", task="numbers"),
    file("has no rows below its header", b"a,price\n"),
    file("every cell is missing", as_csv(a=A, price="NA")),
    file("every cell is missing", as_csv(a=A, price="-"), task="numbers"),
    file("has dates in its target", as_npz(a=A, price=np.arange("2020-01-01", N, dtype="M8[D]")), "t.npz"),
    file("no number in line 5 of its target 'price', 'about 7'", as_csv(a=A, price=changed(PRICE, _3="about 7"))),
    file("no number in line 5 of its target 'price', 'inf'", as_csv(a=A, price=changed(PRICE, _3="inf"))),
    file(r"beyond 2\^53.* in line 2 of its target", as_csv(a=A, price=[2**60 + i for i in range(N)])),
    file("60 different values in its target 'price': they are no classes", as_csv(a=A, price=WORDS)),
    file("fewer than two classes", as_csv(a=A, price=["x"] * 58 + ["y", "z"])),
    file("reaches .*change its unit", as_csv(a=A, price=PRICE * 1e200)),
    file("no number in line 2 of its target.*1,000", as_csv(a=A, price=[f"${i:,}" for i in range(1000, 1060)]),
         task="numbers"),
    file("no column that can be used.*a: it is 3", as_csv(a=3, b="x", price=PRICE)),
    file("it holds names or texts, 60 different", as_csv(a=WORDS, price=PRICE)),
    file("it numbers the rows", as_csv(id=range(N), price=PRICE)),
    file("two columns 'a': rename one", GOOD.replace(b"a,b,", b"a,a,", 1)),
    file("no name above its column 2", GOOD.replace(b"a,b,", b"a,,", 1)),
    file("its first row must hold the names", "\n".join(LINES[1:]).encode()),
    file("one column only, 'price'", b"price\n1.5\n2.5\n"),
    file("5 cells in line 6, where 3 are expected", "\n".join([*LINES[:5], "1,2,3,4,5", *LINES[5:]]).encode()),
    file("2 cells in line 62, where 3 are expected", GOOD + b"1,2\n"),
    file("4 cells in line 2, where 3 are expected", "\n".join([LINES[0], *(f"{x}," for x in LINES[1:])]).encode()),
    file("a decimal comma makes two cells", "\n".join([LINES[0], *(f"1,{x}" for x in LINES[1:])]).encode()),
    file("line 62: a quotation mark is never closed", GOOD + b'"1,2,3\n'),
    file("is empty", b""),
    file("nothing but blanks", b" \n\n  \n"),
    file("bytes that are zero", b"a,\0,price\n"),
    file("a picture", b"\x89PNG\r\n\x1a\n"),
    file("zip archive, such as Excel's", b"PK\x03\x04...."),
    file("ends with '.xlsx'.*save the sheet as CSV", b"PK\x03\x04....", "t.xlsx"),
    file("HTML", b"<!doctype html><html></html>"),
    file("JSON", b'{"a": [1, 2]}'),
    file("not UTF-8 in line 2", "a,price\nMünchen,1.5\n".encode("latin-1")),
    file("UTF-16: save it as UTF-8", "a,price\n1,2\n".encode("utf-16")),
    file("Parquet", b"a,price\n1,2\n", "t.parquet"),
    file("damaged or incomplete", b"a,price\n1,2\n", "t.npz"),
    file("holds Python objects", as_npz(a=np.array([{}], object)), "t.npz"),
    file(r"holds a \[60\], price \[9\]", as_npz(a=A, price=PRICE[:9]), "t.npz"),
    file("complex128", as_npz(a=A + 1j, price=PRICE), "t.npz"),
    file("6,001 columns", as_npz(x=RNG.normal(size=(N, 6_000)), y=PRICE), "t.npz", target="y"),
]  # fmt: skip


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_a_bad_table_is_refused_in_one_line(case, tmp_path):
    told, content, name, more = case
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=told) as found:
        table.table(str(tmp_path / name), **{"target": "price"} | more)
    assert "\n" not in str(found.value)
    assert len(str(found.value)) < 600


def test_a_file_that_is_not_there_is_named_with_the_nearest(tmp_path):
    (tmp_path / "prices.csv").write_bytes(GOOD)
    with pytest.raises(ValueError, match=r"no such file; did you mean 'prices.csv'"):
        reading.read(str(tmp_path / "price.csv"))
    with pytest.raises(ValueError, match="is a folder"):
        reading.read(str(tmp_path))


def test_a_small_archive_that_unpacks_to_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    """4.7 MB held 4.9 GB: a limit that a test can reach stands for that of a gigabyte."""
    monkeypatch.setattr(reading, "MOST_BYTES", 1_000_000)
    np.savez_compressed(tmp_path / "t.npz", x=np.zeros((1_000, 1_000)), y=np.zeros(1_000))
    assert (tmp_path / "t.npz").stat().st_size < 20_000
    with pytest.raises(ValueError, match=r"unpacked it takes 8,\d+,\d+ bytes, which is more"):
        reading.read(str(tmp_path / "t.npz"))
    np.savez_compressed(tmp_path / "t.npz", x=np.zeros((1_000, 900), np.uint8), y=np.zeros(1_000))
    with pytest.raises(ValueError, match="in float64 its arrays take 7,200,000 bytes"):
        reading.read(str(tmp_path / "t.npz"))


def used(told, content, *inputs):
    return told, content, list(inputs)


# What is then said of a table, and the names of the inputs that are left.
USED = [
    used("b: left out (it is 3 in every row)", as_csv(a=A, b=3, price=PRICE), "a"),
    used("b: left out, 60 missing (every cell", as_csv(a=A, b="", price=PRICE), "a"),
    used("40 missing (67% are", as_csv(a=A, b=["1.5", "2"] * 10 + [""] * 40, price=PRICE), "a", "b"),
    used("row: left out (it numbers the rows", as_csv(row=range(1, N + 1), a=A, price=PRICE), "a"),
    used("it numbers", as_csv(customer_id=RNG.permutation(N) * 7, a=A, price=PRICE), "a"),
    used("year: number", as_csv(year=range(1950, 1950 + N), a=A, price=PRICE), "year", "a"),
    used("60 rows", pd.DataFrame({"a": A, "price": PRICE}).to_csv().encode(), "a"),
    used("1 cell holds no number, such as 'none of it' in line 2", as_csv(a=changed(A, _0="none of it"), price=PRICE),
         "a"),
    used("1 cell holds no number, such as 'inf' in line 7", as_csv(a=changed(A, _5="inf"), price=PRICE), "a"),
    used("2 missing (1 cell holds no number, but '-'", as_csv(a=changed(A, _0="-", _1="NULL"), price=PRICE), "a"),
    used("whose square float64 does not hold", as_csv(a=A, b=B * 1e200, price=PRICE), "a"),
    used("day: date: 2021-03-01 to 2021-08-25 (used as days", as_csv(a=A, day=DAYS, price=PRICE), "a", "day"),
    used("no date, such as '2021-02-30'", as_csv(a=A, day=changed(DAYS, _3="2021-02-30"), price=PRICE), "a", "day"),
    used("write them as 2020", as_csv(a=A, day=[f"{i % 28 + 1}.3.2021" for i in range(N)], price=PRICE), "a"),
    used("write plain numbers", as_csv(a=A, b=[f"${1000 + i:,}" for i in range(N)], price=PRICE), "a"),
    used("a: number: -", as_csv(";", a=COMMAS, price=PRICE), "a"),
    used("2 number", as_csv("\t", a=A, b=B, price=PRICE), "a", "b"),
    used("2 number", b"\xef\xbb\xbf" + GOOD, "a", "b"),
    used("60 rows", b"\n\n" + GOOD.replace(b"\n", b"\r\n") + b"\n  \n", "a", "b"),
    used("down 5", as_csv(a=[f" {x} " for x in A], b=[f" {x} " for x in KIND], price=PRICE), "a", "b"),
    used("b: left out (it holds numbers such as '1,250', whose commas may stand for thousands",
         as_csv(";", a=A, b=[f"{1 + i},250" for i in range(N)], price=PRICE), "a"),
    used("b: number: 1.25 to 60.25", as_csv(";", a=COMMAS, b=[f"{1 + i},250" for i in range(N)], price=COMMAS), "a",
         "b"),
    used("b: category: ", as_csv(a=A, b=np.where(A > 0, "none", "-"), price=PRICE), "a", "b"),
    used("codes such as '000' are kept as texts", as_csv(a=A, b=[f"00{i % 9}" for i in range(N)], price=PRICE), "a",
         "b"),
    used("texts and numbers are mixed", as_csv(a=A, b=np.where(A > 0, "x", np.arange(N) % 5), price=PRICE), "a", "b"),
    used("beyond 2^53, as ids do", as_csv(a=A, b=[2**60 + i % 9 for i in range(N)], price=PRICE), "a"),
    used("1 rows without a value in the target", as_csv(a=A, price=changed(PRICE, _0="-")), "a"),
    used("fewer than 10 rows are left out with their rows: odd (1)", as_csv(a=A, price=changed(KIND, _0="odd")), "a"),
    used("few whole numbers, taken for classes", as_csv(a=A, price=np.arange(N) % 4), "a"),
    used("2 classes, False", as_csv(a=A, price=A > 0), "a"),
    used("10 rows have the inputs of an", as_csv(a=[*A[:50], *A[:10]], price=PRICE), "a"),
    used("7 different rows of inputs among 60", as_csv(a=np.arange(N) % 7, price=PRICE), "a"),
    used("b alone tells 99", as_csv(a=A, b=PRICE * 1.2, price=PRICE), "a", "b"),
    used("code alone tells 100.0%", as_csv(a=A, code=np.where(KIND == "up", "u", "d"), price=KIND), "a", "code"),
    used("1 values of the target lie far", as_csv(a=A, price=changed(PRICE, _3="99999")), "a"),
]  # fmt: skip


@pytest.mark.parametrize("case", USED, ids=lambda case: case[0])
def test_what_is_odd_is_told_and_used(case, tmp_path):
    told, content, inputs = case
    (tmp_path / "t.csv").write_bytes(content)
    found = table.table(str(tmp_path / "t.csv"), "price")
    assert told in "\n".join(table.lines(found))
    assert list(found.x) == inputs
    assert len(found.x) == len(found.y)
    for name in found.x:  # what methods take: finite numbers with nan, or texts with None
        cells = found.x[name]
        if cells.dtype == object:
            assert all(cell is None or isinstance(cell, str) for cell in cells)
        else:
            assert not np.isinf(cells.to_numpy(float)).any()


def test_an_npz_of_inputs_and_of_columns(tmp_path):
    days = np.array(DAYS, "M8[D]")
    np.savez(tmp_path / "xy.npz", x=np.stack([A, B], 1), y=PRICE)
    np.savez(tmp_path / "columns.npz", a=A, kind=KIND, day=days, y=PRICE)
    assert list(table.table(str(tmp_path / "xy.npz"), "y").x) == ["x0", "x1"]
    kinds = [one.kind for one in table.table(str(tmp_path / "columns.npz"), "y").columns]
    assert kinds == ["number", "category", "date"]


def test_parquet_is_read_as_the_same_csv(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": A, "kind": KIND, "flag": A > 0, "day": pd.to_datetime(DAYS), "price": PRICE})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "t.csv", index=False)
    one, other = (table.table(str(tmp_path / name), "price") for name in ("t.parquet", "t.csv"))
    assert table.lines(one)[1:] == table.lines(other)[1:]


def test_many_columns_are_told_in_few_lines_those_with_remarks_first(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(6).normal(size=(N, 10)), columns=[*(f"c{i}" for i in range(9)), "y"])
    frame.assign(c7=1).to_csv(tmp_path / "t.csv", index=False)
    found = table.lines(table.table(str(tmp_path / "t.csv"), "y"), 3)
    assert [line.split(":")[0].strip() for line in found[2:]] == ["c7", "c0", "c1", "and 6 more"]
