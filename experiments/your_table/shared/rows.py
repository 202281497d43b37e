"""Figures with a row for each table of the benchmark."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import log_ticks, shared_legend
from experiments.your_table.shared.benchmark import REGRESSION


def name_rows(ax: Axes, tables: Sequence[str], errors: bool = False) -> None:
    """Name the tables on the y axis, the first on top; with `errors`, also the error where it is no share of rows."""
    ax.set_yticks(
        range(len(tables)), [f"{name} (1 - R²)" if errors and name in REGRESSION else name for name in tables]
    )
    ax.set_ylim(len(tables) - 0.5, -0.5)


def interval(
    ax: Axes, y: float, found: tuple[float, float, float], ends: tuple[float, float], look: tuple[str, str], label: str,
    form: str = "{:.2g}",
) -> None:  # fmt: skip
    """Draw an estimate with its interval on an axis with these ends: arrows where the interval goes beyond them, and
    the estimate as a number where it lies beyond them itself.
    """
    (estimate, low, high), (first, last), (color, marker) = found, ends, look
    ax.hlines(y, max(low, first), min(high, last), color=color, linewidth=1.3)
    ax.plot(estimate, y, marker, color=color, markersize=5, label=label)
    for end, reached, arrow in ((first, low, "<"), (last, high, ">")):
        if reached < first or reached > last:
            ax.plot(end, y, arrow, color=color, markersize=5, clip_on=False)
    if estimate < first or estimate > last:
        end, side, inwards = (first, "left", 5) if estimate < first else (last, "right", -5)
        told = form.format(estimate)
        ax.annotate(told, (end, y), (inwards, 3), textcoords="offset points", ha=side, color=color, size=9)


def dots(
    values: Mapping[str, np.ndarray], looks: Mapping[str, tuple[str, str]], tables: Sequence[str], *, x: str, title: str
) -> Figure:
    """The values [table] of every method on a logarithmic axis; `looks` are colour and marker of each."""
    fig, ax = plt.subplots(figsize=(7.5, 0.36 * len(tables) + 1.6))
    for method, (color, marker) in looks.items():
        ax.plot(values[method], range(len(tables)), marker, color=color, markersize=6, label=method)
    ax.set_xscale("log")
    log_ticks(ax.xaxis)
    name_rows(ax, tables)
    ax.set(xlabel=x, title=title)
    shared_legend(fig, [ax], ncols=3, columnspacing=1.0, handletextpad=0.3)
    return fig
