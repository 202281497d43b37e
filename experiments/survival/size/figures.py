"""The figure of `survival.size`: bytes on disk, memory and time."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, ORANGE, caption
from experiments.lab.verdicts import LEVEL
from experiments.survival.size.verdicts import MOST_BYTES, MOST_GROWTH, MOST_OVERHEAD, bytes_each, growth, overhead

LOOKS = {"store": (BLUE, "with a store"), "memory": (ORANGE, "without")}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """size: a panel each for bytes on disk, memory and time."""
    fig, (disk, memory, seconds) = plt.subplots(1, 3, figsize=(11, 3.4), width_ratios=(1.2, 1, 0.9))
    fewest, most = (int(data.networks.values[i]) for i in (0, -1))
    total = float(data.disk.sel(networks=most).sum()) / 1e6
    _disk(disk, data.disk.sel(networks=most) / 1e6)
    _memory(memory, data)
    _time(seconds, data)
    fig.suptitle("What a store costs: bytes on disk, memory and time")
    timed, steps = data.attrs["timed_networks"], data.attrs["timed_steps"]
    low, median, high = (100 * (value - 1) for value in overhead(data))
    grown = growth(data)
    caption(
        fig,
        f"{most:,} networks take {total:.3g} MB in {int(data.files.sel(networks=most)):,} files (aim: "
        f"{MOST_BYTES * most / 1e6:g} MB). Peak memory with a store grows by {100 * (grown.median - 1):.1f}% "
        f"[{100 * (grown.low - 1):.1f}, {100 * (grown.high - 1):.1f}] from {fewest:,} to {most:,} networks (aim: "
        f"{100 * (MOST_GROWTH - 1):.0f}%; {data.sizes['process']} processes): by {bytes_each(data):.0f} bytes per "
        f"further network, without a store by {bytes_each(data, 'memory'):.0f}. {timed:,} networks and {steps:,} "
        f"steps take {median:.1f}% more time with a store [{low:.1f}, {high:.1f}] (aim: "
        f"{100 * (MOST_OVERHEAD - 1):.0f}%; {data.sizes['round']} rounds), which writes {data.attrs['chunks']} chunks "
        f"in {data.attrs['milliseconds_per_chunk']:.2g} ms each. Points: single processes and rounds; right: "
        f"median with its {100 * LEVEL:.0f}% interval; dashed: aims.",
    )
    return {"size": fig}


def _disk(ax: Axes, sizes: xr.DataArray) -> None:
    """MB of every variable that has 0.2% of the total or more, and of all together."""
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
    ax.set_title(f"Disk, {int(sizes.networks):,} networks")


def _memory(ax: Axes, data: xr.Dataset) -> None:
    peaks = data.peak / 1e6
    middle = peaks.median("process")
    limit = MOST_GROWTH * float(middle.sel(kept="store")[0])
    for kept, (color, label) in LOOKS.items():
        ax.plot(data.networks, middle.sel(kept=kept), "-", color=color, label=label)
        ax.plot(data.networks, peaks.sel(kept=kept).transpose("networks", "process"), "o", color=color, markersize=4)
    ax.axhline(limit, color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_xscale("log")
    ax.set_ylim(0, 1.25 * max(float(peaks.max()), limit))
    ax.set_xlabel("networks")
    ax.set_ylabel("peak memory (MB)")
    ax.set_title("Memory")
    ax.legend(loc="lower right")


def _time(ax: Axes, data: xr.Dataset) -> None:
    """The ratio of every round, and the median with its interval."""
    ratios = np.sort((data.seconds.sel(way="store") / data.seconds.sel(way="memory")).values)
    low, median, high = overhead(data)
    ax.axhspan(low, high, color=BLUE, alpha=0.15, linewidth=0)
    ax.axhline(median, color=BLUE)
    ax.plot(np.linspace(0.2, 0.8, len(ratios)), ratios, "o", color=BLUE)
    ax.axhline(MOST_OVERHEAD, color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.set_xlabel(f"{len(ratios)} rounds, sorted")
    ax.set_ylabel("time with a store / without")
    ax.set_title("Time")
