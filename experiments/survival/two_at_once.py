"""Of two processes that write one store, exactly one does.

Source: the project's own target. The right to write is a lock of the operating system (flock), which ends with its
holder however that ends.

Protocol: two processes stand ready and call the same sweep on the same store at the same moment: where there is no
store yet, where an unfinished one is, and where one has to grow. Whoever gets in holds its first block back until the
other has its answer, and the store is read meanwhile. So do two threads of one process. Then a holder is killed
(SIGKILL) while it writes, and the next one comes. Last, each of a whole writer, shard 0 and 1 of 2 and shard 0 of 3
holds the store while each of them comes: only the two shards of one sweep go together.

    python -m experiments survival.two_at_once                  # 15 s
    python -m experiments survival.two_at_once --preset full    # 3 min

Outputs: two_at_once; table.csv has a row per kind of race, for the kills, and per pair.
"""

import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import Verdict, cli, faults
from experiments.survival import _fault_counts, _racers, _sweep
from nnjax.engine.store import journal, reading

COMMAND = "python -m experiments survival.two_at_once --preset full"
NEW, BEGUN, GROWING, THREADS = "no store yet", "an unfinished store", "a store that grows", "two threads, no store yet"
ROLES: dict[str, dict[str, Any]] = {
    "whole": {},
    "0 of 2": {"shard": (0, 2)},
    "1 of 2": {"shard": (1, 2)},
    "0 of 3": {"shard": (0, 3)},
}
TOGETHER = ({"0 of 2", "1 of 2"},)


@dataclass(frozen=True)
class Config:
    """The sweep, and how often two meet."""

    blocks: int = 8  # fixed: of the sweep
    networks: int = 512  # fixed: of a block
    num_steps: int = 50  # fixed: updates of each network
    races: int = 50  # fixed: of each kind
    kills: int = 10  # fixed: of a holder


FULL = Config()
QUICK = Config(races=5, kills=1)


def run(config: Config) -> xr.Dataset:
    """Races [kind, race], seconds until the next one is in [kill], who is admitted beside whom [holder, newcomer]."""
    given = _sweep.settings(config.blocks, config.networks, config.num_steps)
    reference = _sweep.sweep(None, given, config.networks).load()
    with faults.workplace() as place, _racers.racers(2) as two:
        begun = _begun(place, given, config.networks)
        rows = []
        for kind in (NEW, BEGUN, GROWING, THREADS):
            for _ in range(config.races):
                store = faults.copied(begun[kind], place / "race" / "runs.zarr")
                rows.append(_race(two, kind, _racers.Task(store, given, config.networks), reference))
        pairs = _pairs(two, place, given, config.networks, reference)
        kills = []
        for i in range(config.kills):
            kills.append(_kill(two[0], two[1], place, given, config.networks, reference))
            if i + 1 < config.kills:
                two[1] = _racers.ready(1)[0]
    killed = {name: ("kill", [kill[i] for kill in kills]) for i, name in enumerate(("in_after", "after_kill_equal"))}
    columns = {
        name: (("kind", "race"), np.array([row[name] for row in rows]).reshape(-1, config.races)) for name in rows[0]
    }
    roles = list(ROLES)
    return xr.Dataset(
        columns | pairs | killed,
        {"kind": [NEW, BEGUN, GROWING, THREADS], "holder": roles, "newcomer": roles},
    )


def _begun(place: Path, given: dict[str, Any], networks: int) -> dict[str, Path]:
    """A store of each kind."""
    found = {NEW: place / "none", THREADS: place / "none", BEGUN: place / "begun.zarr", GROWING: place / "half.zarr"}
    _sweep.sweep(found[BEGUN], given, networks)
    for file in [f for f in reading.chunk_files(found[BEGUN]) if f.relative_to(found[BEGUN]).parts[0] == "status"][::2]:
        file.unlink()
    half = given | {"learning_rate": given["learning_rate"][:2]}
    _sweep.sweep(found[GROWING], half, networks)
    return found


def _race(two: list[_racers.Racer], kind: str, task: _racers.Task, reference: xr.Dataset) -> dict[str, Any]:
    def look() -> bool:
        return bool((nnjax.open_store(task.store).load().status >= 0).all())

    if kind == THREADS:
        answers, read = _racers.threads(task), True
    else:
        answers, read = _racers.race(two, task, look)
    done, refused = [a for a in answers if not a.kind], [a for a in answers if a.kind]
    good = len(done) == len(refused) == 1
    return {
        "writers": len(done),
        "sessions": len(journal.sessions(journal.run_file(task.store))),
        "named": good and refused[0].refused_by(done[0].process, socket.gethostname()),
        "told_after": refused[0].ended - refused[0].started if good else np.nan,
        "apart": abs(answers[0].started - answers[1].started),
        "read": read,
        "equal": _sweep.same(nnjax.open_store(task.store).load(), reference),
    }


