"""What the verdicts and the figures of `trainable_depth` share: boundaries by a logistic curve, and their ranks."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy.special
import scipy.stats
import xarray as xr

from experiments.activations.trainable_depth.config import LEARNED

# Where the boundary may lie, in doublings of the depth, and by how much the log odds fall with a doubling.
DOUBLINGS = np.linspace(-1, 9, 201)
STEEPNESS = np.geomspace(1, 16, 9)
RESAMPLES = 2_000
MOST_ORDERED = 8  # for up to eight numbers, all orders are enumerated


class Boundary(NamedTuple):
    """The depth at which half of the networks learn, its 95% interval, and the probability of each of DOUBLINGS."""

    depth: float
    low: float
    high: float
    weight: np.ndarray


class Correlated(NamedTuple):
    """Spearman's rank correlation with its 95% interval, and the slope of the logarithms of what is not censored.

    The variances of the weights are given, so the intervals are those of other networks at these variances.

    The rank is nan where all boundaries are equal, as when all lie beyond the deepest networks.
    """

    rank: float
    low: float
    high: float
    slope: float
    slope_low: float
    slope_high: float


def boundary(depths: np.ndarray, learned: np.ndarray) -> Boundary:
    """The boundary, from which networks learned [depth, seed]: posterior median and interval of a logistic curve.

    The odds of learning fall as a power of the depth; the prior is uniform over DOUBLINGS and STEEPNESS. So perfectly
    separated data have a boundary between two depths. Where networks of all depths learn, the boundary is only known to
    lie beyond them, and is given as the greatest depth.
    """
    count, total = learned.sum(axis=1)[:, None, None], learned.shape[1]
    odds = STEEPNESS * (DOUBLINGS[:, None] - np.log2(depths)[:, None, None])
    log = (count * scipy.special.log_expit(odds) + (total - count) * scipy.special.log_expit(-odds)).sum(axis=0)
    weight = np.exp(log - log.max()).sum(axis=1)
    weight /= weight.sum()
    places = [DOUBLINGS[np.searchsorted(np.cumsum(weight), part)] for part in (0.5, 0.025, 0.975)]
    middle, low, high = (float(min(2.0**one, depths[-1])) for one in places)
    return Boundary(middle, low, high, weight)


def at(data: xr.Dataset, activation: str, length: int | None) -> xr.Dataset:
    """Accuracy, rates and their tuning, of one activation after `length` steps; where this is None, on the digits."""
    one, names = data.sel(activation=activation), ("accuracy", "rate", "rate_at_end", "tuning_accuracy")
    if length is not None:
        return one[list(names)].sel(length=length)
    return one[[f"digits_{name}" for name in names]].rename(
        {f"digits_{name}": name for name in names} | {"digit_seed": "seed"}
    )


def boundaries(data: xr.Dataset, activation: str, length: int | None) -> list[Boundary]:
    """The boundary at every variance of the weights after `length` steps; where this is None, on the digits."""
    values = at(data, activation, length).accuracy.transpose("place", "depth", "seed").values
    return [boundary(data.depth.values, of_place > LEARNED) for of_place in values]


def correlated(expected: np.ndarray, found: list[Boundary], deepest: int) -> Correlated:
    """The correlation of boundaries with the depths that are expected, +inf where there is no limit.

    The intervals are those of boundaries drawn by their likelihoods, independently.
    """
    drawn = _draws(found, deepest).T
    every = np.broadcast_to(expected, drawn.shape)
    ranks, slopes = _ranks(every, drawn), _slopes(every, drawn, deepest)
    measured = np.array([[one.depth for one in found]])
    low, high = np.quantile(np.nan_to_num(ranks), [0.025, 0.975])  # draws that are all alike show no order
    steep = slopes[np.isfinite(slopes)]
    steep_low, steep_high = np.quantile(steep, [0.025, 0.975]) if len(steep) else (np.nan, np.nan)
    rank, slope = _ranks(expected[None], measured)[0], _slopes(expected[None], measured, deepest)[0]
    return Correlated(float(rank), float(low), float(high), float(slope), float(steep_low), float(steep_high))


def by_chance(values: Sequence[float], beside: Sequence[float] | np.ndarray | None = None) -> float:
    """The least of Spearman's rank correlations that numbers in random order exceed in at most 2.5% of the orders.

    They are ranked `beside` others (numbers that all differ, if none are given), and equal ones share a rank. For more
    than eight numbers it is that of Student's t, as in `scipy.stats.spearmanr`.
    """
    number = len(values)
    ranks = [scipy.stats.rankdata(one) for one in (values, range(number) if beside is None else beside)]
    if number <= MOST_ORDERED and all(map(np.ptp, ranks)):
        own, other = (one - one.mean() for one in ranks)
        found = np.array(list(itertools.permutations(other))) @ own / np.sqrt((other @ other) * (own @ own))
        return float(next(one for one in np.unique(found.round(9)) if np.mean(found > one + 1e-8) <= 0.025))
    t = float(scipy.stats.t.ppf(0.975, number - 2))
    return t / float(np.sqrt(number - 2 + t**2))


def _draws(found: list[Boundary], deepest: int, seed: int = 1) -> np.ndarray:
    """Depths of boundaries drawn by their likelihood [boundary, resample]."""
    rng = np.random.default_rng(seed)
    places = np.array([rng.choice(DOUBLINGS, RESAMPLES, p=one.weight) for one in found])
    return np.minimum(2.0**places, deepest)


def _line(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and correlation of y over x [..., n] with weights; nan where one of them is the same everywhere."""
    total = np.maximum(weight.sum(axis=-1, keepdims=True), 1)
    dx, dy = ((one - (weight * one).sum(axis=-1, keepdims=True) / total) * weight for one in (x, y))
    xx, xy, yy = (dx**2).sum(axis=-1), (dx * dy).sum(axis=-1), (dy**2).sum(axis=-1)
    there = (xx > 1e-12) & (yy > 1e-12)
    xx, yy = np.where(there, xx, 1), np.where(there, yy, 1)
    return np.where(there, xy / xx, np.nan), np.where(there, xy / np.sqrt(xx * yy), np.nan)


