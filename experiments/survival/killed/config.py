"""The settings of `survival.killed`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """What is killed, and how often."""

    blocks: Annotated[int, at_least(8, 100_000, multiple=8)] = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: Annotated[int, at_least(5)] = 10_000  # fixed: a block trains for about 0.1 s
    workers: int = 2  # fixed: threads that train
    kills: int = 100  # fixed: by SIGKILL
    # fixed: kills aimed at the start and at each short phase (creation, extension, moving, writing) of every session
    aimed: Annotated[int, at_least(0)] = 1
    interrupts: int = 10  # fixed: by SIGINT, as Ctrl-C sends it
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: of the moments


FULL = Config()
QUICK = Config(blocks=8, num_steps=5_000, kills=5, interrupts=1)
