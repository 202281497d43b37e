"""The kills and interrupts of `survival.killed`, and what the stores held after each."""

import tempfile
from pathlib import Path

import numpy as np
import xarray as xr

from experiments.survival.killed import kills
from experiments.survival.killed.config import Config
from experiments.survival.shared import sessions, sweeps


def run(config: Config) -> xr.Dataset:
    """Every session [session] with what was found after it, every finished block [block], every store [store]."""
    first = sweeps.settings(config.blocks, config.networks, config.num_steps)
    more_seeds = first | {"seeds": first["seeds"] + config.networks}
    grids = [first, more_seeds, more_seeds | {"learning_rate": [*first["learning_rate"], 0.3]}]
    # On Windows a process that was just killed may still hold a file.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = sessions.Place(Path(folder), config.networks, config.workers)
        tries = kills.Tries(place, grids, np.random.default_rng(config.seed))
        while tries.kills < config.kills:
            tries.kill(config.kills, config.aimed)
        interrupted = tries.interrupt(config.interrupts)
    return tries.dataset().merge(interrupted).assign_attrs(workers=config.workers, blocks=config.blocks)
