"""The published rows in which a run that has come to a plateau is started again with new weights: XOR, and parity.

For XOR the source starts again after 2,500 epochs in which no further row has come right, and ends after 5,000 in all.
The other readings were fixed before that was known: an attempt is given up when its loss fell by less than one part in
a thousand over the last `patience` epochs, for three values of the patience, without a limit on all epochs. Attempts
with fresh seeds follow one another until one solves, and all their epochs are counted. For parity see `chains_within`.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import nnjax
from experiments.xor.published.comparison import compare
from experiments.xor.published.rows import CLASSIC_READINGS, FIRST, MEAN, RESTART, ROWS, SOURCE, SOURCE_SETTING
from experiments.xor.shared import solved as criterion

EVERY = 10
LEAST_FALL = 1e-3
READINGS = {FIRST: 500, "patience 200": 200, "patience 1,000": 1000, MEAN: 500}
WITHOUT_GAIN = 2500  # epochs in which no further row comes right, after which the source starts again


def rows_right(params: Any, data: nnjax.tasks.Data, predict: Any) -> jax.Array:
    """The number of rows whose output is on the right side of one half."""
    return jnp.sum((predict(params, data.x) >= 0.5) == (data.y > 0.5))


def records(seeds: int) -> list[dict[str, Any]]:
    """A record per reading; `seeds` is the number of attempts, whose seeds are the same for all readings."""
    row, out, attempts = ROWS[RESTART], [], {}
    for name, changes in ((FIRST, {}), (MEAN, CLASSIC_READINGS[MEAN]), (SOURCE, SOURCE_SETTING)):
        settings = row.settings | changes
        runs = nnjax.sweep(
            nnjax.tasks.xor(),
            seeds=seeds,
            num_steps=row.epochs,
            record_every=EVERY,
            measure={"worst_error": criterion.worst_error, "rows_right": rows_right},
            early_stop=settings.pop("stop", row.stop),
            progress=False,
            **settings,
        )
        solved_at = np.where(runs.status == nnjax.training.STOPPED, runs.steps, np.inf)
        attempts[name] = solved_at, runs.train_curve.values, runs.rows_right.values
    for reading, patience in READINGS.items():
        solved_at, loss, _ = attempts.get(reading, attempts[FIRST])
        totals = chain(solved_at, given_up_at(loss, patience // EVERY) * EVERY)
        out.append({"row": RESTART, "reading": reading} | compare(row, totals, np.nan))
    solved_at, _, right = attempts[SOURCE]
    totals = chain(solved_at, without_gain_at(right, WITHOUT_GAIN // EVERY) * EVERY)
    in_time = np.where(totals <= row.epochs, totals, np.inf)
    return [*out, {"row": RESTART, "reading": SOURCE} | compare(row, in_time, np.nan)]


def without_gain_at(right: np.ndarray, patience: int) -> np.ndarray:
    """The first record at which the greatest value so far of each curve [n, r] of rows right is `patience` records
    old; r where there is none."""
    best, since = right[:, 0].copy(), np.zeros(len(right), int)
    found = np.full(len(right), right.shape[1])
    for i in range(1, right.shape[1]):
        since = np.where(right[:, i] > best, i, since)
        best = np.fmax(best, right[:, i])  # a run that has ended has no further values
        found = np.where((found == right.shape[1]) & (i - since >= patience), i, found)
    return found


def given_up_at(loss: np.ndarray, patience: int) -> np.ndarray:
    """The record at which each curve [n, r] first lay on a plateau, `patience` records long; r where it never did."""
    flat = loss[:, patience:] > loss[:, :-patience] * (1 - LEAST_FALL)
    return np.where(flat.any(axis=1), flat.argmax(axis=1) + patience, loss.shape[1])


def chains_within(solved_at: np.ndarray, given_up: np.ndarray, most: int) -> np.ndarray:
    """Epochs to the success of each chain of attempts, including its failed ones; +inf without one in `most` epochs.

    Attempts [n] follow in order. A chain ends with a success or its last epoch; one that has not ended is left out.
    """
    totals, spent = [], 0.0
    for solved, lost in zip(solved_at, given_up, strict=True):
        spent += min(solved, lost)
        if solved <= lost or spent >= most:
            totals.append(spent if solved <= lost and spent <= most else np.inf)
            spent = 0.0
    return np.array(totals)


def chain(solved_at: np.ndarray, given_up: np.ndarray) -> np.ndarray:
    """Epochs to each success, including those of the failed attempts before it.

    Attempts follow in order; those after the last success are dropped.
    """
    success = solved_at <= given_up
    total = np.cumsum(np.where(success, solved_at, given_up))
    return np.diff(total[success], prepend=0.0)
