"""The settings of `survival.size`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    networks: tuple[int, ...] = (10_000, 100_000, 1_000_000)  # scientific: of one sweep, for disk and memory
    num_steps: int = 200  # fixed: of these
    widths: tuple[int, ...] = (2, 8)  # fixed: hidden neurons of the shapes that are timed
    seeds: int = 40_000  # fixed: of each shape
    timed_steps: int = 8_000  # fixed: of these
    rounds: int = 9  # fixed: times that each way is timed
    workers: int = 2  # fixed: threads that train


FULL = Config()
QUICK = Config(networks=(1_000, 20_000), num_steps=50, seeds=4_000, timed_steps=1_000, rounds=3)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.rising(config, "networks", "widths")
    checks.at_least(config, num_steps=1, seeds=1, timed_steps=1, rounds=1, workers=1)
