"""Files of a store that are not what was written there: each is named, and what can be trained again is."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr

import nnjax
from nnjax.engine.store import checksums

CHUNK, OTHER = "train_loss/c/1/1", "train_loss/c/0/0"


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """A store, one with fewer seeds, and another of the same sweep; and the result."""
    folder = tmp_path_factory.mktemp("made")
    small(folder / "fewer.zarr", seeds=6)
    small(folder / "other.zarr")
    return folder, small(folder / "runs.zarr").load()


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copytree(made[0] / "runs.zarr", tmp_path / "runs.zarr"))


@pytest.fixture
def whole(made):
    return made[1]


def older(store, made, small, key=CHUNK):
    """A chunk as it was before the last of its networks were trained."""
    shutil.rmtree(store)
    shutil.copytree(made / "fewer.zarr", store)
    small(store)
    shutil.copy(made / "fewer.zarr" / key, store / key)


def rewritten(store):
    """By someone who knows nothing of seals: NaN at a finished status."""
    zarr.open_array(store / "train_loss", mode="r+")[1, 4] = np.nan


def linked(store):
    (store / CHUNK).unlink()
    (store / CHUNK).symlink_to(store / OTHER)


def special(store, make):
    (store / CHUNK).unlink()
    make(store / CHUNK)


DAMAGES = {
    "another of its array": lambda store, *_: shutil.copy(store / OTHER, store / CHUNK),
    "that of another array": lambda store, *_: shutil.copy(store / "accuracy" / "c" / "1" / "1", store / CHUNK),
    "that of another store": lambda store, made, _: shutil.copy(made / "other.zarr" / CHUNK, store / CHUNK),
    "an earlier state": older,
    "rewritten": lambda store, *_: rewritten(store),
    "a link to another": lambda store, *_: linked(store),
    "a pipe": lambda store, *_: special(store, os.mkfifo),
    "a folder": lambda store, *_: special(store, os.mkdir),
    "four zero bytes": lambda store, *_: (store / CHUNK).write_bytes(bytes(4)),
    "nothing": lambda store, *_: (store / CHUNK).write_bytes(b""),
}


# Without its seal or too old, a chunk is trained again by itself.
LEFT = ("an earlier state", "rewritten", "a pipe", "four zero bytes", "nothing")


@pytest.mark.parametrize("what", DAMAGES)
def test_a_chunk_that_was_not_written_there_is_named_and_trained_again(store, made, whole, small, what):
    DAMAGES[what](store, made[0], small)
    with pytest.raises(ValueError, match=f"chunk {CHUNK} of .* is damaged: .*; remove it and run the sweep again"):
        nnjax.open_store(store).train_loss.load()
    with pytest.raises(ValueError, match=f"chunk {CHUNK} of .* is damaged"):
        nnjax.open_store(store, verify=True)
    assert np.isfinite(nnjax.open_store(store).accuracy).all()
    if (store / CHUNK).is_dir():
        (store / CHUNK).rmdir()
    elif what not in LEFT:
        (store / CHUNK).unlink()
    xr.testing.assert_identical(small(store).load(), whole)
    assert len(nnjax.open_store(store, verify=True).train_loss) == 2


def test_a_folder_in_the_place_of_a_chunk_ends_the_sweep_with_what_to_do(store, small):
    special(store, os.mkdir)
    with pytest.raises(OSError, match="the store could not be written: Is a directory; fix that and run the same"):
        small(store)


def test_an_earlier_state_of_the_status_is_trained_again(store, made, whole, small):
    older(store, made[0], small, "status/c/1/1")
    with pytest.warns(UserWarning, match="2 of 16 networks are missing"):
        found = nnjax.open_store(store, verify=True)
    assert np.isnan(found.train_loss).sum() == 2
    xr.testing.assert_identical(small(store).load(), whole)


def test_foreign_coordinates_are_named_and_nothing_is_resumed(store, whole, small, tmp_path):
    other = tmp_path / "other.zarr"
    small(other, jobs=0, learning_rate=[0.2, 0.1])
    for name in ("learning_rate", "step"):
        key = f"{name}/c/0"
        kept = (store / key).read_bytes()
        if name == "learning_rate":
            shutil.copy(other / key, store / key)
        else:
            zarr.open_array(store / name, mode="r+")[:] = 7
        for call in (
            lambda: nnjax.open_store(store),
            lambda: nnjax.open_store(store, verify=True),
            lambda: small(store),
        ):
            with pytest.raises(ValueError, match=f"chunk {key} of .* is damaged: .*; restore it from a copy"):
                call()
        (store / key).write_bytes(kept)
    xr.testing.assert_identical(small(store).load(), whole)


@pytest.mark.parametrize("name", [".", "train_loss"])
def test_metadata_of_any_kind_are_named(store, small, name):
    file = store / name / "zarr.json"
    for content in (b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"{}", b"0", None):
        file.unlink()
        os.mkfifo(file) if content is None else file.write_bytes(content)
        for call in (lambda: nnjax.open_store(store), lambda: small(store)):
            with pytest.raises(ValueError, match=r"zarr\.json"):
                call()


def test_a_store_without_its_status_is_damaged(store, small):
    shutil.rmtree(store / "status")
    for call in (lambda: nnjax.open_store(store), lambda: small(store)):
        with pytest.raises(ValueError, match=r"status(/zarr\.json)? is missing: the store is damaged"):
            call()


def test_an_array_that_does_not_belong_to_the_store_is_named(store):
    shutil.copytree(store / "accuracy", store / "accurate")
    with pytest.raises(ValueError, match=r"accurate/zarr\.json does not belong to this store; remove accurate from it"):
        nnjax.open_store(store)


def test_every_decoder_reads_a_sealed_chunk(store):
    sealed = (store / CHUNK).read_bytes()
    plain = xr.open_zarr(store, consolidated=False, chunks=None)
    xr.testing.assert_equal(plain, nnjax.open_store(store))
    assert sealed[-4 - 32 :][:4] == bytes.fromhex("5e2a4d18")  # 0x184D2A5E, little-endian: RFC 8878, section 3.1.2
    assert checksums.generation_of(store / CHUNK) == 1
    assert checksums.generation_of(store / "nowhere") == checksums.generation_of(store) == 0


def test_datatrees_and_groups_do_not_trip_over_what_is_ours(store):
    assert list(xr.open_datatree(store, engine="zarr", consolidated=False, chunks=None).groups) == ["/"]
    assert {name for name, _ in zarr.open_group(store, mode="r").members(max_depth=None)} >= {"status", "seed"}


def root_of(store):
    return json.loads((store / "zarr.json").read_text())


def test_a_store_of_the_first_format_is_refused_and_may_be_moved_aside(store, small):
    root = root_of(store)
    root["attributes"]["metadata_sha256"] = root["attributes"].pop(checksums.STORE)["sha256"]
    (store / "zarr.json").write_text(json.dumps(root))
    shutil.rmtree(store / "status" / ".nnjax")
    before = sorted(store.rglob("*"))
    for call in (lambda: nnjax.open_store(store), lambda: small(store)):
        with pytest.raises(ValueError, match=r"format 1, now 2.*do not say where they belong.*fresh=True"):
            call()
    assert sorted(store.rglob("*")) == before
    assert xr.open_zarr(store, consolidated=False, chunks=None).train_loss.shape == (2, 8)
    small(store, fresh=True)
    assert root_of(store.with_name("runs.zarr.1")) == root


def test_a_store_of_a_later_format_is_refused(store, small):
    root = root_of(store)
    root["attributes"][checksums.STORE]["format"] = 3
    (store / "zarr.json").write_bytes(checksums.sealed_root(root))
    with pytest.raises(ValueError, match=r"later version of nnjax, or zarr\.json is damaged: its format is 3"):
        small(store)
