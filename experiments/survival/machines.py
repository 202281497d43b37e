"""The same blocks come out of any number of worker processes, and a worker that dies loses nothing.

Claim: a sweep gives the same bits whether this process trains it, or one, two or four worker processes of Dask's
`distributed`, or as many shards at the same time in one store. A worker that is killed costs time and no number: Dask
gives its blocks to another, and after a pool of processes of Python's own has broken, the same call goes on.

Source: the project's own target.

Protocol: 2-2-1 and 2-3-1 on XOR, four learning rates, 40 blocks of 512 networks. The reference is trained by two
threads of this process, in memory. Every way is compared with it in every bit of every variable, settings and plan
included. The worker that is killed (SIGKILL) is one that is training, once a quarter of the blocks have come back.
Worker processes note when they begin and finish a block.

    python -m experiments survival.machines                  # 40 s
    python -m experiments survival.machines --preset full    # 2 min

Outputs: machines; table.csv has a row per way.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import xarray as xr

from experiments.lab import NOT_REPRODUCED, REPRODUCED, Verdict, cli, processes
from experiments.survival import _sessions, _sweep, _workers

COMMAND = "python -m experiments survival.machines --preset full"
OWN = "the project's own target"


@dataclass(frozen=True)
class Config:
    """What is trained, and by how many."""

    workers: tuple[int, ...] = (1, 2, 4)  # scientific: worker processes of Dask
    shards: tuple[int, ...] = (1, 2, 4)  # scientific: processes that share a store
    blocks: int = 40  # fixed: of the sweep, a multiple of 8
    networks: int = 512  # fixed: in a block
    num_steps: int = 5_000  # fixed: a block trains for about 0.1 s


FULL = Config()
QUICK = Config(workers=(2,), shards=(2,), blocks=16)


def run(config: Config) -> xr.Dataset:
    """Every way [way] with what came of it, and every block that was begun [job]."""
    import distributed  # noqa: F401  before anything is trained: without it most ways cannot be tried

    given = _sweep.settings(config.blocks, config.networks, config.num_steps)
    reference = _sweep.sweep(None, given, config.networks, workers=2)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = _sessions.Place(Path(folder), config.networks, 1)
        ways = _workers.Ways(place, given, reference, after=config.blocks // 4)
        with mock.patch.dict(os.environ, processes.environment(place.folder / "programs")):
            for count in config.workers:
                ways.dask(count)
            ways.dask(2, kill=True)
            for count in config.shards:
                ways.shards(count)
            ways.pool(2)
    return ways.dataset().assign_attrs(blocks=config.blocks, networks=config.networks)


def figures(data: xr.Dataset) -> dict:
    """machines: who trained which block when."""
    from experiments.survival import _machines_figures

    return {"machines": _machines_figures.draw(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row per way."""
    rows = []
    for way in data.way.values:
        one = data.sel(way=way)
        row = {"way": str(way), "processes": int(one.processes), "killed": int(one.killed), "equal": bool(one.equal)}
        row |= {"networks": data.attrs["blocks"] * data.attrs["networks"], "networks_wrong": int(one.wrong)}
        rows.append(row | {"blocks": data.attrs["blocks"], "begun": int(one.begun), "again": int(one.again)})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Any number of workers, any number of shards, and the two ways in which a worker was killed."""
    dask, shards, pool = (data.isel(way=(data.kind == kind).values) for kind in _workers.KINDS)
    whole, broken = dask.isel(way=dask.killed.values == 0), dask.isel(way=dask.killed.values > 0)
    found = [
        _all_equal("workers", "Worker processes of Dask give the same bits as one process", whole),
        _all_equal("shards", "Processes that share a store train the same bits, each its shard", shards),
    ]
    claim = "A worker of Dask that is killed loses no number: its blocks are trained by another"
    found.append(_killed("worker-killed", claim, broken, data.attrs["blocks"], good=True))
    claim = "A pool of processes that has lost one says how to go on, and the same call then ends with the same bits"
    return [*found, _killed("pool-killed", claim, pool, data.attrs["blocks"], good=bool(pool.told.all()))]


def _all_equal(name: str, claim: str, ways: xr.Dataset) -> Verdict:
    equal, count = int(ways.equal.sum()), ways.sizes["way"]
    claim += f" ({', '.join(str(n) for n in ways.processes.values)} of them)"
    good = equal == count and not ways.again.any()
    outcome = REPRODUCED if good else NOT_REPRODUCED
    return Verdict(name, claim, OWN, count, equal, None, None, f"of {count} sweeps equal", outcome, COMMAND)


def _killed(name: str, claim: str, ways: xr.Dataset, blocks: int, good: bool) -> Verdict:
    """Reproduced where a worker was really killed while blocks were left, and all came out equal."""
    good = good and bool(ways.equal.all()) and bool((ways.killed > 0).all())
    unit = f"of {blocks} blocks trained again, {'every bit equal' if ways.equal.all() else 'other bits'}"
    outcome = REPRODUCED if good else NOT_REPRODUCED
    return Verdict(name, claim, OWN, "equal", int(ways.again.sum()), None, None, unit, outcome, COMMAND)


if __name__ == "__main__":
    cli.main(__file__)
