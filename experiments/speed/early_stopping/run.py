"""The times of `speed.early_stopping`, and how many networks are still training."""

import numpy as np
import xarray as xr

import nnjax
from experiments.speed.early_stopping.config import WAYS, Config
from experiments.speed.shared import plain, timing


def run(config: Config) -> xr.Dataset:
    """seconds [way, round], and how many networks are still training [step]."""
    problem = plain.xor(config.hidden)
    records = {"record_every": config.record_every}
    stop = records | {"early_stop": ("train_loss", config.loss)}
    with timing.saved_programs(None):
        runs = plain.engine_runs(problem, config.networks, config.most_steps, **stop)
        learned = runs.status.values == nnjax.training.STOPPED
        last = int(runs.steps.values[learned].max()) if learned.any() else config.most_steps

        def way(**settings: object) -> plain.Call:
            return lambda: plain.engine_runs(problem, config.networks, last, **settings).train_loss.values

        calls: dict[str, plain.Call] = dict(zip(WAYS, (way(**stop), way(**records), way()), strict=True))
        times = timing.alternate(calls, config.rounds, config.at_least)
    steps = np.arange(0, last + 1, config.record_every)
    ended = np.where(runs.status.values == nnjax.training.RAN, np.inf, runs.steps.values)
    return xr.Dataset(
        {
            "seconds": (("way", "round"), times.warm),
            "training": ("step", [int((ended > step).sum()) for step in steps]),
        },
        {"way": list(WAYS), "step": steps},
        {"networks": config.networks, "learned": int(learned.sum()), "last_step": last, "loss": config.loss,
         "shape": problem.name, **timing.machine()},
    )  # fmt: skip
