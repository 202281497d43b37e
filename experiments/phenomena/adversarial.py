"""How often does moving every pixel by a quarter of its range change the answer, and does the network's size matter?

Goodfellow, Shlens & Szegedy (2015) move every pixel of a digit by a quarter of its range along the sign of the gradient
of the loss. Of MNIST's test digits, a softmax layer then gets 99.9% wrong, with a mean confidence of 79.3% in these
answers. A maxout network gets 89.4% wrong.

One network here is a softmax layer without hidden layers. The others have one layer of 32 to 512 ReLUs, or two or four
layers of 128. They learn 4,000 of the 5,000 MNIST digits with pixels from 0 to 1. Training takes 4,000 steps of Adam at
0.001 with batches of 50. There are 4 splits with 5 random starts each, and intervals are over splits, which share the
digits (Nadeau & Bengio 2003). The step along the sign of the gradient is 0.25 for each pixel. It is compared with a
step as long along the gradient itself, and with one along random signs. After the step along the sign all networks are
wrong on nearly all digits. So their sizes are compared by a step a fifth as long. Pixels are not clipped to their
range.

    python -m experiments phenomena.adversarial                  # 4 s: 300 steps
    python -m experiments phenomena.adversarial --preset full    # 8 minutes
"""

from dataclasses import dataclass
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, mean
from experiments.lab.flags import at_least
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above, below, within
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import FGSM
from nnjax.tasks import Data

OVERLAP = 1_000 / 4_000  # test rows by training rows, as splits share the digits
SIZE = 0.25  # how far each pixel is moved along the sign of the gradient
FIFTH = "sign of the gradient, a fifth"
STEPS = ("none", "random signs", "gradient", FIFTH, "sign of the gradient")


@dataclass(frozen=True)
class Config:
    widths: Annotated[tuple[int, ...], at_least(count=2)] = (32, 128, 512)  # neurons of one hidden layer
    depths: Annotated[tuple[int, ...], at_least(2)] = (2, 4)  # other numbers of hidden layers
    deep_width: int = 128  # neurons of each of these
    draws: Annotated[int, at_least(2)] = 4  # splits of the digits
    seeds: int = 5  # random starts on each split
    num_steps: int = 4_000
    batch_size: int = 50


QUICK = Config(widths=(8, 32), depths=(2,), deep_width=16, draws=2, seeds=1, num_steps=300)

NAMES = {
    "network": "neurons of the hidden layers", "step": "step of the input",
    "wrong": "share of the test rows that are wrong",
    "value": "share of the test rows that are wrong, mean over splits", "low": "lower end of its 95% interval",
    "high": "upper end of that interval", "confidence": "mean probability of the wrong answers",
}  # fmt: skip


def attacked(params, data: Data, *, predict):
    """Share of the test rows that are wrong after each of STEPS, and the mean confidence in wrong answers [step, 2]."""
    x, y = data.x_test, data.y_test

    def loss(x):
        """Its gradient has the direction of that of the cross-entropy, but is not rounded to 0 where that is small."""
        z = predict(params, x)
        others = jax.nn.logsumexp(jnp.where(y > 0, -jnp.inf, z), axis=1)
        return jnp.sum(others - jnp.sum(jnp.where(y > 0, z, 0.0), axis=1))

    slope = jax.grad(loss)(x)
    length = SIZE * np.sqrt(x.shape[1])
    along = slope / jnp.maximum(jnp.linalg.norm(slope, axis=1, keepdims=True), 1e-30)
    signs = jax.random.rademacher(jax.random.key(0), x.shape, x.dtype)
    sign = SIZE * jnp.sign(slope)
    moved = (x, x + SIZE * signs, x + length * along, x + sign / 5, x + sign)

    def scores(x):
        answers = jax.nn.softmax(predict(params, x))
        wrong = answers.argmax(axis=1) != y.argmax(axis=1)
        confidence = jnp.sum(answers.max(axis=1) * wrong) / jnp.maximum(wrong.sum(), 1)
        return jnp.stack([wrong.mean(), confidence])

    return jnp.stack([scores(one) for one in moved])


