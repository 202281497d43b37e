"""Have all waves of a plan trained, and gather what comes of them in arrays."""

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from nnjax.engine import execution, labelling, settings, workers
from nnjax.engine.plans import Plan
from nnjax.engine.progress import Bar


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
    with Bar(plan.num_networks, progress) as bar:

        def worker_on(device: Any) -> workers.Work:
            with execution.numerics(asked.dtype, device, precision):
                on_device = execution.device_data(data, asked.dtype)

            def work(wave: workers.Wave, alive: Callable[[], None]) -> None:
                program, first, last = wave
                index = np.arange(first, last)
                members = execution.members(plan, program, asked, index)
                cell, inside = np.divmod(index, program.networks_per_cell)
                cell = plan.numbers_of(program)[cell]

                def after_call(networks: float) -> None:
                    alive()
                    bar.add(networks)

                with execution.numerics(asked.dtype, device, precision):
                    trained = execution.train_wave(program, members, on_device, after_call)
                for name, found in labelling.outcome(trained, program.spec).items():
                    arrays[name][cell, inside] = found

            return work

        workers.run(plan, [worker_on(device) for device in workers.devices(num_workers)])
    return arrays
