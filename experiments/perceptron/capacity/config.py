"""The settings of `perceptron.capacity`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least


@dataclass(frozen=True)
class Config:
    """Which points are labelled, how often, and for how many passes a perceptron is trained."""

    # scientific: weights of the neuron, without the bias
    dims: Annotated[tuple[int, ...], at_least(1, 1_000)] = (5, 10, 20, 40)
    # scientific: points for each dimension
    ratios: Annotated[tuple[float, ...], at_least(0, 1_000)] = tuple(0.5 + 0.25 * i for i in range(15))
    trials: int = 400  # scientific: labellings of each kind
    time_out_dim: int = 20  # scientific: dimensions in which a perceptron is trained as well, with a bias
    time_outs: tuple[int, ...] = (10, 100, 1000, 10_000)  # scientific: passes after which training is given up
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed


FULL = Config()
QUICK = Config(dims=(5, 10), ratios=(1.0, 1.5, 2.0, 2.5, 3.0), trials=60, time_out_dim=10, time_outs=(10, 100, 1000))


def num_points(config: Config, dim: int) -> list[int]:
    """The number of points that are labelled in `dim` dimensions, for each ratio."""
    return [round(ratio * dim) for ratio in config.ratios]


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.time_out_dim not in config.dims:
        raise ValueError(f"time_out_dim={config.time_out_dim!r} must be one of dims={config.dims!r}")
    if config.ratios[0] * config.dims[0] < 1:
        raise ValueError(f"ratios={config.ratios!r} must give one point or more in each of dims={config.dims!r}")
