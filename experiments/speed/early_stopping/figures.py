"""The figure of `speed.early_stopping`."""

import matplotlib.pyplot as plt
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, ORANGE, VERMILION, caption, log_ticks
from experiments.lab.rounds import ends, median_interval
from experiments.speed.early_stopping.config import WAYS
from experiments.speed.early_stopping.verdicts import TARGET, ideal, learned_by, times_faster
from experiments.speed.shared import timing
from experiments.speed.shared.figures import bar


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """early_stopping: networks that still train over steps, and the times of the three ways."""
    attrs = data.attrs
    fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.plot(data.step, data.training, color=BLUE)
    left.set(xlabel="training step", ylabel="networks still training", yscale="symlog", ylim=(0, None))
    log_ticks(left.yaxis)
    for place, (way, color) in enumerate(zip(WAYS, (BLUE, VERMILION, ORANGE), strict=True)):
        seconds = median_interval(data.seconds.sel(way=way).values)
        bar(right, place, seconds, color, f"{seconds.median:.3g} s")
    right.set_yticks(range(len(WAYS)), ["early stopping", "without, loss\nrecorded", "without, loss\nnot recorded"])
    right.invert_yaxis()
    right.margins(x=0.25)
    right.set_xlabel("seconds of training")
    fig.suptitle(f"Training of {attrs['shape']} networks on XOR, with early stopping and without")
    without, final = (times_faster(data, way) for way in WAYS[1:])
    caption(
        fig,
        f"Training with early stopping is {without.said('times as fast')} as without, both recording the loss (aim: "
        f"{TARGET:g}), and {final.said('times as fast')} as without where no loss is recorded; the saved steps would "
        f"allow {ideal(data):.2g} times. {attrs['learned']:,} of {attrs['networks']:,} networks reach a loss of "
        f"{attrs['loss']:g}, half of them after {learned_by(data, 0.5):,} steps, 99% after "
        f"{learned_by(data, 0.99):,}, the last after {attrs['last_step']:,}, where all three ways end. Bars: medians "
        f"of {data.sizes['round']} warm rounds, taken in turns; dark lines: {ends(data.sizes['round'])}. "
        f"{timing.where(attrs)}",
    )
    return {"early_stopping": fig}
