"""The figures of `your_table.against_peers`: ratios of errors, and seconds of a core."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, ORANGE, VERMILION, caption, log_ticks, shared_legend
from experiments.your_table.against_peers import summary
from experiments.your_table.against_peers.config import NETWORK, PEERS, REALMLP, TABM
from experiments.your_table.shared import rows

LOOKS = {NETWORK: (BLUE, "o"), REALMLP: (VERMILION, "s"), TABM: (ORANGE, "v")}
LEAST, TICKS = 0.2, (0.2, 0.5, 1, 2, 5, 10, 20, 50)  # ratios of errors that are drawn


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """errors: our network's error divided by each of the others'; seconds: of one core, for a fit."""
    return {"errors": errors(data), "seconds": seconds(data)}


def errors(data: xr.Dataset) -> Figure:
    """Our error divided by that of each of the others, with the intervals that decide, a row per table."""
    names = list(map(str, data.table.values))
    fig, ax = plt.subplots(figsize=(7.5, 0.5 * len(names) + 1.6))
    label = f"from 1 to {summary.TENTH:g} times"
    ax.axvspan(1, summary.TENTH, color=COLORS["neutral"], alpha=0.25, linewidth=0, label=label)
    ax.axvline(1, color="black", linewidth=0.8)
    found = {(name, peer): summary.ratio(data, name, peer) for name in names for peer in PEERS}
    ends = LEAST, 1.1 * max([1.0, *(one.high for one in found.values() if np.isfinite(one.high))])
    for i, name in enumerate(names):
        for j, peer in enumerate(PEERS):
            y, label = i + 0.36 * (j - 0.5), f"divided by that of {peer}"
            rows.interval(ax, y, found[name, peer], ends, LOOKS[peer], label)
    rows.name_rows(ax, names, errors=True)
    ax.set(xscale="log", xlim=ends)
    log_ticks(ax.xaxis, [tick for tick in TICKS if tick < ends[1]])
    ax.set_xlabel("error of our network / error of the other\nleft of 1: ours is lower; arrows: beyond the axis")
    ax.set_title("Error of our network over that of RealMLP and TabM, with defaults")
    shared_legend(fig, [ax], ncols=3)
    parts = []
    for peer in PEERS:
        sides, mean = [summary.side(data, name, peer) for name in names], summary.mean_ratio(data, peer)
        parts.append(
            f"our network's error is more than {summary.TENTH:g} times that of {peer} on {sides.count('behind')} of "
            f"{len(names)} tables, at most {summary.TENTH:g} times on {sides.count('not behind')}, and this is open on "
            f"{sides.count('open')}; the geometric mean of the ratio over tables is {mean.estimate:.2f} "
            f"[{mean.low:.2f}, {mean.high:.2f}]"
        )
    told = " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)
    caption(
        fig,
        f"{told} Ours is the mean of eight networks, trained on all training rows (at most "
        f"{int(data.num_train.max()):,}); each of the others is trained once, on four fifths of them. Means over "
        f"{data.sizes['split']} splits with 95% intervals of the corrected resampled t-test.",
    )
    return fig


def seconds(data: xr.Dataset) -> Figure:
    """Seconds of one core for a fit, a row per table."""
    names = list(map(str, data.table.values))
    fig = rows.dots(
        {method: summary.seconds(data, method) for method in LOOKS}, LOOKS, names,
        x="core seconds of one fit: seconds times cores (log scale)",
        title="Computing time of one fit with defaults, compiling included",
    )  # fmt: skip
    ratios = [f"{summary.longer(data, peer):.2g} times the core seconds of {peer}" for peer in PEERS]
    caption(
        fig,
        f"Our fit tries 60 candidates and trains eight networks of the best. It takes {' and '.join(ratios)}, which "
        f"are trained once (geometric means over tables). Medians over {data.sizes['split']} splits, measured on "
        f"{data.attrs['processor']}, {data.attrs['cores']} cores.",
    )
    return fig
