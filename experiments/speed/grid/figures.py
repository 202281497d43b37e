"""The figure of `speed.grid`."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, SKY, VERMILION, caption
from experiments.lab.rounds import ends, median_interval
from experiments.speed.grid.verdicts import TARGETS, WARM, times_faster, warm
from experiments.speed.shared import timing
from experiments.speed.shared.figures import bar

LOOKS = {
    "saved": (SKY, "nnjax.sweep,\nsaved programs"),
    "engine": (BLUE, "nnjax.sweep"),
    "plain": (VERMILION, "one plain program per\nshape and activation"),
}


def drift(data: xr.Dataset) -> str:
    """A sentence on how much the times rose or fell during the run, which an interval of the median does not count."""
    change = float(abs(data.seconds.isel(round=-1) / data.seconds.isel(round=0) - 1).max())
    return f"From the first round to the last times change by up to {100 * change:.0f}%."


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """grid_end_to_end: seconds of every way."""
    ratios = {int(n): times_faster(data, "plain", "engine", int(n)) for n in data.steps.values}
    fig, axes = plt.subplots(
        1, len(ratios), figsize=(2.6 + 2.9 * len(ratios), 2.9), sharex=True, sharey=True, squeeze=False
    )
    for ax, steps in zip(axes[0], ratios, strict=True):
        for place, (way, (color, _)) in enumerate(LOOKS.items()):
            seconds = median_interval(data.seconds.sel(way=way, steps=steps).values)
            if np.isfinite(seconds.median):
                bar(ax, place, seconds, color, f"{seconds.median:,.3g} s")
            else:
                ax.text(0, place, " not timed", va="center", color="#7F7F7F")
        ax.set_yticks(range(len(LOOKS)), [name for _, name in LOOKS.values()])
        ax.margins(x=0.25)
        ax.set_title(f"{steps:,} steps")
        ax.set_xlabel("seconds, compiling included")
    attrs = data.attrs
    fig.suptitle(f"Training {attrs['networks']:,} networks of {attrs['shapes']} shapes and activations")
    aims = [f" (aim: {target:g})" for target in TARGETS.values()] + [""] * len(ratios)
    found = " and ".join(
        f"{ratio.median:.3g} times as fast at {steps:,} steps{aim}"
        for (steps, ratio), aim in zip(ratios.items(), aims, strict=False)
    )
    caption(
        fig,
        f"Compiling included, nnjax.sweep trains the grid {found} as one plain program per shape and activation, and "
        f"with compiled programs saved on disk {warm(data).median:.3g} times as fast as without (aim: {WARM:g}). At "
        f"{int(data.steps[0]):,} steps it compiles {attrs['programs']} programs, plain JAX {attrs['shapes']}. Bars: "
        f"medians of {data.sizes['round']} rounds; dark lines: {ends(data.sizes['round'])}. {drift(data)} "
        f"{timing.where(attrs)}",
    )
    return {"grid_end_to_end": fig}
