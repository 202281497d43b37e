"""Have waves of networks trained, here or on other machines, and hand on what comes of them."""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

from nnjax.engine import execution, labelling, members, settings, workers
from nnjax.engine.plans import Plan
from nnjax.engine.progress import Bar
from nnjax.engine.workers import Wave, Waves
from nnjax.tasks import Data

type Found = dict[str, np.ndarray]


class Spent(NamedTuple):
    """Seconds that workers spent, all together: on compiling, on training."""

    compile_seconds: float = 0.0
    run_seconds: float = 0.0


type Sink = Callable[[Wave, Found, Spent], None]


class Arrays:
    """A sink that keeps everything: arrays by name, of shape [cells, networks of a cell, ...]."""

    def __init__(self, asked: settings.Settings, plan: Plan) -> None:
        size = (math.prod(plan.static_shape), math.prod(plan.member_shape))
        self.plan = plan
        self.arrays = {
            name: np.full((*size, *shape), blank, kind)
            for name, (shape, kind, blank) in labelling.variables(plan, asked).items()
        }

    def __call__(self, wave: Wave, found: Found, spent: Spent) -> None:
        """Put networks to their places."""
        program = self.plan.programs[wave.program]
        cell, inside = np.divmod(wave.places, program.networks_per_cell)
        cell = self.plan.numbers_of(program)[cell]
        for name, values in found.items():
            self.arrays[name][cell, inside] = values


def train(
    asked: settings.Settings,
    plan: Plan,
    data: settings.Tasks,
    waves: Waves,
    sink: Sink,
    bar: Bar,
    num_workers: int | None = None,
) -> None:
    """Train all waves on the workers of this process; `sink` is given each by the worker that trained it."""
    precision = jax.config.jax_default_matmul_precision  # as all settings of JAX it belongs to a thread
    devices, on_device = workers.devices(num_workers), {}
    for device in dict.fromkeys(devices):
        with execution.numerics(asked.dtype, device, precision):
            on_device[device] = members.device_data(data, asked.dtype)

    def work(device: Any, wave: Wave, alive: Callable[[], None]) -> None:
        def after_call(networks: float) -> None:
            alive()
            bar.add(networks)

        sink(wave, *train_wave(asked, plan, on_device[device], device, precision, wave, after_call))

    workers.run(waves, [partial(work, device) for device in devices])


def train_wave(
    asked: settings.Settings,
    plan: Plan,
    data: Data,
    device: Any,
    precision: str | None,
    wave: Wave,
    after_call: Callable[[float], None] = lambda networks: None,
) -> tuple[Found, Spent]:
    """Train one wave on one device: its variables [n, ...] by name, and what was spent on it.

    What goes on until the first call is under way counts as compiling.
    """
    program, times = plan.programs[wave.program], [time.perf_counter()]

    def noted(networks: float) -> None:
        if len(times) == 1:
            times.append(time.perf_counter())
        after_call(networks)

    networks = members.chosen(plan, program, asked, wave.places)
    with execution.numerics(asked.dtype, device, precision):
        trained = execution.train_wave(program, networks, data, noted)
    start, compiled, end = times[0], times[-1], time.perf_counter()
    return labelling.outcome(trained, program.spec), Spent(compiled - start, end - compiled)
