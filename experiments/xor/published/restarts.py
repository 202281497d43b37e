"""The published row in which a run that has come to a plateau is started again with new weights.

Its source does not say what a plateau is. Here an attempt is given up when its loss fell by less than one part
in a thousand over the last `patience` epochs; three values of the patience are measured. Attempts of fresh seeds
follow one another until one solves, and all their epochs are counted.
"""

from typing import Any

import numpy as np

import nnjax
from experiments.xor import _published_rows
from experiments.xor.shared import solved as _solved

EVERY = 10
LEAST_FALL = 1e-3
MEAN = "mean instead of sum of the rows"
READINGS = {_published_rows.FIRST: 500, "patience 200": 200, "patience 1,000": 1000, MEAN: 500}
ROW = _published_rows.Row(
    source="hinton-problems (references, section 3)",
    claim="2-2-1 sigmoid, U[-.5, .5], rate .5, momentum .9, restart on a plateau",
    settings=_published_rows.ROWS["hinton-momentum"].settings,
    # That every chain of restarts ends in a success is so by construction, here as there, and tells nothing.
    typical_epochs=962,
    median_of=30,
    epochs=5000,
    open_choices="what a plateau is (patience), loss, biases, what counts as solved",
)


def records(seeds: int) -> list[dict[str, Any]]:
    """A record per reading; `seeds` is the number of attempts, the same ones for all."""
    from experiments.xor import published

    attempts = {}
    for changes in ({}, _published_rows.CLASSIC_READINGS[MEAN]):
        runs = nnjax.sweep(
            nnjax.tasks.xor(),
            seeds=seeds,
            num_steps=ROW.epochs,
            record_every=EVERY,
            measure={"worst_error": _solved.worst_error},
            early_stop=("worst_error", _solved.TOLERANCE),
            progress=False,
            **ROW.settings | changes,
        )
        solved_at = np.where(runs.status == nnjax.training.STOPPED, runs.steps, np.inf)
        attempts[bool(changes)] = solved_at, runs.train_curve.values
    out = []
    for reading, patience in READINGS.items():
        solved_at, loss = attempts[reading == MEAN]
        totals = chain(solved_at, given_up_at(loss, patience // EVERY) * EVERY)
        record = published.compare(ROW, totals, np.nan)
        out.append({"row": published.RESTART, "reading": reading} | record)
    return out


def given_up_at(loss: np.ndarray, patience: int) -> np.ndarray:
    """The record at which each curve [n, r] first lay on a plateau, `patience` records long; r where it never did."""
    flat = loss[:, patience:] > loss[:, :-patience] * (1 - LEAST_FALL)
    return np.where(flat.any(axis=1), flat.argmax(axis=1) + patience, loss.shape[1])


def chain(solved_at: np.ndarray, given_up: np.ndarray) -> np.ndarray:
    """Epochs to each success, those of the failed attempts before it included. Attempts follow in order; what is
    left after the last success is dropped.
    """
    success = solved_at <= given_up
    total = np.cumsum(np.where(success, solved_at, given_up))
    ends = total[success]
    return np.diff(ends, prepend=0.0)
