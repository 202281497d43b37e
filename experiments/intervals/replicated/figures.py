"""The figures of `replicated`: all pairs by topic, the pairs of each claim, and agreement by kind of interval."""

import itertools
import textwrap

import matplotlib.pyplot as plt
import numpy as np
import scipy
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.intervals.replicated.pairs import FIXED, agree
from experiments.intervals.replicated.summary import (
    ALL,
    TUNING_HELD,
    TUNING_LEFT_OUT,
    by_claim,
    judged,
    of_kind,
)
from experiments.intervals.replicated.verdicts import NOT_JUDGED, SHORT
from experiments.lab.figures import BLUE, COLORS, VERMILION, caption, shared_legend
from experiments.lab.text import plural
from experiments.lab.verdicts import EXTREME

EDGE = 2.5  # pairs further apart are drawn at the edge
APART = "second minus first estimate, divided by\nthe most that both intervals allow"
LEAST_TOPIC = 3.4  # columns: the least width of a topic, so that its name has room


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures all_pairs (for the front page), claims and coverage."""
    return {"all_pairs": _all_pairs(data), "claims": _claims(data), "coverage": _coverage(data)}


def _all_pairs(data: xr.Dataset) -> Figure:
    """A column for each claim, grouped by topic; beside them, how often each distance occurs and should occur."""
    fig, (ax, side) = plt.subplots(
        1, 2, figsize=(9.6, 4.4), sharey=True, gridspec_kw={"width_ratios": [6, 1.15], "wspace": 0.02}
    )
    of = of_kind(data, ALL)
    columns, edge = {}, 0.0
    for topic, own in itertools.groupby(_named(data, of), key=lambda claim: claim.partition(".")[0]):
        names = list(own)
        width = max(LEAST_TOPIC, len(names))
        columns |= {name: edge + width / 2 + i - (len(names) - 1) / 2 for i, name in enumerate(names)}
        ax.axvline(edge, color="#BBBBBB", linewidth=0.8, zorder=0)
        words = textwrap.fill(topic.replace("_", " "), 11, break_long_words=False)
        ax.text(edge + width / 2, -EDGE - 0.22, words, ha="center", va="top", size=9.5)
        edge += width
    apart, place = _dots(data, of, columns)
    left_out = data.tuning_left_out.values[np.nonzero(of)[0]]
    _draw(ax, place, apart, hollow=left_out)
    if left_out.any():
        ax.plot([], [], "o", color="#555555", markersize=4, markerfacecolor="white", label="interval leaves tuning out")
    ax.set(xlim=(0, edge), ylim=(-EDGE - 0.1, EDGE + 0.1), xticks=[], ylabel=APART)
    one, y = data.sel(kind=ALL), np.linspace(-EDGE, EDGE, 241)
    side.hist(
        np.clip(apart, -EDGE, EDGE), np.linspace(-EDGE, EDGE, 21), density=True, orientation="horizontal",
        color=BLUE, alpha=0.55,
    )  # fmt: skip
    scale = 1 / scipy.stats.norm.ppf((1 + float(one.expected_share)) / 2)
    side.plot(scipy.stats.norm.pdf(y, scale=scale), y, color=COLORS["theory"], linewidth=1.2)
    told = f"{100 * float(one.agree):.1f}% agree,\n{100 * float(one.expected_share):.1f}% expected"
    side.text(0.98, 0.99, told, transform=side.transAxes, ha="right", va="top", size=9.5)
    side.set(xticks=[])
    for panel in (ax, side):
        panel.axhspan(-1, 1, color=COLORS["theory"], alpha=0.07, linewidth=0, zorder=0)
        panel.grid(visible=False)
    title = f"Estimates of {plural(int(one.claims), 'experiment')}, measured again with other seeds, data and splits"
    fig.suptitle(title, x=0.01, ha="left")
    shared_legend(fig, [ax])
    difference, low, high = 100 * one.difference.values
    ends = "" if np.isnan(low) else f", a difference of {difference:+z.1f} points [{low:+.1f}, {high:+.1f}]"
    split = ""
    if left_out.any() and not left_out.all():
        held, open_ = (100 * float(data.agree.sel(kind=kind)) for kind in (TUNING_HELD, TUNING_LEFT_OUT))
        split = f": {open_:.1f}% where the interval leaves tuning out, {held:.1f}% elsewhere"
    beyond = f" (drawn at the edge if beyond {EDGE:g})" if (np.abs(apart) > EDGE).any() else ""
    caption(
        fig,
        f"{int(agree(apart).sum()):,} of {plural(int(one.pairs), 'pair')} of estimates lie in the grey band, where "
        "both agree within their intervals. Weighted by experiment (with the square root of its pairs), "
        f"{100 * float(one.agree):.1f}% agree{split}. "
        f"Expected are {100 * float(one.expected_share):.1f}%{ends}. Each dot is "
        f"one estimate in one replication{beyond}, each column an experiment. Right: "
        "their distribution, and the normal law with the expected share in the band.",
    )
    return fig


def _named(data: xr.Dataset, of: np.ndarray) -> list[str]:
    """The names of the claims that have pairs, sorted and so grouped by topic."""
    return sorted(set(data.claim.values[of.any(axis=1)].tolist()))


def _dots(data: xr.Dataset, of: np.ndarray, places: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each pair, and its place on the axis of claims, with some jitter."""
    i, j = np.nonzero(of)
    place = np.array([places[one] for one in data.claim.values[i].tolist()])
    return data.distance.values[i, j], place + np.random.default_rng(0).uniform(-0.3, 0.3, len(place))


