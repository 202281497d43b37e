"""The activations of `universal`: polynomials and others, each with what theory says it can do."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from nnjax import activations


def square(z: Array) -> Array:
    """z^2."""
    return z * z


def cube(z: Array) -> Array:
    """z^3."""
    return z * z * z


def fifth_power(z: Array) -> Array:
    """z^5."""
    return z * z * z * z * z


def tanh_series(z: Array) -> Array:
    """The Taylor polynomial of tanh of degree 7: within 1% of it for |z| < 0.95, and yet a polynomial."""
    return z * (1 + z * z * (-1 / 3 + z * z * (2 / 15 - 17 / 315 * z * z)))


def kinked_cube(z: Array) -> Array:
    """z^3 + |z|/10: a polynomial except for one slight kink."""
    return z * z * z + jnp.abs(z) / 10


def cosine_squasher(z: Array) -> Array:
    """0, then half a cosine, then 1 (Gallant & White 1988)."""
    return (1 + jnp.sin(jnp.clip(z, -np.pi / 2, np.pi / 2))) / 2


def jumping_squasher(z: Array) -> Array:
    """A squashing function, from 0 up to 1, that is a sigmoid with two jumps: at -1 and at 1.5."""
    return activations.sigmoid(z) / 2 + 0.2 * (z > -1) + 0.3 * (z > 1.5)


def spiked_square(z: Array) -> Array:
    """z^2, but 1 at z = 0: not a polynomial, and yet one almost everywhere."""
    return jnp.where(z == 0, 1.0, z * z)


def reciprocal(z: Array) -> Array:
    """1/z: not bounded near 0."""
    return 1 / z


# name: (the function, its degree)
POLYNOMIALS = {
    "$z$": (activations.identity, 1),
    "$z^2$": (square, 2),
    "$z^3$": (cube, 3),
    "$z^5$": (fifth_power, 5),
    "Taylor polynomial of tanh": (tanh_series, 7),
}
# name: (the function, the greatest weights that are tried). The scale does not matter to steps and ReLU; the kinked
# cube shows its kink at small scales.
STEEP = (2.0, 8.0, 32.0, 128.0, 512.0)
OTHERS = {
    "step": (activations.step, (1.0,)),
    "sigmoid": (activations.sigmoid, STEEP),
    "tanh": (activations.tanh, STEEP),
    "ReLU": (activations.relu, (1.0,)),
    "sine": (activations.sin, STEEP),
    "cosine squasher": (cosine_squasher, STEEP),
    "squasher with jumps": (jumping_squasher, STEEP),
    "$z^3 + |z|/10$": (kinked_cube, (0.1, 0.5, 2.0, 8.0, 32.0, 128.0, 512.0, 2048.0)),
}
JUMPING = "step", "squasher with jumps"
# Without biases. name: (the function, what its units span on an interval around 0 besides constants)
UNBIASED = {
    "step": (activations.step, "sign"),
    "ReLU": (activations.relu, "lines"),
    "tanh": (activations.tanh, "odd"),
    "sigmoid": (activations.sigmoid, "odd"),
    "sine": (activations.sin, "odd"),
    "softplus": (activations.softplus, "even and x"),
    "GELU": (activations.gelu, "even and x"),
    "ELU": (activations.elu, "all"),
    "exponential": (jnp.exp, "all"),
}
