"""The explorer's tables: settings, numbers and intervals are found in `table.csv`, and packed into the page."""

import base64
import gzip
import importlib.util
import json
import re

import pytest

from experiments.lab.claims import ROOT, Claim, find_claims
from experiments.lab.report import explorer
from experiments.lab.report.read import Result, read

RESULTS = ROOT.parent / "results"


def result(folder, text, name="toys.tall"):
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return Result(Claim(name, folder, "Toys."), folder, f"python -m experiments {name}", table=path)


def test_the_settings_are_the_first_columns_that_tell_rows_apart(tmp_path):
    found = explorer.table(
        result(tmp_path, "way,width,share,low,high,n\na,1,0.5,0.4,0.6,9\na,2,inf,,nan,9\nb,1,0,0,1,9\n")
    )
    assert found["keys"] == ["way", "width"]
    assert found["values"] == ["share", "n"]
    assert found["intervals"] == {"share": ["low", "high"]}
    assert found["columns"]["way"] == ["a", "a", "b"]
    assert found["columns"]["share"] == [0.5, explorer._INFINITE, 0]
    assert found["columns"]["low"] == [0.4, None, 0]
    assert found["command"] == "python -m experiments toys.tall"


@pytest.mark.parametrize(
    ("head", "intervals"),
    [
        ("a,median,least,greatest", {"median": ["least", "greatest"]}),
        ("a,low_ns,ns,high_ns,n,n_low,n_high", {"ns": ["low_ns", "high_ns"], "n": ["n_low", "n_high"]}),
        ("a,share,low,high,error,by_low,by_high", {"share": ["low", "high"], "error": ["by_low", "by_high"]}),
        ("a,low,high,least", {}),
        ("a,least_mistakes,most_mistakes,bound", {}),
        ("a,share,shallow,high", {}),
    ],
)  # fmt: skip
def test_intervals_are_found_by_the_names_beside_a_number(tmp_path, head, intervals):
    places = {"a": 0} | dict.fromkeys(re.findall(r"\w*(?:low|least)\w*", head), 1)
    places |= dict.fromkeys(re.findall(r"\w*(?:high|greatest)\w*", head), 3)
    numbers = ",".join(str(places.get(name, 2)) for name in head.split(","))
    assert explorer.table(result(tmp_path, f"{head}\n{numbers}\n"))["intervals"] == intervals


@pytest.mark.parametrize("text", ["", "a,b\n", "a,b\n1\n", "a,a\n1,2\n", "way,what\nx,y\n", "a,low,high\n1,2,3\n"])
def test_a_table_without_numbers_or_out_of_shape_is_left_out(tmp_path, text):
    found = explorer.table(result(tmp_path, text))
    assert found is None or found["values"] == ["low", "high"]


def test_a_table_of_several_parts_is_told_apart_by_its_words(tmp_path):
    head = "part,folds,noise,n,a,b,c,kind,share"
    rows = [f"first,{fold},0,9,1,1,1,,0.5" for fold in (1, 2)] + [f"second,1,0,9,1,1,1,{kind},0.1" for kind in "xy"]
    found = explorer.table(result(tmp_path, "\n".join([head, *rows])))
    assert found["keys"] == ["part", "folds", "kind"]


def test_what_tells_no_more_rows_apart_is_no_setting(tmp_path):
    head = "way,rows,always,share,low,high,tuned,against,errs_less"
    rows = [f"{way},{n},x,0.5,0.4,0.6,C {n},," for way in "ab" for n in (1, 2)]
    rows += [f"a,,x,,,,,{other},{errs_less}" for other, errs_less in ("bb", "ca", "da")]
    found = explorer.table(result(tmp_path, "\n".join([head, *rows])))
    assert found["keys"] == ["way", "rows", "against"]


@pytest.mark.parametrize("head", ["way,n,low_ns,ns,high_ns", "way,n,ns,low,high", "way,n,least_ns,most_ns"])
def test_what_was_measured_is_no_setting(tmp_path, head):
    rows = "a,1,2,2,3\na,1,3,3,4\na,2,4,4,5\n" if head.endswith(("high", "high_ns")) else "a,1,2,3\na,1,3,4\na,2,4,5\n"
    assert explorer.table(result(tmp_path, f"{head}\n{rows}"))["keys"] == ["way", "n"]


def test_an_interval_holds_every_value_of_its_column(tmp_path):
    found = explorer.table(result(tmp_path, "way,solved,low,high,share,by_low,by_high\na,0,0,0.5,,,\nb,9,0.5,1,,1,2\n"))
    assert found["intervals"] == {}  # a count beside the ends of its share, and ends that stand beside no value
    assert found["values"] == ["solved", "low", "high", "share", "by_low", "by_high"]


def test_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    shown = explorer.explorer([result(tmp_path, "a,b\n1,2\n")])
    assert "pip install -e &#x27;.[report]&#x27;" in shown
    assert "<script" not in shown


def test_the_page_holds_the_tables_as_they_are_and_the_same_bytes_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(explorer, "_bundle", lambda: "window.vegaEmbed = 1;")
    one = result(tmp_path, 'way,n\n"</script><b>",2\nInfinity,-inf\n', "toys.<i>")
    shown = explorer.explorer([one])
    assert shown == explorer.explorer([one])
    assert "<option>toys.&lt;i&gt;</option>" in shown
    packed = dict(re.findall(r'<script type="application/octet-stream" id="explorer-(\w+)">([\w+/=]*)</script>', shown))
    unpacked = {name: gzip.decompress(base64.b64decode(text)).decode() for name, text in packed.items()}
    assert json.loads(unpacked["tables"]) == {"toys.<i>": explorer.table(one)}
    assert "Infinity]" not in unpacked["tables"]  # no browser reads it
    assert unpacked["vega"] == "window.vegaEmbed = 1;"


def test_every_committed_table_has_something_to_draw():
    found = {one.claim.name: explorer.table(one) for one in read(find_claims(), RESULTS) if one.table is not None}
    missing = {name for name, table in found.items() if table is None}
    assert len(found) > 40
    assert missing <= {"survival.changed"}  # its numbers are words: yes and no
    assert sum(bool(table["intervals"]) for table in found.values() if table) > 20
    assert found["speed.shapes"]["keys"] == ["workload", "method"]
    assert found["learning_from_data.sample_size"]["keys"] == ["data_set", "rows", "method", "against"]
    assert found["wide_versus_deep.expressible"]["keys"] == ["function", "layers", "dtype"]
    assert set(found["wide_versus_deep.learnable"]["intervals"]) == {"solved_share", "right"}
    assert set(found["wide_versus_deep.published"]["intervals"]) == {"accuracy_percent"}
