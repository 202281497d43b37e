"""Calls of the operating system that fail on purpose, and a disk that is really full."""

import contextlib
import os
import subprocess
import threading
from pathlib import Path
from unittest import mock


class Failing:
    """Counts the calls below a folder that `where` picks by their paths; one fails after `first` successes, or all."""

    def __init__(self, folder, where, first, number, lasting):
        self.folder, self.where, self.first, self.number, self.lasting = folder, where, first, number, lasting
        self.count, self.failed, self.lock = 0, 0, threading.Lock()

    def check(self, *paths):
        """Raise an OSError if this call is to fail."""
        known = [Path(path) for path in paths if isinstance(path, str | os.PathLike)]
        if len(known) < len(paths) or not all(path.is_relative_to(self.folder) for path in known):
            return
        if not self.where(" > ".join(path.relative_to(self.folder).as_posix() for path in known)):
            return
        with self.lock:
            self.count += 1
            fails = self.count > self.first if self.lasting else self.count == self.first + 1
            self.failed += fails
        if fails:
            raise OSError(self.number, os.strerror(self.number), str(paths[-1]))


@contextlib.contextmanager
def failing(call, folder, where, first, number, lasting=False):
    """Inside, a system call fails with an OSError of this number, as on a disk that is full or broken.

    `call` is "write" (of a file, of which half reaches the disk), "sync" (on Linux), "rename" or "folder" (making one).
    `where` is a function of a path from `folder`, or of "old > new". The first calls succeed; then one fails, or
    (`lasting`) all do.
    """
    state = Failing(folder, where, first, number, lasting)
    write, sync, make = Path.write_bytes, os.fsync, os.mkdir

    def failing_write(path, content):
        try:
            state.check(path)
        except OSError:
            write(path, content[: len(content) // 2])
            raise
        return write(path, content)

    def failing_sync(file):
        state.check(os.readlink(f"/proc/self/fd/{file}"))
        sync(file)

    def failing_folder(path, *args, **named):
        if not os.path.isdir(path):  # one that is there already is not made
            state.check(path)
        make(path, *args, **named)

    def renaming(move):
        def failing_move(source, target, **named):
            state.check(source, target)
            move(source, target, **named)

        return failing_move

    patches = {
        "write": [(Path, "write_bytes", failing_write)],
        "sync": [(os, "fsync", failing_sync)],
        "folder": [(os, "mkdir", failing_folder)],
        "rename": [(os, name, renaming(getattr(os, name))) for name in ("replace", "rename")],
    }
    with contextlib.ExitStack() as stack:
        for patch in patches[call]:
            stack.enter_context(mock.patch.object(*patch))
        yield state


@contextlib.contextmanager
def small_disk(folder, kilobytes):
    """Yield a function that resizes a disk in memory, mounted at `folder`; None where there can be none (not root)."""
    folder.mkdir()
    try:
        _system("mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder))
    except (OSError, subprocess.SubprocessError):
        yield None
        return
    try:
        yield lambda kilobytes: _system("mount", "-o", f"remount,size={kilobytes}k", str(folder))
    finally:
        _system("umount", str(folder))


def _system(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=20)
