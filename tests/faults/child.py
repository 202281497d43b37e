"""A process of its own that runs a sweep and notes down what it does, so that it can be killed at a chosen moment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import nnjax
from tests.faults import sweeps

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600.0  # seconds; a sweep that takes longer is taken to hang


def note(file, what, **more):
    """Append a line of JSON: what was done, by which process, when. One call, so that lines of several do not mix."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(opened, (json.dumps({"what": what, "process": os.getpid(), "at": time.time(), **more}) + "\n").encode())
    os.close(opened)


def notes(file):
    """All notes in a file, without a last one that is not whole."""
    return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


class Child:
    """A process that runs the sweep `given` on a store. Its notes, and what it prints, are files of `folder`."""

    def __init__(self, folder, store, given, **more):
        number = len(list(folder.glob("*.notes")))
        self.trace, self.said = (folder / f"{number:04d}.{kind}" for kind in ("notes", "txt"))
        self.trace.touch()  # takes the number
        arguments = json.dumps({"store": str(store), "trace": str(self.trace), "given": {**given, **more}})
        self.begun = time.time()
        with self.said.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__, arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def notes(self):
        return notes(self.trace)

    def count(self, what):
        """How many notes of a kind there are: events of a sweep, such as "train" and "written", and "finished"."""
        return sum(one["what"] == what for one in self.notes())

    def first(self, what):
        """The time of the first note of a kind."""
        return next(one["at"] for one in self.notes() if one["what"] == what)

    def stop(self, happened=lambda: True, wait=0.0, how=signal.SIGKILL):
        """Send a signal, `wait` seconds after `happened()`, unless the process ends before; return its exit code."""
        try:
            end = time.time() + PATIENCE
            while not happened() and self.process.poll() is None and time.time() < end:
                time.sleep(0.0003)
            end = time.time() + wait
            while self.process.poll() is None and time.time() < end:
                time.sleep(0.0003)
            self.process.send_signal(how)  # does nothing to a process that has ended
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()

    def finish(self):
        """Wait for its end, which must be that of the sweep."""
        try:
            assert self.process.wait(PATIENCE) == 0, self.said.read_text()[-3000:]
        finally:
            self.process.kill()
            self.process.wait()
        return self

    def phase(self):
        """What it was doing when it ended."""
        count = Counter(one["what"] for one in self.notes())
        if count["create"] > count["created"] or count["grow"] > count["grown"]:
            return "making or extending the store"
        if count["write"] > count["written"]:
            return "writing"
        if count["train"] > count["written"]:
            return "training"
        return "ending" if count["written"] else "starting"


def main(store, trace, given):
    """Run the sweep that is described in JSON, and note its events."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore Ctrl-C
    given |= {"hidden": [tuple(sizes) for sizes in given["hidden"]]}
    given |= {"shard": tuple(given["shard"])} if "shard" in given else {}
    with nnjax.hooks.listening(lambda event: note(trace, event.kind, block=event.job)):
        sweeps.sweep(Path(store), given)
    note(trace, "finished")


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
