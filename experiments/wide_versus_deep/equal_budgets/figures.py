"""The figures of `equal_budgets`: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.lab import figures as lab
from experiments.wide_versus_deep.equal_budgets import summary
from experiments.wide_versus_deep.equal_budgets.summary import EXPLAINED, Comparison
from experiments.wide_versus_deep.equal_budgets.verdicts import only_at_equal_seconds
from experiments.wide_versus_deep.shared import reading_figures, readings
from experiments.wide_versus_deep.shared.readings import HELPS, HURTS, MARGIN, OPEN
from experiments.wide_versus_deep.shared.tasks import FAMILIES, OVERLAP, SQUARED

MARKERS = ("o", "s", "D", "^", "v")
REGRESSION = {task for family in FAMILIES.values() if family.loss == SQUARED for task in family.tasks}
COLUMNS = 3
OFFSET = 0.14  # the distance, in layers, between budgets side by side


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
    budgets = map(int, data.budget.values)
    return {
        b: (shade, MARKERS[i % 5])
        for i, (b, shade) in enumerate(zip(budgets, lab.shades(data.budget.size), strict=True))
    }


def _protocol(data: xr.Dataset) -> str:
    draws = {str(task): summary.num_draws(data, str(task)) for task in data.task.values}
    least, most, seeds = min(draws.values()), max(draws.values()), data.sizes["seed"]
    each = f"{seeds} seeds each" if seeds > 1 else "a seed each"
    most_drawn = " and of ".join(_quoted(task) for task, n in draws.items() if n == most)
    more = f"; {most} draws of {most_drawn}" if most > least else ""
    text = (
        f"Each shape: {least * seeds} new networks ({least} draws of the data, {each}{more}), "
        f"{data.attrs['steps'][1]:,} steps of Adam; rate and weight decay tuned for every shape and task. 95% "
        "intervals include the variance over draws and that of tuning"
    )
    redealt = [task for task in OVERLAP if task in data.task.values]
    if redealt:
        text += f" (wider for {', '.join(redealt)}, whose draws split the same rows anew; Nadeau & Bengio 2003)"
    return text + "."


def _unlearned() -> str:
    return f"no network explains {100 * EXPLAINED:.0f}% of the variance"


def _quoted(task: str) -> str:
    return f'"{task}"'


def _map(data: xr.Dataset) -> Figure:
    """From "depth hurts" to "depth helps": the ratio of errors, deep over shallow, a row for every task and budget."""
    every = summary.comparisons(data)
    found = {(one.task, one.budget): one for one in every}
    mean = {t: np.mean([c.steps.estimate for c in every if c.task == t] or -np.inf) for t in map(str, data.task.values)}
    pairs = sorted(summary.cells(data), key=lambda pair: -mean[pair[0]])
    tasks = list(dict.fromkeys(task for task, _ in pairs))
    # A row for each pair, and half a row between two tasks.
    rows = {pair: i + 0.5 * tasks.index(pair[0]) for i, pair in enumerate(pairs)}
    last = max(rows.values())
    fig, ax = plt.subplots(figsize=(8.8, 1.7 + 0.21 * last))
    for pair, y in rows.items():
        if (one := found.get(pair)) is None:
            ax.text(
                0.97 / MARGIN,
                y,
                f"left out: {_unlearned()}",
                ha="right",
                va="center",
                size=8,
                color=lab.COLORS["neutral"],
            )
            continue
        x, low, high = (10**value for value in one.steps[:3])
        ax.hlines(y, low, high, color=reading_figures.color(one.reading), linewidth=1.6)
        ax.plot(10**one.seconds.estimate, y, "|", color="#333333", markersize=8, markeredgewidth=1.3, zorder=3)
        reading_figures.mark(ax, x, y, one.reading)
    reading_figures.margin(ax)
    _ratio_limits(ax, every)
    ax.set_yticks([np.mean([y for pair, y in rows.items() if pair[0] == task]) for task in tasks], tasks)
    ax.set_yticks(list(rows.values()), [f"{budget:,}" for _, budget in rows], minor=True)
    ax.yaxis.remove_overlapping_locs = False  # the ticks of a task with one budget coincide
    ax.tick_params(axis="y", which="major", length=0, pad=46)
    ax.tick_params(axis="y", which="minor", length=2, pad=3, labelsize=8, labelcolor="#333333")
    ax.set(ylim=(last + 0.75, -0.75), xlabel="error of the best deep network / error of one hidden layer")
    for task in tasks[1:]:
        ax.axhline(min(y for pair, y in rows.items() if pair[0] == task) - 0.75, color="#DDDDDD", linewidth=0.8)
    ax.grid(axis="y", visible=False)
    reading_figures.sides(ax, -0.9)
    seconds = Line2D([], [], color="#333333", marker="|", markersize=8, linestyle="none", label="at equal seconds")
    fig.legend(
        handles=[*reading_figures.handles(), seconds],
        loc="outside lower center",
        ncols=5,
        fontsize=9,
        columnspacing=1.2,
    )
    fig.suptitle("Error of the best deep network divided by that of one hidden layer")
    lab.caption(fig, _map_found(data, every))
    return fig


def _ratio_limits(ax: Axes, every: list[Comparison]) -> None:
    """Set limits that show all points with a margin, at least 0.5 to 2; very wide intervals are cut off."""
    points = [x for c in every for x in (c.steps.estimate, c.seconds.estimate)] or [0]
    ends = [x for c in every for x in (c.steps.low, c.steps.high)] or [0]
    low = min(-0.3, max(min(ends), min(points) - 0.5)) - 0.05
    high = max(0.3, min(max(ends), max(points) + 0.5)) + 0.05
    ax.set_xlim(10**low, 10**high)
    reading_figures.plain_numbers(ax.xaxis)


def _map_found(data: xr.Dataset, every: list[Comparison]) -> str:
    told = []
    for word, reading, pick in (("helps", HELPS, min), ("hurts", HURTS, max)):
        some = [c for c in every if c.reading == reading]
        if some:
            one = pick(some, key=lambda c: c.steps.estimate)
            ratio = f"{10**one.steps.estimate:.2g} times the error of one layer"
            where = f"{_quoted(one.task)} with {one.budget:,} parameters and {one.kind} layers"
            told.append(f"depth {word} most on {where}: {ratio}")
        else:
            told.append(f"depth {word} nowhere")
    settled = any(c.reading != OPEN for c in every)
    text = (f"Of the pairs that are settled: {'; '.join(told)}. " if settled else "No pair is settled. ") + (
        "Small numbers: parameters. Filled marks: the interval excludes 1, so depth helps or hurts (not corrected for "
        f"the number of pairs). Grey band: ratios from 1/{MARGIN:g} to {MARGIN:g}, which count as equal. Deep networks "
        "have two layers or more, as tuning chose. "
    )
    if ends := [(c.task, c.budget) for c in every if c.at_end]:
        text += f"Not settled, as a tuned rate lies at an end of those tried: {summary.listed(data, ends)}. "
    return text + _protocol(data)


def _panels(tasks: list[str]) -> tuple[Figure, list[tuple[Axes, str]]]:
    fig, axes = lab.panels(len(tasks), COLUMNS, size=(max(3.3, 6.5 / len(tasks)), 2.4))
    return fig, list(zip(axes, tasks, strict=True))


def _by_kind(ax: Axes, data: xr.Dataset, task: str, pairs: list[tuple[str, int]], relative: bool) -> None:
    """Draw errors of one task by depth, a line for each budget; residual networks are hollow, beside the deepest.

    The line is dotted where no network learns the task; else a ring marks the depth that was best in tuning.
    """
    kinds, residual = summary.plain(data), str(data.kind.values[-1])
    depths, out = np.array([int(kind) for kind in kinds]), summary.left_out(data)
    mine = [budget for t, budget in pairs if t == task]
    error = summary.ratio if relative else summary.last
    for i, budget in enumerate(mine):
        color, marker = _looks(data)[budget]
        aside = OFFSET * (i - (len(mine) - 1) / 2)
        found = 10 ** np.array([error(data, task, budget, kind)[:3] for kind in (*kinds, residual)])
        look: dict[str, Any] = {"color": color, "marker": marker, "markersize": 4, "bars": True, "linewidth": 1.3}
        lab.interval_line(ax, depths + aside, *found[:-1].T, **look, linestyle=":" if (task, budget) in out else "-")
        beside = np.array([depths[-1] + 1.2 + aside])
        lab.interval_line(ax, beside, *found[-1:].T, **look, markerfacecolor="white")
        if (task, budget) not in out:
            best = kinds.index(summary.best_overall(data, task, budget))
            ax.plot(depths[best] + aside, found[best, 0], "o", color="black", fillstyle="none", markersize=9, zorder=4)
    ax.set_yscale("log")
    ax.set_title(task, fontsize=10)
    ax.set_xticks([*depths, depths[-1] + 1.2], [*map(str, depths), f"{depths[-1]}r"])
    reading_figures.plain_numbers(ax.yaxis)


def _by_depth(data: xr.Dataset) -> Figure:
    """The error by depth for each task and budget."""
    fig, panels = _panels(list(map(str, data.task.values)))
    for i, (ax, task) in enumerate(panels):
        _by_kind(ax, data, task, summary.cells(data), relative=False)
        if i % COLUMNS == 0 or (task in REGRESSION) != (panels[i - 1][1] in REGRESSION):
            ax.set_ylabel("share of variance left" if task in REGRESSION else "share of test rows wrong")
        if i + COLUMNS >= len(panels):
            ax.set_xlabel("hidden layers")
    _legend(fig, data)
    fig.suptitle("Test error by the number of hidden layers, with equal parameters")
    lab.caption(fig, _by_depth_found(data))
    return fig


def _by_depth_found(data: xr.Dataset) -> str:
    cells, depths, kept = summary.cells(data), summary.plain(data), summary.learned(data)
    off = max(abs(summary.mismatch(data, *cell, str(kind))) for cell in cells for kind in data.kind.values)
    best = [summary.best_overall(data, *pair) for pair in kept]
    text = (
        f"In tuning one hidden layer was best on {best.count(depths[0])} of {len(kept)} pairs of task and budget here, "
        f"{', '.join(f'{depth} layers on {best.count(depth)}' for depth in depths[1:])} (ringed). Points are geometric "
        f"means, with budgets side by side; {depths[-1]}r means {data.kind.values[-1]} layers. "
    )
    if summary.left_out(data):
        text += f"Dotted: {_unlearned()}. "
    text += "Scales differ between panels. "
    return f"{text}Numbers of parameters are within {100 * off:.1f}% of the budget. {_protocol(data)}"


def _differences(data: xr.Dataset) -> Figure:
    """Deep minus shallow, paired: the ratio of each error to that of one hidden layer."""
    pairs = summary.learned(data)
    fig, panels = _panels(list(dict.fromkeys(task for task, _ in pairs)))
    for i, (ax, task) in enumerate(panels):
        _by_kind(ax, data, task, pairs, relative=True)
        ax.axhspan(1 / MARGIN, MARGIN, color="#E8E8E8", zorder=0, linewidth=0)
        ax.axhline(1, color=lab.COLORS["reference"], linewidth=1)
        if i % COLUMNS == 0:
            ax.set_ylabel("error / error of one layer")
        if i + COLUMNS >= len(panels):
            ax.set_xlabel("hidden layers")
    _legend(fig, data)
    fig.suptitle("Test error divided by that of one hidden layer, by the number of layers")
    deepest = summary.plain(data)[-1]
    read = [readings.read(summary.ratio(data, *pair, deepest)) for pair in pairs]
    lab.caption(
        fig,
        f"With {deepest} layers the error is lower than with one on {read.count(HELPS)} of {len(pairs)} pairs of task "
        f"and budget here, and higher on {read.count(HURTS)}. This is read from 95% intervals, without correction for "
        f"their number. Ringed: the best depth in tuning. Grey band: ratios from 1/{MARGIN:g} to {MARGIN:g}, which "
        "count as equal. Scales differ between panels. Ratios come from differences of log errors within a draw of "
        f"the data; budgets stand side by side. {deepest}r means {data.kind.values[-1]} layers. {_protocol(data)}",
    )
    return fig


def _budget_handles(data: xr.Dataset) -> list[Line2D]:
    return [Line2D([], [], color=c, marker=m, label=f"{b:,}") for b, (c, m) in _looks(data).items()]


def _legend(fig: Figure, data: xr.Dataset) -> None:
    handles = _budget_handles(data)
    fig.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=10, title="parameters")


def _seconds(data: xr.Dataset) -> Figure:
    """What a step costs by depth, and the summary at equal seconds against that at equal steps."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.2, 4.4))
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
        title="Time of a training step",
    )
    left.set_xticks([int(kind) for kind in kinds], kinds)
    every = summary.comparisons(data)
    for one in every:
        x, y = 10**one.steps.estimate, 10**one.seconds.estimate
        right.vlines(
            x,
            10**one.seconds.low,
            10**one.seconds.high,
            color=reading_figures.color(one.reading),
            linewidth=1,
            alpha=0.6,
        )
        reading_figures.mark(right, x, y, one.reading)
    ends = np.array([x for c in every for x in (c.steps.estimate, *c.seconds[:3])] or [0.0])
    line = 10 ** np.array([min(ends.min(), -0.1) - 0.05, max(ends.max(), 0.1) + 0.05])
    right.plot(line, line, color=lab.COLORS["neutral"], linewidth=1, linestyle="--", zorder=0)
    right.axhline(1, color=lab.COLORS["reference"], linewidth=0.8)
    right.axvline(1, color=lab.COLORS["reference"], linewidth=0.8)
    right.set(
        xscale="log",
        yscale="log",
        xlabel="error ratio, deep / one layer, at equal steps",
        ylabel="error ratio, deep / one layer,\nat equal seconds",
    )
    right.set(xlim=line, ylim=line)
    right.set_title("Error ratios at equal seconds and steps")
    for axis in (left.yaxis, right.xaxis, right.yaxis):
        reading_figures.plain_numbers(axis)
    below: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "fontsize": 9, "columnspacing": 1.2}
    left.legend(handles=_budget_handles(data), title="parameters", ncols=3, **below)
    right.legend(handles=reading_figures.handles(), title="at equal steps", ncols=2, **below)
    lab.caption(fig, _seconds_found(data, every))
    return fig


