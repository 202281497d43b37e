"""The networks of `speech`: a column of the table for each activation and width, tuned one by one and then trained."""

from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.shared import seconds as timing
from experiments.wide_versus_deep.shared.microsoft import WIDEST, different, kind
from experiments.wide_versus_deep.speech import examples
from experiments.wide_versus_deep.speech.config import Column, Config
from experiments.wide_versus_deep.speech.config import networks as names_of
from nnjax import mlp, tuning
from nnjax.tasks import Data

JUDGED_ROWS = 200  # of the training rows; their loss is recorded and never used
TUNED = ("learning_rate", "weight_decay")


def lengths(column: Column, config: Config) -> dict[int, int]:
    """Steps of training by how many times shorter it is than the longest, which comes last."""
    return {divisor: column.steps // divisor for divisor in (*config.shorter, 1)}


def shapes(ends: tuple[int, int], column: Column, config: Config) -> dict[str, tuple[int, ...]]:
    """Hidden layers by the name of the network: "wide" has `wider` times the weights of the first that is matched."""

    def weights(depth: int | str) -> int:
        return mlp.num_params((ends[0], *(column.neurons,) * int(depth), ends[1]))

    found = {}
    for name in names_of(column, config):
        if kind(name) == "deep":
            found[name] = (column.neurons,) * int(name)
        elif kind(name) == "equal":
            found[name] = (mlp.width_for_budget(weights(name[1:]), 1, *ends),)
        else:
            found[name] = (mlp.width_for_budget(config.wider * weights(config.matched[0]), 1, *ends) + 1,)
    return different(found, column.neurons)


def train(data: Data, column: Column, config: Config) -> xr.Dataset:
    """Shares of wrong frames [length, network, seed, voice], steps [length], and what was tuned [network]."""
    ends = (data.x.shape[1], data.y.shape[1])
    named = shapes(ends, column, config)
    chosen = tuned(data, column, named, lengths(column, config)[config.shorter[-1]], config)
    numbers = _numbers(chosen, named)
    steps = lengths(column, config)
    runs = [
        nnjax.sweep(data, **settings(column, named, count, config), **numbers, seeds=config.seeds)
        for count in steps.values()
    ]
    error = xr.concat([_wrong(run, named) for run in runs], xr.Variable("length", list(steps)))
    found = chosen.assign(error=error)
    found["num_steps"] = (("length",), list(steps.values()))
    said = runs[-1].said.isel(step=-1, seed=0, drop=True).load().transpose("hidden", ...)
    found["said"] = (("network", "shown"), said.values.astype("int16"))
    found["num_params"] = ("network", [mlp.num_params((ends[0], *hidden, ends[1])) for hidden in named.values()])
    found["width"] = ("network", [hidden[0] for hidden in named.values()])
    return found.assign_coords(network=list(named))


def tuned(data: Data, column: Column, named: dict[str, tuple[int, ...]], num_steps: int, config: Config) -> xr.Dataset:
    """The rate and decay [network] of the least mean error on development voices after so many steps: the best rate
    with the first decay, then the best decay with that rate.
    """
    asked = settings(column, named, num_steps, config) | {"seeds": tuning.seeds(config.tuning_seeds)}

    def judged(**numbers: Any) -> xr.DataArray:
        errors = _wrong(nnjax.sweep(data, **asked, **numbers), named)
        return errors.isel(voice=slice(examples.CHOOSING)).mean(("voice", "seed"))

    rates = judged(learning_rate=list(config.rates), weight_decay=config.decays[0])
    best = tuning.choose(rates, "learning_rate").best["learning_rate"]
    decays = rates.min("learning_rate").expand_dims(weight_decay=list(config.decays[:1]))
    if config.decays[1:]:
        others = judged(weight_decay=list(config.decays[1:]), **_numbers(xr.Dataset({"learning_rate": best}), named))
        decays = xr.concat([decays, others], "weight_decay")
    return xr.Dataset({"learning_rate": best, **tuning.choose(decays, "weight_decay").best})


def settings(column: Column, named: dict[str, tuple[int, ...]], num_steps: int, config: Config) -> dict[str, Any]:
    """What all sweeps of a column have in common: He's weights for ReLU, Glorot's for sigmoid, biases 0."""
    return {
        "hidden": list(named.values()),
        "activation": column.activation,
        "init": "he_normal" if column.activation == "relu" else "glorot_normal",
        "solver": "adamw",
        "schedule": "cosine",
        "loss": "softmax_cross_entropy",
        "batch_size": config.batch_size,
        "num_steps": num_steps,
        "judged_rows": JUDGED_ROWS,
        "measure": {"wrong": examples.wrong, "said": examples.said},
        "padding": False,
    }


def seconds(data: Data, column: Column, config: Config) -> xr.DataArray:
    """Seconds per step [network], when nothing else is trained: with few rows to train on, and all to test on, as they
    decide how many networks are trained together.
    """
    named = shapes((data.x.shape[1], data.y.shape[1]), column, config)
    numbers = {"learning_rate": config.rates[0], "weight_decay": config.decays[0], "measure": None}
    asked = settings(column, named, config.timed_steps, config) | numbers
    rows = few(data, config)._replace(x_test=data.x_test, y_test=data.y_test)
    found = timing.per_step(rows, asked, (config.timed_steps // 10, config.timed_steps))
    return xr.DataArray(found, {"network": list(named)}, ("network",))


def few(data: Data, config: Config) -> Data:
    """So few rows that it takes no time to look at them."""
    rows, tested = 10 * config.batch_size, 10 * (examples.CHOOSING + examples.REPORTED)
    return Data(data.x[:rows], data.y[:rows], data.x_test[:tested], data.y_test[:tested])


def longer(data: Data, column: Column, config: Config) -> xr.Dataset:
    """Shares of wrong frames [network, seed, voice] of the deep and the equal one after even more steps, and what was
    tuned for them anew.
    """
    every = shapes((data.x.shape[1], data.y.shape[1]), column, config)
    named = {name: every[name] for name in compared(config) if name != WIDEST}
    chosen = tuned(data, column, named, column.steps, config)
    asked = settings(column, named, config.longer * column.steps, config)
    runs = nnjax.sweep(data, **asked, **_numbers(chosen, named), seeds=config.hours_seeds)
    return chosen.assign(error=_wrong(runs, named))


def by_hours(data: Data, chosen: xr.Dataset, column: Column, config: Config) -> xr.DataArray:
    """Shares of wrong frames [hours, network, seed, voice] of the deep, the equal and the wide one.

    All take as many steps, with the rates and decays of the table; the most hours are the table itself.
    """
    every = shapes((data.x.shape[1], data.y.shape[1]), column, config)
    named = {name: every[name] for name in compared(config)}
    asked = settings(column, named, column.steps, config) | _numbers(chosen, named)
    parts = [
        _wrong(nnjax.sweep(examples.fewer(data, hours), **asked, seeds=config.hours_seeds), named)
        for hours in config.fewer_hours
    ]
    table = chosen.error.sel(length=1, network=compared(config), drop=True)
    parts.append(table.isel(seed=slice(config.hours_seeds)))
    found = xr.Dataset({"error": xr.concat(parts, xr.Variable("hours", [*config.fewer_hours, config.hours]))})
    return found.error


def compared(config: Config) -> list[str]:
    """The deep network that is matched first, one layer of equal weights, and the far wider one."""
    return [f"{config.matched[0]}", f"={config.matched[0]}", WIDEST]


def _numbers(chosen: xr.Dataset, named: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """What was tuned for each of these networks, as a sweep over `hidden` takes it."""
    labels = ["x".join(map(str, hidden)) for hidden in named.values()]
    some = chosen.sel(network=list(named)).rename(network="hidden").assign_coords(hidden=labels)
    return {name: some[name] for name in TUNED if name in some}


def _wrong(runs: xr.Dataset, named: dict[str, tuple[int, ...]]) -> xr.DataArray:
    """Shares of wrong frames at the end [network, ..., seed, voice]; a network that diverged has none right."""
    found = runs.wrong.isel(step=-1, drop=True).load()
    found = found.where(runs.status != nnjax.training.DIVERGED, 1.0).rename(hidden="network", wrong_0="voice")
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    found = found.assign_coords(network=list(named), voice=examples.PERSONS)
    return found.astype(np.float32).transpose("network", ..., "seed", "voice")
