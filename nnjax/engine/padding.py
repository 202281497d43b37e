"""Networks of different shapes in one program: a smaller one gets neurons and layers that do nothing.

Padding changes at most the last bits of a network, which starts from the same draws, scaled by its own fans. An added
neuron has weights, sum and output 0 whatever the activation (the sigmoid and the cosine of 0 are not 0). So no gradient
reaches it, and it adds nothing to a norm or to weight decay. An added layer returns its input.

All networks of a block have the same depth, so that an added layer costs next to nothing: a branch of the compiled
program skips it. An added neuron is computed, and its output masked.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from nnjax import mlp, objective, training
from nnjax.engine import draws
from nnjax.solvers import by_name


class Shape(NamedTuple):
    """The hidden layers of the networks of a block: `widths` [lanes, layers], 0 for added layers, or None if no neurons
    are added to the other layers; and the number `depth` of the layers before added ones, or None if none is added.
    """

    widths: Any = None
    depth: Any = None


UNPADDED = Shape()


def may_pad(spec: training.Spec) -> bool:
    """Whether a network may be padded: what is added must stay 0, and there must be no measures, which would see it."""
    still = spec.solver in by_name.KEEPS_ZEROS and not spec.measure
    return still and objective.acts_by_entry(spec) and draws.by_entry(spec)


def common_sizes(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The least sizes into which networks of these sizes can be padded."""
    if len({len(sizes) for sizes in shapes}) == 1:
        return tuple(max(layer) for layer in zip(*shapes, strict=True))
    # A skipped layer returns its input, so all layers must be equally wide.
    width, depth = max(n for sizes in shapes for n in sizes[1:-1]), max(len(sizes) for sizes in shapes) - 2
    return (shapes[0][0], *(width,) * depth, shapes[0][-1])


def widths_of(sizes: tuple[int, ...], spec: training.Spec) -> np.ndarray:
    """The widths [depth] of the hidden layers of a network of these sizes in the program `spec`, 0 for those that it
    does not have.
    """
    return np.asarray([*sizes[1:-1], *(0,) * (len(spec.sizes) - len(sizes))], np.int32)


def bind(spec: training.Spec, shape: Shape) -> training.Spec:
    """The Spec of one padded network, whose widths are [layers]; the same Spec if nothing is padded."""
    if shape.widths is None and shape.depth is None:
        return spec
    functions = (partial(f, shape=shape) for f in (apply, predict))
    return replace(spec, model=training.Model(mlp.init, *functions))


def apply(params: mlp.Params, x: jax.Array, **keywords: Any) -> jax.Array:
    """Outputs of the network for one example: x [d] -> y [k], with the keywords of `predict`."""
    return predict(params, x[None], **keywords)[0]


def predict(
    params: mlp.Params, x: jax.Array, *, shape: Shape, activation: Callable, output_activation: Callable
) -> jax.Array:
    """Outputs of the network for many examples: x [n, d] -> y [n, k]."""
    columns = x.T
    for i, layer in enumerate(params[:-1]):
        width = None if shape.widths is None else jnp.asarray(shape.widths)[i]
        hidden = partial(_hidden, layer, width, activation)
        if i == 0 or shape.depth is None:
            columns = hidden(columns)
        else:
            columns = jax.lax.cond(i < shape.depth, hidden, lambda columns: columns, columns)
    return jax.vmap(output_activation, in_axes=1)(mlp.sums(params[-1], columns))


def _hidden(layer: mlp.Layer, width: ArrayLike | None, activation: Callable, columns: jax.Array) -> jax.Array:
    """Outputs [neurons, n] of a hidden layer; 0 for all but the first `width` neurons, if a width is given."""
    if width is None:
        return activation(mlp.sums(layer, columns))
    there = (jnp.arange(len(layer.b)) < width)[:, None]
    # Masked twice: where a real neuron overflows, the input of an added one is inf * 0. (The weights of that one may
    # still become NaN, and then the network counts as diverged a little earlier than it otherwise would.)
    return jnp.where(there, activation(jnp.where(there, mlp.sums(layer, columns), 0)), 0)


def unpad(params: mlp.Params, sizes: tuple[int, ...]) -> mlp.Params:
    """The parameters [...] of networks of these sizes, taken from those of the padded ones."""
    layers = (*params[: len(sizes) - 2], params[-1])
    return tuple(
        mlp.Layer(w[..., :fan_in, :fan_out], b[..., :fan_out])
        for (w, b), fan_in, fan_out in zip(layers, sizes[:-1], sizes[1:], strict=True)
    )
