"""What the table, the verdicts and the figures of `linear` share: times over those of theory, with intervals."""

import math

import numpy as np
import xarray as xr

from experiments.activations.linear.config import MODES, START
from nnjax import statistics

HALF, EARLY, LATE = 0.5, 0.1, 0.9  # parts of a singular value
ALPHA = 0.05
# The root mean square of a mode at a random start, at every depth: before scaling a mode has the variance 1 / inputs,
# as every layer after the first keeps the mean square.
RANDOM_START = START / math.sqrt(MODES)


def times(data: xr.Dataset, name: str, part: float) -> xr.DataArray:
    """When every mode reached a part of its singular value [layers, seed, mode]: in theory, or from a start."""
    found = data[name] if name == "theory" else data[f"{name}_reached"]
    return found.sel(part=part, drop=True).astype(float)


def median(values: np.ndarray, count: int) -> statistics.Interval:
    """The median over seeds [n] with its interval, for one of `count` that are judged together (Bonferroni)."""
    return statistics.bootstrap(values, confidence=1 - ALPHA / count, num_resamples=1_999)


def over_theory(data: xr.Dataset, layers: int, mode: int, part: float = HALF) -> np.ndarray:
    """Times of the random starts over those of theory [seed], for one depth and mode (0 is the strongest)."""
    place = {"layers": layers}
    measured, theory = (times(data, name, part).sel(place).isel(mode=mode) for name in ("random", "theory"))
    return measured.values / float(theory)


def plateau(data: xr.Dataset, layers: int, name: str = "random") -> np.ndarray:
    """The time until the strongest mode reaches a tenth, divided by that from there to nine tenths [seed]."""
    early, late = (times(data, name, part).sel(layers=layers).isel(mode=0).values for part in (EARLY, LATE))
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(late), early / (late - early), 0.0)  # one that never gets there has risen slowest


def order(data: xr.Dataset, layers: int, name: str = "random") -> np.ndarray:
    """The half-time of the weakest mode over that of the strongest [seed]."""
    half = times(data, name, HALF).sel(layers=layers)
    return (half.isel(mode=-1) / half.isel(mode=0)).values
