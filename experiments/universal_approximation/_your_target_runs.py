"""The networks of `your_target`: trained by two solvers from the same starts, and the best that is possible."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import tuning
from experiments.universal_approximation._your_target import Problem
from nnjax import mlp, statistics, training
from nnjax.mlp import Layer

if TYPE_CHECKING:
    from experiments.universal_approximation.your_target import Config

SOLVERS = {"variable projection": "variable_projection", "Adam": "adam"}
GRID = 801  # places at which fits are drawn
SHOWN = 16  # fits of the most units up to so many
FEWEST_ROWS = 10  # training points for each piece of a ReLU network
SLOPES = (1.5, 3.0)  # the first hidden weights lie between these, of either sign


def init(key: Any, sizes: tuple[int, ...], *, init_scale: Any = 1.0, dtype: Any = None, **_: Any) -> mlp.Params:
    """Units that bend where the data are: one centre in each of n equal parts of [-1, 1], slopes of either sign.

    On the default formula 8 and 16 ReLU units that start so end at 1.2 and 1.3 times the best error, at the median of
    16 starts; with centres drawn evenly from -1.3 to 1.3 at 2.5.
    """
    dtype = jnp.zeros((), dtype).dtype
    keys = jax.random.split(key, 4)
    n = sizes[1]
    centre = 2 * (jnp.arange(n) + jax.random.uniform(keys[0], (n,), dtype)) / n - 1
    slope = jax.random.uniform(keys[1], (n,), dtype, *SLOPES) * jax.random.rademacher(keys[2], (n,), dtype)
    output = jax.random.normal(keys[3], (n, 1), dtype) / np.sqrt(n)
    return Layer(init_scale * slope[None, :], -init_scale * slope * centre), Layer(output, jnp.zeros((1,), dtype))


MODEL = training.Model(init, mlp.apply, mlp.predict)


def trained(problem: Problem, widths: tuple[int, ...], config: "Config") -> xr.Dataset:
    """Everything about the trained networks [solver, activation, units], and one fit of each solver and activation."""
    parts = [_one_solver(name, problem, widths, config) for name in SOLVERS]
    return xr.concat(parts, "solver").assign_coords(solver=list(SOLVERS)).rename(width="units")


def _one_solver(name: str, problem: Problem, widths: tuple[int, ...], config: "Config") -> xr.Dataset:
    adam = name == "Adam"
    settings: dict[str, Any] = {
        "width": list(widths), "activation": list(config.activations), "solver": SOLVERS[name],
        "dtype": "float32" if adam else "float64",  # Adam stops far above the rounding of either
        "model": MODEL, "num_steps": config.adam_steps if adam else config.projection_steps,
        "schedule": "cosine" if adam else "constant",
    }  # fmt: skip
    rates = config.adam_rates if adam else config.projection_rates
    seeds = tuning.tuning_seeds(config.tuning_seeds)
    tuned = nnjax.sweep(problem.data, learning_rate=list(rates), seeds=seeds, **settings)
    # Errors span many powers of ten, so a rate is chosen by the mean of their logarithms.
    rate = tuning.best_rate(xr.zeros_like(tuned.train_loss), np.log(tuned.train_loss + np.finfo(float).tiny))
    start = time.perf_counter()
    runs = nnjax.sweep(problem.data, learning_rate=rate, seeds=config.seeds, **settings)
    rms = np.sqrt(runs.test_loss)
    seconds = (time.perf_counter() - start) / rms.size
    median, low, high = xr.apply_ufunc(
        lambda values: tuple(statistics.bootstrap(values, num_resamples=2_000)),
        rms,
        input_core_dims=[["seed"]],
        output_core_dims=[[], [], []],
        vectorize=True,
    )
    found = xr.Dataset({"median": median, "low": low, "high": high, "least": rms.min("seed"), "rate": rate})
    found["failed"] = (~np.isfinite(rms)).sum("seed")
    found["seconds"] = seconds
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    return found.merge(_fits(runs, rms, problem, widths))


def _fits(runs: xr.Dataset, rms: xr.DataArray, problem: Problem, widths: tuple[int, ...]) -> xr.Dataset:
    """What the network of median error says on a grid, and where its units bend [activation, ...]."""
    width = max([n for n in widths if n <= SHOWN], default=min(widths))
    grid, fits, knots = np.linspace(-1, 1, GRID)[:, None], [], []
    for activation in rms.activation.values:
        errors = rms.sel(activation=activation, width=width)
        seed = int(errors.seed[np.argsort(errors.values, kind="stable")[(errors.size - 1) // 2]])
        run = nnjax.refit(runs, problem.data, seed=seed, activation=str(activation), width=width)
        hidden, output = ((np.asarray(part, float) for part in layer) for layer in run.params)
        (w, b), (v, c) = hidden, output
        act = (lambda z: np.maximum(z, 0.0)) if activation == "relu" else np.tanh
        fits.append((act(grid @ w + b) @ v + c)[:, 0])
        with np.errstate(divide="ignore", invalid="ignore"):
            knots.append(-b / w[0])
    dims = ("activation", "place"), ("activation", "unit")
    coords = {"activation": rms.activation.values}
    return xr.Dataset({"fit": (dims[0], np.array(fits)), "knot": (dims[1], np.array(knots))}, coords=coords)


def references(problem: Problem, widths: tuple[int, ...], config: "Config") -> xr.Dataset:
    """The best N ReLU units and the bound E(N + 1) as root mean squares [units]; nan for points, which may be noisy."""
    from nnjax.theory import approximation

    best, bound = (np.full(len(widths), np.nan) for _ in range(2))
    rms = partial(approximation.l2_to_rms, interval=(-1.0, 1.0))
    if problem.function is not None and "relu" in config.activations:
        for i, n in enumerate(widths):
            if n <= config.best_up_to:
                found = approximation.best_relu_network(problem.function, n, (-1.0, 1.0))
                best[i], bound[i] = rms(found.error), rms(found.bound)
    return xr.Dataset({"best": ("units", best), "bound": ("units", bound)}, coords={"units": list(widths)})


def shown(problem: Problem, grid: np.ndarray) -> xr.Dataset:
    """What is drawn of the target, scaled: the function on the grid, or up to 500 points."""
    if problem.function is not None:
        x, y = grid, problem.function(grid)
    else:
        every = max(1, len(problem.data.x) // 500)
        x, y = problem.data.x[::every, 0], problem.data.y[::every, 0]
    return xr.Dataset({"shown_x": ("point", x), "shown_y": ("point", y), "grid": ("place", grid)})
