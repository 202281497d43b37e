"""The symmetry network and the encoder: their data, their published settings, and what is measured in them.

Two reruns of the symmetry network were published, in settings that share nothing but the shape 6-2-1 and the sigmoid.
Both repositories hold the code, so nothing of these settings is a guess. Both add up momentum as v = m v - rate *
gradient, as the solver "sgd" does. `l2_loss` is half of the mean over rows and outputs, which is the loss of the first;
the second has half of the *sum* over 64 rows, so that its rate on the mean is 64 times as large.

The encoder's loss is the sum over its 8 outputs of the cross-entropy, averaged over the rows; the library's is the mean
over the outputs, so its rate becomes 8 times as large.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import mlp, tasks

BITS, ROWS = 6, 64
OUTPUTS = 8
# As in the first source: how unequal the weights of a mirrored pair may be, and what counts as a ratio of 2.
MOST_UNEVEN, RATIO = 0.30, (1.5, 2.5)
# A network has solved the symmetry task when every output is less than one half from its target (in float32).
SOLVED = ("worst_error", 0.4999999)


def symmetry(low: float) -> tasks.Data:
    """All 64 rows of six inputs, which are `low` or 1; the target is 1 for the eight that are mirror images."""
    bits = np.arange(ROWS)[:, None] >> np.arange(BITS)[::-1] & 1
    mirrored = (bits == bits[:, ::-1]).all(axis=1)
    return tasks.data(np.where(bits, 1.0, low), mirrored[:, None].astype(float))


def encoder() -> tasks.Data:
    """Eight one-hot rows that are their own targets."""
    return tasks.data(np.eye(OUTPUTS), np.eye(OUTPUTS))


SIGMOID = {"activation": "sigmoid", "solver": "sgd", "init": "uniform", "progress": False}
# What a setting of the symmetry network consists of.
HINTON = {"low": -1.0, "start": 0.5, "rate": 0.3, "momentum": 0.95}
CORDWELL = {"low": 0.0, "start": 0.3, "rate": 0.1 * ROWS, "momentum": 0.9}
SETTINGS: dict[str, dict[str, float]] = {
    "hinton-problems": HINTON,
    "Cordwell": CORDWELL,
    # From the first to the second, one thing at a time.
    "hinton-problems, inputs 0 and 1": HINTON | {"low": 0.0},
    "hinton-problems, start U(-.3, .3)": HINTON | {"start": 0.3},
    "hinton-problems, rate .1 on half the sum, momentum .9": HINTON | {"rate": 0.1 * ROWS, "momentum": 0.9},
    "Cordwell, inputs -1 and 1": CORDWELL | {"low": -1.0},
    "Cordwell, on half the mean": CORDWELL | {"rate": 0.1},
}
OWN = ("hinton-problems", "Cordwell")  # the settings of the two sources; the others are readings


def symmetry_settings(low: float, start: float, rate: float, momentum: float) -> dict[str, Any]:
    """The arguments of a sweep of symmetry networks."""
    return SIGMOID | {
        "data": symmetry(low), "hidden": (2,), "output_activation": "sigmoid", "loss": "l2_loss",
        "bias_init": "uniform", "init_scale": start, "bias_scale": start, "learning_rate": rate, "momentum": momentum,
    }  # fmt: skip


ENCODER_READINGS: dict[str, dict[str, float]] = {
    "as published": {"rate": 0.5 * OUTPUTS, "start": 0.1},
    "mean over the outputs": {"rate": 0.5, "start": 0.1},
    "start U(-.5, .5)": {"rate": 0.5 * OUTPUTS, "start": 0.5},
}


def encoder_settings(rate: float, start: float) -> dict[str, Any]:
    """The arguments of a sweep of encoders; biases start at 0."""
    return SIGMOID | {
        "data": encoder(), "hidden": (3,), "loss": "sigmoid_binary_cross_entropy", "init_scale": start,
        "learning_rate": rate, "momentum": 0.9,
    }  # fmt: skip


def worst_error(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """The largest distance of an output from its target; below one half when every row is answered rightly."""
    return jnp.max(jnp.abs(predict(params, data.x) - data.y))


def pattern(params: Any, data: tasks.Data) -> jax.Array:
    """What tells whether the hidden weights have the ratio 1:2:4 [3]: two ratios and the unevenness.

    As in the first source: a pair's size is the mean of |w| over its two weights and both neurons; the ratios are
    those of the sizes in rising order, and the unevenness is the greatest |a + b| / (|a| + |b|) of a pair (a, b).
    """
    w = params[0].w
    a, b = w[: BITS // 2], w[: BITS // 2 - 1 : -1]
    uneven = jnp.max(jnp.abs(a + b) / (jnp.abs(a) + jnp.abs(b)))
    sizes = jnp.sort(jnp.mean(jnp.abs(a) + jnp.abs(b), axis=1) / 2)
    return jnp.stack([sizes[1] / sizes[0], sizes[2] / sizes[1], uneven])


def is_pattern(found: np.ndarray) -> np.ndarray:
    """Whether weights have the ratio 1:2:4 by the first source's criterion: [..., 3] -> [...]."""
    least, most = RATIO
    ratios = found[..., :2]
    return ((ratios >= least) & (ratios <= most)).all(axis=-1) & (found[..., 2] < MOST_UNEVEN)


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
