"""What `equal_budgets` found in numbers: deep against shallow, paired, at equal steps and at equal seconds."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.shared.judging import ALPHA, at_end
from experiments.wide_versus_deep.shared.tasks import OVERLAP
from nnjax import statistics
from nnjax.statistics import Mean

RESIDUAL = "residual"


class Comparison(NamedTuple):
    """The best depth of two and more layers, chosen in tuning, against one: differences of log10 errors.

    `p` is corrected by Holm's rule over all comparisons; `seconds` the same difference at equal seconds.
    """

    task: str
    budget: int
    kind: str
    steps: Mean
    seconds: Mean
    p: float

    @property
    def effect(self) -> int:
        """1 where depth helps, -1 where it hurts, 0 where neither is certain."""
        return 0 if self.p > ALPHA else 1 if self.steps.estimate < 0 else -1


def estimate(values: np.ndarray, task: str) -> Mean:
    """The mean of log10 errors [draw, seed] of a task, or of differences: the seeds of a draw count as their mean.

    Where draws deal the same rows anew, they count for less than as many independent ones (see `statistics.mean`).
    """
    return statistics.mean(np.asarray(values, float).mean(axis=1), overlap=OVERLAP.get(task, 0.0))


def cells(data: xr.Dataset) -> list[tuple[str, int]]:
    """Every task with every budget at which it was trained."""
    known = np.isfinite(data.error.isel(length=-1, kind=0, draw=0, seed=0))
    return [(str(t), int(b)) for t in data.task.values for b in data.budget.values if bool(known.sel(task=t, budget=b))]


def plain(data: xr.Dataset) -> list[str]:
    """The kinds without residual layers, by depth."""
    return [str(kind) for kind in data.kind.values if RESIDUAL not in str(kind)]


def at_the_end(data: xr.Dataset, task: str, budget: int, kind: str) -> np.ndarray:
    """Log errors [draw, seed] after all the steps."""
    return _of(data.error.sel(length="long", task=task, budget=budget, kind=kind))


def last(data: xr.Dataset, task: str, budget: int, kind: str) -> Mean:
    """The mean log error after all the steps."""
    return estimate(at_the_end(data, task, budget, kind), task)


def ratio(data: xr.Dataset, task: str, budget: int, kind: str) -> Mean:
    """The mean difference of log errors to one hidden layer, after all the steps, paired by draw."""
    one, first = (at_the_end(data, task, budget, name) for name in (kind, plain(data)[0]))
    return estimate(one - first, task)


def _of(error: xr.DataArray) -> np.ndarray:
    return error.transpose("draw", "seed").values.astype(float)


def steps_in_time(data: xr.Dataset, task: str, budget: int, kind: str) -> float:
    """How many steps a shape takes while the fastest shape of its task and budget takes all."""
    seconds = data.seconds.sel(task=task, budget=budget)
    fastest = float(seconds.sel(kind=plain(data)).min())
    return min(fastest / float(seconds.sel(kind=kind)), 1.0) * data.attrs["steps"][1]


def in_time(data: xr.Dataset, task: str, budget: int, kind: str) -> np.ndarray:
    """Log errors [draw, seed] when the fastest shape ends: between the short training and the long, in log steps.

    A shape slower than the fastest by more than the ratio of both lengths is read at the end of the short training,
    which is in its favour.
    """
    short, long = data.attrs["steps"]
    share = np.log(max(steps_in_time(data, task, budget, kind), short) / short) / np.log(long / short)
    both = [_of(data.error.sel(length=length, task=task, budget=budget, kind=kind)) for length in ("short", "long")]
    return both[0] + share * (both[1] - both[0])


def best_deep(data: xr.Dataset, task: str, budget: int) -> str:
    """The number of layers, two or more, with the least mean log error on the seeds and draws of tuning."""
    deep = plain(data)[1:]
    return deep[int(data.tuning_error.sel(task=task, budget=budget, kind=deep).values.argmin())]


def best_overall(data: xr.Dataset, task: str, budget: int) -> str:
    """The number of layers with the least mean log error on the seeds and draws of tuning."""
    kinds = plain(data)
    return kinds[int(data.tuning_error.sel(task=task, budget=budget, kind=kinds).values.argmin())]


def comparisons(data: xr.Dataset) -> list[Comparison]:
    """One for each task and budget, with p-values corrected for all of them together."""
    found = []
    for task, budget in cells(data):
        kind = best_deep(data, task, budget)
        steps, seconds = (
            estimate(errors(data, task, budget, kind) - errors(data, task, budget, plain(data)[0]), task)
            for errors in (at_the_end, in_time)
        )
        found.append(Comparison(task, budget, kind, steps, seconds, steps.p_value))
    corrected = statistics.holm([one.p for one in found])
    return [one._replace(p=float(p)) for one, p in zip(found, corrected, strict=True)]


def at_an_end(data: xr.Dataset, task: str, budget: int, kind: str) -> bool:
    """Whether the rate that was chosen is the least or the greatest of those tried: a better one may lie beyond."""
    return at_end(float(data.learning_rate.sel(task=task, budget=budget, kind=kind)), data.attrs["edges"])


def mismatch(data: xr.Dataset, task: str, budget: int, kind: str) -> float:
    """By what share of the budget a network has more parameters than that, or fewer."""
    return int(data.num_params.sel(task=task, budget=budget, kind=kind)) / budget - 1
