"""Networks written down compute their truth tables exactly, with the numbers of the chapter."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnjax import mlp
from nnjax.activations import step
from nnjax.theory import constructions

ROWS = [[0, 0], [0, 1], [1, 0], [1, 1]]
TRUTH = {
    "and_gate": [0, 0, 0, 1],
    "or_gate": [0, 1, 1, 1],
    "nand_gate": [1, 1, 1, 0],
    "xor_from_gates": [0, 1, 1, 0],
    "xor_multilayer_perceptron": [0, 1, 1, 0],
}


def outputs(params, rows):
    return jax.vmap(lambda x: mlp.apply(params, x, activation=step, output_activation=step))(rows)


@pytest.mark.parametrize("name", TRUTH)
def test_exact_on_every_row(name):
    result = outputs(getattr(constructions, name)(), jnp.array(ROWS, "float32"))
    np.testing.assert_array_equal(result, np.array(TRUTH[name])[:, None])


@pytest.mark.parametrize("name", TRUTH)
def test_no_sum_lies_on_its_threshold(name):
    """So that it does not matter whether a unit fires at its threshold, and no rounding can turn a row."""
    x = jnp.array(ROWS, jnp.float32)
    for w, b in getattr(constructions, name)():
        z = x @ w + b[None, :]
        assert jnp.min(jnp.abs(z)) > 0.19
        x = step(z)


@pytest.mark.parametrize(("name", "threshold"), [("and_gate", 0.7), ("or_gate", 0.2)])
def test_gates_have_the_weights_and_thresholds_of_the_chapter(name, threshold):
    ((w, b),) = getattr(constructions, name)()
    np.testing.assert_array_equal(w, [[0.5], [0.5]])
    np.testing.assert_array_equal(b, np.float32([-threshold]))


def test_xor_from_gates_is_two_gates_under_a_third():
    hidden, output = constructions.xor_from_gates()
    np.testing.assert_array_equal(hidden.w, [[-0.5, 0.5], [-0.5, 0.5]])
    np.testing.assert_array_equal(hidden.b, np.float32([0.7, -0.2]))
    np.testing.assert_array_equal(output.w, [[0.5], [0.5]])
    np.testing.assert_array_equal(output.b, np.float32([-0.7]))


def test_every_threshold_of_the_multilayer_perceptron_is_one_half():
    hidden, output = constructions.xor_multilayer_perceptron()
    assert [*hidden.b, *output.b] == [-0.5, -0.5, -0.5]
    np.testing.assert_array_equal(hidden.w, [[1, -1], [-1, 1]])
    np.testing.assert_array_equal(output.w, [[1], [1]])


def test_the_hidden_units_of_the_multilayer_perceptron_see_one_row_each():
    (w, b), _ = constructions.xor_multilayer_perceptron()
    hidden = step(jnp.array(ROWS, jnp.float32) @ w + b[None, :])
    np.testing.assert_array_equal(hidden, [[0, 0], [0, 1], [1, 0], [0, 0]])
