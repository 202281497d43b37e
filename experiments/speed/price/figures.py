"""The figures of `speed.price`: what others train while the engine trains many networks, and time per step."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, log_ticks
from experiments.lab.rounds import ends, short
from experiments.speed.price.verdicts import CLAIMED, TARGETS, price, singles
from experiments.speed.shared import figures as shared
from experiments.speed.shared import findings, timing
from experiments.speed.shared.labels import LABELS


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures price_of_one and price_per_step."""
    return {"price_of_one": _of_one(data), "price_per_step": shared.per_step(data, TARGETS, _limit(data))}


def _limit(data: xr.Dataset) -> str:
    """A sentence: how many times as long the engine takes as the program in C++; empty where that was not timed."""
    if "cpp" not in data.way:
        return ""
    ratios = {name: findings.over_cpp(data, name) for name in map(str, data.workload.values)}
    told = [f"{shared.two_digits(one)} times (on {name})" for name, one in ratios.items() if np.isfinite(one)]
    return f"It takes {' and '.join(told)} as long as the program in C++ for that shape alone. "


def _of_one(data: xr.Dataset) -> Figure:
    """How many networks each other method trains in the time that the engine takes for all of its own."""
    workload, rounds = str(data.workload.values[0]), data.sizes["round"]
    count, steps = (int(data[name].sel(workload=workload, way="engine")) for name in ("networks", "steps"))
    found = {name: price(data, workload, name) for name in singles(data)}
    fig, ax = plt.subplots(figsize=(9, 1.4 + 0.45 * len(found)))
    for place, (name, value) in enumerate(reversed(found.items())):
        shared.point(ax, place, value, shared.METHOD_COLORS[name], short(value.median))
    ax.axvline(1, color=COLORS["reference"], linestyle="--", linewidth=1, zorder=0.5)
    ax.set_yticks(range(len(found)), [LABELS[name] for name in reversed(found)])
    ax.set_xscale("log")
    log_ticks(ax.xaxis)
    ax.margins(x=0.1, y=0.2)
    ax.set_xlabel("networks that the other method trains in the same time")
    fig.suptitle(f"Networks that other methods train while nnjax.sweep trains {count:,}")
    times = "; ".join(f"{short(value.median)} ({LABELS[name]})" for name, value in found.items())
    aim = " and ".join(CLAIMED[name] for name in found if name in CLAIMED)
    dropped = ", ".join(LABELS[name] for name in found if name not in CLAIMED)
    caption(
        fig,
        f"In the time in which nnjax.sweep, once compiled, trains {count:,} networks ({workload}) on XOR, {steps:,} "
        f"steps each, other methods train: {times}. {f'Aim: below 1 (dashed) for {aim}. ' if aim else ''}"
        f"{f'After results had been seen, this aim was dropped for: {dropped}. ' if dropped else ''}"
        f"{findings.first_call(data, workload, ('engine',))} Points: medians of {rounds} rounds, taken in turns; "
        f"lines: {ends(rounds)}. {timing.where(data.attrs)}",
    )
    return fig
