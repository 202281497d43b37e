"""The settings of `survival.killed`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """What is killed, and how often."""

    blocks: int = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: int = 10_000  # fixed: a block trains for about 0.1 s
    workers: int = 2  # fixed: threads that train
    kills: int = 100  # fixed: by SIGKILL
    aimed: int = 1  # fixed: of these, how many at each of the short moments: creation, extension, moving, writing
    interrupts: int = 10  # fixed: by SIGINT, as Ctrl-C sends it
    seed: int = 0  # fixed: of the moments


FULL = Config()
QUICK = Config(blocks=8, num_steps=5_000, kills=5, interrupts=1)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.at_least(config, blocks=8, networks=1, num_steps=5, workers=1, kills=1, aimed=0, interrupts=1)
