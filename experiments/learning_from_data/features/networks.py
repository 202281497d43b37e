"""The networks: tuned as the classical methods are, then trained with several seeds on every draw."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.learning_from_data.features.config import Config
from experiments.learning_from_data.features.search import Cost
from experiments.learning_from_data.shared import networks
from experiments.learning_from_data.shared.draws import Draw, as_data
from experiments.learning_from_data.shared.methods import Trial
from nnjax import tuning


def costs(
    draws: Sequence[Draw], depth: int, config: Config, rates: Sequence[float], decays: Sequence[float]
) -> dict[Trial, Cost]:
    """The error and the loss of every rate with every decay: means over draws with one network each, not reported."""
    seeds = [[tuning.FIRST_SEED + i] for i in range(len(draws))]
    runs = _sweep(draws, depth, config, seeds, learning_rate=list(rates), weight_decay=list(decays))
    means = [one.mean(("task", "seed")) for one in (_wrong(runs, draws), runs.test_loss)]
    found = {}
    for trial in (Trial(rate, decay) for rate in rates for decay in decays):
        error, loss = (float(one.sel(learning_rate=trial.first, weight_decay=trial.second)) for one in means)
        found[trial] = Cost(error, loss if np.isfinite(loss) else np.inf)  # nan could not be compared
    return found


def errors(draws: Sequence[Draw], depth: int, config: Config, trial: Trial) -> np.ndarray:
    """The share of wrong test rows [draw], the mean over the networks of a draw; each draw has seeds of its own."""
    n = config.seeds
    seeds = [range(i * n, (i + 1) * n) for i in range(len(draws))]
    runs = _sweep(draws, depth, config, seeds, learning_rate=trial.first, weight_decay=trial.second)
    return _wrong(runs, draws).mean("seed").values


def _wrong(runs: xr.Dataset, draws: Sequence[Draw]) -> xr.DataArray:
    """The share of wrong test rows, a whole number of them, so that none wrong is exactly 0."""
    rows = len(draws[0].y_test)
    return (networks.wrong(runs).astype(float) * rows).round() / rows


def _sweep(
    draws: Sequence[Draw], depth: int, config: Config, seeds: Sequence[Sequence[int]], **numbers: Any
) -> xr.Dataset:
    """A sweep over the draws as tasks."""
    data = {f"{i}": as_data(draw) for i, draw in enumerate(draws)}
    return nnjax.sweep(
        data, hidden=(config.width,) * depth, activation="relu", init="he_normal", solver="adamw", schedule="cosine",
        loss="softmax_cross_entropy", num_steps=config.num_steps, seeds=dict(zip(data, seeds, strict=True)),
        batch_size=config.batch_size if len(draws[0].x) > config.batch_size else None, padding=False, **numbers,
    )  # fmt: skip
