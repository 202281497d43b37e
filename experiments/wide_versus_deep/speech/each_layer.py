"""Whether each added layer lowers the error: by Holm's rule, and open where a tuned rate lies at an end of its grid.

The network that errs more might err less at a rate beyond those tried. So a difference is open where that network's
rate is the least or the greatest tried. If the other's rate is, rates beyond could only widen the difference.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PUBLISHED, REPRODUCED, Rule, Statement
from experiments.wide_versus_deep.shared.microsoft import SOURCE, WORD_ERRORS

ALPHA = 0.05
SETTLED_BY = "more tunings or voices, and, where a rate lies at an end of those tried, rates beyond it"
_RULE = Rule(
    f"Each step is tested by Holm's rule at {ALPHA:g} over all steps. Reproduced when every layer lowers the error; "
    "not reproduced when a layer raises it, or when all of the 95% interval from the first to the last lies at or "
    "below 0; otherwise not settled. A difference is open where the rate of the network that errs more was tuned to "
    "the least or the greatest of those tried."
)


class Difference(Protocol):
    """By how much one network errs less than another."""

    @property
    def estimate(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def p_value(self) -> float: ...


class Judged(NamedTuple):
    """How many steps from layer to layer certainly gain or lose, and the outcome of all of them."""

    gains: int
    losses: int
    outcome: str
    at_edge: str


def statement(name: str, claim: str, networks: Sequence[str]) -> Statement:
    """The statement that each of these networks errs less than the one before, as in Microsoft's table."""
    theirs = ", ".join(f"{WORD_ERRORS[a] - WORD_ERRORS[b]:+.1f}" for a, b in itertools.pairwise(networks))
    return Statement(name, claim, PUBLISHED, SOURCE, _RULE, theirs, "points", SETTLED_BY)


def judge(steps: Sequence[Difference], whole: Difference, at_end: Sequence[bool]) -> Judged:
    """Judge the statement.

    Args:
        steps: what each network gains on the one before, p corrected over all steps.
        whole: what the last network gains on the first.
        at_end: for each network, whether its tuned rate lies at an end of its grid.
    """
    shown = [_certain(one.estimate, one.p_value) for one in steps]
    settled = [
        _unless_at_end(outcome, more, fewer)
        for outcome, (fewer, more) in zip(shown, itertools.pairwise(at_end), strict=True)
    ]
    in_vain = NOT_REPRODUCED if whole.high <= 0 else NOT_SETTLED
    outcome = _outcome(settled, _unless_at_end(in_vain, at_end[-1], at_end[0]))
    decides = outcome == NOT_SETTLED != _outcome(shown, in_vain)
    edge = "the tuned rates of the networks that err more lie at ends of their grid" if decides else ""
    return Judged(settled.count(REPRODUCED), settled.count(NOT_REPRODUCED), outcome, edge)


def _certain(gain: float, p_value: float) -> str:
    """The outcome of "the first errs less than the second", by its gain and p."""
    if p_value > ALPHA or gain == 0:
        return NOT_SETTLED
    return REPRODUCED if gain > 0 else NOT_REPRODUCED


def _unless_at_end(outcome: str, first: bool, second: bool) -> str:
    """The outcome, or not settled where the rate of the network that errs more lies at an end (`first`, `second`)."""
    loser = second if outcome == REPRODUCED else first
    return NOT_SETTLED if loser else outcome


def _outcome(steps: Sequence[str], whole: str) -> str:
    if steps and all(outcome == REPRODUCED for outcome in steps):
        return REPRODUCED
    return NOT_REPRODUCED if NOT_REPRODUCED in (*steps, whole) else NOT_SETTLED
