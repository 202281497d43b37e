"""A trained network comes back from its files as it was, and reads new cells as it read those of its training."""

import csv
import io
import itertools
import json
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.lab import cli, results
from experiments.your_table import columns, model, predict, right_tool, table
from experiments.your_table.columns import CATEGORY, DATE, NUMBER, Column
from nnjax.sklearn import Columns
from nnjax.sklearn.estimators import Target

N = 60
RNG = np.random.default_rng(1)
FRAME = pd.DataFrame(
    {
        "weight": RNG.normal(70, 12, N).round(2),
        "town": np.array(["Ulm", "Bonn", "Kiel"])[RNG.integers(0, 3, N)],
        "day": (np.datetime64("2020-02-27") + RNG.integers(0, 99, N).astype("m8[D]")).astype(str),
        "code": [f"00{i % 4}" for i in range(N)],
    }
)
FRAME["price"] = (FRAME.weight / 10 + RNG.normal(0, 0.3, N)).round(3)
FRAME["kind"] = np.where(FRAME.price > 7, "dear", "cheap")


def made(folder, target="price", kinds=None, activations=("relu", "tanh"), **change):
    """A table, and a network of random weights for it, in a folder."""
    folder.mkdir(exist_ok=True)
    drop = ("kind",) if target == "price" else ("price",)
    FRAME.assign(**change).to_csv(folder / "table.csv", index=False)
    found = table.table(str(folder / "table.csv"), target, drop=drop)
    inputs = Columns().fit(found.x)
    sizes = (inputs.transform(found.x).shape[1], 3, len(found.classes) or 1)
    rng = np.random.default_rng(0)
    networks = [
        (tuple((rng.normal(size=size).astype(np.float32), rng.normal(size=size[1]).astype(np.float32))
               for size in itertools.pairwise(sizes)), name)
        for name in activations
    ]  # fmt: skip
    fit = SimpleNamespace(transformer_=inputs, networks_=networks, target_=Target(7.0, 2.5))
    for name, content in model.files(found, fit).items():
        results.write_file(folder / name, content)
    return found, fit


@pytest.fixture
def call(monkeypatch, capsys, tmp_path):
    def run(*argv):
        with pytest.raises(SystemExit) as stop:
            cli.main(["your_table", *map(str, argv)])
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path / "programs"))
    return run


def predicted(call, folder, text, name="new.csv"):
    """What the command prints for a file of this text: the rows, and the notes."""
    (folder / name).write_text(text, encoding="utf-8")
    code, out, err = call("predict", folder, folder / name)
    assert code == 0, err
    return list(csv.DictReader(io.StringIO(out))), err.splitlines()


@pytest.mark.parametrize("target", ["price", "kind"])
def test_predictions_are_those_of_the_networks_themselves(target, call, tmp_path):
    found, fit = made(tmp_path, target)
    answers = []
    for layers, name in fit.networks_:
        h = fit.transformer_.transform(found.x)
        for w, b in layers[:-1]:
            h = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[name](h @ w + b)
        h = h @ layers[-1][0] + layers[-1][1]
        answers.append(np.exp(h) / np.exp(h).sum(1, keepdims=True) if found.classes else 7.0 + 2.5 * h)
    expected = np.mean(answers, axis=0)
    rows, notes = predicted(call, tmp_path, (tmp_path / "table.csv").read_text())
    assert notes == []
    if target == "price":
        np.testing.assert_allclose([float(row["price"]) for row in rows], expected[:, 0], rtol=1e-6)
    else:
        np.testing.assert_allclose([float(row["probability of dear"]) for row in rows], expected[:, 1], rtol=1e-5)
        assert [row["kind"] for row in rows] == [found.classes[i] for i in expected.argmax(1)]


HEAD, GOOD = "weight,town,day,code\n", "70.5,Ulm,2020-03-01,001\n"


def test_a_date_that_is_none_is_the_median_with_a_note(call, tmp_path):
    """NumPy reads 20200201 as a year, 43891 as one too, and knows "today": 399,899,052 was predicted for a price."""
    made(tmp_path)
    odd = ("20200201", "43891", "today", "2020-02-31", "-")
    rows, notes = predicted(call, tmp_path, HEAD + "".join(f"70.5,Ulm,{day},001\n" for day in ("", *odd)))
    assert {row["price"] for row in rows} == {rows[0]["price"]}
    assert notes == [
        "note: day: 4 rows (the first: line 3) have no date such as 2020-12-31 (the median stands in): 2020-02-31, "
        "20200201, 43891, today"
    ]
    assert predicted(call, tmp_path, HEAD + GOOD)[0][0]["price"] != rows[0]["price"]


