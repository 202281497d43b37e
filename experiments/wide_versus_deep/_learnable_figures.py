"""The figures of `learnable`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SEQUENTIAL, VERMILION, caption, interval_line
from experiments.wide_versus_deep import _learnable_summary as summary
from experiments.wide_versus_deep._learnable_taught import KINDS

KIND_COLORS = {"deep": BLUE, "shallow": VERMILION}
FAMILY_MARKERS = {"sawtooths": "o", "Cantor": "s"}
PUPIL_COLORS = (BLUE, VERMILION, ORANGE, GREEN, PURPLE)


def _shades(count: int) -> list:
    return [plt.get_cmap(SEQUENTIAL)(0.9 * i / max(count - 1, 1)) for i in range(count)]


def perturbed(data: xr.Dataset) -> Figure:
    """The share that returns by noise, for every depth, and the noise at which half do."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.2), width_ratios=(1.6, 1))
    found, before, folds = summary.returned(data), summary.still(data), data.fold.values
    for i, (k, color) in enumerate(zip(folds, _shades(len(folds)), strict=True)):
        x = data.noise.values
        interval_line(left, x, found.share[i], found.low[i], found.high[i], f"k = {k}", color=color)
        left.plot(x, before.share[i], ":", color=color, linewidth=1.1)
    left.set(xscale="log", xlabel="noise over a layer's size", ylabel="share that solves it", ylim=(-0.03, 1.03))
    left.set_title("Perturbed, then trained")
    left.set_xlim(right=float(data.noise[-1]) * 5)
    left.legend(fontsize=9, loc="upper right")
    half = np.array(summary.half_noise(data))
    interval_line(right, folds, half[:, 0], half[:, 1], half[:, 2], color=COLORS["measured"], bars=True)
    right.set(yscale="log", xlabel="hidden layers k", ylabel="noise at which half return", title="How near it must be")
    right.set_xticks(folds)
    least = found.share[:, 0]
    caption(
        fig,
        "The sawtooth of $2^k$ pieces written down as k layers of 2 ReLUs, every parameter moved by Gaussian noise, "
        f"then trained by Adam at the tuned rate, {data.num_steps:,} steps: the share of {found.total} networks that "
        "leave less than 1 % of the variance, with Wilson's 95 % intervals; dotted, before training. At the least "
        f"noise, {float(data.noise[0]):g}, {least.min():.2f} to {least.max():.2f} return; half do up to "
        f"{half[0, 0]:.2g} at k = {folds[0]} and {half[-1, 0]:.2g} at k = {folds[-1]}. (A noise at an end of the "
        "axis: half lies beyond.)",
    )
    return fig


def random_starts(data: xr.Dataset) -> Figure:
    """The share that learns by depth and width, deep and shallow of equal parameters, and what they leave."""
    fig, axes = plt.subplots(1, 3, figsize=(12.8, 4.2))
    found, widths, folds = summary.learned(data), data.width.values, data.fold.values
    kinds = [str(kind) for kind in data.kind.values]
    for ax, kind in zip(axes, kinds, strict=False):
        i = kinds.index(kind)
        for j, (width, color) in enumerate(zip(widths, _shades(len(widths)), strict=True)):
            label = f"width {width}"
            interval_line(ax, folds, found.share[i, :, j], found.low[i, :, j], found.high[i, :, j], label, color=color)
        ax.set(xlabel="folds k ($2^k$ pieces)", ylim=(-0.03, 1.03), ylabel="share that learns")
        ax.set_title("k hidden layers" if kind == "deep" else "One layer, as many parameters")
    axes[0].legend(fontsize=9, loc="upper right")
    middle = data.start_left.median("start")
    for kind in kinds:
        for j, width in enumerate(widths):
            style = {"deep": "-", "shallow": "--"}[kind]
            label = kind if j == len(widths) - 1 else None
            one = np.maximum(middle.sel(kind=kind, width=width), 1e-6)
            axes[2].plot(folds, one, style, marker=".", color=_shades(len(widths))[j], label=label)
    axes[2].axhline(0.01, color=COLORS["neutral"], linewidth=1, linestyle=":")
    axes[2].set(yscale="log", xlabel="folds k ($2^k$ pieces)", ylabel="share of the variance left, median")
    axes[2].set_title("What is left")
    axes[2].legend(fontsize=9)
    for ax in axes:
        ax.set_xticks(folds)
    reach = {kind: [summary.reach(data, kind, int(w)) for w in widths] for kind in kinds}
    caption(
        fig,
        "The same sawtooths from random starts: k layers of a width (left), and one hidden layer of as many "
        f"parameters (middle), {found.total} networks each, rate and first biases tuned, {data.num_steps:,} steps; "
        f"Wilson's 95 % intervals. Half or more learn up to k = {', '.join(map(str, reach['deep']))} at widths "
        f"{', '.join(map(str, widths))}; shallow: up to k = {', '.join(map(str, reach['shallow']))}. Width 2 is "
        "enough to express all of them. Right: what the median network leaves (dotted: 1 %, below which it has "
        "learned).",
    )
    return fig


