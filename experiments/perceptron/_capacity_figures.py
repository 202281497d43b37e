"""The figures of `capacity`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption
from experiments.perceptron._capacity_verdicts import exact_curve, goodness_of_fit
from nnjax import statistics

SHADES = plt.get_cmap("cividis")


def capacity(data: xr.Dataset) -> Figure:
    """The separable part against points for each dimension, on Cover's exact curves."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.2), sharey=True)
    trials, words = data.attrs["trials"], []
    for ax, bias, title in zip(axes, (False, True), ("Through the origin", "With a bias"), strict=True):
        for i, d in enumerate(data.dim.values):
            one, color = data.sel(bias=bias, dim=d), SHADES(0.92 * i / max(data.sizes["dim"] - 1, 1))
            places, exact = exact_curve(int(d), bias, data.ratio.values)
            ax.plot(places, exact, color=color, linewidth=1.2, zorder=1)
            low, high = statistics.wilson(one.separable.values, trials)
            x = one.points / d
            ax.vlines(x, low, high, color=color, linewidth=1.2)
            ax.plot(x, one.separable / trials, "o", color=color, label=f"{d}", markersize=4.5)
        ax.axhline(0.5, color=COLORS["neutral"], linewidth=0.8, linestyle=":")
        ax.axvline(2, color=COLORS["neutral"], linewidth=0.8, linestyle=":")
        ax.set(xlabel="points for each dimension, $N/d$", title=title)
        one = data.sel(bias=bias)
        fit = goodness_of_fit(one.separable.values, trials, one.exact.values)
        words.append(f"{fit.statistic:.1f} at {fit.degrees} degrees of freedom, p = {fit.p_value:.2g}")
    axes[0].set_ylabel("separable part of random labellings")
    axes[1].legend(title="dimensions $d$", loc="upper right")
    caption(
        fig,
        f"Random labels of normal points, {trials} of each kind, with 95 % Wilson intervals; each was decided by "
        f"linear programming with an answer that was checked ({int(data.unproved.sum())} without proof). Lines: "
        f"Cover's exact part, nothing is fitted. All points together: chi-squared {words[0]} through the origin, "
        f"{words[1]} with a bias.",
    )
    return fig


def time_out(data: xr.Dataset) -> Figure:
    """The part that a perceptron has learned after so many passes, beside what is separable."""
    d, trials = data.attrs["time_out_dim"], data.attrs["trials"]
    one = data.sel(bias=True, dim=d)
    fig, ax = plt.subplots(figsize=(7.2, 4.2))
    places, exact = exact_curve(d, True, data.ratio.values)
    ax.plot(places, exact, color=COLORS["theory"], linewidth=1.4, label="separable (Cover)")
    x = one.points / d
    for i, limit in enumerate(data.time_out.values):
        color = SHADES(0.92 * i / max(data.sizes["time_out"] - 1, 1))
        count = data.learned.sel(time_out=limit).values
        low, high = statistics.wilson(count, trials)
        ax.vlines(x, low, high, color=color, linewidth=1.2)
        ax.plot(
            x, count / trials, "o--", color=color, linewidth=1, markersize=4.5, label=f"learned in {limit:,} passes"
        )
    ax.set(xlabel="points for each dimension, $N/d$", ylabel="part of random labellings")
    ax.set_title(f"What a time-out makes of it, {d} dimensions and a bias")
    ax.legend()
    nearest = int(np.argmin(np.abs(one.exact.values - 0.5)))
    separable, learned = int(one.separable.values[nearest]), data.learned.values[nearest]
    lacking = ", ".join(f"{separable - k} after {n:,}" for n, k in zip(data.time_out.values, learned, strict=True))
    caption(
        fig,
        f"Perceptrons trained on the very labellings that were decided by linear programming. Of {separable} separable "
        f"ones of {int(one.points.values[nearest])} points these are not learned yet: {lacking} passes. "
        "Whoever stops at a time-out measures patience, not capacity.",
    )
    return fig
