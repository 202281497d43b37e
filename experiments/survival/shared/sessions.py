"""Sweeps in processes of their own, from their start to their end, however they end."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

from experiments.lab import processes
from experiments.survival.shared import child

PHASES = ("start", "creation", "growth", "training", "writing", "end")
CHILD = child.__name__
PATIENCE = 300.0  # seconds; a sweep that takes longer is taken to hang


class Session(NamedTuple):
    """A process that has ended: what it noted, when it ran (seconds since 1970), how it ended and what it printed."""

    notes: list[dict[str, Any]]
    begun: float
    ended: float
    code: int
    printed: str

    def succeeded(self) -> Self:
        """This session.

        Raises:
            RuntimeError: with the end of what it printed, if it failed.
        """
        if self.code:
            raise RuntimeError(f"a sweep in a process of its own ended with {self.code}:\n{self.printed[-3000:]}")
        return self

    def count(self, what: str) -> int:
        """How many notes of a kind there are: "train" for blocks begun, "written" for blocks finished."""
        return sum(note["what"] == what for note in self.notes)

    @property
    def lost(self) -> int:
        """Blocks that it noted as begun and not as written; a kill may come between a write and its note."""
        return self.count("train") - self.count("written")

    @property
    def phase(self) -> str:
        """What it was doing when it ended: one of PHASES."""
        kinds = Counter(note["what"] for note in self.notes)
        if kinds["create"] > kinds["create done"]:
            return "creation"
        if kinds["grow"] > kinds["grow done"]:
            return "growth"
        if kinds["write"] > kinds["written"]:
            return "writing"
        if self.lost:
            return "training"
        return "end" if kinds["written"] else "start"

    def seconds(self, first: str, last: str) -> float:
        """The seconds from the first note of one kind to the first of another."""
        return self.first(last) - self.first(first)

    def first(self, what: str) -> float:
        """The time of the first note of a kind (seconds since 1970)."""
        return next(note["at"] for note in self.notes if note["what"] == what)


class Running(NamedTuple):
    """A process under way."""

    child: subprocess.Popen
    trace: Path
    said: Path
    begun: float

    def wait(self) -> Session:
        """Wait for its end."""
        return self._ended()

    def stop(
        self,
        after: float,
        once: str = "",
        times: int = 1,
        there: Path | None = None,
        missed: float | None = None,
        how: int = signal.SIGKILL,
    ) -> Session:
        """Send the signal `how`, `after` seconds from the start or, if `once` is given, from the moment at which the
        process has noted `once` `times` times and the path `there`, if any, exists.

        If `missed` is given and a block is begun before that moment, the signal comes `missed` seconds from then.
        """
        came = False

        def over() -> bool:
            nonlocal came
            came = self._noted(once) >= times and (there is None or there.exists())
            return came or (missed is not None and self._noted("train") > 0)

        try:
            if once:
                self._await(over)
                after = after if came or missed is None else missed
                after += time.time() - self.begun
            self._await(lambda: time.time() >= self.begun + after)
        except BaseException:
            self.child.kill()
            self.child.wait()
            raise
        if self.child.poll() is None:
            self.child.send_signal(how)
        return self._ended()

    def _noted(self, what: str) -> int:
        return sum(note["what"] == what for note in processes.notes(self.trace))

    def _await(self, happened: Callable[[], bool]) -> None:
        while not happened() and self.child.poll() is None and time.time() < self.begun + PATIENCE:
            time.sleep(0.0003)

    def _ended(self) -> Session:
        try:
            code = self.child.wait(PATIENCE)
        finally:
            if self.child.poll() is None:
                self.child.kill()
                self.child.wait()
        printed = self.said.read_text(encoding="utf-8", errors="replace")
        return Session(processes.notes(self.trace), self.begun, time.time(), code, printed)


class Place(NamedTuple):
    """A folder for stores, notes and compiled programs, and how sweeps are run there."""

    folder: Path
    networks: int  # in a block
    workers: int

    def start(self, store: Path, given: dict[str, Any], **more: Any) -> Running:
        """Start a process that runs the sweep `given` on a store."""
        number = sum(1 for _ in self.folder.glob("*.notes"))
        trace, said = (self.folder / f"{number:04d}.{kind}" for kind in ("notes", "txt"))
        trace.touch()  # takes the number
        more = {"workers": self.workers} | more
        arguments = {"store": str(store), "trace": str(trace), "given": given, "networks": self.networks, "more": more}
        environment = processes.environment(self.folder / "programs")
        child = processes.start(CHILD, [json.dumps(arguments)], said, environment)
        return Running(child, trace, said, time.time())

    def finish(self, store: Path, given: dict[str, Any], **more: Any) -> Session:
        """Run a sweep to its end.

        Raises:
            RuntimeError: with the end of what it printed, if it fails.
        """
        return self.start(store, given, **more).wait().succeeded()
