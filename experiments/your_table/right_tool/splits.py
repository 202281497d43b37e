"""How rows are split: a test part, and folds of the others. Rows of one group are on one side of every split."""

from typing import Any, NamedTuple

import numpy as np

from experiments.lab import chance
from experiments.your_table.shared.describe import Table

TESTED = 5  # one row of so many is tested

type Rows = np.ndarray
type Folds = list[tuple[Rows, Rows]]


class Split(NamedTuple):
    """Row numbers: those of the test part [t], all others [n], and outer folds (training, held out) of these.

    Others and training rows are in random order.
    """

    tested: Rows
    others: Rows
    folds: Folds


def split(table: Table, folds: int, repeats: int, seed: int) -> Split:
    """A test part and outer folds; all folds have the same number of training rows, so that shapes are the same."""
    if table.groups is not None and len(np.unique(table.groups)) * (TESTED - 1) < folds * TESTED:
        raise ValueError(
            f"folds={folds} is more than the different rows or groups outside the test part: take fewer folds"
        )
    others, tested = parts(table, np.arange(len(table.y)), TESTED, seed)[0]
    made = [fold for i in range(repeats) for fold in parts(table, others, folds, seed + 1 + i)]
    rng = np.random.default_rng(seed)
    fewest = min(len(train) for train, _ in made)
    return Split(
        tested, rng.permutation(others), [(rng.permutation(train)[:fewest], held_out) for train, held_out in made]
    )


def check(table: Table, parts: Split, inner_folds: int) -> None:
    """Check that the training rows of every fold have groups enough for inner folds, also where few of them are used.

    Raises:
        ValueError: if they do not.
    """
    if table.groups is None:
        return
    fewest = min(len(np.unique(table.groups[train])) for train, _ in parts.folds)
    if fewest < 2 * inner_folds:
        raise ValueError(
            f"inner_folds={inner_folds} is more than half of the {fewest} different rows or groups on which methods "
            "are tuned: take fewer"
        )


def parts(table: Table, rows: Rows, count: int, seed: int) -> Folds:
    """`count` folds of these rows, as pairs of row numbers: stratified by class, with groups kept together."""
    from sklearn import model_selection as kinds

    if table.groups is None:
        kind: Any = kinds.StratifiedKFold if table.classes else kinds.KFold
        found = kind(count, shuffle=True, random_state=chance.seed(seed)).split(rows, table.y[rows])
    else:
        kind = kinds.StratifiedGroupKFold if table.classes else kinds.GroupKFold
        found = kind(count, shuffle=True, random_state=chance.seed(seed)).split(rows, table.y[rows], table.groups[rows])
    return [(rows[train], rows[held_out]) for train, held_out in found]


def places(folds: Folds, rows: Rows) -> Folds:
    """The folds as positions in `rows`, as scikit-learn takes them."""
    where = np.full(int(rows.max()) + 1, -1)
    where[rows] = np.arange(len(rows))
    return [(where[train], where[held_out]) for train, held_out in folds]
