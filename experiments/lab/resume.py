"""A run that was killed resumes: every sweep has a store, and parts that took long are kept as Datasets.

    part = kept("adam", lambda: train("adam", config))

`results/unfinished/<topic>/<claim>/<key>/` holds a store for each sweep, numbered in the order of the calls. It also
holds a file for each part that has ended, small enough for git to carry it to another machine. The key is a hash of all
that decides the numbers, so nothing in the folder needs to be compared. The folder is removed once the results are
written.

A part has stores of its own, so that a part that is read shifts no number. Sweeps outside of parts must run in the same
order each time. A claim that times its sweeps says `STORE = False`: read from a store, a sweep would take no time.
QUICK, which begins anew in seconds, has no stores either: waiting for the disk took a quarter of its time.
Threads do not inherit the run: call `here` before they start, and `kept` of what it returns.
"""

import contextlib
import hashlib
import itertools
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import results
from nnjax import hooks


class Run(NamedTuple):
    """A run and the folder in which it keeps its parts.

    `record` is what is recorded of each part, and `parts` is what each part that was made or read says. `others` are
    other folders that the run uses (`under`). `stores` tells whether its sweeps have stores.
    """

    folder: Path | None
    record: Mapping[str, Any]
    parts: list[dict[str, Any]]
    others: list[Path]
    stores: bool = True

    def under(self, *key: Any) -> "Run":
        """The same run with parts under a key of their own: for parts that depend on less than the run does."""
        if self.folder is None:
            return self
        other = self.folder.with_name(hashlib.sha256(repr(key).encode()).hexdigest()[:16])
        other.mkdir(parents=True, exist_ok=True)
        self.others.append(other)
        return self._replace(folder=other)

    def kept(self, name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
        """What `make` returns, read from the disk if this run has made it before it was killed."""
        if self.folder is None:
            return make()
        path, start = self.folder / f"{name}.nc", time.time()
        if not path.exists():
            with _stores(self.folder / name, self.stores):
                data = make()
            made = {**self.record, "seconds": round(time.time() - start, 1)}
            results.save(data.assign_attrs(part=json.dumps(made)), path, results.MOST_BYTES)
            shutil.rmtree(self.folder / name, ignore_errors=True)
        data = results.load(path)  # the same Dataset, whether it was made now or earlier
        self.parts.append(json.loads(data.attrs.pop("part")))
        return data

    def made_by(self) -> list[dict[str, Any]]:
        """How many parts each record, such as a commit and a processor, has made, and in how many seconds."""
        found: dict[str, dict[str, Any]] = {}
        for part in self.parts:
            record = {name: value for name, value in part.items() if name != "seconds"}
            one = found.setdefault(json.dumps(record), {**record, "parts": 0, "seconds": 0.0})
            one["parts"] += 1
            one["seconds"] = round(one["seconds"] + part["seconds"], 1)
        return list(found.values())


_RUN: ContextVar[Run | None] = ContextVar("run", default=None)


def here() -> Run:
    """The run that is under way; outside of one it keeps nothing."""
    return _RUN.get() or Run(None, {}, [], [])


def kept(name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
    """What `make` returns, read from the disk if this run has made it before it was killed."""
    return here().kept(name, make)


@contextlib.contextmanager
def resuming(
    folder: Path, record: Mapping[str, Any], fresh: bool = False, stores: bool = True
) -> Iterator[Callable[[], float]]:
    """Inside, sweeps and parts are kept in `folder`, which is removed at a good end; yields the seconds spent so far.

    Those of a killed session count up to the last file that it wrote. `record` is kept with each part. Without `stores`
    parts alone are kept.
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    begun, spent = folder / "begun", 0.0
    if begun.exists():
        spent = max(path.stat().st_mtime for path in folder.rglob("*")) - float(begun.read_text())
    if folder.exists():
        print(f"resuming: {_progress(folder)}; {spent:.0f} s were spent (--fresh begins anew)", flush=True)
    elif others := len(list(folder.parent.glob("*/begun"))):
        print(f"{results.relative(folder.parent)} holds {others} unfinished, of other settings or code", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    start = time.time() - spent
    begun.write_text(str(start))
    run = Run(folder, record, [], [], stores)
    token = _RUN.set(run)
    try:
        with _stores(folder, stores):
            yield lambda: time.time() - start
        for place in {folder, *run.others}:
            shutil.rmtree(place)
    finally:
        _RUN.reset(token)
        if folder.exists() and len(list(folder.iterdir())) == 1:  # an error before anything was kept
            shutil.rmtree(folder)
        with contextlib.suppress(OSError):
            os.removedirs(folder.parent)  # those that are empty


def write(path: Path, **arrays: Any) -> None:
    """Save arrays of what is under way in a file, which holds all of them or what it held before."""
    new = path.with_suffix(".new")
    with new.open("wb") as file:
        np.savez(file, **arrays)
    new.replace(path)


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays that `write` has saved; numbers are arrays without dimensions."""
    with np.load(path) as file:
        return dict(file)


@contextlib.contextmanager
def progress_lines(name: str, pulse: float = 60.0) -> Iterator[None]:
    """If stderr is no terminal, which shows a bar for each sweep, print a line of progress about every minute."""
    if sys.stderr.isatty():
        yield
        return
    start = said = time.monotonic()
    plans, begun = list[Any](), 0

    def review(plan: Any) -> None:
        nonlocal begun
        plans.append(plan.num_networks)
        begun = 0

    def listen(event: Any) -> None:
        nonlocal begun, said
        begun += (event.num_networks or 0) * (event.kind == "train")
        if plans and (now := time.monotonic()) > said + pulse:
            said = now
            print(
                f"{name}: {now - start:,.0f} s, sweep {len(plans)}: {begun:,} of {plans[-1]:,} networks begun",
                file=sys.stderr,
                flush=True,
            )

    with hooks.reviewing(review), hooks.listening(listen):
        yield


def _progress(folder: Path) -> str:
    """`2 parts, 60,000 of 480,000 networks of the sweeps begun`."""
    done = total = 0
    for store in folder.rglob("*.zarr"):
        with contextlib.suppress(Exception):  # one that was killed while it was made begins anew
            status = nnjax.open_store(store).status
            done, total = done + int((status != 0).sum()), total + status.size
    parts = len(list(folder.glob("*.nc")))
    counts = [f"{parts} parts"] * bool(parts) + [f"{done:,} of {total:,} networks of the sweeps begun"] * bool(total)
    return ", ".join(counts) or "nothing was trained"


def _stores(folder: Path, kept: bool) -> contextlib.AbstractContextManager[None]:
    numbers = itertools.count(1)
    return hooks.storing(lambda: folder / f"{next(numbers):02d}.zarr" if kept else None)
