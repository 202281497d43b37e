"""The settings of `activations.dead_units`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

LAWS = ("normal", "normal, normal biases", "uniform, uniform biases")  # of the weights; biases are zero unless named
# Ends of the grid of rates of each solver; ReLU networks of this kind learn best near its middle.
RATES = {"gradient descent": (0.03, 30.0), "Adam": (1e-3, 1.0)}
# More rates in between: from 1.4 to 3 gradient descent goes from networks that learn to networks that do not.
BETWEEN = {"gradient descent": (1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8), "Adam": ()}
LEARNS = 0.2  # twice the accuracy of chance
TOLERANCES = (1e-13, 1e-9, 1e-6, 1e-3, 1e-2, 1e-1)  # a singular value counts above this part of the greatest


@dataclass(frozen=True)
class Config:
    """What is drawn, trained and decomposed, and how often."""

    laws: Annotated[tuple[str, ...], one_of(LAWS)] = LAWS  # scientific: how weights and biases are drawn
    widths: Annotated[tuple[int, ...], at_least(1, 16)] = (1, 2, 3, 4, 5, 6, 7, 8)  # scientific: of the networks drawn
    depth: Annotated[int, at_least(4, 64)] = 16  # scientific: hidden layers; all depths up to it are counted
    networks: Annotated[int, at_least(1000, multiple=1000)] = 400_000  # fixed: networks of each law and width

    solvers: Annotated[tuple[str, ...], one_of(RATES)] = ("gradient descent", "Adam")  # scientific
    hidden: Annotated[tuple[int, ...], checks.any_order()] = (32, 32)  # scientific: hidden layers of trained networks
    per_decade: Annotated[int, at_least(1, 4)] = 3  # scientific: learning rates in each decade
    # nuisance: seeds that choose the rates at which claims are judged, never reported
    tuning_seeds: Annotated[int, at_least(2)] = 10
    seeds: Annotated[int, at_least(4)] = 20  # fixed: reported networks at every rate
    num_steps: int = 600  # fixed: mini-batches of 50 rows
    rows: Annotated[int, at_least(500, 5000)] = 5000  # fixed: rows of MNIST-1D, a fifth of them for testing

    # scientific: examples and units of each layer of the matrices whose rank is taken
    shapes: Annotated[tuple[tuple[int, int], ...], checks.any_order()] = (
        (40, 40), (40, 80), (40, 200), (80, 40), (200, 40),
    )  # fmt: skip
    layers: Annotated[int, at_least(12, 64)] = 16  # scientific: random layers
    draws: Annotated[int, at_least(10)] = 1_600  # fixed: random stacks of layers for each shape


FULL = Config()
QUICK = Config(
    laws=("normal",), widths=(2, 4), depth=8, networks=20_000, solvers=("Adam",), per_decade=1,
    tuning_seeds=4, seeds=4, num_steps=150, rows=1000, shapes=((40, 40), (40, 80)), layers=12, draws=40,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if (40, 40) not in config.shapes or len(set(config.shapes)) < len(config.shapes):
        raise ValueError(f"shapes={config.shapes!r} must hold (40, 40), and each shape once")
