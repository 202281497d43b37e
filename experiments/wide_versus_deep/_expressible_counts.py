"""The figures of `expressible` that count: neurons against error, alternating points, rounding."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption
from experiments.wide_versus_deep import _expressible_verdicts as rules
from experiments.wide_versus_deep._expressible_sizes import sizes, units_for_points

DEEP, SHALLOW = BLUE, VERMILION
STYLES = {"float32": ("o", "--"), "float64": ("s", "-")}
ORDER_COLORS = (GREEN, ORANGE, PURPLE)
LEAST = 1e-17  # what errs less is drawn here: no axis holds a zero


def neurons(data: xr.Dataset) -> Figure:
    """Neurons, and weights and biases, of deep and shallow networks for the same error."""
    fig, axes = plt.subplots(1, 3, figsize=(12.8, 4.1))
    _sawtooth_sizes(axes[0])
    for ax, what, name in ((axes[1], "neurons", "hidden neurons"), (axes[2], "parameters", "weights and biases")):
        _square_sizes(ax, data, what)
        ax.set(ylabel=name, title=f"$x^2$: {name}")
    handles, labels = axes[1].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4)
    cross = {
        name: [rules.crossing(name, what) for what in ("neurons", "parameters")] for name in ("sawtooth", "square")
    }
    row = sizes("square", 10)
    caption(
        fig,
        "Lines: what theorems say. Marks: the largest error of networks that were built and computed. For the sawtooth "
        f"depth needs fewer neurons from k = {cross['sawtooth'][0]} on and fewer parameters from k = "
        f"{cross['sawtooth'][1]}; for $x^2$ fewer neurons from m = {cross['square'][0]} and fewer parameters from m = "
        f"{cross['square'][1]}, where the error is {4.0 ** (-cross['square'][0] - 1):.2g}: for less accuracy one "
        f"hidden layer is the cheaper one. At $2^{{-22}}$ it is {row['deep_neurons']} neurons against "
        f"{row['shallow_neurons']}. In float32 rounding moves the marks off the lines: no size errs less than "
        f"{float(data.square_largest.sel(dtype='float32').min()):.1g} deep, and "
        f"{float(data.shallow_square.sel(dtype='float32').min()):.1g} shallow.",
    )
    return fig


def _sawtooth_sizes(ax: Axes) -> None:
    k = np.arange(1, 21)
    rows = [sizes("sawtooth", int(one)) for one in k]
    for what, style in (("neurons", "-"), ("parameters", "--")):
        ax.plot(k, [row[f"deep_{what}"] for row in rows], style, color=DEEP, label=f"deep, {what}")
        ax.plot(k, [row[f"least_{what}"] for row in rows], style, color=SHALLOW, label=f"one hidden layer, {what}")
    ax.set(yscale="log", xlabel="folds k ($2^k$ pieces)", ylabel="number", title="Sawtooth, exact")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.legend(fontsize=8.5, loc="upper left")


def _square_sizes(ax: Axes, data: xr.Dataset, what: str) -> None:
    levels = np.arange(1, 17)
    rows = [sizes("square", int(m)) for m in levels]
    error = 4.0 ** (-levels - 1.0)
    ax.plot(error, [row[f"deep_{what}"] for row in rows], color=DEEP, linewidth=1.2, label="deep: $2^{-2m-2}$")
    ax.plot(error, [row[f"least_{what}"] for row in rows], color=SHALLOW, linewidth=1.2, label="shallow, at least")
    for dtype, (marker, _) in STYLES.items():
        built = [
            (data.square_largest, "level", DEEP, "deep"),
            (data.shallow_square, "shallow_level", SHALLOW, "shallow"),
        ]
        for values, dim, color, name in built:
            found = [sizes("square", int(m))[f"{name}_{what}"] for m in values[dim].values]
            fill, label = "none" if dtype == "float32" else color, f"{name}, {dtype}"
            ax.plot(values.sel(dtype=dtype), found, marker, color=color, markerfacecolor=fill, label=label)
    ax.set(xscale="log", yscale="log", xlabel="largest error", xlim=(0.2, 5e-11))


def alternating(data: xr.Dataset) -> Figure:
    """The share of alternating points that networks get wrong, by their neurons."""
    points = 2 ** data.attrs["alternating_bits"]
    fig, ax = plt.subplots(figsize=(8.6, 4.5))
    ax.plot(data.unit, data.cut_bound, "--", color=SHALLOW, label="Telgarsky's bound, one layer of N")
    ax.plot(data.unit, data.cut_exact, color=SHALLOW, linewidth=1.2, label="exact: N + 1 pieces")
    ax.plot(data.unit, data.cut_wrong, "o", color=SHALLOW, markerfacecolor="none", label="built, one layer")
    ax.plot(2 * data.built_fold, data.folded_bound, "--", color=SKY, label="Telgarsky's bound, layers of 2")
    ax.plot(2 * data.built_fold, data.folded_wrong, "s", color=DEEP, label="built, layers of 2")
    ax.axhline(1 / 6, color=COLORS["neutral"], linewidth=1, linestyle=":")
    ax.text(points, 1 / 6 + 0.008, "1/6", ha="right", color=COLORS["neutral"])
    ax.set(xscale="log", xlabel="hidden neurons", ylabel="share of points wrong", ylim=(-0.02, 1.02))
    ax.set_title(f"{points:,} points of alternating labels")
    ax.legend(fontsize=9, loc="upper right", ncols=2)
    caption(fig, _alternating_found(data, points))
    return fig


def _alternating_found(data: xr.Dataset, points: int) -> str:
    k, wrong, bound = data.built_fold.values, data.folded_wrong.values, data.folded_bound.values
    right = k[wrong == 0]
    deep = (
        f"{2 * right[0]} neurons in {right[0]} layers get all right" if right.size else "no layers of 2 get all right"
    )
    half, all_right = (units_for_points(points, share) for share in (0.25, 0.0))
    below, built = rules.below_the_bound(data)
    empty = k[bound == 0]
    says = f", which for layers of 2 says nothing from {empty[0]} layers on" if empty.size else ""
    return (
        f"Points i/{points:,} with labels i mod 2; an output above 1/2 says 1. As computed, {deep}. By theory one "
        f"hidden layer needs {half:,} neurons to get three quarters right and {all_right:,} for all. Of {built} built "
        f"networks {below} are below the bound{says}. Sawtooths of a quarter as many pieces as points or "
        f"fewer get {wrong[:-2].min():.2f} to {wrong[:-2].max():.2f} wrong, and that of half as many, where every "
        f"other point lies half-way up a tooth, {wrong[-2]:.2f}."
    )


def rounding(data: xr.Dataset) -> Figure:
    """What rounding makes of the shallow sawtooth in three orders, and of squares deep and shallow."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.8, 4.5))
    k = data.shallow_fold.values
    for order, color in zip(data.order.values, ORDER_COLORS, strict=True):
        for dtype, (marker, style) in STYLES.items():
            one = data.rounding.sel(order=order, dtype=dtype).values
            left.plot(k, np.maximum(one, LEAST), style, marker=marker, color=color, label=f"{order}, {dtype}")
    left.axhline(0.5, color=COLORS["neutral"], linewidth=1, linestyle=":")
    left.set(yscale="log", xlabel="folds k ($2^k$ units)", ylabel="largest error", title="Shallow sawtooth: rounding")
    left.set(ylim=(LEAST / 3, 1e8))
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(fontsize=8, loc="upper left", ncols=2)
    for dtype, (marker, style) in STYLES.items():
        built = [
            (data.square_largest, "level", DEEP, "deep"),
            (data.shallow_square, "shallow_level", SHALLOW, "shallow"),
        ]
        for values, dim, color, name in built:
            right.plot(
                values[dim], values.sel(dtype=dtype), style, marker=marker, color=color, label=f"{name}, {dtype}"
            )
    levels = np.array([1, int(data.level[-1])])
    right.plot(levels, 4.0 ** (-levels - 1.0), color=COLORS["theory"], linewidth=0.9, label="$2^{-2m-2}$")
    right.set(yscale="log", xlabel="levels m", ylabel="largest error", title="$x^2$, deep and shallow")
    right.legend(fontsize=9)
    last = data.rounding.isel(shallow_fold=-1).sel(dtype="float32")
    said = ", ".join(f"{float(last.sel(order=name)):.2g} ({name})" for name in last.order.values)
    caption(
        fig,
        "Left: the shallow sawtooth would be exact without rounding; its units are added up in three orders. In "
        f"float32 at k = {int(last.shallow_fold)} it is off by {said}; 0 is drawn at the lower edge. From left to "
        "right neighbouring kinks cancel at once, in other orders sums of kinks of one sign are rounded. Dotted: off "
        f"by half a tooth, when nothing is left.{_extended(data)} Right, in float32: {_least(data)}.",
    )
    return fig


def _least(data: xr.Dataset) -> str:
    """Where the squares err least in float32, and what they err at last."""
    told = []
    for name, values, dim in (
        ("deep", data.square_largest, "level"),
        ("shallow", data.shallow_square, "shallow_level"),
    ):
        one, levels = values.sel(dtype="float32").values, data[dim].values
        best = int(one.argmin())
        text = f"the {name} square errs least at m = {levels[best]}, by {one[best]:.1e}"
        told.append(text + (f", and at m = {levels[-1]} by {one[-1]:.1e}" if best < len(one) - 1 else ", the last"))
    return "; ".join(told)


def _extended(data: xr.Dataset) -> str:
    """Where float64 drowns by the line through what was measured."""
    found = rules.growth(data, "float64", "shuffled")
    if found is None:
        return ""
    at = (np.log2(0.5) - found.intercept) / found.slope
    return (
        f" Shuffled, in float64, errors grow as $2^{{{found.slope:.2f}k}}$, and by that line drown at k = {at:.0f}"
        + (", beyond what was built." if at > int(data.shallow_fold[-1]) else ".")
    )
