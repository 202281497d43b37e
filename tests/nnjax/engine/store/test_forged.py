"""A store of a stranger, whose hashes are consistent: nothing outside of it is read or written."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest
import xarray as xr

import nnjax
from nnjax.engine.store import checksums, files, locks, places

XOR = nnjax.tasks.xor()


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copytree(made[0], tmp_path / "home" / "runs.zarr"))


def everything(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def forged(store, change):
    """Change the metadata of the whole store, and seal them again."""
    root = json.loads((store / "zarr.json").read_text())
    change(root["attributes"])
    content = checksums.sealed_root(root)
    (store / "zarr.json").write_bytes(content)
    return content


@pytest.mark.parametrize("key", ["a/zarr.json", "größe/zarr.json", "a/c", "a/c/0/12"])
def test_keys_of_arrays(key):
    assert places.is_key(key)


OUTSIDE = ["../evil/zarr.json", "../zarr.json", "./zarr.json", "/evil/zarr.json", "a/../../c/0", "a/b/zarr.json"]
OUTSIDE += ["a/c/..", "a/c/0/../../../evil", "a/c/٣", "a/zarr.json\n", "zarr.json", "", "a/", "a\0/c/0"]


@pytest.mark.parametrize("key", OUTSIDE)
def test_no_key_leads_out_of_a_store(key, store, small):
    assert not places.is_key(key)
    forged(store, lambda attrs: attrs[checksums.STORE]["sha256"].update({key: checksums.sha256(b"evil")}))
    before = everything(store)
    for call in (lambda: nnjax.open_store(store), lambda: nnjax.open_store(store, verify=True), lambda: small(store)):
        with pytest.raises(ValueError, match=r"runs\.zarr/zarr\.json is damaged"):
            call()
    assert everything(store) == before


@pytest.mark.parametrize("key", ["../evil", "{}/evil", "evil/zarr.json", "status/.nnjax/lock/evil", ".zarr.json"])
def test_growth_takes_no_file_from_the_store(key, made, store, small, tmp_path):
    """Earlier versions wrote what growth.json holds wherever it said."""
    key = key.format(tmp_path)
    known = checksums.read_root(store, (store / "zarr.json").read_bytes()).sha256
    contents = {name: (store / name).read_bytes() for name in known} | {key: b"evil"}
    hashes = {name: checksums.sha256(content) for name, content in contents.items()}
    whole = (store / "zarr.json").read_bytes()
    contents["zarr.json"] = forged(store, lambda attrs: attrs[checksums.STORE].update(sha256=hashes))
    (store / "zarr.json").write_bytes(whole)
    growth = {name: base64.b64encode(content).decode() for name, content in contents.items()}
    (store / files.GROWTH).write_text(json.dumps(growth))
    xr.testing.assert_identical(small(store).load(), made[1])
    assert not list(tmp_path.rglob("*evil*"))
    assert not (store / files.GROWTH).exists()
    xr.testing.assert_identical(nnjax.open_store(store, verify=True).load(), made[1])


@pytest.mark.parametrize("growth", [b"{}", b"[", b"", b"[" * 100_000])
def test_growth_that_was_interrupted_is_finished_whatever_its_file_holds(growth, made, store, small, tmp_path):
    small(tmp_path / "longer.zarr", seeds=9)
    for name in ("status", "seed", "train_loss"):  # as a kill in the middle leaves it
        shutil.copy(tmp_path / "longer.zarr" / name / "zarr.json", store / name / "zarr.json")
    (store / files.GROWTH).write_bytes(growth)
    xr.testing.assert_identical(small(store, seeds=9).load(), small(seeds=9))
    xr.testing.assert_identical(nnjax.open_store(store, verify=True).isel(seed=slice(8)).load().drop_attrs(),
                                made[1].drop_attrs())  # fmt: skip


def test_a_refused_sweep_changes_no_byte(store, small, tmp_path):
    """Not even what a kill has left: half a file, a signed lock, growth, a store that was being made."""
    small(tmp_path / "longer.zarr", seeds=9)
    shutil.copy(tmp_path / "longer.zarr" / "seed" / "zarr.json", store / "seed" / "zarr.json")
    (store / files.GROWTH).write_bytes(b"{}")
    (store / locks.OWN / f"zarr.json.{'0' * 32}.partial").write_bytes(b"half")
    (store / locks.OWN / locks.FOLDER / "writer").write_bytes(b'{"host": "a"}')
    with locks.making(store.parent / f"runs.zarr.new-{'0' * 32}", store.name):
        pass
    for left in (True, False):
        if not left:  # a copy without locks, which gets none
            shutil.rmtree(store / locks.OWN)
        before = everything(store.parent)
        for change in ({"num_steps": 5}, {"seeds": 7}, {"activation": "relu"}, {"layout": "matrices"}):
            with pytest.raises(ValueError, match="holds another sweep"):
                small(store, **change)
        assert everything(store.parent) == before


FOLDERS = ("status", locks.OWN, f"{locks.OWN}/lock", "train_loss", "train_loss/c", "train_loss/c/1")


@pytest.mark.parametrize("link", [*FOLDERS, f"{locks.OWN}/lock/writer", f"{locks.OWN}/lock/setup"])
def test_no_link_leads_out_of_a_store(link, store, small, tmp_path):
    (store / "train_loss" / "c" / "1" / "1").unlink()
    (tmp_path / "theirs").mkdir()
    (store / link).rename(tmp_path / "theirs" / "moved")
    (tmp_path / "theirs" / ("moved/mine.partial" if link in FOLDERS else "moved")).write_text("theirs")
    (store / link).symlink_to(tmp_path / "theirs" / "moved")
    before = everything(tmp_path / "theirs")
    with pytest.raises(ValueError, match="symbolic link"):
        small(store)
    assert everything(tmp_path / "theirs") == before


def test_no_link_in_what_a_maker_has_left_is_followed(store, small, tmp_path):
    theirs = tmp_path / "theirs" / locks.MAKER
    theirs.parent.mkdir()
    theirs.write_text(json.dumps({"store": store.name}))
    own = [store.with_name(f"runs.zarr.new-{digit * 32}") / locks.OWN for digit in "ab"]
    (own[0] / locks.FOLDER).mkdir(parents=True)
    (own[0] / locks.FOLDER / locks.MAKER).symlink_to(theirs)
    own[1].mkdir(parents=True)
    (own[1] / locks.FOLDER).symlink_to(theirs.parent)
    before = theirs.read_text()
    small(store)
    assert theirs.read_text() == before
    assert all(one.exists() for one in own)


def test_no_compiler_option_of_a_store_names_files(store, small, tmp_path):
    def change(attrs):
        plan = json.loads(attrs["plan"])
        plan["kinds"][0]["options"]["xla_dump_to"] = str(tmp_path / "dump")
        attrs["plan"] = json.dumps(plan)

    forged(store, change)
    before = os.listdir(tmp_path)
    with pytest.raises(ValueError, match=r"compiler_options: .*xla_dump_to.* there"):
        small(store)
    with pytest.raises(ValueError, match=r"compiler_options=\{'xla_dump_to'.*takes only True, False and numbers"):
        nnjax.refit(nnjax.open_store(store), XOR, learning_rate=0.1, seed=0)
    assert os.listdir(tmp_path) == before
