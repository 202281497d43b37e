"""From times to verdicts: the median and the quartiles of the rounds, and the statement that most claims make."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from experiments.lab import rules
from experiments.lab.verdicts import AIM, Statement

QUARTILES = "the interval between the quartiles of the rounds"
SETTLED_BY = "more rounds, on a machine that runs nothing else"
RATIO = "x the engine's time"


class Spread(NamedTuple):
    """The median of some rounds, between their quartiles."""

    low: float
    median: float
    high: float

    def said(self, unit: str) -> str:
        """In words, such as "2.1 times as fast (quartiles 2 and 2.3)"."""
        low, median, high = (short(value) for value in self)
        return f"{median} {unit} (quartiles {low} and {high})"


def spread(values: Iterable[float]) -> Spread:
    """Lower quartile, median and upper quartile."""
    return Spread(*(float(q) for q in np.quantile(np.asarray(list(values), float), (0.25, 0.5, 0.75))))


def short(value: float) -> str:
    """Three digits, or all of a large number."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def faster(name: str, claim: str, target: float, unit: str = RATIO) -> Statement:
    """The statement that a ratio, taken within each round, exceeds a target."""
    return Statement(name, claim, AIM, "", rules.above(target, QUARTILES), target, unit, SETTLED_BY)


def plural(number: int, word: str) -> str:
    """The number with its word in the singular or the plural: "3 rounds"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
