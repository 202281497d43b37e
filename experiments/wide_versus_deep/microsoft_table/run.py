"""The networks of `microsoft_table`: tuned one by one, then trained on fresh draws of the data with fresh seeds."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.microsoft_table.config import Config, check
from experiments.wide_versus_deep.shared import judging
from experiments.wide_versus_deep.shared.microsoft import WIDEST, different
from experiments.wide_versus_deep.shared.tasks import made
from nnjax import mlp, tuning
from nnjax.tasks import Data

FAMILIES = {"MNIST-1D": "mnist1d", "MNIST digits": "mnist"}
NUMBERS = ("learning_rate", "init_scale")


def run(config: Config) -> xr.Dataset:
    """Shares of wrong test rows [task, network, draw, seed]; parameters and what was tuned [task, network]."""
    check(config)
    for task, neurons in zip(config.tasks, config.neurons, strict=True):
        shapes(_ends(task), neurons, config)  # whether all can be trained, before the first is
    parts = [train(task, neurons, config) for task, neurons in zip(config.tasks, config.neurons, strict=True)]
    return xr.concat(parts, xr.Variable("task", list(config.tasks))).assign_attrs(
        neurons=list(config.neurons),
        layers=list(config.layers),
        matched=list(config.matched),
        num_steps=config.num_steps,
        edges=judging.ends(config.rates),
    )


def shapes(ends: tuple[int, int], neurons: int, config: Config) -> dict[str, tuple[int, ...]]:
    """Hidden layers by the name of the network: "5" for five layers, "=5" for one of as many weights, "wide"."""
    found = {f"{depth}": (neurons,) * depth for depth in config.layers}
    for depth in config.matched:
        budget = mlp.num_params((ends[0], *found[f"{depth}"], ends[1]))
        found[f"={depth}"] = (mlp.width_for_budget(budget, 1, *ends),)
    found[WIDEST] = (config.wider * max(found[f"={depth}"][0] for depth in config.matched),)
    return different(found, neurons)


def train(task: str, neurons: int, config: Config) -> xr.Dataset:
    """Shares of wrong test rows [network, draw, seed]; parameters, widths and what was tuned [network]."""
    ends = _ends(task)
    named = shapes(ends, neurons, config)
    common = _settings(named, config)
    chosen = _tuned(task, common, config)
    numbers: dict[str, Any] = {name: chosen[name].rename(network="hidden") for name in NUMBERS}
    draws = []
    for draw in range(config.draws):
        seeds = range(draw * config.seeds_per_draw, (draw + 1) * config.seeds_per_draw)
        runs = nnjax.sweep(_draw(task, draw), **common, **numbers, seeds=seeds)
        missed = _wrong(runs).rename(hidden="network").sel(step=chosen.stop)
        draws.append(_plain(missed).assign_coords(seed=range(config.seeds_per_draw)))
    data = xr.Dataset({name: _plain(values) for name, values in chosen.items()} | {"error": xr.concat(draws, "draw")})
    data["num_params"] = ("network", [mlp.num_params((ends[0], *hidden, ends[1])) for hidden in named.values()])
    data["width"] = ("network", [hidden[0] for hidden in named.values()])
    return data.assign_coords(network=list(named)).transpose("network", "draw", "seed")


def _plain(values: xr.DataArray) -> xr.DataArray:
    """Without coordinates other than those of its dimensions."""
    return values.drop_vars([name for name in values.coords if name not in values.dims])


def _settings(named: dict[str, tuple[int, ...]], config: Config) -> dict[str, Any]:
    """What all networks have in common. Biases are drawn as in PyTorch, U(-1, 1) / sqrt(fan in)."""
    law = {"init": "lecun_normal", "bias_init": "lecun_uniform", "bias_scale": 1 / np.sqrt(3)}
    how = {"activation": "relu", "loss": "softmax_cross_entropy", "batch_size": config.batch_size, "padding": False}
    looks = {"num_steps": config.num_steps, "record_every": config.record_every, "measure": {"wrong": wrong}}
    return law | how | looks | {"hidden": list(named.values())}


def wrong(params: Any, data: Data, predict: Any) -> Any:
    """The share of test rows that are answered wrongly."""
    return jnp.mean(predict(params, data.x_test).argmax(axis=1) != data.y_test.argmax(axis=1))


def _draw(task: str, seed: int) -> Data:
    return made(FAMILIES[task], seed, 0)[task]


def _ends(task: str) -> tuple[int, int]:
    """Inputs and outputs."""
    first = _draw(task, 0)
    return (first.x.shape[1], first.y.shape[1])


def _tuned(task: str, common: dict[str, Any], config: Config) -> xr.Dataset:
    """The rate, scale and step [network] of the least mean share of wrong rows, on draws and seeds of their own."""
    grid: dict[str, Any] = {"learning_rate": list(config.rates), "init_scale": list(config.scales)}
    tried = [
        nnjax.sweep(_draw(task, tuning.FIRST_SEED + i), **common, **grid, seeds=tuning.seeds(config.tuning_seeds))
        for i in range(config.tuning_draws)
    ]
    error = xr.concat([_wrong(one).mean("seed") for one in tried], "draw").mean("draw").isel(step=slice(1, None))
    best = tuning.choose(error.rename(hidden="network"), *NUMBERS, "step").best
    return xr.Dataset({name if name != "step" else "stop": values for name, values in best.items()})


def _wrong(runs: xr.Dataset) -> xr.DataArray:
    """Shares of wrong rows [hidden, ..., step]; a network that diverged has none right."""
    return runs.wrong.where(runs.status != nnjax.training.DIVERGED, 1.0)
