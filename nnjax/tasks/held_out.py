"""Hold rows out: split them into training, validation and test rows, or into the folds of a cross-validation."""

import heapq
from typing import Any

import numpy as np

from nnjax.checks import flag, whole_number
from nnjax.losses import is_one_hot
from nnjax.tasks.classes import labels_in
from nnjax.tasks.data import Data, Examples
from nnjax.tasks.drawing import generator
from nnjax.tasks.examples import classified, given_examples, standardized


def split(
    data: Examples,
    test: float = 0.2,
    *,
    validation: float = 0.0,
    seed: int = 0,
    stratified: bool = False,
    groups: Any = None,
    standardize: bool = False,
) -> tuple[Data, Data]:
    """Split the rows at random into Data for a sweep, with training and validation rows, and Data of the test rows.

    Settings are chosen by their results on the validation rows, `x_valid` and `y_valid`. The test rows are kept apart
    and are meant to be used once, for the network that was chosen.

    >>> import nnjax, numpy as np, pathlib, tempfile
    >>> points = np.random.default_rng(0).normal(size=(300, 2))
    >>> rows = [f"{a},{b},{'inside' if a * a + b * b < 1.4 else 'outside'}" for a, b in points]
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "points.csv"
    >>> _ = path.write_text("\\n".join(["a,b,where", *rows]))

    From a table to the accuracy on rows that played no part in any choice:

    >>> data, classes = nnjax.tasks.class_table(path, target="where")
    >>> search, test = nnjax.tasks.split(data, test=0.2, validation=0.2, stratified=True)
    >>> runs = nnjax.sweep(
    ...     search, hidden=(8,), learning_rate=[0.001, 0.01, 0.1], seeds=5, num_steps=500, loss="softmax_cross_entropy"
    ... )
    >>> best = runs.isel(runs.valid_loss.argmin(...))          # the least loss on the validation rows
    >>> run = nnjax.refit(best, search)
    >>> outputs = nnjax.mlp.predict(run.params, test.x)        # [60, 2], one column for each class
    >>> answers = [classes[i] for i in outputs.argmax(axis=1)]
    >>> bool((outputs.argmax(axis=1) == test.y.argmax(axis=1)).mean() > 0.9)
    True

    Args:
        data: examples x [n, d], y [n, k] without test rows, validation rows and weights; or a tuple (x, y) of what
            `nnjax.tasks.data` takes, where texts become one-hot targets.
        test: fraction of the rows that become test rows. `validation`: that of the validation rows, 0 for none.
        seed: seed of the split; equal seeds give equal parts.
        stratified: whether each class has its share in each part. Classes are one-hot targets, or the two values of
            y [n, 1].
        groups: [n] labels such as the person a row is from; no group has rows in two parts. The fractions are then
            fractions of the groups.
        standardize: whether the inputs of all parts are standardized as in `nnjax.tasks.data`, by the mean and the
            standard deviation of the training rows.

    Returns:
        Data of the training rows, with x_valid and y_valid if there are validation rows; and Data of the test rows.
        Each row is in one of the three parts, and the rows of a part are in random order.

    Raises:
        ValueError: for fractions that leave a part, or a class in a part if `stratified`, without a row or a group;
            for `stratified` without classes, or with groups of several classes; for data with weights, test rows
            or validation rows; and as `nnjax.tasks.data`.
    """
    x, y = _plain(data)
    flag(standardize, "standardize")
    for name, value, least in (("test", test, "above 0"), ("validation", validation, "0 or more")):
        known = isinstance(value, float | int | np.floating | np.integer) and not isinstance(value, bool)
        if not known or not 0 <= value < 1 or (value == 0 and name == "test"):
            raise ValueError(f"{name}={value!r:.80} must be a fraction of the rows, {least} and below 1")
    if not test + validation < 1:
        raise ValueError(
            f"test={test!r} and validation={validation!r} must sum to less than 1, so that rows are left to train on"
        )
    units, strata = _units(y, stratified, groups)
    rng = generator(seed)
    parts = np.zeros(len(units), int)  # of each row: 0 for training, 1 for validation, 2 for testing
    for stratum in np.unique(strata):
        members = rng.permutation(np.unique(units[strata == stratum]))
        ends = np.rint(len(members) * np.array([test, test + validation])).astype(int)
        sizes = {"test": ends[0], "validation": ends[1] - ends[0], "training": len(members) - ends[1]}
        if empty := [name for name, size in sizes.items() if size == 0 and (name != "validation" or validation)]:
            what = "groups" if groups is not None else "rows"
            of = f" of class {stratum}" if stratified else ""
            raise ValueError(
                f"test={test!r} and validation={validation!r} of {len(members)} {what}{of} leave no {empty[0]} {what}: "
                f"give more {what}, or other fractions"
            )
        parts[np.isin(units, members[: ends[0]])] = 2
        parts[np.isin(units, members[ends[0] : ends[1]])] = 1
    order = rng.permutation(len(x))
    training, judged, kept = (order[parts[order] == part] for part in range(3))
    valid = {"x_valid": x[judged], "y_valid": y[judged]} if validation else {}
    found = Data(x[training], y[training], x[kept], y[kept], **valid)
    found = standardized(found) if standardize else found
    return found._replace(x_test=None, y_test=None), Data(found.x_test, found.y_test)


