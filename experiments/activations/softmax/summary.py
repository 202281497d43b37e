"""What the table, the verdicts and the figures of `softmax` share: medians of censored times, and ratios by tuning."""

import numpy as np
import xarray as xr

from experiments.lab import over_tunings
from nnjax import statistics

GRADIENT_DESCENT = "gradient descent"
LOSSES = ("cross-entropy", "squared error")


def steps(data: xr.Dataset, solver: str, loss: str, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Steps to the goal, or to the end, of every draw, and whether the goal was reached."""
    one = data.sel(solver=solver, loss=loss, scale=scale)
    return one.steps.values.astype(float), one.reached.values.astype(bool)


def at_temperature(data: xr.Dataset, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """The same as `steps`, for the networks that were trained at a temperature."""
    one = data.sel(temperature=temperature)
    return one.temperature_steps.values.astype(float), one.temperature_reached.values.astype(bool)


def median(steps: np.ndarray, reached: np.ndarray) -> statistics.Interval:
    """Kaplan and Meier's median with its interval; inf where fewer than half arrive."""
    if not reached.any():
        return statistics.Interval(np.inf, np.inf, np.inf)
    return statistics.kaplan_meier_median(steps, reached)


def share_first(data: xr.Dataset, solver: str, scale: float) -> statistics.Interval:
    """The share of draws in which cross-entropy arrives before the squared error; ties do not count."""
    (a, a_reached), (b, b_reached) = (steps(data, solver, loss, scale) for loss in LOSSES)
    first = _by_tuning(data, a_reached & ((a < b) | ~b_reached))
    return over_tunings.share(first.sum(axis=1), np.full(len(first), first.shape[1]), first.size)


def cost(data: xr.Dataset, solver: str, scale: float) -> np.ndarray:
    """Median steps with the squared error over those with cross-entropy, as of `over_tunings.left_out` [1 + tuning].

    A network that never arrives counts as arriving at the last step, so that a ratio is a lower bound where the squared
    error does not arrive. All losses, starts and solvers share the draws.
    """
    a, b = (_medians(data, steps(data, solver, loss, scale)[0]) for loss in LOSSES)
    return b / a


def slower(data: xr.Dataset, temperature: float) -> np.ndarray:
    """Median steps at a temperature over those at 1, as in `cost`."""
    a, b = (_medians(data, at_temperature(data, one)[0]) for one in (1.0, temperature))
    return b / a


def errors_said(data: xr.Dataset, confidence: str) -> np.ndarray:
    """Mean of 1 - confidence over mean of 1 - accuracy, as in `cost`; infinite where no errors are made.

    `confidence` is the name of a variable of networks that were trained at temperature 1.
    """
    one = data.sel(temperature=1.0)
    said, made = (
        over_tunings.left_out(_by_tuning(data, 1 - one[name].values), np.mean) for name in (confidence, "accuracy")
    )
    return np.divide(said, made, out=np.full(len(said), np.inf), where=made > 0)


def _medians(data: xr.Dataset, values: np.ndarray) -> np.ndarray:
    return over_tunings.left_out(_by_tuning(data, values), over_tunings.lower_median)


def _by_tuning(data: xr.Dataset, values: np.ndarray) -> np.ndarray:
    """Values of the draws [draw] by their tuning [tuning, draw of the tuning]."""
    return values.reshape(data.sizes["tuning"], -1)  # as `tunings.groups` deals them


def parted(data: xr.Dataset, kind: str) -> np.ndarray:
    """The greatest relative difference of the loss from that of the softmax network of the same start [pair]."""
    loss = data.pair_loss
    return np.abs(loss.sel(kind=kind) / loss.sel(kind="softmax") - 1).max("pair_record").values
