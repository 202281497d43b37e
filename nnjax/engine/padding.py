"""Networks of different shapes in one program: a smaller one gets neurons and layers that do nothing.

A padded network is the very network that it pads. It starts from the same draws, scaled by its own fans; a neuron
that is not there has weights, sum and output 0 whatever the activation (the sigmoid and the cosine of 0 are not 0),
so no gradient reaches it and no norm or weight decay sees it; a layer that is not there hands on what it is given.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import initializers, mlp, objective, solvers, training


class Shape(NamedTuple):
    """Which network a padded one is, of one network or with a leading axis of networks.

    `widths` [depth] of its hidden layers, 0 for those that it does not have; the scale of the first weights and
    biases of every layer, `w_scale` and `b_scale` [depth + 1], the output layer last.
    """

    widths: Any
    w_scale: Any
    b_scale: Any


def may_pad(spec: training.Spec) -> bool:
    """Whether a network may be padded: what is not there must stay so, measures would see it, and an orthogonal
    start has none of it.
    """
    nests = initializers.get(spec.init).nests and initializers.get(spec.bias_init).nests
    still = spec.solver in solvers.KEEPS_ZEROS
    return objective.acts_by_entry(spec) and still and nests and not spec.measure and spec.layout == "matrices"


def common_sizes(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The least sizes into which networks of these sizes can be padded."""
    if len({len(sizes) for sizes in shapes}) == 1:
        return tuple(max(layer) for layer in zip(*shapes, strict=True))
    # A layer hands on only what is as wide as itself.
    width, depth = max(n for sizes in shapes for n in sizes[1:-1]), max(len(sizes) for sizes in shapes) - 2
    return (shapes[0][0], *(width,) * depth, shapes[0][-1])


def shape_of(sizes: tuple[int, ...], spec: training.Spec) -> Shape:
    """The shape of a network of these sizes in the program `spec`, as NumPy arrays."""
    fans = list(itertools.pairwise(sizes))
    missing = len(spec.sizes) - len(sizes)

    def scales(law: str) -> np.ndarray:
        own = [initializers.get(law).scale(*pair) for pair in fans]
        return np.asarray([*own[:-1], *(0.0,) * missing, own[-1]], spec.dtype)

    widths = np.asarray([*sizes[1:-1], *(0,) * missing], np.int32)
    return Shape(widths, scales(spec.init), scales(spec.bias_init))


def bind(spec: training.Spec, shape: Shape | None) -> training.Spec:
    """The training run of one padded network; of an unpadded one where there is no shape."""
    if shape is None:
        return spec
    functions = (partial(f, shape=shape) for f in (init, apply, predict))
    return replace(spec, model=training.Model(*functions))


def init(
    key: jax.Array,
    sizes: tuple[int, ...],
    *,
    shape: Shape,
    init: str,
    bias_init: str,
    dtype: Any,
    init_scale: Any = 1.0,
    bias_scale: Any = 1.0,
) -> mlp.Params:
    """The parameters that `mlp.init` draws for the network's own sizes, and zeros around them."""
    keys, depth, last = jax.random.split(key, len(sizes) - 1), jnp.sum(shape.widths > 0), len(sizes) - 2
    layers = []
    for i, (rows, columns) in enumerate(itertools.pairwise(sizes)):
        # The output layer comes after the layers that are there.
        key_w, key_b = jax.random.split(keys[i] if i < last else keys[depth])
        fan_in = rows if i == 0 else shape.widths[i - 1 if i < last else depth - 1]
        there = jnp.arange(columns) < (shape.widths[i] if i < last else columns)
        w = initializers.get(init).draw(key_w, (rows, columns), dtype) * shape.w_scale[i] * init_scale
        b = initializers.get(bias_init).draw(key_b, (1, columns), dtype)[0] * shape.b_scale[i] * bias_scale
        inside = (jnp.arange(rows) < fan_in)[:, None] & there[None, :]
        layers.append(mlp.Layer(jnp.where(inside, w, 0), jnp.where(there, b, 0)))
    return tuple(layers)


def apply(params: mlp.Params, x: jax.Array, **keywords: Any) -> jax.Array:
    """Outputs of the network for one example: x [d] -> y [k]; the keywords of `predict`."""
    return predict(params, x[None], **keywords)[0]


def predict(
    params: mlp.Params, x: jax.Array, *, shape: Shape, activation: Callable, output_activation: Callable
) -> jax.Array:
    """Outputs of the network for many examples: x [n, d] -> y [n, k]."""
    columns = x.T
    for i, layer in enumerate(params[:-1]):
        width = shape.widths[i]
        there = (jnp.arange(len(layer.b)) < width)[:, None]
        # Twice: where a real neuron overflows, what enters one that is not there is inf * 0. (Its weights may still
        # become NaN then, and the network counts as diverged, which it would a little later.)
        z = jnp.where(there, mlp.sums(layer, columns), 0)
        h = jnp.where(there, activation(z), 0)
        columns = jnp.where(width > 0, h, columns) if i > 0 and len(columns) == len(h) else h
    return jax.vmap(output_activation, in_axes=1)(mlp.sums(params[-1], columns))


def unpad(params: mlp.Params, sizes: tuple[int, ...]) -> mlp.Params:
    """The parameters of the network itself, out of those of the padded one."""
    layers = (*params[: len(sizes) - 2], params[-1])
    return tuple(
        mlp.Layer(w[:fan_in, :fan_out], b[:fan_out])
        for (w, b), fan_in, fan_out in zip(layers, sizes[:-1], sizes[1:], strict=True)
    )
