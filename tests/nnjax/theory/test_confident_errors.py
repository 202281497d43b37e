"""Gradients of confident errors against JAX's, and times to unlearn them against the integral."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnjax import losses
from nnjax.theory import quadrature
from nnjax.theory.confident_errors import LOSSES, steepness, unlearning_time

OF_LOGITS = {
    "cross-entropy": losses.softmax_cross_entropy,
    "squared error": lambda z, y: jnp.sum((jax.nn.softmax(z) - y) ** 2),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_steepness_is_that_of_the_loss(loss):
    margins = np.array([-2.0, 0.0, 0.5, 3.0, 8.0])
    logits = np.column_stack([margins / 2, -margins / 2])
    with jax.enable_x64(True):
        gradient = jax.jit(jax.vmap(jax.grad(OF_LOGITS[loss]), (0, None)))(logits, jnp.array([0.0, 1.0]))
    np.testing.assert_allclose(gradient, steepness(margins, loss)[:, None] * [1, -1], rtol=1e-11)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_time_is_the_integral(loss):
    for margin in (0.1, 1.0, 6.0, 12.0):
        time = quadrature.integral(lambda m: 1 / (2 * steepness(m, loss)), (0.0, margin))
        assert float(unlearning_time(margin, loss)) == pytest.approx(time, rel=1e-10)
    assert float(unlearning_time(0.0, loss)) == 0


def test_one_grows_with_the_margin_and_the_other_with_its_exponential():
    assert float(unlearning_time(30.0, "cross-entropy")) == pytest.approx(15.5)
    assert float(unlearning_time(30.0, "squared error") * 8 / np.exp(30.0)) == pytest.approx(1, rel=1e-9)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="margin"):
        unlearning_time(-1.0, "cross-entropy")
    with pytest.raises(ValueError, match="loss"):
        steepness(1.0, "hinge")
