"""The figures of `activations.dead_units`: born dead, killed by the rate, ranks by depth, and the published law."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.activations.dead_units import born_verdicts, killed_verdicts, rank_verdicts
from experiments.activations.dead_units.config import LEARNS
from experiments.activations.dead_units.killed_verdicts import HIGHEST, MANY
from experiments.activations.dead_units.rank_verdicts import LAYERS, REVIVAL
from experiments.activations.dead_units.ranks import LEAKY, ORTHOGONAL, PLAIN
from experiments.activations.shared.names import NAMES
from experiments.lab.figures import (
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    panels,
    powers,
    shades,
    shared_legend,
)
from nnjax import statistics

LOOKS: dict[str, dict[str, Any]] = {
    "relu": {"color": COLORS["relu"], "marker": "o"},
    "leaky_relu": {"color": COLORS["tanh"], "marker": "s"},
}
WIDTHS = (2, 4, 8)  # widths whose share on a circle is drawn
TOLERANCES = (1e-13, 0.01, 0.1)  # at which ranks are drawn


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `born_dead`, `killed`, `rank` and `law`."""
    return {"born_dead": _born(data), "killed": _killed(data), "rank": _rank(data), "law": _law(data)}


def _born(data: xr.Dataset) -> Figure:
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2))
    n, layers = data.attrs["networks"], data.born_layer.values
    widths = data.born_width.values.tolist()
    shown = [width for width in widths if width in WIDTHS] or widths
    laws = dict(zip(data.law.values.tolist(), ("-", "--", ":"), strict=False))
    for width, color in zip(widths, shades(len(widths)), strict=True):
        one = data.sel(born_width=width)
        left.plot(layers, one.born_exact, color=color, linewidth=1.1)
        right.plot([], [], color=color, label=str(width))
        for law, line in laws.items():
            left.plot(layers, one.sel(law=law).born_point.values / n, ".", color=color, markersize=5)
            if width in shown:
                ratio = one.sel(law=law).born_domain.values / n / one.born_exact.values
                right.plot(layers, ratio, line, color=color, linewidth=1.5)
    left.set(xlabel="hidden layers", ylabel="share of networks that are dead", title="One input: counts and formula")
    right.set(
        xlabel="hidden layers", ylabel="share that is dead / formula", title="A circle of inputs: share over formula"
    )
    right.axhline(1, color=COLORS["theory"], linewidth=0.9)
    right.set_ylim(-0.03, 1.06)
    for ax in (left, right):
        ax.set_xticks(layers[1::2])
    fig.legend(title="width", fontsize=9, loc="outside right center")
    keys = [
        Line2D([], [], color=COLORS["neutral"], linestyle=line, label=law if "biases" in law else f"{law}, no biases")
        for law, line in laws.items()
    ]
    fig.legend(
        handles=keys, title="distribution of the weights (right)", fontsize=9, loc="outside lower center", ncols=3
    )
    fig.suptitle("Random ReLU networks that are born dead: a whole hidden layer is off")
    off = np.abs(data.born_point.values / n - data.born_exact.values).max()
    last = born_verdicts.ratio(data, int(layers[-1]))[0]
    caption(
        fig,
        f"At one input the share that is dead (points) is within {off:.4f} of $1 - (1 - 2^{{-N}})^L$ (lines) for "
        "width N and L hidden layers. On a circle of inputs, where a network must be dead at all inputs, it is "
        f"{last.min():.2f} to {last.max():.2f} times this formula with {layers[-1]} layers (black: equal to it). "
        f"{n:,} networks of each width and distribution; right: widths {', '.join(map(str, shown))}.",
    )
    return fig


