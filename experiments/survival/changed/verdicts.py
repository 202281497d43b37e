"""The table and the verdicts of `survival.changed`: what is refused and how, and what may be extended."""

import xarray as xr

from experiments.lab.verdicts import Statement, Verdict
from experiments.survival.changed.config import CHECKS, EXTENSION_CHECKS, Config
from experiments.survival.shared.counts import Count

REFUSALS = {
    "refused": Count(
        "refused", "A sweep with one changed setting is refused on the store of the unchanged one.", "changes",
        "are refused",
    ),
    "field named": Count("field_named", "The refusal names the setting that has changed.", "changes",
        "are named by the refusal"),
    "store untouched": Count(
        "store_untouched", "A sweep that is refused changes no byte of the store.", "changes",
        "leave every byte as it was",
    ),
}  # fmt: skip
EXTENSIONS = {
    "as in memory": Count(
        "as_in_memory", "A sweep whose axes have been extended, in any order, goes on, and ends with the bits of one "
        "that is trained at once in memory.", "sweeps", "end with the same bits as in memory",
    ),
}  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """Of every check that is judged."""
    return [one.statement for one in (REFUSALS | EXTENSIONS).values()]


def table(data: xr.Dataset) -> list[dict]:
    """A row per change, then a row per extension."""
    rows = []
    for i, what in enumerate(data.change.values):
        row = {"what": str(what), "field": str(data.field.values[i]), "kind": "changed"}
        rows.append(row | {check: bool(data.good.values[i, j]) for j, check in enumerate(CHECKS)})
    for i, what in enumerate(data.growth.values):
        row = {"what": str(what), "field": "", "kind": "grown", **dict.fromkeys(CHECKS, "")}
        rows.append(row | {check: bool(data.grown.values[i, j]) for j, check in enumerate(EXTENSION_CHECKS)})
    return [{**row, **{check: row.get(check, "") for check in EXTENSION_CHECKS}} for row in rows]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Of every statement."""
    changed, extended = data.good.transpose("check", "change"), data.grown.transpose("growth_check", "growth")
    found = [(one, changed.sel(check=name)) for name, one in REFUSALS.items()]
    found += [(one, extended.sel(growth_check=name)) for name, one in EXTENSIONS.items()]
    return [one.verdict(int(good.sum()), good.size) for one, good in found]
