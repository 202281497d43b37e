"""The settings of `speed.ensembles`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed

LEAST = 1_000  # smaller ensembles do not fill the vector lanes, and nothing is claimed of them


@dataclass(frozen=True)
class Config:
    """Which ensembles, how long, and how often they are timed."""

    ensembles: tuple[int, ...] = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)  # scientific: networks
    most_plain: int = 100_000  # fixed: the largest ensemble of plain jit(vmap(scan))
    num_steps: int = 1_000  # fixed: full-batch updates of each network
    memory_steps: int = 100  # fixed: steps when memory is measured, which does not depend on them
    rounds: int = 7  # fixed: times that every ensemble is timed
    # fixed: seconds; shorter calls are repeated until they take as long
    at_least: Annotated[float, Allowed(0, 60)] = 0.1


FULL = Config()
QUICK = Config((1, 1_000, 4_000), 1, 200, 20, rounds=3, at_least=0.01)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.ensembles[-1] < LEAST:
        raise ValueError(f"ensembles={config.ensembles!r} must hold one of {LEAST:,} networks or more")


def measured(config: Config) -> tuple[int, int]:
    """The smallest and the largest ensemble that are large enough to be judged."""
    large = [n for n in config.ensembles if n >= LEAST] or [config.ensembles[-1]]
    return large[0], large[-1]
