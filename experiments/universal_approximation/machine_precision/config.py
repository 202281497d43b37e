"""The settings of `universal_approximation.machine_precision`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of
from experiments.universal_approximation.shared.targets import TARGETS


@dataclass(frozen=True)
class Config:
    """Which targets are approximated, with how many networks, trained for how long."""

    # scientific
    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = ("exp_sin", "sine", "exp_cos", "reciprocal_sin", "runge")
    units: int = 32  # scientific: tanh units of the first network
    # scientific: units of the networks of a chain of equal width
    equal: Annotated[tuple[int, ...], any_order(1)] = (32, 32, 32)
    wider: Annotated[tuple[int, ...], any_order(1)] = (32, 64, 96)  # scientific: units of a chain that grows
    seeds: Annotated[int, at_least(2)] = 32  # scientific: single networks for each target
    chains: Annotated[int, at_least(2)] = 12  # scientific: chains of each kind for each target
    # nuisance: reciprocals of the first damping, tuned by target
    rates: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e5)
    frequencies: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # nuisance: factors on |w| of later networks
    tuning_seeds: int = 8  # nuisance: networks and chains that choose the above, never reported
    ridge: float = 1e4  # nuisance: penalty on the output weights of the first of a chain, in units of rounding
    num_steps: int = 240  # fixed: steps of a single network, and of the first of a chain
    stage_steps: int = 100  # fixed: steps of later networks
    num_rows: int = 385  # fixed: equally spaced training rows


FULL = Config()
QUICK = Config(
    targets=("exp_sin", "exp_cos", "runge"), equal=(32, 32), wider=(32, 64), seeds=6, chains=2, rates=(100.0,),
    frequencies=(4.0,), tuning_seeds=1, num_steps=60, stage_steps=40, num_rows=201,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if len(config.equal) != len(config.wider):
        raise ValueError(f"equal={config.equal!r} must hold as many networks as wider={config.wider!r}")
    if config.num_rows <= 3 * max(config.units, *config.equal, *config.wider):
        raise ValueError(f"num_rows={config.num_rows!r} must be more than three times the units of every network")
