"""The races, kills and pairs of `survival.two_at_once`."""

import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import faults
from experiments.lab.stores import sessions
from experiments.survival.shared import files, sweeps
from experiments.survival.two_at_once import writers
from experiments.survival.two_at_once.config import BEGUN, EXTENDED, KINDS, NEW, SHARDS, THREADS, Config


def run(config: Config) -> xr.Dataset:
    """Races [kind, race], seconds until the next one may write [kill], who may write beside whom [holder, newcomer]."""
    given = sweeps.settings(config.blocks, config.networks, config.num_steps)
    reference = sweeps.sweep(None, given, config.networks).load()
    with faults.workplace() as place, writers.writers(2) as two:
        begun = _begun(place, given, config.networks)
        rows = []
        for kind in KINDS:
            for _ in range(config.races):
                store = faults.copied(begun[kind], place / "race" / "runs.zarr")
                rows.append(_race(two, kind, writers.Task(store, given, config.networks), reference))
        pairs = _pairs(two, place, given, config.networks, reference)
        kills = []
        for i in range(config.kills):
            kills.append(_kill(two[0], two[1], place, given, config.networks, reference))
            if i + 1 < config.kills:
                two[1] = writers.ready(1)[0]
    killed = {name: ("kill", [kill[i] for kill in kills]) for i, name in enumerate(("in_after", "after_kill_equal"))}
    columns = {
        name: (("kind", "race"), np.array([row[name] for row in rows]).reshape(-1, config.races)) for name in rows[0]
    }
    roles = list(SHARDS)
    return xr.Dataset(columns | pairs | killed, {"kind": list(KINDS), "holder": roles, "newcomer": roles})


def _begun(place: Path, given: dict[str, Any], networks: int) -> dict[str, Path]:
    """The store with which each kind of race begins."""
    found = {NEW: place / "none", THREADS: place / "none", BEGUN: place / "begun.zarr", EXTENDED: place / "half.zarr"}
    sweeps.sweep(found[BEGUN], given, networks)
    files.unfinished(found[BEGUN])
    half = given | {"learning_rate": given["learning_rate"][:2]}
    sweeps.sweep(found[EXTENDED], half, networks)
    return found


def _race(two: list[writers.Writer], kind: str, task: writers.Task, reference: xr.Dataset) -> dict[str, Any]:
    def look() -> bool:
        try:
            return sweeps.compared(sweeps.opened(task.store), reference)[1] == 0
        except Exception:  # whatever a reader gets instead of the results, the store cannot be read
            return False

    before = len(sessions(task.store))  # those of the copied store
    if kind == THREADS:
        answers, read = writers.threads(task), True
    else:
        answers, read = writers.race(two, task, look)
    done, refused = [a for a in answers if not a.kind], [a for a in answers if a.kind]
    good = len(done) == len(refused) == 1
    return {
        "writers": len(done),
        "sessions": len(sessions(task.store)) - before,
        "named": good and refused[0].refused_by(done[0].process, socket.gethostname()),
        "told_after": refused[0].ended - refused[0].started if good else np.nan,
        "apart": abs(answers[0].started - answers[1].started),
        "read": read,
        "equal": sweeps.same(nnjax.open_store(task.store).load(), reference),
    }


def _pairs(
    two: list[writers.Writer], place: Path, given: dict[str, Any], networks: int, reference: xr.Dataset
) -> dict[str, Any]:
    """Let a process in each role come while one in each role holds the store."""
    roles = [{"shard": shard} if shard else {} for shard in SHARDS.values()]
    shape = (len(roles), len(roles))
    admitted, named, equal = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    holder, newcomer = two
    for i, j in np.ndindex(*shape):
        store = faults.copied(place / "none", place / "pair" / "runs.zarr")
        task = writers.Task(store, given, networks)
        _hold(holder, task._replace(more=roles[i]))
        newcomer.ask(task._replace(waits=False, more=roles[j]))
        answer = newcomer.end()
        holder.go_on()
        end = holder.end()
        admitted[i, j] = not answer.kind
        named[i, j] = answer.refused_by(end.process, socket.gethostname())
        newcomer.ask(task._replace(waits=False))
        after = newcomer.end()
        equal[i, j] = not end.kind and not after.kind and sweeps.same(nnjax.open_store(store).load(), reference)
    dims = ("holder", "newcomer")
    return {"admitted": (dims, admitted), "holder_named": (dims, named), "pair_equal": (dims, equal)}


def _kill(
    other: writers.Writer,
    holder: writers.Writer,
    place: Path,
    given: dict[str, Any],
    networks: int,
    reference: xr.Dataset,
) -> tuple[float, bool]:
    """Kill a writer: the seconds until the next one may write, and whether the results are complete in the end."""
    store = faults.copied(place / "none", place / "kill" / "runs.zarr")
    task = writers.Task(store, given, networks)
    _hold(holder, task)
    before = time.time()
    holder.kill()
    other.ask(task._replace(waits=False))
    answer = other.end()
    equal = not answer.kind and sweeps.same(nnjax.open_store(store).load(), reference)
    return answer.inside - before, equal


def _hold(holder: writers.Writer, task: writers.Task) -> None:
    """Let a process take the right to write a store that no other process writes."""
    holder.ask(task)
    if holder.hear() != writers.INSIDE:
        raise RuntimeError("no other process writes this store, and yet it is refused")
