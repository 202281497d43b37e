"""The figures of `survival.changed`: each changed setting and each extension, check by check."""

import textwrap

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import caption
from experiments.survival.shared import figures as shared

LABELS = {
    "then and now told": "old and new told", "goes on": "goes on", "old numbers stay": "earlier results stay",
    "as in memory": "same bits as in memory",
}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """changed, with a row per setting, and grown, with a row per extension."""
    return {"changed": _changed(data), "grown": _extended(data)}


def _changed(data: xr.Dataset) -> Figure:
    """Two matrices side by side; a setting that was changed in several ways has one row."""
    fields = list(dict.fromkeys(data.field.values.tolist()))
    good = np.stack([data.good.values[data.field.values == field].sum(0) for field in fields])
    of = np.array([int((data.field.values == field).sum()) for field in fields])
    columns = [textwrap.fill(LABELS.get(str(check), str(check)), 9) for check in data.check.values]
    # Of a function the refusal names the shapes at which it computes something else; the row says what was changed.
    changed = dict(zip(data.field.values.tolist(), data.change.values.tolist(), strict=True))
    rows = [changed[field] if field.endswith((" neurons", " for 2-2-1")) else field for field in fields]
    half = (len(fields) + 1) // 2
    fig, axes = shared.side_by_side("A sweep with one changed setting is called on the same store", half, 2)
    for ax, part in zip(axes, (slice(0, half), slice(half, None)), strict=True):
        shared.matrix(ax, rows[part], columns, good[part], of[part])
    count = data.sizes["change"]
    caption(
        fig,
        f"Of {count} changes {int(data.good.sel(check='refused').sum())} were refused; "
        f"{int(data.good.sel(check='field named').sum())} refusals named the setting, and "
        f"{int(data.good.all('check').sum())} changes passed every check. Rows: settings, as the refusal names them; "
        f"numbers: changes of each that were tried. {shared.KEY}",
    )
    return fig


def _extended(data: xr.Dataset) -> Figure:
    columns = [LABELS[str(check)] for check in data.growth_check.values]
    rows, of = [str(what) for what in data.growth.values], np.ones(data.sizes["growth"], int)
    title = "A sweep with extended axes is called on the same store"
    fig = shared.counts(title, rows, columns, data.grown.values.astype(int), of)
    caption(
        fig,
        f"{int(data.grown.all('growth_check').sum())} of {len(rows)} sweeps with more values on an axis, or with its "
        "values in another order, went on, kept every earlier result bit for bit, and gave the same bits as when "
        "trained at once in memory.",
    )
    return fig
