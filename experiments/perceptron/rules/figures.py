"""The figures of `perceptron.rules`: which rules separate the lone row, and the four vectors with their landscape."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption
from experiments.perceptron.rules.config import FOUR_X, FOUR_Y, SOFT

SHARES = LinearSegmentedColormap.from_list("shares", [COLORS["stuck"], "#F7F7F7", COLORS["solved"]])
RANGE = 4.2
SHOWN = 60
TARGETS = "Numbers after a rule are its targets; “free beyond” means no error beyond a target."
FOUR, FOUR_TRUE = np.array(FOUR_X), np.array(FOUR_Y)


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `lone_row` and `four_vectors`."""
    return {"lone_row": _lone_row(data), "four_vectors": _four_vectors(data)}


def _lone_row(data: xr.Dataset) -> Figure:
    """The rows, and the share of the neurons that separate, by rule and by the number of rows on each side."""
    fig, (rows, shares) = plt.subplots(2, 1, figsize=(8.6, 5.2), height_ratios=(0.55, 2.4))
    size = {-1: 15, 1: 15, -0.5: 7}
    for x, kind in ((-1.0, "zero"), (1.0, "one"), (-0.5, "one")):
        rows.plot(x, 0, "o" if kind == "zero" else "s", color=COLORS[kind], markersize=size[x], markeredgecolor="white")
    for x, word in ((-1, "n rows, false"), (1, "n rows, true"), (-0.5, "one row, true")):
        rows.annotate(word, (x, 0), (0, 13), textcoords="offset points", ha="center", size=9)
    rows.axvline(-0.75, color="black", linestyle="--", linewidth=1)
    rows.set_title("The data: a lone true row near n false rows")
    rows.set(xlim=(-1.5, 1.5), ylim=(-0.5, 1.2), yticks=(), xlabel="input $x$")
    rows.spines["left"].set_visible(False)
    rows.grid(False)
    part = (data.lone_separate / data.lone_count).transpose("rule", "rows")
    _shares(shares, part, [f"{n}" for n in data.rows.values], "number of rows on each side, $n$")
    for (i, j), minimum in np.ndenumerate(data.minimum_separates.transpose("rule", "rows").values):
        if minimum == 0:
            shares.plot(j + 0.33, i - 0.25, "x", color="black", markersize=6, markeredgewidth=1.5)
    lost = int((part.isel(rows=-1) < 1).sum())
    shares.set_title("Neurons that get all rows right (%)")
    caption(
        fig,
        f"With {int(data.rows[-1])} rows on each side, some or all neurons fail under {lost} of {data.sizes['rule']} "
        "rules. Above: the data, which the dashed line separates for every n. Below: the share of "
        f"{data.attrs['seeds']:,} neurons that separate them, by rule (full-batch gradient descent at a rate tuned for "
        "each cell; the perceptron needs one run). A cross: even the weights with the least error, computed without "
        f"training, do not separate the data. {TARGETS}",
    )
    return fig


def _shares(ax: Axes, part: xr.DataArray, columns: list[str], label: str) -> None:
    """A table of shares [rule, column] in colours and percent."""
    ax.imshow(part.values, SHARES, vmin=0, vmax=1, aspect="auto", alpha=0.85)
    for (i, j), value in np.ndenumerate(part.values):
        ax.text(j, i, f"{100 * value:.3g}", ha="center", va="center", size=9)
    ax.set_xticks(range(part.shape[1]), columns)
    ax.set_yticks(range(part.shape[0]), [str(rule) for rule in part.rule.values])
    ax.set_xlabel(label)
    ax.grid(False)
    ax.tick_params(length=0)


def _four_vectors(data: xr.Dataset) -> Figure:
    """The landscape of the squared error on four vectors, where neurons end, and which rules separate them."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.6, 4.6), width_ratios=(1.15, 1))
    _landscape(fig, left, data)
    part = (data.four_separate / data.four_count).transpose("rule", "scale")
    _shares(right, part, [f"{scale:g}" for scale in data.scale.values], "standard deviation of the initial weights")
    right.set_title("Neurons that get all four vectors right (%)")
    stuck = int((~data.path_separates.astype(bool)).sum())
    w1, w2 = data.trap.values
    caption(
        fig,
        f"Of {data.sizes['neuron']:,} neurons that descend the squared error at a small learning rate, {stuck:,} end "
        f"at the cross, ({w1:.2f}, {w2:.2f}), a local minimum that does not separate the vectors; the others end at "
        "the star. Left: the squared error of a sigmoid neuron without bias over its two weights; (2, 1), (2, 3) and "
        f"(1, 0) are true, (10, -8) is false. Inside the dashed wedge all four are right; dots are the first {SHOWN} "
        f"starts, in the colour of their end. Right: the share of {data.attrs['seeds']:,} neurons after "
        f"{data.attrs['num_steps']:,} steps at the learning rate with the least error; the perceptron is one run from "
        f"zero weights. {TARGETS}",
    )
    return fig


def _landscape(fig: Figure, ax: Axes, data: xr.Dataset) -> None:
    side = np.linspace(-RANGE, RANGE, 301)
    w = np.stack(np.meshgrid(side, side), axis=-1)
    aims = SOFT[0] + (SOFT[1] - SOFT[0]) * FOUR_TRUE
    error = ((1 / (1 + np.exp(-np.clip(w @ FOUR.T, -60, 60))) - aims) ** 2).mean(axis=-1)
    filled = ax.contourf(side, side, error, levels=24, cmap="cividis")
    inside = ((w @ FOUR.T > 0) == (FOUR_TRUE > 0)).all(axis=-1)
    ax.contour(side, side, inside, levels=[0.5], colors="white", linewidths=1.4, linestyles="--")
    right = data.path_separates.values.astype(bool)
    for kind, color in ((right, COLORS["solved"]), (~right, COLORS["stuck"])):
        shown = kind & (np.arange(len(kind)) < SHOWN)
        ax.plot(*data.path_start.values[shown].T, "o", color=color, markersize=5, markeredgecolor="white")
    ends = data.path_end.values[right]
    if len(ends):
        ax.plot(*np.median(ends, axis=0), "*", color=COLORS["solved"], markersize=17, markeredgecolor="white", zorder=6)
    ax.plot(*data.trap.values, "X", color=COLORS["stuck"], markersize=12, markeredgecolor="white", zorder=6)
    ax.set(xlim=(-RANGE, RANGE), ylim=(-RANGE, RANGE), xlabel="$w_1$", ylabel="$w_2$", aspect="equal")
    ax.set_title("Squared error over the weights, targets 0.1 and 0.9")
    ax.grid(False)
    fig.colorbar(filled, ax=ax, label="mean squared error", shrink=0.9)
