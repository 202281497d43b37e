"""The numbers in figures and verdicts of `minimal_width`: shares of closed sets, ways out, tuned rates."""

import numpy as np
import xarray as xr

from experiments.lab import over_tunings
from experiments.wide_versus_deep.minimal_width import topology

NAMES = {"relu": "ReLU", "tanh": "tanh", "sin": "sine", "gelu": "GELU"}


def share(data: xr.Dataset, **place) -> tuple[int, int, float, float]:
    """The numbers of closed sets and of networks, and the interval of the share, at one place or over several."""
    one = data.closed.sel(place)
    return share_of(one == 1, one >= 0, data.tuning_of.sel(inputs=place["inputs"]))


def share_of(hits: xr.DataArray, trials: xr.DataArray, tuning_of: xr.DataArray) -> tuple[int, int, float, float]:
    """Hits, trials and the 95% interval of the share (`over_tunings.share`) of networks whose seeds have these tunings.

    Args:
        hits: boolean, of the same dimensions as `trials`, one of them `seed`. Networks of one seed are not independent.
        trials: boolean.
        tuning_of: the tuning of each seed [seed], -1 where there is none.
    """
    others = [dim for dim in trials.dims if dim != "seed"]
    hit, tried = ((one & trials).sum(others).values for one in (hits, trials))
    there = tuning_of.values >= 0
    by_tuning = [np.bincount(tuning_of.values[there], one[there]) for one in (hit, tried)]
    found = over_tunings.share(*by_tuning, independent=int((tried > 0).sum()))
    return int(hit.sum()), int(tried.sum()), found.low, found.high


def corridors(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """The widths of the ways out at width d, for the sets that hold the inner ball; 0 where no way out was found."""
    return _held(data, d, activation, depth)[0]


def rings(data: xr.Dataset, d: int, activation: str, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """The `corridors` of networks that learned a ring, and their tunings; a set that fills the box encloses nothing."""
    found, tuning_of = _held(data, d, activation, depth)
    ring = found <= 2 * topology.BOX
    return found[ring], tuning_of[ring]


def _held(data: xr.Dataset, d: int, activation: str, depth: int) -> tuple[np.ndarray, np.ndarray]:
    one = data.sel(inputs=d, activation=activation, depth=depth, wider=0)
    held = one.holds.values == 1
    return np.where(one.closed.values == 1, 0.0, one.corridor.values)[held], one.tuning_of.values[held]


def at_edge(data: xr.Dataset, **place) -> bool:
    """Whether most tunings of a setting end at the least or the greatest rate, at one place or at any of several."""
    there = data.rate_at_edge.sel(place)
    return bool(((there == 1).sum("tuning") > (there >= 0).sum("tuning") / 2).any())


def seeds(data: xr.Dataset, d: int) -> int:
    """How many networks of every setting there are with d inputs."""
    return int((data.closed.sel(inputs=d) >= 0).sum("seed").max())
