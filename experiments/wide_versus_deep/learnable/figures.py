"""The figures of `learnable`: perturbed solutions, random starts, coarse approximability, taught networks."""

import itertools
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    caption,
    interval_line,
    shades,
    shared_legend,
)
from experiments.wide_versus_deep.learnable import summary
from experiments.wide_versus_deep.learnable.sawtooth import SOLVED
from experiments.wide_versus_deep.learnable.taught import KINDS

PUPILS = dict(
    zip(
        KINDS,
        (
            ("deep, trained on the labels", BLUE),
            ("shallow, trained on the labels", VERMILION),
            ("shallow, taught at the same points", ORANGE),
            ("shallow, taught at more points", GREEN),
            ("shallow, true labels of more points", PURPLE),
        ),
        strict=True,
    )
)
FAMILIES = {"sawtooths": "sums of sawtooths", "Cantor": "the Cantor set"}
LEAST = 1e-6  # smaller shares of the variance are drawn at this value


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures of the parts that were run: perturbed and random_starts, coarse, taught."""
    drawn = {}
    if "start_left" in data:
        drawn |= {"perturbed": _perturbed(data), "random_starts": _random_starts(data)}
    if "explained" in data:
        drawn["coarse"] = _coarse(data)
    if "right" in data:
        drawn["taught"] = _taught(data)
    return drawn


def _perturbed(data: xr.Dataset) -> Figure:
    """The share of networks that return, by noise, for every depth; and the noise at which half return."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=(1.6, 1))
    found, before, folds = summary.returned(data), summary.still(data), data.fold.values
    for i, (k, color) in enumerate(zip(folds, shades(len(folds)), strict=True)):
        x = data.noise.values
        interval_line(left, x, found.share[i], found.low[i], found.high[i], f"k = {k}", color=color)
        left.plot(x, before.share[i], ":", color=color, linewidth=1.1)
    left.set(
        xscale="log",
        xlabel="noise / root mean square of a layer",
        ylabel="share of networks that return",
        ylim=(-0.03, 1.03),
    )
    left.set_title("Networks that return to the solution, by noise")
    left.set_xlim(right=float(data.noise[-1]) * 5)
    left.legend(fontsize=9, loc="upper right")
    half = np.array(summary.half_noise(data))
    interval_line(right, folds, half[:, 0], half[:, 1], half[:, 2], color=COLORS["measured"], bars=True)
    right.set(yscale="log", xlabel="hidden layers k", ylabel="noise / root mean square of a layer")
    right.set_title("Noise up to which half return")
    right.set_xticks(folds)
    lab.log_ticks(left.xaxis)
    lab.log_ticks(right.yaxis)
    least = found.share[:, 0]
    returning = "all" if least.min() == 1 else f"{least.min():.2f} to {least.max():.2f}"
    at_start = ", ".join(f"{one:.2f}" for one in before.share[:, 0])
    caption(
        fig,
        "Half of the networks return to the solution up to a noise "
        f"of {half[0, 0]:.2g} at k = {folds[0]} and {half[-1, 0]:.2g} at k = {folds[-1]}. They start from k layers of "
        "2 ReLUs that compute the sawtooth of $2^k$ pieces, with Gaussian noise added to every parameter; a network "
        f"returns if {data.num_steps:,} steps of Adam leave less than {100 * SOLVED:g}% of the variance. Shares of "
        f"{found.total} networks, Wilson's 95% intervals; dotted: before training. At the least noise, "
        f"{float(data.noise[0]):g}, {returning} return; shares of {at_start} solve it untrained (k = {folds[0]} to "
        f"{folds[-1]}).",
    )
    return fig


