"""What `published` found in numbers: accuracies in percent with their intervals."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from nnjax import statistics

PUBLISHED, SHUFFLED, FRESH = "published", "shuffled", "fresh draws"
PLACES = (PUBLISHED, SHUFFLED, FRESH)
# Test accuracy in percent by model and data: the last lines of the authors' logs, to tenths.
LOGS = {
    ("logistic", PUBLISHED): (31.5, 31.7),
    ("residual MLP", PUBLISHED): (64.2, 64.6, 64.6, 65.1),
    ("residual MLP", SHUFFLED): (63.7, 66.0),
}
# The table in their README, to whole percents; no log there has its numbers for the MLP.
TABLE = {("logistic", PUBLISHED): 32.0, ("residual MLP", PUBLISHED): 68.0, ("residual MLP", SHUFFLED): 68.0}
# Two of the MLP's logs in full: test accuracy after 1,000, 2,000, ... 6,000 steps on the published draw.
LOGGED_STEPS = (1000, 2000, 3000, 4000, 5000, 6000)
LOGGED_CURVES = {
    "notebooks/mnist1d-classification.ipynb": (60.9, 64.7, 65.6, 65.2, 65.7, 65.1),
    "notebooks/quickstart.ipynb": (63.6, 62.3, 62.3, 63.4, 63.3, 64.6),
}


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
    return Summary(len(networks), mean, low, high, spread, *_predicted(networks, 1))


def predicted(data: xr.Dataset, model: str, place: str, count: int) -> tuple[float, float]:
    """The interval in which the mean of so many more networks on the published data lies with 95 %."""
    return _predicted(100 * data.accuracy.sel(model=model, place=place).values, count)


def _predicted(networks: np.ndarray, count: int) -> tuple[float, float]:
    n = len(networks)
    reach = float(scipy.stats.t.ppf(0.975, n - 1)) * float(np.std(networks, ddof=1)) * np.sqrt(1 / count + 1 / n)
    return float(networks.mean() - reach), float(networks.mean() + reach)


def tuned(data: xr.Dataset) -> str:
    """What was chosen for the tuned network, in words."""
    rate, decay, steps = (data.attrs[f"tuned_{name}"] for name in ("learning_rate", "weight_decay", "num_steps"))
    return f"rate {rate:g}, decay {decay:g}, {steps:,} steps"
