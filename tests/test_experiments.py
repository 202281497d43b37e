"""The workshop of the experiments: discovery, command line, files and figures, tried on toy experiments."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import experiments
from experiments.lab import Verdict, check_verdicts, cli, results, verdict_table, work

REPOSITORY = Path(experiments.__file__).parents[1]

CLAIM = '''"""{summary}

More words.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from experiments.lab import Verdict, cli
from experiments.lab.figures import caption, interval_line


@dataclasses.dataclass(frozen=True)
class Config:
    seeds: int = 3  # scientific: how many seeds
    rates: tuple[float, ...] = (0.1, 1.0)  # nuisance
    fail_in: str = ""  # fixed: where to raise


QUICK = Config()
FULL = Config(seeds={full})


def run(config):
    if config.fail_in == "run":
        raise RuntimeError("run was told to fail")
    x = np.arange(config.seeds)
    attrs = {{"seconds": {{"compile": 0.5}}, "fail_in": config.fail_in}}
    return xr.Dataset({{"y": ("x", x / 7), "solved": ("x", x > 0)}}, coords={{"x": x}}, attrs=attrs)


def figures(data):
    import matplotlib.pyplot as plt

    if data.attrs["fail_in"] == "figures":
        raise RuntimeError("figures was told to fail")
    fig, ax = plt.subplots()
    interval_line(ax, data.x, data.y, data.y - 0.1, data.y + 0.1, "toy")
    caption(fig, "What is seen. " * 20)
    return {{"toy": fig}}


def table(data):
    return [{{"x": int(x), "y": float(y)}} for x, y in zip(data.x, data.y)]


def verdicts(data):
    low, high = float(data.y.min()), float("inf")
    return [Verdict("toy-id", "A toy.", "Toy 2000", 0.5, float(data.y.mean()), low, high, "", "partly", "-")]


if __name__ == "__main__":
    cli.main(__file__, root=Path(__file__).parents[{depth}])
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of toy experiments: `solo` in one file, `pair` with two claims, and things that are none."""
    folder = tmp_path / f"toys_{tmp_path.name}"  # a package of its own for each test: modules stay imported
    (folder / "pair").mkdir(parents=True)
    (folder / "lab").mkdir()
    (folder / "data").mkdir()
    (folder / "__init__.py").touch()
    (folder / "__main__.py").touch()
    (folder / "lab" / "cli.py").touch()
    (folder / "_helper.py").touch()
    (folder / "data" / "numbers.txt").touch()
    (folder / "solo.py").write_text(CLAIM.format(summary="Solo | claims little.", full=4, depth=0))
    (folder / "pair" / "__init__.py").write_text('CLAIMS = ("second",)\nraise RuntimeError("imported")\n')
    (folder / "pair" / "_shared.py").touch()
    for name in ("first", "second"):
        (folder / "pair" / f"{name}.py").write_text(CLAIM.format(summary=f"The {name}.", full=3, depth=1))
    return folder


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Call the command line on the toy experiments: (exit code, stdout, stderr)."""
    (root / "pair" / "__init__.py").write_text('CLAIMS = ("second",)\n')
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "unused")  # leave this process's JAX as it is
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setattr(sys, "path", list(sys.path))

    def call(*argv: str, script: str | None = None) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            cli.main(script, list(argv), root)
        out, err = capsys.readouterr()
        return int(stop.value.code or 0), out, err

    return call


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- discovery


def test_claims_are_found_in_order_without_being_imported(root: Path):
    claims = experiments.find_claims(root)
    assert [claim.name for claim in claims] == ["pair.second", "pair.first", "solo"]
    assert [claim.summary for claim in claims] == ["The second.", "The first.", "Solo | claims little."]
    assert claims[0].path == root / "pair" / "second.py"
    assert not any(name.startswith(root.name) for name in sys.modules)


def test_a_file_that_does_not_parse_hides_no_other(root: Path):
    (root / "broken.py").write_text("x = 1\ndef (")
    found = {claim.name: claim.summary for claim in experiments.find_claims(root)}
    assert found["broken"] == "(line 2 does not parse)"
    assert "solo" in found


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("quick.py", "", "'quick' belongs to a folder of results"),
        ("pair.py", "", "'pair' is both a file and a folder"),
    ],
)
def test_a_bad_layout_is_refused(root: Path, file: str, text: str, message: str):
    (root / file).write_text(text)
    with pytest.raises(ValueError, match=re.escape(message)):
        experiments.find_claims(root)


