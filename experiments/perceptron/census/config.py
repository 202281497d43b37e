"""The settings of `perceptron.census`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least

MOST_INPUTS = 7
ROUNDING = 1e-9  # relative error within which Novikoff's bound is computed


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and for how long."""

    # scientific: numbers of inputs, from 1 to 7
    inputs: Annotated[tuple[int, ...], at_least(1, MOST_INPUTS)] = (1, 2, 3, 4, 5, 6, 7)
    classes_from: int = 6  # fixed: from this many inputs on, one monotone function stands for all its permutations
    num_epochs: int = 10_000  # fixed: passes after which a perceptron counts as undecided


FULL = Config()
QUICK = Config(inputs=(1, 2, 3, 4, 5), classes_from=5)
