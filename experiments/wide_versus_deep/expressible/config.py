"""The settings of `wide_versus_deep.expressible`."""

from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import at_least

STORE = False  # nothing here is a sweep
EXACT_LEVELS = 15  # the most levels at which the error of x^2 is compared with the theory in float64
MOST = {"folds": 24, "levels": 26, "shallow_levels": 14, "shallow_folds": 14}


@dataclass(frozen=True)
class Config:
    """Which networks are written down. Only one order of neurons and some places of evaluation are random."""

    # scientific: k, layers of the deep sawtooth
    folds: Annotated[tuple[int, ...], at_least(1, MOST["folds"], count=3)] = tuple(range(1, 21))
    grid_bits: Annotated[int, at_least(1, 22)] = 20  # fixed: the sawtooth is evaluated at all multiples of 2^-20
    # scientific: m, layers of the deep square
    levels: Annotated[tuple[int, ...], at_least(1, MOST["levels"], count=3)] = tuple(range(1, 26))
    # scientific: m whose error a shallow square must reach
    shallow_levels: Annotated[tuple[int, ...], at_least(1, MOST["shallow_levels"], count=3)] = tuple(range(1, 15))
    # scientific: k of the shallow sawtooth
    shallow_folds: Annotated[tuple[int, ...], at_least(1, MOST["shallow_folds"], count=3)] = tuple(range(2, 15))
    alternating_bits: Annotated[int, at_least(3, 13)] = 10  # fixed: 2^10 points with alternating labels
    num_places: Annotated[int, at_least(16, 2**20)] = 4096  # fixed: places drawn at random
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # fixed


FULL = Config()
QUICK = Config(
    folds=(1, 3, 20), grid_bits=16, levels=(1, 5, 11, 12, 15), shallow_levels=(2, 5, 10), shallow_folds=(8, 10, 12),
    alternating_bits=6, num_places=1024,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    if config.levels[0] > EXACT_LEVELS:
        raise ValueError(f"levels={config.levels!r} must begin at {EXACT_LEVELS} or less: up to there x^2 is compared")
