"""The repetitions of `xor.published`: a sweep for every row and reading, compared with what was published."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from tqdm.auto import tqdm

import nnjax
from experiments.xor.published import restarts
from experiments.xor.published.comparison import compare
from experiments.xor.published.config import Config
from experiments.xor.published.rows import FIRST, NO_SETTINGS, RESTART, ROWS, Row
from experiments.xor.shared import solved as criterion

MEASURES = {"worst_error": criterion.worst_error, "sum_squared_error": criterion.sum_squared_error}


def run(config: Config) -> xr.Dataset:
    """A record per row and reading: networks solved, epochs, and how they compare with what was published."""
    records = []
    for name in (bar := tqdm(config.rows, unit=" rows", disable=None)):
        bar.set_description(name)
        if name == RESTART:
            records += restarts.records(config.seeds)
            continue
        row = ROWS[name]
        seeds = min(config.seeds, row.most_seeds)
        records.append({"row": name, "reading": FIRST} | compare(row, *repeat(row, {}, seeds)))
        for reading, changes in row.readings.items():
            count = seeds if reading == row.deciding else min(seeds, config.reading_seeds)
            if not count:
                continue
            measured = repeat(row, changes, count)
            records.append({"row": name, "reading": reading} | compare(row, *measured))
    columns = {key: ("record", np.asarray([record[key] for record in records])) for key in records[0]}
    return xr.Dataset(columns)


def near_half(params: Any, data: nnjax.tasks.Data, predict: Any) -> jax.Array:
    """How many outputs lie within 0.05 of one half."""
    return jnp.sum(jnp.abs(predict(params, data.x) - 0.5) <= 0.05)


def repeat(row: Row, changes: dict[str, Any], seeds: int) -> tuple[np.ndarray, float]:
    """Epochs that every network needed (+inf where it did not solve), and the share of the stuck networks that have
    exactly two outputs within 0.05 of one half. Where runs start again, the epochs of every chain of attempts, and nan.
    """
    settings = row.settings | {k: v for k, v in changes.items() if k not in NO_SETTINGS}
    settings = {name: value for name, value in settings.items() if value is not None}
    name, threshold = changes.get("stop", row.stop)
    patience = changes.get("restart_after")
    also = {"rows_right": restarts.rows_right} if patience else {"near_half": near_half}
    per_epoch = 2**row.bits if settings.get("batch_size") else 1
    runs = nnjax.sweep(
        nnjax.tasks.parity(row.bits, low=changes.get("low", 0.0)),
        seeds=seeds,
        num_steps=row.epochs * per_epoch,
        record_every=row.record_epochs * per_epoch,
        measure={name: MEASURES[name]} | also,
        early_stop=(name, threshold),
        progress=False,
        **settings,
    )
    solved = runs.status == nnjax.training.STOPPED
    epochs = np.where(solved, runs.steps / per_epoch, np.inf)
    if patience:
        given_up = restarts.without_gain_at(runs.rows_right.values, patience // row.record_epochs) * row.record_epochs
        return restarts.chains_within(epochs, given_up, row.epochs), np.nan
    stuck = ~np.asarray(solved)
    two = np.asarray(runs.near_half.isel(step=-1))[stuck] == 2
    return epochs, float(two.mean()) if stuck.any() else np.nan
