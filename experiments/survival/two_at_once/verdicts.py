"""The table and the verdicts of `survival.two_at_once`."""

import numpy as np
import xarray as xr

from experiments.lab.verdicts import Statement, Verdict
from experiments.survival.shared.counts import Count
from experiments.survival.two_at_once.config import SHARDS, THREADS, Config

TOGETHER = ({"0 of 2", "1 of 2"},)
MOST_SECONDS = 5.0  # from a kill until the next one may write

ONE = Count(
    "one", "Of two processes or threads that start the same sweep on one store at once, exactly one writes, and the "
    "results are complete in the end.", "races", "have exactly one writer and complete results",
    sampled=True, says="In {count} races exactly one of the two writes, and the results are complete in the end.",
)  # fmt: skip
NAMED = Count(
    "named", "Of two processes that start the same sweep at once, the one that is refused is told the host and the "
    "process of the writer.", "races",
    "end with the writer named", sampled=True,
    says="In {count} races the one that is refused is told the host and the process of the writer.",
)  # fmt: skip
READERS = Count(
    "readers", "While one process waits to write, the store can be read, and no finished network in it is wrong.",
    "races", "leave the store readable and its finished networks right", sampled=True,
    before="what was read was not compared",
    says="In {count} races the store can be read while one process waits to write, and no finished network is wrong.",
)  # fmt: skip
KILLED = Count(
    "killed", f"After a writer was killed the next one may write within {MOST_SECONDS:g} s, and finishes the sweep.",
    "kills", f"are followed within {MOST_SECONDS:g} s by another writer that finishes the sweep", sampled=True,
    says=f"After {{count}} kills of a writer the next one may write within {MOST_SECONDS:g} s, and finishes the sweep.",
)  # fmt: skip
PAIRS = Count(
    "pairs", "Two shards of one sweep write a store together, no other pair does, and the results are complete in the "
    "end.", "pairs", "are admitted or refused as claimed and end with complete results",
    before="the results were not looked at",
    says="{count} pairs of a writer and a newcomer {holds}.",
)  # fmt: skip


def statements(config: Config) -> list[Statement]:
    """The statements on exactly one writer, its name, readers, kills, and pairs that write together."""
    return [one.statement for one in (ONE, NAMED, READERS, KILLED, PAIRS)]


def expected() -> np.ndarray:
    """Whether each newcomer should be admitted beside each holder [holder, newcomer]."""
    return np.array([[{a, b} in TOGETHER for b in SHARDS] for a in SHARDS])


def good_pairs(data: xr.Dataset) -> np.ndarray:
    """Which pairs were admitted or refused as expected, and ended with complete results [holder, newcomer]."""
    return (data.admitted.values == expected()) & data.pair_equal.values


def table(data: xr.Dataset) -> list[dict]:
    """A row per kind of race, for the kills, and per pair."""
    rows = []
    for kind in data.kind.values:
        one = data.sel(kind=kind)
        row = {"what": f"race: {kind}", "times": data.sizes["race"], "exactly_one": int((one.writers == 1).sum())}
        read = "" if kind == THREADS else int(one.read.sum())  # nothing is read while threads race
        row |= {"named": int(one.named.sum()), "read": read, "equal": int(one.equal.sum())}
        rows.append(row | {"seconds": float(one.told_after.median()), "most_seconds": float(one.told_after.max())})
    row = {"what": "holder killed", "times": data.sizes["kill"], "exactly_one": "", "named": "", "read": ""}
    row |= {"equal": int(data.after_kill_equal.sum()), "seconds": float(data.in_after.median())}
    rows.append(row | {"most_seconds": float(data.in_after.max())})
    for a in data.holder.values:
        for b in data.newcomer.values:
            one = data.sel(holder=a, newcomer=b)
            row = {"what": f"{a} holds, {b} comes", "times": 1, "exactly_one": int(not one.admitted)}
            row |= {"named": int(one.holder_named), "read": "", "equal": int(one.pair_equal)}
            rows.append(row | {"seconds": "", "most_seconds": ""})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""

    def count(one: Count, good: xr.DataArray | np.ndarray) -> Verdict:
        return one.verdict(int(good.sum()), good.size)

    return [
        count(ONE, (data.writers == 1) & (data.sessions == 1) & data.equal),
        count(NAMED, data.named.sel(kind=data.kind != THREADS)),
        count(READERS, data.read.sel(kind=data.kind != THREADS)),  # nothing is read while threads race
        count(KILLED, (data.in_after < MOST_SECONDS) & data.after_kill_equal),
        count(PAIRS, good_pairs(data)),
    ]
