"""How the errors of two networks are read: one helps for certain, hurts for certain, is equal, or nothing is shown."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import statistics
from nnjax.statistics import Mean, Variance

MARGIN = 1.1  # ratios of errors from 1 / MARGIN to MARGIN are as good as equal
HELPS, HURTS, EQUAL, OPEN = "helps", "hurts", "equal", NOT_SETTLED
READINGS = (HELPS, HURTS, EQUAL, OPEN)


def read(found: Mean, at_end: bool = False) -> str:
    """Whether the first network errs less than the second for certain, more, as much, or none of them is shown, as
    where the rate of one of both lies at an end of those tried.
    """
    if at_end:
        return OPEN
    if found.high < 0 or found.low > 0:
        return HELPS if found.high < 0 else HURTS
    return EQUAL if inside(found) else OPEN


def inside(found: Mean) -> bool:
    """Whether an interval of a log10 ratio lies inside the margin."""
    return max(-found.low, found.high) < math.log10(MARGIN)


def small(found: Mean, at_end: bool = False) -> bool:
    """Whether there is an effect for certain, and it is one within the margin."""
    return read(found, at_end) in (HELPS, HURTS) and inside(found)


def estimate(values: np.ndarray, task: str, tuned: Sequence[Variance] = ()) -> Mean:
    """The mean of log10 errors [draw, seed] of a task, or of differences: the seeds of a draw count as their mean.

    Where draws deal the same rows anew, they count for less than as many independent ones (see `statistics.mean`).
    `tuned` holds the variances that tuning adds, which all draws have in common.
    """
    return statistics.mean(np.asarray(values, float).mean(axis=1), overlap=OVERLAP.get(task, 0.0), also=tuned)


def chance_of_tuning(error: xr.DataArray, times: int = 1) -> Variance:
    """The variance of a mean log error that comes from tuning, pooled over all that was tuned twice; `times` of it.

    Of log errors [tuning, ..., draw, seed] after two tunings with draws and seeds of their own, whose networks are
    trained on the same draws. What chance does to two trainings that differ in their rate alone is in it too, so that
    it is rather too large. What was tuned once is nan, and is passed by.
    """
    means = error.mean(["draw", "seed"])
    differences = (means.sel(tuning="first") - means.sel(tuning="second")).values.ravel()
    variance, dof = statistics.repeated(differences[np.isfinite(differences)])
    return Variance(times * variance, dof)


def outcome(readings: Sequence[str], gain: bool = True) -> str:
    """What the readings of some pairs come to, where depth is expected to help, or is expected not to."""
    return rules.combine(
        [NOT_SETTLED if one == OPEN else REPRODUCED if (one == HELPS) == gain else NOT_REPRODUCED for one in readings]
    )
