"""The networks of `activations.softmax`: two classes, three spirals by loss, start and temperature, and bare logits."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.activations.softmax import pairs, times
from experiments.activations.softmax.config import Config, check
from experiments.activations.softmax.objectives import LOSSES

MARGINS = np.arange(0.5, 8.01, 0.5)  # by which the wrong of two logits is ahead
STEP, MOST_STEPS = 0.05, 10_000  # of gradient descent on two logits


def run(config: Config) -> xr.Dataset:
    """Run all parts and merge their data."""
    check(config)
    learned = times.by_loss(config)
    parts = [learned, times.by_temperature(config, learned), pairs.trained(config), confident_errors()]
    return xr.merge(parts).assign_attrs(num_steps=config.num_steps)


def confident_errors() -> xr.Dataset:
    """The slope of the loss of two bare logits that are wrong by a margin, and the time to unlearn [loss, margin]."""
    target = jnp.array([0.0, 1.0])
    logits = jnp.column_stack([jnp.asarray(MARGINS) / 2, -jnp.asarray(MARGINS) / 2])
    slopes, unlearned = [], []
    for loss in LOSSES.values():
        gradient = jax.vmap(lambda z, loss=loss: jax.grad(loss)(z, target))

        @jax.jit
        def steps(z, gradient=gradient):
            def one(_, state):
                z, steps = state
                wrong = z[:, 0] > z[:, 1]
                return jnp.where(wrong[:, None], z - STEP * gradient(z), z), steps + wrong

            return jax.lax.fori_loop(0, MOST_STEPS, one, (z, jnp.zeros(len(z), int)))[1]

        slopes.append(np.asarray(gradient(logits))[:, 0])
        unlearned.append(np.asarray(steps(logits)) * STEP)
    names = ("loss", "margin")
    return xr.Dataset(
        {"slope": (names, np.stack(slopes)), "unlearning_time": (names, np.stack(unlearned))},
        {"loss": list(LOSSES), "margin": MARGINS},
    )
