"""The figures of `equal_budgets`: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from experiments.lab import figures as lab
from experiments.wide_versus_deep.equal_budgets import summary
from experiments.wide_versus_deep.shared.tasks import FAMILIES, OVERLAP, SQUARED

SHADES = (lab.ORANGE, lab.VERMILION, lab.PURPLE, lab.BLUE, lab.GREEN)
MARKERS = ("o", "s", "D", "^", "v")
REGRESSION = {task for family in FAMILIES.values() if family.loss == SQUARED for task in family.tasks}
COLUMNS = 4


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The map from "depth hurts" to "depth helps", errors by depth, differences, and seconds."""
    return {
        "map": _map(data),
        "by_depth": _by_depth(data),
        "differences": _differences(data),
        "seconds": _seconds(data),
    }


def _looks(data: xr.Dataset) -> dict[int, tuple[Any, str]]:
    """A colour and a marker for every budget."""
    return {int(b): (SHADES[i % 5], MARKERS[i % 5]) for i, b in enumerate(data.budget.values)}


def _protocol(data: xr.Dataset) -> str:
    draws, seeds = data.sizes["draw"], data.sizes["seed"]
    each = f"{seeds} seeds each" if seeds > 1 else "a seed each"
    short, long = data.attrs["steps"]
    text = (
        f"{draws * seeds} fresh networks of each shape ({draws} draws of the data, {each}), {long:,} steps of Adam; "
        f"rate and scale tuned for every shape and task, after {short:,} steps. Intervals of 95 % over draws"
    )
    redealt = [task for task in OVERLAP if task in data.task.values]
    if redealt:
        text += f" ({', '.join(redealt)}: wider, as its draws deal the same rows anew; Nadeau & Bengio 2003)"
    return text + "."


def _plain(axis: Axis) -> None:
    """Plain numbers on a logarithmic axis: round ones within a factor of three, 1, 2 and 5 within two decades, else
    powers of ten.
    """
    low, high = axis.get_view_interval()
    if high < 3 * low:
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,), numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _map(data: xr.Dataset) -> Figure:
    """From "depth hurts" to "depth helps": the ratio of errors, deep over shallow, of every task and budget."""
    every, looks = summary.comparisons(data), _looks(data)
    mean = {t: np.mean([c.steps.estimate for c in every if c.task == t]) for t in map(str, data.task.values)}
    tasks = sorted(mean, key=lambda task: -mean[task])
    fig, ax = plt.subplots(figsize=(8.8, 1.6 + 0.52 * len(tasks)))
    for one in every:
        color, marker = looks[one.budget]
        many = [c.budget for c in every if c.task == one.task]
        y = tasks.index(one.task) + 0.17 * (many.index(one.budget) - (len(many) - 1) / 2)
        x, low, high = (10**value for value in one.steps[:3])
        ax.hlines(y, low, high, color=color, linewidth=1.6)
        face = color if one.effect else "white"
        ax.plot(x, y, marker, color=color, markerfacecolor=face, markersize=6, zorder=4)
        ax.plot(10**one.seconds.estimate, y, "|", color="#333333", markersize=7, markeredgewidth=1.3, zorder=5)
    ax.axvline(1, color=lab.COLORS["reference"], linewidth=1)
    ax.set_xscale("log")
    _ratio_limits(ax, every)
    ax.set_yticks(range(len(tasks)), tasks)
    ax.set(ylim=(len(tasks) - 0.4, -0.6), xlabel="error of the best deep network / error of one hidden layer")
    for i in range(1, len(tasks)):
        ax.axhline(i - 0.5, color="#DDDDDD", linewidth=0.8, zorder=0)
    ax.grid(axis="y", visible=False)
    low, high = ax.get_xlim()
    ax.text(np.sqrt(low), -0.75, "$\\leftarrow$ depth helps", ha="center", va="bottom", size=10)
    ax.text(np.sqrt(high), -0.75, "depth hurts $\\rightarrow$", ha="center", va="bottom", size=10)
    handles = [Line2D([], [], color=c, marker=m, linestyle="none", label=f"{b:,}") for b, (c, m) in looks.items()]
    handles.append(Line2D([], [], color="#333333", marker="|", linestyle="none", label="equal seconds"))
    fig.legend(handles=handles, title="parameters", loc="outside right center", fontsize=9)
    fig.suptitle("How much less, or more, the best deep network errs than one hidden layer")
    lab.caption(fig, _map_found(data, every))
    return fig


