"""The figures of `sample_size`: learning curves, who errs least, where networks begin to win, and seconds."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    panels,
    shared_legend,
)  # fmt: skip
from experiments.learning_from_data.sample_size import summary
from experiments.learning_from_data.sample_size.verdicts import outcomes
from experiments.learning_from_data.shared import axes, crossing
from experiments.learning_from_data.shared.methods import BOOSTING, EXTRA, FOREST, LOGISTIC, NEIGHBOURS, SVM

GREY = COLORS["neutral"]
BESIDE = 3.0  # "always" and "never" stand at the least rows over this, and at the most times this
ONE, DEEP, MEAN = "one hidden layer", "deep network", "mean of networks"
# Colour and marker of each method; trees share the colour of leaves.
LOOK: dict[str, tuple[str, str, str]] = {
    LOGISTIC: (GREY, "v", "-"), NEIGHBOURS: (PURPLE, "P", "-"), SVM: (ORANGE, "D", "-"),
    FOREST: (GREEN, "s", "-"), EXTRA: (GREEN, "X", ":"), BOOSTING: (GREEN, "^", "--"),
    ONE: (SKY, "o", "-"), DEEP: (BLUE, "o", "-"), MEAN: (VERMILION, "*", "-"),
}  # fmt: skip
SHORT = {LOGISTIC: "logistic", NEIGHBOURS: "neighbours", SVM: "SVM", FOREST: "forest", EXTRA: "extra trees",
         BOOSTING: "boosting"}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    return {"curves": curves(data), "winners": winners(data), "crossings": crossings(data), "seconds": seconds(data)}


def shown(data: xr.Dataset) -> list[str]:
    """The lines of a panel: classical methods, one hidden layer, the best deep network and the mean of the best."""
    return [*summary.classical(data), ONE, DEEP, MEAN]


def method(data: xr.Dataset, data_set: str, rows: int, line: str) -> str:
    """The method that a line stands for at so many rows; the best by tuning where it stands for several."""
    single = summary.singles(data)
    if line == ONE:
        return single[0]
    if line == DEEP:
        return summary.by_tuning(data, data_set, rows, summary.deep(data))
    if line == MEAN:
        return summary.mean_with(data, summary.by_tuning(data, data_set, rows, single))
    return line


def curves(data: xr.Dataset) -> Figure:
    names = list(map(str, data.data_set.values))
    fig, each = panels(len(names), min(len(names), 3), (4.0 if len(names) > 2 else 8.0 / len(names), 3.1))
    for ax, name in zip(each, names, strict=True):
        every = summary.rows_of(data, name)
        for line in shown(data):
            rows = [n for n in every if method(data, name, n, line) in summary.measured(data, name, n)]
            found = [summary.geometric_mean(data, name, n, method(data, name, n, line)) for n in rows]
            y, low, high = (100 * 10 ** np.array(side) for side in list(zip(*found, strict=True))[:3])
            color, marker, style = LOOK[line]
            interval_line(ax, rows, y, low, high, line, color=color, marker=marker, linestyle=style, markersize=4.5)
        ax.set_xscale("log", base=2)
        log_ticks(ax.xaxis, every)
        axes.errors(ax)
        ax.set_title(name)
        ax.set_xlabel("training rows")
    shared_legend(fig, each, ncols=5 if len(each) > 2 else 3)
    fig.suptitle("Test error falls with training rows at different rates")
    caption(fig, _told(data))
    return fig


def _told(data: xr.Dataset) -> str:
    every = list(map(str, data.data_set.values))
    most = {name: max(summary.rows_of(data, name)) for name in every}
    wins = [summary.contest(data, name, most[name], summary.singles(data), summary.classical(data)) for name in every]
    found = outcomes(wins)
    won = [one.data_set for one, what in zip(wins, found, strict=True) if what == "reproduced"]
    return (
        f"Geometric means over draws with 95 % intervals; each method is tuned at every number of rows. With the most "
        f"rows the best single network by tuning errs less than the best classical method for certain on "
        f"{_listed(won)}. Deep networks have two hidden layers or more; the mean is that of the class probabilities of "
        f"{data.attrs['seeds']} networks of the best depth."
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names) if names else "none of the data sets"


def family(name: str) -> tuple[str, str]:
    """The family of a method, and its colour."""
    if summary.is_mean(name):
        return "mean of networks", VERMILION
    if name in (FOREST, EXTRA, BOOSTING):
        return "trees", GREEN
    if name == SVM:
        return "support vector machine", ORANGE
    if name in (LOGISTIC, NEIGHBOURS):
        return "logistic regression or nearest neighbours", GREY
    return "single network", BLUE


def winners(data: xr.Dataset) -> Figure:
    """Who errs least: the data sets in rows, the numbers of training rows in columns."""
    names, rows = list(map(str, data.data_set.values)), [int(one) for one in data.rows.values]
    fig, (ax,) = panels(1, size=(max(1.55 * len(rows) + 2.4, 6.0), 0.52 * len(names) + 1.6))
    ax.grid(visible=False)
    seen, clear, cells = {}, 0, 0
    for i, name in enumerate(names):
        for n in summary.rows_of(data, name):
            best = summary.least(data, name, n)
            kind, color = family(best)
            other = summary.least(data, name, n, lambda one, kind=kind: family(one)[0] != kind)
            certain = summary.pair(data, name, n, best, other).ratio.high < 0
            seen[kind] = color
            clear, cells = clear + certain, cells + 1
            error = 100 * 10 ** summary.geometric_mean(data, name, n, best).estimate
            _cell(ax, rows.index(n), i, color, certain, f"{_short(best)}\n{error:.3g} %")
    ax.set_xlim(-0.5, len(rows) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xticks(range(len(rows)), [f"{n:,}" for n in rows])
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0)
    ax.set_xlabel("training rows")
    ax.set_title("Which method errs least")
    for side in ax.spines.values():
        side.set_visible(False)
    handles = [Patch(color=color, label=kind) for kind, color in seen.items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    caption(
        fig,
        f"The method with the least error on the reported draws, and its error. A full colour says that it errs less "
        f"than the best of every other family for certain (95 % interval of this pair, not corrected): {clear} of "
        f"{cells}. A pale one says that another family errs as little, or nearly so.",
    )
    return fig


def _cell(ax: Axes, x: float, y: float, color: str, certain: bool, text: str) -> None:
    ax.add_patch(_box(x, y, color, 0.95 if certain else 0.3))
    white = certain and color in (BLUE, GREEN, VERMILION, GREY)
    ax.text(x, y, text, ha="center", va="center", size=7.5, color="white" if white else "black")


def _box(x: float, y: float, color: str, alpha: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, color=color, alpha=alpha, linewidth=0)


def _short(name: str) -> str:
    if name in SHORT:
        return SHORT[name]
    depth = name.split(", ")[-1].split()[0]
    layers = f"{depth} layer{'s' * (depth != '1')}"
    return f"mean, {layers}" if summary.is_mean(name) else layers


def crossings(data: xr.Dataset) -> Figure:
    """From which number of rows on networks err less than each classical method."""
    names = list(map(str, data.data_set.values))
    every = [int(one) for one in data.rows.values]
    old = summary.classical(data)
    fig, each = panels(2, 2, (5.0, 0.62 * len(names) + 1.5), sharey=True)
    counts = []
    for ax, mean in zip(each, (False, True), strict=True):
        wins = total = 0
        for i, name in enumerate(names):
            most = max(summary.rows_of(data, name))
            ours = summary.by_tuning(data, name, most, summary.singles(data))
            ours = summary.mean_with(data, ours) if mean else ours
            for j, rival in enumerate(old):
                found = summary.crossing_of(data, name, ours, rival)
                y = i + (j - (len(old) - 1) / 2) * 0.8 / len(old)
                color, marker, _ = LOOK[rival]
                _crossing(ax, found, y, every, most, color, marker, rival)
                wins, total = wins + (found.reading == crossing.FIRST), total + 1
            ax.axhline(i + 0.5, color="#DDDDDD", linewidth=0.6)
        counts.append(f"{wins} of {total}")
        ax.set_xscale("log", base=2)
        ax.grid(axis="y", visible=False)
        ax.set_xlim(every[0] / (BESIDE * 1.7), every[-1] * BESIDE * 1.7)
        places = [every[0] / BESIDE, *every, every[-1] * BESIDE]
        ax.set_xticks(places, ["always", *(f"{n:,}" for n in every), "never"])
        ax.tick_params(axis="x", rotation=40)
        ax.xaxis.minorticks_off()
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel("training rows from which the network errs less")
        ax.set_title("mean of networks" if mean else "single network")
    shared_legend(fig, each, ncols=3)
    fig.suptitle("From which number of rows on a network errs less than each classical method")
    caption(
        fig,
        f"The last change of sign of the mean difference with its 95 % bootstrap interval over draws, for the depth "
        f"that is best in tuning with the most rows. A single network errs less with the most rows in {counts[0]} "
        f"pairs, the mean of {data.attrs['seeds']} in {counts[1]}. Hollow markers at the most rows: a tie within a "
        f"factor of {crossing.MARGIN:g}, or not settled.",
    )
    return fig


def _crossing(
    ax: Axes, found: crossing.Crossing, y: float, every: list[int], most: int, color: str, marker: str, label: str
) -> None:
    always, never = every[0] / BESIDE, every[-1] * BESIDE
    style: Any = {"color": color, "marker": marker, "markersize": 4.5, "linestyle": "none", "label": label}
    if found.reading == crossing.FIRST:
        ax.plot([found.rows or always], [y], **style)
        ax.plot([found.low or always, found.high or always], [y, y], color=color, linewidth=1.2)
    elif found.reading == crossing.SECOND:
        ax.plot([never], [y], **style)
    else:
        ax.plot([most], [y], **style | {"markerfacecolor": "white"})


def seconds(data: xr.Dataset) -> Figure:
    """Seconds of one fit with its answers on one core against error, means over data sets, for each number of rows."""
    kept = [int(n) for n in data.rows.values if _sets(data, int(n))]
    fig, each = panels(len(kept), 3, (4.0, 3.2), sharey=True)
    advice = []
    for ax, n in zip(each, kept, strict=True):
        names = _sets(data, n)
        points = {}
        for line in shown(data):
            if not all(method(data, one, n, line) in summary.measured(data, one, n) for one in names):
                continue
            cells = [(one, method(data, one, n, line)) for one in names]
            worse = np.mean([_above_best(data, one, n, name) for one, name in cells])
            spent = np.mean([np.log10(max(_spent(data, one, n, name), 1e-4)) for one, name in cells])
            points[line] = 10**spent, 10**worse
            color, marker, _ = LOOK[line]
            ax.plot(
                *points[line],
                marker=marker,
                color=color,
                linestyle="none",
                markersize=7,
                label=line,
            )
        front = [line for line, p in points.items() if not any(_beats(q, p) for q in points.values())]
        front.sort(key=lambda line: points[line][0])
        ax.plot(*zip(*(points[line] for line in front), strict=True), color="black", linewidth=0.8, zorder=0)
        ax.set_xscale("log")
        ax.set_yscale("log", base=2)
        log_ticks(ax.xaxis)
        log_ticks(ax.yaxis)
        sets = f"{len(names)} data set{'s' * (len(names) > 1)}"
        ax.set_title(f"{n:,} rows, {sets}")
        ax.set_xlabel("seconds of one core")
        ax.set_ylabel("error over the least error")
        advice.append(f"{n:,} rows: {min(points, key=lambda line: points[line][1])}")
    shared_legend(fig, each, ncols=5 if len(each) > 2 else 3)
    fig.suptitle("What a lower error costs in seconds")
    caption(
        fig,
        "Geometric means over data sets of the error of a method over the least error at this number of rows, and of "
        "the seconds of one fit and the answers to all test rows (400 to 5,000) on one core; tuning takes about 16 "
        "times as long. Networks were trained many at a time, compiling included, and a mean counts all its networks. "
        "On the line lie methods than which none is both faster and better. The least error on the whole: "
        f"{'; '.join(advice)}.",
    )
    return fig


def _sets(data: xr.Dataset, rows: int) -> list[str]:
    return [name for name in map(str, data.data_set.values) if rows in summary.rows_of(data, name)]


def _above_best(data: xr.Dataset, data_set: str, rows: int, name: str) -> float:
    least = summary.geometric_mean(data, data_set, rows, summary.least(data, data_set, rows)).estimate
    return summary.geometric_mean(data, data_set, rows, name).estimate - least


def _spent(data: xr.Dataset, data_set: str, rows: int, name: str) -> float:
    at = data.sel(data_set=data_set, rows=rows, learner=name)
    return float(at.fit_seconds + at.predict_seconds.fillna(0.0))  # a sweep of networks measures both in one


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]
