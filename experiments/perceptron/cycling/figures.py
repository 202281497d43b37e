"""The figures of `perceptron.cycling`: the orbit of XOR in weight space, and how the four rules fare."""

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, log_ticks
from experiments.lab.planes import points, regions, unit_line
from nnjax import tasks

STYLES = {
    "perceptron": (COLORS["neutral"], "o"),
    "averaged": (COLORS["test"], "s"),
    "pocket without ratchet": (COLORS["sigmoid"], "^"),
    "pocket": (COLORS["solved"], "D"),
}
LOW, HIGH = -0.55, 1.55


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `orbit` and `inseparable`."""
    return {"orbit": _orbit(data), "inseparable": _inseparable(data)}


def _orbit(data: xr.Dataset) -> Figure:
    """XOR: the cycle in weight space, and its four lines in input space."""
    one = data.sel(low=0)
    states, start, period = one.orbit.values, int(one.orbit_start), int(one.orbit_period)
    fig = plt.figure(figsize=(10.6, 4.9))
    halves: Any = fig.subfigures(1, 2, width_ratios=(1.15, 1))
    left, right = halves
    _weights(left, states, start, period)
    visits = [start + i for i in range(min(period, 4))]
    panels = right.subplots(2, 2)
    for ax, visit in zip(panels.flat, visits, strict=False):
        _visit(ax, states, visit)
    for ax in panels[:, 0]:
        ax.set_ylabel("$x_2$")
    for ax in panels[-1]:
        ax.set_xlabel("$x_1$")
    wrong = int(one.orbit_wrong.values[start : start + period].sum())
    caption(
        fig,
        f"On XOR with inputs 0 and 1, a perceptron visits {start} rows (grey) and then repeats a cycle of {period} "
        "visits (orange-red) for ever. Left: its two weights and its bias after every visit; a row that it answers "
        f"correctly leaves no arrow. Right: the {period} visits of the cycle. Line and tint show the neuron before it "
        "visits the row in the black ring (blue: answer 0; orange-red: answer 1, to which the arrow points); it "
        f"answers {wrong} of these {period} rows wrongly. A weighted sum of exactly 0 gives the answer 0, so a point "
        "on the line counts as 0. The corrections of a cycle sum to zero, which proves that no line separates XOR.",
    )
    return fig


def _weights(fig, states: np.ndarray, start: int, period: int) -> None:
    ax = fig.add_subplot(projection="3d")
    way, ring = states[: start + 1], states[start : start + period + 1]
    for part, color, width in ((way, COLORS["neutral"], 1.4), (ring, COLORS["stuck"], 2.2)):
        for a, b in itertools.pairwise(part):
            if (a != b).any():
                ax.quiver(*a, *(b - a), color=color, linewidth=width, arrow_length_ratio=0.16)
    ax.scatter(*ring[:-1].T, color=COLORS["stuck"], s=26, depthshade=False)
    ax.scatter(*states[0], color="black", s=30, depthshade=False)
    ax.text(*(states[0] + np.array([0.06, 0.06, -0.22])), "start", size=9)
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8}
    for state in ring[:-1]:
        label = "(" + ", ".join(f"{v:g}" for v in state) + ")"
        ax.text(*(state + np.array([0.12, 0.06, 0.16])), label, size=8.5, bbox=box, zorder=10)
    ax.set(xlabel="$w_1$", ylabel="$w_2$", zlabel="bias", xticks=(-1, 0, 1), yticks=(0, 1), zticks=(0, 1, 2))
    ax.view_init(elev=18, azim=-58)
    ax.set_title("The cycle in weight space, $(w_1, w_2, bias)$")


def _visit(ax: Axes, states: np.ndarray, visit: int) -> None:
    """One visit of the cycle: the line before it, and the row that is visited."""
    *w, b = states[visit]
    row = visit % 4
    regions(ax, lambda x: x @ np.array(w) + b > 0, LOW, HIGH)
    unit_line(ax, w, -b, LOW, HIGH, avoid=tasks.xor().x)
    ax.plot(*tasks.xor().x[row], "o", markersize=14.5, markerfacecolor="none", markeredgecolor="black", zorder=8)
    points(ax, tasks.xor().x, tasks.xor().y[:, 0])
    ax.set_title(f"Visit to row {''.join(str(int(v)) for v in tasks.xor().x[row])}", fontsize=9.5)
    ax.set(xticks=(), yticks=())


def _inseparable(data: xr.Dataset) -> Figure:
    """How often each rule finds the best neuron, how many more rows it gets wrong, and how long the cycles are."""
    fig, axes = plt.subplots(1, 3, figsize=(12.0, 4.0))
    total = data.attrs["functions"]
    for rule in data.rule.values:
        color, marker = STYLES[str(rule)]
        one = data.sel(rule=rule)
        style = {"color": color, "marker": marker, "label": str(rule)}
        axes[0].plot(data.visits, 100 * one.at_best / total, **style)
        axes[1].plot(data.visits, one.mean_excess, **style)
    for ax in axes[:2]:
        ax.set(xscale="log", xlabel="visits to rows")
        ax.set_xticks(data.visits.values, [f"{v:,}" for v in data.visits.values])
        ax.minorticks_off()
    axes[0].set(ylabel="share of all functions (%)", ylim=(0, 103), title="Functions whose best neuron is found")
    axes[1].set(ylabel="rows, mean over all functions", title="More rows wrong than the best neuron")
    axes[1].set_ylim(bottom=0)
    axes[0].legend(fontsize=9, loc="upper left")
    lengths = np.arange(data.sizes["period"])[1:]
    counts = data.periods.values[1:]
    axes[2].plot(lengths, counts, "o", color=COLORS["stuck"], markersize=8)
    for length, count in zip(lengths.tolist(), counts.tolist(), strict=True):
        if count:
            axes[2].annotate(f"{count:,}", (length, count), (0, 8), textcoords="offset points", ha="center", size=9)
    axes[2].set(xlabel="passes until the weights return", ylabel="number of functions")
    axes[2].set_title("Lengths of the perceptron's cycles")
    axes[2].set(xticks=lengths, xlim=(0.4, lengths.max() + 0.6), yscale="log", ylim=(0.7, 3 * counts.max()))
    log_ticks(axes[2].yaxis)
    last = data.isel(visits=-1)
    at_best = {rule: float(last.at_best.sel(rule=rule)) / total for rule in data.rule.values.tolist()}
    caption(
        fig,
        f"After {int(last.visits):,} visits the pocket holds the best neuron for {at_best['pocket']:.1%} of the "
        f"{total:,} functions of {data.attrs['inputs']} inputs that no neuron computes, the pocket without its ratchet "
        f"for {at_best['pocket without ratchet']:.1%}, the average for {at_best['averaged']:.1%} and the perceptron's "
        f"last weights for {at_best['perceptron']:.1%}. On {int(data.proved):,} of them the perceptron's weights "
        f"return, in cycles of at most {lengths.max()} passes; the vector of its weights and bias is never longer than "
        f"{float(data.greatest):.3g}. The pocket keeps the weights with the longest run of right answers (with the "
        "ratchet, only if they also get more rows right); the average is of all weights so far.",
    )
    return fig
