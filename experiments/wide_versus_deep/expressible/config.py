"""The settings of `wide_versus_deep.expressible`."""

from dataclasses import dataclass

from experiments.lab import checks

STORE = False  # nothing here is a sweep
EXACT_LEVELS = 15  # up to which the error of x^2 is compared with the theory in float64
MOST = {"folds": 24, "levels": 26, "shallow_levels": 14, "shallow_folds": 14}


@dataclass(frozen=True)
class Config:
    """Which networks are written down. Only some places where they are evaluated, and an order, are random."""

    folds: tuple[int, ...] = tuple(range(1, 21))  # scientific: k, layers of the deep sawtooth
    grid_bits: int = 20  # fixed: the sawtooth is evaluated at all multiples of 2^-20
    levels: tuple[int, ...] = tuple(range(1, 26))  # scientific: m, layers of the deep square
    shallow_levels: tuple[int, ...] = tuple(range(1, 15))  # scientific: m whose error a shallow square must reach
    shallow_folds: tuple[int, ...] = tuple(range(2, 15))  # scientific: k of the shallow sawtooth
    alternating_bits: int = 10  # fixed: 2^10 points with alternating labels
    num_places: int = 4096  # fixed: places drawn at random
    seed: int = 0  # fixed


FULL = Config()
QUICK = Config(
    folds=(1, 3, 20), grid_bits=16, levels=(1, 5, 11, 12, 15), shallow_levels=(2, 5, 10), shallow_folds=(8, 10, 12),
    alternating_bits=6, num_places=1024,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.rising(config, *MOST, count=3)
    for name, most in MOST.items():
        if getattr(config, name)[-1] > most:
            raise ValueError(f"{name}={getattr(config, name)!r} must be at most {most}")
    if config.levels[0] > EXACT_LEVELS:
        raise ValueError(f"levels={config.levels!r} must begin at {EXACT_LEVELS} or less: up to there x^2 is compared")
    for name, least, most in (("grid_bits", 1, 22), ("alternating_bits", 3, 13), ("num_places", 16, 2**20)):
        if not least <= getattr(config, name) <= most:
            raise ValueError(f"{name}={getattr(config, name)!r} must be from {least} to {most}")
