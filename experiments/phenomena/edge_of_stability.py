"""Does gradient descent raise the sharpness of the loss to 2 / rate, where it would diverge on a quadratic?

The sharpness is the greatest eigenvalue of the training loss's Hessian, its second derivatives. On a quadratic,
gradient descent with the rate r diverges where the sharpness exceeds 2 / r. Cohen et al. (2021) report that in neural
networks it rises to just above 2 / r and stays there, while the loss goes on falling. (The loss is not judged; the
table shows it.)

Full-batch gradient descent lowers the squared error of 500 rows of MNIST-1D (noisy curves of ten classes). Networks
have two layers of 64 tanh neurons, and weights of variance 1 / inputs. There are 4 draws of the data with 5 random
starts each. The number is the sharpness as a part of 2 / r, the median over the second half of training; its geometric
mean is taken over starts and three rates. A fourth rate is a control, which counts in no average: its steps are so
short that training ends before its sharpness reaches 2 / r. A network that diverges counts as infinitely sharp.

    python -m experiments phenomena.edge_of_stability                  # 4 s: 40 rows, 8 neurons, 300 steps
    python -m experiments phenomena.edge_of_stability --preset full    # a quarter of an hour
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, mapped, mean
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, within
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import COHEN

MARGIN = 0.05  # of 2 / rate


@dataclass(frozen=True)
class Config:
    rows: Annotated[int, at_least(10, 4_000)] = 500
    width: int = 64  # neurons of both hidden layers
    rates: tuple[float, ...] = (0.4, 0.5, 0.6)  # learning rates
    slow_rate: float = 0.05  # the control
    draws: Annotated[int, at_least(2)] = 4  # of the data
    seeds: int = 5  # random starts on each draw
    num_steps: int = 12_000
    record_every: int = 400


QUICK = Config(rows=40, width=8, rates=(0.5, 0.7), draws=2, seeds=1, num_steps=300, record_every=100)

NAMES = {
    "rate": "learning rate", "step": "training steps", "sharpness": "sharpness",
    "ratio": "sharpness as a part of 2 / rate, median over the second half of training, mean over draws",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
    "at_start": "the same part before training", "loss_rises": "share of the records at which the loss has risen",
    "train_loss": "training loss at the end (mean squared error)",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Sharpness and training loss [draw, rate, seed, step]."""

    def train(draw: int, seeds: range) -> xr.Dataset:
        data = nnjax.tasks.mnist1d(draw)
        runs = nnjax.sweep(
            (data.x[: config.rows], data.y[: config.rows]), width=config.width, depth=2, activation="tanh",
            solver="sgd", learning_rate=[*config.rates, config.slow_rate], seeds=seeds, num_steps=config.num_steps,
            record_every=config.record_every, measure={"sharpness": nnjax.measures.sharpness},
        ).rename(learning_rate="rate")  # fmt: skip
        sharpness = runs.sharpness.where(runs.status != nnjax.training.DIVERGED, np.inf)
        return xr.Dataset({"sharpness": sharpness, "train_curve": runs.train_curve})

    found = nested(train, config.draws, config.seeds).astype(np.float32)
    return found.assign_attrs(slow_rate=config.slow_rate)


# Measures.


def reached(data: xr.Dataset) -> xr.DataArray:
    """The logarithm of the sharpness as a part of 2 / rate in the second half of training [rate, draw]."""
    late = data.sharpness.isel(step=slice(data.sizes["step"] // 2, None)).median("step")
    return np.log(late * data.rate / 2).mean("seed")


def is_slow(data: xr.Dataset) -> xr.DataArray:
    """Which rate is the control [rate]."""
    return abs(data.rate / data.attrs["slow_rate"] - 1) < 1e-3


def part_of_limit(data: xr.Dataset, level: float) -> xr.Dataset:
    """The sharpness as a part of 2 / rate, geometric mean over rates, with an interval over draws."""
    parts, start = reached(data), (data.sharpness * data.rate / 2).isel(step=0)
    found = mapped(np.exp, mean(parts.where(~is_slow(data)).mean("rate"), "draw", level))
    before, slow = start.where(~is_slow(data)).mean().item(), np.exp(parts.where(is_slow(data)).mean()).item()
    each = (data.sharpness.isel(step=-1) * data.rate / 2).where(~is_slow(data), drop=True)
    near = f"{int((abs(each - 1) < MARGIN).sum())} of {each.size} networks end within {MARGIN:.0%}"
    note = f"{before:.2f} at the start; {near}; {slow:.2f} at the rate {data.attrs['slow_rate']:g}, the control"
    return found.assign_attrs(units="of 2 / rate", note=note)


STATEMENTS = (
    Statement(
        "at 2 / rate", "Under full-batch gradient descent the sharpness rises to 2 / rate and stays there.", PUBLISHED,
        f"{COHEN}, section 1, figure 1: it rises to 2 / rate and then hovers at, or just above, this value",
        within(1 - MARGIN, 1 + MARGIN), part_of_limit, headline=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per rate."""
    parts = mapped(np.exp, mean(reached(data), "draw", LEVEL))
    return xr.Dataset({
        "ratio": parts.value, "low": parts.low, "high": parts.high,
        "at_start": (data.sharpness.isel(step=0, drop=True) * data.rate / 2).mean(("draw", "seed")),
        "loss_rises": (data.train_curve.diff("step") > 0).mean(("draw", "seed", "step")),
        "train_loss": data.train_curve.isel(step=-1, drop=True).mean(("draw", "seed")),
    })  # fmt: skip


def sharpening(data: xr.Dataset) -> Figure:
    """The sharpness, the greatest eigenvalue of the Hessian of the training loss, of all networks during training by
    full-batch gradient descent, one line each. Dashed: 2 / rate, beyond which steps of this length would diverge on a
    quadratic. A few networks with the least rate but the control's end more than 5% below it. Grey: the control, whose
    2 / rate lies outside the figure."""
    fig, made = fg.panels(size=(8.0, 3.8))
    ax = made[0][0]
    rates = data.rate.values.tolist()
    shades = [fg.BLUE, fg.VERMILION, fg.GREEN, fg.GREY]
    for rate, color in zip(rates, shades[: len(rates) - 1] + shades[-1:], strict=True):
        lines = data.sharpness.sel(rate=rate).stack(network=("draw", "seed")).transpose("step", "network")
        ax.plot(data.step, lines, color=color, linewidth=0.9, alpha=0.6)
        ax.plot([], [], color=color, label=f"rate {rate:g}")
        if rate != rates[-1]:
            ax.axhline(2 / rate, color=color, linestyle="--", linewidth=1.4)
    ax.set(ylim=(0, 1.25 * 2 / min(rates[:-1])), xlim=(0, None))
    title = "Under gradient descent the sharpness of most networks rises to 2 / rate"
    return fg.finish(fig, made, title, data.step, data.sharpness, legend="")


FIGURES = (sharpening,)
