"""What the README shows first runs, and has the numbers of the committed results."""

import re
from pathlib import Path

import numpy as np

from experiments.lab import claims
from experiments.lab.report import readme
from experiments.lab.results import read_table

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_from_a_sweep_to_the_best_network(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    smaller = block.replace("seeds=1000", "seeds=40")
    assert smaller != block
    names: dict = {}
    exec(smaller, names)  # the README's own text
    answers = names["nnjax"].mlp.predict(names["best"].params, names["data"].x, **names["best"].settings) > 0
    np.testing.assert_array_equal(answers, names["data"].y == 1)
    assert str(answers) in capsys.readouterr().out
    shares = (names["runs"].accuracy == 1).mean("seed").values
    assert shares[0] == 0
    assert shares[1] < 0.9 < shares[-1], "many networks of two do not learn it; of eight, nearly all do"


def test_its_findings_are_those_of_the_committed_results(tmp_path):
    (tmp_path / "README.md").write_text(README, encoding="utf-8")
    assert not readme.write(tmp_path / "README.md", claims.find(), ROOT / "results"), "python -m experiments --readme"


def test_its_times_are_those_of_the_committed_benchmarks():
    rows = {(row["shape"], row["method"]): row for row in read_table(ROOT / "results/speed/peers.csv")}
    for method, digits in (("plain jit(vmap(scan))", ".1f"), ("PyTorch, batched", ".0f")):
        row = rows["2-2-1", method]
        value, low, high = (
            format(float(row[name]), digits) for name in ("over_engine", "over_engine_low", "over_engine_high")
        )
        assert f"{value} [{low}, {high}]" in README


def test_one_can_finish_it():
    assert len(README.splitlines()) <= 80
    assert len(re.findall(r"\w\S*", README)) <= 800


def test_its_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)]*)\)", README):
        assert (ROOT / link).exists(), link
