"""What a run writes: data that come back as they went, tables, verdicts; what is kept, moved and refused."""

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from experiments.lab import results
from experiments.lab.verdicts import Verdict
from tests.experiments.toys import FULL_FIGURES, RUN, contents, write_claim


@pytest.mark.parametrize(
    ("argv", "folder", "preset", "seeds"),
    [
        (["solo", "--preset", "full"], "solo/only", "full", 4),
        (["--preset=full", "solo"], "solo/only", "full", 4),
        (["solo", "--seeds", "4"], "solo/only", "full", 4),  # exactly FULL, however it was said
        (["solo", "--preset", "full", "--seeds", "5"], "quick/solo/only", "custom", 5),
        (["solo", "--preset", "full", "--seeds", "3"], "quick/solo/only", "quick", 3),
        (["--preset", "quick", "solo", "--rates", "0.5", "2"], "quick/solo/only", "custom", 3),
        (["pair.first", "--preset", "full"], "pair/first", "full", 3),
        (["pair.first"], "quick/pair/first", "quick", 3),  # QUICK equals FULL there, and quick was asked for
    ],
)
def test_full_alone_is_committed(root: Path, call, argv: list[str], folder: str, preset: str, seeds: int):
    assert call(*argv)[0] == 0
    made = root.parent / "results"
    assert [path.parent for path in made.rglob("run.json")] == [made / folder]
    record = json.loads((made / folder / "run.json").read_text())
    assert (record["preset"], record["config"]["seeds"]) == (preset, seeds)
    assert results.load_dataset(made / folder / "data.nc").sizes["x"] == seeds


def test_a_failure_to_draw_keeps_the_data_and_nothing_of_earlier_data(root: Path, call):
    handing_over = RUN.replace(
        '"fail_in": config', '"files": {files} if config.fail_in == "" else {}, "fail_in": config'
    )
    write_claim(root, "solo.only", "Solo.", run=handing_over.replace("{files}", '{"a.json": {"x": 1}, "b.txt": "b"}'))
    made = root.parent / "results" / "quick" / "solo" / "only"
    assert call("solo", "--style", "ggplot")[0] == 0
    assert {"a.json", "b.txt", "styled/toy.png"} <= set(contents(made))
    assert call("solo", "--fail-in", "figures")[0] == 1
    assert set(contents(made)) == {"data.nc", "run.json"}


def test_results_of_own_settings_are_moved_aside_by_other_settings_and_never_lost(root: Path, call):
    place = root.parent / "results" / "quick" / "solo" / "only"
    assert call("solo", "--seeds", "5")[0] == 0
    (place / "model.npz").write_text("a network")
    assert "moved" not in call("solo", "--seeds", "5")[1]
    assert (place / "model.npz").exists()
    assert call("solo", "--seeds", "6", "--fail-in", "run")[0] == 1
    assert (place / "model.npz").exists(), "a run that fails replaces nothing"
    for number, options in ((1, []), (2, ["--seeds", "6"])):
        told = f"solo.only: results go to {place}/; those of other settings there are moved to {place}.{number}/\n"
        out = call("solo", *options)[1]
        assert (told in out) is (number == 1), "what QUICK has made can be made again"
    assert (place.with_name("only.1") / "model.npz").read_text() == "a network"
    assert json.loads((place.with_name("only.1") / "run.json").read_text())["config"]["seeds"] == 5
    assert json.loads((place / "run.json").read_text())["config"]["seeds"] == 6
    assert sorted(path.name for path in place.parent.iterdir()) == ["only", "only.1"]


def test_full_results_under_a_name_are_moved_aside_and_committed_ones_are_not(root: Path, call):
    named = root.parent / "results" / "runs" / "mine" / "solo" / "only"
    assert call("solo", "--preset", "full", "--name", "mine")[0] == 0
    assert call("solo", "--preset", "full")[0] == 0
    assert "moved" not in call("solo", "--preset", "full", "--name", "mine")[1]
    assert f"are moved to {named}.1/\n" in call("solo", "--name", "mine", "--seeds", "5")[1]
    seeds = [
        json.loads((place / "run.json").read_text())["config"]["seeds"] for place in (named.parent / "only.1", named)
    ]
    assert seeds == [4, 5]
    committed = root.parent / "results" / "solo" / "only"
    record = json.loads((committed / "run.json").read_text())
    record["config"]["seeds"] = 9  # FULL as it once was
    (committed / "run.json").write_text(json.dumps(record))
    assert "moved" not in call("solo", "--preset", "full")[1], "git keeps the old ones"
    assert [path.name for path in committed.parent.iterdir()] == ["only"]


