"""Where the sweeps of a claim are kept while it runs, so that a run that was killed goes on where it stopped.

`results/stores/<claim>/<settings>/` holds a store for each sweep, in the order in which the claim runs them. Once
the claim has written its results they are removed, or kept beside under a number.
"""

import contextlib
import dataclasses
import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from experiments.lab.results import to_json
from experiments.lab.text import short
from nnjax.engine import storing
from nnjax.engine.store.journal import sessions


class Shelf:
    """The stores of one run, and how long earlier sessions have worked on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count(1)
        # A store of one process has one journal; no claim runs in shards.
        files = sorted(folder.glob("*.zarr.run.json"))
        self.earlier_seconds = sum(session["wall_seconds"] for file in files for session in sessions(file))

    def next(self) -> Path:
        """The store of the next sweep."""
        return self.folder / f"{next(self.numbers):02d}.zarr"


def remembered(folder: Path | None, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
    """An array that no sweep makes: read from `folder` where it was finished once, else made, and kept there.

    Args:
        folder: what `nnjax.engine.next_store()` said, once for all that belong together; None keeps nothing.
        name: of the array, different for each.
        make: makes it.
    """
    if folder is None:
        return make()
    path = folder / f"{name}.npy"
    if path.exists():
        return np.load(path)
    made = make()
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, made)
    part.replace(path)  # whole, or not there at all
    return made


@contextlib.contextmanager
def kept(folder: Path, fresh: bool = False, keep: bool = False) -> Iterator[Shelf]:
    """Inside, every sweep uses a store of its own in `folder`; what an earlier run left there is gone on with.

    Args:
        folder: of the stores.
        fresh: whether what is there is moved aside, to begin anew.
        keep: whether the stores stay, moved aside, once all has ended well.
    """
    if fresh:
        move_aside(folder)
    shelf = Shelf(folder)
    if folder.exists():
        print(f"      going on with what is in {short(folder)} (--fresh begins anew)", flush=True)
    with storing(shelf.next):
        yield shelf
    if keep:
        moved = move_aside(folder)
        if moved is not None:
            print(f"      the networks of all sweeps are kept in {short(moved)}", flush=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)


def move_aside(folder: Path) -> Path | None:
    """Rename a folder to its name with the next free number; where it has gone, if it was there."""
    if not folder.exists():
        return None
    aside = next(p for i in itertools.count(1) if not (p := folder.with_name(f"{folder.name}.{i}")).exists())
    folder.rename(aside)
    return aside


def key(config: Any, full: bool) -> str:
    """The name of the folder for these settings: other settings have stores of their own."""
    if full:
        return "full"
    text = json.dumps(to_json(dataclasses.asdict(config)), sort_keys=True)
    return f"custom-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
