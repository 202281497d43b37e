"""The settings of `perceptron.census`."""

from dataclasses import dataclass

from experiments.lab import checks

MOST_INPUTS = 7
ROUNDING = 1e-9  # Novikoff's bound is computed to within this part of it


@dataclass(frozen=True)
class Config:
    """Which functions are tried, and for how long."""

    inputs: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)  # scientific: numbers of inputs, from 1 to 7
    classes_from: int = 6  # fixed: from this many inputs on one monotone function stands for all its permutations
    num_epochs: int = 10_000  # fixed: passes after which a perceptron would be undecided


FULL = Config()
QUICK = Config(inputs=(1, 2, 3, 4, 5), classes_from=5)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "inputs", range(1, MOST_INPUTS + 1))
    checks.at_least(config, num_epochs=1)
