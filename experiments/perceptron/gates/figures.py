"""The figures of `perceptron.gates`: all sixteen gates with their lines, and how AND and OR are learned."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from experiments.lab.figures import COLORS, caption
from experiments.lab.planes import CLASSES, points, regions, unit_line
from nnjax import tasks

LOW, HIGH = -0.55, 1.55
TITLES = {
    "false": "false", "and": "AND", "a_and_not_b": "$x_1$ AND NOT $x_2$", "a": "$x_1$",
    "not_a_and_b": "NOT $x_1$ AND $x_2$", "b": "$x_2$", "xor": "XOR", "or": "OR", "nor": "NOT OR", "xnor": "XNOR",
    "not_b": "NOT $x_2$", "a_or_not_b": "$x_1$ OR NOT $x_2$", "not_a": "NOT $x_1$",
    "not_a_or_b": "NOT $x_1$ OR $x_2$", "nand": "NOT AND", "true": "true",
}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `sixteen_gates` and `learning`."""
    return {"sixteen_gates": _sixteen(data), "learning": _learning(data)}


def _sixteen(data: xr.Dataset) -> Figure:
    """The sixteen functions of two inputs with the line that was learned, or the pairs that forbid one."""
    fig, axes = plt.subplots(4, 4, figsize=(8.8, 8.6))
    inputs = data.inputs.values[-1]
    for ax, name in zip(axes.flat, data.function.values, strict=True):
        one = data.sel(function=name, inputs=inputs)
        classes = tasks.boolean(str(name)).y[:, 0]
        if one.learned.all():
            w, b = one.weights.values[:2], one.weights.values[2]
            _gate(ax, w, b, classes, inputs)
        else:
            _crossing(ax, one.four_rows.values, classes)
        ax.set_title(TITLES[str(name)], fontsize=9.5)
        ax.set(xticks=(), yticks=())
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
    for ax in axes[-1]:
        ax.set_xlabel("$x_1$")
    learned = data.learned.all(["inputs", "order"])
    fig.suptitle("The sixteen functions of two inputs, and the line that one neuron learned")
    forbidden = " and ".join(TITLES[str(name)] for name in data.function.values[~learned.values])
    caption(
        fig,
        f"One neuron learns {int(learned.sum())} of the {learned.size} functions of two inputs by Rosenblatt's rule "
        f"from zero weights (inputs {inputs}). The tint is its answer (blue 0, orange-red 1), and the arrow points to "
        f"the side where it fires; a constant function needs no line. For {forbidden} the dashed lines between points "
        "of one class cross: both pairs have the same sum, so no straight line has one pair on one side and the other "
        "pair on the other side.",
    )
    return fig


def _gate(ax: Axes, w: np.ndarray, b: float, classes: np.ndarray, inputs: str) -> None:
    """Draw a neuron's answer as a tint, and its line; points are drawn at 0 and 1, whichever `inputs` were used."""
    low = int(inputs.split()[0])
    scale = 1 - low
    w, b = w * scale, b + low * w.sum()
    regions(ax, lambda x: x @ w + b > 0, LOW, HIGH)
    unit_line(ax, w, -b, LOW, HIGH, avoid=tasks.xor().x)
    points(ax, tasks.xor().x, classes)


def _crossing(ax: Axes, four: np.ndarray, classes: np.ndarray) -> None:
    """Two true and two false rows of equal sum, each pair joined by a line."""
    ax.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), aspect="equal")
    ax.grid(False)
    x = tasks.xor().x
    for (color, *_), pair in zip(CLASSES, (four[2:], four[:2]), strict=True):
        ax.plot(*x[pair].T, color=color, linewidth=1.4, linestyle="--")
    points(ax, x, classes)