def test_dates_of_an_npz_are_read_as_dates_and_its_numbers_are_not(tmp_path):
    made(tmp_path)
    known = model.load(tmp_path)
    (day,) = (one for one in known.columns if one.kind == DATE)
    dates = pd.Series(np.array(["2020-03-01", "NaT"], "M8[s]"))
    values, notes = columns.read(day, dates)
    np.testing.assert_array_equal(values, [18322.0, np.nan])
    assert notes == []
    values, notes = columns.read(day, pd.Series([18322.0]))
    assert np.isnan(values).all()
    assert "no date" in notes[0]


def test_cells_that_a_decimal_comma_shifts_are_refused_with_their_line(call, tmp_path):
    """Also where the last cell of the row is empty, as pandas drops it then."""
    made(tmp_path)
    for shifted in ("70,5,Ulm,2020-03-01,001\n", "70,5,Ulm,2020-03-01,\n"):
        (tmp_path / "new.csv").write_text(HEAD + GOOD + shifted)
        code, out, err = call("predict", tmp_path, tmp_path / "new.csv")
        assert (code, out) == (2, "")
        assert "has 5 cells in line 3, where 4 are expected; a decimal comma makes two cells of a number" in err


def test_values_that_no_training_row_had_are_noted(call, tmp_path):
    made(tmp_path)
    _, notes = predicted(call, tmp_path, HEAD + GOOD + "7,Köln,2030-01-01,7\n1 kg,Ulm,2020-03-01,001\n")
    text = "\n".join(notes)
    assert "weight: 1 row (line 3) has a value outside of those of the training rows" in text
    assert "weight: 1 row (line 4) has no number (the median stands in): 1 kg" in text
    assert "town: 1 row (line 3) has a category that the network does not know: Köln" in text
    assert "day: 1 row (line 3) has a value outside of those of the training rows, 2020-02-27 to" in text
    assert "code: 1 row (line 3) has a category that the network does not know: 7" in text


def test_decimal_commas_are_read_where_the_table_or_the_new_file_shows_them(call, tmp_path):
    made(tmp_path)
    expected = predicted(call, tmp_path, HEAD + GOOD)
    semicolons = (HEAD + GOOD).replace(",", ";").replace("70.5", "70,5")
    assert predicted(call, tmp_path, semicolons) == expected
    assert predicted(call, tmp_path, "\ufeff\n" + semicolons.replace(";", "\t")) == expected
    made(tmp_path / "m", weight=FRAME.weight.astype(str).str.replace(".", ",", regex=False))
    assert predicted(call, tmp_path / "m", semicolons) == expected


def test_whole_numbers_are_the_same_category_however_they_are_written_but_codes_are_not(call, tmp_path):
    made(tmp_path, town=np.where(np.arange(N) % 3, "1.50", "other"))
    row = "70.5,{},2020-03-01,001\n"
    rows, notes = predicted(call, tmp_path, HEAD + "".join(map(row.format, ("1.50", "1.5", "01.5"))))
    assert rows[0] == rows[1] != rows[2]
    assert len(notes) == 1


def test_a_cell_that_a_spreadsheet_would_run_is_written_as_a_text(call, tmp_path):
    bad = "=HYPERLINK(1)"
    made(tmp_path, "kind", kind=np.where(FRAME.price > 7, bad, "-2"))
    rows, _ = predicted(call, tmp_path, HEAD + GOOD * 3)
    told = json.loads((tmp_path / "model.json").read_text())
    told["target"] = "@kind"
    (tmp_path / "model.json").write_text(json.dumps(told))
    rows, _ = predicted(call, tmp_path, HEAD + GOOD * 3)
    assert {row["'@kind"] for row in rows} <= {f"'{bad}", "-2"}
    for cell, written in (("+1+1", "'+1+1"), ("\tx", "'\tx"), ("-1.5", "-1.5"), ("-", "-"), ("a=1", "a=1")):
        assert predict.harmless(cell) == written


def test_what_cannot_be_predicted_is_refused_in_one_line(call, tmp_path):
    made(tmp_path)
    (tmp_path / "few.csv").write_text("town,code\nUlm,001\n")
    for arguments, told in (
        (("m",), "predict takes two names"),
        ((tmp_path, tmp_path / "few.csv"), "NEW='.*' lacks the column 'weight': the network needs weight, town"),
        ((tmp_path, tmp_path / "gone.csv"), "NEW='.*there is no such file"),
        ((tmp_path / "few.csv", tmp_path / "few.csv"), "holds no model"),
    ):
        code, out, err = call("predict", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert pd.Series([err]).str.contains(told).all(), err


def _json(change):
    def damage(folder):
        told = json.loads((folder / "model.json").read_text())
        change(told)
        (folder / "model.json").write_text(json.dumps(told))

    return damage


def _arrays(change):
    def damage(folder):
        with np.load(folder / "model.npz") as file:
            arrays = dict(file)
        change(arrays)
        np.savez(folder / "model.npz", **arrays)

    return damage


def _cut(name):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-40])


