"""Processes that stand ready to write a store, start at the same moment, and report how it went."""

import contextlib
import contextvars
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing import connection
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import jax

from experiments.survival.shared import sweeps
from nnjax import hooks, provenance

SPAWN = multiprocessing.get_context("spawn")  # a process that runs JAX must not be forked
PATIENCE = 120.0  # seconds after which waiting ends
READY, INSIDE, GO = "ready", "inside", "go"


class Task(NamedTuple):
    """A sweep to run on a store from `moment` on; if it `waits`, it writes its first block only when it is told to."""

    store: Path
    given: dict[str, Any]
    networks: int
    waits: bool = True
    more: dict[str, Any] = {}  # noqa: RUF012
    moment: float = 0.0


class Answer(NamedTuple):
    """How it ended: the process, when it started, was allowed to write and ended, and the error, if any."""

    process: int
    started: float
    inside: float
    ended: float
    kind: str
    text: str

    def refused_by(self, process: int, host: str) -> bool:
        """Whether it was refused, and told who writes the store."""
        return self.kind == "ValueError" and f"process {process}" in self.text and f"host {host}" in self.text


class Writer:
    """A process that runs one task after another. It first says that it may write, unless it is refused."""

    def __init__(self) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        # If the library were edited meanwhile, a process that starts later would be refused for its other source.
        given = (theirs, jax.config.jax_compilation_cache_dir, provenance.source())
        self.process = SPAWN.Process(target=_work, args=given, daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, task: Task) -> None:
        """Give it a task."""
        self.pipe.send(task)

    def hear(self) -> str | Answer:
        """Its next message."""
        if not self.pipe.poll(PATIENCE):
            raise RuntimeError(f"process {self.process.pid} says nothing")
        return self.pipe.recv()

    def end(self) -> Answer:
        """Wait for the end of its task."""
        said = self.hear()
        return said if isinstance(said, Answer) else self.end()

    def go_on(self) -> None:
        """Let it write its first block."""
        self.pipe.send(GO)

    def kill(self) -> None:
        """Kill it with SIGKILL, and wait for its end."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def ready(count: int) -> list[Writer]:
    """Start `count` of these processes, and return them once they have loaded all that they need."""
    found = [Writer() for _ in range(count)]
    for writer in found:
        writer.hear()
    return found


@contextlib.contextmanager
def writers(count: int) -> Iterator[list[Writer]]:
    """Yield `count` of these processes; all that are in the list at the end are killed."""
    found = ready(count)
    try:
        yield found
    finally:
        for writer in found:
            writer.kill()


def race(two: list[Writer], task: Task, look: Callable[[], Any]) -> tuple[list[Answer], Any]:
    """Give both the same task at the same moment, and call `look` while the one that may write waits."""
    moment = time.time() + 0.05
    for writer in two:
        writer.ask(task._replace(moment=moment))
    said = {writer.process.pid: writer.hear() for writer in _as_they_speak(two)}
    seen = look()
    holders = [writer for writer in two if said[writer.process.pid] == INSIDE]
    for writer in holders:
        writer.go_on()
    for writer in holders:
        said[writer.process.pid] = writer.end()
    return [answer for answer in said.values() if isinstance(answer, Answer)], seen


def _as_they_speak(some: list[Writer]) -> Iterator[Writer]:
    left = {writer.pipe: writer for writer in some}
    while left:
        ready = connection.wait(list(left), PATIENCE)
        if not ready:
            raise RuntimeError("no process says anything")
        for pipe in ready:
            yield left.pop(pipe)  # pyright: ignore[reportArgumentType]


def threads(task: Task) -> list[Answer]:
    """The same race between two threads of this process."""
    answers: list[Answer] = []
    start, answered = threading.Barrier(2), threading.Event()

    def wait(event: hooks.Event) -> None:
        if event.kind == "write":
            answered.wait(PATIENCE)

    def one() -> None:
        start.wait(PATIENCE)
        answers.append(_attempt(lambda: sweeps.sweep(task.store, task.given, task.networks)))
        answered.set()

    with hooks.listening(wait):  # a thread hears of it only with a copy of this context
        both = [threading.Thread(target=contextvars.copy_context().run, args=(one,)) for _ in range(2)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    return answers


def _work(pipe: connection.Connection, programs: str | None, source: str) -> None:
    """What the process does: one task after another, until the pipe closes."""
    # Locks made from here on, such as that of the progress bar, leave nothing in the system when it is killed.
    multiprocessing.set_start_method("fork", force=True)
    if programs:
        jax.config.update("jax_compilation_cache_dir", programs)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    with contextlib.suppress(EOFError, OSError), mock.patch.object(provenance, "source", return_value=source):
        pipe.send(READY)
        while True:
            pipe.send(_run(pipe, pipe.recv()))


def _run(pipe: connection.Connection, task: Task) -> Answer:
    """Run the sweep and say when it may write; if it waits, write its first block only when told to."""
    lock = threading.Lock()
    inside: list[float] = []
    may = not task.waits

    def listen(event: hooks.Event) -> None:
        nonlocal may
        if event.kind == "opened":
            inside.append(time.time())
            pipe.send(INSIDE)
        elif event.kind == "write":
            with lock:
                if not may:
                    pipe.poll(PATIENCE)
                    may = pipe.recv() == GO

    with hooks.listening(listen):
        time.sleep(max(0.0, task.moment - time.time() - 0.002))
        while time.time() < task.moment:  # sleeping is not that precise
            pass
        answer = _attempt(lambda: sweeps.sweep(task.store, task.given, task.networks, **task.more))
    return answer._replace(inside=inside[0] if inside else float("nan"))


def _attempt(run: Callable[[], Any]) -> Answer:
    started, kind, text = time.time(), "", ""
    try:
        run()
    except Exception as error:
        kind, text = type(error).__name__, str(error)
    return Answer(os.getpid(), started, float("nan"), time.time(), kind, text)
