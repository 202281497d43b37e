"""The figures of `minimal_width`: decision sets, shares of closed ones, and ways out."""

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
    """decision_sets, closed and corridor."""
    return {"decision_sets": _decision_sets(data), "closed": _closed(data), "corridor": _corridor(data)}


def _decision_sets(data: xr.Dataset) -> Figure:
    """The decision sets of networks with two inputs, a row for each activation and a column for each width."""
    if "shown_weights" not in data:
        return _nothing("No networks of two inputs were trained")
    names, widths, depth = data.activation.values, data.shown_wider.values, data.attrs["shown_depth"]
    fig, axes = plt.subplots(
        len(names), len(widths), figsize=(1.95 * len(widths) + 0.6, 1.95 * len(names) + 0.4), squeeze=False
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
    at_d = data.closed.sel(inputs=2, wider=0, activation=[a for a in names if a in ONE_TO_ONE])
    found = (
        f"{int((at_d == 1).sum())} of {int((at_d >= 0).sum()):,} ReLU and tanh networks" if at_d.size else "No networks"
    )
    caption(
        fig,
        f"{found} of width 2 close the orange set around the ball. Decision sets of networks of {depth} hidden layers "
        "that were trained to tell a ball (orange) from the ring around it (blue; dotted: where points were drawn), "
        f"in a square {2 * topology.BOX:g} wide; of each kind the network of the median accuracy, which stands above. "
        "No ball: the set holds less than half of it.",
    )
    return fig


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
    """The share of closed sets by width with Wilson's intervals, and the accuracy below it."""
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
        column[0].set(title=f"{d} inputs: closed sets by width", ylim=(-0.04, 1.04))
        column[1].set(xlabel="width of every layer", title=f"{d} inputs: accuracy by width")
    axes[0, 0].set_ylabel("share of closed sets")
    axes[1, 0].set_ylabel("accuracy on fresh points")
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
            told.append(f"{NAMES[str(activation)]} {count} of {total:,} (accuracy {accuracy:.2f})")
        parts.append(f"with {d} inputs and width {d}: {', '.join(told)}")
    return (
        f"Networks that enclose the ball, {'; '.join(parts)}. At width d or less, left of the dotted line, a theorem "
        "forbids it to ReLU and tanh networks, whatever their accuracy. All depths "
        f"({', '.join(str(k) for k in data.depth.values)} layers) and seeds, the rate tuned for each setting; of all "
        f"sets that seemed closed {_judged_open(data)} were found open on finer grids. Above: 95 % intervals; below: "
        "medians and the middle half."
    )


def _judged_open(data: xr.Dataset) -> str:
    seemed = int((data.seemed == 1).sum())
    return f"{seemed - int((data.closed == 1).sum()):,} of {seemed:,}"


def _corridor(data: xr.Dataset) -> Figure:
    """How wide the way out of sets is at width d, by depth, where theory says that there is one."""
    names = [str(a) for a in data.activation.values if str(a) in ONE_TO_ONE]
    if not names:
        return _nothing("No activation here must leave a way out at width d")
    fig, axes = plt.subplots(1, data.sizes["inputs"], figsize=(5.2 * data.sizes["inputs"], 4.2), squeeze=False)
    steps = []
    for ax, d, nodes in zip(axes[0], data.inputs.values, data.attrs["nodes"], strict=True):
        steps.append(2 * topology.BOX / (nodes - 1))
        for i, activation in enumerate(names):
            found = [summary.corridors(data, int(d), activation, int(k)) for k in data.depth.values]
            known = [len(one) > 0 for one in found]
            low, middle, high = np.array(
                [np.quantile(o, [0.25, 0.5, 0.75]) if len(o) else [np.nan] * 3 for o in found]
            ).T
            places = data.depth.values * 1.04 ** (i - 0.5)
            if any(known):
                look = {"color": COLORS[activation], "marker": MARKERS[activation]}
                interval_line(ax, places, middle, low, high, NAMES[activation], bars=True, **look)
        ax.axhline(steps[-1], color=COLORS["neutral"], linestyle=":", linewidth=1.2, label="step of the grid")
        ax.set(xscale="log", yscale="log", xlabel="hidden layers", title=f"{d} inputs, width {d}: ways out by depth")
        ax.set_xticks(data.depth.values, [str(k) for k in data.depth.values])
        ax.set_xlim(data.depth.values[0] / 1.3, data.depth.values[-1] * 1.3)
        ax.minorticks_off()
        lab.log_ticks(ax.yaxis)
    axes[0, 0].set_ylabel("width of the way out (units of the input)")
    axes[0, 0].legend(fontsize=9)
    parts = [
        ", ".join(f"{np.median(one):.2g}" for one in found if len(one)) + f" ({NAMES[a]}, {d} inputs)"
        for d in data.inputs.values
        for a in names
        for found in [[summary.corridors(data, int(d), str(a), int(k)) for k in data.depth.values]]
    ]
    caption(
        fig,
        f"The way out of the set around the ball, by depth ({', '.join(str(k) for k in data.depth.values)} layers), "
        f"has a median width of {'; '.join(parts)}; the ring is {RING[1] - RING[0]:g} thick. Networks as wide as "
        "there are inputs, the widest way out at its narrowest place, of sets that hold half of the ball or more; "
        "bars: the middle half of them. A way out below the dotted line was found on finer grids, and is drawn at "
        "their step; 0 where none was found.",
    )
    return fig


def _nothing(text: str) -> Figure:
    fig, ax = plt.subplots(figsize=(5, 1.5))
    ax.axis("off")
    caption(fig, text + ".")
    return fig
