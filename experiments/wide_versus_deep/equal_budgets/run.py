"""The run of `equal_budgets`: all networks are trained first, and then a step of each shape is timed."""

import functools

import xarray as xr

from experiments.lab import parts
from experiments.wide_versus_deep.equal_budgets import networks, summary
from experiments.wide_versus_deep.equal_budgets.config import Config, check
from experiments.wide_versus_deep.equal_budgets.networks import Part
from experiments.wide_versus_deep.shared import seconds
from experiments.wide_versus_deep.shared.tasks import made

TIMED = {"learning_rate": 0.001, "weight_decay": 0.0}  # they make no difference to the time


def run(config: Config) -> xr.Dataset:
    """Log errors [tuning, budget, task, kind, length, draw, seed], all trials of tuning, and seconds per step."""
    check(config)
    every, trained, kept = networks.parts(config), list[xr.Dataset](), parts.of_this_run().kept
    for part in every:
        trained.append(kept(part.name, functools.partial(networks.train, part, config)))
        if config.fail_at_edge and part.residual:  # now all shapes of this family and budget are trained
            refuse_ends(part, trained[-2:], config)
    # Steps are timed only now, when every core is idle.
    timed = [
        one.assign(seconds=_per_step(part, config).expand_dims(task=one.task)).expand_dims(budget=[part.budget])
        for part, one in zip(every, trained, strict=True)
    ]
    return networks.gathered(timed, config).assign_attrs(steps=[config.short_steps, config.num_steps])


def refuse_ends(part: Part, found: list[xr.Dataset], config: Config) -> None:
    """Raise ValueError, naming the networks, where a deciding rate lies at an end of all that were tried.

    Where no network learns a task, nothing is decided, and its rates may lie anywhere.
    """
    both = xr.concat([one[["rate_at_end", "tuning_error"]] for one in found], "kind")
    ends = []
    for task in map(str, both.task.values):
        at = both.sel(task=task)
        kinds = at.kind.values[(at.rate_at_end != 0).any("tuning").values]
        if kinds.size and summary.is_learned(task, at.tuning_error.sel(tuning="first").values):
            ends.append(f"{task!r} with {', '.join(kinds)} hidden layers")
    if ends:
        raise ValueError(
            f"grow={config.grow!r} leaves the best rate at an end of those tried for the family {part.family!r} at "
            f"{part.budget} parameters: {'; '.join(ends)}; what was trained is kept"
        )


def _per_step(part: Part, config: Config) -> xr.DataArray:
    """Seconds per step and network [kind], by the programs that the sweeps have compiled."""
    name, data = next(iter(made(part.family, 0, part.budget).items()))  # the other tasks have the same shapes
    settings = networks.settings(part, config, config.timed_steps) | TIMED
    found = seconds.per_step({name: data}, settings, (config.timed_steps // 10, config.timed_steps))
    return xr.DataArray(found, dims="kind", coords={"kind": list(part.kinds)})
