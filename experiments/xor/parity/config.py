"""The settings of `xor.parity`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """Which networks are trained, for how long, and how many."""

    bits: Annotated[tuple[int, ...], at_least(2, 16)] = (2, 3, 4, 5, 6, 7)  # scientific: N
    multiples: tuple[int, ...] = (1, 2)  # scientific: hidden neurons H, in multiples of N
    # nuisance: momenta tried for every N and H
    momenta: Annotated[tuple[float, ...], at_least(0, 0.999, count=3)] = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
    # nuisance: rates tried with every momentum
    num_rates: Annotated[int, at_least(3)] = 10
    # fixed: how often rate and momentum are tuned, each time on other seeds; the fresh seeds are dealt among them
    tunings: Annotated[int, at_least(2, 90)] = 8
    # nuisance: ends of the geometric grid of rate / (1 - momentum), on the mean squared error: with momentum a steady
    # gradient moves weights 1 / (1 - momentum) times as far, so the best rate depends on it
    lowest_rate: float = 4.5
    highest_rate: float = 400.0  # nuisance
    first_seeds: int = 24  # nuisance: seeds that choose the finalists of each tuning, never reported
    first_epochs: int = 1_500  # nuisance: epochs after which networks of the first seeds are stopped
    finalists: int = 6  # nuisance: pairs of a rate and a momentum that are trained again
    tuning_seeds: int = 60  # nuisance: seeds that choose among those finalists, at full length, never reported
    seeds: int = 200  # fixed: fresh networks of every N and H
    max_epochs: int = 10_000  # fixed: epochs after which a network that has not solved is censored
    record_every: int = 2  # fixed: epochs between two records, the resolution of the times


FULL = Config()
QUICK = Config(
    bits=(2, 3, 4), multiples=(2,), momenta=(0.0, 0.5, 0.8, 0.9), num_rates=7, lowest_rate=12.0, highest_rate=250.0,
    tunings=2, first_epochs=300, finalists=3, max_epochs=600, record_every=2,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.less(config, "lowest_rate", "highest_rate")
    if config.seeds % config.tunings:
        raise ValueError(f"seeds={config.seeds!r} must be a multiple of tunings={config.tunings!r}")
