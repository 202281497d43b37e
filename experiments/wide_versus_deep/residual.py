"""A multilayer perceptron whose layers add their input, h' = f(W h + b) + h, if it is as wide as their output."""

from typing import Any

import jax
import jax.numpy as jnp

from nnjax import mlp, training
from nnjax.activations import identity


def predict(params: mlp.Params, x: Any, *, activation: Any = jax.nn.relu, output_activation: Any = identity) -> Any:
    """Outputs for many examples: x [n, d] -> y [n, k]; layers are [neurons, examples], as in `mlp.predict`.

    The first layer, which reads the inputs, and the output layer add nothing, whatever their widths.
    """
    columns = activation(mlp.sums(params[0], jnp.asarray(x).T))
    for layer in params[1:-1]:
        h = activation(mlp.sums(layer, columns))
        columns = h + columns if h.shape == columns.shape else h
    return jax.vmap(output_activation, in_axes=1)(mlp.sums(params[-1], columns))


def apply(params: mlp.Params, x: Any, *, activation: Any = jax.nn.relu, output_activation: Any = identity) -> Any:
    """Outputs for one example: x [d] -> y [k]."""
    return predict(params, x[None], activation=activation, output_activation=output_activation)[0]


MODEL = training.Model(mlp.init, apply, predict)
