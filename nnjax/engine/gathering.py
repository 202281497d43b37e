"""Have all waves of a plan trained, and gather what comes of them in arrays."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from nnjax.engine import execution, labelling, members, settings, workers
from nnjax.engine.plans import Plan
from nnjax.engine.progress import Bar
from nnjax.tasks import Data


def train(
    asked: settings.Settings, plan: Plan, data: settings.Tasks, progress: bool, num_workers: int | None
) -> dict[str, np.ndarray]:
    """Train all networks into arrays by name, of shape [cells, networks of a cell, ...]."""
    size = (math.prod(plan.static_shape), math.prod(plan.member_shape))
    arrays = {
        name: np.full((*size, *shape), blank, kind)
        for name, (shape, kind, blank) in labelling.variables(plan, asked).items()
    }
    precision = jax.config.jax_default_matmul_precision  # as all settings of JAX it belongs to a thread
    devices, on_device = workers.devices(num_workers), {}
    for device in dict.fromkeys(devices):
        with execution.numerics(asked.dtype, device, precision):
            on_device[device] = members.device_data(data, asked.dtype)
    with Bar(plan.num_networks, progress) as bar:
        one = partial(_train_wave, asked, plan, arrays, bar)
        workers.run(plan, [partial(one, on_device[device], device, precision) for device in devices])
    return arrays


def _train_wave(
    asked: settings.Settings,
    plan: Plan,
    arrays: dict[str, np.ndarray],
    bar: Bar,
    data: Data,
    device: Any,
    precision: str | None,
    wave: workers.Wave,
    alive: Callable[[], None],
) -> None:
    """Train one wave on one device, and write what comes of it to its place in the arrays."""
    program, first, last = wave
    index = np.arange(first, last)
    networks = members.chosen(plan, program, asked, index)
    cell, inside = np.divmod(index, program.networks_per_cell)
    cell = plan.numbers_of(program)[cell]

    def after_call(networks: float) -> None:
        alive()
        bar.add(networks)

    with execution.numerics(asked.dtype, device, precision):
        trained = execution.train_wave(program, networks, data, after_call)
    for name, found in labelling.outcome(trained, program.spec).items():
        arrays[name][cell, inside] = found
