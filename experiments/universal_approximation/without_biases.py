"""Networks without biases: their errors on one function beside those with biases, and the least errors possible.

A network of odd units without biases is an odd function, but for its output bias, and approximates no other.
"""

import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.universal_approximation import random_features as rf
from nnjax import activations
from nnjax.tasks import TARGETS

ACTIVATIONS = {  # with what units without biases span, besides constants
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
SCALES = (1.0, 4.0, 16.0, 64.0)  # of the weights; it does not matter to steps and ReLU


def errors(target: str, num_units: int, seeds: int, tuning_seeds: int) -> xr.Dataset:
    """L2 errors over [-1, 1] with biases and without [unit, biased, seed], and the floors without [unit]."""
    grids, found = rf.grids([target]), []
    for name, (function, _) in ACTIVATIONS.items():
        scales = (1.0,) if name in ("step", "ReLU") else SCALES
        cutoff = rf.JUMPY if name == "step" else rf.CUTOFF
        for biased in (False, True):
            tuned, _ = rf.tuned_errors(function, scales, [num_units], seeds, tuning_seeds, grids, biased, cutoff)
            found.append(tuned[0, 0])
    floors = [floor(target, span) for _, span in ACTIVATIONS.values()]
    return xr.Dataset(
        {"bias_error": (("unit", "biased", "seed"), np.reshape(found, (-1, 2, seeds))), "bias_floor": ("unit", floors)},
        {"unit": list(ACTIVATIONS), "biased": [False, True]},
    )


def floor(target: str, span: str) -> float:
    """The L2 error of the best function that units without biases, with an output bias, can express.

    An odd activation gives odd functions, and sigmoid - 1/2 is one; softplus(z) - z/2 and GELU(z) - z/2 are even. The
    step gives a constant on each side of 0, the ReLU a line on each side.
    """
    at, f = rf.nodes([target], rf.TEST_PANELS), TARGETS[target].function
    even, odd = (f(at.u) + f(-at.u)) / 2, (f(at.u) - f(-at.u)) / 2
    if span == "all":
        return 0.0
    if span == "odd":
        left = even - at.weights @ even / at.weights.sum()
    elif span == "even and x":
        left = odd - at.u * (at.weights @ (odd * at.u)) / (at.weights @ at.u**2)
    else:
        basis = {"sign": [np.sign(at.u)], "lines": [at.u, np.abs(at.u)]}[span]
        design = np.stack([*basis, np.ones_like(at.u)], axis=1)
        left = (at.y - design @ rf.best_outputs(rf.factorized(design, at), design.shape[1]))[:, 0]
    return float(np.sqrt(at.weights @ left**2))
