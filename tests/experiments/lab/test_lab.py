"""The workshop of the experiments: discovery, command line, files and figures, tried on toy experiments."""

import ast
import dataclasses
import itertools
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated
from unittest import mock

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from experiments.lab import checks, claims, cli, flags, results, rules, text, work
from experiments.lab.report.fill import Formatted
from experiments.lab.verdicts import (
    AIM,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    PREDICTION,
    PUBLISHED,
    RANGE,
    REPRODUCED,
    Rule,
    Statement,
    Verdict,
    check_statements,
    check_verdicts,
)  # fmt: skip
from tests.experiments.toys import CONFIG, RUN, VERDICTS, write_claim

REPOSITORY = claims.ROOT.parent
ARTIST = cli._artist  # which draws in a process of its own; `call` draws in this one


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- discovery


def test_claims_are_found_in_order_without_being_imported(root: Path):
    (root / "pair" / "__init__.py").write_text("CLAIMS = ('third', 'second')\nraise RuntimeError('imported')\n")
    found = claims.find_claims(root)
    assert [claim.name for claim in found] == ["pair.second", "pair.first", "solo.only"]
    assert [claim.summary for claim in found] == ["The second.", "The first.", "Solo | claims little."]
    assert found[0].path == root / "pair" / "second"
    assert not any(name.startswith(root.name) for name in sys.modules)
    (root / "__init__.py").write_text("TOPICS = ('solo',)\n")
    assert [claim.name for claim in claims.find_claims(root)] == ["solo.only", "pair.second", "pair.first"]


def test_a_file_that_does_not_parse_hides_no_other(root: Path):
    (root / "pair" / "first" / "__init__.py").write_text("x = 1\ndef (")
    found = {claim.name: claim.summary for claim in claims.find_claims(root)}
    assert found["pair.first"] == "(line 2 does not parse)"
    assert "solo.only" in found


def test_a_topic_with_the_name_of_a_folder_of_results_is_refused(root: Path):
    write_claim(root, "quick.claim", "Quick.")
    with pytest.raises(ValueError, match="quick: the name belongs to a folder of results/"):
        claims.find_claims(root)


def test_every_claim_that_a_topic_lists_is_there_and_every_topic_says_what_it_asks():
    for folder in {claim.path.parent for claim in claims.find_claims()}:
        listed = [name for names in ("CLAIMS", "ON_REQUEST") for name in claims.literal(folder, names, ())]
        assert listed
        assert [name for name in listed if not (folder / name / "config.py").exists()] == []
        docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert len(docstring) > 100


def test_what_runs_without_being_named(root: Path, call):
    (root / "pair" / "__init__.py").write_text("CLAIMS = ('second',)\nON_REQUEST = ('first',)\n")
    write_claim(root, "engine.fast", "The engine is fast.")
    (root / "engine" / "__init__.py").write_text("ENGINE = True\n")
    found = claims.find_claims(root)

    def chosen(*names: str) -> list[str]:
        return [claim.name for claim in claims.choose(found, list(names))]

    assert chosen() == ["pair.second", "solo.only"]
    assert chosen("pair") == ["pair.second"]
    assert chosen("pair", "pair.first") == ["pair.second", "pair.first"]
    assert chosen("engine") == ["engine.fast"]
    assert chosen("solo", "pair.first", "pair") == ["solo.only", "pair.first", "pair.second"]
    for option in ("--list", "--help"):
        out = call(option)[1]
        assert out.index("solo.only") < out.index("engine.fast")
        assert "pair.first" in out


@pytest.mark.parametrize("name", ["solos", "../solo", "pair.frist", "pai", "", "lab", "_helper", "pair.shared"])
def test_an_unknown_name_exits_with_2(root, call, name: str):
    code, _, err = call(name)
    assert code == 2
    assert f"unknown experiment {name!r}" in err


def test_an_unknown_name_is_answered_with_the_nearest(root, call):
    assert "did you mean 'pair.first'?" in call("pair.frist")[2]


# --- the command line


@pytest.mark.parametrize(("place", "told"), [("| head -1", ""), ("> /dev/full", "No space left on device")])
def test_an_output_that_is_closed_or_full_ends_in_a_line(root: Path, place: str, told: str):
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    code = f"from experiments.lab import cli; cli.main(['--list'] , {str(root)!r})"
    for number in range(3):
        write_claim(root, f"solo.long{number}", "Long " * 5_000)
    command = f'"{sys.executable}" -c "{code}" {place}'
    done = subprocess.run(command, shell=True, cwd=REPOSITORY, capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == bool(told)


@pytest.mark.parametrize("argument", ["--help", "--list"])
def test_help_and_list_load_no_heavy_library(root: Path, argument: str):
    code = (
        "import sys\nfrom experiments.lab import cli\n"
        f"try:\n    cli.main([{argument!r}], {str(root)!r})\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'jax', 'matplotlib', 'numpy', 'xarray', 'pandas', 'scipy', 'nnjax'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_libraries_read_when_they_are_loaded_is_set_first(call, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.delenv("MPLBACKEND")
    found = []
    monkeypatch.setattr(
        cli, "_command", lambda *_: found.extend(map(os.environ.get, ("OPENBLAS_NUM_THREADS", "MPLBACKEND")))
    )
    assert call()[0] == 0
    assert found == ["1", "Agg"]


def test_list_and_help_show_every_claim(root, call):
    for argument in ("--list", "--help"):
        code, out, _ = call(argument)
        assert code == 0
        assert re.search(
            r"pair\.second +The second\.\npair\.first +The first\.\nsolo\.only +Solo \| claims little\.", out
        )


def test_help_of_one_claim_shows_the_fields(root, call):
    code, out, _ = call("solo", "--help")
    assert code == 0
    assert "--preset" in out
    assert "--seeds" in out
    assert "scientific: how many seeds" in out


def test_quick_is_the_default_and_goes_to_quick(root: Path, call):
    code, out, _ = call()
    made = root.parent / "results"
    assert code == 0
    assert re.search(r"\[1/3\] pair.second  1 reproduced; 0 of 1 aims met  \(\d+\.\d s\)", out)
    assert re.search(r"solo +1 +1 +0 +0 +0 +0 of 1", out), "a row for each topic"
    assert "results/quick/<topic>/<claim>/" in out
    assert "results/quick/index.html" in out
    assert "Next: python -m experiments pair.second --redraw --preset quick   (prints" in out
    assert "Toys are 0.14 high." in (made / "quick" / "index.html").read_text(encoding="utf-8")
    assert "Found:" not in out
    told = call("solo")[1]
    assert "Found: Toys are" in told, "a single claim is told in full"
    assert re.search(r"^fast +2 +- +missed$", told, re.MULTILINE), "the words of an aim"
    assert [path.name for path in made.iterdir()] == ["quick"]
    files = {"data.nc", "run.json", "table.csv", "verdicts.json", "toy.png", "toy.svg"}
    assert set(contents(made / "quick" / "pair" / "first")) == files
    assert json.loads((made / "quick" / "solo" / "only" / "run.json").read_text())["preset"] == "quick"
    assert call("solo", "--preset", "full")[0] == 0
    pages = f"{made / 'index.html'} and {made / 'quick' / 'index.html'}"
    assert f"for a browser: {pages}\n" in call("solo", "pair.first", "--redraw")[1], "where results of both are drawn"


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


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({}, "--preset quick"),
        ({"preset": "full"}, "--preset full"),
        ({"preset": "full", "name": "nn"}, "--name nn"),
        ({"results": Path("my results")}, "--preset quick --results-dir 'my results'"),
    ],
)
def test_what_is_to_be_done_next_names_the_results_that_were_made(root: Path, change: dict, options: str):
    job = work.Job([], None, [], root.parent / "results", root)._replace(**change)
    assert cli._redraw(job, "solo.only") == f"python -m experiments solo.only --redraw {options}"


