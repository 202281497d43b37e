"""What `features` found in numbers: error with features over error without, of each method and of the best."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.learning_from_data.features.made import PARITY, PROBLEMS
from experiments.learning_from_data.features.run import INPUTS
from experiments.learning_from_data.shared import crossing, draws
from experiments.learning_from_data.shared.methods import CLASSICAL, METHODS
from experiments.learning_from_data.shared.networks import network
from nnjax import statistics
from nnjax.statistics import Mean

BARE, ENGINEERED = INPUTS


class Ratio(NamedTuple):
    """The mean over draws of the log10 of a ratio of errors; the number of draws without a ratio, as neither method
    errs on any test row; and the number in which it is only a bound, as one of them errs on none.
    """

    log: Mean
    empty: int
    bound: int


def networks(data: xr.Dataset) -> list[str]:
    return [network(depth) for depth in data.attrs["depths"]]


def classical(data: xr.Dataset) -> list[str]:
    return [name for name in CLASSICAL if name in data.learner.values]


def test_rows(data: xr.Dataset, problem: str) -> int:
    """The test rows of a draw."""
    return int(data.attrs["test_rows"][problem])


def overlap(data: xr.Dataset, problem: str) -> float:
    """What draws of the same rows add to the variance of their mean; nothing for the parity, which has all its rows."""
    of = PROBLEMS[problem].data
    return 0.0 if of == PARITY else draws.overlap(of, test_rows(data, problem))


def by_tuning(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> str:
    """The method with the least error in tuning; among equals, the one with the smaller finer number."""
    at = data.sel(problem=problem, rows=rows, inputs=inputs, learner=list(among))
    return among[int(np.lexsort((at.tuning_finer.values, at.tuning_error.values))[0])]


def errors(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> np.ndarray:
    """The shares of wrong test rows [draw] of the best of these methods by tuning."""
    best = by_tuning(data, problem, rows, inputs, among)
    return data.error.sel(problem=problem, rows=rows, inputs=inputs, learner=best).values.astype(float)


def logs(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> np.ndarray:
    """Log10 of `errors` [draw]; a mean of less than half a mistake, as several networks may have, counts as half."""
    return crossing.log_error(errors(data, problem, rows, inputs, among), test_rows(data, problem))


def bought(data: xr.Dataset, problem: str, rows: int, among: Sequence[str], confidence: float = 0.95) -> Ratio:
    """The ratio of the error with features to that without; the best of these methods is chosen for each."""
    return _ratio(data, problem, rows, [(ENGINEERED, among, BARE, among)], confidence)


def more_for(data: xr.Dataset, problem: str, rows: int, ours: Sequence[str], theirs: Sequence[str]) -> Ratio:
    """The ratio of `bought` for the best of ours to that for the best of theirs, paired by draw."""
    return _ratio(data, problem, rows, [(ENGINEERED, ours, BARE, ours), (BARE, theirs, ENGINEERED, theirs)])


def instead(data: xr.Dataset, problem: str, rows: int) -> Ratio:
    """The ratio of the error of the best classical method with features to that of the best network without."""
    return _ratio(data, problem, rows, [(ENGINEERED, classical(data), BARE, networks(data))])


def _ratio(
    data: xr.Dataset,
    problem: str,
    rows: int,
    factors: Sequence[tuple[str, Sequence[str], str, Sequence[str]]],
    confidence: float = 0.95,
) -> Ratio:
    """The product of ratios, each as (inputs above, methods above, inputs below, methods below)."""
    log = np.zeros(data.sizes["draw"])
    empty, bound = np.zeros((2, data.sizes["draw"]), bool)
    for above, ours, below, theirs in factors:
        two = (above, ours), (below, theirs)
        top, bottom = (logs(data, problem, rows, *one) for one in two)
        log += top - bottom
        right = np.array([errors(data, problem, rows, *one) == 0 for one in two])
        empty, bound = empty | right.all(axis=0), bound | right.any(axis=0)
    mean = statistics.mean(log, confidence, overlap=overlap(data, problem))
    return Ratio(mean, int(empty.sum()), int((bound & ~empty).sum()))


def at_end(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> list[str]:
    """Which tuned numbers of the best of these methods lie at an end of those tried, in words."""
    best = by_tuning(data, problem, rows, inputs, among)
    at = data.sel(problem=problem, rows=rows, inputs=inputs, learner=best)
    names = METHODS[best].names if best in METHODS else ("learning rate", "weight decay")
    ends = (at.first_at_end, at.second_at_end)
    return [f"{name} of {best} with {inputs}" for name, end in zip(names, ends, strict=True) if end != 0]


def geometric_mean(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> Mean:
    """The mean log10 error of the best of these methods."""
    return statistics.mean(logs(data, problem, rows, inputs, among), overlap=overlap(data, problem))