def test_claims_order_what_is_there(root: Path):
    (root / "pair" / "__init__.py").write_text("CLAIMS = ('third', 'second')")
    assert [claim.name for claim in experiments.find_claims(root)][:2] == ["pair.second", "pair.first"]


def test_every_claim_that_an_experiment_lists_is_there():
    for folder in [path for path in experiments.ROOT.iterdir() if path.is_dir()]:
        listed = [*experiments.literal(folder, "CLAIMS"), *experiments.literal(folder, "ON_REQUEST")]
        assert [name for name in listed if not (folder / f"{name}.py").exists()] == []


def test_a_claim_on_request_runs_only_when_it_is_named_in_full(root: Path, run):
    (root / "pair" / "__init__.py").write_text("CLAIMS = ('second',)\nON_REQUEST = ('first',)\n")
    claims = experiments.find_claims(root)

    def chosen(*names: str) -> list[str]:
        return [claim.name for claim in experiments.choose(claims, list(names))]

    assert chosen() == ["pair.second", "solo"]
    assert chosen("pair") == ["pair.second"]
    assert chosen("pair", "pair.first") == ["pair.second", "pair.first"]
    assert all("pair.first" in run(option)[1] for option in ("--list", "--markdown", "--help"))


def test_names_choose_experiments_and_claims_once_and_in_order(root: Path):
    claims = experiments.find_claims(root)

    def chosen(*names: str) -> list[str]:
        return [claim.name for claim in experiments.choose(claims, list(names))]

    assert chosen() == ["pair.second", "pair.first", "solo"]
    assert chosen("solo", "pair.first", "pair") == ["solo", "pair.first", "pair.second"]


@pytest.mark.parametrize("name", ["solos", "../solo", "pair.frist", "pai", "", "lab", "_helper", "pair._shared"])
def test_an_unknown_name_exits_with_2(run, name: str):
    code, _, err = run(name)
    assert code == 2
    assert f"unknown experiment {name!r}" in err


def test_an_unknown_name_is_answered_with_the_nearest(run):
    assert "did you mean 'pair.first'?" in run("pair.frist")[2]


# --- the command line


