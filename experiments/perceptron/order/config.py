"""The settings of `perceptron.order`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """Which functions and which parities are tried."""

    # scientific: numbers of inputs, from 2 to 4, with which every function is tried
    inputs: Annotated[tuple[int, ...], at_least(2, 4)] = (2, 3, 4)
    # scientific: numbers of inputs with which parity is tried
    parity_inputs: Annotated[tuple[int, ...], at_least(2, 10)] = (2, 3, 4, 5, 6, 7, 8)
    # scientific: numbers of inputs with which every symmetric function is tried
    symmetric_inputs: Annotated[tuple[int, ...], at_least(2, 7)] = (2, 3, 4, 5, 6)
    num_epochs: int = 10_000  # fixed: passes after which a perceptron counts as undecided


FULL = Config()
QUICK = Config(inputs=(2, 3), parity_inputs=(2, 3, 4, 5), symmetric_inputs=(2, 3, 4))
