"""What the README shows first runs, does what it says, and has the numbers of the committed results."""

import re
from pathlib import Path

import numpy as np
import pytest

from experiments.lab.claims import find_claims
from experiments.lab.report import readme
from experiments.lab.report.read import read

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_from_a_sweep_to_the_best_network(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    smaller = BLOCKS[0].replace("seeds=1000", "seeds=40")
    assert smaller != BLOCKS[0]
    names: dict = {}
    exec(smaller, names)  # the README's own text
    assert names["best"].train_loss.dims == ()
    assert names["best"].train_loss == names["runs"].train_loss.min() == names["run"].train_loss
    logits = names["nnjax"].mlp.predict(names["run"].params, names["data"].x, **names["run"].settings)
    np.testing.assert_array_equal(logits > 0, names["data"].y == 1)
    assert str(logits) in capsys.readouterr().out
    shares = (names["runs"].accuracy == 1).sel(activation="tanh").mean(["seed", "learning_rate"]).values
    assert "about half of the networks of two tanh neurons learn XOR, and more than four in five" in README
    assert 0.3 < shares[0] < 0.7
    assert shares[1] > 0.8


@pytest.mark.slow
def test_an_estimator_for_a_table():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 2))
    smaller = BLOCKS[1].replace("n_iter=64", "n_iter=2")
    assert smaller != BLOCKS[1]
    names: dict = {"x": x, "y": x[:, 0] > 0}
    exec(smaller, names)
    assert names["model"].predict(x).shape == (60,)


def test_its_numbers_are_those_of_the_committed_results():
    results = read(find_claims(), ROOT / "results", ["--preset", "full"])
    assert readme.refilled(README, results) == README, "python -m experiments --readme fills it in"


def test_one_can_finish_it():
    shown = re.sub(r"<details>.*?</details>", "", README, flags=re.DOTALL)  # what is folded up is left out
    assert shown != README
    assert len(re.findall(r"\w\S*", shown)) <= 1_950


def test_its_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)]*)\)", README):
        assert (ROOT / link).exists(), link
