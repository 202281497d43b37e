"""Pictures of XOR written down: the gates and the networks made of them."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.lab.planes import CLASSES, NAMES, network_diagram, points, regions, unit_line
from nnjax import tasks


def gates(data: xr.Dataset, right: Mapping[str, int]) -> Figure:
    """Each gate above the plane that it cuts, and beside them why XOR is no gate; data of `written_down`."""
    names = data.network.values
    fig, axes = plt.subplots(2, len(names) + 1, figsize=(2.75 * (len(names) + 1), 5.2), squeeze=False)
    for (top, bottom), name in zip(axes.T, names, strict=False):
        w, t = (data[part].sel(network=name).values[1] for part in ("weights", "thresholds"))
        network_diagram(top, [w[:, :1]], [t[:1]], [["$x_1$", "$x_2$"], [name]])
        top.set_title(f"{name}: {right[name]} of 4 rows")
        regions(bottom, lambda x, w=w, t=t: x @ w[:, 0] > t[0], -0.5, 1.5)
        unit_line(bottom, w[:, 0], t[0], -0.5, 1.5, avoid=tasks.xor().x)
        points(bottom, tasks.xor().x, data.target.sel(network=name).values)
    top, bottom = axes[:, -1]
    top.set_title("XOR: no such unit")
    top.axis("off")
    rules = ("$0 \\leq t$", "$w_2 > t$", "$w_1 > t$", "$w_1 + w_2 \\leq t$")
    lines = [f"{row}  needs  {rule}" for row, rule in zip(NAMES, rules, strict=True)]
    lines += ["", "the middle two: $w_1 + w_2 > 2t$", "the outer two: $w_1 + w_2 \\leq 2t$"]
    top.text(0.0, 0.98, "\n".join(lines), va="top", size=9.5, linespacing=1.5, transform=top.transAxes)
    for (color, *_), ends in zip(CLASSES, ([[0, 1], [0, 1]], [[0, 1], [1, 0]]), strict=True):
        bottom.plot(*ends, color=color, linewidth=1.4, linestyle="--")
    bottom.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), aspect="equal")
    points(bottom, tasks.xor().x, tasks.xor().y[:, 0])
    bottom.grid(False)
    for ax in axes[1]:
        ax.set(xlabel="$x_1$", ylabel="$x_2$", xticks=(0, 1), yticks=(0, 1))
    crossing = data.certificate.sel(function="xor").item()
    caption(
        fig,
        "One threshold unit is a straight cut. A number inside a unit is the threshold that its weighted sum "
        "must exceed; the tint is its answer (blue 0, red 1), the arrow points to where it fires. For XOR "
        f"the dashed lines between equal classes cross, {crossing or 'not found'}, so no line parts the "
        f"classes. Of the 16 functions of two inputs {int((data.num_units > 0).sum())} are one unit, and "
        f"{int((data.certificate != '').sum())} have such a crossing.",
    )
    return fig


def networks(data: xr.Dataset, right: Mapping[str, int]) -> Figure:
    """Each network for XOR: its diagram, the cuts of its hidden units, and the cut of its output unit."""
    names = data.network.values
    fig, axes = plt.subplots(len(names), 3, figsize=(10.5, 3.5 * len(names)), squeeze=False)
    for (diagram, plane, hidden), name in zip(axes, names, strict=True):
        (w, v), (t, s) = (data[part].sel(network=name).values for part in ("weights", "thresholds"))
        units = ["NOT AND", "OR"] if name == "XOR from gates" else ["$h_1$", "$h_2$"]
        network_diagram(diagram, [w, v[:, :1]], [t, s[:1]], [["$x_1$", "$x_2$"], units, ["XOR"]])
        diagram.set_title(f"{name}: {right[name]} of 4 rows")
        regions(plane, lambda x, w=w, t=t, v=v, s=s: (x @ w > t) @ v[:, 0] > s[0], -0.5, 1.5)
        regions(hidden, lambda h, v=v, s=s: h @ v[:, 0] > s[0], -0.5, 1.5)
        for unit, style in enumerate(("-", "--")):
            line = {"linestyle": style, "label": units[unit]}
            unit_line(plane, w[:, unit], t[unit], -0.5, 1.5, avoid=tasks.xor().x, **line)
        plane.legend(loc="upper right", fontsize=8.5, frameon=True, framealpha=0.9, borderpad=0.3)
        images = tasks.xor().x @ w > t
        unit_line(hidden, v[:, 0], s[0], -0.5, 1.5, avoid=images)
        points(plane, tasks.xor().x, data.target.sel(network=name).values)
        points(hidden, images, data.target.sel(network=name).values)
        plane.set(xlabel="$x_1$", ylabel="$x_2$", title="input space", xticks=(0, 1), yticks=(0, 1))
        hidden.set(xlabel=units[0], ylabel=units[1], title="hidden space", xticks=(0, 1), yticks=(0, 1))
    exact = sum(right[name] == 4 for name in names)
    caption(
        fig,
        f"XOR of three threshold units, written down: {exact} of {len(names)} networks answer all four rows "
        f"rightly in {' and '.join(data.dtype.values)}. Each hidden unit cuts the input plane once; its "
        "answer is a coordinate of hidden space, where two of the four points fall together and one cut is "
        "enough.",
    )
    return fig
