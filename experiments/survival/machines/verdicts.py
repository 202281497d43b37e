"""The table and the verdicts of `survival.machines`: any number of workers or shards, and workers that are killed."""

from collections.abc import Sequence

import xarray as xr

from experiments.lab.text import plural
from experiments.lab.verdicts import AIM, NOT_REPRODUCED, NOT_SETTLED, REPRODUCED, Rule, Statement, Verdict
from experiments.survival.machines.config import Config
from experiments.survival.machines.workers import KINDS

KILLED_RULE = (
    "Reproduced when a worker was killed while blocks were left and every bit equals that of one process{more}; not "
    "settled when none was killed in time; otherwise not reproduced."
)
SETTLED_BY = "another run, in which the worker is killed in time"


def equal_statement(kind: str, counts: Sequence[int]) -> Statement:
    """That any number of workers or shards gives the same bits."""
    *some, last = map(str, counts)
    many = f"{', '.join(some)} or {last}" if some else last
    who = {"workers": "worker processes of Dask", "shards": "processes that share a store, each with its shard,"}[kind]
    rule = (
        f"Reproduced when every one of {plural(len(counts), 'sweep')} equals it in every bit and no block is trained "
        "twice, otherwise not reproduced."
    )
    return Statement(
        kind, f"{many} {who} give the same bits as one process.", AIM, "", Rule(rule), len(counts),
        "sweeps equal",
    )  # fmt: skip


WORKER_KILLED = Statement(
    "worker-killed", "When a worker of Dask is killed, another trains its blocks, and the results have the same bits.",
    AIM, "", Rule(KILLED_RULE.format(more="")), 1, "sweeps equal", SETTLED_BY,
)  # fmt: skip
POOL_KILLED = Statement(
    "pool-killed", "When a process of a pool is killed, the error says how to go on, and the same call then gives the "
    "same bits.",
    AIM, "", Rule(KILLED_RULE.format(more=", and the error says how to go on")), 1, "sweeps equal", SETTLED_BY,
)  # fmt: skip


# What is killed, one of them and several.
VICTIMS = {
    WORKER_KILLED.id: ("worker of Dask", "workers of Dask"),
    POOL_KILLED.id: ("process of a pool", "processes of a pool"),
}


def statements(config: Config) -> list[Statement]:
    """Any number of workers, any number of shards, and the two ways in which a worker is killed."""
    equal = [equal_statement("workers", config.workers), equal_statement("shards", config.shards)]
    return [*equal, WORKER_KILLED, POOL_KILLED]


def table(data: xr.Dataset) -> list[dict]:
    """A row per way."""
    rows = []
    for way in data.way.values:
        one = data.sel(way=way)
        row = {"way": str(way), "processes": int(one.processes), "killed": int(one.killed), "equal": bool(one.equal)}
        row |= {"networks": data.attrs["blocks"] * data.attrs["networks"], "networks_wrong": int(one.wrong)}
        rows.append(row | {name: int(one[name]) for name in ("blocks", "begun", "again")})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The verdict on every statement."""
    dask, shards, pool = (data.isel(way=(data.kind == kind).values) for kind in KINDS)
    # The last of Dask's is the one in which a worker was to be killed.
    whole, broken = dask.isel(way=slice(0, -1)), dask.isel(way=[-1])
    found = [_equal(kind, ways) for kind, ways in (("workers", whole), ("shards", shards)) if ways.sizes["way"]]
    return [*found, _killed(WORKER_KILLED, broken), _killed(POOL_KILLED, pool)]


def _equal(kind: str, ways: xr.Dataset) -> Verdict:
    equal, count = int(ways.equal.sum()), ways.sizes["way"]
    good = equal == count and not ways.again.any()
    what = {"workers": "worker processes of Dask", "shards": "shards of a store"}[kind]
    return equal_statement(kind, ways.processes.values.tolist()).verdict(
        f"{equal} of {plural(count, 'sweep')} (by {', '.join(map(str, ways.processes.values))} {what}) have the same "
        f"bits as the sweep in one process. Blocks trained twice: {int(ways.again.sum())}.",
        equal, n=count, outcome=REPRODUCED if good else NOT_REPRODUCED,
    )  # fmt: skip


def _killed(one: Statement, ways: xr.Dataset) -> Verdict:
    equal, killed, told = bool(ways.equal.all()), bool((ways.killed > 0).all()), bool(ways.told.all())
    again, told_too = int(ways.again.sum()), told or one is WORKER_KILLED
    outcome = NOT_SETTLED if not killed else REPRODUCED if equal and told_too else NOT_REPRODUCED
    count, (what, several) = int(ways.killed.sum()), VICTIMS[one.id]
    was = f"{count or 'No'} {what if count < 2 else several} {'was' if count < 2 else 'were'} killed"
    same = f"the results {'have' if equal else 'do not have'} the same bits as those of one process"
    says = "" if one is WORKER_KILLED else f". The error {'said' if told else 'did not say'} how to go on"
    blocks = plural(int(ways.blocks.sum()), "block")
    return one.verdict(
        f"{was}. {again} of {blocks} {'was' if again == 1 else 'were'} trained again, and {same}{says}.",
        int(equal), n=count or None, outcome=outcome,
    )  # fmt: skip
