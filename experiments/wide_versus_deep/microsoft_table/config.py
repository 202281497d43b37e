"""The settings of `wide_versus_deep.microsoft_table`."""

import math
from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, any_order, at_least, one_of
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS
from experiments.wide_versus_deep.shared.tasks import DIGITS, MNIST_ROWS

MNIST1D = "MNIST-1D"
TASKS = (MNIST1D, DIGITS)
TRAIN_SHARE = 0.8  # of the rows of MNIST-1D


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    tasks: Annotated[tuple[str, ...], one_of(TASKS)] = TASKS  # scientific
    neurons: int = 128  # scientific: N, in each layer of the deep networks
    layers: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 3, 4, 5)  # scientific: L
    matched: Annotated[tuple[int, ...], at_least(2)] = (5,)  # scientific: the L whose number of weights one layer gets
    # scientific: how many times wider the far wider layer is than the widest of these single layers
    wider: Annotated[int, at_least(2)] = 4
    rows: Annotated[int, at_least(200, multiple=100)] = 50_000  # fixed: rows of MNIST-1D, a fifth of them to test on
    draws: Annotated[int, at_least(2)] = 8  # fixed: fresh draws of the data
    seeds_per_draw: int = 2  # fixed: fresh seeds, different ones for each draw
    rates: Annotated[tuple[float, ...], Allowed(count=3)] = tuple(2.0**i for i in range(-12, -4))  # nuisance: tuned
    grow: Annotated[int, at_least(0)] = 6  # nuisance: rates beyond those tried, where the best lies at an end
    fail_at_edge: bool = True  # fixed: whether a rate that still lies at an end stops the run
    # nuisance: draws of the data for tuning, never reported, for each of the tasks
    tuning_draws: Annotated[tuple[int, ...], any_order(1)] = (2, 4)
    tuning_seeds: int = 2  # nuisance: seeds on each of these draws, never reported
    epochs: int = 40  # fixed: passes over the training rows
    batch_size: int = 100  # fixed


FULL = Config()
QUICK = Config(
    tasks=(MNIST1D,), neurons=16, layers=(1, 2), matched=(2,), rows=1_000, draws=2, seeds_per_draw=1,
    rates=(2**-8, 2**-7, 2**-6), grow=0, fail_at_edge=False, tuning_draws=(1,), tuning_seeds=1, epochs=20,
)  # fmt: skip


def num_steps(task: str, config: Config) -> int:
    """The training steps of `epochs` passes over the training rows of a task."""
    rows = MNIST_ROWS if task == DIGITS else round(TRAIN_SHARE * config.rows)
    return config.epochs * math.ceil(rows / config.batch_size)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if len(config.tuning_draws) != len(config.tasks):
        raise ValueError(f"tuning_draws={config.tuning_draws!r} must hold a number for each of tasks={config.tasks!r}")
    if config.layers[0] != 1 or config.layers[1] > MOST_LAYERS:
        raise ValueError(
            f"layers={config.layers!r} must hold 1 first, then a number of at most {MOST_LAYERS}, up to which each "
            "layer helps in the table"
        )
    if not set(config.matched) <= set(config.layers[1:]):
        raise ValueError(f"matched={config.matched!r} must be some of the layers above 1, {config.layers[1:]}")
    checks.same_ratios(config, "rates")
