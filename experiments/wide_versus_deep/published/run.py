"""The networks of `published`: one of them is tuned first, then all are trained on the published draw and others."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.published.config import TUNED, Config, check
from experiments.wide_versus_deep.shared import residual
from nnjax import mlp, tasks, tuning


def run(config: Config) -> xr.Dataset:
    """Accuracies [model, place, seed] and [model, draw, draw_seed], and mean curves [model, rows, step]."""
    check(config)
    places = {"published": tasks.mnist1d(), "shuffled": tasks.mnist1d(shuffled=True)}
    draws = [tasks.mnist1d(seed) for seed in range(config.draws)]
    chosen = tuned(places["published"], config) if TUNED in config.models else {}
    parts = []
    for model in config.models:
        wanted = _settings(model, config)
        if model == TUNED:
            wanted |= chosen
        one = nnjax.sweep(places, **wanted, seeds=range(config.first_seed, config.first_seed + config.seeds))
        fresh = xr.concat([_fresh(data, draw, wanted, config) for draw, data in enumerate(draws)], "draw")
        curve = one.right.sel(task="published").mean("seed").rename(right_0="rows")
        parts.append(
            xr.Dataset(
                {
                    "accuracy": one.accuracy.rename(task="place"),
                    "draw_accuracy": fresh,
                    "curve": curve.assign_coords(rows=["train", "test"]),
                    "num_params": one.num_params,
                }
            )
        )
    data = xr.concat(parts, xr.Variable("model", list(config.models)), join="outer")
    return data.assign_attrs(
        {f"tuned_{name}": chosen[name] for name in ("learning_rate", "weight_decay", "num_steps") if chosen}
    )


def _fresh(data: tasks.Data, draw: int, wanted: dict[str, Any], config: Config) -> xr.DataArray:
    """Accuracies [draw_seed] on one fresh draw, of networks with seeds that no other draw has."""
    n = config.seeds_per_draw
    first = config.first_seed + draw * n
    runs = nnjax.sweep(data, **wanted, seeds=range(first, first + n))
    return runs.accuracy.load().rename(seed="draw_seed").assign_coords(draw_seed=range(n))


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The shares of the training rows and of the test rows that are classified rightly [2]."""
    rows = ((data.x, data.y), (data.x_test, data.y_test))
    return jnp.stack([jnp.mean(predict(params, x).argmax(axis=1) == y.argmax(axis=1)) for x, y in rows])


def _settings(model: str, config: Config) -> dict[str, Any]:
    """How a model is trained. PyTorch's distribution is U(-1, 1) / sqrt(fan in), LeCun's is sqrt(3) times as wide."""
    law = {"init": "lecun_uniform", "bias_init": "lecun_uniform"}
    law |= {"init_scale": 1 / np.sqrt(3), "bias_scale": 1 / np.sqrt(3)}
    hidden = () if model == "logistic" else (config.width, config.width)
    kind = {"hidden": hidden, "model": residual.MODEL if model == "residual MLP" else mlp, "activation": "relu"}
    how = {"loss": "softmax_cross_entropy", "batch_size": config.batch_size, "order": "sequential"}
    # The authors count steps from 0 and evaluate after the update of the last one.
    updates = config.num_steps if model == TUNED else config.num_steps + 1
    how |= {"solver": "adam", "learning_rate": config.learning_rate, "num_steps": updates}
    looks = {"measure": {"right": right}, "record_every": least_divisor(updates, config.record_every)}
    return law | kind | how | looks


def least_divisor(number: int, least: int) -> int:
    """The least divisor of `number` that is at least `least`: 353 for 6,001 and 250."""
    return next(one for one in range(least, number + 1) if number % one == 0)


def tuned(data: tasks.Data, config: Config) -> dict[str, Any]:
    """The rate, decay and number of steps with the highest mean accuracy on a fifth of the training rows."""
    order = np.random.default_rng(0).permutation(len(data.x))
    kept, left_out = np.split(order, [len(order) * 4 // 5])
    halves = tasks.data(data.x[kept], data.y[kept], data.x[left_out], data.y[left_out])
    wanted: dict[str, Any] = _settings(TUNED, config) | {"solver": "adamw", "order": "shuffled"}
    wanted |= {"learning_rate": list(config.rates), "weight_decay": list(config.decays)}
    tried = nnjax.sweep(halves, **wanted, seeds=tuning.seeds(config.tuning_seeds))
    validation = tried.right.isel(right_0=1, step=slice(1, None)).mean("seed")
    best = tuning.choose(-validation, *map(str, validation.dims)).best
    return {
        "solver": "adamw",
        "order": "shuffled",
        "learning_rate": float(best["learning_rate"]),
        "weight_decay": float(best["weight_decay"]),
        "num_steps": int(best["step"]),
    }
