"""The run of `equal_budgets`: all networks are trained first, and then a step of each shape is timed."""

import xarray as xr

from experiments.wide_versus_deep.equal_budgets import networks
from experiments.wide_versus_deep.equal_budgets.config import Config, check
from experiments.wide_versus_deep.equal_budgets.networks import Part
from experiments.wide_versus_deep.shared import judging, seconds
from experiments.wide_versus_deep.shared.tasks import made

TIMED = {"learning_rate": 0.001, "init_scale": 1.0}  # they make no difference to the time


def run(config: Config) -> xr.Dataset:
    """Log errors [budget, task, kind, length, draw, seed], and what was tuned and timed [budget, task, kind]."""
    check(config)
    every = networks.parts(config)
    trained = [networks.train(part, config) for part in every]
    # Only now, when every core is idle.
    timed = [
        one.assign(seconds=_per_step(part, config).expand_dims(task=one.task))
        for part, one in zip(every, trained, strict=True)
    ]
    return networks.gathered(every, timed, config).assign_attrs(
        steps=[config.short_steps, config.num_steps], edges=judging.ends(config.rates)
    )


def _per_step(part: Part, config: Config) -> xr.DataArray:
    """Seconds per step and network [kind], by the programs that the sweeps have compiled."""
    name, data = next(iter(made(part.family, 0, part.budget).items()))  # the others have the same shapes
    settings = networks.settings(part, config, config.timed_steps) | TIMED
    found = seconds.per_step({name: data}, settings, (config.timed_steps // 10, config.timed_steps))
    return xr.DataArray(found, dims="kind", coords={"kind": list(part.kinds)})
