"""The numbers in figures and verdicts of `learnable`: shares with intervals, ranks, paired differences, grid ends."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.wide_versus_deep.learnable.sawtooth import SOLVED
from nnjax import statistics

MORE = 0.01  # a difference in explained shares that neither rounding nor gaps between rows account for
LEARNED = 0.99  # a network that explains at least this share of a target has learned it
RESAMPLES = 2000
TAIL = 0.025
PERMUTATIONS = 9999


class Share(NamedTuple):
    """`hits` of `total` networks, as a share with Wilson's interval; all arrays have one shape."""

    hits: np.ndarray
    total: int
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def share(hits: xr.DataArray, dim: str) -> Share:
    """The share of true values along one dimension."""
    count, total = hits.sum(dim).values, hits.sizes[dim]
    low, high = statistics.wilson(count, total)
    return Share(count, total, count / total, np.asarray(low), np.asarray(high))


def returned(data: xr.Dataset) -> Share:
    """The share of perturbed networks that are solutions after training [fold, noise]."""
    return share((data.near_after < SOLVED).transpose("fold", "noise", "near_seed"), "near_seed")


def still(data: xr.Dataset) -> Share:
    """The share of perturbed networks that are solutions before training [fold, noise]."""
    return share((data.near_before < SOLVED).transpose("fold", "noise", "near_seed"), "near_seed")


def half_noise(data: xr.Dataset, edges_return: bool = False) -> list[tuple[float, float, float]]:
    """The noise at which half return, for every fold: estimate and interval, from the shares and from their intervals.

    It is interpolated linearly over log noise; beyond the noises tried, it is the least or the greatest of them. With
    `edges_return`, every network whose rate is the least or the greatest tried counts as one that returns.
    """
    found, noise = returned(data), np.log(np.maximum(data.noise.values, 1e-12))
    shares = [found.share, found.low, found.high]
    if edges_return:
        shares = [np.where(data.near_at_edge.transpose("fold", "noise").values, 1.0, one) for one in shares]
    curves = zip(*shares, strict=True)
    return [(_crossing(noise, s), _crossing(noise, low), _crossing(noise, high)) for s, low, high in curves]


def _crossing(noise: np.ndarray, values: np.ndarray) -> float:
    below = np.flatnonzero(values < 0.5)
    if not len(below):
        return float(np.exp(noise[-1]))
    i = int(below[0])
    if i == 0:
        return float(np.exp(noise[0]))
    at = (values[i - 1] - 0.5) / (values[i - 1] - values[i])
    return float(np.exp(noise[i - 1] + at * (noise[i] - noise[i - 1])))


def learned(data: xr.Dataset) -> Share:
    """The share of networks that learn the sawtooth from random starts [kind, fold, width]."""
    return share((data.start_left < SOLVED).transpose("kind", "fold", "width", "start"), "start")


def reach(data: xr.Dataset, kind: str, width: int, edges_learn: bool = False) -> int:
    """The last k up to which half or more of these networks learn the sawtooth, or 0.

    With `edges_learn`, every network with a tuned number at an end of its grid counts as one that learns.
    """
    solved = data.start_left < SOLVED
    if edges_learn:
        solved = solved | data.start_at_edge
    one = solved.sel(kind=kind, width=width).mean("start").transpose("fold").values
    failing = np.flatnonzero(one < 0.5)
    folds = data.fold.values
    return int(folds[-1]) if not len(failing) else int(folds[failing[0] - 1]) if failing[0] else 0


class Ranks(NamedTuple):
    """Spearman's correlation, averaged over the numbers of levels, with an interval over seeds and a p-value.

    `rival` is the correlation with the coarseness of the target, `ahead` the interval of the first correlation minus
    this one over the same resampled seeds, `apart` whether the two orders of targets differ at all.
    """

    estimate: float
    low: float
    high: float
    p_value: float
    targets: int
    rival: float
    ahead: tuple[float, float]
    apart: bool


