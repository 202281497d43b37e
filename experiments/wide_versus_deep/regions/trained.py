"""The trained networks of `regions`, which have two inputs and learn two tasks, and their regions at some steps."""

import itertools
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.regions.config import Config
from nnjax import mlp, tuning
from nnjax.tasks import Data
from nnjax.theory import regions

SPIRALS, NOISE = "two spirals", "random labels"
SCALES = {"drawn": 0.5, "zero": 0.0}  # standard deviations of the first biases, which are normal
TURNS = 1.2
BATCH = 64
NUM_LINES = 8  # chords of the square, from its left side to its right one
FILM_FRAMES = 16


def weights(params, data):
    """All parameters in one vector, layer by layer, w row by row and then b."""
    return jnp.concatenate([jnp.ravel(part) for layer in params for part in layer])


def rebuilt(flat: np.ndarray, hidden: tuple[int, ...]) -> mlp.Params:
    """Stacked parameters of networks with two inputs and one output, from vectors of `weights` [n, num_params]."""
    layers, start = [], 0
    for a, b in itertools.pairwise((2, *hidden, 1)):
        w, start = flat[:, start : start + a * b].reshape(-1, a, b), start + a * b
        layers.append(mlp.Layer(w.astype(float), flat[:, start : start + b].astype(float)))
        start += b
    return tuple(layers)


def spirals(rng: np.random.Generator, num_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Points of two spirals in the unit disc, evenly dense over its area, and which spiral each point lies on."""
    radius, spiral = np.sqrt(rng.uniform(0.01, 1, num_rows)), rng.integers(2, size=num_rows)
    angle = 2 * np.pi * TURNS * radius + np.pi * spiral
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), spiral[:, None].astype(float)


def problems(num_rows: int, seed: int) -> dict[str, Data]:
    """Two tasks in the square: spirals with fresh test points, and random labels, tested on the training points."""
    rng = np.random.default_rng(seed)
    x, labels = rng.uniform(-1, 1, (num_rows, 2)), rng.integers(2, size=(num_rows, 1)).astype(float)
    return {SPIRALS: Data(*spirals(rng, num_rows), *spirals(rng, num_rows)), NOISE: Data(x, labels, x, labels)}


def shape(depth: int, config: Config) -> tuple[int, ...]:
    """The hidden layers of a network of this depth with `trained_neurons` neurons in all."""
    return (config.trained_neurons // depth,) * depth


def counts(config: Config) -> xr.Dataset:
    """Cells and mean pieces [trained_depth, task, start, seed, counted], accuracy, and weights for the figures."""
    parts = [_one(depth, config) for depth in config.trained_depths]
    every = xr.concat([counted for counted, _ in parts], "trained_depth", coords="different", compat="equals")
    return xr.merge([every, *(shown for _, shown in parts)])


def _one(depth: int, config: Config) -> tuple[xr.Dataset, xr.Dataset]:
    """The counts of the networks of one depth, and, if it is `shown_depth`, weights for the figures."""
    hidden = shape(depth, config)
    common: dict[str, Any] = {
        "hidden": hidden, "activation": "relu", "init": "he_normal", "bias_init": "normal", "padding": False,
        "bias_scale": list(SCALES.values()), "loss": "sigmoid_binary_cross_entropy", "batch_size": BATCH,
        "num_steps": config.num_steps, "record_every": config.record_every, "measure": {"weights": weights},
    }  # fmt: skip
    tuned = nnjax.sweep(
        problems(config.rows, config.seed + 1000),
        learning_rate=list(config.rates),
        seeds=tuning.seeds(config.tuning_seeds),
        **common,
    )
    best = tuning.choose(-tuned.accuracy, "learning_rate", tie=tuned.train_loss)
    rate, at_end = (one["learning_rate"].reset_coords(drop=True) for one in (best.best, best.at_end))
    runs = nnjax.sweep(problems(config.rows, config.seed), learning_rate=rate, seeds=config.seeds, **common)
    runs = runs.rename(bias_scale="start").assign_coords(start=list(SCALES))
    every = runs.weights.transpose("task", "start", "seed", "step", ...)
    moments = moments_of(config)
    found = _counted(every.sel(step=moments).values, hidden)
    dims = ("task", "start", "seed", "counted")
    data = xr.Dataset(
        {name: (dims, values) for name, values in found.items()},
        {"task": runs.task.values, "start": list(SCALES), "counted": moments},
    )
    data["trained_accuracy"] = runs.accuracy.transpose("task", "start", "seed").drop_vars("hidden", errors="ignore")
    data["trained_rate"] = (("task", "start"), rate.transpose("task", "bias_scale").values)
    data["rate_at_edge"] = (
        ("task", "start"),
        (at_end.transpose("task", "bias_scale").values != 0) & (len(config.rates) > 2),
    )
    data = data.drop_vars("hidden", errors="ignore").expand_dims(trained_depth=[depth])
    return data, _shown(every.isel(seed=0), config) if depth == config.shown_depth else xr.Dataset()


def _shown(weights: xr.DataArray, config: Config) -> xr.Dataset:
    """The weights of one network for each task and start, before and after training; of one also for the film."""
    frames, ends = film_moments(config), [0, config.num_steps]
    return xr.Dataset(
        {
            "film_weights": (
                ("film_step", "parameter"),
                weights.sel(task=SPIRALS, start="zero", step=frames).values.astype("float32"),
            ),
            "shown_weights": (
                ("task", "start", "shown_step", "parameter"),
                weights.sel(step=ends).values.astype("float32"),
            ),
        },
        {"task": weights.task.values, "start": list(SCALES), "film_step": frames, "shown_step": ends},
    )


def moments_of(config: Config) -> list[int]:
    """Recorded steps at which regions are counted: 0, the first, twice that, ..., the last."""
    steps = [config.record_every * 2**i for i in range(20) if config.record_every * 2**i < config.num_steps]
    return [0, *steps, config.num_steps]


def film_moments(config: Config) -> list[int]:
    """Recorded steps that the film shows, dense at first."""
    records = config.num_steps // config.record_every
    share = (np.arange(FILM_FRAMES) / (FILM_FRAMES - 1)) ** 2
    return [int(i) * config.record_every for i in np.unique(np.round(records * share))]


def _counted(flat: np.ndarray, hidden: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Activation and affine regions in the square, and the means over chords, of networks [..., num_params]."""
    params = rebuilt(flat.reshape(-1, flat.shape[-1]), hidden)
    cells = regions.tile(params)
    ends = np.random.default_rng(0).uniform(-1, 1, (NUM_LINES, 2))
    chords = [
        regions.along_lines(params, [-1.0, left], [2.0, right - left], 0.0, 1.0).activation for left, right in ends
    ]
    found = {
        "trained_cells": cells.activation.astype("int32"),
        "trained_affine": cells.affine.astype("int32"),
        "trained_pieces": np.mean(chords, axis=0).astype("float32"),
    }
    return {name: values.reshape(flat.shape[:-1]) for name, values in found.items()}
