"""The settings of `intervals.replicated`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """How often chance is simulated."""

    resamples: Annotated[int, at_least(100)] = 10_000  # fixed: bootstrap samples of the claims
    simulations: Annotated[int, at_least(100)] = 4_000  # fixed: pairs simulated for each n and p


FULL = Config()
QUICK = Config(resamples=500, simulations=400)
