"""A small classifier of two spirals whose last hidden layer has two units, so that its hidden space can be drawn."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from nnjax import mlp, tasks

HIDDEN, SEEDS, FRAMES = (16, 16, 2), 8, 60
TURNS, ROWS = 0.9, 160
SIDE = np.linspace(-1.15, 1.15, 47)


def data() -> tasks.Data:
    """Two spirals of 0.9 turns: x [160, 2]."""
    return tasks.two_spirals(3, num_turns=TURNS, num_rows=ROWS, num_test=10)


def images(params: Any, data: tasks.Data) -> Any:
    """The last hidden layer of every row [n, 2]."""
    return mlp.predict(params[:-1], data.x, activation=jnp.tanh, output_activation=jnp.tanh)


def unit(params: Any, data: tasks.Data) -> Any:
    """The output unit's weights and its threshold [3]."""
    w, b = params[-1]
    return jnp.concatenate([w[:, 0], -b])


def plane(params: Any, data: tasks.Data, predict: Any) -> Any:
    """Whether the network answers 1 at each point of a grid over the inputs [47, 47]."""
    grid = jnp.stack(jnp.meshgrid(jnp.asarray(SIDE, data.x.dtype), jnp.asarray(SIDE, data.x.dtype)), axis=-1)
    return (predict(params, grid.reshape(-1, 2)) > 0).reshape(grid.shape[:2])


def record(num_steps: int) -> xr.Dataset:
    """The first network that ends with the most rows right, through training: images, output unit and input plane."""
    task = data()
    runs = nnjax.sweep(
        task,
        hidden=HIDDEN,
        init="lecun_normal",
        loss="sigmoid_binary_cross_entropy",
        solver="adam",
        learning_rate=0.01,
        seeds=SEEDS,
        num_steps=num_steps,
        record_every=max(1, num_steps // FRAMES),
        measure={"image": images, "unit": unit, "plane": plane, "right": right},
        progress=False,
    )
    seed = int(np.argmax(runs.right.isel(step=-1).values))
    one = runs.isel(seed=seed)
    return _dataset(one, task, seed)


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The share of the rows that are classified rightly."""
    return ((predict(params, data.x) > 0) == (data.y > 0.5)).mean()


def _dataset(one: xr.Dataset, task: tasks.Data, seed: int) -> xr.Dataset:
    return xr.Dataset(
        {
            "image": (("frame", "point", "axis"), one.image.values.astype(np.float32)),
            "unit": (("frame", "coefficient"), one.unit.values.astype(np.float32)),
            "plane": (("frame", "y", "x"), one.plane.values.astype(np.int8)),
            "right": ("frame", one.right.values.astype(np.float32)),
            "place": (("point", "axis"), task.x.astype(np.float32)),
            "kind": ("point", task.y[:, 0].astype(np.int8)),
            "film_seed": seed,
        },
        coords={"frame": one.step.values},
    )
