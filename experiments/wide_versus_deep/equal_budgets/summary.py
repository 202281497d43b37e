"""The results of `equal_budgets` in numbers: deep against shallow, paired, at equal steps and at equal seconds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.shared import readings
from experiments.wide_versus_deep.shared.readings import estimate
from experiments.wide_versus_deep.shared.tasks import FEW, MANY
from nnjax.statistics import Mean, Variance

RESIDUAL = "residual"
# If no network explains this share of a sawtooth's variance, nothing was learned that could be compared.
SAWTOOTHS, EXPLAINED = (MANY, FEW), 0.5


class Comparison(NamedTuple):
    """One kind of network against another: differences of log10 errors, after equal steps and after equal seconds."""

    task: str
    budget: int
    kind: str
    steps: Mean
    seconds: Mean
    at_end: bool  # whether the rate of one of the two lies at an end of those tried

    @property
    def reading(self) -> str:
        """One of READINGS, after equal steps."""
        return readings.read(self.steps, self.at_end)

    @property
    def small(self) -> bool:
        """Whether there certainly is an effect, and it lies within the margin."""
        return readings.small(self.steps, self.at_end)


def is_learned(task: str, tuning_error: np.ndarray) -> bool:
    """Whether some network explains half of a sawtooth, by log errors [kind] of tuning; always for other tasks."""
    return task not in SAWTOOTHS or bool(np.min(tuning_error) < np.log10(EXPLAINED))


def _by_cell(data: xr.Dataset) -> dict[tuple[str, int], np.ndarray]:
    """The log errors [kind] of the first tuning, for every task and each budget at which it was trained."""
    errors = data.tuning_error.sel(tuning="first").transpose("task", "budget", "kind").values
    return {
        (str(task), int(budget)): errors[i, j]
        for i, task in enumerate(data.task.values)
        for j, budget in enumerate(data.budget.values)
        if np.isfinite(errors[i, j]).any()
    }


def cells(data: xr.Dataset) -> list[tuple[str, int]]:
    """Every task with every budget at which it was trained."""
    return list(_by_cell(data))


def learned(data: xr.Dataset) -> list[tuple[str, int]]:
    """The pairs of task and budget that are compared."""
    return [one for one, error in _by_cell(data).items() if is_learned(one[0], error)]


def left_out(data: xr.Dataset) -> list[tuple[str, int]]:
    """The pairs of task and budget at which no network learned enough to be compared."""
    return [one for one, error in _by_cell(data).items() if not is_learned(one[0], error)]


def plain(data: xr.Dataset) -> list[str]:
    """The kinds without residual layers, by depth."""
    return [str(kind) for kind in data.kind.values if RESIDUAL not in str(kind)]


def tuning_variance(data: xr.Dataset, task: str, times: int = 1) -> Variance:
    """`times` the variance of a mean log error that is due to tuning, over all shapes of a task.

    It is pooled over the budgets with two tunings at which the task is learned, or, if there are none, over all budgets
    with two tunings.
    """
    error = data.error.sel(task=task, length="long")
    twice = error.sel(tuning="second").mean(["draw", "seed"]).dropna("budget", how="all").budget.values
    kept = [b for t, b in learned(data) if t == task and b in twice]
    return readings.chance_of_tuning(error.sel(budget=kept or twice), times)


def at_the_end(data: xr.Dataset, task: str, budget: int, kind: str) -> np.ndarray:
    """Log errors [draw, seed] after all the steps."""
    return _of(data, task, budget, kind, "long")


def last(data: xr.Dataset, task: str, budget: int, kind: str) -> Mean:
    """The mean log error after all the steps."""
    return estimate(at_the_end(data, task, budget, kind), task, [tuning_variance(data, task)])


def ratio(data: xr.Dataset, task: str, budget: int, kind: str) -> Mean:
    """The mean difference of log errors to one hidden layer, after all the steps, paired by draw."""
    return compare(data, task, budget, kind, plain(data)[0]).steps


def _of(data: xr.Dataset, task: str, budget: int, kind: str, length: str) -> np.ndarray:
    """Log errors [draw, seed] of the first tuning, without the draws that this task does not have."""
    error = data.error.sel(tuning="first", task=task, budget=budget, kind=kind, length=length)
    return error.transpose("draw", "seed").dropna("draw").values.astype(float)


def num_draws(data: xr.Dataset, task: str) -> int:
    """The number of draws of a task's data."""
    known = np.isfinite(data.error.sel(task=task, tuning="first", length="long")).any(["budget", "kind", "seed"])
    return int(known.sum())


