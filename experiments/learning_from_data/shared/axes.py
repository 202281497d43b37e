"""Axes that the figures of `learning_from_data` share."""

import numpy as np
from matplotlib.axes import Axes

from experiments.lab.figures import log_ticks


def errors(ax: Axes) -> None:
    """A logarithmic axis of errors in percent, with numbers at 1, 2 and 5 times the powers of ten, or also at 3."""
    ax.set_yscale("log")
    log_ticks(ax.yaxis)
    ax.yaxis.set_minor_formatter(lambda value, _: _some(ax, value))
    ax.set_ylabel("test error (%)")


def _some(ax: Axes, value: float) -> str:
    low, high = ax.get_ylim()
    digit = value / 10 ** np.floor(np.log10(value))
    return f"{value:,g}" if np.isclose(digit, (2, 5) if high > 10 * low else (2, 3, 5)).any() else ""