def ranks(data: xr.Dataset, family: str) -> Ranks:
    """The rank correlation of the shares that deep networks explain (medians over seeds) with those that the best
    shallow network can, over the targets of a family.

    Each level is ranked by itself, as their depths differ. The interval resamples seeds, the p-value permutes the
    targets of each level.
    """
    deep = data.explained.sel(family=family, kind="deep").transpose("level", "tilt", "coarse_seed").values
    best = data.best_shallow.sel(family=family).transpose("level", "tilt").values
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, deep.shape[2], (RESAMPLES, *deep.shape))
    medians = np.median(np.take_along_axis(deep[None], drawn, axis=3), axis=3)
    middle = np.median(deep, axis=2)
    estimate = _mean_rank(middle[None], best)[0]
    resampled = _mean_rank(medians, best)
    low, high = np.quantile(resampled, [TAIL, 1 - TAIL])
    shuffled = rng.permuted(np.broadcast_to(middle, (PERMUTATIONS, *middle.shape)), axis=2)
    above = int((_mean_rank(shuffled, best) >= estimate - 1e-12).sum())
    coarser = np.broadcast_to(-data.tilt.values, best.shape)
    rival, alike = (float(_mean_rank(values[None], coarser)[0]) for values in (middle, best))
    behind, before = np.quantile(resampled - _mean_rank(medians, coarser), [TAIL, 1 - TAIL])
    p_value, ahead = (1 + above) / (1 + PERMUTATIONS), (float(behind), float(before))
    return Ranks(float(estimate), float(low), float(high), p_value, middle.size, rival, ahead, alike < 1 - 1e-9)


def _mean_rank(values: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Spearman's correlation [r] of values [r, level, tilt] with best [level, tilt], averaged over levels."""
    a, b = scipy.stats.rankdata(values, axis=-1), scipy.stats.rankdata(best, axis=-1)
    a, b = a - a.mean(axis=-1, keepdims=True), b - b.mean(axis=-1, keepdims=True)
    size = np.sqrt((a**2).sum(axis=-1) * (b**2).sum(axis=-1))
    return ((a * b).sum(axis=-1) / np.where(size > 0, size, 1.0)).mean(axis=-1)


def beyond(data: xr.Dataset, family: str) -> tuple[int, int]:
    """The number of targets of which the median deep network explains more, by over MORE, than the best shallow one of
    its width could on the same rows; and the number of all targets.
    """
    deep = data.explained.sel(family=family, kind="deep").median("coarse_seed")
    more = deep > data.best_on_rows.sel(family=family) + MORE
    return int(more.sum()), more.size


def beyond_by_sign(data: xr.Dataset) -> np.ndarray:
    """A p-value for every target, by Holm's rule: do more than half of the deep networks explain more, by MORE?"""
    deep = data.explained.sel(kind="deep")
    hits = (deep > data.best_on_rows + MORE).sum("coarse_seed").values.ravel()
    return statistics.holm(scipy.stats.binom.sf(hits - 1, data.sizes["coarse_seed"], 0.5))


def mean_right(data: xr.Dataset, pupil: str) -> statistics.Mean:
    """The share of test points that one kind gets right, the mean over draws, with Student's interval."""
    return statistics.mean(data.right.sel(pupil=pupil).mean("pupil_seed").values.astype(float))


def gain(data: xr.Dataset, pupil: str, over: str) -> statistics.Mean:
    """How much more one kind gets right than another on the same draws: the mean over draws, with its interval."""
    each = data.right.mean("pupil_seed").astype(float)
    return statistics.mean((each.sel(pupil=pupil) - each.sel(pupil=over)).values)


def short_of_teacher(data: xr.Dataset, pupil: str, teacher: str) -> statistics.Mean:
    """How much more pupils get right than the network that taught them, which is the first of each draw."""
    each = data.right.astype(float)
    pupils = each.sel(pupil=pupil).mean("pupil_seed")
    return statistics.mean((pupils - each.sel(pupil=teacher).isel(pupil_seed=0)).values)


def own_lead(data: xr.Dataset, teacher: str, over: str) -> statistics.Mean:
    """How much more the teaching network, which is the first of each draw, gets right than another kind does."""
    each = data.right.astype(float)
    others = each.sel(pupil=over).mean("pupil_seed")
    return statistics.mean((each.sel(pupil=teacher).isel(pupil_seed=0) - others).values)
