"""The networks of `fastest`: rate and initial scale are tuned for every activation, then fresh seeds are timed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.activations.fastest.config import RATES, Config
from experiments.activations.fastest.tasks import TASKS
from nnjax import training, tuning

SOLVERS: dict[str, dict[str, Any]] = {"momentum": {"solver": "sgd", "momentum": 0.9}, "Adam": {"solver": "adam"}}
POINTS = 48  # points of a learning curve that are kept
HINT = 1e-6  # what a network that has learned nothing adds to its cost, in doublings of the steps


def run(config: Config) -> xr.Dataset:
    """Steps [solver, task, activation, seed] to the level, +inf where it was not reached, and what was tuned."""
    rows = [
        xr.concat([_one(task, solver, config) for task in config.tasks], xr.Variable("task", list(config.tasks)))
        for solver in config.solvers
    ]
    data: Any = xr.concat(rows, xr.Variable("solver", list(config.solvers)))
    counts = ("tuning_seeds", "finalists", "final_seeds")
    return data.assign_attrs({name: getattr(config, name) for name in counts})


def _one(name: str, solver: str, config: Config) -> xr.Dataset:
    """One task and solver: two rounds of tuning, then fresh seeds at the best rate and scale of each activation."""
    task = TASKS[name]
    cap = task.settings["num_steps"]
    common = SOLVERS[solver] | task.settings
    common |= {
        "activation": list(config.activations),
        "measure": {"left": task.left},
        "early_stop": ("left", task.level),
    }

    def trained(seeds: Sequence[int], **numbers: Any) -> xr.Dataset:
        runs = nnjax.sweep(**task.sample(seeds), **numbers, **common)
        return runs.isel(seed=0, drop=True).rename(task="seed") if task.drawn else runs

    def cost(seeds: Sequence[int], **numbers: Any) -> xr.DataArray:
        """The mean logarithm of the steps; where neither of two settings arrives, what is left to learn decides."""
        runs = trained(seeds, **numbers)
        left = runs.left.isel(step=-1, drop=True)
        left = left.where(np.isfinite(left), 1.0).clip(0.0, 1.0)
        return (np.log2(arrived(runs).clip(1, cap)) + HINT * left).mean("seed")

    seeds = tuning.seeds(config.tuning_seeds + config.final_seeds)
    first, second = seeds[: config.tuning_seeds], seeds[config.tuning_seeds :]
    grids = {"learning_rate": RATES[solver][name], "init_scale": config.scales}
    tuned = tuning.tune(lambda **numbers: cost(first, **numbers), widen=config.widen, **grids)
    finalists = best_pairs(tuned.cost, config.finalists)
    costs = [cost(second, **one) for one in finalists]
    winner = tuning.choose(xr.concat(costs, xr.Variable("place", range(len(costs)))), "place").best["place"]
    best = {name: xr.concat([one[name] for one in finalists], "place").isel(place=winner) for name in grids}
    tried = {name: tuned.cost[name].values for name in grids}
    runs = trained(range(config.seeds), **best)
    by_rate = tuned.cost.min("init_scale").transpose("activation", "learning_rate")
    most = len(RATES[solver][name]) + 2 * config.widen
    kept = np.unique(np.geomspace(1, runs.sizes["step"], POINTS).astype(int)) - 1
    curve = runs.left.isel(step=kept).median("seed").transpose("activation", "step")
    dims = ("activation", "seed")
    return xr.Dataset(
        {
            "steps": (dims, arrived(runs).transpose(*dims).values.astype("float32")),
            "learning_rate": ("activation", best["learning_rate"].values),
            "init_scale": ("activation", best["init_scale"].values),
            "rate_at_end": ("activation", end(best["learning_rate"].values, tried["learning_rate"])),
            "scale_at_end": ("activation", end(best["init_scale"].values, tried["init_scale"])),
            "tuning_steps": (("activation", "rate"), padded(2**by_rate.values, most)),
            "rates": ("rate", padded(by_rate.learning_rate.values, most)),
            "curve": (("activation", "point"), padded(curve.values.astype("float32"), POINTS)),
            "curve_step": ("point", padded(runs.step.values[kept].astype(float), POINTS)),
            "cap": cap,
            "level": task.level,
        },
        {"activation": list(config.activations)},
    )  # fmt: skip


def best_pairs(cost: xr.DataArray, count: int) -> list[dict[str, xr.DataArray]]:
    """The pairs of a rate and a scale [activation] with the least cost [activation, learning_rate, init_scale].

    At most `count`, the best first, each as `nnjax.sweep` takes it.
    """
    flat = cost.stack(pair=("learning_rate", "init_scale")).transpose("pair", "activation")
    order = flat.values.argsort(axis=0, kind="stable")[:count]
    names, axis = ("learning_rate", "init_scale"), {"activation": cost.activation.values}
    return [{name: xr.DataArray(flat[name].values[one], axis, name=name) for name in names} for one in order]


def end(best: np.ndarray, tried: np.ndarray) -> np.ndarray:
    """-1 where the best is the least that was tried, 1 where it is the greatest, 0 inside."""
    return (best == tried.max()).astype(int) - (best == tried.min())


def arrived(runs: xr.Dataset) -> xr.DataArray:
    """The steps after which networks were at the level, +inf for those that never were or that diverged."""
    return runs.steps.where(runs.status == training.STOPPED, np.inf)


def padded(values: np.ndarray, size: int) -> np.ndarray:
    """The values with nan appended, so that the last axis has length `size`."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, size - values.shape[-1])], constant_values=np.nan)
