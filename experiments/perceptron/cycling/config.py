"""The settings of `perceptron.cycling`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least

RULES = ("perceptron", "averaged", "pocket without ratchet", "pocket")
# A rule that should get fewer rows wrong, and one that it should beat.
PAIRS = (("averaged", "perceptron"), ("pocket", "averaged"), ("pocket", "pocket without ratchet"))


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and how many rows the rules may visit."""

    inputs: Annotated[int, at_least(2, 4)] = 4  # scientific: every function of this many inputs, 2 to 4
    visits: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16_384)  # scientific: rows visited
    num_epochs: int = 1000  # fixed: passes after which a perceptron counts as undecided
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: of the pocket's order of rows


FULL = Config()
QUICK = Config(inputs=3, visits=(8, 64, 512))
