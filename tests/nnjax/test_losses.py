"""Losses against their closed forms, their gradients against differences, and what counts as right."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnjax import losses
from nnjax.losses import LOSSES

E = math.e

# name, output, target, value: the definition in the docstring, worked with `math` in double precision.
VALUES = [
    ("squared_error", [3.0], [1.0], 4.0),
    ("squared_error", [3.0, 1.0], [1.0, 1.5], (4 + 0.25) / 2),
    ("l2_loss", [3.0], [1.0], 2.0),
    ("l2_loss", [3.0, 1.0], [1.0, 1.5], (4 + 0.25) / 4),
    ("huber_loss", [0.5], [0.0], 0.125),
    ("huber_loss", [-3.0], [0.0], 2.5),  # |e| - 1/2 beyond 1 (Huber 1964)
    ("huber_loss", [0.5, -3.0], [0.0, 0.0], (0.125 + 2.5) / 2),
    ("log_cosh", [0.5], [0.0], math.log(math.cosh(0.5))),
    ("log_cosh", [1e-4], [0.0], 1e-8 / 2 - 1e-16 / 12),  # where log 2 would cancel
    ("log_cosh", [-200.0], [0.0], 200 - math.log(2)),
    ("log_cosh", [0.5, 3.0], [0.0, 1.0], (math.log(math.cosh(0.5)) + math.log(math.cosh(2))) / 2),
    ("sigmoid_binary_cross_entropy", [0.0], [1.0], math.log(2)),
    ("sigmoid_binary_cross_entropy", [2.0], [0.0], math.log(1 + E**2)),
    ("sigmoid_binary_cross_entropy", [2.0], [0.25], math.log(1 + E**2) - 0.25 * 2),
    (
        "sigmoid_binary_cross_entropy",
        [2.0, -1.0],
        [1.0, 0.0],
        (math.log(1 + E**-2) + math.log(1 + 1 / E)) / 2,
    ),
    ("softmax_cross_entropy", [1.0, 2.0, 3.0], [0.0, 0.0, 1.0], math.log(E + E**2 + E**3) - 3),
    ("softmax_cross_entropy", [0.0, 0.0, 0.0], [1.0, 0.0, 0.0], math.log(3)),
    ("softmax_cross_entropy", [1.0, 2.0], [0.5, 0.5], math.log(E + E**2) - 1.5),
]


def test_reference_values(dtype):
    @jax.jit  # one program for all
    def results(pairs):
        return [LOSSES[name](*pair) for (name, *_), pair in zip(VALUES, pairs, strict=True)]

    found = results([(np.array(output, dtype), np.array(target, dtype)) for _, output, target, _ in VALUES])
    for (name, output, target, value), result in zip(VALUES, found, strict=True):
        assert result.shape == ()
        assert result.dtype == dtype
        about = f"{name} of {output} and {target}"
        np.testing.assert_allclose(result, value, rtol=16 * np.finfo(dtype).eps, err_msg=about)


def test_every_loss_has_a_reference_value():
    assert {name for name, *_ in VALUES} == set(LOSSES)


def test_gradients_are_the_slopes():
    with jax.enable_x64(True):
        output, target = np.array([0.3, -1.7, 2.2]), np.array([0.2, 0.5, 0.3])
        h = 1e-6 * np.eye(3)

        @jax.jit
        def found(output, beside):
            every = {name: functools.partial(loss, target=jnp.asarray(target)) for name, loss in LOSSES.items()}
            return {name: (jax.grad(loss)(output), jax.vmap(loss)(beside)) for name, loss in every.items()}

        for name, (grad, values) in jax.device_get(found(output, np.concatenate([output + h, output - h]))).items():
            slopes = (values[:3] - values[3:]) / 2e-6
            np.testing.assert_allclose(grad, slopes, rtol=1e-7, atol=1e-9, err_msg=name)
            assert np.abs(grad).max() > 1e-3


def test_no_output_is_too_great():
    """The losses that take logits never form the exponential that would overflow."""

    @jax.jit
    def found(outputs, target):
        some = {name: loss for name, loss in LOSSES.items() if name not in ("squared_error", "l2_loss")}
        return {n: jax.vmap(jax.value_and_grad(loss), in_axes=(0, None))(outputs, target) for n, loss in some.items()}

    ends = jax.device_get(found(np.float32([[1e4, -1e4], [-1e4, 1e4]]), np.float32([1.0, 0.0])))
    for name, (values, gradients) in ends.items():
        assert np.isfinite(values).all(), name
        assert np.isfinite(gradients).all(), name


@jax.jit
def together_and_alone(output, target):
    """By name: the loss of all outputs, and that of each."""
    some = {name: loss for name, loss in LOSSES.items() if name != "softmax_cross_entropy"}
    return {n: (loss(output, target), jax.vmap(loss)(output[:, None], target[:, None])) for n, loss in some.items()}


@given(st.lists(st.tuples(st.floats(-10, 10, width=32), st.floats(0, 1, width=32)), min_size=3, max_size=3))
def test_several_outputs_are_averaged(pairs):
    output, target = (np.array(column, "float32") for column in zip(*pairs, strict=True))
    for name, (together, each) in jax.device_get(together_and_alone(output, target)).items():
        np.testing.assert_allclose(together, np.mean(each), rtol=1e-5, atol=1e-6, err_msg=name)
        assert min(each) >= -1e-6, name


def test_get():
    assert losses.get("huber_loss") is losses.huber_loss
    assert losses.get(losses.log_cosh) is losses.log_cosh
    with pytest.raises(ValueError, match="loss='square_error' is unknown; did you mean 'squared_error'"):
        losses.get("square_error")


@pytest.mark.parametrize(
    ("name", "y", "expected"),
    [
        ("softmax_cross_entropy", [[0.0, 1.0], [1.0, 0.0]], "argmax"),
        ("sigmoid_binary_cross_entropy", [[0.0], [1.0]], 0.0),
        ("sigmoid_binary_cross_entropy", [[0.1], [0.4], [0.9]], 0.0),
        ("squared_error", [[0.0], [1.0]], 0.5),
        ("squared_error", [[-1.0], [1.0], [1.0]], 0.0),
        ("huber_loss", [[0.1, 0.9]], 0.5),
        ("l2_loss", [[2.0], [5.0]], 3.5),
        ("squared_error", [[0.0], [0.5], [1.0]], None),
        ("squared_error", [[0.0, 1.0], [1.0, 0.0]], "argmax"),
        ("sigmoid_binary_cross_entropy", [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]], "argmax"),
        ("sigmoid_binary_cross_entropy", [[0.0, 1.0], [1.0, 1.0]], 0.0),
        ("squared_error", [[-1.0, 1.0], [1.0, -1.0]], 0.0),
        ("squared_error", [[0.0, 0.0], [1.0, 0.0]], 0.5),
    ],
)
def test_decision(name, y, expected):
    assert losses.decision(LOSSES[name], np.array(y)) == expected


@pytest.mark.parametrize(
    ("name", "decision", "output", "target", "right"),
    [
        ("softmax_cross_entropy", "argmax", [0.1, 3.0, -1.0], [0.0, 1.0, 0.0], True),
        ("softmax_cross_entropy", "argmax", [4.0, 3.0, -1.0], [0.0, 1.0, 0.0], False),
        ("sigmoid_binary_cross_entropy", 0.0, [0.1], [1.0], True),
        ("sigmoid_binary_cross_entropy", 0.0, [0.4], [0.0], False),  # a logit of 0.4 says yes
        ("sigmoid_binary_cross_entropy", 0.0, [-0.1], [0.0], True),
        ("sigmoid_binary_cross_entropy", 0.0, [0.1, -0.1], [1.0, 1.0], False),  # one output of two is wrong
        ("sigmoid_binary_cross_entropy", 0.0, [0.1, -0.1], [1.0, 0.0], True),
        ("squared_error", 0.5, [0.6], [1.0], True),
        ("squared_error", 0.5, [0.4], [1.0], False),
        ("squared_error", 0.5, [0.5], [0.0], True),
        ("squared_error", 0.0, [-0.2], [-1.0], True),
        ("squared_error", 0.0, [0.2], [-1.0], False),
        ("squared_error", 0.5, [np.nan], [1.0], False),
    ],
)
def test_correct(name, decision, output, target, right):
    assert bool(losses.correct(jnp.array(output), jnp.array(target), LOSSES[name], decision)) is right


def total(loss):
    return lambda z, y: jnp.sum(loss(jnp.asarray(z)[None], jnp.asarray(y)[None]))


def test_the_derivative_of_the_logistic_loss_is_that_of_optax():
    """First and second, in z and in y, on both sides of 0 and at it."""
    z, y = (a.ravel() for a in np.meshgrid((-30.0, -2.0, -1e-9, 0.0, 1e-9, 0.5, 30.0), (0.0, 0.25, 1.0)))

    def slopes(loss):
        goal = total(loss)
        return jax.jit(jax.vmap(lambda z, y: (jax.grad(goal, (0, 1))(z, y), jax.grad(jax.grad(goal))(z, y))))(z, y)

    with jax.enable_x64(True):
        (own, own_bend), (theirs, bend) = map(
            slopes, (losses.sigmoid_binary_cross_entropy, optax.sigmoid_binary_cross_entropy)
        )
    np.testing.assert_allclose(own, theirs, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(own_bend, bend, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(("z", "y", "slope"), [(40.0, 1.0, -4.248354e-18), (-40.0, 0.0, 4.248354e-18)])
def test_a_right_answer_keeps_its_small_gradient(z, y, slope):
    """In float32 sigmoid(40) - 1 is 0, and Adam would see no gradient at all."""
    loss = total(losses.sigmoid_binary_cross_entropy)
    grad = jax.jit(jax.grad(loss))(np.float32(z), np.float32(y))
    np.testing.assert_allclose(grad, slope, rtol=1e-5)
