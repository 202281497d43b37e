"""The figures of `signal_propagation`: mean-field theory as lines, random networks as points."""

import xarray as xr


def figures(data: xr.Dataset):
    return {}
