"""Figures over sizes, widths, depths and steps: they draw from the data alone."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, ORANGE, VERMILION, caption, interval_line
from experiments.speed import _plain, _rules, _timing

LINES = {"engine": ("nnjax.sweep", BLUE), "vmap": ("plain jit(vmap(scan))", VERMILION)}


def _spread_line(ax: Axes, x: np.ndarray, rounds: np.ndarray, label: str, color: str) -> None:
    """A line through the medians of rounds [x, round] with a band between the quartiles; what is nan is left out."""
    known = np.isfinite(rounds).all(axis=1)
    low, median, high = np.quantile(rounds[known], (0.25, 0.5, 0.75), axis=1)
    interval_line(ax, x[known], median, low, high, label, color=color)


def ensembles(data: xr.Dataset, per_step: xr.DataArray, uneven: _rules.Spread, besides: float) -> Figure:
    """Networks per second, and time per network and step, over the size of the ensemble."""
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True)
    sizes, steps = data.networks.values, data.attrs["steps"]
    for method, (label, color) in LINES.items():
        one = per_step.sel(way=method).transpose("networks", "round").values
        _spread_line(axes[0], sizes, 1 / (one * steps), label, color)
        _spread_line(axes[1], sizes, 1e9 * one, label, color)
    for ax, name in zip(axes, (f"networks per second\n({steps:,} steps each)", "ns per network and step"), strict=True):
        ax.set(xscale="log", yscale="log", xlabel="networks in the ensemble", ylabel=name)
    axes[0].legend()
    fig.suptitle("2-2-1 networks that learn XOR: speed over the size of the ensemble")
    most = int(data.measured_networks[-1])
    large = sizes[sizes >= 1_000]
    caption(
        fig,
        f"Claim: from {large[0]:,} to {large[-1]:,} networks the time per network is flat within 20 %, and memory "
        f"stays below 2 GiB besides the result. Found: the greatest time per network is {uneven.median:.3g} times the "
        f"least ({uneven.low:.3g} to {uneven.high:.3g}), and {most:,} networks need {besides:.2g} GiB. Lines: medians "
        f"of {data.sizes['round']} warm rounds in turns; bands: quartiles. {_timing.where(data.attrs)}",
    )
    return fig


def shapes(data: xr.Dataset) -> Figure:
    """Networks per second and share of the matmul peak, over width and over depth."""
    fig, axes = plt.subplots(2, 2, figsize=(9, 6), sharex="col", sharey="row")
    networks, steps, rows = (data.attrs[f"line_{name}"] for name in ("networks", "steps", "rows"))
    peak = float((2 * data.call.astype(float) ** 3 / data.beside_seconds).max("call").median())
    ratios = {}
    for (above, below), name in zip(axes.T, ("width", "depth"), strict=True):
        x = data[name].values
        seconds = data[f"{name}_seconds"].transpose("line_method", name, "round")
        ratio = (seconds.sel(line_method="vmap") / seconds.sel(line_method="engine")).median("round").values
        ratios[name] = f"{ratio.min():.3g} to {ratio.max():.3g}"
        hidden = [(int(n),) if name == "width" else (data.attrs["depth_width"],) * int(n) for n in x]
        flops = np.asarray([_plain.flops((1, *h, 1), rows) for h in hidden])[:, None] * networks * steps
        for method, (label, color) in LINES.items():
            one = seconds.sel(line_method=method).values
            _spread_line(above, x, networks * steps / one, label, color)
            _spread_line(below, x, flops / one / peak, label, color)
        above.set_yscale("log")
        below.axhline(1, color=COLORS["reference"], linestyle="--", linewidth=1)
        below.set_yscale("log")
        if name == "width":
            above.set_xscale("log", base=2)
        below.set_xticks(x, [f"{n}" for n in x])
    axes[0, 0].set(ylabel="networks x steps per second", title="one hidden layer")
    axes[0, 1].set_title(f"layers of {data.attrs['depth_width']}")
    axes[1, 0].set(ylabel="share of the matmul peak", xlabel="neurons in the hidden layer")
    axes[1, 1].set_xlabel("hidden layers")
    axes[0, 0].legend()
    fig.suptitle("Speed over width and depth")
    caption(
        fig,
        f"Asked: how the speed depends on the shape. Found: the engine is {ratios['width']} times as fast as plain "
        f"vmap over the widths, {ratios['depth']} times over the depths. {networks:,} networks, {rows} points, "
        f"{steps:,} steps, tanh, full batch, Adam. Below: operations in matrix products alone, of the peak of "
        f"{peak / 1e9:,.0f} GFLOP/s that large products reached beside it (dashed). Lines: medians of "
        f"{data.sizes['round']} warm rounds; bands: quartiles. {_timing.where(data.attrs)}",
    )
    return fig


def early_stopping(data: xr.Dataset, ratios: Mapping[str, _rules.Spread], ideal: float) -> Figure:
    """Networks that still train over steps, and the times of the three ways."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.plot(data.step, data.training, color=BLUE)
    left.set(xlabel="step", ylabel="networks still training", yscale="symlog", ylim=(0, None))
    for place, (way, color) in enumerate(zip(ratios, (BLUE, VERMILION, ORANGE), strict=True)):
        low, median, high = _rules.spread(data.seconds.sel(way=way).values)
        right.barh(place, median, color=color, height=0.65)
        right.plot([low, high], [place, place], color="#333333", linewidth=1.5)
        right.text(high, place, f" {median:.3g} s", va="center")
    right.set_yticks(range(len(ratios)), ["early stopping", "without", "without, final\nvalues alone"])
    right.invert_yaxis()
    right.margins(x=0.2)
    right.grid(axis="y", visible=False)
    right.set_xlabel("seconds")
    fig.suptitle(f"{data.attrs['shape']} learns XOR: networks that have ended leave")
    without, final = ratios["without"], ratios["final values alone"]
    caption(
        fig,
        f"Claim: to the last network, early stopping is twice as fast as going on. Found: {without.median:.3g} times "
        f"({without.low:.3g} to {without.high:.3g}), {final.median:.3g} times where no curves are kept; the steps "
        f"saved would allow {ideal:.3g} times. {data.attrs['learned']:,} of {data.attrs['networks']:,} networks reach "
        f"a loss of {data.attrs['loss']:g}, the last after {data.attrs['last_step']:,} steps, which all ways train. "
        f"Bars: medians of {data.sizes['round']} warm rounds in turns; dark lines: quartiles. "
        f"{_timing.where(data.attrs)}",
    )
    return fig
