"""What needs a process of its own: a whole grid from nothing to all losses, and the memory of many networks.

Run as a program, it prints one number; `run` starts it.
"""

import itertools
import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

import nnjax
from experiments.lab.claims import ROOT
from experiments.speed import plain, timing

RATES = np.geomspace(1e-3, 1e-1, 8)
WIDTHS, DEPTHS, ACTIVATIONS, SEEDS, ROWS = (2, 4, 8, 16, 32, 64), (1, 2, 3, 4), ("tanh", "relu", "sigmoid"), 16, 64
SMALL = {"widths": (2, 8), "depths": (1,), "activations": ("tanh",), "rates": RATES[:2], "seeds": 4}
WHOLE = {"widths": WIDTHS, "depths": DEPTHS, "activations": ACTIVATIONS, "rates": RATES, "seeds": SEEDS}


def run(*arguments: Any) -> float:
    """The number that `main` prints for these arguments in a process in which nothing else has run."""
    command = [sys.executable, "-m", __name__, *map(str, arguments)]
    environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}  # on a GPU this process holds memory as well
    done = subprocess.run(command, cwd=ROOT.parent, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the process {' '.join(command[2:])} failed: {done.stderr[-2000:]}")
    return float(done.stdout.splitlines()[-1])


def with_plain_jax(grid: dict[str, Any], steps: int) -> None:
    """Train the grid with one program of plain JAX for each width, depth and activation."""
    for width, depth, activation in itertools.product(grid["widths"], grid["depths"], grid["activations"]):
        problem = plain.curve(*(width,) * depth, rows=ROWS, activation=activation)
        plain.vmap_rates(problem, grid["seeds"], steps, grid["rates"])()


def with_the_engine(grid: dict[str, Any], steps: int) -> None:
    """Train the grid with one call of `nnjax.sweep`."""
    problem = plain.curve(1, rows=ROWS)
    nnjax.sweep(
        nnjax.tasks.data(problem.x, problem.y), width=list(grid["widths"]), depth=list(grid["depths"]),
        activation=list(grid["activations"]), learning_rate=grid["rates"], seeds=grid["seeds"], num_steps=steps,
        progress=False,
    )  # fmt: skip


def peak_bytes() -> int:
    """The peak resident memory of this process so far."""
    # On Linux `getrusage` holds what the parent had at the start of this process, if that was more; /proc does not.
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8")) if status.exists() else None
    if found:
        return int(found[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(what: str, number: str, *more: str) -> None:
    """`memory NETWORKS`: peak bytes; `plain STEPS SIZE` and `engine STEPS SIZE [FOLDER]`: seconds, with compiling."""
    if what == "memory":
        plain.engine_runs(plain.xor(2), int(number), 100)
        print(peak_bytes())
        return
    train, grid = {"plain": with_plain_jax, "engine": with_the_engine}[what], SMALL if more[0] == "small" else WHOLE
    with timing.saved_programs(more[1] if more[1:] else None):
        jnp.zeros(1).block_until_ready()  # starts JAX, which is not what is compared
        print(timing.seconds(lambda: train(grid, int(number))))


if __name__ == "__main__":
    main(*sys.argv[1:])