def _ranks(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation along the last axis, ties sharing their rank."""
    return _line(scipy.stats.rankdata(x, axis=-1), scipy.stats.rankdata(y, axis=-1), np.ones_like(y))[1]


def _slopes(expected: np.ndarray, measured: np.ndarray, deepest: int) -> np.ndarray:
    """The slope of the logarithm of what is measured over that of what is expected, where neither is censored."""
    known = np.isfinite(expected) & (measured < deepest)
    return _line(np.log(np.where(known, expected, 1)), np.log(measured), known.astype(float))[0]


def moved(early: list[Boundary], late: list[Boundary], deepest: int) -> tuple[float, float, float]:
    """The mean over variances of the doublings from one boundary to another, and its interval for other networks."""
    # The networks are of the same seeds at both lengths; drawn as if they were not, the interval is the same to 1%.
    change = np.log2(_draws(late, deepest, seed=2) / _draws(early, deepest))
    measured = np.mean([np.log2(b.depth / a.depth) for a, b in zip(early, late, strict=True)])
    low, high = np.quantile(change.mean(axis=0), [0.025, 0.975])
    return float(measured), float(low), float(high)


def out_of_reach(data: xr.Dataset, activation: str, length: int | None) -> bool:
    """Whether networks of some setting do not learn though the best rate, an end of those tried, beats chance.

    Where no rate beats chance, none is the best. Where `length` is None, the settings are those of the digits.
    """
    one = at(data, activation, length)
    fails = (one.accuracy > LEARNED).mean("seed") < 0.5
    hopeful = one.tuning_accuracy.max("tried") > 0.75 * LEARNED
    return bool((fails & (one.rate_at_end != 0) & hopeful).any()) and data.sizes["tried"] > 2
