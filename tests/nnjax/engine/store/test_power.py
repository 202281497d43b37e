"""After a power failure at any moment the disk holds what was reported as written, and the sweep goes on from there."""

import contextlib
import copy
import hashlib
import itertools
import os
import shutil
import threading
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import xarray as xr

import nnjax

# What may have become of names and contents that were not brought to the disk: all kept (a kill), all lost, names kept
# and contents empty or torn, and any mixture.
WAYS = ("kept", "lost", "empty", "torn", "mixed")


class Disk:
    """All that happens below a folder, in order, and what a power failure may leave of it.

    A folder is a file whose entries are names of other files; an entry or a content is safe once its file was synced.
    """

    def __init__(self, folder):
        self.folder, self.count = folder, itertools.count(1)
        self.now = {folder: 0}  # which file every path is
        self.folders = {0}
        self.entries, self.contents, self.syncs, self.reports = [], [], [], []
        self.clock, self.lock = 0, threading.RLock()

    def tick(self):
        self.clock += 1
        return self.clock

    def name(self, path, file):
        self.entries.append((self.tick(), self.now[path.parent], path.name, file))

    def known(self, path, *_, **named):
        return named.get("dir_fd") is None and isinstance(path, str | os.PathLike) and self.folder in Path(path).parents

    def made(self, path, is_folder=False):
        self.now[path] = next(self.count)
        if is_folder:
            self.folders.add(self.now[path])
        self.name(path, self.now[path])

    def moved(self, old, new):
        self.name(new, self.now[old])
        self.name(old, None)
        moved = {path: file for path, file in self.now.items() if path == old or old in path.parents}
        self.now = {path: file for path, file in self.now.items() if path not in moved}
        self.now |= {new / path.relative_to(old): file for path, file in moved.items()}

    def atomic(self, f):
        def one(*given, **named):
            with self.lock:
                return f(*given, **named)

        return one

    @contextlib.contextmanager
    def recording(self):
        real = {name: getattr(os, name) for name in ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "open")}
        real_write = Path.write_bytes

        def mkdir(path, *given, **named):
            real["mkdir"](path, *given, **named)
            if self.known(path, **named):
                self.made(Path(path), is_folder=True)

        def moving(name):
            def move(old, new, **named):
                real[name](old, new, **named)
                if self.known(old, **named):
                    self.moved(Path(old), Path(new))

            return move

        def removing(name):
            def remove(path, **named):
                real[name](path, **named)
                if self.known(path, **named):
                    self.name(Path(path), None)
                    self.now.pop(Path(path))

            return remove

        def fsync(file):
            real["fsync"](file)
            path = Path(os.readlink(f"/proc/self/fd/{file}"))
            if path == self.folder or self.known(path):
                self.syncs.append((self.tick(), self.now[path]))

        def opening(path, flags, *given, **named):
            new = self.known(path, **named) and flags & os.O_CREAT and not os.path.exists(path)
            found = real["open"](path, flags, *given, **named)
            if new:
                self.made(Path(path))
            return found

        def write_bytes(path, content):
            new = self.known(path) and path not in self.now
            real_write(path, content)
            if new:
                self.made(path)
            if self.known(path):
                self.contents.append((self.tick(), self.now[path], bytes(content)))

        with contextlib.ExitStack() as patches:
            for name, f in (
                ("mkdir", mkdir), ("rename", moving("rename")), ("replace", moving("replace")), ("fsync", fsync),
                ("unlink", removing("unlink")), ("rmdir", removing("rmdir")), ("open", opening),
            ):  # fmt: skip
                patches.enter_context(mock.patch.object(os, name, self.atomic(f)))
            patches.enter_context(mock.patch.object(Path, "write_bytes", self.atomic(write_bytes)))
            yield

    def left(self, moment, way, generator):
        """What is on the disk after a power failure: {path from the folder: content, or None for a folder}."""

        def safe(time, file):
            return any(time < synced < moment for synced, one in self.syncs if one == file)

        tree = {}
        for time, folder, name, file in self.entries:
            keep = way in ("kept", "empty", "torn") or (way == "mixed" and generator.random() < 0.5)
            if time < moment and (keep or safe(time, folder)):
                tree.setdefault(folder, {})[name] = file
        found = {}
        for time, file, content in self.contents:
            if time < moment:
                kind = generator.choice(("kept", "empty", "torn")) if way == "mixed" else way
                cut = len(content) if kind == "kept" or safe(time, file) else len(content) // 2 if kind == "torn" else 0
                found[file] = content[:cut]

        def below(file, path):
            for name, one in sorted(tree.get(file, {}).items()):
                if one is not None:
                    yield path + name, None if one in self.folders else found.get(one, b"")
                    yield from below(one, f"{path}{name}/")

        return dict(below(0, ""))


