"""Gradients of confident errors against JAX's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnjax import losses
from nnjax.theory.confident_errors import LOSSES, steepness

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


def test_another_loss_is_refused():
    with pytest.raises(ValueError, match="loss"):
        steepness(1.0, "hinge")
