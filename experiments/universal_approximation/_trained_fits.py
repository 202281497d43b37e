"""Fits with their knots, and the looping animation of `trained`: drawn from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, Film, caption
from nnjax.tasks import TARGETS

HELD = 5  # frames for which a finished fit is held


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
    """Fits as training goes on, for more and more neurons, and their errors beside the bound."""
    shown, widths, moments = data.shown.values, data.film_width.values, data.moment.values
    fig, axes = plt.subplots(
        1, len(shown) + 1, figsize=(3.0 * len(shown) + 3.4, 3.1), width_ratios=[1] * len(shown) + [1.05]
    )
    x = data.film_x.values
    target = np.interp(x, data.fit_x, data.fit_target)
    lines, points, trails = [], [], []
    errors = axes[-1]
    for ax, activation in zip(axes, shown, strict=False):
        ax.plot(data.fit_x, data.fit_target, color=COLORS["reference"], linewidth=1)
        lines += ax.plot(x, target, color=COLORS[activation], linewidth=1.6)
        room = 0.35 * float(np.ptp(target))
        ax.set(ylim=(target.min() - room, target.max() + room), xlabel="$x$")
        trails += errors.plot([], [], "o-", color=COLORS[activation], label=activation, markersize=4)
        points += errors.plot([], [], "o", color=COLORS[activation], fillstyle="none", markersize=8)
    axes[0].set_ylabel("output")
    errors.plot(widths, data.film_bound, "--", color=COLORS["theory"], label="ReLU bound", linewidth=1.2)
    least = max(float(data.film_error.min()) / 2, 1e-9)
    errors.set(xscale="log", yscale="log", xlim=(widths[0] / 1.5, widths[-1] * 1.5), ylim=(least, 3))
    errors.set(xlabel="hidden neurons $N$", ylabel="RMS error")
    errors.set_xticks(widths, [str(n) for n in widths])
    errors.minorticks_off()
    errors.legend(loc="lower left", fontsize=9)
    title = fig.suptitle(f"$N$ = {widths[-1]} neurons, step {moments[-1]}")
    frames = [(j, k) for j in range(len(widths)) for k in [*range(len(moments)), *[len(moments) - 1] * HELD]]

    def draw(frame: int) -> None:
        j, k = frames[frame]
        title.set_text(f"$N$ = {widths[j]} neurons, step {moments[k]}")
        for i in range(len(shown)):
            lines[i].set_ydata(data.film.values[i, j, k])
            points[i].set_data([widths[j]], [data.film_error.values[i, j, k]])
            trails[i].set_data(widths[:j], data.film_error.values[i, :j, -1])

    for ax, activation in zip(axes, shown, strict=False):
        ax.set_title(activation)
    errors.set_title("error")
    return Film(fig, draw, len(frames))
