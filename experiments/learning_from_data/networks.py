"""The networks: tuned as the classical methods are, then trained with many seeds on every draw, and their mean.

All draws of a data set at one number of rows have equal shapes, so that one program serves tuning and what is reported.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import stores
from experiments.learning_from_data.shared.draws import Draw, as_data
from nnjax import hooks, machine, tuning
from nnjax.training import DIVERGED

RATES, DECAYS = "learning_rate", "weight_decay"


class Setting(NamedTuple):
    """What all networks have in common: neurons of a hidden layer, rows of a batch, and the length of a training.

    A training takes `least_steps`, or `epochs` passes over all rows where these are more steps.
    """

    width: int
    batch_size: int
    least_steps: int
    epochs: int

    def steps(self, rows: int) -> int:
        return max(self.least_steps, self.epochs * -(-rows // min(rows, self.batch_size)))


def network(depth: int) -> str:
    """The name of single networks of this depth as a method."""
    return f"{depth} hidden layer{'s' * (depth > 1)}"


def together(depth: int, seeds: int) -> str:
    """The name of the mean of `seeds` networks of this depth as a method."""
    return f"mean of {seeds}, {network(depth)}"


class Tuned(NamedTuple):
    """The best rate and decay by the mean error over the tuning draws, that error, whether the rate lies at an end of
    those tried, and how many trials there were.
    """

    learning_rate: float
    weight_decay: float
    error: float
    at_end: int
    tried: int


class Found(NamedTuple):
    """Shares of wrong test rows of each network [draw, seed], and of the mean of all seeds [draw]; seconds of one core
    for each network, compiling included.
    """

    error: np.ndarray
    together: np.ndarray
    seconds: float


def surface(
    draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, rates: Sequence[float], decays: Sequence[float],
    seeds: int = 1,
) -> xr.DataArray:  # fmt: skip
    """The mean error [learning_rate, weight_decay] over the draws and `seeds` seeds on each, none of them reported."""
    data = {f"{i}": as_data(draw) for i, draw in enumerate(draws)}
    own = {name: tuning.FIRST_SEED + i * seeds + np.arange(seeds) for i, name in enumerate(data)}
    numbers = {RATES: list(rates), DECAYS: list(decays)}
    return wrong(_sweep(data, hidden, setting, seeds=own, **numbers)[0]).mean(("task", "seed"))


def tune(
    draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, rates: Sequence[float], decays: Sequence[float],
    *, seeds: int = 1, grow: int = 2,
) -> Tuned:  # fmt: skip
    """Try every rate with every decay on every draw, and up to `grow` further rates where the best lies at an end."""
    found = tuning.tune(
        lambda learning_rate: surface(draws, hidden, setting, learning_rate, decays, seeds),
        widen=grow, learning_rate=rates,
    )  # fmt: skip
    least = found.cost.min(RATES)
    at = {DECAYS: least[DECAYS][int(least.argmin(DECAYS))]}
    rate, end = (float(one[RATES].sel(at)) for one in (found.best, found.at_end))
    return Tuned(rate, float(at[DECAYS]), float(least.sel(at)), int(end), found.cost.size)


def train(draws: Sequence[Draw], hidden: tuple[int, ...], setting: Setting, tuned: Tuned, seeds: int) -> Found:
    """Train networks with `seeds` seeds on every draw; each draw has seeds of its own, counted from 0."""
    data = {f"{i}": as_data(draw) for i, draw in enumerate(draws)}
    own = {name: range(i * seeds, (i + 1) * seeds) for i, name in enumerate(data)}
    numbers = {RATES: tuned.learning_rate, DECAYS: tuned.weight_decay}
    runs, seconds = _sweep(data, hidden, setting, seeds=own, **numbers)
    error = wrong(runs).transpose("task", "seed").values
    last = runs.chances.isel(step=-1).transpose("task", "seed", "chances_0", "chances_1")
    # One draw at a time: the probabilities of all draws together would take much memory.
    means = [last.isel(task=i).values.astype(np.float32) for i in range(len(draws))]
    together = [mean_of(one, draw.y_test) for one, draw in zip(means, draws, strict=True)]
    return Found(error, np.array(together), seconds / error.size)


def mean_of(chances: np.ndarray, answers: np.ndarray) -> float:
    """The share of wrong answers of the mean of the class probabilities [seed, t, k] of several networks.

    Diverged networks, whose probabilities are not finite, are left out; if all have diverged, all answers are wrong.
    """
    whole = chances[np.isfinite(chances).all(axis=(1, 2))]
    return float(np.mean(whole.mean(axis=0).argmax(axis=1) != answers)) if len(whole) else 1.0


def chances(params: Any, data: Any, predict: Any) -> Any:
    """Class probabilities of the test rows [t, k], in 16 bits."""
    return jax.nn.softmax(predict(params, data.x_test)).astype(jnp.float16)


def wrong(runs: xr.Dataset) -> xr.DataArray:
    """The share of wrong test rows; for a network that diverged all are wrong."""
    return 1.0 - runs.accuracy.where(runs.status != DIVERGED, 0.0)


def _sweep(data: dict[str, Any], hidden: tuple[int, ...], setting: Setting, **more: Any) -> tuple[xr.Dataset, float]:
    """A sweep over the draws as tasks, and the seconds that all cores spent on it.

    All sweeps measure the same, so that tuning and what is reported share a program.
    """
    rows = len(next(iter(data.values())).x)
    place = hooks.next_store()
    start = time.perf_counter()
    runs = nnjax.sweep(
        data, hidden=hidden, activation="relu", init="he_normal", solver="adamw", schedule="cosine",
        loss="softmax_cross_entropy", batch_size=setting.batch_size if rows > setting.batch_size else None,
        num_steps=setting.steps(rows), measure={"chances": chances}, padding=False, store=place, **more,
    )  # fmt: skip
    spent = time.perf_counter() - start
    # A sweep that was stopped, or had ended before, has taken its time in earlier sessions.
    sessions = [] if place is None else stores.sessions(Path(place))
    spent = sum(float(one["wall_seconds"]) for one in sessions) or spent
    return runs, spent * machine.num_workers()
