"""How much later than its training rows does a network know the other rows of a table?

A part of the table of a + b mod p is for training, the rest for testing. Power et al. (2022) report for transformers
that they know the training rows after a thousand steps, and the other rows after up to a million ("grokking"). Compared
with most other changes, weight decay more than halves the rows that are needed. Gromov (2023) reports grokking of one
quadratic layer under plain gradient descent, without any regularisation.

Here all networks are Gromov's: f(x) = V (W x)^2 without biases, the squared error, all rows in every step. A network
knows a set of rows once 95% of them are right. The delay is the number of steps until it knows the test rows, divided
by that for the training rows. "Plain gradient descent": p = 97, 500 neurons, half of the table, one learning rate;
accuracy is recorded every 4 steps, which intervals leave out. "AdamW": p = 31, 256 neurons, 20% to 80% of the table,
with and without weight decay. There are 4 splits of the table with 5 random starts each. A network that does not know
the test rows at the end of training counts as infinitely slow, and in the delay with all steps.

Rows are enough if most networks of a split come to know the test rows within 5,000 steps at the one learning rate. The
rows that are needed lie between the greatest part of the table that is not enough and the smallest that is. The
interval includes both ends.

    python -m experiments phenomena.grokking                  # 4 s: p = 11
    python -m experiments phenomena.grokking --preset full    # 45 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import mapped, mean, median
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, above, below
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import GROMOV, POWER
from nnjax.tasks import Data

KNOWN = 0.95  # share of right rows at which a network knows them
SHOWN = 0.4  # the part of the table whose curves are kept


@dataclass(frozen=True)
class Config:
    plain_modulus: Annotated[int, at_least(5, 120)] = 97
    plain_width: int = 500  # neurons
    plain_share: Annotated[float, at_least(0.1, 0.9)] = 0.5  # of the table, for training
    plain_rate: float = 800.0  # learning rate; a gradient is small, as the error is a mean over p outputs
    plain_steps: int = 2_000
    modulus: Annotated[int, at_least(5, 120)] = 31
    width: int = 256
    shares: Annotated[tuple[float, ...], at_least(0.1, 0.9, count=2)] = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
    decay: float = 1.0  # weight decay, which is compared with none
    rate: float = 0.005
    num_steps: int = 5_000
    draws: Annotated[int, at_least(2)] = 4  # splits of the table
    seeds: int = 5  # random starts on each split


QUICK = Config(
    plain_modulus=11, plain_width=64, plain_rate=10.0, plain_steps=400, modulus=11, width=64, shares=(0.4, 0.8),
    num_steps=300, draws=2, seeds=1,
)  # fmt: skip

NAMES = {
    "decay": "weight decay", "share": "part of the table used for training", "step": "training steps",
    "train_step": "steps until the training rows are known, median",
    "value": "steps until the test rows are known, median", "low": "lower end of its 95% interval over networks",
    "high": "upper end of that interval", "known": "share of the networks that come to know the test rows",
}  # fmt: skip


def check(config: Config) -> None:
    """Refuse settings that do not go together, before anything is trained."""
    if SHOWN not in config.shares:
        raise ValueError(f"shares={config.shares!r} must hold {SHOWN}, whose curves are shown")


def table_of(share: float, modulus: int, draw: int) -> Data:
    """The table of a + b mod p in a random order, with both numbers one-hot; the first rows are for training."""
    a, b = np.divmod(np.random.default_rng(draw).permutation(modulus**2), modulus)
    x, y = np.c_[np.eye(modulus)[a], np.eye(modulus)[b]], np.eye(modulus)[(a + b) % modulus]
    rows = round(share * modulus**2)
    return nnjax.tasks.data(x[:rows], y[:rows], x[rows:], y[rows:])


def small_normal(key, shape, dtype):
    """Normal weights [fan_in, fan_out] of a size at which the outputs begin near 0, with the neurons of both layers."""
    neurons = max(shape)
    return 0.5 / np.cbrt(2 * neurons) * jax.random.normal(key, shape, dtype)


def apply(params, x, *, activation, output_activation):
    """The network for one example; its biases are not used."""
    return output_activation(activation(x @ params[0].w) @ params[1].w)


def square(z):
    return z * z


def wrong(params, data: Data, *, accuracy):
    """The share of the test rows that are wrong."""
    return 1 - accuracy(params, data.x_test, data.y_test)


def trained(share: float, modulus: int, config: Config, **how: Any) -> xr.Dataset:
    """Accuracies during training, and the steps until both sets are KNOWN [draw, seed, ...]."""

    def train(draw: int, seeds: range) -> xr.Dataset:
        runs = nnjax.sweep(
            table_of(share, modulus, draw), activation=square, init=small_normal,
            model=nnjax.training.Model(nnjax.mlp.init, apply), seeds=seeds, early_stop=("wrong", 1 - KNOWN),
            measure={"train_right": nnjax.measures.train_accuracy, "wrong": wrong}, **how,
        )  # fmt: skip
        return xr.Dataset({"train": runs.train_right, "test": 1 - runs.wrong})

    curves = nested(train, config.draws, config.seeds)
    first = {
        f"{name}_step": curve.step.where(curve >= KNOWN - 1e-6).min("step").fillna(np.inf)
        for name, curve in curves.data_vars.items()
    }
    return curves.assign(first)


def run(config: Config) -> xr.Dataset:
    """Accuracies during training and steps until rows are known; those of plain gradient descent begin with plain_."""
    plain = trained(
        config.plain_share, config.plain_modulus, config, width=config.plain_width, solver="sgd",
        learning_rate=config.plain_rate, num_steps=config.plain_steps, record_every=max(config.plain_steps // 500, 1),
    )  # fmt: skip
    adamw = partial(
        trained, modulus=config.modulus, config=config, width=config.width, solver="adamw", learning_rate=config.rate,
        weight_decay=[0.0, config.decay], num_steps=config.num_steps, record_every=max(config.num_steps // 1_000, 1),
    )  # fmt: skip
    runs = xr.concat([adamw(share) for share in config.shares], xr.Variable("share", list(config.shares)))
    runs = runs.rename(weight_decay="decay")
    shown = runs[["train", "test"]].sel(share=SHOWN, method="nearest", drop=True)
    plain = plain.rename(step="plain_step", **{name: f"plain_{name}" for name in plain.data_vars})
    return (
        xr.merge([plain, shown, runs[["train_step", "test_step"]]])
        .astype(np.float32)
        .assign_attrs(plain_steps=config.plain_steps, plain_modulus=config.plain_modulus, modulus=config.modulus)
    )


# Measures.


def delay(data: xr.Dataset, level: float) -> xr.Dataset:
    """Times as many steps until the test rows are known as for the training rows, under plain gradient descent.

    A network that never knows the test rows counts with all steps. Where that is the median network of a split, its
    delay is not known, and the interval has no ends.
    """
    most = data.attrs["plain_steps"]
    ratio = (data.plain_test_step.clip(max=most) / data.plain_train_step.clip(max=most)).median("seed")
    found = mapped(np.exp, mean(xr.apply_ufunc(np.log, ratio), "draw", level))
    never = np.isinf(data.plain_test_step)
    come = not np.isinf(data.plain_test_step.median("seed")).any().item()
    decayed = (data.test_step / data.train_step).isel(decay=-1).sel(share=SHOWN, method="nearest").median().item()
    note = f"{int(never.sum())} of {never.size} never know the test rows; with AdamW and decay {decayed:.3g} times"
    ends = found.assign(low=found.low.where(come, 0.0), high=found.high.where(come, np.inf))
    return ends.assign_attrs(units="times as many steps", note=note)


def needed(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """The greatest part of the table that is not enough, 0 if all are, and the smallest that is, inf if none is
    [decay, draw].
    """
    enough = np.isfinite(data.test_step).mean("seed") > 0.5
    most = data.share.where(enough).min("share").fillna(np.inf)
    return data.share.where(data.share < most).max("share").fillna(0.0), most


def fewer_rows(data: xr.Dataset, level: float) -> xr.Dataset:
    """The part of the table that is needed with weight decay, as times that without, with an interval over splits."""
    least, most = ([one.isel(decay=i, drop=True) for i in (0, -1)] for one in needed(data))
    tried = data.share.max().item()

    def average(ratio: xr.DataArray) -> xr.Dataset:
        return mapped(np.exp, mean(xr.apply_ufunc(np.log, ratio), "draw", level))

    known = average(most[1].clip(max=tried) / most[0].clip(max=tried))
    open_below = bool((least[1] == 0).any() | np.isinf(most[0]).any())
    open_above = bool(np.isinf(most[1]).any() | (least[0] == 0).any())
    low = xr.zeros_like(known.low) if open_below else average(least[1] / most[0]).low
    high = xr.full_like(known.high, np.inf) if open_above else average(most[1] / least[0]).high

    def told(some: xr.DataArray) -> str:
        never = int(np.isinf(some).sum())
        return f"{some.where(np.isfinite(some)).mean().item():.0%} of the table" if not never else (
            f"more than {tried:.0%} of the table in {never} of {some.size} splits"
        )  # fmt: skip

    note = f"{told(most[1])} with decay, {told(most[0])} without"
    return known.assign(low=low, high=high).assign_attrs(units="times as many rows", note=note)


STATEMENTS = (
    Statement(
        "delay", "Under plain gradient descent without regularisation, a quadratic network knows the test rows long "
        "after the training rows: in at least twice as many steps.", PUBLISHED,
        f"{GROMOV}, abstract: it groks; twice is ours, as no number is given", above(2, even=1), delay, headline=True,
    ),
    Statement(
        "fewer rows", "With weight decay, fewer training rows are enough to know the test rows within 5,000 steps.",
        PUBLISHED,
        f"{POWER}, on data efficiency: compared to most other interventions, decay more than halves the samples needed",
        below(1 / 1.1, even=1), fewer_rows,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per weight decay and part of the table."""
    found = median(data.test_step.stack(network=("draw", "seed")), "network")
    known = np.isfinite(data.test_step).mean(("draw", "seed"))
    return found.assign(train_step=data.train_step.median(("draw", "seed")), known=known)


