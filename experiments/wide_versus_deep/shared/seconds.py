"""How long a training step of each shape takes when nothing else is trained: one block of its program, timed alone."""

import time
from collections.abc import Callable

import numpy as np

from nnjax.engine import execution, members, plans
from nnjax.tasks import Data

REPEATS = 3


def per_step(
    planned: Callable[[int], plans.Plan],
    data: Data | dict[str, Data],
    numbers: dict[str, float],
    steps: tuple[int, int],
) -> np.ndarray:
    """Seconds per step and network, for each value of the one axis of a plan: the least of several repeats, in turns.

    Args:
        planned: the plan of so many steps, of which each cell is a program of its own.
        data: what is trained on.
        numbers: the hyperparameters of all networks, by name.
        steps: few and many; their difference is free of starts and records.
    """
    both = [planned(count) for count in steps]
    shape = (1 + max(program.cells[0].index[0] for program in both[0].programs), 2)
    best, lanes = np.full(shape, np.inf), np.ones(shape[0])
    with execution.numerics("float32"):
        device = members.device_data(data, "float32")
        for _ in range(REPEATS + 1):  # the first finds everything compiled, or compiles it
            for i, plan in enumerate(both):
                for program in plan.programs:
                    kind = program.cells[0].index[0]
                    some = _members(program.lanes, numbers)
                    start = time.perf_counter()
                    execution.train_wave(program, some, device)
                    best[kind, i] = min(best[kind, i], time.perf_counter() - start)
                    lanes[kind] = program.lanes
    # On a busy machine a few steps may seem to take no time: then starts and records are counted in.
    difference = (best[:, 1] - best[:, 0]) / (steps[1] - steps[0])
    return np.where(difference > 0, difference, best[:, 1] / steps[1]) / lanes


def _members(lanes: int, numbers: dict[str, float]) -> members.Members:
    hyper = {name: np.full(lanes, value) for name, value in numbers.items()}
    return members.Members(np.arange(lanes), np.zeros(lanes, int), hyper)
