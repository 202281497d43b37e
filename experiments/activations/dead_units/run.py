"""The three parts of `activations.dead_units` together."""

import xarray as xr

from experiments.activations.dead_units.born import born
from experiments.activations.dead_units.config import Config, check
from experiments.activations.dead_units.killed import killed
from experiments.activations.dead_units.ranks import ranks


def run(config: Config) -> xr.Dataset:
    """Networks born dead, units killed by training, and ranks by depth."""
    check(config)
    data = xr.merge([born(config), killed(config), ranks(config)])
    return data.assign_attrs(networks=config.networks, num_steps=config.num_steps)
