"""Processes that an experiment starts, and the notes that they leave: a line of JSON for each thing that they do.

A note is written at once and whole, so that the notes of a process that was killed tell how far it had come, and
several processes, or threads, may write into one file.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.lab import claims


def note(file: Path, what: str, **more: Any) -> None:
    """Append a note: what was done, by which process, when."""
    line = json.dumps({"what": what, "process": os.getpid(), "at": time.time(), **more}) + "\n"
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        os.write(opened, line.encode())  # one call: lines of several writers do not mix
    finally:
        os.close(opened)


def notes(file: Path) -> list[dict[str, Any]]:
    """All notes in a file, in the order in which they were written; none where there is no file."""
    if not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def environment(programs: Path) -> dict[str, str]:
    """Environment variables for processes that share compiled programs, in a folder, and a GPU if there is one."""
    return {
        "JAX_COMPILATION_CACHE_DIR": str(programs),
        "JAX_ENABLE_COMPILATION_CACHE": "true",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    }


def start(module: str, arguments: Sequence[str], said: Path, more: Mapping[str, str]) -> subprocess.Popen:
    """Run a module of the experiments in a process of its own; what it prints goes to the file `said`.

    The caller ends the process and waits for its end.
    """
    with said.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=claims.ROOT.parent,
            env=os.environ | dict(more),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def peak() -> int:
    """The peak resident memory of this process so far, in bytes."""
    # On Linux `getrusage` holds what the parent had at the start of this process, if that was more; /proc does not.
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    if found:
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
