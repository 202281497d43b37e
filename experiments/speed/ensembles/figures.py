"""The figure of `speed.ensembles`."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.lab.rounds import ends
from experiments.speed.ensembles.config import LEAST
from experiments.speed.ensembles.verdicts import FLAT, MOST_GIBIBYTES, besides, fewest, per_step, unevenness
from experiments.speed.shared import timing
from experiments.speed.shared.figures import median_line


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """ensemble_size: seconds of a call, and time per network and step, over the number of networks."""
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True)
    sizes, steps = data.networks.values, data.attrs["steps"]
    for method in data.way.values:
        seconds = data.seconds.sel(way=method).transpose("networks", "round").values
        one = per_step(data).sel(way=method).transpose("networks", "round").values
        median_line(axes[0], sizes, seconds, str(method))
        median_line(axes[1], sizes, 1e9 * one, str(method))
    for ax, name in zip(axes, (f"seconds of a call\n({steps:,} steps)", "ns per network and step"), strict=True):
        ax.set(xscale="log", yscale="log", xlabel="networks trained at once", ylabel=name)
    axes[0].legend()
    fig.suptitle("Training time by the number of 2-2-1 networks that are trained at once")
    large, most = sizes[sizes >= LEAST], int(data.measured_networks[-1])
    caption(
        fig,
        f"From {large[0]:,} to {large[-1]:,} networks the longest time per network is "
        f"{unevenness(data).said('times the shortest')} (aim: {FLAT:g}). {fewest(data)}. Training {most:,} networks "
        f"takes {besides(data):.2g} GiB of memory besides the result, including the interpreter and JAX (aim: "
        f"{MOST_GIBIBYTES:g}). XOR, Adam. Lines: medians of {data.sizes['round']} warm rounds, taken in turns; bands: "
        f"{ends(data.sizes['round'])}. {timing.where(data.attrs)}",
    )
    return {"ensemble_size": fig}
