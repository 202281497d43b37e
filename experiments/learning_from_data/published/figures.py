"""The figures of `learning_from_data.published`: every number beside what our runs predict, and the spirals."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from experiments.lab.figures import COLORS, caption
from experiments.learning_from_data.published.config import SPIRALS
from experiments.learning_from_data.published.rows import FIRST, ROWS
from experiments.learning_from_data.published.verdicts import NAMES, record, table, told

PITCH = 0.23  # inches between two lines
POINTS = 193


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures published, and spirals where they were repeated."""
    found = {"published": _forest(data)}
    if any(name in SPIRALS for name in data.row.values.tolist()):
        found["spirals"] = _spirals(data)
    return found


DIAMOND: dict[str, Any] = {
    "color": "black", "marker": "D", "markersize": 7, "markerfacecolor": "none", "markeredgewidth": 1.2,
    "linestyle": "none", "zorder": 5,
}  # fmt: skip
EDGE = 1.95  # the right edge of the picture, in units of the published number


def _forest(data: xr.Dataset) -> Figure:
    """Our numbers and their prediction intervals, divided by the published numbers."""
    rows = table(data)
    first = np.array([row["reading"] == FIRST for row in rows])
    places = np.arange(len(rows)) + 0.6 * np.cumsum(
        [one and row["number"] == _leads(row["row"]) for one, row in zip(first, rows, strict=True)]
    )
    fig, ax = plt.subplots(figsize=(10.5, PITCH * (places[-1] - places[0] + 3) + 1.0))
    for row, y in zip(rows, places, strict=True):
        scale = _scale(row)
        good = row["inside"]
        color = COLORS["solved"] if good else COLORS["stuck"]
        low, ours, high = (
            np.clip(value / scale, -0.05, EDGE) for value in (row["predicted_low"], row["ours"], row["predicted_high"])
        )
        ax.plot([low, high], [y, y], color=color, linewidth=2.2, solid_capstyle="butt")
        beyond = row["ours"] / scale > EDGE
        if row["predicted_high"] / scale > EDGE and not beyond:
            ax.plot(EDGE, y, ">", color=color, markersize=4)
        ax.plot(ours, y, ">" if beyond else "o" if good else "X", color=color, markersize=5.5)
        ax.plot(row["published"] / scale, y, **DIAMOND)
        ax.text(2.22, y, _number(row, "published"), va="center", ha="right", size=8.5)
        ax.text(2.48, y, _number(row, "ours"), va="center", ha="right", size=8.5, color=color)
    names = [
        f"{row['row' if one else 'reading']}: {NAMES.get(row['number'], row['number'])}"
        for one, row in zip(first, rows, strict=True)
    ]
    ax.set_yticks(places, names)
    for label, one in zip(ax.get_yticklabels(), first, strict=True):
        label.set(size=8.5, weight="bold" if one else "normal")
    ax.text(2.22, places[0] - 1.2, "published", ha="right", size=8.5, weight="bold")
    ax.text(2.48, places[0] - 1.2, "ours", ha="right", size=8.5, weight="bold")
    ax.set(ylim=(places[-1] + 0.9, places[0] - 1.9), xlim=(-0.1, 2.5), xticks=(0, 0.5, 1, 1.5))
    ax.set_xlabel(
        "our number / published number\n(where 0 was published: our number / upper end of our interval)",
        multialignment="center",
    )
    ax.set_title("Published numbers, and our intervals of prediction for them")
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    handles = [
        Line2D([], [], **DIAMOND, label="published"),
        Line2D([], [], color=COLORS["solved"], marker="o", label="ours, published number predicted"),
        Line2D([], [], color=COLORS["stuck"], marker="X", label="ours, not predicted"),
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    inside = [row["inside"] for row in rows if row["reading"] == FIRST]
    caption(
        fig,
        f"{sum(inside)} of {len(inside)} published numbers lie in the interval that the first reading of their source "
        "(bold) predicts for as many runs as the source had. Bars: intervals of prediction, which hold with 95% for "
        "all numbers of a source's result jointly; a triangle at the right end stands "
        "for a bar, or a number of ours, that goes on beyond it. Other lines: readings that change one setting that "
        "the source leaves open.",
    )
    return fig


def _number(row: dict, which: str) -> str:
    """Times are whole numbers: only means over runs have decimals, and these are noise."""
    value = row[which]
    return f"{value:,.0f}" if row["number"] in ("iterations", "epochs", "sweeps") else told(value)


def _leads(name: str) -> str:
    return ROWS[name].numbers[0].what


def _scale(row: dict) -> float:
    return row["published"] or max(row["predicted_high"], row["ours"], 1e-9)


def _spirals(data: xr.Dataset) -> Figure:
    """How many test points each network has right, and how many the source's code counts."""
    names = [name for name in SPIRALS if record(data, name) is not None]
    fig, axes = plt.subplots(1, len(names), figsize=(3.6 * len(names) + 0.6, 3.6), sharey=True, squeeze=False)
    words, cut = [], []
    for ax, name in zip(axes[0], names, strict=True):
        found, row = record(data, name) or {}, ROWS[name]
        cut.append(f"{found['cut'].sum():.0f} of {len(found['cut'])}")
        low = int(min(found["right"].min(), 176))
        bins = np.arange(low - 0.5, POINTS + 1)
        lenient = row.numbers[0].of == "counted"
        if lenient:
            ax.hist(
                found["counted"],
                bins,
                weights=np.full(len(found["right"]), 1 / len(found["right"])),
                color=COLORS["neutral"],
                label="counted by the source's code",
            )
            words.append(
                f"{found['counted'].mean():.2f} counted and {found['right'].mean():.2f} right "
                f"({name.removeprefix('spirals ')})"
            )
        else:
            words.append(f"{found['right'].mean():.2f} right ({name.removeprefix('spirals, ')})")
        ax.hist(
            found["right"],
            bins,
            weights=np.full(len(found["right"]), 1 / len(found["right"])),
            color=COLORS["measured"],
            alpha=0.8,
            label="right",
        )
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.axvline(row.numbers[0].value, color="black", linewidth=1.5, label="published mean")
        ax.set(
            xlabel=f"test points (of {POINTS})",
            title=name.removeprefix("spirals ").removeprefix("spirals, ").capitalize(),
        )
        ax.legend(loc="upper left", fontsize=8.5)
    axes[0, 0].set_ylabel("share of networks")
    fig.suptitle("Test points of two spirals that each network has right")
    caption(
        fig,
        f"Our means are {'; '.join(words)}. The version of the source with 192.49 and 192.66 has targets 0 and 1, and "
        "its code counts every point of target 0 as right; the later version (188.25) has targets -1 and 1. A point is "
        "right where the output is nearer to the point's own target than to the other one. Networks cut off before "
        f"they ended: {', '.join(cut)}.",
    )
    return fig
