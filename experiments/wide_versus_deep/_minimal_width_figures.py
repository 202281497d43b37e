"""The figures of `minimal_width`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from experiments.lab.figures import COLORS, caption, interval_line
from experiments.wide_versus_deep import _minimal_width_networks as networks
from experiments.wide_versus_deep import _minimal_width_topology as topology
from experiments.wide_versus_deep import _minimal_width_verdicts as derived
from nnjax import mlp

MARKERS = {"relu": "o", "tanh": "s", "sin": "^", "gelu": "D"}
PIXELS = 241


def decision_sets(data: xr.Dataset) -> Figure:
    """What networks of two inputs say, a row for each activation and a column for each width."""
    if "shown_weights" not in data:
        return _nothing("No networks of two inputs were trained")
    names, widths, depth = data.activation.values, data.shown_wider.values, data.attrs["shown_depth"]
    fig, axes = plt.subplots(
        len(names), len(widths), figsize=(2.15 * len(widths) + 0.6, 2.25 * len(names) + 0.4), squeeze=False
    )
    grid = topology.whole(2, PIXELS)
    x = grid.nodes().astype("float32")
    for row, activation in zip(axes, names, strict=True):
        for ax, wider in zip(row, widths, strict=True):
            flat = data.shown_weights.sel(activation=activation, shown_wider=wider).values.astype(float)
            shape = networks.sizes(2, depth, int(wider))
            value = topology.outputs(flat[: mlp.num_params(shape)], shape, str(activation), x).reshape(grid.sizes)
            _set(ax, value)
            seed = int(data.shown_seed.sel(activation=activation, shown_wider=wider))
            place = {"inputs": 2, "activation": activation, "depth": depth, "wider": wider}
            one = data.sel(place).isel(seed=seed)
            said = "closed" if int(one.closed) == 1 else "open" if int(one.holds) == 1 else "no ball"
            ax.set_title(f"{said}, {float(one.accuracy):.0%}", fontsize=9.5)
        row[0].set_ylabel(str(activation), fontsize=11)
    for ax, wider in zip(axes[-1], widths, strict=True):
        ax.set_xlabel(f"width {2 + int(wider)}")
    bounded = [a for a in names if a in derived.ONE_TO_ONE]
    caption(
        fig,
        f"What networks of {depth} hidden layers say of a ball (orange) in a ring (blue), {2 * topology.BOX:g} wide; "
        "of each kind the network of the middle accuracy, which stands above. Claim: "
        f"{' and '.join(bounded) or 'no activation here'} cannot close the orange set at width 2, sine and GELU can. "
        "Dotted: the ball and the ring from which points were drawn.",
    )
    return fig


def _set(ax: Axes, value: np.ndarray) -> None:
    tints = ListedColormap([COLORS["zero"], COLORS["one"]])
    edge = topology.BOX
    extent = (-edge, edge, -edge, edge)
    ax.imshow((value > 0).T, tints, vmin=0, vmax=1, alpha=0.55, origin="lower", extent=extent, interpolation="nearest")
    for radius in (networks.BALL, *networks.RING):
        ax.add_patch(Circle((0, 0), radius, fill=False, linestyle=":", linewidth=0.9, edgecolor="black"))
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.grid(False)


def closed(data: xr.Dataset) -> Figure:
    """The share of closed sets by width with Wilson's intervals, and the accuracy beside it."""
    fig, axes = plt.subplots(
        2, data.sizes["inputs"], figsize=(5.2 * data.sizes["inputs"], 6.6), squeeze=False, sharex="col"
    )
    for column, d in zip(axes.T, data.inputs.values, strict=True):
        for activation in data.activation.values:
            found = [(w, *derived.share(data, inputs=d, activation=activation, wider=w)) for w in data.wider.values]
            wider, count, total, low, high = np.array([one for one in found if one[2]], float).T
            name = str(activation)
            color, marker = COLORS[name], MARKERS[name]
            interval_line(column[0], d + wider, count / total, low, high, name, color=color, marker=marker)
            accuracy = data.accuracy.sel(inputs=d, activation=activation, wider=wider.astype(int))
            values = accuracy.stack(all=("depth", "seed")).transpose("wider", "all").values
            low, middle, high = np.nanquantile(values, [0.25, 0.5, 0.75], axis=1)
            interval_line(column[1], d + wider, middle, low, high, name, color=color, marker=marker)
        for ax in column:
            ax.axvline(d + 0.5, color=COLORS["theory"], linestyle=":", linewidth=1.2)
            ax.set_xticks([int(d + w) for w in data.wider.values if d + w >= 1])
        column[0].set(title=f"{d} inputs", ylim=(-0.04, 1.04))
        column[1].set(xlabel="width of every layer")
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
            count, total, *_ = derived.share(data, inputs=d, activation=activation, wider=0)
            accuracy = float(data.accuracy.sel(inputs=d, activation=activation, wider=0).median())
            told.append(f"{activation} {count} of {total:,} (median accuracy {accuracy:.2f})")
        parts.append(f"with {d} inputs, width {d}: {', '.join(told)}")
    return (
        "Claim: left of the dotted line (width d or less) no ReLU or tanh network closes its set, sine and GELU do at "
        f"width d, and accuracy cannot show it. Found closed {'; '.join(parts)}. All depths "
        f"({', '.join(str(k) for k in data.depth.values)} layers) and seeds; rates tuned for each; of all sets "
        f"{_judged_open(data)} that seemed closed were found open on finer grids. Above: 95 % intervals; below: "
        "medians and the middle half."
    )


