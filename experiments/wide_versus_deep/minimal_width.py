"""A network no wider than its inputs cannot enclose a class, however deep it is, and its accuracy does not tell.

Johnson 2019: with d inputs, layers of width d or less and an activation that is one-to-one, or a limit of such ones,
as ReLU and tanh are, no decision region is bounded: what a network says of a ball inside a ring leaks out through the
ring. Width d + 1 is enough, and so is width d with sine or GELU, which are not one-to-one (Kim, Min & Park 2023).

Protocol: a ball of radius 1/2 inside a ring from 3/4 to 5/4, in two and in three dimensions; widths 1 to d + 3; Adam
with a cosine schedule, batches of 64. The rate is tuned for every activation, width and depth on other seeds and other
points, by accuracy. A set is judged by its topology on a grid over a box twice as wide as the ring
(`_minimal_width_topology.py`): closed where the part that holds the inner ball does not reach the edge. What seems
closed is looked at again on finer grids, up to six times, around the pass where it comes nearest to the outside.

    python -m experiments wide_versus_deep.minimal_width                  # 6 s
    python -m experiments wide_versus_deep.minimal_width --preset full    # 6 min on 2 cores

Outputs: decision_sets, closed, corridor; table.csv has a row per activation, number of inputs, depth and width.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict


@dataclass(frozen=True)
class Config:
    """Which networks, how many, and how finely their decision sets are looked at."""

    inputs: tuple[int, ...] = (2, 3)  # scientific: d
    activations: tuple[str, ...] = ("relu", "tanh", "sin", "gelu")  # scientific
    wider: tuple[int, ...] = (-2, -1, 0, 1, 2, 3)  # scientific: widths less d, those from 1 on
    depths: tuple[int, ...] = (2, 4, 8)  # scientific: hidden layers
    rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2)  # nuisance: learning rates tried for every one
    tuning_seeds: int = 8  # nuisance: seeds that choose the rate, never reported
    seeds: tuple[int, ...] = (64, 20)  # fixed: networks that are reported, for each number of inputs
    nodes: tuple[int, ...] = (201, 51)  # fixed: of the grid along each axis, for each number of inputs
    rows: int = 512  # fixed
    num_steps: int = 3_000  # fixed
    shown_depth: int = 4  # fixed: of the networks that are drawn


FULL = Config()
QUICK = Config(
    inputs=(2,), activations=("relu",), wider=(0, 1), depths=(2,), rates=(1e-2, 3e-2), tuning_seeds=4,
    seeds=(12,), nodes=(101,), num_steps=1_000, shown_depth=2,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Every network's verdict, accuracy and corridor [inputs, activation, depth, wider, seed], and weights to draw."""
    from experiments.wide_versus_deep import _minimal_width_networks as networks

    check(config)
    data = networks.measured(config)
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.minimal_width{preset}",
        shown_depth=config.shown_depth,
        nodes=config.nodes,
        num_steps=config.num_steps,
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    from experiments.wide_versus_deep._minimal_width_networks import MOST, sizes
    from experiments.wide_versus_deep._minimal_width_topology import ACTIVATIONS
    from nnjax import mlp

    if not config.inputs or not set(config.inputs) <= {2, 3} or len(set(config.inputs)) < len(config.inputs):
        raise ValueError(f"inputs={config.inputs!r} must be 2, 3 or both")
    for name in ("seeds", "nodes"):
        values = getattr(config, name)
        if len(values) != len(config.inputs) or min(values) < (2 if name == "seeds" else 21):
            least = "2" if name == "seeds" else "21"
            raise ValueError(
                f"{name}={values!r} must hold a number of {least} or more for each of {config.inputs!r} inputs"
            )
    if not config.activations or not set(config.activations) <= set(ACTIVATIONS):
        raise ValueError(f"activations={config.activations!r} must be among {', '.join(ACTIVATIONS)}")
    if list(config.wider) != sorted(set(config.wider)) or not {0, 1} <= set(config.wider):
        raise ValueError(f"wider={config.wider!r} must rise and hold 0 and 1: the widths d and d + 1")
    if not config.depths or min(config.depths) < 1 or config.shown_depth not in config.depths:
        raise ValueError(f"depths={config.depths!r} must be 1 or more and hold shown_depth={config.shown_depth!r}")
    for name in ("activations", "inputs"):
        if len(set(getattr(config, name))) < len(getattr(config, name)):
            raise ValueError(f"{name}={getattr(config, name)!r} must be different ones")
    if list(config.depths) != sorted(set(config.depths)):
        raise ValueError(f"depths={config.depths!r} must rise: the first is the shallowest, the last the deepest")
    largest = mlp.num_params(sizes(max(config.inputs), config.depths[-1], config.wider[-1]))
    if largest > MOST:
        raise ValueError(
            f"depths={config.depths!r} with wider={config.wider!r}: the largest network has {largest} parameters, and "
            f"{MOST} are the most that are kept"
        )
    if not config.rates or min(config.rates) <= 0 or config.tuning_seeds < 1:
        raise ValueError(f"rates={config.rates!r} must be above 0, tuning_seeds={config.tuning_seeds!r} 1 or more")


def figures(data: xr.Dataset) -> "dict[str, Figure]":
    """See `_minimal_width_figures`."""
    from experiments.wide_versus_deep import _minimal_width_figures as draw

    return {
        "decision_sets": draw.decision_sets(data),
        "closed": draw.closed(data),
        "corridor": draw.corridor(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per activation, number of inputs, depth and width: how many are closed, accuracy, corridor."""
    from experiments.wide_versus_deep import _minimal_width_verdicts

    return _minimal_width_verdicts.rows(data)


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_minimal_width_verdicts`."""
    from experiments.wide_versus_deep import _minimal_width_verdicts

    return _minimal_width_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
