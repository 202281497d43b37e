"""The figures of `xor.trained`: success by hidden neurons and by learning rate, and learning curves."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, GREEN, ORANGE, PURPLE, SKY, caption, interval_line, shared_legend
from experiments.xor.trained.config import MONOTONE
from experiments.xor.trained.verdicts import ROOM, at_end, share_solved
from nnjax import statistics

INIT_NAMES = {
    "lecun_normal": "LeCun normal",
    "glorot_uniform": "Glorot uniform",
    "he_normal": "He normal",
    "normal": "normal, s.d. 1",
    "uniform": "uniform within 0.3",
}
NAMES = {"relu": "ReLU", "gelu": "GELU", "sin": "sine"}
INIT_COLORS = ("#000000", SKY, ORANGE, PURPLE, GREEN)
FLOOR = 1e-5  # losses below are drawn here


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `success_by_width`, `success_by_rate` and `learning_curves`."""
    return {
        "success_by_width": _by_width(data),
        "success_by_rate": _by_rate(data),
        "learning_curves": _curves(data),
    }


def _called(activation: str) -> str:
    return NAMES.get(activation, activation)


def _grid(rows: int, columns: int, **share) -> tuple[Figure, np.ndarray]:
    size = (max(2.3 * columns + 0.8, 7), max(1.95 * rows + 0.9, 3.9))
    return plt.subplots(rows, columns, figsize=size, squeeze=False, **share)


def _by_width(data: xr.Dataset) -> Figure:
    part, low, high = share_solved(data)
    solvers, inits = part.solver.values, part.init.values
    fig, axes = _grid(len(solvers), len(inits), sharex=True, sharey=True)
    for row, solver in zip(axes, solvers, strict=True):
        for ax, init in zip(row, inits, strict=True):
            for i, activation in enumerate(part.activation.values):
                place = {"solver": solver, "init": init, "activation": activation}
                lines = (a.sel(place) for a in (part, low, high))
                x = part.width + 0.1 * (i - (part.sizes["activation"] - 1) / 2)  # shifted, else some would hide others
                style = {"color": COLORS[activation], "linewidth": 1.3, "markersize": 4}
                interval_line(ax, x, *lines, label=_called(activation), bars=True, **style)
            ax.set(xticks=part.width.values, ylim=(-0.04, 1.04))
        row[0].set_ylabel(f"{solver}\nshare of networks", size=9.5)
    for ax, init in zip(axes[0], inits, strict=True):
        ax.set_title(INIT_NAMES.get(init, init))
    for ax in axes[-1]:
        ax.set_xlabel("hidden neurons")
    shared_legend(fig, list(axes.flat), ncols=part.sizes["activation"])
    fig.suptitle("Networks that learn XOR, by initial weights (columns) and solver (rows)")
    two, most = (part.sel(width=w) for w in (part.width.values[min(1, len(part.width) - 1)], part.width.max()))
    single = ""
    if 1 in part.width:
        alone = part.sel(width=1).max(("solver", "init"))
        able = [_called(name) for name in part.activation.values if alone.sel(activation=name) > 0]
        share = f"(up to {float(alone.max()):.0%})"
        who = f"only networks of {' and '.join(able)} learn it {share}" if able else "no network learns it"
        single = f"With one hidden neuron {who}. "
    kinds = [[str(one) for one in part.activation.values if (one in MONOTONE) is kind] for kind in (True, False)]
    ranges = [
        f"{float(some.min()):.0%} to {float(some.max()):.0%} of the networks of {', '.join(map(_called, names))}"
        for names in kinds
        if names
        for some in [two.sel(activation=names)]
    ]
    caption(
        fig,
        f"With {int(two.width)} hidden neurons {' and '.join(ranges)} learn XOR, depending on activation, solver and "
        f"initial weights; with {int(most.width)}, {float(most.min()):.0%} to {float(most.max()):.0%}. {single}Each "
        f"point: {data.sizes['seed']:,} fresh seeds at learning rates tuned for that point "
        f"({data.sizes['tuning']} times); bars: 95% intervals over tunings. Points of different activations are "
        "shifted sideways. XOR is learned when all four outputs are within 0.4 of their targets.",
    )
    return fig