def folds(
    data: Examples,
    k: int = 5,
    *,
    seed: int = 0,
    stratified: bool = False,
    groups: Any = None,
    standardize: bool = False,
) -> dict[str, Data]:
    """The k folds of a cross-validation, as tasks of one sweep.

    In `runs = nnjax.sweep(folds(data, 5), ...)` they are the axis `task`: `runs.test_loss.mean("task")` is the loss on
    the rows that were held out, and `runs.accuracy.mean("task")` the accuracy on them.

    >>> import nnjax
    >>> {name: fold.weight.tolist() for name, fold in folds(nnjax.tasks.xor(), k=2, stratified=True).items()}
    {'fold 0': [0.0, 0.0, 1.0, 1.0], 'fold 1': [1.0, 1.0, 0.0, 0.0]}

    Args:
        data: as in `split`.
        k: number of folds, 2 or more. With one fold for each row or group, this is leave-one-out.
        seed: seed of the split; equal seeds give equal folds. `stratified`, `groups`: as in `split`.
        standardize: as in `split`, in each fold by its own training rows.

    Returns:
        {"fold 0": Data, ...}. In fold i all n rows are in x and y. Those of part i have the weight 0, which keeps them
        out of training. They are the fold's x_test and y_test. Each row is held out in one fold. The tasks of a sweep
        must have equal shapes, so every fold is tested on as many rows as the smallest part has. A part may be larger,
        because of groups or because n is not a multiple of k. Its test rows are then drawn at random, each class in its
        share if stratified. Groups are dealt out so that parts are about equal.

    Raises:
        ValueError: for fewer rows, groups or rows of a class than folds; and as `split`.
    """
    x, y = _plain(data)
    flag(standardize, "standardize")
    units, strata = _units(y, stratified, groups)
    whole_number(k, "k", 2)
    rng = generator(seed)
    part = np.zeros(units.max() + 1, int)  # of each unit
    sizes = [0] * int(k)
    for stratum in np.unique(strata):
        members, counts = np.unique(units[strata == stratum], return_counts=True)
        if len(members) < k:
            what = "groups" if groups is not None else "rows"
            of = f" of class {stratum}" if stratified else ""
            raise ValueError(f"k={k} is more than the number of {what}{of}, {len(members)}")
        shuffled = rng.permutation(len(members))
        # The largest goes first, each to the part with the fewest rows of this class, among equals the fewest in all.
        queue = [(0, size, i) for i, size in enumerate(sizes)]
        heapq.heapify(queue)
        for unit in shuffled[np.argsort(-counts[shuffled], kind="stable")].tolist():
            dealt, size, i = queue[0]
            part[members[unit]] = i
            sizes[i] = size + int(counts[unit])
            heapq.heapreplace(queue, (dealt + int(counts[unit]), sizes[i], i))
    part = part[units]
    held_out = [_drawn(rng.permutation(np.flatnonzero(part == i)), strata, min(sizes)) for i in range(k)]
    found = [Data(x, y, x[rows], y[rows], (part != i).astype(float)) for i, rows in enumerate(held_out)]
    return {f"fold {i}": standardized(fold) if standardize else fold for i, fold in enumerate(found)}


def _drawn(rows: np.ndarray, strata: np.ndarray, size: int) -> np.ndarray:
    """The first `size` of the given rows; if they are of several classes, in the proportions of all rows."""
    counts, share = (np.bincount(of, minlength=strata.max() + 1).astype(float) for of in (strata[rows], strata))
    share *= size / len(strata)
    for _ in range(len(rows) - size):
        # The last row of a class is dropped only if no class has more than one.
        excess = np.where(counts > 1, counts - share, -np.inf)
        counts[int((excess if np.isfinite(excess).any() else counts - share).argmax())] -= 1
    kept = np.zeros(len(rows), bool)
    for stratum, count in enumerate(counts.astype(int)):
        kept[np.flatnonzero(strata[rows] == stratum)[:count]] = True
    return rows[kept]


def _plain(data: Examples) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of data that have neither weights nor test rows, which would be lost."""
    (found,), _ = classified([given_examples(data)])
    for name in ("x_test", "x_valid", "weight"):
        if getattr(found, name) is not None:
            raise ValueError(f"data has {name}, which splitting the rows would lose: give data with x and y only")
    return found.x, found.y


def _units(y: np.ndarray, stratified: bool, groups: Any) -> tuple[np.ndarray, np.ndarray]:
    """For each row, the number of its unit (the row itself or its group) and its class (0 if not stratified)."""
    flag(stratified, "stratified")
    classes = np.zeros(len(y), int)
    if stratified and is_one_hot(y):
        classes = y.argmax(axis=1)
    elif stratified:
        values, inverse = np.unique(y, return_inverse=True)
        if y.shape[1] != 1 or len(values) != 2:
            raise ValueError("stratified=True needs classes: y must be one-hot, or one column of two values")
        classes = inverse.ravel()
    if groups is None:
        return np.arange(len(y)), classes
    labels = labels_in(groups, "groups")
    if len(labels) != len(y):
        raise ValueError(f"groups has {len(labels)} labels, but there are {len(y)} rows")
    places = {label: i for i, label in enumerate(dict.fromkeys(labels))}
    units = np.array([places[label] for label in labels])
    first = classes[np.unique(units, return_index=True)[1]]  # the class of the first row of each group
    if (mixed := np.flatnonzero(classes != first[units])).size:
        raise ValueError(
            f"group {labels[mixed[0]]!r:.40} of groups has rows of several classes, so stratified=True is impossible"
        )
    return units, classes
