"""What `microsoft_table` found in numbers, and its verdicts: which parts of the table's ordering hold."""

import itertools

import numpy as np
import xarray as xr

from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict
from experiments.lab.verdicts import verdict
from experiments.wide_versus_deep._equal_budgets_summary import OVERLAP
from nnjax import statistics
from nnjax.statistics import Mean

SOURCE = "Seide, Li & Yu 2011, table of deep and shallow networks (second-hand)"
# Word error, percent, by the names of our networks; there the wide one has 16,000 neurons, 3.5 times those of "=7".
MICROSOFT = {"1": 24.2, "2": 20.4, "3": 18.4, "4": 17.8, "5": 17.2, "7": 17.1, "=5": 22.5, "=7": 22.6, "wide": 22.1}
# Parameters of its networks, with 429 inputs and 9,304 outputs.
MICROSOFT_ENDS, MICROSOFT_NEURONS = (429, 9_304), 2_048
MICROSOFT_WIDTHS = {"=5": 3_772, "=7": 4_634, "wide": 16_000}
MOST_LAYERS = 5  # up to so many layers each one helps, in the table
WIDEST = "wide"
ALPHA = 0.05


def label(data: xr.Dataset, task: str, network: str) -> str:
    """As the table names it: "5 x 64", "1 x 390"."""
    width = int(data.width.sel(task=task, network=network))
    return f"{network if network.isdigit() else 1} x {width:,}"


def by_draw(data: xr.Dataset, task: str, network: str) -> np.ndarray:
    """Errors in percent [draw], means of the seeds."""
    return 100 * data.error.sel(task=task, network=network).mean("seed").values


def error(data: xr.Dataset, task: str, network: str) -> Mean:
    """The mean error in percent with its interval over draws, which of some tasks deal the same rows anew."""
    return statistics.mean(by_draw(data, task, network), overlap=OVERLAP.get(task, 0.0))


def gain(data: xr.Dataset, task: str, network: str, other: str) -> Mean:
    """By how many points `network` errs less than `other`, paired by draw; the draws count as in `error`."""
    gained = by_draw(data, task, other) - by_draw(data, task, network)
    return statistics.mean(gained, overlap=OVERLAP.get(task, 0.0))


def counted(data: xr.Dataset) -> list[str]:
    """The networks of 1, 2, ... layers as far as each one helps in the table."""
    return [str(n) for n in data.network.values if str(n).isdigit() and int(n) <= MOST_LAYERS]


def steps(data: xr.Dataset, task: str) -> list[Mean]:
    """What each layer brings, in points, with p corrected by Holm's rule."""
    names = counted(data)
    return _together([gain(data, task, more, fewer) for fewer, more in itertools.pairwise(names)])


def _together(found: list[Mean]) -> list[Mean]:
    """The same with p corrected by Holm's rule; the intervals stay those of each alone."""
    adjusted = statistics.holm([one.p_value for one in found])
    return [one._replace(p_value=float(p)) for one, p in zip(found, adjusted, strict=True)]


def helps(one: Mean) -> str:
    """Whether a gain is certain, likely or none: of its corrected p-value and its sign."""
    if one.estimate <= 0:
        return NOT_REPRODUCED
    return REPRODUCED if one.p_value <= ALPHA else PARTLY


def pairs(data: xr.Dataset) -> dict[tuple[str, str, str], Mean]:
    """By task, deep and shallow network what the deep one gains, p corrected by Holm's rule over all of these."""
    deep = [counted(data)[-1], *(["2"] if "2" in counted(data)[:-1] else [])]
    named = [(str(depth), f"={depth}") for depth in np.atleast_1d(data.attrs["matched"])]
    named += [(name, WIDEST) for name in deep]
    keys = [(task, *names) for task in map(str, data.task.values) for names in named]
    return dict(zip(keys, _together([gain(data, *key) for key in keys]), strict=True))


def each_layer(found: list[Mean], whole: Mean) -> str:
    """Reproduced where every step helps, not where one hurts or the whole way does not help, else partly."""
    sure = [one.p_value <= ALPHA for one in found]
    if all(certain and one.estimate > 0 for certain, one in zip(sure, found, strict=True)):
        return REPRODUCED
    hurts = any(certain and one.estimate < 0 for certain, one in zip(sure, found, strict=True))
    return NOT_REPRODUCED if hurts or whole.low <= 0 else PARTLY


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """For each task: each layer helps; a deep network beats a shallow one of equal weights, and the widest."""
    found, every = [], pairs(data)
    for task in map(str, data.task.values):
        found.append(_each_layer(data, task))
        found += [_beats(data, names, one, len(every)) for names, one in every.items() if names[0] == task]
    return found


def _each_layer(data: xr.Dataset, task: str) -> Verdict:
    names, found = counted(data), steps(data, task)
    whole = gain(data, task, names[-1], names[0])
    told = ", ".join(f"{one.estimate:+.1f}" for one in found)
    claim = f"{task}: each layer helps, from {names[0]} to {names[-1]} (layer by layer, points of error: {told}; "
    claim += f"Holm over these {len(found)})"
    reference = ", ".join(f"{MICROSOFT[a] - MICROSOFT[b]:+.1f}" for a, b in itertools.pairwise(names))
    outcome, ends = each_layer(found, whole), (whole.low, whole.high)
    return verdict(data, f"{task}: each layer", claim, SOURCE, reference, whole.estimate, "points", outcome, ends)


def _beats(data: xr.Dataset, names: tuple[str, str, str], one: Mean, many: int) -> Verdict:
    task, deep, shallow = names
    kind = "far wider" if shallow == WIDEST else "of equal weights"
    claim = f"{task}: {label(data, task, deep)} errs less than {label(data, task, shallow)}, one layer {kind} "
    claim += f"(p = {one.p_value:.2g}, corrected by Holm's rule over {many} pairs; interval of this one)"
    name, ends = f"{task}: {deep} against {shallow}", (one.low, one.high)
    reference = MICROSOFT[shallow] - MICROSOFT[deep] if shallow in MICROSOFT else "less"
    return verdict(data, name, claim, SOURCE, reference, one.estimate, "points", helps(one), ends)