def curves(data: xr.Dataset) -> Figure:
    """The share of the training rows (dotted) and of the test rows (full) that are right, one line for each network.
    Training ends where 95% of the test rows are right. By gradient descent, the accuracy of every network falls for
    some steps in between. AdamW: 40% of the table is for training; without decay more is needed (see the table)."""
    plain, other = (data.attrs[name] for name in ("plain_modulus", "modulus"))
    panels = {f"gradient descent, mod {plain}": (data.plain_train, data.plain_test, data.plain_test_step)}
    shown = data[["train", "test"]].assign(end=data.test_step.sel(share=SHOWN, method="nearest"))
    for i, decay in enumerate(data.decay.values):
        one = shown.isel(decay=i)
        panels[f"AdamW, {f'decay {decay:g}' if decay else 'no decay'}, mod {other}"] = (one.train, one.test, one.end)
    fig, made = fg.panels(col=xr.DataArray(list(panels), dims="how", name="how"), size=(3.2, 2.9), sharey=True)
    for ax, where in made:
        *both, end = panels[where["how"]]
        steps = "step" if "step" in both[0].dims else "plain_step"
        for curve, style, color in zip(both, (":", "-"), (fg.GREY, fg.BLUE), strict=True):
            # A logarithm has no place for the start.
            lines = (
                curve.isel({steps: slice(1, None)})
                .where(curve[steps] <= end)
                .stack(network=("draw", "seed"))
                .transpose(steps, "network")
            )
            ax.plot(lines[steps], lines, style, color=color, linewidth=0.9, alpha=0.6)
        ax.plot([], [], ":", color=fg.GREY, label="training rows")
        ax.plot([], [], "-", color=fg.BLUE, label="test rows")
        ax.set(xscale="log", ylim=(-0.03, 1.03), title=where["how"])
    title = "Networks learn training rows first, and test rows later or not in time"
    return fg.finish(fig, made, title, data.step, "share of right rows", legend="")


FIGURES = (curves,)
