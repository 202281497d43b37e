"""Would more rows help? The network, and the best other method, on parts of the training rows of every fold."""

import functools
from typing import Any

import numpy as np
import xarray as xr

from experiments.your_table.right_tool import looks, methods
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.splits import Split
from experiments.your_table.right_tool.summary import NETWORK, OTHERS
from experiments.your_table.shared.describe import Table

SHARES = (0.25, 0.5)
LEAST, LEAST_PER_CLASS = 20, 8  # rows of a part


def measured(
    table: Table, parts: Split, settings: dict[str, list[Any]], found: xr.Dataset, config: Config
) -> xr.Dataset:  # fmt: skip
    """Errors [learner, part, split] with a quarter, a half and all of the training rows; curve_rows [part] are their
    numbers.

    Settings are those found with all rows, so that only the rows differ. The network is an ensemble of the best
    candidate alone, also with all rows; the errors of the other method with all rows are those of the ranking.
    """
    best = str(found.error.sel(tool=list(OTHERS)).mean("split").idxmin("tool").item())
    whole = len(parts.folds[0][0])
    least = max(LEAST, LEAST_PER_CLASS * len(table.classes))
    counts = [round(share * whole) for share in SHARES if share * whole >= least or share == SHARES[-1]]

    def job(name: str, i: int, count: int) -> float:
        train, held_out = parts.folds[i]
        rows = some(table, train, count)
        fit = methods.again(name, settings[name][i], table, rows, config, config.seed + i)
        return looks.error(table, methods.losses(table, fit, held_out)[1])

    places = [(i, count) for count in counts for i in range(len(parts.folds))]
    everything = [(i, whole) for i in range(len(parts.folds))]
    networks = [job(NETWORK, *place) for place in (*places, *everything)]
    with methods.quietly():
        others = methods.together([functools.partial(job, best, *place) for place in places], whole)
    others += found.error.sel(tool=best).values.tolist()
    errors = np.array([networks, others]).reshape(2, len(counts) + 1, len(parts.folds))
    return xr.Dataset(
        {"curve": (("learner", "part", "split"), errors), "curve_rows": ("part", [*counts, whole])},
        {"learner": [NETWORK, best]},
    )


def some(table: Table, rows: np.ndarray, count: int) -> np.ndarray:
    """Choose `count` of the rows, which are in random order; each class keeps its share, up to rounding."""
    order = rows[np.argsort(table.y[rows], kind="stable")] if table.classes else rows
    return order[((np.arange(count) + 0.5) * len(rows) / count).astype(int)]
