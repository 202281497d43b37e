"""The figures of `regions` about counts: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.lab.figures import COLORS, caption, interval_line
from experiments.wide_versus_deep import _regions_summary as summary
from experiments.wide_versus_deep._regions_start import LINES, SIDE
from nnjax.theory import regions as bounds

BY_DEPTH = (lab.BLUE, lab.ORANGE, lab.GREEN, lab.VERMILION, lab.PURPLE, lab.SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")


def look(data: xr.Dataset, depth: int) -> dict[str, Any]:
    """A colour and a marker for every depth of the data, the same in all figures; a seventh has a new pair of them."""
    every = sorted({int(d) for name in ("depth", "plane_depth", "trained_depth") for d in data[name].values})
    turn, i = divmod(every.index(int(depth)), len(BY_DEPTH))
    return {"color": BY_DEPTH[i], "marker": MARKERS[(i + turn) % len(MARKERS)]}


def _layers(depth: int) -> str:
    return f"{depth} layer" + ("s" if depth != 1 else "")


def growth(data: xr.Dataset) -> Figure:
    """Pieces along a line and cells of a square by the neurons, and breakpoints for each neuron by depth."""
    fig, axes = plt.subplots(1, 3, figsize=(13.2, 4.3))
    n = data.neurons.values
    for depth in data.depth.values:
        one = data.pieces.sel(bias="drawn", line=LINES[0], depth=depth)
        low, high = one.quantile([0.05, 0.95], "network").values
        interval_line(axes[0], n, one.mean("network"), low, high, _layers(depth), **look(data, depth))
        most = [float(bounds.most_pieces_on_a_line((int(k) // int(depth),) * int(depth))) for k in n]
        axes[0].plot(n, most, ":", color=look(data, depth)["color"], linewidth=1.3)
    axes[0].set(xscale="log", yscale="log", ylim=(5, 3e8), title="Along a line", ylabel="pieces (activation regions)")
    axes[0].plot([], [], ":", color=COLORS["theory"], label="maximum")
    m = data.plane_neurons.values
    for depth in data.plane_depth.values:
        one = data.cells.sel(plane_depth=depth)
        low, high = one.quantile([0.05, 0.95], "tiled").values
        interval_line(axes[1], m, one.mean("tiled"), low, high, _layers(depth), **look(data, depth))
    axes[1].plot(m, m**2 / 2, "--", color=COLORS["theory"], label="$N^2/2$", linewidth=1.2)
    axes[1].set(xscale="log", yscale="log", title="In a square", ylabel="cells (activation regions)")
    for ax, ticks in ((axes[0], n), (axes[1], m)):
        ax.set_xticks(ticks, [str(k) for k in ticks])
        ax.minorticks_off()
        ax.set_xlabel("neurons $N$ of all layers")
        ax.legend(fontsize=9)
    _by_depth(axes[2], data)
    caption(fig, _growth_found(data))
    return fig


def _by_depth(ax: Axes, data: xr.Dataset) -> None:
    n = int(data.neurons[-1])
    looks = {("drawn", 0): (lab.BLUE, "o"), ("drawn", 1): (lab.SKY, "s"), ("zero", 1): (lab.ORANGE, "^"),
             ("zero", 0): (lab.VERMILION, "D")}  # fmt: skip
    for (bias, line), (color, marker) in looks.items():
        found = np.array([summary.per_neuron(data, bias, LINES[line], int(d), n) for d in data.depth.values])
        label = f"biases {bias}, {LINES[line]}"
        middle, low, high = found.T
        interval_line(ax, data.depth.values, middle, low, high, label, color=color, marker=marker, bars=True)
    ax.set_xscale("log", base=2)
    ax.set_xticks(data.depth.values, [str(d) for d in data.depth.values])
    ax.set(
        ylim=(0, 1.75),
        xlabel="hidden layers",
        ylabel="breakpoints per neuron",
        title=f"Breakpoints per neuron, $N$ = {n}",
    )
    ax.legend(fontsize=9, loc="upper left")


def _growth_found(data: xr.Dataset) -> str:
    slopes = ", ".join(f"{summary.line_slope(data, int(d)).estimate:.2f} ({_layers(d)})" for d in data.depth.values)
    planes = ", ".join(
        f"{summary.plane_slope(data, int(d)).estimate:.2f} ({_layers(d)})" for d in data.plane_depth.values
    )
    n, depth = int(data.neurons[-1]), int(data.depth[-1])
    one = summary.per_neuron(data, "drawn", LINES[0], depth, n)
    return (
        "Claim: networks as drawn have about as many pieces along a line as neurons, whatever the depth, and in a "
        "plane "
        f"about half the square of it. Found: exponents along a line {slopes}, in a square of side {2 * SIDE:g} "
        f"{planes}. "
        f"With {n} neurons in {_layers(depth)} there are {one.estimate:.3f} [{one.low:.3f}, {one.high:.3f}] "
        f"breakpoints "
        f"for each. Exponents where layers have {summary.LEAST_WIDTH} neurons or more. Means over "
        f"{data.sizes['network']} networks along lines and {data.sizes['tiled']} in squares; bands: "
        f"5 to 95 % of networks, bars: 95 % intervals. Dotted: what the same widths could have. {_zero_found(data, n)}"
    )


def _zero_found(data: xr.Dataset, n: int) -> str:
    """What zero biases leave of a line through the origin, at any size, and of one that misses it."""
    through = data.pieces.sel(bias="zero", line=LINES[0])
    off = [summary.per_neuron(data, "zero", LINES[1], int(d), n).estimate for d in data.depth.values]
    least, most = int(through.min()), int(through.max())
    pieces = f"{least}" if least == most else f"{least} to {most}"
    return (
        f"With zero biases a line through the origin has {pieces} pieces, and one that misses it {min(off):.2f} to "
        f"{max(off):.2f} breakpoints for each of {n} neurons, by depth."
    )


def maxima(data: xr.Dataset) -> Figure:
    """By the number of layers: bounds, what was written down and counted, and networks as drawn."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.4))
    n = data.attrs["bound_width"]
    panels = (
        (axes[0], "line", "pieces", f"On a line, layers of {n}"),
        (axes[1], "plane", "cells", f"In a plane, layers of {n}"),
    )
    for ax, name, unit, title in panels:
        layers = data[f"{name}_layers"].values
        ax.plot(layers, data[f"{name}_bound"], "--", color=COLORS["theory"], linewidth=1.3,
                label="$\\prod (n_l+1)$, the maximum" if name == "line" else "bound of Serra et al.")  # fmt: skip
        label = "zigzags, counted" if name == "line" else "Montufar's network, counted"
        ax.plot(layers, data[f"{name}_affine"], "o", color=lab.VERMILION, label=label, markersize=7)
        if name == "plane":
            ax.plot(layers, data.montufar_bound, "-", color=lab.VERMILION, linewidth=1, label="Montufar's formula")
        drawn = data[f"{name}_drawn_activation"]
        low, middle, high = drawn.quantile([0.05, 0.5, 0.95], f"{name}_sample").values
        interval_line(ax, layers, middle, low, high, "as drawn", color=lab.BLUE)
        ax.set(yscale="log", xlabel="hidden layers", ylabel=unit, title=title)
        ax.set_xticks(layers)
        ax.legend(fontsize=9, loc="upper left")
    k, m = int(data.line_layers[-1]), int(data.plane_layers[-1])
    drawn = [
        float(data[f"{name}_drawn_activation"].isel({f"{name}_layers": -1}).median()) for name in ("line", "plane")
    ]
    caption(
        fig,
        f"Claim: depth can make exponentially many regions. Found: the zigzag network of {k} layers has "
        f"{int(data.line_affine[-1]):,} pieces (the maximum for such layers: {int(data.line_bound[-1]):,}), and "
        f"Montufar's of {m} layers {int(data.plane_affine[-1]):,} regions in the unit square (his formula: "
        f"{int(data.montufar_bound[-1]):,}). Networks of the same shapes as they are drawn have "
        f"{drawn[0]:.0f} along a line and {drawn[1]:.0f} in a square of side "
        f"{2 * SIDE:g} "
        "(median; band: 5 to 95 %). Counted exactly; written down: affine regions, drawn: activation regions.",
    )
    return fig


