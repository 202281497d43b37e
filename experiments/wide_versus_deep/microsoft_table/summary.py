"""The results of `microsoft_table` in numbers: errors, and ratios of the errors of two networks."""

import itertools
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.shared import readings
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax.statistics import Mean, Variance


class Comparison(NamedTuple):
    """One network against another: the difference of log10 errors, paired by draw; and how it is read."""

    task: str
    network: str
    other: str
    found: Mean
    at_end: bool  # whether the rate of one of the two lies at an end of those tried

    @property
    def reading(self) -> str:
        """One of `readings.READINGS`: whether the first helps."""
        return readings.read(self.found, self.at_end)

    @property
    def small(self) -> bool:
        """Whether there certainly is an effect, and it lies within the margin."""
        return readings.small(self.found, self.at_end)

    @property
    def told(self) -> str:
        """The reading in words."""
        return f"{self.reading}{' (small)' * self.small}"

    @property
    def ratio(self) -> tuple[float, float, float]:
        """The ratio of errors, first over second, and its interval."""
        middle, low, high, _ = self.found
        return 10**middle, 10**low, 10**high


def label(data: xr.Dataset, task: str, network: str) -> str:
    """The name of a network in the table, as "5 x 64" or "1 x 390"."""
    width = int(data.width.sel(task=task, network=network))
    return f"{network if network.isdigit() else 1} x {width:,}"


def labels(data: xr.Dataset, one: Comparison) -> str:
    """The names of both networks of a comparison, as "5 x 64 against 1 x 390"."""
    return " against ".join(label(data, one.task, name) for name in (one.network, one.other))


def _of(data: xr.Dataset, task: str, network: str) -> np.ndarray:
    """Log errors [draw, seed] of the first tuning."""
    return data.error.sel(tuning="first", task=task, network=network).transpose("draw", "seed").values.astype(float)


def tuning_variance(data: xr.Dataset, task: str, times: int = 1) -> Variance:
    """`times` the variance of a mean log error that is due to tuning, pooled over the networks of a task."""
    return readings.chance_of_tuning(data.error.sel(task=task), times)


def error(data: xr.Dataset, task: str, network: str) -> tuple[float, float, float]:
    """The error in percent, a geometric mean, with its interval."""
    middle, low, high, _ = readings.estimate(_of(data, task, network), task, [tuning_variance(data, task)])
    return 100 * 10**middle, 100 * 10**low, 100 * 10**high


def compare(data: xr.Dataset, task: str, network: str, other: str) -> Comparison:
    """One network against another. Both were tuned, so tuning counts twice; against itself it differs by exactly 0."""
    tuned = [tuning_variance(data, task, 2)] if network != other else []
    found = readings.estimate(_of(data, task, network) - _of(data, task, other), task, tuned)
    ends = any(at_an_end(data, task, one) for one in (network, other))
    return Comparison(task, network, other, found, ends)


def halving(data: xr.Dataset, one: Comparison) -> float:
    """The factor of draws and tunings that halves the interval of a comparison; inf if draws of the same rows cannot.

    Of the variance s^2 (1/n + overlap) + v of n draws and of tuning, s^2 overlap remains with any number of them.
    """
    gained = (_of(data, one.task, one.network) - _of(data, one.task, one.other)).mean(axis=1)
    shown = float(gained.var(ddof=1))
    stays = shown * OVERLAP.get(one.task, 0.0)
    shrinks = shown / len(gained) + tuning_variance(data, one.task, 2).variance
    left = (stays + shrinks) / 4 - stays
    return float(shrinks / left) if left > 0 else np.inf


def counted(layers: list[int] | tuple[int, ...]) -> list[str]:
    """The networks of 1, 2, ... layers, up to the last layer that helps in the original."""
    return [str(number) for number in layers if number <= MOST_LAYERS]


def compared(layers: list[int] | tuple[int, ...], matched: list[int] | tuple[int, ...]) -> list[tuple[str, str]]:
    """Pairs of a deep and a shallow network that are compared: those of equal weights first, then the far wider one."""
    names = counted(layers)
    deep = [names[-1], *(["2"] if "2" in names[:-1] else [])]
    return [(f"{depth}", f"={depth}") for depth in matched] + [(name, WIDEST) for name in deep]


def steps(data: xr.Dataset, task: str) -> list[Comparison]:
    """Each deep network against the one with a layer less."""
    names = counted(_numbers(data, "layers"))
    return [compare(data, task, more, fewer) for fewer, more in itertools.pairwise(names)]


def pairs(data: xr.Dataset, task: str) -> list[Comparison]:
    """Each deep network against the shallow one of its pair."""
    named = compared(_numbers(data, "layers"), _numbers(data, "matched"))
    return [compare(data, task, *names) for names in named]


def at_an_end(data: xr.Dataset, task: str, network: str) -> bool:
    """Whether the rate that was chosen is the least or the greatest of those tried: a better one may lie beyond."""
    return bool(data.rate_at_end.sel(tuning="first", task=task, network=network) != 0)


def _numbers(data: xr.Dataset, name: str) -> list[int]:
    """A list among the attributes; a list of one number becomes a number when it is loaded from a file."""
    return [int(number) for number in np.atleast_1d(data.attrs[name])]
