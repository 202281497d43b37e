"""A claim that is one file is found, run, drawn and read as one that is a folder."""

import json
import re

import numpy as np
import pytest

from experiments.lab import claims, code, rules
from experiments.lab.report import board
from experiments.lab.report.read import read

TOY = '''"""Toys are high.

More words.
"""

from dataclasses import dataclass
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from {root}.solo import more
from experiments.judge.estimates import count, mean
from experiments.judge.verdicts import OWN, PUBLISHED, Statement, above, equal, within


@dataclass(frozen=True)
class Config:
    seeds: int = 5  # scientific: how many seeds


QUICK = Config(seeds=3)
NAMES = {{"y": "height of a toy; m", "seed": "seed"}}


def run(config):
    """A docstring."""
    return xr.Dataset({{"y": ("seed", more.START + np.arange(config.seeds) / 7)}})  # a comment


def height(data, level):
    return mean(data.y, "seed", level).assign_attrs(units="m")


def of_many(data, level):
    return count(data.y > 100) if data.sizes["seed"] > 3 else None


SIZE = within(2, 3)
STATEMENTS = (
    Statement("high", "Toys are high.", PUBLISHED, "Toy (2000)", above(0.5, even=0.0), height, "It was 1 m.", SIZE),
    Statement("none", "No toy is above 100 m.", OWN, "the toys", equal(0), of_many, at_tuned=True),
)


def table(data):
    return data


def toys(data):
    """Heights of toys,
    by seed."""
    fig, ax = plt.subplots(figsize=(3, 2))
    ax.plot(data.y)
    ax.set(xlabel=data.y.attrs["long_name"])
    return fig


FIGURES = (toys,)
'''


@pytest.fixture
def toy(root):
    """The claim `solo.high` beside `solo.only`, which is a folder."""
    (root / "solo" / "more.py").write_text("START = 2.0\nOTHER = 1\n")
    (root / "solo" / "high.py").write_text(TOY.format(root=root.name))
    return root


def test_it_runs_beside_folders_and_writes_what_they_write(toy, call, tmp_path):
    listed = call("solo", "--list")[1]
    assert re.search(r"solo.high +Toys are high.", listed)
    status, out, err = call("solo.high", "--preset", "full", "--results-dir", str(tmp_path / "out"))
    assert status == 0, err
    assert "1 reproduced; 1 of 1 aims met" in out
    folder = tmp_path / "out" / "solo" / "high"
    high, none = json.loads((folder / "verdicts.json").read_text())
    assert (high["measured"], high["n"], high["unit"]) == (pytest.approx(16 / 7), 5, "m")
    assert (high["direction"], high["published_size"]) == ("as claimed", "yes")
    assert high["low"] < high["measured"] < high["high"]
    assert high["rule"].endswith("above 0.5. It was changed after results had been seen. It was 1 m.")
    assert (none["kind"], none["measured"], none["low"], none["outcome"]) == ("aim", 0, None, "reproduced")
    assert "direction" not in none
    assert none["rule"] == f"Reproduced where the number is exactly 0. {rules.GIVEN}"
    assert (folder / "table.csv").read_text().splitlines()[:2] == ["seed,y", "0,2"]
    assert (folder / "toys.png").exists()
    result = next(one for one in read(claims.find_claims(toy), tmp_path / "out") if one.claim.name == "solo.high")
    assert result.columns == {"seed": "seed", "y": "height of a toy; m"}
    assert list(board.figures(result, {}).values()) == ["Heights of toys, by seed."]
    assert "<dt>Of the published size</dt><dd>yes</dd>" in board.board([result], {})
    status, out, _ = call("solo.high", "--redraw", "--results-dir", str(tmp_path / "out"))
    assert status == 0
    assert "Toys are high" in out


def test_a_statement_on_which_the_data_say_nothing_is_not_settled(toy, call, tmp_path):
    out = " ".join(call("solo.high", "--results-dir", str(tmp_path / "out"))[1].split())
    assert "1 reproduced; 0 of 1 aims met" in out
    assert "Not judged: these data say nothing on this statement." in out


def test_labels_are_those_of_today_and_no_part_of_the_data(toy, monkeypatch):
    monkeypatch.syspath_prepend(str(toy.parent))
    claim = next(claim for claim in claims.find_claims(toy) if claim.name == "solo.high")
    roles = claims.Roles(claim, toy)
    data = roles.run(roles.FULL)
    assert np.isclose(roles.table(data)[1]["y"], 2 + 1 / 7)
    assert data.y.attrs == {}


def test_what_it_lacks_is_named(toy, call):
    (toy / "solo" / "high.py").write_text(TOY.format(root=toy.name).replace("def table(", "def other("))
    assert "solo.high defines no table;" in call("solo.high")[2]


def test_its_hash_follows_what_run_reaches_and_nothing_else(toy):
    claim = next(claim for claim in claims.find_claims(toy) if claim.name == "solo.high")

    def now(file, old, new):
        text = (toy / "solo" / file).read_text()
        assert old in text
        (toy / "solo" / file).write_text(text.replace(old, new))
        return code.of(claim, toy)

    before = code.of(claim, toy)
    assert now("high.py", '"""A docstring."""', '"""Another."""') == before
    assert now("high.py", "# a comment", "# another") == before
    assert now("high.py", "above(0.5", "above(0.6") == before
    assert now("high.py", "by seed.", "by seeds.") == before
    assert now("high.py", "height of a toy", "how high a toy is") == before
    assert (start := now("more.py", "START = 2.0", "START = 3.0")) != before
    assert (default := now("high.py", "seeds: int = 5", "seeds: int = 6")) != start
    assert (seven := now("high.py", "/ 7", "/ 8")) != default
    assert now("high.py", "@dataclass(frozen=True)", "@dataclass(frozen=True, order=True)") != seven
