"""Into how many linear pieces do ReLU networks cut their inputs, at the start, after training, and at most?

A ReLU network is affine on each of its regions, which `nnjax.theory.regions` counts exactly. Theorems say how many
there could be: on a line, prod (n_l + 1) for layers of n_l neurons (Serra et al. 2018). Hanin & Rolnick found far
fewer. Along a line there are about as many breakpoints as neurons, and in a plane about N^2 / 2 regions for N neurons.
This holds whatever the depth, and training changes it little.

Untrained networks of two inputs have He's normal weights and biases that are N(0, 1) or zero. Pieces are counted along
whole lines through the origin, at a random angle, and along lines at a distance of 1 from it; regions in the square
from -4 to 4. Exponents are fitted to networks with 8 neurons or more in a layer: narrower ones often die.

Trained networks have 64 neurons in 1 to 8 layers and learn two spirals, or random labels (not all of which they learn).
They train by 4,000 steps of Adam on 256 rows in batches of 64. Their first biases are N(0, 0.25) or zero. The rate is
tuned once for every depth, task and start, on other seeds and other rows. Networks of a task share one draw of its
rows, so intervals hold for other initial weights. Regions are counted after 25, 50, 100, ... steps, in the square from
-1 to 1.

    python -m experiments wide_versus_deep.regions                  # 6 s
    python -m experiments wide_versus_deep.regions --preset full    # 5 minutes on 2 cores
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import flags
from experiments.lab.estimates import average, equally, estimate, mapped, mean, slope, spread, with_parts
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, below, within
from experiments.wide_versus_deep.region_tilings import rebuilt, tilings
from nnjax import mlp, tuning
from nnjax.tasks import Data
from nnjax.theory import regions

LEAST_WIDTH = 8  # of the layers of networks to which an exponent is fitted
SIDE, LINES, BIASES = 4.0, ("through the origin", "off the origin"), {"drawn": 1.0, "zero": 0.0}
SPIRALS, NOISE = "two spirals", "random labels"
STARTS = {"drawn": 0.5, "zero": 0.0}  # standard deviations of the first biases of trained networks


@dataclass(frozen=True)
class Config:
    depths: tuple[int, ...] = (1, 2, 4, 8)  # hidden layers of equal width, along lines
    neurons: Annotated[tuple[int, ...], at_least(1, count=3)] = (16, 32, 64, 128, 256)  # of all layers, along lines
    networks: Annotated[int, at_least(2)] = 200  # of every depth and size, along lines
    plane_depths: tuple[int, ...] = (1, 2, 4)  # hidden layers, in planes
    plane_neurons: Annotated[tuple[int, ...], at_least(1, count=3)] = (16, 32, 64, 128)  # of all layers, in planes
    plane_networks: Annotated[int, at_least(2)] = 40
    trained_depths: tuple[int, ...] = (1, 2, 4, 8)  # hidden layers of trained networks
    trained_neurons: int = 64  # of all layers
    shown_depth: int = 4  # of the networks whose tilings are drawn
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)  # learning rates tried
    tuning_seeds: int = 4  # never reported
    seeds: Annotated[int, at_least(2)] = 64
    rows: Annotated[int, at_least(64, 100_000)] = 256  # of each task
    num_steps: int = 4_000
    record_every: int = 25  # steps
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # of the untrained networks and the rows


QUICK = Config(
    (1, 4), (16, 32, 64), 20, (1, 4), (16, 32, 64), 10, (2,), trained_neurons=32, shown_depth=2, rates=(3e-3, 1e-2),
    tuning_seeds=2, seeds=4, num_steps=400,
)  # fmt: skip

NAMES = {
    "row": "number of the row", "place": "where pieces or regions are counted",
    "task": "task that was learned; empty for untrained networks", "start": "first biases: drawn at random, or zero",
    "layers": "hidden layers", "of_neurons": "neurons in all layers together",
    "step": "training steps",
    "value": "mean number of pieces or regions", "low": "lower end of its 95% interval over networks",
    "high": "upper end of its 95% interval over networks",
    "of_one_layer": "that mean divided by the most that one layer of as many neurons can have",
    "accuracy": "share of rows right after training", "rate": "tuned learning rate",
    "at_edge": "whether the tuned rate is the least or the greatest tried",
    "neurons": "neurons in all layers together", "plane_neurons": "neurons in all layers together",
    "pieces": "linear pieces along a line", "cells": "linear regions in a square", "counted": "training steps",
}  # fmt: skip


def check(config: Config) -> None:
    """Refuse settings that do not go together, before anything is trained."""
    sizes = {"neurons": config.depths, "plane_neurons": config.plane_depths}
    for name, depths in sizes.items():
        neurons = getattr(config, name)
        if any(n % depth for n in neurons for depth in depths):
            raise ValueError(f"{name}={neurons!r} must be multiples of every depth, of {depths!r}")
        if neurons[-2] < LEAST_WIDTH * depths[-1]:
            raise ValueError(
                f"{name}={neurons!r} must hold two that give {depths[-1]} layers {LEAST_WIDTH} neurons each"
            )
    if any(config.trained_neurons % depth for depth in config.trained_depths):
        raise ValueError(
            f"trained_neurons={config.trained_neurons!r} must be a multiple of every one of trained_depths"
        )
    if config.shown_depth not in config.trained_depths:
        raise ValueError(f"shown_depth={config.shown_depth!r} must be one of trained_depths={config.trained_depths!r}")
    flags.divides(config, "record_every", "num_steps")


def run(config: Config) -> xr.Dataset:
    """Pieces [bias, line, depth, neurons, network], cells [plane_depth, plane_neurons, tiled], and those of trained
    networks [trained_depth, task, start, seed, counted]."""
    check(config)
    every, shown = zip(*(trained(depth, config) for depth in config.trained_depths), strict=True)
    counted: Any = xr.concat(every, "trained_depth")
    data = xr.merge([lines(config), planes(config), counted, *shown])
    return data.assign_attrs(shown_depth=config.shown_depth, trained_neurons=config.trained_neurons)


def draw(rng: np.random.Generator, count: int, hidden: Sequence[int], bias: float) -> mlp.Params:
    """Networks of two inputs and one output, stacked: weights N(0, 2 / fan in), biases N(0, bias^2)."""
    return tuple(
        mlp.Layer(rng.normal(size=(count, a, b)) * np.sqrt(2 / a), bias * rng.normal(size=(count, b)))
        for a, b in itertools.pairwise((2, *hidden, 1))
    )


def lines(config: Config) -> xr.Dataset:
    """Two lines for every network: one through the origin, and one beside it."""
    rng = np.random.default_rng(config.seed)
    pieces = np.zeros((len(BIASES), len(LINES), len(config.depths), len(config.neurons), config.networks), "int32")
    for (k, depth), (m, neurons) in itertools.product(enumerate(config.depths), enumerate(config.neurons)):
        for i, scale in enumerate(BIASES.values()):
            params = draw(rng, config.networks, (neurons // depth,) * depth, scale)
            angle = rng.uniform(0, 2 * np.pi, config.networks)
            along, beside = (np.column_stack([np.cos(a), np.sin(a)]) for a in (angle, angle + np.pi / 2))
            for j, start in enumerate((0 * beside, beside)):
                pieces[i, j, k, m] = regions.along_lines(params, start, along).activation
    coords = {"bias": list(BIASES), "line": list(LINES), "depth": list(config.depths), "neurons": list(config.neurons)}
    return xr.Dataset({"pieces": ((*coords, "network"), pieces)}, coords)


def planes(config: Config) -> xr.Dataset:
    """A square for every network, whose biases are drawn."""
    rng = np.random.default_rng(config.seed + 1)
    cells = np.zeros((len(config.plane_depths), len(config.plane_neurons), config.plane_networks), "int32")
    for (k, depth), (m, neurons) in itertools.product(enumerate(config.plane_depths), enumerate(config.plane_neurons)):
        params = draw(rng, config.plane_networks, (neurons // depth,) * depth, 1.0)
        cells[k, m] = regions.tile(params, -SIDE, SIDE).activation
    coords = {"plane_depth": list(config.plane_depths), "plane_neurons": list(config.plane_neurons)}
    return xr.Dataset({"cells": ((*coords, "tiled"), cells)}, coords)


def spirals(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of two spirals of 1.2 turns in the unit disc, evenly dense, and which spiral each point lies on."""
    radius, spiral = np.sqrt(rng.uniform(0.01, 1, rows)), rng.integers(2, size=rows)
    angle = 2 * np.pi * 1.2 * radius + np.pi * spiral
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), spiral[:, None].astype(float)


