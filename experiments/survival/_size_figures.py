"""The figure of `size`: bytes on disk, memory and time."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, ORANGE, caption

LOOKS = {"store": (BLUE, "with a store"), "memory": (ORANGE, "without")}


def draw(data: xr.Dataset, growth: float, overhead: tuple[float, float, float], limits: Mapping[str, float]) -> Figure:
    """A panel for each."""
    fig, (disk, memory, seconds) = plt.subplots(1, 3, figsize=(11, 3.4), width_ratios=(1.2, 1, 0.9))
    most = int(data.networks.values[-1])
    total = float(data.disk.sel(networks=most).sum()) / 1e6
    _disk(disk, data.disk.sel(networks=most) / 1e6)
    _memory(memory, data, limits["growth"])
    _time(seconds, data, overhead, limits["overhead"])
    fig.suptitle("What a store costs")
    low, median, high = (100 * (value - 1) for value in overhead)
    caption(
        fig,
        f"Claim: {most:,} networks fit in {limits['bytes'] * most / 1e6:g} MB, the memory stays flat (below "
        f"{limits['growth']:g} times that of the fewest), and the store costs less than "
        f"{100 * (limits['overhead'] - 1):.0f}% of the time. Found: {total:.3g} MB in "
        f"{int(data.files.sel(networks=most)):,} files; memory with a store grows by {100 * (growth - 1):.1f}% from "
        f"{int(data.networks.values[0]):,} to {most:,} networks; the store takes {median:.1f}% more time (quartiles "
        f"{low:.1f} and {high:.1f}%) in {data.sizes['round']} rounds of {data.attrs['chunks']} chunks, "
        f"{data.attrs['milliseconds_per_chunk']:.2g} ms to write each. Dashed: the limits.",
    )
    return fig


def _disk(ax: Axes, sizes: xr.DataArray) -> None:
    """Bytes of every variable that is seen."""
    kept = sizes.isel(part=(sizes >= 0.002 * sizes.sum()).values)
    names = [*(str(name) for name in kept.part.values), "all"]
    values = [*kept.values, float(sizes.sum())]
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        ax.barh(-place, value, color=COLORS["neutral"] if name == "all" else BLUE, height=0.7)
        ax.text(value, -place, f" {value:.2g}" if value < 10 else f" {value:.1f}", va="center")
    ax.set_yticks([-i for i in range(len(names))], names)
    ax.margins(x=0.2)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("MB on disk")
    ax.set_title(f"{int(sizes.networks):,} networks")


def _memory(ax: Axes, data: xr.Dataset, limit: float) -> None:
    peaks = data.peak / 1e6
    for kept, (color, label) in LOOKS.items():
        ax.plot(data.networks, peaks.sel(kept=kept), "o-", color=color, label=label)
    ax.axhline(limit * float(peaks.sel(kept="store")[0]), color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_xscale("log")
    ax.set_ylim(0, 1.25 * max(float(peaks.max()), limit * float(peaks.sel(kept="store")[0])))
    ax.set_xlabel("networks")
    ax.set_ylabel("MB at the most")
    ax.set_title("Memory")
    ax.legend(loc="lower right")


def _time(ax: Axes, data: xr.Dataset, overhead: tuple[float, float, float], limit: float) -> None:
    """The ratio of every round, the median and the quartiles."""
    ratios = np.sort((data.seconds.sel(way="store") / data.seconds.sel(way="memory")).values)
    low, median, high = overhead
    ax.axhspan(low, high, color=BLUE, alpha=0.15, linewidth=0)
    ax.axhline(median, color=BLUE)
    ax.plot(np.linspace(0.2, 0.8, len(ratios)), ratios, "o", color=BLUE)
    ax.axhline(limit, color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.set_xlabel(f"{len(ratios)} rounds, sorted")
    ax.set_ylabel("time with a store / without")
    ax.set_title("Time")
