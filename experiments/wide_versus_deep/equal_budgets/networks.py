"""The networks of `equal_budgets`: tuned for every shape and task, then trained on fresh seeds and fresh draws.

All tasks of a family and all their draws have equal shapes, so that one program per shape serves tuning, both lengths
of training and every draw. All draws are tasks of one sweep, "name/0", "name/1", ..., each with seeds of its own: few
networks would leave most of a block empty. Nothing is padded: then a network is the same whatever else is in the grid.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.equal_budgets.config import Config, budgets, draws
from experiments.wide_versus_deep.shared import residual
from experiments.wide_versus_deep.shared.tasks import FAMILIES, SQUARED, made
from nnjax import mlp, tuning
from nnjax.tasks import Data

# Errors are kept within these: a diverged network errs ten times as much as one that predicts the mean.
LEAST, MOST = 1e-12, 10.0
RESIDUAL = " residual"
TUNINGS = ("first", "second")  # the second has seeds and draws of its own, and tells how much chance is in the first
LENGTHS = ("short", "long")
TUNED = ("learning_rate", "weight_decay")


class Part(NamedTuple):
    """The shapes of one family at one budget: `kinds` names them ("1", "2", ..., "8 residual")."""

    family: str
    budget: int
    residual: bool
    ends: tuple[int, int]  # inputs and outputs
    kinds: tuple[str, ...]
    hidden: tuple[tuple[int, ...], ...]


def parts(config: Config) -> list[Part]:
    """Everything that is trained: for each family and budget the plain shapes, then the deepest with residuals."""
    found = []
    for family in config.families:
        one = next(iter(made(family, 0, 250).values()))
        ends = one.x.shape[1], one.y.shape[1]
        for budget in budgets(family, config):
            shapes = [mlp.hidden_for_budget(budget, depth, *ends) for depth in config.depths]
            found.append(Part(family, budget, False, ends, tuple(map(str, config.depths)), tuple(shapes)))
            deepest = f"{config.depths[-1]}{RESIDUAL}"
            found.append(Part(family, budget, True, ends, (deepest,), (shapes[-1],)))
    return found


def settings(part: Part, config: Config, num_steps: int) -> dict[str, Any]:
    """What all sweeps of a part have in common. Biases are drawn as in PyTorch, U(-1, 1) / sqrt(fan in)."""
    return {
        "hidden": list(part.hidden),
        "activation": "relu",
        "loss": FAMILIES[part.family].loss,
        "init": "he_normal",
        "bias_init": "lecun_uniform",
        "bias_scale": 1 / np.sqrt(3),
        "solver": "adamw",
        "schedule": "cosine",
        "batch_size": config.batch_size,
        "order": "sequential",
        "num_steps": num_steps,
        "model": residual.MODEL if part.residual else mlp,
        "padding": False,
    }


def train(part: Part, config: Config) -> xr.Dataset:
    """Log errors [tuning, task, kind, length, draw, seed], and what tuning tried and chose [tuning, task, kind, ...].

    The second tuning, and what is trained with its numbers, are there at the least and the greatest budget alone.
    """
    every = budgets(part.family, config)
    tunings = TUNINGS if part.budget in (every[0], every[-1]) else TUNINGS[:1]
    tuned = _tuned(part, config, tunings)
    error = xr.concat([_errors(part, config, tuned.sel(tuning=one)) for one in tunings], tuned.tuning)
    params = [mlp.num_params((part.ends[0], *shape, part.ends[1])) for shape in part.hidden]
    shapes = xr.Dataset({"num_params": ("kind", params), "hidden": ("kind", _labels(part))})
    return tuned.assign(error=error).assign(shapes.expand_dims(task=tuned.task))


def gathered(found: list[xr.Dataset], config: Config) -> xr.Dataset:
    """All parts in one dataset [tuning, budget, task, kind, ...], nan where a task has no such budget or tuning."""
    data = xr.merge(found, join="outer", compat="no_conflicts").reindex(
        tuning=list(TUNINGS),
        budget=list(config.budgets),
        task=[name for family in config.families for name in FAMILIES[family].tasks],
        kind=[*map(str, config.depths), f"{config.depths[-1]}{RESIDUAL}"],
        length=list(LENGTHS),
    )
    shapes = {"num_params": data.num_params.fillna(0).astype(np.int32), "hidden": data.hidden.fillna("").astype(str)}
    return data.drop_vars(list(shapes)).astype(np.float32).assign(shapes)


def num_trials(config: Config) -> int:
    """How many rates `tuning.halve` tries at most: all, then four, then three, and those beyond."""
    return len(config.rates) + 4 + 3 + config.grow


def _errors(part: Part, config: Config, tuned: xr.Dataset) -> xr.DataArray:
    """Log errors of the reported networks with the numbers of one tuning; after the second, of the long training alone.

    Both trainings have the same draws and seeds.
    """
    data, seeds = _drawn(part, range(draws(part.family, config)), config.seeds_per_draw)
    numbers: dict[str, Any] = {name: _for_draws(_by_hidden(tuned[name], part), list(data)) for name in TUNED}
    lengths = {"short": config.short_steps, "long": config.num_steps}
    if tuned.tuning != TUNINGS[0]:
        del lengths["short"]
    each = []
    for steps in lengths.values():
        runs = nnjax.sweep(data, **settings(part, config, steps), **numbers, seeds=seeds)
        each.append(_by_draw(_named(log_error(runs, part, data), part)))
    return xr.concat(each, xr.Variable("length", list(lengths))).reindex(length=list(LENGTHS))


def _tuned(part: Part, config: Config, tunings: tuple[str, ...]) -> xr.Dataset:
    """The rate and the decay of the least mean log error, that error, and all trials, of each tuning, kind and task.

    On draws and seeds of their own, which are others for each tuning. The best depth is chosen by these errors, which
    are those of networks that were trained for all the steps.
    """
    own = {one: range(i * config.tuning_draws, (i + 1) * config.tuning_draws) for i, one in enumerate(tunings)}
    data, seeds = _drawn(part, range(own[tunings[-1]].stop), config.tuning_seeds, tuning.FIRST_SEED)
    names = {one: [name for name in data if int(name.partition("/")[2]) in own[one]] for one in tunings}

    def cost(learning_rate: Any, num_steps: int) -> xr.DataArray:
        if isinstance(learning_rate, xr.DataArray):
            each = [_for_draws(learning_rate.sel(tuning=one, drop=True), names[one]) for one in tunings]
            learning_rate = _by_hidden(xr.concat(each, "task"), part)
        numbers: dict[str, Any] = {"learning_rate": learning_rate, "weight_decay": list(config.decays)}
        runs = nnjax.sweep(data, **settings(part, config, num_steps), **numbers, seeds=seeds)
        error = _named(log_error(runs, part, data).mean("seed"), part)
        means = [_by_draw(error.sel(task=names[one])).mean("draw") for one in tunings]
        return xr.concat(means, xr.Variable("tuning", list(tunings)))

    surfaces = _surface(tuning.halve(cost, config.rates, config.num_steps, grow=config.grow), config)
    best = surfaces.isel(weight_decay=surfaces.tuning_error.argmin("weight_decay")).reset_coords()
    trials = surfaces[[name for name in surfaces if "trial" in surfaces[name].dims]].rename(weight_decay="decay")
    return best[["learning_rate", "weight_decay", "rate_at_end", "tuning_error"]].merge(trials)


def _drawn(part: Part, own: range, seeds_per_draw: int, first: int = 0) -> tuple[dict[str, Data], dict[str, range]]:
    """These draws of a family's tasks, by "name/draw", and the seeds of the networks that are trained on each.

    The draw i is made with the seed `first` + i; its networks have seeds that no other draw has, from `first` on.
    """
    data, seeds = dict[str, Data](), dict[str, range]()
    for draw in own:
        start = first + draw * seeds_per_draw
        for name, one in made(part.family, first + draw, part.budget).items():
            data[f"{name}/{draw}"], seeds[f"{name}/{draw}"] = one, range(start, start + seeds_per_draw)
    return data, seeds


def _surface(halved: tuning.Halved, config: Config) -> xr.Dataset:
    """What was chosen with each decay, the least error at full length, and all trials, as many as there may be.

    A rate at an end of those tried lies there for good unless another one has its error too: then no lower or greater
    rate is known to be better, as where no test row is wrong.
    """
    names = {"learning_rate": "trial_rate", "num_steps": "trial_steps", "cost": "trial_error"}
    trials = halved.trials.rename(names)
    whole = trials.trial_error.where(trials.trial_steps == config.num_steps)
    least = whole.min("trial")
    rates = trials.trial_rate.where(whole == least)
    alone = rates.min("trial") == rates.max("trial")
    trials["trial_steps"] = trials.trial_steps.broadcast_like(trials.trial_error)
    return trials.pad(trial=(0, num_trials(config) - trials.sizes["trial"])).assign(
        learning_rate=halved.best["learning_rate"], rate_at_end=halved.at_end.where(alone, 0), tuning_error=least
    )


def _labels(part: Part) -> list[str]:
    return ["x".join(map(str, shape)) for shape in part.hidden]


def _named(values: xr.DataArray, part: Part) -> xr.DataArray:
    """With `kind` in place of `hidden`, and no other coordinates than those of its dimensions."""
    values = values.rename(hidden="kind")
    extra = [name for name in values.coords if name not in values.dims]
    return values.drop_vars(extra).assign_coords(kind=list(part.kinds))


def _by_hidden(values: xr.DataArray, part: Part) -> xr.DataArray:
    """With `hidden` in place of `kind`, as a sweep takes it."""
    return values.rename(kind="hidden").assign_coords(hidden=_labels(part))


def log_error(runs: xr.Dataset, part: Part, data: dict[str, Data]) -> xr.DataArray:
    """The decimal logarithm of the share of the variance that is left, or of the share of test rows that are wrong.

    A test without a mistake counts as half a mistake; a network that diverged as one that answers nothing rightly.
    """
    if FAMILIES[part.family].loss == SQUARED:
        return np.log10(runs.test_loss.clip(LEAST, MOST))
    rows = len(next(iter(data.values())).x_test)
    right = runs.accuracy.where(runs.status != nnjax.training.DIVERGED, 0.0)
    return np.log10((1 - right).clip(0.5 / rows, 1.0))


def _by_draw(values: xr.DataArray) -> xr.DataArray:
    """With `draw` [0, 1, ...] and `task` in place of the tasks "name/draw" of a sweep."""
    names = [str(name).partition("/") for name in values.task.values]
    each = [
        values.isel(task=[own == draw for _, _, own in names])
        .assign_coords(task=[name for name, _, own in names if own == draw])
        for draw in dict.fromkeys(own for _, _, own in names)
    ]  # fmt: skip
    return xr.concat(each, xr.Variable("draw", range(len(each))))


def _for_draws(values: xr.DataArray, names: list[str]) -> xr.DataArray:
    """What was chosen for a task, for each of its draws "name/draw"."""
    return values.sel(task=[name.partition("/")[0] for name in names]).assign_coords(task=names)
