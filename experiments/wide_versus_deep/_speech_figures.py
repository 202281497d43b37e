"""The figures of `speech`: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FixedLocator, LogLocator, NullLocator

from experiments.lab.figures import BLUE, PURPLE, VERMILION, caption, interval_line
from experiments.wide_versus_deep import _microsoft_table_figures as original
from experiments.wide_versus_deep import _microsoft_table_verdicts as rules
from experiments.wide_versus_deep import _speech_summary as summary
from experiments.wide_versus_deep._speech_verdicts import ALPHA
from nnjax.tasks.speech import FRAMES_PER_HOUR


def tables(data: xr.Dataset) -> Figure:
    """Error over that of one layer of N, by layers: what Microsoft found, and every column of ours, on one scale."""
    columns = list(map(str, data.column.values))
    fig, axes = plt.subplots(1, 1 + len(columns), figsize=(2.9 * (1 + len(columns)) + 0.6, 3.9), sharey=True)
    original.panel(axes[0], original.microsoft_relative())
    axes[0].set_title(f"Switchboard (Microsoft)\nsigmoid, N = {rules.MICROSOFT_NEURONS:,}", fontsize=10)
    axes[0].set_ylabel("error over that of 1 x N (%)")
    for ax, column in zip(axes[1:], columns, strict=True):
        original.panel(ax, {name: _relative(data, column, name) for name in summary.networks(data, column)})
        if _has_pretrained(data, column):
            names = [name for name in summary.networks(data, column) if name.isdigit()]
            middle, low, high = np.array([_relative(data, column, n, pretrained=n != "1") for n in names]).T
            places = np.array([int(name) for name in names]) + 0.12
            interval_line(ax, places, middle, low, high, color=PURPLE, marker="^", bars=True)
        ax.set_title(f"{column.split()[0]}\nN = {column.split()[1]}", fontsize=10)
    for ax in axes:
        ax.set_xlabel("hidden layers L")
    handles, names = original.handles(), list(original.NAMES.values())
    if any(_has_pretrained(data, column) for column in columns):
        handles, names = [*handles, Line2D([], [], color=PURPLE, marker="^")], [*names, "L layers of N, pretrained"]
    fig.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=9)
    caption(fig, _found(data, columns))
    return fig


def _has_pretrained(data: xr.Dataset, column: str) -> bool:
    return "pretrained" in data and bool(np.isfinite(data.pretrained.sel(column=column)).any())


def _relative(data: xr.Dataset, column: str, network: str, pretrained: bool = False) -> tuple[float, float, float]:
    """Percent of the mean error of one layer of N, with the interval of the difference to it, paired by voice."""
    base = summary.percent(data, column, "1")
    one = summary.gain(summary.percent(data, column, network, pretrained=pretrained), base)
    middle, low, high = (100 * (1 - value / float(base.mean())) for value in (one.estimate, one.high, one.low))
    return middle, low, high


def _found(data: xr.Dataset, columns: list[str]) -> str:
    parts = []
    for column in columns:
        names = summary.counted(data, column)
        others = [name for name in summary.networks(data, column) if name == "wide" or name.startswith("=")]
        told = ", ".join(
            f"{summary.label(data, column, name)} {summary.percent(data, column, name).mean():.1f} %"
            for name in (names[0], names[-1], *others)
        )
        sure = sum(one.p_value <= ALPHA and one.estimate > 0 for one in summary.steps(data, column))
        added = f"; {sure} of {len(names) - 1} added layers help for certain" if summary.consecutive(names) else ""
        seen = summary.thousands(summary.frames(data, column)[-1])
        parts.append(f"{column}, {seen} frames seen: {told}{added}")
    return (
        "Claim: each layer helps up to five, and one layer never catches up, however wide (left: word error, "
        f"pretrained). Found, frame errors on voices that were never heard, {data.attrs['train_hours']:g} hours of "
        f"speech: {'. '.join(parts)}. Bars and bands: 95 % of the difference to 1 x N "
        f"over {summary.percent(data, columns[0], '1').shape[1]} voices and {data.sizes['seed']} seeds."
    )


def weights(data: xr.Dataset) -> Figure:
    """Errors by the number of weights and biases, after all steps and after the same minutes."""
    columns = list(map(str, data.column.values))
    size = (max(3.5 * len(columns) + 0.6, 6.2), 6.6)
    fig, axes = plt.subplots(2, len(columns), figsize=size, squeeze=False, sharex="col", sharey=True)
    for (above, below), column in zip(axes.T, columns, strict=True):
        deep = next(name for name in summary.networks(data, column) if name.startswith("="))[1:]
        time = summary.minutes(data, column, deep)[-1]
        for ax, timed in ((above, False), (below, True)):
            found = {}
            for name in summary.networks(data, column):
                values = summary.at_minutes(data, column, name, time) if timed else summary.percent(data, column, name)
                found[name] = summary.error(values).estimate
            _by_weights(ax, data, column, found)
        above.set_title(f"{column}\n{summary.thousands(summary.frames(data, column)[-1])} frames each", fontsize=10)
        below.set_title(f"after {summary.spelled(time)} at most", fontsize=10)
        below.set_xlabel("weights and biases")
    for ax in axes[:, 0]:
        ax.set_ylabel("frame error (%)")
    handles = [Line2D([], [], color=original.SHADES[name], marker=original.MARKERS[name]) for name in original.NAMES]
    fig.legend(handles, original.NAMES.values(), loc="outside upper center", ncols=3, fontsize=9)
    caption(
        fig,
        "Error on unheard voices by what a network holds: at each deep one its layers, at each shallow one its "
        "neurons. Above all networks of a column see as many frames; below each is read when the deep one whose "
        "weights are matched first has ended, trained alone on this machine: those that take longer for a step are "
        "read on a line between two lengths of training, each with a schedule of its own; those that end sooner, at "
        "their end.",
    )
    return fig


def _by_weights(ax: Axes, data: xr.Dataset, column: str, found: dict[str, float]) -> None:
    params = {name: float(data.num_params.sel(column=column, network=name)) for name in found}
    deep = [name for name in found if name.isdigit()]
    shallow = ["1", *(name for name in found if not name.isdigit())]
    for names, shade in ((deep, BLUE), (shallow, VERMILION)):
        ax.plot([params[n] for n in names], [found[n] for n in names], color=shade, linewidth=1.2, zorder=1)
    # So that names keep out of the other line's way.
    equal = next(name for name in found if name.startswith("="))
    deep_errs_more = found[equal[1:]] > found[equal]
    for name, middle in found.items():
        what = original.kind(name)
        ax.plot(params[name], middle, original.MARKERS[what], color=original.SHADES[what])
        above = name.isdigit() == deep_errs_more
        look: dict[str, Any] = {"ha": "center", "xytext": (0, 6 if above else -13)}
        told = name if name.isdigit() else f"{int(data.width.sel(column=column, network=name)):,}"
        ax.annotate(told, (params[name], middle), textcoords="offset points", fontsize=8, **look)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(EngFormatter(sep=" "))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.margins(0.14)


def training(data: xr.Dataset) -> Figure:
    """The lead of the deep network over the two shallow ones by how long all of them are trained, for each column."""
    columns, deep = list(map(str, data.column.values)), str(data.compared.values[0])
    fig, axes = plt.subplots(1, len(columns), figsize=(max(3.4 * len(columns) + 0.8, 6.2), 3.9), squeeze=False)
    told = []
    for ax, column in zip(axes[0], columns, strict=True):
        ticks, here = set(), summary.networks(data, column)
        for name in (str(name) for name in data.compared.values[1:] if name in here):
            found, label = summary.lengthening(data, column, deep, name), f"over {summary.label(data, column, name)}"
            leads = [summary.lead(difference) for difference in found.values()]
            _line(ax, np.array(list(found)), leads, label, original.kind(name))
            ticks |= set(found)
            told.append(f"{column} {label} {leads[0].estimate:+.2f}, then {leads[-1].estimate:+.2f}")
        ax.axhline(0, color="#7F7F7F", linewidth=0.9)
        ax.set(xscale="log", xlabel="frames seen in training")
        ax.set_title(f"{column}\nlead of {summary.label(data, column, deep)}", fontsize=10)
        ax.xaxis.set_major_locator(FixedLocator(sorted(map(float, ticks))))
        ax.xaxis.set_major_formatter(EngFormatter(sep=" ", places=1))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.legend(fontsize=9)
    axes[0, 0].set_ylabel("points of frame error")
    caption(
        fig,
        "By how much the deep network errs less than one layer of as many weights (red) and one far wider (green), "
        f"by how long all train, each time with a schedule of its own. Shortest, then longest: {'; '.join(told)}. "
        f"Means of {data.sizes['seed']} seeds, of {data.sizes['hours_seed']} at the longest of all; bands: 95 % over "
        "voices and seeds.",
    )
    return fig


def hours(data: xr.Dataset) -> Figure:
    """Error by hours of training speech, and the lead of the deep network over the other two."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.2))
    column, names = str(data.column.values[0]), [str(name) for name in data.compared.values]
    x = data.hours.values.astype(float)
    for name in names:
        means = [summary.error(summary.by_hours(data, h, name)) for h in x]
        what, label = original.kind(name), summary.label(data, column, name)
        _line(left, x, means, label, what)
    told = []
    for name in names[1:]:
        leads = [summary.gain(summary.by_hours(data, h, names[0]), summary.by_hours(data, h, name)) for h in x]
        what, label = original.kind(name), f"over {summary.label(data, column, name)}"
        _line(right, x, leads, label, what)
        told.append(
            f"{label} {leads[0].estimate:+.2f} with {x[0]:g} hours and {leads[-1].estimate:+.2f} with {x[-1]:g}"
        )
    right.axhline(0, color="#7F7F7F", linewidth=0.9)
    seen = int(summary.frames(data, column)[-1])
    for ax in (left, right):
        ax.set(xscale="log", xlabel="hours of training speech")
        ax.set_xticks(x, [f"{h:g}" for h in x])
        ax.minorticks_off()
        ax.legend(fontsize=9)
    left.set(ylabel="frame error (%)", title="Error on unheard voices")
    right.set(ylabel="points of error", title=f"Lead of {summary.label(data, column, names[0])}")
    caption(
        fig,
        f"The deep network, one layer of equal weights and one far wider, {column.split()[0]}, each after "
        f"{summary.thousands(seen)} frames seen, {seen / FRAMES_PER_HOUR:.1f} hours of speech: with more hours none is "
        f"heard twice. Lead in points: {'; '.join(told)}. Means of {data.sizes['hours_seed']} seeds; bands: "
        "95 %, on the left over voices, of the error itself, in which they differ much, on the right over voices and "
        "seeds, of the difference within each.",
    )
    return fig


def _line(ax: Axes, x: np.ndarray, found: list, label: str, what: str) -> None:
    """Estimates with their intervals, in the colour of a kind of network."""
    middle, low, high = (np.array([getattr(one, name) for one in found]) for name in ("estimate", "low", "high"))
    interval_line(ax, x, middle, low, high, label, color=original.SHADES[what], marker=original.MARKERS[what])
