"""Of two processes that write one store at once, one is refused and told who writes; shards of one sweep may both."""

import itertools
import signal
import socket

import pytest

from tests.faults import sweeps
from tests.faults.child import Child, wait_for

pytestmark = pytest.mark.faults
WRITERS = {"the whole sweep": None, "shard 0 of 2": (0, 2), "shard 1 of 2": (1, 2), "shard 0 of 3": (0, 3)}


@pytest.fixture(scope="module")
def begun(tmp_path_factory, programs):
    """A sweep, its result, and the stores with which a race begins: none, one unfinished, and one to be extended."""
    given, folder = sweeps.settings(8) | {"workers": 1}, tmp_path_factory.mktemp("begun")
    stores = {name: folder / f"{name}.zarr" for name in ("none", "unfinished", "grows")}
    reference = sweeps.sweep(stores["unfinished"], given)
    for file in sweeps.chunk_files(stores["unfinished"], "status")[::2]:
        file.unlink()
    sweeps.sweep(stores["grows"], given | {"learning_rate": given["learning_rate"][:2]})
    return given, reference, stores


def assert_refused(text, writer):
    assert f"process {writer.process.pid}" in text
    assert f"host {socket.gethostname()}" in text


def holding(folder, store, given):
    """A process that may write a store, and waits before its first block."""
    child = Child(folder, [store], given, held=True)
    child.let("start", 0)
    wait_for(lambda: child.count("opened"))
    return child


def test_two_at_once(begun, tmp_path, tally):
    given, reference, starts = begun
    races = [start for start in starts.values() for _ in range(sweeps.number(25))]
    stores = [sweeps.copied(start, tmp_path / f"{i}.zarr") for i, start in enumerate(races)]
    both = [Child(tmp_path, stores, given, held=True) for _ in range(2)]
    wait_for(lambda: all(child.count("ready") for child in both))
    for number, store in enumerate(stores):

        def notes(child, number=number):
            return {one["what"]: one for one in child.all("opened", "error", "finished") if one["number"] == number}

        for child in both:
            child.let("start", number)
        wait_for(lambda notes=notes: all(map(notes, both)))
        (writer,) = (child for child in both if "opened" in notes(child))
        (refused,) = (child for child in both if child is not writer)
        assert_refused(notes(refused)["error"]["text"], writer)
        sweeps.finished(sweeps.opened(store), reference)  # a reader beside the writer
        writer.let("write", number)
        wait_for(lambda notes=notes, writer=writer: "finished" in notes(writer))
        sweeps.assert_same(sweeps.opened(store), reference)
    for child in both:
        child.finish()
    tally(
        "two processes start the same sweep",
        len(races),
        "at the same moment, with no store yet, with an unfinished one and with one to be extended. One wrote; the "
        "other was refused, and told who writes. Meanwhile the store could be read",
    )


def test_a_writer_is_killed(begun, tmp_path, tally):
    given, reference, _ = begun
    for i in range(times := sweeps.number(10)):
        store = tmp_path / f"{i}.zarr"
        assert holding(tmp_path, store, given).stop() == -signal.SIGKILL
        sweeps.assert_same(sweeps.sweep(store, given), reference)
    tally("a writer is killed, and another comes", times, "the other could write at once, and finished the sweep")


def test_who_may_write_beside_whom(begun, tmp_path, tally):
    given, reference, _ = begun
    pairs = sweeps.some(itertools.product(WRITERS, WRITERS))
    for number, (one, other) in enumerate(pairs):
        store = tmp_path / f"{number}.zarr"
        holder = holding(tmp_path, store, given | {"shard": WRITERS[one]})
        error = sweeps.error_of(lambda store=store, other=other: sweeps.sweep(store, given, shard=WRITERS[other]))
        if {one, other} == {"shard 0 of 2", "shard 1 of 2"}:
            assert error is None
        else:
            assert_refused(str(error), holder)
        holder.let("write", 0)
        holder.finish()
        sweeps.assert_same(sweeps.sweep(store, given), reference)  # finishes what a shard has left
    tally(
        "one writes, and another comes",
        len(pairs),
        f"as the writer of {', '.join(WRITERS)}: only two shards of one sweep may write together",
    )
