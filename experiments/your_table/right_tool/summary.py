"""What the verdicts, figures and report of `right_tool` are made from: the ranking, and the answer in a sentence."""

from typing import Literal, NamedTuple

import numpy as np
import xarray as xr

from nnjax import statistics
from nnjax.statistics import Interval, Mean

DUMMY, LINEAR, FOREST, BOOSTING, NETWORK = "constant", "linear", "forest", "boosting", "network"
METHODS = (DUMMY, LINEAR, FOREST, BOOSTING, NETWORK)
OTHERS = (LINEAR, FOREST, BOOSTING)
ALPHA = 0.05
# Errors that differ by no more are alike: a share of the rows, or standard deviations of the target. The share is less
# where a constant answer errs on few rows: of them it is SMALL at most.
MARGINS = {"classes": 0.01, "numbers": 0.02}
SMALL = 0.1
CALIBRATED = 0.05  # how far the mean probability of the answers may be from the share of them that is right, at most
FEW_TRIALS = 16  # fewer give a quick look
MOST_STEPS = 4_000  # of a network, if none are set


class Ranked(NamedTuple):
    """A method, its error, the network's error minus its own, and the p-value of this difference after Holm (nan for
    the network and for the constant)."""

    method: str
    error: Mean
    difference: Interval
    p_value: float


class Answer(NamedTuple):
    """`kind`: the network is better than all others, another is better, both do alike, or it is open."""

    kind: Literal["yes", "no", "alike", "open"]
    best: Ranked
    sentence: str


def difference(data: xr.Dataset, first: str, second: str) -> Mean:
    """How much more the first method errs than the second, paired by fold."""
    values = data.error.sel(tool=first) - data.error.sel(tool=second)
    return statistics.mean(values.values, overlap=data.attrs["overlap"])


def ranking(data: xr.Dataset) -> list[Ranked]:
    """All methods, the least error first."""
    others = [difference(data, NETWORK, name) for name in OTHERS]
    p_values = statistics.holm([one.p_value for one in others])
    adjusted: dict[str, float] = dict(zip(OTHERS, p_values, strict=True))
    found = []
    for name in METHODS:
        error = statistics.mean(data.error.sel(tool=name).values, overlap=data.attrs["overlap"])
        own = Interval(*difference(data, NETWORK, name)[:3])
        found.append(Ranked(name, error, own, float(adjusted.get(name, np.nan))))
    return sorted(found, key=lambda one: one.error.estimate)


def margin(data: xr.Dataset) -> float:
    """By how much errors may differ and be alike."""
    most = MARGINS[data.attrs["task"]]
    return min(most, SMALL * float(data.error.sel(tool=DUMMY).mean())) if data.attrs["task"] == "classes" else most


def margin_of_chances(data: xr.Dataset) -> float:
    """How far the mean probability of the network's answers may be from the share of them that is right."""
    rows = int(data.bin_count.sum())
    return min(CALIBRATED, max(1 - data.attrs["right"], 1 / rows) / 2)


def points(margin: float) -> str:
    """A share of the rows in words."""
    return "1 point" if margin == 0.01 else f"{100 * margin:.2g} points"


def answer(data: xr.Dataset) -> Answer:
    """Whether a network is the right tool, and how sure that is."""
    found = _answer(data)
    return found._replace(sentence=f"{_quick(data)}{found.sentence}")


def _quick(data: xr.Dataset) -> str:
    """What an answer begins with that follows from few trials; where steps are set, they are told as well."""
    trials, steps = data.attrs["trials"], data.attrs.get("steps", 0)  # results before November 2026 lack the steps
    if trials >= FEW_TRIALS:
        return ""
    return f"A quick look ({trials} trials of each method{f', at most {steps:,} steps' if steps else ''}): "


def _answer(data: xr.Dataset) -> Answer:
    ranked = ranking(data)
    network = next(one for one in ranked if one.method == NETWORK)
    others = [one for one in ranked if one.method in OTHERS]
    best, most = others[0], margin(data)
    less = [one for one in others if one.p_value <= ALPHA and one.difference.estimate < 0]
    more = [one for one in others if one.p_value <= ALPHA and one.difference.estimate > 0]
    apart = f"the difference is {between(data, best.difference)}"
    sure = f"p = {best.p_value:.2g} by Holm's rule over {len(others)} methods, {data.sizes['split']} folds"

    def both(one: Ranked) -> str:
        return f"the network errs {told(data, network.error.estimate)}, {one.method} {told(data, one.error.estimate)}"

    if len(less) == len(others):
        return Answer("yes", best, f"Yes, a network is the right tool for this table: {both(best)}; {apart}, {sure}.")
    if more:
        ahead = more[0]
        return Answer(
            "no", ahead,
            f"No, {ahead.method} is a better tool for this table than a network: {both(ahead)}; the difference is "
            f"{between(data, ahead.difference)}, p = {ahead.p_value:.2g} by Holm's rule over {len(others)} methods, "
            f"{data.sizes['split']} folds.",
        )  # fmt: skip
    if -most <= best.difference.low and best.difference.high <= most:
        return Answer(
            "alike", best,
            f"No, a network is not needed for this table: {best.method} does as well, within a margin of "
            f"{points(most) if data.attrs['task'] == 'classes' else f'{most:g} standard deviations'}: {both(best)}; "
            f"{apart}.",
        )  # fmt: skip
    # The best method that the network is neither surely ahead of nor surely behind.
    rival = next(one for one in others if one.p_value > ALPHA)
    named = f"{rival.method}, the best of the others" if rival is best else rival.method
    if told(data, network.error.estimate) == told(data, rival.error.estimate):
        place = f"level with {named}"
    else:
        side = "ahead of" if rival.difference.estimate < 0 else "behind"
        place = f"{side} {named}, by no more than chance could bring about"
    return Answer(
        "open", rival,
        f"It is open whether a network is the right tool for this table: it is {place}: {both(rival)}; the difference "
        f"is {between(data, rival.difference)}, p = {rival.p_value:.2g} by Holm's rule over {len(others)} methods, "
        f"{data.sizes['split']} folds.",
    )  # fmt: skip


def gain_of_rows(data: xr.Dataset) -> Mean:
    """How much less the network errs with all training rows than with half of them, paired by fold."""
    curve = data.curve.sel(learner=NETWORK)
    return statistics.mean((curve.isel(part=-2) - curve.isel(part=-1)).values, overlap=data.attrs["overlap"])


def gap(data: xr.Dataset) -> Interval:
    """The mean probability of the network's answers minus the share of them that is right."""
    return Interval(*(float(one) for one in data.gap.values))


def told(data: xr.Dataset, error: float) -> str:
    """What follows "it errs": on a share of the rows, or by standard deviations of the target and in its unit."""
    if data.attrs["task"] == "classes":
        return f"on {error:.1%} of the rows"
    return f"by {error:.3g} standard deviations ({error * data.attrs['scale']:.3g})"


def between(data: xr.Dataset, one: Interval) -> str:
    """A difference with its interval."""
    if data.attrs["task"] == "classes":
        middle, low, high = (f"{round(100 * end, 1) + 0.0:+.1f}" for end in one)  # not -0.0
        return f"{middle} points [{low}, {high}]"
    middle, low, high = (f"{round(end, 3) + 0.0:+.3f}" for end in one)
    return f"{middle} [{low}, {high}] standard deviations"