def test_fields_are_flags_and_recorded(root: Path, call):
    assert call("solo", "--rates", "0.25", "0.5", "--seeds", "6", "--results-dir", str(root / "out"))[0] == 0
    record = json.loads((root / "out" / "quick" / "solo" / "only" / "run.json").read_text())
    assert record["config"] == {"seeds": 6, "rates": [0.25, 0.5], "fail_in": ""}
    assert record["command"] == "python -m experiments solo.only --rates 0.25 0.5 --seeds 6"
    assert record["seconds"]["compile"] == 0.5
    assert record["seconds"]["total"] >= 0
    assert record["devices"]["count"] >= 1
    assert record["versions"]["python"] == sys.version.split()[0]
    assert record["versions"]["scikit-learn"] == metadata.version("scikit-learn")
    assert str(root) not in json.dumps(record)


SWEEPING = RUN.replace(
    "def run(config):",
    """def run(config):
    import nnjax
    nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), seeds=8, num_steps=2, progress=False)""",
)


@pytest.mark.parametrize("limit", ["MOST_NETWORKS", "MOST_SECONDS", "MOST_BYTES"])
def test_a_large_grid_of_the_users_own_asks_for_yes(root: Path, call, monkeypatch: pytest.MonkeyPatch, limit: str):
    assert SWEEPING != RUN
    write_claim(root, "solo.only", "Solo.", run=SWEEPING)
    monkeypatch.setattr(work, limit, 0)
    code, _, err = call("solo", "--seeds", "5")
    assert code == 2
    assert "8 networks in 1 program" in err
    assert "--yes" in err
    assert not (root.parent / "results" / "quick" / "solo" / "only" / "data.nc").exists()
    assert call("solo")[0] == 0, "a preset is not asked about"
    assert call("solo", "--seeds", "5", "--yes")[0] == 0


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--presett", "full"], "unknown option --presett; did you mean --preset?"),
        (["pair", "--seeds", "4"], "unknown option --seeds; name exactly one claim"),
        (["--seeds", "4"], "unknown option --seeds"),
        (["--seeds", "4", "solo"], "name exactly one claim, and its settings after it"),
        (["solo", "--redraw", "--seeds", "4"], "--redraw draws what was run"),
        (["solo", "--preset", "fast"], "invalid choice: 'fast'"),
        (["solo", "--preset"], "--preset: expected one argument"),
        (["solo", "--name", "a/b"], "--name 'a/b' must be up to 64 letters"),
        (["solo", "--name", "mine."], "no dot at either end"),
        (["solo", "--name", "mine "], "--name 'mine ' must be up to 64 letters"),
        (["solo", "--name", "a" * 201], f"--name '{'a' * 76}... must be up to 64 letters"),
        (["solo", "--name=-a"], "no - at the beginning"),
        *((["solo", "--name", name], "it is a device on Windows") for name in ("CON", "nul.txt", "com1", "Lpt9.a")),
        (["solo", "--style", "slides"], "--style 'slides' must be a file, or a style of matplotlib"),
        (
            ["solo", "--style", "dark_background"],
            "'dark_background' has figure.facecolor: black, and must",
        ),
        (["solo", "--style", "http://127.0.0.1/a.mplstyle"], "must be a file, or a style of matplotlib"),
        (["solo", "--style", "/"], "--style '/' must be a file"),
        (["solo", "--results-dir", ""], "--results-dir '': takes the name of a folder"),
        (["solo", "--results-dir", "/proc/results"], "--results-dir '/proc/results': results cannot be written"),
        (["solo", "seeds=4"], "unknown experiment 'seeds=4'; a setting is a flag, as in --seeds 4"),
        (["solo", "4"], "unknown experiment '4'; the topics are pair, solo"),
        (["solo", "--", "--seeds", "4"], "unknown option --; settings follow the name"),
    ],
)
def test_a_bad_option_exits_with_2(root: Path, call, argv: list[str], message: str):
    code, out, err = call(*argv)
    assert code == 2
    assert out == ""
    usage, line = err.splitlines()
    assert usage.startswith("usage: ")
    assert message in line
    assert not (root.parent / "results").exists()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--sseds", "4"], "unknown setting --sseds; did you mean --seeds?"),
        (["--fresk"], "unknown setting --fresk; did you mean --fresh?"),
        (["--presett=full"], "unknown setting --presett; did you mean --preset?"),
        (["--zzz=4"], "unknown setting --zzz; its settings are --seeds, --rates, --fail-in"),
        (["--seeds", "many"], "--seeds many: takes a whole number from 1 to 1,000,000"),
        (["--seeds=many"], "--seeds many: takes a whole number from 1 to 1,000,000"),
        (["--seeds", "2.5", "--fail-in", "run"], "--seeds 2.5: takes a whole number from 1 to 1,000,000"),
        (["--seeds"], "--seeds without a value: takes a whole number from 1 to 1,000,000"),
        (["--seeds", "--fail-in", "run"], "--seeds without a value: takes a whole number from 1 to 1,000,000"),
        (["--seeds", "3", "4"], "'4' is one value too many: --seeds takes a whole number from 1 to 1,000,000"),
        (["--rates", "1,2"], "--rates 1,2: takes one or more numbers above 0, rising, with spaces between them"),
        (["--rates", "1", "two"], "--rates 1 two: takes one or more numbers above 0, rising, with spaces between them"),
    ],
)
def test_a_bad_field_exits_with_2_and_writes_nothing(root: Path, call, argv: list[str], message: str):
    assert call("solo", *argv) == (2, "", f"failed: solo.only: {message}\n")
    assert not (root.parent / "results").exists()


