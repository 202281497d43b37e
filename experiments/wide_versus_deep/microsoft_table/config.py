"""The settings of `wide_versus_deep.microsoft_table`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS

TASKS = ("MNIST-1D", "MNIST digits")


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    tasks: Annotated[tuple[str, ...], one_of(TASKS)] = TASKS  # scientific
    neurons: Annotated[tuple[int, ...], any_order(1)] = (64, 128)  # scientific: N, in each layer, for each of the tasks
    layers: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 3, 4, 5, 7)  # scientific: L
    matched: Annotated[tuple[int, ...], at_least(2)] = (5, 7)  # scientific: the L whose weights are given to one layer
    # scientific: how many times wider than the widest of these the far wider layer is
    wider: Annotated[int, at_least(2)] = 4
    draws: Annotated[int, at_least(2)] = 8  # fixed: fresh draws of the data
    seeds_per_draw: int = 2  # fixed: fresh seeds on each of them
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # nuisance: tuned for every network
    scales: tuple[float, ...] = (1.0, 2**0.5)  # nuisance: of the first weights, LeCun's and He's
    tuning_draws: int = 2  # nuisance: draws of the data for tuning, never reported
    tuning_seeds: int = 1  # nuisance: seeds on each of these draws, never reported
    num_steps: int = 2_000  # fixed: the latest step to stop at
    record_every: int = 100  # fixed: steps between two records, at each of which training may stop
    batch_size: int = 100  # fixed


FULL = Config()
QUICK = Config(
    tasks=("MNIST-1D",), neurons=(16,), layers=(1, 2), matched=(2,), draws=2, seeds_per_draw=2,
    rates=(0.003,), scales=(1.0,), tuning_draws=1, num_steps=600,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if len(config.neurons) != len(config.tasks):
        raise ValueError(f"neurons={config.neurons!r} must hold a number for each of tasks={config.tasks!r}")
    if config.layers[0] != 1 or config.layers[1] > MOST_LAYERS:
        raise ValueError(
            f"layers={config.layers!r} must hold 1 first, then a number of at most {MOST_LAYERS}, up to which each "
            "layer helps in the table"
        )
    if not set(config.matched) <= set(config.layers[1:]):
        raise ValueError(f"matched={config.matched!r} must be some of the layers above 1, {config.layers[1:]}")
    checks.divides(config, "record_every", "num_steps")
