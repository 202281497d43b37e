"""Files of a store that have changed, were cut, replaced or removed are named, or the sweep makes them anew."""

import contextlib
from collections import Counter

import pytest

import nnjax
from tests.faults import sweeps

FLIPPED, CUT, REPLACED, GONE = (
    "a byte or bit of a chunk has changed", "a chunk was cut short", "a chunk was replaced by another one",
    "a chunk is missing when it is read",
)  # fmt: skip
WRITTEN = ("train_loss", "train_curve", "accuracy", "steps", "status")  # by training; the rest when the store is made

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A finished store, its sweep and its result."""
    store, given = tmp_path_factory.mktemp("damage") / "runs.zarr", sweeps.settings(8, block=48)
    return store, given, sweeps.sweep(store, given)


@contextlib.contextmanager
def holding(file, content):
    """Inside, a file holds other bytes, or is missing (None)."""
    before = file.read_bytes()
    file.unlink() if content is None else file.write_bytes(content)
    try:
        yield
    finally:
        file.write_bytes(before)


def flips(content, stride):
    """Every `stride`-th byte and the last changed, once in all its bits and once in one."""
    for place in sorted({*range(0, len(content), stride), len(content) - 1}):
        for mask in (0xFF, 1 << (place // stride) % 8):
            yield content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :]


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
                    error = sweeps.error_of(lambda name=name: nnjax.open_store(store)[name].load())
                    alone = sweeps.error_of(lambda name=name: sweeps.foreign(store)[name].load())
                assert isinstance(error, ValueError)
                assert f"chunk {file.relative_to(store).as_posix()} " in str(error)
                tries[damage] += 1
                unseen[damage] += alone is None
    assert sweeps.contents(store) == before
    assert not unseen[FLIPPED]
    for damage, times in tries.items():
        missed = f"xarray without nnjax did not notice {unseen[damage]}" if unseen[damage] else ""
        tally(damage, times, "reading it ended in an error that names the chunk, each time", missed)


def test_removed_chunks_are_trained_again(made, tmp_path, tally):
    store, given, reference = made
    times, named = 0, 0
    for name in map(str, reference.variables):
        for file in sweeps.some(sweeps.chunk_files(store, name)):
            copy, key = sweeps.copied(store, tmp_path / store.name), file.relative_to(store)
            (copy / key).unlink()
            error = sweeps.error_of(lambda copy=copy: sweeps.sweep(copy, given))
            if error and name not in WRITTEN:  # a coordinate is not trained, so that it cannot be restored
                assert f"chunk {key.as_posix()} " in str(error)
                named += 1
            else:
                sweeps.assert_same(sweeps.opened(copy), reference)
            times += 1
    tally(
        "a chunk is missing when the sweep runs again",
        times,
        "its networks were trained again, to the same bits",
        f"{named} held coordinates, which no training restores: an error named them",
    )


def test_metadata(made, tally):
    store, given, reference = made
    before, times, harmless = sweeps.contents(store), 0, 0
    for file in sorted(store.rglob("zarr.json")):
        for content in sweeps.some(flips(file.read_bytes(), 32)):
            said = []
            with holding(file, content):
                for call in (lambda: nnjax.open_store(store).load(), lambda: sweeps.sweep(store, given)):
                    try:
                        sweeps.assert_same(call(), reference)  # what is not refused must be right
                        said.append("")
                    except ValueError as error:
                        said.append(str(error))
            assert said[0] == said[1]
            assert not said[0] or (str(file.parent) in said[0] and "zarr.json" in said[0])
            times, harmless = times + 1, harmless + (not said[0])
    assert sweeps.contents(store) == before
    tally(
        "a byte or bit of metadata has changed",
        times,
        "opening the store and running the sweep again both ended in an error that names the file, or every result was "
        f"as before ({harmless} times)",
    )
