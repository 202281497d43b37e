"""What nnjax relies on in JAX, a fault of an old jaxlib for which `pyproject.toml` asks for a newer one, and what the
tests themselves rely on: that annotations are checked.
"""

import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

import nnjax
from nnjax.engine.plan import grouped


def test_sums_of_squares_of_products_at_32769_rows():
    """jaxlib 0.10.2 gave 1065369600 in the last row for 32768^2 = 1073741824 on CPU, that of another row
    (jax issue 39103)."""
    rows = 32_769
    i = np.arange(rows, dtype=np.float32)
    x = np.stack([i, np.zeros_like(i), np.zeros_like(i)], axis=1)
    matrix = jnp.eye(3)

    def squares(x):
        return jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))(x)

    result = np.asarray(jax.jit(squares)(x))
    np.testing.assert_array_equal(result, i**2)
    assert result[-1] == 1073741824


def test_sums_of_squares_of_products_at_16385_rows_in_float64():
    """The same fault in double precision, where it began at half as many rows."""
    rows = 16_385
    with jax.enable_x64(True):
        i = np.arange(rows, dtype=np.float64)
        x = np.stack([i, i + 1, np.zeros_like(i)], axis=1)
        matrix = jnp.array([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]])
        result = jax.jit(lambda x: jax.vmap(lambda row: jnp.sum((matrix @ row) ** 2))(x))(x)
        np.testing.assert_array_equal(result, ((x @ np.asarray(matrix).T) ** 2).sum(axis=1))


def test_a_longer_split_begins_with_the_shorter():
    """What makes networks nest: the keys of the first neurons do not depend on how many follow."""
    key = jax.random.key(5)
    long = jax.random.key_data(jax.random.split(key, 20))
    for n in (1, 2, 7, 19):
        np.testing.assert_array_equal(jax.random.key_data(jax.random.split(key, n)), long[:n])


def test_annotations_are_checked_but_those_of_a_sweep():
    params = nnjax.theory.constructions.xor_multilayer_perceptron()
    with pytest.raises(jaxtyping.TypeCheckError):
        nnjax.mlp.apply(params, jnp.ones((3, 2)))
    with pytest.raises(jaxtyping.TypeCheckError):
        grouped("shapes", 3)
    with pytest.raises(ValueError, match="num_steps='many'"):
        nnjax.sweep(nnjax.tasks.xor(), hidden=(2,), num_steps="many")