def _pairs(
    two: list[_racers.Racer], place: Path, given: dict[str, Any], networks: int, reference: xr.Dataset
) -> dict[str, Any]:
    """Each role holds the store while each comes."""
    shape = (len(ROLES), len(ROLES))
    admitted, named, equal = np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape, bool)
    holder, newcomer = two
    for i, j in np.ndindex(*shape):
        store = faults.copied(place / "none", place / "pair" / "runs.zarr")
        task = _racers.Task(store, given, networks)
        holder.ask(task._replace(more=list(ROLES.values())[i]))
        if holder.hear() != _racers.INSIDE:
            raise RuntimeError("nobody else writes this store, and yet it is refused")
        newcomer.ask(task._replace(waits=False, more=list(ROLES.values())[j]))
        answer = newcomer.end()
        holder.go_on()
        end = holder.end()
        admitted[i, j] = not answer.kind
        named[i, j] = answer.refused_by(end.process, socket.gethostname())
        newcomer.ask(task._replace(waits=False))
        after = newcomer.end()
        equal[i, j] = not end.kind and not after.kind and _sweep.same(nnjax.open_store(store).load(), reference)
    dims = ("holder", "newcomer")
    return {"admitted": (dims, admitted), "holder_named": (dims, named), "pair_equal": (dims, equal)}


def _kill(
    other: _racers.Racer,
    holder: _racers.Racer,
    place: Path,
    given: dict[str, Any],
    networks: int,
    reference: xr.Dataset,
) -> tuple[float, bool]:
    """A holder is killed; how long it takes the next one to get in, and whether all is there in the end."""
    store = faults.copied(place / "none", place / "kill" / "runs.zarr")
    task = _racers.Task(store, given, networks)
    holder.ask(task)
    if holder.hear() != _racers.INSIDE:
        raise RuntimeError("nobody else writes this store, and yet it is refused")
    before = time.time()
    holder.kill()
    other.ask(task._replace(waits=False))
    answer = other.end()
    equal = not answer.kind and _sweep.same(nnjax.open_store(store).load(), reference)
    return answer.inside - before, equal


def expected() -> np.ndarray:
    """Who is to be admitted beside whom [holder, newcomer]."""
    return np.array([[{a, b} in TOGETHER for b in ROLES] for a in ROLES])


def figures(data: xr.Dataset) -> dict:
    """two_at_once: when the other was told, when the next one was in, who is admitted beside whom."""
    from experiments.survival import _race_figures

    return {"two_at_once": _race_figures.draw(data, expected())}


def table(data: xr.Dataset) -> list[dict]:
    """A row per kind of race, for the kills, and per pair."""
    rows = []
    for kind in data.kind.values:
        one = data.sel(kind=kind)
        row = {"what": f"race: {kind}", "times": data.sizes["race"], "exactly_one": int((one.writers == 1).sum())}
        row |= {"named": int(one.named.sum()), "read": int(one.read.sum()), "equal": int(one.equal.sum())}
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
    """Exactly one, who is named, readers, the killed, and who goes together."""

    def count(name: str, claim: str, good: xr.DataArray | np.ndarray, unit: str) -> Verdict:
        return _fault_counts.counted(name, claim, int(good.sum()), good.size, unit, COMMAND)

    one = (data.writers == 1) & (data.sessions == 1) & data.equal
    alone = ~data.admitted.values
    return [
        count("one", "Of two that start at once exactly one writes, and all is there in the end", one, "races"),
        count("named", "The other is told who writes: host and process", data.named, "races"),
        count("readers", "Meanwhile anyone reads the store", data.read.sel(kind=[NEW, BEGUN, GROWING]), "races"),
        count("killed", "After a holder was killed the next one gets in within 5 s, and finishes",
              (data.in_after < 5) & data.after_kill_equal, "kills"),
        count("pairs", "Two shards of one sweep go together, and nobody else",
              data.admitted.values == expected(), "pairs"),
        count("pairs_named", "Who is refused is told who writes", data.holder_named.values[alone], "pairs"),
        count("pairs_equal", "Whoever came, all is there in the end", data.pair_equal, "pairs"),
    ]  # fmt: skip


if __name__ == "__main__":
    cli.main(__file__)
