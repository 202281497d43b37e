"""Draws of a data set: training rows of which the first n are taken, and test rows that no training row equals.

A draw of a table, or of the 5,000 MNIST digits, is a random split of the same rows; one of MNIST-1D is fresh data.
Draws from `nnjax.tuning.FIRST_SEED` on are for tuning.
"""

import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from experiments.lab import tables
from experiments.lab.tables import TABLES, Table
from nnjax import tasks
from nnjax.tasks import Data

MNIST1D, DIGITS = "MNIST-1D", "MNIST digits"
DATA_SETS = (MNIST1D, DIGITS, *TABLES)
# Test rows of a draw, about a sixth of all, so that enough is left for the most training rows.
TEST_ROWS = {
    MNIST1D: 5_000, DIGITS: 900, "letter": 3_000, "magic": 2_500, "penbased": 2_000, "optdigits": 1_000,
    "satimage": 1_000, "spambase": 500, "segment": 400,
}  # fmt: skip
_DIGIT_ROWS = 5_000


class Draw(NamedTuple):
    """Training rows x [n, d] of classes y [n] in random order, and test rows [t]."""

    x: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]
    x_test: Float[np.ndarray, "t d"]
    y_test: Int[np.ndarray, " t"]
    num_classes: int

    def first(self, rows: int) -> "Draw":
        """The draw with only its first `rows` training rows."""
        if rows > len(self.x):
            raise ValueError(f"rows={rows!r} must be at most {len(self.x):,}, the training rows of the draw")
        return self._replace(x=self.x[:rows], y=self.y[:rows])


def num_rows(name: str) -> int | None:
    """How many rows there are to split; None where every draw is fresh."""
    return None if name == MNIST1D else _DIGIT_ROWS if name == DIGITS else len(tables.table(name).y)


def overlap(name: str, test_rows: int) -> float:
    """The argument `overlap` of `nnjax.statistics.mean` for draws that each split the same N rows.

    A test row of one draw is a test row of another with probability t / N. Taken as the correlation of two draws, this
    adds t / (N - t) of their variance. Where n + t = N, that is the correction t / n of Nadeau & Bengio (2003).
    """
    total = num_rows(name)
    return 0.0 if total is None else test_rows / (total - test_rows)


@functools.lru_cache(16)
def made(name: str, seed: int, most_rows: int, test_rows: int) -> Draw:
    """One draw of a data set, with at least `most_rows` training rows, not scaled. It is cached: do not write to it."""
    if name == MNIST1D:
        return _mnist1d(seed, most_rows, test_rows)
    if name == DIGITS:
        found = _digits()
        own = np.arange(len(found.y))
    else:
        found, own = tables.table(name), tables.groups(name)
    return split(found, own, test_rows, np.random.default_rng((seed, *name.encode())))


def split(table: Table, groups: Int[np.ndarray, " n"], test_rows: int, rng: np.random.Generator) -> Draw:
    """A random split with exactly `test_rows` test rows; rows of a group are on one side.

    Whole groups become test rows in random order as long as they fit. All other rows are for training, in random order.

    Raises:
        ValueError: where no groups are small enough to fill the test rows.
    """
    sizes = np.bincount(groups)
    tested, left = np.zeros(len(sizes), bool), test_rows
    for group in rng.permutation(len(sizes)):
        if sizes[group] <= left:
            tested[group] = True
            left -= int(sizes[group])
            if not left:
                break
    if left:
        raise ValueError(f"test_rows={test_rows!r} cannot be filled with whole groups of equal rows; {left} are left")
    order = rng.permutation(len(groups))
    test, train = order[tested[groups[order]]], order[~tested[groups[order]]]
    return Draw(table.x[train], table.y[train], table.x[test], table.y[test], table.num_classes)


def scaled(draw: Draw, common: bool = False) -> Draw:
    """The draw with inputs of mean 0 and variance 1 over the training rows; with `common`, one spread for all columns.

    A column that is constant over the training rows is not divided.
    """
    centre = draw.x.mean(axis=0, dtype=np.float64)
    x, x_test = draw.x - centre, draw.x_test - centre
    spread = np.full(x.shape[1], x.std()) if common else x.std(axis=0)
    spread = np.where(spread > 1e-6 * np.abs(draw.x).max(initial=1e-30), spread, 1.0)
    return draw._replace(x=(x / spread).astype(np.float32), x_test=(x_test / spread).astype(np.float32))


def bounded(draw: Draw, most: float = 3.0) -> Draw:
    """The draw with every input x as x / sqrt(1 + (x / most)^2): none lies beyond `most`, and small ones hardly change.

    A column that is nearly always 0 can have test values hundreds of spreads away, on which all methods but trees fail:
    spambase reached 784 spreads at 64 rows. For trees, which use the order of values alone, nothing changes.
    """
    x, x_test = (one / np.sqrt(1 + (one / np.float32(most)) ** 2) for one in (draw.x, draw.x_test))
    return draw._replace(x=x, x_test=x_test)


def ready(name: str, seed: int, rows: int, most_rows: int, test_rows: int) -> Draw:
    """What a method is given: the first rows of a draw, scaled by them alone. Pixels have one common spread; columns of
    a table are `bounded`.
    """
    found = scaled(made(name, seed, most_rows, test_rows).first(rows), common=name == DIGITS)
    return found if name in (MNIST1D, DIGITS) else bounded(found)


def as_data(draw: Draw) -> Data:
    """The draw as a sweep takes it: targets are one-hot over all classes, even those without a training row."""
    one_hot = np.eye(draw.num_classes, dtype=np.float32)
    return Data(draw.x, one_hot[draw.y], draw.x_test, one_hot[draw.y_test])


def _mnist1d(seed: int, most_rows: int, test_rows: int) -> Draw:
    total = max(-(-most_rows * 5 // 4), 5 * test_rows)  # a fifth of what is generated is for testing
    found = tasks.mnist1d(seed, num_rows=-(-total // 10) * 10)
    x, x_test = (np.asarray(one, np.float32) for one in (found.x, found.x_test))
    return Draw(x, found.y.argmax(axis=1), x_test[:test_rows], found.y_test.argmax(axis=1)[:test_rows], 10)


@functools.cache
def _digits() -> Table:
    """All digits, pixels from 0 to 1; `tasks.mnist_5k` has them in two parts."""
    found = tasks.mnist_5k(0)
    x = np.concatenate([found.x, found.x_test]).astype(np.float32)
    return Table(x, np.concatenate([found.y, found.y_test]).argmax(axis=1))
