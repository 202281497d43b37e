"""The claim of `docs/guides/own-claim.md` runs as it stands there, and ends with a verdict, a table and a figure."""

import json
import re
from pathlib import Path

import pytest

from experiments.lab import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "own-claim.md"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The topics, with this claim alone, in a package of another name than `experiments`."""
    folder = tmp_path_factory.mktemp("claim") / "copied_experiments"
    found = re.findall(r'(?s)```py title="experiments/([^"]+)"\n(.*?)```', PAGE.read_text(encoding="utf-8"))
    ((name, text),) = found
    (folder / "xor").mkdir(parents=True)
    (folder / name).write_text(text, encoding="utf-8")
    for inside in (folder, folder / "xor"):
        (inside / "__init__.py").touch()
    return folder


def test_the_claim_of_the_page_runs(root, tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(root.parent)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    options = ["--seeds", "200", "--num-steps", "100", "--out", str(tmp_path)]
    with pytest.raises(SystemExit, match="0"):
        cli.main(["xor.mine", *options], root)
    assert "Four ReLU neurons learn XOR more often than two." in " ".join(capsys.readouterr().out.split())
    folder = tmp_path / "xor" / "mine"
    (verdict,) = json.loads((folder / "verdicts.json").read_text())
    assert verdict["outcome"] == "reproduced"
    assert re.search(r"\d{4}", verdict["source"]), "test_claims.py demands a year"
    assert len((folder / "table.csv").read_text().splitlines()) == 3
    assert (folder / "shares.png").exists()
