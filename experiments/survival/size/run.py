"""The measurements of `survival.size`."""

import tempfile
from pathlib import Path

import xarray as xr

from experiments.survival.size import costs
from experiments.survival.size.config import Config


def run(config: Config) -> xr.Dataset:
    """peak [kept, networks, process] and disk [part, networks] in bytes, seconds [way, round], chunks, their times."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = costs.measure(Path(folder), config.networks, config.num_steps, config.workers, config.processes)
    timed = costs.overhead(config.widths, config.seeds, config.timed_steps, config.workers, config.rounds)
    return found.merge(timed, combine_attrs="no_conflicts")
