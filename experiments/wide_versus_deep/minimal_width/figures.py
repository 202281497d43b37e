"""The figures of `minimal_width`: decision sets, shares of closed ones, and ways out."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from experiments.lab import figures as lab
from experiments.lab.figures import COLORS, caption, interval_line
from experiments.wide_versus_deep.minimal_width import summary, topology
from experiments.wide_versus_deep.minimal_width.config import BALL, ONE_TO_ONE, RING, sizes
from experiments.wide_versus_deep.minimal_width.summary import NAMES
from nnjax import mlp

MARKERS = {"relu": "o", "tanh": "s", "sin": "^", "gelu": "D"}
PIXELS = 241


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures decision_sets, closed and corridor."""
    return {"decision_sets": _decision_sets(data), "closed": _closed(data), "corridor": _corridor(data)}


def _decision_sets(data: xr.Dataset) -> Figure:
    """The decision sets of networks with two inputs, a row for each activation and a column for each width."""
    if "shown_weights" not in data:
        return _nothing("No networks of two inputs were trained")
    names, widths, depth = data.activation.values, data.shown_wider.values, data.attrs["shown_depth"]
    fig, axes = plt.subplots(
        len(names), len(widths), figsize=(1.95 * len(widths) + 0.6, 1.95 * len(names) + 0.8), squeeze=False
    )
    grid = topology.whole(2, PIXELS)
    x = grid.nodes().astype("float32")
    for row, activation in zip(axes, names, strict=True):
        for ax, wider in zip(row, widths, strict=True):
            flat = data.shown_weights.sel(activation=activation, shown_wider=wider).values.astype(float)
            shape = sizes(2, depth, int(wider))
            value = topology.outputs(flat[: mlp.num_params(shape)], shape, str(activation), x).reshape(grid.sizes)
            _set(ax, value)
            seed = int(data.shown_seed.sel(activation=activation, shown_wider=wider))
            place = {"inputs": 2, "activation": activation, "depth": depth, "wider": wider}
            one = data.sel(place).isel(seed=seed)
            said = "closed" if int(one.closed) == 1 else "open" if int(one.holds) == 1 else "no ball"
            ax.set_title(f"{said}, {float(one.accuracy):.0%}", fontsize=9.5)
        row[0].set_ylabel(NAMES[str(activation)], fontsize=11)
    for ax, wider in zip(axes[-1], widths, strict=True):
        ax.set_xlabel(f"width {2 + int(wider)}")
    no_ball = any("no ball" in ax.get_title() for ax in axes.flat)
    span = " to ".join(dict.fromkeys(f"{2 + int(wider)}" for wider in (widths[0], widths[-1])))
    fig.suptitle(f"Points that networks of width {span} classify as the ball (orange)")
    caption(
        fig,
        f"{_enclosed_at_two(data)}Each panel shows a network of {depth} hidden layers that was trained to separate a "
        "ball (orange) from the ring around it (blue; dotted: where points were drawn), on a square "
        f"{2 * topology.BOX:g} wide; above it its accuracy, the median of its kind. Closed: the orange part that "
        "contains the ball stays inside the square; other parts may reach its edge."
        f"{' No ball: the orange set contains less than half of it.' * no_ball}",
    )
    return fig


def _enclosed_at_two(data: xr.Dataset) -> str:
    """A sentence on how many networks of two inputs and width 2 enclose the ball, of those that theory says cannot."""
    names = [str(a) for a in data.activation.values if str(a) in ONE_TO_ONE]
    if not names:
        return ""
    closed = data.closed.sel(inputs=2, wider=0, activation=names)
    count = int((closed == 1).sum())
    return (
        f"{count or 'None'} of {int((closed >= 0).sum()):,} {' and '.join(NAMES[a] for a in names)} networks of width "
        f"2 enclose{'s' * (count < 2)} the ball. "
    )