def _random_starts(data: xr.Dataset) -> Figure:
    """The share of networks that learn, by depth and width, deep and shallow; below, the variance that they leave."""
    found, widths, folds = summary.learned(data), data.width.values, data.fold.values
    kinds = [str(kind) for kind in data.kind.values]
    fig, axes = plt.subplots(2, len(kinds), figsize=(9.6, 6.4), sharex=True, sharey="row", squeeze=False)
    middle = data.start_left.median("start")
    for i, ((above, below), kind) in enumerate(zip(axes.T, kinds, strict=True)):
        for j, (width, color) in enumerate(zip(widths, shades(len(widths)), strict=True)):
            ends, aside = (found.low[i, :, j], found.high[i, :, j]), 0.06 * (j - (len(widths) - 1) / 2)
            look: dict[str, Any] = {"color": color, "marker": "osD^v"[j % 5], "label": f"width {width}"}
            interval_line(above, folds + aside, found.share[i, :, j], *ends, bars=True, **look)
            below.plot(folds, np.maximum(middle.sel(kind=kind, width=width), LEAST), **look)
        below.axhline(SOLVED, color=COLORS["neutral"], linewidth=1, linestyle=":")
        above.set(
            ylim=(-0.03, 1.03), title="k hidden layers" if kind == "deep" else "One hidden layer, as many parameters"
        )
        below.set(yscale="log", xlabel="folds k ($2^k$ pieces)", xticks=folds)
    axes[0, 0].set_ylabel("share of networks that learn")
    axes[1, 0].set_ylabel("median share of variance left")
    fig.suptitle("Learning the sawtooth of $2^k$ pieces from random starts")
    shared_legend(fig, list(axes.ravel()))
    caption(
        fig,
        "Half or more of the networks learn the sawtooth of $2^k$ pieces from random starts "
        f"{_reached(data, 'deep', 'k layers')}, and with one hidden layer "
        f"{_reached(data, 'shallow', 'as many parameters as such layers')}. 2 neurons in each of k layers are enough "
        f"to express it. Each mark: {found.total} networks, rate and first biases tuned, {data.num_steps:,} steps; "
        f"bars: Wilson's 95% intervals. A network that leaves less than {100 * SOLVED:g}% of the variance (dotted) has "
        f"learned the sawtooth; values below $10^{{{np.log10(LEAST):.0f}}}$ are drawn there.",
    )
    return fig


def _reached(data: xr.Dataset, kind: str, what: str) -> str:
    """In words, the last k up to which half or more of the networks of each width learn."""
    found = {int(width): summary.reach(data, kind, int(width)) for width in data.width.values}
    known = {width: k for width, k in found.items() if k}
    never = ", ".join(str(width) for width in found if width not in known)
    if not known:
        return f"at no k with {what}"
    up_to, widths = (", ".join(map(str, some)) for some in (known.values(), known))
    return f"up to k = {up_to} with {what} of width {widths}" + (f" (width {never}: at no k)" if never else "")


