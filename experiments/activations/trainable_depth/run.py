"""The networks of `activations.trainable_depth`: rates tuned on other data, then fresh networks of every depth."""

import functools
from collections.abc import Callable, Sequence
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
CLASSES = 10  # of MNIST-1D and of the digits
FIRST_DRAW = 100  # the number of the first draw of MNIST-1D; the published draw, number 42, is not used


def run(config: Config) -> xr.Dataset:
    """Accuracy [activation, place, depth, length, seed] after each length of training, rates, and theory's depths.

    `place` counts the variances of the weights of an activation. The digits have the same, after the longer training.
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
    """All networks of one activation; the names of results on the digits begin with `digits_`."""
    given, lengths = variances(config, activation), [config.short_steps, config.num_steps]
    common: dict[str, Any] = {
        "width": config.width, "activation": activation, "init": "lecun_normal", "init_scale": list(np.sqrt(given)),
        "bias_init": "normal", "bias_scale": float(np.sqrt(BIASES[activation])), "solver": "sgd",
        "batch_size": config.batch_size, "loss": "softmax_cross_entropy", "measure": {"right": right},
        "judged_rows": JUDGED_ROWS, "padding": False, "record_every": config.short_steps,
    }  # fmt: skip
    found = _learned(_mnist1d, _mnist1d, config.seeds, lengths, config, common)
    if config.digit_seeds:
        tuned_on, reported = (functools.partial(_with_seeds, half) for half in _digits())
        digits = _learned(tuned_on, reported, config.digit_seeds, lengths[-1:], config, common)
        digits = digits.isel(length=0, drop=True).rename(seed="digit_seed")
        found = found.assign({f"digits_{name}": digits[name] for name in digits.data_vars})
    found = found.rename(init_scale="place").assign_coords(place=np.arange(len(given)))
    return found.assign(
        variance=("place", list(given)), theory_depth=("place", [theory(activation, one) for one in given])
    ).assign_coords(activation=activation)


type Sample = Callable[[Sequence[int]], dict[str, Any]]  # from seeds to the data and seeds of a sweep


def _learned(
    tuned_on: Sample, reported: Sample, count: int, lengths: list[int], config: Config, common: dict[str, Any]
) -> xr.Dataset:
    """The accuracy of `count` networks [length, depth, init_scale, seed] at rates that other networks chose.

    Networks of each depth have their own seeds, as networks with the same seed share their first layers and data.
    """

    def accuracy(sample: dict[str, Any], depths: list[int], rates: Any, num_steps: int) -> xr.DataArray:
        runs = nnjax.sweep(**sample, depth=depths, learning_rate=rates, num_steps=num_steps, **common)
        return _accuracy(runs)

    depths = list(config.depths)
    tried = accuracy(tuned_on(tuning.seeds(config.tuning_seeds)), depths, list(config.rates), config.num_steps)
    tried = tried.sel(step=lengths).rename(step="length")
    best = tuning.choose(-tried, "learning_rate")
    rate, at_end = best.best["learning_rate"], best.at_end["learning_rate"].reset_coords(drop=True)
    samples = [reported(range(i * count, (i + 1) * count)) for i in range(len(depths))]
    found = [
        xr.concat(
            [
                accuracy(sample, [depth], rate.sel(length=length, depth=[depth], drop=True), length)
                for depth, sample in zip(depths, samples, strict=True)
            ],
            "depth",
        ).isel(step=-1, drop=True)
        for length in lengths
    ]
    return xr.Dataset(
        {
            "accuracy": xr.concat(found, xr.Variable("length", lengths)),
            "rate": rate,
            "rate_at_end": at_end,
            "tuning_accuracy": tried.mean("seed").rename(learning_rate="tried"),
        }
    )


def _accuracy(runs: xr.Dataset) -> xr.DataArray:
    """The accuracy [seed, step, ...] at recorded steps; chance where a network diverged. Seeds are counted from 0."""
    found = runs.right.where(runs.status != nnjax.training.DIVERGED, 1 / CLASSES).astype("float32")
    if "task" in found.dims:
        found = found.isel(seed=0, drop=True).rename(task="seed")
    return found.reset_coords(drop=True).assign_coords(seed=np.arange(found.sizes["seed"]))


def _mnist1d(seeds: Sequence[int]) -> dict[str, Any]:
    """A draw of MNIST-1D for each network, with its training rows alone.

    Accuracy is taken on rows that were trained on, as in the published grid.
    """
    drawn = {str(seed): tasks.mnist1d(FIRST_DRAW + seed) for seed in seeds}
    data = {name: tasks.data(one.x, one.y) for name, one in drawn.items()}
    return {"data": data, "seeds": {str(seed): [seed] for seed in seeds}}


def _digits() -> tuple[Data, Data]:
    """Half of the 5,000 digits, on which rates are chosen, and the other half, on which networks are reported."""
    drawn = tasks.mnist_5k(0, num_test=2_500, scaling="standard")
    return tasks.data(drawn.x_test, drawn.y_test), tasks.data(drawn.x, drawn.y)


def _with_seeds(data: Data, seeds: Sequence[int]) -> dict[str, Any]:
    return {"data": data, "seeds": seeds}
