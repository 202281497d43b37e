"""What the parts share: intervals that hold together, and the outcome of one of several things judged."""

import dataclasses
import math

from experiments.lab.verdicts import NOT_SETTLED, Rule, Statement

ALPHA = 0.05


def of_many(statement: Statement, comparisons: int) -> Statement:
    """The statement with its interval's level raised, so that all `comparisons` intervals hold together."""
    return dataclasses.replace(statement, level=1 - ALPHA / comparisons)


def outcome(rule: Rule, measured: float, low: float, high: float) -> str:
    """The outcome of a rule for one of several parts."""
    return NOT_SETTLED if rule.judge is None or math.isnan(measured) else rule.judge(measured, low, high)
