"""A linear probe: ridge regression of one-hot targets on a layer's activations, its penalty chosen on held-out rows."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Penalties on weights of standardized activations, in units of the number of rows.
PENALTIES = 10.0 ** np.arange(-7.0, 5.0)


def probe(
    h: Float[Array, "n m"], y: Float[Array, "n k"], held_out: tuple[Array, Array], test: tuple[Array, Array]
) -> tuple[Float[Array, ""], Array]:
    """The accuracy of the best probe on the test rows, and which penalty was chosen.

    Args:
        h: activations of the training rows, and y their one-hot targets.
        held_out: activations and targets of the rows on which the penalty is chosen, the largest of equally good ones.
        test: those of the rows on which the accuracy is taken.

    The singular values and vectors of the standardized activations are those of their covariance, by `eigh`; then each
    penalty costs a product only. Units that are the same for all rows count for nothing.
    """
    mean, spread = h.mean(axis=0), h.std(axis=0)
    scale = jnp.where(spread > 1e-6 * (1 + jnp.abs(mean)), 1 / jnp.where(spread > 0, spread, 1.0), 0.0)
    z = (h - mean[None]) * scale[None]
    values, vectors = jnp.linalg.eigh(z.T @ z / len(h))
    along = vectors.T @ (z.T @ (y - y.mean(axis=0)[None]) / len(h))

    def weights(penalty: Array) -> Array:
        return vectors @ (along / (jnp.maximum(values, 0) + penalty)[:, None])

    def accuracy(w: Array, rows: tuple[Array, Array]) -> Array:
        said = ((rows[0] - mean[None]) * scale[None]) @ w + y.mean(axis=0)[None]
        return jnp.mean(said.argmax(axis=1) == rows[1].argmax(axis=1))

    all_weights = jax.vmap(weights)(jnp.asarray(PENALTIES, h.dtype))
    chosen = len(PENALTIES) - 1 - jnp.argmax(jax.vmap(lambda w: accuracy(w, held_out))(all_weights)[::-1])
    return accuracy(all_weights[chosen], test), chosen