@dataclasses.dataclass(frozen=True)
class Settings:
    """Fields of every type, each with a comment behind it or above it."""

    widths: Annotated[tuple[int, ...], checks.at_least(2, count=2)] = (2, 4)  # scientific: hidden units
    rates: tuple[float, ...] = (0.1,)
    # fixed: of
    # which kind
    kind_of: Annotated[str, checks.one_of(("a", "b c"))] = "a"
    solvers: Annotated[tuple[str, ...], checks.one_of(("Adam", "SGD"), count=0)] = ("Adam",)
    layers: Annotated[tuple[int, ...], checks.any_order(1)] = (3, 3)
    blocks: Annotated[int, checks.at_least(8, 80, multiple=8)] = 8
    share: Annotated[float, checks.at_least(0, 1)] = 0.5
    limit: float | None = None
    formula: str | None = None
    on: bool = False
    cases: tuple[tuple[str, int], ...] = (("a", 1),)
    depths: Annotated[tuple[tuple[int, ...], ...], checks.any_order(1)] = ((1, 2), (3,))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--limit", "x"], "--limit x: takes a number above 0 or None"),
        (["--on", "maybe"], "'maybe' is one value too many: --on takes no value: --on is on, and --no-on off"),
        (["--cases", "a"], "--cases a: takes groups of text, whole number, joined by commas, with spaces between them"),
        (
            ["--depths", "1,x"],
            "--depths 1,x: takes groups of whole numbers, joined by commas, with spaces .*",
        ),
        (
            ["--formula", "-exp(x)"],
            r"--formula '-exp\(x\)': takes .*; one that begins with - is written '--formula=-exp\(x\)'",
        ),
        (["--limit", "-x"], "--limit -x: takes a number above 0 or None"),
        (["--blocks", "x" * 1000], "--blocks x{77}...: takes a whole number from 8 to 80, a multiple of 8"),
        (["-blocks", "8"], r"unknown setting -blocks; did you mean --blocks\?"),
    ],
)
def test_fields_of_every_type_say_what_they_take(given: list[str], told: str):
    with pytest.raises(ValueError, match=rf"^{told}$"):
        flags.parse(Settings, Settings(), given, "toy")
    changed = [
        "--no-on",
        "--formula=-x",
        "--limit",
        "2",
        "--cases",
        "b,2",
        "c,3",
        "--kind-of",
        "b c",
        "--depths",
        "1",
        "2,3",
        "--solvers",
    ]
    expected = Settings(
        limit=2.0, formula="-x", cases=(("b", 2), ("c", 3)), kind_of="b c", depths=((1,), (2, 3)), solvers=()
    )
    assert flags.parse(Settings, Settings(), changed, "toy") == expected
    checks.check(expected)


def test_help_says_what_every_field_takes():
    assert flags.described(Settings, Settings()) == {
        "--widths": "scientific: hidden units; 2 or more whole numbers from 2 to 1,000,000, rising (default: 2 4)",
        "--rates": "one or more numbers above 0, rising (default: 0.1)",
        "--kind-of": "fixed: of which kind; one of a, 'b c' (default: a)",
        "--solvers": "any of Adam, SGD, each once (default: Adam)",
        "--layers": "one or more whole numbers from 1 to 1,000,000 (default: 3 3)",
        "--blocks": "a whole number from 8 to 80, a multiple of 8 (default: 8)",
        "--share": "a number from 0 to 1 (default: 0.5)",
        "--limit": "a number above 0 or None (default: None)",
        "--formula": "a text or None (default: None)",
        "--on": "--on or --no-on (default: False)",
        "--cases": "groups of text, whole number, joined by commas (default: a,1)",
        "--depths": "groups of whole numbers, joined by commas (default: 1,2 3)",
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(widths=(4, 2)), "widths=(4, 2) must be 2 or more whole numbers from 2 to 1,000,000, rising"),
        (dict(widths=(2, 2)), "widths=(2, 2) must be"),
        (dict(widths=(2,)), "widths=(2,) must be 2 or more"),
        (dict(widths=()), "widths=() must be"),
        (dict(widths=(1, 2)), "widths=(1, 2) must be"),
        (dict(widths=(2, 10**12)), "widths=(2, 1000000000000) must be"),
        (dict(widths=(2, 4.5)), "widths=(2, 4.5) must be"),
        (dict(widths=[2, 4]), "widths=[2, 4] must be"),
        (dict(rates=(0.0, 0.1)), "rates=(0.0, 0.1) must be one or more numbers above 0, rising"),
        (dict(rates=(float("nan"),)), "rates=(nan,) must be"),
        (dict(rates=(0.1, float("inf"))), "rates=(0.1, inf) must be"),
        (dict(kind_of="c"), "kind_of='c' must be one of a, 'b c'"),
        (dict(solvers=("adam",)), "solvers=('adam',) must be any of Adam, SGD, each once; did you mean Adam?"),
        (dict(solvers=("SGD", "SGD")), "each once"),
        (dict(layers=(0, 3)), "layers=(0, 3) must be"),
        (dict(blocks=12), "blocks=12 must be a whole number from 8 to 80, a multiple of 8"),
        (dict(blocks=88), "blocks=88 must be"),
        (dict(blocks=True), "blocks=True must be"),
        (dict(share=1.5), "share=1.5 must be a number from 0 to 1"),
        (dict(limit=-1.0), "limit=-1.0 must be a number above 0 or None"),
        (dict(on=1), "on=1 must be True or False"),
        (dict(cases=(("a", 0),)), "cases=(('a', 0),) must be groups of text, whole number"),
        (dict(cases=(("a",),)), "cases=(('a',),) must be"),
        (dict(depths=((1, 0),)), "depths=((1, 0),) must be"),
        (dict(layers=(1,) * 1000 + (0,)), f"layers={str((1,) * 1000)[:77]}... must be"),
    ],
)
def test_what_a_field_may_not_be_is_refused_by_name(change: dict, message: str):
    checks.check(Settings())
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.check(dataclasses.replace(Settings(), **change))