def _ratio_limits(ax: Axes, every: list[summary.Comparison]) -> None:
    """The points with a margin, at least from 0.5 to 2; a very wide interval is cut."""
    points = [x for c in every for x in (c.steps.estimate, c.seconds.estimate)]
    ends = [x for c in every for x in (c.steps.low, c.steps.high)]
    low = min(-0.3, max(min(ends), min(points) - 0.5)) - 0.05
    high = max(0.3, min(max(ends), max(points) + 0.5)) + 0.05
    ax.set_xlim(10**low, 10**high)
    _plain(ax.xaxis)


def _map_found(data: xr.Dataset, every: list[summary.Comparison]) -> str:
    helps, hurts = ([c for c in every if c.effect == sign] for sign in (1, -1))
    text = (
        f"With equal parameters depth helps in {len(helps)} of {len(every)} pairs of task and budget and hurts in "
        f"{len(hurts)} (filled: p at most 0.05 by Holm's rule over all of them). "
    )
    for word, found, pick in (("It helps most on", helps, min), ("It hurts most on", hurts, max)):
        if found:
            one = pick(found, key=lambda c: c.steps.estimate)
            ratio = f"{10**one.steps.estimate:.2g} times the error"
            text += f"{word} {one.task} with {one.budget:,} parameters and {one.kind} layers: {ratio}. "
    ones = [summary.at_an_end(data, *cell, summary.plain(data)[0]) for cell in summary.cells(data)]
    least, most = data.attrs["edges"]
    text += "Deep: two layers or more, their number chosen in tuning. " + _protocol(data)
    if least == most:
        return text
    return (
        f"{text} In {sum(ones)} of {len(ones)} pairs the rate tuned for one hidden layer is the least or the greatest "
        f"tried, {least:g} or {most:g}: it might err less at rates beyond."
    )


def _panels(data: xr.Dataset) -> tuple[Figure, list[tuple[Axes, str]]]:
    tasks = [str(task) for task in data.task.values]
    fig, axes = lab.panels(len(tasks), COLUMNS, size=(max(3.1, 6.5 / len(tasks)), 2.5))
    return fig, list(zip(axes, tasks, strict=True))


def _by_kind(ax: Axes, data: xr.Dataset, task: str, relative: bool) -> None:
    """Errors of one task by depth, a line for each budget; residual networks beside the deepest, hollow."""
    kinds = summary.plain(data)
    depths = [int(kind) for kind in kinds]
    for t, budget in summary.cells(data):
        if t != task:
            continue
        color, marker = _looks(data)[budget]
        error = summary.ratio if relative else summary.last
        found = 10 ** np.array([error(data, task, budget, kind)[:3] for kind in kinds])
        lab.interval_line(ax, depths, *found.T, label=f"{budget:,}", color=color, marker=marker, markersize=4)
        residual = 10 ** np.array(error(data, task, budget, str(data.kind.values[-1]))[:3])
        ax.plot(depths[-1] + 0.5, residual[0], marker, color=color, markerfacecolor="white", markersize=5)
        ax.vlines(depths[-1] + 0.5, *residual[1:], color=color, linewidth=1.2)
    ax.set_yscale("log")
    ax.set_title(task, fontsize=10)
    ax.set_xticks(depths, list(map(str, depths)))
    _plain(ax.yaxis)


def _by_depth(data: xr.Dataset) -> Figure:
    """The error by depth for each task and budget."""
    fig, panels = _panels(data)
    for i, (ax, task) in enumerate(panels):
        _by_kind(ax, data, task, relative=False)
        if i % COLUMNS == 0 or (task in REGRESSION) != (panels[i - 1][1] in REGRESSION):
            ax.set_ylabel("share of variance left" if task in REGRESSION else "share of rows wrong")
        if i + COLUMNS >= len(panels):
            ax.set_xlabel("hidden layers")
    _legend(fig, data)
    fig.suptitle("Test error by the number of hidden layers, with equal parameters")
    lab.caption(fig, _by_depth_found(data))
    return fig


def _by_depth_found(data: xr.Dataset) -> str:
    cells, depths = summary.cells(data), summary.plain(data)
    helped = sum(summary.best_overall(data, t, b) != depths[0] for t, b in cells)
    off = max(abs(summary.mismatch(data, *cell, str(kind))) for cell in cells for kind in data.kind.values)
    return (
        f"In tuning, two or more hidden layers were best in {helped} of {len(cells)} pairs of task and budget; of "
        f"{len(depths)} depths without any effect they would be best in about "
        f"{len(cells) * (1 - 1 / len(depths)):.3g}. Lines: geometric means; hollow: {data.kind.values[-1]} "
        "layers. Errors are the share of the variance left, or of test rows that are wrong. The numbers of parameters "
        f"are within {100 * off:.1f} % of the budget. " + _protocol(data)
    )


