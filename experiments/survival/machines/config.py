"""The settings of `survival.machines`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """What is trained, and by how many."""

    workers: Annotated[tuple[int, ...], at_least(1, 64)] = (1, 2, 4)  # scientific: worker processes of Dask
    shards: Annotated[tuple[int, ...], at_least(1, 64)] = (1, 2, 4)  # scientific: processes that share a store
    blocks: Annotated[int, at_least(8, 100_000, multiple=8)] = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: Annotated[int, at_least(5)] = 20_000  # fixed: a block trains for about 0.1 s


FULL = Config()
QUICK = Config(workers=(2,), shards=(2,), blocks=16)
