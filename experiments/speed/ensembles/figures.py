"""The figure of `speed.ensembles`."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.lab.rounds import ends, short
from experiments.lab.text import plural
from experiments.speed.ensembles.config import LEAST
from experiments.speed.ensembles.verdicts import FLAT, MOST_GIBIBYTES, alone, besides, per_step, unevenness
from experiments.speed.shared import timing
from experiments.speed.shared.figures import spread_line
from experiments.speed.shared.labels import LABELS


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """ensemble_size: networks per second, and time per network and step, over the number of networks."""
    fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharex=True)
    sizes, steps = data.networks.values, data.attrs["steps"]
    for method in data.way.values:
        one = per_step(data).sel(way=method).transpose("networks", "round").values
        spread_line(axes[0], sizes, 1 / (one * steps), str(method))
        spread_line(axes[1], sizes, 1e9 * one, str(method))
    for ax, name in zip(axes, (f"networks per second\n({steps:,} steps each)", "ns per network and step"), strict=True):
        ax.set(xscale="log", yscale="log", xlabel="networks trained at once", ylabel=name)
    axes[0].legend()
    fig.suptitle("Speed over the number of 2-2-1 networks that are trained at once")
    large, most = sizes[sizes >= LEAST], int(data.measured_networks[-1])
    caption(
        fig,
        f"From {large[0]:,} to {large[-1]:,} networks the greatest time per network is "
        f"{unevenness(data).said('times the least')}; aim: {FLAT:g}. Training {most:,} networks takes "
        f"{besides(data):.2g} GiB of memory besides the result; aim: {MOST_GIBIBYTES:g}. A call takes "
        f"milliseconds whatever its size, so few networks take longer each{_fewest(data)}. XOR, Adam. Lines: medians "
        f"of {data.sizes['round']} warm rounds in turns; bands: {ends(data.sizes['round'])}. "
        f"{timing.where(data.attrs)}",
    )
    return {"ensemble_size": fig}


def _fewest(data: xr.Dataset) -> str:
    """The time of the smallest ensemble over that in plain JAX; nothing where that was not timed."""
    ratio = alone(data)
    told = f", and {plural(int(data.networks[0]), 'network')} {short(ratio)} times as long as with {LABELS['vmap']}"
    return told if np.isfinite(ratio) else ""