def _judged_open(data: xr.Dataset) -> str:
    seemed = int((data.seemed == 1).sum())
    return f"{seemed - int((data.closed == 1).sum()):,} of {seemed:,}"


def corridor(data: xr.Dataset) -> Figure:
    """How wide the way out of sets is at width d, by depth, where theory says that there is one."""
    names = [str(a) for a in data.activation.values if str(a) in derived.ONE_TO_ONE]
    if not names:
        return _nothing("No activation here must leave a way out at width d")
    fig, axes = plt.subplots(1, data.sizes["inputs"], figsize=(5.2 * data.sizes["inputs"], 4.2), squeeze=False)
    steps = []
    for ax, d, nodes in zip(axes[0], data.inputs.values, data.attrs["nodes"], strict=True):
        steps.append(2 * topology.BOX / (nodes - 1))
        for i, activation in enumerate(names):
            found = [derived.corridors(data, int(d), activation, int(k)) for k in data.depth.values]
            known = [len(one) > 0 for one in found]
            low, middle, high = np.array(
                [np.quantile(o, [0.25, 0.5, 0.75]) if len(o) else [np.nan] * 3 for o in found]
            ).T
            places = data.depth.values * 1.04 ** (i - 0.5)
            if any(known):
                look = {"color": COLORS[activation], "marker": MARKERS[activation]}
                interval_line(ax, places, middle, low, high, activation, bars=True, **look)
        ax.axhline(steps[-1], color=COLORS["neutral"], linestyle=":", linewidth=1.2, label="step of the grid")
        ax.set(xscale="log", yscale="log", xlabel="hidden layers", title=f"{d} inputs, width {d}")
        ax.set_xticks(data.depth.values, [str(k) for k in data.depth.values])
        ax.set_xlim(data.depth.values[0] / 1.3, data.depth.values[-1] * 1.3)
        ax.minorticks_off()
    axes[0, 0].set_ylabel("width of the way out")
    axes[0, 0].legend(fontsize=9)
    parts = [
        f"{a}, {d} inputs: " + ", ".join(f"{np.median(one):.2g}" for one in found if len(one))
        for d in data.inputs.values
        for a in names
        for found in [[derived.corridors(data, int(d), str(a), int(k)) for k in data.depth.values]]
    ]
    caption(
        fig,
        "How wide the widest way out of the set around the ball is at its narrowest place, in networks as wide as "
        f"there are inputs; the ring is {networks.RING[1] - networks.RING[0]:g} thick. Medians by depth: "
        f"{'; '.join(parts)}. Bars: the middle half of the sets that hold half of the ball or more. Below the dotted "
        "line a way out was found on finer grids, and the step of that grid is shown; where none was found, 0.",
    )
    return fig


def _nothing(text: str) -> Figure:
    fig, ax = plt.subplots(figsize=(5, 1.5))
    ax.axis("off")
    caption(fig, text + ".")
    return fig
