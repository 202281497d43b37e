"""The error of each solver against seconds: from the same starts, in turns, in one process."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.universal_approximation.trained import networks
from experiments.universal_approximation.trained.config import Config
from nnjax import solvers, training
from nnjax.tasks import Data

TOGETHER = 8  # networks that one program trains at once
POINTS = 16  # of each curve, evenly spaced in the logarithm of the steps
ROWS = 512
QUARTILES = [1, 3, 6]  # of 8 sorted errors: about a quarter, the lower middle, about three quarters
# Optimization levels of the compiler on a CPU, as in a sweep: for what runs once, and for steps.
ONCE, STEPPING = 0, 1
TRIAL, STEPS = 10, (20, 20_000)  # steps that tell how long one takes; the fewest and the most steps of a run


def _compiled(function: Callable, axes: tuple[int | None, ...], level: int) -> Callable:
    """The function of one network, compiled for TOGETHER of them."""
    options = {"xla_backend_optimization_level": level} if jax.default_backend() == "cpu" else None
    return jax.jit(jax.vmap(function, in_axes=axes), compiler_options=options)


class Racer:
    """TOGETHER networks of one solver, trained step by step. All is compiled before the clock starts."""

    def __init__(self, part: networks.Part, activation: str, task: str, numbers: dict[str, float]) -> None:
        data, wanted = networks.problem(task, part.rows, networks.mini_batches(part)), networks.settings_of(part)
        self.task, self.exact = task, activation == "relu"
        kept = {k: wanted[k] for k in ("batch_size", "order", "schedule", "dtype", "model") if k in wanted}
        self.spec = training.Spec(
            (1, part.width, 1), networks.function(activation), solver=solvers.get(wanted["solver"]), **kept
        )
        self.data = Data(*(None if a is None else jnp.asarray(a, self.spec.dtype) for a in data))
        self.numbers = numbers
        self._begin = _compiled(self._begun, (0, None), ONCE)
        self._advance = _compiled(self._advanced, (0, None, None, None), STEPPING)
        self._weights = _compiled(lambda state: networks.weights(state.params, None), (0,), ONCE)
        self._loss = _compiled(lambda state: training.record(state, self.data, self.spec)["test_loss"], (0,), STEPPING)
        self.start_over(2)
        for step in (1, 2):
            self.go_to(step)
        self.errors()

    def _begun(self, key: Any, hyper: Any) -> training.State:
        state = training.begin(key, training.draw(key, hyper, self.spec), hyper, self.data, self.spec)
        # As it comes out of a step: a weak type would make the step compile twice.
        return state._replace(solver_state=jax.tree.map(lambda a: jax.lax.convert_element_type(a, a.dtype), state[1]))

    def _advanced(self, state: training.State, hyper: Any, start: Any, steps: Any) -> training.State:
        return training.advance(state, hyper, self.data, start, steps, self.spec)

    def start_over(self, steps: int) -> None:
        """Go back to the initial weights, with a schedule of `steps` steps."""
        self.hyper = self.numbers | {"schedule_steps": float(steps)}
        keys = jax.vmap(jax.random.key)(jnp.arange(TOGETHER))
        self.states = self._begin(keys, self.hyper)
        self.done, self.seconds = 0, 0.0

    def go_to(self, step: int) -> None:
        """Train on to this step, and count the seconds."""
        start = time.perf_counter()
        self.states = jax.block_until_ready(self._advance(self.states, self.hyper, self.done, step - self.done))
        self.seconds += time.perf_counter() - start
        self.done = step

    def errors(self) -> np.ndarray:
        """Root mean squares [TOGETHER], exact for ReLU, else on the test points; inf where a network diverged."""
        if self.exact:
            return networks.relu_errors(self.task, np.asarray(self._weights(self.states)))
        found = np.sqrt(np.asarray(self._loss(self.states), float))
        return np.where(np.isfinite(found), found, np.inf)


def curves(data: xr.Dataset, config: Config) -> xr.Dataset:
    """Seconds [case, solver, point] and error at quartiles [case, solver, point, quartile]."""
    cases = config.cases
    names = list(data.solver.values)
    found = [_race(case, names, data, config) for case in cases]
    seconds, errors = (np.array([one[i] for one in found]) for i in (0, 1))
    dims = ("case", "solver", "point")
    return xr.Dataset(
        {"case_seconds": (dims, seconds), "case_error": ((*dims, "quartile"), errors)},
        coords={
            "case": [f"{activation}, {task}, {width}" for activation, task, width in cases],
            "solver": names,
            "quartile": [0.25, 0.5, 0.75],
        },
    )


def _race(case: tuple, names: list[str], data: xr.Dataset, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """One case: solvers in turns, each from one point of its curve to the next."""
    activation, task, width = case
    seconds = np.full((len(names), POINTS), np.nan)
    errors = np.full((len(names), POINTS, 3), np.nan)

    def entered(solver: str) -> Racer:
        tuned = data.sel(solver=solver, activation=activation, task=task, width=width)
        numbers = {"learning_rate": float(tuned.rate), "init_scale": float(tuned.scale)}
        with jax.enable_x64(True):  # each thread's own
            return Racer(networks.Part(solver, width, ROWS, TOGETHER, 1), activation, task, numbers)

    with ThreadPoolExecutor() as pool:  # they compile side by side, and run one after another
        racers = list(pool.map(entered, names))
    with jax.enable_x64(True):
        marks = [np.unique(np.geomspace(1, _steps(racer, config.seconds), POINTS).round()) for racer in racers]
        for point in range(POINTS):
            for i, racer in enumerate(racers):
                if point < len(marks[i]):
                    racer.go_to(int(marks[i][point]))
                    seconds[i, point] = racer.seconds
                    errors[i, point] = np.sort(racer.errors())[QUARTILES]
    return seconds, errors


def _steps(racer: Racer, seconds: float) -> int:
    """The number of steps that take `seconds`, by a trial; the racer is put back to its start."""
    racer.start_over(TRIAL)
    racer.go_to(TRIAL)
    steps = int(np.clip(seconds / (racer.seconds / TRIAL), *STEPS))
    racer.start_over(steps)
    return steps
