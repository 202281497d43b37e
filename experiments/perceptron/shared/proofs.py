"""Many perceptrons trained at once, and each of their answers checked in whole numbers."""

import functools
import time
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import neurons

# Truth table entries of the perceptrons that are trained in one call: 65,536 perceptrons of 4 inputs or 8,192 of 7, so
# that a pass goes through a few megabytes and the perceptrons of a call end at about the same time.
ENTRIES_AT_A_TIME = 2**20
# The weights of float32 are exact up to here.
EXACT = 2**24


class Trained(NamedTuple):
    """Perceptrons [m] as NumPy arrays, with what is proved of each.

    `learned` [m]: its weights compute the function, checked in whole numbers. `proved` [m]: its weights came back, and
    the corrections in between add up to zero, in whole numbers, so that no neuron computes the function. `seconds`: of
    training and of these checks, without compilation.
    """

    run: Any  # neurons.Perceptron
    learned: np.ndarray
    proved: np.ndarray
    seconds: float


@functools.partial(jax.jit, static_argnames="num_epochs")
def _fit(x, y, num_epochs):
    return jax.vmap(lambda targets: neurons.perceptron_fit(x, targets, num_epochs))(y)


def trained(x: np.ndarray, tables: np.ndarray, num_epochs: int) -> Trained:
    """Train a perceptron on every table [m, n] over the rows x [n, d], whole numbers, and check its answer."""
    rows, count = jnp.asarray(x, jnp.float32), max(1, min(len(tables), ENTRIES_AT_A_TIME // len(x)))
    shape = jax.ShapeDtypeStruct((count, len(x)), jnp.float32)
    compiled = _fit.lower(rows, shape, num_epochs=num_epochs).compile()
    parts, seconds = [], 0.0
    for start in range(0, len(tables), count):
        some = tables[start : start + count]
        y = jnp.asarray(np.concatenate([some, np.repeat(some[:1], count - len(some), axis=0)]), jnp.float32)
        before = time.perf_counter()
        part = jax.block_until_ready(compiled(rows, y))
        seconds += time.perf_counter() - before
        parts.append([np.asarray(leaf)[: len(some)] for leaf in part])
    leaves: list[Any] = [np.concatenate(leaf) for leaf in zip(*parts, strict=True)]
    run = neurons.Perceptron(*leaves)
    before = time.perf_counter()
    learned, proved = computes(run, x, tables), is_certificate(run, x, tables)
    return Trained(run, learned, proved, seconds + time.perf_counter() - before)


def computes(run: neurons.Perceptron, x: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Whether the weights give every row its value [m], in whole numbers."""
    w, b = (np.rint(np.asarray(part, float)).astype(np.int64) for part in (run.w, run.b))
    exact = (w == run.w).all(axis=1) & (b == run.b) & (np.abs(w).max(axis=1, initial=0) < EXACT)
    return exact & ((w @ np.asarray(x, np.int64).T + b[:, None] > 0) == tables).all(axis=1)


def is_certificate(run: neurons.Perceptron, x: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Whether the corrections of a cycle prove that no neuron computes the function [m], in whole numbers."""
    corrections = np.asarray(run.corrections, np.int64)
    z = np.hstack([np.asarray(x, np.int64), np.ones((len(x), 1), np.int64)])
    sums = np.where(tables, corrections, -corrections) @ z
    return (np.asarray(run.period) > 0) & (corrections >= 0).all(axis=1) & corrections.any(axis=1) & ~sums.any(axis=1)
