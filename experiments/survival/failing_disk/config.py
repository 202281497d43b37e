"""The settings of `survival.failing_disk`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """The sweep, and how often each of its calls is refused."""

    blocks: Annotated[int, at_least(8, 100_000, multiple=8)] = 16  # fixed: of the whole sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: Annotated[int, at_least(5)] = 50  # fixed: updates of each network
    places: int = 6  # fixed: calls of each kind that are refused, from the first to the last
    both: bool = True  # fixed: ENOSPC and EIO at each of these calls, or alternately, kind by kind
    disks: tuple[int, ...] = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384)  # fixed: kB of real disks
    room: Annotated[int, at_least(1_000)] = 16_000  # fixed: kB of these disks once they are enlarged


FULL = Config()
QUICK = Config(blocks=8, places=1, both=False, disks=(128,))
