"""Networks of different shapes in one program: a smaller one gets neurons and layers that do nothing.

A padded network is the very network that it pads. It starts from the same draws, scaled by its own fans; a neuron
that is not there has weights, sum and output 0 whatever the activation (the sigmoid and the cosine of 0 are not 0),
so no gradient reaches it and no norm or weight decay sees it; a layer that is not there hands on what it is given.

All networks of a block have the same depth, so that a layer that is not there costs next to nothing: a branch of the
compiled program passes it by. A neuron that is not there is computed, and its output masked.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike

from nnjax import mlp, objective, solvers, training
from nnjax.engine import draws


class Shape(NamedTuple):
    """The hidden layers of the networks of a block: `widths` [lanes, layers], 0 for those that are not there, or None
    where all that are there are as wide as the program's; and their number `depth`, or None where none is missing.
    """

    widths: Any = None
    depth: Any = None


UNPADDED = Shape()


def may_pad(spec: training.Spec) -> bool:
    """Whether a network may be padded: what is not there must stay so, and measures would see it."""
    still = spec.solver in solvers.KEEPS_ZEROS and not spec.measure
    return still and objective.acts_by_entry(spec) and draws.by_entry(spec)


def common_sizes(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The least sizes into which networks of these sizes can be padded."""
    if len({len(sizes) for sizes in shapes}) == 1:
        return tuple(max(layer) for layer in zip(*shapes, strict=True))
    # A layer hands on only what is as wide as itself.
    width, depth = max(n for sizes in shapes for n in sizes[1:-1]), max(len(sizes) for sizes in shapes) - 2
    return (shapes[0][0], *(width,) * depth, shapes[0][-1])


def widths_of(sizes: tuple[int, ...], spec: training.Spec) -> np.ndarray:
    """The widths [depth] of the hidden layers of a network of these sizes in the program `spec`, 0 for those that it
    does not have.
    """
    return np.asarray([*sizes[1:-1], *(0,) * (len(spec.sizes) - len(sizes))], np.int32)


def bind(spec: training.Spec, shape: Shape) -> training.Spec:
    """The training run of one padded network, whose widths are [layers]; the run itself if nothing is padded."""
    if shape.widths is None and shape.depth is None:
        return spec
    functions = (partial(f, shape=shape) for f in (apply, predict))
    return replace(spec, model=training.Model(mlp.init, *functions))


def apply(params: mlp.Params, x: jax.Array, **keywords: Any) -> jax.Array:
    """Outputs of the network for one example: x [d] -> y [k]; the keywords of `predict`."""
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
    """Outputs [neurons, n] of a hidden layer of which the first `width` neurons are there, or all."""
    if width is None:
        return activation(mlp.sums(layer, columns))
    there = (jnp.arange(len(layer.b)) < width)[:, None]
    # Twice: where a real neuron overflows, what enters one that is not there is inf * 0. (Its weights may still
    # become NaN then, and the network counts as diverged, which it would a little later.)
    return jnp.where(there, activation(jnp.where(there, mlp.sums(layer, columns), 0)), 0)


def unpad(params: mlp.Params, sizes: tuple[int, ...]) -> mlp.Params:
    """The parameters of the network itself, out of those of the padded one."""
    layers = (*params[: len(sizes) - 2], params[-1])
    return tuple(
        mlp.Layer(w[:fan_in, :fan_out], b[:fan_out])
        for (w, b), fan_in, fan_out in zip(layers, sizes[:-1], sizes[1:], strict=True)
    )
