"""The figures of `near_the_best`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from experiments.lab.figures import BLUE, COLORS, ORANGE, PURPLE, VERMILION, caption, interval_line
from experiments.universal_approximation import _near_the_best_verdicts as judge
from nnjax import statistics, tasks

SOLVERS = {"Adam": ORANGE, "L-BFGS": PURPLE}


def formula(target: str) -> str:
    return tasks.TARGETS[target].formula


def _medians(values: xr.DataArray) -> np.ndarray:
    """Median, low and high [3, units]."""
    return np.array([statistics.bootstrap(values.sel(units=n).values) for n in values.units.values]).T


def ratios(data: xr.Dataset) -> Figure:
    """Errors over the best network's by width: search, Adam, L-BFGS, the references and the aims."""
    names = data.target.values.tolist()
    fig, axes = plt.subplots(1, len(names), figsize=(2.7 * len(names) + 0.8, 4.0), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        one = data.sel(target=name)
        for solver, color in SOLVERS.items():
            interval_line(ax, data.units, *_medians(one.solver_ratio.sel(solver=solver)), label=solver, color=color)
        interval_line(ax, data.units, *_medians(one.ratio), label="search, median", color=BLUE)
        ax.plot(data.units, one.ratio.min("seed"), "v", color=BLUE, markerfacecolor="white", label="search, best start")
        ax.plot(data.units, one.one_fewer / one.best, ":", color=COLORS["neutral"], label="$E(N)$")
        ax.plot(data.units, one.bound / one.best, "-", color="black", linewidth=1, label="$E(N+1)$, bound")
        aims = [judge.aim(name, int(n)) or np.nan for n in data.units.values]
        ax.plot(data.units, aims, "_", color="black", markersize=13, markeredgewidth=1.6, label="aim")
        ax.set(xscale="log", yscale="log", xlabel="hidden units $N$", title=formula(name))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.set_xticks(data.units.values, [str(n) for n in data.units.values])
    top = float(max(3.0, min(30.0, data.solver_ratio.median("seed").max() * 1.2)))
    axes[0, 0].set_ylim(0.62, top)
    axes[0, 0].set_yticks([t for t in (0.7, 1, 1.2, 1.5, 2, 3, 5, 10, 20, 30) if t <= top])
    axes[0, 0].yaxis.set_major_formatter(ScalarFormatter())
    axes[0, 0].yaxis.set_minor_locator(NullLocator())
    axes[0, 0].set_ylabel("L2 error / best network's")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4)
    median, least = data.ratio.median("seed"), data.ratio.min("seed")
    met = sum(
        float(median.sel(target=t, units=n)) <= (judge.aim(str(t), int(n)) or np.nan)
        for t in data.target.values for n in data.units.values
    )  # fmt: skip
    times = data.solver_seconds / data.seconds
    caption(
        fig,
        f"Claim: trained ReLU networks come near the best network of their size, computed without training. Found: "
        f"medians of {data.sizes['seed']} starts lie {float(median.min()):.3f} to {float(median.max()):.3f} times "
        f"above it ({met} of {median.size} aims met), best starts {float(least.min()):.3f} to "
        f"{float(least.max()):.3f}. Adam and L-BFGS, given {float(times.min()):.2g} to {float(times.max()):.2g} times "
        f"the seconds, end at {float(data.solver_ratio.median('seed').min()):.2f} to "
        f"{float(data.solver_ratio.median('seed').max()):.1f}. Bands: 95 % bootstrap intervals of the median.",
    )
    return fig


