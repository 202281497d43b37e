"""The figure of `survival.killed`: finished blocks over time with every kill, and what each kill has cost."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption
from experiments.lab.text import plural
from experiments.survival.killed import verdicts
from experiments.survival.killed.verdicts import PHASE_LABELS
from experiments.survival.shared.sessions import PHASES

PHASE_COLORS = dict(zip(PHASES, (SKY, PURPLE, GREEN, VERMILION, ORANGE, COLORS["neutral"]), strict=True))


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """killed: finished blocks over time on the left, blocks lost per kill on the right."""
    killed, workers = verdicts.killed(data), data.attrs["workers"]
    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), width_ratios=(3.2, 1))
    _timeline(left, data, killed)
    _costs(right, killed, workers)
    handles, labels = right.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=6, title="killed while", columnspacing=1.2)
    unopened, later = int(killed.unopened.sum()), verdicts.growing(data)
    opened = f"{plural(unopened, 'store')} did not open" if unopened else "Every store opened again"
    opened += f" ({later} only after the next run, as {'it' if later == 1 else 'they'} said)" if later else ""
    after = verdicts.after_a_block(data)
    average = f", {float(after.lost.mean()):.2g} on average once a block was begun" if after.sizes["session"] else ""
    kills, equal, stores = killed.sizes["session"], int(data.equal.sum()), data.sizes["store"]
    fig.suptitle(f"Sweeps that were killed {kills} times and resumed")
    caption(
        fig,
        f"Each of {kills} kills (SIGKILL) in {data.sizes['session']} processes with {workers} workers cost at most "
        f"{plural(int(killed.lost.max()), 'block')}{average}. {opened}; "
        f"{int(killed.wrong.sum())} finished networks differed from the uninterrupted run, and "
        f"{int(killed.gone.sum())} finished blocks were gone. {equal} of {stores} stores ended with the bits of that "
        f"run. Left: each rising line is one store, resumed until its {data.attrs['blocks']} blocks are finished, then "
        "extended twice; points: kills. Right: blocks that were begun and are not in the store; right of the dashed "
        "line: more than one per worker.",
    )
    return {"killed": fig}


def _timeline(ax: Axes, data: xr.Dataset, killed: xr.Dataset) -> None:
    """The number of blocks in each store over time, and the kills."""
    for store in range(data.sizes["store"]):
        times = np.sort(data.block_end.values[data.block_store.values == store])
        sessions = data.isel(session=(data.in_store == store).values)
        start, end = float(sessions.start.min()), float(sessions.end.max())
        heights = np.arange(len(times) + 1)
        x, y = [start, *times, end], [*heights, heights[-1]]
        ax.step(x, y, where="post", color=BLUE, linewidth=1.3, zorder=2)
    for phase, color in PHASE_COLORS.items():
        part = killed.isel(session=(killed.phase == phase).values)
        ax.plot(part.end, part.blocks, "o", color=color, markersize=5, markeredgecolor="white", markeredgewidth=0.6)
    ax.set_xlim(0, float(data.end.max()))
    ax.set_ylim(bottom=-2)
    ax.set_xlabel("running time of all sessions (s)")
    ax.set_ylabel("blocks in the store")


def _costs(ax: Axes, killed: xr.Dataset, workers: int) -> None:
    """How many kills cost how many blocks, by phase."""
    most = max(int(killed.lost.max()), workers)
    base = np.zeros(most + 1, int)
    for phase, color in PHASE_COLORS.items():
        lost = killed.lost.values[killed.phase.values == phase]
        counts = np.bincount(lost, minlength=most + 1)
        ax.bar(range(most + 1), counts, bottom=base, color=color, width=0.7, label=PHASE_LABELS[phase])
        base += counts
    for n, count in enumerate(base):
        ax.text(n, count, f"{count}", ha="center", va="bottom")
    ax.set_ylim(top=1.12 * max(*base, 1))  # room for the highest number
    ax.axvline(workers + 0.5, color=COLORS["reference"], linestyle="--", linewidth=1)
    ax.set_xticks(range(most + 1))
    ax.set_xlim(-0.6, most + 0.9)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.grid(axis="x", visible=False)
    ax.set_xlabel("blocks lost by a kill")
    ax.set_ylabel("kills")
