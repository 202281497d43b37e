"""A sweep does not go on in the store of another: every changed setting is refused, and named.

Source: the project's own target.

Protocol: a store holds a sweep that uses every kind of setting, and half of it is finished. Then one thing is changed,
and the sweep is called again: a value on each axis, each constant, number and table, the data, the text of a function
of the user's own, versions, the library's source, device, processor. The error must name the field and tell what was
there and what is here; nothing may be trained, and no byte of the store changed. After that, axes that grow: what was
there before must stay, bit for bit, and all must be as if it had been trained at once in memory.

    python -m experiments survival.changed                  # 30 s, every fourth setting
    python -m experiments survival.changed --preset full    # 1 min

Outputs: changed; table.csv has a row per change.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import Verdict, cli, faults
from experiments.survival import _changes, _fault_counts, _growths, _sweep
from nnjax.engine import gathering
from nnjax.engine.store import reading

COMMAND = "python -m experiments survival.changed --preset full"
CHECKS = ("refused", "field named", "then and now told", "nothing trained", "store untouched")
GROWTH_CHECKS = ("goes on", "old numbers stay", "as in memory")


@dataclass(frozen=True)
class Config:
    """The sweep, and which settings are changed."""

    num_steps: int = 6  # fixed: updates of each network
    seeds: int = 3  # fixed: of each setting
    every: int = 1  # fixed: every so-manieth setting is changed, every so-manieth axis grows


FULL = Config()
QUICK = Config(every=4)


def run(config: Config) -> xr.Dataset:
    """Whether each change [change] was refused, and each growth [growth] went well."""
    with faults.workplace() as place:
        own = faults.module(place, _changes.MODULE, _changes.FUNCTIONS)
        base = _changes.settings(own, config.num_steps, config.seeds)
        store = _unfinished(place / "runs.zarr", base)
        changes = _changes.refused(own, base)[:: config.every]
        rows = [_change(store, base, change) for change in changes]
        for what in ("wave", "size"):
            change, text = _changes.edited(what)
            other = _changes.settings(faults.module(place, _changes.MODULE, text), config.num_steps, config.seeds)
            changes.append(change)
            rows.append(_change(store, other, change))
        own = faults.module(place, _changes.MODULE, _changes.FUNCTIONS)
        plain = _growths.plain(config.num_steps, config.seeds)
        growths = _growths.grows(own, config.seeds)[:: config.every]
        grown = [_growth(place / f"{i}.zarr", plain, growth) for i, growth in enumerate(growths)]
        # The store that refused all of this goes on with what it was made with.
        growths.append(_growths.Growth("nothing, after all refusals", {}, {}))
        again = _changes.settings(own, config.num_steps, config.seeds)
        grown.append([True, *2 * [_sweep.same(_call(store, again).load(), _call(None, again))]])
    return xr.Dataset(
        {"good": (("change", "check"), np.array(rows)), "grown": (("growth", "growth_check"), np.array(grown))},
        {
            "change": [change.what for change in changes],
            "field": ("change", [change.field for change in changes]),
            "check": list(CHECKS),
            "growth": [growth.what for growth in growths],
            "growth_check": list(GROWTH_CHECKS),
        },
    )


def _call(store: Path | None, given: Mapping[str, Any]) -> xr.Dataset:
    given = dict(given)
    data = given.pop("data")
    return nnjax.sweep(data, **given, store=store, progress=False)


def _unfinished(store: Path, base: Mapping[str, Any]) -> Path:
    """A store of which every second block is to be trained again."""
    _call(store, base)
    for file in [file for file in reading.chunk_files(store) if file.is_relative_to(store / "status")][::2]:
        file.unlink()
    return store


def _change(store: Path, base: Mapping[str, Any], change: _changes.Change) -> list[bool]:
    """Call the sweep with this setting changed: whether each of CHECKS holds."""
    given = {name: value for name, value in base.items() if name not in change.gone} | dict(change.given)
    before, said = faults.contents(store), ""
    with mock.patch.object(gathering, "train_wave", side_effect=AssertionError("trained")) as trained, change.around():
        try:
            _call(store, given)
        except ValueError as error:
            said = str(error)
        except Exception as error:
            said = f"not refused: {type(error).__name__}"
    refused = "holds another sweep" in said
    named = f"\n  {change.field}: " in said
    told = all(text in said for text in change.says)
    return [refused, named, told, not trained.called, faults.contents(store) == before]


def _growth(store: Path, plain: Mapping[str, Any], growth: _growths.Growth) -> list[bool]:
    """Let a sweep grow: whether each of GROWTH_CHECKS holds."""
    old = _call(store, {**plain, **growth.before}).load()
    try:
        new = _call(store, {**plain, **growth.after}).load()
    except ValueError:
        return [False, False, False]
    kept = new.sel({dim: old[dim].values for dim in old.dims if dim in old.coords and dim in new.coords})
    return [True, _sweep.same(kept, old), _sweep.same(new, _call(None, {**plain, **growth.after}))]


def figures(data: xr.Dataset) -> dict:
    """changed: each change and each growth, check by check."""
    from experiments.lab.figures import caption
    from experiments.survival import _fault_figures

    half = (data.sizes["change"] + 1) // 2
    columns = [textwrap.fill(str(check), 9) for check in data.check.values]
    fig, axes = _fault_figures.columns("One setting is another, and the sweep is called again", half, 2)
    for ax, part in zip(axes, (slice(0, half), slice(half, None)), strict=True):
        one = data.isel(change=part)
        rows = [_row(what, field) for what, field in zip(one.change.values, one.field.values, strict=True)]
        _fault_figures.matrix(ax, rows, columns, one.good.values.astype(int), np.ones(len(rows), int))
    all_good = int(data.good.all("check").sum())
    text = (
        "Claimed: a sweep does not go on in the store of another; every changed setting is refused, and named. Found: "
    )
    text += f"of {data.sizes['change']} changes {int(data.good.sel(check='refused').sum())} were refused, "
    text += f"{int(data.good.sel(check='field named').sum())} by name; {all_good} passed every check."
    caption(fig, text)
    growth = _fault_figures.counts(
        "An axis has grown, and the sweep is called again",
        [str(what) for what in data.growth.values],
        list(map(str, data.growth_check.values)),
        data.grown.values.astype(int),
        np.ones(data.sizes["growth"], int),
    )
    text = "Claimed: an axis may grow, and its values come in another order. Found: "
    text += f"{int(data.grown.all('growth_check').sum())} of {data.sizes['growth']} sweeps went on, kept every old "
    text += "number bit for bit, and are what they are when trained at once."
    caption(growth, text)
    return {"changed": fig, "grown": growth}


def _row(what: Any, field: Any) -> str:
    return str(what) if what == field else f"{what} ({field})"


def table(data: xr.Dataset) -> list[dict]:
    """A row per change, then a row per growth."""
    rows = []
    for i, what in enumerate(data.change.values):
        row = {"what": str(what), "field": str(data.field.values[i]), "kind": "changed"}
        rows.append(row | {check: bool(data.good.values[i, j]) for j, check in enumerate(CHECKS)})
    for i, what in enumerate(data.growth.values):
        row = {"what": str(what), "field": "", "kind": "grown", **dict.fromkeys(CHECKS, "")}
        rows.append(row | {check: bool(data.grown.values[i, j]) for j, check in enumerate(GROWTH_CHECKS)})
    return [{**row, **{check: row.get(check, "") for check in GROWTH_CHECKS}} for row in rows]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """What is refused and how, and what may grow."""
    claims = {
        "refused": "A sweep with one setting changed is refused",
        "field named": "The refusal names the field",
        "then and now told": "The refusal tells what was there and what is here",
        "nothing trained": "No network is trained before the refusal",
        "store untouched": "No byte of the store has changed after it",
    }
    growth_claims = {
        "goes on": "A sweep whose axes have grown, in any order, goes on",
        "old numbers stay": "What had been trained stays, bit for bit",
        "as in memory": "All is what it is when trained at once in memory, bit for bit",
    }

    def count(name: str, claim: str, good: xr.DataArray, unit: str) -> Verdict:
        return _fault_counts.counted(name.replace(" ", "_"), claim, int(good.sum()), good.size, unit, COMMAND)

    return [
        *(count(name, claim, data.good.sel(check=name), "changes") for name, claim in claims.items()),
        *(count(name, claim, data.grown.sel(growth_check=name), "sweeps") for name, claim in growth_claims.items()),
    ]


if __name__ == "__main__":
    cli.main(__file__)
