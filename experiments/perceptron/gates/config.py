"""The settings of `perceptron.gates`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import one_of

# Novikoff's bound on the mistakes, worked out by hand, by gate and by the number that stands for false.
BOUNDS = {("and", 0): 51, ("or", 0): 27, ("and", -1): 9, ("or", -1): 9}


@dataclass(frozen=True)
class Config:
    """What is trained: nothing is random and nothing is tuned."""

    # scientific: the number that stands for false; true is 1
    lows: Annotated[tuple[int, ...], one_of((0, -1))] = (0, -1)
    num_epochs: int = 1000  # fixed: passes after which a perceptron counts as undecided


QUICK = FULL = Config()
