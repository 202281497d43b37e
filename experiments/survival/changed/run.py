"""The changes and extensions of `survival.changed`, and whether each passed its checks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import faults
from experiments.survival.changed import changes
from experiments.survival.changed.config import CHECKS, EXTENSION_CHECKS, Config
from experiments.survival.shared import files, sweeps


def run(config: Config) -> xr.Dataset:
    """Whether each change [change] was refused, and each extension [growth] went well."""
    with faults.workplace() as place:
        own = faults.module(place, changes.MODULE, changes.FUNCTIONS)
        base = changes.settings(own, config.num_steps, config.seeds)
        store = place / "runs.zarr"
        call(store, base)
        files.unfinished(store)
        changed = changes.refused(own, base)[:: config.every]
        rows = [passes(store, base, change) for change in changed]
        for what in ("wave", "size"):
            change, text = changes.edited(what)
            other = changes.settings(faults.module(place, changes.MODULE, text), config.num_steps, config.seeds)
            changed.append(change)
            rows.append(passes(store, other, change))
        own = faults.module(place, changes.MODULE, changes.FUNCTIONS)
        plain = changes.plain(config.num_steps, config.seeds)
        extended = changes.extensions(own, config.seeds)[:: config.every]
        grown = [goes_on(place / f"{i}.zarr", plain, extension) for i, extension in enumerate(extended)]
        # The store that refused all of this goes on with the settings it was made with.
        extended.append(changes.Extension("nothing, after all refusals", {}, {}))
        again = changes.settings(own, config.num_steps, config.seeds)
        grown.append([True, *2 * [sweeps.same(call(store, again).load(), call(None, again))]])
    return xr.Dataset(
        {"good": (("change", "check"), np.array(rows)), "grown": (("growth", "growth_check"), np.array(grown))},
        {
            "change": [change.what for change in changed],
            "field": ("change", [change.field for change in changed]),
            "check": list(CHECKS),
            "growth": [extension.what for extension in extended],
            "growth_check": list(EXTENSION_CHECKS),
        },
    )


def call(store: Path | None, given: Mapping[str, Any]) -> xr.Dataset:
    """Run the sweep with these settings, `data` included."""
    given = dict(given)
    data = given.pop("data")
    return nnjax.sweep(data, **given, store=store, progress=False)


def passes(store: Path, base: Mapping[str, Any], change: changes.Change) -> list[bool]:
    """Call the sweep with this setting changed; return whether each of CHECKS holds."""
    given = {name: value for name, value in base.items() if name not in change.gone} | dict(change.given)
    before, said = faults.contents(store), ""
    trained = []

    def forbidden(event: nnjax.hooks.Event) -> None:
        if event.kind == "train":
            trained.append(event.job)
            raise AssertionError("trained")

    with nnjax.hooks.listening(forbidden), change.around():
        try:
            call(store, given)
        except ValueError as error:
            said = str(error)
        except Exception as error:
            said = f"not refused: {type(error).__name__}"
    refused = "holds another sweep" in said
    named = f"\n  {change.field}: " in said
    told = all(text in said for text in change.says)
    return [refused, named, told, not trained, faults.contents(store) == before]


def goes_on(store: Path, plain: Mapping[str, Any], extension: changes.Extension) -> list[bool]:
    """Extend the axes of a sweep; return whether each of EXTENSION_CHECKS holds."""
    old = call(store, {**plain, **extension.before}).load()
    try:
        new = call(store, {**plain, **extension.after}).load()
    except ValueError:
        return [False, False, False]
    kept = new.sel({dim: old[dim].values for dim in old.dims if dim in old.coords and dim in new.coords})
    return [True, sweeps.same(kept, old), sweeps.same(new, call(None, {**plain, **extension.after}))]
