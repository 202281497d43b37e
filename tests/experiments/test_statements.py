"""Claims, sources and rules are fixed before any data, for every claim of the repository."""

import ast
import dataclasses
import json
import re

import pytest

from experiments.lab import claims, text
from experiments.lab.verdicts import AIM, check_statements

CLAIMS = claims.find_claims()
ENGINE = {claim.name for claim in CLAIMS if claim.engine}
RESULTS = claims.ROOT.parent / "results"
# Nothing that a stranger could not open.
VAGUE = re.compile(
    r"\bissues?\b|references, section|asked of|this project|own target|our own|second-hand|\(memory\)|the same\b|"
    r"\bthe chapter\b(?! of)|worked out here|derived here|computed here|prototype|rule of thumb",
    re.IGNORECASE,
)


def altered(roles):
    """Two Configs that a user may ask for: FULL with the last value of a tuple left out, as far as its check allows."""
    found = []
    for field in dataclasses.fields(roles.Config):
        value = getattr(roles.FULL, field.name)
        if isinstance(value, tuple) and len(value) > 1:
            config = dataclasses.replace(roles.FULL, **{field.name: value[:-1]})
            try:
                if roles.check is not None:
                    roles.check(config)
            except ValueError:
                continue
            found.append(config)
    return found[:2]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_statements_are_made_from_a_config_alone(claim):
    roles = claims.Roles(claim)
    for config in (roles.FULL, roles.QUICK, *altered(roles)):
        for one in check_statements(roles.statements(config)):
            assert one.claim.endswith((".", "?", ")")), f"{one.id}: a claim is a sentence"
            assert one.rule.text.rstrip().endswith("."), f"{one.id}: a rule is a sentence"
            assert not VAGUE.search(one.source), f"{one.id}: nobody can open {one.source!r}"
            assert one.kind == AIM or claim.name not in ENGINE, f"{one.id}: what the engine should do is an aim"
            assert one.kind == AIM or re.search(r"\d{4}|OEIS|course chapter|GitHub", one.source), one.source


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_config_is_read_without_jax(claim):
    """So that the flags of a claim are shown at once."""
    source = (claim.path / "config.py").read_text(encoding="utf-8")
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    allowed = ("dataclasses", "math", "typing", "pathlib", "collections", "re", "importlib", "itertools", "experiments")
    assert {name for name in imported if name.split(".")[0] not in allowed} == set()


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_committed_verdicts_are_those_that_are_stated(claim):
    folder = RESULTS.joinpath(*claim.name.split("."))
    rows = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    recorded = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    from experiments.lab.work import recorded_config

    roles = claims.Roles(claim)
    stated = {one.id: one for one in roles.statements(recorded_config(roles, recorded["config"]))}
    for row in rows:
        one = stated[row["id"]]
        assert (row["claim"], row["kind"], row["source"], row["rule"]) == (
            one.claim,
            one.kind,
            one.source,
            one.rule.text,
        )
        assert row["command"] == recorded["command"]
    figures = {path.name for path in folder.glob("*.png")}
    assert figures
    assert {name for name in figures if (folder / name).stat().st_size > 200_000} == set()


def test_the_readme_has_the_table_of_the_committed_results():
    readme = (claims.ROOT.parent / "README.md").read_text(encoding="utf-8")
    block = readme.partition("<!-- table -->\n")[2].partition("\n<!-- end of table -->")[0]
    assert block == text.markdown(CLAIMS, RESULTS), "python -m experiments --markdown prints it"
