"""The figures of `learning_from_data.codes`: how long symmetry takes, the weights that solve it, and the codes."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.lab.figures import (
    BLUE,
    COLORS,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    caption,
    interval_line,
    log_ticks,
)
from experiments.learning_from_data.codes.config import CUT
from experiments.learning_from_data.codes.networks import MOST_UNEVEN, OUTPUTS, OWN, RATIO, is_pattern
from experiments.learning_from_data.codes.verdicts import (
    BY_CHANCE,
    FIRST,
    MEDIAN,
    PLACES,
    QUARTILES,
    RANGE,
    RUNS,
    SOLVED_OF,
    long_agrees,
    quantile,
    short_agrees,
    times,
)  # fmt: skip
from nnjax import statistics

LOOKS = dict(zip(OWN, (BLUE, VERMILION), strict=True))
READINGS = (SKY, GREEN, PURPLE, ORANGE, COLORS["neutral"])
TASK = "Task: is a row of six inputs its own mirror image?"
EIGHT = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, "#000000", COLORS["neutral"])
SIZES = {"stuck": 4, "solved": 7}
GREATEST_SHOWN = 6  # ratio of the sizes of two pairs
NEURONS_APART = 2.0  # in the drawing of the weights, where inputs are 1 apart
# The cube, seen a little from the side and above: the direction of each of its three axes in the figure.
AXES = np.array([[1.0, 0.0], [0.42, 0.32], [0.0, 1.0]])


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures sweeps, weights and codes."""
    return {"sweeps": _sweeps(data), "weights": _weights(data), "codes": _codes(data)}


def _sweeps(data: xr.Dataset) -> Figure:
    """The share that has not solved the task yet, in the two published settings and in those between them."""
    most = data.attrs["sweeps"]
    more = [name for name in data.setting.values.tolist() if name not in OWN]
    fig, axes = plt.subplots(1, 2 if more else 1, figsize=(12.5 if more else 6.5, 4.4), sharey=True, squeeze=False)
    left = axes[0, 0]
    for name, color in LOOKS.items():
        curve = _curve(times(data, name), most)
        interval_line(left, *curve, name, color=color, marker="", drawstyle="steps-post")
    low, high = statistics.wilson(RUNS - SOLVED_OF, RUNS)
    at_cut = [1 - SOLVED_OF / RUNS], [1 - SOLVED_OF / RUNS - low], [high - (1 - SOLVED_OF / RUNS)]
    left.errorbar([CUT], at_cut[0], yerr=at_cut[1:], fmt="D", color=LOOKS[OWN[0]], mec="black", mfc=LOOKS[OWN[0]],
                  markersize=7, capsize=3, zorder=6)  # fmt: skip
    half = SOLVED_OF / RUNS / 2  # at their median half of those that solve it have done so
    left.plot([MEDIAN], [1 - half], "D", color=LOOKS[OWN[0]], mec="black", markersize=7, zorder=6)
    left.plot(RANGE, [1 - half] * 2, "|-", color="black", linewidth=1.2, markersize=9, zorder=5)
    left.plot(QUARTILES, [1 - q for q in PLACES], "D", color=LOOKS[OWN[1]], mec="black", markersize=7, zorder=6)
    left.plot([], [], "D", color="white", mec="black", label="published numbers")
    left.axvline(CUT, color=COLORS["neutral"], linewidth=1, linestyle=":")
    left.set_title("Two published reruns, each with its own settings")
    left.legend(loc="lower left")
    for name, color in zip(more, READINGS, strict=False):
        curve = _curve(times(data, name), most)
        style = "-" if name.startswith(OWN[0]) else "--"
        label = name.replace("on half the mean", "rate .1 on half the mean").replace(", ", ",\n", 1)
        interval_line(axes[0, 1], *curve, label, color=color, marker="", linestyle=style, drawstyle="steps-post")
    for ax in axes[0]:
        ax.set(xscale="log", xlim=(200, most), ylim=(0, 1.01), xlabel="sweeps (passes over the 64 rows)")
        log_ticks(ax.xaxis, [one for one in (200, 1_000, 5_000, 20_000, 60_000) if one <= most])
    left.set_ylabel("share of networks that have not learned the task")
    if more:
        axes[0, 1].set_title("Settings that differ from one of the two")
        axes[0, 1].legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8.5)
    first, second = (times(data, name) for name in OWN)
    stuck = (first > CUT).mean()
    agree = "Not every published number (diamonds) lies in the interval that its own settings predict."
    if all(short_agrees(first)[0]) and long_agrees(second)[0] == len(QUARTILES) + 1:
        agree = (
            "The reruns do not contradict each other: every published number (diamonds) lies in the interval that its "
            "own settings predict."
        )
    changed = [f"{np.isfinite(times(data, name)).mean():.0%}" for name in more]
    changed_told = f" Right, in legend order: {', '.join(changed)} learn it by {most:,}." if more else ""
    caption(
        fig,
        f"{TASK} hinton-problems and Cordwell's are two GitHub repositories. {agree} With hinton-problems' settings "
        f"{(first <= CUT).mean():.0%} of {len(first):,} networks learn the task within {CUT:,} sweeps; of the other "
        f"{stuck:.0%}, {(first[first > CUT] < np.inf).mean():.1%} learn it by {most:,}. With Cordwell's "
        f"{(second <= CUT).mean():.0%} learn it by {CUT:,} and {np.isfinite(second).mean():.1%} by {most:,} "
        f"(quartiles {' / '.join(f'{quantile(second, q):,.0f}' for q in PLACES)}).{changed_told} Black bar: range of "
        f"the {SOLVED_OF} published runs that learned it; blue bar: Wilson interval of {SOLVED_OF} of {RUNS}; dotted: "
        f"{CUT:,} sweeps, where those runs stopped. Curves: Kaplan-Meier with 95% bands.",
    )
    return fig


