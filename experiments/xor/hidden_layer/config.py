"""The settings of `xor.hidden_layer`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least

MARGIN = 0.1  # the classes are clearly separated when they lie this far apart; hidden space is 2 wide


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and how often their hidden layers are recorded."""

    seeds: int = 2000  # scientific: networks
    learning_rate: float = 0.05  # nuisance: Adam's; there is one setting, so nothing is compared across rates
    num_steps: int = 1000  # fixed: full-batch updates
    record_every: int = 10  # fixed: steps between two records of the hidden layer
    # fixed: steps whose hidden space is drawn, besides the last
    shown: Annotated[tuple[int, ...], at_least(0, count=0)] = (0, 20, 100)


FULL = Config()
QUICK = Config(seeds=300, num_steps=500, record_every=20)
