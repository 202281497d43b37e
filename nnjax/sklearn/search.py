"""The search: candidates are drawn, all are trained on all folds in one sweep, and each is stopped where it is best.

A candidate is a setting: hidden sizes, activation, learning rate, weight decay. It is judged by the curve of its losses
on held-out rows, averaged over the folds. The minimum of this curve also says after how many steps to stop. If there
are many candidates, all are trained for a part of the steps, and the best of them for all steps (successive halving,
Jamieson & Talwalkar 2016).
"""

import itertools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Float

from nnjax import arguments, losses
from nnjax.engine.sweep import sweep
from nnjax.tasks import Data

# Ranges from which learning rates and weight decays are drawn, evenly on a logarithmic axis, if they are not given.
RATES, DECAYS = (1e-3, 3e-2), (1e-4, 1.0)
# About how often the losses on held-out rows are recorded in a training run: 30 times would take a quarter of the time
# of a short one. And on how many rows the training loss is taken, which only shows whether a network diverged.
RECORDS, JUDGED_ROWS = 12, 16
# Of many candidates, all are trained for 1 / SHORTER of the steps, and then the best 1 / SHORTER of them for all steps,
# so that both rounds take about equally long.
SHORTER = 8
# Factors by which the logits may be multiplied when the losses on held-out rows are computed.
SHARPNESS = tuple(2.0 ** (i / 2) for i in range(-8, 3))
# Settings that all networks share. The rate falls to 0 at the end of training (Loshchilov & Hutter 2017 and 2019).
COMMON: dict[str, Any] = {"init": "he_normal", "solver": "adamw", "schedule": "cosine"}


class Space(NamedTuple):
    """The search space.

    Every combination of hidden sizes and activation gets the same number of candidates. `learning_rate` and `alpha` are
    the learning rates and weight decays to choose from, or None if they are drawn.
    """

    hidden: tuple[tuple[int, ...], ...]
    activation: tuple[str, ...]
    learning_rate: tuple[float, ...] | None
    alpha: tuple[float, ...] | None

    @property
    def cells(self) -> int:
        """The number of combinations of hidden sizes and activation."""
        return len(self.hidden) * len(self.activation)

    def combinations(self) -> list[tuple[tuple[int, ...], str]]:
        """The combinations of hidden sizes and activation, in the order of a grid."""
        return list(itertools.product(self.hidden, self.activation))


class Candidate(NamedTuple):
    """A setting, by the names of scikit-learn's parameters; `alpha` is the weight decay."""

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    learning_rate_init: float
    alpha: float


