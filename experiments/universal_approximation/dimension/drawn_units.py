"""A function that is the mean of a law of cosine units, networks drawn from that law, and networks trained on f.

The law: w is normal with mean m and variance s^2 in each of d directions, and a unit is cos(w.x - pi/4). So

    f(x) = E cos(w.x - pi/4) = exp(-s^2 |x|^2 / 2) cos(m.x - pi/4),

a wave times a bell curve. Inputs are x = t z, z standard normal in d dimensions and t one of `SCALES`: with one scale
alone |x| hardly varies where d is large, and the bell would be a constant. As x and -x are equally likely, terms that
are odd in x drop out of both moments, and m with them:

    E |unit|^2 = 1/2,     |f|^2 = E exp(-s^2 |x|^2) / 2 = mean over t of (1 + 2 s^2 t^2)^(-d/2) / 2.

The variance s^2 is chosen in every d so that |f|^2 = 1/4. The mean of N drawn units then has an expected squared error
of exactly 1/(4 N), which is 1/N of |f|^2, whatever d is.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr

import nnjax
from experiments.universal_approximation.dimension.config import Config
from nnjax import statistics, tasks, training, tuning
from nnjax.theory import approximation

SCALES = (0.5, 2.0)  # of the inputs, equally likely
SQUARED_NORM, SECOND_MOMENT = 0.25, 0.5
PHASE = -np.pi / 4
MEAN_FREQUENCY = 1.0  # |m|
CHUNK = 4_000_000  # values of units that are held at a time
FRESH_POINTS = 8_192  # at which each trained network is tested
SOLVED_POINTS = 4_096  # on which output weights are solved for


def variance(dim: int) -> float:
    """The variance s^2 of a frequency in d dimensions at which E exp(-s^2 |x|^2) is one half."""
    scales = np.square(SCALES)

    def excess(s2: float) -> float:
        return float(np.mean((1 + 2 * s2 * scales) ** (-dim / 2))) - SQUARED_NORM / SECOND_MOMENT

    return float(scipy.optimize.brentq(excess, 0.0, 100.0, xtol=1e-15))


def mean_frequency(dim: int) -> np.ndarray:
    """m [d], of norm 1 and along no axis."""
    return np.full(dim, MEAN_FREQUENCY / np.sqrt(dim))


def inputs(rng: np.random.Generator, shape: tuple[int, ...], dim: int) -> np.ndarray:
    """Inputs [*shape, d]."""
    return rng.choice(SCALES, (*shape, 1)) * rng.normal(size=(*shape, dim))


def function(x: Any, xp: Any = np) -> Any:
    """f at x [..., d]; `xp` is NumPy or jax.numpy."""
    dim = x.shape[-1]
    bell = xp.exp(-variance(dim) / 2 * xp.sum(x * x, axis=-1))
    return bell * xp.cos(xp.sum(x, axis=-1) * (MEAN_FREQUENCY / dim**0.5) + PHASE)


def drawn_errors(dim: int, num_units: int, draws: int, points: int, seed: int) -> np.ndarray:
    """Squared errors [draws] of means of N units, each drawn afresh and tested on fresh inputs."""
    rng = np.random.default_rng([seed, dim, num_units])
    at_once = max(1, CHUNK // (points * num_units))
    errors = []
    for start in range(0, draws, at_once):
        some = min(at_once, draws - start)
        w = mean_frequency(dim)[:, None] + np.sqrt(variance(dim)) * rng.normal(size=(some, dim, num_units))
        x = inputs(rng, (some, points), dim)
        network = np.cos(x @ w + PHASE).mean(axis=-1)
        errors.append(np.mean((network - function(x)) ** 2, axis=-1))
    return np.concatenate(errors)


def drawn(config: Config) -> xr.Dataset:
    """The mean squared error over draws with its standard error, against the exact one [dim, units]."""
    cells = [
        [drawn_errors(d, n, config.draws, config.points_per_draw, config.seed) for n in config.drawn_units]
        for d in config.dims
    ]
    exact = [approximation.maurey_squared_error(SECOND_MOMENT, SQUARED_NORM, n) for n in config.drawn_units]
    errors, dims = np.array(cells), ("dim", "drawn_units")
    return xr.Dataset(
        {
            "drawn": (dims, errors.mean(axis=-1)),
            "drawn_error": (dims, errors.std(axis=-1, ddof=1) / np.sqrt(config.draws)),
            "exact": ("drawn_units", exact),
        },
        coords={"dim": list(config.dims), "drawn_units": list(config.drawn_units)},
    )


def solved_errors(dim: int, num_units: int, draws: int, seed: int) -> np.ndarray:
    """Squared errors [draws] of N units drawn afresh whose output weights and bias are solved for by least squares.

    Each draw has its own inputs, `SOLVED_POINTS` to solve on and as many to test on.
    """
    rng = np.random.default_rng([seed, dim, num_units, 1])
    errors = []
    for _ in range(draws):
        w = mean_frequency(dim)[:, None] + np.sqrt(variance(dim)) * rng.normal(size=(dim, num_units))
        x = inputs(rng, (2 * SOLVED_POINTS,), dim)
        hidden, y = np.append(np.cos(x @ w + PHASE), np.ones((len(x), 1)), axis=1), function(x)
        first, last = hidden[:SOLVED_POINTS], hidden[SOLVED_POINTS:]
        outputs = np.linalg.lstsq(first.T @ first, first.T @ y[:SOLVED_POINTS], rcond=1e-10)[0]
        errors.append(np.mean((last @ outputs - y[SOLVED_POINTS:]) ** 2))
    return np.array(errors)


def solved(config: Config) -> xr.Dataset:
    """Median error of drawn units with solved outputs, and its interval [dim, units]."""
    rows = [[_median(solved_errors(d, n, config.solved_draws, config.seed)) for n in config.units] for d in config.dims]
    names = ("solved", "solved_low", "solved_high")
    values = np.array(rows).transpose(2, 0, 1)
    coords = {"dim": list(config.dims), "units": list(config.units)}
    return xr.Dataset({n: (("dim", "units"), v) for n, v in zip(names, values, strict=True)}, coords)


def _median(errors: np.ndarray) -> statistics.Interval:
    return statistics.bootstrap(errors, num_resamples=2_000)


def data_of(dim: int, config: Config) -> tasks.Data:
    """Training examples in d dimensions."""
    x = inputs(np.random.default_rng([config.seed, dim]), (config.train_points,), dim)
    return tasks.data(x, function(x)[:, None])


def fresh_error(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The squared error of a network at inputs that no other network is tested on: its first weight is their seed.

    Half of the inputs have each scale.
    """
    key = jax.random.key(jax.lax.bitcast_convert_type(params[0].w[0, 0], jnp.uint32))
    scale = jnp.repeat(jnp.array(SCALES), FRESH_POINTS // 2)[:, None]
    x = scale * jax.random.normal(key, (FRESH_POINTS, data.x.shape[1]))
    return jnp.mean((predict(params, x)[:, 0] - function(x, jnp)) ** 2)


def trained(config: Config) -> xr.Dataset:
    """Median error of trained networks at fresh inputs with its interval [dim, activation, units], and the rates."""
    found = xr.concat([_trained(d, config) for d in config.dims], "dim").assign_coords(dim=list(config.dims))
    return found.rename(width="units")


def _trained(dim: int, config: Config) -> xr.Dataset:
    data = data_of(dim, config)
    settings: dict[str, Any] = {
        "width": list(config.units), "activation": list(config.activations), "solver": "adam", "schedule": "cosine",
        "bias_init": "uniform", "bias_scale": np.pi, "batch_size": config.batch_size, "num_steps": config.num_steps,
        "measure": {"fresh_error": fresh_error},
    }  # fmt: skip
    rate: Any = config.rates[0]
    if len(config.rates) > 1:
        seeds = tuning.seeds(config.tuning_seeds)
        tuned = nnjax.sweep(data, learning_rate=list(config.rates), seeds=seeds, **settings)
        # The rate with the least mean loss on the training rows is chosen.
        rate = tuning.choose(tuned.train_loss, "learning_rate").best["learning_rate"]
    runs = nnjax.sweep(data, learning_rate=rate, seeds=config.seeds, **settings)
    errors = runs.fresh_error.isel(step=-1)
    diverged = ~np.isfinite(errors) | (runs.status == training.DIVERGED)
    median, low, high = xr.apply_ufunc(
        lambda values: tuple(_median(values)),
        errors.where(~diverged, np.inf).astype(float),
        input_core_dims=[["seed"]],
        output_core_dims=[[], [], []],
        vectorize=True,
    )
    found = xr.Dataset({"trained": median, "trained_low": low, "trained_high": high})
    found["rate"] = rate if len(config.rates) > 1 else xr.full_like(median, rate)
    return found.drop_vars([name for name in found.coords if name not in found.dims])
