"""The figures of `xor.hidden_layer`: two networks through training, and all networks in numbers."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from experiments.lab.figures import COLORS, caption, interval_line
from experiments.lab.planes import points, regions, unit_line
from experiments.xor.hidden_layer.config import MARGIN
from experiments.xor.hidden_layer.verdicts import ONE_CLASS, TOGETHER, groups, table
from nnjax import statistics, tasks

NUM_DOTS = 300  # networks of each kind that are drawn as dots


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `hidden_space` and `separable`."""
    return {"hidden_space": _hidden_space(data), "separable": _separable(data)}


def _hidden_space(data: xr.Dataset) -> Figure:
    """A solved network above a stuck one: input space at the end, and hidden space at the steps shown."""
    num_steps = data.sizes["shown"]
    size = (2.35 * (num_steps + 1), 2.6 * data.sizes["network"] + 0.3)
    fig, axes = plt.subplots(data.sizes["network"], num_steps + 1, figsize=size, squeeze=False)
    classes, words = tasks.xor().y[:, 0], []
    for row, name in zip(axes, data.network.values, strict=True):
        one = data.sel(network=name)
        w, b, units = one.hidden_weights.values, one.hidden_biases.values, one.unit.values
        v, t = units[-1, :2], units[-1, 2]
        regions(row[0], lambda x, w=w, b=b, v=v, t=t: np.tanh(x @ w + b) @ v > t, -0.5, 1.5)
        points(row[0], tasks.xor().x, classes)
        row[0].set(xlabel="$x_1$", ylabel="$x_2$", xticks=(0, 1), yticks=(0, 1))
        for ax, step, images, (*v, t) in zip(row[1:], data.shown.values, one.images.values, units, strict=True):
            regions(ax, lambda h, v=v, t=t: h @ v > t, -1.4, 1.4)
            unit_line(ax, v, t, -1.4, 1.4, avoid=images)
            points(ax, images, classes)
            ax.set(xlabel="$h_1$", ylabel="$h_2$", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
            ax.set_title("Hidden, at the start" if step == 0 else f"Hidden, step {step:,}")
        row[0].set_title(f"{name.capitalize()}: input space")
        words.append(f"the first that ends {name} (seed {int(one.drawn_seed)})")
    for ax in axes.flat:
        ax.tick_params(labelsize=8.5)
        ax.title.set_size(10)
        for text in ax.texts:  # lines pass behind the names of the points
            text.set_path_effects([withStroke(linewidth=2, foreground="white")])
    fig.suptitle("Input space and hidden space of a solved and of a stuck network")
    shares = []
    for name, kind in _kinds(data):
        parted = kind & data.separable.values[:, -1].astype(bool)
        gap = f" (median distance between the classes {float(data.gap[parted].median()):.2g})" if parted.any() else ""
        shares.append(f"{_percent(parted.sum() / kind.sum())} of the {name} networks{gap}")
    caption(
        fig,
        f"At the end, a line in hidden space separates the classes in {' and in '.join(shares)}; in input space no "
        f"line does. The 2-2-1 networks shown are {' and '.join(words)}; input space is shown at the end. The tint is "
        "the output unit's answer (blue 0, orange-red 1); on the black line it is undecided.",
    )
    return fig


def _kinds(data: xr.Dataset) -> list[tuple[str, np.ndarray]]:
    return [(name, kind) for name, kind in groups(data).items() if kind.any()]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%" if np.isfinite(share) else "none"


def _separable(data: xr.Dataset) -> Figure:
    """How many hidden layers separate the classes, step by step, and which inputs share a point at the end."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.4), width_ratios=(1.35, 1))
    same = np.isin(data.pair.values, ONE_CLASS)
    for name, kind in _kinds(data):
        total = int(kind.sum())
        for parted, style, what in (
            (data.separable, "--", "separable"),
            (data.roomy, "-", f"{MARGIN:g} apart or more"),
        ):
            k = parted.values[kind].sum(axis=0)
            low, high = statistics.wilson(k, total)
            label = f"{total:,} {name}: {what}"
            interval_line(
                left, data.step.values, k / total, low, high, label, color=COLORS[name], linestyle=style, marker=""
            )
        apart = data.apart.values[kind][:NUM_DOTS]
        marker = {"solved": "o", "stuck": "^"}[name]
        x, y = apart[:, same].min(axis=1), apart[:, ~same].min(axis=1)
        right.plot(x, y, marker, color=COLORS[name], markersize=4.5, alpha=0.45, label=name, clip_on=False)
    left.set(xlabel="training steps", ylabel="share of networks", ylim=(0, 1.01))
    left.set_title("A line in hidden space separates the classes")
    left.set_xscale("symlog", linthresh=float(data.step[1]))
    last = int(data.step[-1])
    ticks = [0, *(10**i for i in range(1, 7) if data.step[1] <= 10**i < 0.8 * last), last]
    left.set(xlim=(0, last), xticks=ticks)
    left.xaxis.set_major_formatter("{x:,g}")
    left.minorticks_off()
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.11), fontsize=8.5)
    right.axvline(TOGETHER, color=COLORS["neutral"], linewidth=1, linestyle=":")
    right.axhline(TOGETHER, color=COLORS["neutral"], linewidth=1, linestyle=":")
    right.set(xlim=(-0.06, 2), ylim=(-0.06, 2), xticks=(0, 0.5, 1, 1.5, 2), yticks=(0, 0.5, 1, 1.5, 2))
    right.set(title="Distances in hidden space at the end")
    right.set(xlabel="least distance, inputs of one class", ylabel="least distance, inputs of two classes")
    right.legend(loc="center")
    one, other = ({key: _percent(value) for key, value in row.items() if key != "networks"} for row in table(data))
    caption(
        fig,
        f"Hidden activations are separable in {one['separable_start']} of the solved networks at the start and in "
        f"{one['separable_end']} at the end, and in {other['separable_start']} and {other['separable_end']} of the "
        f"stuck ones ({other['margin_end']} by {MARGIN:g} or more at the end). Bands: 95% Wilson intervals. Left: the "
        "scale of "
        f"steps is linear up to {int(data.step[1]):,}, then logarithmic. Right: the "
        f"first {NUM_DOTS} of each kind. Two inputs of one class lie within {TOGETHER:g} (dotted) in "
        f"{one['one_class_together_end']} of the solved networks (at the start {one['one_class_together_start']}), two "
        f"of different classes in {other['classes_mixed_end']} of the stuck ones (at the start "
        f"{other['classes_mixed_start']}).",
    )
    return fig
