"""The settings of `learning_from_data.probes`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

ACTIVATIONS = ("relu", "tanh")


@dataclass(frozen=True)
class Config:
    """Which networks are trained, and when they are probed."""

    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS  # scientific: of the hidden layers
    depth: Annotated[int, at_least(2)] = 4  # scientific: hidden layers
    width: int = 64  # scientific: units of each
    draws: Annotated[int, at_least(2)] = 16  # fixed: draws of the data, each with a network of its own
    examples: Annotated[int, at_least(500, multiple=50)] = 5_000  # fixed: of a draw; a fifth are for testing
    num_steps: int = 3_000  # fixed: updates of the weights
    record_every: int = 100  # fixed: steps between two readings of all layers
    batch_size: int = 100  # fixed: rows of an update
    tuning_draws: int = 3  # nuisance: draws for tuning, never reported
    rates: tuple[float, ...] = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)  # nuisance: Adam's, tuned for each activation
    film_steps: Annotated[int, at_least(100, multiple=10)] = 900  # fixed: of the film's network


FULL = Config()
QUICK = Config(
    activations=("relu",), depth=3, width=32, draws=3, examples=500, num_steps=300, record_every=60, tuning_draws=1,
    rates=(0.001, 0.003, 0.01, 0.03), film_steps=200,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.divides(config, "record_every", "num_steps")
