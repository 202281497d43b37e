"""The settings of `intervals.replicated`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least
from experiments.lab.claims import ROOT

ESTIMATES = ROOT.parent / "results" / "replications" / "estimates.csv"


@dataclass(frozen=True)
class Config:
    """How often chance is simulated."""

    resamples: Annotated[int, at_least(100)] = 10_000  # fixed: bootstrap samples of the claims
    simulations: Annotated[int, at_least(100)] = 4_000  # fixed: pairs simulated for each n and p


def check(config: Config) -> None:
    """Raise ValueError where there is nothing to read yet."""
    checks.check(config)
    if not ESTIMATES.exists():
        raise ValueError("there are no replications yet: python -m experiments --preset full --replicate 20 makes them")


FULL = Config()
QUICK = Config(resamples=500, simulations=400)
