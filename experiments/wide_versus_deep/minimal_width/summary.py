"""What the figures and the verdicts of `minimal_width` share: shares of closed sets, ways out, tuned rates."""

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.minimal_width import topology
from experiments.wide_versus_deep.minimal_width.config import FULL
from nnjax import statistics

NAMES = {"relu": "ReLU", "tanh": "tanh", "sin": "sine", "gelu": "GELU"}


def share(data: xr.Dataset, **place) -> tuple[int, int, float, float]:
    """Closed sets, networks, and Wilson's interval of the share, at a place or in all of some places."""
    one = data.closed.sel(place).values
    count, total = int((one == 1).sum()), int((one >= 0).sum())
    low, high = statistics.wilson(count, total) if total else (np.nan, np.nan)
    return count, total, float(low), float(high)


def corridors(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """How wide the ways out are at width d, of the sets that hold the inner ball; 0 where none was found."""
    one = data.sel(inputs=d, activation=activation, depth=depth, wider=0)
    return np.where(one.closed.values == 1, 0.0, one.corridor.values)[one.holds.values == 1]


def rings(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """The same of networks that learned a ring: where the set fills the box there is no way out of anything."""
    found = corridors(data, d, activation, depth)
    return found[found <= 2 * topology.BOX]


def at_edge(data: xr.Dataset, **place) -> bool:
    """Whether a tuned rate is the least or the greatest tried, at a place or in some of the places."""
    if "rate_at_edge" in data:
        return bool((data.rate_at_edge.sel(place) == 1).any())
    return bool(data.rate.sel(place).isin([min(FULL.rates), max(FULL.rates)]).any())  # of runs that did not record it


def seeds(data: xr.Dataset, d: int) -> int:
    """How many networks of every setting there are with d inputs."""
    return int((data.closed.sel(inputs=d) >= 0).sum("seed").max())
