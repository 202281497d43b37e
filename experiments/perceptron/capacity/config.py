"""The settings of `perceptron.capacity`."""

from dataclasses import dataclass

from experiments.lab import checks


@dataclass(frozen=True)
class Config:
    """Which points are labelled, how often, and for how many passes a perceptron is trained."""

    dims: tuple[int, ...] = (5, 10, 20, 40)  # scientific: weights of the neuron, a bias not counted
    ratios: tuple[float, ...] = tuple(0.5 + 0.25 * i for i in range(15))  # scientific: points for each dimension
    trials: int = 400  # scientific: labellings of each kind
    time_out_dim: int = 20  # scientific: dimensions in which a perceptron is trained as well, with a bias
    time_outs: tuple[int, ...] = (10, 100, 1000, 10_000)  # scientific: passes after which training is given up
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(dims=(5, 10), ratios=(1.0, 1.5, 2.0, 2.5, 3.0), trials=60, time_out_dim=10, time_outs=(10, 100, 1000))


def num_points(config: Config, dim: int) -> list[int]:
    """How many points are labelled in so many dimensions, for each ratio."""
    return [round(ratio * dim) for ratio in config.ratios]


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.rising(config, "dims", "time_outs")
    checks.rising(config, "ratios", least=0)
    checks.at_least(config, trials=1)
    checks.one_of(config, "time_out_dim", config.dims)
    if config.ratios[0] * config.dims[0] < 1:
        raise ValueError(f"ratios={config.ratios!r}, dims={config.dims!r}: there must be one point or more")
