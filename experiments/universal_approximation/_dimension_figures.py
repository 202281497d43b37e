"""The figures of `dimension`: they draw from its data alone."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, caption, interval_line
from experiments.universal_approximation import _dimension_verdicts as rules
from experiments.universal_approximation._drawn_units import SQUARED_NORM

SHADES = plt.get_cmap("cividis")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")


def _shades(data: xr.Dataset) -> dict[int, Any]:
    """A shade for every dimension, dark for few."""
    last = max(data.sizes["dim"] - 1, 1)
    return {int(d): SHADES(0.92 * i / last) for i, d in enumerate(data.dim.values)}


def units(data: xr.Dataset) -> Figure:
    """Squared error against N: drawn units of all dimensions on one line, trained ones below it."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, 1 + len(names), figsize=(3.6 * (1 + len(names)) + 0.9, 4.3), sharey=True)
    drawn, *others = axes
    for i, (d, shade) in enumerate(_shades(data).items()):
        one, marker = data.sel(dim=d), MARKERS[i % len(MARKERS)]
        mean, half = (v / SQUARED_NORM for v in (one.drawn, 1.96 * one.drawn_error))
        interval_line(
            drawn, data.drawn_units, mean, mean - half, mean + half, bars=True, color=shade, label=f"{d}",
            linestyle="none", marker=marker,
        )  # fmt: skip
        for ax, name in zip(others, names, strict=True):
            at = one.sel(activation=name)
            mean, low, high = (at[f"trained{end}"] / SQUARED_NORM for end in ("", "_low", "_high"))
            interval_line(ax, data.units, mean, low, high, color=shade, marker=marker)
    n = np.array([1, max(data.drawn_units.max(), data.units.max())], float)
    for ax, title in zip(axes, ["Drawn from the law", *(f"Trained, {name}" for name in names)], strict=True):
        ax.plot(n, 1 / n, color=COLORS["theory"], linestyle="--", linewidth=1.2, label="exactly $1/N$", zorder=1)
        ax.set(xscale="log", yscale="log", xlabel="units $N$", title=title)
        _plain(ax, data.drawn_units.values if ax is drawn else data.units.values)
    drawn.set_ylabel("squared error / $|f|^2$")
    handles, labels = drawn.get_legend_handles_labels()
    fig.legend(handles, labels, title="dimensions $d$", loc="outside right center")
    caption(fig, _units_text(data, names))
    return fig


def _units_text(data: xr.Dataset, names: list[str]) -> str:
    ratio = data.drawn / data.exact
    p = rules.goodness((data.drawn - data.exact) / data.drawn_error)
    line = SQUARED_NORM / data.units
    below = {name: int((data.trained_high.sel(activation=name) < line).sum()) for name in names}
    cells = data.sizes["dim"] * data.sizes["units"]
    told = ", ".join(f"{below[name]} of {cells} with {name}" for name in names)
    last = (data.trained / line).isel(units=-1, dim=-1)
    parts = ", ".join(f"{float(last.sel(activation=name)):.2g} ({name})" for name in names)
    return (
        f"Claim: the mean of N units drawn from the law that f is the mean of errs by 1/N of $|f|^2$ whatever the "
        f"dimension. Found: {data.attrs['draws']:,} draws in each cell, each tested on its own "
        f"{data.attrs['points_per_draw']} fresh inputs, are {float(ratio.min()):.3f} to {float(ratio.max()):.3f} times "
        f"the exact error (p = {p:.2g} for all cells together). Trained networks lie below with their whole interval "
        f"in so many cells: {told}; with {int(data.units[-1])} units in {int(data.dim[-1])} dimensions they have this "
        f"part of the drawn units' error: {parts}. Medians of {data.attrs['seeds']} seeds with bootstrap intervals "
        "(95 %), on fresh inputs."
    )


def _plain(ax: Axes, ticks: np.ndarray) -> None:
    ax.set_xticks(ticks, [f"{int(t)}" for t in ticks])
    ax.minorticks_off()


