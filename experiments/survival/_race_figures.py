"""The figure of two that write one store."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab import figures


def draw(data: xr.Dataset, expected: np.ndarray) -> Figure:
    """When the other was told, when the next one was in, who is admitted beside whom."""
    fig, axes = plt.subplots(1, 3, figsize=(11.5, 3.6), width_ratios=(1.5, 0.6, 1.25))
    _told(axes[0], data)
    _killed(axes[1], data)
    _pairs(axes[2], data, expected)
    races, one = data.writers.size, int((data.writers == 1).sum())
    text = "Claimed: of two processes that write one store, exactly one does. Found: so it was in "
    text += f"{one} of {races} races, started {1000 * float(data.apart.median()):.2f} ms apart (median); "
    text += f"{int(data.named.sum())} of the others were told host and process of the one that writes. "
    text += f"After {data.sizes['kill']} holders were killed the next one was in after at most "
    text += f"{float(data.in_after.max()):.1f} s, which counts the end of the process. "
    good = int((data.admitted.values == expected).sum())
    text += f"{good} of {expected.size} pairs were admitted or refused as they should: shards of one sweep go together."
    figures.caption(fig, text)
    return fig


def _told(ax: Axes, data: xr.Dataset) -> None:
    rng = np.random.default_rng(0)
    for i, kind in enumerate(data.kind.values):
        one = data.sel(kind=kind)
        seconds = one.told_after.values
        ax.plot(seconds, i + rng.uniform(-0.2, 0.2, seconds.size), ".", color=figures.BLUE, alpha=0.6)
    names = [
        f"{kind}\n{int((data.writers.sel(kind=kind) == 1).sum())}/{data.sizes['race']}" for kind in data.kind.values
    ]
    ax.set_yticks(range(len(names)), names, size=9)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlim(left=0)
    ax.set_xlabel("seconds until the other is refused")
    ax.set_title("Races with exactly one writer")


def _killed(ax: Axes, data: xr.Dataset) -> None:
    x = np.linspace(-0.2, 0.2, data.sizes["kill"]) if data.sizes["kill"] > 1 else [0]
    ax.plot(x, data.in_after.values, ".", color=figures.BLUE)
    ax.set_xlim(-0.5, 0.5)
    ax.set_ylim(0, 1.15 * float(data.in_after.max()))
    ax.set_xticks([0], [f"{data.sizes['kill']} kills"])
    ax.set_xlabel("")
    ax.set_ylabel("seconds until the next is in")
    ax.set_title("Holder killed")


def _pairs(ax: Axes, data: xr.Dataset, expected: np.ndarray) -> None:
    for (i, j), good in np.ndenumerate(expected):
        admitted = bool(data.admitted.values[i, j])
        color = figures.VERMILION if admitted != good else figures.GREEN if admitted else "#E8E8E8"
        ax.add_patch(Rectangle((j + 0.04, i + 0.06), 0.92, 0.88, color=color, linewidth=0))
        white = admitted or admitted != good
        ax.text(j + 0.5, i + 0.5, "admitted" if admitted else "refused", ha="center", va="center", size=8.5,
                color="white" if white else "#444444")  # fmt: skip
    roles = [role if role == "whole" else f"shard\n{role}" for role in data.holder.values]
    ax.set_xlim(0, len(roles))
    ax.set_ylim(len(roles), 0)
    ax.set_xticks(np.arange(len(roles)) + 0.5, roles, size=9)
    ax.set_yticks(np.arange(len(roles)) + 0.5, roles, size=9)
    ax.set_xlabel("who comes")
    ax.set_ylabel("who holds the store")
    ax.set_title("Who goes together")
    ax.tick_params(length=0)
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)
