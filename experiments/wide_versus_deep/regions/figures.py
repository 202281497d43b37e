"""The figures of `regions`: counts by neurons, by layers and by steps; the tilings are in `tilings.py`."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.lab.figures import COLORS, Film, caption, interval_line
from experiments.wide_versus_deep.regions import summary, tilings
from experiments.wide_versus_deep.regions.config import LEAST_WIDTH
from experiments.wide_versus_deep.regions.untrained import LINES, SIDE
from nnjax.theory import regions

BY_DEPTH = (lab.BLUE, lab.ORANGE, lab.GREEN, lab.VERMILION, lab.PURPLE, lab.SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")


def figures(data: xr.Dataset) -> dict[str, Figure | Film]:
    """The figures tilings, growth, maxima and training, and the film learning."""
    return {
        "tilings": tilings.tilings(data),
        "growth": _growth(data),
        "maxima": _maxima(data),
        "training": _training(data),
        "learning": tilings.film(data),
    }


def look(data: xr.Dataset, depth: int) -> dict[str, Any]:
    """A colour and a marker for a depth, the same in all figures; no two of the data's depths have both in common."""
    every = sorted({int(d) for name in ("depth", "plane_depth", "trained_depth") for d in data[name].values})
    turn, i = divmod(every.index(int(depth)), len(BY_DEPTH))
    return {"color": BY_DEPTH[i], "marker": MARKERS[(i + turn) % len(MARKERS)]}


def _layers(depth: int) -> str:
    return f"{depth} layer" + ("s" if depth != 1 else "")


