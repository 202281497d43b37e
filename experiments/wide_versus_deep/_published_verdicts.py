"""What `published` found in numbers, and its verdicts."""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from nnjax import statistics

FRESH = "fresh draws"
SOURCE = "Greydanus & Kobak 2020"
# Percent, by model and data; the notebook's own number for the residual network is NOTEBOOK.
REFERENCES = {("logistic", "published"): 32.0, ("residual MLP", "published"): 68.0, ("residual MLP", "shuffled"): 66.0}
NOTEBOOK = 65.1
RANGE = (65.0, 68.0)
# What a published number may be off by its own rounding to whole percents.
ROUNDING = 0.5
# A number that is off by no more points than this is reproduced in part: ten of the thousand test rows.
NEAR = 1.0
# Two models differ by no more points than this: they make no difference.
SAME = 1.0


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


def within(low: float, high: float, ends: tuple[float, float]) -> str:
    """Reproduced where the whole interval lies within the ends, partly where it overlaps, else not."""
    if ends[0] <= low and high <= ends[1]:
        return REPRODUCED
    return PARTLY if low <= ends[1] and high >= ends[0] else NOT_REPRODUCED


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """The published points one by one, the range, and what the residual and tuning are worth."""
    models = set(map(str, data.model.values))
    found = []
    if "residual MLP" in models:
        found += [_range(data, "published"), _range(data, FRESH)]
        found.append(_point(data, "residual MLP", "published", NOTEBOOK, " in the notebook", rounding=0.05))
    found += [_point(data, model, place, value) for (model, place), value in REFERENCES.items() if model in models]
    if {"residual MLP", "plain MLP"} <= models:
        claim = (
            "the residual h2 = relu(W h1 + b) + h1 makes no difference to the plain MLP (paired by seed; reproduced "
            f"where the interval lies within {SAME:g} point of 0, not where it lies beyond)"
        )
        found.append(_difference(data, "residual", claim, ("residual MLP", "plain MLP"), none=True))
    if {"residual MLP", "tuned MLP"} <= models:
        claim = f"a plain MLP that is tuned ({tuned(data)}) does better than the published one (paired by seed)"
        found.append(_difference(data, "tuned", claim, ("tuned MLP", "residual MLP"), none=False))
    return found


def tuned(data: xr.Dataset) -> str:
    """What was chosen for the tuned network, in words."""
    rate, decay, steps = (data.attrs[f"tuned_{name}"] for name in ("learning_rate", "weight_decay", "num_steps"))
    return f"rate {rate:g}, decay {decay:g}, {steps:,} steps"


def _range(data: xr.Dataset, place: str) -> Verdict:
    one = summary(data, "residual MLP", place)
    what = "the published draw" if place == "published" else f"{data.sizes['draw']} fresh draws"
    claim = f"the residual MLP of MNIST-1D reaches {RANGE[0]:.0f} to {RANGE[1]:.0f} % on {what} (mean, {one.networks} "
    claim += f"networks, standard deviation {one.spread:.1f})"
    name = "65 to 68 %" if place == "published" else "65 to 68 %, fresh draws"
    outcome = within(one.low, one.high, RANGE)
    reference = f"{RANGE[0]:.0f} to {RANGE[1]:.0f}"
    return verdict(data, name, claim, f"{SOURCE}; its notebook", reference, one.mean, "%", outcome, (one.low, one.high))


def _point(
    data: xr.Dataset, model: str, place: str, value: float, where: str = "", rounding: float = ROUNDING
) -> Verdict:
    """One published number against the interval of one more network."""
    one = summary(data, model, place)
    shown = ", inputs shuffled" if place == "shuffled" else ""
    claim = f"{model}{shown}: {value:g} %{where}, as one more network of ours would give (interval of prediction)"
    off = max(one.one_low - rounding - value, value - one.one_high - rounding, 0.0)
    holds = REPRODUCED if off == 0 else PARTLY if off <= NEAR else NOT_REPRODUCED
    name = f"{model}{shown}{where}"
    return verdict(data, name, claim, SOURCE, value, one.mean, "%", holds, (one.one_low, one.one_high))


def same(low: float, high: float) -> str:
    """Whether a difference in points is none: its whole interval within SAME of 0, partly so, or wholly beyond."""
    return within(low, high, (-SAME, SAME))


def better(mean: float, low: float) -> str:
    """Whether a difference in points is a gain: for certain, on average alone, or not."""
    return REPRODUCED if low > 0 else PARTLY if mean > 0 else NOT_REPRODUCED


def _difference(data: xr.Dataset, name: str, claim: str, pair: tuple[str, str], none: bool) -> Verdict:
    """Points of percent between two models on the published draw, seed by seed."""
    first, second = (100 * data.accuracy.sel(model=model, place="published").values for model in pair)
    mean, low, high, _ = statistics.mean(first - second)
    outcome = same(low, high) if none else better(mean, low)
    reference = 0.0 if none else "above 0"
    source = "asked of this project"
    return verdict(data, name, claim, source, reference, mean, "points", outcome, (low, high))
