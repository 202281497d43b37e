"""Two spirals in the last hidden layer, of two units, of a network that learns to separate them."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from nnjax import mlp, tasks

HIDDEN, SEEDS, RECORDS = (16, 16, 2), 8, 60
TURNS, ROWS = 0.9, 160
SIDE = np.linspace(-1.15, 1.15, 47)
MIDDLE = 0.7  # the way from the start to the most rows right at which the network is drawn in between


def rows() -> tasks.Data:
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


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The share of the rows that are classified rightly."""
    return ((predict(params, data.x) > 0) == (data.y > 0.5)).mean()


def record(num_steps: int) -> xr.Dataset:
    """The first network that ends with the most rows right, at the start, in between and at the end [frame]."""
    task = rows()
    runs = nnjax.sweep(
        task, hidden=HIDDEN, init="lecun_normal", loss="sigmoid_binary_cross_entropy", solver="adam",
        learning_rate=0.01, seeds=SEEDS, num_steps=num_steps, record_every=max(1, num_steps // RECORDS),
        measure={"image": images, "unit": unit, "plane": plane, "spirals_right": right}, progress=False,
    )  # fmt: skip
    one = runs.isel(seed=int(np.argmax(runs.spirals_right.isel(step=-1).values)))
    return moments(
        xr.Dataset(
            {
                "image": (("frame", "point", "axis"), one.image.values.astype(np.float32)),
                "unit": (("frame", "coefficient"), one.unit.values.astype(np.float32)),
                "plane": (("frame", "y", "x"), one.plane.values.astype(np.int8)),
                "spirals_right": ("frame", one.spirals_right.values.astype(np.float32)),
                "place": (("point", "axis"), task.x.astype(np.float32)),
                "kind": ("point", task.y[:, 0].astype(np.int8)),
            },
            {"frame": one.step.values},
        )
    )


def moments(data: xr.Dataset) -> xr.Dataset:
    """The three moments of all that were recorded."""
    shares = data.spirals_right.values
    between = int(np.argmax(shares >= shares[0] + MIDDLE * (shares.max() - shares[0])))
    return data.isel(frame=[0, between, -1])
