"""The old names of `nnjax.tuning`, until the last claim has moved."""

import numpy as np
import xarray as xr

from nnjax import tuning

FIRST_TUNING_SEED = tuning.FIRST_SEED
tuning_seeds = tuning.seeds


def best_rate(success: xr.DataArray, loss: xr.DataArray, rate: str = "learning_rate") -> xr.DataArray:
    """The rate with the most successes; among equals the least mean of `loss`."""
    success = success.mean("seed") if "seed" in success.dims else success
    return tuning.choose(-success.astype(np.float64), rate, tie=loss).best[rate]
