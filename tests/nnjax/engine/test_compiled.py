"""What the compiler makes of a program that trains narrow networks, with the oldest and the newest JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nnjax
from nnjax.engine import layouts, padding, programs
from nnjax.engine.train import device_data

LINE = nnjax.tasks.data(np.linspace(-1, 1, 64)[:, None], np.linspace(-1, 1, 64)[:, None])


def compiled(data, **settings):
    """The compiled text of the function that trains many blocks of these networks."""
    program = nnjax.plan(data, **settings).programs[0]
    functions = programs.functions(program.spec, True, program.options)
    blocks = (program.blocks_per_call(), program.lanes)
    params = layouts.into_blocks(functions.draw(np.zeros(program.lanes, np.uint32), {}, None), "lanes", *blocks)
    hyper = {"learning_rate": jnp.full(blocks, 0.1)}
    given = (np.zeros(blocks, np.uint32), params, hyper, device_data(data, "float32"), padding.Shape())
    return functions.whole.lower(*given, program.intervals()[0], jnp.int32(1)).compile().as_text()


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="of the compiler for CPUs alone")
@pytest.mark.skipif(
    jax.__version_info__ < (0, 12),
    reason="before JAX 0.12 only loops over up to a kilobyte are one kernel: steps take up to 1.4 times as long",
)
@pytest.mark.parametrize(
    ("data", "settings"),
    [
        (nnjax.tasks.xor(), {"hidden": (2,), "loss": "sigmoid_binary_cross_entropy"}),
        (LINE, {"hidden": (8,) * 6}),
    ],
)
def test_the_loop_over_steps_is_one_kernel(data, settings):
    """XLA does this for loops over few bytes, see its option xla_cpu_small_while_loop_byte_threshold. Without it a step
    of a deep narrow network takes two to three times as long.
    """
    assert "xla_cpu_small_call" in compiled(data, **settings, seeds=10_000)