def _curve(found: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ended = np.isfinite(found)
    curve = statistics.kaplan_meier(np.where(ended, found, most), ended)
    survival, low, high = (np.append(1.0, y) for y in (curve.survival, curve.low, curve.high))
    return np.append(1.0, curve.time), survival, low, high


def _weights(data: xr.Dataset) -> Figure:
    """The hidden weights of a network that solves the task and of one that does not, and the ratios of all networks."""
    drawn = data.network.values.tolist()
    fig, axes = plt.subplots(
        1, len(drawn) + 1, figsize=(3.9 * (len(drawn) + 1), 4.0), width_ratios=[1] * len(drawn) + [1.25]
    )
    for ax, name in zip(axes, drawn, strict=False):
        w = data.weights.sel(network=name).values.T  # [neuron, input]
        size = np.abs(w).max()
        for (j, i), value in np.ndenumerate(w):
            color = COLORS["one"] if value > 0 else COLORS["zero"]
            side, y = 0.92 * np.sqrt(abs(value) / size), 1 + NEURONS_APART * j
            ax.add_patch(Rectangle((i + 1 - side / 2, y - side / 2), side, side, color=color))
            ax.text(i + 1, y + 0.66, f"{value:+.1f}".replace("-", "−"), ha="center", va="center", size=9)
        ax.set(xlim=(0.4, 6.6), ylim=(1.9 + NEURONS_APART, 0.3), aspect="equal", xticks=range(1, 7), xlabel="input")
        ax.set_yticks((1, 1 + NEURONS_APART), ("neuron 1", "neuron 2"))
        ax.axvline(3.5, color=COLORS["neutral"], linestyle=":", linewidth=1)
        ax.grid(visible=False)
        ax.set_title({"solved": "A network that learned the task"}.get(name, "A network that did not learn it"))
    right = axes[-1]
    ratios, uneven = data.ratios.values, data.uneven.values
    ready = data.right.values == 1
    for name, kind, marker in (("stuck", ~ready, "^"), ("solved", ready, "o")):
        told = {"stuck": "task not learned", "solved": "task learned"}[name]
        right.plot(*ratios[kind].T, marker, color=COLORS[name], markersize=SIZES[name], alpha=0.35, label=told)
    box = Rectangle(
        (RATIO[0], RATIO[0]), RATIO[1] - RATIO[0], RATIO[1] - RATIO[0], fill=False, color="black", linewidth=1.2
    )
    right.add_patch(box)
    right.plot(2, 2, "+", color="black", markersize=16, label="1 : 2 : 4")
    right.set(xlim=(0.95, GREATEST_SHOWN), ylim=(0.95, GREATEST_SHOWN), xscale="log", yscale="log")
    for axis in (right.xaxis, right.yaxis):
        log_ticks(axis, (1, 1.5, 2, 2.5, 4, 6))
    right.set(
        xlabel="second smallest pair / smallest pair", ylabel="largest pair / second smallest pair",
        title="Ratios of the sizes of the three pairs",
    )  # fmt: skip
    right.legend(loc="upper right")
    match = is_pattern(np.concatenate([ratios, uneven[:, None]], axis=1))
    inside = np.median(ratios[match], axis=0) if match.any() else (np.nan, np.nan)
    others = ready & ~match
    for kind, place in ((ready & match, (4, -18)), (others, (8, -4))):
        if kind.any():
            at = np.median(ratios[kind], axis=0)
            right.annotate(f"{kind.sum():,}", at, place, textcoords="offset points", size=9)
    beyond = int((~ready & (ratios > GREATEST_SHOWN).any(axis=1)).sum())
    caption(
        fig,
        f"{TASK} Of {int(ready.sum()):,} networks that learned it in {CUT:,} sweeps, {match[ready].mean():.0%} have "
        "mirrored pairs of weights in the ratio 1:2:4 (square: the source's margins; opposite signs, uneven by less "
        f"than {MOST_UNEVEN:g}), in the median 1 : {inside[0]:.3f} : {inside[0] * inside[1]:.3f}. The "
        f"{others.sum():,} others have 1 : {np.median(ratios[others, 0]) if others.any() else np.nan:.2f} : "
        f"{np.median(ratios[others].prod(axis=1)) if others.any() else np.nan:.2f} in the median. Of "
        f"{int((~ready).sum()):,} that did not learn it, {int(match[~ready].sum()):,} have the ratio (in the square: "
        f"a pair is uneven or of one sign); {beyond:,} lie outside the picture. Area: size of a weight; orange: "
        "positive, blue: negative.",
    )
    return fig


def _codes(data: xr.Dataset) -> Figure:
    """The hidden space of two encoders through training, and how many codes all of them end with."""
    names = data.encoder.values.tolist()
    fig, axes = plt.subplots(1, len(names) + 1, figsize=(3.9 * (len(names) + 1), 3.9))
    for ax, name in zip(axes, names, strict=False):
        _cube(ax, data.code.sel(encoder=name).values)
    right = axes[-1]
    first = data.num_codes.sel(reading=FIRST).values
    start, end = (data[name].sel(reading=FIRST).values for name in ("first_codes", "num_codes"))
    places = np.arange(1, OUTPUTS + 1)
    for values, shift, color, label in (
        (start, -0.2, COLORS["neutral"], "before training"),
        (end, 0.2, BLUE, "after training"),
    ):
        share = np.array([(values == k).mean() for k in places])
        right.bar(places + shift, share, 0.4, color=color, label=label)
    right.plot(places, [_chance(int(k)) for k in places], "k_", markersize=14, markeredgewidth=2, label="random codes")
    right.set(xlabel="different codes of the eight rows", ylabel="share of encoders", xticks=places, ylim=(0, 1))
    right.set_title("Number of codes, all encoders")
    right.legend(loc="upper left")
    steps, returned = data.look.values, (data.returned.sel(reading=FIRST).values == 1).mean()
    caption(
        fig,
        f"{(end == OUTPUTS).mean():.0%} of {len(first):,} encoders give every row a code of its own and "
        f"{(end == OUTPUTS - 1).mean():.0%} give two rows the same code; {returned:.2%} return every row. Left and "
        "middle: path of the three hidden activations of each row (colours) from the start, in the middle of the cube, "
        f"to the point when the encoder is done or after {steps[-1]:,} epochs (circle). A dotted line leads to the "
        "row's code: the corner with each activation rounded to 0 or 1. Right, black: eight rows with random codes "
        f"({BY_CHANCE:.2%} have eight different ones).",
    )
    return fig


def _chance(k: int) -> float:
    """The probability that eight rows, each with a code at random, have k different ones."""
    share = np.zeros(OUTPUTS + 1)
    share[0] = 1.0
    for _ in range(OUTPUTS):
        seen = np.arange(OUTPUTS + 1)
        share = share * seen / OUTPUTS + np.append(0.0, (share * (OUTPUTS - seen) / OUTPUTS)[:-1])
    return float(share[k])


def _cube(ax: Axes, path: np.ndarray) -> None:
    """The paths of eight rows through the cube of three hidden activations, path [look, row, 3]."""
    corners = np.array(list(itertools.product((0.0, 1.0), repeat=3)))
    for a, b in itertools.combinations(corners, 2):
        if np.abs(a - b).sum() == 1:
            ax.plot(*(np.stack([a, b]) @ AXES).T, color="#BBBBBB", linewidth=1, zorder=0)
    for row, color in zip(np.moveaxis(path, 1, 0), EIGHT, strict=True):
        places = row @ AXES
        ax.plot(*places.T, color=color, linewidth=1.3, alpha=0.8)
        ax.plot(*np.stack([places[-1], np.round(row[-1]) @ AXES]).T, ":", color=color, linewidth=1.3)
        ax.plot(*places[-1], "o", color=color, markersize=8, mec="white", zorder=4)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    for corner in corners:
        (x, y), above = corner @ AXES, corner[2] == 1
        name = "".join(str(int(bit)) for bit in corner)
        y, va = (y + 0.08, "bottom") if above else (y - 0.08, "top")
        ax.text(x, y, name, ha="center", va=va, size=9, color="#555555", bbox=box, zorder=3)
    codes, rows = np.unique(np.round(path[-1]), axis=0, return_counts=True)
    for corner in codes[rows > 1]:
        ax.plot(*corner @ AXES, "o", markersize=13, markerfacecolor="none", markeredgecolor="black", zorder=5)
    shared = f"{rows.max()} rows share one (ring)" if (rows > 1).sum() == 1 else "rows share those in rings"
    ax.set_title(f"{len(codes)} codes" + (", one row each" if rows.max() == 1 else f": {shared}"))
    ax.set(xlim=(-0.12, 1.55), ylim=(-0.2, 1.5), aspect="equal")
    ax.axis("off")
