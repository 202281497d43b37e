"""The run of `right_tool`: describe, print the expected cost, tune and compare on folds, use the test part once."""

import functools
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.your_table.right_tool import curve, export, looks, methods, price, report, splits
from experiments.your_table.right_tool.config import FULL, QUICK, Config
from experiments.your_table.right_tool.splits import Split
from experiments.your_table.right_tool.summary import METHODS, NETWORK
from experiments.your_table.shared import describe
from experiments.your_table.shared.describe import Table

MOST_LINES = 60  # of columns, in the terminal; the report has all


def run(config: Config) -> xr.Dataset:
    """Errors [tool, split] and all else that the answer is made of; the network goes into attrs["files"]."""
    checks.check(config)
    told = (config.data, config.target, config.task, config.drop or (), config.rows, config.seed, config.group)
    table = describe.table(*told)
    parts = splits.split(table, config.folds, config.repeats, config.seed)
    splits.check(table, parts, config.inner_folds)
    cost = price.expected(table, parts, config)
    if config not in (QUICK, FULL):  # presets run among other claims, and their cost is known
        print("\n".join([*describe.lines(table, MOST_LINES), price.told(cost)]), flush=True)
    price.check(cost, config.most_minutes)

    tuned = _tuned(table, parts, config)
    found = _on_folds(tuned)
    print(f"{table.name}: all methods are tuned; next the learning curve", file=sys.stderr, flush=True)
    settings = {name: [one.setting for one in row[:-1]] for name, row in tuned.items()}
    parts_of_rows = curve.measured(table, parts, settings, found, config)
    last = {name: row[-1] for name, row in tuned.items()}
    tested = looks.on_test_part(table, parts.tested, {name: one.fit for name, one in last.items()})
    seen = looks.on_folds(table, parts, [one.fit for one in tuned[NETWORK][:-1]], config)
    data = xr.merge([found, parts_of_rows, tested, seen]).assign_attrs(
        seen.attrs,
        data=table.name, target=table.target, task=table.task, classes=list(table.classes), scale=float(table.y.std()),
        rows=len(parts.others), tested=len(parts.tested), trained=len(parts.folds[0][0]), inputs=table.num_inputs,
        second="log_loss" if table.classes else "absolute_error", trials=config.trials,
        steps=config.steps or 0, members=config.members, overlap=1 / (config.folds - 1),
        chosen={name: methods.chosen(name, last[name].fit, table) for name in METHODS},
    )  # fmt: skip
    files = export.files(table, last[NETWORK].fit)
    return data.assign_attrs(files=files | {"report.md": report.text(table, data)})


class Tuned(NamedTuple):
    """A method tuned on some rows: its error on the held-out rows and a second measure (nan where none are held out),
    the setting that was found (None there), and what was fitted (None where it is no longer needed)."""

    error: float
    second: float
    setting: Any
    fit: Any


def _tuned(table: Table, parts: Split, config: Config) -> dict[str, list[Tuned]]:
    """Every method, tuned and fitted in every fold, and once more on all rows that are not tested.

    The networks are trained beside the others.
    """
    pairs = [*parts.folds, (parts.others, None)]

    def job(name: str, i: int) -> Tuned:
        rows, held_out = pairs[i]
        fit = methods.fitted(name, table, rows, config, config.seed + i)
        if held_out is None:
            return Tuned(np.nan, np.nan, None, fit)
        _, errors, losses = methods.losses(table, fit, held_out)
        kept = fit if name == NETWORK else None
        return Tuned(looks.error(table, errors), float(losses.mean()), methods.setting(name, fit), kept)

    others = [(name, i) for name in METHODS if name != NETWORK for i in range(len(pairs))]
    jobs = [functools.partial(job, *one) for one in others]
    with methods.quietly(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(methods.together, jobs, len(parts.others))
        made = {(NETWORK, i): job(NETWORK, i) for i in range(len(pairs))}
        made |= dict(zip(others, waiting.result(), strict=True))
    return {name: [made[name, i] for i in range(len(pairs))] for name in METHODS}


def _on_folds(tuned: dict[str, list[Tuned]]) -> xr.Dataset:
    """The error of every method on the held-out rows of each fold [tool, split], and a second measure."""
    values = {key: [[getattr(one, key) for one in tuned[name][:-1]] for name in METHODS] for key in ("error", "second")}
    return xr.Dataset({name: (("tool", "split"), own) for name, own in values.items()}, {"tool": list(METHODS)})
