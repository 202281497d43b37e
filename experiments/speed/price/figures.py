"""The figures of `speed.price`: the time of many networks over that of one, and time per step."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, log_ticks
from experiments.lab.rounds import ends, short
from experiments.speed.price.verdicts import CLAIMED, TARGETS, price, singles
from experiments.speed.shared import compare, timing
from experiments.speed.shared import figures as shared
from experiments.speed.shared.labels import LABELS


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """price_of_one and price_per_step."""
    return {"price_of_one": _of_one(data), "price_per_step": shared.per_step(data, TARGETS, _limit(data))}


def _limit(data: xr.Dataset) -> str:
    """What a program for one shape takes of the engine's time; nothing where it was not timed."""
    if "cpp" not in data.way:
        return ""
    told = [f"{short(compare.times_faster(data, str(w), 'cpp').median)} at {w}" for w in data.workload.values]
    return f"{LABELS['cpp']} takes this part of the engine's time: {', '.join(told)}. "


def _of_one(data: xr.Dataset) -> Figure:
    """The engine's time for all its networks over the time in which each other method trains one."""
    workload, rounds = str(data.workload.values[0]), data.sizes["round"]
    count, steps = (int(data[name].sel(workload=workload, way="engine")) for name in ("networks", "steps"))
    found = {name: price(data, workload, name) for name in singles(data)}
    fig, ax = plt.subplots(figsize=(7.6, 1.4 + 0.45 * len(found)))
    for place, (name, value) in enumerate(reversed(found.items())):
        shared.point(ax, place, value, shared.METHOD_COLORS[name], short(value.median))
    ax.axvline(1, color=COLORS["reference"], linestyle="--", linewidth=1, zorder=0.5)
    ax.set_yticks(range(len(found)), [LABELS[name] for name in reversed(found)])
    ax.set_xscale("log")
    log_ticks(ax.xaxis)
    ax.margins(x=0.1, y=0.2)
    ax.set_xlabel(f"time of nnjax.sweep for {count:,} networks / time for one")
    fig.suptitle(f"{count:,} networks of {workload} in nnjax.sweep, and one by other methods")
    times = "; ".join(f"{short(value.median)} ({LABELS[name]})" for name, value in found.items())
    aim = " and ".join(CLAIMED[name] for name in found if name in CLAIMED)
    caption(
        fig,
        f"Once compiled, nnjax.sweep trains {count:,} networks on XOR, {steps:,} steps each, in so many times the time "
        f"in which another method trains one: {times}. {f'Aim: below 1 (dashed) for {aim}. ' if aim else ''}"
        f"{compare.compiling(data, workload, ('engine',))} Points: medians of {rounds} rounds in which the methods "
        f"take turns; lines: {ends(rounds)}. {timing.where(data.attrs)}",
    )
    return fig
