"""The figures of `near_the_best`: ratios by width, knots beside the best ones, and the effects of ingredients."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import (
    BLUE,
    COLORS,
    ORANGE,
    PURPLE,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    panels,
    shared_legend,
)  # fmt: skip
from experiments.universal_approximation.near_the_best import verdicts as judge
from nnjax import statistics, tasks

SOLVERS = {"Adam": ORANGE, "L-BFGS": PURPLE}
LACKS = {
    "rows closer at bends": "denser points at bends",
    "finer rows at last": "more points at the end",
    "spread knots": "spread first knots",
    "turning round": "turning units round",
    "birth and death": "moving knots",
    "both moves": "turning and moving",
    "moves and spread knots": "moves and spread knots",
}


NEAR = (0.62, 1.6)  # ratios that are shown of the search
SAME = 3  # decimals to which knots must agree to count as one
FAR = 2.0  # the greatest ratio that is shown of searches without an ingredient


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `ratios`, `fits` and `ingredients`."""
    return {"ratios": ratios(data), "fits": fits(data), "ingredients": ingredients(data)}


def formula(target: str) -> str:
    return tasks.TARGETS[target].formula


def _medians(values: xr.DataArray) -> np.ndarray:
    """Median, low and high [3, units]."""
    return np.array([statistics.bootstrap(values.sel(units=n).values) for n in values.units.values]).T


def ratios(data: xr.Dataset) -> Figure:
    """Errors over the best network's by width: above the search and other solvers, below the search alone with the
    references and the aims."""
    names = data.target.values.tolist()
    fig, axes = plt.subplots(
        2, len(names), figsize=(2.5 * len(names) if len(names) > 1 else 6.2, 6.0), sharex=True, sharey="row",
        squeeze=False,
    )  # fmt: skip
    for (above, below), name in zip(axes.T, names, strict=True):
        _solvers_of(above, data.sel(target=name))
        _search_of(below, data.sel(target=name), name)
        above.set_title(formula(name))
        log_ticks(below.xaxis, data.units.values, "{:g}")
    top = float(max(3.0, min(30.0, data.solver_ratio.median("seed").max() * 1.2)))
    axes[0, 0].set_ylim(0.9, top)
    log_ticks(axes[0, 0].yaxis, [t for t in (1, 2, 3, 5, 10, 20, 30) if t <= top])
    axes[1, 0].set_ylim(*NEAR)
    for row in axes:
        row[0].set_ylabel("L2 error relative to\nthe best network")
    shared_legend(fig, list(axes.ravel()), ncols=2 if len(names) == 2 else 4)  # two panels are narrow
    fig.suptitle("Errors relative to the best network of $N$ units")
    caption(fig, _ratios_text(data))
    return fig


def _solvers_of(ax: Axes, one: xr.Dataset) -> None:
    """The search and other solvers on one target."""
    bars = one.sizes["units"] == 1  # bands and lines of one point would not be seen
    for solver in one.solver.values.tolist():
        values = one.solver_ratio.sel(solver=solver)
        interval_line(ax, one.units, *_medians(values), label=solver, color=SOLVERS[solver], bars=bars)
    interval_line(ax, one.units, *_medians(one.ratio), label="search, median", color=BLUE, bars=bars)
    ax.set(xscale="log", yscale="log")


def _search_of(ax: Axes, one: xr.Dataset, name: str) -> None:
    """The search beside what is possible, on one target."""
    bars = one.sizes["units"] == 1
    interval_line(ax, one.units, *_medians(one.ratio), label="search, median", color=BLUE, bars=bars)
    ax.plot(one.units, one.ratio.min("seed"), "v", color=BLUE, markerfacecolor="white", label="search, best start")
    alone = {"marker": "_", "markersize": 18} if bars else {}
    ax.plot(one.units, one.one_fewer / one.best, ":", color=COLORS["neutral"], label="$E(N)$", **alone)
    ax.plot(one.units, one.bound / one.best, "-", color="black", linewidth=1, label="$E(N+1)$, bound", **alone)
    aims = [judge.aim(name, int(n)) or np.nan for n in one.units.values]
    ax.plot(one.units, aims, "_", color="black", markersize=13, markeredgewidth=1.6, label="aim", clip_on=False)
    ax.set(xscale="log", xlabel="hidden units $N$")


