"""Are two trained networks connected, once their neurons are put in the same order?

The neurons of a layer can be permuted without any change of what a network computes. Entezari et al. (2022) conjecture
that two trained networks, with the neurons of one permuted, have no barrier between them. The barrier is how far the
loss on the line between their weights rises above the line between their losses. Ainsworth et al. (2023) find such
permutations by matching weights, and report nearly no barrier, often, and for networks that are wide enough.

One or three layers of 32 to 512 ReLUs on the 5,000 MNIST digits; Adam, batches of 50, 1,500 steps with a cosine
schedule. There are 4 draws of the data with 5 pairs of random starts each. Neurons are matched by their weights as in
the source, but layers in a fixed order, until nothing changes. The barrier is the largest rise of the test loss at
eleven points of the line. The number is the barrier with matched neurons as a part of that without; below a tenth
counts as none. That draws share digits is not in the intervals.

    python -m experiments phenomena.connected_minima                  # 5 s: 8 and 16 neurons, 200 steps
    python -m experiments phenomena.connected_minima --preset full    # 26 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from scipy.optimize import linear_sum_assignment

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import mapped, mean
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, below
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import AINSWORTH, ENTEZARI
from nnjax.tasks import Data

NEURONS = ("as trained", "matched")
POINTS = np.linspace(0, 1, 11)  # on the line between two networks
LEAST = 1e-4  # a barrier below this counts as this, as its logarithm is averaged
NONE = 0.1  # a part of the barrier below which there is none


@dataclass(frozen=True)
class Config:
    depths: tuple[int, ...] = (1, 3)  # hidden layers
    widths: Annotated[tuple[int, ...], at_least(count=2)] = (32, 64, 128, 256, 512)  # neurons of each layer
    draws: Annotated[int, at_least(2)] = 4  # of the data
    pairs: int = 5  # of random starts on each draw
    rate: float = 0.001  # learning rate
    num_steps: int = 1_500
    batch_size: int = 50


QUICK = Config(depths=(1,), widths=(8, 16), draws=2, pairs=1, num_steps=200)

NAMES = {
    "depth": "hidden layers", "width": "neurons of each layer", "neurons": "neurons",
    "value": "barrier of the test loss (cross-entropy), geometric mean over draws",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
    "test_loss": "test loss of the networks themselves, mean",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Barriers [depth, width, draw, pair, neurons], and the test losses of the networks."""

    def train(draw: int, pairs: range) -> xr.Dataset:
        data = nnjax.tasks.mnist_5k(draw, scaling="standard")
        runs = nnjax.sweep(
            data, width=list(config.widths), depth=list(config.depths), activation="relu", init="he_normal",
            loss="softmax_cross_entropy", learning_rate=config.rate, batch_size=config.batch_size, schedule="cosine",
            seeds=range(2 * pairs.start, 2 * pairs.stop), num_steps=config.num_steps, judged_rows=1_000,
            keep_params=True,
        )  # fmt: skip
        found = xr.Dataset(
            {"barrier": (("width", "depth", "seed", "neurons"), np.zeros((*runs.status.shape[:2], len(pairs), 2)))},
            {"width": runs.width, "depth": runs.depth, "neurons": list(NEURONS)},
        )
        for width in config.widths:
            for depth in config.depths:
                layers = nnjax.params.unravel(runs.sel(width=[width], depth=[depth]).squeeze(("width", "depth")))
                networks = [jax.tree.map(lambda leaf, i=i: np.asarray(leaf[i]), layers) for i in range(2 * len(pairs))]
                found.barrier.loc[{"width": width, "depth": depth}] = [
                    barriers(first, second, data) for first, second in zip(networks[::2], networks[1::2], strict=True)
                ]
        loss = runs.test_loss.mean("seed").expand_dims(seed=len(pairs))
        return found.assign(test_loss=loss.drop_vars("seed", errors="ignore"))

    return nested(train, config.draws, config.pairs).rename(seed="pair").astype(np.float32)


def barriers(first: Any, second: Any, data: Data) -> list[float]:
    """The barriers of the test loss between two networks, as they are and with matched neurons."""
    found = []
    for other in (second, matched(first, second)):
        losses = np.asarray(_losses(first, other, jnp.asarray(data.x_test), jnp.asarray(data.y_test)))
        found.append(float((losses - (1 - POINTS) * losses[0] - POINTS * losses[-1]).max()))
    return found