def test_a_redraw_trains_nothing_and_changes_no_byte(root: Path, call):
    write_claim(root, "pair.first", "The first.", figures=FULL_FIGURES)
    assert call("pair", "--preset", "full")[0] == 0
    before = contents(root.parent / "results")
    stale = root.parent / "results" / "pair" / "first" / "old.svg"
    stale.touch()
    sys.modules[f"{root.name}.pair.first.run"].run = None  # calling it would fail
    code, out, _ = call("pair", "--redraw")
    assert code == 0
    assert "pair.first   1 reproduced; 0 of 1 aims met\n" in out
    assert not stale.exists()
    assert contents(root.parent / "results") == before


def test_a_redraw_without_names_draws_everything_that_has_data(root: Path, call):
    (root / "pair" / "__init__.py").write_text("ON_REQUEST = ('first',)\n")
    write_claim(root, "engine.fast", "The engine is fast.")
    (root / "engine" / "__init__.py").write_text("ENGINE = True\n")
    for name in ("pair.first", "engine.fast", "solo.only"):
        assert call(name, "--preset", "full")[0] == 0
    assert call("pair.second")[0] == 0
    for options, names in (
        (["--preset", "full"], ["pair.first", "solo.only", "engine.fast"]),
        ([], ["pair.first", "pair.second", "solo.only", "engine.fast"]),
        (["--preset", "quick"], ["pair.second"]),
    ):
        code, out, err = call("--redraw", *options)
        assert (code, err) == (0, "")
        assert re.findall(r"^\[\d/\d\] (\S+)", out, re.MULTILINE) == names


def test_a_redraw_without_data_says_what_to_do(root, call):
    code, _, err = call("solo", "--redraw")
    assert code == 2
    assert err.startswith("failed: solo.only: no data.nc in ")


def test_what_cannot_be_drawn_is_told_and_that_its_data_are_of_an_earlier_state(root: Path, call, monkeypatch):
    assert call("solo")[0] == 0

    def verdicts(data: xr.Dataset) -> None:
        raise KeyError("column")

    monkeypatch.setattr(sys.modules[f"{root.name}.solo.only.verdicts"], "verdicts", verdicts)
    code, _, err = call("solo", "--redraw", "--preset", "quick")
    assert code == 1
    assert "Traceback" in err  # a fault of the claim's
    assert "an earlier state" not in err
    with (root / "solo" / "only" / "run.py").open("a") as file:
        file.write("\nCOLUMN = 'new'\n")
    code, _, err = call("solo", "--redraw", "--preset", "quick")
    assert code == 1
    assert "Traceback" in err
    assert "\nfailed: solo.only: KeyError: 'column'\n    perhaps because the data in " in err
    assert err.endswith("an earlier state of solo.only, which has changed since; run it again\n")


def test_the_table_and_the_verdicts_are_short_and_strict(root: Path, call):
    assert call("solo")[0] == 0
    folder = root.parent / "results" / "quick" / "solo" / "only"
    assert (folder / "table.csv").read_bytes() == b"x,y\n0,0\n1,0.142857\n2,0.285714\n"
    verdict, aim = json.loads((folder / "verdicts.json").read_text())
    assert tuple(verdict) == Verdict._fields[:-2]  # the last two are written where they are not empty
    assert (verdict["low"], verdict["high"], verdict["n"]) == (0.0, "inf", 3)
    assert (verdict["kind"], verdict["outcome"], aim["kind"], aim["outcome"]) == (
        "published", "reproduced", "aim", "not reproduced",
    )  # fmt: skip
    assert verdict["command"] == "python -m experiments solo.only"
    assert call("solo", "--seeds", "4", "--rates", "0.5", "--preset", "full")[0] == 0
    (verdict, _) = json.loads((folder / "verdicts.json").read_text())
    assert verdict["command"] == "python -m experiments solo.only --preset full --seeds 4 --rates 0.5"
    assert verdict["claim"] == "4 toys are high."
    assert results.to_json([float("nan"), np.float32(2), np.arange(2), (-np.inf,)]) == [
        None,
        2.0,
        [0, 1],
        ["-inf"],
    ]


