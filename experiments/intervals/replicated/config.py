"""The settings of `intervals.replicated`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least
from experiments.lab.claims import ROOT

ESTIMATES = ROOT.parent / "results" / "replications" / "estimates.csv"


@dataclass(frozen=True)
class Config:
    """What is asked of the replications that are there."""

    fewest: Annotated[int, at_least(2)] = 4  # fixed: claims, below which nothing is settled
    listed: Annotated[int, at_least(1)] = 25  # fixed: pairs in the table, those that are widest apart


def check(config: Config) -> None:
    """Raise ValueError where there is nothing to read yet."""
    checks.check(config)
    if not ESTIMATES.exists() or ESTIMATES.read_text(encoding="utf-8").count("\n") < 2:  # the names of its columns
        raise ValueError(
            "there are no replications yet: python -m experiments --preset full --replicate auto makes them"
        )


FULL = QUICK = Config()
