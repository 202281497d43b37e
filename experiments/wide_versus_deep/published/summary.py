"""What `published` found in numbers: accuracies in percent with their intervals."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from nnjax import statistics

PUBLISHED, SHUFFLED, FRESH = "published", "shuffled", "fresh draws"
PLACES = (PUBLISHED, SHUFFLED, FRESH)
# Percent, by model and data; the notebook's own number for the residual network is NOTEBOOK.
REFERENCES = {("logistic", PUBLISHED): 32.0, ("residual MLP", PUBLISHED): 68.0, ("residual MLP", SHUFFLED): 66.0}
NOTEBOOK = 65.1


class Summary(NamedTuple):
    """Accuracies in percent: the mean with its interval of 95 %, the standard deviation over networks, and the interval
    in which one more network lies with 95 %."""

    networks: int
    mean: float
    low: float
    high: float
    spread: float
    one_low: float
    one_high: float


def summary(data: xr.Dataset, model: str, place: str) -> Summary:
    """Of one model on the published data, plain or shuffled, or on fresh draws, each of which counts once."""
    if place == FRESH:
        one = 100 * data.draw_accuracy.sel(model=model)
        values, networks = one.mean("draw_seed").values, one.values.ravel()
    else:
        values = networks = 100 * data.accuracy.sel(model=model, place=place).values
    mean, low, high, _ = statistics.mean(values)
    spread = float(np.std(networks, ddof=1))
    reach = float(scipy.stats.t.ppf(0.975, len(networks) - 1)) * spread * np.sqrt(1 + 1 / len(networks))
    return Summary(len(networks), mean, low, high, spread, mean - reach, mean + reach)


def tuned(data: xr.Dataset) -> str:
    """What was chosen for the tuned network, in words."""
    rate, decay, steps = (data.attrs[f"tuned_{name}"] for name in ("learning_rate", "weight_decay", "num_steps"))
    return f"rate {rate:g}, decay {decay:g}, {steps:,} steps"
