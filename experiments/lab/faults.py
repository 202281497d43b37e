"""Faults on purpose: bytes that change, system calls that fail, a disk that is really full.

Each fault is undone at the end of its `with` block, except with `replaced(..., back=False)`. No file outside the given
folder is touched.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

CALLS = ("write", "sync", "rename", "folder")


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder for stores that are going to be damaged; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="nnjax-survival-") as folder:
        yield Path(folder)


def copied(store: Path, to: Path) -> Path:
    """Copy a store to another path, after removing an earlier copy there, and return that path."""
    for old in to.parent.glob(f"{to.name}*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    if store.exists():
        shutil.copytree(store, to)
    return to


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path from there."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file()}


@contextlib.contextmanager
def replaced(file: Path, content: bytes | None, back: bool = True) -> Iterator[None]:
    """Inside, a file holds other bytes, or is missing (None). Afterwards it is restored, unless `back` is False."""
    before = file.read_bytes()
    try:
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        yield
    finally:
        if back:
            file.write_bytes(before)


class Failing:
    """Counts calls of one kind below a folder; after `first` successes one fails, or (`lasting`) all of the rest."""

    def __init__(self, folder: Path, where: Callable[[str], bool], first: int, number: int, lasting: bool) -> None:
        self.folder, self.where, self.first, self.number, self.lasting = folder, where, first, number, lasting
        self.count, self.failed, self.lock = 0, 0, threading.Lock()

    def picks(self, *paths: Any) -> bool:
        """Whether this call is to fail."""
        known = [Path(path) for path in paths if isinstance(path, str | os.PathLike)]
        if len(known) < len(paths) or not all(path.is_relative_to(self.folder) for path in known):
            return False
        if not self.where(" > ".join(path.relative_to(self.folder).as_posix() for path in known)):
            return False
        with self.lock:
            self.count += 1
            fails = self.count > self.first if self.lasting else self.count == self.first + 1
            self.failed += fails
        return fails

    def error(self, path: Any) -> OSError:
        """What the system would say."""
        return OSError(self.number, os.strerror(self.number), str(path))


@contextlib.contextmanager
def failing(
    call: str,
    folder: Path,
    where: Callable[[str], bool],
    first: int,
    number: int,
    lasting: bool = False,
) -> Iterator[Failing]:
    """Inside, a system call fails with an OSError of this number, as on a disk that is full or broken.

    Args:
        call: "write" (of a file, of which half reaches the disk), "sync" (bringing a file or folder to the disk, on
            Linux), "rename" (of a file or folder) or "folder" (creating one).
        folder: below which calls fail.
        where: picks the calls by their paths relative to `folder`, as text; "old > new" for a rename.
        first: how many calls succeed before.
        number: of the error, such as errno.ENOSPC.
        lasting: whether all later calls that `where` picks fail too, or only this one.
    """
    if call not in CALLS:
        raise ValueError(f"call={call!r}: must be one of {', '.join(CALLS)}")
    state = Failing(folder, where, first, number, lasting)
    write, sync, make = Path.write_bytes, os.fsync, os.mkdir

    def failing_write(path: Path, content: Any) -> int:
        if state.picks(path):
            write(path, content[: len(content) // 2])
            raise state.error(path)
        return write(path, content)

    def failing_sync(file: int) -> None:
        path = os.readlink(f"/proc/self/fd/{file}")
        if state.picks(path):
            raise state.error(path)
        sync(file)

    def failing_folder(path: Any, *args: Any, **named: Any) -> None:
        if not os.path.isdir(path) and state.picks(path):  # one that is there already is not made
            raise state.error(path)
        make(path, *args, **named)

    with contextlib.ExitStack() as patches:
        if call == "write":
            patches.enter_context(mock.patch.object(Path, "write_bytes", failing_write))
        elif call == "sync":
            patches.enter_context(mock.patch.object(os, "fsync", failing_sync))
        elif call == "folder":
            patches.enter_context(mock.patch.object(os, "mkdir", failing_folder))
        else:
            for name in ("replace", "rename"):
                patches.enter_context(mock.patch.object(os, name, _renaming(getattr(os, name), state)))
        yield state


def _renaming(move: Callable[..., None], state: Failing) -> Callable[..., None]:
    def failing_move(source: Any, target: Any, **named: Any) -> None:
        if state.picks(source, target):
            raise state.error(target)
        move(source, target, **named)

    return failing_move


class Disk:
    """A small disk of its own, in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def resize(self, kilobytes: int) -> None:
        """Change its size."""
        _system("mount", "-o", f"remount,size={kilobytes}k", str(self.folder))


@contextlib.contextmanager
def small_disk(kilobytes: int) -> Iterator[Disk | None]:
    """Yield a disk of this many kilobytes, or None where the system does not allow one (it takes Linux and root)."""
    with workplace() as place:
        folder = place / "disk"
        folder.mkdir()
        try:
            _system("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))
        except (OSError, subprocess.SubprocessError):
            yield None
            return
        try:
            yield Disk(folder)
        finally:
            _system("umount", str(folder))


def _system(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)


def module(folder: Path, name: str, text: str) -> ModuleType:
    """Write a user's module with this text into a folder, and import it in place of an earlier version."""
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    if spec is None or spec.loader is None:
        raise ValueError(f"{folder / name}.py cannot be imported")
    sys.modules[name] = made = importlib.util.module_from_spec(spec)
    # Compiled from the text itself: two versions within a second would share a file of bytecode.
    exec(compile(text, str(folder / f"{name}.py"), "exec"), made.__dict__)
    return made