def _learning(data: xr.Dataset) -> Figure:
    """The lines of AND and OR after every mistake, and all mistakes against their bound."""
    fig, axes = plt.subplots(1, 3, figsize=(11.4, 4.0), width_ratios=(1, 1, 1.25))
    inputs = data.inputs.values[0]
    shades = plt.get_cmap("cividis_r")
    counts = []
    for ax, name in zip(axes, data.gate.values, strict=False):
        path = data.path.sel(gate=name, inputs=inputs).values
        path = path[np.isfinite(path[:, 0])]
        *_, w_last = path
        classes = tasks.boolean(str(name)).y[:, 0]
        _gate(ax, w_last[:2], w_last[2], classes, inputs)
        for i, (*w, b) in enumerate(path[1:-1], start=1):
            _line(ax, np.array(w), b, shades(0.15 + 0.7 * i / len(path)), inputs)
        w1, w2, b = data.chapter.sel(gate=name).values
        unit_line(ax, (w1, w2), -b, LOW, HIGH, tasks.xor().x, color=COLORS["solved"], linestyle="--")
        for text in ax.texts:  # some lines cross the names of the rows
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        ax.set_title(f"{str(name).upper()}, learned after {len(path) - 1} mistakes")
        ax.set(xlabel="$x_1$", ylabel="$x_2$", xticks=(0, 1), yticks=(0, 1))
        w1, w2, b = w_last
        counts.append(f"{str(name).upper()} ends with weights {w1:g}, {w2:g} and threshold {0 - b:g}")
    _against_bounds(axes[-1], data)
    over = int((data.mistakes.max("order") > data.bound * (1 + 1e-9)).sum())
    caption(
        fig,
        f"One neuron learns AND and OR, and {over or 'no'} gate{'s' if over > 1 else ''} that it learns "
        f"{'need' if over > 1 else 'needs'} more mistakes than Novikoff's bound allows. Left and middle (inputs "
        f"{inputs}): its line after each mistake, from light to dark, and black at the end (tint: its answer then, "
        "blue 0, orange-red 1); the textbook's line is dashed and green; arrows point to the side where a neuron "
        f"fires. A point on a line counts as 0. {'; '.join(counts)}. Right: for every gate that is learned, a line "
        f"from the fewest to the most mistakes (dot) over all {data.sizes['order']} orders of the rows.",
    )
    return fig


def _line(ax: Axes, w: np.ndarray, b: float, color, inputs: str) -> None:
    low = int(inputs.split()[0])
    w, b = w * (1 - low), b + low * w.sum()
    if w.any():
        along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
        foot = -b * w / (w @ w)
        ax.plot(*np.transpose([foot - 4 * along, foot + 4 * along]), color=color, linewidth=1.2, zorder=2)


def _against_bounds(ax: Axes, data: xr.Dataset) -> None:
    for inputs, color in zip(data.inputs.values, (COLORS["measured"], COLORS["test"]), strict=False):
        one = data.sel(inputs=inputs)
        one = one.isel(function=np.flatnonzero(one.learned.all("order").values & (one.bound.values > 0)))
        place = one.bound.values * (0.97 if color == COLORS["measured"] else 1.03)
        least, most = np.maximum(one.mistakes.min("order"), 0.5), np.maximum(one.mistakes.max("order"), 0.5)
        ax.vlines(place, least, most, color=color, linewidth=1.4)
        ax.plot(place, most, "o", color=color, label=f"inputs {inputs}", markersize=5)
    ends = np.array([1.5, 70.0])
    ax.plot(ends, ends, color=COLORS["theory"], label="bound")
    ticks = (1, 2, 5, 10, 20, 50)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=(0.45, 70))
    ax.set_xticks(ticks[1:], map(str, ticks[1:]))
    ax.set_yticks((0.5, *ticks), ("0", *map(str, ticks)))
    ax.minorticks_off()
    ax.set(xlabel="Novikoff's bound on the mistakes", ylabel="mistakes until learned")
    ax.set_title("Mistakes of each gate, and their bound")
    ax.legend(loc="upper left")
