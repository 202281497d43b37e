"""The minima that are computed apart from the training: for the lone row, and for the four vectors."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr

from experiments.perceptron.rules.config import DESCENDED, FOUR_X, FOUR_Y, LONE_X, LONE_Y, PERCEPTRON, SOFT

LANDSCAPE_SEEDS, LANDSCAPE_STEPS, LANDSCAPE_RATE = 1_000, 30_000, 0.1
LONE, LONE_TRUE = np.column_stack([LONE_X, np.ones(3)]), np.array(LONE_Y)  # the last column is the bias's
FOUR, FOUR_TRUE = np.array(FOUR_X), np.array(FOUR_Y)


def computed_minima(side_rows: tuple[int, ...]) -> xr.Dataset:
    """Whether the least error with the lone row separates [rule, rows]; 1 where the least error is zero (or its limit).

    Least squares is solved exactly. For the squared error of a sigmoid and cross-entropy, with soft targets, the lowest
    end of 20 descents counts; cross-entropy is then strictly convex, so that all of them end at its only minimum.
    """
    table = np.ones((len(DESCENDED) + 1, len(side_rows)))
    for j, n in enumerate(side_rows):
        table[0, j] = _least_squares_separates(n)
        table[1, j], table[2, j] = (_lowest_separates(n, error) for error in (_squared, _cross_entropy))
    return xr.Dataset(
        {"minimum_separates": (("rule", "rows"), table)},
        coords={"rule": [*DESCENDED, PERCEPTRON], "rows": list(side_rows)},
    )


def _least_squares_separates(n: int) -> bool:
    root, signs = np.sqrt([n, n, 1.0]), 2 * LONE_TRUE - 1
    solution = np.linalg.lstsq(LONE * root[:, None], signs * root)[0]
    return bool(((LONE @ solution > 0) == (LONE_TRUE > 0)).all())


def _squared(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (scipy.special.expit(z) - y) ** 2


def _cross_entropy(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z) - y * z


def _lowest_separates(n: int, error) -> bool:
    aims, weight = SOFT[0] + (SOFT[1] - SOFT[0]) * LONE_TRUE, np.array([n, n, 1.0])

    def total(p: np.ndarray) -> float:
        return float(weight @ error(LONE @ p, aims))

    starts = np.random.default_rng(0).normal(scale=3, size=(20, 2))
    ends = [scipy.optimize.minimize(total, start, method="BFGS") for start in starts]
    best = min(ends, key=lambda end: end.fun).x
    return bool(((LONE @ best > 0) == (LONE_TRUE > 0)).all())


def four_error(w):
    """The mean squared error of the four vectors with targets 0.1 and 0.9, for weights w [2]."""
    aims = SOFT[0] + (SOFT[1] - SOFT[0]) * FOUR_TRUE
    return jnp.mean((jax.nn.sigmoid(jnp.asarray(FOUR) @ w) - aims) ** 2)


def landscape() -> xr.Dataset:
    """Starts and ends of neurons on the four vectors, and the local minimum: its place, error, slope and curvature."""
    with jax.enable_x64(True):
        starts = jax.random.normal(jax.random.key(0), (LANDSCAPE_SEEDS, 2))

        def descend(w):
            return jax.lax.fori_loop(0, LANDSCAPE_STEPS, lambda _, w: w - LANDSCAPE_RATE * jax.grad(four_error)(w), w)

        ends = jax.jit(jax.vmap(descend))(starts)
        right = ((FOUR @ np.asarray(ends).T > 0) == (FOUR_TRUE[:, None] > 0)).all(axis=0)
        trap = jnp.median(ends[~right], axis=0)
        for _ in range(20):  # Newton's method ends exactly there
            trap = trap - jnp.linalg.solve(jax.hessian(four_error)(trap), jax.grad(four_error)(trap))
        slope, curvature = jax.grad(four_error)(trap), jnp.linalg.eigvalsh(jax.hessian(four_error)(trap))
        return xr.Dataset(
            {
                "path_start": (("neuron", "weight"), np.asarray(starts)),
                "path_end": (("neuron", "weight"), np.asarray(ends)),
                "path_separates": ("neuron", right),
                "trap": ("weight", np.asarray(trap)),
                "trap_error": float(four_error(trap)),
                "trap_slope": float(jnp.linalg.norm(slope)),
                "trap_curvature": float(curvature.min()),
            }
        )