def _seconds_found(data: xr.Dataset, every: list[Comparison]) -> str:
    short, long = data.attrs["steps"]
    steps = [summary.steps_in_time(data, c.task, c.budget, c.kind) for c in every]
    turned = [(c.task, c.budget) for c in every if {c.reading, readings.read(c.seconds)} == {HELPS, HURTS}]
    text = (
        f"Which network certainly errs less turns around at equal seconds on {summary.listed(data, turned)}. "
        if turned
        else "On no task and budget does a network that certainly errs less after equal steps certainly err more after "
        "equal seconds. "
    )
    only = only_at_equal_seconds(every)
    for reading, some in only.items():
        text += f"Depth {reading} only at equal seconds on {summary.listed(data, some)}. "
    text += "Numbers in brackets: parameters. " if turned or only else ""
    text += (
        "Left: a line for each family of tasks and budget, each shape timed alone in blocks as in a sweep. Right: a "
        "mark for each task and budget, with the 95% interval at equal seconds. Errors at equal seconds are "
        f"interpolated, in logs, between networks trained for {short:,} and for {long:,} steps, each with its own "
        "schedule. "
    )
    if not every:
        return text
    text += (
        f"While the fastest shape takes all steps, deep networks take {100 * min(steps) / long:.0f}% of their steps or "
        "more"
    )
    if fewer := sum(one < short for one in steps):
        text += f"; {fewer} of {len(every)} would take fewer than {short:,} and are read there, in their favour"
    return f"{text}."
