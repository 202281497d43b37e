"""The networks: ReLU layers of one width, AdamW with a cosine schedule to 0, trained on draws of one shape.

All draws of a data set at one number of rows have equal shapes, so that one program serves tuning and what is reported.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.learning_from_data.draws import Draw, as_data
from nnjax import machine, tuning
from nnjax.training import DIVERGED

RATES, DECAYS = "learning_rate", "weight_decay"


class Setting(NamedTuple):
    """What all networks have in common: neurons of a hidden layer, rows of a batch, and the length of a training.

    A training takes `least_steps`, or `epochs` passes over all rows where these are more steps.
    """

    width: int
    batch_size: int
    least_steps: int
    epochs: int = 0

    def steps(self, rows: int) -> int:
        return max(self.least_steps, self.epochs * -(-rows // min(rows, self.batch_size)))


def network(depth: int) -> str:
    """The name of single networks of this depth as a method."""
    return f"{depth} hidden layer{'s' * (depth > 1)}"


def together(depth: int, seeds: int) -> str:
    """The name of the mean of `seeds` networks of this depth as a method."""
    return f"mean of {seeds}, {network(depth)}"


class Tuned(NamedTuple):
    """The best rate and decay by the mean error over the tuning draws, that error, and whether the rate lies at an end
    of those tried.
    """

    learning_rate: float
    weight_decay: float
    error: float
    at_end: int


class Found(NamedTuple):
    """Shares of wrong test rows of each network [draw, seed], and of the mean of all seeds [draw]; seconds of one core
    for each network, compiling included (of a run that was resumed, those of its last session).
    """

    error: np.ndarray
    together: np.ndarray
    seconds: float


def sweep(draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, seeds: Any, **more: Any) -> xr.Dataset:
    """A sweep over the draws as tasks, each with seeds of its own: seeds[i] of draw i."""
    rows = len(draws[0].x)
    data = {f"{i}": as_data(draw) for i, draw in enumerate(draws)}
    return nnjax.sweep(
        data, hidden=hidden, activation="relu", init="he_normal", solver="adamw", schedule="cosine",
        loss="softmax_cross_entropy", batch_size=setting.batch_size if rows > setting.batch_size else None,
        num_steps=setting.steps(rows), seeds=dict(zip(data, seeds, strict=True)), padding=False, **more,
    )  # fmt: skip


def tried(
    draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, rates: Sequence[float], decays: Sequence[float],
    **more: Any,
) -> xr.Dataset:  # fmt: skip
    """A network on every draw at every rate and decay, with seeds that are not reported."""
    seeds = tuning.FIRST_SEED + np.arange(len(draws))[:, None]
    return sweep(draws, hidden, setting, seeds, learning_rate=list(rates), weight_decay=list(decays), **more)


def surface(
    draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, rates: Sequence[float], decays: Sequence[float]
) -> xr.DataArray:
    """The mean error [learning_rate, weight_decay] over the draws."""
    # The measure is that of `train`, so that both share a program.
    runs = tried(draws, hidden, setting, rates, decays, measure={"chances": chances})
    return wrong(runs).mean(("task", "seed"))


def tune(
    draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, rates: Sequence[float], decays: Sequence[float],
    grow: int = 2,
) -> Tuned:  # fmt: skip
    """Try every rate with every decay on every draw, and up to `grow` further rates where the best lies at an end."""
    found = tuning.tune(
        lambda learning_rate: surface(draws, hidden, setting, learning_rate, decays), widen=grow, learning_rate=rates
    )
    least = found.cost.min(RATES)
    at = {DECAYS: least[DECAYS][int(least.argmin(DECAYS))]}
    rate, end = (float(one[RATES].sel(at)) for one in (found.best, found.at_end))
    return Tuned(rate, float(at[DECAYS]), float(least.sel(at)), int(end))


def train(draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, tuned: Tuned, seeds: int) -> Found:
    """Train networks with `seeds` seeds on every draw; each draw has seeds of its own, counted from 0."""
    own = np.arange(len(draws) * seeds).reshape(len(draws), seeds)
    numbers, start = {RATES: tuned.learning_rate, DECAYS: tuned.weight_decay}, time.perf_counter()
    runs = sweep(draws, hidden, setting, own, measure={"chances": chances}, **numbers)
    seconds = (time.perf_counter() - start) * machine.num_workers()
    error = wrong(runs).transpose("task", "seed").values
    last = runs.chances.isel(step=-1).transpose("task", "seed", "chances_0", "chances_1")
    # One draw at a time: the probabilities of all draws together would take much memory.
    means = [mean_of(last.isel(task=i).values.astype(np.float32), draw.y_test) for i, draw in enumerate(draws)]
    return Found(error, np.array(means), seconds / error.size)


def mean_of(chances: np.ndarray, answers: np.ndarray) -> float:
    """The share of wrong answers of the mean of the class probabilities [seed, t, k] of several networks.

    Diverged networks, whose probabilities are not finite, are left out; if all have diverged, all answers are wrong.
    """
    whole = chances[np.isfinite(chances).all(axis=(1, 2))]
    return float(np.mean(whole.mean(axis=0).argmax(axis=1) != answers)) if len(whole) else 1.0


def chances(params: Any, data: Any, predict: Callable[..., Any]) -> Any:
    """Class probabilities of the test rows [t, k], in 16 bits."""
    return jax.nn.softmax(predict(params, data.x_test)).astype(jnp.float16)


def wrong(runs: xr.Dataset) -> xr.DataArray:
    """The share of wrong test rows; for a network that diverged all are wrong."""
    return 1.0 - runs.accuracy.where(runs.status != DIVERGED, 0.0)
