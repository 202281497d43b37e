"""Where a store lies: any path that the system takes, and nothing beside it is touched."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
import xarray as xr

import nnjax
from nnjax.engine.store import checksums, files, locks


@pytest.fixture
def store(made, tmp_path):
    return Path(shutil.copytree(made[0], tmp_path / "runs.zarr"))


def everything(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize(
    "name",
    ["ä√ \t\nb%20#?c=d[r]*", "http:", "\udcff"],
)
def test_a_store_may_have_any_name(small, tmp_path, name):
    runs = small(tmp_path / "in" / name, learning_rate=[0.1]).load()
    xr.testing.assert_identical(small(tmp_path / "in" / name, learning_rate=[0.1]).load(), runs)
    xr.testing.assert_identical(nnjax.open_store(tmp_path / "in" / name, verify=True).load(), runs)
    assert os.listdir(tmp_path) == ["in"]
    assert os.listdir(tmp_path / "in") == [name]


@pytest.mark.parametrize(("name", "words"), [("a\0b", "a NUL character"), ("/", "a folder of its own")])
def test_what_can_be_no_store_is_refused(small, name, words):
    with pytest.raises(ValueError, match=rf"store=.* must be .*{words}|store=.*{words}"):
        small(name)


@pytest.mark.usefixtures("as_users_call")
@pytest.mark.parametrize("path", ["", "a\0b", 5, None])
def test_what_can_be_no_path_is_refused(path):
    with pytest.raises(ValueError, match=r"path=.* must be the path of a store"):
        nnjax.open_store(path)


def halves(params, data):
    return params[0].w[0, 0].astype("bfloat16")


def nothing(params, data):
    return params[0].w[:0]


@pytest.mark.parametrize(("measure", "words"), [(halves, "dtype bfloat16"), (nothing, r"shape \(0, 2\)")])
def test_a_measure_that_no_store_holds_is_refused(small, tmp_path, measure, words):
    with pytest.raises(ValueError, match=rf"measure\['m'\] has the {words}, which a store cannot hold"):
        small(tmp_path / "a", measure={"m": measure})
    assert os.listdir(tmp_path) == []


def test_nothing_beside_a_store_is_touched(small, tmp_path):
    """Not by making, growing, resuming or beginning anew; whatever its name."""
    store = tmp_path / "r*.zarr"
    names = ("r*.zarr.next", f"r*.zarr.new-{'0' * 32}", "r*.zarr.lock", "runs.zarr", "r*.zarr.run.json.d", "r*.zarr.1")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "zarr.json").write_text("{}")
    (tmp_path / "runs.zarr.run.json").write_text("mine")
    (tmp_path / f"r*.zarr.new-{'1' * 32}").mkdir()
    before = everything(tmp_path)
    small(store)
    small(store, seeds=9)
    small(store, seeds=9, fresh=True)
    after = everything(tmp_path)
    assert {path: after[path] for path in before} == before
    new = {path.relative_to(tmp_path).parts[0] for path in after.keys() - before.keys()}
    assert new == {"r*.zarr", "r*.zarr.2"}


def test_a_store_that_is_another_ones_name_is_not_taken_for_its_growth(small, made, store):
    beside = Path(f"{store}.next")
    other = small(beside, learning_rate=[0.2, 0.4]).load()
    xr.testing.assert_identical(small(store).load(), made[1])
    xr.testing.assert_identical(nnjax.open_store(store).load(), made[1])
    xr.testing.assert_identical(nnjax.open_store(beside, verify=True).load(), other)


def test_what_a_killed_maker_has_left_is_removed_and_that_of_a_living_one_is_not(small, tmp_path):
    store = tmp_path / "runs.zarr"
    dead, living, foreign = (tmp_path / f"runs.zarr.new-{digit * 32}" for digit in "abc")
    for folder in (dead, living, foreign):
        with locks.making(folder, "other.zarr" if folder is foreign else store.name):
            (folder / "zarr.json").write_text("{}")
            marker = folder / locks.OWN / locks.FOLDER / locks.MAKER
            content = marker.read_bytes()
        marker.write_bytes(content)  # as a kill leaves it
    with living.joinpath(locks.OWN, locks.FOLDER, locks.MAKER).open("r+b") as file:
        assert locks._lock(file.fileno(), "exclusive")
        small(store)
        assert sorted(os.listdir(tmp_path)) == sorted([store.name, living.name, foreign.name])
    small(store)
    assert sorted(os.listdir(tmp_path)) == sorted([store.name, foreign.name])


def test_halves_of_ones_own_are_removed_and_no_others(small, store):
    ours = [store / locks.OWN / f"{key}.{'0123456789abcdef' * 2}.partial" for key in ("zarr.json", "seed.zarr.json")]
    others = [store / "train_loss/c/0/mine.partial", store / "seed/mine.partial"]
    for file in (*ours, *others):
        file.write_text("half")
    small(store)
    assert [file.exists() for file in (*ours, *others)] == [False] * len(ours) + [True] * len(others)


@pytest.mark.parametrize("kind", ["train", "write", "written"])
def test_a_store_that_is_renamed_while_it_is_written_ends_with_what_to_do(small, tmp_path, kind):
    store, away = tmp_path / "runs.zarr", tmp_path / "away.zarr"
    seen = []

    def rename(event):
        if event.kind == kind and not seen:
            seen.append(store.rename(away))

    words = r"renamed or removed while it was being written; fix that and run the same sweep again to go on: \d+ of 4"
    with nnjax.hooks.listening(rename), pytest.raises(OSError, match=words):
        small(store, workers=1)
    assert os.listdir(tmp_path) == [away.name]
    away.rename(store)
    xr.testing.assert_identical(small(store).load(), small())


def test_a_store_that_is_renamed_within_a_write_is_not_begun_anew(small, tmp_path, monkeypatch):
    store, away = tmp_path / "runs.zarr", tmp_path / "away.zarr"
    check = locks.Right.check_place

    def renamed_just_then(right):
        check(right)
        if right.store == store and any(store.glob("status/c/*/*")) and not away.exists():
            store.rename(away)

    monkeypatch.setattr(locks.Right, "check_place", renamed_just_then)
    with pytest.raises(OSError, match=r"the store could not be (written|read).* and run the same sweep again"):
        small(store, workers=1)
    assert os.listdir(tmp_path) == [away.name]


def test_one_store_by_two_mounts_has_one_writer(small, store, tmp_path):
    other = tmp_path / "mount" / "runs.zarr"
    other.mkdir(parents=True)
    if subprocess.run(["mount", "--bind", store, other], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root")
    try:
        with (
            locks.held(store, None) as right,
            right.setting_up(),
            pytest.raises(ValueError, match=f"is being written by process {os.getpid()}|for too long"),
        ):
            right_of_other(other)
        small(other)
    finally:
        subprocess.run(["umount", other], check=True)


def right_of_other(store):
    with locks.held(store, None) as right:
        right._take()


def test_of_two_that_make_a_store_at_once_both_find_it_whole(small, tmp_path, monkeypatch):
    """The slower one finds that of the other, and goes on in it or is refused."""
    store, contents, made = tmp_path / "runs.zarr", files._contents, []

    def slower(*given):
        found = contents(*given)
        if not made:
            made.append(True)
            small(store)
        return found

    monkeypatch.setattr(files, "_contents", slower)
    xr.testing.assert_identical(small(store).load(), small())
    assert os.listdir(tmp_path) == [store.name]
    made.clear()
    with pytest.raises(ValueError, match="another process has made a new one at the same time"):
        small(store, fresh=True)
    assert sorted(os.listdir(tmp_path)) == [store.name, "runs.zarr.1"]


def test_fresh_does_not_move_a_store_that_is_being_written(small, store, tmp_path):
    for shard in (None, (0, 2)):
        with locks.held(store, shard) as right:
            with right.setting_up():
                pass
            with pytest.raises(ValueError, match="is being written by"):
                small(store, fresh=True)
    assert os.listdir(tmp_path) == [store.name]


def test_fresh_moves_a_damaged_store_aside_and_a_foreign_one_not(small, store, tmp_path):
    (store / "zarr.json").write_text("{")
    small(store, fresh=True)
    assert (tmp_path / "runs.zarr.1" / "zarr.json").read_text() == "{"
    foreign = tmp_path / "mine.zarr"
    xr.Dataset({"a": ("x", [1, 2])}).to_zarr(foreign, consolidated=False)
    before = everything(foreign)
    with pytest.raises(ValueError, match=r"is not a store of nnjax\.sweep, so fresh=True does not move it"):
        small(foreign, fresh=True)
    assert everything(foreign) == before


def test_a_copy_without_what_is_ours_is_still_a_store(small, made, store):
    for file in sorted((store / locks.OWN).rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (store / locks.OWN).rmdir()
    xr.testing.assert_identical(small(store).load(), made[1])


def test_who_holds_a_store_is_forgotten_when_it_is_released(small, tmp_path):
    store = tmp_path / "runs.zarr"
    small(store)
    assert {file.name: file.read_bytes() for file in (store / locks.OWN / locks.FOLDER).iterdir()} == {
        "maker": b"",
        "setup": b"",
        "writer": b"",
    }


def test_two_threads_finish_a_store_of_shards(small, tmp_path):
    store = tmp_path / "runs.zarr"
    import warnings

    def one(i):
        with warnings.catch_warnings(action="ignore"):
            small(store, shard=(i, 2))

    both = [threading.Thread(target=one, args=(i,)) for i in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert json.loads((store / "zarr.json").read_text())["attributes"]["finished"] == "yes"
    assert checksums.damaged_files(files.metadata(store)) == []
