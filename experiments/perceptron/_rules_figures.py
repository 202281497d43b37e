"""The figures of `rules`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption
from experiments.perceptron._rules import FOUR_X, FOUR_Y, SOFT

SHARES = LinearSegmentedColormap.from_list("shares", [COLORS["stuck"], "#F7F7F7", COLORS["solved"]])
RANGE = 4.2
SHOWN = 60


def lone_row(data: xr.Dataset) -> Figure:
    """The rows, and the part of the neurons that separate, by rule and by how many rows stand on each side."""
    fig, (rows, shares) = plt.subplots(2, 1, figsize=(8.6, 5.2), height_ratios=(0.55, 2.4))
    size = {-1: 15, 1: 15, -0.5: 7}
    for x, kind in ((-1.0, "zero"), (1.0, "one"), (-0.5, "one")):
        rows.plot(x, 0, "o" if kind == "zero" else "s", color=COLORS[kind], markersize=size[x], markeredgecolor="white")
    for x, word in ((-1, "n rows, false"), (1, "n rows, true"), (-0.5, "one row, true")):
        rows.annotate(word, (x, 0), (0, 13), textcoords="offset points", ha="center", size=9)
    rows.axvline(-0.75, color="black", linestyle="--", linewidth=1)
    rows.set(xlim=(-1.5, 1.5), ylim=(-0.5, 1.2), yticks=(), xlabel="input $x$")
    rows.spines["left"].set_visible(False)
    rows.grid(False)
    part = (data.lone_separate / data.lone_count).transpose("rule", "rows")
    _shares(shares, part, [f"{n}" for n in data.rows.values], "rows on each side, $n$")
    for (i, j), minimum in np.ndenumerate(data.minimum_separates.transpose("rule", "rows").values):
        if minimum == 0:
            shares.plot(j + 0.33, i - 0.25, "x", color="black", markersize=6, markeredgewidth=1.5)
    shares.set_title("Neurons that get all rows right (%)")
    caption(
        fig,
        f"Above: the data, separable by the dashed line for every n. Below: the part of {data.attrs['seeds']:,} "
        "neurons that separate them, by what they were trained on (full-batch gradient descent, the rate tuned for "
        "each cell; the perceptron needs one run). A cross: the least error itself does not separate, as computed "
        "without training; other failures are local minima, or neurons still on their way. The more rows there are, "
        "the less the one row weighs in a mean; Rosenblatt's rule takes no mean.",
    )
    return fig


def _shares(ax: Axes, part: xr.DataArray, columns: list[str], label: str) -> None:
    """A table of shares [rule, column] in colours and per cent."""
    ax.imshow(part.values, SHARES, vmin=0, vmax=1, aspect="auto", alpha=0.85)
    for (i, j), value in np.ndenumerate(part.values):
        ax.text(j, i, f"{100 * value:.3g}", ha="center", va="center", size=9)
    ax.set_xticks(range(part.shape[1]), columns)
    ax.set_yticks(range(part.shape[0]), [str(rule) for rule in part.rule.values])
    ax.set_xlabel(label)
    ax.grid(False)
    ax.tick_params(length=0)


def four_vectors(data: xr.Dataset) -> Figure:
    """The landscape of the squared error on four vectors with where neurons end, and who separates them."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.6, 4.6), width_ratios=(1.15, 1))
    _landscape(fig, left, data)
    part = (data.four_separate / data.four_count).transpose("rule", "scale")
    _shares(right, part, [f"{scale:g}" for scale in data.scale.values], "deviation of the first weights")
    right.set_title("Neurons that separate (%)")
    stuck = int((~data.path_separates.astype(bool)).sum())
    w1, w2 = data.trap.values
    caption(
        fig,
        "A neuron without a bias on (2, 1), (2, 3), (1, 0), true, and (10, −8), false. Left: the squared error of a "
        f"sigmoid with targets {SOFT[0]:g} and {SOFT[1]:g} over the two weights; inside the wedge all four are right. "
        f"Of {data.sizes['neuron']:,} neurons that go down it with a small rate (dots where the first {SHOWN} started) "
        f"{stuck} end at the cross, ({w1:.2f}, {w2:.2f}), a local minimum outside it, the others at the star. Right: "
        f"the part of {data.attrs['seeds']:,} neurons that separate after {data.attrs['num_steps']:,} steps, by rule "
        "and scale of the first weights, at the rate that makes the error least.",
    )
    return fig


def _landscape(fig: Figure, ax: Axes, data: xr.Dataset) -> None:
    side = np.linspace(-RANGE, RANGE, 301)
    w = np.stack(np.meshgrid(side, side), axis=-1)
    aims = SOFT[0] + (SOFT[1] - SOFT[0]) * FOUR_Y
    error = ((1 / (1 + np.exp(-np.clip(w @ FOUR_X.T, -60, 60))) - aims) ** 2).mean(axis=-1)
    filled = ax.contourf(side, side, error, levels=24, cmap="cividis")
    inside = ((w @ FOUR_X.T > 0) == (FOUR_Y > 0)).all(axis=-1)
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
    ax.set_title("Squared error, targets 0.1 and 0.9")
    ax.grid(False)
    fig.colorbar(filled, ax=ax, label="mean squared error", shrink=0.9)
