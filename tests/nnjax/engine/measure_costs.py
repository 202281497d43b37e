"""Measure what a step costs: the table that the constants of `engine.cost` are tested against.

    python -m tests.nnjax.engine.measure_costs > tests/nnjax/engine/costs_<processor>.csv

Nanoseconds of one core for one network and one step, planned as a sweep plans them; medians with a block on every core.
It takes two minutes on a quiet machine.
"""

import csv
import statistics
import sys
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

import nnjax
from nnjax import machine
from tests.nnjax.engine.measure_lanes import SECONDS, stepper

ROUNDS = 5
HEADER = ("depth", "width", "inputs", "outputs", "rows", "batch", "loss", "layout", "lanes", "measured")
# Depth, width, inputs, outputs, rows, rows in a batch (0: all), loss.
SHAPES = [
    *((depth, width, 1, 1, 64, 0, "squared_error") for depth in (1, 2, 3, 6) for width in (4, 8, 16, 32, 64)),
    *((depth, width, 1, 1, 256, 0, "squared_error") for depth in (1, 2, 4) for width in (4, 8, 16, 32, 64)),
    *((depth, width, 1, 1, 16, 0, "squared_error") for depth in (1, 2, 4) for width in (8, 32)),
    *((depth, width, 2, 1, 4, 0, "sigmoid_binary_cross_entropy") for depth in (1, 2) for width in (2, 8, 16, 32)),
    *((depth, width, 2, 3, 90, 0, "softmax_cross_entropy") for depth in (1, 2) for width in (8, 32)),
    *((depth, width, 40, 10, 4000, 100, "softmax_cross_entropy") for depth in (1, 2) for width in (16, 64)),
    *((depth, width, 20, 1, 500, 32, "squared_error") for depth in (1, 3) for width in (32, 128)),
]


def measured(shape: tuple, pool: ThreadPoolExecutor) -> tuple:
    """A row of the table."""
    depth, width, inputs, outputs, rows, batch, loss = shape
    data = nnjax.tasks.data(np.zeros((rows, inputs)), np.eye(outputs)[np.zeros(rows, int)])
    settings = {"hidden": (width,) * depth, "loss": loss, "batch_size": batch or None, "judged_rows": 1}
    program = nnjax.plan(data, **settings, seeds=1000).programs[0]
    run, num = stepper(shape[:6], program.lanes, pool, loss, program.spec.layout), 1
    run(1)  # compiles
    while (seconds := run(num)) < SECONDS / 4:
        num *= 4
    num = max(1, round(num * SECONDS / seconds))
    # All cores work, each on its own block.
    found = statistics.median(run(num) / num / program.lanes for _ in range(ROUNDS)) * 1e9
    return (*shape, program.spec.layout, program.lanes, round(found, 1))


def main() -> None:
    """Print the table, with the processor in the first line."""
    print(f"# {machine.processor()}, {machine.num_workers()} cores")
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(HEADER)
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        for shape in SHAPES:
            table.writerow(measured(shape, pool))
            nnjax.clear_caches()
            jax.clear_caches()
            sys.stdout.flush()


if __name__ == "__main__":
    main()