def test_one_setting_against_another():
    checks.less(Settings(), "share", "blocks")
    checks.divides(Settings(), "blocks", "blocks")
    with pytest.raises(ValueError, match=r"^blocks=8 must be less than share=0.5$"):
        checks.less(Settings(), "blocks", "share")
    with pytest.raises(ValueError, match=r"^blocks=8 must divide share=0.5$"):
        checks.divides(Settings(), "blocks", "share")


CLAIMS = [claims.Roles(claim) for claim in claims.find_claims()]


@pytest.mark.parametrize("roles", CLAIMS, ids=lambda roles: roles.Config.__module__.removesuffix(".config"))
def test_every_field_of_every_claim_refuses_what_it_may_not_be(roles):
    """One value at a time is wrong: of another type, unknown, none, too small, too large, not finite."""
    for name, (annotation, allowed) in checks.fields(roles.Config).items():
        value = getattr(roles.FULL, name)
        numbers = [float("nan"), float("inf"), *([] if allowed.least == float("-inf") else [-(10**9)])]
        wrong: list = [[], object()]
        if isinstance(value, tuple):
            wrong += [(one,) * max(1, len(value)) for one in ("an unknown name", None, 10**12, *numbers)]
            wrong += ["text", value[0]] if allowed.repeated else ["text", (*value, value[0])]
            wrong += [()] if allowed.count else []
        elif annotation is not bool and name not in ("function", "data"):
            wrong += ["an unknown name", (value,), *numbers]
            wrong += [10**12] if annotation is int else []
        for one in wrong:
            with pytest.raises(ValueError, match=rf"^{name}=.* must be ") as error:
                roles.check(dataclasses.replace(roles.FULL, **{name: one}))
            assert len(str(error.value)) < 400
    assert set(flags.described(roles.Config, roles.FULL)) == {flags.flag(name) for name in checks.fields(roles.Config)}


@pytest.mark.parametrize("roles", CLAIMS, ids=lambda roles: roles.Config.__module__.removesuffix(".config"))
def test_every_preset_is_accepted(roles):
    for preset in (roles.FULL, roles.QUICK):
        try:
            roles.check(preset)
        except ValueError as error:
            if not re.search("pip install|--replicate", str(error)):  # what is missing is no fault of the preset
                raise


def test_what_a_check_refuses_is_told_in_one_line_that_names_the_flag(root: Path, call):
    check = (
        "def check(config):\n    from experiments.lab import checks\n    checks.divides(config, 'fail_in', 'seeds')\n"
    )
    config = CONFIG.format(full=3).replace('str = ""', "int = 1") + check
    write_claim(root, "solo.only", "Solo.", config=config)
    line = "failed: solo.only: --fail-in=2 must divide --seeds=3\n"
    assert call("solo", "--fail-in", "2") == (2, "", line)
    write_claim(root, "solo.other", "Without a check of its own.")
    line = "failed: solo.other: --seeds=0 must be a whole number from 1 to 1,000,000\n"
    assert call("solo.other", "--seeds", "0") == (2, "", line)


def test_a_value_that_nnjax_refuses_is_told_in_one_line_and_a_fault_with_its_traceback(root: Path, call):
    refused = RUN.replace("run was told to fail", "").replace(
        "raise RuntimeError", "import nnjax; nnjax.activations.get(config.fail_in)"
    )
    write_claim(root, "solo.only", "Solo.", run=refused)
    code, out, err = call("solo", "--fail-in", "run")
    assert code == 2
    assert out.startswith("solo.only: results go to ")
    assert re.fullmatch(r"failed: solo.only: activation='run' is unknown. Known: .*\n", err)
    for number, fault in enumerate(("np.reshape(np.ones(3), 2)", "float('x')", "int.from_bytes(1)")):
        write_claim(root, f"solo.fault{number}", "Solo.", run=RUN.replace("x = np", f"{fault}; x = np"))
        code, _, err = call(f"solo.fault{number}", "--seeds", "4")
        assert code == 1
        assert err.startswith("Traceback")
        assert "\nfailed: solo.fault" in err


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_trained(root: Path, call):
    results = root.parent / "results"
    (results / "quick").mkdir(parents=True)
    (results / "quick" / "solo").write_text("a file where a folder must be")
    code, out, err = call("solo", "--fail-in", "run")
    assert (code, out) == (2, "")
    assert re.fullmatch(r"failed: solo.only: results cannot be written to .*/only: .*/solo: Not a directory\n", err)


def test_what_cannot_run_is_told_before_anything_is_trained_and_the_others_run(root: Path, call):
    check = "def check(config):\n    raise ValueError(\"it needs more: pip install -e '.[peers]'\")\n"
    write_claim(root, "pair.first", "It needs more.", config=CONFIG.format(full=3) + check)
    (root.parent / "results" / "quick" / "solo").mkdir(parents=True)
    (root.parent / "results" / "quick" / "solo" / "only").write_text("a file where a folder must be")
    write_claim(root, "solo.other", "Without a package.", run="import no_package_of_this_name\n" + RUN)
    run = RUN.replace("x = np", "import sys; print('training', file=sys.stderr); x = np")
    write_claim(root, "pair.second", "It runs.", run=run)
    code, out, err = call()
    assert code == 1
    assert "[1/1] pair.second  1 reproduced" in out
    before, after = err.split("training\n")
    assert "not run: pair.first: it needs more: pip install -e '.[peers]'\n" in before
    assert re.search(r"not run: solo.only: results cannot be written to .*Not a directory\n", before)
    assert "not run: solo.other: No module named 'no_package_of_this_name'\n" in before
    assert [line.split(":")[1] for line in after.splitlines() if line.startswith("failed")] == [
        " pair.first", " solo.only", " solo.other",
    ]  # fmt: skip


def test_many_claims_without_data_take_few_lines(root: Path, call):
    for number in range(3):
        write_claim(root, f"solo.more{number}", "More.")
    (root.parent / "results").mkdir()
    code, _, err = call("--redraw")
    assert code == 2
    assert len(err.splitlines()) == 4
    assert err.endswith("failed: 3 more\n")


