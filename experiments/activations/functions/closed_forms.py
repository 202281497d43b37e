"""The activations and their derivatives in NumPy and SciPy, independent of `nnjax.activations`."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

type Function = Callable[[np.ndarray], np.ndarray]


class Form(NamedTuple):
    """An activation in closed form: value, and derivative (at kinks that of `nnjax.activations`)."""

    value: Function
    slope: Function
    greatest_slope: float
    soft: bool  # whether it saturates softly: its derivative tends to 0 on a side, and is not 0 there


ROOT = np.sqrt(2 / np.pi)


def _gelu_inner(z: np.ndarray) -> np.ndarray:
    return ROOT * (z + 0.044715 * z**3)


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    # 1 + tanh(u) = 2 expit(2 u), which keeps its digits where tanh is nearly -1.
    u = _gelu_inner(z)
    return expit(2 * u) + 2 * z * expit(2 * u) * expit(-2 * u) * ROOT * (1 + 3 * 0.044715 * z**2)


FORMS = {
    "step": Form(lambda z: (z > 0) * 1.0, lambda z: 0.0 * z, 0.0, False),
    "sigmoid": Form(expit, lambda z: expit(z) * expit(-z), 0.25, True),
    "tanh": Form(np.tanh, lambda z: 4 * expit(2 * z) * expit(-2 * z), 1.0, True),
    "relu": Form(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0, 1.0, False),
    "leaky_relu": Form(lambda z: np.where(z >= 0, z, 0.01 * z), lambda z: np.where(z >= 0, 1.0, 0.01), 1.0, False),
    "elu": Form(
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), lambda z: np.exp(np.minimum(z, 0)), 1.0, True
    ),
    "gelu": Form(lambda z: z * expit(2 * _gelu_inner(z)), _gelu_slope, 1.129, True),
    "silu": Form(lambda z: z * expit(z), lambda z: expit(z) * (1 + z * expit(-z)), 1.0998, True),
    "softplus": Form(lambda z: np.logaddexp(0, z), expit, 1.0, True),
    "sin": Form(np.sin, np.cos, 1.0, False),
}
