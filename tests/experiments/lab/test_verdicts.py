"""Statements, verdicts, and the rules by which outcomes follow from numbers."""

import dataclasses
import math
import re

import pytest

from experiments.lab import rules
from experiments.lab.verdicts import (
    AIM,
    BEYOND,
    NOT_REPRODUCED,
    NOT_SETTLED,
    PARTLY,
    RANGE,
    REPRODUCED,
    Rule,
    check_statements,
    check_verdicts,
    completed,
)  # fmt: skip
from tests.experiments.toys import GOOD


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
        (dict(measured=5.0), "measured 5.0 of 'id': lies far outside 0.3 to 0.6"),
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


def test_a_statement_without_a_verdict_is_shown_as_not_settled():
    good = GOOD.verdict("Found.", 0.4, 0.3, 0.6, 10)
    there, forgotten = completed([good], [dataclasses.replace(GOOD, id="forgotten"), GOOD])
    assert there == good
    assert (forgotten.id, forgotten.outcome, forgotten.measured) == ("forgotten", NOT_SETTLED, None)
    assert forgotten.finding.startswith("Not judged: these data say nothing on this statement.")


def test_what_is_not_settled_says_what_could_be_shown_and_what_would_settle_it():
    open_ = GOOD.verdict("Found.", 0.4, 0.1, 0.7)
    assert open_.outcome == NOT_SETTLED
    told = "An interval as wide as this one decides only if the value differs from the threshold by more than 0.3."
    assert open_.finding == f"Found. {told} What would settle it: more toys."
    with pytest.raises(ValueError, match=r"its rule must say so; see rules\.tuned"):
        GOOD.verdict("Found.", 0.4, 0.3, 0.5, at_edge="the rate is the greatest tried")
    tuned = dataclasses.replace(GOOD, rule=rules.tuned(GOOD.rule))
    assert rules.GIVEN in tuned.rule.text
    assert rules.GIVEN not in rules.tuned(GOOD.rule, with_tuning=True).text
    edge = tuned.verdict("Found.", 0.4, 0.3, 0.5, at_edge="the rate is the greatest tried")
    assert edge.outcome == NOT_SETTLED, "although all of the interval lies above 0.2"
    said = f"Not settled: the rate is the greatest tried. What would settle it: {BEYOND}."
    assert edge.finding == f"Found. {said}", "the width of the interval is not what leaves it open"
    wide = tuned.verdict("Found.", 0.4, 0.1, 0.7, at_edge="the rate is the greatest tried")
    assert (
        wide.finding == f"Found. Not settled: the rate is the greatest tried. {told} What would settle it: more toys."
    )
    ratio = dataclasses.replace(GOOD, unit="times the error").verdict("Found.", 0.3, 0.1, 0.4)
    assert "decides only if the value differs from the threshold by a factor of more than 2." in ratio.finding
    extremes = dataclasses.replace(GOOD, interval=RANGE).verdict("Found.", 0.4, 0.1, 0.7)
    assert "differs from the threshold" not in extremes.finding, "from the least to the greatest is no interval"
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


@pytest.mark.parametrize("rule", [rules.above(0.2), rules.below(0.2), rules.within(0.1, 0.2)])
def test_a_rule_about_an_interval_refuses_an_estimate_without_one(rule):
    for low, high in ((None, None), (0.1, None), (None, 0.3)):
        with pytest.raises(
            ValueError, match=r"statement 'id': low=.*the rule is about the interval, so both ends must be given"
        ):
            dataclasses.replace(GOOD, rule=rule).verdict("Found.", 0.2, low, high)
    exact = rules.above(0.2, "the number")
    assert dataclasses.replace(GOOD, rule=exact).verdict("Found.", 0.3).outcome == REPRODUCED


@pytest.mark.parametrize(
    ("measured", "low", "high"),
    [
        (math.nan, math.nan, math.nan), (math.nan, 0.0, 0.0), (0.0, math.nan, math.nan),
        (math.inf, math.inf, math.inf), (1.0, 0.5, math.inf), (0.0, 0.01, 0.09),
    ],
)  # fmt: skip
def test_estimates_that_do_not_exist_or_lie_at_an_edge_are_no_error(measured, low, high):
    found = GOOD.verdict("Found.", measured, low, high)
    assert check_verdicts([found], [GOOD]) == [found]


def test_a_claim_of_several_parts():
    assert rules.combine([REPRODUCED, REPRODUCED]) == REPRODUCED
    assert rules.combine([NOT_REPRODUCED, REPRODUCED]) == PARTLY
    assert rules.combine([NOT_REPRODUCED, REPRODUCED, NOT_SETTLED]) == rules.combine([PARTLY, NOT_SETTLED]) == PARTLY
    assert rules.combine([NOT_REPRODUCED]) == NOT_REPRODUCED
    for open_ in ([REPRODUCED, NOT_SETTLED], [NOT_REPRODUCED, NOT_SETTLED], [NOT_SETTLED], []):
        assert rules.combine(open_) == NOT_SETTLED


def test_what_is_certain_of_an_open_claim_of_several_parts_is_told():
    for certain, told in ((REPRODUCED, "1 certainly holds"), (NOT_REPRODUCED, "1 certainly fails")):
        parts = [certain, NOT_SETTLED, NOT_SETTLED]
        open_ = GOOD.verdict("Found.", outcome=rules.combine(parts), parts=parts)
        assert f"Found. Of the 3 parts of the statement {told}, and the other 2 are open." in open_.finding
    assert "parts" not in GOOD.verdict("Found.", outcome=NOT_SETTLED, parts=[NOT_SETTLED]).finding
    assert "parts" not in GOOD.verdict("Found.", outcome=PARTLY, parts=[REPRODUCED, NOT_REPRODUCED]).finding