@pytest.fixture(scope="module")
def recorded(small, tmp_path_factory):
    return record(small, tmp_path_factory.mktemp("power") / "recorded")


def record(small, folder, workers=1):
    """A sweep that is made, stopped, resumed, extended, stopped and resumed again, as it reached the disk."""
    disk = Disk(folder)
    disk.folder.mkdir()
    store, first, done = disk.folder / "runs.zarr", {"seeds": 6, "learning_rate": [0.1]}, []

    def reported(event):
        if event.kind == "written":
            done.append(event.num_networks)
            disk.reports.append((disk.tick(), sum(done)))

    with disk.recording(), nnjax.hooks.listening(reported):
        small(store, jobs=1, **first)
        small(store, **first, workers=workers)
        small(store, jobs=1)
        small(store, workers=workers)
    assert disk.reports[-1][1] == 16
    return disk


def states(disk, moments, seed):
    """Everything that may be left at these moments, each once, with the most networks that were reported then."""
    generator, seen = np.random.default_rng(seed), set()
    for moment, way in itertools.product(moments, WAYS):
        state = disk.left(moment, way, generator)
        report = max((count for time, count in disk.reports if time < moment), default=0)
        digest = hashlib.sha256(repr((sorted(state.items()), report)).encode()).digest()
        if digest not in seen:
            seen.add(digest)
            yield moment, way, state, report


def check(small, state, report, whole, folder):
    """What is there is right and not less than was reported, and the sweep goes on to the same end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path, content in state.items():
        (folder / path).mkdir() if content is None else (folder / path).write_bytes(content)
    store = folder / "runs.zarr"
    if store.exists():
        with warnings.catch_warnings(action="ignore"):
            try:
                found = nnjax.open_store(store, verify=True).load()
            except ValueError as error:
                if "is being grown" not in str(error):
                    raise
            else:
                finished = (found.status > 0).values
                there = whole.isel(learning_rate=slice(finished.shape[0]), seed=slice(finished.shape[1]))
                assert finished.sum() >= report
                for name in ("train_loss", "train_curve", "accuracy", "steps"):
                    np.testing.assert_array_equal(found[name].values[finished], there[name].values[finished])
    else:
        assert report == 0
    trained = []
    with nnjax.hooks.listening(lambda event: trained.append(event.num_networks) if event.kind == "written" else None):
        xr.testing.assert_identical(small(store).load(), whole)
    assert sum(trained) <= 16 - report
    xr.testing.assert_identical(nnjax.open_store(store, verify=True).load(), whole)


def test_some_power_failures(small, recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("nnjax.engine.store.files.SECONDS_TO_GROW", 0.0)
    whole = small().load()
    moments = np.linspace(1, recorded.clock + 1, 5).astype(int)
    for _, _, state, report in itertools.islice(states(recorded, moments, 1), 0, None, 4):
        check(small, state, report, whole, tmp_path / "left")


def test_a_report_before_the_disk_has_it_is_found_out(small, tmp_path, recorded):
    """Without what was brought to the disk, this test would see it."""
    forgetful = copy.copy(recorded)
    forgetful.syncs = []
    state = forgetful.left(recorded.clock + 1, "lost", None)
    assert state == {}
    with pytest.raises(AssertionError):
        check(small, state, 16, small().load(), tmp_path / "left")


@pytest.mark.faults
def test_every_power_failure(small, recorded, tmp_path, monkeypatch):
    monkeypatch.setattr("nnjax.engine.store.files.SECONDS_TO_GROW", 0.0)
    whole, count = small().load(), 0
    for disk, step in ((recorded, 2), (record(small, tmp_path / "by two", workers=2), 5)):
        for moment, way, state, report in states(disk, range(1, disk.clock + 2, step), 0):
            count += 1
            try:
                check(small, state, report, whole, tmp_path / "left")
            except (AssertionError, ValueError, OSError) as error:
                raise AssertionError(f"after step {moment}, with what was not synced {way}: {error}") from error
    print(f"{count} states of the disk")
    assert count >= 500
