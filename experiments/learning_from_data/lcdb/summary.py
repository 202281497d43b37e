"""What `lcdb` found in numbers: our network and forest beside the published curves."""

from typing import NamedTuple

import numpy as np
import scipy.stats
import xarray as xr

from experiments.lab.verdicts import LEVEL
from experiments.learning_from_data.lcdb.config import GREATEST
from experiments.learning_from_data.lcdb.run import FOREST, NETWORK
from experiments.learning_from_data.shared import crossing, draws, tables
from experiments.learning_from_data.shared.crossing import MARGIN, Crossing
from experiments.learning_from_data.shared.networks import network

REALMLP, TABPFN, CATBOOST = "RealMLP", "TabPFN v2", "CatBoost"
PEERS = (REALMLP, TABPFN, CATBOOST, FOREST, "gradient boosting")  # learners on trees, or that scale their inputs
TEST_PARTS = 5  # LCDB's 25 splits have so many different test parts
# Where the difference of RealMLP and the forest changes sign for the last time in LCDB, interpolated between two
# numbers of rows as ours is (`crossing.last_change`); None where the forest errs less to the end.
PUBLISHED_CROSSING: dict[str, int | None] = {
    "penbased": 33, "letter": 221, "optdigits": 106, "satimage": 1_362, "spambase": None,
}  # fmt: skip


class Error(NamedTuple):
    """A mean test error with its standard error."""

    mean: float
    standard_error: float


class Ratio(NamedTuple):
    """The ratio of two mean errors with its 95% interval, and the p-value of a ratio of MARGIN."""

    estimate: float
    low: float
    high: float
    p_value: float


def chosen(data: xr.Dataset) -> str:
    """The one configuration of our network, in words."""
    rate, decay = data.attrs["learning_rate"], data.attrs["weight_decay"]
    return f"{network(data.attrs['depth'])}, learning rate {rate:g}, weight decay {decay:g}"


def rows_of(data: xr.Dataset, table: str) -> list[int]:
    there = np.isfinite(data.error.sel(table=table)).any(["learner", "split"])
    return [int(rows) for rows in data.rows.values[there.values]]


def ours(data: xr.Dataset, learner: str, table: str, rows: int) -> Error:
    """The mean over the splits, which are random ones of one table, each with a test part of its own.

    The parts overlap, as the table has only so many rows: the standard error is corrected for that (Nadeau & Bengio
    2003), and is at least that of mistakes on all rows of the table.
    """
    errors = data.error.sel(learner=learner, table=table, rows=rows).values.astype(float)
    mean, tested = (
        float(errors.mean()),
        min(errors.size * data.attrs["test_rows"][table], draws.num_rows(table) or np.inf),
    )
    spread = np.sqrt(1 / errors.size + draws.overlap(table, data.attrs["test_rows"][table]))
    return Error(mean, max(float(errors.std(ddof=1) * spread), of_rows(mean, tested)))


def of_rows(error: float, rows: int) -> float:
    """The standard error of a share of wrong rows among so many independent ones."""
    return float(np.sqrt(error * (1 - error) / rows))


def theirs(data: xr.Dataset, learner: str, table: str, rows: int) -> Error | None:
    """A published mean at `rows` rows, None where there is none.

    Its 25 splits have 5 test parts and depend on each other, so their standard error is too small where few rows are
    tested. It therefore counts as at least that of mistakes on all tested rows.
    """
    curve = tables.published().get((table, learner))
    if curve is None or rows not in curve.rows:
        return None
    at = int(np.flatnonzero(curve.rows == rows)[0])
    tested = data.attrs["test_rows"][table] * TEST_PARTS
    mean = float(curve.error[at])
    return Error(mean, max(float(curve.standard_error[at]), of_rows(mean, tested)))


def deviation(one: Error, other: Error) -> float:
    """The difference of two mean errors in joint standard errors."""
    return (one.mean - other.mean) / float(np.hypot(one.standard_error, other.standard_error))


def ratio(one: Error, other: Error) -> Ratio:
    """The ratio of the first mean error to the second; its logarithm is taken as normal."""
    log = float(np.log(one.mean / other.mean))
    error = float(np.hypot(one.standard_error / one.mean, other.standard_error / other.mean))
    half = float(scipy.stats.norm.ppf((1 + LEVEL) / 2)) * error
    p_value = float(2 * scipy.stats.norm.sf(abs(log - np.log(MARGIN)) / error))
    return Ratio(float(np.exp(log)), float(np.exp(log - half)), float(np.exp(log + half)), p_value)


def most_rows(data: xr.Dataset, table: str, peer: str) -> Ratio | None:
    """The ratio of our network's error to a published learner's, with the most rows that the learner has; None unless
    these are more than half of all, as TabPFN is missing on some tables."""
    for rows in reversed(rows_of(data, table)):
        if 2 * rows <= GREATEST[table]:
            break
        if (published := theirs(data, peer, table, rows)) is not None:
            return ratio(ours(data, NETWORK, table, rows), published)
    return None


def crossing_of(data: xr.Dataset, table: str) -> Crossing:
    """Where our network and our forest cross."""
    rows, tested = rows_of(data, table), data.attrs["test_rows"][table]
    of = data.error.sel(table=table, rows=rows).transpose("learner", "split", "rows")
    logs = {one: crossing.log_error(of.sel(learner=one).values.astype(float), tested) for one in (NETWORK, FOREST)}
    return crossing.crossing(rows, logs[NETWORK] - logs[FOREST], draws.overlap(table, tested))
