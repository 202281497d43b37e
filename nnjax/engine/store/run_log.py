"""When, where and for how long a store was written, which differs each time: the log `status/.nnjax/run.json` in it."""

import json
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nnjax.engine.store import files
from nnjax.engine.store.locks import OWN

# The least time between two updates of the file while a sweep runs.
SECONDS_BETWEEN = 5.0


class RunLog:
    """The record of one session, after those of the sessions before it."""

    def __init__(self, file: Path, about: dict[str, Any]) -> None:
        self.file, self.begun, self.written = file, time.monotonic(), 0.0
        self.earlier = sessions(file)
        if not self.earlier and file.exists():  # it cannot be read, and is kept
            os.replace(file, file.with_name(f"{file.name}.damaged"))
        self.now: dict[str, Any] = {
            "start": _now(),
            "end": None,
            "ended": "killed, or still running",
            "host": socket.gethostname(),
            "process": os.getpid(),
            **about,
            "networks_trained": 0,
            "jobs": 0,
            "wall_seconds": 0.0,
            "compile_seconds": 0.0,
            "run_seconds": 0.0,
        }
        self.write()

    def add(self, networks: int, compile_seconds: float, run_seconds: float) -> None:
        """Count a job that is finished and written."""
        self.now["networks_trained"] += networks
        self.now["jobs"] += 1
        self.now["compile_seconds"] += compile_seconds
        self.now["run_seconds"] += run_seconds
        if time.monotonic() - self.written > SECONDS_BETWEEN:
            self.write()

    def close(self, ended: str) -> None:
        """Write how the session ended."""
        self.now |= {"end": _now(), "ended": ended}
        self.write()

    def write(self) -> None:
        """Bring the file up to date."""
        self.written = time.monotonic()
        self.now["wall_seconds"] = round(self.written - self.begun, 3)
        rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in self.now.items()}
        text = json.dumps({"sessions": [*self.earlier, rounded]}, indent=2, allow_nan=False)
        store = self.file.parents[2]
        files.write(store, {self.file.relative_to(store).as_posix(): (text + "\n").encode()}, sync=False)


def run_file(path: Path, shard: tuple[int, int] | None = None) -> Path:
    """The path of a store's run log; each shard has a file of its own."""
    return path / OWN / ("run.json" if shard is None else f"run.{shard[0]}-of-{shard[1]}.json")


def sessions(file: Path) -> list[dict[str, Any]]:
    """The sessions in a run log; none if the file does not exist or cannot be read."""
    try:
        return list(json.loads(file.read_text(encoding="utf-8"))["sessions"])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
