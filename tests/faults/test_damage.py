"""Files of a store that have changed, were cut, replaced or removed are named, or the sweep makes them anew."""

import contextlib
from collections import Counter

import pytest

import nnjax
from tests.faults import sweeps

FLIPPED, CUT, REPLACED, GONE = "changed", "cut", "replaced", "gone"
WRITTEN = ("train_loss", "train_curve", "accuracy", "steps", "status")  # by training; the rest when the store is made

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished store of 8 blocks, its sweep and its result."""
    store, given = tmp_path_factory.mktemp("damage") / "runs.zarr", sweeps.settings(8, block=48)
    return store, given, sweeps.sweep(store, given).load()


@contextlib.contextmanager
def holding(file, content):
    """Inside, a file holds other bytes, or is missing (None)."""
    before = file.read_bytes()
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)


def flips(content, stride):
    """Every `stride`-th byte and the last changed, once in all its bits and once in one."""
    for place in sorted({*range(0, len(content), stride), len(content) - 1}):
        for mask in (0xFF, 1 << (place // stride) % 8):
            changed = bytearray(content)
            changed[place] ^= mask
            yield bytes(changed)


def damages(files, number):
    """Every kind of damage to one of the chunks of an array."""
    content = files[number].read_bytes()
    yield from ((FLIPPED, flipped) for flipped in flips(content, 64))
    yield from ((CUT, content[:length]) for length in (0, 3, len(content) // 2))
    # The next chunk with other bytes: all chunks of the status are alike when a sweep has gone well.
    others = (file.read_bytes() for file in files[number + 1 :] + files[:number])
    yield from [(REPLACED, other) for other in others if other != content][:1]
    if "status" not in files[number].parts:  # a network without a status counts as not trained
        yield GONE, None


def test_chunks(made, tally):
    store, _, reference = made
    before, tries, unseen = sweeps.contents(store), Counter(), Counter()
    for name in map(str, reference.variables):
        files = sweeps.chunk_files(store, name)
        for number, file in sweeps.some(enumerate(files)):
            for damage, content in damages(files, number):
                with holding(file, content):
                    error = sweeps.raised(lambda name=name: nnjax.open_store(store)[name].load())
                    alone = sweeps.raised(lambda name=name: sweeps.foreign(store)[name].load())
                assert isinstance(error, ValueError)
                assert f"chunk {file.relative_to(store).as_posix()} " in str(error)
                tries[damage] += 1
                unseen[damage] += alone is None
    assert sweeps.contents(store) == before
    assert unseen[FLIPPED] == 0
    for fault, damage in (
        ("a byte or bit of a chunk has changed", FLIPPED),
        ("a chunk was cut short", CUT),
        ("a chunk was replaced by another one", REPLACED),
        ("a chunk is missing when it is read", GONE),
    ):
        missed = f"xarray without nnjax did not notice {unseen[damage]}" if unseen[damage] else ""
        tally(fault, tries[damage], "reading it ended in an error that names the chunk, each time", missed)


def test_removed_chunks_are_trained_again(made, tmp_path, tally):
    store, given, reference = made
    times, named = 0, 0
    for name in map(str, reference.variables):
        files = sweeps.chunk_files(store, name)
        for file in sweeps.some(files[:: -(-len(files) // 8)]):
            copy = sweeps.copied(store, tmp_path / store.name)
            (copy / file.relative_to(store)).unlink()
            error = sweeps.raised(lambda copy=copy: sweeps.sweep(copy, given))
            if error and name not in WRITTEN:  # a coordinate is not trained, so that it cannot be restored
                assert f"chunk {file.relative_to(store).as_posix()} " in str(error)
                named += 1
            else:
                assert sweeps.same(nnjax.open_store(copy, verify=True).load(), reference), file
            times += 1
    tally(
        "a chunk is missing when the sweep runs again",
        times,
        "its networks were trained again, to the same bits",
        f"{named} held coordinates, which no training restores: an error named them",
    )


def test_metadata(made, tally):
    """A file of metadata may have an error of its own or of the folder that it describes; a sweep says the same."""
    store, given, reference = made
    before, tries, harmless = sweeps.contents(store), 0, 0
    for file in sorted(store.rglob("zarr.json")):
        for content in sweeps.some(flips(file.read_bytes(), 32)):
            with holding(file, content):
                said = [
                    sweeps.raised(lambda call=call: found_by(call, reference))
                    for call in (lambda: nnjax.open_store(store), lambda: sweeps.sweep(store, given))
                ]
            for error in said:
                assert error is None or isinstance(error, ValueError), error
                assert error is None or file.parent.name in str(error), error
                assert error is None or "zarr.json" in str(error), error
            assert str(said[0]) == str(said[1])
            tries, harmless = tries + 1, harmless + (said[0] is None)
    assert sweeps.contents(store) == before
    tally(
        "a byte or bit of metadata has changed",
        tries,
        "opening the store and running the sweep again both named the file, or every result was as before "
        f"({harmless} times)",
    )


def found_by(call, reference):
    """A result that is there must be right."""
    if not sweeps.same(call().load(), reference):
        raise AssertionError("a result has changed, and nothing was said")
