"""The figures of `dimension`: errors of drawn and trained units, of fixed bases, and how fast each falls."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab import figures as lab
from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, caption, interval_line
from experiments.universal_approximation.dimension import summary
from experiments.universal_approximation.dimension.drawn_units import SQUARED_NORM

ENDS = ("", "_low", "_high")
LINES = (
    ("drawn", "drawn units, averaged", BLUE, "o"),
    ("polynomials", "polynomials", ORANGE, "s"),
    ("features", "random features", GREEN, "^"),
)
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `units`, `fixed_bases` and `exponents`."""
    return {"units": _units(data), "fixed_bases": _fixed_bases(data), "exponents": _exponents(data)}


def _shades(data: xr.Dataset) -> dict[int, Any]:
    """A shade for every dimension, dark for few."""
    return dict(zip(data.dim.values.tolist(), lab.shades(data.sizes["dim"]), strict=True))


def _units(data: xr.Dataset) -> Figure:
    """Squared error against N: drawn units of all dimensions on one line, solved and trained ones below it."""
    names = [str(name) for name in data.activation.values]
    panels = ["Drawn units, averaged", "Drawn units, output weights solved"]
    panels += [f"Trained {name} units" for name in names]
    fig, axes = lab.panels(len(panels), 2, size=(4.8, 3.0), sharey=True)
    for i, (d, shade) in enumerate(_shades(data).items()):
        one, style = data.sel(dim=d), {"color": shade, "marker": MARKERS[i % len(MARKERS)]}
        half = 1.96 * one.drawn_error
        ends = one.drawn, one.drawn - half, one.drawn + half
        _line(axes[0], data.drawn_units, ends, bars=True, label=f"{d}", linestyle="none", **style)
        style["bars"] = data.sizes["units"] == 1  # a band of one point would not be seen
        _line(axes[1], data.units, [one[f"solved{end}"] for end in ENDS], **style)
        for ax, name in zip(axes[2:], names, strict=True):
            _line(ax, data.units, [one.sel(activation=name)[f"trained{end}"] for end in ENDS], **style)
    n = np.array([1, max(data.drawn_units.max(), data.units.max())], float)
    for ax, title in zip(axes, panels, strict=True):
        ax.plot(n, 1 / n, color=COLORS["theory"], linestyle="--", linewidth=1.2, label="$1/N$, theory", zorder=1)
        ax.set(xscale="log", yscale="log", title=title)
        _plain(ax, data.drawn_units.values if ax is axes[0] else data.units.values)
    for ax in axes[-2:]:
        ax.set_xlabel("number of units $N$")
    for ax in axes[::2]:
        ax.set_ylabel("squared error / $|f|^2$")
    fig.suptitle("Squared errors of drawn and of trained units, by dimension")
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles, labels, title="dimensions $d$", loc="outside right center")
    caption(fig, _units_text(data, names))
    return fig


def _line(ax: Axes, n: xr.DataArray, ends: Any, **style: Any) -> None:
    """Draw errors with their intervals, divided by |f|^2."""
    interval_line(ax, n, *(end / SQUARED_NORM for end in ends), **style)


def _units_text(data: xr.Dataset, names: list[str]) -> str:
    ratio = data.drawn / data.exact
    p = summary.goodness((data.drawn - data.exact) / data.drawn_error)
    more = data.sel(units=data.units > 1)
    line = SQUARED_NORM / more.units
    cells = more.sizes["dim"] * more.sizes["units"]
    high = {name: more.trained_high.sel(activation=name) for name in names}
    told = {
        key: " and ".join(f"in {int((high[name] < below).sum())} of {cells} cells ({name})" for name in names)
        for key, below in (("line", line), ("solved", more.solved_low))
    }
    last = (more.trained / line).isel(units=-1, dim=-1)
    sizes = ", ".join(str(int(n)) for n in more.units)
    parts = ", ".join(f"{float(last.sel(activation=name)):.2g} ({name})" for name in names)
    return (
        "The mean of N units drawn from a distribution with mean f has here a squared error of $|f|^2/N$ (theory); "
        f"measured errors are {float(ratio.min()):.3f} to {float(ratio.max()):.3f} times that in every dimension "
        f"(chi-squared test of all cells of d and N: p = {p:.2g}; {data.attrs['draws']:,} draws in each cell, each on "
        f"{data.attrs['points_per_draw']} new inputs). Trained networks of {sizes} units have lower errors, with "
        f"their whole interval, {told['line']}. Their errors are lower than those of drawn "
        f"units with solved output weights {told['solved']}. With {int(data.units[-1])} units in "
        f"{int(data.dim[-1])} dimensions, trained networks have these multiples of the theoretical error: {parts}; "
        f"solved units {float((more.solved / line).isel(units=-1, dim=-1)):.2g}. Medians of {data.attrs['seeds']} "
        f"seeds and of {data.attrs['solved_draws']} solved draws, with 95% bootstrap intervals, on new inputs."
    )


def _plain(ax: Axes, ticks: np.ndarray) -> None:
    ax.set_xticks(ticks, [f"{int(t)}" for t in ticks])
    ax.minorticks_off()


