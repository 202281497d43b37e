"""The figures of `xor.written_down`: the gates with their lines, and the networks that compute XOR."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.lab.planes import CLASSES, NAMES, network_diagram, points, regions, unit_line
from experiments.xor.written_down.verdicts import ROWS, rows_right
from nnjax import tasks


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The gates with the line that each draws, and the networks for XOR with the lines of their units."""
    is_gate = np.isnan(data.thresholds.values).all(axis=2).any(axis=1)
    parts = {"gates": (_gates, data.isel(network=is_gate)), "xor": (_networks, data.isel(network=~is_gate))}
    return {name: draw(part) for name, (draw, part) in parts.items() if part.sizes["network"]}


def _gates(data: xr.Dataset) -> Figure:
    """Each gate above the plane that it divides, and beside them why no single unit computes XOR."""
    names, right = data.network.values, rows_right(data).to_series()
    fig, axes = plt.subplots(2, len(names) + 1, figsize=(2.75 * (len(names) + 1), 5.2), squeeze=False)
    for (top, bottom), name in zip(axes.T, names, strict=False):
        w, t = (data[part].sel(network=name).values[1] for part in ("weights", "thresholds"))
        network_diagram(top, [w[:, :1]], [t[:1]], [["$x_1$", "$x_2$"], [name]])
        top.set_title(f"{name}: {right[name]} of {ROWS} rows right")
        regions(bottom, lambda x, w=w, t=t: x @ w[:, 0] > t[0], -0.5, 1.5)
        unit_line(bottom, w[:, 0], t[0], -0.5, 1.5, avoid=tasks.xor().x)
        points(bottom, tasks.xor().x, data.target.sel(network=name).values)
    top, bottom = axes[:, -1]
    top.set_title("No unit computes XOR")
    top.axis("off")
    rules = ("$0 \\leq t$", "$w_2 > t$", "$w_1 > t$", "$w_1 + w_2 \\leq t$")
    lines = [f"{row}  needs  {rule}" for row, rule in zip(NAMES, rules, strict=True)]
    lines += ["", "01 plus 10:  $w_1 + w_2 > 2t$", "00 plus 11:  $w_1 + w_2 \\leq 2t$"]
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
        "One threshold unit separates its inputs by one straight line. This is enough for "
        f"{int((data.num_units > 0).sum())} of the 16 Boolean functions of two inputs, but not for XOR. The number in "
        "a unit is the threshold that its weighted sum must exceed; the tint is its answer (blue 0, orange-red 1), and "
        "the arrow points to the side where it fires. For XOR the dashed lines between inputs of one class cross: "
        f"{crossing or 'not found'}. So no line separates the classes.",
    )
    return fig


def _networks(data: xr.Dataset) -> Figure:
    """Each network for XOR: its diagram, the lines of its hidden units, and the line of its output unit."""
    names, right = data.network.values, rows_right(data).to_series()
    fig, axes = plt.subplots(len(names), 3, figsize=(10.5, 3.5 * len(names)), squeeze=False)
    for (diagram, plane, hidden), name in zip(axes, names, strict=True):
        (w, v), (t, s) = (data[part].sel(network=name).values for part in ("weights", "thresholds"))
        units = ["NOT AND", "OR"] if name == "XOR from gates" else ["$h_1$", "$h_2$"]
        network_diagram(diagram, [w, v[:, :1]], [t, s[:1]], [["$x_1$", "$x_2$"], units, ["XOR"]])
        diagram.set_title(f"{name}: {right[name]} of {ROWS} rows right")
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
        plane.set(xlabel="$x_1$", ylabel="$x_2$", title="Input space", xticks=(0, 1), yticks=(0, 1))
        hidden.set(xlabel=units[0], ylabel=units[1], title="Hidden space", xticks=(0, 1), yticks=(0, 1))
    exact = sum(right[name] == ROWS for name in names)
    caption(
        fig,
        f"Three threshold units compute XOR: {exact} of {len(names)} networks written down by hand answer all four "
        f"rows correctly in {' and in '.join(data.dtype.values)}. Each hidden unit draws one line in input space. Its "
        "answer is one coordinate of hidden space, where two of the four inputs share a point, so that one line is "
        "enough. The tint is the network's answer (blue 0, orange-red 1); arrows point to the side where a unit fires.",
    )
    return fig
