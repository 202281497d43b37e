"""The figures of `sample_size`: learning curves, who errs least, where networks begin to win, and seconds."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
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
from experiments.lab.verdicts import REPRODUCED
from experiments.learning_from_data.sample_size import summary
from experiments.learning_from_data.sample_size.config import MANY
from experiments.learning_from_data.sample_size.summary import CLASSICAL, FIRST, SINGLE
from experiments.learning_from_data.sample_size.verdicts import outcomes
from experiments.learning_from_data.shared import axes, crossing
from experiments.learning_from_data.shared.methods import (
    BOOSTING,
    EXTRA,
    FEWER_TREES,
    FOREST,
    LOGISTIC,
    NEIGHBOURS,
    NUM_TREES,
    SVM,
)  # fmt: skip

GREY = COLORS["neutral"]
BESIDE = 3.0  # "at all" is drawn at the fewest rows divided by this, "at none" at the most rows times this
OPEN_AT = BESIDE**2.2  # ties and what is open are drawn at the most rows times this
# Markers of a crossing at which the network loses its lead, of a tie, and of what is not settled.
LOST, LEVEL, UNKNOWN = (
    {"marker": "<", "markersize": 5.5}, {"marker": "o", "markersize": 4.5, "markerfacecolor": "white"},
    {"marker": "$?$", "markersize": 5.5},
)  # fmt: skip
ONE, DEEP, MEAN = "one hidden layer", "deep network", "mean of networks"
BANDED = (SVM, DEEP, MEAN)  # nine bands would hide all lines
# Colour, marker and line style of each method; all methods of trees are green.
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
    return [*summary.methods_of(data, CLASSICAL), ONE, DEEP, MEAN]


def method(data: xr.Dataset, data_set: str, rows: int, line: str) -> str:
    """The method that a line stands for at so many rows; the best by tuning where it stands for several."""
    if line in (ONE, DEEP):
        return summary.by_tuning(data, data_set, rows, summary.methods_of(data, {ONE: FIRST, DEEP: summary.DEEP}[line]))
    if line == MEAN:
        return summary.mean_with(data, summary.by_tuning(data, data_set, rows, summary.methods_of(data, SINGLE)))
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
            low, high = (low, high) if line in BANDED else (y, y)
            interval_line(ax, rows, y, low, high, line, color=color, marker=marker, linestyle=style, markersize=4.5)
        ax.set_xscale("log", base=2)
        log_ticks(ax.xaxis, every)
        axes.errors(ax)
        ax.set_title(name)
        ax.set_xlabel("training rows")
    shared_legend(fig, each, ncols=5 if len(each) > 2 else 3)
    fig.suptitle("Test error by the number of training rows")
    caption(fig, _told(data))
    return fig


def _told(data: xr.Dataset) -> str:
    ours, theirs = summary.methods_of(data, SINGLE), summary.methods_of(data, CLASSICAL)
    contests = [summary.contest(data, str(name), ours, theirs, most=True) for name in data.data_set.values]
    won = [one.data_set for one, what in zip(contests, outcomes(contests), strict=True) if what == REPRODUCED]
    return (
        "With the most rows at which all methods were run, the single network that is best in tuning errs "
        f"significantly less than every classical method (Holm's rule at 5%) on {_listed(won)}. Lines: geometric means "
        f"over draws; bands: 95% intervals, for {_listed([one for one in shown(data) if one in BANDED])} alone. Bands "
        "of two methods may overlap although these differ significantly, as draws are paired. Each method is tuned at "
        "every number of rows; a deep network has two or more hidden layers, tuned as well. Mean of networks: mean "
        f"class probabilities of {data.attrs['seeds']} networks of the best depth."
    )


def _listed(names: list[str]) -> str:
    *some, last = names or ["none of the data sets"]
    return f"{', '.join(some)} and {last}" if some else last


def family(name: str) -> tuple[str, str]:
    """The family of a method, and its colour."""
    if summary.is_mean(name):
        return "mean of several networks", VERMILION
    if name in (FOREST, EXTRA, BOOSTING):
        return "trees", GREEN
    if name == SVM:
        return "support vector machine", ORANGE
    if name in (LOGISTIC, NEIGHBOURS):
        return "logistic regression or nearest neighbours", GREY
    return "single network", BLUE


def winners(data: xr.Dataset) -> Figure:
    """Which method errs least: the data sets in rows, the numbers of training rows in columns."""
    names, rows = list(map(str, data.data_set.values)), [int(one) for one in data.rows.values]
    fig, (ax,) = panels(1, size=(max(1.55 * len(rows) + 2.4, 6.0), 0.52 * len(names) + 1.6))
    ax.grid(visible=False)
    seen, clear, cells = {}, 0, 0
    for i, name in enumerate(names):
        for n in summary.rows_of(data, name):
            best = summary.least(data, name, n)
            kind, color = family(best)
            certain = all(
                summary.pair(data, name, n, best, other).ratio.high < 0
                for other in summary.measured(data, name, n)
                if _rivals(best, other)
            )
            seen[kind] = color
            clear, cells = clear + certain, cells + 1
            error = 100 * 10 ** summary.geometric_mean(data, name, n, best).estimate
            _cell(ax, rows.index(n), i, color, certain, f"{_short(best)}\n{error:.1f}%")
    ax.set_xlim(-0.5, len(rows) - 0.5)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xticks(range(len(rows)), [f"{n:,}" for n in rows])
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0)
    ax.set_xlabel("training rows")
    ax.set_title("Which method has the lowest test error")
    for side in ax.spines.values():
        side.set_visible(False)
    handles = [Patch(color=color, label=kind) for kind, color in seen.items()]
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    caption(
        fig,
        f'Cells: the method with the lowest error on the reported draws, and its error; "mean" stands for the mean '
        f"class probabilities of {data.attrs['seeds']} networks (verdicts are on the best single network). In "
        f"{clear} of {cells} cells (full colour) this method errs significantly less than every method of every other "
        "family (95% intervals of the pairs, not corrected; networks and their means are one family here), in pale "
        "cells it does not. A cell is empty where the data set has no more rows."
        + (
            f" Above {MANY:,} rows only forest (with {FEWER_TREES} trees, not {NUM_TREES}), boosting and networks were "
            "run."
            if rows[-1] > MANY
            else ""
        ),
    )
    return fig


def _rivals(one: str, other: str) -> bool:
    """Whether two methods are of different families; a network and a mean of networks are of the same."""
    if summary.is_network(one) or summary.is_network(other):
        return summary.is_network(one) != summary.is_network(other)
    return family(one) != family(other)


def _cell(ax: Axes, x: float, y: float, color: str, certain: bool, text: str) -> None:
    ax.add_patch(_box(x, y, color, 0.95 if certain else 0.3))
    white = certain and color in (BLUE, GREEN, VERMILION, GREY)
    ax.text(x, y, text, ha="center", va="center", size=10, color="white" if white else "black")


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
    """The number of rows from which networks err less than each classical method."""
    names = list(map(str, data.data_set.values))
    every = [int(one) for one in data.rows.values]
    old = summary.methods_of(data, CLASSICAL)
    fig, each = panels(2, 2, (5.0, max(0.8 * len(names) + 1.5, 4.0)), sharey=True)
    counts = []
    for ax, mean in zip(each, (False, True), strict=True):
        wins = total = 0
        for i, name in enumerate(names):
            ours = summary.by_tuning(data, name, max(summary.rows_of(data, name)), summary.methods_of(data, SINGLE))
            ours = summary.mean_with(data, ours) if mean else ours
            for j, rival in enumerate(old):
                found = summary.crossing_of(data, name, ours, rival)
                _crossing(ax, found, i + (j - (len(old) - 1) / 2) * 0.88 / len(old), every, rival)
                wins, total = wins + (found.reading == crossing.FIRST), total + 1
            ax.axhline(i + 0.5, color="#DDDDDD", linewidth=0.6)
        counts.append(f"{wins} of {total}")
        ax.set_xscale("log", base=2)
        ax.grid(axis="y", visible=False)
        ax.set_xlim(every[0] / (BESIDE * 1.7), every[-1] * OPEN_AT * 1.7)
        ax.axvline(every[-1] * BESIDE**1.6, color="#DDDDDD", linewidth=0.6)
        places = [every[0] / BESIDE, *every, every[-1] * BESIDE, every[-1] * OPEN_AT]
        labels = ["at all\nmeasured", *(f"{n:,}" for n in every), "at none\nmeasured", "tie or\nopen"]
        ax.set_xticks(places, labels, rotation=40, ha="right", rotation_mode="anchor")
        ax.xaxis.minorticks_off()
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel("training rows from which the network errs less")
        ax.set_title("mean of networks" if mean else "single network")
    handles = [Line2D([], [], color=LOOK[one][0], marker=LOOK[one][1], linestyle="none", label=one) for one in old]
    for how, words in ((LOST, "network better only below this"), (LEVEL, "a tie"), (UNKNOWN, "not settled")):
        handles.append(Line2D([], [], color="black", linestyle="none", label=words, **how))
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    fig.suptitle("Number of training rows from which a network errs less than each classical method")
    caption(
        fig,
        "With the most rows of each pair, a single network errs less than the classical method in "
        f"{counts[0]} pairs, the mean of {data.attrs['seeds']} networks in {counts[1]} (95% intervals, not corrected). "
        "Marks: last change of sign of the mean difference, with a 95% bootstrap interval over draws; the depth is "
        f"that best in tuning with the most rows. Ties (within a factor of {crossing.MARGIN:g}) and pairs that are not "
        "settled (open) stand on the right.",
    )
    return fig


def _crossing(ax: Axes, found: crossing.Crossing, y: float, every: list[int], rival: str) -> None:
    all_rows, none, undecided = every[0] / BESIDE, every[-1] * BESIDE, every[-1] * OPEN_AT
    color, marker, _ = LOOK[rival]
    style: Any = {"color": color, "linestyle": "none"}
    if found.reading in (crossing.TIE, crossing.OPEN):
        ax.plot([undecided], [y], **style, **(LEVEL if found.reading == crossing.TIE else UNKNOWN))
        return
    won = found.reading == crossing.FIRST
    if won or found.rows:
        ax.plot([found.low or all_rows, found.high or all_rows], [y, y], color=color, linewidth=1.2)
    place = found.rows or (all_rows if won else none)
    ax.plot([place], [y], **style, **({"marker": marker, "markersize": 4.5} if won or not found.rows else LOST))


def seconds(data: xr.Dataset) -> Figure:
    """Error against the seconds of one core for a fit and its answers, means over data sets: tables above, signals
    below, at up to four numbers of rows at which all methods were run.
    """
    rows = [int(n) for n in data.rows.values if n <= MANY]
    rows = [rows[i] for i in sorted({round(i) for i in np.linspace(0, len(rows) - 1, 4)})]
    every = [str(name) for name in data.data_set.values]
    kinds = {"tables": [one for one in every if one not in summary.SIGNALS]}
    kinds |= {"signals": [one for one in every if one in summary.SIGNALS]}
    cells = [(kind, n, _measured_at(data, names, n)) for kind, names in kinds.items() for n in rows]
    cells = [cell for cell in cells if cell[2]]
    columns, good = min(len(rows), len(cells)), dict.fromkeys(shown(data), 0)
    fig, each = panels(len(cells), columns, (3.3, 3.0))
    for ax, (kind, n, names) in zip(each, cells, strict=True):
        points = {line: _cost(data, names, n, line) for line in shown(data)}
        for line, point in points.items():
            color, marker, _ = LOOK[line]
            ax.plot(*point, marker=marker, color=color, linestyle="none", markersize=7, label=line)
        front = [line for line, p in points.items() if not any(_beats(q, p) for q in points.values())]
        front.sort(key=lambda line: points[line][0])
        ax.plot(*zip(*(points[line] for line in front), strict=True), color="black", linewidth=0.8, zorder=1)
        ax.margins(0.1)
        ax.set_xscale("log")
        ax.set_yscale("log")
        log_ticks(ax.xaxis)
        worse = [one for _, one in points.values()]
        log_ticks(ax.yaxis, (1, 1.1, 1.2, 1.3, 1.4, 1.5) if max(worse) < 1.6 else (1, 1.5, 2, 3, 5, 10))
        ax.set_title(f"{n:,} rows, {_number(names, kind)}")
        ax.set_xlabel("core seconds of one fit")
        near = crossing.MARGIN * min(worse)
        label = "within a tenth of the lowest error"
        ax.axhspan(min(worse), near, color=GREY, alpha=0.25, linewidth=0, zorder=0, label=label)
        for line, (_, one) in points.items():
            good[line] += one <= near
    for ax in each[::columns]:
        ax.set_ylabel("error / lowest error")
    shared_legend(fig, each, ncols=5 if len(each) > 2 else 3)
    fig.suptitle("Test error and computing time of each method")
    counts = sorted(good.values(), reverse=True)
    often = [line for line in sorted(good, key=lambda one: -good[one]) if good[line] >= max(counts[:3][-1], 1)]
    told = ", ".join(f"{line} (in {good[line]})" for line in often)
    caption(
        fig,
        f"Methods that are most often within a tenth of the lowest error (grey), of {len(cells)} panels: {told}. "
        "Points: geometric means over data sets of a method's error divided by the lowest error at this number of "
        "rows, and of the seconds of one fit and the predictions for all test rows (400 to 5,000). For networks, which "
        "are trained many at a time, these are elapsed seconds times the number of cores, compiling included, and a "
        "mean counts all its networks; for other methods they are processor time. Tuning takes 16 to 28 fits; for a "
        "mean of networks (tuned as its members) about as long as its own fit, for each depth. Line: the Pareto front, "
        "whose methods no other method beats in both time and error.",
    )
    return fig


def _measured_at(data: xr.Dataset, names: list[str], rows: int) -> list[str]:
    return [name for name in names if rows in summary.rows_of(data, name)]


def _number(names: list[str], kind: str) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} {kind}"


def _cost(data: xr.Dataset, names: list[str], rows: int, line: str) -> tuple[float, float]:
    """Geometric means of the seconds of a method, and of the ratio of its error to the least."""
    cells = [(one, method(data, one, rows, line)) for one in names]
    worse = np.mean([_above_best(data, one, rows, name) for one, name in cells])
    spent = np.mean([np.log10(max(_spent(data, one, rows, name), 1e-4)) for one, name in cells])
    return float(10**spent), float(10**worse)


def _above_best(data: xr.Dataset, data_set: str, rows: int, name: str) -> float:
    least = summary.geometric_mean(data, data_set, rows, summary.least(data, data_set, rows)).estimate
    return summary.geometric_mean(data, data_set, rows, name).estimate - least


def _spent(data: xr.Dataset, data_set: str, rows: int, name: str) -> float:
    at = data.sel(data_set=data_set, rows=rows, learner=name)
    return float(at.fit_seconds + at.predict_seconds.fillna(0.0))  # for networks, the first includes the second


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one != other and one[0] <= other[0] and one[1] <= other[1]