def _killed(data: xr.Dataset) -> Figure:
    solvers = data.solver.values.tolist()
    size = (max(4.9 * len(solvers), 6.5), 5.8)
    fig, axes = plt.subplots(2, len(solvers), figsize=size, squeeze=False, sharex="col", sharey="row")
    for column, solver in zip(axes.T, solvers, strict=True):
        for i, activation in enumerate(data.activation.values.tolist()):
            one = data.sel(solver=solver, activation=activation)
            one = one.isel(rate=one.accuracy.notnull().all("seed").values)
            for ax, values in zip(column, (one.off, one.accuracy), strict=True):
                whole = one.diverged.mean("seed") < 0.5  # rates with a curve; the others get a cross
                kept = values.isel(rate=whole.values)
                low, middle, high = (kept.quantile(q, "seed") for q in (0.25, 0.5, 0.75))
                interval_line(ax, kept.rate, middle, low, high, NAMES[activation], markersize=4, **LOOKS[activation])
                some = one.rate.values[~whole.values]
                look = {"color": LOOKS[activation]["color"], "markersize": 6, "linestyle": "none", "clip_on": False}
                if some.size:  # on the frame, where no data lie
                    height = np.full(len(some), 1.0 - 0.06 * i)
                    ax.plot(some, height, "x", transform=ax.get_xaxis_transform(), **look)
        chosen = float(killed_verdicts.at_rate(data, solver, "tuned_rate").rate)
        highest = float(data.highest_rate.sel(solver=solver))
        for ax in column:
            look = {"color": COLORS["reference"], "linewidth": 1}
            ax.axvline(chosen, linestyle=":", label="ReLU's best rate, chosen on other seeds", **look)
            label = f"ReLU's highest rate with, for certain, an accuracy above {LEARNS:g}"
            ax.axvline(highest, linestyle="-.", label=label, **look)
            ax.set(xscale="log", ylim=(-0.03, 1.03))
        look = {"color": COLORS["theory"], "linewidth": 0.9}
        column[0].axhline(MANY, linestyle="--", label=f"{MANY:.0%} of the units, the claim", **look)
        column[0].set_title(solver)
        column[1].set(xlabel="learning rate", ylim=(-0.02, 0.72))
        log_ticks(column[1].xaxis)
    axes[0, 0].set_ylabel("share of hidden units that\nare off for all examples")
    axes[1, 0].set_ylabel("accuracy on test rows")
    shared_legend(fig, list(axes.flat), ncols=3)
    fig.suptitle("Dead hidden units and accuracy, by learning rate")
    told = []
    for solver in solvers:
        many, few = (killed_verdicts.at_rate(data, solver, which) for which in (HIGHEST, "tuned_rate"))
        told.append(
            f"{float(few.off.mean()):.1%} at the best rate ({float(few.rate):.2g}) and "
            f"{float(many.off.mean()):.1%} at the highest rate that still learns ({float(many.rate):.2g}, accuracy "
            f"{float(many.accuracy.mean()):.2f}) with {solver}"
        )
    gone = (
        " A network that diverged has no units to count and an accuracy of 0, to which bands fall. Crosses at the "
        "upper edge: rates at which half of the networks or more diverged."
    )
    caption(
        fig,
        f"The mean share of ReLU units that are off for all training examples is {'; '.join(told)}. A share of one "
        "half means that one of the two hidden layers is off altogether, and nothing is learned. Lines: medians, "
        f"bands: middle halves of {data.sizes['seed']} networks, each on its own draw of MNIST-1D, after "
        f"{data.attrs['num_steps']} steps.{gone if bool((data.diverged > 0).any()) else ''}",
    )
    return fig


def _rank(data: xr.Dataset) -> Figure:
    some = data.isel(case=data.kind.values == PLAIN)
    fig, axes = panels(some.sizes["case"], columns=3, size=(3.5, 3.0), sharex=True, sharey=True)
    m, widest = rank_verdicts.lesser(some), 0.0
    for i, ax in enumerate(axes):
        one = some.isel(case=i)
        n = int(one.examples)
        theory = np.minimum(n, one.wide_share * int(one.units)) / m[i]
        ax.plot(
            one.layer, theory, color=COLORS["theory"], label="units on (or examples, if fewer): theory of wide layers"
        )
        counted = np.minimum(one.on, n).mean("draw") / m[i]
        ax.plot(one.layer, counted, color=ORANGE, linewidth=2.5, label="units on (or examples, if fewer): counted")
        share = one["rank"].values / m[i]
        found = [statistics.mean(row) for row in share]
        y, low, high = np.array([each[:3] for each in found]).T
        widest = max(widest, float((high - low).max()))
        look = {"color": COLORS["measured"], "markersize": 3.5, "linestyle": "none"}
        interval_line(ax, one.layer, y, low, high, "rank", bars=True, **look)
        ax.plot(one.layer, rank_verdicts.law(one.layer.values), color=PURPLE, linestyle="--", label="published law")
        ax.set(title=f"{n} examples, width {int(one.units)}", ylim=(0.55, 1.04))
        ax.set_xticks(one.layer.values[3::4])
    columns = min(3, len(axes))
    for ax in axes[-columns:]:
        ax.set_xlabel("layer")
        ax.xaxis.set_tick_params(labelbottom=True)
    for ax in axes[::columns]:
        ax.set_ylabel("rank / largest possible")
    shared_legend(fig, axes, ncols=2)
    fig.suptitle("Rank of random ReLU layers, and number of units that are on for some example")
    last = some.sel(layer=LAYERS)
    parts = last["rank"].mean("draw").values / m
    told = ", ".join(
        f"{part:.2f} ({examples} by {units})"
        for part, examples, units in zip(parts, some.examples.values, some.units.values, strict=True)
    )
    caption(
        fig,
        f"In layer {LAYERS} the mean rank over the largest possible, the lesser of examples and width, is "
        f"{told} (examples by width). With fewer examples than units that are on, the rank stays full; elsewhere it is "
        "about the number of these units (orange), which falls with depth about as in infinitely wide layers (black). "
        f"In the published law (arXiv 2507.07675) it rises. Means of {data.sizes['draw']:,} draws, with 95% "
        f"intervals{' narrower than the dots' if widest < DOT else ''}.",
    )
    return fig


