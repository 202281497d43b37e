"""How two trained networks are compared: by Holm's rule, and open where a tuned rate lies at an end of its grid.

The network that errs more might err less at a rate beyond those tried. So a difference is open where that network's
rate is the least or the greatest tried. If the other's rate is, rates beyond could only widen the difference.
"""

import itertools
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, PUBLISHED, REPRODUCED, Rule, Statement
from experiments.wide_versus_deep.shared.microsoft import SOURCE, WORD_ERRORS

ALPHA = 0.05
EDGE = (
    "A difference is open where the rate of the network that errs more was tuned to the least or the greatest of those "
    "tried."
)
SETTLED_BY = "rates beyond those tried, and more draws, seeds or voices"
_EACH_LAYER = Rule(
    f"Each step is tested by Holm's rule at {ALPHA:g} over all steps. Reproduced when every layer lowers the error; "
    "not reproduced when a layer raises it, or when all of the 95% interval from the first to the last lies at or "
    f"below 0; otherwise not settled. {EDGE}"
)


class Difference(Protocol):
    """By how much one network errs less than another."""

    @property
    def estimate(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def p_value(self) -> float: ...


class Layers(NamedTuple):
    """How many steps from layer to layer certainly gain or lose, and the outcome of all of them."""

    gains: int
    losses: int
    outcome: str
    at_edge: str


def each_layer(name: str, claim: str, networks: Sequence[str]) -> Statement:
    """The statement that each of these networks errs less than the one before, as in Microsoft's table."""
    theirs = ", ".join(f"{WORD_ERRORS[a] - WORD_ERRORS[b]:+.1f}" for a, b in itertools.pairwise(networks))
    return Statement(name, claim, PUBLISHED, SOURCE, _EACH_LAYER, theirs, "points", SETTLED_BY)


def layer_by_layer(steps: Sequence[Difference], whole: Difference, at_end: Sequence[bool]) -> Layers:
    """Judge the statement of `each_layer`.

    Args:
        steps: what each network gains on the one before, p corrected over all steps.
        whole: what the last network gains on the first.
        at_end: for each network, whether its tuned rate lies at an end of its grid.
    """
    shown = [certain(one.estimate, one.p_value) for one in steps]
    settled = [
        unless_at_end(outcome, more, fewer)
        for outcome, (fewer, more) in zip(shown, itertools.pairwise(at_end), strict=True)
    ]
    in_vain = NOT_REPRODUCED if whole.high <= 0 else NOT_SETTLED
    outcome = _layers_outcome(settled, unless_at_end(in_vain, at_end[-1], at_end[0]))
    decides = outcome == NOT_SETTLED != _layers_outcome(shown, in_vain)
    edge = "the tuned rates of the networks that err more lie at ends of their grid" if decides else ""
    return Layers(settled.count(REPRODUCED), settled.count(NOT_REPRODUCED), outcome, edge)


def _layers_outcome(steps: Sequence[str], whole: str) -> str:
    if steps and all(outcome == REPRODUCED for outcome in steps):
        return REPRODUCED
    return NOT_REPRODUCED if NOT_REPRODUCED in (*steps, whole) else NOT_SETTLED


def pair(one: Difference, labels: tuple[str, str], at_end: tuple[bool, bool]) -> tuple[str, str]:
    """The outcome of `errs_less` for a first and a second network, and the text of the verdict's `at_edge`."""
    shown = certain(one.estimate, one.p_value)
    outcome = unless_at_end(shown, *at_end)
    loser = labels[0] if one.estimate < 0 else labels[1]
    return outcome, f"the tuned rate of {loser} lies at an end of its grid" if outcome != shown else ""


def errs_less(among: str) -> Rule:
    """The rule for a claim that one network errs less than another; `among` says which are tested together."""
    return Rule(
        f"Tested by Holm's rule at {ALPHA:g} over {among}: reproduced when the first errs less, not reproduced when it "
        f"errs more, not settled when neither is certain. {EDGE}"
    )


def ends(rates: Sequence[float]) -> list[float]:
    """The least and the greatest rate tried; twice the least for one or two rates: a choice, not a grid with ends."""
    return [min(rates), max(rates) if len(set(rates)) > 2 else min(rates)]


def at_end(rate: float, tried: Sequence[float]) -> bool:
    """Whether a tuned rate is one of the `ends`, where there are any."""
    least, greatest = min(tried), max(tried)
    return least < greatest and bool(np.isclose(rate, (least, greatest)).any())


def certain(gain: float, p_value: float) -> str:
    """The outcome of "the first errs less than the second", by its gain and p."""
    if p_value > ALPHA or gain == 0:
        return NOT_SETTLED
    return REPRODUCED if gain > 0 else NOT_REPRODUCED


def unless_at_end(outcome: str, first: bool, second: bool) -> str:
    """The outcome, or not settled where the rate of the network that errs more lies at an end (`first`, `second`)."""
    loser = second if outcome == REPRODUCED else first
    return NOT_SETTLED if loser else outcome
