"""The figures of `your_table.against_peers`: ratios of errors, and seconds of a core."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, ORANGE, VERMILION, caption, shared_legend
from experiments.your_table.against_peers import summary
from experiments.your_table.against_peers.config import NETWORK, PEERS, REALMLP, TABM
from experiments.your_table.shared import rows

LOOKS = {NETWORK: (BLUE, "o"), REALMLP: (VERMILION, "s"), TABM: (ORANGE, "v")}


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """errors: our network over each of the others; seconds: of one core, for a fit."""
    return {"errors": errors(data), "seconds": seconds(data)}


def errors(data: xr.Dataset) -> Figure:
    """Our error over that of each of the others, with the intervals that decide, a row per table."""
    names = list(map(str, data.table.values))
    fig, ax = plt.subplots(figsize=(7.5, 0.5 * len(names) + 1.6))
    ax.axvspan(1, summary.TENTH, color=COLORS["neutral"], alpha=0.25, linewidth=0, label="less than a tenth behind")
    ax.axvline(1, color="black", linewidth=0.8)
    for i, name in enumerate(names):
        for j, peer in enumerate(PEERS):
            color, marker = LOOKS[peer]
            found, y = summary.ratio(data, name, peer), i + 0.36 * (j - 0.5)
            ax.hlines(y, found.low, found.high, color=color, linewidth=1.3)
            ax.plot(found.estimate, y, marker, color=color, markersize=5, label=f"over that of {peer}")
    rows.name_rows(ax, names, errors=True)
    ax.set_xlim(left=max(0.0, ax.get_xlim()[0]))  # no ratio lies below 0, though its interval may
    ax.set_xlabel("error of our network over the other's (left of 1 ours is better)")
    ax.set_title("Errors at all defaults, beside the networks that are made for tables")
    shared_legend(fig, [ax], ncols=3)
    parts = []
    for peer in PEERS:
        sides = [summary.side(data, name, peer) for name in names]
        parts.append(
            f"behind {peer} by more than a tenth on {sides.count('behind')} of {len(names)} tables, not behind on "
            f"{sides.count('not behind')}, open on {sides.count('open')}, and at "
            f"{summary.mean_ratio(data, peer).estimate:.2f} times its error in the geometric mean over tables"
        )
    caption(
        fig,
        f"{'; '.join(parts)[:1].upper()}{'; '.join(parts)[1:]}. Means over {data.sizes['split']} splits with 95 % "
        f"intervals of the corrected resampled t; at most {int(data.num_train.max()):,} training rows.",
    )
    return fig


def seconds(data: xr.Dataset) -> Figure:
    """Seconds of one core for a fit, a row per table."""
    names = list(map(str, data.table.values))
    fig = rows.dots(
        {method: summary.seconds(data, method) for method in LOOKS}, LOOKS, names,
        x="seconds of a fit times the cores it had", title="What a fit takes at all defaults, compiling included",
    )  # fmt: skip
    ratios = [f"{summary.longer(data, peer):.2g} times the seconds of {peer}" for peer in PEERS]
    caption(
        fig,
        f"Medians over {data.sizes['split']} splits. Ours tries 60 candidates and trains eight networks of the best in "
        f"{' and '.join(ratios)} (geometric means over tables). Measured on {data.attrs['processor']}, "
        f"{data.attrs['cores']} cores.",
    )
    return fig
