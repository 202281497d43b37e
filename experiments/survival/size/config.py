"""The settings of `survival.size`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """How much is trained, and how often it is timed."""

    # scientific: networks in one sweep, for disk and memory
    networks: Annotated[tuple[int, ...], at_least(1, 100_000_000)] = (10_000, 100_000, 1_000_000)
    num_steps: int = 200  # fixed: updates of each of these networks
    processes: int = 9  # fixed: for each number of networks, with a store and without, for memory
    widths: tuple[int, ...] = (2, 8)  # fixed: hidden neurons of the shapes that are timed
    seeds: int = 40_000  # fixed: of each shape
    timed_steps: int = 8_000  # fixed: updates of each timed network
    rounds: int = 15  # fixed: times that each way is timed
    workers: int = 2  # fixed: threads that train


FULL = Config()
QUICK = Config(networks=(1_000, 20_000), num_steps=50, processes=1, seeds=4_000, timed_steps=1_000, rounds=6)