def _differences(data: xr.Dataset) -> Figure:
    """Deep minus shallow, paired: the ratio of errors to one hidden layer's."""
    fig, panels = _panels(data)
    for i, (ax, task) in enumerate(panels):
        _by_kind(ax, data, task, relative=True)
        ax.axhline(1, color=lab.COLORS["reference"], linewidth=1)
        if i % COLUMNS == 0:
            ax.set_ylabel("error over one layer's")
        if i + COLUMNS >= len(panels):
            ax.set_xlabel("hidden layers")
    _legend(fig, data)
    fig.suptitle("Test error over that of one hidden layer, by the number of layers")
    deepest = summary.plain(data)[-1]
    ratios = [summary.ratio(data, t, b, deepest) for t, b in summary.cells(data)]
    better = sum(one.high < 0 for one in ratios)
    worse = sum(one.low > 0 for one in ratios)
    lab.caption(
        fig,
        f"With {deepest} layers the error is lower than with one in {better} of {len(ratios)} pairs of task and "
        f"budget and higher in {worse} (intervals of 95 % each, not corrected). Ratios are differences of log errors "
        f"within a draw of the data; hollow: {data.kind.values[-1]} layers. " + _protocol(data),
    )
    return fig


def _legend(fig: Figure, data: xr.Dataset) -> None:
    looks = _looks(data)
    handles = [Line2D([], [], color=c, marker=m, label=f"{b:,} parameters") for b, (c, m) in looks.items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=len(looks), fontsize=9)


def _seconds(data: xr.Dataset) -> Figure:
    """What a step costs by depth, and the summary at equal seconds against that at equal steps."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.2, 4.0))
    kinds = summary.plain(data)
    looks, drawn = _looks(data), set()
    for task, budget in summary.cells(data):
        cost = 1e6 * data.seconds.sel(task=task, budget=budget, kind=kinds).values
        if (key := (budget, tuple(cost))) in drawn:  # tasks of a family share their programs
            continue
        drawn.add(key)
        color, marker = looks[budget]
        left.plot([int(kind) for kind in kinds], cost, marker=marker, color=color, markersize=4, linewidth=1.2)
    left.set(
        yscale="log",
        xlabel="hidden layers",
        ylabel="microseconds per step and network",
        title="Time of a step, each shape alone",
    )
    left.set_xticks([int(kind) for kind in kinds], kinds)
    every = summary.comparisons(data)
    for one in every:
        color, marker = looks[one.budget]
        face = color if one.effect else "white"
        place = 10**one.steps.estimate, 10**one.seconds.estimate
        right.plot(*place, marker, color=color, markerfacecolor=face, markersize=5)
    ends = np.array([x for c in every for x in (c.steps.estimate, c.seconds.estimate)])
    line = 10 ** np.array([min(ends.min(), -0.1) - 0.05, max(ends.max(), 0.1) + 0.05])
    right.plot(line, line, color=lab.COLORS["neutral"], linewidth=1, linestyle="--", zorder=0)
    right.axhline(1, color=lab.COLORS["reference"], linewidth=0.8)
    right.axvline(1, color=lab.COLORS["reference"], linewidth=0.8)
    right.set(
        xscale="log", yscale="log", xlabel="deep over shallow, equal steps", ylabel="deep over shallow, equal seconds"
    )
    right.set_title("Ratio of errors, equal seconds")
    for axis in (left.yaxis, right.xaxis, right.yaxis):
        _plain(axis)
    _legend(fig, data)
    lab.caption(fig, _seconds_found(data, every))
    return fig


def _seconds_found(data: xr.Dataset, every: list[summary.Comparison]) -> str:
    short, long = data.attrs["steps"]
    steps = [summary.steps_in_time(data, c.task, c.budget, c.kind) for c in every]
    turned = sum(np.sign(c.steps.estimate) != np.sign(c.seconds.estimate) for c in every)
    return (
        f"At equal seconds {len(every) - turned} of {len(every)} ratios of errors stay on the side of equal steps, "
        f"and {turned} change sides. Left: a line for each family of tasks and budget, timed alone in blocks as in a "
        "sweep. Right: a point for each task and budget, filled where the difference at equal steps is certain. In the "
        f"time in which the fastest shape ends, the deep ones take {100 * min(steps) / long:.0f} % of their steps or "
        f"more. The error then is read on a line, in logs, between networks trained for {short:,} steps and others for "
        f"{long:,}, each with a schedule of its own; {sum(one < short for one in steps)} of {len(every)} would take "
        f"fewer than {short:,} and are read there, in their favour."
    )
