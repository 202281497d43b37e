"""Hidden units that are steps, or become steps: two ways to pass a gradient through a step, and a gain that rises."""

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from experiments.activations.solved import worst_error
from nnjax import activations, mlp
from nnjax.spec import Model
from nnjax.tasks import Data


@jax.custom_jvp
def straight_through(z):
    """A step whose derivative is taken to be 1 (Bengio, Leonard & Courville 2013, section 4)."""
    return activations.step(z)


@jax.custom_jvp
def clipped(z):
    """A step whose derivative is taken to be 1 from -1 to 1 and 0 beyond (Hubara et al. 2016, equation 4)."""
    return activations.step(z)


straight_through.defjvp(lambda primals, tangents: (straight_through(*primals), tangents[0]))
clipped.defjvp(lambda primals, tangents: (clipped(*primals), jnp.where(jnp.abs(primals[0]) <= 1, tangents[0], 0.0)))


def _init(key: Any, sizes: tuple[int, ...], **how: Any) -> dict[str, Any]:
    """The layers that `mlp.init` draws from the same key, and a gain of 1."""
    return {"layers": mlp.init(key, sizes, **how), "gain": jnp.ones((), how["dtype"])}


def _apply(params: dict[str, Any], x: Float[Array, " d"], *, activation: Any, output_activation: Any) -> Array:
    def steep(z: Array) -> Array:
        return activation(params["gain"] * z)

    return mlp.apply(params["layers"], x, activation=steep, output_activation=output_activation)


# An mlp all of whose hidden units share a gain: activation(gain * (w . x + b)).
STEEP = Model(_init, _apply)


def rising_gain(learning_rate: Any, final_gain: float = 10.0, gain_steps: float = 1000.0) -> Any:
    """Adam for the layers of STEEP, while the gain goes from 1 to `final_gain` in equal ratios over `gain_steps`."""

    adam = optax.adam(learning_rate)

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, Any]:
        step, inner = state
        moved: Any
        moved, inner = adam.update(updates, inner, params)
        gain = final_gain ** (jnp.minimum(step + 1, gain_steps) / gain_steps)
        return moved | {"gain": jnp.asarray(gain, params["gain"].dtype) - params["gain"]}, (step + 1, inner)

    return optax.GradientTransformation(lambda params: (jnp.zeros(()), adam.init(params)), update)


def cut_error(params: Any, data: Data) -> Float[Array, ""]:
    """The worst error once each hidden unit is a step with the same weights; a gain above 0 changes no step."""
    layers = params["layers"] if isinstance(params, dict) else params

    def cut(_: Any, x: Array) -> Any:
        return mlp.predict(layers, x, activation=activations.step)

    return worst_error(params, data, cut)