def _ratios_text(data: xr.Dataset) -> str:
    median, least = data.ratio.median("seed"), data.ratio.min("seed")
    times, others = data.solver_seconds / data.seconds, data.solver_ratio.median("seed")
    whose = " and ".join(data.solver.values.tolist())
    last = (data.bound / data.best).isel(units=-1)
    beyond = f" E(N) above {NEAR[1]:g} is not shown." if (data.one_fewer / data.best).max() > NEAR[1] else ""
    return (
        f"A search that moves, removes and adds knots has a median error, over {data.sizes['seed']} starts, of "
        f"{float(median.min()):.3f} to {float(median.max()):.3f} times that of the best network of N units, which is "
        f"computed without training; the best start, {float(least.min()):.3f} to {float(least.max()):.3f} times. "
        f"Medians of {whose} are {float(others.min()):.2f} to {float(others.max()):.1f} times, in "
        f"{float(times.min()):.2f} to {float(times.max()):.2f} times the search's seconds (only Adam's rate is tuned, "
        "for that many steps). Lower panels: the search alone. Bands: 95% bootstrap intervals. E(N): error of the best "
        "N straight pieces; N units make at most N + 1, so no network errs less than E(N + 1). The best network is the "
        f"best of many local searches for knots and directions; at N = {int(data.units[-1])}, E(N + 1) is "
        f"{float(last.min()):.3f} to {float(last.max()):.3f} times its error.{beyond}"
    )


def fits(data: xr.Dataset) -> Figure:
    """Networks of the median start with their knots, beside the best networks and theirs; and the errors of both."""
    names = data.target.values.tolist()
    fig, axes = plt.subplots(
        2, len(names), figsize=(2.4 * len(names) + 0.4, 4.8), sharex=True, squeeze=False, height_ratios=(3, 2)
    )
    for (top, below), name in zip(axes.T, names, strict=True):
        one = data.sel(target=name)
        target, trained, best = (one.curves.sel(curve=which).values for which in ("target", "trained", "best"))
        top.plot(data.place, target, color=COLORS["neutral"], linewidth=4, alpha=0.35, label="target")
        for values, whose, color, marker in ((best, "best", "black", "|"), (trained, "trained", BLUE, "o")):
            style = "--" if whose == "best" else "-"
            top.plot(data.place, values, style, color=color, linewidth=1.2)
            knots = one.knots.sel(whose=whose).values
            inside = knots[(knots >= 0) & (knots <= 1)]
            size = 13 if whose == "best" else 4.5
            top.plot(inside, np.interp(inside, data.place, values), marker, color=color, markersize=size)
            top.plot([], [], style, marker=marker, color=color, markersize=size, linewidth=1.2,
                     label=f"{whose}, with knots")  # fmt: skip
            below.plot(data.place, 1e3 * (values - target), style, color=color, linewidth=1.1)
        top.set_title(formula(name))
        below.set_xlabel("x, rescaled to [0, 1]")
    axes[0, 0].set_ylabel("y")
    axes[1, 0].set_ylabel(r"error ($10^{-3}$)")
    shared_legend(fig, list(axes.ravel()))
    fig.suptitle("Trained and best networks and their errors")
    n = data.attrs["shown"]
    middle, found = data.ratio.sel(units=n).median("seed"), {t: _knots(data.sel(target=t)) for t in names}
    told = "; ".join(f"{float(middle.sel(target=t)):.3f} and {found[t][1]:.2g} on {formula(t)}" for t in names)
    fewer = ", ".join(f"{found[t][0]} on {formula(t)}" for t in names if found[t][0] < n)
    caption(
        fig,
        f"Median errors of trained networks of {n} ReLU units, relative to the best, and largest distances from a knot "
        f"to the nearest knot of the best network: {told}. Shown is the network of median error, trained by a search "
        "that moves, removes and adds knots. Where a target is symmetric, the mirror image of the best network is as "
        "good, so knots may differ."
        f"{f' Fewer knots are seen where some coincide or lie outside: {fewer}.' if fewer else ''}",
    )
    return fig


