"""The figures of `speed.shapes`: every method on some shapes, and speed over width and depth."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption
from experiments.lab.rounds import ends
from experiments.speed.shapes.verdicts import SHARE, TARGETS, share
from experiments.speed.shared import figures as shared
from experiments.speed.shared import plain, timing
from experiments.speed.shared.labels import LABELS
from experiments.speed.shared.ratios import peak


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures shapes_methods and shapes_lines."""
    deep, best = data.attrs["deep"], float(peak(data).median()) / 1e9
    note = f"The matrix products of {deep} are computed at {100 * share(data, deep).median:.0f}% of the {best:,.0f} "
    note += f"GFLOP/s that large products reached in the same run (aim: {100 * SHARE:.0f}%). "
    return {"shapes_methods": shared.per_step(data, TARGETS, note), "shapes_lines": _lines(data)}


def _lines(data: xr.Dataset) -> Figure:
    """Networks per second and share of the matmul peak, over width and over depth."""
    fig, axes = plt.subplots(2, 2, figsize=(9, 6), sharex="col", sharey="row")
    networks, steps, rows = (data.attrs[f"line_{name}"] for name in ("networks", "steps", "rows"))
    best = float(peak(data).median())
    ratios = {}
    for (above, below), axis in zip(axes.T, ("width", "depth"), strict=True):
        x = data[axis].values
        seconds = data[f"{axis}_seconds"].transpose("line_method", axis, "round")
        ratio = (seconds.sel(line_method="vmap") / seconds.sel(line_method="engine")).median("round").values
        ratios[axis] = f"{ratio.min():.2g} to {ratio.max():.2g}"
        hidden = [(int(n),) if axis == "width" else (data.attrs["depth_width"],) * int(n) for n in x]
        flops = np.asarray([plain.flops((1, *h, 1), rows) for h in hidden])[:, None] * networks * steps
        for method in data.line_method.values:
            one = seconds.sel(line_method=method).values
            shared.median_line(above, x, networks * steps / one, str(method))
            shared.median_line(below, x, flops / one / best, str(method))
        above.set_yscale("log")
        below.axhline(1, color=COLORS["reference"], linestyle="--", linewidth=1)
        below.set_yscale("log")
        if axis == "width":
            above.set_xscale("log", base=2)
        below.set_xticks(x, [f"{n}" for n in x])
    axes[0, 0].set(ylabel="network steps per second", title="One hidden layer")
    axes[0, 1].set_title(f"Hidden layers of {data.attrs['depth_width']} neurons")
    axes[1, 0].set(ylabel="share of the peak", xlabel="neurons in the hidden layer")
    axes[1, 1].set_xlabel("number of hidden layers")
    axes[0, 0].legend()
    fig.suptitle("Training speed by width and depth")
    caption(
        fig,
        f"nnjax.sweep is {ratios['width']} times as fast as {LABELS['vmap']}, depending on the width, and "
        f"{ratios['depth']} times, depending on the depth. {networks:,} networks, {rows} points of a sine, {steps:,} "
        "steps, tanh, full batch, Adam. Lower panels: operations per second in matrix products alone, as a share of "
        f"the {best / 1e9:,.0f} GFLOP/s that large products reached in the same run (dashed). Lines: medians of "
        f"{data.sizes['round']} warm rounds; bands: {ends(data.sizes['round'])}. {timing.where(data.attrs)}",
    )
    return fig