def _fixed_bases(data: xr.Dataset) -> Figure:
    """Squared error against n of the two bases, mean and worst, over that of predicting 0, with the bounds."""
    fig, axes = plt.subplots(2, 2, figsize=(9.6, 7.2), sharey="row", sharex=True)
    for column, (kind, (_, label)) in zip(axes.T, summary.KINDS.items(), strict=True):
        for ax, what, bound in zip(column, ("mean", "worst"), ("bound", "worst_bound"), strict=True):
            for i, (d, shade) in enumerate(_shades(data).items()):
                one = data.sel(dim=d)
                n, nothing = one[f"{kind}_number"].values, float(one[f"nothing_{what}"])
                kept = np.isfinite(n)
                y, least = (one[f"{kind}_{of}"].values[kept] / nothing for of in (what, bound))
                ax.plot(n[kept], y, color=shade, marker=MARKERS[i % len(MARKERS)], label=f"{d}", markersize=4)
                ax.plot(n[kept], least, color=shade, linestyle=":", linewidth=1.2)
            ax.plot([], [], color=COLORS["neutral"], linestyle=":", linewidth=1.2, label="lower bound\nfor any basis")
            ax.axhline(1, color=COLORS["theory"], linestyle="--", linewidth=1.2, zorder=1, label="predicting 0")
            ax.set(xscale="log", yscale="log", title=f"{label.capitalize()}, {what} of {data.attrs['sums']} sums")
        column[-1].set_xlabel("number of fixed functions $n$")
    for row in axes:
        row[0].set_ylabel("squared error / that of predicting 0")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, title="dimensions $d$", loc="outside right center")
    fig.suptitle("Squared errors of two fixed bases on cosine sums, by dimension")
    caption(fig, _fixed_text(data))
    return fig


def _fixed_text(data: xr.Dataset) -> str:
    most, fewest = data.isel(dim=-1), data.isel(dim=0)
    left = " and ".join(f"{_left(most, kind)} ({name})" for kind, (_, name) in summary.KINDS.items())
    beside = " and ".join(_left(fewest, kind) for kind in summary.KINDS)
    return (
        f"With the most functions the mean squared error is {left} of that of predicting 0 for d = {int(most.dim)}"
        f"{f', and {beside} for d = {int(fewest.dim)}' if data.sizes['dim'] > 1 else ''}. Dotted: lower bound for "
        "any n fixed functions, for the mean (above) or the worst case (below). The sums have random lattice "
        f"frequencies and Barron's constant $C_f = 1$, and are the same for every n; each is a network of at most "
        f"{data.attrs['most_terms']} cosine units."
    )


def _left(one: xr.Dataset, kind: str) -> str:
    """The least share of the mean error of predicting 0 that a basis leaves."""
    share = 100 * float((one[f"{kind}_mean"] / one.nothing_mean).min())
    return f"{share:{'.0f' if share >= 10 else '.2g'}}%"


def _exponents(data: xr.Dataset) -> Figure:
    """How fast each error falls, as a power of the number of units or functions, against the dimension."""
    fig, ax = plt.subplots(figsize=(9.0, 5.0))
    d = data.dim.values.astype(float)
    fine = np.geomspace(d.min(), d.max(), 200)
    theory = {"color": COLORS["theory"], "zorder": 1}
    ax.plot(fine, np.zeros_like(fine), color=COLORS["neutral"], linewidth=1, zorder=1, label="0: predicting 0")
    ax.plot(fine, np.full_like(fine, -1), linestyle="--", linewidth=1.2, label="$-1$: theory, drawn units", **theory)
    ax.plot(fine, -2 / fine, linestyle=":", linewidth=1.4, label="$-2/d$: theory, fixed bases, large $n$", **theory)
    lowest = -2.4
    for i, (kind, label, color, marker) in enumerate(LINES):
        slope = summary.exponents(data, kind)
        mean, low, high = (slope.sel(of=of).values for of in ("slope", "low", "high"))
        style = {"color": color, "marker": marker, "linestyle": "none"}
        lowest = min(lowest, float(np.nanmin(np.where(np.isfinite(low), low, np.nan), initial=0.0)))
        # Side by side, so that no interval hides another.
        interval_line(ax, d * 1.05 ** (i - 1), mean, low, high, label, bars=True, **style)
    best = summary.exponents(data, "polynomials, bound").sel(of="slope").values
    ax.plot(d, best, "_", color=COLORS["theory"], markersize=16, label="best basis, same $n$ as polynomials")
    ax.set(xscale="log", xlabel="dimensions $d$ of the input", ylabel="exponent of the squared error")
    ax.set_ylim(max(lowest, -4.0) - 0.15, 0.5)
    _plain(ax, data.dim.values)
    ax.set_title("How fast the squared error falls: exponent by dimension")
    lab.shared_legend(fig, [ax], ncols=2)
    caption(fig, _exponents_text(data))
    return fig


def _exponents_text(data: xr.Dataset) -> str:
    last = {kind: summary.exponents(data, kind).isel(dim=-1).sel(of="slope").item() for kind, *_ in LINES}
    both = sorted({0, data.sizes["dim"] - 1})
    ends = [f"{float(data.barron_from[i]):,.0f} for d = {int(data.dim[i])}" for i in both]
    return (
        f"In {int(data.dim[-1])} dimensions the squared error is proportional to the number of units or functions to "
        "the power: "
        + ", ".join(f"{_slope(last[kind])} ({label})" for kind, label, *_ in LINES)
        + ". Marks: slopes of log squared error against log number; bars: Student's 95% interval from the scatter "
        "about the line (one that holds 0 cannot be distinguished from predicting 0). The functions differ: the mean "
        "of a distribution for drawn units, cosine sums for the bases. Barron's bound, d/N for $C_f = 1$, is above "
        f"the error of predicting 0 up to N\u00a0=\u00a0{' and '.join(ends)}."
    )


def _slope(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "unknown (under three numbers)"
