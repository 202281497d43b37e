"""A sweep that several processes train, in different ways; one of the processes may be killed meanwhile."""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import xarray as xr

import nnjax
from experiments.lab.processes import note, notes
from experiments.survival.shared import sessions, sweeps

KINDS = ("Dask", "shards", "pool")


class Noted(Executor):
    """A wrapped executor, whose workers note when they begin and finish a block."""

    def __init__(self, inner: Any, trace: Path) -> None:
        self.inner, self.trace = inner, trace

    def submit(self, fn: Callable, message: Any, /) -> Future:  # type: ignore[override] - what nnjax hands over
        """Submit a block, which the notes name by its program and its first network."""
        return self.inner.submit(_work, self.trace, [message.program, int(message.runs[0, 0])], fn, message)


def _work(trace: Path, block: list[int], fn: Callable, message: Any) -> Any:
    note(trace, "train", block=block)
    found = fn(message)
    note(trace, "written", block=block)
    return found


@contextlib.contextmanager
def killing(trace: Path, after: int | None) -> Iterator[list[float]]:
    """Inside, kill a process that trains a block once `after` blocks are finished; yields a list for the time of it."""
    ended, killed = threading.Event(), []

    def watch() -> None:
        while not ended.is_set():
            found = notes(trace)
            enough = sum(one["what"] == "written" for one in found) >= (after or 0)
            if enough and found and found[-1]["what"] == "train":
                os.kill(found[-1]["process"], signal.SIGKILL)
                killed.append(time.time())
                return
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    if after is not None:
        watcher.start()
    try:
        yield killed
    finally:
        ended.set()
        if after is not None:
            watcher.join()


class Ways:
    """The same sweep in one way after another, each compared with the reference."""

    def __init__(self, place: sessions.Place, given: dict[str, Any], reference: xr.Dataset, after: int) -> None:
        self.place, self.given, self.reference, self.after = place, given, reference, after
        self.ways: list[dict[str, Any]] = []
        self.jobs: list[dict[str, Any]] = []

    def dask(self, count: int, kill: bool = False) -> None:
        """Train by `count` worker processes of Dask, one of which may be killed; results in memory."""
        from distributed import Client, LocalCluster

        name = f"Dask, {_many(count, 'worker')}{', one killed' if kill else ''}"
        trace = self.place.folder / f"way-{len(self.ways)}.notes"
        with (
            LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                dashboard_address=":0",  # any free port
                silence_logs=logging.CRITICAL,  # the death of a worker is expected
            ) as cluster,
            Client(cluster) as client,
            killing(trace, self.after if kill else None) as killed,
        ):
            found = self._sweep(None, Noted(client.get_executor(), trace))
        self._note(name, "Dask", count, found, notes(trace), killed)

    def pool(self, count: int) -> None:
        """Train by a pool of Python's own processes, with a store; one is killed, and the same call is made again."""
        number = len(self.ways)
        store, trace = (self.place.folder / f"way-{number}.{kind}" for kind in ("zarr", "notes"))
        told = False
        with killing(trace, self.after) as killed:
            try:
                with _pool(count) as pool:
                    self._sweep(store, Noted(pool, trace))
            except BrokenProcessPool as error:
                told = any("run the same sweep again to go on" in text for text in getattr(error, "__notes__", ()))
        with _pool(count) as pool:
            found = self._sweep(store, Noted(pool, trace))
        name = f"pool, {_many(count, 'process')}, one killed"
        self._note(name, "pool", count, found, notes(trace), killed, told)

    def shards(self, count: int) -> None:
        """Train by `count` processes at the same time, each with its shard of one store."""
        store = self.place.folder / f"way-{len(self.ways)}.zarr"
        running = [self.place.start(store, self.given, shard=[i, count]) for i in range(count)]
        found = [one for process in running for one in process.wait().succeeded().notes]
        name = f"{_many(count, 'shard')} of a store"
        self._note(name, "shards", count, nnjax.open_store(store, verify=True), found, [])

    def _sweep(self, store: Path | None, executor: Executor) -> xr.Dataset:
        return sweeps.sweep(store, self.given, self.place.networks, executor=executor)

    def _note(
        self, name: str, kind: str, count: int, found: xr.Dataset, made: list[dict], killed: list[float],
        told: bool = True,
    ) -> None:  # fmt: skip
        found = found.load()
        finished, wrong = sweeps.compared(found, self.reference)
        equal = sweeps.same(found, self.reference) and all(
            found.attrs[key] == self.reference.attrs[key] for key in ("settings", "plan")
        )
        begun = [one for one in made if one["what"] == "train"]
        num_blocks = len({tuple(one["block"]) for one in begun})
        first = min(one["at"] for one in begun)
        missing = self.reference.status.size - finished
        self.ways.append({
            "way": name, "kind": kind, "processes": count, "equal": equal, "wrong": wrong + missing, "told": told,
            "killed": len(killed), "killed_at": killed[0] - first if killed else float("nan"),
            "blocks": num_blocks, "begun": len(begun), "again": len(begun) - num_blocks,
        })  # fmt: skip
        workers = list(dict.fromkeys(one["process"] for one in begun))
        for number, process in enumerate(workers):
            for start, end in blocks(made, process):
                self.jobs.append({
                    "job_way": name, "job_worker": number, "job_start": start - first, "job_end": end - first,
                })  # fmt: skip

    def dataset(self) -> xr.Dataset:
        """All ways, and all blocks that were begun; one that was not finished ends at NaN."""
        ways = {name: ("way", [row[name] for row in self.ways]) for name in self.ways[0]}
        return xr.Dataset(ways | {name: ("job", [row[name] for row in self.jobs]) for name in self.jobs[0]})


def blocks(made: list[dict[str, Any]], process: int) -> Iterator[tuple[float, float]]:
    """When a process began and finished each of its blocks, one after another; NaN where it did not finish."""
    start: float | None = None
    for one in [one for one in made if one["process"] == process and one["what"] in ("train", "written")]:
        if one["what"] == "train":
            if start is not None:
                yield start, float("nan")
            start = one["at"]
        elif start is not None:
            yield start, one["at"]
            start = None
    if start is not None:
        yield start, float("nan")


def _pool(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 'es' if what.endswith('s') else 's'}"
