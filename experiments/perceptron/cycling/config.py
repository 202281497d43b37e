"""The settings of `perceptron.cycling`."""

from dataclasses import dataclass

from experiments.lab import checks

RULES = ("perceptron", "averaged", "pocket without ratchet", "pocket")
# A rule that should get fewer rows wrong, and one that it should beat.
PAIRS = (("averaged", "perceptron"), ("pocket", "averaged"), ("pocket", "pocket without ratchet"))


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and how many rows the rules may visit."""

    inputs: int = 4  # scientific: every function of this many inputs, 2 to 4
    visits: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16_384)  # scientific: rows visited
    num_epochs: int = 1000  # fixed: passes after which a perceptron would be undecided
    seed: int = 0  # fixed: of the pocket's order of rows


FULL = Config()
QUICK = Config(inputs=3, visits=(8, 64, 512))


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "inputs", (2, 3, 4))
    checks.rising(config, "visits")
    checks.at_least(config, num_epochs=1)
