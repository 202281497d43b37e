"""Do networks fit labels without any meaning, and how much longer does it take?

Zhang et al. (2017) gave images random labels. Networks fitted all of them, so the ability to fit does not predict the
error on new rows. Training took longer "only by a small constant factor"; five is our number for it.

Two layers of 512 ReLUs are trained by Adam with batches of 50. The data are 1,000 rows of the 5,000 MNIST digits and of
MNIST-1D (noisy curves of ten classes). The labels are true, or they are drawn at random. In a third kind of data the
labels are true, and the inputs of each training row are permuted at random, each row differently. Test rows are as they
were. There are 4 draws of rows and labels with 5 random starts each; that draws of the digits share rows is not in the
intervals. Training stops at the first record without a wrong training row. A network that has no such record within
10,000 steps counts as infinitely slow. The learning rate is the one of three with which the median network is fastest.
It is chosen once, for each data set and kind of label, on another draw. For MNIST-1D with true labels, permuted or not,
it was the greatest of the three, so that a greater one might be faster.

    python -m experiments phenomena.random_labels                  # 4 s: 100 digits, 32 neurons
    python -m experiments phenomena.random_labels --preset full    # 10 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, count, mapped, mean
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, Statement, below, equal
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import ZHANG
from nnjax.tasks import Data

SETS = ("MNIST digits", "MNIST-1D")
LABELS = ("true labels", "random labels", "random pixels")
SMALL = 5.0  # the greatest factor that still counts as small


@dataclass(frozen=True)
class Config:
    sets: Annotated[tuple[str, ...], one_of(SETS)] = SETS
    rows: Annotated[int, at_least(20, 3_000)] = 1_000
    width: int = 512  # neurons of both hidden layers
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003)  # learning rates that are tried
    draws: Annotated[int, at_least(2)] = 4  # of rows and labels
    seeds: int = 5  # random starts on each draw
    tuning_seeds: int = 2  # on a draw that is not reported
    batch_size: int = 50
    most_steps: int = 10_000
    record_every: int = 20  # one epoch


QUICK = Config(
    sets=("MNIST digits",), rows=100, width=32, rates=(0.003, 0.01), draws=2, seeds=2, tuning_seeds=1, batch_size=25,
    most_steps=800, record_every=8,
)  # fmt: skip

NAMES = {
    "set": "data set", "labels": "labels", "steps": "training steps until every training row is right",
    "learning_rate": "tuned learning rate", "fitted": "share of the networks that get every training row right",
    "median_steps": "training steps until every training row is right, median",
    "value": "times as many steps as with true labels, geometric mean over draws",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
    "accuracy": "share of the test rows that are right, mean",
}  # fmt: skip


def wrong(params, data: Data, *, accuracy):
    """The share of the training rows that are wrong."""
    return 1 - accuracy(params, data.x, data.y)


def run(config: Config) -> xr.Dataset:
    """Steps, inf where some training row stayed wrong, and test accuracy [set, labels, draw, seed]."""
    found = xr.concat([_one(name, config) for name in config.sets], "set")
    return found.assign_coords(set=list(config.sets)).assign_attrs(most_steps=config.most_steps)


def rows_of(name: str, labels: str, draw: int, rows: int) -> Data:
    """Rows of a data set with these labels."""
    digits = name == "MNIST digits"
    full = nnjax.tasks.mnist_5k(draw, scaling="standard") if digits else nnjax.tasks.mnist1d(draw)
    x, y = full.x[:rows], full.y[:rows]
    rng = np.random.default_rng([draw, LABELS.index(labels)])
    if labels == "random labels":
        y = np.eye(10)[rng.integers(10, size=len(y))]
    if labels == "random pixels":
        x = rng.permuted(x, axis=1)
    return nnjax.tasks.data(x, y, full.x_test, full.y_test)


def _one(name: str, config: Config) -> xr.Dataset:
    make = partial(rows_of, name, rows=config.rows)

    def trained(draw: int, seeds: range, learning_rate: Any) -> xr.Dataset:
        runs = nnjax.sweep(
            nnjax.tasks.grid(partial(make, draw=draw), labels=LABELS), width=config.width, depth=2, activation="relu",
            init="he_normal", loss="softmax_cross_entropy", learning_rate=learning_rate, batch_size=config.batch_size,
            seeds=seeds, num_steps=config.most_steps, record_every=config.record_every,
            measure={"wrong": wrong}, early_stop=("wrong", 0.0),
        )  # fmt: skip
        return runs.assign(steps=runs.steps.where(runs.status == nnjax.training.STOPPED, np.inf))

    tuned = trained(config.draws, nnjax.tuning.seeds(config.tuning_seeds), list(config.rates))
    # The fastest median; among rates with which half of the networks fail, the one with the fewest wrong rows.
    steps = tuned.steps.median("seed").clip(max=config.most_steps)
    cost = steps + config.most_steps * tuned.wrong.isel(step=-1, drop=True).median("seed")
    best = cost.idxmin("learning_rate")

    def fresh(draw: int, seeds: range) -> xr.Dataset:
        return trained(draw, seeds, best)[["steps", "accuracy"]]

    runs = nested(fresh, config.draws, config.seeds)
    kept = {"steps": runs.steps, "accuracy": runs.accuracy, "learning_rate": best}
    return xr.Dataset({name: one.reset_coords(drop=True).astype(np.float32) for name, one in kept.items()})


# Measures.


def unfitted(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many networks have a wrong training row at the end, of those with random labels."""
    labels = data.sel(labels="random labels")
    note = f"{labels.accuracy.mean().item():.1%} of the test rows are right, where chance is 10%"
    return count(~np.isfinite(labels.steps), units="networks with a wrong row", note=note)


