"""How long a step of each shape of `equal_budgets` takes, by the programs that its sweeps have compiled."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep import _seconds
from experiments.wide_versus_deep._equal_budgets_runs import Part, settings
from experiments.wide_versus_deep._equal_budgets_tasks import made

if TYPE_CHECKING:
    from experiments.wide_versus_deep.equal_budgets import Config

NUMBERS = {"learning_rate": 0.001, "init_scale": 1.0}


def per_step(part: Part, config: "Config") -> xr.DataArray:
    """Seconds per step and network [kind]."""
    data = made(part.family, 0, part.budget)
    seconds = _seconds.per_step(
        lambda steps: nnjax.plan(data, **settings(part, config, steps), **NUMBERS),
        data,
        NUMBERS | {"bias_scale": 1 / np.sqrt(3)},
        (config.timed_steps // 10, config.timed_steps),
    )
    return xr.DataArray(seconds, dims="kind", coords={"kind": list(part.kinds)})
