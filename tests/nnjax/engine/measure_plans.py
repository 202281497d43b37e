"""Measure what choosing which shapes share a program is worth: random grids planned, all apart, and all joined.

    python -m tests.nnjax.engine.measure_plans [grids]

Seconds of whole sweeps with no program in memory and none on disk, medians of rounds in which the three take turns, and
the planned one over the better of the two others. It takes about ten minutes for 20 grids.
"""

import statistics
import sys
import time
from typing import Any

import jax
import numpy as np

import nnjax

ROUNDS = 3
WAYS = {"planned": None, "apart": False, "joined": True}


def grid(number: int) -> tuple[nnjax.tasks.Data, dict[str, Any]]:
    """The data and the settings of a random grid: 2 to 8 shapes, 4 to 256 rows, seeds and steps over two decades."""
    rng = np.random.default_rng(number)
    rows = int(rng.choice([4, 30, 64, 256]))
    x = rng.uniform(-1, 1, (rows, 2))
    settings: dict[str, Any] = {"seeds": int(10 ** rng.uniform(0.5, 2.5)), "num_steps": int(10 ** rng.uniform(1, 3))}
    widths = sorted(rng.choice([2, 3, 4, 6, 8, 12, 16, 24, 32], rng.integers(2, 5), replace=False).tolist())
    depths = [1, 2] if rng.random() < 0.5 else [1]
    return nnjax.tasks.data(x, np.sin(3 * x[:, :1])), settings | {"width": widths, "depth": depths}


def main(grids: int) -> None:
    """Print a line for each grid, then the worst."""
    jax.config.update("jax_enable_compilation_cache", False)
    worst = 0.0
    for number in range(grids):
        data, settings = grid(number)
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for _ in range(ROUNDS):
            for way, padding in WAYS.items():
                nnjax.clear_caches()
                jax.clear_caches()
                start = time.perf_counter()
                nnjax.sweep(data, **settings, padding=padding, layout="matrices", progress=False)
                seconds[way].append(time.perf_counter() - start)
        median = {way: statistics.median(times) for way, times in seconds.items()}
        ratio = median["planned"] / min(median["apart"], median["joined"])
        worst = max(worst, ratio)
        programs = len(nnjax.plan(data, **settings, layout="matrices").programs)
        told = ", ".join(f"{way} {value:.2f} s" for way, value in median.items())
        print(f"{number}: {settings}, {len(data.x)} rows: {told}; {programs} programs, ratio {ratio:.2f}", flush=True)
    print(f"worst ratio {worst:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
