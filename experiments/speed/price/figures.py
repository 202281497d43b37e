"""The figures of `speed.price`: how many networks the engine trains in the time of one, and time per step."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption
from experiments.speed.price.verdicts import TARGETS, price, singles
from experiments.speed.shared import compare, timing
from experiments.speed.shared import figures as shared
from experiments.speed.shared.labels import LABELS
from experiments.speed.shared.spread import Spread, short


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
    """How many networks the engine trains in the time in which each other method trains one."""
    workload = str(data.workload.values[0])
    count, steps = (int(data[name].sel(workload=workload, way="engine")) for name in ("networks", "steps"))
    # What takes a share of the time of one is done as many times more often: the quartiles change places.
    times = {name: price(data, workload, name) for name in singles(data)}
    found = {name: Spread(*(count / value for value in reversed(one))) for name, one in times.items()}
    fig, ax = plt.subplots(figsize=(7.6, 1.4 + 0.45 * len(found)))
    for place, (name, value) in enumerate(reversed(found.items())):
        shared.bar(ax, place, value, shared.METHOD_COLORS[name], f"{value.median:,.0f}")
    ax.axvline(count, color=COLORS["reference"], linestyle="--", linewidth=1, zorder=0.5)
    ax.set_yticks(range(len(found)), [LABELS[name] for name in reversed(found)])
    ax.set_xscale("log")
    ax.set_xlim(1, 10 * max(count, *(value.high for value in found.values()), 1))
    ax.set_xlabel(f"{workload} networks that the engine trains in the time of one")
    fig.suptitle("Networks trained by the engine while another method trains one")
    most = "; ".join(f"{value.median:,.0f} ({LABELS[name]})" for name, value in found.items())
    caption(
        fig,
        f"While another method trains one network, the engine trains {most}. Aim: {count:,} (dashed). The engine "
        f"trains {count:,} networks on XOR for {steps:,} steps; its time is divided by that of one. Bars: medians of "
        f"{data.sizes['round']} rounds in which the methods take turns; dark lines: quartiles. "
        f"{timing.where(data.attrs)}",
    )
    return fig
