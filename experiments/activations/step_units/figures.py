"""The figures of `activations.step_units`: how often XOR is solved, what training adds, rates, and a staircase."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.activations.step_units.config import CLIPPED, CODINGS, CUT, OUTPUT, RISING, SMOOTH, THROUGH
from experiments.activations.step_units.verdicts import differences, lost, share
from experiments.lab.figures import (
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
    panels,
    shared_legend,
)  # fmt: skip
from nnjax.theory import step_units as theory

FAST = 0.02  # with lower rates networks have not learned by the end
# The two ways that learn as a sigmoid and are steps in the end have dashed lines.
LOOKS = {
    OUTPUT: {"color": COLORS["measured"], "marker": "o"},
    THROUGH: {"color": VERMILION, "marker": "s"},
    CLIPPED: {"color": ORANGE, "marker": "D"},
    RISING: {"color": GREEN, "marker": "^", "linestyle": "--"},
    CUT: {"color": PURPLE, "marker": "v", "linestyle": "--"},
    SMOOTH: {"color": COLORS["neutral"], "marker": "x"},
}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `success`, `added`, `rates` and `universal`."""
    return {
        "success": _success(data),
        "added": _added(data),
        "rates": _rates(data),
        "universal": _universal(data),
    }


def _title(coding: str) -> str:
    return f"inputs {coding}"


def _panels(data: xr.Dataset) -> Any:
    """A panel for each coding."""
    return panels(data.sizes["coding"], size=(4.6 if data.sizes["coding"] > 1 else 7.5, 3.8), sharey=True)


def _success(data: xr.Dataset) -> Figure:
    fig, axes = _panels(data)
    part, low, high = share(data)
    widths = np.arange(1, int(data.width.max()) + 1)
    ways = data.way.values.tolist()
    for ax, coding in zip(axes, data.coding.values, strict=True):
        exact = [theory.xor_probability(int(n), 1.0, CODINGS[str(coding)]) for n in widths]
        ax.plot(widths, exact, color=COLORS["theory"], label="exact, random hidden layer", zorder=1)
        for i, way in enumerate(ways):
            at = data.width.values + 0.07 * (i - (len(ways) - 1) / 2)  # side by side where they agree
            lines = (one.sel(way=way, coding=coding) for one in (part, low, high))
            look = LOOKS[way] | ({"linestyle": "none"} if way == OUTPUT else {})
            interval_line(ax, at, *lines, label=way, bars=True, linewidth=1, markersize=5, **look)
        ax.set(title=_title(str(coding)), xlabel="hidden units", xticks=data.width.values, ylim=(-0.03, 1.03))
    axes[0].set_ylabel("share of networks that solve XOR")
    shared_legend(fig, axes, ncols=4)
    fig.suptitle("XOR learned by networks of step units, and of sigmoids")
    few = int(data.width.values[0])
    told = [f"{way} {_span(part.sel(way=way, width=few))}" for way in ways]
    over = " (range over both codings of the inputs)" if data.sizes["coding"] == 2 else ""
    cut = ""
    if CUT in ways:
        (solved, gone), (rising, gone_rising) = ([int(n.sum()) for n in lost(data, way)] for way in (CUT, RISING))
        cut = (
            f" Of {solved:,} sigmoid networks that have solved XOR, {gone:,} no longer do once cut, and of {rising:,} "
            f"with a rising gain, {gone_rising:,}"
        )
        cut += ", so cutting costs little or nothing." if gone + gone_rising < 0.01 * (solved + rising) else "."
    caption(
        fig,
        f"With {few} hidden units the share that solves XOR{over} is: {'; '.join(told)}. Where only the output layer "
        "learns, it is the probability that a random layer makes the corners separable (black). Networks with a "
        f"rising gain, and sigmoid networks that are cut after training, are judged as networks of steps.{cut} "
        f"{data.sizes['seed']:,} seeds with the same initial weights for all ways; bars: 95% Wilson intervals; rates "
        "tuned for every point on other seeds.",
    )
    return fig


def _span(values: xr.DataArray) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{high:.1%}" if values.size == 1 else f"{low:.1%} to {high:.1%}"