def factors(data: xr.Dataset, level: float = LEVEL) -> xr.Dataset:
    """Times as many steps as with true labels [set, labels]: medians over starts, and a geometric mean over draws.

    Steps are known up to one epoch, which intervals include. Where most networks of a draw do not get all rows right,
    the factor is infinite, and so is the end of its interval.
    """
    steps = data.steps.median("seed")
    epoch = np.gcd.reduce(data.steps.values[np.isfinite(data.steps.values)].astype(int))  # steps between two records
    true = steps.sel(labels="true labels", drop=True)

    def average(ratio: xr.DataArray) -> xr.Dataset:
        return mapped(np.exp, mean(xr.apply_ufunc(np.log, ratio), "draw", level))

    found, finite = average(steps / true), np.isfinite(steps).all("draw")
    low = average((steps - epoch).clip(min=1) / true).low.where(finite, 0.0)
    high = average(steps / (true - epoch).clip(min=1)).high.where(finite, np.inf)
    return found.assign(low=low, high=high)


def factor(data: xr.Dataset, level: float) -> xr.Dataset:
    """Times as many steps with random as with true labels [set]."""
    found = factors(data, level).sel(labels="random labels", drop=True)
    ends = [found[part].values for part in ("value", "low", "high")]
    told = ", ".join(
        f"{name} {value:.3g} [{low:.3g}, {high:.3g}]"
        for name, value, low, high in zip(found.set.values, *ends, strict=True)
    )
    return found.assign_attrs(units="times as many steps", note=told)


STATEMENTS = (
    Statement(
        "fitted", "Every network of two wide layers fits all of its random labels.", PUBLISHED,
        f"{ZHANG}, section 2: networks easily fit random labels", equal(0), unfitted,
    ),
    Statement(
        "small factor", "On each data set, random labels take less than five times as many steps as true ones.",
        PUBLISHED, f"{ZHANG}, section 1.1: longer only by a small constant factor, of which no number is given",
        below(SMALL), factor, "Intervals had left out that steps are known up to one epoch.", at_tuned=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per data set and kind of labels."""
    found = factors(data).where(data.labels != "true labels")
    about = {
        "learning_rate": data.learning_rate, "fitted": np.isfinite(data.steps).mean(("draw", "seed")),
        "median_steps": data.steps.median(("draw", "seed")), "accuracy": data.accuracy.mean(("draw", "seed")),
    }  # fmt: skip
    return xr.Dataset(about).merge(found)


def steps_to_fit(data: xr.Dataset) -> Figure:
    """Training steps until every training row is right, with true labels, random labels, and true labels of training
    rows whose inputs are permuted, each row differently. A dot is a network, a bar the median; chance is 10% of the
    test rows, which are never permuted."""
    fig, made = fg.panels(col=data.set, size=(8.8 / data.sizes["set"], 2.9), sharey=True)
    colors = dict(zip(LABELS, (fg.BLUE, fg.VERMILION, fg.ORANGE), strict=True))
    jitter = np.random.default_rng(0)
    for ax, where in made:
        for i, labels in enumerate(LABELS):
            cell = data.sel(where | {"labels": labels})
            steps = cell.steps.values.ravel()
            steps = np.where(np.isfinite(steps), steps, data.attrs["most_steps"])
            places = i + jitter.uniform(-0.2, 0.2, steps.size)
            ax.plot(steps, places, ".", color=colors[labels], markersize=6, alpha=0.7)
            ax.plot([np.median(steps)] * 2, [i - 0.33, i + 0.33], color=colors[labels], linewidth=2)
            right = f"{cell.accuracy.mean().item():.0%} of test rows right"
            ax.annotate(right, (np.median(steps), i - 0.36), ha="center", va="bottom", size=8.5)
        known = np.minimum(data.steps, data.attrs["most_steps"])
        room = (0.6 * known.min().item(), 1.4 * known.max().item())  # for the words
        ax.set(xscale="log", xlim=room, ylim=(len(LABELS) - 0.4, -0.75))
        ax.set_yticks(range(len(LABELS)), LABELS)
        ax.grid(axis="y", visible=False)
    return fg.finish(fig, made, "Networks fit random labels, too; it takes longer", data.steps, "")


FIGURES = (steps_to_fit,)
