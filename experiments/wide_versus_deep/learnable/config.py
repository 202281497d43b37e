"""The settings of `wide_versus_deep.learnable`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import Allowed, at_least, one_of

PARTS = ("sawtooth", "coarse", "taught")
FAMILIES = ("sawtooths", "Cantor")
BATCH = 128


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    parts: Annotated[tuple[str, ...], one_of(PARTS)] = ("sawtooth", "coarse", "taught")  # scientific: parts of the run
    # scientific: k, so 2^k pieces and k hidden layers
    folds: Annotated[tuple[int, ...], at_least(1, 7)] = (1, 2, 3, 4, 5, 6)
    # scientific: standard deviations, as shares of a layer's root mean square
    noises: Annotated[tuple[float, ...], at_least(0, 1_000)] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    widths: tuple[int, ...] = (2, 4, 8, 16)  # scientific: neurons in each of the k layers
    # scientific: the weight of a level divided by that of the one before
    tilts: Annotated[tuple[float, ...], Allowed(count=3)] = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 8.0, 16.0)
    # scientific: families of targets, see `coarse.py`
    families: Annotated[tuple[str, ...], one_of(FAMILIES)] = ("sawtooths", "Cantor")
    # scientific: levels of detail, and hidden layers
    coarse_levels: Annotated[tuple[int, ...], at_least(1, 7)] = (4, 5, 6)
    coarse_width: int = 8  # fixed: neurons in each of these layers
    # nuisance: learning rates for starts near the solution
    near_rates: tuple[float, ...] = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)
    near_tuning_seeds: int = 16  # nuisance: seeds that choose among these; with four, the choice was mostly chance
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # nuisance: learning rates for random starts
    bias_scales: tuple[float, ...] = (0.3, 1.0)  # nuisance: half-widths of the first biases
    tuning_seeds: int = 4  # nuisance: seeds for tuning, never reported
    num_rows: Annotated[int, at_least(BATCH, multiple=BATCH)] = 512  # fixed: training points on [0, 1]
    num_steps: int = 10_000  # fixed
    perturbed_seeds: Annotated[int, at_least(3)] = 100  # fixed: reported networks of every k and noise
    seeds: Annotated[int, at_least(3)] = 32  # fixed: reported networks of every k and shape
    coarse_steps: int = 10_000  # fixed
    coarse_seeds: int = 16  # fixed: reported networks of every target
    data_seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed: draws the Cantor examples
    taught_folds: Annotated[int, at_least(1, 20)] = 3  # fixed: teeth of the border
    taught_depth: int = 4  # fixed: hidden layers of the teacher
    taught_width: int = 16  # fixed: neurons in each of these layers
    taught_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)  # nuisance
    decays: Annotated[tuple[float, ...], at_least(0)] = (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)  # nuisance: AdamW's
    num_labels: Annotated[int, at_least(BATCH)] = 1024  # fixed: labelled points
    wrong_labels: Annotated[float, at_least(0, 1)] = 0.1  # fixed: share of them that are wrong
    num_more: Annotated[int, at_least(BATCH)] = 8192  # fixed: points without labels
    taught_steps: int = 10_000  # fixed
    # fixed: reported draws of labels and points; rates and decays are tuned for each, on a draw that is not reported
    draws: Annotated[int, at_least(3)] = 12
    taught_seeds: int = 4  # fixed: reported networks of every draw


FULL = Config()
QUICK = Config(
    parts=("sawtooth",), folds=(2,), noises=(0.01, 1.0), widths=(2,), tilts=(0.25, 1.0, 4.0),
    families=("Cantor",), coarse_levels=(2,), coarse_width=2, near_rates=(1e-3, 1e-2), near_tuning_seeds=2,
    rates=(0.01,), bias_scales=(0.3,), tuning_seeds=2, num_steps=300, perturbed_seeds=16, seeds=16, coarse_steps=300,
    coarse_seeds=4,
    taught_depth=2, taught_width=8, taught_rates=(0.03,), decays=(1e-2,), num_labels=256, num_more=256,
    taught_steps=200, draws=3, taught_seeds=2,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if 2 ** config.coarse_levels[0] <= config.coarse_width + 1:
        raise ValueError(
            f"coarse_levels={config.coarse_levels!r} must have more pieces, 2^levels, than one hidden layer of "
            f"coarse_width={config.coarse_width!r} has, {config.coarse_width + 1}: else it can do all"
        )
    if config.num_rows < 2 ** max(config.folds) * 2:
        raise ValueError(f"num_rows={config.num_rows!r} must be two for a piece at least, of folds={config.folds!r}")
