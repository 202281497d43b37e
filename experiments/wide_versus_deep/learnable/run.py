"""The run of `wide_versus_deep.learnable`, part by part."""

import xarray as xr

from experiments.wide_versus_deep.learnable import coarse, sawtooth, taught
from experiments.wide_versus_deep.learnable.config import Config, check

RECORDED = (
    "num_steps", "coarse_steps", "coarse_width", "taught_folds", "taught_depth", "taught_width", "num_labels",
    "num_more", "wrong_labels",
)  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Shares of the variance that are left or explained, and of points that are right, for every network."""
    check(config)
    parts = []
    if "sawtooth" in config.parts:
        parts += [sawtooth.written(config), sawtooth.perturbed(config), sawtooth.random_starts(config)]
    if "coarse" in config.parts:
        parts.append(coarse.train(config))
    if "taught" in config.parts:
        parts.append(taught.train(config))
    data = xr.merge(parts, combine_attrs="drop_conflicts")
    return data.assign_attrs({name: getattr(config, name) for name in RECORDED})
