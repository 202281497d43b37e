"""The plain networks beside KANs: at most as many parameters, as many trials of settings, two solvers."""

import itertools
import time
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation.against_kan.config import Config
from experiments.universal_approximation.against_kan.targets import (
    KAN_TARGETS,
    Sample,
    grids_of,
    sample,
    tuning_grids_of,
)
from nnjax import activations, mlp, solvers, tasks, training, tuning

# What is tuned, once for each target and solver: as many trials as KANs have.
DEPTHS, ACTIVATIONS, SCALES = (1, 2), ("tanh", "gelu"), (1.0, 2.0)
SOLVERS = {"L-BFGS": ("bounded_lbfgs", 1.0), "variable projection": ("variable_projection", 10.0)}  # and its rate
INNER = 20  # iterations in a step of pykan's L-BFGS, which is PyTorch's
COMMON: dict[str, Any] = {"bias_init": "uniform", "dtype": "float64", "padding": False}


class Setting(NamedTuple):
    """What was chosen on validation points."""

    depth: int
    activation: str
    init_scale: float


def mlps(config: Config) -> xr.Dataset:
    """Test errors [target, solver, size, seed], parameters and seconds [target, solver, size]."""
    parts = [
        xr.concat([_of_target(name, solver, config) for solver in SOLVERS], "solver").assign_coords(solver=[*SOLVERS])
        for name in config.targets
    ]
    return xr.concat(parts, "target").assign_coords(target=list(config.targets))


def steps_of(solver: str, grids: int, config: Config, tuned: bool = False) -> int:
    """Steps of a network beside a KAN of so many grids: L-BFGS takes as many iterations as that KAN."""
    if solver == "L-BFGS":
        return INNER * grids * (config.kan_tuning_steps if tuned else config.kan_steps)
    return config.projection_steps // (4 if tuned else 1)


def hidden_of(name: str, budget: int, depth: int) -> tuple[int, ...] | None:
    """The widest equal layers of at most so many parameters, or None where not even width 1 fits."""
    inputs = KAN_TARGETS[name].num_inputs
    smallest = mlp.num_params((inputs, *(1,) * depth, 1))
    return (mlp.width_for_budget(budget, depth, inputs, 1),) * depth if smallest <= budget else None


def _of_target(name: str, solver: str, config: Config) -> xr.Dataset:
    rows = sample(name, config.num_rows)
    chosen = _tuned(name, solver, rows, config)
    grids = grids_of(name, config)
    most = max(len(grids_of(other, config)) for other in config.targets)
    test = np.full((most, config.seeds), np.nan)
    params, seconds = np.zeros(most, int), np.full(most, np.nan)
    for i, grid in enumerate(grids):
        budget = KAN_TARGETS[name].kan_params(grid)
        hidden = hidden_of(name, budget, chosen.depth) or hidden_of(name, budget, 1)
        if hidden is None:
            continue
        steps = steps_of(solver, i + 1, config)
        setting = (hidden, chosen.activation, [chosen.init_scale])
        test[i] = _errors(rows, (rows.x_test, rows.y_test), solver, *setting, range(config.seeds), steps)[0]
        params[i] = mlp.num_params((KAN_TARGETS[name].num_inputs, *hidden, 1))
        seconds[i] = steps * _seconds_per_step(rows, solver, hidden, chosen)
    words = f"{chosen.depth} hidden, {chosen.activation}, scale {chosen.init_scale:g}"
    return xr.Dataset(
        {
            "mlp": (("size", "seed"), test),
            "mlp_params": ("size", params),
            "mlp_seconds": ("size", seconds),
            "mlp_setting": ((), words),
        }
    )


def _tuned(name: str, solver: str, rows: Sample, config: Config) -> Setting:
    """The setting of the least error on validation points, at the size of the last grid that KANs are tuned on."""
    grids = tuning_grids_of(name, config)
    budget = KAN_TARGETS[name].kan_params(grids[-1])
    steps = steps_of(solver, len(grids), config, tuned=True)
    validation = (rows.x_validation, rows.y_validation)
    tried: dict[Setting, float] = {}
    for depth, activation in itertools.product(DEPTHS, ACTIVATIONS):
        if hidden := hidden_of(name, budget, depth):
            scales, seeds = list(SCALES), tuning.seeds(1)
            errors = _errors(rows, validation, solver, hidden, activation, scales, seeds, steps)
            tried |= {Setting(depth, activation, s): float(e[0]) for s, e in zip(scales, errors, strict=True)}
    return min(tried, key=lambda setting: tried[setting])


def _errors(
    rows: Sample, test: tuple, solver: str, hidden: tuple[int, ...], activation: str, scales: list[float],
    seeds: range, steps: int,
) -> np.ndarray:  # fmt: skip
    """Root mean squares on the test points [scale, seed]; inf where a network diverged."""
    name, rate = SOLVERS[solver]
    runs = nnjax.sweep(
        tasks.data(rows.x, rows.y, *test), hidden=hidden, activation=activation, init_scale=scales, solver=name,
        learning_rate=rate, seeds=seeds, num_steps=steps, **COMMON,
    )  # fmt: skip
    return np.sqrt(np.asarray(runs.test_loss.transpose("init_scale", "seed"), float))


def _seconds_per_step(rows: Sample, solver: str, hidden: tuple[int, ...], setting: Setting, trial: int = 20) -> float:
    """Seconds of processor time that one network takes alone for a step, after compiling."""
    name, rate = SOLVERS[solver]
    with jax.enable_x64(True):
        spec = training.Spec(
            (rows.x.shape[1], *hidden, 1), activations.get(setting.activation), bias_init=COMMON["bias_init"],
            solver=solvers.get(name), dtype=COMMON["dtype"],
        )  # fmt: skip
        data = tasks.Data(jnp.asarray(rows.x), jnp.asarray(rows.y), None, None, None)
        hyper = {"learning_rate": rate, "init_scale": setting.init_scale, "schedule_steps": float(trial)}
        key = jax.random.key(0)
        state = training.begin(key, training.draw(key, hyper, spec), hyper, data, spec)
        advance = jax.jit(partial(training.advance, num_steps=trial, spec=spec))
        state = jax.block_until_ready(advance(state, hyper, data, 0))
        times = []
        for i in range(1, 4):
            start = time.process_time()
            state = jax.block_until_ready(advance(state, hyper, data, i * trial))
            times.append(time.process_time() - start)
    return float(np.median(times)) / trial
