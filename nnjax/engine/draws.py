"""The initial parameters of many networks: bit for bit those of `mlp.init`, without a program for every shape.

A program that draws takes half a second to compile, as long as one that trains. So one small program, the same for all
shapes, computes each number from the network's seed and the number's place in the network. Padded networks are drawn in
their own shape, then padded with zeros.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend import random as jex_random

from nnjax import initializers, machine, mlp, training
from nnjax.engine import identity
from nnjax.initializers import Law
from nnjax.machine import Options

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
# How many numbers one call of the small program draws: FEW if they are enough, else MANY.
FEW, MANY = 2**12, 2**14


def by_entry(spec: training.Spec) -> bool:
    """Whether the initial parameters can be drawn here: those of `mlp.init`, if each entry is drawn by itself."""
    laws = [initializers.get(name) for name in (spec.init, spec.bias_init)]
    by_entry = all(law.entries is not None for law in laws) and spec.model.init is mlp.init
    return by_entry and bool(jax.config.jax_threefry_partitionable)


def draw(
    seeds: np.ndarray,
    hyper: Mapping[str, np.ndarray],
    widths: np.ndarray | None,
    *,
    spec: training.Spec,
    options: Options,
) -> mlp.Params:
    """The initial parameters of networks with these seeds [lanes]: lanes first in the layout of matrices, else last.

    `hyper` are init_scale and bias_scale [lanes], if they are not 1; `widths` [lanes, depth] those of padded networks.
    """
    seeds = np.asarray(seeds, np.uint32)
    if widths is None:
        params = _of_one_shape(seeds, hyper, spec, options)
    else:
        params = _padded(seeds, hyper, widths, spec, options)
    if spec.layout != "matrices":
        return params
    return tuple(mlp.Layer(*(np.ascontiguousarray(np.moveaxis(a, -1, 0)) for a in layer)) for layer in params)


def _padded(
    seeds: np.ndarray, hyper: Mapping[str, np.ndarray], widths: np.ndarray, spec: training.Spec, options: Options
) -> mlp.Params:
    """Networks of several shapes, each in the corner of arrays [fan_in, fan_out, lanes] of zeros."""
    fans, lanes = list(pairwise(spec.sizes)), len(seeds)
    params = tuple(mlp.Layer(np.zeros((*f, lanes), spec.dtype), np.zeros((f[1], lanes), spec.dtype)) for f in fans)
    for own in np.unique(widths, axis=0):
        these, hidden = np.flatnonzero((widths == own).all(axis=1)), own[own > 0].tolist()
        one = replace(spec, sizes=(spec.sizes[0], *hidden, spec.sizes[-1]))
        drawn = _of_one_shape(seeds[these], {name: values[these] for name, values in hyper.items()}, one, options)
        for place, (w, b) in zip([*range(len(hidden)), -1], drawn, strict=True):
            params[place].w[: w.shape[0], : w.shape[1], these] = w
            params[place].b[: len(b), these] = b
    return params


def _of_one_shape(
    seeds: np.ndarray, hyper: Mapping[str, np.ndarray], spec: training.Spec, options: Options
) -> mlp.Params:
    """w [fan_in, fan_out, lanes] and b [fan_out, lanes] of every layer."""
    fans, dtype = list(pairwise(spec.sizes)), np.dtype(spec.dtype)
    found = []
    for part, (name, scale) in enumerate(((spec.init, "init_scale"), (spec.bias_init, "bias_scale"))):
        law, factor = initializers.get(name), np.asarray(hyper.get(scale, 1.0), dtype)
        drawn = _entries(
            law, part, [(1 if part else fan_in, fan_out) for fan_in, fan_out in fans], seeds, dtype, options
        )
        found.append([a * np.asarray(law.scale(*f), dtype) * factor for a, f in zip(drawn, fans, strict=True)])
    return tuple(mlp.Layer(w, b[0]) for w, b in zip(*found, strict=True))


def _entries(
    law: Law, part: int, shapes: Sequence[tuple[int, int]], seeds: np.ndarray, dtype: np.dtype, options: Options
) -> list[np.ndarray]:
    """What a law draws at unit scale for all layers, their weights (part 0) or biases (1): [rows, fan_out, lanes]."""
    whole = [(*shape, len(seeds)) for shape in shapes]
    if law.entries is initializers.zeros:
        return [np.zeros(shape, dtype) for shape in whole]
    paths = []
    for layer, (rows, fan_out) in enumerate(shapes):
        row, neuron = np.divmod(np.arange(rows * fan_out), fan_out)
        paths.append(np.stack(np.broadcast_arrays(0, layer, part, neuron, row)))
    path = np.repeat(np.concatenate(paths, axis=1).astype(np.uint32), len(seeds), axis=1)
    size = FEW if path.shape[1] <= FEW else MANY
    calls = -(-path.shape[1] // size)
    path = np.pad(path, ((0, 0), (0, calls * size - path.shape[1]))).reshape(len(path), calls, size)
    roots = np.resize(seeds, (calls, size))
    numbers = _numbers(law.entries, dtype.name, options, machine.platform())
    flat = np.concatenate(jax.device_get([numbers(roots[i], path[:, i]) for i in range(calls)]))
    ends = np.cumsum([math.prod(shape) for shape in whole])
    return [a.reshape(shape) for a, shape in zip(np.split(flat[: ends[-1]], ends[:-1]), whole, strict=True)]


@identity.kept(64)
def _numbers(entries: Callable[..., jax.Array], dtype: str, options: Options, backend: str) -> Callable:
    """The program that draws numbers [n] from seeds [n] and paths [k, n]. A path leads from a seed's key from child to
    child to the key that draws the number; its last row says which number of that key it is. JAX's own formulas turn
    random bits into numbers: JAX is given a generator that returns the bits.
    """

    def never(*_: Any) -> Any:
        raise AssertionError("this generator only returns bits that were drawn before")

    def random_bits(key: jax.Array, width: int, shape: tuple[int, ...]) -> jax.Array:
        if width == 32:
            return key[0] ^ key[1]
        high, low = (word.astype(jnp.uint64) for word in key)
        return (high << np.uint64(32)) | low

    def numbers(seeds: jax.Array, path: jax.Array) -> jax.Array:
        root = (jnp.zeros_like(seeds), seeds)
        bits = jax.lax.fori_loop(0, len(path), lambda i, key: _threefry(key, path[i]), root)
        given = jex_random.define_prng_impl(
            key_shape=(2, *seeds.shape),
            seed=never, split=never, random_bits=random_bits, fold_in=never, name="given_bits",
        )  # fmt: skip
        return entries(jax.random.wrap_key_data(jnp.stack(bits), impl=given), seeds.shape, dtype)

    return jax.jit(numbers, compiler_options=dict(options))


def _threefry(key: tuple[jax.Array, jax.Array], count: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Threefry-2x32 with 20 rounds (Salmon et al. 2011) of (0, count) under each key: the two words are the key
    `jax.random.split(key, n)[count]`, whatever n is, or random bits.
    """
    schedule = (*key, key[0] ^ key[1] ^ np.uint32(0x1BD11BDA))
    x0, x1 = schedule[0], schedule[1] + count
    for i in range(5):
        for turn in ROTATIONS[i % 2]:
            x0 = x0 + x1
            x1 = x0 ^ ((x1 << np.uint32(turn)) | (x1 >> np.uint32(32 - turn)))
        x0 = x0 + schedule[(i + 1) % 3]
        x1 = x1 + (schedule[(i + 2) % 3] + np.uint32(i + 1))
    return x0, x1
