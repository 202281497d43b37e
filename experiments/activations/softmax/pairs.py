"""Two classes: the same networks, from the same start, trained with two softmax outputs and with one sigmoid output.

With softmax both rows of output weights move, and their difference moves twice as fast as one row would. So the sigmoid
network that takes the same steps is the one whose logit is sqrt(2) v . h, with v = (w_1 - w_0) / sqrt(2): then v has
the distribution of a row of w, and gradient descent on v moves sqrt(2) v as it moves w_1 - w_0. The sum w_0 + w_1 has
no gradient.
"""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from jaxtyping import Array, Float, Key

import nnjax
from experiments.activations.softmax.config import EVERY, Config
from experiments.activations.softmax.spirals import spirals
from nnjax import mlp
from nnjax.tasks import Data
from nnjax.training import Model

KINDS = ("softmax", "sigmoid", "sigmoid, logit times sqrt(2)")
RATE = 0.2  # low enough for a smooth descent, on which rounding does not grow


def difference(key: Key[Array, ""], sizes: tuple[int, ...], **rest: Any) -> mlp.Params:
    """The start of the two-output network of this key, with the difference of its outputs as the one output."""
    *hidden, last = mlp.init(key, (*sizes[:-1], 2), **rest)
    return (*hidden, mlp.Layer(last.w[:, 1:] - last.w[:, :1], last.b[1:] - last.b[:1]))


def shared_difference(key: Key[Array, ""], sizes: tuple[int, ...], **rest: Any) -> mlp.Params:
    """The start of `difference`, divided by sqrt(2), for `scaled`."""
    *hidden, last = difference(key, sizes, **rest)
    return (*hidden, mlp.Layer(last.w / jnp.sqrt(2), last.b / jnp.sqrt(2)))


def scaled(params: mlp.Params, x: Float[Array, " d"], **functions: Any) -> Float[Array, " k"]:
    """The output of the network times sqrt(2)."""
    return jnp.sqrt(2) * mlp.apply(params, x, **functions)


MODELS = dict(zip(KINDS, (mlp, Model(difference, mlp.apply), Model(shared_difference, scaled)), strict=True))


def trained(config: Config) -> xr.Dataset:
    """Losses [kind, pair, pair_record] of gradient descent at one rate, in float64, where rounding is small."""
    data = spirals(2_000, 2, config.rows, 0)
    curves: list[np.ndarray] = []
    steps = np.arange(0, config.pair_steps + 1, EVERY)
    for kind, model in MODELS.items():
        softmax = kind == "softmax"
        runs = nnjax.sweep(
            data if softmax else Data(data.x, data.y[:, 1:]),
            hidden=(config.width,),
            activation="tanh",
            loss="softmax_cross_entropy" if softmax else "sigmoid_binary_cross_entropy",
            solver="sgd",
            learning_rate=RATE,
            seeds=config.pairs,
            num_steps=config.pair_steps,
            record_every=EVERY,
            model=model,
            dtype="float64",
        )
        curves.append(runs.train_curve.transpose("seed", "step").values)
    return xr.Dataset(
        {
            "pair_loss": (("kind", "pair", "pair_record"), np.stack(curves)),
            "pair_step": ("pair_record", steps),
        },
        {"kind": list(KINDS)},
    )
