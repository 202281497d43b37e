"""The settings of `xor.hidden_layer`."""

from dataclasses import dataclass

from experiments.lab import checks

MARGIN = 0.1  # the classes are clearly separated when they lie this far apart; hidden space is 2 wide


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and how often their hidden layers are recorded."""

    seeds: int = 2000  # scientific: networks
    learning_rate: float = 0.05  # nuisance: Adam's; there is one setting, so nothing is compared across rates
    num_steps: int = 1000  # fixed: full-batch updates
    record_every: int = 10  # fixed: steps between two records of the hidden layer
    shown: tuple[int, ...] = (0, 20, 100)  # fixed: steps whose hidden space is drawn, beside the last


FULL = Config()
QUICK = Config(seeds=300, num_steps=500, record_every=20)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.at_least(config, seeds=1, num_steps=1, record_every=1)
    checks.positive(config, "learning_rate")
    checks.rising(config, "shown", least=0, count=0)
