"""Worker processes and shards give the bits of one process; a worker that is killed loses none."""

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from tests.faults import sweeps
from tests.faults.child import Child, note, notes

BLOCKS = 16
pytestmark = [
    pytest.mark.faults,
    # Dask leaves sockets and pipes of its worker processes to the collector, of one that was killed above all.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.usefixtures("programs"),
]


@pytest.fixture(scope="module")
def whole():
    """A sweep whose blocks train for about 0.1 s, and its result."""
    given = sweeps.settings(BLOCKS, num_steps=20_000)
    return given, sweeps.sweep(None, given)


class Noted(Executor):
    """An executor whose workers note in a new file when they begin and finish a job."""

    def __init__(self, inner, trace):
        self.inner, self.trace = inner, trace
        trace.touch()

    def submit(self, function, message, /):
        return self.inner.submit(work, self.trace, [message.program, int(message.runs[0, 0])], function, message)


def work(trace, block, function, message):
    note(trace, "train", block=block)
    found = function(message)
    note(trace, "written", block=block)
    return found


@contextlib.contextmanager
def dask(count, trace):
    distributed = pytest.importorskip("distributed")
    # The death of a worker is expected, and any free port will do for the dashboard.
    quiet = {"silence_logs": logging.CRITICAL, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(n_workers=count, threads_per_worker=1, processes=True, **quiet) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield Noted(client.get_executor(), trace)
    gc.collect()  # here, where it may warn


@contextlib.contextmanager
def pool(count, trace):
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as inner:
        yield Noted(inner, trace)


@contextlib.contextmanager
def killing(trace, after):
    """Inside, a process that trains a job is killed once `after` jobs are finished; afterwards it must have been."""
    ended, killed = threading.Event(), []

    def watch():
        while not ended.is_set() and not killed:
            found = notes(trace)
            if found and found[-1]["what"] == "train" and sum(one["what"] == "written" for one in found) >= after:
                os.kill(found[-1]["process"], signal.SIGKILL)
                killed.append(found[-1]["process"])
            time.sleep(0.001)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    assert killed


def again(*traces):
    """How many jobs were begun more than once; each must have been begun."""
    begun = [tuple(one["block"]) for trace in traces for one in notes(trace) if one["what"] == "train"]
    assert len(set(begun)) == BLOCKS
    return len(begun) - BLOCKS


def test_any_number_gives_the_same_bits(whole, tmp_path, tally):
    given, reference = whole
    counts = sweeps.some((2, 1, 4))
    for count in counts:
        with dask(count, tmp_path / f"dask{count}") as executor:
            sweeps.assert_same(sweeps.sweep(None, given, executor=executor), reference)
        shards = [Child(tmp_path, [tmp_path / f"{count}.zarr"], given, shard=[i, count]) for i in range(count)]
        assert again(tmp_path / f"dask{count}") == again(*(shard.finish().trace for shard in shards)) == 0
        sweeps.assert_same(sweeps.opened(tmp_path / f"{count}.zarr"), reference)
    tally(
        "worker processes of Dask, or shards",
        2 * len(counts),
        f"{', '.join(map(str, sorted(counts)))} of either trained the sweep to the bits of one process",
    )


def test_a_worker_is_killed(whole, tmp_path, tally):
    given, reference = whole
    generator, dasks, pools = np.random.default_rng(2), [], []
    for i in range(times := sweeps.number(3)):
        store, (one, other) = tmp_path / f"{i}.zarr", (tmp_path / f"{kind}{i}" for kind in ("dask", "pool"))
        with dask(2, one) as executor, killing(one, int(generator.integers(1, BLOCKS // 2))):
            sweeps.assert_same(sweeps.sweep(None, given, executor=executor), reference)
        with (
            pytest.raises(BrokenProcessPool) as broken,
            pool(2, other) as executor,
            killing(other, int(generator.integers(1, BLOCKS // 2))),
        ):
            sweeps.sweep(store, given, executor=executor)
        assert any("run the same sweep again to go on" in text for text in broken.value.__notes__)
        with pool(2, other) as executor:
            sweeps.assert_same(sweeps.sweep(store, given, executor=executor), reference)
        dasks.append(again(one))
        pools.append(again(other))
    outcome = "the other one trained its jobs, to the bits of one process"
    tally("a worker of Dask is killed", times, outcome, f"{max(dasks)} of {BLOCKS} jobs were trained again")
    outcome = "the error said how to go on, and the same call then gave the bits of one process"
    tally("a process of a pool is killed", times, outcome, f"{max(pools)} of {BLOCKS} jobs were trained again")
