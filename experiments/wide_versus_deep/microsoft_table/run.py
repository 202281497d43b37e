"""The networks of `microsoft_table`: tuned one by one, then trained on fresh draws of the data with fresh seeds."""

from typing import Any

import numpy as np
import xarray as xr

from experiments.wide_versus_deep.microsoft_table.config import Config, check, num_steps
from experiments.wide_versus_deep.shared import tuned
from experiments.wide_versus_deep.shared.microsoft import WIDEST, different, kind
from experiments.wide_versus_deep.shared.tasks import DIGITS, made
from experiments.wide_versus_deep.shared.tuned import TUNINGS
from nnjax import mlp, tasks
from nnjax.tasks import Data

JUDGED_ROWS = 100  # the number of training rows whose loss is recorded


def run(config: Config) -> xr.Dataset:
    """Log errors [tuning, task, network, draw, seed], tuned rates, and all trials [tuning, task, network, ...].

    The far wider network is tuned only once; its errors of the second tuning are nan.
    """
    check(config)
    for task in config.tasks:
        shapes(_ends(task), config)  # checks that all can be trained before the first one is
    parts = [train(task, draws, config) for task, draws in zip(config.tasks, config.tuning_draws, strict=True)]
    data = xr.concat(parts, xr.Variable("task", list(config.tasks)))
    # The memory layout is that of data loaded from a file, so that means have the same last bits.
    return data.map(lambda one: one.copy(data=np.ascontiguousarray(one))).assign_attrs(
        neurons=config.neurons, layers=list(config.layers), matched=list(config.matched), epochs=config.epochs
    )


def shapes(ends: tuple[int, int], config: Config) -> dict[str, tuple[int, ...]]:
    """Hidden layers by the name of the network: "5" for five layers, "=5" for one of as many weights, "wide"."""
    found = {f"{depth}": (config.neurons,) * depth for depth in config.layers}
    for depth in config.matched:
        budget = mlp.num_params((ends[0], *found[f"{depth}"], ends[1]))
        found[f"={depth}"] = (mlp.width_for_budget(budget, 1, *ends),)
    found[WIDEST] = (config.wider * max(found[f"={depth}"][0] for depth in config.matched),)
    return different(found, config.neurons)


def train(task: str, tuning_draws: int, config: Config) -> xr.Dataset:
    """The data of `run` for one task. The far wider network is apart: tuning it again costs as much as all others."""
    first, last = _ends(task)
    named, steps = shapes((first, last), config), num_steps(task, config)

    def make(seed: int) -> dict[str, Data]:
        if task == DIGITS:
            return made("mnist", seed, 0)
        return {task: tasks.mnist1d(seed, num_rows=config.rows)}

    drawn = tuned.drawn(make, range(config.draws), config.seeds_per_draw)
    parts = []
    for tunings, wide in ((TUNINGS, False), (TUNINGS[:1], True)):
        kinds = [name for name in named if (kind(name) == WIDEST) == wide]
        learn = _learner([named[name] for name in kinds], kinds, config)
        found = tuned.tune(
            make, learn, config.rates, steps,
            draws=tuning_draws, seeds=config.tuning_seeds, grow=config.grow, tunings=tunings,
        ).sel(task=task, drop=True)  # fmt: skip
        if config.fail_at_edge:
            refuse_ends(task, found, config)
        errors = [
            tuned.reported(drawn, learn, {"learning_rate": one.learning_rate.expand_dims(task=[task])}, steps)
            for one in (found.sel(tuning=name) for name in tunings)
        ]
        parts.append(found.assign(error=xr.concat(errors, found.tuning).sel(task=task, drop=True)))
    data = xr.concat(parts, "kind", join="outer").rename(kind="network").sel(network=list(named), tuning=list(TUNINGS))
    data["num_params"] = ("network", [mlp.num_params((first, *hidden, last)) for hidden in named.values()])
    data["width"] = ("network", [hidden[0] for hidden in named.values()])
    data["steps"] = steps
    return data.transpose("tuning", "network", "draw", "seed", "trial")


def refuse_ends(task: str, found: xr.Dataset, config: Config) -> None:
    """Raise ValueError, naming the networks, where a rate lies at an end of all that were tried."""
    ends = [str(name) for name in found.kind.values if (found.rate_at_end.sel(kind=name) != 0).any()]
    if ends:
        raise ValueError(
            f"grow={config.grow!r} leaves the best rate at an end of those tried on {task!r} for the networks "
            f"{', '.join(ends)}; what was trained is kept"
        )


def _learner(hidden: list[tuple[int, ...]], kinds: list[str], config: Config) -> tuned.Train:
    """The function that trains these networks. Biases are drawn as in PyTorch, U(-1, 1) / sqrt(fan in)."""
    settings: dict[str, Any] = {
        "hidden": hidden,
        "activation": "relu",
        "loss": "softmax_cross_entropy",
        "init": "he_normal",
        "bias_init": "lecun_uniform",
        "bias_scale": 1 / np.sqrt(3),
        "solver": "adam",
        "schedule": "cosine",
        "batch_size": config.batch_size,
        "judged_rows": JUDGED_ROWS,
        "padding": False,
    }

    def learn(data: dict[str, Data], seeds: dict[str, range], numbers: dict[str, Any], num_steps: int) -> xr.DataArray:
        runs = tuned.swept(data, kinds, numbers, settings | {"num_steps": num_steps, "seeds": seeds})
        return tuned.log_wrong(runs, len(next(iter(data.values())).x_test))

    return learn


def _ends(task: str) -> tuple[int, int]:
    """The numbers of inputs and of outputs."""
    return (784 if task == DIGITS else 40), 10