@pytest.mark.parametrize("argument", ["--help", "--list", "--markdown"])
def test_help_and_list_load_no_heavy_library(root: Path, argument: str):
    code = (
        "import sys\nfrom experiments.lab import cli\n"
        f"try:\n    cli.main(argv=[{argument!r}], root={str(root)!r})\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'jax', 'matplotlib', 'numpy', 'xarray', 'pandas', 'scipy', 'nnjax'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_list_and_help_show_every_claim(run):
    for argument in ("--list", "--help"):
        code, out, _ = run(argument)
        assert code == 0
        assert re.search(r"pair\.second +The second\.\npair\.first +The first\.\nsolo +Solo \| claims little\.", out)


def test_help_of_one_claim_shows_the_fields(run):
    code, out, _ = run("solo", "--help")
    assert code == 0
    assert "--preset" in out
    assert "--seeds" in out
    assert "scientific: how many seeds" in out


def test_quick_is_the_default_and_goes_to_quick(run, root: Path):
    code, out, _ = run()
    made = root.parent / "results"
    assert code == 0
    assert "[1/3] pair.second: The second." in out
    assert "[3/3] solo: Solo | claims little." in out
    assert [path.name for path in made.iterdir()] == ["quick"]
    files = {"data.nc", "run.json", "table.csv", "verdicts.json", "toy.png", "toy.svg"}
    assert set(contents(made / "quick" / "pair" / "first")) == files
    assert json.loads((made / "quick" / "solo" / "run.json").read_text())["preset"] == "quick"


@pytest.mark.parametrize(
    ("argv", "folder", "preset", "seeds"),
    [
        (["solo", "--preset", "full"], "solo", "full", 4),
        (["--preset=full", "solo"], "solo", "full", 4),
        (["solo", "--seeds", "4"], "solo", "full", 4),  # exactly FULL, however it was said
        (["solo", "--preset", "full", "--seeds", "5"], "quick/solo", "custom", 5),
        (["solo", "--preset", "full", "--seeds", "3"], "quick/solo", "quick", 3),
        (["--preset", "quick", "solo", "--rates", "0.5", "-1"], "quick/solo", "custom", 3),
        (["pair.first", "--preset", "full"], "pair/first", "full", 3),
        (["pair.first"], "quick/pair/first", "quick", 3),  # QUICK equals FULL there, and quick was asked for
    ],
)
def test_full_alone_is_committed(run, root: Path, argv: list[str], folder: str, preset: str, seeds: int):
    assert run(*argv)[0] == 0
    made = root.parent / "results"
    assert [path.parent for path in made.rglob("run.json")] == [made / folder]
    record = json.loads((made / folder / "run.json").read_text())
    assert (record["preset"], record["config"]["seeds"]) == (preset, seeds)
    assert results.load_dataset(made / folder / "data.nc").sizes["x"] == seeds


def test_fields_are_flags_and_recorded(run, root: Path):
    assert run("solo", "--rates", "0.5", "0.25", "--seeds", "6", "--results-dir", str(root / "out"))[0] == 0
    record = json.loads((root / "out" / "quick" / "solo" / "run.json").read_text())
    assert record["config"] == {"seeds": 6, "rates": [0.5, 0.25], "fail_in": ""}
    assert record["command"] == "python -m experiments solo --rates 0.5 0.25 --seeds 6"
    assert record["seconds"]["compile"] == 0.5
    assert record["seconds"]["total"] >= 0
    assert record["devices"]["count"] >= 1
    assert record["versions"]["python"] == sys.version.split()[0]
    assert str(root) not in json.dumps(record)


SWEEPING = CLAIM.replace(
    "def run(config):",
    """def run(config):
    import nnjax
    nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=8, num_steps=2, progress=False)""",
)


@pytest.mark.parametrize("limit", ["MOST_NETWORKS", "MOST_SECONDS", "MOST_BYTES"])
def test_a_large_grid_of_the_users_own_asks_for_yes(run, root: Path, monkeypatch: pytest.MonkeyPatch, limit: str):
    assert SWEEPING != CLAIM
    (root / "solo.py").write_text(SWEEPING.format(summary="Solo.", full=4, depth=0))
    monkeypatch.setattr(work, limit, 0)
    code, out, _ = run("solo", "--seeds", "5")
    assert code == 1
    assert "8 networks in 1 program" in out
    assert "--yes" in out
    assert not (root.parent / "results" / "quick" / "solo" / "data.nc").exists()
    assert run("solo")[0] == 0, "a preset is not asked about"
    assert run("solo", "--seeds", "5", "--yes")[0] == 0


def test_a_script_has_the_flags(root: Path):
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "XDG_CACHE_HOME": str(root / "cache")}
    command = [sys.executable, "-W", "error", str(root / "solo.py"), "--seeds", "5"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert results.load_dataset(root.parent / "results" / "quick" / "solo" / "data.nc").sizes["x"] == 5


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--presett", "full"], "unknown option --presett; did you mean --preset?"),
        (["pair", "--seeds", "4"], "unknown option --seeds"),
        (["--seeds", "4"], "unknown option --seeds"),
        (["solo", "--redraw", "--seeds", "4"], "--redraw draws what was run"),
        (["solo", "--preset", "fast"], "invalid choice: 'fast'"),
    ],
)
def test_a_bad_option_exits_with_2(run, argv: list[str], message: str):
    code, _, err = run(*argv)
    assert code == 2
    assert message in err


@pytest.mark.parametrize("argv", [["--sseds", "4"], ["--seeds", "many"]])
def test_a_bad_field_exits_with_2_and_writes_nothing(run, root: Path, argv: list[str]):
    assert run("solo", *argv)[0] == 2
    assert not (root.parent / "results").exists()


def test_one_failure_is_reported_and_stops_no_other(run, root: Path):
    text = (root / "pair" / "second.py").read_text()
    (root / "pair" / "second.py").write_text(text.replace('fail_in: str = ""', 'fail_in: str = "run"'))
    code, out, err = run()
    assert code == 1
    assert "failed: pair.second: RuntimeError: run was told to fail" in err
    assert "solo: 1 partly" in out
    assert not (root.parent / "results" / "quick" / "pair" / "second").exists()


def test_a_failure_to_draw_keeps_the_data_and_no_stale_figure(run, root: Path):
    assert run("solo")[0] == 0
    assert run("solo", "--fail-in", "figures")[0] == 1
    assert set(contents(root.parent / "results" / "quick" / "solo")) == {"data.nc", "run.json"}


