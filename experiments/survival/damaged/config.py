"""The settings of `survival.damaged`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """The store, and which of its bytes are changed."""

    blocks: Annotated[int, at_least(8, 100_000, multiple=8)] = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 48  # fixed: in a block
    num_steps: Annotated[int, at_least(5)] = 50  # fixed: updates of each network
    stride: int = 64  # fixed: bytes from one changed byte of a chunk to the next
    metadata_stride: int = 16  # fixed: the same in a file of metadata
    removed: int = 8  # fixed: chunks of each array that are removed before the sweep is run again


FULL = Config()
QUICK = Config(blocks=8, networks=8, metadata_stride=256, removed=2)