def fixed_bases(data: xr.Dataset) -> Figure:
    """Squared error against n of the two bases, mean and worst, with the bound of each dimension."""
    fig, axes = plt.subplots(2, 2, figsize=(9.6, 7.2), sharey="row", sharex=True)
    for column, (kind, (_, label)) in zip(axes.T, rules.KINDS.items(), strict=True):
        for ax, what in zip(column, ("mean", "worst"), strict=True):
            for i, (d, shade) in enumerate(_shades(data).items()):
                one = data.sel(dim=d)
                n, y = one[f"{kind}_number"].values, one[f"{kind}_{what}"].values
                ax.plot(n, y, color=shade, marker=MARKERS[i % len(MARKERS)], label=f"{d}", markersize=4)
                kept = np.isfinite(n)
                line = one[f"{kind}_bound"].values if what == "mean" else y[0] * (n / n[0]) ** (-2 / d)
                ax.plot(n[kept], line[kept], color=shade, linestyle=":" if what == "mean" else "--", linewidth=1)
            ax.set(xscale="log", yscale="log", title=f"{label.capitalize()}, {what} of {data.attrs['sums']} sums")
        column[-1].set_xlabel("fixed functions $n$")
    for row in axes:
        row[0].set_ylabel("squared error ($C_f = 1$)")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, title="dimensions $d$", loc="outside right center")
    text = "; ".join(_rates_text(data, kind) for kind in rules.KINDS)
    caption(
        fig,
        "Claim: of functions with $C_f = 1$ no n fixed functions come nearer than $n^{-2/d}$ in the worst case. Cosine "
        "sums with random lattice frequencies up to the smallest $|k|$ that allows 2n of them. Above, the mean and "
        "(dotted) below what no basis has it; below, the worst and (dashed) $n^{-2/d}$ from the first on. Found: mean "
        f"errors fall with these exponents: {text}. Every one of these sums is exactly a network of at most "
        f"{data.attrs['most_terms']} cosine units.",
    )
    return fig


def _rates_text(data: xr.Dataset, kind: str) -> str:
    slopes = rules.exponents(data, kind).sel(of="slope").dropna("dim")
    listed = ", ".join(f"{float(s):.2f} (d = {int(d)})" for d, s in zip(slopes.dim, slopes, strict=True))
    return f"{rules.KINDS[kind][1]} {listed}"


def exponents(data: xr.Dataset) -> Figure:
    """How fast each error falls, as a power of the number of units or functions, against the dimension."""
    fig, ax = plt.subplots(figsize=(7.4, 4.4))
    d = data.dim.values.astype(float)
    fine = np.geomspace(d.min(), d.max(), 200)
    ax.plot(fine, np.full_like(fine, -1), color=COLORS["theory"], linestyle="--", linewidth=1.2, label="$-1$, exactly")
    ax.plot(fine, -2 / fine, color=COLORS["theory"], linestyle=":", linewidth=1.4, label="$-2/d$, fixed bases")
    lines = (
        ("drawn", "units drawn from the law", BLUE, "o"),
        ("polynomials", "polynomials", ORANGE, "s"),
        ("features", "random features", GREEN, "^"),
    )
    for kind, label, color, marker in lines:
        slope = rules.exponents(data, kind)
        mean, low, high = (slope.sel(of=of).values for of in ("slope", "low", "high"))
        interval_line(ax, d, mean, low, high, label, color=color, marker=marker, bars=True, linestyle="none")
    ax.set(xscale="log", xlabel="dimensions $d$", ylabel="exponent of the squared error", ylim=(-2.5, 0.1))
    _plain(ax, data.dim.values)
    ax.set_title("Chosen units do not mind the dimension, fixed bases do")
    ax.legend(loc="lower right")
    last = {kind: rules.exponents(data, kind).isel(dim=-1).sel(of="slope").item() for kind, *_ in lines}
    least = min(float(data[f"{kind}_barron_from"].min()) for kind in rules.KINDS)
    caption(
        fig,
        f"Slopes of log squared error against log number, with Student's interval (95 %). In {int(d[-1])} dimensions: "
        + ", ".join(f"{label} {_slope(last[kind])}" for kind, label, *_ in lines)
        + ". The functions differ: the mean of a law for drawn units, and for the bases cosine sums that change with n "
        f"and d. Barron's constant is no help: his bound says less than predicting the mean up to {least:,.0f} units "
        "at least.",
    )
    return fig


def _slope(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "unknown (under three numbers)"
