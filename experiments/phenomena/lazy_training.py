"""How much less does training change the weights of wider networks?

The theory of very wide networks is that of the neural tangent kernel. In its parametrisation, weights are drawn from
N(0, 1) and each layer is divided by the root of its number of inputs. (After a ReLU, which halves a mean square, it is
multiplied by the root of 2, too; biases by 0.1.) Lee et al. (2019) report how far gradient descent then moves the
weights, as a part of their size: like width^(-1/2) in the first and the last layer, and like 1 / width between. So a
wide network hardly moves, and learns like a linear model.

Three hidden layers of 64 to 512 ReLUs on 128 of the MNIST digits; full-batch gradient descent on the squared error,
with the same rate and number of steps for all widths. The rate is that of the source: 5 here, as our loss is the mean
over ten outputs, and 1 there, where it is half the sum. The source trains for 2^17 steps; here there are 2^11. There
are 4 draws of the rows with 5 random starts each. The number is the slope of the logarithm of the relative change over
that of the width, of a line through all widths. Between the greater widths the powers of the first and last layers are
nearer to -1/2, which a line does not show.

    python -m experiments phenomena.lazy_training                  # 4 s: widths 16 to 64, 100 steps
    python -m experiments phenomena.lazy_training --preset full    # 26 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import mapped, mean, slope
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, within
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import LEE
from nnjax.tasks import Data

LAYERS = ("first", "second", "third", "last")
ENDS, INSIDE = ("first", "last"), ("second", "third")


@dataclass(frozen=True)
class Config:
    widths: Annotated[tuple[int, ...], at_least(count=3)] = (64, 128, 256, 512)  # neurons of each of three layers
    rows: Annotated[int, at_least(10, 4_000)] = 128
    draws: Annotated[int, at_least(2)] = 4  # of the rows
    seeds: int = 5  # random starts on each draw
    rate: float = 5.0  # learning rate
    num_steps: int = 2_048


QUICK = Config(widths=(16, 32, 64), rows=32, draws=2, seeds=2, num_steps=100)

NAMES = {
    "layer": "weights of the layer", "width": "neurons of a hidden layer",
    "value": "change of the weights as a part of their size at the start, geometric mean over draws and starts",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
    "train_loss": "training loss at the end (mean squared error), mean",
}  # fmt: skip


def apply(params, x, *, activation, output_activation):
    """The network for one example, each layer divided by the root of its number of inputs; ReLU halves a mean
    square."""
    *hidden, last = params
    for i, layer in enumerate(hidden):
        x = activation(_scaled(layer, x, 1.0 if i == 0 else 2.0))
    return output_activation(_scaled(last, x, 2.0))


def _scaled(layer: nnjax.mlp.Layer, x, gain: float):
    return np.sqrt(gain / len(layer.w)) * x @ layer.w + 0.1 * layer.b


def change(params, data: Data, *, start):
    """The change of the weights of each layer [layer], in the Frobenius norm, as a part of the initial weights."""
    return jnp.stack([
        jnp.linalg.norm(now.w - before.w) / jnp.linalg.norm(before.w)
        for now, before in zip(params, start, strict=True)
    ])  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """The relative change of the weights [draw, width, seed, layer], and the training loss."""

    def train(draw: int, seeds: range) -> xr.Dataset:
        data = nnjax.tasks.mnist_5k(draw, scaling="standard")
        runs = nnjax.sweep(
            (data.x[: config.rows], data.y[: config.rows]), width=list(config.widths), depth=3, activation="relu",
            init="normal", model=nnjax.training.Model(nnjax.mlp.init, apply), solver="sgd", learning_rate=config.rate,
            seeds=seeds, num_steps=config.num_steps, measure={"change": change},
        ).isel(step=-1)  # fmt: skip
        moved = runs.change.transpose("width", "seed", ...).values
        return xr.Dataset({"change": (("width", "seed", "layer"), moved), "train_loss": runs.train_loss})

    found = nested(train, config.draws, config.seeds)
    return found.assign_coords(layer=list(LAYERS)).astype(np.float32)


# Measures.


def logs(data: xr.Dataset) -> xr.DataArray:
    """The logarithm of the relative change, a mean over starts [width, draw, layer]."""
    return np.log(data.change).mean("seed")


def power(data: xr.Dataset, level: float, layers: tuple[str, ...]) -> xr.Dataset:
    """The power of the width with which the change falls, a mean over these layers, with an interval over draws."""
    moved = logs(data).sel(layer=list(layers))
    powers = slope(np.log(data.width.astype(float)), moved, "width")
    each = ", ".join(f"{name} {value:.2f}" for name, value in powers.mean("draw").to_series().items())
    return mean(powers.mean("layer"), "draw", level).assign_attrs(units="as the power of the width", note=each)


STATEMENTS = (
    Statement(
        "ends", "In wide networks the relative change of the first and of the last weights falls on average as "
        "width^(-1/2).",
        PUBLISHED, f"{LEE}, figure 1", within(-0.6, -0.4), partial(power, layers=ENDS),
    ),
    Statement(
        "inside", "In wide networks the relative change of the weights between falls on average as 1 / width.",
        PUBLISHED, f"{LEE}, figure 1", within(-1.1, -0.9), partial(power, layers=INSIDE),
    ),
)  # fmt: skip


def changes(data: xr.Dataset) -> xr.Dataset:
    """The relative change with intervals over draws [width, layer]."""
    return mapped(np.exp, mean(logs(data), "draw"))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per layer and width."""
    return changes(data).assign(train_loss=data.train_loss.mean(("draw", "seed"))).transpose("layer", "width")


def movement(data: xr.Dataset) -> Figure:
    """How far training moves the weights of each layer, by the width of the network. The 95% intervals over draws are
    at most about as large as the marks. Black: width^(-1/2), which is published for the first and for the last layer,
    and 1 / width, for those between."""
    fig, made = fg.panels(size=(7.0, 3.6))
    ax = made[0][0]
    colors = dict(zip(LAYERS, (fg.BLUE, fg.VERMILION, fg.ORANGE, fg.SKY), strict=True))
    every = changes(data)
    fg.lines(ax, every, "width", "layer", colors, dodge=0.0, markersize=5)
    for layers, exponent, style in ((ENDS[:1], -0.5, "--"), (ENDS[1:], -0.5, "--"), (INSIDE, -1.0, ":")):
        middle = float(np.log(every.value.sel(layer=list(layers))).mean())
        off = exponent * (np.log(data.width.values) - np.log(data.width.values).mean())
        word = {ENDS[:1]: "width^(-1/2)", INSIDE: "1 / width"}.get(layers)
        ax.plot(data.width, np.exp(middle + off), style, color="black", linewidth=1.1, label=word)
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(data.width.values, [str(width) for width in data.width.values])
    ax.minorticks_off()
    title = "The wider a network, the less training moves its weights"
    return fg.finish(
        fig, made, title, data.width, "change / initial size of the weights", legend="weights of the layer"
    )


FIGURES = (movement,)
