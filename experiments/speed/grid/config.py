"""The settings of `speed.grid`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import one_of

WAYS = ("engine", "plain", "saved")  # saved: the engine, which finds its compiled programs on disk
ACTIVATIONS = ("tanh", "relu", "sigmoid")  # that the plain programs know


@dataclass(frozen=True)
class Config:
    """The grid, and how often it is trained."""

    widths: tuple[int, ...] = (2, 4, 8, 16, 32, 64)  # scientific: neurons of every hidden layer
    depths: tuple[int, ...] = (1, 2, 3, 4)  # scientific: hidden layers
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS  # scientific
    num_rates: int = 8  # fixed: learning rates, from 0.001 to 0.1
    seeds: int = 16  # fixed: networks of each setting
    rows: int = 64  # fixed: points
    steps: tuple[int, ...] = (200, 1_000)  # scientific: few, where compiling takes most of the time, and many
    rounds: int = 6  # fixed: times that the whole grid is trained in each way


FULL = Config()
QUICK = Config((2, 8), (1,), ("tanh",), 2, 4, steps=(20,), rounds=1)


def shapes(config: Config) -> int:
    """How many shapes and activations the grid has, each of which needs a plain program."""
    return len(config.widths) * len(config.depths) * len(config.activations)


def networks(config: Config) -> int:
    """How many networks the grid has."""
    return shapes(config) * config.num_rates * config.seeds
