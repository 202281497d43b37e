"""The settings of `wide_versus_deep.published`."""

from dataclasses import dataclass

from experiments.lab import checks

TUNED = "tuned MLP"
MODELS = ("logistic", "plain MLP", "residual MLP", TUNED)


@dataclass(frozen=True)
class Config:
    """Which networks, how long, and how many."""

    models: tuple[str, ...] = MODELS  # scientific: which of them
    width: int = 100  # scientific: neurons of each of the two hidden layers
    learning_rate: float = 0.01  # scientific: part of what was published
    num_steps: int = 6_000  # scientific: likewise
    batch_size: int = 100  # scientific: likewise
    seeds: int = 32  # fixed: networks of each model on the published draw
    draws: int = 16  # fixed: fresh draws of the data
    seeds_per_draw: int = 2  # fixed: networks of each model on each of them
    tuning_seeds: int = 4  # nuisance: seeds for tuning, never reported
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # nuisance: tried for the tuned MLP
    decays: tuple[float, ...] = (0.0, 0.3, 1.0, 3.0)  # nuisance: of AdamW, tried for the tuned MLP
    record_every: int = 250  # fixed: steps between two records, at each of which the tuned MLP may stop


FULL = Config()
QUICK = Config(
    models=("logistic", "residual MLP"), num_steps=500, seeds=4, draws=2, seeds_per_draw=2, tuning_seeds=2,
    rates=(0.003,), decays=(1.0,), record_every=100,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.at_least(config, seeds=2, draws=2, seeds_per_draw=1, tuning_seeds=1, width=1)
    checks.at_least(config, num_steps=1, batch_size=1, record_every=1)
    if config.num_steps % config.record_every:
        raise ValueError(f"record_every={config.record_every!r} must divide num_steps={config.num_steps!r}")
    checks.one_of(config, "models", MODELS)
    checks.positive(config, "rates")
    if not config.decays or min(config.decays) < 0:
        raise ValueError(f"decays={config.decays!r} must hold numbers of 0 or more")
