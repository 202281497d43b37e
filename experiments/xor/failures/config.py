"""The settings of `xor.failures`."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of


class Setting(NamedTuple):
    """One kind of network; its rate is tuned if it is None."""

    activation: str
    output_activation: str
    rate: float | None


SETTINGS = {
    "sigmoid, rate 0.5": Setting("sigmoid", "sigmoid", 0.5),
    "sigmoid, tuned rate": Setting("sigmoid", "sigmoid", None),
    "ReLU, tuned rate": Setting("relu", "identity", None),
}
# Ends of the geometric grid from which a rate is tuned, and how many rates are tried.
RATES = {"sigmoid": (1.0, 16.0), "relu": (0.0125, 0.2)}
NUM_RATES = 5


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and when their parameters are examined."""

    settings: Annotated[tuple[str, ...], one_of(SETTINGS)] = tuple(SETTINGS)  # scientific: see SETTINGS
    # scientific: epochs; the last one ends the run
    checkpoints: Annotated[tuple[int, ...], at_least(1, count=2)] = (1_000, 10_000, 100_000)
    seeds: int = 1_000  # fixed: networks of each setting
    tuning_seeds: int = 200  # nuisance: seeds that choose a rate at the first checkpoint, never reported
    record_every: int = 500  # fixed: epochs between two points of a curve
    num_curves: int = 12  # fixed: the first networks, whose loss is drawn


FULL = Config()
QUICK = Config(settings=("sigmoid, rate 0.5", "ReLU, tuned rate"), checkpoints=(1_000, 5_000), record_every=200)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if wrong := [epoch for epoch in config.checkpoints if epoch % config.record_every]:
        raise ValueError(f"checkpoints has {wrong[0]}: each must be a multiple of record_every={config.record_every}")
