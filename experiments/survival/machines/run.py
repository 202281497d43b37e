"""The sweeps of `survival.machines`: the same one in every way, in some of which a worker is killed."""

import os
import tempfile
from pathlib import Path
from unittest import mock

import xarray as xr

from experiments.lab import processes
from experiments.survival.machines import workers
from experiments.survival.machines.config import Config
from experiments.survival.shared import sessions, sweeps


def run(config: Config) -> xr.Dataset:
    """Every way [way] with its outcome, and every block that was begun [job]."""
    import distributed  # noqa: F401  before anything is trained: without it most ways cannot be tried

    given = sweeps.settings(config.blocks, config.networks, config.num_steps)
    reference = sweeps.sweep(None, given, config.networks, workers=2)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = sessions.Place(Path(folder), config.networks, 1)
        ways = workers.Ways(place, given, reference, after=config.blocks // 4)
        with mock.patch.dict(os.environ, processes.environment(place.folder / "programs")):
            for count in config.workers:
                ways.dask(count)
            ways.dask(2, kill=True)
            for count in config.shards:
                ways.shards(count)
            ways.pool(2)
    return ways.dataset().assign_attrs(blocks=config.blocks, networks=config.networks)
