"""The networks of `your_target`: trained by two solvers from the same starts, and the best that is possible."""

import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation.your_target.config import RECORDS, Config
from experiments.universal_approximation.your_target.target import Problem
from nnjax import mlp, statistics, training, tuning
from nnjax.mlp import Layer
from nnjax.theory import approximation, quadrature

SOLVERS = {"variable projection": "variable_projection", "Adam": "adam"}
ENDS = (-1.0, 1.0)
AROUND = (-20.0, -8.0, -3.5, -1.2, 0.0, 1.2, 3.5, 8.0, 20.0)  # cuts around a tanh's centre, in units of 1 / |w|
GRID = 801  # places at which fits are drawn
SHOWN = 16  # fits are drawn of the greatest number of units up to this
SLOPES = (1.5, 3.0)  # the first hidden weights lie between these, of either sign


def init(key: Any, sizes: tuple[int, ...], *, init_scale: Any = 1.0, dtype: Any = None, **_: Any) -> mlp.Params:
    """Units that bend where the data are: one centre in each of n equal parts of [-1, 1], slopes of either sign.

    The claim's table.csv shows how near to the best error networks with these starts come.
    """
    dtype = jnp.zeros((), dtype).dtype
    n = sizes[1]
    # One draw for all: each further draw would take a third of a second to compile.
    places, steepness, signs, outputs = jax.random.uniform(key, (4, n), dtype)
    centre = 2 * (jnp.arange(n) + places) / n - 1
    slope = (SLOPES[0] + (SLOPES[1] - SLOPES[0]) * steepness) * jnp.where(signs < 0.5, -1, 1)
    output = (2 * outputs[:, None] - 1) * np.sqrt(3 / n)  # of variance 1/n
    return Layer(init_scale * slope[None, :], -init_scale * slope * centre), Layer(output, jnp.zeros((1,), dtype))


MODEL = training.Model(init, mlp.apply, mlp.predict)


def weights(params, data):
    """All weights of a 1-N-1 network in one vector [3 N + 1]: hidden weights, biases, output weights, output bias."""
    hidden, output = params
    return jnp.concatenate([hidden.w[0], hidden.b, output.w[:, 0], output.b])


def trained(problem: Problem, widths: tuple[int, ...], config: Config) -> xr.Dataset:
    """Everything about the trained networks [solver, activation, units], and one fit of each solver and activation."""
    shown = max([n for n in widths if n <= SHOWN], default=min(widths))
    found, fits = [], []
    for name in SOLVERS:
        parts = []
        for width in widths:
            one, last = _one_width(name, width, problem, config)
            parts.append(one)
            fits += [_fits(last)] if width == shown else []
        found.append(xr.concat(parts, "units"))
    data = xr.merge([xr.concat(found, "solver"), xr.concat(fits, "solver")])
    return data.assign_coords(solver=list(SOLVERS), units=list(widths))


