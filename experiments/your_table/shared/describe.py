"""A table with its target, as methods use it: what each column is, which rows are used, and remarks for the reader."""

import difflib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from experiments.your_table.shared.columns import (
    CATEGORY,
    DATE,
    LEFT_OUT,
    MISSING_TOLD,
    MOST_CATEGORIES,
    NO_NUMBER,
    NUMBER,
    Column,
    decimal_commas,
    decimal_sign,
    judged,
    names_groups,
    numeric_texts,
    to_numbers,
    with_signs,
)
from experiments.your_table.shared.reading import BUILT_IN, Frame, Series, read

CLASSES, NUMBERS = "classes", "numbers"
FEWEST_ROWS = 50
FEWEST_GROUPS = 10  # of rows that belong together, also for each class
FEWEST_OF_A_CLASS = 10  # two in the test part, and one or more in every part of a nested cross-validation
MOST_CLASSES = 100
MOST_WHOLE_NUMBERS = 10  # up to so many different whole numbers are classes, unless the user says otherwise
MOST_INPUTS = 5_000
LEAK = 0.99  # a column that alone explains this share of the target is suspected of a leak
_MISSING = f"a missing value is {MISSING_TOLD}"
_LOOKED_AT, _LOOKED_THROUGH = 5_000, 50  # at most so many rows, and columns, are searched for leaks
_BELONG = 0.5  # distinct rows per row; with fewer, equal rows are not taken for copies
_LARGE = 0.1  # share of the rows, beyond which the size of a given group is told
_MOST_COPIES, _MOST_SHARE = 5, 0.03  # rows, and share of all rows; more equal ones, than both, are not copies either


class Table(NamedTuple):
    """The rows that are used: inputs `x` by column (numbers with nan, categories with None), target `y` [n].

    `y` holds numbers, or 0 to k - 1 for `classes`. Copies of a row, or rows that the user says belong together, have
    the same number in `groups` [n], which is None if there are none. `columns` are all inputs, also those left out;
    `remarks` are about the whole table.
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
    def task(self) -> str:
        return CLASSES if self.classes else NUMBERS

    @property
    def num_inputs(self) -> int:
        """How many inputs a network has: one for each number and date, and one for each category."""
        wide = {one.name: min(one.distinct, MOST_CATEGORIES) for one in self.columns if one.kind == CATEGORY}
        return sum(wide.get(str(name), 1) for name in self.x)


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
        rows: how many rows to use at most, drawn at random; None uses all.
        seed: the seed of that draw.
        group: a column whose equal cells name rows that belong together, as those of a patient do. It is no input.

    Raises:
        ValueError: in one sentence, naming the file, the column, what is wrong and what to do.
    """
    frame = read(path)
    where = f"data={path!r:.120}"
    names = [str(name) for name in frame]
    if target is None and path in BUILT_IN:
        target = "target"
    target = _checked(where, names, target, drop, group)
    remarks: list[str] = []
    if rows is not None and rows < len(frame):
        chosen = np.sort(np.random.default_rng(seed).permutation(len(frame))[:rows])
        remarks.append(f"{rows:,} of its {len(frame):,} rows, drawn at random, are used")
        frame = frame.iloc[chosen].reset_index(drop=True)
    decimal = decimal_sign([frame[name] for name in names])
    try:
        y, classes, kept = _target(target, frame[target], task, decimal, remarks)
        frame = frame[kept].reset_index(drop=True)
        if len(frame) < FEWEST_ROWS:
            raise ValueError(f"has {len(frame)} rows that can be used; it takes {FEWEST_ROWS} or more to judge by")
        inputs = [name for name in names if name not in (target, group, *drop)]
        if not inputs:
            raise ValueError(f"has no column beside the target {target!r} to predict it by")
        columns, x = _inputs(inputs, frame, decimal)
        if group is None:
            groups = _groups(x, y, classes, remarks)
        else:
            groups = _given_groups(group, frame[group], y, classes, remarks)
    except ValueError as error:
        raise ValueError(f"{where} {error}") from error
    for one in columns:
        if group is None and names_groups(one, len(y)):
            remarks.append(
                f"{one.name} has {one.distinct:,} values in {len(y):,} rows: if equal ones belong together, as "
                f"rows of a patient do, and new rows will have others, say --group {one.name}"
            )
    if _MISSING not in remarks and any(one.missing for one in columns):
        remarks.append(_MISSING)
    leaks = _leaks(x, y, classes)
    if commas := [one.name for one in columns if one.decimal == ","]:
        remarks.append(f"commas are read as decimal signs in {_listed(commas, 'and')}")
    columns = tuple(one._replace(remarks=(*one.remarks, *leaks.get(one.name, ()))) for one in columns)
    if leaks:
        remarks.append(
            f"a leak is suspected in {_listed(list(leaks), 'and')}: leave out (--drop) what is not known beforehand"
        )
    found = Table(path, target, x, y, classes, groups, columns, tuple(remarks))
    if found.num_inputs > MOST_INPUTS:
        raise ValueError(
            f"{where} makes {found.num_inputs:,} inputs of its columns, more than {MOST_INPUTS:,}: drop some (--drop)"
        )
    return found