def _draw(
    ax: Axes, place: np.ndarray, apart: np.ndarray, across: bool = False, hollow: np.ndarray | bool = False
) -> None:
    y, inside = np.clip(apart, -EDGE, EDGE), agree(apart)
    for chosen, color, size, label in ((inside, BLUE, 3.6, "agree"), (~inside, VERMILION, 4.8, "do not agree")):
        for ring in (False, True):
            some = chosen & (hollow == ring)
            ends = (y[some], place[some]) if across else (place[some], y[some])
            ax.plot(
                *ends, "o", color=color, markersize=size, alpha=0.75, label=None if ring else label,
                markerfacecolor="white" if ring else color, markeredgewidth=1.1 if ring else 0,
            )  # fmt: skip


def _claims(data: xr.Dataset) -> Figure:
    """A row for each claim: its pairs, including those on fixed data, and the share of them that agrees."""
    of = judged(data)
    claims = _named(data, of)
    rows = {claim: float(row) for row, claim in enumerate(claims)}
    fig, (ax, side) = plt.subplots(
        1, 2, figsize=(9.6, 1.7 + 0.21 * max(6, len(claims))), sharey=True,
        gridspec_kw={"width_ratios": [3, 2], "wspace": 0.03},
    )  # fmt: skip
    apart, place = _dots(data, of, rows)
    _draw(ax, place, apart, across=True)
    ax.axvspan(-1, 1, color=COLORS["theory"], alpha=0.07, linewidth=0, zorder=0)
    i, j = np.nonzero(of)
    names, y = data.claim.values[i], np.array(list(rows.values()))
    share, expected = (
        100 * by_claim(names, one[i, j]) for one in (agree(data.distance.values).astype(float), data.expected.values)
    )
    side.hlines(y, share, expected, color="#BBBBBB", linewidth=1)
    side.plot(share, y, "o", color=BLUE, markersize=4.5, label="share that agrees")
    side.plot(expected, y, "|", color=COLORS["theory"], markersize=8, label="share expected")
    for row, count in zip(y, np.unique(names, return_counts=True)[1], strict=True):
        side.annotate(
            f"{count}", (1.0, row), xycoords=("axes fraction", "data"), xytext=(4, 0), va="center",
            textcoords="offset points", size=8, color="#555555", annotation_clip=False,
        )  # fmt: skip
    fixed = set(data.claim.values[data.kind_of.values == FIXED].tolist())
    ax.set(
        xlim=(-EDGE - 0.1, EDGE + 0.1), xlabel=APART, ylim=(len(claims) - 0.4, -0.6), yticks=y,
        yticklabels=[f"{claim}{' *' * (claim in fixed)}" for claim in claims],
    )  # fmt: skip
    side.set(xlabel="pairs that agree (%);\nright: number of pairs", xlim=(min(60.0, share.min(initial=60.0)) - 3, 102))
    for panel in (ax, side):
        panel.tick_params(axis="y", labelsize=8.5, length=0)
        panel.grid(visible=False, axis="y")
    fig.suptitle("Differences between two measurements, by experiment", x=0.01, ha="left")
    shared_legend(fig, [ax, side])
    star = " A star: some data are the same in all replications." if fixed else ""
    caption(
        fig,
        f"{int(agree(apart).sum()):,} of {plural(int(of.sum()), 'pair')} of estimates lie in the grey band, where both "
        "agree within their intervals. Each dot is one estimate in one replication. Grey lines join the share that "
        "agrees and the share expected. The pairs of an experiment share networks and the first measurement, so its "
        f"share has no interval.{star}",
    )
    return fig


