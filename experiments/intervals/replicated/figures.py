"""The figures of `replicated`: every pair's difference by claim, and agreement beside what is expected."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.intervals.replicated.summary import ALL
from experiments.intervals.replicated.verdicts import NAMES
from experiments.lab.figures import BLUE, COLORS, VERMILION, caption, shared_legend

EDGE = 3.0  # pairs further apart are drawn at the edge


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """agreement and coverage."""
    return {"agreement": _agreement(data), "coverage": _coverage(data)}


def _agreement(data: xr.Dataset) -> Figure:
    used = data.sel(pair=data.distance.notnull().values)
    claims = list(dict.fromkeys(used.claim.values))
    fig, ax = plt.subplots(figsize=(7.2, 1.6 + 0.2 * max(4, len(claims))))
    rng = np.random.default_rng(0)
    row = np.array([claims.index(claim) for claim in used.claim.values]) + rng.uniform(-0.3, 0.3, used.sizes["pair"])
    distance, inside = used.distance.values, np.abs(used.distance.values) <= 1
    ax.axvspan(-1, 1, color=COLORS["theory"], alpha=0.08, linewidth=0)
    for chosen, color, label in ((inside, BLUE, "agree"), (~inside, VERMILION, "do not agree")):
        ax.plot(np.clip(distance[chosen], -EDGE, EDGE), row[chosen], ".", color=color, markersize=4, label=label)
    ax.set(
        yticks=range(len(claims)), yticklabels=claims, ylim=(len(claims) - 0.4, -0.6), xlim=(-EDGE - 0.1, EDGE + 0.1),
        xlabel="second estimate less the first (1: all that both intervals allow)",
        title="Everything measured twice, with other chance",
    )  # fmt: skip
    shared_legend(fig, [ax])
    share, low, high = 100 * data.agree.sel(kind=ALL).values
    ends = "" if np.isnan(low) else f" [{low:.1f}, {high:.1f}]"
    caption(
        fig,
        f"{int(inside.sum()):,} of {inside.size:,} pairs lie in the grey band; with each claim counting alike "
        f"{share:.1f} %{ends}, where {100 * float(data.agree_expected.sel(kind=ALL)):.1f} % are expected. A dot is one "
        f"estimate in one replication; those beyond {EDGE:g} are drawn there.",
    )
    return fig


def _coverage(data: xr.Dataset) -> Figure:
    kinds = [str(kind) for kind in data.kind.values if int(data.pairs.sel(kind=kind))]
    fig, ax = plt.subplots(figsize=(7.2, 1.4 + 0.45 * len(kinds)))
    for row, kind in enumerate(kinds):
        one = data.sel(kind=kind)
        share, low, high = 100 * one.agree.values
        if not np.isnan(low):
            ax.plot([low, high], [row, row], color=BLUE, linewidth=2)
        ax.plot(share, row, "o", color=BLUE, label="measured, interval over claims" if row == 0 else None)
        expected = 100 * float(one.agree_expected)
        ax.plot(expected, row, "|", color=COLORS["theory"], markersize=16, label="expected" if row == 0 else None)
    named = [f"{NAMES[kind]}\n({int(data.pairs.sel(kind=kind)):,} pairs)" for kind in kinds]
    ax.set(
        yticks=range(len(kinds)), yticklabels=named, ylim=(len(kinds) - 0.5, -0.5), xlabel="pairs that agree (%)",
        title="How often intervals agree, by their kind",
    )  # fmt: skip
    shared_legend(fig, [ax])
    share, low, high = 100 * data.changed.values
    ends = "" if np.isnan(low) else f" [{low:.1f}, {high:.1f}]"
    caption(fig, f"{share:.1f} %{ends} of the outcomes are others in a replication, each claim counting alike.")
    return fig
