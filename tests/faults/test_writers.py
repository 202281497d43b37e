"""Of two that write one store at once, one is refused and told who the other is; the shards of one sweep may both."""

import contextlib
import contextvars
import itertools
import multiprocessing
import os
import socket
import threading
import time
from multiprocessing import connection

import pytest

import nnjax
from nnjax import provenance
from tests.faults import sweeps

SPAWN = multiprocessing.get_context("spawn")  # a process that runs JAX must not be forked
PATIENCE = 600.0  # seconds after which a process that says nothing is taken to hang
INSIDE, GO = "may write", "go on"
WRITERS = {"the whole sweep": None, "shard 0 of 2": (0, 2), "shard 1 of 2": (1, 2), "shard 0 of 3": (0, 3)}


class Writer:
    """A process that runs one sweep after another: `hear` gives INSIDE when it may write, and then how it ended.

    A sweep that may write waits for GO before its first block. It ends with the text of the error, or "".
    """

    def __init__(self):
        self.pipe, theirs = SPAWN.Pipe()
        # If the library were edited meanwhile, a process that starts later would be refused for its other source.
        self.process = SPAWN.Process(target=work, args=(theirs, provenance.source()), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, store, given, moment=0.0):
        self.pipe.send((store, given, moment))

    def hear(self):
        assert self.pipe.poll(PATIENCE), "a process says nothing"
        return self.pipe.recv()

    def end(self):
        """Let it go on to its end; return the text of its error, or ""."""
        self.pipe.send(GO)
        said = self.hear()
        return self.hear() if said == INSIDE else said

    def kill(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def work(pipe, source):
    """What the process does, until the pipe closes."""
    # Locks made from here on, such as that of the progress bar, leave nothing in the system when it is killed.
    multiprocessing.set_start_method("fork", force=True)
    provenance.source = lambda: source
    with contextlib.suppress(EOFError, OSError):
        pipe.send(INSIDE)  # all is loaded
        while True:
            # A sweep with nothing left to write has not taken its GO.
            task = next(said for said in iter(pipe.recv, None) if said != GO)
            pipe.send(one_sweep(pipe, *task))


def one_sweep(pipe, store, given, moment):
    waiting = True

    def listen(event):
        nonlocal waiting
        if event.kind == "opened":
            pipe.send(INSIDE)
        elif event.kind == "write" and waiting:
            waiting = pipe.recv() != GO

    while time.time() < moment:  # sleeping is not that precise
        pass
    with nnjax.hooks.listening(listen):
        error = sweeps.raised(lambda: sweeps.sweep(store, given, workers=1))
    return str(error or "")


def is_refused_by(said, writer):
    return f"process {writer.process.pid}" in said and f"host {socket.gethostname()}" in said


@pytest.fixture(scope="module")
def writers(programs):
    """Two processes that stand ready; a test may replace one that it kills."""
    found = [Writer(), Writer()]
    for writer in found:
        assert writer.hear() == INSIDE
    yield found
    for writer in found:
        writer.kill()


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A sweep, its result, and the stores that a race begins with: none, one unfinished, and one to be extended."""
    given, folder = sweeps.settings(8), tmp_path_factory.mktemp("begun")
    stores = {name: folder / f"{name}.zarr" for name in ("none", "unfinished", "grows")}
    reference = sweeps.sweep(stores["unfinished"], given).load()
    for file in sweeps.chunk_files(stores["unfinished"], "status")[::2]:
        file.unlink()
    sweeps.sweep(stores["grows"], given | {"learning_rate": given["learning_rate"][:2]})
    return given, reference, stores


@pytest.mark.faults
def test_two_processes_at_once(writers, begun, tmp_path, tally):
    given, reference, stores = begun
    times = 0
    for start, _ in itertools.product(stores.values(), range(sweeps.number(25))):
        store = sweeps.copied(start, tmp_path / "runs.zarr")
        moment = time.time() + 0.05
        said = {}
        for writer in writers:
            writer.ask(store, given, moment)
        for _ in writers:
            ready = connection.wait([writer.pipe for writer in writers if writer not in said], PATIENCE)
            writer = next(one for one in writers if one.pipe is ready[0])
            said[writer] = writer.hear()
        (holder,) = (writer for writer in writers if said[writer] == INSIDE)
        (refused,) = (writer for writer in writers if writer is not holder)
        assert is_refused_by(said[refused], holder)
        sweeps.finished(sweeps.opened(store), reference)  # a reader beside the writer
        holder.pipe.send(GO)
        assert holder.hear() == ""
        assert sweeps.same(nnjax.open_store(store).load(), reference)
        times += 1
    tally(
        "two processes start the same sweep",
        times,
        "at the same moment, with no store yet, with an unfinished one and with one to be extended. One wrote, the other "
        "was refused and told its process and host; meanwhile the store could be read",
    )


@pytest.mark.faults
def test_two_threads_at_once(begun, tmp_path, tally):
    given, reference, stores = begun
    for _ in range(times := sweeps.number(25)):
        store, said = sweeps.copied(stores["none"], tmp_path / "runs.zarr"), []
        start, answered = threading.Barrier(2), threading.Event()

        def one(store=store, said=said, start=start, answered=answered):
            start.wait(PATIENCE)
            said.append(str(sweeps.raised(lambda: sweeps.sweep(store, given)) or ""))
            answered.set()

        def wait(event, answered=answered):  # the first block is written when the other has its answer
            return event.kind != "write" or answered.wait(PATIENCE)

        with nnjax.hooks.listening(wait):  # a thread hears of it only with a copy of this context
            both = [threading.Thread(target=contextvars.copy_context().run, args=(one,)) for _ in range(2)]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
        refused, good = said
        assert f"process {os.getpid()}" in refused
        assert good == ""
        assert sweeps.same(nnjax.open_store(store).load(), reference)
    tally("two threads start the same sweep", times, "one wrote, the other was refused")


@pytest.mark.faults
def test_a_killed_writer(writers, begun, tmp_path, tally):
    given, reference, _ = begun
    for i in range(times := sweeps.number(10)):
        store = tmp_path / f"{i}.zarr"
        writers[1].ask(store, given)
        assert writers[1].hear() == INSIDE
        writers[1].kill()
        writers[0].ask(store, given)
        assert writers[0].end() == ""
        assert sweeps.same(nnjax.open_store(store).load(), reference)
        writers[1] = Writer()
        writers[1].hear()
    tally("a writer is killed, and another comes", times, "the other could write at once, and finished the sweep")


@pytest.mark.faults
def test_who_may_write_beside_whom(writers, begun, tmp_path, tally):
    given, reference, _ = begun
    holder, newcomer = writers
    pairs = sweeps.some(itertools.product(WRITERS, WRITERS))
    for number, (one, other) in enumerate(pairs):
        store = tmp_path / f"{number}.zarr"
        holder.ask(store, given | {"shard": WRITERS[one]})
        assert holder.hear() == INSIDE
        newcomer.ask(store, given | {"shard": WRITERS[other]})
        said = newcomer.end()
        if {one, other} == {"shard 0 of 2", "shard 1 of 2"}:
            assert said == ""
        else:
            assert is_refused_by(said, holder), f"{other} beside {one}"
        holder.pipe.send(GO)
        assert holder.hear() == ""
        newcomer.ask(store, given)  # finishes what a shard has left
        assert newcomer.end() == ""
        assert sweeps.same(nnjax.open_store(store).load(), reference)
    tally(
        "one writes, and another comes",
        len(pairs),
        f"as the writer of {', '.join(WRITERS)}: only two shards of one sweep may write together",
    )
