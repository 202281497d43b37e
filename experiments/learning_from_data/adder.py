"""Networks that add two numbers of two bits: 4-3-3 and 4-2-3, sigmoid, all 16 rows, full batch with momentum .9.

The gradient of the source is that of half of the squared error, summed over the outputs and averaged over the rows. The
source's loss, though, is averaged over the outputs as well. The library's `l2_loss` is that mean, so a rate becomes 3
times as large. The task is solved when all 48 outputs are within one half of their targets, within 5,000 sweeps.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np

import nnjax
from nnjax import tasks
from nnjax.training import STOPPED

SWEEPS, EVERY, OUTPUTS = 5000, 5, 3


def data(low: float = 0.0) -> tasks.Data:
    """All pairs of numbers: x [16, 4] is a's two bits and b's, y [16, 3] the bits of a + b, the highest first."""
    a, b = (i.ravel() for i in np.meshgrid(range(4), range(4), indexing="ij"))
    x = np.stack([a >> 1, a & 1, b >> 1, b & 1], axis=1)
    total = a + b
    y = np.stack([total >> 2 & 1, total >> 1 & 1, total & 1], axis=1)
    return tasks.data(np.where(x, 1.0, low), y.astype(float))


def worst_error(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The largest distance of an output from its target."""
    return jnp.max(jnp.abs(predict(params, data.x) - data.y))


def records(row: Any, changes: dict[str, Any], runs: int) -> dict[str, np.ndarray]:
    """Sweeps of every network, +inf where it does not solve the task, and its share of right rows."""
    wanted = row.settings | changes
    found = nnjax.sweep(
        data(wanted.get("low", 0.0)),
        hidden=wanted["hidden"],
        activation="sigmoid",
        output_activation="sigmoid",
        solver="sgd",
        momentum=0.9,
        loss=wanted.get("loss", "l2_loss"),
        learning_rate=wanted["rate"] * wanted.get("outputs", OUTPUTS),
        init="uniform",
        bias_init="uniform",
        init_scale=wanted["start"],
        bias_scale=wanted["start"],
        seeds=runs,
        num_steps=SWEEPS,
        record_every=EVERY,
        measure={"worst_error": worst_error},
        early_stop=("worst_error", 0.4999999),
        progress=False,
    )
    solved = (found.status == STOPPED).values
    return {
        "right": solved.astype(float),
        "counted": found.accuracy.values,
        "time": np.where(solved, found.steps, np.inf),
    }
