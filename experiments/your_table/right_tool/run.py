"""The run of `right_tool`: describe, tell what it takes, tune and compare on folds, and look at the test part once."""

import functools
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import xarray as xr

from experiments.your_table.right_tool import curve, export, looks, methods, price, report, splits
from experiments.your_table.right_tool.config import Config, check
from experiments.your_table.right_tool.splits import Split
from experiments.your_table.right_tool.summary import METHODS, NETWORK
from experiments.your_table.shared import describe
from experiments.your_table.shared.describe import Table


def run(config: Config) -> xr.Dataset:
    """Errors [tool, split] and all else that the answer is made of; the network goes into attrs["files"]."""
    check(config)
    table = describe.table(config.data, config.target, config.task, config.drop, config.rows, config.seed)
    parts = splits.split(table, config.folds, config.repeats, config.seed)
    print("\n".join(describe.lines(table)), flush=True)
    cost = price.expected(table, parts, config)
    print(price.told(cost), flush=True)
    price.check(cost, config.most_minutes)

    fits, last = _fits(table, parts, config)
    found = _on_folds(table, parts, fits)
    print("all methods are tuned; next the learning curve", file=sys.stderr, flush=True)
    parts_of_rows = curve.measured(table, parts, fits, found, config)
    tested = looks.on_test_part(table, parts.tested, last)
    seen = looks.on_folds(table, parts, fits, config)
    data = xr.merge([found, parts_of_rows, tested, seen]).assign_attrs(
        seen.attrs,
        data=table.name, target=table.target, task=table.task, classes=list(table.classes), scale=float(table.y.std()),
        rows=len(parts.others), tested=len(parts.tested), trained=len(parts.folds[0][0]), inputs=table.num_inputs,
        second="log_loss" if table.classes else "absolute_error", trials=config.trials,
        overlap=1 / (config.folds - 1), columns=json.dumps([one._asdict() for one in table.columns]),
        chosen={name: methods.chosen(name, last[name]) for name in METHODS}, remarks=list(table.remarks),
    )  # fmt: skip
    files = export.files(table, last[NETWORK])
    return data.assign_attrs(files=files | {"report.md": report.text(table, data)})


def _fits(table: Table, parts: Split, config: Config) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """Every method, tuned and fitted in every fold, and once more on all rows that are not tested.

    The networks are trained beside the others, which take one core each.
    """
    places = [*(train for train, _ in parts.folds), parts.others]

    def job(name: str, i: int) -> Any:
        return methods.fitted(name, table, places[i], config, config.seed + i)

    others = [(name, i) for name in METHODS if name != NETWORK for i in range(len(places))]
    jobs = [functools.partial(job, *one) for one in others]
    with methods.quietly(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(methods.in_turn, jobs, len(parts.others))
        networks = [job(NETWORK, i) for i in range(len(places))]
        made = dict(zip(others, waiting.result(), strict=True))
    rows = {name: [made[name, i] for i in range(len(places))] for name in METHODS if name != NETWORK}
    rows[NETWORK] = networks
    return {name: fits[:-1] for name, fits in rows.items()}, {name: fits[-1] for name, fits in rows.items()}


def _on_folds(table: Table, parts: Split, fits: dict[str, list[Any]]) -> xr.Dataset:
    """The error of every method on what each fold holds out, [tool, split], and a second measure of it."""
    error, second = np.empty((2, len(METHODS), len(parts.folds)))
    for i, (_, held_out) in enumerate(parts.folds):
        for m, name in enumerate(METHODS):
            _, errors, losses = methods.losses(table, fits[name][i], held_out)
            error[m, i], second[m, i] = looks.error(table, errors), losses.mean()
    dims = ("tool", "split")
    return xr.Dataset({"error": (dims, error), "second": (dims, second)}, {"tool": list(METHODS)})
