"""Draw claims in a process of their own, so that the next claim can train at the same time."""

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from experiments.lab import runner
from experiments.lab.text import ClaimResult


@contextlib.contextmanager
def drawing_process(num_claims: int) -> Iterator[Callable[..., Future[ClaimResult]]]:
    """Yield a function that draws a claim and returns its outcome as a future.

    With several claims a separate process draws, so that the next claim can train at the same time.
    """
    if num_claims < 2:
        yield draw_here
        return
    with contextlib.ExitStack() as pools:

        def begun() -> ProcessPoolExecutor:
            # Spawned, as a process that runs JAX must not be forked.
            spawn = multiprocessing.get_context("spawn")
            return pools.enter_context(ProcessPoolExecutor(1, mp_context=spawn, initializer=_end_with_parent))

        pool = begun()

        def draw(*what: Any) -> Future[ClaimResult]:
            nonlocal pool
            try:
                return pool.submit(_draw_uncut, *what)
            except BrokenProcessPool:  # it died while it drew an earlier claim, perhaps out of memory
                pool = begun()
                return pool.submit(_draw_uncut, *what)

        yield draw


_DRAWING = threading.Lock()  # held in the drawing process while it draws, which must not be cut short


def _end_with_parent() -> None:
    """Make the drawing process end with the training one, however that ends, once it has drawn what it is drawing.

    Ctrl-C reaches every process of a terminal, and a batch system may send SIGTERM to all processes of a job.
    """
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        with _DRAWING:
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A pool that is broken ends its processes by this signal, so that an idle one must follow it.
    signal.signal(signal.SIGTERM, lambda *_: None if _DRAWING.locked() else os._exit(1))
    threading.Thread(target=wait, daemon=True).start()


def _draw_uncut(*what: Any) -> ClaimResult:
    """`runner.draw` in the drawing process; an error that cannot be sent to the training process is told in words."""
    with _DRAWING:
        try:
            return runner.draw(*what)
        except Exception as error:
            try:
                pickle.loads(pickle.dumps(error))
            except Exception:
                raise RuntimeError(f"{type(error).__name__}: {error}") from None
            raise


def draw_here(*what: Any) -> Future[ClaimResult]:
    """`runner.draw` in this process, with its outcome or its error as that of a future."""
    future: Future[ClaimResult] = Future()
    try:
        future.set_result(runner.draw(*what))
    except Exception as error:
        future.set_exception(error)
    return future
