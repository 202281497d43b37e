"""The figure of `survival.two_at_once`."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab import figures as lab
from experiments.survival.two_at_once.config import EXTENDED
from experiments.survival.two_at_once.verdicts import good_pairs

LABELS = {EXTENDED: "a store that is extended"}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """two_at_once: when the other is refused, when the next one may write after a kill, who may write together."""
    fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.8), width_ratios=(1.5, 0.6, 1.25))
    _told(axes[0], data)
    _killed(axes[1], data)
    _pairs(axes[2], data)
    fig.suptitle("Two processes or threads that want to write one store")
    races, one = data.writers.size, int((data.writers == 1).sum())
    lab.caption(
        fig,
        f"In {one} of {races} races exactly one of the two wrote. They started {1000 * float(data.apart.median()):.2g} "
        f"ms apart (median), and in {int(data.named.sum())} races the refused one was told the writer's host and "
        f"process. After each of {data.sizes['kill']} kills of a writer the next one was allowed to write within "
        f"{float(data.in_after.max()):.2g} s, which includes the end of the process. {int(good_pairs(data).sum())} of "
        f"{data.admitted.size} pairs were admitted or refused as they should be (shards of one sweep may write "
        "together) and ended with complete results. Points: single races and kills.",
    )
    return {"two_at_once": fig}


def _told(ax: Axes, data: xr.Dataset) -> None:
    rng = np.random.default_rng(0)
    for i, kind in enumerate(data.kind.values):
        one = data.sel(kind=kind)
        seconds = one.told_after.values
        ax.plot(seconds, i + rng.uniform(-0.2, 0.2, seconds.size), ".", color=lab.BLUE, alpha=0.6)
    names = [
        f"{LABELS.get(kind, kind)}\none wrote in {(writers == 1).sum()} of {writers.size}"
        for kind, writers in zip(data.kind.values, data.writers.transpose("kind", "race").values, strict=True)
    ]
    ax.set_yticks(range(len(names)), names, size=9)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.set_xlabel("seconds until the other is refused")
    ax.set_title("Races of two writers")


def _killed(ax: Axes, data: xr.Dataset) -> None:
    x = np.linspace(-0.2, 0.2, data.sizes["kill"]) if data.sizes["kill"] > 1 else [0]
    ax.plot(x, data.in_after.values, ".", color=lab.BLUE)
    ax.set_xlim(-0.5, 0.5)
    ax.set_ylim(0, 1.15 * float(data.in_after.max()))
    ax.set_xticks([0], [f"{data.sizes['kill']} kills"])
    ax.set_xlabel("")
    ax.set_ylabel("seconds until the next may write")
    ax.set_title("After a kill")


def _pairs(ax: Axes, data: xr.Dataset) -> None:
    for (i, j), good in np.ndenumerate(good_pairs(data)):
        admitted = bool(data.admitted.values[i, j])
        color = lab.VERMILION if not good else lab.GREEN if admitted else "#E8E8E8"
        ax.add_patch(Rectangle((j + 0.04, i + 0.06), 0.92, 0.88, color=color, linewidth=0))
        white = admitted or not good
        ax.text(j + 0.5, i + 0.5, "admitted" if admitted else "refused", ha="center", va="center", size=8.5,
                color="white" if white else "#444444")  # fmt: skip
    roles = [role if role == "whole" else f"shard\n{role}" for role in data.holder.values]
    ax.set_xlim(0, len(roles))
    ax.set_ylim(len(roles), 0)
    ax.set_xticks(np.arange(len(roles)) + 0.5, roles, size=9)
    ax.set_yticks(np.arange(len(roles)) + 0.5, roles, size=9)
    ax.set_xlabel("part of the sweep that comes second")
    ax.set_ylabel("part that writes the store")
    ax.set_title("Who may write together")
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
