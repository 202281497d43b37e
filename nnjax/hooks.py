"""What the program around sweeps may watch or decide: a command line, a notebook, a scheduler, a test.

    with nnjax.hooks.reviewing(print):          # prints the plan of every sweep before it runs
        nnjax.sweep(...)

Each is a context manager and holds for the sweeps that are called inside it, their worker threads included. It does not
hold in other processes (an executor's), nor in threads that the user starts inside.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Literal, NamedTuple

from nnjax import arguments
from nnjax.engine.plan import Plan

__all__ = ["Event", "chunks_of", "listening", "next_store", "offsetting_seeds", "reviewing", "storing"]

type Kind = Literal["create", "created", "grow", "grown", "opened", "train", "write", "written"]


class Event(NamedTuple):
    """A moment in a sweep.

    `kind`: "create" and "created", "grow" and "grown" are before and after a store is made or given longer axes;
    "opened": this process may now write the store; "train": a worker begins a job; "write" and "written" are before and
    after its networks are written to the store. `job` is (number of its program, place of its first network in it),
    `num_networks` how many networks it trains; both are None for a store. `store` is None for a sweep in memory.
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
_SEED_OFFSET: ContextVar[int] = ContextVar("seed_offset", default=0)


@contextlib.contextmanager
def reviewing(review: Callable[[Plan], object]) -> Iterator[None]:
    """Inside, `review` is given the plan of every sweep before it runs. If it raises, the sweep does not run."""
    with _set(_REVIEWS, (*_REVIEWS.get(), _function("review", review))):
        yield


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside, `listener` is given every Event of a sweep, by the thread in which it happens.

    The sweep waits for it, so it should be quick. What it raises ends the sweep.
    """
    with _set(_LISTENERS, (*_LISTENERS.get(), _function("listener", listener))):
        yield


def storing(stores: Callable[[], str | PathLike[str] | None]) -> contextlib.AbstractContextManager[None]:
    """Inside, a sweep that is given no store uses the path that `stores()` returns for it; None keeps it in memory."""
    return _set(_STORES, _function("stores", stores))


def chunks_of(num_networks: int) -> contextlib.AbstractContextManager[None]:
    """Inside, a new store is written in chunks of so many networks, instead of about half a second's work.

    A chunk is what is written at a time and what a kill can cost; a job has at least as many networks as a block.
    """
    return _set(_CHUNK, arguments.whole("num_networks", num_networks))


def offsetting_seeds(offset: int) -> contextlib.AbstractContextManager[None]:
    """Inside, a sweep trains the networks of the seeds `offset` above those that it is given, modulo 2^32.

    They keep the labels that they were asked for, so the same code repeats an experiment with other chance. The offset
    is recorded with the settings: a store of another is refused, and `refit` trains the same network again.
    """
    return _set(_SEED_OFFSET, arguments.whole("offset", offset, least=0, most=2**32 - 1))


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
    """Show the plan of a sweep to those who review it."""
    for look in _REVIEWS.get():
        look(plan)


def tell(kind: Kind, store: Path | None = None, job: tuple[int, int] | None = None, count: int | None = None) -> None:
    """Tell listeners what happens."""
    for listener in _LISTENERS.get():
        listener(Event(kind, store, job, count))


def next_store() -> Path | None:
    """The store of the next sweep that is given none; None if it stays in memory."""
    stores = _STORES.get()
    path = None if stores is None else stores()
    if path is not None and (not isinstance(path, str | PathLike) or not str(path)):
        raise ValueError(f"stores() gives {path!r:.80}: it must be a path, or None to keep a sweep in memory")
    return None if path is None else Path(path)


def chunk_networks() -> int | None:
    """How many networks a chunk has; None if that follows from their time and size."""
    return _CHUNK.get()


def seed_offset() -> int:
    """How far the seeds of a sweep lie above their labels."""
    return _SEED_OFFSET.get()
