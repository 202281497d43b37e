"""The numbers in figures and verdicts of `minimal_width`: shares of closed sets, ways out, tuned rates."""

import numpy as np
import scipy
import xarray as xr

from experiments.wide_versus_deep.minimal_width import topology
from experiments.wide_versus_deep.minimal_width.config import FULL

NAMES = {"relu": "ReLU", "tanh": "tanh", "sin": "sine", "gelu": "GELU"}


def share(data: xr.Dataset, **place) -> tuple[int, int, float, float]:
    """The numbers of closed sets and of networks, and the interval of the share, at one place or over several."""
    one = data.closed.sel(place)
    return share_of(one == 1, one >= 0)


def share_of(hits: xr.DataArray, trials: xr.DataArray) -> tuple[int, int, float, float]:
    """Hits, trials and the 95% interval of the share, from boolean arrays of the same dimensions, one of them `seed`.

    Networks of one seed are not independent. The interval is Wilson's, for the number of independent networks that
    would give the share its variance over seeds (Korn & Graubard 1998, Survey Methodology 24, 193-201). This number is
    at least that of the seeds, and at most that of the networks; it is that of the seeds where all hit or none does.
    """
    others = [dim for dim in trials.dims if dim != "seed"]
    hit, tried = ((one & trials).sum(others).values for one in (hits, trials))
    hit, tried = hit[tried > 0], tried[tried > 0]
    count, total, num_seeds = int(hit.sum()), int(tried.sum()), len(tried)
    if not total:
        return 0, 0, np.nan, np.nan
    p = count / total
    if count in (0, total) or num_seeds == 1:
        independent = float(num_seeds)
    else:
        variance = num_seeds / (num_seeds - 1) * ((hit - p * tried) ** 2).sum() / total**2
        independent = float(np.clip(p * (1 - p) / max(variance, 1e-12), num_seeds, total))
    return count, total, *_wilson(p, independent)


def _wilson(p: float, n: float) -> tuple[float, float]:
    """Wilson's 95% interval (`statistics.wilson`) of a share p of n trials, where n need not be a whole number."""
    z = float(scipy.stats.norm.ppf(0.975))
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (float(centre - half) if p > 0 else 0.0), (float(centre + half) if p < 1 else 1.0)


def corridors(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """The widths of the ways out at width d, for the sets that hold the inner ball; 0 where no way out was found."""
    one = data.sel(inputs=d, activation=activation, depth=depth, wider=0)
    return np.where(one.closed.values == 1, 0.0, one.corridor.values)[one.holds.values == 1]


def rings(data: xr.Dataset, d: int, activation: str, depth: int) -> np.ndarray:
    """The `corridors` of networks that learned a ring; a set that fills the box is left out, as it encloses nothing."""
    found = corridors(data, d, activation, depth)
    return found[found <= 2 * topology.BOX]


def at_edge(data: xr.Dataset, **place) -> bool:
    """Whether a tuned rate is the least or the greatest tried, at one place or at any of several."""
    if "rate_at_edge" in data:
        return bool((data.rate_at_edge.sel(place) == 1).any())
    return bool(data.rate.sel(place).isin([min(FULL.rates), max(FULL.rates)]).any())  # runs that did not record it


def seeds(data: xr.Dataset, d: int) -> int:
    """How many networks of every setting there are with d inputs."""
    return int((data.closed.sel(inputs=d) >= 0).sum("seed").max())
