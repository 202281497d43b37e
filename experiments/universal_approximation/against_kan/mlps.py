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
    INNER,
    KAN_TARGETS,
    Sample,
    grids_of,
    sample,
    tuning_grids_of,
)
from nnjax import activations, machine, mlp, solvers, tasks, training, tuning

# What is tuned, once for each target and solver: as many trials as KANs have.
DEPTHS, ACTIVATIONS, SCALES = (1, 2), ("tanh", "gelu"), (1.0, 2.0)
SOLVERS = {"L-BFGS": ("bounded_lbfgs", 1.0), "variable projection": ("variable_projection", 10.0)}  # and its rate
COMMON: dict[str, Any] = {"bias_init": "uniform", "dtype": "float64", "padding": False}


class Setting(NamedTuple):
    """What was chosen on validation points."""

    depth: int
    activation: str
    init_scale: float


type Settings = dict[tuple[str, str], Setting]  # by target and solver


def tuned(config: Config) -> Settings:
    """The settings that are best on draws that are not reported."""
    return {(name, solver): _tuned(name, solver, config) for name in config.targets for solver in SOLVERS}


def mlps(chosen: Settings, config: Config) -> xr.Dataset:
    """Errors and iterations [target, solver, size, draw], parameters and seconds [target, solver, size].

    `mlp` has the errors after as many iterations as the KAN beside it may take, `mlp_end` after those of all grids.
    """
    parts = [
        xr.concat([_of_target(name, solver, chosen[name, solver], config) for solver in SOLVERS], "solver")
        for name in config.targets
    ]
    return xr.concat(parts, "target").assign_coords(target=list(config.targets), solver=[*SOLVERS])


def steps_of(solver: str, grids: int, config: Config, tuned: bool = False) -> int:
    """Steps of a network beside a KAN of `grids` grids: L-BFGS takes as many iterations as that KAN may take."""
    if solver == "L-BFGS":
        return INNER * grids * (config.kan_tuning_steps if tuned else config.kan_steps)
    return config.projection_steps // (4 if tuned else 1)


def hidden_of(name: str, budget: int, depth: int) -> tuple[int, ...] | None:
    """The widest equal layers with at most `budget` parameters, or None where not even width 1 fits."""
    inputs = KAN_TARGETS[name].num_inputs
    smallest = mlp.num_params((inputs, *(1,) * depth, 1))
    return (mlp.width_for_budget(budget, depth, inputs, 1),) * depth if smallest <= budget else None


def shapes_of(name: str, depth: int, config: Config) -> list[tuple[int, ...] | None]:
    """The hidden layers beside the KAN of each grid: one where `depth` do not fit, None where not even one does."""
    budgets = [KAN_TARGETS[name].kan_params(grid) for grid in grids_of(name, config)]
    return [hidden_of(name, budget, depth) or hidden_of(name, budget, 1) for budget in budgets]


def _of_target(name: str, solver: str, chosen: Setting, config: Config) -> xr.Dataset:
    shapes = shapes_of(name, chosen.depth, config)
    hidden = list(dict.fromkeys(shape for shape in shapes if shape))
    rows = {draw: sample(name, draw, config.num_rows) for draw in range(config.draws)}
    tested = {draw: tasks.data(one.x, one.y, one.x_test, one.y_test) for draw, one in rows.items()}
    # All sizes are trained together, as long as the largest; errors after fewer steps are read off on the way.
    runs = _trained(
        tested, solver, hidden=hidden, activation=chosen.activation, init_scale=chosen.init_scale,
        num_steps=steps_of(solver, len(shapes), config), record_every=steps_of(solver, 1, config),
    )  # fmt: skip
    curve = _root(runs.test_curve).transpose("step", "hidden", "draw")
    taken = runs.steps.isel(seed=0).transpose("hidden", "task").values
    most = max(len(grids_of(other, config)) for other in config.targets)
    test, end, iterations = np.full((3, most, config.draws), np.nan)
    params, seconds = np.zeros(most, int), np.full(most, np.nan)
    for i, shape in enumerate(shapes):
        if shape is None:
            continue
        place, steps = hidden.index(shape), steps_of(solver, i + 1, config)
        test[i], end[i] = curve.sel(step=steps)[place], curve[-1, place]
        iterations[i] = np.minimum(taken[place], steps)
        params[i] = mlp.num_params((KAN_TARGETS[name].num_inputs, *shape, 1))
        seconds[i] = steps * _seconds_per_step(rows[0], solver, shape, chosen)
    words = f"{chosen.depth} hidden, {chosen.activation}, scale {chosen.init_scale:g}"
    return xr.Dataset(
        {
            "mlp": (("size", "draw"), test),
            "mlp_end": (("size", "draw"), end),
            "mlp_iterations": (("size", "draw"), iterations),
            "mlp_params": ("size", params),
            "mlp_seconds": ("size", seconds),
            "mlp_setting": ((), words),
        }
    )


def _tuned(name: str, solver: str, config: Config) -> Setting:
    """The setting with the least error on validation points (geometric mean over draws), at the size of the last grid
    that KANs are tuned on."""
    grids = tuning_grids_of(name, config)
    budget = KAN_TARGETS[name].kan_params(grids[-1])
    hidden = [shape for depth in DEPTHS if (shape := hidden_of(name, budget, depth))]
    rows = {draw: sample(name, draw, config.num_rows) for draw in tuning.seeds(config.tuning_draws)}
    runs = _trained(
        {draw: tasks.data(one.x, one.y, one.x_validation, one.y_validation) for draw, one in rows.items()}, solver,
        hidden=hidden, activation=[*ACTIVATIONS], init_scale=[*SCALES],
        num_steps=steps_of(solver, len(grids), config, tuned=True),
    )  # fmt: skip
    errors = _root(runs.test_loss).transpose("hidden", "activation", "init_scale", "draw").values
    tried = [Setting(len(shape), name, scale) for shape, name, scale in itertools.product(hidden, ACTIVATIONS, SCALES)]
    return tried[int(np.log(errors).mean(axis=-1).argmin())]


def _trained(draws: dict[int, tasks.Data], solver: str, **settings: Any) -> xr.Dataset:
    """A sweep in which each draw of the data has the network of its own seed."""
    name, rate = SOLVERS[solver]
    return nnjax.sweep(
        {str(draw): data for draw, data in draws.items()}, seeds={str(draw): [draw] for draw in draws}, solver=name,
        learning_rate=rate, **settings, **COMMON,
    )  # fmt: skip


def _root(loss: xr.DataArray) -> xr.DataArray:
    """Root mean squares in float64, by draw; inf where a network diverged."""
    return (loss.isel(seed=0).astype(float) ** 0.5).rename(task="draw")


def _seconds_per_step(rows: Sample, solver: str, hidden: tuple[int, ...], setting: Setting, trial: int = 20) -> float:
    """Seconds of processor time that one network takes alone for a step, after compiling."""
    name, rate = SOLVERS[solver]
    with jax.enable_x64(True), machine.one_blas_thread():
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