@pytest.mark.parametrize("part", ["table", "FULL"])
def test_a_claim_that_lacks_a_part_is_named(run, root: Path, part: str):
    text = (root / "solo.py").read_text()
    (root / "solo.py").write_text(text.replace(f"def {part}(", "def other(").replace(f"{part} =", "OTHER ="))
    code, _, err = run("solo")
    assert code == 1
    assert f"solo defines no {part};" in err


def test_a_field_with_the_name_of_an_option_is_refused(run, root: Path):
    (root / "solo.py").write_text((root / "solo.py").read_text().replace("seeds", "redraw"))
    assert "Config.redraw has the name of an option" in run("solo")[2]


# --- what is written


def test_a_redraw_trains_nothing_and_changes_no_byte(run, root: Path):
    assert run("pair", "--preset", "full")[0] == 0
    before = contents(root.parent / "results")
    stale = root.parent / "results" / "pair" / "first" / "old.svg"
    stale.touch()
    sys.modules[f"{root.name}.pair.first"].run = None  # calling it would fail
    code, out, _ = run("pair", "--redraw")
    assert code == 0
    assert "pair.first: 1 partly" in out
    assert not stale.exists()
    assert contents(root.parent / "results") == before


def test_a_redraw_without_data_says_what_to_do(run):
    code, _, err = run("solo", "--redraw")
    assert code == 1
    assert "solo has no data.nc" in err


def test_the_table_and_the_verdicts_are_short_and_strict(run, root: Path):
    assert run("solo")[0] == 0
    folder = root.parent / "results" / "quick" / "solo"
    assert (folder / "table.csv").read_bytes() == b"x,y\n0,0\n1,0.142857\n2,0.285714\n"
    (verdict,) = json.loads((folder / "verdicts.json").read_text())
    assert tuple(verdict) == Verdict._fields
    assert (verdict["low"], verdict["high"]) == (0.0, "inf")
    assert results.to_json([float("nan"), np.float32(2), np.arange(2), (-np.inf,)]) == [
        None,
        2.0,
        [0, 1],
        ["-inf"],
    ]


def test_the_readme_table_comes_from_committed_results(run):
    assert run("solo", "--preset", "full")[0] == 0
    assert run("pair")[0] == 0
    lines = run("--markdown")[1].splitlines()
    assert len(lines) == 5
    assert lines[2].endswith("`python -m experiments pair.second --preset full` |  | not yet run |")
    assert lines[4].startswith("| [solo](experiments/solo.py) | Solo \\| claims little. |")
    assert lines[4].endswith(" s | 1 partly |")


DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint32", "float16", "float32", "float64"]
NUMBERS = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(name, 3, elements=dict(min_value=-(2**52), max_value=2**52) if name == "int64" else None)
)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@settings(max_examples=60, deadline=None)
@given(values=NUMBERS, names=st.lists(TEXT, min_size=3, max_size=3), note=TEXT)
def test_data_comes_back_as_it_went(tmp_path_factory: pytest.TempPathFactory, values, names, note):
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
        (np.array([1j]), "has dtype complex128"),
        (np.array(["2020-01-01"], "datetime64[ns]"), "has dtype datetime64"),
    ],
)
def test_data_that_cannot_be_kept_is_refused(tmp_path: Path, values, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        results.save_dataset(xr.Dataset({"v": ("x", values)}), tmp_path / "data.nc")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../out", "a/b", "/tmp", "a..b", "", ".", "a.b/../../c"])
def test_names_cannot_leave_the_results_folder(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="names are identifiers"):
        results.claim_folder(tmp_path, name, committed=True)
    with pytest.raises(ValueError, match="figure name"):
        results.write_drawn(tmp_path / "claim", {name: None}, [], [])  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())


# --- verdicts

