"""The settings of `intervals.replicated`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least
from experiments.lab.claims import ROOT

ESTIMATES = ROOT.parent / "results" / "replications" / "estimates.csv"


@dataclass(frozen=True)
class Config:
    """How many claims a verdict needs, and how many pairs the table lists."""

    fewest: Annotated[int, at_least(2)] = 4  # fixed: claims; with fewer, nothing is settled
    listed: Annotated[int, at_least(1)] = 25  # fixed: pairs in the table, the widest apart


def check(config: Config) -> None:
    """Raise ValueError where there is nothing to read yet."""
    checks.check(config)
    if not ESTIMATES.exists() or ESTIMATES.read_text(encoding="utf-8").count("\n") < 2:  # a header alone
        raise ValueError(
            "there are no replications yet: python -m experiments --preset full --replicate auto makes them"
        )


FULL = QUICK = Config()
