"""The grid of `speed.grid` is trained in either way. As a process of its own, it prints the seconds of one training."""

import itertools
import json
import sys
from typing import Any

import jax.numpy as jnp
import numpy as np

import nnjax
from experiments.speed.grid.config import Config
from experiments.speed.shared import plain as plain_jax
from experiments.speed.shared import timing


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
    losses = nnjax.sweep(data(config), progress=False, **settings(config, steps)).train_loss
    order = losses.transpose("width", "depth", "activation", "learning_rate", "seed").values
    return order.reshape(-1, config.num_rates, config.seeds)


def data(config: Config) -> nnjax.tasks.Data:
    """The points of the grid."""
    problem = plain_jax.curve(1, rows=config.rows)
    return nnjax.tasks.data(problem.x, problem.y)


def settings(config: Config, steps: int) -> dict:
    """What `nnjax.sweep` is given."""
    names = {"width": list(config.widths), "depth": list(config.depths), "activation": list(config.activations)}
    return names | {"learning_rate": rates(config), "seeds": config.seeds, "num_steps": steps}


def main(arguments: dict[str, Any]) -> None:
    """Print the seconds of one training, from nothing to all losses, compiling included."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in arguments["config"].items()}
    config, way = Config(**given), arguments["way"]  # pyright: ignore[reportArgumentType] - given is from JSON
    train = plain if way == "plain" else sweep
    with timing.saved_programs(arguments["folder"] if way == "saved" else None):
        jnp.zeros(1).block_until_ready()  # starts JAX, which is not what is compared
        print(timing.seconds(lambda: train(config, arguments["steps"])))


if __name__ == "__main__":  # the process that `run.py` starts
    main(json.loads(sys.argv[1]))
