"""The figure of `xor.published`: every row and reading beside what was published."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.lab.figures import COLORS, caption, log_ticks
from experiments.xor.published.rows import FIRST, MARGIN, ROWS
from experiments.xor.published.verdicts import corrected, says_little
from nnjax import statistics

PITCH = 0.185  # inches between two readings
LOOKS = {True: (COLORS["solved"], "o", "repeated, consistent"), False: (COLORS["stuck"], "X", "repeated, inconsistent")}
OPEN = (COLORS["neutral"], "s", "repeated, open")
ABOVE = 0.34  # the published value stands this far above the first reading


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figure `published`: share solved and epochs, row by row."""
    data = corrected(data)
    return {"published": _forest(data.isel(record=np.isin(data.row.values, list(ROWS))))}


def _forest(data: xr.Dataset) -> Figure:
    """Draw published results in black, and repetitions coloured by whether they are consistent with them."""
    first = data.reading.values == FIRST
    places = np.arange(len(first)) + 0.5 * np.cumsum(first)
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(10.5, PITCH * (places[-1] - places[0] + 2) + 1.3), sharey=True, width_ratios=(1.1, 1)
    )
    for i, y in enumerate(places):
        one = data.isel(record=i)
        color, marker, _ = OPEN if bool(one.open) else LOOKS[bool(one.consistent)]
        if one.published_runs > 0 and one.seeds > 0:  # else no share was compared: the colour would be that of the time
            low, high = statistics.wilson(int(one.solved), int(one.seeds))
            _point(left, float(one.solved / one.seeds), low, high, y, color, marker)
        which = "mean" if np.isfinite(one.published_mean) else "median"
        if np.isfinite(one[f"{which}_epochs"]):
            ends = float(one[f"{which}_low"]), float(one[f"{which}_high"])
            _point(right, float(one[f"{which}_epochs"]), *ends, y, color, marker)
        if first[i]:
            _published(left, right, one, y - ABOVE)
    for y in places[first][1:]:
        for ax in (left, right):
            ax.axhline(y - 0.8, color="#DDDDDD", linewidth=0.8)
    names = zip(data.row.values, data.reading.values, first, strict=True)
    left.set_yticks(places, [f"{row}:  {reading}" if is_first else str(reading) for row, reading, is_first in names])
    readings = zip(data.row.values, data.reading.values, strict=True)
    decides = [ROWS[str(row)].deciding == reading for row, reading in readings]
    for label, is_deciding in zip(left.get_yticklabels(), decides, strict=True):
        label.set(size=8.5, weight="bold" if is_deciding else "normal")
    left.set(ylim=(places[-1] + 0.8, places[0] - 0.9), xlim=(-0.03, 1.03))
    left.set_xlabel("share of networks that learn the task")
    right.set(xscale="log", xlabel="epochs of the networks that learn the task:\nmedian (pdp-chauvin: mean)")
    log_ticks(right.xaxis)
    left.set_title("Networks that learn XOR or parity")
    right.set_title("Epochs that they need")
    for ax in (left, right):
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
    handles = [Line2D([], [], color="black", marker="D", markersize=4, linewidth=1, label="published")]
    looks = [*LOOKS.values(), *([OPEN] if data.open.any() else [])]
    handles += [Line2D([], [], color=color, marker=marker, label=label) for color, marker, label in looks]
    fig.legend(handles=handles, loc="outside lower center", ncols=4)
    _caption(fig, data, first)
    return fig


def _caption(fig: Figure, data: xr.Dataset, first: np.ndarray) -> None:
    rows = data.row.values[first].tolist()
    agree = set(data.row.values[data.decides.values & data.consistent.values])
    anywhere = set(data.row.values[data.consistent.values])
    few = [name for name in rows if says_little(name)]
    caption(
        fig,
        f"Of {len(rows)} published results, {len(agree)} are consistent with the reading that decides (bold: the "
        "source's own setting if it leaves nothing open, otherwise the first reading of what it leaves open), "
        f"{len(anywhere - agree)} with another reading only, and {len(set(rows) - anywhere)} with none. Of these "
        f"{len(agree)}, {len(agree & set(few))} ran so few networks that little could contradict them; those of parity "
        "are judged together. Exact tests, with Holm's correction at 5% over the deciding readings (those of parity "
        "apart) and over the other readings of each row; a mean of an unknown number of runs is compared by a factor "
        f"of {MARGIN:g}. A colour judges share and time of a reading together; a share is drawn where the source gives "
        "one, our epochs wherever a network learns. The sources of the rows are in the table of verdicts. Bars: 95% "
        "intervals (Wilson's for a share, "
        "bootstrap for a median or mean).",
    )


def _point(ax: Axes, value: float, low: float, high: float, y: float, color: str, marker: str) -> None:
    ax.plot([low, high], [y, y], color=color, linewidth=2)
    ax.plot(value, y, marker, color=color, markersize=5)


def _published(left: Axes, right: Axes, one: xr.Dataset, y: float) -> None:
    if one.published_runs > 0:
        k, n = round(float(one.published_solved)), int(one.published_runs)
        low, high = statistics.wilson(k, n)
        left.plot([low, high], [y, y], color="black", linewidth=1)
        left.plot(k / n, y, "D", color="black", markersize=4)
    for published in (one.published_epochs, one.published_mean):
        if np.isfinite(published):
            right.plot(float(published), y, "D", color="black", markersize=4)
