"""One neuron, and the perceptron rule held against Novikoff's bound and the count of separable functions."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import neurons
from nnjax.activations import sigmoid, step

fit = jax.jit(neurons.perceptron_fit, static_argnames="num_epochs")


def rows(num_inputs, low=0.0, dtype=jnp.float32):
    return jnp.array(list(itertools.product([low, 1.0], repeat=num_inputs)), dtype)


def test_affine_and_neuron_by_hand(dtype):
    x, w = jnp.asarray([1.0, 2.0], dtype), jnp.asarray([3.0, -0.5], dtype)
    assert neurons.affine(x, w, 0.25) == 2.25
    assert neurons.affine(x, w, 0.25).dtype == dtype
    np.testing.assert_allclose(neurons.neuron(x, w, -2.0, sigmoid), 0.5, rtol=1e-6)
    np.testing.assert_allclose(neurons.neuron(x, w, -1.0, sigmoid), 0.7310585786300049, rtol=1e-6)


@pytest.mark.parametrize(("threshold", "truth"), [(0.7, [0, 0, 0, 1]), (0.2, [0, 1, 1, 1])], ids=["and", "or"])
def test_threshold_units_of_the_chapter(threshold, truth, dtype):
    w = jnp.asarray([0.5, 0.5], dtype)
    fired = jax.vmap(lambda x: neurons.threshold_unit(x, w, threshold))(rows(2, dtype=dtype))
    np.testing.assert_array_equal(fired, truth)
    assert fired.dtype == dtype


def test_a_unit_at_its_threshold_does_not_fire():
    assert neurons.threshold_unit(jnp.array([1.0]), jnp.array([0.5]), 0.5) == 0


def test_one_correction_by_hand():
    w, b = jnp.array([1.0, -2.0]), jnp.array(0.5)
    # 1 * 1 - 2 * 1 + 0.5 < 0: silent where it should fire, so the input is added.
    (w1, b1), wrong = neurons.perceptron_step((w, b), jnp.array([1.0, 1.0]), 1.0)
    assert ([*w1], b1, wrong) == ([2.0, -1.0], 1.5, True)
    # 1 * 3 - 2 * 0 + 0.5 > 0: fires where it should not, so the input is taken away.
    (w2, b2), wrong = neurons.perceptron_step((w, b), jnp.array([3.0, 0.0]), 0.0)
    assert ([*w2], b2, wrong) == ([-2.0, -2.0], -0.5, True)
    # Right already.
    (w3, b3), wrong = neurons.perceptron_step((w, b), jnp.array([3.0, 0.0]), 1.0)
    assert ([*w3], b3, wrong) == ([1.0, -2.0], 0.5, False)


def test_a_whole_run_by_hand():
    """OR from zero, rows 00, 01, 10, 11: silent on 01, corrected to w = (0, 1), b = 1. Next pass: fires on 00
    (b = 0), silent on 10 (w = (1, 1), b = 1). Third: fires on 00 (b = 0). Fourth: no mistake.
    """
    run = fit(rows(2), jnp.array([0.0, 1.0, 1.0, 1.0]), num_epochs=10)
    assert ([*run.w], run.b, run.mistakes, run.epochs, run.converged) == ([1.0, 1.0], 0.0, 4, 4, True)


# Most mistakes by Novikoff 1962, (R |w*| / margin)^2 with the bias as an input of 1 and the best w*: computed
# from the widest margin of each. AND on {0, 1}: R^2 = 3 and the margin is 1 / sqrt(17).
@pytest.mark.parametrize(
    ("truth", "low", "bound"),
    [([0, 0, 0, 1], 0.0, 51), ([0, 1, 1, 1], 0.0, 27), ([0, 0, 0, 1], -1.0, 9), ([0, 1, 1, 1], -1.0, 9)],
    ids=["and 0 1", "or 0 1", "and -1 1", "or -1 1"],
)
def test_mistakes_keep_to_novikoffs_bound_in_any_order(truth, low, bound, dtype):
    orders = jnp.array(list(itertools.permutations(range(4))))
    x, y = rows(2, low, dtype), jnp.array(truth, dtype)
    run = jax.vmap(functools.partial(fit, num_epochs=60))(x[orders], y[orders])
    assert run.converged.all()
    assert 0 < run.mistakes.max() <= bound
    # It converged on what it was asked, and one pass without a mistake ended it.
    fired = jax.vmap(lambda w, b: step(x @ w + b))(run.w, run.b)
    np.testing.assert_array_equal(fired, np.tile(truth, (24, 1)))
    assert (run.epochs - 1 <= run.mistakes).all()


# Separable functions of n inputs: OEIS A000609.
@pytest.mark.parametrize(("num_inputs", "separable"), [(1, 4), (2, 14), (3, 104)])
@pytest.mark.parametrize("low", [0.0, -1.0])
def test_exactly_the_separable_functions_are_learned(num_inputs, separable, low):
    x = rows(num_inputs, low)
    truths = rows(2**num_inputs)  # every row of it is the truth table of one function
    run = jax.vmap(lambda y: fit(x, y, num_epochs=100))(truths)
    assert run.converged.sum() == separable
    fired = jax.vmap(lambda w, b: step(x @ w + b))(run.w, run.b)
    np.testing.assert_array_equal((fired == truths).all(axis=1), run.converged)
    assert (run.epochs[~run.converged] == 100).all()
    assert run.epochs[run.converged].max() < 50  # so that 100 passes decide


def test_xor_and_xnor_are_the_two_of_sixteen_that_are_not():
    truths = rows(4)
    run = jax.vmap(lambda y: fit(rows(2), y, num_epochs=100))(truths)
    assert truths[~run.converged].tolist() == [[0, 1, 1, 0], [1, 0, 0, 1]]


def test_one_of_many_is_trained_as_if_alone():
    truths = rows(8)
    many = jax.vmap(lambda y: fit(rows(3), y, num_epochs=20))(truths)
    for i in (0, 1, 23, 105, 232):
        alone = fit(rows(3), truths[i], num_epochs=20)
        for all_values, value in zip(many, alone, strict=True):
            np.testing.assert_array_equal(all_values[i], value)


@given(
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=6, max_size=6),
)
def test_novikoffs_bound_for_whatever_a_unit_can_tell_apart(unit, points):
    """Rows labelled by a unit with margin at least 1/2 are learned within R^2 |w*|^2 / margin^2 mistakes."""
    x, w, b = np.array(points, np.float32), np.array(unit[:3], np.float32), unit[3] + 0.5
    y = x @ w + b > 0  # whole numbers and a half: never nearer to 0 than 1/2
    bound = (1 + (x**2).sum(axis=1).max()) * (w @ w + b**2) / 0.5**2
    run = fit(jnp.array(x), jnp.array(y, jnp.float32), num_epochs=4_000)
    assert run.converged
    assert run.mistakes <= bound


@pytest.mark.parametrize("num_epochs", [0, -1])
def test_no_epochs_are_refused(num_epochs):
    with pytest.raises(ValueError, match=rf"^num_epochs={num_epochs} must be 1 or more"):
        neurons.perceptron_fit(rows(2), jnp.zeros(4), num_epochs)