def test_one_failure_is_reported_and_stops_no_other(root: Path, call, monkeypatch):
    monkeypatch.setattr(cli, "_artist", ARTIST)
    write_claim(root, "pair.second", "It fails.", config=CONFIG.format(full=3).replace('str = ""', 'str = "run"'))
    drawn = root.parent / "results" / "quick" / "pair" / "first" / "verdicts.json"
    interrupting = f"""    import multiprocessing, os, pathlib, signal, time
    for _ in range(6000):  # a minute
        if pathlib.Path({str(drawn)!r}).exists():
            break
        time.sleep(0.01)
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGINT)  # as Ctrl-C does with every process of a terminal
"""
    write_claim(root, "solo.only", "Solo.", run=RUN.replace("    x = np", f"{interrupting}    x = np"))
    code, out, err = call()
    assert code == 1
    assert "KeyboardInterrupt" not in err
    assert "failed: pair.second: RuntimeError: run was told to fail" in err
    assert "solo.only    1 reproduced" in out
    assert not (root.parent / "results" / "quick" / "pair" / "second").exists()


def test_what_ended_before_ctrl_c_is_drawn_and_told(root: Path, call, monkeypatch):
    monkeypatch.setattr(cli, "_artist", ARTIST)
    monkeypatch.setattr(cli, "ProcessPoolExecutor", lambda workers, **_: ThreadPoolExecutor(workers))
    write_claim(root, "pair.first", "It is stopped.", run=RUN.replace("x = np", "raise KeyboardInterrupt; x = np"))
    code, out, err = call("pair")
    assert code == 130
    assert "pair.second  1 reproduced" in out
    assert err.startswith("\nstopped\nWhat has ended is on disk")


def test_a_claim_whose_code_has_changed_since_the_process_began_is_refused(root: Path, call):
    edit = f"import pathlib; pathlib.Path({str(root / 'pair' / 'first' / 'run.py')!r}).write_text('run = None'); x = np"
    write_claim(root, "pair.second", "It edits.", run=RUN.replace("x = np", edit))
    code, out, err = call("pair")
    assert code == 1
    assert "pair.second  1 reproduced" in out
    assert err == "\nfailed: pair.first: its code has changed since this process began; run it again\n"


def test_where_the_process_that_draws_has_died_another_draws(root: Path, call, monkeypatch):
    class Pool(ThreadPoolExecutor):
        begun = 0

        def __init__(self, workers: int, **_) -> None:
            super().__init__(workers)
            Pool.begun += 1

        def submit(self, *what):
            if Pool.begun == 1:
                raise BrokenProcessPool
            return super().submit(*what)

    monkeypatch.setattr(cli, "ProcessPoolExecutor", Pool)
    with ARTIST(2) as draw:
        assert isinstance(draw(None).exception(), TypeError)
    assert Pool.begun == 2
    monkeypatch.setattr(work, "draw", mock.Mock(side_effect=BrokenProcessPool("died")))
    code, _, err = call("solo")
    assert code == 1
    told = "it has been trained; draw it with python -m experiments solo.only --redraw --preset quick"
    assert err.endswith(f"failed: solo.only: BrokenProcessPool: died\n    {told}\n")


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


@pytest.mark.parametrize("part", ["table", "FULL"])
def test_a_claim_that_lacks_a_part_is_named(root: Path, call, part: str):
    verdicts = VERDICTS.replace(f"def {part}(", "def other(")
    config = CONFIG.format(full=3).replace(f"{part} =", "OTHER =")
    write_claim(root, "solo.only", "Solo.", config=config, verdicts=verdicts)
    code, _, err = call("solo")
    assert code == 1
    assert re.search(rf"solo.only.\w+ defines no {part};", err)


def test_a_field_with_the_name_of_an_option_is_refused(root: Path, call):
    write_claim(root, "solo.only", "Solo.", config=CONFIG.format(full=3).replace("seeds", "redraw"))
    assert "Config.redraw has the name of an option" in call("solo")[2]


def test_the_time_of_full_is_told_before_it_runs_and_in_the_list(root: Path, call):
    assert "times: FULL of these 3 experiments has not been run" in call("--list")[1]
    out = call("solo", "--preset", "full")[1]
    assert out.startswith(
        f"FULL of solo.only has not been run; results go to {root.parent / 'results' / 'solo' / 'only'}/\n"
    )
    for name, seconds in (("solo/only", 19_000.0), ("pair/first", 62.0)):
        folder = root.parent / "results" / name
        folder.mkdir(parents=True, exist_ok=True)
        run = {"command": "", "config": {}, "cores": 2, "seconds": {"total": seconds}}
        (folder / "run.json").write_text(json.dumps(run))
    listed = call("--list")[1]
    assert re.search(r"solo\.only +5 h 16 min  Solo", listed)
    assert re.search(r"pair\.first +62 s  The first", listed)
    assert "times: FULL of these 3 experiments took 5 h 17 min on 2 cores, 1 of them not counted" in listed
    assert call("solo", "pair", "--preset", "full")[1].startswith("FULL of these 3 experiments took 5 h 17 min")
    for damaged in ("<<<<<<< HEAD\n{}", '{"command": "", "config": {}, "cores": 2}', "[]"):  # counts as not run
        (root.parent / "results" / "solo" / "only" / "run.json").write_text(damaged)
        code, out, err = call("--list")
        assert (code, err) == (0, "")
        assert "1 of them not counted" in out
        assert call("solo", "--redraw")[2].endswith("cannot be read; run it again\n")
    assert call("solo", "--preset", "full")[1].startswith("FULL of solo.only has not been run; results go to")


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (
            ["--preset", "full", "--seeds", "5"],
            "solo.only: results go to {}/quick/solo/only/, as these settings are not FULL",
        ),
        (["--seeds", "5"], "solo.only: results go to {}/quick/solo/only/"),
        (["--seeds", "5", "--name", "mine"], "solo.only: results go to {}/runs/mine/solo/only/"),
        ([], None),
    ],
)
def test_where_the_results_of_own_settings_go_is_told_before_they_run(
    root: Path, call, argv: list[str], told: str | None
):
    first = call("solo", *argv)[1].splitlines()[0]
    assert first.startswith("[1/1]") if told is None else first == told.format(root.parent / "results")


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


SLOW = RUN.replace("x = np", "import time; time.sleep(0.3); x = np")


def test_a_line_now_and_then_tells_how_far_a_run_is_where_no_terminal_does(root: Path, call, monkeypatch):
    monkeypatch.setattr(work, "PULSE", 0.1)
    sweeping = SWEEPING.replace("progress=False)", "progress=False)\n    import time; time.sleep(0.3)")
    write_claim(root, "solo.only", "Solo.", run=sweeping)
    err = call("solo")[2]
    assert re.search(r"^solo.only: [\d.]+ s so far; sweep 1, 8 of 8 networks begun$", err, re.MULTILINE)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    write_claim(root, "solo.terminal", "Solo.", run=SLOW)
    assert call("solo.terminal")[2] == ""


