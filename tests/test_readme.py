"""What the README shows first runs, and has the numbers of the committed results."""

import re
from pathlib import Path

import numpy as np
import pytest

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


def test_what_is_generated_is_that_of_the_committed_results():
    for place, text in readme.made(ROOT / "README.md", claims.find(), ROOT / "results").items():
        assert place.read_text(encoding="utf-8") == text, "python -m experiments --readme"


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


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "results" / "README.md"], ids=str
)
def test_links_lead_somewhere_in_the_repository(page):
    """So that they work where people read the files, too; the documentation turns those to code into the API."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, anchor = link.partition("#")
        if "://" not in link:
            target = (page.parent / place if place else page).resolve()
            assert target.exists(), link
            assert not anchor or target.suffix != ".md" or anchor in anchors(target), link


def anchors(page):
    """The anchors that code hosts give to the headings of a page, and those that it has."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r'--8<-- "(.+)"', lambda part: (ROOT / part[1]).read_text(encoding="utf-8"), text)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one).strip().lower().replace(" ", "-") for one in headings}
