"""Hidden weights that are trained, too: they bring a network to its floor with fewer units, and not below it."""

from typing import Any

import jax.numpy as jnp
import xarray as xr

import nnjax
from experiments.universal_approximation.universal import activations, features
from experiments.universal_approximation.universal.config import SHOWN
from nnjax import tuning

TRAINED = {
    "$z^3$": activations.cube,
    "Taylor polynomial of tanh": activations.tanh_series,
    "tanh": "tanh",
}
RATES = (1.0, 100.0)  # nuisance: reciprocals of the first damping
# The initial weights and biases are uniform from -START to START. Powers of large ones are large, and least squares on
# large and dependent features can fit the rounding.
START = 1.0
ROWS = 16  # panels of 16 nodes each, which resolve the target and every network of a few units


def exact_error(params: Any, data: Any, predict: Any) -> Any:
    """The L2 error over u, by quadrature at the test nodes."""
    weights = jnp.asarray(features.nodes([SHOWN], features.TEST_PANELS).weights, data.y_test.dtype)
    gap = predict(params, data.x_test) - data.y_test
    return jnp.sqrt(jnp.sum(weights[:, None] * gap**2))


def run(widths: tuple[int, ...], seeds: int, tuning_seeds: int, num_steps: int) -> xr.Dataset:
    """Errors [trained, trained_width, trained_seed] of variable projection.

    The rate is tuned for each by the loss at the training nodes, on seeds that are not reported.
    """
    at, test = features.nodes([SHOWN], ROWS), features.nodes([SHOWN], features.TEST_PANELS)
    data = nnjax.tasks.data(at.u[:, None], at.y, test.u[:, None], test.y)._replace(weight=at.weights)
    common = {
        "hidden": [(width,) for width in widths],
        "activation": list(TRAINED.values()),
        "solver": "variable_projection",
        "loss": "squared_error",
        "init": "uniform",
        "init_scale": START,
        "bias_init": "uniform",
        "bias_scale": START,
        "dtype": "float64",
        "num_steps": num_steps,
        "record_every": num_steps,
        "measure": {"exact": exact_error},
    }
    tuned = nnjax.sweep(data, learning_rate=list(RATES), seeds=tuning.seeds(tuning_seeds), **common)
    chosen = tuning.choose(tuned.train_loss.median("seed"), "learning_rate").best
    runs = nnjax.sweep(data, **chosen, seeds=seeds, **common)
    error = runs.exact.isel(step=-1).transpose("activation", "hidden", "seed").values
    return xr.Dataset(
        {"trained_error": (("trained", "trained_width", "trained_seed"), error)},
        coords={"trained": list(TRAINED), "trained_width": list(widths)},
    )
