"""Other random seeds for the same experiment: new seeds of networks, draws of data, random directions and splits.

Replication number n shifts the seeds of every sweep, tuning included, and of every draw of `nnjax.tasks` by n times
STEP (`nnjax.hooks.offsetting_seeds`), and mixes n into the seed of every generator that an experiment or a task of
nnjax makes by `numpy.random.default_rng` or `jax.random.key`. Number 0 is the experiment itself. The random numbers
that `nnjax.theory` uses stay the same, and so do data that are fixed. Draws of `nnjax.tasks` are made in the thread
that runs the experiment: another thread does not know the shift.
"""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import jax
import numpy as np

from nnjax import hooks

STEP = 5_000_000  # more than the seeds of any claim, tuning included
DRAWING = ("experiments.", "nnjax.tasks.")  # modules whose generators change in a replication

_numbers = [0]


def number() -> int:
    """The number of the replication under way; 0 outside of any."""
    return _numbers[-1]


def seed(own: int) -> int:
    """The seed `own` of a library's generator, such as scikit-learn's `random_state`, for the replication under way."""
    return own + number() * STEP


@contextlib.contextmanager
def other(replication: int) -> Iterator[None]:
    """Inside, this process draws the random numbers of a replication.

    A process should run one replication only: a compiled function may hold keys that an earlier one has made. To judge
    several in one process is fine, as no verdict keeps what it draws.
    """
    if not replication:
        yield
        return
    rng, key = np.random.default_rng, jax.random.key

    def other_rng(seed: Any, /) -> np.random.Generator:
        return rng([*np.ravel(seed).tolist(), replication])

    def other_key(seed: Any, **kind: Any) -> jax.Array:
        return jax.random.fold_in(key(seed, **kind), replication)

    _numbers.append(replication)
    try:
        with (
            hooks.offsetting_seeds(replication * STEP),
            mock.patch.object(np.random, "default_rng", _for_experiments(rng, other_rng)),
            mock.patch.object(jax.random, "key", _for_experiments(key, other_key)),
        ):
            yield
    finally:
        _numbers.pop()


def _for_experiments(usual: Callable[..., Any], changed: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")
        return (changed if caller.startswith(DRAWING) else usual)(*args, **kwargs)

    return made
