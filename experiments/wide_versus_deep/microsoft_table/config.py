"""The settings of `wide_versus_deep.microsoft_table`."""

from dataclasses import dataclass

from experiments.lab import checks
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS

TASKS = ("MNIST-1D", "MNIST digits")


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    tasks: tuple[str, ...] = TASKS  # scientific
    neurons: tuple[int, ...] = (64, 128)  # scientific: N, in each layer, for each of the tasks
    layers: tuple[int, ...] = (1, 2, 3, 4, 5, 7)  # scientific: L
    matched: tuple[int, ...] = (5, 7)  # scientific: the L whose weights are given to one layer
    wider: int = 4  # scientific: how many times wider than the widest of these the far wider layer is
    draws: int = 8  # fixed: fresh draws of the data
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
    checks.one_of(config, "tasks", TASKS)
    checks.positive(config, "neurons", "rates", "scales")
    if len(config.neurons) != len(config.tasks):
        raise ValueError(f"neurons={config.neurons!r} must hold a number for each of the tasks {config.tasks!r}")
    checks.rising(config, "layers", count=2)
    if config.layers[0] != 1 or config.layers[1] > MOST_LAYERS:
        raise ValueError(
            f"layers={config.layers!r} must hold 1 first, then a number of at most {MOST_LAYERS}, up to which each "
            "layer helps in the table"
        )
    if not config.matched or not set(config.matched) <= set(config.layers[1:]):
        raise ValueError(f"matched={config.matched!r} must be some of the layers above 1, {config.layers[1:]}")
    checks.at_least(config, wider=2, draws=2, seeds_per_draw=1, tuning_draws=1, tuning_seeds=1)
    checks.at_least(config, num_steps=1, record_every=1, batch_size=1)
    if config.num_steps % config.record_every:
        raise ValueError(f"record_every={config.record_every!r} must divide num_steps={config.num_steps!r}")