def fits(data: xr.Dataset) -> Figure:
    """Networks of the median start with their knots, beside the best networks' knots; and what both leave."""
    names = data.target.values.tolist()
    fig, axes = plt.subplots(
        2, len(names), figsize=(2.9 * len(names) + 0.6, 4.6), sharex=True, squeeze=False, height_ratios=(3, 2)
    )
    for (top, below), name in zip(axes.T, names, strict=True):
        one = data.sel(target=name)
        target, trained, best = (one.curves.sel(curve=which).values for which in ("target", "trained", "best"))
        top.plot(data.place, target, color=COLORS["neutral"], linewidth=4, alpha=0.35, label="target")
        for values, whose, color, marker in ((best, "best", "black", "|"), (trained, "trained", BLUE, "o")):
            label = "best network" if whose == "best" else "median start"
            style = "--" if whose == "best" else "-"
            top.plot(data.place, values, style, color=color, linewidth=1.2)
            knots = one.knots.sel(whose=whose).values
            inside = knots[(knots >= 0) & (knots <= 1)]
            size = 13 if whose == "best" else 4.5
            top.plot(inside, np.interp(inside, data.place, values), marker, color=color, markersize=size,
                     linestyle="none", label=label)  # fmt: skip
            below.plot(data.place, 1e3 * (values - target), style, color=color, linewidth=1.1)
        top.set_title(formula(name))
        below.set_xlabel("x, moved to [0, 1]")
    axes[0, 0].set_ylabel("y")
    axes[1, 0].set_ylabel(r"error ($10^{-3}$)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=3)
    n = data.attrs["shown"]
    apart = np.abs(data.knots.sel(whose="trained") - data.knots.sel(whose="best")).max("knot")
    middle = data.ratio.sel(units=n).median("seed")
    told = "; ".join(f"{formula(t)} {float(apart.sel(target=t)):.2g}, {float(middle.sel(target=t)):.3f}" for t in names)
    caption(
        fig,
        f"Networks of {n} ReLU units from the start of median error, with their knots, and the best network's. "
        f"Largest distance between a knot and the best network's of the same rank, and median error over the best: "
        f"{told}. Where a target is symmetric its mirrored best is as good, so knots may differ.",
    )
    return fig


def ingredients(data: xr.Dataset) -> Figure:
    """Errors over the best network's of searches that lack an ingredient, and of other solvers."""
    names = data.target.values.tolist()
    n = data.attrs["taken_apart"]
    other = data.solver_ratio.sel(units=n)
    rows = [("all" if w == "all" else f"without {w}", data.without_ratio.sel({"without": w})) for w in
            data.without.values.tolist()]  # fmt: skip
    rows += [(f"{solver}, spread knots", other.sel(solver=solver)) for solver in data.solver.values.tolist()]
    fig, axes = plt.subplots(
        1, len(names), figsize=(2.2 * len(names) + 2.8, 4.2), sharex=True, sharey=True, squeeze=False
    )
    for ax, name in zip(axes[0], names, strict=True):
        for place, (label, values) in enumerate(rows):
            y = values.sel(target=name).values
            solver = place >= data.sizes["without"]
            color = BLUE if label == "all" else SOLVERS[label.partition(",")[0]] if solver else VERMILION
            ax.plot(y, np.full(len(y), place), "o", color=color, markersize=3, alpha=0.35)
            middle, low, high = statistics.bootstrap(y)
            ax.hlines(place, low, high, color=color, linewidth=2)
            ax.plot(middle, place, "|", color=color, markersize=14, markeredgewidth=2.4)
        ax.axvline(1, color="black", linewidth=1)
        goal = judge.aim(name, n)
        if goal:
            ax.axvline(goal, color="black", linewidth=1, linestyle=":")
        ax.set(xscale="log", xlabel="error / best", title=formula(name))
        ax.xaxis.set_minor_locator(NullLocator())
    top = float(min(20.0, 1.1 * max(values.median("seed").max() for _, values in rows)))
    ticks = [t for t in (1, 1.5, 2, 3, 5, 10, 20) if t <= top]
    axes[0, 0].set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes[0, 0].set_xlim(0.95, top * 1.05)
    axes[0, 0].set_yticks(range(len(rows)), [label for label, _ in rows])
    axes[0, 0].set_ylim(len(rows) - 0.5, -0.5)
    change = data.without_ratio.isel(without=slice(1, None)) / data.without_ratio.isel(without=0)
    worth = change.median(("target", "seed"))
    told = ", ".join(f"{w} {float(worth.sel({'without': w})):.3f}" for w in worth["without"].values.tolist())
    caption(
        fig,
        f"Claim: each ingredient of the search earns its place. Found, median error over that of the same seed with "
        f"all of them, when one is left out ({n} units): {told}. Black line: the best network; dotted: the aim. Dots "
        f"are starts, bars medians with 95 % bootstrap intervals; {data.sizes['seed']} starts for each target.",
    )
    return fig
