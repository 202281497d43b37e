"""A disk that is full or broken ends a sweep with an error that says what to do; what was finished stays right."""

import errno
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.faults import sweeps
from tests.faults.system_calls import failing, small_disk

STORE = "runs.zarr"


def key(path):
    """The final name of a file that is first written as "seed.zarr.json.1234.partial"; "" for any other file."""
    return Path(path).name.rsplit(".", 2)[0] if path.endswith(".partial") else ""


# Kinds of calls: what they are for, the call, whether the store is extended, and the paths of such calls.
CALLS = (
    ("new store: make its folder", "folder", False, lambda path: path.endswith("/lock")),
    ("new store: write metadata", "write", False, lambda path: ".new-" in path and key(path).endswith("zarr.json")),
    ("new store: write coordinates", "write", False, lambda path: ".new-" in path and ".c." in key(path)),
    ("new store: bring it to the disk", "sync", False, lambda path: ".new-" in path),
    ("new store: move to its place", "rename", False, lambda path: path.endswith(f" > {STORE}")),
    ("log: write", "write", False, lambda path: key(path).endswith("run.json")),
    ("log: move to its place", "rename", False, lambda path: path.endswith("run.json")),
    ("block: make a folder", "folder", False, lambda path: f"{STORE}/" in path and "/c" in path),
    ("block: write losses", "write", False, lambda path: key(path).startswith("train_loss.c.")),
    ("block: write the status", "write", False, lambda path: key(path).startswith("status.c.")),
    ("block: bring it to the disk", "sync", False, lambda path: path.startswith(f"{STORE}/") and ".c." in key(path)),
    ("block: move to its place", "rename", False, lambda path: f" > {STORE}/" in path and "/c/" in path),
    ("growth: write metadata", "write", True, lambda path: key(path).endswith("growth.json")),
    ("growth: move beside the old ones", "rename", True, lambda path: path.endswith("growth.json")),
    ("growth: write them to their places", "write", True, lambda path: key(path).endswith("zarr.json")),
    ("growth: move them to their places", "rename", True, lambda path: path.endswith("zarr.json")),
    ("growth: write a block", "write", True, lambda path: key(path).startswith("train_curve.c.")),
)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """A sweep, its result, and what its store begins as: nothing, or half of its seeds where it grows."""
    given, half = sweeps.settings(16, block=256), tmp_path_factory.mktemp("disk") / "half.zarr"
    sweeps.sweep(half, given | {"seeds": given["seeds"] // 2})
    return given, sweeps.sweep(None, given), {True: half, False: half.with_name("none")}


def refused(call, first, number, tried, folder):
    """Refuse a call, and all later ones on a full disk; return what the store was then, or None if no call came."""
    _, kind, grows, where = call
    given, reference, begun = tried
    store = sweeps.copied(begun[grows], folder / STORE)
    with failing(kind, folder, where, first, number, lasting=number == errno.ENOSPC) as failed:
        error = sweeps.error_of(lambda: sweeps.sweep(store, given))
    return judged(error, number, store, given, reference) if failed else None


def judged(error, number, store, given, reference, enlarge=lambda size: None):
    """Check the error, what the store holds, and that the same sweep finishes it; return what the store was."""
    assert isinstance(error, OSError)
    assert error.errno == number
    assert str(store) in str(error)
    assert "run the same sweep again" in str(error)
    state = "no store"
    if store.exists():
        try:
            state = "some finished" if sweeps.finished(sweeps.opened(store), reference) else "nothing finished"
        except ValueError as said:
            state = "readable after the next run" if "run the sweep again" in str(said) else str(said)
        assert state in ("some finished", "nothing finished", "readable after the next run")
    enlarge(16_000)  # reading needs no space, but going on does
    sweeps.assert_same(sweeps.sweep(store, given), reference)
    assert not [file for file in sweeps.contents(store) if file.endswith((".partial", "growth.json"))]
    assert [path.name for path in store.parent.iterdir()] == [STORE]  # nothing half-made is left beside it
    return state


@pytest.mark.parametrize("call", CALLS[4::5], ids=lambda call: call[0])
def test_one_refused_call(call, tried, tmp_path):
    assert refused(call, 0, errno.ENOSPC, tried, tmp_path)


@pytest.mark.faults
def test_refused_calls(tried, tmp_path, tally):
    states, (given, _, begun) = Counter(), tried
    for call in CALLS:
        _, kind, grows, where = call
        calls = []  # all that come where none fails
        store = sweeps.copied(begun[grows], tmp_path / STORE)
        with failing(kind, tmp_path, lambda path, where=where, calls=calls: where(path) and calls.append(path), 0, 0):
            sweeps.sweep(store, given)
        # Two workers may make the same folder, so that the last of many calls does not come every time.
        last = len(calls) - 1 - len(calls) // 10
        for first in sorted({int(place) for place in np.linspace(0, last, sweeps.number(4))}):
            states.update(refused(call, first, number, tried, tmp_path) for number in (errno.ENOSPC, errno.EIO))
    del states[None]
    tally(
        "the disk refuses a call",
        states.total(),
        f"{len(CALLS)} kinds of calls (making a folder, writing, syncing, moving a file), at several moments, as on a "
        "full or a broken disk. The sweep ended with the system's error and what to do, no finished network was wrong, "
        "and run again it gave the same bits",
        f"{states['no store']} left no store yet, and {states['readable after the next run']} one that could be read "
        "only after the next run",
    )


@pytest.mark.faults
def test_full_disks(tried, tmp_path, tally):
    given, reference, _ = tried
    times = 0
    for kilobytes in sweeps.some((32, 64, 96, 128, 160, 192, 224, 256, 320, 384)):
        store = tmp_path / str(kilobytes) / STORE
        with small_disk(store.parent, kilobytes) as resize:
            error = resize and sweeps.error_of(lambda store=store: sweeps.sweep(store, given))
            if error:  # else the disk was large enough, or there can be none
                judged(error, errno.ENOSPC, store, given, reference, resize)
                times += 1
            elif resize:
                sweeps.assert_same(sweeps.opened(store), reference)
    outcome = "the sweep ended with the system's error and what to do, and once there was space it gave the same bits"
    tally("a small disk is full", times, outcome if times else "not tried: a disk in memory needs Linux and root")