def _set(ax: Axes, value: np.ndarray) -> None:
    tints = ListedColormap([COLORS["zero"], COLORS["one"]])
    edge = topology.BOX
    extent = (-edge, edge, -edge, edge)
    ax.imshow((value > 0).T, tints, vmin=0, vmax=1, alpha=0.55, origin="lower", extent=extent, interpolation="nearest")
    for radius in (BALL, *RING):
        ax.add_patch(Circle((0, 0), radius, fill=False, linestyle=":", linewidth=0.9, edgecolor="black"))
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.grid(False)


def _closed(data: xr.Dataset) -> Figure:
    """The share of closed sets by width with its interval over tunings, and the accuracy below it."""
    fig, axes = plt.subplots(
        2, data.sizes["inputs"], figsize=(5.2 * data.sizes["inputs"], 6.4), squeeze=False, sharex="col"
    )
    for column, d in zip(axes.T, data.inputs.values, strict=True):
        for activation in data.activation.values:
            found = [(w, *summary.share(data, inputs=d, activation=activation, wider=w)) for w in data.wider.values]
            wider, count, total, low, high = np.array([one for one in found if one[2]], float).T
            name = str(activation)
            color, marker = COLORS[name], MARKERS[name]
            interval_line(column[0], d + wider, count / total, low, high, NAMES[name], color=color, marker=marker)
            accuracy = data.accuracy.sel(inputs=d, activation=activation, wider=wider.astype(int))
            values = accuracy.stack(all=("depth", "seed")).transpose("wider", "all").values
            low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=1)
            interval_line(column[1], d + wider, middle, low, high, NAMES[name], color=color, marker=marker)
        for ax in column:
            ax.axvline(d + 0.5, color=COLORS["theory"], linestyle=":", linewidth=1.2)
            ax.set_xticks([int(d + w) for w in data.wider.values if d + w >= 1])
        column[0].set(title=f"{d} inputs: networks that enclose the ball", ylim=(-0.04, 1.04))
        column[1].set(xlabel="width of every layer", title=f"{d} inputs: accuracy")
    axes[0, 0].set_ylabel("share of networks")
    axes[1, 0].set_ylabel("accuracy on new points")
    axes[0, 0].legend(fontsize=9, loc="upper left")
    caption(fig, _closed_found(data))
    return fig


def _closed_found(data: xr.Dataset) -> str:
    parts = []
    for d in data.inputs.values:
        told = []
        for activation in data.activation.values:
            count, total, *_ = summary.share(data, inputs=d, activation=activation, wider=0)
            accuracy = float(data.accuracy.sel(inputs=d, activation=activation, wider=0).median())
            told.append(f"{NAMES[str(activation)]} {count} of {total:,} ({accuracy:.2f})")
        parts.append(f"with {d} inputs and width {d}: {', '.join(told)}")
    return (
        f"Networks that enclose the ball (in brackets: median accuracy), {'; '.join(parts)}. With d inputs and width d "
        "or less (left of the dotted line), ReLU and tanh networks cannot enclose it, by a theorem, whatever their "
        f"accuracy. All depths ({', '.join(str(k) for k in data.depth.values)} layers) and seeds, with the learning "
        f"rate tuned {data.sizes['tuning']} times for each setting. {_judged_open(data)} decision sets that seemed "
        "closed proved to be open on finer grids. Top: 95% intervals over tunings; bottom: medians and the middle half."
    )


def _judged_open(data: xr.Dataset) -> str:
    seemed = int((data.seemed == 1).sum())
    return f"{seemed - int((data.closed == 1).sum()):,} of {seemed:,}"


