"""Figures that set methods side by side: they draw from the data alone."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption
from experiments.speed import _compare, _rules, _timing

# One method keeps one colour in every figure.
METHOD_COLORS = {
    "engine": BLUE,
    "vmap": VERMILION,
    "scan": ORANGE,
    "loop": SKY,
    "torch_batched": GREEN,
    "turbanet": PURPLE,
    "torch_loop": COLORS["reference"],
    "sklearn": COLORS["neutral"],
}


def of_one(data: xr.Dataset, prices: Mapping[str, _rules.Spread]) -> Figure:
    """How many networks the engine trains in the time in which each other method trains one."""
    workload = str(data.workload.values[0])
    count = int(data.networks.sel(workload=workload, way="engine"))
    fig, ax = plt.subplots(figsize=(7, 1.2 + 0.45 * len(prices)))
    names = list(prices)[::-1]
    for place, name in enumerate(names):
        low, median, high = (count / value for value in reversed(prices[name]))
        ax.barh(place, median, color=METHOD_COLORS[name], height=0.65)
        ax.plot([low, high], [place, place], color="#333333", linewidth=1.5)
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}  # the dashed line must not cross a number
        ax.text(high * 1.15, place, f"{median:,.0f}", va="center", bbox=box)
    ax.axvline(count, color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_yticks(range(len(names)), [_compare.LABELS[name] for name in names])
    ax.set_xscale("log")
    ax.set_xlim(1, 10 * max(count, max(count / value.low for value in prices.values())))
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("networks for the price of one")
    fig.suptitle(f"How many {workload} networks the engine trains while another trains one")
    found = "; ".join(f"{count / value.median:,.0f} against {_compare.LABELS[name]}" for name, value in prices.items())
    steps = int(data.steps.sel(workload=workload, way="engine"))
    caption(
        fig,
        f"Claim: {count:,} networks for the price of one (dashed). Found: {found}. {count:,} networks learn XOR for "
        f"{steps:,} steps in the engine, and the time is divided by that of one network. Bars: medians of "
        f"{data.sizes['round']} rounds in turns; dark lines: quartiles. {_timing.where(data.attrs)}",
    )
    return fig


def per_step(data: xr.Dataset, targets: Mapping[tuple[str, str], float], note: str = "") -> Figure:
    """Time per network and step of every method, a panel for each workload."""
    workloads = [str(name) for name in data.workload.values]
    methods = [str(name) for name in data.way.values][::-1]
    fig, axes = plt.subplots(
        1, len(workloads), figsize=(max(3.1 * len(workloads) + 2.2, 6.6), 1.4 + 0.42 * len(methods)),
        sharey=True, squeeze=False,
    )  # fmt: skip
    microseconds = 1e6 * _compare.per_step(data)
    for ax, workload in zip(axes[0], workloads, strict=True):
        one = microseconds.sel(workload=workload)
        for place, name in enumerate(methods):
            low, median, high = _rules.spread(one.sel(way=name).values)
            ax.plot([low, high], [place, place], color=METHOD_COLORS[name], linewidth=2)
            ax.plot(median, place, "o", color=METHOD_COLORS[name], markersize=7)
            ratio = _compare.times_faster(data, workload, name).median
            if name != "engine":
                ax.annotate(f"{_short(ratio)}x", (median, place), (0, 6),
                            textcoords="offset points", ha="center", fontsize=9)  # fmt: skip
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(NullFormatter())  # within one decade they would overlap
        ax.margins(x=0.15, y=0.12)
        ax.set_title(workload)
        ax.set_xlabel("µs per network and step")
    axes[0, 0].set_yticks(range(len(methods)), [_compare.LABELS[name] for name in methods])
    fig.suptitle("What a step of one network costs")
    compared = [
        f"{workload} against {_compare.LABELS[method]} "
        f"{_short(_compare.times_faster(data, workload, method).median)} times (target {target:,g})"
        for (workload, method), target in targets.items()
        if workload in workloads and method in methods
    ]
    caption(
        fig,
        f"Claim: the engine trains many small networks several times faster than other ways. Found, per network and "
        f"step: {'; '.join(compared) or 'no target was measured'}. {note}Points: medians of {data.sizes['round']} "
        f"rounds in turns, warm; lines: quartiles; numbers: times the engine's. {_compiling(data)}"
        f"{_timing.where(data.attrs)}",
    )
    return fig


def _short(ratio: float) -> str:
    """Three digits, or all of a large number."""
    return f"{ratio:.3g}" if ratio < 1000 else f"{ratio:,.0f}"


def _compiling(data: xr.Dataset) -> str:
    """How long the methods that compile did so, which no time holds."""
    seconds = {name: data.compile_seconds.sel(way=name) for name in ("engine", "vmap") if name in data.way}
    told = [f"{float(s.min()):.1f} to {float(s.max()):.1f} s for {_compare.LABELS[k]}" for k, s in seconds.items()]
    return f"Compiling is apart: {', '.join(told)}. "


def grid(data: xr.Dataset, ratios: Mapping[int, _rules.Spread], warm: _rules.Spread) -> Figure:
    """Seconds of every way to train the whole grid."""
    looks = {"saved": SKY, "engine": BLUE, "plain": VERMILION}
    names = ("nnjax.sweep,\nsaved programs", "nnjax.sweep", "one plain program\nper shape")
    fig, axes = plt.subplots(1, len(ratios), figsize=(2.6 + 2.9 * len(ratios), 2.9), sharey=True, squeeze=False)
    for ax, steps in zip(axes[0], ratios, strict=True):
        for place, (way, color) in enumerate(looks.items()):
            low, median, high = _rules.spread(data.seconds.sel(way=way, steps=steps).values)
            if np.isfinite(median):
                ax.barh(place, median, color=color, height=0.65)
                ax.plot([low, high], [place, place], color="#333333", linewidth=1.5)
                ax.text(high, place, f" {median:,.3g} s", va="center")
        ax.set_yticks(range(len(names)), names)
        ax.margins(x=0.25)
        ax.grid(axis="y", visible=False)
        ax.set_title(f"{steps:,} steps")
        ax.set_xlabel("seconds, compiling included")
    fig.suptitle(f"{data.attrs['networks']:,} networks of {data.attrs['shapes']} shapes and activations")
    found = ", ".join(f"{ratio.median:.3g} times at {steps:,} steps" for steps, ratio in ratios.items())
    caption(
        fig,
        f"Claim: a grid of shapes is trained 7 times faster than by one program per shape where compiling is most of "
        f"the time, 4 times where training is, and 1.5 times faster still with saved programs. Found: {found}; with "
        f"saved programs {warm.median:.3g} times its own time without. {data.attrs['programs']} programs in the "
        f"engine. Bars: medians of {data.sizes['round']} rounds; dark lines: quartiles. {_timing.where(data.attrs)}",
    )
    return fig
