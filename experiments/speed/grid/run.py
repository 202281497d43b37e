"""The times of `speed.grid`: the whole grid is trained in every way, from nothing to all losses, each in a process."""

import dataclasses
import json
import os
import subprocess
import sys

import numpy as np
import xarray as xr

import nnjax
from experiments.lab import claims
from experiments.speed.grid import train
from experiments.speed.grid.config import WAYS, Config, networks, shapes
from experiments.speed.shared import timing


def run(config: Config) -> xr.Dataset:
    """seconds [way, steps, round] from nothing to all losses; nan where a way was not timed."""
    seconds = np.full((len(WAYS), len(config.steps), config.rounds), np.nan)
    timed = [(i, way) for i, _ in enumerate(config.steps) for way in WAYS if way != "saved" or i == 0]
    with timing.empty_folder() as folder:
        measure(config, "saved", config.steps[0], folder)  # fills the folder
        for r in range(config.rounds):
            for i, way in (timed[place] for place in timing.order(r, len(timed))):
                seconds[WAYS.index(way), i, r] = measure(config, way, config.steps[i], folder)
    programs = len(nnjax.plan(train.data(config), **train.settings(config, config.steps[0])).programs)
    attrs = {"networks": networks(config), "shapes": shapes(config), "programs": programs}
    coords = {"way": list(WAYS), "steps": list(config.steps)}
    return xr.Dataset({"seconds": (("way", "steps", "round"), seconds)}, coords, attrs | timing.machine())


def measure(config: Config, way: str, steps: int, folder: str) -> float:
    """Seconds that a way takes in a process of its own, in which nothing else has run; `folder` has saved programs."""
    arguments = {"config": dataclasses.asdict(config), "way": way, "steps": steps, "folder": folder}
    command = [sys.executable, "-m", train.__name__, json.dumps(arguments)]
    # On a GPU this process holds memory as well.
    environment = os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    done = subprocess.run(command, cwd=claims.ROOT.parent, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the process that trains the grid failed: {done.stderr[-2000:]}")
    return float(done.stdout.splitlines()[-1])
