"""Leads of `speech`, with intervals that hold for other tunings and other seeds; and where two networks cross."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.speech import summary
from experiments.wide_versus_deep.speech.summary import Spot
from nnjax import statistics
from nnjax.statistics import Interval, Mean, Variance

FAMILY = 3  # the number of comparisons in each family that is corrected together
NEAR = 0.15  # a training whose last loss is within this share of chance's has hardly begun to learn

type Part = tuple[float, Spot]  # a factor, and the network whose error it multiplies


def level(many: int) -> float:
    """The level of each of `many` intervals that have 95% together."""
    return 1 - 0.05 / many


def seeds_variance(data: xr.Dataset, spots: Sequence[Spot]) -> Variance:
    """The variance of a network's mean error in percent between the seeds of one tuning, pooled over networks and
    tunings; with no degrees of freedom where every tuning has one seed.
    """
    squares, dof = 0.0, 0
    for spot in spots:
        some = summary.runs(data, spot)
        wrong = some.wrong.isel(voice=slice(int(data.attrs["development_voices"]), None)).astype(float)
        means = 100 * wrong.mean("voice").values
        for one in np.unique(some.tuning.values):
            each = means[some.tuning.values == one]
            squares += float(((each - each.mean()) ** 2).sum())
            dof += len(each) - 1
    return Variance(squares / max(dof, 1), float(dof))


def combined(data: xr.Dataset, parts: Sequence[Part], confidence: float = 0.95) -> Mean:
    """The sum of mean errors in percent, each times its factor, on other voices, with other tunings and other seeds.

    Errors are paired by voice. For each network the variance of tuning, pooled over those that were tuned twice, is
    added, or the variance between its own seeds if that is greater.
    """
    pooled, dof = summary.tuning_variance(data)
    tuned, own = 0.0, []
    for factor, spot in parts:
        shared = pooled / len(summary.percent(data, spot))
        between = seeds_variance(data, [spot])
        seeds = between.variance / summary.runs(data, spot).sizes["run"]
        if seeds > shared:
            own.append((factor**2 * seeds, between.dof))
        else:
            tuned += factor**2 * shared
    return statistics.mean(_by_voice(data, parts), confidence, also=[(tuned, dof), *own])


def _by_voice(data: xr.Dataset, parts: Sequence[Part]) -> np.ndarray:
    return np.sum([factor * summary.percent(data, spot).mean(axis=0) for factor, spot in parts], axis=0)


def lead(data: xr.Dataset, deep: Spot, other: Spot, confidence: float = 0.95) -> Mean:
    """By how many points the first errs less than the second."""
    return combined(data, [(1.0, other), (-1.0, deep)], confidence)


def contrast(data: xr.Dataset, pair: tuple[Spot, Spot], base: tuple[Spot, Spot]) -> Mean:
    """The lead of the first of a pair over the second, minus the same lead of another pair."""
    return combined(data, _contrast(pair, base))


def _contrast(pair: tuple[Spot, Spot], base: tuple[Spot, Spot]) -> list[Part]:
    return [(1.0, pair[1]), (-1.0, pair[0]), (-1.0, base[1]), (1.0, base[0])]


def within_a_tuning(data: xr.Dataset, pair: tuple[Spot, Spot], base: tuple[Spot, Spot]) -> Mean:
    """`contrast` of networks that were all trained with the first tuning's numbers, so that tuning adds no variance.

    The variance between seeds, pooled over the four, is added; if each has one seed, that of tuning stands in for it.
    """
    first, parts = data.isel(run=np.flatnonzero(data.tuning.values == 0)), _contrast(pair, base)
    variance, dof = seeds_variance(first, [spot for _, spot in parts])
    if not dof:
        variance, dof = summary.tuning_variance(data)
    added = sum(variance / summary.runs(first, spot).sizes["run"] for _, spot in parts)
    return statistics.mean(_by_voice(first, parts), also=[(added, dof)])


def share(data: xr.Dataset, deep: Spot, other: Spot) -> Interval:
    """By how many percent of the second's error the first errs less.

    The interval is that of a ratio of means by the delta method (Cochran 1977, Sampling Techniques, chapter 6).
    """
    base = float(summary.percent(data, other).mean())
    left = float(summary.percent(data, deep).mean()) / base
    around = combined(data, [(left, other), (-1.0, deep)])
    middle, half = 100 * (1 - left), 100 * (around.high - around.low) / 2 / base
    return Interval(middle, middle - half, middle + half)


def certain(leads: Mapping[int, Mean]) -> str:
    """In words, after which numbers of frames the deep network is certainly behind or ahead, and where this turns."""
    signs = {seen: int(one.low > 0) - int(one.high < 0) for seen, one in leads.items()}
    told = [f"certainly {what} {_after([s for s, sign in signs.items() if sign == side])}" for what, side in _SIDES]
    settled = [seen for seen, sign in signs.items() if sign]
    turns = [
        f"the sign of the lead changes between {summary.thousands(a)} and {summary.thousands(b)} frames"
        for a, b in itertools.pairwise(settled)
        if signs[a] != signs[b]
    ]
    return "; ".join([", ".join(told), *turns])


_SIDES = (("behind", -1), ("ahead", 1))


def _after(frames: Sequence[int]) -> str:
    return f"after {listed([summary.thousands(one) for one in frames])} frames" if frames else "at no length"


def listed(words: Sequence[str]) -> str:
    """Words joined as in a sentence: "1, 3 and 5"."""
    return " and ".join([*filter(None, [", ".join(words[:-1])]), *words[-1:]])


def chance(data: xr.Dataset) -> float:
    """The loss of a network for which all classes are equally likely."""
    return float(np.log(np.atleast_1d(data.attrs["num_classes"])[0]))


def hardly_trained(data: xr.Dataset, spot: Spot) -> tuple[int, int]:
    """How many trainings end with a loss near that of chance or with a loss that is not finite, and how many there are.

    A network that has learned only how frequent the classes are is among them: its loss is their entropy, 4.84 in the
    ten hours of speech, where that of chance is 5.36.
    """
    last = summary.runs(data, spot).loss.values[:, -1]
    return int((~(last < (1 - NEAR) * chance(data))).sum()), len(last)
