"""The published row in which a run that has come to a plateau is started again with new weights.

Its source starts again after 2,500 epochs in which not all four rows are right. The readings here were fixed before
that was known: an attempt is given up when its loss fell by less than one part in a thousand over the last `patience`
epochs, for three values of the patience. Attempts of fresh seeds follow one another until one solves, and all their
epochs are counted.
"""

from typing import Any

import numpy as np

import nnjax
from experiments.xor.published.comparison import compare
from experiments.xor.published.rows import CLASSIC_READINGS, FIRST, MEAN, RESTART, ROWS
from experiments.xor.shared import solved as criterion

EVERY = 10
LEAST_FALL = 1e-3
READINGS = {FIRST: 500, "patience 200": 200, "patience 1,000": 1000, MEAN: 500}


def records(seeds: int) -> list[dict[str, Any]]:
    """A record per reading; `seeds` is the number of attempts, the same ones for all."""
    row = ROWS[RESTART]
    attempts = {}
    for changes in ({}, CLASSIC_READINGS[MEAN]):
        runs = nnjax.sweep(
            nnjax.tasks.xor(),
            seeds=seeds,
            num_steps=row.epochs,
            record_every=EVERY,
            measure={"worst_error": criterion.worst_error},
            early_stop=("worst_error", criterion.TOLERANCE),
            progress=False,
            **row.settings | changes,
        )
        solved_at = np.where(runs.status == nnjax.training.STOPPED, runs.steps, np.inf)
        attempts[bool(changes)] = solved_at, runs.train_curve.values
    out = []
    for reading, patience in READINGS.items():
        solved_at, loss = attempts[reading == MEAN]
        totals = chain(solved_at, given_up_at(loss, patience // EVERY) * EVERY)
        out.append({"row": RESTART, "reading": reading} | compare(row, totals, np.nan))
    return out


def given_up_at(loss: np.ndarray, patience: int) -> np.ndarray:
    """The record at which each curve [n, r] first lay on a plateau, `patience` records long; r where it never did."""
    flat = loss[:, patience:] > loss[:, :-patience] * (1 - LEAST_FALL)
    return np.where(flat.any(axis=1), flat.argmax(axis=1) + patience, loss.shape[1])


def chain(solved_at: np.ndarray, given_up: np.ndarray) -> np.ndarray:
    """Epochs to each success, those of the failed attempts before it included.

    Attempts follow in order; what is left after the last success is dropped.
    """
    success = solved_at <= given_up
    total = np.cumsum(np.where(success, solved_at, given_up))
    return np.diff(total[success], prepend=0.0)
