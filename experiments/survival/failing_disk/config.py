"""The settings of `survival.failing_disk`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """The sweep, and how often each of its calls is refused."""

    blocks: int = 16  # fixed: of the whole sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: int = 50  # fixed: updates of each network
    places: int = 6  # fixed: calls of each kind that are refused, from the first to the last
    both: bool = True  # fixed: ENOSPC and EIO at each of them, or in turns
    disks: tuple[int, ...] = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384)  # fixed: kB of real disks
    room: int = 16_000  # fixed: kB of these disks once they are enlarged


FULL = Config()
QUICK = Config(blocks=8, places=1, both=False, disks=(128,))


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.at_least(config, blocks=8, networks=1, num_steps=5, places=1, room=1_000)
