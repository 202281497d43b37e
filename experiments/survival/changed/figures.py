"""The figures of `survival.changed`: how many changes and extensions passed each check, and which failed one."""

import textwrap
from collections import Counter
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.survival.shared import figures as shared

LABELS = {
    "field named": "setting named", "then and now told": "both values named",
    "old numbers stay": "earlier results stay", "as in memory": "same bits as in memory",
}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures changed and grown."""
    return {"changed": _changed(data), "grown": _extended(data)}


def _changed(data: xr.Dataset) -> Figure:
    # For a function, the refusal names the shapes at which it computes something else; the caption names the change.
    pairs = zip(data.field.values.tolist(), data.change.values.tolist(), strict=True)
    fields = [change if field.endswith((" neurons", " for 2-2-1")) else field for field, change in pairs]
    title = "Checks of a sweep with one changed setting, called on the same store"
    fig, key = _checks(title, "changes", fields, data.good)
    count = data.sizes["change"]
    caption(
        fig,
        f"{int(data.good.sel(check='refused').sum())} of {count} changes were refused, "
        f"{int(data.good.sel(check='field named').sum())} refusals named the setting, and "
        f"{int(data.good.all('check').sum())} changes passed every check. The changed settings, as the refusal names "
        f"them, with the number of changes if several: {_listed(fields)}. {key}",
    )
    return fig


CALLED = {
    "nothing": "nothing (the same call)",
    "a table with more": "more rows of a table of settings",
    "everything": "several of these at once",
    "nothing, after all refusals": "nothing, after all refused calls",
}


def _extended(data: xr.Dataset) -> Figure:
    names = [str(what) for what in data.growth.values]
    title = "Checks of a sweep with extended axes, called on the same store"
    fig, key = _checks(title, "extensions", names, data.grown)
    called = _listed([CALLED.get(name, name) for name in names])
    caption(
        fig,
        f"{int(data.grown.all('growth_check').sum())} of {len(names)} sweeps with more values on an axis, or with its "
        "values in another order, went on, kept every earlier result bit for bit, and gave the same bits as when "
        f"trained at once in memory. What changed from call to call: {called}. {key}",
    )
    return fig


def _checks(title: str, what: str, names: Sequence[str], good: xr.DataArray) -> tuple[Figure, str]:
    """A row for all, then one for each name [n] that failed a check [n, check]; and what the colours mean."""
    parts = {name: good.values[np.array(names) == name] for name in dict.fromkeys(names)}
    drawn = {f"all {len(names)} {what}": good.values} | {name: one for name, one in parts.items() if not one.all()}
    columns = [textwrap.fill(LABELS.get(check, check), 10) for check in map(str, good[good.dims[1]].values)]
    passed = np.array([one.sum(0) for one in drawn.values()])
    of = np.array([[len(one)] * len(columns) for one in drawn.values()])
    return shared.counts(title, list(drawn), columns, passed, of), shared.key(passed, of)


def _listed(names: Sequence[str]) -> str:
    """Each name once, with how often it occurs where that is more than once."""
    return "; ".join(f"{name} ({count})" if count > 1 else name for name, count in Counter(names).items())
