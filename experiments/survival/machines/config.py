"""The settings of `survival.machines`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """What is trained, and by how many."""

    workers: tuple[int, ...] = (1, 2, 4)  # scientific: worker processes of Dask
    shards: tuple[int, ...] = (1, 2, 4)  # scientific: processes that share a store
    blocks: int = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: int = 5_000  # fixed: a block trains for about 0.1 s


FULL = Config()
QUICK = Config(workers=(2,), shards=(2,), blocks=16)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.positive(config, "workers", "shards")
    checks.at_least(config, blocks=8, networks=1, num_steps=5)
