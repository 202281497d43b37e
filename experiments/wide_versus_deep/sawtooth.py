"""The sawtooth of `learnable`: its solution moved and then trained, and networks trained from random starts."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from nnjax import mlp, tasks, training, tuning
from nnjax.theory import constructions, depth

BATCH, NUM_ROWS = 128, 512
SOLVED = 0.01  # a network that leaves less than this share of the target's variance has learned it
COMMON: dict[str, Any] = {
    "activation": "relu", "solver": "adam", "schedule": "cosine", "batch_size": BATCH, "order": "sequential",
    "layout": "matrices", "padding": False,
}  # fmt: skip


def init_perturbed(key, sizes, *, init, bias_init, init_scale=0.0, bias_scale=1.0, dtype=None):
    """The parameters of the sawtooth's solution, each moved by a normal draw times `init_scale` and its layer's size.

    The size of a layer is the root mean square of its weights and biases, so that parameters that are 0 move as well.
    """
    del init, bias_init, bias_scale
    layers = []
    for layer, layer_key in zip(
        constructions.deep_sawtooth(len(sizes) - 2), jax.random.split(key, len(sizes) - 1), strict=True
    ):
        w, b = (jnp.asarray(part, dtype) for part in layer)
        size = jnp.sqrt((jnp.sum(w**2) + jnp.sum(b**2)) / (w.size + b.size)) * jnp.asarray(init_scale, w.dtype)
        key_w, key_b = jax.random.split(layer_key)
        layers.append(
            mlp.Layer(
                w + size * jax.random.normal(key_w, w.shape, w.dtype),
                b + size * jax.random.normal(key_b, b.shape, b.dtype),
            )
        )
    return tuple(layers)


PERTURBED = training.Model(init_perturbed, mlp.apply, mlp.predict)


def problem(num_folds: int) -> tasks.Data:
    """The sawtooth of 2^k pieces on a grid of NUM_ROWS intervals, and test points at their centres.

    The rows are in an order drawn once, through which batches then go: shuffling anew takes longer to compile, and to
    run, than the rest. The last row is left out: its target is that of the first, and batches come out even.
    """
    data = tasks.sampled(lambda x: depth.sawtooth(x, num_folds), NUM_ROWS + 1, num_between=1)
    order = np.random.default_rng(0).permutation(NUM_ROWS)
    return data._replace(x=data.x[order], y=data.y[order])


def left(loss: xr.DataArray, data: tasks.Data) -> xr.DataArray:
    """A mean squared error as the share that is left of the target's variance at the test points; inf if diverged."""
    return loss.astype(float) / float(np.var(data.y_test))


def choose(share: xr.DataArray, *numbers: str) -> tuning.Tuned:
    """The values of these numbers with the most seeds that learn; in a tie, those with the least mean log `share`."""
    logs = xr.apply_ufunc(np.log, share.clip(1e-12, 1e3))
    return tuning.choose(-(share < SOLVED).astype(float), *numbers, tie=logs)


def at_edge(tuned: tuning.Tuned) -> xr.DataArray:
    """Whether one of the tuned numbers is the least or the greatest value that was tried.

    One or two values of a number are a choice, not a grid: they have no ends.
    """
    return xr.concat([(end != 0) & (tuned.cost.sizes[name] > 2) for name, end in tuned.at_end.items()], "number").any(
        "number"
    )


def from_the_solution(
    fold: int, noises: Sequence[float], rates: Sequence[float], tuning_seeds: int, seeds: int, num_steps: int
) -> xr.Dataset:
    """The share of the variance left before and after training [noise, near_seed], and tuned rates [noise]."""
    data = problem(fold)
    common = COMMON | {"hidden": (2,) * fold, "model": PERTURBED, "num_steps": num_steps, "init_scale": list(noises)}
    tuned = nnjax.sweep(data, learning_rate=list(rates), seeds=tuning.seeds(tuning_seeds), **common)
    best = choose(left(tuned.test_loss.load(), data), "learning_rate")
    rate = best.best["learning_rate"]
    runs = nnjax.sweep(data, learning_rate=rate, seeds=seeds, **common)
    curve = left(runs.test_curve.transpose("init_scale", "seed", "step").load(), data)
    found = {
        "near_before": (("noise", "near_seed"), curve.values[..., 0].astype("float32")),
        "near_after": (("noise", "near_seed"), curve.values[..., -1].astype("float32")),
        "near_rate": ("noise", rate.values),
    }
    return xr.Dataset(found, {"noise": list(noises)})


def from_random(
    fold: int, width: int, rates: Sequence[float], bias_scales: Sequence[float], tuning_seeds: int, seeds: int,
    num_steps: int,
) -> xr.Dataset:  # fmt: skip
    """The share left [kind, start] by k layers of a width, and by one layer of as many parameters; tuned rates."""
    parameters = mlp.num_params((1, *(width,) * fold, 1))
    hidden = {"deep": (width,) * fold, "shallow": (mlp.width_for_budget(parameters, 1, 1, 1),)}
    data, rows = problem(fold), []
    for one in hidden.values():
        common = COMMON | {"hidden": one, "init": "he_uniform", "bias_init": "uniform", "num_steps": num_steps}
        tuned = nnjax.sweep(
            data, learning_rate=list(rates), bias_scale=list(bias_scales), seeds=tuning.seeds(tuning_seeds), **common
        )
        best = choose(left(tuned.test_loss.load(), data), "learning_rate", "bias_scale")
        runs = nnjax.sweep(data, seeds=seeds, **best.best, **common)
        found = {
            "start_left": ("start", left(runs.test_loss.load(), data).values.astype("float32")),
            "start_rate": float(best.best["learning_rate"]),
            "start_at_edge": bool(at_edge(best)),
        }
        rows.append(xr.Dataset(found))
    return xr.concat(rows, "kind").assign_coords(kind=list(hidden)).assign(parameters=parameters)
