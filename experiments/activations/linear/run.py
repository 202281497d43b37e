"""The networks of `activations.linear`: XOR, where depth cannot help, and a matrix, where it changes the learning."""

import xarray as xr

from experiments.activations.linear import modes, xor
from experiments.activations.linear.config import Config, check


def run(config: Config) -> xr.Dataset:
    """What linear networks reach on XOR, and when they learn the modes of a matrix."""
    check(config)
    return xr.merge([xor.learned(config), modes.grown(config)])
