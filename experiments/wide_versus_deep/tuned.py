"""Networks that are tuned on draws and seeds of their own, then trained on fresh ones, all draws in one sweep.

All draws are tasks of one sweep, "name/0", "name/1", ..., each with seeds of its own: the few networks of one draw
would leave most of a block empty. The shape that is trained is called its `kind`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from nnjax import tuning
from nnjax.tasks import Data

TUNINGS = ("first", "second")  # the second, on other seeds and draws, shows how much chance is in the first

type Make = Callable[[int], dict[str, Data]]  # the tasks by name, of one draw
# (draws by name, seeds of each, numbers over kind and task, steps) -> log errors [kind, task, ..., seed]
type Train = Callable[[dict[str, Data], dict[str, range], dict[str, Any], int], xr.DataArray]


def drawn(make: Make, own: range, seeds_per_draw: int, first: int = 0) -> tuple[dict[str, Data], dict[str, range]]:
    """These draws of the tasks, by "name/draw", and the seeds of the networks that are trained on each.

    The draw i is made with the seed `first` + i; its networks have seeds that no other draw has, from `first` on.
    """
    data, seeds = dict[str, Data](), dict[str, range]()
    for draw in own:
        start = first + draw * seeds_per_draw
        for name, one in make(first + draw).items():
            data[f"{name}/{draw}"], seeds[f"{name}/{draw}"] = one, range(start, start + seeds_per_draw)
    return data, seeds


def tune(
    make: Make,
    train: Train,
    rates: Sequence[float],
    num_steps: int,
    *,
    draws: int,
    seeds: int,
    grow: int,
    tunings: Sequence[str] = TUNINGS[:1],
) -> xr.Dataset:
    """The rate of the least mean log error, whether it lies at an end, that error, and all trials.

    All of these are over tuning, kind and task, and whatever else `train` returns. Each tuning has draws of its own,
    with seeds that no other draw has. The error is that of networks that were trained for all the steps.
    """
    own = {one: range(i * draws, (i + 1) * draws) for i, one in enumerate(tunings)}
    data, seeds_of = drawn(make, range(len(tunings) * draws), seeds, tuning.FIRST_SEED)
    names = {one: [name for name in data if int(name.rpartition("/")[2]) in own[one]] for one in tunings}

    def cost(learning_rate: Any, num_steps: int) -> xr.DataArray:
        if isinstance(learning_rate, xr.DataArray):
            each = [for_draws(learning_rate.sel(tuning=one, drop=True), names[one]) for one in tunings]
            learning_rate = xr.concat(each, "task")
        error = train(data, seeds_of, {"learning_rate": learning_rate}, num_steps).mean("seed")
        means = [by_draw(error.sel(task=names[one])).mean("draw") for one in tunings]
        return xr.concat(means, xr.Variable("tuning", list(tunings)))

    return surface(tuning.halve(cost, rates, num_steps, grow=grow), num_steps, num_trials(rates, grow))


def num_trials(rates: Sequence[float], grow: int) -> int:
    """How many trials `tuning.halve` makes at most: all rates, then four, then three, and those beyond the grid."""
    return len(rates) + 4 + 3 + grow


def surface(halved: tuning.Halved, num_steps: int, trials: int) -> xr.Dataset:
    """The chosen rate, the least error at full length, and all trials, padded with nan to `trials`.

    The best rate counts as at an end only if no other rate has the same error. Several have, for example, where no
    test row is wrong; then nothing suggests that rates beyond are better.
    """
    names = {"learning_rate": "trial_rate", "num_steps": "trial_steps", "cost": "trial_error"}
    found = halved.trials.rename(names)
    whole = found.trial_error.where(found.trial_steps == num_steps)
    least = whole.min("trial")
    rates = found.trial_rate.where(whole == least)
    alone = rates.min("trial") == rates.max("trial")
    found["trial_steps"] = found.trial_steps.broadcast_like(found.trial_error)
    return found.pad(trial=(0, trials - found.sizes["trial"])).assign(
        learning_rate=halved.best["learning_rate"], rate_at_end=halved.at_end.where(alone, 0), tuning_error=least
    )


def reported(
    drawn: tuple[dict[str, Data], dict[str, range]], train: Train, numbers: dict[str, xr.DataArray], num_steps: int
) -> xr.DataArray:
    """Log errors [draw, kind, task, ..., seed] of networks with these numbers, which were tuned for each task."""
    data, seeds = drawn
    each = {name: for_draws(values, list(data)) for name, values in numbers.items()}
    return by_draw(train(data, seeds, each, num_steps))


def by_draw(values: xr.DataArray) -> xr.DataArray:
    """The values with dimensions `draw` [0, 1, ...] and `task` in place of the tasks "name/draw" of a sweep."""
    names = [str(name).rpartition("/") for name in values.task.values]
    each = [
        values.isel(task=[own == draw for _, _, own in names])
        .assign_coords(task=[name for name, _, own in names if own == draw])
        for draw in dict.fromkeys(own for _, _, own in names)
    ]  # fmt: skip
    return xr.concat(each, xr.Variable("draw", range(len(each))))


def for_draws(values: xr.DataArray, names: list[str]) -> xr.DataArray:
    """The values chosen for each task, repeated for each of its draws "name/draw"."""
    return values.sel(task=[name.rpartition("/")[0] for name in names]).assign_coords(task=names)


def labels(hidden: Sequence[tuple[int, ...]]) -> list[str]:
    """Hidden layers as a sweep names them."""
    return ["x".join(map(str, shape)) for shape in hidden]


def swept(data: dict[str, Data], kinds: Sequence[str], numbers: dict[str, Any], settings: dict[str, Any]) -> xr.Dataset:
    """A sweep with `kind` in place of `hidden`, as in its numbers; only coordinates of dimensions are kept.

    The settings have the hidden layers of the kinds, in the order of `kinds`.
    """
    hidden = labels(settings["hidden"])
    given: dict[str, Any] = {
        name: one.rename(kind="hidden").assign_coords(hidden=hidden) if isinstance(one, xr.DataArray) else one
        for name, one in numbers.items()
    }
    runs = nnjax.sweep(data, **settings, **given).rename(hidden="kind")
    extra = [name for name in runs.coords if name not in runs.dims]
    return runs.drop_vars(extra).assign_coords(kind=list(kinds))


def log_wrong(runs: xr.Dataset, rows: int) -> xr.DataArray:
    """The decimal logarithm of the share of the test rows, `rows` in number, that are wrong.

    No mistake counts as half a mistake; a diverged network counts as wrong on every row.
    """
    right = runs.accuracy.where(runs.status != nnjax.training.DIVERGED, 0.0)
    return np.log10((1 - right).clip(0.5 / rows, 1.0))
