"""Depth could cut the input into exponentially many linear regions, but networks have about as many as wide ones.

A ReLU network is affine on each of its regions. Counted exactly, breakpoints followed through the layers (see
`nnjax.regions`, where activation regions and affine regions are defined):
- along whole lines, as networks are drawn: biases drawn and zero, lines through the origin and off it. Hanin & Rolnick
  find about as many pieces as neurons, whatever the depth;
- in squares, where they find about N^2 / 2;
- the most there can be on a line, prod (n_l + 1), and Montufar's network in the plane, written down and counted;
- while networks of equal numbers of neurons learn two spirals, or labels drawn at random, by heart.

Sources: Montufar, Pascanu, Cho & Bengio 2014; Serra, Tjandraatmadja & Ramalingam 2018; Hanin & Rolnick 2019a,
Complexity of linear regions in deep networks, and 2019b, Deep ReLU networks have surprisingly few activation patterns.

Protocol of training: Adam, batches of 64 of 256 rows, He's weights, biases N(0, 0.25) or zero. The rate is tuned for
every shape, task and start on other seeds and other draws of the rows.

    python -m experiments wide_versus_deep.regions                  # 6 s
    python -m experiments wide_versus_deep.regions --preset full    # 83 s on 2 cores

Outputs: tilings, growth, maxima, training, learning (an animation); table.csv has a row per kind of network.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import xarray as xr

from experiments.lab import cli

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from experiments.lab import Verdict
    from experiments.lab.figures import Film


@dataclass(frozen=True)
class Config:
    """Which networks are drawn, how many, and which are trained."""

    depths: tuple[int, ...] = (1, 2, 4, 8)  # scientific: hidden layers of equal width, along lines
    neurons: tuple[int, ...] = (16, 32, 64, 128, 256)  # scientific: of all layers together
    networks: int = 200  # fixed: drawn for every setting along lines
    plane_depths: tuple[int, ...] = (1, 2, 4)  # scientific: the same in planes
    plane_neurons: tuple[int, ...] = (16, 32, 64, 128)
    plane_networks: int = 40
    bound_width: int = 4  # fixed: width of the layers of those written down
    line_layers: int = 8  # scientific: how many such layers there are at most
    plane_layers: int = 6
    trained_depths: tuple[int, ...] = (1, 2, 4, 8)  # scientific: hidden layers of those that are trained
    trained_neurons: int = 64  # fixed: of all layers together
    shown_depth: int = 4  # fixed: layers of the trained networks that are drawn
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2)  # nuisance: learning rates tried
    tuning_seeds: int = 4  # nuisance: seeds that choose the rate, never reported
    seeds: int = 16  # fixed: networks of each setting that is reported
    rows: int = 256  # fixed: rows of each task
    num_steps: int = 4_000  # fixed
    record_every: int = 25  # fixed: steps between two records
    seed: int = 0  # fixed: of what is drawn without training


FULL = Config()
QUICK = Config(
    depths=(1, 4), neurons=(16, 32, 64), networks=50, plane_depths=(1, 4), plane_neurons=(16, 32, 64),
    plane_networks=10, line_layers=5, plane_layers=4, trained_depths=(2,), trained_neurons=32, shown_depth=2,
    rates=(3e-3, 1e-2), tuning_seeds=2, seeds=6, num_steps=800,
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Counts of networks drawn, written down and trained, and the weights of those that are drawn as tilings."""
    from experiments.wide_versus_deep import _regions_start, _regions_trained

    check(config)
    parts = [f(config) for f in (_regions_start.lines, _regions_start.planes, _regions_start.maxima)]
    data = xr.merge([*parts, _regions_trained.counts(config)], combine_attrs="drop_conflicts")
    preset = " --preset full" if config == FULL else ""
    return data.assign_attrs(
        command=f"python -m experiments wide_versus_deep.regions{preset}",
        bound_width=config.bound_width,
        trained_neurons=config.trained_neurons,
        shown_depth=config.shown_depth,
        num_steps=config.num_steps,
        rows=config.rows,
    )


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    from experiments.wide_versus_deep._regions_summary import LEAST_WIDTH

    for name in ("depths", "plane_depths", "trained_depths"):
        depths = getattr(config, name)
        if not depths or list(depths) != sorted(set(depths)) or depths[0] < 1:
            raise ValueError(f"{name}={depths!r} must be whole numbers of 1 or more, rising")
    for name in ("neurons", "plane_neurons"):
        neurons, depths = getattr(config, name), getattr(config, name.replace("neurons", "depths"))
        if len(neurons) < 3 or list(neurons) != sorted(set(neurons)):
            raise ValueError(f"{name}={neurons!r} must be three numbers or more, rising, so that a slope can be fitted")
        if any(n % depth for n in neurons for depth in depths):
            raise ValueError(f"{name}={neurons!r} must be multiples of every depth, of {depths!r}")
        if neurons[-2] < LEAST_WIDTH * depths[-1]:
            raise ValueError(
                f"{name}={neurons!r} must hold two or more that give {depths[-1]} layers {LEAST_WIDTH} neurons each: "
                "an exponent is fitted to those"
            )
    if any(config.trained_neurons % d for d in config.trained_depths):
        raise ValueError(
            f"trained_neurons={config.trained_neurons!r} must be a multiple of every depth of {config.trained_depths!r}"
        )
    if config.shown_depth not in config.trained_depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of trained_depths={config.trained_depths!r}")
    if config.bound_width < 4:
        raise ValueError(f"bound_width={config.bound_width!r} must be 4 or more: with fewer not every map differs")
    if not 0 < config.record_every <= config.num_steps or config.num_steps % config.record_every:
        raise ValueError(f"record_every={config.record_every!r} must divide num_steps={config.num_steps!r}")
    least = {"networks": 2, "plane_networks": 2, "seeds": 2, "tuning_seeds": 1, "rows": 64, "line_layers": 1}
    for name, value in (least | {"plane_layers": 1}).items():
        if getattr(config, name) < value:
            raise ValueError(f"{name}={getattr(config, name)!r} must be {value} or more")
    if not config.rates or min(config.rates) <= 0:
        raise ValueError(f"rates={config.rates!r} must hold one rate or more, all above 0")


def figures(data: xr.Dataset) -> "dict[str, Figure | Film]":
    """The tilings, the growth with the neurons, the maxima, counts while learning, and a tiling that learns."""
    from experiments.wide_versus_deep import _regions_figures as draw
    from experiments.wide_versus_deep import _regions_tilings as tilings

    return {
        "tilings": tilings.tilings(data),
        "growth": draw.growth(data),
        "maxima": draw.maxima(data),
        "training": draw.training(data),
        "learning": tilings.film(data),
    }


def table(data: xr.Dataset) -> list[dict]:
    """A row per kind of network: what is counted, how often, the mean and the extremes."""
    from experiments.wide_versus_deep import _regions_summary as summary

    return summary.rows(data)


def verdicts(data: xr.Dataset) -> "list[Verdict]":
    """See `_regions_verdicts`."""
    from experiments.wide_versus_deep import _regions_verdicts

    return _regions_verdicts.verdicts(data)


if __name__ == "__main__":
    cli.main(__file__)
