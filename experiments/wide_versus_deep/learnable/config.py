"""The settings of `wide_versus_deep.learnable`."""

import math
from dataclasses import dataclass

from experiments.lab import checks

PARTS = ("sawtooth", "coarse", "taught")
FAMILIES = ("sawtooths", "Cantor")
BATCH = 128


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    parts: tuple[str, ...] = ("sawtooth", "coarse", "taught")  # scientific: of the run
    folds: tuple[int, ...] = (1, 2, 3, 4, 5, 6)  # scientific: k, so 2^k pieces and k hidden layers
    noises: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # scientific: shares of a layer's size
    widths: tuple[int, ...] = (2, 4, 8, 16)  # scientific: neurons in each of the k layers
    tilts: tuple[float, ...] = (
        0.25,
        0.5,
        0.7,
        1.0,
        1.4,
        2.0,
        4.0,
        8.0,
        16.0,
    )  # scientific: weight of a level over the one before
    families: tuple[str, ...] = ("sawtooths", "Cantor")  # scientific: of targets, see `coarse.py`
    coarse_levels: tuple[int, ...] = (4, 5, 6)  # scientific: levels of detail, and hidden layers
    coarse_width: int = 8  # fixed: neurons in each of them
    near_rates: tuple[float, ...] = (1e-4, 1e-3, 1e-2)  # nuisance: learning rates from near the solution
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03)  # nuisance: from random starts
    bias_scales: tuple[float, ...] = (0.3, 1.0)  # nuisance: half-widths of the first biases
    tuning_seeds: int = 4  # nuisance: seeds that choose, never reported
    num_rows: int = 512  # fixed: training points on [0, 1]
    num_steps: int = 10_000  # fixed
    perturbed_seeds: int = 100  # fixed: reported networks of every k and noise
    seeds: int = 32  # fixed: reported networks of every k and shape
    coarse_steps: int = 10_000  # fixed
    coarse_seeds: int = 16  # fixed: reported networks of every target
    data_seed: int = 0  # fixed: of the draws of the Cantor examples
    taught_folds: int = 3  # fixed: teeth of the border
    taught_depth: int = 4  # fixed: hidden layers of the teacher
    taught_width: int = 16  # fixed: neurons in each
    taught_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1)  # nuisance
    decays: tuple[float, ...] = (1e-3, 1e-2, 1e-1)  # nuisance: AdamW's weight decay
    num_labels: int = 1024  # fixed: labelled points
    wrong_labels: float = 0.1  # fixed: share of them that are wrong
    num_more: int = 8192  # fixed: points without labels
    taught_steps: int = 10_000  # fixed
    draws: int = 12  # fixed: reported draws of labels and points
    tuning_draws: int = 3  # nuisance: draws that choose, never reported
    taught_seeds: int = 4  # fixed: reported networks of every draw


FULL = Config()
QUICK = Config(
    parts=("sawtooth",), folds=(2,), noises=(0.01, 1.0), widths=(2,), tilts=(0.25, 1.0, 4.0),
    families=("Cantor",), coarse_levels=(2,), coarse_width=2, near_rates=(1e-3, 1e-2), rates=(0.01,),
    bias_scales=(0.3,), tuning_seeds=2, num_steps=300, perturbed_seeds=16, seeds=16, coarse_steps=300, coarse_seeds=4,
    taught_depth=2, taught_width=8, taught_rates=(0.03,), decays=(1e-2,), num_labels=256, num_more=256,
    taught_steps=200, draws=3, tuning_draws=1, taught_seeds=2,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.one_of(config, "parts", PARTS)
    checks.one_of(config, "families", FAMILIES)
    checks.rising(config, "folds", "widths", "coarse_levels")
    checks.rising(config, "noises", least=0)
    checks.rising(config, "tilts", least=0, count=3)
    checks.positive(config, "tilts")
    for name in ("noises", "tilts"):
        if not math.isfinite(getattr(config, name)[-1]):
            raise ValueError(f"{name}={getattr(config, name)!r} must be finite")
    if 2 ** config.coarse_levels[0] <= config.coarse_width + 1:
        raise ValueError(
            f"coarse_levels={config.coarse_levels!r} must have more pieces, 2^levels, than one hidden layer of "
            f"coarse_width={config.coarse_width!r} has, {config.coarse_width + 1}: else it can do all"
        )
    if max(*config.folds, *config.coarse_levels) > 7:
        raise ValueError(f"folds={config.folds!r}, coarse_levels={config.coarse_levels!r} must be at most 7")
    if config.num_rows % BATCH or config.num_rows < 2 ** max(config.folds) * 2:
        raise ValueError(f"num_rows={config.num_rows!r} must be a multiple of {BATCH}, two for a piece at least")
    checks.at_least(config, tuning_seeds=1, coarse_seeds=1, taught_seeds=1, tuning_draws=1)
    checks.at_least(config, seeds=3, perturbed_seeds=3, draws=3, num_labels=BATCH, num_more=BATCH)