def test_the_numbers_of_the_readme_come_from_committed_results(root, call):
    assert call("--readme")[::2] == (1, f"failed: [Errno 2] No such file or directory: '{root.parent / 'README.md'}'\n")
    marks = "".join(f"<!-- {name} -->\nold\n<!-- end of {name} -->\n" for name in ("glance", "answers", "peers"))
    (root.parent / "README.md").write_text(marks)
    assert call("solo", "--preset", "full")[0] == 0
    assert call("pair")[0] == 0  # QUICK, which is not committed
    assert call("--readme", "--help")[1].startswith("usage: ")
    assert "old" in (root.parent / "README.md").read_text()
    assert call("--readme")[1].endswith("README.md: filled in anew\n")
    written = (root.parent / "README.md").read_text()
    assert "Of the 1 that others have made: 1 reproduced (held: 1 of 1 published results)." in written
    assert "Of our own 1 aims: 1 missed." in written
    assert call("--readme")[1].endswith("README.md: nothing has changed\n")


DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint32", "float16", "float32", "float64"]
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(max_examples=2, deadline=None)
@given(drawn=st.data(), names=st.lists(TEXT, min_size=3, max_size=3), note=TEXT)
def test_data_comes_back_as_it_went(tmp_path_factory: pytest.TempPathFactory, dtype, drawn, names, note):
    bounds = dict(min_value=-(2**52), max_value=2**52) if dtype == "int64" else None
    values = drawn.draw(hnp.arrays(dtype, 3, elements=bounds))
    attrs = {"note": note, "json": "json:1", "deep": {"a": [1, None, True, 0.1]}, "n": 3, "none": None}
    data = xr.Dataset(
        {"value": ("x", values, {"units": note}), "scalar": ((), names[0])},
        coords={"x": ["p", "qq", "é"], "name": ("x", names), "k": ("x", [1, 2, 3])},
        attrs=attrs,
    )
    path = tmp_path_factory.mktemp("data") / "data.nc"
    results.save_dataset(data, path)
    loaded = results.load_dataset(path)
    xr.testing.assert_identical(loaded, data)
    assert {str(k): v.dtype.kind for k, v in loaded.variables.items()} == {
        str(k): v.dtype.kind for k, v in data.variables.items()
    }
    assert loaded["value"].dtype == values.dtype
    assert loaded["k"].dtype == np.int64
    assert loaded.attrs == attrs


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros(130_000), "more than 1,000,000"),
        (np.array([2**60]), "integers beyond 2^53"),
        *((np.array([value]), "integers beyond 2^53") for value in (2**53 + 1, -(2**63), np.uint64(2**63))),
        (np.array([1j]), "has dtype complex128"),
        (np.array(["2020-01-01"], "datetime64[ns]"), "has dtype datetime64"),
    ],
)
def test_data_that_cannot_be_kept_is_refused(tmp_path: Path, values, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        results.save_dataset(xr.Dataset({"v": ("x", values)}), tmp_path / "data.nc")
    assert not list(tmp_path.iterdir())


def test_only_what_git_keeps_must_be_small(root: Path, call, monkeypatch):
    large = RUN.replace('"solved"', '"large": ("z", np.zeros(130_000)), "solved"')
    kept = large.replace("return xr.Dataset(", "from experiments.lab import parts\n    make = lambda: xr.Dataset(")
    write_claim(root, "solo.only", "Solo.", full=4, run=f"{kept}    return parts.of_this_run().kept('a', make)\n")
    monkeypatch.setattr(results, "MAX_PNG_BYTES", 100)
    for options in ([], ["--seeds", "5"], ["--preset", "full", "--name", "mine"]):
        assert call("solo", *options)[0] == 0
    code, _, err = call("solo", "--preset", "full")
    assert code == 1
    assert "more than 1,000,000: return fewer numbers from run()" in err
    write_claim(root, "solo.drawn", "Solo.", full=4)
    assert call("solo.drawn")[0] == 0
    code, _, err = call("solo.drawn", "--preset", "full")
    assert code == 1
    assert "toy.png would hold" in err


def test_what_a_killed_process_was_writing_is_removed_once_it_is_old(tmp_path: Path):
    new, old = tmp_path / ".writing-new", tmp_path / ".writing-old"
    for place in (new, old):
        place.mkdir()
        (place / "toy.png").touch()
    os.utime(old, (0, 0))
    results.write_drawn(tmp_path, {}, [], [])
    assert not old.exists()
    assert (new / "toy.png").exists(), "another process may be writing there"


@pytest.mark.parametrize("name", ["../out", "a/b", "/tmp", "a..b", "", ".", "a.b/../../c"])
def test_names_cannot_leave_the_results_folder(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="names are identifiers"):
        results.claim_folder(tmp_path, name, committed=True)
    with pytest.raises(ValueError, match="figure name"):
        results.write_drawn(tmp_path / "claim", {name: None}, [], [])  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())
