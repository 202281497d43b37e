"""How the errors of two networks are read: the first certainly helps or hurts, both are equal, or it is not settled."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.verdicts import NOT_REPRODUCED, NOT_SETTLED, REPRODUCED
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import statistics
from nnjax.statistics import Mean, Variance

MARGIN = 1.1  # ratios of errors from 1 / MARGIN to MARGIN count as equal
HELPS, HURTS, EQUAL, OPEN = "helps", "hurts", "equal", NOT_SETTLED
READINGS = (HELPS, HURTS, EQUAL, OPEN)


def read(found: Mean, at_end: bool = False) -> str:
    """Whether the first network certainly errs less than the second, certainly more, or as much; else not settled,
    as it is wherever the rate of one of the two lies at an end of those tried.
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
    """Whether there certainly is an effect, and it lies within the margin."""
    return read(found, at_end) in (HELPS, HURTS) and inside(found)


def estimate(values: np.ndarray, task: str, tuned: Sequence[Variance] = ()) -> Mean:
    """The mean of log10 errors [draw, seed] of a task, or of differences: the seeds of a draw are averaged first.

    Draws that split the same rows anew count for less than as many independent ones (see `statistics.mean`).
    `tuned` holds the variances that tuning adds, which all draws have in common.
    """
    return statistics.mean(np.asarray(values, float).mean(axis=1), overlap=OVERLAP.get(task, 0.0), also=tuned)


def chance_of_tuning(error: xr.DataArray, times: int = 1) -> Variance:
    """`times` the variance of a mean log error that is due to tuning, pooled over all networks that were tuned twice.

    `error` has log errors [tuning, ..., draw, seed]: both tunings have draws and seeds of their own, but the networks
    are trained on the same draws. The variance includes the chance between two trainings that differ only in their
    rate, so it is rather too large. Networks that were tuned once are nan, and are skipped.
    """
    means = error.mean(["draw", "seed"])
    differences = (means.sel(tuning="first") - means.sel(tuning="second")).values.ravel()
    variance, dof = statistics.repeated(differences[np.isfinite(differences)])
    return Variance(times * variance, dof)


def outcome(readings: Sequence[str], gain: bool = True) -> str:
    """The outcome of the readings of some pairs, where depth is expected to help (`gain`), or is expected not to."""
    return rules.combine(
        [NOT_SETTLED if one == OPEN else REPRODUCED if (one == HELPS) == gain else NOT_REPRODUCED for one in readings]
    )