GOOD = Verdict("id", "A claim.", "Toy 2000", 0.5, 0.4, 0.3, 0.6, "", "reproduced", "-")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(verdict="Reproduced"), "verdict 'Reproduced' of 'id': must be one of reproduced, partly, not"),
        (dict(id=" "), "verdict id ' '"),
        (dict(low=0.7), "low 0.7 of 'id': must not exceed high, 0.6"),
        (dict(high="0.6"), "high '0.6' of 'id': must be a number or None"),
        (dict(measured=[0.4]), "measured [0.4] of 'id': must be a number, text or None"),
        (dict(source=None), "source None of 'id': must be text"),
    ],
)
def test_a_bad_verdict_is_refused(change: dict, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_verdicts([GOOD._replace(**change)])


def test_good_verdicts_pass_and_ids_are_used_once():
    good = [
        GOOD,
        GOOD._replace(id="b", measured=None, low=None, high=None, reference="none", verdict="partly"),
    ]
    assert check_verdicts(good) == good
    with pytest.raises(ValueError, match="used once"):
        check_verdicts([GOOD, GOOD])


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_verdict_table_keeps_its_width_and_every_word(width: int):
    long = GOOD._replace(id="-".join(["long"] * 12), claim="many words " * 30, reference="no finite local minimum")
    text = verdict_table([GOOD, long], width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("many") == 30
    assert "0.4 [0.3, 0.6]" in text
    assert "\033" not in text
    assert "\033[32mreproduced\033[0m" in verdict_table([GOOD], width, colour=True)


# --- figures


def test_a_caption_fits_the_width_and_overlaps_nothing():
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, ax = plt.subplots(figsize=(5, 3))
        ax.set(xlabel="x", ylabel="y")
        ax.plot([0, 1], label="line")
        legend = fig.legend(loc="outside lower center")
        figures.caption(fig, "A caption of many words with $a + b$ in it. " * 8)
        fig.canvas.draw()
        text, box = fig.texts[-1].get_window_extent(), ax.get_tightbbox()
        assert box is not None
        assert text.x1 <= fig.bbox.x1
        assert text.y0 >= 0
        assert text.y1 <= legend.get_window_extent().y0
        assert legend.get_window_extent().y1 <= box.y0
        assert fig.get_size_inches()[1] > 3.5
        plt.close(fig)
        with pytest.raises(ValueError, match="layout engine"):
            figures.caption(plt.figure(layout="none"), "text")
        plt.close("all")


def test_interval_line_leaves_out_what_is_not_finite():
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        _, ax = plt.subplots()
        figures.interval_line(ax, [1, 2, 3], [0.1, np.nan, 0.3], [0, 0, 0], [1, 1, 1], "l", bars=True)
        assert list(ax.lines[0].get_xdata()) == [1, 3]
        with pytest.raises(ValueError, match="shapes"):
            figures.interval_line(ax, [1, 2], [0.1], [0], [1])
        plt.close("all")


# --- the cache of compiled programs


CACHED = """
import warnings
warnings.simplefilter("error")
from experiments.lab import work
work.use_compilation_cache()
import jax
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
jax.jit(lambda x: x * 3 + 1)(2.0).block_until_ready()
print(sum(event == "/jax/compilation_cache/cache_hits" for event in hits))
"""


def compile_once(cache: Path) -> int:
    environment = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    environment |= {"XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-c", CACHED]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return int(done.stdout)


def test_a_second_process_finds_the_compiled_programs(tmp_path: Path):
    assert compile_once(tmp_path) == 0
    assert compile_once(tmp_path) >= 1
    assert list((tmp_path / "nnjax" / "xla").iterdir())


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path):
    (tmp_path / "file").touch()
    assert compile_once(tmp_path / "file") == 0


def test_a_film_becomes_a_looping_gif_the_same_each_time(tmp_path: Path):
    import matplotlib.pyplot as plt
    from PIL import Image

    from experiments.lab import figures

    def film(num_frames: int) -> figures.Film:
        fig, ax = plt.subplots(figsize=(2, 1.5))
        (line,) = ax.plot([0, 1], [0, 1])
        return figures.Film(fig, lambda i: line.set_ydata([i, 1]), num_frames)

    with figures.use_style():
        names = results.write_drawn(tmp_path / "a", {"film": film(3)}, [], [])
        results.write_drawn(tmp_path / "b", {"film": film(3)}, [], [])
    plt.close("all")
    assert "film.gif" in names
    assert "film.png" not in names
    content = (tmp_path / "a" / "film.gif").read_bytes()
    assert content == (tmp_path / "b" / "film.gif").read_bytes()
    with Image.open(tmp_path / "a" / "film.gif") as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (3, 0)
    results.write_drawn(tmp_path / "a", {}, [], [])
    assert not (tmp_path / "a" / "film.gif").exists()
    with figures.use_style(), pytest.raises(ValueError, match=r"film\.gif would hold"):
        figures.save_film(film(3), tmp_path / "film.gif", max_bytes=100)
    plt.close("all")
