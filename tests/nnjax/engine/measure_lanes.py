"""Measure how long a step takes with various numbers of lanes: the table that the rule of the plan is tested against.

    python -m tests.nnjax.engine.measure_lanes > tests/nnjax/engine/lanes_<processor>.csv

Nanoseconds of one network and one step, both cores busy: medians over rounds in which all numbers of lanes take turns,
of the difference between a long run and a short one. It takes about a quarter of an hour on a quiet machine.
"""

import csv
import statistics
import sys
import time
from dataclasses import replace
from unittest import mock

import numpy as np

import nnjax
from nnjax import machine
from nnjax.engine import plan as planning

LANES = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
ROUNDS, SECONDS = 5, 0.05
# Depth, width, inputs, outputs, rows, rows in a batch (0: all).
SHAPES = [
    *((depth, width, 1, 1, 64, 0) for depth in (1, 2, 3, 6) for width in (4, 8, 16, 32, 64)),
    *((depth, width, 1, 1, 256, 0) for depth in (1, 3) for width in (8, 32)),
    *((depth, width, 2, 1, 4, 0) for depth in (1, 2) for width in (16, 32)),
    *((depth, width, 40, 10, 4000, 100) for depth in (1, 2) for width in (16, 64)),
]


def nanoseconds(shape: tuple[int, ...], counts: tuple[int, ...]) -> dict[int, float]:
    """Of one network and step, by the number of lanes."""
    depth, width, inputs, outputs, rows, batch = shape
    rng = np.random.default_rng(0)
    data = nnjax.tasks.data(rng.normal(size=(rows, inputs)), rng.normal(size=(rows, outputs)))
    given = {"hidden": (width,) * depth, "batch_size": batch or None, "layout": "matrices", "progress": False}
    one = nnjax.plan(data, **{k: v for k, v in given.items() if k != "progress"}).programs[0]
    steps = {}

    def run(lanes: int, num_steps: int) -> float:
        seeds = max(2 * lanes, 64)
        with mock.patch.object(planning, "lanes_for", return_value=lanes):
            start = time.perf_counter()
            nnjax.sweep(data, **given, seeds=seeds, num_steps=num_steps)
            return (time.perf_counter() - start) / seeds

    for lanes in counts:
        guess = replace(one, lanes=lanes).run_seconds / one.num_networks / one.spec.num_steps / machine.num_workers()
        steps[lanes] = max(2, int(SECONDS / (guess * max(2 * lanes, 64))))
        run(lanes, 1)
    found: dict[int, list[float]] = {lanes: [] for lanes in counts}
    for _ in range(ROUNDS):
        for lanes in counts:
            num = steps[lanes]
            found[lanes].append((run(lanes, 2 * num) - run(lanes, num)) / num * 1e9)
    return {lanes: statistics.median(times) for lanes, times in found.items()}


def main() -> None:
    """Print the table, with the processor in the first line."""
    print(f"# {machine.processor()}, {machine.num_workers()} cores")
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("depth", "width", "inputs", "outputs", "rows", "batch", *LANES))
    for shape in SHAPES:
        found = nanoseconds(shape, LANES)
        table.writerow((*shape, *(round(found[lanes], 1) for lanes in LANES)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