def coarse(data: xr.Dataset) -> Figure:
    """What trained networks explain against what the best shallow one could, a panel for each family."""
    families = [str(family) for family in data.family.values]
    fig, axes = plt.subplots(1, len(families), figsize=(5.6 * len(families) + 0.6, 4.6), squeeze=False)
    for ax, family in zip(axes[0], families, strict=True):
        one = data.sel(family=family)
        for level, fill in zip(data.level.values, _shades(data.sizes["level"]), strict=True):
            for kind, marker in (("deep", "o"), ("shallow", "x")):
                shares = one.explained.sel(level=level, kind=kind)
                quarter, middle, three = (shares.quantile(q, "coarse_seed").values for q in (0.25, 0.5, 0.75))
                x = one.best_shallow.sel(level=level).values
                ax.vlines(x, quarter, three, color=fill, linewidth=1)
                label = f"{kind}, {level} levels"
                ax.plot(x, middle, marker, color=fill, markersize=6, label=label)
        ax.plot([0, 1], [0, 1], color=COLORS["theory"], linewidth=0.9, linestyle="--")
        low = float(one.best_shallow.min())
        ax.set(xlabel="share the best shallow network could explain", ylabel="share explained, trained")
        ax.set(title=f"{family[0].upper()}{family[1:]}", ylim=(-0.08, 1.05), xlim=(low - 0.05, 1.03))
        ax.legend(fontsize=8.5, loc="upper left")
    said = []
    for family in families:
        found = summary.ranks(data, family)
        said.append(
            f"{family} {found.estimate:.2f} [{found.low:.2f}, {found.high:.2f}] "
            f"(with coarseness alone {found.rival:.2f})"
        )
    more, total = (sum(summary.beyond(data, f)[i] for f in families) for i in (0, 1))
    caption(
        fig,
        f"Each mark is a target of n levels of detail, coarse to fine (weights {data.tilt.values[0]:g} to "
        f"{data.tilt.values[-1]:g} times those of the level before): the median and the quartiles of "
        f"{data.sizes['coarse_seed']} networks of n layers of {data.coarse_width} units, and of one such layer, "
        "against what the best one could explain (variance; for Cantor, twice the accuracy less one), computed and "
        f"not trained. Rank correlation of deep ones: {'; '.join(said)}. On {more} of {total} targets they explain at "
        f"least {summary.MORE:g} more than the best shallow one of their width (above the dashed line).",
    )
    return fig


def taught(data: xr.Dataset) -> Figure:
    """The share of test points right, a row for each kind, every draw a mark."""
    fig, ax = plt.subplots(figsize=(8.6, 3.6))
    each = data.right.mean("pupil_seed")
    for i, (kind, color) in enumerate(zip(KINDS, PUPIL_COLORS, strict=True)):
        mean = summary.mean_right(data, kind)
        spread = i + np.linspace(-0.18, 0.18, data.sizes["draw"])
        ax.plot(each.sel(pupil=kind), spread, "o", color=color, markersize=4, alpha=0.55)
        ax.plot([mean.low, mean.high], [i, i], color="#333333", linewidth=1.6)
        ax.plot(mean.estimate, i, "D", color=color, markeredgecolor="#333333", markersize=8)
    ax.set_yticks(range(len(KINDS)), KINDS)
    ax.set(ylim=(len(KINDS) - 0.5, -0.5), xlabel="share of test points right")
    ax.set_title("Taught by a deep network")
    deep, more = (summary.gain(data, KINDS[i], KINDS[1]) for i in (0, 3))
    same = summary.gain(data, KINDS[2], KINDS[1])
    caption(
        fig,
        f"Points below a sawtooth of {2**data.taught_folds} pieces or not, {data.num_labels:,} labels, of which "
        f"{data.wrong_labels:.0%} are wrong; {data.num_more:,} more points without. The deep network has "
        f"{data.taught_depth} layers of {data.taught_width}, the shallow ones {data.taught_units} units: "
        f"{data.taught_parameters} parameters. Each mark is a draw, diamonds are means with 95 % intervals. Paired "
        f"over draws, against shallow on the labels: deep {_signed(deep)}; taught at the labelled points "
        f"{_signed(same)}, at more points {_signed(more)}.",
    )
    return fig


def _signed(found) -> str:
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