@jax.jit
def _losses(first: Any, second: Any, x: jax.Array, y: jax.Array) -> jax.Array:
    """The cross-entropy at each point of the line between two networks."""

    def loss(part: jax.Array) -> jax.Array:
        params = jax.tree.map(lambda a, b: (1 - part) * a + part * b, first, second)
        outputs = nnjax.mlp.predict(params, x, activation="relu")
        return -(jax.nn.log_softmax(outputs) * y).sum(axis=1).mean()

    return jax.lax.map(loss, jnp.asarray(POINTS, jnp.float32))


def matched(first: Any, second: Any) -> Any:
    """The second network with the neurons of its hidden layers in the order that suits those of the first best.

    Layer by layer, the order is the one with the greatest sum of products of the weights into and out of each neuron
    with those of its partner. This is repeated until nothing changes.
    """
    layers = [nnjax.mlp.Layer(*layer) for layer in second]
    while True:
        before = layers[:]
        for i in range(len(layers) - 1):
            (w, b), (out, c) = layers[i], layers[i + 1]
            alike = first[i].w.T @ w + np.outer(first[i].b, b) + first[i + 1].w @ out.T
            order = linear_sum_assignment(alike, maximize=True)[1]
            if (alike[np.arange(len(order)), order].sum() - np.trace(alike)) > 1e-5 * abs(np.trace(alike)):
                layers[i], layers[i + 1] = nnjax.mlp.Layer(w[:, order], b[order]), nnjax.mlp.Layer(out[order], c)
        if all(new is old for new, old in zip(layers, before, strict=True)):
            return tuple(layers)


# Measures.


def logs(data: xr.Dataset) -> xr.DataArray:
    """The logarithm of the barrier, a mean over pairs [depth, width, neurons, draw]."""
    return xr.apply_ufunc(np.log, data.barrier.clip(min=LEAST)).mean("pair")


def part_left(data: xr.Dataset, level: float, depth: int) -> xr.Dataset | None:
    """The barrier with matched neurons as a part of that without, for the widest networks; None without this depth."""
    if depth not in data.depth:
        return None
    widest = logs(data).sel(depth=depth).isel(width=-1)
    ratio = (widest.sel(neurons=NEURONS[1]) - widest.sel(neurons=NEURONS[0])).drop_vars("neurons", errors="ignore")
    sizes = widest.mean("draw")
    told = ", ".join(f"{np.exp(sizes.sel(neurons=name).item()):.3g} {name}" for name in NEURONS)
    matched = data.barrier.sel(depth=depth, neurons=NEURONS[1]).isel(width=-1)
    least = int((matched <= LEAST).sum())
    note = f"{int(data.width[-1])} neurons: {told}; {least} of {matched.size} matched barriers count as {LEAST:g}"
    return mapped(np.exp, mean(ratio, "draw", level)).assign_attrs(units="of the barrier", note=note)


STATEMENTS = (
    Statement(
        "one layer", "Between wide networks of one hidden layer, matching the neurons leaves no barrier.", PUBLISHED,
        f"{ENTEZARI}, abstract: a conjecture; a tenth is ours", below(NONE), partial(part_left, depth=1),
    ),
    Statement(
        "three layers", "Between wide networks of three hidden layers, matching the neurons leaves no barrier.",
        PUBLISHED,
        f"{AINSWORTH}, abstract: often (nearly) a single basin, for as many and as wide layers; 4,000 digits and 1,500 "
        "steps are ours", below(NONE), partial(part_left, depth=3), headline=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per depth, width and order of the neurons."""
    found = mapped(np.exp, mean(logs(data), "draw"))
    return found.assign(test_loss=data.test_loss.mean(("draw", "pair"))).transpose("depth", "width", "neurons")


def barrier(data: xr.Dataset) -> Figure:
    """How far the loss rises between two trained networks, as they are and with the neurons of one put in the order of
    the other's. Geometric means over pairs of networks, in which a barrier below 0.0001 counts as
    0.0001, with 95% intervals over draws of the data."""
    fig, made = fg.panels(col=data.depth, size=(8.4 / data.sizes["depth"], 2.9), sharey=True)
    every = mapped(np.exp, mean(logs(data), "draw"))
    colors = dict(zip(NEURONS, (fg.VERMILION, fg.BLUE), strict=True))
    for ax, where in made:
        fg.lines(ax, every.sel(where), "width", "neurons", colors, dodge=0.0, markersize=5)
        ax.set(xscale="log", yscale="log", title=f"{where['depth']} hidden layer{'s' * (where['depth'] > 1)}")
        ax.set_xticks(data.width.values, [str(width) for width in data.width.values])
        ax.minorticks_off()
    title = "Matching neurons removes the barrier of one hidden layer; of three, about half remains"
    return fg.finish(fig, made, title, data.width, "barrier of the test loss", legend="neurons")


FIGURES = (barrier,)
