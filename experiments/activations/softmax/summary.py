"""What the table, the verdicts and the figures of `softmax` share: medians of censored times, and their ratios."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from nnjax import statistics

NUM_RESAMPLES = 1_999
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
    first = a_reached & ((a < b) | ~b_reached)
    low, high = statistics.wilson(int(first.sum()), len(first))
    return statistics.Interval(float(first.mean()), float(low), float(high))


def cost(data: xr.Dataset, solver: str, scale: float) -> np.ndarray:
    """Median steps with the squared error over those with cross-entropy: the estimate, and of resampled draws [1 + B].

    A network that never arrives counts as arriving at the last step, so that a ratio is a lower bound where the squared
    error does not arrive. Draws are resampled together, for all losses, starts and solvers alike.
    """
    (a, _), (b, _) = (steps(data, solver, loss, scale) for loss in LOSSES)
    return _medians(b) / _medians(a)


def slower(data: xr.Dataset, temperature: float) -> np.ndarray:
    """Median steps at a temperature over those at 1, as in `cost`."""
    (a, _), (b, _) = (at_temperature(data, one) for one in (1.0, temperature))
    return _medians(b) / _medians(a)


def interval(values: np.ndarray, confidence: float = 0.95) -> statistics.Interval:
    """The estimate and the percentile interval of what `cost` or `slower` gives."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(values[1:], [tail, 1 - tail])
    return statistics.Interval(float(values[0]), float(low), float(high))


def errors_said(confidence: np.ndarray, accuracy: np.ndarray) -> np.ndarray:
    """Mean of 1 - confidence [n] over mean of 1 - accuracy [n], as in `cost`; inf where no errors are made."""
    said, made = (_resampled(1 - one, np.mean) for one in (confidence, accuracy))
    return np.divide(said, made, out=np.full(len(said), np.inf), where=made > 0)


def _medians(values: np.ndarray) -> np.ndarray:
    return _resampled(values, np.median)


def _resampled(values: np.ndarray, statistic: Callable[..., np.ndarray]) -> np.ndarray:
    rng = np.random.default_rng(0)  # the same draws each time
    places = rng.integers(len(values), size=(NUM_RESAMPLES, len(values)))
    return np.concatenate([[statistic(values)], statistic(values[places], axis=1)])


def parted(data: xr.Dataset, kind: str) -> np.ndarray:
    """The greatest relative difference of the loss from that of the softmax network of the same start [pair]."""
    loss = data.pair_loss
    return np.abs(loss.sel(kind=kind) / loss.sel(kind="softmax") - 1).max("pair_record").values