def training(data: xr.Dataset) -> Figure:
    """Cells by steps for each task and start, and over the number before the first step."""
    tasks = data.task.values
    fig, axes = plt.subplots(1, len(tasks), figsize=(5.4 * len(tasks), 4.5), sharey=True, squeeze=False)
    steps = data.counted.values
    shown = np.maximum(steps, steps[1] / 2)  # step 0 has no place on a logarithmic axis
    for ax, task in zip(axes[0], tasks, strict=True):
        for depth in data.trained_depth.values:
            for start, dashes in (("drawn", "-"), ("zero", "--")):
                cells = data.trained_cells.sel(task=task, start=start, trained_depth=depth)
                low, middle, high = cells.quantile([0.25, 0.5, 0.75], "seed").values
                interval_line(
                    ax, shown, middle, low, high, _layers(depth) if start == "drawn" else None,
                    linestyle=dashes, markersize=4, **look(data, depth),
                )  # fmt: skip
        half = data.attrs["trained_neurons"] ** 2 / 2
        ax.axhline(half, color=COLORS["theory"], linestyle=":", linewidth=1.2, label="$N^2/2$")
        ax.plot([], [], "-", color=COLORS["neutral"], label="biases drawn")
        ax.plot([], [], "--", color=COLORS["neutral"], label="biases zero")
        ax.set(xscale="log", yscale="log", xlabel="steps", title=f"Learning {task}")
        ax.set_xticks([shown[0], *steps[1::2]], ["0", *(f"{s:g}" for s in steps[1::2])])
        ax.minorticks_off()
    low, high = axes[0, 0].get_ylim()
    ticks = [n for n in (20, 50, 100, 200, 500, 1000, 2000, 5000) if low <= n <= high]
    axes[0, 0].set_yticks(ticks, [f"{n:,}" for n in ticks])
    axes[0, 0].set_ylabel("cells of the square (activation regions)")
    axes[0, -1].legend(fontsize=9, loc="lower right", ncols=2)
    caption(fig, _training_found(data))
    return fig


