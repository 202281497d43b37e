"""Figures of counts: how many of the faults of a kind ended well, check by check."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab import figures

GOOD, SOME, NONE, EMPTY = figures.GREEN, figures.ORANGE, figures.VERMILION, "#F2F2F2"
KEY = "Green: all; yellow: some; orange: none; grey: not tried."


def counts(title: str, rows: Sequence[str], columns: Sequence[str], good: np.ndarray, of: np.ndarray) -> Figure:
    """A matrix of counts [rows, columns], each out of so many [rows] or [rows, columns]."""
    fig, ax = plt.subplots(figsize=(2.6 + 1.05 * len(columns) + 0.06 * max(map(len, rows)), 1.2 + 0.31 * len(rows)))
    matrix(ax, rows, columns, good, of)
    _lay_out(fig, title)
    return fig


def side_by_side(title: str, rows: int, count: int) -> tuple[Figure, list[Axes]]:
    """A figure and axes for matrices of so many rows."""
    fig, axes = plt.subplots(1, count, figsize=(5.2 * count, 1.2 + 0.27 * rows))
    _lay_out(fig, title)
    return fig, list(axes)


def _lay_out(fig: Figure, title: str) -> None:
    fig.set_layout_engine("constrained", w_pad=0.2, h_pad=0.09)
    fig.suptitle(title, x=0.01, ha="left")


def matrix(ax: Axes, rows: Sequence[str], columns: Sequence[str], good: np.ndarray, of: np.ndarray) -> None:
    """Cells, coloured as KEY says: "7/8" where some are not good, and otherwise how many there are.

    Where each is out of one, the words are yes and no.
    """
    totals = np.broadcast_to(np.reshape(of, (len(rows), -1)), good.shape)
    for i, j in np.ndindex(*good.shape):
        k, n = int(good[i, j]), int(totals[i, j])
        color = EMPTY if n == 0 else GOOD if k == n else SOME if k else NONE
        ax.add_patch(Rectangle((j + 0.04, i + 0.08), 0.92, 0.84, color=color, alpha=0.9, linewidth=0))
        text = ("no", "yes")[k] if totals.max() == 1 else "" if n == 0 else f"{n:,}" if k == n else f"{k:,}/{n:,}"
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", size=9, color="white" if n else "#7F7F7F")
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows), 0)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, size=9)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows, size=9.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