def problems(rows: int, seed: int) -> dict[str, Data]:
    """Two tasks in the square: spirals with fresh test points, and random labels, tested on the training points."""
    rng = np.random.default_rng(seed)
    x, labels = rng.uniform(-1, 1, (rows, 2)), rng.integers(2, size=(rows, 1)).astype(float)
    return {SPIRALS: Data(*spirals(rng, rows), *spirals(rng, rows)), NOISE: Data(x, labels, x, labels)}


def weights(params, data):
    """All parameters in one vector, layer by layer, w row by row and then b."""
    return jnp.concatenate([jnp.ravel(part) for layer in params for part in layer])


def trained(depth: int, config: Config) -> tuple[xr.Dataset, xr.Dataset]:
    """Networks of one depth at the tuned rate, and of `shown_depth` the weights of the first, at both ends."""
    hidden = (config.trained_neurons // depth,) * depth
    common: dict[str, Any] = {
        "hidden": hidden, "activation": "relu", "init": "he_normal", "bias_init": "normal", "padding": False,
        "bias_scale": list(STARTS.values()), "loss": "sigmoid_binary_cross_entropy", "batch_size": 64,
        "num_steps": config.num_steps, "record_every": config.record_every, "measure": {"weights": weights},
    }  # fmt: skip
    tuned = nnjax.sweep(
        problems(config.rows, config.seed + 1000), learning_rate=list(config.rates),
        seeds=tuning.seeds(config.tuning_seeds), **common,
    )  # fmt: skip
    best = tuning.choose(-tuned.accuracy, "learning_rate", tie=tuned.train_loss)
    rate, at_end = (part["learning_rate"].reset_coords(drop=True) for part in (best.best, best.at_end))
    runs = nnjax.sweep(problems(config.rows, config.seed), learning_rate=rate, seeds=config.seeds, **common)
    flat = runs.weights.rename(bias_scale="start").transpose("task", "start", "seed", "step", ...)
    doubled = [config.record_every * 2**i for i in range(20) if config.record_every * 2**i < config.num_steps]
    steps = [0, *doubled, config.num_steps]
    some = flat.sel(step=steps).values
    cells = regions.tile(rebuilt(some.reshape(-1, some.shape[-1]), hidden)).activation.astype("int32")
    coords = {"task": runs.task.values, "start": list(STARTS)}
    data = xr.Dataset(
        {
            "trained_cells": (("task", "start", "seed", "counted"), cells.reshape(some.shape[:-1])),
            "trained_accuracy": (
                ("task", "start", "seed"), runs.accuracy.transpose("task", "bias_scale", "seed").values
            ),
            "trained_rate": (("task", "start"), rate.transpose("task", "bias_scale").values),
            "rate_at_edge": (
                ("task", "start"), (at_end.transpose("task", "bias_scale").values != 0) & (len(config.rates) > 2)
            ),
        },
        coords | {"counted": steps},
    )  # fmt: skip
    ends = flat.isel(seed=0).sel(step=[0, config.num_steps]).values.astype("float32")
    shown = xr.Dataset({"shown_weights": (("task", "start", "shown_step", "parameter"), ends)}, coords)
    return data.expand_dims(trained_depth=[depth]), shown if depth == config.shown_depth else xr.Dataset()


# Measures and statements.


def exponent(counts: xr.DataArray, neurons: str, depth: str, networks: str, level: float) -> xr.Dataset:
    """The exponent of mean counts by neurons [depth], and its interval over networks by the delta method."""
    wide = counts.where(counts[neurons] >= LEAST_WIDTH * counts[depth])
    size, means = xr.DataArray(np.log(counts[neurons])), wide.mean(networks)
    value = slope(size, xr.DataArray(np.log(means)), neurons)
    around = mean(slope(size, wide / means, neurons), networks, level)  # what each network adds, 0 on average
    return around.assign(value=value, low=value + around.low, high=value + around.high)


def along_a_line(data: xr.Dataset, level: float) -> xr.Dataset:
    """The exponent of the number of breakpoints by neurons, at every depth."""
    breaks = data.pieces.sel(bias="drawn", line=LINES[0], drop=True) - 1
    depths = ", ".join(str(depth) for depth in data.depth.values)
    return exponent(breaks, "neurons", "depth", "network", level).assign_attrs(
        units="as exponents", note=f"with {depths} hidden layers"
    )


def over_one_layer(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """Mean pieces along lines, over the most that one layer of as many neurons can have [line, depth, neurons]."""
    several = data.pieces.sel(bias="drawn", depth=data.depth[data.depth > 1], drop=True) / (data.neurons + 1.0)
    return mean(several, "network", level).assign_attrs(units="times as many") if several.size else None


def change(data: xr.Dataset, level: float) -> xr.Dataset:
    """By which factor, up or down, training has changed the regions of a network, on average over depths and tasks; the
    note has the factor of every depth, below 1 where regions are lost."""
    cells = data.trained_cells.sel(start="drawn", drop=True).astype(float)
    gain = np.log(cells.isel(counted=-1, drop=True) / cells.isel(counted=0, drop=True))
    settings = equally(gain.notnull().any("seed"), "task", "trained_depth")
    edge = data.rate_at_edge.sel(start="drawn", drop=True)
    natural = partial(mapped, np.exp)
    depths = ", ".join(map(str, data.trained_depth.values))
    factors = ", ".join(f"{factor:.3g}" for factor in np.exp(gain.mean(["task", "seed"])).values)
    note = f"{factors} times as many as at the start with {depths} layers"
    overall = natural(average(abs(gain), "seed", settings, level))
    overall = overall.assign_attrs(units="times more or fewer", note=note)
    return with_parts(overall, natural(mean(abs(gain), "seed", level)), edge, edge)


HANIN_LINE = "Hanin & Rolnick (2019), Complexity of linear regions in deep networks, ICML"
HANIN_PLANE = "Hanin & Rolnick (2019), Deep ReLU networks have surprisingly few activation patterns, NeurIPS"
STATEMENTS = (
    Statement(
        "linear in neurons", "With 8 or more neurons in a layer, the breakpoints of untrained ReLU networks along a "
        "line are proportional in number to the neurons.", PUBLISHED, HANIN_LINE, within(0.9, 1.1), along_a_line,
        "That narrower layers are left out is said since the results were seen.",
    ),
    Statement(
        "far below the maximum", "Along a line, untrained networks of several layers have on average fewer than twice "
        "the pieces that one layer of as many neurons can have.", PUBLISHED, HANIN_LINE, below(2), over_one_layer,
        "The rule had asked for less than 1% of the maximum, then for the greatest single count.",
    ),
    Statement(
        "training stays near", "After training, the number of linear regions of networks with random biases is on "
        "average within a factor of two of that at the start.", PUBLISHED, f"{HANIN_LINE}; {HANIN_PLANE}",
        below(2), change, "It had asked for the worst step of every task and depth, then for the mean over steps.",
        at_tuned=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for every kind of network: untrained ones along lines and in squares, and trained ones at every step."""
    tuned = data[["trained_rate", "rate_at_edge"]].rename(trained_rate="rate", rate_at_edge="at_edge").astype(float)
    tuned["accuracy"] = data.trained_accuracy.mean("seed")
    every = (
        mean(data.pieces.astype(float), "network").rename(
            bias="start", line="place", depth="layers", neurons="of_neurons"
        ),
        mean(data.cells.astype(float), "tiled").rename(plane_depth="layers", plane_neurons="of_neurons"),
        mean(data.trained_cells.astype(float), "seed").merge(tuned).rename(trained_depth="layers", counted="step"),
    )
    rows: list[Any] = []
    for part in every:
        flat: Any = part.stack(row=list(part.value.dims), create_index=False)
        known = {
            "start": "drawn",
            "place": "square",
            "task": "",
            "step": 0,
            "of_neurons": data.attrs["trained_neurons"],
        }
        known |= {"accuracy": np.nan, "rate": np.nan, "at_edge": np.nan}
        blank = {
            name: ("row", [value] * flat.sizes["row"]) for name, value in known.items() if name not in flat.variables
        }
        rows.append(flat.reset_coords().assign(blank))
    found: Any = xr.concat(rows, "row", combine_attrs="drop")
    found["place"] = found.place.where(found.place == "square", "line " + found.place.astype(object))
    half = (found.of_neurons**2 + found.of_neurons) / 2 + 1  # lines in general position: the most regions of a plane
    found["of_one_layer"] = found.value / xr.where(found.place == "square", half, found.of_neurons + 1)
    return found[[name for name in NAMES if name in found]]


# Figures.

DEPTHS = {1: fg.BLUE, 2: fg.ORANGE, 4: fg.GREEN, 8: fg.VERMILION}


def middle(counts: xr.DataArray, over: str) -> xr.Dataset:
    """The mean over networks, with the range of 90% of them."""
    low, high = (counts.quantile(q, over).drop_vars("quantile") for q in (0.05, 0.95))
    return estimate(counts.mean(over), low, high)


def growth(data: xr.Dataset) -> Figure:
    """Mean numbers of linear pieces and regions of untrained networks with random biases; bands: 90% of the networks.
    Lines of all depths (right: up to 4) nearly coincide, but for layers of few neurons. Dotted: the most pieces that so
    many layers can have. Dashed: half of the square of the number of neurons."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.4))
    along = data.pieces.sel(bias="drawn", line=LINES[0])
    fg.lines(axes[0], middle(along, "network"), "neurons", "depth", DEPTHS, band=True)
    for depth in data.depth.values.tolist():
        most = [float(regions.most_pieces_on_a_line((n // depth,) * depth)) for n in data.neurons.values.tolist()]
        axes[0].plot(data.neurons, most, ":", color=DEPTHS[depth], linewidth=1.4)
    fg.lines(axes[1], middle(data.cells, "tiled"), "plane_neurons", "plane_depth", DEPTHS, band=True)
    axes[1].plot(data.plane_neurons, data.plane_neurons**2 / 2, "k--", linewidth=1.2)
    for ax, sizes, counts in ((axes[0], data.neurons, data.pieces), (axes[1], data.plane_neurons, data.cells)):
        ax.set(xscale="log", yscale="log", title=fg.label(counts).capitalize(), xlabel=fg.label(sizes))
        ax.set_xticks(sizes.values, sizes.values)
        ax.minorticks_off()
    axes[0].set(ylim=(3, 3e8), ylabel="mean number")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, title="hidden layers")
    fig.suptitle("Along a line, deep untrained networks have about as many pieces as one layer")
    return fig


def training(data: xr.Dataset) -> Figure:
    """Linear regions in a square while networks learn: medians and the middle half of the networks. Dotted: half of the
    square of the number of neurons, about the most that one layer can have. The statement compares the end with the
    start, on average over tasks and depths, with random biases."""
    titles = {"drawn": "random biases", "zero": "zero biases"}
    fig, made = fg.panels(row=data.start, col=data.task, size=(4.8, 2.4), titles=titles, sharex=True, sharey=True)
    steps = data.counted.values
    places = np.maximum(steps, steps[1] / 2)
    cells = spread(data.trained_cells.astype(float), "seed").assign_coords(counted=places)
    for ax, where in made:
        fg.lines(ax, cells.sel(where), "counted", "trained_depth", DEPTHS, band=True)
        ax.axhline(data.attrs["trained_neurons"] ** 2 / 2, color="black", linestyle=":", linewidth=1.2)
        ax.set(xscale="log", yscale="log")
        ax.set_xticks([places[0], *steps[1::2]], ["0", *map("{:,}".format, steps[1::2])])
        ax.minorticks_off()
    title = "Linear regions during training, by first biases"
    return fg.finish(fig, made, title, data.counted, "linear regions", "hidden layers")


FIGURES = (tilings, growth, training)