def run(config: Config) -> xr.Dataset:
    """Shares of wrong test rows and confidences [network, draw, seed, step]."""
    shapes = [(), *((width,) for width in config.widths), *((config.deep_width,) * depth for depth in config.depths)]

    def train(draw: int, seeds: range) -> xr.Dataset:
        runs = nnjax.sweep(
            nnjax.tasks.mnist_5k(draw), hidden=shapes, activation="relu", init="he_normal",
            loss="softmax_cross_entropy", learning_rate=0.001, batch_size=config.batch_size, seeds=seeds,
            num_steps=config.num_steps, padding=False, measure={"attacked": attacked},
        ).rename(hidden="network")  # fmt: skip
        scores = runs.attacked.sel(step=config.num_steps, drop=True).transpose("network", "seed", ...).values
        dims = ("network", "seed", "step")
        found = {"wrong": (dims, scores[..., 0]), "confidence": (dims, scores[..., 1])}
        return xr.Dataset(found, {"network": runs.network.values, "seed": runs.seed, "step": list(STEPS)})

    found = nested(train, config.draws, config.seeds).astype(np.float32)
    names = [name if name != "none" else "none (softmax)" for name in found.network.values.tolist()]
    return found.assign_coords(network=names)


# Measures.


def fooled(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the test rows that a softmax layer gets wrong after a step along the sign of the gradient."""
    one = data.sel(network="none (softmax)", step=STEPS[-1])
    clean = data.wrong.sel(network="none (softmax)", step="none").mean().item()
    confidence = f"mean confidence {one.confidence.mean().item():.1%}, published 79.3%, not judged"
    note = f"{clean:.1%} without a step; {confidence}"
    found = mean(one.wrong.mean("seed"), "draw", level, OVERLAP).clip(0, 1, keep_attrs=True)
    return found.assign_attrs(units="of the test rows", note=note)


def wider(data: xr.Dataset, level: float) -> xr.Dataset:
    """What the widest layer of ReLUs gets wrong beyond the narrowest after the short step."""
    names = [name for name in data.network.values.tolist() if name.isdecimal()]
    wrong = data.wrong.sel(step=FIFTH, drop=True).mean("seed")
    first, last = (wrong.sel(network=name, drop=True) for name in (names[0], names[-1]))
    note = f"{first.mean().item():.1%} with {names[0]} neurons, {last.mean().item():.1%} with {names[-1]}"
    return mean(last - first, "draw", level, OVERLAP).assign_attrs(units="of the test rows more", note=note)


STATEMENTS = (
    Statement(
        "softmax layer", "One step of a quarter of the range along the sign of the gradient makes a softmax layer "
        "wrong on nearly all digits.", PUBLISHED,
        f"{FGSM}, section 4: 99.9% wrong", above(0.95), fooled,
        size=within(0.989, 1.0001),
    ),
    Statement(
        "width", "By a twentieth of the range along the gradient's signs, wide networks of one hidden layer are fooled "
        "less often than narrow ones.", OWN, f"prompted by {FGSM}, section 4: a maxout network 89.4%",
        below(-0.01, even=0), wider,
        "After the whole step, by which it had been judged, all networks were wrong on all digits.",
    ),
)  # fmt: skip


def shares(data: xr.Dataset) -> xr.Dataset:
    """The share of wrong test rows with intervals over splits [network, step]."""
    return mean(data.wrong.mean("seed"), "draw", LEVEL, OVERLAP).clip(0, 1, keep_attrs=True)


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per network and step."""
    return shares(data).assign(confidence=data.confidence.mean(("draw", "seed")))


def steps_of_the_input(data: xr.Dataset) -> Figure:
    """Test digits that are wrong after a change of the input. Random signs and the sign of the gradient move each pixel
    by a quarter of its range, or by a fifth of that; the step along the gradient is as long as the whole one. Bars: 95%
    intervals over splits. After the whole step along the sign all networks are wrong on nearly all digits, and only the
    short one compares their sizes."""
    fig, made = fg.panels(size=(8.0, 3.2))
    ax = made[0][0]
    colors = dict(zip(STEPS, (fg.GREY, fg.SKY, fg.ORANGE, fg.BLUE, fg.VERMILION), strict=True))
    every = shares(data)
    for i, step in enumerate(STEPS):
        label = "no step" if step == "none" else step
        fg.forest(ax, every.sel(step=step), "network", colors[step], shift=0.14 * (i - 2), label=label)
    ax.set(xlim=(-0.02, 1.02))
    title = (
        "A step along the gradient's signs makes nearly all digits wrong; a fifth of it fools wide layers less often"
    )
    return fg.finish(fig, made, title, data.wrong, data.network, "")


FIGURES = (steps_of_the_input,)
