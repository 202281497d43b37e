"""The settings of `wide_versus_deep.minimal_width`."""

import itertools
from dataclasses import dataclass
from typing import Annotated

from experiments.lab import checks
from experiments.lab.checks import any_order, at_least, one_of

BALL, RING = 0.5, (0.75, 1.25)  # radius of the ball, inner and outer radius of the ring
BATCH = 64
ACTIVATIONS = ("relu", "tanh", "sin", "gelu")
ONE_TO_ONE = ("relu", "tanh")  # one-to-one, or a limit of such functions
MOST = 400  # the length of a network's vector of parameters: 3-6-...-6-1 with 8 hidden layers has 325


@dataclass(frozen=True)
class Config:
    """Which networks, how many, and on which grids their decision sets are examined."""

    inputs: Annotated[tuple[int, ...], one_of((2, 3))] = (2, 3)  # scientific: d
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ("relu", "tanh", "sin", "gelu")  # scientific
    # scientific: width - d; widths below 1 are left out
    wider: Annotated[tuple[int, ...], at_least(-100, 100)] = (-2, -1, 0, 1, 2, 3)
    depths: tuple[int, ...] = (2, 4, 8)  # scientific: hidden layers
    rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2, 1e-1, 3e-1)  # nuisance: learning rates tried for every setting
    # fixed: how often the rate is tuned, each time with other points; the networks are dealt equally among the tunings
    tunings: Annotated[int, at_least(2, 90)] = 8
    tuning_seeds: int = 4  # nuisance: seeds of each tuning, never reported
    seeds: Annotated[tuple[int, ...], any_order(2)] = (64, 24)  # fixed: reported networks of every setting, for each d
    # fixed: nodes of the grid along each axis, for each d
    nodes: Annotated[tuple[int, ...], any_order(21, most=1_001)] = (201, 51)
    rows: Annotated[int, at_least(BATCH, 100_000)] = 512  # fixed
    num_steps: int = 3_000  # fixed
    shown_depth: int = 4  # fixed: depth of the networks in the figure


FULL = Config()
QUICK = Config(
    inputs=(2,), activations=("relu",), wider=(0, 1), depths=(2,), rates=(1e-2, 3e-2), tunings=2, tuning_seeds=4,
    seeds=(12,), nodes=(101,), num_steps=1_000, shown_depth=2,
)  # fmt: skip


def sizes(d: int, depth: int, wider: int) -> tuple[int, ...]:
    """The widths of all layers: inputs, hidden layers and the output."""
    return (d, *(d + wider,) * depth, 1)


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    checks.check(config)
    for name in ("seeds", "nodes"):
        if len(getattr(config, name)) != len(config.inputs):
            raise ValueError(
                f"{name}={getattr(config, name)!r} must hold a number for each of inputs={config.inputs!r}"
            )
    if any(number % config.tunings for number in config.seeds):
        raise ValueError(f"seeds={config.seeds!r} must hold multiples of tunings={config.tunings!r}")
    if not {0, 1} <= set(config.wider):
        raise ValueError(f"wider={config.wider!r} must hold 0 and 1: the widths d and d + 1")
    if config.shown_depth not in config.depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of depths={config.depths!r}")
    shape = sizes(max(config.inputs), config.depths[-1], config.wider[-1])
    largest = sum((a + 1) * b for a, b in itertools.pairwise(shape))
    if largest > MOST:
        raise ValueError(
            f"depths={config.depths!r} with wider={config.wider!r}: the largest network has {largest} parameters, and "
            f"{MOST} are the most that are kept"
        )