class Training(NamedTuple):
    """How every network is trained: its loss, rows of a batch (None for all), steps, and the steps between two records
    of the losses on held-out rows.
    """

    loss: str
    batch_size: int | None
    num_steps: int
    record_every: int = 1

    def rounds(self) -> tuple["Training", "Training"]:
        """The training of all candidates, for about 1 / SHORTER of the steps but not for a few, and that of the best.

        Both make equally many records, so they share compiled programs: an interval may have any number of steps.
        """
        few = max(self.num_steps // SHORTER, min(self.num_steps, RECORDS))
        every = max(1, few // RECORDS)
        longer = -(-self.num_steps // -(-few // every))
        records = -(-self.num_steps // longer)
        return self._replace(num_steps=records * every, record_every=every), self._replace(record_every=longer)


class Found(NamedTuple):
    """The candidates [c], and how well they did.

    `losses` [c, folds] are theirs on held-out rows, infinite where a network diverged. They were stopped after `steps`
    [c]. `sharpness` [c] are the factors on their logits, and `length` [c] are the steps of their schedule.
    """

    candidates: list[Candidate]
    losses: Float[np.ndarray, "c folds"]
    steps: np.ndarray
    sharpness: np.ndarray
    length: np.ndarray

    def and_also(self, other: "Found") -> "Found":
        """The candidates of both; for a candidate that both have, the results in `other`."""
        new = set(other.candidates)
        kept = [i for i, one in enumerate(self.candidates) if one not in new]
        return Found(
            [self.candidates[i] for i in kept] + other.candidates,
            *(np.concatenate([mine[kept], more]) for mine, more in zip(self[1:], other[1:], strict=True)),
        )

    def order(self) -> np.ndarray:
        """The candidates [c] from the best to the worst: the longest schedule first, then the least mean loss."""
        return np.lexsort((self.losses.mean(axis=1), -self.length))

    def best(self, count: int, space: Space) -> list[list[Candidate]]:
        """The best `count` candidates of each combination of hidden sizes and activation, in the order of a grid."""
        ranked = [self.candidates[i] for i in self.order()]
        return [[one for one in ranked if one[:2] == cell][:count] for cell in space.combinations()]


def stopped(
    curves: Float[np.ndarray, "c folds records sharpness"],
) -> tuple[Float[np.ndarray, "c folds"], np.ndarray, np.ndarray]:
    """The losses [c, folds] where their mean over folds is least, and the index of that record and sharpness [c]."""
    mean = curves.mean(axis=1)
    record, sharp = np.unravel_index(mean.reshape(len(mean), -1).argmin(axis=1), mean.shape[1:])
    return curves[np.arange(len(curves)), :, record, sharp], record, sharp


def sharpened(params: Any, data: Data, predict: Any) -> Any:
    """The cross-entropy on the held-out rows, for each SHARPNESS by which the logits are multiplied [sharpness].

    In the course of training, a network becomes overconfident before its predictions get worse. So it is stopped where
    its loss is least once the best factor corrects that (Berta, Holzmüller, Jordan & Bach 2025, "Rethinking early
    stopping: refine, then calibrate").
    """
    logits = predict(params, data.x_test)

    def loss(sharpness: Any) -> Any:
        return jnp.mean(jax.vmap(losses.softmax_cross_entropy)(sharpness * logits, data.y_test))

    return jax.vmap(loss)(jnp.asarray(SHARPNESS, logits.dtype))


def parts(y: np.ndarray, k: int, rng: np.random.RandomState) -> np.ndarray:
    """The fold [n] of each row, 0 to k - 1: folds of equal sizes, or sizes that differ by 1.

    Each fold has its share of every class or, if targets are numbers, of low and high ones: the rows are sorted by y,
    and every k rows in succession go to k different folds.
    """
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    dealt = np.concatenate([rng.permutation(k) for _ in range(-(-len(y) // k))])[: len(y)]
    # The last rows, fewer than k, go to random folds, no two of them to the same one.
    found = np.empty(len(y), int)
    found[order] = dealt
    return found


class Draws:
    """Draw candidates, none of them twice, and equally many in every combination of hidden sizes and activation."""

    def __init__(self, space: Space, rng: np.random.RandomState) -> None:
        self.space, self.rng, self.drawn = space, rng, 0
        self.options = None
        if space.learning_rate is not None and space.alpha is not None:
            every = np.array([(rate, decay) for rate in space.learning_rate for decay in space.alpha])
            self.options = np.array([every[rng.permutation(len(every))] for _ in range(space.cells)])

    @property
    def left(self) -> float:
        """How many more candidates each combination can have."""
        return np.inf if self.options is None else float(self.options.shape[1] - self.drawn)

    def next(self, count: int) -> list[list[Candidate]]:
        """`count` candidates of each combination of hidden sizes and activation, in the order of a grid."""
        space, rng = self.space, self.rng
        shape = (space.cells, count)
        self.drawn += count
        if self.options is not None:
            rates, decays = np.moveaxis(self.options[:, self.drawn - count : self.drawn], -1, 0)
        else:
            rates, decays = (
                _spread(ends, shape, rng)
                if listed is None
                else np.asarray(listed)[rng.randint(len(listed), size=shape)]
                for listed, ends in ((space.learning_rate, RATES), (space.alpha, DECAYS))
            )
        return [
            [Candidate(*cell, float(rate), float(decay)) for rate, decay in zip(*numbers, strict=True)]
            for cell, *numbers in zip(space.combinations(), rates, decays, strict=True)
        ]


def _spread(ends: tuple[float, float], shape: tuple[int, ...], rng: np.random.RandomState) -> np.ndarray:
    """Numbers between the ends, evenly on a logarithmic axis: one in each of shape[-1] equal parts, in random order."""
    order = rng.random_sample(shape).argsort(axis=-1)
    low, high = np.log(ends)
    return np.exp(low + (high - low) * (order + rng.random_sample(shape)) / shape[-1])


def search(
    folds: dict[str, Data], space: Space, candidates: list[list[Candidate]], training: Training, seed: int
) -> Found:
    """Train the candidates, equally many of each combination of hidden sizes and activation, on all folds."""
    count = len(candidates[0])
    axes: dict[str, list] = {"hidden": list(space.hidden), "activation": list(space.activation)}
    coords = {**axes, "hidden": [arguments.label("hidden", sizes) for sizes in space.hidden]}
    coords["candidate"] = list(np.arange(count, dtype=float))
    shape = [len(axis) for axis in coords.values()]
    numbers = np.array([[(one.learning_rate_init, one.alpha) for one in cell] for cell in candidates])
    tables = {
        name: xr.DataArray(values.reshape(shape), coords, tuple(coords))
        for name, values in zip(("learning_rate", "weight_decay"), np.moveaxis(numbers, -1, 0), strict=True)
    }
    classes = training.loss == losses.softmax_cross_entropy.__name__
    runs = sweep(
        folds, **axes, **tables, measure={"sharpened": sharpened} if classes else None,
        candidate=range(count), loss=training.loss, batch_size=training.batch_size,
        num_steps=training.num_steps, record_every=training.record_every,
        judged_rows=min(JUDGED_ROWS, len(next(iter(folds.values())).x)),
        seeds={name: [seed + i] for i, name in enumerate(folds)}, progress=False, **COMMON,
    )  # fmt: skip
    # The record before the first step is left out: nothing was learned, and no network is stopped there.
    runs = runs.isel(seed=0, step=slice(1, None)).transpose(*coords, "task", "step", ...)
    plain = runs.test_curve.values[..., None].astype(float)
    curves = runs.sharpened.values.astype(float) if classes else plain
    curves = np.where(np.isfinite(plain) & np.isfinite(curves), curves, np.inf)
    found, record, sharp = stopped(curves.reshape(space.cells * count, *curves.shape[3:]))
    every = [one for cell in candidates for one in cell]
    sharpness = np.array(SHARPNESS)[sharp] if classes else np.ones(len(every))
    return Found(every, found, runs.step.values[record], sharpness, np.full(len(every), training.num_steps))