def test_own_results_stand_beside_the_committed_ones(root: Path, call):
    assert "no committed results to compare with" in call("solo", "--compare")[1]
    assert call("solo", "--preset", "full")[0] == 0
    out = call("solo", "--seeds", "200", "--rates", "0.5", "--compare")[1]
    table = out[out.index("setting ") :].splitlines()
    assert [line.split() for line in table] == [
        ["setting", "committed", "here"],
        ["seeds", "4", "200"],
        ["rates", "0.1", "1.0", "0.5"],
        [],
        ["verdict", "committed", "here"],
        ["toy-id", "reproduced:", "0.2143", "[0,", "inf]", "reproduced:", "14.21", "[0,", "inf]"],
        ["fast", "missed:", "2", "missed:", "2"],
    ]
    assert "\nseeds " in call("solo", "--redraw", "--preset", "quick", "--compare")[1]
    for name, old, new in (("run", '"seeds": 4', '"seeds": 7'), ("verdicts", '"reproduced"', '"partly"')):
        path = root.parent / "results" / "solo" / "only" / f"{name}.json"
        path.write_text(path.read_text().replace(old, new))
    out = call("solo", "--preset", "full", "--compare")[1]
    assert re.search(r"^seeds +7 +4$", out, re.MULTILINE), "the results that the run has written over"
    assert re.search(r"^toy-id +partly: 0.2143 \[0, inf\] +reproduced: 0.2143", out, re.MULTILINE)


def test_a_style_sheet_draws_once_more_beside_the_figures(root: Path, call):
    from PIL import Image

    sheet = root / "slides.mplstyle"
    layout = "figure.constrained_layout.use: False\nfigure.autolayout: True\nsavefig.facecolor: none\n"
    sheet.write_text(f"axes.facecolor: ffee00\ntext.color: 0000ff\nfont.size: 14\n{layout}")
    made = root.parent / "results" / "quick" / "solo" / "only"
    assert call("solo")[0] == 0
    plain = contents(made)
    code, out, _ = call("solo", "--redraw", "--preset", "quick", "--style", str(sheet))
    assert code == 0
    assert "the figures in your style are in styled/ there" in " ".join(out.split())
    assert {name: data for name, data in contents(made).items() if "styled" not in name} == plain
    with Image.open(made / "styled" / "toy.png") as image:
        colours = {colour for _, colour in image.convert("RGB").getcolors(maxcolors=10**6) or []}
    assert (255, 238, 0) in colours
    assert any(blue > 200 and red < 60 and green < 60 for red, green, blue in colours), "the caption is blue"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("font.sice: 14", "Bad key font.sice"),
        ("font.size: large", "Could not convert 'large' to float"),
        ("font.size", "Missing colon"),
        ("axes.facecolor: 222222", "has axes.facecolor: #222222, and must have a light one"),
    ],
)
def test_a_style_sheet_that_would_not_be_followed_is_refused(tmp_path: Path, line: str, message: str):
    from experiments.lab import figures

    (tmp_path / "slides.mplstyle").write_text(f"lines.linewidth: 2\n{line}\n")
    with pytest.raises(ValueError, match=re.escape(message)):
        figures.style_sheet(str(tmp_path / "slides.mplstyle"))


def test_too_little_memory_and_an_end_of_the_process_are_told(root: Path, call):
    huge = RUN.replace("x = np.arange(config.seeds)", "x = np.zeros(10**15)")
    assert huge != RUN
    write_claim(root, "solo.huge", "Huge.", run=huge)
    code, _, err = call("solo.huge", "--seeds", "4")
    assert code == 2
    assert re.fullmatch(r"failed: solo.huge: Unable to allocate .*\n", err)
    ending = RUN.replace("RuntimeError", "SystemExit")
    write_claim(root, "solo.ending", "It ends.", run=ending)
    code, _, err = call("solo.ending", "--fail-in", "run")
    assert code == 1
    assert err.endswith("failed: solo.ending: SystemExit: run was told to fail\n")


def test_a_results_folder_whose_name_no_disk_takes_is_told_before_anything_is_trained(root: Path, call):
    code, out, err = call("solo", "--fail-in", "run", "--results-dir", str(root / ("x" * 300)))
    assert (code, out) == (2, "")
    assert "results cannot be written to" in err
    assert "File name too long" in err
    (root.parent / "results").mkdir()
    (root.parent / "results" / "stores").write_text("a file where a folder must be")
    code, out, err = call("solo", "--seeds", "5")
    assert code == 2
    assert re.search(r"failed: solo.only: results cannot be written to .*/stores/solo.only/.*Not a directory", err)


def test_a_command_of_a_topic_has_help_of_its_own(root: Path, call):
    (root / "solo" / "__init__.py").write_text('COMMANDS = ("tell",)\n')
    tell = '"""The command `solo tell NAME`."""\n\ndef command(arguments):\n    return " and ".join(arguments)\n'
    (root / "solo" / "tell.py").write_text(tell)
    assert call("solo", "tell", "a", "b") == (0, "a and b\n", "")
    assert call("solo", "tell", "--help") == (0, "The command `solo tell NAME`.\n", "")


# --- what is written


def test_a_redraw_trains_nothing_and_changes_no_byte(root: Path, call):
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
    assert tuple(verdict) == Verdict._fields
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
    marks = "<!-- answers -->\n{}\n<!-- end of answers -->\n<!-- peers -->\n\n<!-- end of peers -->"
    (root.parent / "README.md").write_text(marks.format("old"))
    assert call("solo", "--preset", "full")[0] == 0
    assert call("pair")[0] == 0  # QUICK, which is not committed
    assert call("--readme", "--help")[1].startswith("usage: ")
    assert "old" in (root.parent / "README.md").read_text()
    assert call("--readme")[1].endswith("README.md: filled in anew\n")
    written = (root.parent / "README.md").read_text()
    assert "Of the 1 that others have made: 1 reproduced (held: 1 of 1 published results)." in written
    assert "Of our own 1 targets (aims): 1 missed." in written
    assert call("--readme")[1].endswith("README.md: nothing has changed\n")


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
    monkeypatch.setattr(results, "MAX_PNG_BYTES", 1_000)
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


