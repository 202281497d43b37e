"""Times that are measured in rounds: their median with its interval, and the statements that claims make about it."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import scipy

from experiments.lab import rules
from experiments.lab.verdicts import AIM, LEVEL, NOT_SETTLED, RANGE, Rule, Statement, Verdict

FEWEST = 6  # rounds: the least and the greatest of five hold the median with 94%
OF_MEDIAN = f"the {LEVEL:.0%} interval of the rounds' median"
CHANGED = (
    f" Not settled either with fewer than {FEWEST} rounds. Since the first results were seen, that interval decides "
    "and not the one between the rounds' quartiles, which more rounds do not narrow."
)
SETTLED_BY = "more rounds, on a machine that runs nothing else"
RATIO = "x the engine's time"


class MedianInterval(NamedTuple):
    """The median of some rounds, and the ends of its interval."""

    low: float
    median: float
    high: float

    def said(self, unit: str) -> str:
        """In words, such as "2.1 times as fast [2, 2.3]"."""
        low, median, high = (short(value) for value in self)
        return f"{median} {unit} [{low}, {high}]"


def median_interval(values: Iterable[float]) -> MedianInterval:
    """Return the median of rounds and its interval at LEVEL, which ends at two of the rounds, for any distribution.

    With fewer than FEWEST rounds the ends are the least and the greatest, and the level is lower.
    """
    x = np.asarray(list(values), float)
    low, high = x.min(), x.max()
    if len(x) >= FEWEST:
        low, high = scipy.stats.quantile_test(x, p=0.5).confidence_interval(LEVEL)
    return MedianInterval(float(low), float(np.median(x)), float(high))


def ends(rounds: int) -> str:
    """What the ends of a MedianInterval are, for captions."""
    return f"{LEVEL:.0%} intervals of the medians" if rounds >= FEWEST else "from the least to the greatest"


def short(value: float) -> str:
    """Three significant digits; from 1,000 on, the nearest whole number."""
    return f"{value:.3g}" if value < 999.5 else f"{value:,.0f}"


def timed(name: str, claim: str, rule: Rule, target: float, unit: str) -> Statement:
    """A statement that is judged by a rule on the interval of the rounds' median."""
    # All rounds are measured on one machine within an hour, and the median of a later run may lie outside. So this is
    # declared as a range, and not as a confidence interval, with which a second run would have to agree.
    rule = Rule(rule.text + CHANGED, rule.judge)
    return Statement(name, claim, AIM, "", rule, target, unit, SETTLED_BY, interval=RANGE)


def faster(name: str, claim: str, target: float, unit: str = RATIO) -> Statement:
    """The statement that a ratio, taken within each round, exceeds a target."""
    return timed(name, claim, rules.above(target, OF_MEDIAN), target, unit)


def less(name: str, claim: str, target: float, unit: str) -> Statement:
    """The statement that a ratio, taken within each round, stays below a target."""
    return timed(name, claim, rules.below(target, OF_MEDIAN), target, unit)


def verdict(statement: Statement, finding: str, found: MedianInterval, rounds: int) -> Verdict:
    """The verdict on what was found; fewer than FEWEST rounds settle nothing."""
    outcome = NOT_SETTLED if rounds < FEWEST else None
    return statement.verdict(finding, found.median, found.low, found.high, rounds, outcome=outcome)
