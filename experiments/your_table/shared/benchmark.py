"""Eleven tables on which methods are compared, and random splits of them in which equal rows lie on one side."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import tables

REGRESSION = ("diabetes",)  # what is predicted there is a number
TABLES = (
    "wine", "breast_cancer", "diabetes", "digits", "segment", "spambase", "optdigits", "satimage", "penbased", "magic",
    "letter",
)  # fmt: skip


class Split(NamedTuple):
    """Training rows x [n, d], y [n] and test rows [t]."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """All rows of a table: x [n, d], y [n]."""
    if name in tables.TABLES:
        found = tables.table(name)
        return found.x, found.y
    from sklearn import datasets

    return getattr(datasets, f"load_{name}")(return_X_y=True)


def split(name: str, rows: int, test_rows: int, seed: int) -> Split:
    """A random split into `rows` training rows (at most 0.7 of the table) and at most `test_rows` test rows."""
    x, y = load(name)
    group = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    rng = np.random.default_rng((seed, *name.encode()))
    place = rng.permutation(group.max() + 1)[group]
    order = np.argsort(place, kind="stable")
    num_train = min(rows, int(0.7 * len(y)))
    cut = min(test_rows, len(y) - num_train)
    while cut > 1 and group[order[cut - 1]] == group[order[cut]]:
        cut -= 1
    test, train = order[:cut], rng.permutation(order[cut : cut + num_train])
    return Split(x[train], y[train], x[test], y[test])


def overlap(data: xr.Dataset, table: str) -> float:
    """The argument `overlap` of `nnjax.statistics.mean` for splits that each draw t test rows out of N: t / (N - t).

    A test row of one split is a test row of another with probability t / N, which is taken as the correlation of two
    splits. Where all rows are used this is the correction of Nadeau & Bengio (2003).
    """
    test, total = (float(data[name].sel(table=table)) for name in ("num_test", "num_rows"))
    return test / (total - test)
