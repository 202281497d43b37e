"""The figures of `perceptron.capacity`: the separable share on Cover's curves, and what a time-out would find."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line, shades
from experiments.perceptron.capacity.fits import exact_curve, goodness_of_fit
from nnjax import statistics


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `capacity` and `time_out`."""
    return {"capacity": _capacity(data), "time_out": _time_out(data)}


def _capacity(data: xr.Dataset) -> Figure:
    """The separable share against points per dimension, on Cover's exact curves."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.2), sharey=True)
    trials, words = data.attrs["trials"], []
    for ax, bias, title in zip(axes, (False, True), ("Planes through the origin", "Planes with a bias"), strict=True):
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
        words.append(f"{fit.statistic:.1f} at {fit.degrees} degrees of freedom, p = {fit.p_value:.2g}")
    axes[0].set_ylabel("separable share of random labellings")
    axes[1].legend(title="dimensions $d$", loc="upper right")
    caption(
        fig,
        "Lines: Cover's curve, of which nothing is fitted; by it half of all labellings through the origin are "
        "separable at two points per dimension (dotted). Random labels of normal points, "
        f"{trials} at each N and d, with 95% Wilson intervals; each was decided by linear programming with an answer "
        f"that was checked ({int(data.unproved.sum()) or 'none'} undecided). Chi-squared over all points: {words[0]} "
        f"through the origin, {words[1]} with a bias.",
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
    ax.set_title(f"Labellings learned by a perceptron, {d} dimensions and a bias")
    ax.legend()
    nearest = int(np.argmin(np.abs(one.exact.values - 0.5)))
    separable, learned = int(one.separable.values[nearest]), data.learned.values[nearest]
    lacking = ", ".join(f"{separable - k} after {n:,}" for n, k in zip(data.time_out.values, learned, strict=True))
    caption(
        fig,
        f"Of {separable} separable labellings of {int(one.points.values[nearest])} points training that is given up "
        f"loses some: a perceptron has not learned {lacking} passes. It was trained on the labellings that linear "
        "programming had decided. Bars: 95% Wilson intervals.",
    )
    return fig
