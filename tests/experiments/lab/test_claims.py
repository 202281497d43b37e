"""Claims are found without being imported, chosen by their names, and have every part."""

import ast
import re
import sys
from pathlib import Path

import pytest

from experiments.lab import claims
from tests.experiments.toys import CONFIG, VERDICTS, write_claim


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
    there = {claim.path.with_suffix("") for claim in claims.find_claims()}
    for folder in {path.parent for path in there}:
        listed = [name for names in ("CLAIMS", "ON_REQUEST") for name in claims.literal(folder, names, ())]
        assert listed
        assert [name for name in listed if folder / name not in there] == []
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
