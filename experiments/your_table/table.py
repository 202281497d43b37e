"""A table with its target, as methods use it: what is predicted, by which columns, and which rows belong together."""

import difflib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.your_table import columns as kinds
from experiments.your_table.columns import Column
from experiments.your_table.reading import BUILT_IN, Frame, Series, read
from nnjax.sklearn.columns import MOST_CATEGORIES

CLASSES, NUMBERS = "classes", "numbers"
FEWEST_ROWS = 50
FEWEST = 10  # rows of a class, and groups of a class: one or more in every part of a nested cross-validation
MOST_CLASSES = 100
MOST_WHOLE_NUMBERS = 10  # up to so many different whole numbers are classes, unless the user says otherwise
MOST_INPUTS = 5_000
LEAK = 0.99  # a column that alone tells this share of the target is suspected of a leak
LOOKED_AT, LOOKED_THROUGH = 5_000, 50  # at most so many rows, and columns, are searched for leaks
LARGE = 0.03  # the share of the rows up to which equal rows are taken for copies of each other


class Table(NamedTuple):
    """The rows that are used: inputs `x` by column (numbers with nan, categories with None), target `y` [n].

    `y` holds numbers, or 0 to k - 1 for `classes`. Rows that belong together have the same number in `groups` [n],
    which is None if there are none. `columns` are all inputs, also those left out.
    """

    name: str
    target: str
    x: Frame
    y: np.ndarray
    classes: tuple[str, ...]
    groups: np.ndarray | None
    columns: tuple[Column, ...]
    remarks: tuple[str, ...]

    @property
    def num_inputs(self) -> int:
        """How many inputs a network has: one for each number and date, and one for each category."""
        return sum(min(self.x[c].nunique(), MOST_CATEGORIES) if self.x[c].dtype == object else 1 for c in self.x)


def table(
    path: str, target: str | None, task: str | None = None, drop: Sequence[str] = (), rows: int | None = None,
    seed: int = 0, group: str | None = None,
) -> Table:  # fmt: skip
    """Read a table and describe it.

    Args:
        path: as in `read`.
        target: the name of the column that is to be predicted.
        task: "classes" or "numbers"; None lets the target decide.
        drop: columns that are not to be used.
        rows: how many rows to use at most, drawn at random by `seed`; None uses all.
        group: a column whose equal cells name rows that belong together, as those of a patient do. It is no input.

    Raises:
        ValueError: in one line, naming the file, the column, what is wrong and what to do.
    """
    frame, where = read(path), f"data={path!r:.120}"
    target = "target" if target is None and path in BUILT_IN else target
    if target is None:
        raise ValueError(f"target=None: name the column that is to be predicted; {where} has {listed(list(frame))}")
    _check_names(where, list(frame), target, drop, group)
    remarks: list[str] = []
    if rows is not None and rows < len(frame):
        remarks.append(f"{rows:,} of its {len(frame):,} rows, drawn at random, are used")
        frame = frame.iloc[np.sort(np.random.default_rng(seed).permutation(len(frame))[:rows])]
    decimal = kinds.decimal_sign([frame[name] for name in frame])
    try:
        y, classes, kept = _target(frame[target], task, decimal, remarks)
        frame = frame[kept]
        if len(frame) < FEWEST_ROWS:
            raise ValueError(f"has {len(frame)} rows that can be used; it takes {FEWEST_ROWS} or more to judge by")
        found = [kinds.judged(name, frame[name], decimal) for name in frame if name not in (target, group, *drop)]
        used = {column.name: values for column, values in found if values is not None}
        if not used:
            reasons = listed([f"{column.name}: {column.remarks[-1]}" for column, _ in found])
            raise ValueError(
                f"has no column that can be used beside the target {target!r}: {reasons or 'none is left'}"
            )
        x = pd.DataFrame(used, index=frame.index).reset_index(drop=True)
        groups = _copies(x, y, classes, remarks) if group is None else _given(frame[group], y, classes, remarks)
    except ValueError as error:
        raise ValueError(f"{where} {error}") from error
    if signs := [column.name for column, _ in found if column.decimal == ","]:
        remarks.append(f"commas are read as decimal signs in {listed(signs)}")
    leaks = _leaks(x, y, classes)
    if leaks:
        told = ", ".join(f"{name} alone tells {share:.1%} of the target" for name, share in leaks.items())
        remarks.append(f"a leak is suspected: {told}; leave out (--drop) what is not known beforehand")
    made = Table(path, target, x, y, classes, groups, tuple(column for column, _ in found), tuple(remarks))
    if made.num_inputs > MOST_INPUTS:
        raise ValueError(f"{where} makes {made.num_inputs:,} inputs, more than {MOST_INPUTS:,}: drop columns (--drop)")
    return made


