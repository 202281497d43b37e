"""The fields of a Config as flags: what they take, what is recorded, and what is refused in one line."""

import json
import sys
from importlib import metadata
from pathlib import Path

import pytest

from experiments.lab import checks, flags
from tests.experiments.toys import Settings


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