def _added(data: xr.Dataset) -> Figure:
    """Paired differences to the trained output layer, for every way and number of hidden units."""
    ways = [way for way in data.way.values.tolist() if way != OUTPUT]
    fig, axes = _panels(data)
    for ax, coding in zip(axes, data.coding.values, strict=True):
        some = data.sel(coding=[coding])
        for i, way in enumerate(ways):
            found = differences(some, way, OUTPUT)
            y = np.array([one.estimate for one in found])
            ends = np.array([(one.low, one.high) for one in found]).T
            x = np.arange(len(found)) + 0.14 * (i - (len(ways) - 1) / 2)
            look = {"linestyle": "none", "markersize": 5}
            interval_line(ax, x, y, *ends, label=way, bars=True, **LOOKS[way] | look)
        ax.axhline(0, color=COLORS["reference"], linewidth=0.8)
        ax.set_xticks(np.arange(data.sizes["width"]), [str(n) for n in data.width.values])
        ax.set(title=_title(str(coding)), xlabel="hidden units")
        ax.grid(visible=False, axis="x")
    axes[0].set_ylabel("difference in the share\nthat solves XOR")
    shared_legend(fig, axes, ncols=3)
    fig.suptitle("What training the hidden units adds to training the output layer alone")
    told = []
    for way in ways:
        y = [one.estimate for one in differences(data, way, OUTPUT)]
        told.append(f"{way} {100 * min(y):+.0f}" + (f" to {100 * max(y):+.0f}" if len(y) > 1 else ""))
    caption(
        fig,
        f"Range of the difference over all settings, in percentage points: {'; '.join(told)}. Differences are paired "
        f"on {data.sizes['seed']:,} seeds; bars: Newcombe's intervals, which hold together for all numbers of hidden "
        "units of a panel (95%).",
    )
    return fig


def _rates(data: xr.Dataset) -> Figure:
    width = 4 if 4 in data.width else int(data.width.values[0])
    fig, axes = _panels(data)
    for ax, coding in zip(axes, data.coding.values, strict=True):
        for way in data.way.values.tolist():
            one = data.sel(way=way, coding=coding, width=width)
            look = LOOKS[way]
            ax.plot(data.rate, one.tuning_success, label=way, markersize=4, linewidth=1.2, **look)
            chosen = float(one.learning_rate)
            at = one.tuning_success.sel(rate=chosen, method="nearest")
            ax.plot(chosen, at, "o", markersize=10, markerfacecolor="none", markeredgecolor=look["color"])
        ax.axhline(
            float(data.exact.sel(coding=coding, width=width)), color=COLORS["theory"], linewidth=1, linestyle=":"
        )
        ax.set(xscale="log", title=_title(str(coding)), xlabel="learning rate of Adam", ylim=(-0.03, 1.03))
    axes[0].set_ylabel("share of networks that solve XOR")
    shared_legend(fig, axes, ncols=3)
    fig.suptitle(f"Networks that solve XOR, by learning rate ({width} hidden units)")
    alone = data.tuning_success.sel(width=width, way=OUTPUT, rate=slice(FAST, None))
    spread = float((alone.max("rate") - alone.min("rate")).max())
    changes = f"change the share by {spread:.1%} at most" if spread >= 0.0005 else "do not change the share"
    alike = _alike(data.sel(width=width))
    hidden = (
        f" From {alike:g} on, the lines of rising gain and of the cut sigmoid lie under that of sigmoid."
        if alike
        else ""
    )
    caption(
        fig,
        f"Where only the output layer learns, rates from {FAST:g} on {changes} (dotted: the exact probability of a "
        "separable layer); all other ways have a best rate or a plateau. Rings: the chosen rates (of those within a "
        "standard error of the best, the one nearest to the middle of the grid). Each point: "
        f"{data.attrs['tuning_seeds']} seeds, which are not counted again; for rising gain the best gain at each "
        f"rate.{hidden}",
    )
    return fig


def _alike(data: xr.Dataset) -> float:
    """The rate from which on the ways that learn as a sigmoid solve XOR as often as the sigmoid; 0 if they never do."""
    if not {RISING, CUT, SMOOTH} <= set(data.way.values.tolist()):
        return 0.0
    success = data.tuning_success
    apart = abs(success.sel(way=[RISING, CUT]) - success.sel(way=SMOOTH)).max(("way", "coding")).values
    tried = np.isfinite(apart)
    rates, last = data.rate.values[tried], np.flatnonzero(apart[tried] > 0.02)  # less than a marker
    after = rates[last[-1] + 1 :] if last.size else rates
    return float(after[0]) if after.size else 0.0


def _universal(data: xr.Dataset) -> Figure:
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.2, 3.7))
    left.plot(data.x, data.target, color=COLORS["theory"], linewidth=1.2, label="sin 2\u03c0x")
    left.plot(data.x, data.staircase, color=COLORS["measured"], label=f"{data.attrs['shown_units']} step units")
    left.set(xlabel="x", ylabel="output", title="A network written down, not trained")
    left.legend(loc="upper right")
    right.plot(data.units, data.written_theory, color=COLORS["theory"], label="\u03c0 / (N + 1)")
    right.plot(data.units, data.written_error, "o", color=COLORS["measured"], label="network of N steps")
    right.set(xscale="log", yscale="log", xlabel="step units N", ylabel="largest error")
    right.set_title("Its largest error, by number of steps")
    log_ticks(right.xaxis, data.units.values)
    log_ticks(right.yaxis)
    right.legend(loc="upper right")
    fig.suptitle("A sine approximated by networks of step units")
    most = int(data.units.max())
    caption(
        fig,
        f"With {most} step units the largest error is {float(data.written_error[-1]):.2g}, and more units make it "
        "smaller: a continuous activation is needed for a gradient to learn by, not for approximation. Black, right: "
        "half of the steepest rise of the sine over one of N + 1 equal pieces.",
    )
    return fig
