"""What `microsoft_table` found in numbers: errors, and what one network gains on another."""

import itertools

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.microsoft_table.config import FULL
from experiments.wide_versus_deep.shared.judging import at_end
from experiments.wide_versus_deep.shared.microsoft import MOST_LAYERS, WIDEST
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import statistics
from nnjax.statistics import Mean


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


def counted(layers: list[int] | tuple[int, ...]) -> list[str]:
    """The networks of 1, 2, ... layers as far as each one helps in the original."""
    return [str(number) for number in layers if number <= MOST_LAYERS]


def compared(layers: list[int] | tuple[int, ...], matched: list[int] | tuple[int, ...]) -> list[tuple[str, str]]:
    """Which deep networks are held against which shallow ones: equal weights first, then the far wider one."""
    names = counted(layers)
    deep = [names[-1], *(["2"] if "2" in names[:-1] else [])]
    return [(f"{depth}", f"={depth}") for depth in matched] + [(name, WIDEST) for name in deep]


def steps(data: xr.Dataset, task: str) -> list[Mean]:
    """What each layer brings, in points, with p corrected by Holm's rule."""
    names = counted(data.attrs["layers"])
    return _together([gain(data, task, more, fewer) for fewer, more in itertools.pairwise(names)])


def pairs(data: xr.Dataset) -> dict[tuple[str, str, str], Mean]:
    """By task, deep and shallow network what the deep one gains, p corrected by Holm's rule over all of these."""
    named = compared(data.attrs["layers"], data.attrs["matched"])
    keys = [(task, *names) for task in map(str, data.task.values) for names in named]
    return dict(zip(keys, _together([gain(data, *key) for key in keys]), strict=True))


def ends(data: xr.Dataset) -> list[float]:
    """The least and the greatest rate tried. The oldest data do not hold them, and were tuned as FULL is."""
    return data.attrs.get("edges", [min(FULL.rates), max(FULL.rates)])


def at_an_end(data: xr.Dataset, task: str, network: str) -> bool:
    """Whether the tuned rate of a network is the least or the greatest tried.

    The step to stop at is no such number: the last one is a limit that all networks share.
    """
    return at_end(float(data.learning_rate.sel(task=task, network=network)), ends(data))


def _together(found: list[Mean]) -> list[Mean]:
    """The same with p corrected by Holm's rule; the intervals stay those of each alone."""
    adjusted = statistics.holm([one.p_value for one in found])
    return [one._replace(p_value=float(p)) for one, p in zip(found, adjusted, strict=True)]
