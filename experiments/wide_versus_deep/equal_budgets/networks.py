"""The networks of `equal_budgets`: tuned for every shape and task, then trained on fresh seeds and fresh draws.

All tasks of a family and all their draws have equal shapes, so that one program per shape serves tuning, both lengths
of training and every draw. Nothing is padded: then a network is the same whatever else is in the grid.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.equal_budgets.config import Config, budgets
from experiments.wide_versus_deep.shared import residual
from experiments.wide_versus_deep.shared.tasks import FAMILIES, SQUARED, made
from nnjax import mlp, tuning
from nnjax.tasks import Data

# Errors are kept within these: a diverged network errs ten times as much as one that predicts the mean.
LEAST, MOST = 1e-12, 10.0
RESIDUAL = " residual"
TUNED = ("learning_rate", "init_scale")


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
        "init": "lecun_normal",
        "bias_init": "lecun_uniform",
        "bias_scale": 1 / np.sqrt(3),
        "schedule": "cosine",
        "batch_size": config.batch_size,
        "order": "sequential",
        "num_steps": num_steps,
        "model": residual.MODEL if part.residual else mlp,
        "padding": False,
    }


def train(part: Part, config: Config) -> xr.Dataset:
    """Log errors [length, kind, task, draw, seed]; what was tuned, and the errors that choose a depth [kind, task]."""
    chosen, judged = _tuned(part, config)
    numbers: dict[str, Any] = {
        name: chosen[name].rename(kind="hidden").assign_coords(hidden=_labels(part)) for name in TUNED
    }
    draws = []
    for draw in range(config.draws):
        data = made(part.family, draw, part.budget)
        seeds = range(draw * config.seeds_per_draw, (draw + 1) * config.seeds_per_draw)
        both = []
        for steps in (config.short_steps, config.num_steps):
            runs = nnjax.sweep(data, **settings(part, config, steps), **numbers, seeds=seeds)
            both.append(_named(log_error(runs, part, data), part).assign_coords(seed=range(config.seeds_per_draw)))
        draws.append(xr.concat(both, xr.Variable("length", ["short", "long"])))
    return xr.Dataset({"error": xr.concat(draws, "draw"), "tuning_error": judged, **chosen})


def gathered(every: list[Part], found: list[xr.Dataset], config: Config) -> xr.Dataset:
    """All parts in one dataset [budget, task, kind, ...], nan where a task has no such budget."""
    tasks = [name for family in config.families for name in FAMILIES[family].tasks]
    kinds = [*map(str, config.depths), f"{config.depths[-1]}{RESIDUAL}"]
    places = {"budget": list(config.budgets), "task": tasks, "kind": kinds}
    dims = {
        name: [dim for dim in (*places, "length", "draw", "seed") if dim in found[0][name].dims or dim == "budget"]
        for name in found[0]
    }
    size = (
        {name: len(values) for name, values in places.items()}
        | dict(found[0].sizes)
        | {"kind": len(kinds), "task": len(tasks)}
    )
    data = xr.Dataset(
        {name: (dims[name], np.full([size[dim] for dim in dims[name]], np.nan, np.float32)) for name in found[0]},
        coords=places | {"length": ["short", "long"]},
    )
    data["num_params"] = (tuple(places), np.zeros([len(values) for values in places.values()], np.int32))
    hidden = xr.full_like(data.num_params, "", object)
    for part, one in zip(every, found, strict=True):
        at = {"budget": part.budget, "task": one.task.values, "kind": list(part.kinds)}
        for name in one:
            data[name].loc[at] = one[name].transpose(*dims[name][1:]).values
        params = [mlp.num_params((part.ends[0], *shape, part.ends[1])) for shape in part.hidden]
        data["num_params"].loc[at] = params
        hidden.loc[at] = _labels(part)
    return data.assign(hidden=hidden.astype(str))


def _labels(part: Part) -> list[str]:
    return ["x".join(map(str, shape)) for shape in part.hidden]


def _named(values: xr.DataArray, part: Part) -> xr.DataArray:
    """With `kind` in place of `hidden`, and no other coordinates than those of its dimensions."""
    values = values.rename(hidden="kind")
    extra = [name for name in values.coords if name not in values.dims]
    return values.drop_vars(extra).assign_coords(kind=list(part.kinds))


def log_error(runs: xr.Dataset, part: Part, data: dict[str, Data]) -> xr.DataArray:
    """The decimal logarithm of the share of the variance that is left, or of the share of test rows that are wrong.

    A test without a mistake counts as half a mistake; a network that diverged as one that answers nothing rightly.
    """
    if FAMILIES[part.family].loss == SQUARED:
        return np.log10(runs.test_loss.clip(LEAST, MOST))
    rows = len(next(iter(data.values())).x_test)
    right = runs.accuracy.where(runs.status != nnjax.training.DIVERGED, 0.0)
    return np.log10((1 - right).clip(0.5 / rows, 1.0))


def _tuned(part: Part, config: Config) -> tuple[dict[str, xr.DataArray], xr.DataArray]:
    """The rate and scale of the least mean log error after the short training, for every kind and task, and the mean
    log error with them after the long one. On draws and seeds of their own; the best depth is chosen by these.
    """
    data = {
        f"{name}/{i}": one
        for i in range(config.tuning_draws)
        for name, one in made(part.family, tuning.FIRST_SEED + i, part.budget).items()
    }
    seeds = tuning.seeds(config.tuning_seeds)
    grid: dict[str, Any] = {"learning_rate": list(config.rates), "init_scale": list(config.scales)}
    tried = nnjax.sweep(data, **settings(part, config, config.short_steps), **grid, seeds=seeds)
    error = _by_task(log_error(tried, part, data).mean("seed"))
    best = tuning.choose(error, *grid).best
    full: dict[str, Any] = {name: _by_draw(values, list(data)) for name, values in best.items()}
    long = nnjax.sweep(data, **settings(part, config, config.num_steps), **full, seeds=seeds)
    judged = _by_task(log_error(long, part, data).mean("seed"))
    return {name: _named(values, part) for name, values in best.items()}, _named(judged, part)


def _by_task(values: xr.DataArray) -> xr.DataArray:
    """Means over the draws, which `task` counts as tasks of their own: "name/0", "name/1", ..."""
    names = [str(name).partition("/")[0] for name in values.task.values]
    means = [values.isel(task=[n == name for n in names]).mean("task") for name in dict.fromkeys(names)]
    return xr.concat(means, xr.Variable("task", list(dict.fromkeys(names))))


def _by_draw(values: xr.DataArray, names: list[str]) -> xr.DataArray:
    """What was chosen for a task, for each of its draws."""
    return values.sel(task=[name.partition("/")[0] for name in names]).assign_coords(task=names)
