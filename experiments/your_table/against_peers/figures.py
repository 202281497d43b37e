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
    ax.axvspan(1, summary.TENTH, color=COLORS["neutral"], alpha=0.25, linewidth=0, label="at most a tenth behind")
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
    ax.set_xlabel("error of our network divided by the other's\nleft of 1 ours is lower; arrows: beyond the axis")
    ax.set_title("Errors at all defaults, beside networks that are made for tables")
    shared_legend(fig, [ax], ncols=3)
    parts = []
    for peer in PEERS:
        sides, mean = [summary.side(data, name, peer) for name in names], summary.mean_ratio(data, peer)
        parts.append(
            f"our network is behind {peer} by more than a tenth of its error on {sides.count('behind')} of "
            f"{len(names)} tables, not behind on {sides.count('not behind')}, and this is open on "
            f"{sides.count('open')}; in the geometric mean over tables it has {mean.estimate:.2f} times the error "
            f"[{mean.low:.2f}, {mean.high:.2f}]"
        )
    told = " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)
    caption(
        fig,
        f"{told} Ours is the mean of eight networks, trained on all training rows, at most "
        f"{int(data.num_train.max()):,}; each of the others is trained once, on four fifths of them. Means over "
        f"{data.sizes['split']} splits with 95% intervals of the corrected resampled t-test.",
    )
    return fig


def seconds(data: xr.Dataset) -> Figure:
    """Seconds of one core for a fit, a row per table."""
    names = list(map(str, data.table.values))
    fig = rows.dots(
        {method: summary.seconds(data, method) for method in LOOKS}, LOOKS, names,
        x="seconds of a fit times the cores it had (log scale)",
        title="What a fit takes at all defaults, compiling included",
    )  # fmt: skip
    ratios = [f"{summary.longer(data, peer):.2g} times the seconds of {peer}" for peer in PEERS]
    caption(
        fig,
        f"Ours tries 60 candidates and trains eight networks of the best. That takes {' and '.join(ratios)}, which are "
        f"each trained once (geometric means over tables). Medians over {data.sizes['split']} splits, measured on "
        f"{data.attrs['processor']}, {data.attrs['cores']} cores.",
    )
    return fig
