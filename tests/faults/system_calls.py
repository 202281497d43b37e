"""Calls of the operating system that fail on purpose, and a disk that is really full."""

import contextlib
import itertools
import os
import subprocess
from pathlib import Path
from unittest import mock

# What stands for each kind of call: making a folder, writing a file, bringing it to the disk (on Linux), moving it.
FUNCTIONS = {
    "folder": [(os, "mkdir")],
    "write": [(Path, "write_bytes")],
    "sync": [(os, "fsync")],
    "rename": [(os, "replace"), (os, "rename")],
}


@contextlib.contextmanager
def failing(call, folder, where, first, number, lasting=False):
    """Inside, a call fails with an OSError of this number, as on a disk that is full or broken; yields which failed.

    Calls of this kind below `folder` count if `where` picks their path from there ("old > new" where a file moves). The
    `first` ones succeed; then one fails, or (`lasting`) all do. Of a file whose writing fails, half is there.
    """
    counter, failed = itertools.count(), []

    def patched(real):
        def function(*given, **named):
            paths = [f"/proc/self/fd/{given[0]}"] if call == "sync" else given[: 2 if call == "rename" else 1]
            paths = [Path(os.readlink(path) if call == "sync" else path) for path in paths]
            below = all(path.is_relative_to(folder) for path in paths)
            made = call == "folder" and paths[0].is_dir()  # a folder that is there already is not made
            if below and not made and where(" > ".join(path.relative_to(folder).as_posix() for path in paths)):
                count = next(counter)
                if count == first or (lasting and count > first):
                    failed.append(count)
                    if call == "write":
                        real(given[0], given[1][: len(given[1]) // 2])
                    raise OSError(number, os.strerror(number), str(paths[-1]))
            return real(*given, **named)

        return function

    with contextlib.ExitStack() as patches:
        for owner, name in FUNCTIONS[call]:
            patches.enter_context(mock.patch.object(owner, name, patched(getattr(owner, name))))
        yield failed


@contextlib.contextmanager
def small_disk(folder, kilobytes):
    """Yield a function that resizes a disk in memory, mounted at `folder`; None where there can be none (not root)."""

    def mount(*words):
        subprocess.run(["mount", *words, str(folder)], check=True, capture_output=True, timeout=20)

    folder.mkdir()
    try:
        mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs")
    except (OSError, subprocess.SubprocessError):
        yield None
        return
    try:
        yield lambda kilobytes: mount("-o", f"remount,size={kilobytes}k")
    finally:
        subprocess.run(["umount", str(folder)], check=True)
