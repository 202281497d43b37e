"""The settings of `activations.softmax`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

# The least and the greatest rate that are tried first; the grid grows where one of them is best.
RATES = {"gradient descent": (0.1, 10.0), "Adam": (0.03, 3.0)}
WIDENINGS = 3
TEMPERATURES = (0.25, 1.0, 4.0)
GOAL = 0.95  # share of the training rows that are right
# Steps between two checks of the accuracy: with Adam networks arrive after some 40 steps, so five more would matter.
LOOKS = {"gradient descent": 5, "Adam": 1}
EVERY = 5  # steps between two points of a curve that is kept
TEST_ROWS = 1_000  # half of them fit a temperature, and half judge it


@dataclass(frozen=True)
class Config:
    """Which solvers, starts and temperatures are compared, and with how many networks."""

    # scientific
    solvers: Annotated[tuple[str, ...], one_of(RATES)] = ("gradient descent", "Adam")
    # scientific: factors on the output weights at the start; 1 is the usual start. From 32 times as large four in ten
    # networks that descend the squared error do not learn in 4,000 steps, nor three in ten in 40,000.
    scales: Annotated[tuple[float, ...], at_least(1, 1_000, count=2)] = (1.0, 4.0, 16.0)
    # scientific: temperatures of softmax in training
    temperatures: Annotated[tuple[float, ...], one_of(TEMPERATURES)] = TEMPERATURES
    num_rates: Annotated[int, at_least(3)] = 7  # nuisance: rates tried for every setting, before the grid grows
    # fixed: how often each rate is tuned, on other draws each time; the reported draws are dealt equally among them
    tunings: Annotated[int, at_least(2, 90)] = 8
    # nuisance: draws of the data and of the weights that choose a rate, for each tuning, never reported
    tuning_draws: Annotated[int, at_least(1, 100)] = 10
    draws: Annotated[int, at_least(8, 900)] = 96  # fixed: reported draws of the data, each with a network of its own
    width: int = 32  # fixed: hidden tanh units
    rows: Annotated[int, at_least(30, 10_000)] = 256  # fixed: training rows
    num_steps: Annotated[int, at_least(EVERY, multiple=EVERY)] = 4_000  # fixed: training steps at most
    pairs: Annotated[int, at_least(2)] = 20  # fixed: two-class networks trained with softmax and with a sigmoid
    pair_steps: Annotated[int, at_least(EVERY, multiple=EVERY)] = 1_000  # fixed: their training steps


FULL = Config()
QUICK = Config(
    solvers=("gradient descent",), scales=(1.0, 16.0), temperatures=(1.0,), num_rates=3, tunings=2, tuning_draws=2,
    draws=10, rows=128, num_steps=1_000, pairs=2, pair_steps=100,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if 1 not in config.scales or 1 not in config.temperatures:
        raise ValueError(
            f"scales={config.scales!r} and temperatures={config.temperatures!r} must hold 1, with which others compare"
        )
    if config.draws % config.tunings:
        raise ValueError(f"draws={config.draws!r} must be a multiple of tunings={config.tunings!r}")
    if "gradient descent" not in config.solvers:
        raise ValueError(f"solvers={config.solvers!r} must hold 'gradient descent', for which the theory is")
