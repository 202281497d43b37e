"""What is looked at beside the errors: calibration, predictions against true numbers, the test part, and columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from experiments.your_table.right_tool import methods
from experiments.your_table.right_tool.config import Config
from experiments.your_table.right_tool.splits import Rows, Split
from experiments.your_table.right_tool.summary import ALPHA, METHODS
from experiments.your_table.shared.describe import Table
from nnjax import statistics

BINS, LEAST_OF_A_BIN = 10, 10
MOST_POINTS = 1_000
MOST_ROWS, MOST_SHUFFLES = 2_000, 1_000  # of a fold, and of all columns together, for importance


def error(table: Table, errors: np.ndarray) -> float:
    """The error over rows [n] of a method: the share that is wrong, or the root of the mean square."""
    return float(errors.mean()) if table.classes else float(np.sqrt(errors.mean()))


def with_interval(table: Table, errors: np.ndarray) -> statistics.Interval:
    """The error over rows [n] with its interval, for the chance of which rows are tested."""
    if table.classes:
        count = int(errors.sum())
        return statistics.Interval(count / len(errors), *map(float, statistics.wilson(count, len(errors))))
    found = statistics.mean(errors)
    return statistics.Interval(*np.sqrt(np.maximum(found[:3], 0.0)))


def on_test_part(table: Table, rows: Rows, fits: dict[str, Any]) -> xr.Dataset:
    """Errors [tool] on the test part with their intervals."""
    found = [with_interval(table, methods.losses(table, fits[name], rows)[1]) for name in METHODS]
    names = ("test_error", "test_low", "test_high")
    data = {name: ("tool", own) for name, own in zip(names, np.array(found).T, strict=True)}
    return xr.Dataset(data, {"tool": list(METHODS)})


def on_folds(table: Table, parts: Split, networks: Sequence[Any], config: Config) -> xr.Dataset:
    """How the network does on rows that it was not fitted to, each row once, and which columns it needs for them."""
    pairs = list(zip(networks, (held_out for _, held_out in parts.folds), strict=True))[: config.folds]
    y = table.y[np.concatenate([rows for _, rows in pairs])]
    answers = np.concatenate([methods.losses(table, fit, rows)[0] for fit, rows in pairs])
    found = calibration(answers, y) if table.classes else predicted(answers[:, 0], y)
    needed = importance(table, pairs, config.shuffles, config.seed)
    return xr.merge([found, needed]).assign_attrs(found.attrs, seen=len(y), shuffled=needed.attrs["rows"])


def importance(table: Table, pairs: Sequence[tuple[Any, Rows]], shuffles: int, seed: int) -> xr.Dataset:
    """How much the loss grows when a column's cells are shuffled among the rows, [column] with intervals.

    `pairs` are fitted networks, each with rows that it was not fitted to, of which at most MOST_ROWS are drawn. The
    loss is the log loss, or the squared error; intervals hold for all columns together (Bonferroni). With many columns
    each is shuffled fewer times.

    Source: Breiman 2001, Machine Learning 45, 5-32.
    """
    rng, which = np.random.default_rng(seed), 2 if table.classes else 1
    names = [str(name) for name in table.x]
    shuffles = max(1, min(shuffles, MOST_SHUFFLES // len(names)))
    pairs = [(fit, rng.permutation(rows)[:MOST_ROWS]) for fit, rows in pairs]
    more = np.zeros((len(names), sum(len(rows) for _, rows in pairs)))
    first = 0
    for fit, rows in pairs:
        x, plain = table.x.iloc[rows], methods.losses(table, fit, rows)[which]
        for j, name in enumerate(names):
            for _ in range(shuffles):
                dealt = x.assign(**{name: x[name].to_numpy()[rng.permutation(len(rows))]})
                more[j, first : first + len(rows)] += methods.losses(table, fit, rows, dealt)[which] - plain
        first += len(rows)
    found = [statistics.mean(own / shuffles, confidence=1 - ALPHA / len(names))[:3] for own in more]
    kinds = ("importance", "importance_low", "importance_high")
    columns = {kind: ("column", values) for kind, values in zip(kinds, np.array(found).T, strict=True)}
    return xr.Dataset(columns, {"column": names}, {"rows": first})


def calibration(chances: np.ndarray, y: np.ndarray) -> xr.Dataset:
    """For answers in bins of equal width by probability: the mean probability, and the share that is right [bin].

    `gap` is the mean probability of all answers minus the share that is right, with its interval.
    """
    certain, right = chances.max(axis=1), (chances.argmax(axis=1) == y).astype(float)
    number = np.clip(((certain - 1 / chances.shape[1]) / (1 - 1 / chances.shape[1]) * BINS).astype(int), 0, BINS - 1)
    bins: list[np.ndarray] = []
    for one in range(BINS):  # a bin of too few rows is merged with the next
        rows = np.flatnonzero(number == one)
        if bins and len(bins[-1]) < LEAST_OF_A_BIN:
            bins[-1] = np.concatenate([bins[-1], rows])
        else:
            bins.append(rows)
    bins = [one for one in bins if len(one)]
    hits, sizes = np.array([right[one].sum() for one in bins]), np.array([len(one) for one in bins])
    low, high = statistics.wilson(hits, sizes)
    found = statistics.mean(certain - right)
    values = {"bin_chance": [certain[one].mean() for one in bins], "bin_right": hits / sizes, "bin_low": low}
    values |= {"bin_high": high, "bin_count": sizes}
    data = xr.Dataset({name: ("bin", np.asarray(value)) for name, value in values.items()})
    data["gap"] = ("end", np.array(found[:3]))
    return data.assign_attrs(confidence=float(certain.mean()), right=float(right.mean()))


def predicted(outputs: np.ndarray, y: np.ndarray) -> xr.Dataset:
    """Predictions and true numbers [point], of at most MOST_POINTS rows."""
    some = np.sort(np.random.default_rng(0).permutation(len(y))[:MOST_POINTS])
    return xr.Dataset({"true": ("point", y[some]), "predicted": ("point", outputs[some])}).assign_attrs(
        explained=float(1 - np.mean((outputs - y) ** 2) / y.var()), points=len(y)
    )
