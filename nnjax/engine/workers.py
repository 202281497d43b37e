"""A queue of waves, and the workers that take from it.

A worker is a device, or on a CPU a core: as many threads as cores, all on the one device that JAX has there.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax.engine import programs
from nnjax.engine.plans import Plan, Program

# Blocks in a wave where networks can stop early: enough for the survivors of many to fill one.
BLOCKS_PER_WAVE = 16


class Stopped(Exception):
    """Raised in a worker when another has failed or the user has interrupted."""


class Wave(NamedTuple):
    """A job: some networks of the plan's program of this number, by their places in all its cells [n], ascending.

    `parts` belong to who asked for the wave: (a part, how many of the networks are of it), in order.
    """

    program: int
    places: np.ndarray
    parts: tuple[tuple[Any, int], ...] = ()


# Of every program, made when they are taken: the places of a billion networks are never in memory together.
type Waves = Sequence[Iterable[Wave]]


def waves(plan: Plan, num_workers: int) -> Waves:
    """The jobs of every program. Larger waves save more where networks stop early, smaller ones keep workers busy."""
    return [_waves(number, program, num_workers) for number, program in enumerate(plan.programs)]


def _waves(number: int, program: Program, num_workers: int) -> Iterator[Wave]:
    blocks = 1
    if program.spec.early_stop is not None:
        blocks = max(1, min(BLOCKS_PER_WAVE, program.num_blocks // num_workers))
    size = blocks * program.lanes
    for first in range(0, program.num_networks, size):
        yield Wave(number, np.arange(first, min(first + size, program.num_networks)))


class Queue:
    """Waves for workers: the first wave of a program compiles it, and the others wait until it has.

    Compiled programs go first. Where none is ready a worker starts the next program, so that one compiles while
    others run, and no more programs are open than there are workers. (A program belongs to one device, so where there
    are several the worker of the next compiles it again when it takes its first wave.)
    """

    def __init__(self, waves: Waves) -> None:
        self.new = deque(map(iter, waves))
        self.ready: deque[Iterator[Wave]] = deque()
        self.compiling: dict[int, Iterator[Wave]] = {}
        self.stopped = False
        self.changed = threading.Condition()

    def take(self) -> Wave | None:
        """The next wave; None when there is nothing left to do. Waits where a program is being compiled."""
        with self.changed:
            while not self.stopped:
                while self.ready:
                    if (wave := next(self.ready[0], None)) is not None:
                        return wave
                    self.ready.popleft()
                while self.new:
                    rest = self.new.popleft()
                    if (wave := next(rest, None)) is not None:
                        self.compiling[wave.program] = rest
                        return wave
                if not self.compiling:
                    return None
                self.changed.wait()
            return None

    def compiled(self, wave: Wave) -> None:
        """Release the other waves of this program.

        Raises:
            Stopped: where another worker has failed, or the user has interrupted.
        """
        with self.changed:
            if self.stopped:
                raise Stopped
            rest = self.compiling.pop(wave.program, None)
            if rest is not None:
                self.ready.append(rest)
                self.changed.notify_all()

    def stop(self) -> None:
        """Let every worker end after the call that it is in."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()


type Work = Callable[[Wave, Callable[[], None]], None]


def run(waves: Waves, works: Sequence[Work]) -> None:
    """Have every wave done by one of the workers, `work(wave, alive)`, which calls `alive()` after each call of
    the program. Workers are threads even where there is one, so that an interrupt lets it end its call.
    """
    queue, all_there = Queue(waves), threading.Event()

    def worker(work: Work) -> None:
        all_there.wait()  # an interrupt while threads are being started leaves none that trains
        while (wave := queue.take()) is not None:
            try:
                work(wave, lambda wave=wave: queue.compiled(wave))
            except Stopped:
                return
            except BaseException:
                queue.stop()
                raise

    with ThreadPoolExecutor(len(works)) as pool:
        try:
            futures = [pool.submit(worker, work) for work in works]
            all_there.set()
            for future in futures:
                future.result()
        except BaseException:
            queue.stop()
            raise
        finally:
            all_there.set()


def devices(num_workers: int | None = None) -> list[Any]:
    """The device of every worker; None for the one that JAX takes by itself.

    On a CPU, and where a default device is set, all workers share it. Otherwise each takes the next of all devices.
    """
    one = programs.platform() == "cpu" or jax.config.jax_default_device is not None
    known = [jax.config.jax_default_device] if one else jax.local_devices()
    return [known[i % len(known)] for i in range(default_workers() if num_workers is None else num_workers)]


def default_workers() -> int:
    """A worker per core on a CPU, and one for each device otherwise."""
    if programs.platform() != "cpu":
        return 1 if jax.config.jax_default_device is not None else jax.local_device_count()
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
