"""The settings of `wide_versus_deep.published`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least, one_of

TUNED = "tuned MLP"
MODELS = ("logistic", "plain MLP", "residual MLP", TUNED)


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    models: Annotated[tuple[str, ...], one_of(MODELS)] = MODELS  # scientific: which models
    width: int = 100  # scientific: neurons of each of the two hidden layers
    learning_rate: float = 0.01  # scientific: part of what was published
    num_steps: int = 6_000  # scientific: likewise; the authors' count, which means one update more
    batch_size: int = 100  # scientific: likewise
    seeds: Annotated[int, at_least(2)] = 32  # fixed: networks of each model on the published draw
    # fixed: the first of these; earlier ones were seen before the references and the number of updates were corrected
    first_seed: Annotated[int, at_least(0)] = 64
    draws: Annotated[int, at_least(2)] = 16  # fixed: fresh draws of the data
    seeds_per_draw: int = 2  # fixed: networks of each model on each of these draws
    tuning_seeds: int = 4  # nuisance: seeds for tuning, never reported
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # nuisance: learning rates tried for the tuned MLP
    # nuisance: weight decays of AdamW, tried for the tuned MLP
    decays: Annotated[tuple[float, ...], at_least(0)] = (0.0, 0.3, 1.0, 3.0)
    # fixed: steps between two records of the tuned MLP, each of which may be its end; other models have as many or more
    record_every: int = 250


FULL = Config()
QUICK = Config(
    models=("logistic", "residual MLP"), num_steps=500, seeds=4, draws=2, seeds_per_draw=2, tuning_seeds=2,
    rates=(0.003,), decays=(1.0,), record_every=100,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    checks.divides(config, "record_every", "num_steps")
