"""The networks of `fastest`: rate and initial scale are tuned for every activation, then fresh seeds are timed."""

from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.activations.fastest.config import RATES, Config
from experiments.activations.fastest.tasks import TASKS
from nnjax import training, tuning

SOLVERS: dict[str, dict[str, Any]] = {"momentum": {"solver": "sgd", "momentum": 0.9}, "Adam": {"solver": "adam"}}
POINTS = 48  # of a learning curve that are kept


def run(config: Config) -> xr.Dataset:
    """Steps [solver, task, activation, seed] to the level, +inf where it was not reached, and what was tuned."""
    rows = [
        xr.concat([_one(task, solver, config) for task in config.tasks], xr.Variable("task", list(config.tasks)))
        for solver in config.solvers
    ]
    data: Any = xr.concat(rows, xr.Variable("solver", list(config.solvers)))
    return data.assign_attrs(tuning_seeds=config.tuning_seeds)


def _one(name: str, solver: str, config: Config) -> xr.Dataset:
    """One task and solver: rates and scales on the tuning seeds, then fresh seeds at the best of each activation."""
    task = TASKS[name]
    data, cap = task.data(), task.settings["num_steps"]
    common = SOLVERS[solver] | task.settings
    common |= {
        "activation": list(config.activations),
        "measure": {"left": task.left},
        "early_stop": ("left", task.level),
    }

    def cost(**numbers: Any) -> tuple[xr.DataArray, xr.DataArray]:
        runs = nnjax.sweep(data, seeds=tuning.seeds(config.tuning_seeds), **numbers, **common)
        steps: Any = np.log2(arrived(runs).clip(1, cap))
        return steps, runs.left.isel(step=-1, drop=True)  # where none arrives, what is left to learn decides

    tuned = tuning.tune(cost, widen=config.widen, learning_rate=RATES[solver][name], init_scale=config.scales)
    runs = nnjax.sweep(data, seeds=config.seeds, **tuned.best, **common)
    by_rate = tuned.cost.min("init_scale").transpose("activation", "learning_rate")
    most = len(RATES[solver][name]) + 2 * config.widen
    kept = np.unique(np.geomspace(1, runs.sizes["step"], POINTS).astype(int)) - 1
    curve = runs.left.isel(step=kept).median("seed").transpose("activation", "step")
    dims = ("activation", "seed")
    return xr.Dataset(
        {
            "steps": (dims, arrived(runs).transpose(*dims).values.astype("float32")),
            "learning_rate": ("activation", tuned.best["learning_rate"].values),
            "init_scale": ("activation", tuned.best["init_scale"].values),
            "rate_at_end": ("activation", tuned.at_end["learning_rate"].values),
            "scale_at_end": ("activation", tuned.at_end["init_scale"].values),
            "tuning_steps": (("activation", "rate"), padded(2**by_rate.values, most)),
            "rates": ("rate", padded(by_rate.learning_rate.values, most)),
            "curve": (("activation", "point"), padded(curve.values.astype("float32"), POINTS)),
            "curve_step": ("point", padded(runs.step.values[kept].astype(float), POINTS)),
            "cap": cap,
            "level": task.level,
        },
        {"activation": list(config.activations)},
    )  # fmt: skip


def arrived(runs: xr.Dataset) -> xr.DataArray:
    """The steps after which networks were at the level, +inf for those that never were or that diverged."""
    return runs.steps.where(runs.status == training.STOPPED, np.inf)


def padded(values: np.ndarray, size: int) -> np.ndarray:
    """The same with nan behind, so that its last axis has this size."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, size - values.shape[-1])], constant_values=np.nan)