def steps_in_time(data: xr.Dataset, task: str, budget: int, kind: str) -> float:
    """How many steps a shape takes while the fastest shape of its task and budget takes all."""
    seconds = data.seconds.sel(task=task, budget=budget)
    fastest = float(seconds.sel(kind=plain(data)).min())
    return min(fastest / float(seconds.sel(kind=kind)), 1.0) * data.attrs["steps"][1]


def in_time(data: xr.Dataset, task: str, budget: int, kind: str) -> np.ndarray:
    """Log errors [draw, seed] when the fastest shape ends: interpolated in log steps between short and long training.

    A shape slower than the fastest by more than the ratio of both lengths is read at the end of the short training,
    which is in its favour.
    """
    short, long = data.attrs["steps"]
    share = np.log(max(steps_in_time(data, task, budget, kind), short) / short) / np.log(long / short)
    both = [_of(data, task, budget, kind, length) for length in ("short", "long")]
    return both[0] + share * (both[1] - both[0])


def best_deep(data: xr.Dataset, task: str, budget: int) -> str:
    """The number of layers, two or more, with the least mean log error on the seeds and draws of tuning."""
    return _best(data, task, budget, plain(data)[1:])


def best_overall(data: xr.Dataset, task: str, budget: int) -> str:
    """The number of layers with the least mean log error on the seeds and draws of tuning."""
    return _best(data, task, budget, plain(data))


def _best(data: xr.Dataset, task: str, budget: int, kinds: list[str]) -> str:
    return kinds[int(data.tuning_error.sel(tuning="first", task=task, budget=budget, kind=kinds).values.argmin())]


def compare(data: xr.Dataset, task: str, budget: int, kind: str, other: str) -> Comparison:
    """One kind of network against another, paired by draw. Both were tuned, so the variance of tuning counts twice.

    A kind against itself differs by exactly 0.
    """
    tuned = [tuning_variance(data, task, 2)] if kind != other else []
    steps, seconds = (
        estimate(errors(data, task, budget, kind) - errors(data, task, budget, other), task, tuned)
        for errors in (at_the_end, in_time)
    )
    ends = any(at_an_end(data, task, budget, one) for one in (kind, other))
    return Comparison(task, budget, kind, steps, seconds, ends)


def comparisons(data: xr.Dataset) -> list[Comparison]:
    """The best depth of two layers or more, chosen in tuning, against one layer, wherever a task is learned."""
    return [compare(data, t, b, best_deep(data, t, b), plain(data)[0]) for t, b in learned(data)]


def residuals(data: xr.Dataset) -> list[Comparison]:
    """Residual layers against plain ones in the deepest network, wherever a task is learned."""
    return [compare(data, t, b, str(data.kind.values[-1]), plain(data)[-1]) for t, b in learned(data)]


def at_an_end(data: xr.Dataset, task: str, budget: int, kind: str) -> bool:
    """Whether the rate that was chosen is the least or the greatest of those tried: a better one may lie beyond."""
    return bool(data.rate_at_end.sel(tuning="first", task=task, budget=budget, kind=kind) != 0)


def mismatch(data: xr.Dataset, task: str, budget: int, kind: str) -> float:
    """By what share of the budget a network has more parameters than the budget; negative if it has fewer."""
    return int(data.num_params.sel(task=task, budget=budget, kind=kind)) / budget - 1


def listed(data: xr.Dataset, some: Sequence[tuple[str, int]]) -> str:
    """Pairs of task and budget in words, such as `radial, 1 wave (250, 1,000); x squared (all)`."""
    found = []
    for task in dict.fromkeys(t for t, _ in some):
        mine, all_of_it = ([b for t, b in pairs if t == task] for pairs in (some, cells(data)))
        at = "all" if mine == all_of_it and len(mine) > 1 else ", ".join(f"{b:,}" for b in mine)
        found.append(f"{task} ({at})")
    return "; ".join(found)
