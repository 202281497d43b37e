"""The settings of `speed.early_stopping`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed

WAYS = ("stopping", "without", "final values alone")


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    hidden: int = 8  # fixed: hidden neurons
    networks: int = 10_000  # fixed: trained at once
    most_steps: int = 10_000  # fixed: after which a network that has not learned is given up
    record_every: int = 20  # fixed: steps between two records of the loss
    loss: float = 0.01  # fixed: at which a network has learned
    rounds: int = 7  # fixed: times that each way is timed
    # fixed: seconds; shorter calls are repeated until they take as long
    at_least: Annotated[float, Allowed(0, 60)] = 0.1


FULL = Config()
QUICK = Config(hidden=4, networks=1_000, rounds=3, at_least=0.0)
