"""What the program around a sweep may decide, such as the command line of the experiments: to look at every plan
before it runs, and to have every sweep that names no store use one.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path

from nnjax.engine.plans import Plan

_REVIEW: ContextVar[Callable[[Plan], None] | None] = ContextVar("review", default=None)
_STORES: ContextVar[Callable[[], Path] | None] = ContextVar("stores", default=None)


@contextlib.contextmanager
def reviewing(review: Callable[[Plan], None]) -> Iterator[None]:
    """Inside, `review` is shown the plan of every sweep before it runs, and may raise so that it does not."""
    token = _REVIEW.set(review)
    try:
        yield
    finally:
        _REVIEW.reset(token)


@contextlib.contextmanager
def storing(stores: Callable[[], Path]) -> Iterator[None]:
    """Inside, a sweep that names no store writes to the one that `stores` returns, each to the next."""
    token = _STORES.set(stores)
    try:
        yield
    finally:
        _STORES.reset(token)


def review(plan: Plan) -> None:
    """Show a plan to whoever wants to see it."""
    if (look := _REVIEW.get()) is not None:
        look(plan)


def next_store() -> Path | None:
    """The store of the next sweep that names none."""
    stores = _STORES.get()
    return None if stores is None else stores()