def _by_rate(data: xr.Dataset) -> Figure:
    width = 4 if 4 in data.width else int(data.width.max())
    success = data.tuning_success.sel(width=width)
    solvers, activations = success.solver.values, success.activation.values
    fig, axes = _grid(len(solvers), len(activations), sharex="row", sharey=True)
    for row, solver in zip(axes, solvers, strict=True):
        for ax, activation in zip(row, activations, strict=True):
            for init, color in zip(success.init.values, INIT_COLORS, strict=False):
                y = success.sel(solver=solver, activation=activation, init=init)
                rates = data.rates.sel(solver=solver)
                ax.plot(rates, y, ".-", color=color, linewidth=1.4, label=INIT_NAMES.get(init, init))
            ax.set(xscale="log", ylim=(-0.04, 1.04), xlabel="learning rate")
        row[0].set_ylabel(f"{solver}\nshare of networks", size=9.5)
    for ax, activation in zip(axes[0], activations, strict=True):
        ax.set_title(_called(activation))
    shared_legend(fig, list(axes.flat), ncols=success.sizes["init"])
    fig.suptitle(f"2-{width}-1 networks that learn XOR at each learning rate, by activation and solver")
    spread = (success.max("rate") - success.min("rate")).max()
    trials = data.attrs.get("tuning_seeds", 100)
    # Where everything solves, any rate will do; elsewhere a best rate at the end of the grid may not be the best.
    unsure = data.tuning_success.max("rate") < ROOM
    half = np.ptp(statistics.wilson(trials // 2, trials)) / 2
    caption(
        fig,
        f"The learning rate alone changes the share of networks that learn XOR by up to {100 * float(spread):.0f} "
        f"percentage points, so it is tuned in every setting before settings are compared. Each point: {trials} seeds, "
        f"which choose the rate and are not counted again; its 95% interval reaches up to {100 * half:.0f} points "
        f"either way. Of the {int(unsure.sum())} settings, of all widths, in which fewer than {ROOM:.0%} learn XOR at "
        f"every rate, {int((at_end(data) & unsure).sum())} have their best rate at an end of those tried, in most "
        "tunings.",
    )
    return fig


def _curves(data: xr.Dataset) -> Figure:
    solver = "Adam" if "Adam" in data.solver else str(data.solver.values[-1])
    loss = data.loss_quantiles.sel(solver=solver)
    widths = [w for w in (2, 3, 4, 8) if w in data.width] or [int(data.width.max())]
    activations = [a for a in ("sigmoid", "tanh", "relu") if a in data.activation] or data.activation.values[
        :1
    ].tolist()
    fig, axes = _grid(len(activations), len(widths), sharex=True, sharey=True)
    for row, activation in zip(axes, activations, strict=True):
        for ax, width in zip(row, widths, strict=True):
            q = np.maximum(loss.sel(activation=activation, width=width).transpose("quantile", "step"), FLOOR)
            color = COLORS[activation]
            ax.fill_between(q.step, q[0], q[4], color=color, alpha=0.15, linewidth=0)
            ax.fill_between(q.step, q[1], q[3], color=color, alpha=0.3, linewidth=0)
            ax.plot(q.step, q[2], color=color)
            ax.axhline(np.log(2), color=COLORS["reference"], linewidth=0.8, linestyle=":")
            ax.set_yscale("log")
        row[0].set_ylabel(f"{_called(activation)}\ncross-entropy (nats)", size=9.5)
    for ax, width in zip(axes[0], widths, strict=True):
        ax.set_title(f"{width} hidden neurons")
    for ax in axes[-1]:
        ax.set_xlabel("training steps")
    fig.suptitle(f"Training loss on XOR of {data.sizes['seed']:,} networks per panel ({solver}, tuned rates)")
    ends = loss.sel(quantile=0.75, activation=activations).isel(step=-1)
    most = ends.max("activation").sel(width=widths).values
    names = [_called(str(name)) for name in ends.idxmax("activation").sel(width=widths).values]
    alike = len(set(names)) == 1
    who = f"{names[0]} networks, the worst shown," if alike else "networks of the worst activation shown"
    worst = [
        f"{loss:.2g} with {width}" + f" ({name})" * (not alike)
        for loss, width, name in zip(most, widths, names, strict=True)
    ]
    init = str(data.init.values[0])  # losses are kept for this one alone
    caption(
        fig,
        f"A quarter of the {who} end with a loss above {', '.join(worst)} hidden neurons. Initial weights: "
        f"{INIT_NAMES.get(init, init)}. Lines are medians; bands hold the middle 50% and 90% of the networks. Losses "
        f"below {FLOOR:g} are drawn at {FLOOR:g}. The dotted line is ln 2, the loss of the answer one half on every "
        "row.",
    )
    return fig
