"""Minima of one neuron's error on a few rows, computed apart from the training that is compared with them."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr

Rows = tuple[np.ndarray, np.ndarray]  # inputs [n, d], and targets [n], 0 or 1


def squared_error(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of a sigmoid with the weighted sum z."""
    return (scipy.special.expit(z) - y) ** 2


def cross_entropy(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z) - y * z


def least_squares_separates(rows: Rows, times: np.ndarray) -> bool:
    """Whether the solution of least squares, with targets -1 and 1, separates rows that count `times` [n] times."""
    (x, y), root = rows, np.sqrt(times)
    solution = np.linalg.lstsq(x * root[:, None], (2 * y - 1) * root)[0]
    return _separates(solution, rows)


def lowest_separates(
    error: Callable[[np.ndarray, np.ndarray], np.ndarray], rows: Rows, times: np.ndarray, targets: tuple[float, float]
) -> bool:
    """Whether the lowest end of 20 descents separates two weights' rows; convex errors have but one end."""
    x, y = rows
    aims = targets[0] + (targets[1] - targets[0]) * y
    starts = np.random.default_rng(0).normal(scale=3, size=(20, 2))
    ends = [
        scipy.optimize.minimize(lambda w: float(times @ error(x @ w, aims)), start, method="BFGS") for start in starts
    ]
    return _separates(min(ends, key=lambda end: end.fun).x, rows)


def _separates(w: np.ndarray, rows: Rows) -> bool:
    x, y = rows
    return bool(((x @ w > 0) == (y > 0)).all())


def landscape(
    rows: Rows, targets: tuple[float, float], num_starts: int = 1_000, num_steps: int = 30_000, rate: float = 0.1
) -> xr.Dataset:
    """Starts and ends of neurons that descend the squared error of a sigmoid of two weights at a small rate.

    There is also the local minimum where those end that do not separate: its place, slope and least curvature.
    """
    x, y = rows

    def error(w):
        aims = targets[0] + (targets[1] - targets[0]) * y
        return jnp.mean((jax.nn.sigmoid(jnp.asarray(x) @ w) - aims) ** 2)

    with jax.enable_x64(True):
        starts = jax.random.normal(jax.random.key(0), (num_starts, 2))

        def descend(w):
            return jax.lax.fori_loop(0, num_steps, lambda _, w: w - rate * jax.grad(error)(w), w)

        ends = jax.jit(jax.vmap(descend))(starts)
        right = ((x @ np.asarray(ends).T > 0) == (y[:, None] > 0)).all(axis=0)
        trap = jnp.median(ends[~right], axis=0)
        gradient, curvature = jax.jit(jax.grad(error)), jax.jit(jax.hessian(error))
        for _ in range(20):  # Newton's method ends exactly there
            trap = trap - jnp.linalg.solve(curvature(trap), gradient(trap))
        return xr.Dataset({
            "path_start": (("neuron", "weight"), np.asarray(starts)),
            "path_end": (("neuron", "weight"), np.asarray(ends)),
            "path_separates": ("neuron", right),
            "trap": ("weight", np.asarray(trap)),
            "trap_slope": float(jnp.linalg.norm(gradient(trap))),
            "trap_curvature": float(jnp.linalg.eigvalsh(curvature(trap)).min()),
        })  # fmt: skip
