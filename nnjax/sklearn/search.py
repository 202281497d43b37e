"""The search: candidates are drawn, all are trained on all folds in one sweep, and each is stopped where it is best.

A candidate is a setting: hidden sizes, activation, learning rate, weight decay. What is best is told by the curve of
its losses on the rows that were held out, averaged over the folds, which also tells after how many steps to stop.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from nnjax import arguments
from nnjax.engine.sweep import sweep
from nnjax.tasks import Data

# Where learning rates and weight decays are drawn from, if they are not given: evenly on a logarithmic axis.
RATES, DECAYS = (1e-3, 3e-2), (1e-4, 1.0)
# How often the losses on held-out rows are taken in a training, and on how many rows the training loss, which is only
# looked at to see whether a network diverged.
RECORDS, JUDGED_ROWS = 30, 64
# What all networks have in common. The rate falls to 0 at the end of a training (Loshchilov & Hutter 2017 and 2019).
COMMON: dict[str, Any] = {"init": "he_normal", "solver": "adamw", "schedule": "cosine"}


class Space(NamedTuple):
    """What is searched: hidden sizes and activations, of which every combination gets the same number of candidates,
    and the learning rates and weight decays to choose from, or None where they are drawn.
    """

    hidden: tuple[tuple[int, ...], ...]
    activation: tuple[str, ...]
    learning_rate: tuple[float, ...] | None
    alpha: tuple[float, ...] | None

    @property
    def cells(self) -> int:
        """How many combinations of hidden sizes and activation there are."""
        return len(self.hidden) * len(self.activation)


class Candidate(NamedTuple):
    """A setting, by the names of scikit-learn's parameters; `alpha` is the weight decay."""

    hidden_layer_sizes: tuple[int, ...]
    activation: str
    learning_rate_init: float
    alpha: float


class Training(NamedTuple):
    """How every network is trained: its loss, rows of a batch (None for all), and steps."""

    loss: str
    batch_size: int | None
    num_steps: int

    @property
    def record_every(self) -> int:
        """Steps between two looks at the losses on held-out rows."""
        return max(1, self.num_steps // RECORDS)


class Found(NamedTuple):
    """The candidates [c], and the losses on held-out rows [c, folds, records] at the steps [records]."""

    candidates: list[Candidate]
    curves: Float[np.ndarray, "c folds records"]
    step: np.ndarray

    def and_also(self, other: "Found") -> "Found":
        """The candidates of two searches on the same folds."""
        return Found(self.candidates + other.candidates, np.concatenate([self.curves, other.curves]), self.step)

    def best_steps(self) -> np.ndarray:
        """After how many steps each candidate [c] is stopped: where the mean of its curves is least."""
        return self.step[self._mean().argmin(axis=1)]

    def losses(self) -> Float[np.ndarray, "c folds"]:
        """The loss of each candidate on each fold after these steps; infinite where it diverged."""
        place = self._mean().argmin(axis=1)
        return np.take_along_axis(self.curves, place[:, None, None], axis=2)[:, :, 0]

    def finite(self) -> np.ndarray:
        """Which candidates [c] diverged on no fold."""
        return np.isfinite(self.losses()).all(axis=1)

    def _mean(self) -> np.ndarray:
        return self.curves.mean(axis=1)


def parts(y: np.ndarray, k: int, rng: np.random.RandomState) -> np.ndarray:
    """The fold [n] of each row, 0 to k - 1: folds of equal sizes, or sizes that differ by 1.

    Each has its share of every class, and for targets that are numbers of low and high ones: of every k rows in the
    order of y each goes to another fold.
    """
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]
    dealt = np.concatenate([rng.permutation(k) for _ in range(-(-len(y) // k))])[: len(y)]
    # The last rows, fewer than k, are dealt to any: no fold gets two of them.
    found = np.empty(len(y), int)
    found[order] = dealt
    return found


class Draws:
    """Draws candidates: none twice, and as many in every combination of hidden sizes and activation."""

    def __init__(self, space: Space, rng: np.random.RandomState) -> None:
        self.space, self.rng, self.drawn = space, rng, 0
        self.options = None
        if space.learning_rate is not None and space.alpha is not None:
            every = np.array([(rate, decay) for rate in space.learning_rate for decay in space.alpha])
            self.options = np.array([every[rng.permutation(len(every))] for _ in range(space.cells)])

    @property
    def left(self) -> float:
        """How many more a combination can have."""
        return np.inf if self.options is None else float(self.options.shape[1] - self.drawn)

    def next(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Learning rates and weight decays [hidden, activation, count]."""
        space, rng = self.space, self.rng
        shape = (len(space.hidden), len(space.activation), count)
        self.drawn += count
        if self.options is not None:
            rates, decays = np.moveaxis(self.options[:, self.drawn - count : self.drawn], -1, 0)
            return rates.reshape(shape), decays.reshape(shape)
        rates, decays = (
            _spread(ends, shape, rng) if listed is None else np.asarray(listed)[rng.randint(len(listed), size=shape)]
            for listed, ends in ((space.learning_rate, RATES), (space.alpha, DECAYS))
        )
        return rates, decays


def _spread(ends: tuple[float, float], shape: tuple[int, ...], rng: np.random.RandomState) -> np.ndarray:
    """Numbers between the ends, evenly on a logarithmic axis: one in each of `count` equal parts, in random order."""
    order = rng.random_sample(shape).argsort(axis=-1)
    low, high = np.log(ends)
    return np.exp(low + (high - low) * (order + rng.random_sample(shape)) / shape[-1])


def search(folds: dict[str, Data], draws: Draws, training: Training, count: int) -> Found:
    """Train `count` more candidates of every combination of hidden sizes and activation on all folds."""
    space, (rates, decays) = draws.space, draws.next(count)
    seed = int(draws.rng.randint(2**31 - len(folds)))
    axes: dict[str, list] = {"hidden": list(space.hidden), "activation": list(space.activation)}
    coords = {**axes, "hidden": [arguments.label("hidden", sizes) for sizes in space.hidden]}
    coords["candidate"] = list(np.arange(count, dtype=float))
    tables = {
        name: xr.DataArray(values, coords, tuple(coords))
        for name, values in (("learning_rate", rates), ("weight_decay", decays))
    }
    runs = sweep(
        folds, **axes, **tables, candidate=range(count), loss=training.loss, batch_size=training.batch_size,
        num_steps=training.num_steps, record_every=training.record_every,
        judged_rows=min(JUDGED_ROWS, len(next(iter(folds.values())).x)),
        seeds={name: [seed + i] for i, name in enumerate(folds)}, progress=False, **COMMON,
    )  # fmt: skip
    # Before the first step nothing was learned, and nobody is stopped there.
    curves = (
        runs.test_curve.isel(seed=0, step=slice(1, None))
        .transpose("hidden", "activation", "candidate", "task", "step")
        .values
    )
    candidates = [
        Candidate(space.hidden[i], space.activation[j], float(rates[i, j, c]), float(decays[i, j, c]))
        for i, j, c in np.ndindex(*rates.shape)
    ]
    curves = np.where(np.isfinite(curves), curves, np.inf).reshape(len(candidates), len(folds), -1)
    return Found(candidates, curves.astype(float), runs.step.values[1:])
