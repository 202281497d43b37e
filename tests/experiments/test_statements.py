"""Claims, sources and rules are fixed before any data, for every claim of the repository."""

import ast
import dataclasses
import json
import re

import pytest

from experiments.lab import claims, code, results, runner
from experiments.lab.report import readme
from experiments.lab.verdicts import AIM, PREDICTION, RANGE, check_statements

CLAIMS = claims.find_claims()
ENGINE = {claim.name for claim in CLAIMS if claim.engine}
RESULTS = claims.ROOT.parent / "results"
# Nothing that a stranger could not open.
VAGUE = re.compile(
    r"\bissues?\b|references, section|asked of|this project|own target|our own|second-hand|\(memory\)|the same\b|"
    r"\bthe chapter\b(?! of)|worked out here|derived here|computed here|prototype|rule of thumb",
    re.IGNORECASE,
)


def passes(roles, config):
    """Whether the claim's own check lets a Config through."""
    try:
        roles.check(config)
    except ValueError:
        return False
    return True


def altered(roles):
    """One or two Configs that a user may ask for: FULL with one value less in a tuple, or one more of a number."""
    found = []
    runs_here = passes(roles, roles.FULL)  # not where an extra is missing
    for field in dataclasses.fields(roles.Config):
        value = getattr(roles.FULL, field.name)
        if isinstance(value, tuple) and len(value) > 1:
            other = value[:-1]
        elif isinstance(value, int) and not isinstance(value, bool):
            other = value + 1
        else:
            continue
        config = dataclasses.replace(roles.FULL, **{field.name: other})
        if passes(roles, config) or not runs_here:
            found.append(config)
    assert found
    return [found[0], found[-1]]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_statements_are_made_from_a_config_alone(claim):
    roles = claims.Roles(claim)
    for config in (roles.FULL, roles.QUICK, *altered(roles)):
        for one in check_statements(roles.statements(config)):
            assert one.claim.endswith((".", "?", ")")), f"{one.id}: a claim is a sentence"
            assert one.rule.text.rstrip().endswith("."), f"{one.id}: a rule is a sentence"
            assert not VAGUE.search(one.source), f"{one.id}: nobody can open {one.source!r}"
            assert one.kind == AIM or claim.name not in ENGINE, f"{one.id}: what the engine should do is an aim"
            dated = re.search(r"\d{4}|OEIS|course chapter|GitHub", one.source)
            assert one.kind == AIM or dated, f"{one.id}: its source gives no year, as in Toy (2000): {one.source!r}"


ENDS = {
    "interval of prediction": PREDICTION,
    "quartiles": RANGE,
    "rounds' median": RANGE,
    "range over all pairs": RANGE,
}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_what_the_ends_of_an_interval_are_is_declared_where_the_rule_says_it(claim):
    roles = claims.Roles(claim)
    for config in (roles.FULL, roles.QUICK):
        for one in roles.statements(config):
            for words, interval in ENDS.items():
                assert one.interval == interval or words not in one.rule.text, one.id


OF_A_CHANGE = re.compile(r"\b(until|since|changed(?! (bytes|byte))|rewritten|(was|were) added|seen)\b", re.IGNORECASE)


def test_every_rule_that_tells_of_a_change_is_counted_as_changed_in_the_readme():
    uncounted = [
        f"{claim.name} {one.id}"
        for claim in CLAIMS
        for roles in [claims.Roles(claim)]
        for one in roles.statements(roles.FULL)
        if OF_A_CHANGE.search(one.rule.text) and not readme.CHANGED.search(one.rule.text)
    ]
    assert uncounted == []


@pytest.mark.parametrize("claim", [one for one in CLAIMS if not one.is_file], ids=lambda claim: claim.name)
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
def test_committed_verdicts_follow_from_the_committed_data(claim):
    folder = RESULTS.joinpath(*claim.name.split("."))
    if not (folder / "data.nc").exists():
        pytest.skip(f"{claim.name} has not been run at FULL")
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    verdicts = runner.judge(claims.Roles(claim), results.load_dataset(folder / "data.nc"), record)
    rows = results.to_json([v._asdict() for v in verdicts])
    committed = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))
    assert len(rows) == len(committed)
    for row, there in zip(rows, committed, strict=True):
        numbers = ("measured", "low", "high", "reference")
        for name in numbers:  # other processors round otherwise
            exact = isinstance(there[name], str) or there[name] is None
            assert row[name] == (there[name] if exact else pytest.approx(there[name], rel=1e-6, abs=1e-12)), row["id"]
        words = ["id", "claim", "kind", "source", "rule", "unit", "n", "outcome", "command"]
        # Not in what was drawn before there were these fields.
        words += [name for name in ("interval", "level", "fixed") if name in there]
        assert {name: row[name] for name in words} == {name: there[name] for name in words}
    figures = list(folder.glob("*.png"))
    assert figures
    assert [path.name for path in figures if path.stat().st_size > 200_000] == []


def test_the_code_that_decides_numbers_is_that_of_the_committed_results():
    """Whoever changes it runs the claim again. Results of before the hash was recorded tell their commit alone."""
    changed = []
    for claim in CLAIMS:
        path = RESULTS.joinpath(*claim.name.split("."), "run.json")
        recorded = json.loads(path.read_text(encoding="utf-8")).get("code") if path.exists() else None
        if recorded and recorded["claim"] != code.of(claim, claims.ROOT):
            changed.append(claim.name)
    assert changed == []
