"""Every kind of call that a sweep makes of its disk, and what happens to the sweep when the disk refuses it."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import faults
from experiments.survival.shared import sweeps
from experiments.survival.shared.files import METADATA

STORE = "runs.zarr"
ERRORS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
REAL = "a disk that is full"  # the stage of a disk that is really full
READABLE, NO_STORE, NEXT_RUN, UNREADABLE = "readable", "no store yet", "after the next run", "not readable"


def _key(path: str) -> str:
    """The final name of a file that is first written as "seed.zarr.json.1234.partial"; "" for any other file."""
    return Path(path).name.rsplit(".", 2)[0] if path.endswith(".partial") else ""


class Stage(NamedTuple):
    """A kind of call: its name here and in `faults.failing`, whether the store is extended, and the paths it picks."""

    name: str
    call: str
    grows: bool
    where: Callable[[str], bool]


STAGES = (
    Stage("new store: make its folder", "folder", False, lambda path: path.endswith("/lock")),
    Stage("new store: write metadata", "write", False, lambda path: ".new-" in path and _key(path).endswith(METADATA)),
    Stage("new store: write coordinates", "write", False, lambda path: ".new-" in path and ".c." in _key(path)),
    Stage("new store: bring it to the disk", "sync", False, lambda path: ".new-" in path),
    Stage("new store: move to its place", "rename", False, lambda path: path.endswith(f" > {STORE}")),
    Stage("log: write", "write", False, lambda path: _key(path).endswith("run.json")),
    Stage("log: move to its place", "rename", False, lambda path: path.endswith("run.json")),
    Stage("block: make a folder", "folder", False, lambda path: f"{STORE}/" in path and "/c" in path),
    Stage("block: write losses", "write", False, lambda path: _key(path).startswith("train_loss.c.")),
    Stage("block: write the status", "write", False, lambda path: _key(path).startswith("status.c.")),
    Stage(
        "block: bring it to the disk", "sync", False, lambda path: path.startswith(f"{STORE}/") and ".c." in _key(path)
    ),
    Stage("block: move to its place", "rename", False, lambda path: f" > {STORE}/" in path and "/c/" in path),
    Stage("growth: write metadata", "write", True, lambda path: _key(path).endswith("growth.json")),
    Stage("growth: move beside the old ones", "rename", True, lambda path: path.endswith("growth.json")),
    Stage("growth: write them to their places", "write", True, lambda path: _key(path).endswith(METADATA)),
    Stage("growth: move them to their places", "rename", True, lambda path: path.endswith(METADATA)),
    Stage("growth: write a block", "write", True, lambda path: _key(path).startswith("train_curve.c.")),
)


class Trial(NamedTuple):
    """The sweep on which a fault is tried: its settings, those of the store that it extends, and its results."""

    given: dict[str, Any]
    before: dict[str, Any]
    networks: int
    reference: xr.Dataset

    def run(self, store: Path) -> xr.Dataset:
        """Run the sweep on this store."""
        return sweeps.sweep(store, self.given, self.networks)


def trial(blocks: int, networks: int, num_steps: int) -> Trial:
    """A sweep of so many blocks; the store that it extends holds half of them."""
    given = sweeps.settings(blocks, networks, num_steps)
    before = given | {"seeds": given["seeds"] // 2}
    return Trial(given, before, networks, sweeps.sweep(None, given, networks).load())


def begun(stage: Stage, tried: Trial, place: Path) -> Path:
    """The store as it is before the fault: not there, or half as large."""
    half = place / "half" / STORE
    if stage.grows and not half.exists():
        half.parent.mkdir()
        sweeps.sweep(half, tried.before, tried.networks)
    folder = place / "trial"
    folder.mkdir(exist_ok=True)
    return faults.copied(half if stage.grows else place / "none", folder / STORE)


def calls(stage: Stage, tried: Trial, place: Path) -> int:
    """How many calls of this kind a sweep makes when none fails."""
    store = begun(stage, tried, place)
    with faults.failing(stage.call, store.parent, stage.where, 10**9, errno.EIO) as state:
        tried.run(store)
    return state.count


def one(stage: Stage, first: int, error: str, tried: Trial, place: Path) -> dict[str, Any]:
    """What happens to a sweep in which this call fails: with ENOSPC all later ones fail too, with EIO it alone."""
    store = begun(stage, tried, place)
    number = ERRORS[error]
    with faults.failing(stage.call, store.parent, stage.where, first, number, error == "ENOSPC") as state:
        said = raised(lambda: tried.run(store))
    row = {"stage": stage.name, "first": first, "error": error, "fired": state.failed > 0}
    return row | judged(said, number, store) | outcome(store, tried)


def raised(call: Callable[[], Any]) -> Exception | None:
    """The error in which a call ends, or None."""
    try:
        call()
    except Exception as error:
        return error
    return None


def judged(said: Exception | None, number: int, store: Path) -> dict[str, Any]:
    """Whether the error keeps the system's error number, and says what to do."""
    kept = isinstance(said, OSError) and said.errno == number
    tells = str(store) in str(said) and "run the same sweep again" in str(said)
    return {"raised": type(said).__name__ if said else "nothing", "kept": kept, "tells": tells}


def outcome(store: Path, tried: Trial) -> dict[str, Any]:
    """What is in the store now, and after the same sweep has run once more."""
    row: dict[str, Any] = {"readable": NO_STORE, "finished": 0, "wrong": 0}
    if store.exists():
        row |= _held(store, tried.reference)
    again = raised(lambda: row.update(equal=sweeps.same(tried.run(store).load(), tried.reference)))
    halves = [path for path in os.listdir(store.parent) if path != store.name]
    left = len(halves) + sum(path.endswith((".partial", "growth.json")) for path in faults.contents(store))
    return row | {"equal": again is None and row["equal"], "left": left}


def _held(store: Path, reference: xr.Dataset) -> dict[str, Any]:
    """How many networks count as finished, and how many of them differ from those trained without any fault."""
    try:
        found = sweeps.opened(store)
    except ValueError as error:
        told = "run the sweep again" in str(error)
        return {"readable": NEXT_RUN if told else UNREADABLE}
    there = reference.isel(seed=slice(0, found.sizes["seed"]))
    finished = found.status.values != nnjax.training.MISSING
    wrong = np.zeros_like(finished)
    for name in found.data_vars:
        if "seed" not in found[name].dims:
            continue
        old, new = (np.asarray(a[name].transpose(*found.status.dims, ...).values) for a in (there, found))
        different = ~((old == new) | ((old != old) & (new != new)))
        wrong |= different.reshape(*finished.shape, -1).any(axis=-1)
    return {"readable": READABLE, "finished": int(finished.sum()), "wrong": int((wrong & finished).sum())}


def real(kilobytes: int, enlarged: int, tried: Trial) -> dict[str, Any] | None:
    """What happens to a sweep on a disk that is really full and is enlarged then; None where no disk may be made."""
    with faults.small_disk(kilobytes) as disk:
        if disk is None:
            return None
        store = disk.folder / STORE
        said = raised(lambda: tried.run(store))
        row = {"stage": REAL, "first": kilobytes, "error": "ENOSPC", "fired": said is not None}
        row |= judged(said, errno.ENOSPC, store)
        # Reading needs no space, but resuming does.
        disk.resize(enlarged)
        return row | outcome(store, tried)
