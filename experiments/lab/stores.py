"""Every sweep of a run is kept in a store, so that a run that was killed resumes where it stopped.

`results/stores/<claim>/<settings>/`, with --name `name-<name>-<settings>/`, holds one store for each sweep, numbered in
the order of the calls. Once the claim has written its results they are removed, or renamed if they are to be kept.
"""

import contextlib
import dataclasses
import hashlib
import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from experiments.lab.results import to_json
from experiments.lab.text import relative
from nnjax import hooks


class RunStores:
    """The stores of one run, and how many seconds earlier sessions spent on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)
        found = [session for store in sorted(folder.glob("*.zarr")) for session in sessions(store)]
        self.earlier_seconds = sum(session["wall_seconds"] for session in found)

    def next(self) -> Path:
        """The store of the next sweep."""
        return self.folder / f"{next(self.numbers):02d}.zarr"


def sessions(store: Path) -> list[dict[str, Any]]:
    """The record that `nnjax.sweep` has made of every session that wrote a store, except for sessions of shards.

    It is read from `status/.nnjax/run.json` in the store; it is empty if that is missing or cannot be read.
    """
    try:
        text = (store / "status" / ".nnjax" / "run.json").read_text(encoding="utf-8")
        return list(json.loads(text)["sessions"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write(path: Path, **arrays: Any) -> None:
    """Save arrays in a file, which holds either all of them or, if this fails, what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".new")
    with part.open("wb") as file:
        np.savez(file, **arrays)
    part.replace(path)


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays that `write` has saved; numbers are arrays without dimensions."""
    with np.load(path) as file:
        return dict(file)


@contextlib.contextmanager
def kept(folder: Path, fresh: bool = False, keep: bool = False) -> Iterator[RunStores]:
    """Inside, every sweep uses a store of its own in `folder`; stores that an earlier run left there are resumed.

    Args:
        folder: where the stores are.
        fresh: whether earlier stores are renamed, so that the run begins anew.
        keep: whether the stores stay, renamed, once the run has ended well.
    """
    if fresh:
        move_aside(folder)
    found = RunStores(folder)
    if folder.exists():
        print(f"resuming from {relative(folder)} (--fresh begins anew)", flush=True)
    with hooks.storing(found.next):
        yield found
    if keep:
        moved = move_aside(folder)
        if moved is not None:
            print(f"the networks of all sweeps are kept in {relative(moved)}", flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def move_aside(folder: Path) -> Path | None:
    """Append the next free number to a folder's name. Returns its new path; None if it was not there."""
    if not folder.exists():
        return None
    return folder.rename(aside(folder))


def aside(folder: Path) -> Path:
    """The name of a folder with the next free number after it."""
    return next(p for i in itertools.count(1) if not (p := folder.with_name(f"{folder.name}.{i}")).exists())


def key(config: Any, full: bool) -> str:
    """The name of the folder for these settings; other settings have another."""
    if full:
        return "full"
    text = json.dumps(to_json(dataclasses.asdict(config)), sort_keys=True)
    return f"custom-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
