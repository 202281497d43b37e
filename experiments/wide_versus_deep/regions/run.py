"""The networks of `wide_versus_deep.regions`: untrained, written down and trained."""

import xarray as xr

from experiments.wide_versus_deep.regions import trained, untrained
from experiments.wide_versus_deep.regions.config import Config, check


def run(config: Config) -> xr.Dataset:
    """Counts of all networks, and the weights of those whose tilings are drawn."""
    check(config)
    parts = [count(config) for count in (untrained.lines, untrained.planes, untrained.maxima, trained.counts)]
    return xr.merge(parts, combine_attrs="drop_conflicts").assign_attrs(
        bound_width=config.bound_width,
        trained_neurons=config.trained_neurons,
        shown_depth=config.shown_depth,
        num_steps=config.num_steps,
        rows=config.rows,
    )