def _checked(where: str, names: list[str], target: str | None, drop: Sequence[str], group: str | None) -> str:
    """The target, if the table has the columns that are named, and not too many.

    Raises:
        ValueError: as `table` does.
    """
    if len(names) > MOST_INPUTS:
        raise ValueError(f"{where} has {len(names):,} columns, more than {MOST_INPUTS:,}: take fewer")
    if target is None:
        raise ValueError(f"target=None: name the column that is to be predicted; {where} has {_listed(names)}")
    for argument, asked in (("target", [target]), ("drop", list(drop)), ("group", [] if group is None else [group])):
        for one in asked:
            if one not in names:
                raise ValueError(f"{argument}={one!r:.80} must be a column of {where}; {_near(one, names)}")
    if target in drop:
        raise ValueError(f"drop={target!r:.80} must be other columns than the target, which is what is to be predicted")
    if group == target:
        raise ValueError(f"group={group!r:.80} must be another column than the target")
    return target


def _target(
    name: str, cells: Series, task: str | None, decimal: str, remarks: list[str]
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """The targets of the rows that are used, the names of classes, and which rows are used [n]."""
    missing = cells.isna().to_numpy()
    if missing.all():
        raise ValueError(f"has no value in its target {name!r}: every cell is missing")
    if pd.api.types.is_datetime64_dtype(cells):
        raise ValueError(f"has dates in its target {name!r}: classes and numbers are predicted")
    texts = cells.dtype == object
    numbers = np.full(len(cells), np.nan)
    if texts:
        commas = decimal_commas(numeric_texts(cells))
        sign = decimal if commas is None else "," if commas else "."
        numbers[~missing] = to_numbers(cells[~missing].astype(str), sign)
    else:
        numbers[~missing] = cells[~missing].to_numpy(float)
    wrong = ~missing & ~np.isfinite(numbers)
    if texts and task != CLASSES:
        empty = wrong & cells.str.lower().isin(NO_NUMBER).to_numpy(bool)
        if task == NUMBERS or ((wrong == empty).all() and not (missing | empty).all()):
            missing, wrong = missing | empty, wrong & ~empty
            if missing.all():
                raise ValueError(f"has no value in its target {name!r}: every cell is missing")
        if wrong.any() and (odd := with_signs(cells[~missing].unique())):
            raise ValueError(
                f"has a target {name!r} of numbers with signs, such as {odd!r:.40}: write plain numbers, or say --task "
                "classes"
            )
    if task is None:
        distinct = np.unique(numbers[~missing & ~wrong])
        whole = len(distinct) <= MOST_WHOLE_NUMBERS and (distinct == np.round(distinct)).all()
        if texts and 0 < wrong.sum() < 0.5 * (~missing).sum() and not whole:
            odd = cells[wrong].iloc[0]
            raise ValueError(
                f"has a target {name!r} of numbers and texts: {wrong.sum()} of its cells hold no number, such as "
                f"{odd!r:.40}; mend them, or say --task classes"
            )
        task = CLASSES if whole or (texts and wrong.any()) else NUMBERS
        if task == CLASSES and not texts and len(distinct) > 2:
            remarks.append(
                f"the target has {len(distinct)} whole numbers, taken for classes (--task numbers otherwise)"
            )
    if task == NUMBERS:
        if wrong.any():
            odd = cells[wrong].iloc[0]
            told = f"such as {odd!r:.40}" if texts else "which are infinite"
            raise ValueError(f"has {wrong.sum()} cells in its target {name!r} that hold no number, {told}")
        return _numbers(name, numbers, missing, remarks)
    return _classes(name, cells, missing, numbers, texts, remarks)


def _numbers(
    name: str, numbers: np.ndarray, missing: np.ndarray, remarks: list[str]
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    y = numbers[~missing]
    if (y == y[0]).all():
        raise ValueError(f"has {y[0]:g} in every row of its target {name!r}: there is nothing to predict")
    if np.abs(y).max() > 1e100:
        raise ValueError(f"has a target {name!r} that reaches {np.abs(y).max():.3g}: change its unit")
    _told_missing(name, missing, remarks)
    middle = float(np.subtract(*np.quantile(y, (0.75, 0.25))))  # the interquartile range
    spread = np.abs(y - np.median(y)) / (middle or np.inf)
    if (spread > 20).any():
        remarks.append(
            f"{(spread > 20).sum()} values of the target lie far from the others, up to {y[spread.argmax()]:.4g}: they "
            "decide a mean squared error"
        )
    return y, (), ~missing


def _classes(
    name: str, cells: Series, missing: np.ndarray, numbers: np.ndarray, texts: bool, remarks: list[str]
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    labels: Series = cells.astype(str) if texts else pd.Series([f"{one:.15g}" for one in numbers])
    counts = labels[~missing].value_counts()
    if len(counts) == 1:
        raise ValueError(f"has one class only in its target {name!r}, {counts.index[0]!r}: there is nothing to predict")
    if len(counts) > MOST_CLASSES or counts.iloc[0] == 1:
        raise ValueError(
            f"has {len(counts):,} different values in {(~missing).sum():,} rows of its target {name!r}: they are no "
            f"classes, of which there are at most {MOST_CLASSES}"
        )
    rare = counts[counts < FEWEST_OF_A_CLASS]
    kept = ~missing & ~labels.isin(rare.index).to_numpy()
    if len(counts) - len(rare) < 2:
        raise ValueError(
            f"has fewer than two classes in its target {name!r} with {FEWEST_OF_A_CLASS} rows or more: "
            f"{_listed([f'{one} {count}' for one, count in counts.items()], 'and')}"
        )
    _told_missing(name, missing, remarks)
    if len(rare):
        remarks.append(
            f"classes of fewer than {FEWEST_OF_A_CLASS} rows are left out with their rows: "
            f"{_listed([f'{one} ({count})' for one, count in rare.items()], 'and')}"
        )
    left = counts[counts >= FEWEST_OF_A_CLASS]
    if left.iloc[-1] < 0.1 * left.sum():
        remarks.append(
            f"the classes are far from balanced: {left.index[0]} is {left.iloc[0] / left.sum():.1%} of the rows, "
            f"{left.index[-1]} {left.iloc[-1] / left.sum():.1%}; an error may be small where the rare class is never "
            "answered, so look at the log loss as well"
        )
    classes = tuple(sorted(left.index, key=_order))
    places = {one: i for i, one in enumerate(classes)}
    return labels[kept].map(places).to_numpy(int), classes, kept


def _order(label: str) -> tuple[int, float, str]:
    """The key by which classes are sorted: numbers first, by value, then texts."""
    try:
        return (0, float(label), label)
    except ValueError:
        return (1, 0.0, label)


def _told_missing(name: str, missing: np.ndarray, remarks: list[str]) -> None:
    if missing.any():
        remarks += [f"{missing.sum():,} rows without a value in {name!r} are left out", _MISSING]


def _inputs(names: list[str], frame: Frame, decimal: str) -> tuple[tuple[Column, ...], Frame]:
    found = [judged(name, frame[name], decimal) for name in names]
    x = pd.DataFrame({column.name: values for column, values in found if values is not None}, index=frame.index)
    if not len(x.columns):
        reasons = _listed([f"{column.name}: {column.remarks[-1]}" for column, _ in found], "and")
        raise ValueError(f"has no column that can be used: {reasons}")
    return tuple(column for column, _ in found), x


def _groups(x: Frame, y: np.ndarray, classes: tuple[str, ...], remarks: list[str]) -> np.ndarray | None:
    """The group of each row, shared by its copies, which must not lie on both sides of a split; None without copies.

    Large groups would skew the splits, and a class of few groups would be missing in some; their rows are apart.
    """
    # Codes are hashed faster than objects; nan equals nan here.
    codes = pd.DataFrame({name: pd.factorize(x[name], use_na_sentinel=True)[0] for name in x})
    groups: Any = codes.groupby(list(codes), sort=False).ngroup().to_numpy()
    distinct = int(groups.max()) + 1
    if distinct == len(x):
        return None
    if distinct < _BELONG * len(x):
        remarks.append(
            f"there are {distinct:,} different rows of inputs among {len(x):,}: equal ones are no copies but what the "
            "columns cannot tell apart, and may lie on both sides of a split"
        )
        return None
    sizes = np.bincount(groups)
    most = max(_MOST_COPIES, int(_MOST_SHARE * len(x)))
    large = (sizes > most)[groups]
    if large.any():
        remarks.append(
            f"{large.sum():,} rows have inputs that more than {most:,} rows share: so many equal rows are no copies "
            "but what the columns cannot tell apart, and may lie on both sides of a split"
        )
        groups = _apart(groups, large)
    few = [i for i in range(len(classes)) if len(set(groups[y == i])) < FEWEST_OF_A_CLASS]
    if few:
        remarks.append(
            f"the inputs of fewer than {FEWEST_OF_A_CLASS} rows of {_listed([classes[i] for i in few], 'and')} differ: "
            "equal rows of such a class may lie on both sides of a split"
        )
        groups = _apart(groups, np.isin(y, few))
    copies = len(x) - len(set(groups))
    if not copies:
        return None
    spread: Any = pd.Series(y).groupby(groups).nunique()
    odd = int((spread > 1).sum())
    disagree = f"; in {odd:,} cases with different targets" if odd else ""
    remarks.append(
        f"{copies:,} {'row has' if copies == 1 else 'rows have'} the inputs of an earlier one{disagree}; equal rows "
        "are kept on one side of every split"
    )
    return groups


def _given_groups(name: str, cells: Series, y: np.ndarray, classes: tuple[str, ...], remarks: list[str]) -> np.ndarray:
    """The group of each row by the cells of a column; a row without a cell is alone."""
    groups = pd.factorize(cells, use_na_sentinel=True)[0]
    groups = _apart(groups, groups < 0)
    counts = {"the table": len(set(groups))}
    counts |= {f"class {one!r:.40}": len(set(groups[y == i])) for i, one in enumerate(classes)}
    few, count = min(counts.items(), key=lambda pair: pair[1])
    if count < FEWEST_GROUPS:
        raise ValueError(
            f"has {count} different cells of {name!r} (--group) in {few}: it takes {FEWEST_GROUPS} or more to split "
            "rows by them"
        )
    largest = float(np.unique(groups, return_counts=True)[1].max()) / len(y)
    big = f"; the largest has {largest:.0%} of the rows, so parts differ in size" if largest > _LARGE else ""
    remarks.append(
        f"rows of equal {name} are kept on one side of every split ({counts['the table']:,} groups{big}); "
        "it is no input; intervals over single rows take them for independent"
    )
    return groups


def _apart(groups: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same groups, but each of the rows [n], which are flags, has one of its own."""
    return np.where(rows, groups.max() + 1 + np.arange(len(groups)), groups)


def _leaks(x: Frame, y: np.ndarray, classes: tuple[str, ...]) -> dict[str, list[str]]:
    """A remark on each column that alone gives the target away, as one would that is known only afterwards."""
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = np.random.default_rng(0).permutation(len(y))[:_LOOKED_AT]
    kinds = {name: x[name].dtype == object for name in x}
    cells = [pd.factorize(x[name])[0] if text else np.nan_to_num(x[name].to_numpy()) for name, text in kinds.items()]
    values = np.stack(cells, axis=1)[rows].astype(float)
    answers, found = y[rows], {}
    tree: Any = (
        DecisionTreeClassifier(max_leaf_nodes=max(2 * len(classes), 8), random_state=0)
        if classes
        else DecisionTreeRegressor(min_samples_leaf=2, random_state=0)
    )
    places = range(len(kinds))
    if len(kinds) > _LOOKED_THROUGH:  # those that a tree on all columns uses most
        places = np.argsort(-tree.fit(values, answers).feature_importances_, kind="stable")[:_LOOKED_THROUGH]
    for i in places:
        told = cross_val_predict(tree, values[:, [i]], answers, cv=3)
        if classes:
            most = np.bincount(answers).max() / len(answers)
            explained = (np.mean(told == answers) - most) / (1 - most)
        else:
            explained = 1 - np.mean((told - answers) ** 2) / np.var(answers)
        if explained >= LEAK:
            of = "what a constant answer gets wrong" if classes else "the variance"
            found[list(kinds)[i]] = [f"it alone tells {explained:.1%} of {of}: would it be known before the target is?"]
    return found


def lines(found: Table, most: int = MOST_INPUTS) -> list[str]:
    """The table in words, with a line for each column; of more than `most` columns, those with remarks come first."""
    counts = {kind: sum(one.kind == kind for one in found.columns) for kind in (NUMBER, CATEGORY, DATE, LEFT_OUT)}
    inputs = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    told = [f"{found.name}: {len(found.y):,} rows; columns: {inputs}; {found.num_inputs:,} inputs of a network"]
    if found.classes:
        shares = np.bincount(found.y) / len(found.y)
        balance = _listed([f"{one} {share:.1%}" for one, share in zip(found.classes, shares, strict=True)], "and")
        told.append(f"target {found.target}: {len(found.classes)} classes, {balance}")
    else:
        y = found.y
        told.append(
            f"target {found.target}: numbers from {y.min():.4g} to {y.max():.4g}, mean {y.mean():.4g}, standard "
            f"deviation {y.std():.4g}"
        )
    told += [f"note: {one}" for one in found.remarks]
    many = len(found.columns) > most
    shown = sorted(found.columns, key=lambda one: not one.remarks)[:most] if many else found.columns
    for one in shown:
        missing = f", {one.missing:,} missing" if one.missing else ""
        values = f": {one.values}" if one.values else ""
        remarks = f" ({'; '.join(one.remarks)})" if one.remarks else ""
        told.append(f"  {one.name}: {one.kind}{values}{missing}{remarks}")
    return told if not many else [*told, f"  and {len(found.columns) - len(shown):,} more"]


def _near(name: str, names: list[str]) -> str:
    lower = {one.lower(): one for one in names}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)
    return f"did you mean {lower[near[0]]!r}?" if near else f"its columns are {_listed(names)}"


def _listed(words: Sequence[str], last: str = "") -> str:
    most = 6
    shown = [
        *(one if len(one) <= 40 else f"{one[:37]}..." for one in words[:most]),
        *([f"{len(words) - most} more"] if len(words) > most else []),
    ]
    if last and len(shown) > 1:
        return f"{', '.join(shown[:-1])} {last} {shown[-1]}"
    return ", ".join(shown)
