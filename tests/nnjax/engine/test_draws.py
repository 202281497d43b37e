"""The first parameters that the engine draws are those of `mlp.init`, bit for bit."""

import functools
from dataclasses import replace

import jax
import numpy as np
import pytest

from nnjax import initializers, machine, mlp, training
from nnjax.engine import draws, padding, programs

LAWS = [name for name, law in initializers.INITIALIZERS.items() if law.entries is not None]
SEEDS = np.asarray([*range(14), 2**31, 2**32 - 1], np.uint32)


def drawn(spec, seeds=SEEDS, numbers=None, widths=None):
    """The parameters of all networks as the engine draws them, with the lanes first."""
    with machine.precision(spec.dtype):
        draw = programs.functions(spec, True, machine.compiler_options()).draw
        params = draw(seeds, numbers or {}, widths)
        move = (lambda a: np.moveaxis(np.asarray(a), -1, 0)) if spec.layout == "lanes" else np.asarray
        return jax.tree.map(move, params)


def expected(spec, seeds=SEEDS, numbers=None):
    """The same by `training.draw`, under vmap."""
    spec = replace(spec, layout="matrices")

    @functools.partial(jax.jit, compiler_options=dict(machine.compiler_options()))
    def every(seeds, numbers):
        keys = jax.vmap(lambda seed: jax.random.key(seed, impl="threefry2x32"))(seeds)
        return jax.vmap(lambda key, numbers: training.draw(key, numbers, spec))(keys, numbers)

    with machine.precision(spec.dtype):
        return jax.tree.map(np.asarray, every(seeds, numbers or {}))


def assert_same(found, there):
    assert any(leaf.any() for leaf in jax.tree.leaves(found))
    jax.tree.map(np.testing.assert_array_equal, found, there)


# A law of each kind in every run of the tests: by fan in and by both fans. What is not drawn entry by entry is drawn by
# the very program that is the reference here.
KINDS = {("lecun_normal", "float32"), ("glorot_uniform", "float64")}
EVERY = [(law, dtype) for law in initializers.INITIALIZERS for dtype in ("float32", "float64")]


@pytest.mark.parametrize(
    ("law", "dtype"), [one if one in KINDS else pytest.param(*one, marks=pytest.mark.slow) for one in EVERY]
)
def test_every_law(law, dtype):
    bias = "zeros" if law == "spread" else "uniform" if law == "normal" else "normal"
    spec = training.Spec((3, 17), init=law, bias_init=bias, dtype=dtype)
    scales = {"init_scale": np.linspace(0.5, 2, 16).astype(dtype), "bias_scale": np.linspace(1, 3, 16).astype(dtype)}
    assert draws.by_entry(spec) == (law in LAWS)
    assert_same(drawn(spec, numbers=scales), expected(spec, numbers=scales))


def test_layouts_and_many_numbers():
    """128 networks with 540 weights: the larger of the two programs draws; in the other tests the smaller one does."""
    spec = training.Spec((1, 270, 1), init="glorot_uniform", bias_init="normal")
    seeds = np.arange(7, 7 + 128, dtype=np.uint32)
    assert draws.MANY <= 128 * 2 * 270
    there = expected(spec, seeds)
    for layout in ("lanes", "matrices"):
        assert_same(drawn(replace(spec, layout=layout), seeds), there)


def test_a_padded_network_starts_as_it_does_alone_with_zeros_around_it():
    program = training.Spec((2, 5, 5, 2), init="glorot_normal", bias_init="uniform")
    shapes = [(2, 3, 2), (2, 4, 1, 2)]
    which = np.arange(16) % 2
    widths = np.stack([padding.widths_of(sizes, program) for sizes in shapes])[which]
    numbers = {"init_scale": np.linspace(0.5, 2, 16).astype("float32")}
    found = drawn(program, numbers=numbers, widths=widths)
    for i, sizes in enumerate(shapes):
        there = drawn(replace(program, sizes=sizes), numbers=numbers)
        mine = [jax.tree.map(lambda a, lane=lane: a[lane], found) for lane in np.flatnonzero(which == i)]
        for params, lane in zip(mine, np.flatnonzero(which == i), strict=True):
            own = padding.unpad(params, sizes)
            assert_same(own, jax.tree.map(lambda a, lane=lane: a[lane], there))
            inside = sum(np.count_nonzero(leaf) for leaf in jax.tree.leaves(own))
            assert sum(np.count_nonzero(leaf) for leaf in jax.tree.leaves(params)) == inside


def test_what_has_a_program_of_its_own():
    spec = training.Spec((2, 3, 1))
    own = training.Model(lambda *args, **keywords: mlp.init(*args, **keywords), mlp.apply)
    assert not draws.by_entry(replace(spec, model=own))
    assert draws.by_entry(replace(spec, model=training.Model(mlp.init, own.apply)))
    with jax.threefry_partitionable(False):
        assert not draws.by_entry(spec)
