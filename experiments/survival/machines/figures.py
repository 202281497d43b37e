"""The figure of `survival.machines`: which process trained which block when, one panel for each way."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, VERMILION, caption


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """machines: a panel per way, a row per process, a bar per block."""
    ways = [str(way) for way in data.way.values]
    rows = -(-len(ways) // 2)
    fig, axes = plt.subplots(rows, 2, figsize=(10, 0.6 + 1.25 * rows), sharex=True, squeeze=False)
    for ax in axes.flat[len(ways) :]:
        ax.set_visible(False)
        axes[-2, 1].tick_params(labelbottom=True)  # now the lowest of its column
    for ax, way in zip(axes.T.flat if len(ways) == 2 * rows else axes.flat, ways, strict=False):
        _one(ax, data, way)
    for ax in axes[-1]:
        ax.set_xlabel("seconds since the first block was begun")
    equal, count = int(data.equal.sum()), len(ways)
    again = {way: int(data.again.sel(way=way)) for way in ways if int(data.killed.sel(way=way))}
    costs = "; ".join(f"{n} ({way})" for way, n in again.items()) or "none was killed"
    fig.suptitle(f"When each of {int(data.blocks.max())} blocks of networks was trained, by which process")
    caption(
        fig,
        f"{equal} of {count} ways to share a sweep among processes gave the same bits as the sweep in one process. "
        f"Blocks trained again after a worker was killed: {costs}; blocks that were finished but not handed over are "
        "trained again as well. A pool ends when one of its processes dies; the same call, made again, goes on with as "
        "many new ones. Bars: blocks from start to end, long where a process compiles or loads a program; crosses: "
        "blocks that were begun and lost; dashed line: the kill. Other work ran beside it, so seconds tell the order "
        "alone.",
    )
    return {"machines": fig}


def _one(ax: Axes, data: xr.Dataset, way: str) -> None:
    one, jobs = data.sel(way=way), data.isel(job=(data.job_way == way).values)
    starts, ends, workers = jobs.job_start.values, jobs.job_end.values, jobs.job_worker.values
    killed = float(one.killed_at)
    last = np.nanmax(ends)
    lost = np.isnan(ends)
    stops = np.where(lost, np.where(np.isnan(killed), last, killed), ends)
    for kind, color in ((~lost, BLUE), (lost, VERMILION)):
        ax.barh(workers[kind], np.maximum(stops - starts, last / 300)[kind], left=starts[kind], height=0.7, color=color,
                edgecolor="white", linewidth=0.4)  # fmt: skip
    ax.plot(stops[lost], workers[lost], "X", color=VERMILION, markeredgecolor="white", markersize=9, zorder=4)
    if np.isfinite(killed):
        ax.axvline(killed, color=COLORS["reference"], linestyle="--", linewidth=1)
    count = int(workers.max()) + 1
    ax.set_yticks(range(count), [str(n + 1) for n in range(count)])
    ax.set_ylim(count - 0.4, -0.6)
    ax.grid(axis="y", visible=False)
    ax.set_ylabel("process")
    outcome = "same bits" if one.equal else f"{int(one.wrong)} networks differ"
    ax.set_title(f"{way[0].upper()}{way[1:]}: {outcome}", fontsize=10)
