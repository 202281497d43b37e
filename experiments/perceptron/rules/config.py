"""The settings of `perceptron.rules`, and its data and rules by name."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab.checks import Allowed

STORE = True  # the only sweeps of the topic
SOFT, HARD, SIGNS = (0.1, 0.9), (0.0, 1.0), (-1.0, 1.0)
DESCENDED = (
    "Widrow & Hoff, -1 and 1",
    "squared error, 0.1 and 0.9",
    "cross-entropy, 0.1 and 0.9",
    "squared error, 0 and 1",
    "cross-entropy, 0 and 1",
    "free beyond 0.1 and 0.9",
)
PERCEPTRON = "perceptron"
LONE_X, LONE_Y = (-1.0, 1.0, -0.5), (0.0, 1.0, 1.0)
FOUR_X, FOUR_Y = ((2.0, 1.0), (2.0, 3.0), (1.0, 0.0), (10.0, -8.0)), (1, 1, 1, 0)


@dataclass(frozen=True)
class Config:
    """Which data are used, how many neurons are trained, and for how long."""

    side_rows: tuple[int, ...] = (1, 3, 10, 30, 100, 300)  # scientific: rows on each side of the lone one
    scales: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)  # scientific: standard deviation of the initial weights
    seeds: int = 400  # scientific: neurons of each kind
    tuning_seeds: int = 20  # nuisance: neurons on which a rate is chosen
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # nuisance: tuned for each rule and data set
    # nuisance: also tried on the four vectors, where the greatest of `rates` was best
    higher_rates: Annotated[tuple[float, ...], Allowed(count=0)] = (30.0, 100.0)
    num_steps: int = 100_000  # fixed: full-batch updates
    num_epochs: int = 10_000  # fixed: passes for which the perceptron is trained


FULL = Config()
QUICK = Config(
    side_rows=(1, 10, 100), scales=(0.3, 1.0), seeds=40, tuning_seeds=5, rates=(0.03, 3.0), higher_rates=(),
    num_steps=5_000,
)  # fmt: skip
