"""The labellings of `perceptron.capacity`, each decided with a proof, and perceptrons trained on some of them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.perceptron.capacity.config import Config, check, num_points
from nnjax import neurons, theory
from nnjax.theory import separability


def run(config: Config) -> xr.Dataset:
    """Count the labellings that are separable, that lack a proof, and that a perceptron learns in time, by kind."""
    check(config)
    shape = (2, len(config.dims), len(config.ratios))
    separable, unproved = np.zeros(shape, int), np.zeros(shape, int)
    points = np.array([num_points(config, d) for d in config.dims])
    learned = np.zeros((len(config.ratios), len(config.time_outs)), int)
    for (i, bias), (j, d), (k, _) in itertools.product(
        enumerate((False, True)), enumerate(config.dims), enumerate(config.ratios)
    ):
        x, y = _labelled(config, d, int(points[j, k]), bias)
        found = [separability.separate(*labelling, bias) for labelling in zip(x, y, strict=True)]
        separable[i, j, k] = sum(one.separable is True for one in found)
        unproved[i, j, k] = sum(not one.proved for one in found)
        if bias and d == config.time_out_dim:
            learned[k] = _learned(x, y, config.time_outs)
    exact = [
        [[theory.cover_fraction(int(n), d + bias) for n in row] for d, row in zip(config.dims, points, strict=True)]
        for bias in (0, 1)
    ]
    dims = ("bias", "dim", "ratio")
    return xr.Dataset(
        {
            "separable": (dims, separable),
            "unproved": (dims, unproved),
            "exact": (dims, np.array(exact)),
            "points": (("dim", "ratio"), points),
            "learned": (("ratio", "time_out"), learned),
        },
        coords={
            "bias": [False, True],
            "dim": list(config.dims),
            "ratio": list(config.ratios),
            "time_out": list(config.time_outs),
        },
        attrs={"trials": config.trials, "time_out_dim": config.time_out_dim},
    )


def _labelled(config: Config, dim: int, count: int, bias: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draw normal points [trials, N, d] and random labels [trials, N], with a separate seed for every kind."""
    rng = np.random.default_rng([config.seed, dim, count, bias])
    shape = (config.trials, count)
    return rng.normal(size=(*shape, dim)), rng.integers(0, 2, shape)


def _learned(x: np.ndarray, y: np.ndarray, time_outs: tuple[int, ...]) -> np.ndarray:
    """The number of labellings that a perceptron has learned after each number of passes [time_out].

    It is trained on the points rounded to float32; whether its weights separate the points themselves is checked.
    """
    fit = jax.jit(jax.vmap(lambda x, y: neurons.perceptron_fit(x, y, max(time_outs))))
    run = jax.device_get(fit(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)))
    sums = np.einsum("tnd,td->tn", x, run.w.astype(float)) + run.b.astype(float)[:, None]
    right = run.converged & ((sums > 0) == (y > 0)).all(axis=1)
    return np.array([int((right & (run.epochs <= limit)).sum()) for limit in time_outs])
