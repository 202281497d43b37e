"""The settings of `perceptron.order`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """Which functions and which parities are tried."""

    inputs: tuple[int, ...] = (2, 3, 4)  # scientific: numbers of inputs of which every function is tried, from 2 to 4
    parity_inputs: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8)  # scientific: numbers of inputs of parity
    symmetric_inputs: tuple[int, ...] = (2, 3, 4, 5, 6)  # scientific: those of which every symmetric one is tried
    num_epochs: int = 10_000  # fixed: passes after which a perceptron would be undecided


FULL = Config()
QUICK = Config(inputs=(2, 3), parity_inputs=(2, 3, 4, 5), symmetric_inputs=(2, 3, 4))


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "inputs", range(2, 5))
    checks.one_of(config, "parity_inputs", range(2, 11))
    checks.one_of(config, "symmetric_inputs", range(2, 8))
    checks.at_least(config, num_epochs=1)
