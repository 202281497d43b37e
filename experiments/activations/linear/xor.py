"""Linear networks on XOR, and tanh networks of the same shapes beside them."""

import numpy as np
import xarray as xr

import nnjax
from experiments.activations.linear.config import Config

ACTIVATIONS = {"linear": "identity", "tanh": "tanh"}
ROUNDING = 1e-6  # a logit that is nearer to 0 than this is neither right nor wrong


def outputs(params, data, predict):
    """The logits [4] of the rows of XOR."""
    return predict(params, data.x)[:, 0]


def rows_right(logits: np.ndarray) -> np.ndarray:
    """How many of the four rows of XOR have a logit [..., 4] on the side of their target, by more than rounding."""
    return (logits * np.array([-1, 1, 1, -1]) > ROUNDING).sum(axis=-1)


def learned(config: Config) -> xr.Dataset:
    """Least loss and most rows right at any recorded step [activation, layers, rate, xor_seed]."""
    runs = nnjax.sweep(
        nnjax.tasks.xor(),
        hidden=[(config.xor_width,) * (layers - 1) for layers in config.layers],
        activation=list(ACTIVATIONS.values()),
        learning_rate=list(config.rates),
        loss="sigmoid_binary_cross_entropy",
        seeds=config.xor_seeds,
        num_steps=config.xor_steps,
        record_every=max(1, config.xor_steps // 20),
        measure={"outputs": outputs},
    ).transpose("activation", "hidden", "learning_rate", "seed", "step", ...)
    logits = runs.outputs.values.astype(float)
    dims = ("activation", "layers", "rate", "xor_seed")
    return xr.Dataset(
        {
            "least_loss": (dims, runs.train_curve.min("step").values.astype("float32")),
            "most_right": (dims, rows_right(logits).max(axis=-1).astype("int8")),
        },
        {"activation": list(ACTIVATIONS), "layers": list(config.layers), "rate": list(config.rates)},
    )
