"""How long a step of each shape takes when nothing else is trained: one block of its program, on the clock."""

import time
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep._equal_budgets_runs import Part, settings
from experiments.wide_versus_deep._equal_budgets_tasks import made
from nnjax.engine import execution, members

if TYPE_CHECKING:
    from experiments.wide_versus_deep.equal_budgets import Config

RATE = 0.001
REPEATS = 3


def per_step(part: Part, config: "Config") -> xr.DataArray:
    """Seconds per step and network [kind], the shapes in turns; starts and records are taken away as a difference.

    The programs are those of the sweeps, which have compiled them.
    """
    data = made(part.family, 0, part.budget)
    few, many = config.timed_steps // 10, config.timed_steps
    plans = [
        nnjax.plan(data, **settings(part, config, steps), learning_rate=RATE, init_scale=1.0) for steps in (few, many)
    ]
    best, lanes = np.full((len(part.kinds), 2), np.inf), np.ones(len(part.kinds))
    with execution.numerics("float32"):
        device = members.device_data(data, "float32")
        for _ in range(REPEATS + 1):  # the first finds everything compiled, or compiles it
            for i, plan in enumerate(plans):
                for program in plan.programs:
                    kind = program.cells[0].index[0]
                    start = time.perf_counter()
                    execution.train_wave(program, _members(program.lanes), device)
                    best[kind, i] = min(best[kind, i], time.perf_counter() - start)
                    lanes[kind] = program.lanes
    # On a busy machine a few steps may seem to take no time: then starts and records are counted in.
    difference = (best[:, 1] - best[:, 0]) / (many - few)
    seconds = np.where(difference > 0, difference, best[:, 1] / many) / lanes
    return xr.DataArray(seconds, dims="kind", coords={"kind": list(part.kinds)})


def _members(lanes: int) -> members.Members:
    numbers = {"bias_scale": 1 / np.sqrt(3), "learning_rate": RATE, "init_scale": 1.0}
    hyper = {name: np.full(lanes, value) for name, value in numbers.items()}
    return members.Members(np.arange(lanes), np.zeros(lanes, int), hyper)