def _growth(data: xr.Dataset) -> Figure:
    """Pieces along a line and cells of a square by the neurons."""
    fig, axes = plt.subplots(1, 2, figsize=(9.8, 4.3))
    n, lowest = data.neurons.values, 5.0
    for depth in data.depth.values:
        one = data.pieces.sel(bias="drawn", line=LINES[0], depth=depth)
        low, high = one.quantile([0.05, 0.95], "network").values
        lowest = min(lowest, float(low.min()))
        interval_line(axes[0], n, one.mean("network"), low, high, _layers(depth), **look(data, depth))
        most = [float(regions.most_pieces_on_a_line((int(k) // int(depth),) * int(depth))) for k in n]
        axes[0].plot(n, most, ":", color=look(data, depth)["color"], linewidth=1.3)
    axes[0].set(
        xscale="log",
        yscale="log",
        ylim=(lowest / 1.3, 3e8),
        title="Linear pieces along a line",
        ylabel="mean number of linear pieces",
    )
    axes[0].plot([], [], ":", color=COLORS["theory"], label="maximum")
    m = data.plane_neurons.values
    for depth in data.plane_depth.values:
        one = data.cells.sel(plane_depth=depth)
        low, high = one.quantile([0.05, 0.95], "tiled").values
        interval_line(axes[1], m, one.mean("tiled"), low, high, _layers(depth), **look(data, depth))
    axes[1].plot(m, m**2 / 2, "--", color=COLORS["theory"], label="$N^2/2$", linewidth=1.2)
    axes[1].set(xscale="log", yscale="log", title="Linear regions of a square")
    axes[1].set_ylabel("mean number of linear regions")
    for ax, ticks in ((axes[0], n), (axes[1], m)):
        ax.set_xticks(ticks, [str(k) for k in ticks])
        ax.minorticks_off()
        ax.set_xlabel("neurons $N$ in all layers together")
        ax.legend(fontsize=9)
        lab.log_ticks(ax.yaxis, text="{:,.0f}")
    caption(fig, _growth_found(data))
    return fig


def _growth_found(data: xr.Dataset) -> str:
    slopes = ", ".join(f"{summary.line_slope(data, int(d)).estimate:.2f} ({_layers(d)})" for d in data.depth.values)
    planes = ", ".join(
        f"{summary.plane_slope(data, int(d)).estimate:.2f} ({_layers(d)})" for d in data.plane_depth.values
    )
    n, depth = int(data.neurons[-1]), int(data.depth[-1])
    one = summary.per_neuron(data, "drawn", LINES[0], depth, n)
    return (
        "In untrained networks the mean number of linear pieces along a line grows as $N^a$, where N is the number of "
        f"neurons and a = {slopes}; for regions in a square of side {2 * SIDE:g}, a = {planes} (layers of "
        f"{LEAST_WIDTH} neurons or more). With {n} neurons in {_layers(depth)} there are {one.estimate:.3f} "
        f"[{one.low:.3f}, {one.high:.3f}] breakpoints per neuron. Means over {data.sizes['network']} networks (lines) "
        f"or {data.sizes['tiled']} (squares); bands: 5 to 95% of networks; equal lines hide one another. "
        "Dotted: the maximum at each depth. "
        f"{_zero_found(data, n)}"
    )


def _zero_found(data: xr.Dataset, n: int) -> str:
    """How many pieces networks with zero biases have on a line through the origin, and on one off it, in words."""
    through = data.pieces.sel(bias="zero", line=LINES[0])
    off = [summary.per_neuron(data, "zero", LINES[1], int(d), n).estimate for d in data.depth.values]
    least, most = int(through.min()), int(through.max())
    pieces = f"{least}" if least == most else f"{least} to {most}"
    beside = " to ".join(dict.fromkeys(f"{one:.2f}" for one in (min(off), max(off))))
    return (
        f"With zero biases a line through the origin has {pieces} pieces for every N, and one off the origin has "
        f"{beside} breakpoints per neuron (N = {n})."
    )


def _maxima(data: xr.Dataset) -> Figure:
    """By the number of layers: bounds, and the counts of networks that are written down and of random ones."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.4))
    n = data.attrs["bound_width"]
    panels = (
        (axes[0], "line", "linear pieces", f"Linear pieces of a line: layers of {n} neurons"),
        (axes[1], "plane", "linear regions", f"Linear regions of a square: layers of {n} neurons"),
    )
    for ax, name, unit, title in panels:
        layers = data[f"{name}_layers"].values
        ax.plot(layers, data[f"{name}_bound"], "--", color=COLORS["theory"], linewidth=1.3,
                label="$\\prod (n_l+1)$, the maximum" if name == "line" else "upper bound, Serra et al.")  # fmt: skip
        label = "constructed network" if name == "line" else "Montufar's network"
        ax.plot(layers, data[f"{name}_affine"], "o", color=lab.VERMILION, label=label, markersize=7)
        if name == "plane":
            ax.plot(layers, data.montufar_bound, "-", color=lab.VERMILION, linewidth=1, label="Montufar's formula")
        drawn = data[f"{name}_drawn_activation"]
        low, middle, high = drawn.quantile([0.05, 0.5, 0.95], f"{name}_sample").values
        interval_line(ax, layers, middle, low, high, "untrained networks", color=lab.BLUE)
        ax.set(yscale="log", xlabel="hidden layers", ylabel=unit, title=title)
        ax.set_xticks(layers)
        lab.log_ticks(ax.yaxis, text="{:,.0f}")
        ax.legend(fontsize=9, loc="upper left")
    k, m = int(data.line_layers[-1]), int(data.plane_layers[-1])
    drawn = [
        float(data[f"{name}_drawn_activation"].isel({f"{name}_layers": -1}).median()) for name in ("line", "plane")
    ]
    caption(
        fig,
        f"A constructed network of {k} layers of {n} neurons divides a line into {int(data.line_affine[-1]):,} pieces "
        f"(the maximum is {int(data.line_bound[-1]):,}), an untrained one into {drawn[0]:.0f}. Montufar's network of "
        f"{m} layers divides the unit square into {int(data.plane_affine[-1]):,} regions (his formula gives "
        f"{int(data.montufar_bound[-1]):,}), an untrained one divides a square of side {2 * SIDE:g} into "
        f"{drawn[1]:.0f}. Counts are exact: affine regions of constructed networks; activation regions of untrained "
        "networks, their medians and, as bands, 5 to 95% of them.",
    )
    return fig


def _training(data: xr.Dataset) -> Figure:
    """Cells by steps, a column for each task and a row for each start."""
    tasks = data.task.values
    fig, axes = plt.subplots(
        len(summary.STARTS), len(tasks), figsize=(max(4.9 * len(tasks), 6), 6.9),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    steps = data.counted.values
    shown = np.maximum(steps, steps[1] / 2)  # a logarithmic axis has no step 0
    half = data.attrs["trained_neurons"] ** 2 / 2
    for row, (start, name) in zip(axes, summary.STARTS.items(), strict=True):
        for ax, task in zip(row, tasks, strict=True):
            for depth in data.trained_depth.values:
                cells = data.trained_cells.sel(task=task, start=start, trained_depth=depth)
                low, middle, high = cells.quantile([0.25, 0.5, 0.75], "seed").values
                interval_line(ax, shown, middle, low, high, _layers(depth), markersize=4, **look(data, depth))
            ax.axhline(
                half,
                color=COLORS["theory"],
                linestyle=":",
                linewidth=1.2,
                label="$N^2/2$: about the most that one layer can have",
            )
            ax.set(xscale="log", yscale="log", title=f"Learning {task}, {name}")
            ax.set_xticks([shown[0], *steps[1::2]], ["0", *(f"{s:,}" for s in steps[1::2])])
            ax.minorticks_off()
        row[0].set_ylabel("number of activation regions")
    for ax in axes[-1]:
        ax.set_xlabel("training steps")
    low, high = axes[0, 0].get_ylim()
    ticks = [n for n in (20, 50, 100, 200, 500, 1000, 2000, 5000) if low <= n <= high]
    axes[0, 0].set_yticks(ticks, [f"{n:,}" for n in ticks])
    lab.shared_legend(fig, list(axes.ravel()), ncols=5)
    fig.suptitle("Activation regions of a square during training")
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
    last_cells = data.trained_cells.isel(counted=-1).median("seed")
    over = last_cells.sel(start="zero") / last_cells.sel(start="drawn")
    right = data.trained_accuracy.mean("seed")
    pieces = summary.relative(data, "trained_pieces").sel(start="drawn").median("seed")
    return (
        "During training, networks with random biases have, in the median, "
        f"{float(middle.min()):.2f} to {float(middle.max()):.2f} times as many regions as at the start (along chords "
        f"of the square {float(pieces.min()):.2f} to {float(pieces.max()):.2f} times). At the end, with the number of "
        f"layers in brackets: {ends}. With zero biases {float(zero.isel(counted=0).min()):.0f} to "
        f"{float(zero.isel(counted=0).max()):.0f} regions become {float(zero.isel(counted=-1).min()):,.0f} to "
        f"{float(zero.isel(counted=-1).max()):,.0f}, {float(over.min()):.1f} to {float(over.max()):.1f} times as many "
        f"as with random biases. N\u00a0=\u00a0{data.attrs['trained_neurons']} neurons; medians of "
        f"{data.sizes['seed']} networks; bands: the middle half; accuracy {float(right.min()):.2f} to "
        f"{float(right.max()):.2f}. Step 0 is drawn at the left end of the logarithmic axis."
    )
