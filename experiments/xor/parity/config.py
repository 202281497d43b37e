"""The settings of `xor.parity`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    bits: Annotated[tuple[int, ...], at_least(2, 16)] = (2, 3, 4, 5, 6, 7)  # scientific: N
    multiples: tuple[int, ...] = (1, 2)  # scientific: hidden neurons H over N
    num_rates: Annotated[int, at_least(2)] = 7  # nuisance: rates tried for every N and H
    lowest_rate: float = 1.0  # nuisance: ends of the geometric grid of rates, on the mean squared error
    highest_rate: float = 20.0
    tuning_seeds: int = 60  # nuisance: seeds that choose the rate, never reported
    tuning_epochs: int = 4_000  # nuisance: cap while tuning
    seeds: int = 200  # fixed: fresh networks of every N and H
    max_epochs: int = 10_000  # fixed: where a network that has not solved is censored
    record_every: int = 2  # fixed: epochs, the resolution of the times
    momentum: Annotated[float, at_least(0, 1)] = 0.9  # fixed


FULL = Config()
QUICK = Config(bits=(2, 3, 4), multiples=(2,), num_rates=4, tuning_epochs=600, max_epochs=600, record_every=5)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.less(config, "lowest_rate", "highest_rate")
