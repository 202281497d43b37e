"""The neurons of `perceptron.rules`: every rule on every data set, at rates that are tuned on other seeds."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.perceptron.rules.config import (
    DESCENDED,
    FOUR_X,
    FOUR_Y,
    HARD,
    LONE_X,
    LONE_Y,
    PERCEPTRON,
    SIGNS,
    SOFT,
    Config,
)  # fmt: skip
from experiments.perceptron.rules.minima import computed_minima, landscape
from nnjax import mlp, neurons, tasks, training, tuning

SEPARABLE_GATES = tuple(name for name in tasks.BOOLEAN_NAMES if name not in ("xor", "xnor"))


def run(config: Config) -> xr.Dataset:
    """Count the neurons that separate the gates, the lone row and the four vectors, by rule, and compute the minima."""
    gates, lone = _gates(), _lone_rows(config.side_rows)
    together = _trained(gates | lone, config).squeeze("scale", drop=True)
    four = _trained(_four_vectors(), config, scales=config.scales, bias=False)
    parts = [
        together.sel(task=list(gates)).rename(task="gate"),
        together.sel(task=list(lone)).rename(task="rows").assign_coords(rows=list(config.side_rows)),
        four.squeeze("task", drop=True),
    ]
    kinds = zip(("gates", "lone", "four"), parts, strict=True)
    parts = [part.rename({name: f"{kind}_{name}" for name in part.data_vars}) for kind, part in kinds]
    data = xr.merge([*parts, computed_minima(config.side_rows), landscape()])
    return data.assign_attrs(seeds=config.seeds, num_steps=config.num_steps)


def beyond_is_free(output, target):
    """The mean squared error, with no error where the output lies beyond its target (Sontag & Sussmann 1991)."""
    lacking = jnp.where(target > 0.5, jnp.maximum(target - output, 0), jnp.maximum(output - target, 0))
    return jnp.mean(lacking**2)


class Rule(NamedTuple):
    """What gradient descent minimizes: output, loss and targets; `middle` is the output between the classes."""

    output: str
    loss: str | Callable[..., Any]
    targets: tuple[float, float]
    middle: float


RULES = dict(
    zip(
        DESCENDED,
        (
            Rule("identity", "l2_loss", SIGNS, 0.0),
            Rule("sigmoid", "squared_error", SOFT, 0.5),
            Rule("identity", "sigmoid_binary_cross_entropy", SOFT, 0.0),
            Rule("sigmoid", "squared_error", HARD, 0.5),
            Rule("identity", "sigmoid_binary_cross_entropy", HARD, 0.0),
            Rule("sigmoid", beyond_is_free, SOFT, 0.5),
        ),
        strict=True,
    )
)


def init_without_bias(key, sizes, **laws):
    """Weights [d, 1] of a neuron through the origin."""
    ((w, _),) = mlp.init(key, sizes, **laws)
    return w


def apply_without_bias(params, x, *, activation, output_activation):
    """The neuron's output [1] for one row x [d]; it has no hidden layer to activate."""
    return output_activation(x @ params)


def separates_at_half(params, data, predict):
    """Whether every row lies on its side of one half."""
    return _all_right(predict(params, data.x) > 0.5, data)


def separates_at_zero(params, data, predict):
    """Whether every row lies on its side of zero."""
    return _all_right(predict(params, data.x) > 0, data)


def _all_right(fires, data):
    right = (fires == (data.y > 0.5))[:, 0]
    # A row of weight 0 does not count.
    return jnp.all(right if data.weight is None else right | (data.weight == 0)).astype(data.x.dtype)


def _gates() -> dict[str, tasks.Data]:
    """The fourteen separable functions of two inputs, 0 and 1."""
    return {name: tasks.boolean(name)._replace(weight=np.ones(4)) for name in SEPARABLE_GATES}


def _lone_rows(side_rows: tuple[int, ...]) -> dict[str, tasks.Data]:
    """Rows -1 and 1, n of each by weight, and a lone one at -0.5 on the side of 1.

    A second input that is always 0 and a fourth row of weight 0 let them share compiled programs with the gates.
    """
    x, y = [[x, 0.0] for x in (*LONE_X, 0.0)], [[y] for y in (*LONE_Y, 0.0)]
    return {f"lone {n}": tasks.data(x, y, weight=[n, n, 1, 0]) for n in side_rows}


def _four_vectors() -> dict[str, tasks.Data]:
    """Four rows in two dimensions that only a narrow cone of weights separates."""
    return {"four vectors": tasks.data(FOUR_X, [[y] for y in FOUR_Y])}


def _trained(data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...] = (1.0,), bias: bool = True):
    """The numbers of neurons that separate and of all [rule, task, scale], and the rate, tuned on other seeds."""
    parts = [_descended(rule, data, config, scales, bias) for rule in RULES.values()]
    parts.append(_perceptrons(data, config, scales, bias))
    return xr.concat(parts, "rule").assign_coords(rule=[*RULES, PERCEPTRON])


def _descended(
    rule: Rule, data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...], bias: bool
) -> xr.Dataset:
    low, high = rule.targets
    aimed = {name: one._replace(y=low + (high - low) * one.y) for name, one in data.items()}
    settings: dict[str, Any] = {
        "hidden": (), "output_activation": rule.output, "loss": rule.loss, "solver": "sgd", "init": "normal",
        "init_scale": list(scales), "num_steps": config.num_steps, "dtype": "float64",
        "measure": {"separates": separates_at_half if rule.middle else separates_at_zero},
    }  # fmt: skip
    if not bias:
        settings["model"] = training.Model(init_without_bias, apply_without_bias)
    rates = config.rates if bias else (*config.rates, *config.higher_rates)
    tuned = nnjax.sweep(aimed, learning_rate=list(rates), seeds=tuning.seeds(config.tuning_seeds), **settings)
    # The rate is chosen for the least error, which is what the rule minimizes: at a rate so large that weights jump
    # about, a neuron may separate by chance, which says nothing about where its error is least.
    best = tuning.choose(tuned.train_loss, "learning_rate")
    rate = best.best["learning_rate"]
    runs = nnjax.sweep(aimed, learning_rate=rate, seeds=config.seeds, **settings)
    separate = runs.separates.isel(step=-1, drop=True).sum("seed").astype(int)
    found = xr.Dataset({"separate": separate, "rate": rate, "count": xr.full_like(separate, config.seeds)})
    found["rate_at_end"] = best.at_end["learning_rate"]
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    return found.rename(init_scale="scale").assign_coords(scale=list(scales))


def _perceptrons(data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...], bias: bool) -> xr.Dataset:
    """One perceptron from zero weights for each task; the weights of the rows make no difference to it."""
    fits = [
        neurons.perceptron_fit(
            jnp.asarray(one.x[_there(one)], jnp.float32),
            jnp.asarray(one.y[_there(one), 0], jnp.float32),
            config.num_epochs,
            bias,
        )
        for one in data.values()
    ]
    learned = np.repeat([[int(fit.converged)] for fit in fits], len(scales), axis=1)
    dims = ("task", "scale")
    variables = {
        "separate": (dims, learned),
        "rate": (dims, np.ones(learned.shape)),
        "count": (dims, np.ones_like(learned)),
        "rate_at_end": (dims, np.zeros_like(learned)),
    }
    return xr.Dataset(variables, coords={"task": list(data), "scale": list(scales)})


def _there(one: tasks.Data) -> np.ndarray:
    return np.ones(len(one.x), bool) if one.weight is None else one.weight > 0
