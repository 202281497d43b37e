"""The figures of `perceptron.capacity`: the separable share on Cover's curves, and what a time-out would find."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line, shades
from experiments.lab.text import plural
from experiments.perceptron.capacity.fits import exact_curve, goodness_of_fit
from nnjax import statistics


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `capacity` and `time_out`."""
    return {"capacity": _capacity(data), "time_out": _time_out(data)}


def _capacity(data: xr.Dataset) -> Figure:
    """The separable share against points per dimension, on Cover's exact curves."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.2), sharey=True)
    trials, words = data.attrs["trials"], []
    titles = "Separated by planes through the origin", "Separated by planes with a bias"
    for ax, bias, title in zip(axes, (False, True), titles, strict=True):
        for color, d in zip(shades(data.sizes["dim"]), data.dim.values, strict=True):
            one = data.sel(bias=bias, dim=d)
            places, exact = exact_curve(int(d), bias, data.ratio.values)
            ax.plot(places, exact, color=color, linewidth=1.2, zorder=1)
            interval = statistics.wilson(one.separable.values, trials)
            style = {"color": color, "linestyle": "none", "markersize": 4.5}
            interval_line(ax, one.points / d, one.separable / trials, *interval, f"{d}", bars=True, **style)
        ax.axhline(0.5, color=COLORS["neutral"], linewidth=0.8, linestyle=":")
        ax.axvline(2, color=COLORS["neutral"], linewidth=0.8, linestyle=":")
        ax.set(xlabel="points per dimension, $N/d$", title=title)
        one = data.sel(bias=bias)
        fit = goodness_of_fit(one.separable.values, trials, one.exact.values)
        words.append(f"{fit.statistic:.1f} with {plural(fit.degrees, 'degree')} of freedom (p = {fit.p_value:.2g})")
    axes[0].set_ylabel("separable share of random labellings")
    axes[1].legend(title="dimensions $d$", loc="upper right")
    caption(
        fig,
        f"The measured shares (dots) differ from Cover's law (lines, not fitted) by chi-squared = {words[0]} for "
        f"planes through the origin and {words[1]} for planes with a bias. Each dot: {trials} random labellings of "
        "normal points, with a 95% Wilson interval; linear programming decided each of them, and its answer was "
        f"checked ({int(data.unproved.sum()) or 'none'} undecided). By Cover's law, planes through the origin separate "
        "half of all labellings at two points per dimension (dotted).",
    )
    return fig


def _time_out(data: xr.Dataset) -> Figure:
    """The share that a perceptron has learned after some passes, beside what is separable."""
    d, trials = data.attrs["time_out_dim"], data.attrs["trials"]
    one = data.sel(bias=True, dim=d)
    fig, ax = plt.subplots(figsize=(7.2, 4.2))
    places, exact = exact_curve(d, True, data.ratio.values)
    ax.plot(places, exact, color=COLORS["theory"], linewidth=1.4, label="separable (Cover)")
    x = one.points / d
    for color, limit in zip(shades(data.sizes["time_out"]), data.time_out.values, strict=True):
        count = data.learned.sel(time_out=limit).values
        interval, label = statistics.wilson(count, trials), f"learned in {limit:,} passes"
        style = {"color": color, "linestyle": "--", "linewidth": 1, "markersize": 4.5}
        interval_line(ax, x, count / trials, *interval, label, bars=True, **style)
    ax.set(xlabel="points per dimension, $N/d$", ylabel="share of random labellings")
    ax.set_title(f"Labellings that a perceptron with a bias learns in {d} dimensions")
    ax.legend()
    nearest = int(np.argmin(np.abs(one.exact.values - 0.5)))
    separable, learned = int(one.separable.values[nearest]), data.learned.values[nearest]
    lacking = ", ".join(f"{separable - k} after {n:,}" for n, k in zip(data.time_out.values, learned, strict=True))
    caption(
        fig,
        f"Of the {separable} separable labellings of {int(one.points.values[nearest])} points, a perceptron has not "
        f"yet learned {lacking} passes; to stop then and call them inseparable would be wrong. The labellings are "
        "those that linear programming decided. Bars: 95% Wilson intervals.",
    )
    return fig