def _one_width(name: str, width: int, problem: Problem, config: Config) -> tuple[xr.Dataset, xr.DataArray]:
    """Errors [activation] and their course [activation, record] with one solver; and the networks of median error.

    Rates are chosen by what training sees, the loss at the training points.
    """
    adam = name == "Adam"
    steps = config.adam_steps if adam else config.projection_steps
    settings: dict[str, Any] = {
        "hidden": (width,), "activation": list(config.activations), "solver": SOLVERS[name],
        "dtype": "float32" if adam else "float64",  # Adam stops far above the rounding of either
        "model": MODEL, "num_steps": steps, "schedule": "cosine" if adam else "constant",
        "measure": {"weights": weights}, "record_every": steps // RECORDS,
    }  # fmt: skip
    rates = config.adam_rates if adam else config.projection_rates
    seeds = tuning.seeds(config.tuning_seeds)
    tuned = nnjax.sweep(problem.data, learning_rate=list(rates), seeds=seeds, **settings)
    # Errors span many powers of ten, so a rate is chosen by the mean of their logarithms.
    cost = np.log(tuned.train_loss + np.finfo(float).tiny)
    rate = tuning.choose(cost, "learning_rate").best["learning_rate"]
    start = time.perf_counter()  # all has been compiled by now
    runs = nnjax.sweep(problem.data, learning_rate=rate, seeds=config.seeds, **settings)
    seconds = (time.perf_counter() - start) / (config.seeds * len(config.activations))
    packed = runs.weights.transpose("activation", "seed", "step", ...).values
    rms = np.stack([errors(problem, str(a), one) for a, one in zip(runs.activation.values, packed, strict=True)])
    last = rms[:, :, -1]
    intervals = np.array([statistics.bootstrap(values, num_resamples=2_000) for values in last])
    found = xr.Dataset(
        {
            **{kind: ("activation", intervals[:, i]) for i, kind in enumerate(("median", "low", "high"))},
            "least": ("activation", last.min(axis=1)),
            "rate": ("activation", rate.values),
            "failed": ("activation", (~np.isfinite(last)).sum(axis=1)),
            "course": (("activation", "record"), np.median(rms, axis=1)),
            "course_seconds": ("record", seconds * runs.step.values / steps),
            "seconds": seconds,
        },
        coords={"activation": runs.activation.values},
    )
    middle = np.argsort(last, axis=1, kind="stable")[:, (config.seeds - 1) // 2]
    kept = packed[np.arange(len(packed)), middle, -1]
    return found, xr.DataArray(kept, dims=("activation", "weight"), coords={"activation": runs.activation.values})


def unpacked(packed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hidden weights, biases and output weights [..., N], and output bias [...], of what `weights` gave."""
    n = packed.shape[-1] // 3
    packed = np.asarray(packed, float)
    return packed[..., :n], packed[..., n : 2 * n], packed[..., 2 * n : 3 * n], packed[..., -1]


def curve(activation: str, packed: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Outputs of the network with these weights at x [m]."""
    w, b, v, c = unpacked(packed)
    z = x[:, None] * w + b
    return (np.maximum(z, 0.0) if activation == "relu" else np.tanh(z)) @ v + c


def errors(problem: Problem, activation: str, packed: np.ndarray) -> np.ndarray:
    """Root mean square errors [...] of networks with these weights [..., 3 N + 1], inf where one diverged.

    For a function they are integrals over the interval, cut at every knot of ReLU and closely around every centre of
    tanh, so that a leap of the fit between two points counts. For a file they are means over the points held out.
    """
    flat = packed.reshape(-1, packed.shape[-1])
    found = np.full(len(flat), np.inf)
    healthy = np.isfinite(flat).all(axis=1)
    with np.errstate(over="ignore", invalid="ignore"):
        if problem.function is None:
            x, y = problem.data.x_test[:, 0], problem.data.y_test[:, 0]
            one = [np.sqrt(np.mean((curve(activation, row, x) - y) ** 2)) for row in flat[healthy]]
        elif activation == "relu":
            exact = approximation.relu_network_error(problem.function, *unpacked(flat[healthy]), ENDS, problem.jumps)
            one = exact * approximation.l2_to_rms(1.0, ENDS)
        else:
            panels = approximation.panels(problem.function, ENDS, problem.jumps)
            one = [_tanh_error(problem.function, row, panels) for row in flat[healthy]]
    found[healthy] = np.nan_to_num(np.asarray(one), nan=np.inf)
    return found.reshape(packed.shape[:-1])


def _tanh_error(f: approximation.Function, packed: np.ndarray, panels: np.ndarray) -> float:
    w, b, _, _ = unpacked(packed)
    w = np.where(w == 0, 1.0, w)
    cuts = (-b / w)[:, None] + np.array(AROUND) / np.abs(w)[:, None]
    x, weight = quadrature.rule(np.union1d(panels, cuts[np.abs(cuts) < 1]))
    gap = curve("tanh", packed, x) - quadrature.values(f, x)
    return approximation.l2_to_rms(float(np.sqrt(weight @ gap**2)), ENDS)


def _fits(packed: xr.DataArray) -> xr.Dataset:
    """Outputs of the networks of median error on a grid, and where their units bend [activation, ...]."""
    grid, fits, knots = np.linspace(-1, 1, GRID), [], []
    for activation, row in zip(packed.activation.values, packed.values, strict=True):
        w, b, _, _ = unpacked(row)
        fits.append(curve(str(activation), row, grid))
        with np.errstate(divide="ignore", invalid="ignore"):
            knots.append(-b / w)
    dims = ("activation", "place"), ("activation", "unit")
    coords = {"activation": packed.activation.values}
    return xr.Dataset({"fit": (dims[0], np.array(fits)), "knot": (dims[1], np.array(knots))}, coords=coords)


def references(problem: Problem, widths: tuple[int, ...], config: Config) -> xr.Dataset:
    """The best N ReLU units and the bound E(N + 1) as root mean squares [units].

    nan for points, which may be noisy, and for a function with a jump: two units come as near to it as one likes, so
    that no network is the best and E(N + 1) may be 0.
    """
    best, bound = (np.full(len(widths), np.nan) for _ in range(2))
    if problem.function is not None and not problem.jumps and "relu" in config.activations:
        for i, n in enumerate(widths):
            if n <= config.best_up_to:
                found = approximation.best_relu_network(problem.function, n, ENDS)
                best[i], bound[i] = (approximation.l2_to_rms(error, ENDS) for error in (found.error, found.bound))
    return xr.Dataset({"best": ("units", best), "bound": ("units", bound)}, coords={"units": list(widths)})


def shown(problem: Problem, grid: np.ndarray) -> xr.Dataset:
    """What is drawn of the target, scaled: the function on the grid, or about 500 of the points."""
    if problem.function is not None:
        x, y = grid, problem.function(grid)
    else:
        every = max(1, len(problem.data.x) // 500)
        x, y = problem.data.x[::every, 0], problem.data.y[::every, 0]
    return xr.Dataset({"shown_x": ("point", x), "shown_y": ("point", y), "grid": ("place", grid)})
