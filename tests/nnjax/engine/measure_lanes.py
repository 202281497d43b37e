"""Measure how long a step takes with various numbers of lanes: the table that the rule of the plan is tested against.

    python -m tests.nnjax.engine.measure_lanes > tests/nnjax/engine/lanes_<processor>.csv

Nanoseconds of one network and one step with a block on every core: medians over rounds in which all numbers of lanes
take turns. It takes about ten minutes on a quiet machine.
"""

import csv
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

import nnjax
from nnjax import machine, training
from nnjax.engine import padding, programs

LANES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
ROUNDS, SECONDS = 9, 0.06
# Depth, width, inputs, outputs, rows, rows in a batch (0: all).
SHAPES = [
    *((depth, width, 1, 1, 64, 0) for depth in (1, 2, 3, 6) for width in (4, 8, 16, 32, 64)),
    *((depth, width, 1, 1, 256, 0) for depth in (1, 3) for width in (8, 32)),
    *((depth, width, 2, 1, 4, 0) for depth in (1, 2) for width in (16, 32)),
    *((depth, width, 40, 10, 4000, 100) for depth in (1, 2) for width in (16, 64)),
]


def stepper(
    shape: tuple[int, ...],
    lanes: int,
    pool: ThreadPoolExecutor,
    loss: str = "squared_error",
    layout: str = "matrices",
) -> Callable[[int], float]:
    """What trains a block of so many lanes on every core for some steps, and tells the seconds."""
    depth, width, inputs, outputs, rows, batch = shape
    rng = np.random.default_rng(0)
    y = rng.normal(size=(rows, outputs))
    if loss != "squared_error":
        y = (y == y.max(axis=1, keepdims=True)).astype(float)
    data = nnjax.tasks.data(rng.normal(size=(rows, inputs)), y)
    data = nnjax.tasks.Data(*(None if a is None else jax.numpy.asarray(a, "float32") for a in data))
    sizes = (inputs, *(width,) * depth, outputs)
    spec = training.Spec(sizes, batch_size=batch or None, loss=loss, layout=layout, judged_rows=1)
    draw, begin, advance = programs.functions(spec, True, machine.compiler_options())
    hyper = {"learning_rate": jax.numpy.full(lanes, 0.01)}

    def first(block: int) -> Any:
        seeds = np.arange(lanes, dtype=np.uint32) + block * lanes
        return begin(seeds, draw(seeds, {}, None), hyper, data)

    states = [first(block) for block in range(machine.num_workers())]

    def run(num_steps: int) -> float:
        def one(i: int) -> None:
            states[i], records = advance(
                states[i], hyper, data, padding.Shape(), np.int32(1), np.asarray([num_steps], np.int32)
            )
            jax.block_until_ready(records)

        start = time.perf_counter()
        list(pool.map(one, range(len(states))))
        return time.perf_counter() - start

    return run


def nanoseconds(shape: tuple[int, ...], pool: ThreadPoolExecutor) -> dict[int, float]:
    """Of one network and step, by the number of lanes."""
    steppers, steps = {lanes: stepper(shape, lanes, pool) for lanes in LANES}, {}
    for lanes, run in steppers.items():
        run(1)  # compiles
        num = 1
        while (seconds := run(num)) < SECONDS / 4:
            num *= 4
        steps[lanes] = max(1, round(num * SECONDS / seconds))
    found: dict[int, list[float]] = {lanes: [] for lanes in LANES}
    for _ in range(ROUNDS):
        for lanes, run in steppers.items():
            found[lanes].append(run(steps[lanes]) / steps[lanes] / lanes / machine.num_workers() * 1e9)
    return {lanes: statistics.median(times) for lanes, times in found.items()}


def main() -> None:
    """Print the table, with the processor in the first line."""
    print(f"# {machine.processor()}, {machine.num_workers()} cores")
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("depth", "width", "inputs", "outputs", "rows", "batch", *LANES))
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        for shape in SHAPES:
            found = nanoseconds(shape, pool)
            nnjax.clear_caches()
            jax.clear_caches()  # or the process runs out of places for programs
            table.writerow((*shape, *(round(found[lanes], 1) for lanes in LANES)))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
