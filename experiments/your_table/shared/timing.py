"""Times a fit, with nothing compiled beforehand, and takes its error on the test rows."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax

import nnjax
from experiments.your_table.shared.benchmark import Split


class Fitted(NamedTuple):
    """The error on the test rows: the share that is wrong, or 1 - R^2; and the seconds of `fit`."""

    error: float
    seconds: float


def timed(model: Any, one: Split) -> Fitted:
    """Fit a model, after dropping what JAX has compiled in this process."""
    nnjax.clear_caches()
    jax.clear_caches()
    start = time.perf_counter()
    model.fit(one.x, one.y)
    seconds = time.perf_counter() - start
    return Fitted(error(model, one), seconds)


def error(model: Any, one: Split) -> float:
    """The share of the test rows that is wrong, or 1 - R^2."""
    return 1 - float(model.score(one.x_test, one.y_test))


@contextlib.contextmanager
def without_saved_programs() -> Iterator[None]:
    """Inside, JAX finds no compiled programs on disk, so that times include compiling."""
    from jax.experimental.compilation_cache import compilation_cache

    before = jax.config.jax_enable_compilation_cache
    jax.config.update("jax_enable_compilation_cache", False)
    compilation_cache.reset_cache()  # JAX looks at this setting only once
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", before)
        compilation_cache.reset_cache()