def _coverage(data: xr.Dataset) -> Figure:
    """A row for each kind of interval."""
    kinds = [str(kind) for kind in data.kind.values if int(data.pairs.sel(kind=kind))]
    fig, ax = plt.subplots(figsize=(8.2, 1.6 + 0.5 * max(2, len(kinds))))
    single = any(int(data.claims.sel(kind=kind)) == 1 for kind in kinds)
    few = [int(data.claims.sel(kind=kind)) < data.attrs["fewest"] for kind in kinds]
    for row, kind in enumerate(kinds):
        one, first = data.sel(kind=kind), row == 0
        share, expected = 100 * float(one.agree), 100 * float(one.expected_share)
        low, high = (expected + 100 * float(one.difference.sel(quantity=end)) for end in ("low", "high"))
        if np.isfinite(low):  # a single claim has no interval
            ax.plot([max(0.0, low), high], [row, row], color=BLUE, linewidth=2)
        ax.plot(
            share, row, "o", color=BLUE, markerfacecolor="white" if kind in NOT_JUDGED or few[row] else BLUE,
            markersize=6.5, label="measured" if first else None,
        )  # fmt: skip
        ax.plot(expected, row, "|", color=COLORS["theory"], markersize=17, label="expected" if first else None)
    names = {**SHORT, **NOT_JUDGED}
    told = [
        f"{names[kind]}\n({plural(int(data.pairs.sel(kind=kind)), 'pair')}, "
        f"{plural(int(data.claims.sel(kind=kind)), 'experiment')})"
        for kind in kinds
    ]
    ax.set(
        yticks=range(len(kinds)), yticklabels=told, ylim=(len(kinds) - 0.5, -0.5), xlabel="pairs that agree (%)",
    )  # fmt: skip
    ax.tick_params(axis="y", labelsize=9)
    fig.suptitle("Pairs of measurements that agree, by kind of interval", x=0.01, ha="left")
    shared_legend(fig, [ax])
    found = ""
    if ALL in kinds:
        one = data.sel(kind=ALL)
        found = (
            f"With confidence intervals on new data {100 * float(one.agree):.1f}% of the pairs agree and "
            f"{100 * float(one.expected_share):.1f}% are expected"
        )
        if TUNING_LEFT_OUT in kinds and TUNING_HELD in kinds:
            left_out, held = (100 * float(data.agree.sel(kind=kind)) for kind in (TUNING_LEFT_OUT, TUNING_HELD))
            found += (
                f": {held:.1f}% where nothing was tuned or tuning is included, {left_out:.1f}% where it is left out"
            )
        found += ". "
    why = {
        "such intervals hold for one estimate, not for an extreme of several": kinds[-1:] == [EXTREME],
        f"there are fewer than {data.attrs['fewest']} experiments": any(few),
    }
    hollow = f" Hollow: not judged, as {', or '.join(words for words, told in why.items() if told)}."
    caption(
        fig,
        f"{found}Bars: 95% intervals over experiments of the difference from the expected share"
        f"{'; none for a single experiment' * single}. Experiments are weighted by the square root of their number of "
        f"pairs.{hollow if any(why.values()) else ''}",
    )
    return fig
