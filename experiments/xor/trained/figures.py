"""The figures of `trained`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line
from nnjax import statistics

INIT_NAMES = {
    "lecun_normal": "LeCun normal",
    "glorot_uniform": "Glorot uniform",
    "he_normal": "He normal",
    "normal": "normal, standard deviation 1",
}
LINES = ("-", "--", ":", "-.")


def draw(data: xr.Dataset, part: xr.DataArray, low: xr.DataArray, high: xr.DataArray) -> dict[str, Figure]:
    """All figures of the claim, by file name."""
    return {
        "success_by_width": _by_width(data, part, low, high),
        "success_by_rate": _by_rate(data),
        "learning_curves": _curves(data),
    }


def _by_width(data: xr.Dataset, part: xr.DataArray, low: xr.DataArray, high: xr.DataArray) -> Figure:
    solvers, inits = part.solver.values, part.init.values
    fig, axes = plt.subplots(
        len(inits), len(solvers), figsize=(max(2.6 * len(solvers) + 1.8, 6.4), 2.3 * len(inits) + 0.9),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    for row, init in zip(axes, inits, strict=True):
        for ax, solver in zip(row, solvers, strict=True):
            for activation in part.activation.values:
                place = {"solver": solver, "init": init, "activation": activation}
                lines = (a.sel(place) for a in (part, low, high))
                interval_line(ax, part.width, *lines, label=activation, color=COLORS[activation], bars=True)
            ax.set_xticks(part.width.values)
            ax.set_ylim(-0.04, 1.04)
        row[0].set_ylabel(f"{INIT_NAMES.get(init, init)}\npart solved")
    for ax, solver in zip(axes[0], solvers, strict=True):
        ax.set_title(solver)
    for ax in axes[-1]:
        ax.set_xlabel("hidden neurons")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside right center", title="activation")
    fig.suptitle("More hidden neurons learn XOR more surely")
    two, most = (part.sel(width=w) for w in (2, part.width.max()))
    alone = part.sel(width=1).max(("solver", "init")) if 1 in part.width else part.isel(width=0, solver=0, init=0) * 0
    able = [f"{name} ({float(alone.sel(activation=name)):.0%})" for name in part.activation.values
            if alone.sel(activation=name) > 0]  # fmt: skip
    single = f"A single neuron solves it at best with {', '.join(able)}. " if able else "A single neuron never does. "
    caption(
        fig,
        f"Claim: enough hidden neurons learn XOR. Found: with two, {float(two.min()):.0%} to {float(two.max()):.0%} "
        f"of the networks solve it, by activation, solver and start; with {int(part.width.max())}, "
        f"{float(most.min()):.0%} to {float(most.max()):.0%}. {single}Each point: {data.sizes['seed']:,} fresh seeds "
        "at a learning rate tuned for that point; bars: 95 % Wilson intervals. Solved: all four rows within 0.4 of "
        "the target.",
    )
    return fig


def _by_rate(data: xr.Dataset) -> Figure:
    width = 4 if 4 in data.width else int(data.width.max())
    success = data.tuning_success.sel(width=width)
    solvers, activations = success.solver.values, success.activation.values
    fig, axes = plt.subplots(
        len(activations), len(solvers), figsize=(max(2.5 * len(solvers) + 2.4, 6.8), 1.9 * len(activations) + 1.2),
        sharex="col", sharey=True, squeeze=False,
    )  # fmt: skip
    for row, activation in zip(axes, activations, strict=True):
        for ax, solver in zip(row, solvers, strict=True):
            for init, line in zip(success.init.values, LINES, strict=False):
                y = success.sel(solver=solver, activation=activation, init=init)
                rates = data.rates.sel(solver=solver)
                ax.plot(rates, y, line, color=COLORS[activation], label=INIT_NAMES.get(init, init), marker=".")
            ax.set_xscale("log")
            ax.set_ylim(-0.04, 1.04)
        row[0].set_ylabel(f"{activation}\npart solved")
    for ax, solver in zip(axes[0], solvers, strict=True):
        ax.set_title(solver)
    for ax in axes[-1]:
        ax.set_xlabel("learning rate")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    legend = fig.legend(handles, labels, loc="outside right center", title="first weights")
    for handle in legend.get_lines():
        handle.set_color(COLORS["neutral"])
    fig.suptitle(f"The learning rate decides, and each solver wants its own (2-{width}-1)")
    spread = (success.max("rate") - success.min("rate")).max()
    trials = data.attrs.get("tuning_seeds", 100)
    # Where everything solves, any rate will do; elsewhere a best rate at the end of the grid may not be the best.
    open_ = data.tuning_success.max("rate") < 0.99
    edges = [data.learning_rate == data.rates.isel(rate=i) for i in (0, -1)]
    at_edge = int(((edges[0] | edges[1]) & open_).sum())
    half = np.ptp(statistics.wilson(trials // 2, trials)) / 2
    caption(
        fig,
        f"Found: over the three decades tried, the rate alone moves the success of one setting by up to "
        f"{float(spread):.0%} of the seeds, so every setting is tuned before settings are compared. The seeds here "
        f"choose the rate and are not counted again: {trials} a point, so 95 % intervals reach up to {half:.0%} "
        f"either way. The best rate lies at an end of the range in {at_edge} of the {int(open_.sum())} settings that "
        "no rate solves always.",
    )
    return fig


def _curves(data: xr.Dataset) -> Figure:
    solver = "Adam" if "Adam" in data.solver else str(data.solver.values[-1])
    loss = data.loss_quantiles.sel(solver=solver)
    widths = [w for w in (2, 3, 4, 8) if w in data.width]
    activations = [a for a in ("sigmoid", "tanh", "relu") if a in data.activation]
    fig, axes = plt.subplots(
        len(activations), len(widths), figsize=(max(2.4 * len(widths) + 1, 6.4), 2.1 * len(activations) + 1),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    floor = 1e-5
    for row, activation in zip(axes, activations, strict=True):
        for ax, width in zip(row, widths, strict=True):
            q = np.maximum(loss.sel(activation=activation, width=width).transpose("quantile", "step"), floor)
            color = COLORS[activation]
            ax.fill_between(q.step, q[0], q[4], color=color, alpha=0.15, linewidth=0, label="5 to 95 %")
            ax.fill_between(q.step, q[1], q[3], color=color, alpha=0.3, linewidth=0, label="25 to 75 %")
            ax.plot(q.step, q[2], color=color, label="median")
            ax.axhline(np.log(2), color=COLORS["reference"], linewidth=0.8, linestyle=":")
            ax.set_yscale("log")
        row[0].set_ylabel(f"{activation}\ncross-entropy (nats)")
    for ax, width in zip(axes[0], widths, strict=True):
        ax.set_title(f"{width} hidden neurons")
    for ax in axes[-1]:
        ax.set_xlabel("step")
    fig.suptitle(f"Learning curves of {data.sizes['seed']:,} networks each ({solver}, tuned rate)")
    ends = loss.sel(quantile=0.75, activation=activations).isel(step=-1)
    worst = [f"{float(ends.sel(width=w).max()):.2g} with {w}" for w in widths]
    caption(
        fig,
        f"Median and bands (25 to 75 and 5 to 95 %) over the seeds, losses below {floor:g} drawn there; the dotted "
        "line is ln 2, the loss of answering one half everywhere. Loss "
        f"that a quarter of the networks exceed at the end, in the worst of the activations shown: "
        f"{', '.join(worst)} hidden neurons.",
    )
    return fig
