"""From times to verdicts: the median of the rounds' ratios, their quartiles, and one rule for all claims."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict

OWN = "the project's own target"


class Spread(NamedTuple):
    """The median of some rounds, between their quartiles."""

    low: float
    median: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Lower quartile, median and upper quartile."""
    return Spread(*(float(q) for q in np.quantile(np.asarray(list(values), float), (0.25, 0.5, 0.75))))


def at_least(found: Spread, target: float) -> str:
    """Reproduced where the median reaches the target, partly where the upper quartile does."""
    return REPRODUCED if found.median >= target else PARTLY if found.high >= target else NOT_REPRODUCED


def at_most(found: Spread, target: float) -> str:
    """Reproduced where the median keeps below the target, partly where the lower quartile does."""
    return REPRODUCED if found.median <= target else PARTLY if found.low <= target else NOT_REPRODUCED


def faster(name: str, claim: str, found: Spread, target: float, command: str, unit: str = "times faster") -> Verdict:
    """The verdict of a claim that something is at least `target`."""
    outcome = at_least(found, target)
    return Verdict(name, claim, OWN, target, found.median, found.low, found.high, unit, outcome, command)
