"""A process of its own that runs sweeps and notes down what it does, so that it can be killed at a chosen moment."""

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

PATIENCE = 600.0  # seconds; a process that takes longer is taken to hang


def note(file, what, **more):
    """Append a line of JSON: what was done, and by which process. One call, so that lines of several do not mix."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(opened, (json.dumps({"what": what, "process": os.getpid(), "at": time.time(), **more}) + "\n").encode())
    os.close(opened)


def notes(file):
    """All notes in a file, without a last one that is not whole."""
    return [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]


def wait_for(happened):
    """Wait until `happened()`."""
    end = time.time() + PATIENCE
    while not happened():
        assert time.time() < end, "nothing happens"
        time.sleep(0.0003)


class Child:
    """A process that runs the sweep `given` on one store after another. Its notes and its output are in `folder`.

    If it is `held`, it begins each sweep when `let("start", i)` is called, writes the first block after `let("write",
    i)`, and goes on after an error. `settings` are further arguments of the sweep.
    """

    def __init__(self, folder, stores, given, held=False, **settings):
        number = len(list(folder.glob("*.notes")))
        self.trace, self.said = (folder / f"{number:04d}.{kind}" for kind in ("notes", "txt"))
        self.trace.touch()  # takes the number
        arguments = {"trace": str(self.trace), "stores": list(map(str, stores)), "held": held}
        arguments["given"] = given | settings
        with self.said.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__, json.dumps(arguments)],
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
            )  # fmt: skip
        self.begun = time.time()

    def all(self, *kinds):
        """All notes of these kinds: events of sweeps, such as "train" and "written", "finished" and "error"."""
        return [one for one in notes(self.trace) if one["what"] in kinds]

    def count(self, kind):
        return len(self.all(kind))

    def let(self, what, number):
        """Let a process that is held start the sweep of this number, or write its first block."""
        self.trace.with_suffix(f".{what}{number}").touch()

    def stop(self, happened=lambda: True, wait=0.0, how=signal.SIGKILL):
        """Send a signal, `wait` seconds after `happened()`, unless the process ends before; return its exit code."""
        try:
            wait_for(lambda: happened() or self.process.poll() is not None)
            end = time.time() + wait
            wait_for(lambda: time.time() >= end or self.process.poll() is not None)
            self.process.send_signal(how)  # does nothing to a process that has ended
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()

    def finish(self):
        """Wait for its end, which must be that of its sweeps."""
        assert self.process.wait(PATIENCE) == 0, self.said.read_text()[-3000:]
        return self

    def phase(self):
        """What it was doing when it ended."""
        count = Counter(one["what"] for one in notes(self.trace))
        if count["create"] > count["created"] or count["grow"] > count["grown"]:
            return "making or extending the store"
        if count["write"] > count["written"]:
            return "writing"
        if count["train"] > count["written"]:
            return "training"
        return "ending" if count["written"] else "starting"


def main(trace, stores, given, held):
    """Run the sweep that is described in JSON on each of the stores, and note its events."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore Ctrl-C
    given |= {"hidden": [tuple(sizes) for sizes in given["hidden"]]}
    given |= {"shard": tuple(given["shard"])} if given.get("shard") else {}
    trace = Path(trace)

    def hold(what, number):
        if held:
            wait_for(trace.with_suffix(f".{what}{number}").exists)

    note(trace, "ready")
    for number, store in enumerate(stores):

        def listen(event, number=number):
            note(trace, event.kind, block=event.job, number=number)
            if event.kind == "write":
                hold("write", number)

        hold("start", number)
        with nnjax.hooks.listening(listen):
            error = sweeps.error_of(lambda store=store: sweeps.sweep(Path(store), given))
        if error and not held:
            raise error
        note(trace, "error" if error else "finished", text=str(error), number=number)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
