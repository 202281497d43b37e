"""How far networks that are written down are, as computed, from the exact functions."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import mlp
from nnjax.activations import relu
from nnjax.theory import constructions, depth

FEW, MANY = 2**10, 2**16  # places in a chunk, for few places and for many
LEAST_UNITS = 64
DTYPES = ("float32", "float64")
ORDERS = ("left to right", "shuffled", "as in apply")  # orders in which the neurons of a hidden layer are added up


class Errors(NamedTuple):
    """The errors of one network at some places: the largest, and how many outputs are not exact."""

    largest: float
    wrong: int


def predict(params: mlp.Params, x: np.ndarray) -> np.ndarray:
    """The outputs of `mlp.predict` at x [n], computed in the dtype of the parameters and returned in float64.

    Places are computed in chunks of one size, the last one padded. A single hidden layer is padded to a power of two
    with neurons that add nothing. Both are done so that few programs are compiled.
    """
    params = _filled(params)
    return _in_chunks(lambda rows: mlp.predict(params, rows, activation=relu), params, x)


def _in_chunks(function: Callable[[np.ndarray], Any], params: mlp.Params, x: np.ndarray) -> np.ndarray:
    size = FEW if len(x) <= 8 * FEW else MANY
    rows = np.zeros((-(-len(x) // size) * size, 1), params[0].w.dtype)
    rows[: len(x), 0] = x
    parts = [np.asarray(function(rows[i : i + size]), float) for i in range(0, len(rows), size)]
    return np.concatenate(parts)[: len(x), 0]


def _filled(params: mlp.Params) -> mlp.Params:
    """The network; a single hidden layer is padded with neurons that add nothing to a power of two >= LEAST_UNITS."""
    if len(params) != 2:
        return params
    hidden, output = params
    missing = max(LEAST_UNITS, 1 << (len(hidden.b) - 1).bit_length()) - len(hidden.b)
    silent = mlp.Layer(jnp.pad(hidden.w, ((0, 0), (0, missing))), jnp.pad(hidden.b, (0, missing)))
    return silent, mlp.Layer(jnp.pad(output.w, ((0, missing), (0, 0))), output.b)


def of_network(
    make: Callable[[int], mlp.Params], argument: int, exact: np.ndarray, x: np.ndarray, dtype: str
) -> Errors:
    """The errors at x [n] of the network make(argument), whose parameters and sums have this precision."""
    with jax.enable_x64(dtype == "float64"):
        return _errors(predict(make(argument), x), exact)


def of_orders(num_folds: int, x: np.ndarray, dtype: str, seed: int) -> list[Errors]:
    """The errors of the shallow sawtooth for every order of ORDERS.

    The order of the neurons changes the rounding, but not the function. From left to right, neighbouring kinks cancel
    at once.
    """
    exact = depth.sawtooth(x, num_folds)
    with jax.enable_x64(dtype == "float64"):
        hidden, output = constructions.shallow_sawtooth(num_folds)
        order = np.random.default_rng(seed).permutation(len(hidden.b))
        shuffled = mlp.Layer(hidden.w[:, order], hidden.b[order]), mlp.Layer(output.w[order], output.b)
        said = [predict((hidden, output), x), predict(shuffled, x), _one_by_one((hidden, output), x)]
    return [_errors(one, exact) for one in said]


def _one_by_one(params: mlp.Params, x: np.ndarray) -> np.ndarray:
    """The outputs at x [n] of `mlp.apply`, vectorised: its matrix product adds up the neurons in another order."""
    apply = jax.jit(jax.vmap(lambda params, row: mlp.apply(params, row, activation=relu), (None, 0)))
    return _in_chunks(lambda rows: apply(_filled(params), rows), params, x)


def _errors(said: np.ndarray, exact: np.ndarray) -> Errors:
    size = np.abs(said - exact)
    return Errors(float(size.max()), int(np.count_nonzero(size)))


def places(count: int, seed: int, dtype: str = "float32") -> np.ndarray:
    """Places drawn from [0, 1), rounded to that precision: there the exact values of both functions are known."""
    return np.random.default_rng(seed).uniform(0, 1, count).astype(dtype).astype(float) % 1.0


def dyadic(bits: int) -> np.ndarray:
    """All multiples of 2^-bits in [0, 1]."""
    return np.arange(2**bits + 1) / 2**bits


def worst_places(num_levels: int, count: int) -> np.ndarray:
    """Middles of pieces of the square's interpolant, where it errs most: at most `count`, spread evenly."""
    pieces = 2**num_levels
    chosen = np.unique(np.linspace(0, pieces - 1, min(count, pieces)).round().astype(int))
    return (2 * chosen + 1) / (2 * pieces)