DOT = 0.013  # the height of a dot, in parts of the rank


def _law(data: xr.Dataset) -> Figure:
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2), sharey=True)
    square = (data.examples.values == 40) & (data.units.values == 40)
    one = data.isel(case=square & (data.kind.values == PLAIN)).isel(case=0)
    m = int(one.units)
    curves = {
        powers(f"rank, tolerance {tolerance:g}"): one.at_tolerance.isel(tolerance=i) / m
        for i, tolerance in enumerate(data.tolerance.values) if tolerance in TOLERANCES
    }  # fmt: skip
    for (label, curve), color in zip(curves.items(), shades(len(curves)), strict=True):
        left.plot(one.layer, curve, color=color, label=label, marker="o", markersize=3)
    curves["effective rank"] = one.effective / m
    left.plot(one.layer, one.effective / m, color=VERMILION, label="effective rank", marker="s", markersize=3)
    left.plot(one.layer, rank_verdicts.law(one.layer.values), color=PURPLE, linestyle="--", label="published law")
    left.set(xlabel="layer", ylabel=f"mean rank / {m}", title="By definition of the rank", ylim=(-0.02, 1.04))
    ends = {}
    for kind, color in ((PLAIN, COLORS["measured"]), (ORTHOGONAL, ORANGE), (LEAKY, GREEN)):
        each = data.isel(case=square & (data.kind.values == kind)).isel(case=0)
        curves[kind] = mean = each["rank"].mean("draw") / m
        ends[kind] = float(mean.sel(layer=LAYERS))
        right.plot(each.layer, mean, color=color, label=kind, marker="o", markersize=3)
    right.plot(one.layer, rank_verdicts.law(one.layer.values), color=PURPLE, linestyle="--", label="published law")
    right.set(xlabel="layer", title="By kind of layer")
    shared_legend(fig, [left, right], ncols=2, fontsize=9)
    fig.suptitle(f"Mean rank of random layers and a published law, at {int(one.examples)} examples and width {m}")
    risen = [name for name, curve in curves.items() if float(curve.diff("layer").max()) > REVIVAL]
    apart = abs(one.at_tolerance - one.at_tolerance.isel(tolerance=0)).max("layer") / m
    same = data.tolerance.values[apart.values < 0.005]
    hidden = f"; {same[0]:g} to {same[-1]:g} give the same curve" if len(same) > 1 else ""
    caption(
        fig,
        f"By the published law, ${m} (1 - (1 - 2 / \\pi)^l)$ (arXiv 2507.07675), the rank rises with the layer $l$; "
        f"here it {'rises for ' + ', '.join(risen) if risen else 'falls or stays full'}. Left: the rank counts "
        f"singular values above this part (tolerance) of the largest{hidden}; the effective rank is the exponential "
        f"of the entropy of their shares. Right, with tolerance {float(data.tolerance[0]):g}: in layer "
        f"{LAYERS} the rank is {ends[PLAIN]:.2f} of full, with orthogonal weights {ends[ORTHOGONAL]:.2f}, "
        f"with a leaky ReLU {ends[LEAKY]:.2f}. Means of {data.sizes['draw']:,} draws.",
    )
    return fig
