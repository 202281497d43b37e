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

import nnjax
from tests.faults import sweeps
from tests.faults.child import Child, note, notes

BLOCKS = 40
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
    return given, sweeps.sweep(None, given).load()


@pytest.fixture
def trace(tmp_path):
    """The file for the notes of the workers."""
    (tmp_path / "notes").touch()
    return tmp_path / "notes"


class Noted(Executor):
    """An executor whose workers note when they begin and finish a block."""

    def __init__(self, inner, trace):
        self.inner, self.trace = inner, trace

    def submit(self, function, message, /):
        block = [message.program, int(message.runs[0, 0])]
        return self.inner.submit(work, self.trace, block, function, message)


def work(trace, block, function, message):
    note(trace, "train", block=block)
    found = function(message)
    note(trace, "written", block=block)
    return found


@contextlib.contextmanager
def killing(trace, after):
    """Inside, a process that trains a block is killed once `after` blocks are finished; yields a list of the killed."""
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
        yield killed
    finally:
        ended.set()
        watcher.join()


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


def pool(count):
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"))


def again(found):
    """How many blocks were begun more than once; each must have been begun."""
    begun = [tuple(one["block"]) for one in found if one["what"] == "train"]
    assert len(set(begun)) == BLOCKS
    return len(begun) - BLOCKS


def test_any_number_gives_the_same_bits(whole, trace, tmp_path, tally):
    given, reference = whole
    counts = sweeps.some((2, 1, 4))
    for count in counts:
        trace.write_text("")
        with dask(count, trace) as executor:
            assert sweeps.same(sweeps.sweep(None, given, executor=executor).load(), reference)
        assert again(notes(trace)) == 0
        store = tmp_path / f"{count}.zarr"
        shards = [Child(tmp_path, store, given, workers=1, shard=[i, count]) for i in range(count)]
        assert again([one for shard in shards for one in shard.finish().notes()]) == 0
        assert sweeps.same(nnjax.open_store(store, verify=True).load(), reference)
    tally(
        "worker processes of Dask, or shards",
        2 * len(counts),
        f"{', '.join(map(str, sorted(counts)))} of either trained the sweep to the bits of one process",
    )


def test_a_killed_worker_of_dask(whole, trace, tally):
    given, reference = whole
    generator, twice = np.random.default_rng(2), []
    for _ in range(times := sweeps.number(5)):
        trace.write_text("")
        with dask(2, trace) as executor, killing(trace, int(generator.integers(1, BLOCKS // 2))) as killed:
            assert sweeps.same(sweeps.sweep(None, given, executor=executor).load(), reference)
        assert killed
        twice.append(again(notes(trace)))
    tally(
        "a worker of Dask is killed",
        times,
        "the other one trained its jobs, to the bits of one process",
        f"{max(twice)} of {BLOCKS} jobs were trained again",
    )


def test_a_killed_process_of_a_pool(whole, trace, tmp_path, tally):
    given, reference = whole
    generator, twice = np.random.default_rng(3), []
    for i in range(times := sweeps.number(5)):
        store = tmp_path / f"{i}.zarr"
        trace.write_text("")
        with (
            killing(trace, int(generator.integers(1, BLOCKS // 2))),
            pytest.raises(BrokenProcessPool) as broken,
            pool(2) as executor,
        ):
            sweeps.sweep(store, given, executor=Noted(executor, trace))
        assert any("run the same sweep again to go on" in text for text in broken.value.__notes__)
        with pool(2) as executor:
            assert sweeps.same(sweeps.sweep(store, given, executor=Noted(executor, trace)).load(), reference)
        twice.append(again(notes(trace)))
    tally(
        "a process of a pool is killed",
        times,
        "the sweep ended with an error that says how to go on, and the same call then gave the bits of one process",
        f"{max(twice)} of {BLOCKS} jobs were trained again",
    )