@pytest.mark.parametrize("name", ["../out", "a/b", "/tmp", "a..b", "", ".", "a.b/../../c"])
def test_names_cannot_leave_the_results_folder(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="names are identifiers"):
        results.claim_folder(tmp_path, name, committed=True)
    with pytest.raises(ValueError, match="figure name"):
        results.write_drawn(tmp_path / "claim", {name: None}, [], [])  # pyright: ignore[reportArgumentType]
    assert not list(tmp_path.iterdir())


# --- verdicts

GOOD = Statement("id", "A claim.", PUBLISHED, "Toy (2000), table 1", rules.above(0.2), 0.5, settled_by="more toys")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(kind="proved"), "kind 'proved' of 'id': must be one of theorem, published, textbook, aim"),
        (dict(id=" "), "statement id ' '"),
        (dict(source=""), "source of 'id': must not be empty"),
        (dict(claim=" "), "claim of 'id': must not be empty"),
        (dict(rule=Rule("")), "rule of 'id': must be a sentence"),
        (dict(interval="wide"), "interval 'wide' of 'id': must be one of confidence, prediction, extreme, range"),
        (dict(level=95), "level 95 of 'id': must lie between 0 and 1"),
    ],
)
def test_a_bad_statement_is_refused(change: dict, message: str):
    with pytest.raises(ValueError, match=re.escape(message)):
        check_statements([dataclasses.replace(GOOD, **change)])
    assert check_statements([GOOD, dataclasses.replace(GOOD, id="aim", kind=AIM, source="")])
    with pytest.raises(ValueError, match="used once"):
        check_statements([GOOD, GOOD])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(outcome="Reproduced"), "outcome 'Reproduced' of 'id': must be one of reproduced, partly, not"),
        (dict(claim="A claim of 0.4."), "claim 'A claim of 0.4.' of 'id': statements(config) has 'A claim.'"),
        (dict(rule="Any."), "rule 'Any.' of 'id': statements(config) has"),
        (dict(fixed="the digits"), "fixed 'the digits' of 'id': statements(config) has ''"),
        (dict(id="new"), "verdict id 'new': must be one of statements(config)"),
        (dict(low=0.7), "low 0.7 of 'id': must not exceed high, 0.6"),
        (dict(high="0.6"), "high '0.6' of 'id': must be a number or None"),
        (dict(measured=[0.4]), "measured [0.4] of 'id': must be a number, text or None"),
        (dict(finding=""), "finding of 'id': must be a sentence"),
        (dict(n=0), "n 0 of 'id': must be a whole number"),
    ],
)
def test_a_bad_verdict_is_refused(change: dict, message: str):
    good = GOOD.verdict("Found.", 0.4, 0.3, 0.6, 10)
    assert check_verdicts([good], [GOOD]) == [good]
    with pytest.raises(ValueError, match=re.escape(message)):
        check_verdicts([good._replace(**change)], [GOOD])
    with pytest.raises(ValueError, match="used once"):
        check_verdicts([good, good], [GOOD])


def test_what_is_not_settled_says_what_could_be_shown_and_what_would_settle_it():
    open_ = GOOD.verdict("Found.", 0.4, 0.1, 0.7)
    assert open_.outcome == NOT_SETTLED
    told = "The smallest difference from the rule's threshold that could be shown is 0.3."
    assert open_.finding == f"Found. {told} What would settle it: more toys."
    with pytest.raises(ValueError, match=r"its rule must say so; see rules\.tuned"):
        GOOD.verdict("Found.", 0.4, 0.3, 0.5, at_edge="the rate is the greatest tried")
    tuned = dataclasses.replace(GOOD, rule=rules.tuned(GOOD.rule))
    assert rules.GIVEN in tuned.rule.text
    assert rules.GIVEN not in rules.tuned(GOOD.rule, with_tuning=True).text
    edge = tuned.verdict("Found.", 0.4, 0.3, 0.5, at_edge="the rate is the greatest tried")
    assert edge.outcome == NOT_SETTLED, "although all of the interval lies above 0.2"
    assert "Not settled: the rate is the greatest tried." in edge.finding
    ratio = dataclasses.replace(GOOD, unit="times the error").verdict("Found.", 0.3, 0.1, 0.4)
    assert "The smallest factor from the rule's threshold that could be shown is 2." in ratio.finding
    extremes = dataclasses.replace(GOOD, interval=RANGE).verdict("Found.", 0.4, 0.1, 0.7)
    assert "could be shown" not in extremes.finding, "from the least to the greatest is no interval"
    for check in (lambda one: one.verdict("Found.", 0.4, 0.1, 0.7), lambda one: check_statements([one])):
        with pytest.raises(ValueError, match="needs settled_by"):
            check(dataclasses.replace(GOOD, settled_by=""))
    with pytest.raises(ValueError, match="has no judge"):
        dataclasses.replace(GOOD, rule=Rule("By hand.")).verdict("Found.", 0.4)
    assert GOOD.verdict("Nothing was found.", float("nan")).outcome == NOT_SETTLED
    exact = dataclasses.replace(GOOD, rule=rules.exactly(14), settled_by="").verdict("Nothing was found.", float("nan"))
    assert exact.outcome == NOT_SETTLED
    assert exact.finding.endswith("found. What would settle it: a run in which there is something to measure.")
    with pytest.raises(ValueError, match="needs settled_by"):
        check_statements([dataclasses.replace(GOOD, rule=rules.tuned(rules.exactly(14)), settled_by="")])


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (rules.above(2), {(3, 2.5, 4): REPRODUCED, (3, 2, 4): NOT_SETTLED, (1, 0, 2): NOT_REPRODUCED}),
        (rules.below(2), {(1, 0, 1.5): REPRODUCED, (1, 0, 2): NOT_SETTLED, (3, 2, 4): NOT_REPRODUCED}),
        (rules.within(1, 2), {(1.5, 1, 2): REPRODUCED, (1.5, 0.9, 2): NOT_SETTLED, (3, 2.1, 4): NOT_REPRODUCED}),
        (rules.exactly(14), {(14, None, None): REPRODUCED, (13, None, None): NOT_REPRODUCED}),
        (rules.at_most(2), {(2, None, None): REPRODUCED, (2.1, None, None): NOT_REPRODUCED}),
        (rules.at_least(2), {(2, None, None): REPRODUCED, (1.9, None, None): NOT_REPRODUCED}),
        (rules.every(3, "gates"), {(3, 3, 3): REPRODUCED, (1, 1, 1): PARTLY, (0, 0, 0): NOT_REPRODUCED}),
    ],
)  # fmt: skip
def test_rules_judge_by_the_ends_of_the_interval(rule, found):
    assert {numbers: rule.judge(*numbers) for numbers in found} == found
    deciding = re.findall(r"\d+", rule.text)
    assert deciding
    assert "eproduced when" in rule.text