def _corridor(data: xr.Dataset) -> Figure:
    """The width of the way out of sets at width d, by depth, for activations for which theory says there is one."""
    names = [str(a) for a in data.activation.values if str(a) in ONE_TO_ONE]
    if not names:
        return _nothing("No network of width d was trained that must leave a way out of the ball")
    fig, axes = plt.subplots(
        1, data.sizes["inputs"], figsize=(5.6 * data.sizes["inputs"], 4.4), squeeze=False, sharey=True
    )
    lowest = min(2 * topology.BOX / (nodes - 1) for nodes in data.attrs["nodes"])
    bottom, side, parts = lowest / 2, 2 * topology.BOX, []
    for ax, d, nodes in zip(axes[0], data.inputs.values, data.attrs["nodes"], strict=True):
        ticks = []
        for i, activation in enumerate(names):
            told = []
            for j, depth in enumerate(data.depth.values):
                found = summary.corridors(data, int(d), activation, int(depth))
                at = j + 0.36 * (i - (len(names) - 1) / 2)
                ring = found[found <= side]
                _strip(ax, at, np.maximum(found, bottom), side, activation)
                ticks.append((at, f"{NAMES[activation]}\n{len(ring)} of {summary.seeds(data, int(d))}"))
                told.append(f"{np.median(ring):.2g}" if len(ring) else "none")
            parts.append(f"{', '.join(told)} ({NAMES[activation]}, {d} inputs)")
        for j, depth in enumerate(data.depth.values):
            ax.text(
                j, 1.01, f"{depth} layers", transform=ax.get_xaxis_transform(), ha="center", va="bottom", fontsize=10
            )
        ax.axhspan(bottom, 2 * topology.BOX / (nodes - 1), color=COLORS["neutral"], alpha=0.18, linewidth=0)
        ax.axhspan(side, 3 * side, color=COLORS["neutral"], alpha=0.18, linewidth=0)
        ax.axhline(RING[1] - RING[0], color=COLORS["reference"], linestyle="--", linewidth=1)
        ax.set(yscale="log", ylim=(bottom, 3 * side), xlim=(-0.5, data.sizes["depth"] - 0.5))
        ax.set_xticks([at for at, _ in ticks], [text for _, text in ticks], fontsize=9)
        ax.set_title(f"{d} inputs, width {d}: ways out of the decision set", pad=20)
        ax.grid(visible=False, axis="x")
        ax.minorticks_off()
        lab.log_ticks(ax.yaxis)
        place = ax.get_yaxis_transform()
        ax.text(0.01, 2.4 * side, "no ring: the set fills the box", transform=place, va="center", fontsize=8.5)
        ax.text(0.01, lowest * 0.68, "below the spacing of the grid", transform=place, va="center", fontsize=8.5)
    axes[0, 0].set_ylabel("width of the way out (units of the input)")
    one = data.corridor.sel(activation=names, wider=0).where(data.holds.sel(activation=names, wider=0) == 1)
    right = data.accuracy.sel(activation=names, wider=0).where(one > side)
    caption(
        fig,
        f"With {', '.join(str(k) for k in data.depth.values)} layers the median width of the way out through the ring "
        f"is {'; '.join(parts)}. Each dot is a network, as wide as there are inputs, whose decision set contains at "
        "least half of the ball; its height is the width of the widest way out, at its narrowest place. Hollow dots: "
        f"{int((one > side).sum())} networks that learned no ring (median accuracy {float(right.median()):.2f}), not "
        "part of the medians, middle halves (black) and counts below. Dashed: the thickness of the ring.",
    )
    return fig


def _strip(ax: Axes, at: float, widths: np.ndarray, side: float, activation: str) -> None:
    """Draw every way out as a dot, and the median and the middle half of those no wider than the box."""
    spread = np.random.default_rng(0).uniform(-0.11, 0.11, len(widths))
    look: dict[str, Any] = {"color": COLORS[activation], "linestyle": "none", "marker": MARKERS[activation]}
    ring = widths <= side
    ax.plot(at + spread[ring], widths[ring], markersize=3, alpha=0.55, markeredgewidth=0, **look)
    ax.plot(at + spread[~ring], widths[~ring], markersize=3.5, fillstyle="none", markeredgewidth=0.8, **look)
    if not ring.any():
        return
    low, middle, high = np.quantile(widths[ring], [0.25, 0.5, 0.75])
    ax.vlines(at, low, high, color="#222222", linewidth=2, zorder=4)
    ax.plot([at - 0.13, at + 0.13], [middle] * 2, color="#222222", linewidth=1.8, zorder=4)


def _nothing(text: str) -> Figure:
    fig, ax = plt.subplots(figsize=(5, 1.5))
    ax.axis("off")
    caption(fig, text + ".")
    return fig