def _coarse(data: xr.Dataset) -> Figure:
    """The shares that trained networks explain, against that of the best shallow one; a panel for each family."""
    families = [str(family) for family in data.family.values]
    fig, axes = plt.subplots(1, len(families), figsize=(4.7 * len(families) + 0.6, 5.0), squeeze=False)
    for ax, family in zip(axes[0], families, strict=True):
        one = data.sel(family=family)
        for level, marker in zip(data.level.values, itertools.cycle("os^Dv")):
            for kind, fill in (("deep", BLUE), ("shallow", VERMILION)):
                shares = one.explained.sel(level=level, kind=kind)
                quarter, middle, three = (shares.quantile(q, "coarse_seed").values for q in (0.25, 0.5, 0.75))
                x = one.best_shallow.sel(level=level).values
                ax.vlines(x, quarter, three, color=fill, linewidth=1, alpha=0.6)
                label = f"{kind}, {level} levels"
                ax.plot(x, middle, marker, color=fill, markersize=6, label=label)
        ax.plot([0, 1], [0, 1], color=COLORS["theory"], linewidth=0.9, linestyle="--")
        low = float(one.best_shallow.min())
        ax.set(xlabel="share the best shallow network could explain", ylabel="share that trained networks explain")
        ax.set(title=f"Targets: {FAMILIES[family]}", ylim=(-0.08, 1.05), xlim=(low - 0.05, 1.03))
        ax.legend(fontsize=8.5, loc="upper left")
    fig.suptitle("What trained networks explain, against what the best shallow network could")
    said = []
    for family in families:
        found = summary.ranks(data, family)
        said.append(
            f"{found.estimate:.2f} [{found.low:.2f}, {found.high:.2f}] for {FAMILIES[family]} (with the target's "
            f"coarseness {found.rival:.2f}, difference {found.estimate - found.rival:+.3f} [{found.ahead[0]:+.3f}, "
            f"{found.ahead[1]:+.3f}])"
        )
    more, total = (sum(summary.beyond(data, f)[i] for f in families) for i in (0, 1))
    middle = data.explained.median("coarse_seed")
    less = int((middle.sel(kind="shallow") < middle.sel(kind="deep")).sum())
    caption(
        fig,
        f"On {total - more} of {total} targets deep networks learn no more than the best shallow network of their "
        f"width could explain (dashed: as much), up to {summary.MORE:g}; on {less} they learn more than trained "
        f"shallow networks. The share that deep networks learn and the share that the best shallow one could explain "
        f"have a rank correlation of {'; '.join(said)}. Each mark is a target of n "
        f"levels of detail, each with {data.tilt.values[0]:g} to {data.tilt.values[-1]:g} times the weight of the "
        f"coarser level: medians and quartiles of {data.sizes['coarse_seed']} networks of n layers of "
        f"{data.coarse_width} neurons (deep) or one such layer (shallow). Shares are of the variance (Cantor set: "
        "twice the accuracy minus one); the best shallow network is computed, not trained.",
    )
    return fig


def _taught(data: xr.Dataset) -> Figure:
    """The share of test points that are right; a row for each kind, a mark for every draw."""
    fig, ax = plt.subplots(figsize=(8.6, 3.6))
    each = data.right.mean("pupil_seed")
    for i, (kind, (_, color)) in enumerate(PUPILS.items()):
        mean = summary.mean_right(data, kind)
        spread = i + np.linspace(-0.18, 0.18, data.sizes["draw"])
        ax.plot(each.sel(pupil=kind), spread, "o", color=color, markersize=4, alpha=0.55)
        ax.plot([mean.low, mean.high], [i, i], color="#333333", linewidth=1.6)
        ax.plot(mean.estimate, i, "D", color=color, markeredgecolor="#333333", markersize=8)
    ax.set_yticks(range(len(PUPILS)), [label for label, _ in PUPILS.values()])
    ax.set(ylim=(len(PUPILS) - 0.5, -0.5), xlabel="share of test points classified correctly")
    ax.set_title("Accuracy of deep and shallow networks, some taught by a deep one")
    deep, more = (summary.gain(data, KINDS[i], KINDS[1]) for i in (0, 3))
    same = summary.gain(data, KINDS[2], KINDS[1])
    made_up = (
        f"makes up {100 * more.estimate / deep.estimate:.0f}% of the lead of deep networks"
        if deep.low > 0
        else "has no lead to make up"
    )
    caption(
        fig,
        f"A shallow network taught by a deep one {made_up}. The accuracy differs from that of shallow networks trained "
        f"on the labels by {_signed(deep)} for deep networks, {_signed(same)} for shallow ones taught at the labelled "
        f"points and {_signed(more)} for those taught at more points (paired over draws). The task is to tell whether "
        f"a point lies below a sawtooth of {2**data.taught_folds} pieces, from {data.num_labels:,} labels, "
        f"{100 * data.wrong_labels:.0f}% of them wrong, and {data.num_more:,} points without labels. Deep networks "
        f"have {data.taught_depth} layers of {data.taught_width} neurons, shallow ones {data.taught_units} neurons, "
        f"{data.taught_parameters} parameters each. Each dot is a draw of the data; diamonds are means with 95% "
        "intervals.",
    )
    return fig


def _signed(found) -> str:
    return f"{found.estimate:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
