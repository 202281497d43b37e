"""The times of `speed.grid`: the whole grid is trained in every way, from nothing to all losses."""

import itertools
from collections.abc import Callable

import numpy as np
import xarray as xr

import nnjax
from experiments.speed.grid.config import WAYS, Config, networks, shapes
from experiments.speed.shared import plain as plain_jax
from experiments.speed.shared import timing


def run(config: Config) -> xr.Dataset:
    """seconds [way, steps, round] from nothing to all losses; nan where a way was not timed."""
    seconds = np.full((len(WAYS), len(config.steps), config.rounds), np.nan)
    timed = [(i, way) for i, _ in enumerate(config.steps) for way in WAYS if way != "saved" or i == 0]
    with timing.empty_folder() as folder:
        with timing.saved_programs(folder):
            fresh(lambda: sweep(config, config.steps[0]))  # fills the folder
        for r in range(config.rounds):
            for i, way in (timed[place] for place in timing.order(r, len(timed))):
                train = plain if way == "plain" else sweep
                with timing.saved_programs(folder if way == "saved" else None):
                    seconds[WAYS.index(way), i, r] = fresh(lambda train=train, i=i: train(config, config.steps[i]))
    programs = len(nnjax.plan(_data(config), **_settings(config, config.steps[0])).programs)
    attrs = {"networks": networks(config), "shapes": shapes(config), "programs": programs}
    coords = {"way": list(WAYS), "steps": list(config.steps)}
    return xr.Dataset({"seconds": (("way", "steps", "round"), seconds)}, coords, attrs | timing.machine())


def fresh(train: Callable[[], np.ndarray]) -> float:
    """Seconds of training with no compiled program in memory."""
    timing.forget()
    return timing.seconds(train)


def rates(config: Config) -> np.ndarray:
    """The learning rates of the grid."""
    return np.geomspace(1e-3, 1e-1, config.num_rates)


def plain(config: Config, steps: int) -> np.ndarray:
    """Final losses [shape, rate, seed], one program per width, depth and activation."""
    losses = []
    for width, depth, activation in itertools.product(config.widths, config.depths, config.activations):
        problem = plain_jax.curve(*(width,) * depth, rows=config.rows, activation=activation)
        losses.append(plain_jax.vmap_rates(problem, config.seeds, steps, rates(config))())
    return np.stack(losses)


def sweep(config: Config, steps: int) -> np.ndarray:
    """Final losses [shape, rate, seed], all trained by one sweep of the engine."""
    losses = nnjax.sweep(_data(config), progress=False, **_settings(config, steps)).train_loss
    order = losses.transpose("width", "depth", "activation", "learning_rate", "seed").values
    return order.reshape(-1, config.num_rates, config.seeds)


def _data(config: Config) -> nnjax.tasks.Data:
    problem = plain_jax.curve(1, rows=config.rows)
    return nnjax.tasks.data(problem.x, problem.y)


def _settings(config: Config, steps: int) -> dict:
    names = {"width": list(config.widths), "depth": list(config.depths), "activation": list(config.activations)}
    return names | {"learning_rate": rates(config), "seeds": config.seeds, "num_steps": steps}
