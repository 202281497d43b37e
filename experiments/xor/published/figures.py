"""The figure of `published`: it draws from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from experiments.lab.figures import COLORS, caption
from experiments.xor._published_rows import FIRST
from nnjax import statistics


def draw(data: xr.Dataset) -> Figure:
    """Part solved and epochs, row by row: what was published in black, ours by whether it is consistent."""
    places, labels = _layout(data)
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 0.235 * max(places) + 1.6), sharey=True, width_ratios=(1.1, 1))
    right.set_visible(bool(np.isfinite(data.median_epochs).any()))
    for i, y in enumerate(places):
        one = data.isel(record=i)
        color = COLORS["solved"] if bool(one.consistent) else COLORS["stuck"]
        if np.isnan(float(one.p_corrected)):
            color = COLORS["neutral"]
        low, high = statistics.wilson(int(one.solved), int(one.seeds))
        left.plot([low, high], [y, y], color=color, linewidth=2)
        left.plot(float(one.solved / one.seeds), y, "o", color=color)
        if np.isfinite(one.median_epochs):
            right.plot([float(one.median_low), float(one.median_high)], [y, y], color=color, linewidth=2)
            right.plot(float(one.median_epochs), y, "o", color=color)
        _published(left, right, one, y)
    first = data.reading.values == FIRST
    for y in np.asarray(places)[first]:
        for ax in (left, right):
            ax.axhline(y - 0.7, color="#DDDDDD", linewidth=0.8)
    left.set_yticks(places, labels, size=8.5)
    for label, is_first in zip(left.get_yticklabels(), first, strict=True):
        label.set_weight("bold" if is_first else "normal")
    left.tick_params(axis="y", length=0)
    left.set_ylim(max(places) + 0.8, -0.8)
    left.set_xlim(-0.03, 1.03)
    left.set_xlabel("part of the networks that solved")
    right.set_xscale("log")
    right.xaxis.set_minor_formatter(NullFormatter())
    right.set_xlabel("epochs, median over the networks that solved")
    for ax in (left, right):
        ax.grid(visible=False, axis="y")
    handles = [
        Line2D([], [], color="black", marker="D", markersize=5, label="published (95 % Wilson)"),
        Line2D([], [], color=COLORS["solved"], marker="o", label="ours, consistent"),
        Line2D([], [], color=COLORS["stuck"], marker="o", label="ours, inconsistent"),
    ]
    fig.legend(handles=handles, loc="outside upper center", ncols=3)
    agree = int((data.consistent.values & first).sum())
    rows = int(first.sum())
    anywhere = len(set(data.row.values[data.consistent.values]))
    caption(
        fig,
        f"Claim: each published result follows from its stated setting. Found: {agree} of {rows} rows are "
        f"consistent in the first reading, {anywhere} in some reading of what the source leaves open. Exact tests, "
        "Holm's correction at 5 %: first readings together, the other readings of a row together. Bars are 95 % "
        "intervals, many of them narrower than the dot.",
    )
    return fig


def _layout(data: xr.Dataset) -> tuple[list[float], list[str]]:
    """The height of every record and its label; a gap before every row."""
    places: list[float] = []
    labels: list[str] = []
    y = 0.0
    for name, reading in zip(data.row.values, data.reading.values, strict=True):
        first = reading == FIRST
        y += 1.4 if first and places else 1.0 if places else 0.0
        labels.append(f"{name}:  {reading}" if first else str(reading))
        places.append(y)
    return places, labels


def _published(left, right, one: xr.Dataset, y: float) -> None:
    if str(one.reading.values) != FIRST:
        return
    if one.published_runs > 0:
        k, n = round(float(one.published_solved)), int(one.published_runs)
        low, high = statistics.wilson(k, n)
        left.plot([low, high], [y - 0.32, y - 0.32], color="black", linewidth=1)
        left.plot(k / n, y - 0.32, "D", color="black", markersize=4)
    if np.isfinite(one.published_epochs):
        right.plot(float(one.published_epochs), y - 0.32, "D", color="black", markersize=4)
