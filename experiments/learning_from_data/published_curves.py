"""The learning curves of LCDB 1.1 for the seven tables of `experiments.lab.tables`."""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.lab.tables import TABLES, Table, groups, table

__all__ = ["TABLES", "Curve", "Table", "groups", "published", "table"]

_FOLDER = Path(__file__).with_name("tables")


class Curve(NamedTuple):
    """A published learning curve: training rows [m], mean test errors [m] and their standard errors [m]."""

    rows: Int[np.ndarray, " m"]
    error: Float[np.ndarray, " m"]
    standard_error: Float[np.ndarray, " m"]


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