def test_a_claim_of_several_parts():
    assert rules.combine([REPRODUCED, REPRODUCED]) == REPRODUCED
    assert rules.combine([NOT_REPRODUCED, REPRODUCED]) == PARTLY
    assert rules.combine([NOT_REPRODUCED, REPRODUCED, NOT_SETTLED]) == rules.combine([PARTLY, NOT_SETTLED]) == PARTLY
    assert rules.combine([NOT_REPRODUCED]) == NOT_REPRODUCED
    for open_ in ([REPRODUCED, NOT_SETTLED], [NOT_REPRODUCED, NOT_SETTLED], [NOT_SETTLED], []):
        assert rules.combine(open_) == NOT_SETTLED


def test_aims_are_counted_apart():
    pairs = [("published", REPRODUCED), ("textbook", NOT_SETTLED), ("aim", REPRODUCED), ("aim", NOT_REPRODUCED)]
    verdicts = [SimpleNamespace(kind=kind, outcome=outcome) for kind, outcome in pairs]
    assert text.counts(verdicts) == "1 reproduced, 1 not settled; 1 of 2 aims met"
    assert text.counts(verdicts[2:]) == "1 of 2 aims met"
    assert text.counts([]) == "no verdict"


def test_numbers_are_told_in_four_digits_or_whole():
    told = {
        999.9: "999.9",
        9999.4: "9999",
        9999.7: "10,000",
        12_345: "12,345",
        12_345.6: "1.235e+04",
        -0.0: "0",
        -1e-9: "-1e-09",
    }
    assert {value: text.number(value) for value in told} == told
    assert text.number(-0.0, "of the networks") == "0%"


def test_an_interval_says_what_it_is_unless_it_is_one_of_confidence_of_95_percent():
    one = GOOD.verdict("Found.", 0.4, 0.3, 0.5)._replace(unit="of the networks")
    assert text.with_interval(one) == "40% [30%, 50%] of the networks"
    assert text.with_interval(one._replace(level=0.995)) == "40% [30%, 50%; 99.5%] of the networks"
    told = one._replace(interval=PREDICTION, level=0.99)
    assert text.with_interval(told) == "40% [30%, 50%; predicted, 99%] of the networks"
    assert format(Formatted(told), ".1f") == "0.4 [0.3, 0.5; predicted, 99%]"
    assert text.with_interval(one._replace(low=None, high=None)) == "40% of the networks"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_verdict_table_keeps_its_width_and_every_word(width: int):
    long = dataclasses.replace(
        GOOD, id="-".join(["long"] * 12), claim="many words " * 30, reference="no finite local minimum"
    )
    verdicts = [one.verdict("few words", 0.4, 0.3, 0.6) for one in (GOOD, long)]
    table = text.verdict_table(verdicts, width)
    assert max(map(len, table.splitlines())) <= width
    assert table.count("many") == 30
    assert "0.4 [0.3, 0.6]" in table
    assert "\033" not in table
    assert "\033[32mreproduced\033[0m" in text.verdict_table(verdicts[:1], width, colour=True)


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


@pytest.mark.parametrize("ends", [(2e-3, 6e-3), (1.1, 1.5), (3, 40), (1.5, 9), (2_000, 19_000)])
def test_a_short_logarithmic_axis_has_plain_numbers_that_do_not_overlap(ends):
    import matplotlib.pyplot as plt

    from experiments.lab import figures

    with figures.use_style():
        fig, ax = plt.subplots(figsize=(3, 2))
        ax.plot(ends, ends)
        ax.set(xscale="log", yscale="log")
        figures.settle(fig)
        texts = [one for one in ax.get_xticklabels(which="both") if one.get_text()]
        boxes = [one.get_window_extent() for one in texts]
        inside = [box for box in boxes if ax.bbox.x0 - 1 <= (box.x0 + box.x1) / 2 <= ax.bbox.x1 + 1]
        assert len(inside) >= 2
        assert all(one.x1 < other.x0 for one, other in itertools.pairwise(sorted(inside, key=lambda box: box.x0)))
        assert [one.get_text() for one in texts if "10^" in one.get_text()] == []
        plt.close("all")


def test_decision_regions_tint_what_the_network_says_and_mark_what_is_wrong():
    import matplotlib.pyplot as plt

    from experiments.lab import planes
    from nnjax import tasks

    fig = planes.decision_regions(lambda x: x[:, :1] - 0.5, tasks.xor(), title="By the first input")
    (ax,) = fig.axes
    tint = np.asarray(ax.images[0].get_array())
    assert [tint[:, :120].max(), tint[:, 121:].min()] == [0, 1], "class 1 where the first input is above 0.5"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["target 0", "target 1", "wrong: 2 of 4"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == (
        "input $x_1$", "input $x_2$", "By the first input",
    )  # fmt: skip
    centres = np.array([[0, 0], [2, 0], [0, 2]])
    three = tasks.data(centres.astype(float), np.eye(3))
    fig = planes.decision_regions(lambda x: -((x[:, None] - centres) ** 2).sum(axis=2), three)
    assert set(np.unique(np.asarray(fig.axes[0].images[0].get_array()))) == {0, 1, 2}
    plt.close("all")


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.zeros((4, 3)), np.array([[0.0], [1], [1], [0]]), "data.x has the shape (4, 3) and must have two inputs"),
        (np.zeros((4, 2)), np.eye(4)[:, :1] * [[1], [2], [3], [4]] + [[0], [2], [3], [4]], "4 different values"),
        (np.zeros((7, 2)), np.eye(7), "data.y has the shape (7, 7) and must be [n, 1], or one-hot of at most 6"),
        (np.zeros((4, 2)), np.eye(4), "predict gives the shape (58081, 1) and must give (58081, 4), as data.y"),
    ],
)
def test_what_has_no_decision_regions_is_refused(x, y, message: str):
    import matplotlib.pyplot as plt

    from experiments.lab import planes
    from nnjax import tasks

    with pytest.raises(ValueError, match=re.escape(message)):
        planes.decision_regions(lambda x: x[:, :1], tasks.data(x, y))
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
