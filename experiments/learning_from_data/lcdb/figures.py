"""The figures of `lcdb`: published curves with ours, and the ratios of our errors to theirs with the most rows."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    caption,
    log_ticks,
    panels,
    shared_legend,
)  # fmt: skip
from experiments.learning_from_data.lcdb import summary
from experiments.learning_from_data.lcdb.run import FOREST, NETWORK
from experiments.learning_from_data.lcdb.summary import CATBOOST, REALMLP, TABPFN
from experiments.learning_from_data.shared import axes, crossing, tables
from experiments.learning_from_data.shared.crossing import MARGIN

PUBLISHED = {REALMLP: VERMILION, FOREST: GREEN, CATBOOST: ORANGE, TABPFN: PURPLE}
OURS = {NETWORK: (BLUE, "o"), FOREST: (GREEN, "s")}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    return {"curves": curves(data), "ratios": ratios(data)}


def curves(data: xr.Dataset) -> Figure:
    """Learning curves: lines are published, points are measured here."""
    names = list(map(str, data.table.values))
    fig, each = panels(len(names), 3, (4.0 if len(names) > 2 else 8.0 / len(names), 3.2))
    near = []
    read = {name: summary.crossing_of(data, name).reading for name in names}
    ahead, behind = ([name for name in names if read[name] == one] for one in (crossing.FIRST, crossing.SECOND))
    for ax, name in zip(each, names, strict=True):
        own = summary.rows_of(data, name)
        for learner, color in PUBLISHED.items():
            curve = tables.published()[name, learner]
            if len(curve.rows) > 1:
                ax.plot(curve.rows, 100 * curve.error, color=color, linewidth=1.2, label=f"{learner}, published")
        for learner, (color, marker) in OURS.items():
            found = [summary.ours(data, learner, name, rows) for rows in own]
            y, half = (100 * np.array(side) for side in zip(*found, strict=True))
            ax.errorbar(
                own, y, half * 1.96, color=color, fmt=marker, markersize=5, linewidth=1.2, label=f"{learner}, ours"
            )
        published = summary.theirs(data, FOREST, name, own[-1])
        if published is not None:
            near.append(f"{name} {summary.deviation(summary.ours(data, FOREST, name, own[-1]), published):+.1f}")
        ax.set_xscale("log", base=2)
        log_ticks(ax.xaxis, [16, 128, 1_024, 8_192])
        axes.errors(ax)
        ax.set_title(name)
        ax.set_xlabel("training rows")
    # The panel with the most lines first, so that the legend has all published lines before ours.
    shared_legend(fig, sorted(each, key=lambda ax: -len(ax.get_legend_handles_labels()[1])), ncols=3)
    fig.suptitle("Learning curves of our network and our forest, and the curves that LCDB 1.1 published")
    caption(
        fig,
        f"Lines: published means over 25 splits. Points: our means over {data.sizes['split']} splits with 95% "
        f"intervals; our network has one configuration, chosen on other data ({summary.chosen(data)}). With the most "
        f"rows it errs significantly less than our forest on {_listed(ahead)}, and significantly more on "
        f"{_listed(behind)}; our forest's error minus the published one is, in joint standard errors: "
        f"{', '.join(near)}.",
    )
    return fig


def _listed(names: list[str]) -> str:
    *some, last = names or ["no table"]
    return f"{', '.join(some)} and {last}" if some else last


def ratios(data: xr.Dataset) -> Figure:
    """The ratio of our network's error to that of each published learner, with the most rows that both have."""
    names = list(map(str, data.table.values))
    fig, (ax,) = panels(1, size=(8.0, 0.6 * len(names) + 1.6))
    within = f"within a factor of {MARGIN:g}"
    ax.axvspan(1 / MARGIN, MARGIN, color=COLORS["neutral"], alpha=0.25, linewidth=0, label=within)
    ax.axvline(1, color="black", linewidth=0.8)
    told, missing = [], []
    for j, (learner, color) in enumerate(PUBLISHED.items()):
        below = above = total = 0
        for i, name in enumerate(names):
            found = summary.most_rows(data, name, learner)
            if found is None:
                missing.append(_missing(learner, name))
                continue
            y = i + (j - 1.5) * 0.18
            ax.hlines(y, found.low, found.high, color=color, linewidth=1.3)
            ax.plot(found.estimate, y, "o", color=color, markersize=5, label=learner)
            below, above, total = below + (found.high < 1), above + (found.low > 1), total + 1
        told.append(f"less than {learner} on {below} of {total} tables and more on {above}")
    ax.set_xscale("log", base=2)
    log_ticks(ax.xaxis)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel("error of our network / published error of the learner")
    ax.set_title("Error of our network over that of published learners, with the most rows")
    shared_legend(fig, [ax], ncols=3)
    caption(
        fig,
        f"Our network errs significantly {'; '.join(told)} (95% intervals of the ratio of mean errors, not corrected)."
        f"{''.join(missing)} Our standard errors allow for splits that share rows; no standard error counts as less "
        "than the binomial one for all tested rows.",
    )
    return fig


def _missing(learner: str, table: str) -> str:
    most = max(tables.published()[table, learner].rows)
    why = " (it takes at most ten classes)" if learner == TABPFN else ""
    return f" {learner} is missing on {table}, where LCDB has it with at most {most:,} rows{why}."
