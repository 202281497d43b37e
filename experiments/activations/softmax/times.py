"""How many steps networks take to learn three spirals: by loss, by start and by temperature, each at its own rate."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr

import nnjax
from experiments.activations.shared.names import SOLVERS
from experiments.activations.softmax.config import EVERY, GOAL, LOOKS, RATES, TEST_ROWS, WIDENINGS, Config
from experiments.activations.softmax.objectives import AT_TEMPERATURE, LOSSES, SCALED
from experiments.activations.softmax.spirals import spirals
from experiments.lab import tunings
from nnjax import tuning
from nnjax.tasks import Data

CLASSES = 3
FIRST_TUNING_DRAW = 1_000
QUANTILES = (0.25, 0.5, 0.75)
BINS = np.linspace(1 / CLASSES, 1, 11)  # of the confidence


def confidence_and_accuracy(params, data, predict):
    """Over the training rows: the mean probability of the predicted class, and the share of rows that are right."""
    logits = predict(params, data.x)
    right = jnp.argmax(logits, axis=1) == jnp.argmax(data.y, axis=1)
    return jnp.stack([jnp.mean(jnp.max(jax.nn.softmax(logits), axis=1)), jnp.mean(right)])


def logits_of_test(params, data, predict):
    """The logits [m, k] of the test rows."""
    return predict(params, data.x_test)


def draws(count: int, first: int, config: Config, num_test: int = 0) -> tuple[dict[str, Data], dict[str, list[int]]]:
    """Draws of the spirals by name, and the one seed of the network of each."""
    numbers = range(first, first + count)
    seeds = tuning.seeds(count) if first == FIRST_TUNING_DRAW else range(count)
    data = {str(i): spirals(i, CLASSES, config.rows, num_test) for i in numbers}
    return data, {name: [seed] for name, seed in zip(data, seeds, strict=True)}


def by_loss(config: Config) -> xr.Dataset:
    """Steps to the goal [solver, loss, scale, draw], and courses of the accuracy, for both losses and all starts."""
    parts: list[xr.Dataset] = []
    for solver in config.solvers:
        one = _learned(LOSSES, config.scales, solver, config)
        parts.append(one.expand_dims(solver=[solver]))
    return xr.concat(parts, "solver")


def by_temperature(config: Config, usual: xr.Dataset) -> xr.Dataset:
    """Steps to the goal [temperature, draw] from usual starts, and the networks' confidence after all steps.

    `usual` is what `by_loss` found: it has the networks of temperature 1 already.
    """
    solver, temperatures = "gradient descent", sorted(config.temperatures)
    at_one = usual.sel(solver=solver, loss="cross-entropy", scale=1.0, drop=True)
    others = {str(one): AT_TEMPERATURE[one] for one in temperatures if one != 1}
    found = _learned(others, (1.0,), solver, config).sel(scale=1.0, drop=True) if others else None
    kept = ["steps", "reached", "rate", "at_end"]
    parts = [
        at_one[kept] if one == 1 or found is None else found[kept].sel(loss=str(one), drop=True) for one in temperatures
    ]
    learned = xr.concat(parts, "temperature").assign_coords(temperature=temperatures)
    rates = learned.rate.transpose("temperature", "tuning").values
    said = _said({str(one): AT_TEMPERATURE[one] for one in temperatures}, solver, rates, config)
    said = said.assign_coords(temperature=temperatures)
    return xr.merge([learned.rename({name: f"temperature_{name}" for name in kept}), said])


def _common(losses: Mapping[str, Callable], solver: str, config: Config) -> dict[str, Any]:
    return {
        "hidden": (config.width,),
        "activation": "tanh",
        "loss": dict(losses),
        "solver": SOLVERS[solver],
        "num_steps": config.num_steps,
        "model": SCALED,
        "decision": "argmax",
    }


def _learned(losses: Mapping[str, Callable], scales: Sequence[float], solver: str, config: Config) -> xr.Dataset:
    """Steps to the goal [loss, scale, draw] at rates that were tuned for every loss and scale, several times."""
    common: dict[str, Any] = _common(losses, solver, config) | {
        "bias_scale": list(scales), "record_every": LOOKS[solver], "early_stop": ("accuracy", GOAL),
        "measure": {"said": confidence_and_accuracy},
    }  # fmt: skip
    num_tuning = config.tunings * config.tuning_draws
    data, seeds = draws(num_tuning, FIRST_TUNING_DRAW, config)
    tuning_of = xr.DataArray(tunings.groups(num_tuning, config.tunings), {"task": list(data)}, "task", "tuning")

    def cost(learning_rate: Sequence[float]) -> xr.DataArray:
        """The mean logarithm of the steps [..., tuning]; a network that never arrives counts as at twice the last."""
        runs = nnjax.sweep(data, learning_rate=learning_rate, seeds=seeds, **common)
        arrived = runs.steps.where(runs.status == nnjax.training.STOPPED, 2 * config.num_steps)
        return np.log(arrived).mean("seed").groupby(tuning_of).mean()

    rates = np.geomspace(*RATES[solver], config.num_rates).tolist()
    tuned = tuning.tune(cost, widen=WIDENINGS, learning_rate=rates)
    best, at_end = (one["learning_rate"].reset_coords(drop=True) for one in (tuned.best, tuned.at_end))
    data, seeds = draws(config.draws, 0, config)
    rate = tunings.of_each(best, "task", data, config.tunings)
    runs = nnjax.sweep(data, learning_rate=rate, seeds=seeds, **common)
    dims = ("loss", "bias_scale", "task", "seed")
    names = ("loss", "scale", "draw")
    runs = runs.transpose(*dims, ...)
    said = runs.said.transpose(*dims, "step", ...).values[:, :, :, 0]
    kept = slice(None, None, EVERY // LOOKS[solver])
    courses = np.quantile(said[..., kept, 1], QUANTILES, axis=2).transpose(1, 2, 0, 3)
    return xr.Dataset(
        {
            "steps": (names, runs.steps.values[..., 0]),
            "reached": (names, runs.status.values[..., 0] == nnjax.training.STOPPED),
            "rate": ((*names[:2], "tuning"), best.transpose("loss", "bias_scale", "tuning").values),
            "at_end": ((*names[:2], "tuning"), at_end.transpose("loss", "bias_scale", "tuning").values.astype("int8")),
            "first_confidence": (names[:2], said[:, :, :, 0, 0].mean(axis=2)),
            "course": ((*names[:2], "quantile", "record"), courses.astype("float32")),
            "step": ("record", runs.step.values[kept]),
        },
        {"loss": list(losses), "scale": list(scales), "quantile": list(QUANTILES)},
    )


def _said(losses: Mapping[str, Callable], solver: str, rates: np.ndarray, config: Config) -> xr.Dataset:
    """After all steps, on half of the test rows: accuracy, and confidence before and after a fit on the other half."""
    data, seeds = draws(config.draws, 0, config, TEST_ROWS)
    best = xr.DataArray(rates, {"loss": list(losses)}, ("loss", "tuning"))
    rate = tunings.of_each(best, "task", data, config.tunings)
    common: dict[str, Any] = _common(losses, solver, config) | {"measure": {"logits": logits_of_test}}
    runs = nnjax.sweep(data, learning_rate=rate, seeds=seeds, **common)
    logits = runs.logits.isel(step=-1, seed=0).transpose("loss", "task", ...).values.astype(float)
    logits /= np.array([float(name) for name in losses])[:, None, None, None]
    labels = np.stack([one.y_test.argmax(axis=1) for one in data.values()])
    fitting, judging = slice(None, TEST_ROWS // 2), slice(TEST_ROWS // 2, None)
    shape, names = logits.shape[:2], ("temperature", "draw")
    fitted = np.empty(shape)
    for i, j in np.ndindex(shape):
        fitted[i, j] = fitted_temperature(logits[i, j, fitting], labels[j, fitting])
    logits, labels = logits[:, :, judging], labels[:, judging]
    right = logits.argmax(axis=-1) == labels
    before, after = (
        scipy.special.softmax(logits / one, axis=-1).max(axis=-1) for one in (1.0, fitted[..., None, None])
    )
    usual = list(losses).index("1.0")
    return xr.Dataset(
        {
            "accuracy": (names, right.mean(axis=-1)),
            "confidence": (names, before.mean(axis=-1)),
            "confidence_after": (names, after.mean(axis=-1)),
            "fitted": (names, fitted),
            "reliability": (("when", "bin"), [reliability(one[usual], right[usual]) for one in (before, after)]),
            "rows_in_bin": (("when", "bin"), [np.histogram(one[usual], BINS)[0] for one in (before, after)]),
        },
        {"when": ["before", "after"], "bin": (BINS[1:] + BINS[:-1]) / 2},
    )


def fitted_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature from 1/32 to 32 at which logits [n, k] give labels [n] the least mean cross-entropy."""

    def loss(log_temperature: float) -> float:
        scaled = logits * np.exp(-log_temperature)
        return float(np.mean(scipy.special.logsumexp(scaled, axis=1) - scaled[np.arange(len(labels)), labels]))

    ends = (-np.log(32), np.log(32))
    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=ends, method="bounded").x))


def reliability(confidence: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The share that is right of the rows whose confidence lies in each of BINS; nan where there are none."""
    total, good = np.histogram(confidence, BINS)[0], np.histogram(confidence[right], BINS)[0]
    return np.where(total > 0, good / np.maximum(total, 1), np.nan)
