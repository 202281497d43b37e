"""The settings of `survival.two_at_once`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least

NEW, BEGUN, EXTENDED, THREADS = "no store yet", "an unfinished store", "a store that grows", "two threads, no store yet"
KINDS = (NEW, BEGUN, EXTENDED, THREADS)
SHARDS = {"whole": None, "0 of 2": (0, 2), "1 of 2": (1, 2), "0 of 3": (0, 3)}  # who writes: all of it, or a shard


@dataclass(frozen=True)
class Config:
    """The sweep, and how often two meet."""

    blocks: Annotated[int, at_least(8, 100_000, multiple=8)] = 8  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: Annotated[int, at_least(5)] = 50  # fixed: updates of each network
    races: int = 50  # fixed: of each kind
    kills: int = 10  # fixed: of a writer


FULL = Config()
QUICK = Config(races=5, kills=1)
