"""The table and the verdicts of `survival.changed`: what is refused and how, and what may be extended."""

import xarray as xr

from experiments.lab.verdicts import Statement, Verdict
from experiments.survival.changed.config import CHECKS, EXTENSION_CHECKS, Config
from experiments.survival.shared.counts import Count

# Each claim with the checks that a change, or an extension, must pass.
REFUSALS = (
    (
        Count(
            "refused", "A sweep with one changed setting is refused on the store of the unchanged one, before anything "
            "is trained.", "changes", "are refused before anything is trained",
            before="whether anything was trained did not count",
            says="{count} sweeps with one changed setting are refused before anything is trained.",
        ),
        ["refused", "nothing trained"],
    ),
    (
        Count(
            "field_named", "The refusal names the setting that has changed, and tells what the store has and what was "
            "asked for.", "changes", "are named by the refusal, with what the store has and what was asked for",
            before="the name alone counted",
            says="For {count} changes the refusal names the setting, its value in the store and the value asked for.",
        ),
        ["field named", "then and now told"],
    ),
    (
        Count(
            "store_untouched", "A sweep that is refused changes no byte of the store.", "changes",
            "leave every byte as it was",
            says="After {count} sweeps with one changed setting, every byte of the store is as it was.",
        ),
        ["store untouched"],
    ),
)  # fmt: skip
EXTENSIONS = (
    (
        Count(
            "as_in_memory", "A sweep whose axes have been extended, in any order, goes on, keeps every earlier result, "
            "and ends with the bits of one that is trained at once in memory.", "sweeps",
            "keep every earlier result and end with the same bits as in memory",
            before="only the bits at the end counted",
            says="{count} sweeps with extended axes go on, keep every earlier result, and end with the same bits as a "
            "sweep that is trained at once in memory.",
        ),
        list(EXTENSION_CHECKS),
    ),
)  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """The statements on refusals and on extensions."""
    return [one.statement for one, _ in REFUSALS + EXTENSIONS]


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
    """The verdict on every statement."""
    found = [(one, data.good.sel(check=checks).all("check")) for one, checks in REFUSALS]
    found += [(one, data.grown.sel(growth_check=checks).all("growth_check")) for one, checks in EXTENSIONS]
    return [one.verdict(int(good.sum()), good.size) for one, good in found]
