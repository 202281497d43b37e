"""What `features` found in numbers: error with features over error without, of each method and of the best."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.learning_from_data.features.made import PARITY, PROBLEMS
from experiments.learning_from_data.features.run import INPUTS
from experiments.learning_from_data.shared import crossing, draws
from experiments.learning_from_data.shared.methods import CLASSICAL
from experiments.learning_from_data.shared.networks import network
from nnjax import statistics
from nnjax.statistics import Mean

BARE, ENGINEERED = INPUTS


def networks(data: xr.Dataset) -> list[str]:
    return [network(depth) for depth in data.attrs["depths"]]


def classical(data: xr.Dataset) -> list[str]:
    return [name for name in CLASSICAL if name in data.learner.values]


def overlap(data: xr.Dataset, problem: str) -> float:
    """What draws of the same rows add to the variance of their mean; draws of a parity hardly share any."""
    of = PROBLEMS[problem].data
    return 0.0 if of == PARITY else draws.overlap(of, data.attrs["test_rows"])


def by_tuning(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> str:
    """The method with the least error in tuning."""
    error = data.tuning_error.sel(problem=problem, rows=rows, inputs=inputs, learner=list(among)).values
    return among[int(error.argmin())]


def logs(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> np.ndarray:
    """Log10 errors [draw] of the best of these methods by tuning."""
    best = by_tuning(data, problem, rows, inputs, among)
    error = data.error.sel(problem=problem, rows=rows, inputs=inputs, learner=best).values.astype(float)
    return crossing.log_error(error, data.attrs["test_rows"])


def gain(data: xr.Dataset, problem: str, rows: int, among: Sequence[str]) -> np.ndarray:
    """Log10 of the error with features over that without [draw]; the best of these methods is chosen for each."""
    return logs(data, problem, rows, ENGINEERED, among) - logs(data, problem, rows, BARE, among)


def bought(data: xr.Dataset, problem: str, rows: int, among: Sequence[str], confidence: float = 0.95) -> Mean:
    """The mean of `gain`."""
    return statistics.mean(gain(data, problem, rows, among), confidence, overlap=overlap(data, problem))


def more_for(data: xr.Dataset, problem: str, rows: int, ours: Sequence[str], theirs: Sequence[str]) -> Mean:
    """The mean of what features buy the best of ours less what they buy the best of theirs, paired by draw."""
    difference = gain(data, problem, rows, ours) - gain(data, problem, rows, theirs)
    return statistics.mean(difference, overlap=overlap(data, problem))


def instead(data: xr.Dataset, problem: str, rows: int) -> Mean:
    """The mean log10 of the error of the best classical method with features over the best network without."""
    old = logs(data, problem, rows, ENGINEERED, classical(data))
    return statistics.mean(old - logs(data, problem, rows, BARE, networks(data)), overlap=overlap(data, problem))


def at_end(data: xr.Dataset, problem: str, rows: int, among: Sequence[str]) -> list[str]:
    """Which of the best methods with and without features have a tuned number at an end of those tried."""
    found = []
    for inputs in INPUTS:
        best = by_tuning(data, problem, rows, inputs, among)
        if data.at_end.sel(problem=problem, rows=rows, inputs=inputs, learner=best) != 0:
            found.append(f"{best} with {inputs} on {problem}")
    return found


def geometric_mean(data: xr.Dataset, problem: str, rows: int, inputs: str, among: Sequence[str]) -> Mean:
    """The mean log10 error of the best of these methods."""
    return statistics.mean(logs(data, problem, rows, inputs, among), overlap=overlap(data, problem))
