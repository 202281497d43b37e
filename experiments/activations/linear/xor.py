"""Linear networks on XOR, and tanh networks of the same shapes beside them."""

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.activations.linear.config import Config

ACTIVATIONS = {"linear": "identity", "tanh": "tanh"}
CORNERS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)]  # the rows of XOR, in their order
# Where a network is asked: the rows, and places from which one sees whether it is one affine map.
PLACES = np.array(CORNERS + [tuple(x) for x in np.random.default_rng(0).uniform(-3, 3, (8, 2))])
ROUNDING = 1e-6  # a logit that is nearer to 0 than this is neither right nor wrong


def outputs(params, data, predict):
    """The logits [12] at PLACES."""
    return predict(params, jnp.asarray(PLACES, data.x.dtype))[:, 0]


def rows_right(logits: np.ndarray) -> np.ndarray:
    """How many of the four rows of XOR have a logit [..., 12] on the side of their target, by more than rounding."""
    return (logits[..., :4] * np.array([-1, 1, 1, -1]) > ROUNDING).sum(axis=-1)


def distance_from_affine(logits: np.ndarray) -> np.ndarray:
    """The largest distance of logits [..., 12] from the affine map nearest to them, over the largest logit or 1."""
    design = np.column_stack([PLACES, np.ones(len(PLACES))])
    rest = np.eye(len(PLACES)) - design @ np.linalg.pinv(design)
    return np.abs(logits @ rest).max(axis=-1) / np.maximum(1, np.abs(logits).max(axis=-1))


def learned(config: Config) -> xr.Dataset:
    """Least loss, most rows right, distance from an affine map [activation, layers, rate, xor_seed], at any time."""
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
            "distance": (dims, distance_from_affine(logits).max(axis=-1).astype("float32")),
        },
        {"activation": list(ACTIVATIONS), "layers": list(config.layers), "rate": list(config.rates)},
    )
