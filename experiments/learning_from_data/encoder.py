"""The 8-3-8 encoder: sigmoid networks that return eight one-hot rows through three hidden neurons.

The loss of the source is the sum over its 8 outputs of the cross-entropy, averaged over the rows; the library's is the
mean over the outputs, so its rate becomes 8 times as large. Biases start at 0.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from nnjax import mlp, tasks

OUTPUTS = 8
FIRST, TO_THE_END = "as published", "as published, to the end"
READINGS: dict[str, dict[str, float]] = {
    FIRST: {"rate": 0.5 * OUTPUTS, "start": 0.1},
    "mean over the outputs": {"rate": 0.5, "start": 0.1},
    "start U(-.5, .5)": {"rate": 0.5 * OUTPUTS, "start": 0.5},
    TO_THE_END: {"rate": 0.5 * OUTPUTS, "start": 0.1},  # not stopped at eight codes
}
STOP = ("unsolved", 0.0)


def rows() -> tasks.Data:
    """Eight one-hot rows that are their own targets."""
    return tasks.data(np.eye(OUTPUTS), np.eye(OUTPUTS))


def hidden(params: Any, data: tasks.Data) -> jax.Array:
    """Hidden activations of the rows [n, m]."""
    return jnp.asarray(mlp.predict(params[:1], data.x, output_activation=jax.nn.sigmoid))


def num_codes(params: Any, data: tasks.Data) -> jax.Array:
    """The number of different codes of the eight rows, where a hidden activation above one half is a 1."""
    codes = (hidden(params, data) > 0.5).astype(int) @ 2 ** jnp.arange(3)
    return jnp.sum(jnp.any(codes[:, None] == jnp.arange(OUTPUTS)[None], axis=0))


def unsolved(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """What an encoder still lacks: the codes missing from eight, plus the rows whose own output is not the greatest."""
    right = jnp.sum(predict(params, data.x).argmax(axis=1) == jnp.arange(OUTPUTS))
    return 2 * OUTPUTS - num_codes(params, data) - right


def sweep(reading: str, epochs: int, record_every: int, **more: Any) -> xr.Dataset:
    """The networks of a reading; all but those that are trained to the end stop when nothing is lacking."""
    own = READINGS[reading]
    stop: Any = {} if reading == TO_THE_END else {"early_stop": STOP}
    return nnjax.sweep(
        rows(), hidden=(3,), activation="sigmoid", loss="sigmoid_binary_cross_entropy", solver="sgd", init="uniform",
        init_scale=own["start"], learning_rate=own["rate"], momentum=0.9, num_steps=epochs, record_every=record_every,
        progress=False, **stop, **more,
    )  # fmt: skip


def record(seeds: int, reading_seeds: int, epochs: int, record_every: int) -> xr.Dataset:
    """Epochs until each encoder was done [reading, encoder_seed], its numbers of codes then and at the start, the share
    of rows it returns; and the hidden activations of one through training."""
    names = [name for name in READINGS if name == FIRST or reading_seeds]
    parts = [
        _reading(name, seeds if name == FIRST else min(seeds, reading_seeds), epochs, record_every) for name in names
    ]
    return xr.concat(parts, "reading", join="outer").merge(_path(epochs, record_every))


def _reading(name: str, seeds: int, epochs: int, record_every: int) -> xr.Dataset:
    runs = sweep(name, epochs, record_every, seeds=seeds, measure={"codes": num_codes, "unsolved": unsolved})
    done = (runs.unsolved == 0).isel(step=-1)
    columns = {
        "epochs": np.where(done, runs.steps, np.inf),
        "num_codes": runs.codes.isel(step=-1).values,
        "first_codes": runs.codes.isel(step=0).values,
        "returned": runs.accuracy.values,
    }
    found = {key: ("encoder_seed", values.astype(np.float32)) for key, values in columns.items()}
    return xr.Dataset(found, {"encoder_seed": range(seeds), "reading": name})


def _path(epochs: int, record_every: int) -> xr.Dataset:
    """Hidden activations [look, code_row, bit] of the first encoder that is done."""
    looks = max(record_every, epochs // 200)
    runs = sweep(FIRST, epochs, looks, seeds=32, measure={"image": hidden, "unsolved": unsolved})
    one = runs.image.values[np.argmax((runs.unsolved.isel(step=-1) == 0).values)]
    return xr.Dataset({"code": (("look", "code_row", "bit"), one.astype(np.float32))}, {"look": runs.step.values})