DAMAGE = {
    "a file cut short": _cut("model.npz"),
    "half a JSON": _cut("model.json"),
    "no JSON": lambda folder: (folder / "model.json").write_bytes(b"\xff\x00"),
    "a list": lambda folder: (folder / "model.json").write_text("[]"),
    "no target": _json(lambda told: told.pop("target")),
    "a class that is a number": _json(lambda told: told.update(classes=[1])),
    "a median that is a text": _json(lambda told: told["columns"][0]["input"].update(median="x")),
    "a scale that is infinite": _json(lambda told: told.update(scale=float("inf"))),
    "another kind": _json(lambda told: told["columns"][0].update(kind=CATEGORY)),
    "an unknown activation": _json(lambda told: told["networks"][0].update(activation="gone")),
    "no networks": _json(lambda told: told.update(networks=[])),
    "a column too few": _json(lambda told: told["columns"].pop()),
    "a layer too many": _json(lambda told: told["networks"][0].update(layers=3)),
    "weights of another shape": _arrays(lambda arrays: arrays.update({"w0.0": np.zeros((2, 2))})),
    "weights that are nan": _arrays(lambda arrays: arrays.update({"b0.0": np.full(3, np.nan)})),
    "objects of Python": _arrays(lambda arrays: arrays.update({"b0.0": np.array([{}], object)})),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_model_is_refused_in_one_line(damage, call, tmp_path):
    made(tmp_path)
    (tmp_path / "new.csv").write_text(HEAD + GOOD)
    DAMAGE[damage](tmp_path)
    code, out, err = call("predict", tmp_path, tmp_path / "new.csv")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is damaged or of another version: " in err
    assert "Traceback" not in err


def test_a_model_of_one_input_takes_a_file_of_one_column(call, tmp_path):
    FRAME[["weight", "price"]].to_csv(tmp_path / "t.csv", index=False)
    found = table.table(str(tmp_path / "t.csv"), "price")
    fit = SimpleNamespace(transformer_=Columns().fit(found.x), target_=Target(0.0, 1.0))
    fit.networks_ = [(((np.ones((1, 1)), np.zeros(1)),), "relu")]
    for name, content in model.files(found, fit).items():
        results.write_file(tmp_path / name, content)
    rows, _ = predicted(call, tmp_path, "weight\n70\n")
    assert float(rows[0]["price"]) == pytest.approx((70 - FRAME.weight.mean()) / FRAME.weight.std(ddof=0))


CELLS = st.one_of(
    st.floats(-1e6, 1e6, width=32).map(repr), st.integers(-999, 999).map(str),
    st.sampled_from(["none", "inf", "abc", "1,5", "1e3", "+4", "2020-02-30", "12 34", "1_000", "\u0661\u0662", "0x1"]),
)  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=4), st.sampled_from([".", ","]))
@example(["1,5", "inf"], ",")
def test_a_cell_is_the_same_number_in_training_and_later(cells, decimal):
    texts = pd.Series([*(str(i) for i in range(30)), *cells], dtype=object)
    found, values = columns.judged("a", texts, decimal)
    assert found.kind == NUMBER
    np.testing.assert_array_equal(values, columns.read(found, texts)[0])


@given(st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2100-01-01")))
def test_a_date_is_its_number_of_days(moment):
    text = moment.strftime("%Y-%m-%d %H:%M")
    expected = (moment.replace(second=0, microsecond=0) - pd.Timestamp(0)) / pd.Timedelta(days=1)
    assert columns.days(pd.Series([text]))[0] == pytest.approx(expected)
    assert columns.read(Column("day", DATE), pd.Series([text], dtype=object))[0][0] == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["kind", "price"])
def test_a_table_is_run_drawn_and_predicted(target, call, tmp_path):
    FRAME.to_csv(tmp_path / "t.csv", index=False)
    drop = "price" if target == "kind" else "kind"
    code, out, err = call(
        tmp_path / "t.csv", "--target", target, "--drop", drop, "--trials", 2, "--folds", 3, "--hidden", 4,
        "--steps", 30, "--members", 2, "--out", tmp_path / "r",
    )  # fmt: skip
    assert code == 0, err
    assert out.index("columns: ") < out.index("This will take about") < out.index("A quick look (2 trials")
    folder = tmp_path / "r" / "your_table" / "right_tool"
    drawn = {f"{draw.__name__}.png" for draw in right_tool.FIGURES}
    assert drawn | {"report.md", "model.npz", "model.json", "table.csv"} <= {one.name for one in folder.iterdir()}
    text = (folder / "report.md").read_text()
    assert ("probabilities right" in text) is (target == "kind")
    assert "not settled" not in text
    shutil.copytree(folder, tmp_path / "moved")
    rows, _ = predicted(call, tmp_path / "moved", FRAME.to_csv(index=False))
    assert len(rows) == N
    assert set(rows[0]) >= {target}
