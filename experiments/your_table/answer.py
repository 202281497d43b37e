"""Whether a network is the right tool, and how sure that is: estimates and one sentence, from the errors on folds."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from experiments.lab.estimates import LEVEL, mean
from experiments.lab.verdicts import below, certainly
from experiments.your_table.methods import CONSTANT, NETWORK, OTHERS

YES, WORSE, ALIKE, OPEN = "yes", "worse", "alike", "open"
# Errors that differ by no more are alike: a share of the rows, or standard deviations of the target. The share is less
# where a constant answer errs on few rows: a tenth of them at most.
MARGIN_CLASSES, MARGIN_NUMBERS, SMALL = 0.01, 0.02, 0.1
CALIBRATED = 0.05  # how far the mean probability of answers may be from the share that is right, at most
FEW_TRIALS = 16  # fewer give a quick look


def errors(data: xr.Dataset, level: float = LEVEL) -> xr.Dataset:
    """The error of each method, by the corrected resampled t-test."""
    return mean(data.error, "split", level, data.attrs["overlap"])


def differences(data: xr.Dataset, methods: Sequence[str], level: float = LEVEL) -> xr.Dataset:
    """The error of the network minus that of each method, paired by fold."""
    network = data.error.sel(tool=NETWORK, drop=True)
    return mean(network - data.error.sel(tool=list(methods)), "split", level, data.attrs["overlap"])


def curve(data: xr.Dataset) -> xr.Dataset:
    """Errors by the number of training rows."""
    return mean(data.curve, "split", LEVEL, data.attrs["overlap"])


def best_other(data: xr.Dataset) -> str:
    """The method of least mean error, beside the network and the constant answer."""
    return str(data.error.sel(tool=list(OTHERS)).mean("split").idxmin("tool").item())


def margin(data: xr.Dataset) -> float:
    """By how much errors may differ and be alike."""
    if not data.attrs["classes"]:
        return MARGIN_NUMBERS
    return min(MARGIN_CLASSES, SMALL * float(data.error.sel(tool=CONSTANT).mean()))


def kind(data: xr.Dataset) -> tuple[str, str]:
    """YES, WORSE, ALIKE or OPEN, and the method that decides it."""
    sides = certainly(below(0), lambda level: differences(data, OTHERS, level))
    best = best_other(data)
    if (sides > 0).all():
        return YES, best
    means = data.error.sel(tool=list(OTHERS)).mean("split")
    if (sides < 0).any():
        return WORSE, str(means.where(xr.DataArray(sides < 0, dims="tool")).idxmin("tool").item())
    to_best = differences(data, [best]).isel(tool=0)
    if -margin(data) <= to_best.low and to_best.high <= margin(data):
        return ALIKE, best
    return OPEN, str(means.where(xr.DataArray(sides == 0, dims="tool")).idxmin("tool").item())


def short(data: xr.Dataset) -> str:
    """The answer in a few words, as a title."""
    what, method = kind(data)
    return {
        YES: "A network is the right tool", WORSE: f"A network is not the right tool: {method} errs less",
        ALIKE: f"A network is not needed: {method} does as well", OPEN: f"Network or {method}? Open",
    }[what]  # fmt: skip


def sentence(data: xr.Dataset) -> str:
    """The answer, with the errors and the difference that it rests on."""
    what, method = kind(data)
    begin = {
        YES: "Yes, a network is the right tool for this table",
        WORSE: f"No, {method} is a better tool for this table than a network",
        ALIKE: f"No, a network is not needed for this table, as {method} does as well",
        OPEN: "It is open whether a network is the right tool for this table, and more rows could decide",
    }[what]
    minus = differences(data, [method]).isel(tool=0)
    trials, steps = data.attrs["trials"], data.attrs["steps"]
    few = f"A quick look ({trials} trials of each method{f', at most {steps:,} steps' if steps else ''}): "
    own, other = (told(data, data.error.sel(tool=name).mean().item()) for name in (NETWORK, method))
    return (
        f"{few if trials < FEW_TRIALS else ''}{begin}: the network errs {own}, {method} {other}; the difference is "
        f"{between(data, minus)} ({data.sizes['split']} folds)."
    )


def more_rows(data: xr.Dataset) -> str:
    """Whether more rows would help the network."""
    half = data.curve.sel(learner=NETWORK).isel(rows=-2, drop=True)
    whole = data.curve.sel(learner=NETWORK).isel(rows=-1, drop=True)
    gain = mean(half - whole, "split", LEVEL, data.attrs["overlap"])
    says = "Yes" if gain.low > 0 else "No" if gain.high <= 0 else "Open"
    few, all_rows = data.rows.values.tolist()[-2:]
    return (
        f"Would more rows help? {says}: with {few:,} training rows the network errs {told(data, half.mean().item())}, "
        f"with {all_rows:,} {told(data, whole.mean().item())}."
    )


def calibration(data: xr.Dataset) -> str:
    """Whether the network's probabilities can be taken as they are; only where it predicts classes."""
    gap, low, high = data.gap.values.tolist()
    wrong = 1 - float(data.share_right)
    most = min(CALIBRATED, max(wrong, 0.01) / 2)
    says = (
        "yes" if max(-low, high) <= most else "open" if low <= most and high >= -most
        else f"no, it is too {'certain' if gap > 0 else 'uncertain'}"
    )  # fmt: skip
    return (
        f"Are its probabilities right on average? {says.capitalize()}: they are {100 * abs(gap):.1f} points "
        f"{'above' if gap > 0 else 'below'} the share of right answers, where {100 * most:.2g} are allowed."
    )


def unit(data: xr.Dataset) -> str:
    return "share of the rows" if data.attrs["classes"] else "standard deviations of the target"


def told(data: xr.Dataset, error: float) -> str:
    """What follows "it errs": on a share of the rows, or by standard deviations of the target and in its unit."""
    if data.attrs["classes"]:
        return f"on {error:.1%} of the rows"
    return f"by {error:.3g} standard deviations ({error * data.attrs['scale']:.3g})"


def between(data: xr.Dataset, one: xr.Dataset) -> str:
    """A difference with its interval."""
    ends = np.array([one.value.item(), one.low.item(), one.high.item()])
    if data.attrs["classes"]:
        middle, low, high = (f"{end + 0.0:+.1f}" for end in np.round(100 * ends, 1))  # not -0.0
        return f"{middle} points [{low}, {high}]"
    middle, low, high = (f"{end + 0.0:+.3f}" for end in np.round(ends, 3))
    return f"{middle} [{low}, {high}] standard deviations"