def _knots(one: xr.Dataset) -> tuple[int, float]:
    """How many different knots the trained network has in [0, 1], and how far they are from the best network's."""
    trained, best = (one.knots.sel(whose=whose).values for whose in ("trained", "best"))
    inside = trained[(trained >= 0) & (trained <= 1)]
    return np.unique(inside.round(SAME)).size, float(np.abs(inside[:, None] - best).min(axis=1).max(initial=0))


def ingredients(data: xr.Dataset) -> Figure:
    """Errors over the best network's of searches that lack an ingredient, and of other solvers."""
    names = data.target.values.tolist()
    n = data.attrs["taken_apart"]
    rows = [("all ingredients" if w == "all" else f"without {LACKS.get(w, w)}", BLUE if w == "all" else VERMILION,
             data.without_ratio.sel({"without": w})) for w in data.without.values.tolist()]  # fmt: skip
    rows += [(f"{solver}, from spread knots", SOLVERS[solver], data.solver_ratio.sel(units=n, solver=solver))
             for solver in data.solver.values.tolist()]  # fmt: skip
    fig, axes = panels(len(names), 2, size=(4.9 if len(names) > 1 else 8.0, 3.4), sharex=True, sharey=True)
    for ax, name in zip(axes, names, strict=True):
        for place, (_, color, values) in enumerate(rows):
            _starts(ax, values.sel(target=name).values, place, color)
            _beyond(ax, values.sel(target=name).values, place)
        ax.axvline(1, color="black", linewidth=1)
        goal = judge.aim(name, n)
        if goal:
            ax.axvline(goal, color="black", linewidth=1, linestyle=":")
        ax.set(xscale="log", xlim=(0.98, FAR))
        ax.set_title(formula(name), fontweight="normal")
        log_ticks(ax.xaxis, (1, 1.1, 1.2, 1.5, 2))
    for ax in axes[-2:]:
        ax.set_xlabel("L2 error relative to the best network")
    axes[0].set_yticks(range(len(rows)), [label for label, *_ in rows])
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    fig.suptitle(f"Errors of searches that lack an ingredient, with {n} units")
    caption(fig, _ingredients_text(data))
    return fig


def _starts(ax: Axes, errors: np.ndarray, place: int, color: str) -> None:
    """The starts of one search as dots in a row, their median and its interval."""
    ax.plot(errors, np.full(len(errors), place), "o", color=color, markersize=3, alpha=0.35)
    middle, low, high = statistics.bootstrap(errors)
    ax.hlines(place, low, high, color=color, linewidth=2)
    ax.plot(middle, place, "|", color=color, markersize=14, markeredgewidth=2.4)


def _beyond(ax: Axes, errors: np.ndarray, place: int) -> None:
    """Write right of the frame how many starts lie beyond it, and the median if it lies beyond it too."""
    beyond, middle = int((errors > FAR).sum()), float(np.median(errors))
    if beyond:
        text = f"+{beyond}" + (f" ({middle:.1f})" if middle > FAR else "")
        ax.text(1.02, place, text, transform=ax.get_yaxis_transform(), va="center", size=9)


def _ingredients_text(data: xr.Dataset) -> str:
    effects = judge.effects(data)
    grown = {
        LACKS.get(name, name): float(np.exp(effects.sel({"without": name}).mean()))
        for name in effects["without"].values.tolist()
    }
    worst = max(grown, key=lambda name: grown[name])
    rest = ", ".join(f"{value:.3f} without {name}" for name, value in grown.items() if name != worst)
    return (
        f"Errors are largest without {worst}: {grown[worst]:.3f} times those of the same seeds with all ingredients; "
        f"other factors are {rest} (geometric means; {data.attrs['taken_apart']} units). Black line: best network; "
        f"dotted: aim. Dots: {data.sizes['seed']} starts for each target; bars: medians with 95% intervals. Right of "
        "the frame: number of starts beyond it (and the median, if beyond)."
    )
