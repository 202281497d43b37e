"""The settings of `universal_approximation.dimension`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

ACTIVATIONS = ("cos", "sin", "tanh", "sigmoid", "relu", "gelu")


@dataclass(frozen=True)
class Config:
    """What is drawn, trained and projected, and how often."""

    dims: Annotated[tuple[int, ...], at_least(1, 1_000)] = (1, 2, 4, 8, 16, 32)  # scientific: inputs d
    drawn_units: tuple[int, ...] = (1, 4, 16, 64, 256)  # scientific: units drawn from the distribution
    units: tuple[int, ...] = (4, 16, 64)  # scientific: units of trained networks; one unit does no better than none
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ("cos", "tanh")  # scientific: of trained networks
    features: tuple[int, ...] = (4, 16, 64, 256)  # scientific: random features
    # scientific: the most polynomials of a basis; total degrees that have more of them are left out
    most_polynomials: Annotated[int, at_least(2)] = 3_000
    draws: Annotated[int, at_least(2)] = 1_000  # scientific: networks drawn for each d and N
    solved_draws: Annotated[int, at_least(2)] = 100  # scientific: networks drawn and solved for each d and N
    # scientific: cosine sums drawn for each d; the features' scale is chosen on as many others
    sums: Annotated[int, at_least(2)] = 400
    seeds: Annotated[int, at_least(2)] = 8  # scientific: trained networks of each kind
    tuning_seeds: int = 2  # nuisance: seeds that choose the rate, never reported
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0)  # nuisance: for every d, activation and number of units
    # nuisance: scales of the features' frequencies, over the sums' largest
    scales: tuple[float, ...] = (1 / 64, 1 / 32, 1 / 16, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
    most_terms: int = 4  # fixed: cosines in a sum
    points_per_draw: int = 256  # fixed: fresh inputs for each drawn network
    train_points: int = 65_536  # fixed
    test_points: int = 8_192  # fixed: fresh inputs for features
    batch_size: int = 256  # fixed
    num_steps: int = 3_000  # fixed
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed


FULL = Config()
QUICK = Config(
    dims=(1, 8),
    drawn_units=(1, 8, 64),
    units=(8,),
    activations=("cos",),
    features=(4, 16, 64),
    most_polynomials=600,
    draws=200,
    solved_draws=20,
    sums=200,
    seeds=4,
    rates=(0.1,),
    scales=(0.25, 0.5),
    train_points=8_192,
    test_points=2_048,
    batch_size=128,
    num_steps=300,
)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if max(config.units) < 2:
        raise ValueError(f"units={config.units!r} must hold a number above 1: one unit does no better than none")
    if config.most_polynomials < max(config.dims) + 1:
        raise ValueError(
            f"most_polynomials={config.most_polynomials!r} must allow degree 1: {max(config.dims) + 1} of them in "
            f"dims={config.dims!r}"
        )
    if config.train_points < config.batch_size:
        raise ValueError(f"train_points={config.train_points!r} must be {config.batch_size} or more, a batch")
