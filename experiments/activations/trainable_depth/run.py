"""The networks of `activations.trainable_depth`: rates tuned on other data, then fresh networks of every depth."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.activations.trainable_depth.config import BIASES, JUDGED_ROWS, Config, check, variances
from nnjax import tasks, tuning
from nnjax.tasks import Data
from nnjax.theory import mean_field

PUBLISHED_FACTOR = 6.0  # of xi_c: Schoenholz et al. 2017


def run(config: Config) -> xr.Dataset:
    """Accuracy [activation, place, depth, length, seed] after each length of training, rates, and theory's depths.

    `place` counts the variances of the weights of an activation.
    """
    check(config)
    data = xr.concat([_one(activation, config) for activation in config.activations], "activation")
    names = ("short_steps", "num_steps", "width")
    return data.assign_attrs({name: getattr(config, name) for name in names})


def right(params: Any, data: Data, predict: Any) -> Any:
    """The share of the first training rows whose greatest output is that of their class."""
    x, y = data.x[:JUDGED_ROWS], data.y[:JUDGED_ROWS]
    return jnp.mean(jnp.argmax(predict(params, x), axis=1) == jnp.argmax(y, axis=1))


def theory(activation: str, variance: float) -> float:
    """The depth that theory gives: 6 xi_c for tanh, the gradient's scale for ReLU; infinite where critical."""
    point = mean_field.fixed_point(mean_field.expectations(activation), variance, BIASES[activation])
    return PUBLISHED_FACTOR * point.xi_c if activation == "tanh" else point.xi_gradient


def _one(activation: str, config: Config) -> xr.Dataset:
    """All networks of one activation."""
    given = variances(config, activation)
    common: dict[str, Any] = {
        "width": config.width, "depth": list(config.depths), "activation": activation, "init": "lecun_normal",
        "init_scale": list(np.sqrt(given)), "bias_init": "normal", "bias_scale": float(np.sqrt(BIASES[activation])),
        "solver": "sgd", "batch_size": config.batch_size, "loss": "softmax_cross_entropy", "measure": {"right": right},
        "judged_rows": JUDGED_ROWS, "padding": False,
    }  # fmt: skip
    other, own = (_mnist1d(seed) for seed in (tuning.FIRST_SEED, 0))
    lengths = [config.short_steps, config.num_steps]
    tried = nnjax.sweep(
        other, learning_rate=list(config.rates), seeds=tuning.seeds(config.tuning_seeds), num_steps=config.num_steps,
        record_every=config.short_steps, **common,
    )  # fmt: skip
    accuracy = _accuracy(tried).sel(step=lengths).rename(step="length")
    best = tuning.choose(-accuracy, "learning_rate")
    rate, at_end = (one["learning_rate"].reset_coords(drop=True) for one in (best.best, best.at_end))
    found = []
    for length in lengths:
        runs = nnjax.sweep(
            own, learning_rate=rate.sel(length=length, drop=True), seeds=config.seeds, num_steps=length, **common
        )
        found.append(_accuracy(runs).isel(step=-1, drop=True))
    reported = xr.Dataset(
        {
            "accuracy": xr.concat(found, xr.Variable("length", lengths)),
            "rate": rate,
            "rate_at_end": at_end,
            "tuning_accuracy": accuracy.mean("seed").rename(learning_rate="tried"),
        }
    )
    if config.digit_seeds:
        runs = nnjax.sweep(
            _digits(), learning_rate=rate.sel(length=config.num_steps, drop=True), seeds=config.digit_seeds,
            num_steps=config.num_steps, **common,
        )  # fmt: skip
        reported["digits"] = _accuracy(runs).isel(step=-1, drop=True).rename(seed="digit_seed")
    reported = reported.drop_vars([name for name in reported.coords if name not in reported.dims])
    reported = reported.rename(init_scale="place").assign_coords(place=np.arange(len(given)))
    return reported.assign(
        variance=("place", list(given)), theory_depth=("place", [theory(activation, one) for one in given])
    ).assign_coords(activation=activation)


def _accuracy(runs: xr.Dataset) -> xr.DataArray:
    """The accuracy at recorded steps; chance where a network diverged."""
    return runs.right.where(runs.status != nnjax.training.DIVERGED, 1 / tasks.mnist1d().y.shape[1]).astype("float32")


def _mnist1d(seed: int) -> Data:
    """Training rows alone: the accuracy is that of what is learned by heart, as in the published grid."""
    drawn = tasks.mnist1d(seed)
    return tasks.data(drawn.x, drawn.y)


def _digits() -> Data:
    drawn = tasks.mnist_5k(0, scaling="standard")
    return tasks.data(drawn.x, drawn.y)
