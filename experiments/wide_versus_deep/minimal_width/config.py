"""The settings of `wide_versus_deep.minimal_width`."""

import itertools
from dataclasses import dataclass

from experiments.lab import checks

BALL, RING = 0.5, (0.75, 1.25)  # radius of the ball, inner and outer radius of the ring
ACTIVATIONS = ("relu", "tanh", "sin", "gelu")
ONE_TO_ONE = ("relu", "tanh")  # one-to-one, or a limit of such functions
MOST = 400  # places in the vector of a network's parameters: 3-6-...-6-1 with 8 hidden layers has 325


@dataclass(frozen=True)
class Config:
    """Which networks, how many, and on which grids their decision sets are examined."""

    inputs: tuple[int, ...] = (2, 3)  # scientific: d
    activations: tuple[str, ...] = ("relu", "tanh", "sin", "gelu")  # scientific
    wider: tuple[int, ...] = (-2, -1, 0, 1, 2, 3)  # scientific: width - d; widths below 1 are left out
    depths: tuple[int, ...] = (2, 4, 8)  # scientific: hidden layers
    rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2)  # nuisance: learning rates tried for every setting
    tuning_seeds: int = 8  # nuisance: seeds that choose the rate, never reported
    seeds: tuple[int, ...] = (64, 20)  # fixed: reported networks of every setting, for each d
    nodes: tuple[int, ...] = (201, 51)  # fixed: nodes of the grid along each axis, for each d
    rows: int = 512  # fixed
    num_steps: int = 3_000  # fixed
    shown_depth: int = 4  # fixed: depth of the networks in the figure


FULL = Config()
QUICK = Config(
    inputs=(2,), activations=("relu",), wider=(0, 1), depths=(2,), rates=(1e-2, 3e-2), tuning_seeds=4,
    seeds=(12,), nodes=(101,), num_steps=1_000, shown_depth=2,
)  # fmt: skip


def sizes(d: int, depth: int, wider: int) -> tuple[int, ...]:
    """Inputs, hidden layers and the output."""
    return (d, *(d + wider,) * depth, 1)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    if not config.inputs or not set(config.inputs) <= {2, 3} or len(set(config.inputs)) < len(config.inputs):
        raise ValueError(f"inputs={config.inputs!r} must be 2, 3 or both")
    checks.one_of(config, "activations", ACTIVATIONS)
    for name, least in (("seeds", 2), ("nodes", 21)):
        values = getattr(config, name)
        if len(values) != len(config.inputs) or min(values) < least:
            raise ValueError(
                f"{name}={values!r} must hold a number of {least} or more for each of {config.inputs!r} inputs"
            )
    if list(config.wider) != sorted(set(config.wider)) or not {0, 1} <= set(config.wider):
        raise ValueError(f"wider={config.wider!r} must rise and hold 0 and 1: the widths d and d + 1")
    checks.rising(config, "depths")
    if config.shown_depth not in config.depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of depths={config.depths!r}")
    shape = sizes(max(config.inputs), config.depths[-1], config.wider[-1])
    largest = sum((a + 1) * b for a, b in itertools.pairwise(shape))
    if largest > MOST:
        raise ValueError(
            f"depths={config.depths!r} with wider={config.wider!r}: the largest network has {largest} parameters, and "
            f"{MOST} are the most that are kept"
        )
    checks.positive(config, "rates")
    checks.at_least(config, tuning_seeds=1)
