"""Figures of counts: how many of the faults of each kind passed each check."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab import figures

GOOD, SOME, NONE, EMPTY = figures.GREEN, figures.ORANGE, figures.VERMILION, "#F2F2F2"
COLOURS = {
    GOOD: "green: all passed", SOME: "yellow: some", NONE: "orange: none", EMPTY: "grey: not tried, or does not apply"
}  # fmt: skip


def counts(title: str, rows: Sequence[str], columns: Sequence[str], good: np.ndarray, of: np.ndarray) -> Figure:
    """Draw counts `good` out of `of`, both [rows, columns], as a matrix: "7/8" where some are not good."""
    fig, ax = plt.subplots(figsize=(2.6 + 1.05 * len(columns) + 0.06 * max(map(len, rows)), 1.2 + 0.31 * len(rows)))
    fig.set_layout_engine("constrained", w_pad=0.2, h_pad=0.09)
    fig.suptitle(title, x=0.01, ha="left")
    for i, j in np.ndindex(*good.shape):
        k, n = int(good[i, j]), int(of[i, j])
        color = _color(k, n)
        ax.add_patch(Rectangle((j + 0.04, i + 0.08), 0.92, 0.84, color=color, alpha=0.9, linewidth=0))
        text = "" if n == 0 else f"{n:,}" if k == n else f"{k:,}/{n:,}"
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", size=9, color="black" if color == SOME else "white")
    ax.set_xlim(0, len(columns))
    ax.set_ylim(len(rows), 0)
    ax.set_xticks(np.arange(len(columns)) + 0.5, columns, size=9)
    ax.set_yticks(np.arange(len(rows)) + 0.5, rows, size=9.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return fig


def key(good: np.ndarray, of: np.ndarray) -> str:
    """A sentence that explains the colours that `counts` draws."""
    drawn = set(map(_color, good.ravel(), of.ravel()))
    told = "; ".join(words for color, words in COLOURS.items() if color in drawn)
    return f"{told[0].upper()}{told[1:]}."


def _color(good: int, of: int) -> str:
    return EMPTY if of == 0 else GOOD if good == of else SOME if good else NONE
