"""The figures of `trainable_depth`: who learned, with theory's depth over it, and boundaries against theory."""

import xarray as xr


def figures(data: xr.Dataset):
    return {}
