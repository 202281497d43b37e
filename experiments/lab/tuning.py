"""Nuisance hyperparameters are tuned for every setting before settings are compared, on seeds of their own."""

import numpy as np
import xarray as xr

# Seeds from here on are for tuning alone; what is reported begins at seed 0.
FIRST_TUNING_SEED = 1_000_000


def tuning_seeds(num_seeds: int) -> range:
    """Seeds that are never reported."""
    return range(FIRST_TUNING_SEED, FIRST_TUNING_SEED + num_seeds)


def best_rate(success: xr.DataArray, loss: xr.DataArray, rate: str = "learning_rate") -> xr.DataArray:
    """The rate with the most successes for every other setting; among equals the least mean of `loss`.

    Args:
        success: whether a network succeeded, or how often, with dimension `rate` and maybe `seed`.
        loss: what breaks a tie, such as the steps that were needed; a mean that is not finite loses every tie.
        rate: the dimension that is tuned.

    Returns:
        The chosen value of `rate` for every combination of the remaining dimensions.
    """
    if "seed" in success.dims:
        success = success.mean("seed")
    if "seed" in loss.dims:
        loss = loss.mean("seed")
    tied = success == success.max(rate)
    # idxmin passes over what is nan, but takes inf for nan; so the worst of the tied must stay finite.
    worst = np.finfo(float).max
    return loss.where(np.isfinite(loss), worst).where(tied).idxmin(rate)
