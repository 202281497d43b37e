"""Fits with their knots, and the looping animation of `trained`: drawn from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, Film, caption
from nnjax.tasks import TARGETS

NAMES = {"relu": "ReLU"}
HELD, RATE = 7, 8  # frames for which a finished fit is held, and frames a second


def fits(data: xr.Dataset) -> Figure:
    """Networks of the middle error for a few widths, with where their units are centred."""
    shown, widths, x = data.shown.values, data.fit_width.values, data.fit_x
    fig, axes = plt.subplots(
        len(shown), len(widths), figsize=(3.6 * len(widths) + 0.4, 2.5 * len(shown) + 0.4), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    low, high = float(data.fit_target.min()), float(data.fit_target.max())
    height = high - low
    for row, activation in zip(axes, shown, strict=True):
        for ax, width in zip(row, widths, strict=True):
            one = data.sel(shown=activation, fit_width=width)
            ax.plot(x, data.fit_target, color=COLORS["reference"], linewidth=1, label="target")
            ax.plot(x, one.fit, color=COLORS[activation], label="network")
            knots = one.fit_knots.values[np.abs(one.fit_knots.values) <= 1]
            ax.plot(knots, np.full(len(knots), low - 0.2 * height), "|", color=COLORS[activation], markersize=9)
            ax.set_title(f"{activation}, $N$ = {width}: error {float(one.fit_error):.1e}", fontsize=10)
            ax.set_ylim(low - 0.3 * height, high + 0.2 * height)
    for ax in axes[-1]:
        ax.set_xlabel("$x$")
    for row in axes:
        row[0].set_ylabel("output")
    fig.suptitle("What is learned, and where the units are")
    last = data.isel(fit_width=-1)
    caption(
        fig,
        f"{TARGETS[data.attrs['shown_target']].formula}, moved to [-1, 1] (black), and networks trained by variable "
        "projection, of the seeds reported the one of the middle error. Marks below: where the units are centred, "
        f"$-b/w$: the knots of ReLU. With N = {int(last.fit_width)} the RMS errors are "
        + ", ".join(f"{float(last.fit_error.sel(shown=name)):.1e} ({name})" for name in shown)
        + ".",
    )
    return fig


def film(data: xr.Dataset) -> Film:
    """Fits as training goes on, for more and more neurons, with their knots, and their errors beside the bound."""
    shown, widths, moments = data.shown.values, data.film_width.values, data.sizes["moment"]
    fig, axes = plt.subplots(1, len(shown) + 1, figsize=(9.2, 3.3), width_ratios=[1.15] * len(shown) + [1])
    lines, marks, points, trails = [], [], [], []
    target = data.fit_target.values
    room = float(np.ptp(target))
    low = target.min() - 0.28 * room
    _axes(axes[-1], data)
    for ax, activation in zip(axes, shown, strict=False):
        style = {"color": COLORS[activation]}
        ax.plot(data.fit_x, target, color=COLORS["neutral"], linewidth=1.2)
        lines += ax.plot(data.film_x, np.zeros(data.sizes["film_x"]), linewidth=2.2, **style)
        marks += ax.plot([], [], "|", markersize=9, markeredgewidth=1.4, **style)
        ax.set(xlim=(-1, 1), ylim=(low, target.max() + 0.15 * room), xlabel="$x$ (marks: units)", xticks=[])
        ax.set_title(NAMES.get(activation, activation), color=COLORS[activation], fontsize=13)
        trails += axes[-1].plot([], [], "o-", label=NAMES.get(activation, activation), markersize=5, **style)
        points += axes[-1].plot([], [], "o", fillstyle="none", markersize=9, markeredgewidth=2, **style)
    axes[-1].legend(loc="lower left", fontsize=10)
    title = fig.suptitle(_told(data, len(widths) - 1, moments - 1), fontsize=14)
    frames = [(j, k) for j in range(len(widths)) for k in [*range(moments), *[moments - 1] * HELD]]

    def draw(frame: int) -> None:
        j, k = frames[frame]
        title.set_text(_told(data, j, k))
        for i in range(len(shown)):
            knots = data.film_knots.values[i, j, k]
            knots = knots[np.abs(knots) <= 1]
            lines[i].set_ydata(data.film.values[i, j, k])
            marks[i].set_data(knots, np.full(len(knots), low + 0.09 * room))
            points[i].set_data([widths[j]], [data.film_error.values[i, j, k]])
            trails[i].set_data(widths[:j], data.film_error.values[i, :j, -1])

    return Film(fig, draw, len(frames), RATE)


def _told(data: xr.Dataset, j: int, k: int) -> str:
    formula = TARGETS[data.attrs["shown_target"]].formula
    return f"{int(data.film_width[j])} neurons learn {formula}: step {int(data.film_step[j, k])}"


def _axes(ax: Axes, data: xr.Dataset) -> None:
    """Where errors are drawn, with the best that ReLU can do."""
    widths = data.film_width.values
    bound = data.bound.sel(task=data.attrs["shown_target"], width=widths)
    if bool(np.isfinite(bound).any()):
        ax.plot(widths, bound, "--", color=COLORS["theory"], label="ReLU bound", linewidth=1.3)
    lowest = np.fmin(data.film_error.min(), bound.min())
    ax.set(xscale="log", yscale="log", xlim=(widths[0] / 1.5, widths[-1] * 1.5))
    ax.set_ylim(max(float(lowest) / 3, 1e-17), 3)
    ax.set(xlabel="neurons", ylabel="RMS error")
    ax.set_title("error", fontsize=13)
    ax.set_xticks(widths, [str(n) for n in widths])
    ax.minorticks_off()
