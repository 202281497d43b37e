"""The networks of `equal_budgets`: tuned for every shape and task, then trained on fresh seeds and fresh draws.

All tasks of a family and all their draws have equal shapes, so that one program per shape serves tuning, both lengths
of training and every draw (`shared/tuned.py`). Nothing is padded, so that a network is the same whatever else is in
the grid.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.equal_budgets.config import Config, budgets, draws
from experiments.wide_versus_deep.shared import residual, tuned
from experiments.wide_versus_deep.shared.tasks import FAMILIES, SQUARED, made
from experiments.wide_versus_deep.shared.tuned import TUNINGS
from nnjax import mlp
from nnjax.tasks import Data

# Squared errors are clipped to these: a diverged network counts ten times the error of predicting the mean.
LEAST, MOST = 1e-12, 10.0
RESIDUAL = " residual"
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

    @property
    def name(self) -> str:
        return f"{self.family}-{self.budget}{'-residual' if self.residual else ''}"


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

    The second tuning, and the networks trained with its numbers, exist only at the least and the greatest budget.
    """
    every = budgets(part.family, config)
    tunings = TUNINGS if part.budget in (every[0], every[-1]) else TUNINGS[:1]
    found = _tuned(part, config, tunings)
    error = xr.concat([_errors(part, config, found.sel(tuning=one)) for one in tunings], found.tuning)
    params = [mlp.num_params((part.ends[0], *shape, part.ends[1])) for shape in part.hidden]
    shapes = xr.Dataset({"num_params": ("kind", params), "hidden": ("kind", tuned.labels(part.hidden))})
    return found.assign(error=error).assign(shapes.expand_dims(task=found.task))


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


def _make(part: Part) -> tuned.Make:
    return lambda seed: made(part.family, seed, part.budget)


def _train(part: Part, config: Config) -> tuned.Train:
    """A function that trains the shapes of a part, with both decays if its numbers have none."""

    def train(data: dict[str, Data], seeds: dict[str, range], numbers: dict[str, Any], num_steps: int) -> xr.DataArray:
        numbers = {"weight_decay": list(config.decays)} | numbers
        runs = tuned.swept(data, part.kinds, numbers, settings(part, config, num_steps) | {"seeds": seeds})
        return log_error(runs, part, data)

    return train


def _errors(part: Part, config: Config, chosen: xr.Dataset) -> xr.DataArray:
    """Log errors of the reported networks with the numbers of one tuning; for the second, of the long training alone.

    Both trainings have the same draws and seeds.
    """
    drawn = tuned.drawn(_make(part), range(draws(part.family, config)), config.seeds_per_draw)
    lengths = {"short": config.short_steps, "long": config.num_steps}
    if chosen.tuning != TUNINGS[0]:
        del lengths["short"]
    numbers = {name: chosen[name] for name in TUNED}
    each = [tuned.reported(drawn, _train(part, config), numbers, steps) for steps in lengths.values()]
    return xr.concat(each, xr.Variable("length", list(lengths))).reindex(length=list(LENGTHS))


def _tuned(part: Part, config: Config, tunings: tuple[str, ...]) -> xr.Dataset:
    """The rate and the decay of the least mean log error, that error and all trials for each tuning, kind and task.

    The best depth is chosen by these errors.
    """
    surfaces = tuned.tune(
        _make(part), _train(part, config), config.rates, config.num_steps,
        draws=config.tuning_draws, seeds=config.tuning_seeds, grow=config.grow, tunings=tunings,
    )  # fmt: skip
    best = surfaces.isel(weight_decay=surfaces.tuning_error.argmin("weight_decay")).reset_coords()
    trials = surfaces[[name for name in surfaces if "trial" in surfaces[name].dims]].rename(weight_decay="decay")
    return best[["learning_rate", "weight_decay", "rate_at_end", "tuning_error"]].merge(trials)


def log_error(runs: xr.Dataset, part: Part, data: dict[str, Data]) -> xr.DataArray:
    """The decimal logarithm of the share of the variance that is left, or of the share of test rows that are wrong."""
    if FAMILIES[part.family].loss == SQUARED:
        return np.log10(runs.test_loss.clip(LEAST, MOST))
    return tuned.log_wrong(runs, len(next(iter(data.values())).x_test))
