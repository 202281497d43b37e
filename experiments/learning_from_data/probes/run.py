"""The networks of `learning_from_data.probes`: what a linear classifier reads from each layer, step by step."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr
from tqdm.auto import tqdm

import nnjax
from experiments.learning_from_data.probes import film
from experiments.learning_from_data.probes.config import Config, check
from experiments.learning_from_data.probes.ridge import PENALTIES, probe
from nnjax import activations, tasks, tuning

HELD_OUT = 0.2  # of the training rows, on which penalties are chosen


def run(config: Config) -> xr.Dataset:
    """Accuracies of the probes [activation, draw, step, layer] and of the networks themselves [activation, draw, step];
    layer 0 is the inputs.
    """
    check(config)
    draws = {f"draw {i}": _draw(i, config) for i in range(config.draws)}
    other = {f"draw {i}": _draw(i, config) for i in tuning.seeds(config.tuning_draws)}
    parts = []
    for activation in (bar := tqdm(config.activations, unit=" activations", disable=None)):
        bar.set_description(activation)
        best, at_end = _rate(activation, other, config)
        runs = _train(activation, draws, config, learning_rate=best, record_every=config.record_every,
                      measure={"read": READ[activation], "own": own})  # fmt: skip
        read = runs.read.isel(seed=0).values  # [draw, step, layer, 2]
        parts.append(
            xr.Dataset(
                {
                    "accuracy": (("draw", "step", "layer"), read[..., 0].astype(np.float32)),
                    "penalty": (("draw", "step", "layer"), read[..., 1].astype(np.int8)),
                    "own": (("draw", "step"), runs.own.isel(seed=0).values.astype(np.float32)),
                    "learning_rate": best,
                    "at_end": at_end,
                },
                coords={"step": runs.step.values, "activation": activation},
            )
        )
    data = xr.concat(parts, "activation").assign_attrs(num_penalties=len(PENALTIES), width=config.width)
    return xr.merge([data, film.record(config.film_steps)], combine_attrs="no_conflicts")


def _draw(seed: int, config: Config) -> tasks.Data:
    """A draw of MNIST-1D; its `x_test` holds the held-out rows and then the test rows."""
    found = tasks.mnist1d(seed % 2**32, num_rows=config.examples)
    last = round((1 - HELD_OUT) * len(found.x))
    order = np.random.default_rng(seed).permutation(len(found.x))
    x, y = found.x[order], found.y[order]
    rest = (np.concatenate([x[last:], found.x_test]), np.concatenate([y[last:], found.y_test]))
    return tasks.data(x[:last], y[:last], *rest)


def num_held_out(data: tasks.Data) -> int:
    """How many rows of a draw's `x_test` are held-out rows, on which penalties are chosen."""
    return round(len(data.x) * HELD_OUT / (1 - HELD_OUT))


def _train(activation: str, draws: dict[str, tasks.Data], config: Config, **more: Any) -> xr.Dataset:
    return nnjax.sweep(
        draws,
        hidden=(config.width,) * config.depth,
        activation=activation,
        init="he_normal" if activation == "relu" else "lecun_normal",
        loss="softmax_cross_entropy",
        solver="adam",
        batch_size=config.batch_size,
        seeds={name: [int(name.split()[1])] for name in draws},
        num_steps=config.num_steps,
        progress=False,
        **more,
    )


def _rate(activation: str, draws: dict[str, tasks.Data], config: Config) -> tuple[float, int]:
    """The rate with the highest accuracy on the held-out rows, on draws that are not reported; and whether it lies at
    an end of those tried.
    """
    runs = _train(activation, draws, config, learning_rate=list(config.rates), measure={"held_out": held_out})
    cost = 1 - runs.held_out.isel(step=-1).mean("task")
    chosen = tuning.choose(cost, "learning_rate")
    return float(chosen.best["learning_rate"]), int(chosen.at_end["learning_rate"])


def held_out(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The network's own accuracy on the held-out rows."""
    n = num_held_out(data)
    return jnp.mean(predict(params, data.x_test[:n]).argmax(axis=1) == data.y_test[:n].argmax(axis=1))


def own(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The network's own accuracy on the test rows."""
    n = num_held_out(data)
    return jnp.mean(predict(params, data.x_test[n:]).argmax(axis=1) == data.y_test[n:].argmax(axis=1))


def read(params: Any, data: tasks.Data, *, activation: str) -> Any:
    """The accuracy and the penalty's index of the probes of the inputs and of each hidden layer [layers + 1, 2]."""
    n, f = num_held_out(data), activations.get(activation)
    h, rest, found = data.x, data.x_test, []
    for layer in (None, *params[:-1]):
        if layer is not None:
            h, rest = (f(a @ layer.w + layer.b[None]) for a in (h, rest))
        parts = (rest[:n], data.y_test[:n]), (rest[n:], data.y_test[n:])
        accuracy, chosen = probe(h, data.y, *parts)
        found.append(jnp.stack([accuracy, chosen.astype(accuracy.dtype)]))
    return jnp.stack(found)


def read_relu(params: Any, data: tasks.Data) -> Any:
    """`read` with ReLU, as a function with a name: a measure must have one that can be imported."""
    return read(params, data, activation="relu")


def read_tanh(params: Any, data: tasks.Data) -> Any:
    """`read` with tanh."""
    return read(params, data, activation="tanh")


READ = {"relu": read_relu, "tanh": read_tanh}
