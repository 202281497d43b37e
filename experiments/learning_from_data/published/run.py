"""The repetitions of `learning_from_data.published`: every row and reading, run by run."""

from typing import Any

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from experiments.learning_from_data.published import adder, bottleneck, monks, spirals
from experiments.learning_from_data.published.config import BOTTLENECK, MONKS, SPIRALS, Config
from experiments.learning_from_data.published.rows import FIRST, ROWS, SHAKEN

COLUMNS = ("right", "counted", "time", "cut")


def run(config: Config) -> xr.Dataset:
    """The results of every run of each row and reading [record, run], nan where a record has fewer runs; only runs on
    spirals can be cut off.

    Also the hidden values of the bottlenecks that are shaken [run, place].
    """
    found = []
    for name in (bar := tqdm(config.rows, unit=" rows", disable=None)):
        bar.set_description(name)
        readings = ROWS[name].readings if config.readings else {}
        found += [(name, FIRST, _repeat(name, {}, config, first=True))]
        found += [(name, one, _repeat(name, changes, config, first=False)) for one, changes in readings.items()]
    most = max(len(record["right"]) for _, _, record in found)
    columns: dict[str, Any] = {
        column: (("record", "run"), np.stack([_padded(_column(record, column), most) for _, _, record in found]))
        for column in COLUMNS
    }
    for name, reading, record in found:
        if (name, reading) == (SHAKEN, FIRST):
            columns["values"] = (("run", "place"), _padded(record["values"], most))
    return xr.Dataset(
        columns, coords={"row": ("record", [r for r, _, _ in found]), "reading": ("record", [r for _, r, _ in found])}
    )


def _repeat(name: str, changes: dict[str, Any], config: Config, first: bool) -> dict[str, np.ndarray]:
    row = ROWS[name]
    if name in SPIRALS:
        steps = config.later_steps if name == SPIRALS[2] else config.spiral_steps
        return spirals.records(row, changes, config.spiral_runs if first else config.few, steps)
    if name in MONKS:
        return monks.records(row, changes, config.monk_draws if first else config.few, name)
    kind = bottleneck if name in BOTTLENECK else adder
    return kind.records(row, changes, config.runs)


def _column(record: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A column of a record; nan where the record has no such column."""
    return record.get(name, np.full(len(record["right"]), np.nan))


def _padded(values: np.ndarray, most: int) -> np.ndarray:
    out = np.full((most, *values.shape[1:]), np.nan, np.float32)
    out[: len(values)] = values
    return out
