"""The results of `published` in numbers: accuracies in percent with their intervals."""

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
    ("logistic", SHUFFLED): (31.5,),
    ("residual MLP", PUBLISHED): (64.2, 64.6, 64.6, 65.1),
    ("residual MLP", SHUFFLED): (63.7, 66.0),
}
# The table in their README, to whole percents; no log in the repository shows its numbers for the MLP.
TABLE = {(model, place): value for model, value in (("logistic", 32.0), ("residual MLP", 68.0)) for place in PLACES[:2]}
# Two of the MLP's logs in full: test accuracy on the published draw at steps 1,000, 2,000, ... 6,000. These are counted
# from 0, so each is after one update more.
LOGGED_STEPS = (1001, 2001, 3001, 4001, 5001, 6001)
LOGGED_CURVES = {
    "notebooks/mnist1d-classification.ipynb": (60.9, 64.7, 65.6, 65.2, 65.7, 65.1),
    "notebooks/quickstart.ipynb": (63.6, 62.3, 62.3, 63.4, 63.3, 64.6),
}


class Summary(NamedTuple):
    """Accuracies in percent: the mean with its 95% interval, the standard deviation over networks, and the 95% interval
    of prediction for one more network."""

    networks: int
    mean: float
    low: float
    high: float
    spread: float
    one_low: float
    one_high: float


def summary(data: xr.Dataset, model: str, place: str) -> Summary:
    """The accuracies of one model on the published data, plain or shuffled, or on fresh draws; a draw counts once."""
    if place == FRESH:
        one = 100 * data.draw_accuracy.sel(model=model)
        values, networks = one.mean("draw_seed").values, one.values.ravel()
    else:
        values = networks = 100 * data.accuracy.sel(model=model, place=place).values
    mean, low, high, _ = statistics.mean(values)
    spread = float(np.std(networks, ddof=1))
    n = len(networks)
    return Summary(n, mean, low, high, spread, *_one_more(networks))


def one_more(data: xr.Dataset, model: str, place: str, numbers: int) -> tuple[float, float]:
    """The interval of prediction for one more network on the published data; `numbers` of them share the 5%."""
    return _one_more(100 * data.accuracy.sel(model=model, place=place).values, numbers)


def _one_more(networks: np.ndarray, numbers: int = 1) -> tuple[float, float]:
    n, middle = len(networks), float(networks.mean())
    spread = float(np.std(networks, ddof=1)) * np.sqrt(1 + 1 / n)
    reach = float(scipy.stats.t.ppf(1 - 0.025 / numbers, n - 1) * spread)
    return middle - reach, middle + reach


def tuned(data: xr.Dataset) -> str:
    """The numbers chosen for the tuned network, in words."""
    rate, decay, steps = (data.attrs[f"tuned_{name}"] for name in ("learning_rate", "weight_decay", "num_steps"))
    return f"learning rate {rate:g}, weight decay {decay:g}, {steps:,} steps"