def _check_names(where: str, names: list[str], target: str, drop: Sequence[str], group: str | None) -> None:
    if len(names) > MOST_INPUTS:
        raise ValueError(f"{where} has {len(names):,} columns, more than {MOST_INPUTS:,}: take fewer")
    for argument, asked in (("target", [target]), ("drop", list(drop)), ("group", [] if group is None else [group])):
        for one in asked:
            if one not in names:
                lower = {name.lower(): name for name in names}
                near = difflib.get_close_matches(one.lower(), lower, n=1, cutoff=0.5)
                hint = f"did you mean {lower[near[0]]!r}?" if near else f"its columns are {listed(names)}"
                raise ValueError(f"{argument}={one!r:.80} must be a column of {where}; {hint}")
            if argument != "target" and one == target:
                raise ValueError(f"{argument}={one!r:.80} must be another column than the target")


def _target(
    cells: Series, task: str | None, decimal: str, remarks: list[str]
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """The targets of the rows that are used, the names of classes, and which rows are used [n]."""
    name = str(cells.name)
    if pd.api.types.is_datetime64_dtype(cells):
        raise ValueError(f"has dates in its target {name!r}: classes and numbers are predicted")
    some = kinds.held(cells) if cells.dtype == object and task != CLASSES else cells[cells.notna()]
    if some.empty:
        raise ValueError(f"has no value in its target {name!r}: every cell is missing")
    if cells.dtype == object:
        sign = kinds.commas(some)
        found = kinds.numbers(some, "," if sign or (sign is None and decimal == ",") else ".")
        if task is None and any(map(kinds.CODE.fullmatch, some)):
            found = np.full(len(some), np.nan)  # codes such as 007 are classes
    else:
        found = np.where(np.isfinite(some), some, np.nan)
    odd = some[np.isnan(found)]
    exact = cells.dtype != object or not kinds.beyond_exact(some)
    known = found[~np.isnan(found)]
    whole = exact and len(np.unique(known)) <= MOST_WHOLE_NUMBERS and (known % 1 == 0).all()
    if task is None:
        task = CLASSES if whole or len(odd) >= 0.5 * len(some) else NUMBERS
        if task == CLASSES and odd.empty and len(np.unique(found)) > 2:
            remarks.append("the target has few whole numbers, taken for classes (--task numbers otherwise)")
    if task == CLASSES:
        return _classes(cells if len(odd) or cells.dtype != object else cells.where(cells.index.isin(some.index), None),
                        remarks)  # fmt: skip
    if len(odd) or not exact:
        at = odd if len(odd) else some[[len(one) > 15 for one in some]]
        what = "no number" if len(odd) else "a whole number beyond 2^53, which float64 would round"
        raise ValueError(
            f"has {what} in {at.index.name} {at.index[0]} of its target {name!r}, {at.iloc[0]!r:.40}: write plain "
            "numbers, or say --task classes"
        )
    kept = cells.index.isin(some.index)
    _tell_missing(kept, remarks)
    if (found == found[0]).all():
        raise ValueError(f"has {found[0]:g} in every row of its target {name!r}: there is nothing to predict")
    if np.abs(found).max() > kinds.HUGE:
        raise ValueError(f"has a target {name!r} that reaches {np.abs(found).max():.3g}: change its unit")
    middle = float(np.subtract(*np.quantile(found, (0.75, 0.25)))) or np.inf
    far = np.abs(found - np.median(found)) > 20 * middle
    if far.any():
        remarks.append(f"{far.sum()} values of the target lie far from the others: they decide a mean squared error")
    return found, (), kept


def _classes(cells: Series, remarks: list[str]) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    name = str(cells.name)
    labels: Series = cells if cells.dtype == object else cells.map("{:.15g}".format, na_action="ignore")
    counts = labels.value_counts()
    if len(counts) == 1:
        raise ValueError(f"has one class only in its target {name!r}, {counts.index[0]!r}: there is nothing to predict")
    if len(counts) > MOST_CLASSES or counts.iloc[0] == 1:
        raise ValueError(
            f"has {len(counts):,} different values in its target {name!r}: they are no classes, of which there are at "
            f"most {MOST_CLASSES}"
        )
    rare, left = counts[counts < FEWEST], counts[counts >= FEWEST]
    if len(left) < 2:
        told = listed([f"{one} {count}" for one, count in counts.items()])
        raise ValueError(f"has fewer than two classes in its target {name!r} with {FEWEST} rows or more: {told}")
    _tell_missing(labels.notna().to_numpy(), remarks)
    if len(rare):
        told = listed([f"{one} ({count})" for one, count in rare.items()])
        remarks.append(f"classes of fewer than {FEWEST} rows are left out with their rows: {told}")
    if left.iloc[-1] < 0.1 * left.sum():
        remarks.append("the classes are far from balanced: look at the log loss as well as at the error")
    classes = tuple(sorted(map(str, left.index), key=_by_value))
    kept = labels.isin(left.index).to_numpy()
    return labels[kept].map({one: i for i, one in enumerate(classes)}).to_numpy(int), classes, kept


def _by_value(label: str) -> tuple[int, float, str]:
    """The key by which classes are sorted: numbers first, then texts."""
    number = kinds.numbers(pd.Series([label]))[0]
    return (1, 0.0, label) if np.isnan(number) else (0, float(number), label)


def _tell_missing(kept: np.ndarray, remarks: list[str]) -> None:
    if not kept.all():
        remarks.append(f"{(~kept).sum():,} rows without a value in the target are left out")


def _copies(x: Frame, y: np.ndarray, classes: tuple[str, ...], remarks: list[str]) -> np.ndarray | None:
    """The group of each row, shared by its copies, which must not lie on both sides of a split; None without copies.

    Where many rows are equal they are no copies but what the columns cannot tell apart. Large groups would skew splits,
    and a class of few groups would be missing in some.
    """
    codes = pd.DataFrame({name: pd.factorize(x[name])[0] for name in x})  # codes are hashed faster than objects
    groups: Any = codes.groupby(list(codes), sort=False).ngroup().to_numpy()
    sizes = np.bincount(groups)
    copies = len(x) - len(sizes)
    if not copies:
        return None
    few = any(len(set(groups[y == i])) < FEWEST for i in range(len(classes)))
    if len(sizes) < 0.5 * len(x) or sizes.max() > max(5, LARGE * len(x)) or few:
        remarks.append(
            f"there are {len(sizes):,} different rows of inputs among {len(x):,}: equal ones are taken for what the "
            "columns cannot tell apart, and may lie on both sides of a split"
        )
        return None
    remarks.append(f"{copies:,} rows have the inputs of an earlier one; equal rows are kept on one side of every split")
    return groups


def _given(cells: Series, y: np.ndarray, classes: tuple[str, ...], remarks: list[str]) -> np.ndarray:
    """The group of each row by the cells of a column; a row without a cell is alone."""
    groups = pd.factorize(cells)[0]
    groups = np.where(groups < 0, groups.max() + 1 + np.arange(len(groups)), groups)
    counts = {f" in class {one!r:.40}": len(set(groups[y == i])) for i, one in enumerate(classes)}
    few, count = min(({"": len(set(groups))} | counts).items(), key=lambda pair: pair[1])
    if count < FEWEST:
        raise ValueError(f"has {count} different cells of {cells.name!r} (--group){few}: it takes {FEWEST} or more")
    remarks.append(f"rows of equal {cells.name} are kept on one side of every split; it is no input")
    return groups


def _leaks(x: Frame, y: np.ndarray, classes: tuple[str, ...]) -> dict[str, float]:
    """Columns that alone give the target away to a small tree, as one would that is known only afterwards."""
    from sklearn.dummy import DummyClassifier, DummyRegressor
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = np.random.default_rng(0).permutation(len(y))[:LOOKED_AT]
    tree: Any = (
        DecisionTreeClassifier(max_leaf_nodes=max(2 * len(classes), 8), random_state=0) if classes
        else DecisionTreeRegressor(min_samples_leaf=2, random_state=0)
    )  # fmt: skip
    constant: Any = DummyClassifier() if classes else DummyRegressor()
    error = 1 - cross_val_score(constant, np.zeros((len(rows), 1)), y[rows], cv=3).mean()
    found = {}
    for name in list(x)[:LOOKED_THROUGH]:
        cells = pd.factorize(x[name])[0] if x[name].dtype == object else np.nan_to_num(x[name].to_numpy())
        own = 1 - cross_val_score(tree, cells[rows, None].astype(float), y[rows], cv=3).mean()
        if 1 - own / error >= LEAK:
            found[str(name)] = 1 - own / error
    return found


def lines(found: Table, most: int = MOST_INPUTS) -> list[str]:
    """The table in words, with a line for each column; of more than `most` columns, those with remarks come first."""
    counts = pd.Series([one.kind for one in found.columns]).value_counts()
    inputs = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    told = [f"{found.name}: {len(found.y):,} rows; columns: {inputs}; {found.num_inputs:,} inputs of a network"]
    if found.classes:
        shares = np.bincount(found.y) / len(found.y)
        balance = listed([f"{one} {share:.1%}" for one, share in zip(found.classes, shares, strict=True)])
        told.append(f"target {found.target}: {len(found.classes)} classes, {balance}")
    else:
        y = found.y
        told.append(f"target {found.target}: {y.min():.4g} to {y.max():.4g}, standard deviation {y.std():.4g}")
    told += [f"note: {one}" for one in found.remarks]
    shown = sorted(found.columns, key=lambda one: not one.remarks) if len(found.columns) > most else found.columns
    for one in shown[:most]:
        missing = f", {one.missing:,} missing" if one.missing else ""
        values = f": {one.values}" if one.values else ""
        told.append(f"  {one.name}: {one.kind}{values}{missing}{f' ({"; ".join(one.remarks)})' if one.remarks else ''}")
    return told if len(shown) <= most else [*told, f"  and {len(shown) - most:,} more"]


def listed(words: Sequence[str], most: int = 6) -> str:
    shown = [one if len(one) <= 60 else f"{one[:57]}..." for one in words[:most]]
    return ", ".join([*shown, *([f"{len(words) - most} more"] if len(words) > most else [])])
