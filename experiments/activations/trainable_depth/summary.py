"""What the verdicts and the figures of `trainable_depth` share: boundaries by a logistic curve, and their ranks."""

from typing import NamedTuple

import numpy as np
import scipy.special
import scipy.stats
import xarray as xr

from experiments.activations.trainable_depth.config import LEARNED

NAMES = {"tanh": "tanh", "relu": "ReLU"}
# Where the boundary may lie, in doublings of the depth, and by how much the log odds fall with a doubling.
DOUBLINGS = np.linspace(-1, 9, 201)
STEEPNESS = np.geomspace(1, 16, 9)
RESAMPLES = 2_000


class Boundary(NamedTuple):
    """The depth at which half of the networks learn, its 95 % interval, and how likely each of DOUBLINGS is."""

    depth: float
    low: float
    high: float
    weight: np.ndarray


class Correlated(NamedTuple):
    """Spearman's rank correlation with its 95 % interval, and the slope of the logarithms of what is not censored.

    The rank is nan where all are alike, as where all boundaries lie beyond the deepest networks.
    """

    rank: float
    low: float
    high: float
    slope: float
    slope_low: float
    slope_high: float


def boundary(depths: np.ndarray, learned: np.ndarray) -> Boundary:
    """The boundary from who learned [depth, seed]: posterior median and interval of a logistic curve.

    The odds of learning fall by a power of the depth; all places of DOUBLINGS and all of STEEPNESS are alike
    beforehand. So what is perfectly separated has a boundary between two depths, and what learns at all depths one
    beyond them, of which no more is known: it is given as the greatest depth.
    """
    count, total = learned.sum(axis=1)[:, None, None], learned.shape[1]
    odds = STEEPNESS * (DOUBLINGS[:, None] - np.log2(depths)[:, None, None])
    log = (count * scipy.special.log_expit(odds) + (total - count) * scipy.special.log_expit(-odds)).sum(axis=0)
    weight = np.exp(log - log.max()).sum(axis=1)
    weight /= weight.sum()
    places = [DOUBLINGS[np.searchsorted(np.cumsum(weight), part)] for part in (0.5, 0.025, 0.975)]
    middle, low, high = (float(min(2.0**one, depths[-1])) for one in places)
    return Boundary(middle, low, high, weight)


def boundaries(data: xr.Dataset, activation: str, length: int | None) -> list[Boundary]:
    """The boundary at every variance of the weights after so many steps; after None, that of the digits."""
    one = data.sel(activation=activation)
    accuracy = one.digits if length is None else one.accuracy.sel(length=length)
    values = accuracy.transpose("place", "depth", ...).values
    return [boundary(data.depth.values, of_place > LEARNED) for of_place in values]


def correlated(expected: np.ndarray, found: list[Boundary], deepest: int) -> Correlated:
    """How boundaries go with a depth that is expected, +inf where there is no end to it.

    The interval is that of resampled variances of the weights, each with a boundary drawn by its likelihood.
    """
    rng = np.random.default_rng(0)
    chances = np.array([np.cumsum(one.weight) for one in found])
    measured = np.array([one.depth for one in found])

    def both(expected: np.ndarray, measured: np.ndarray) -> tuple[float, float]:
        known = np.isfinite(expected) & (measured < deepest)
        x, y = np.log(expected[known]), np.log(measured[known])
        slope = np.polyfit(x, y, 1)[0] if len(np.unique(x)) > 1 else np.nan
        if len(np.unique(expected)) < 2 or len(np.unique(measured)) < 2:
            return np.nan, slope
        return float(scipy.stats.spearmanr(expected, measured).statistic), slope

    drawn = []
    for _ in range(RESAMPLES):
        rows = rng.integers(len(found), size=len(found))
        places = (chances[rows] < rng.uniform(size=len(rows))[:, None]).sum(axis=1)
        some = np.minimum(2.0 ** DOUBLINGS[np.minimum(places, len(DOUBLINGS) - 1)], deepest)
        drawn.append(both(expected[rows], some))
    ranks, slopes = np.array(drawn).T
    rank, slope = both(expected, measured)
    low, high = np.quantile(np.nan_to_num(ranks), [0.025, 0.975])  # resamples that are all alike show no order
    steep = slopes[np.isfinite(slopes)]
    steep_low, steep_high = np.quantile(steep, [0.025, 0.975]) if len(steep) else (np.nan, np.nan)
    return Correlated(rank, float(low), float(high), float(slope), float(steep_low), float(steep_high))


def moved(early: list[Boundary], late: list[Boundary], deepest: int) -> tuple[float, float, float]:
    """The mean of the doublings from one boundary to another, variance by variance, with its 95 % interval."""
    rng = np.random.default_rng(0)
    top = np.log2(deepest)

    def draw(found: list[Boundary]) -> np.ndarray:
        places = [rng.choice(DOUBLINGS, RESAMPLES, p=one.weight) for one in found]
        return np.minimum(np.array(places), top)

    rows = rng.integers(len(early), size=(len(early), RESAMPLES))
    drawn = np.take_along_axis(draw(late) - draw(early), rows, axis=0).mean(axis=0)
    measured = np.mean([np.log2(b.depth / a.depth) for a, b in zip(early, late, strict=True)])
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(measured), float(low), float(high)


def out_of_reach(data: xr.Dataset, activation: str, length: int) -> bool:
    """Whether a setting does not learn, and the best rate is an end of those tried and better than chance.

    Where all rates are as good as chance, none is the best.
    """
    one = data.sel(activation=activation).sel(length=length)
    fails = (one.accuracy > LEARNED).mean("seed") < 0.5
    hopeful = one.tuning_accuracy.max("tried") > 0.75 * LEARNED
    return bool((fails & (one.rate_at_end != 0) & hopeful).any()) and data.sizes["tried"] > 2
