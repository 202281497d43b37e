"""The figures of `hidden_layer`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line
from experiments.lab.planes import points, regions, unit_line
from nnjax import statistics, tasks


def hidden_space(data: xr.Dataset) -> Figure:
    """A solved network above a stuck one: input space at the end, and hidden space at the steps shown."""
    num_steps = data.sizes["shown"]
    size = (2.35 * (num_steps + 1), 2.6 * data.sizes["network"])
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
            ax.set_title("hidden, at the start" if step == 0 else f"hidden, step {step}")
        row[0].set_title(f"{name}: input space")
        words.append(f"seed {int(one.drawn_seed)} is the first that is {name}")
    for ax in axes.flat:
        ax.tick_params(labelsize=8.5)
        ax.title.set_size(10)
    shares = []
    for name, kind in groups(data):
        parted = kind & data.separable.values[:, -1].astype(bool)
        gap = f" (median gap {float(data.gap[parted].median()):.2g})" if parted.any() else ""
        shares.append(f"{percent(parted.sum() / kind.sum())} of the {name} networks{gap}")
    caption(
        fig,
        f"The four inputs before and after the hidden layer of two 2-2-1 networks: {', '.join(words)}. On the "
        "black line the output unit is undecided; the tint is its answer (blue 0, red 1). No line parts the "
        f"classes in input space. At the end one parts them in hidden space in {' and in '.join(shares)}.",
    )
    return fig


def percent(part: float) -> str:
    """A part of the networks as a percentage of three digits."""
    return f"{100 * part:.3g} %"


def groups(data: xr.Dataset) -> list[tuple[str, np.ndarray]]:
    """The kinds of networks that occur, with a mask [seed] each."""
    solved = data.solved.values.astype(bool)
    return [(name, kind) for name, kind in (("solved", solved), ("stuck", ~solved)) if kind.any()]


def separability(data: xr.Dataset, together: float, num_drawn: int) -> Figure:
    """How many hidden layers part the classes, step by step, and which points fall together at the end."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.4), width_ratios=(1.35, 1))
    same = np.array([name in ("00-11", "01-10") for name in data.pair.values])
    for name, kind in groups(data):
        total = int(kind.sum())
        for parted, style, what in (
            (data.separable, "--", "if barely"),
            (data.roomy, "-", "with room"),
        ):
            k = parted.values[kind].sum(axis=0)
            low, high = statistics.wilson(k, total)
            label = f"{total:,} that end {name}, {what}"
            interval_line(
                left, data.step.values, k / total, low, high, label, color=COLORS[name], linestyle=style, marker=""
            )
        apart = data.apart.values[kind][:num_drawn]
        marker = {"solved": "o", "stuck": "^"}[name]
        x, y = apart[:, same].min(axis=1), apart[:, ~same].min(axis=1)
        right.plot(x, y, marker, color=COLORS[name], markersize=4.5, alpha=0.45, label=name, clip_on=False)
    left.set(xlabel="step", ylabel="part of the networks", ylim=(0, 1), title="A line parts the hidden images")
    left.set_xscale("symlog", linthresh=float(data.step[1]))
    last = int(data.step[-1])
    ticks = [0, *(10**i for i in range(1, 7) if data.step[1] <= 10**i < 0.8 * last), last]
    left.set(xlim=(0, last), xticks=ticks)
    left.xaxis.set_major_formatter("{x:g}")
    left.minorticks_off()
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.11), fontsize=8.5)
    right.axvline(together, color=COLORS["neutral"], linewidth=1, linestyle=":")
    right.axhline(together, color=COLORS["neutral"], linewidth=1, linestyle=":")
    right.set(xlim=(-0.06, 2), ylim=(-0.06, 2), xticks=(0, 0.5, 1, 1.5, 2), yticks=(0, 0.5, 1, 1.5, 2))
    right.set(title="Which points fall together")
    right.set(xlabel="nearest two of one class, apart by", ylabel="nearest two of different classes, apart by")
    right.legend(loc="center")
    return fig
