"""Seven real tables, and the learning curves that LCDB 1.1 has of them; `tables/README.md` tells where each is from."""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

TABLES = ("letter", "magic", "penbased", "optdigits", "satimage", "spambase", "segment")
_FOLDER = Path(__file__).with_name("tables")


class Table(NamedTuple):
    """Inputs x [n, d] as they are, not scaled; classes y [n], 0 to k - 1."""

    x: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]

    @property
    def num_classes(self) -> int:
        return int(self.y.max()) + 1


class Curve(NamedTuple):
    """A published learning curve: training rows [m], mean test errors [m] and their standard errors [m]."""

    rows: Int[np.ndarray, " m"]
    error: Float[np.ndarray, " m"]
    standard_error: Float[np.ndarray, " m"]


@functools.cache
def table(name: str) -> Table:
    """One of TABLES; not to be written to."""
    with np.load(_FOLDER / f"{name}.npz") as file:
        return Table(file["x"].astype(np.float32), file["y"].astype(np.int64))


@functools.cache
def groups(name: str) -> Int[np.ndarray, " n"]:
    """For each row of a table the number of its group: rows that are equal in all columns have the same."""
    return np.unique(table(name).x, axis=0, return_inverse=True)[1].ravel()


@functools.cache
def published() -> dict[tuple[str, str], Curve]:
    """The curves of LCDB 1.1 by (table, learner), such as ("letter", "random forest")."""
    with (_FOLDER / "lcdb.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for line in lines:
        point = float(line["rows"]), float(line["test_error"]), float(line["standard_error"])
        found.setdefault((line["table"], line["learner"]), []).append(point)
    curves = {}
    for key, points in found.items():
        rows, error, spread = np.array(points).T
        curves[key] = Curve(rows.astype(int), error, spread)
    return curves
