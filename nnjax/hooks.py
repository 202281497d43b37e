"""Hooks with which a program (a command line, a notebook, a scheduler, a test) watches and controls its sweeps.

    with nnjax.hooks.reviewing(print):          # prints the plan of every sweep before it runs
        nnjax.sweep(...)

Each hook is a context manager. It holds for the sweeps that are called inside the context, including their worker
threads. It does not hold in other processes (an executor's), nor in threads that the user starts inside.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Any, Literal, NamedTuple

from nnjax.allowed import whole
from nnjax.tasks import drawing

__all__ = ["Event", "chunks_of", "listening", "next_store", "offsetting_seeds", "reviewing", "storing"]

# An nnjax.Plan. The engine, which defines it, imports this module.
type Plan = Any
type Kind = Literal["create", "created", "grow", "grown", "opened", "train", "write", "written"]


class Event(NamedTuple):
    """A moment in a sweep.

    `kind`: "create" and "created" come before and after a store is made, "grow" and "grown" before and after its axes
    are made longer; "opened": this process may now write the store; "train": a worker begins a job; "write" and
    "written" come before and after a job's networks are written. `job` is (the number of its program, the place of its
    first network in that program), and `num_networks` is how many networks it trains; both are None for the other
    events. `store` is None for a sweep in memory.
    """

    kind: Kind
    store: Path | None = None
    job: tuple[int, int] | None = None
    num_networks: int | None = None


type Listener = Callable[[Event], object]

_REVIEWS: ContextVar[tuple[Callable[[Plan], object], ...]] = ContextVar("reviews", default=())
_LISTENERS: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())
_STORES: ContextVar[Callable[[], str | PathLike[str] | None] | None] = ContextVar("stores", default=None)
_CHUNK: ContextVar[int | None] = ContextVar("chunk", default=None)


@contextlib.contextmanager
def reviewing(review: Callable[[Plan], object]) -> Iterator[None]:
    """Call `review` with the `nnjax.Plan` of every sweep before it runs. If `review` raises, the sweep does not run."""
    with _set(_REVIEWS, (*_REVIEWS.get(), _function("review", review))):
        yield


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call `listener` with every Event of a sweep, in the thread in which it happens.

    The sweep waits for the listener, so it should be quick. An exception that it raises ends the sweep.
    """
    with _set(_LISTENERS, (*_LISTENERS.get(), _function("listener", listener))):
        yield


def storing(stores: Callable[[], str | PathLike[str] | None]) -> contextlib.AbstractContextManager[None]:
    """Call `stores()` for every sweep without a store, and use the path it returns; None keeps the sweep in memory."""
    return _set(_STORES, _function("stores", stores))


def chunks_of(num_networks: int) -> contextlib.AbstractContextManager[None]:
    """Write new stores in chunks of at most `num_networks` networks, instead of about half a second's work.

    A chunk is what is written at a time, and what a killed process can lose. Chunks smaller than a block of networks
    are trained and written together in one job, as many as fit into the block.

    Raises:
        ValueError: for a number of networks that is not a whole number of 1 or more, when it is called.
    """
    return _set(_CHUNK, whole("num_networks", num_networks))


def offsetting_seeds(offset: int) -> contextlib.AbstractContextManager[None]:
    """Add `offset` to the seeds with which every sweep trains and `nnjax.tasks` draws data, modulo 2^32.

    So the same code repeats an experiment with other random numbers: other networks, draws of data, splits and folds.
    Only the published draw of MNIST-1D stays as it is, and so do generators that the code makes itself. Results are
    labelled with the seeds as given. A sweep records the offset with its settings: a store with another offset is
    refused, and `refit` trains the same network again.

        with nnjax.hooks.offsetting_seeds(5_000_000):
            data = nnjax.tasks.two_spirals(3)          # drawn with the seed 5,000,003
            runs = nnjax.sweep(data, seeds=100)        # trained with the seeds from 5,000,000 on, labelled 0 to 99

    Offsets must be further apart than the seeds that the code uses (`nnjax.tuning.seeds` begins at 1,000,000); else
    repetitions share random numbers. Threads that the user starts inside do not inherit the offset, so they draw the
    usual data: start their work with `contextvars.copy_context().run`.

    Raises:
        ValueError: for an offset that is not a whole number from 0 to 2^32 - 1, when it is called.
    """
    return _set(drawing.OFFSET, whole("offset", offset, least=0, most=drawing.NUM_SEEDS - 1))


def _function[F](argument: str, value: F) -> F:
    if not callable(value):
        raise ValueError(f"{argument}={value!r:.80} must be a function")
    return value


@contextlib.contextmanager
def _set[T](variable: ContextVar[T], value: T) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def review(plan: Plan) -> None:
    """Call every function given to `reviewing` with the plan of a sweep."""
    for look in _REVIEWS.get():
        look(plan)


def tell(kind: Kind, store: Path | None = None, job: tuple[int, int] | None = None, count: int | None = None) -> None:
    """Call every listener with an Event."""
    for listener in _LISTENERS.get():
        listener(Event(kind, store, job, count))


def next_store() -> Path | None:
    """The path of the store for a sweep that was given none; None if the sweep stays in memory."""
    stores = _STORES.get()
    path = None if stores is None else stores()
    if path is not None and (not isinstance(path, str | PathLike) or not str(path)):
        raise ValueError(f"stores() returned {path!r:.80}: it must return a path, or None to keep a sweep in memory")
    return None if path is None else Path(path)


def chunk_networks() -> int | None:
    """The number of networks that `chunks_of` sets for a chunk; None if their training time and size decide it."""
    return _CHUNK.get()


def seed_offset() -> int:
    """The number that `offsetting_seeds` adds to the seeds of a sweep."""
    return drawing.OFFSET.get()
