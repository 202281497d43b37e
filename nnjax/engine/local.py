"""Jobs trained by the workers of this process: a queue, and threads that take from it.

A worker is a thread. By default there is one per device, or on a CPU one per core, all on JAX's only CPU device.
"""

import contextvars
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax

from nnjax import hooks, machine
from nnjax.engine.jobs import Job, Jobs, Write, train_job
from nnjax.engine.plan import Plan
from nnjax.engine.progress import Progress
from nnjax.engine.request import Request, Tasks
from nnjax.engine.train import device_data


class Stopped(Exception):
    """Raised in a worker when another has failed or the user has interrupted."""


def train(
    request: Request,
    plan: Plan,
    data: Tasks,
    jobs: Jobs,
    write: Write,
    progress: Progress,
    num_workers: int | None = None,
    store: Path | None = None,
) -> None:
    """Have all jobs trained; the worker that trained a job passes it to `write`. Listeners are told of the `store`."""
    precision = jax.config.jax_default_matmul_precision  # like all settings of JAX, it belongs to a thread
    devices, on_device = machine.devices(num_workers), {}
    for device in dict.fromkeys(devices):
        with machine.precision(request.dtype, device, precision):
            on_device[device] = device_data(data, request.dtype)

    def work(device: Any, job: Job, alive: Callable[[], None]) -> None:
        def on_call(networks: float) -> None:
            alive()
            progress.add(job.name, networks)

        hooks.tell("train", store, job.name, len(job.places))
        progress.begin(job.name)
        write(job, *train_job(request, plan, on_device[device], device, precision, job, on_call))
        progress.end(job.name)

    with machine.one_blas_thread(request.may_call_lapack()):
        run(jobs, [partial(work, device) for device in devices])


class Queue:
    """Jobs for workers: the first job of a program compiles it, and the program's other jobs wait for that.

    Jobs of compiled programs go first. If there are none, a worker starts the next program, so that one compiles while
    others run. There are never more open programs than workers. (A compiled program belongs to one device; a worker on
    another device compiles it again with its first job of that program.)
    """

    def __init__(self, jobs: Jobs) -> None:
        self.new = deque(map(iter, jobs))
        self.ready: deque[Iterator[Job]] = deque()
        self.compiling: dict[int, Iterator[Job]] = {}
        self.stopped = False
        self.changed = threading.Condition()

    def take(self) -> Job | None:
        """The next job; None when nothing is left to do. Waits while all jobs left wait for a program to compile."""
        with self.changed:
            while not self.stopped:
                while self.ready:
                    if (job := next(self.ready[0], None)) is not None:
                        return job
                    self.ready.popleft()
                while self.new:
                    rest = self.new.popleft()
                    if (job := next(rest, None)) is not None:
                        self.compiling[job.program] = rest
                        return job
                if not self.compiling:
                    return None
                self.changed.wait()
            return None

    def compiled(self, job: Job) -> None:
        """Release the other jobs of this program, if they still wait for it.

        Raises:
            Stopped: if another worker has failed, or the user has interrupted.
        """
        with self.changed:
            if self.stopped:
                raise Stopped
            rest = self.compiling.pop(job.program, None)
            if rest is not None:
                self.ready.append(rest)
                self.changed.notify_all()

    def stop(self) -> None:
        """Let every worker end after the call that it is in."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()


type Work = Callable[[Job, Callable[[], None]], None]


def run(jobs: Jobs, works: Sequence[Work]) -> None:
    """Have every job done by one of the workers, `work(job, alive)`, which calls `alive()` after each call of
    the program. Even a single worker is a thread, so that after an interrupt it can end its call.
    """
    queue, all_there = Queue(jobs), threading.Event()

    def worker(work: Work) -> None:
        all_there.wait()  # so that after an interrupt while threads start, none of them trains
        while (job := queue.take()) is not None:
            try:
                work(job, lambda job=job: queue.compiled(job))
            except Stopped:
                return
            except BaseException:
                queue.stop()
                raise

    with ThreadPoolExecutor(len(works)) as pool:
        try:
            # Each worker has a copy of the caller's context, so that hooks hold in it as well.
            futures = [pool.submit(contextvars.copy_context().run, worker, work) for work in works]
            all_there.set()
            for future in futures:
                future.result()
        except BaseException:
            queue.stop()
            raise
        finally:
            all_there.set()