def _training_found(data: xr.Dataset) -> str:
    middle = summary.relative(data).sel(start="drawn").median("seed")
    last = middle.isel(counted=-1)
    ends = "; ".join(
        f"{task} "
        + ", ".join(f"{float(last.sel(task=task, trained_depth=d)):.2f} ({d})" for d in data.trained_depth.values)
        for task in data.task.values
    )
    zero = data.trained_cells.sel(start="zero").median("seed")
    right = data.trained_accuracy.mean("seed")
    pieces = summary.relative(data, "trained_pieces").sel(start="drawn").median("seed")
    return (
        f"Claim: training does not multiply regions. Found: with drawn biases the median count lies between "
        f"{float(middle.min()):.2f} and {float(middle.max()):.2f} times the first one, along chords of the square "
        f"between "
        f"{float(pieces.min()):.2f} and {float(pieces.max()):.2f} times; in the end, by layers: {ends}. Zero biases "
        f"begin "
        f"as a fan of {float(zero.isel(counted=0).min()):.0f} to {float(zero.isel(counted=0).max()):.0f} cells and "
        f"end with "
        f"{float(zero.isel(counted=-1).min()):,.0f} to {float(zero.isel(counted=-1).max()):,.0f}. "
        f"{data.attrs['trained_neurons']} neurons, {data.sizes['seed']} networks each, middle half as a band; accuracy "
        f"{float(right.min()):.2f} to {float(right.max()):.2f}."
    )
