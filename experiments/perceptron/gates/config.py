"""The settings of `perceptron.gates`."""

from dataclasses import dataclass

from experiments.lab import checks

# Novikoff's bound on the mistakes, worked out by hand, by gate and by the number that stands for false.
BOUNDS = {("and", 0): 51, ("or", 0): 27, ("and", -1): 9, ("or", -1): 9}


@dataclass(frozen=True)
class Config:
    """What is trained: nothing is random and nothing is tuned."""

    lows: tuple[int, ...] = (0, -1)  # scientific: the number that stands for false; true is 1
    num_epochs: int = 1000  # fixed: passes after which a perceptron would be undecided


QUICK = FULL = Config()


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "lows", (0, -1))
    checks.at_least(config, num_epochs=1)
