"""What `lcdb` found in numbers: our network and forest beside the published curves."""

from typing import NamedTuple

import numpy as np
import scipy.stats
import xarray as xr

from experiments.learning_from_data.lcdb.run import FOREST, NETWORK
from experiments.learning_from_data.shared import crossing, draws, tables
from experiments.learning_from_data.shared.crossing import Crossing
from experiments.learning_from_data.shared.tables import Curve

REALMLP, TABPFN, CATBOOST = "RealMLP", "TabPFN v2", "CatBoost"
PEERS = (REALMLP, TABPFN, CATBOOST, FOREST, "gradient boosting")  # trees, and what scales its inputs itself
TEST_PARTS = 5  # LCDB's 25 splits have so many different test parts
# Where RealMLP and the forest change sign for the last time in LCDB; None where the forest errs less to the end.
PUBLISHED_CROSSING: dict[str, int | None] = {
    "penbased": 39, "letter": 256, "optdigits": 108, "satimage": 1_449, "spambase": None,
}  # fmt: skip


class Error(NamedTuple):
    """A mean test error with its standard error."""

    mean: float
    standard_error: float


class Ratio(NamedTuple):
    """The ratio of two mean errors with its 95 % interval, and the p-value of equal errors."""

    estimate: float
    low: float
    high: float
    p_value: float


def rows_of(data: xr.Dataset, table: str) -> list[int]:
    there = np.isfinite(data.error.sel(table=table)).any(["learner", "outer", "inner"])
    return [int(rows) for rows in data.rows.values[there.values]]


def ours(data: xr.Dataset, learner: str, table: str, rows: int) -> Error:
    """The mean over all splits. Splits with one test part depend on each other, so the standard error over all of them
    is too small where few rows are tested; it is at least that of all rows that are tested.
    """
    errors = data.error.sel(learner=learner, table=table, rows=rows).values.astype(float)
    naive = errors.std(ddof=1) / np.sqrt(errors.size)
    tested = data.attrs["test_rows"][table] * data.sizes["outer"]
    return Error(float(errors.mean()), max(float(naive), of_rows(float(errors.mean()), tested)))


def of_rows(error: float, rows: int) -> float:
    """The standard error of a share of wrong rows among so many independent ones."""
    return float(np.sqrt(error * (1 - error) / rows))


def theirs(data: xr.Dataset, learner: str, table: str, rows: int) -> Error | None:
    """A published mean at so many rows; its standard error is treated as ours is. None where there is none."""
    curve = tables.published().get((table, learner))
    if curve is None or rows not in curve.rows:
        return None
    at = int(np.flatnonzero(curve.rows == rows)[0])
    tested = data.attrs["test_rows"][table] * TEST_PARTS
    mean = float(curve.error[at])
    return Error(mean, max(float(curve.standard_error[at]), of_rows(mean, tested)))


def deviation(one: Error, other: Error) -> float:
    """Their difference in joint standard errors."""
    return (one.mean - other.mean) / float(np.hypot(one.standard_error, other.standard_error))


def ratio(one: Error, other: Error) -> Ratio:
    """The first over the second; its logarithm is taken as normal."""
    log = float(np.log(one.mean / other.mean))
    error = float(np.hypot(one.standard_error / one.mean, other.standard_error / other.mean))
    half = 1.96 * error
    p_value = float(2 * scipy.stats.norm.sf(abs(log) / error))
    return Ratio(float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half)), p_value)


def crossing_of(data: xr.Dataset, table: str) -> Crossing:
    """Where our network and our forest cross: each test part counts once, with the mean of its splits."""
    rows, tested = rows_of(data, table), data.attrs["test_rows"][table]
    of = data.error.sel(table=table, rows=rows).mean("inner").transpose("learner", "outer", "rows")
    logs = {one: crossing.log_error(of.sel(learner=one).values.astype(float), tested) for one in (NETWORK, FOREST)}
    return crossing.crossing(rows, logs[NETWORK] - logs[FOREST], draws.overlap(table, tested))


def last_sign_change(table: str) -> float:
    """The published anchor from which on RealMLP errs less than the forest; nan where it does not at the last."""
    curves: list[Curve] = [tables.published()[table, one] for one in (REALMLP, FOREST)]
    rows, at = np.intersect1d(curves[0].rows, curves[1].rows, return_indices=True)[0:2]
    lower = curves[0].error[at] < curves[1].error[np.isin(curves[1].rows, rows)]
    if not lower[-1]:
        return float("nan")
    before = np.flatnonzero(~lower)
    return float(rows[before[-1] + 1] if len(before) else rows[0])
