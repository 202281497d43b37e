"""The sawtooth of `learnable`: its solution perturbed and then trained, and networks trained from random starts."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.learnable.config import BATCH, Config
from nnjax import mlp, tasks, training, tuning
from nnjax.activations import relu
from nnjax.theory import constructions, depth

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


def problem(num_folds: int, num_rows: int) -> tasks.Data:
    """The sawtooth on a grid of `num_rows` intervals, and test points at their centres."""
    return shuffled(tasks.sampled(lambda x: depth.sawtooth(x, num_folds), num_rows + 1, num_between=1))


def shuffled(data: tasks.Data) -> tasks.Data:
    """The rows in an order drawn once, without the last: its target is that of the first, and batches come out even.

    Batches then go through the rows in this order: shuffling anew takes longer to compile, and to run, than the rest.
    """
    order = np.random.default_rng(0).permutation(len(data.x) - 1)
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


def written(config: Config) -> xr.Dataset:
    """The share of the variance that the solutions leave [fold] as they are written down; it should be 0."""
    shares = []
    for k in config.folds:
        data = problem(k, config.num_rows)
        said = np.asarray(mlp.predict(constructions.deep_sawtooth(k), data.x_test, activation=relu), float)
        shares.append(float(np.mean((said - data.y_test) ** 2) / np.var(data.y_test)))
    return xr.Dataset({"written_left": ("fold", shares)}, coords={"fold": list(config.folds)})


def perturbed(config: Config) -> xr.Dataset:
    """The share of the variance left before and after training [fold, noise, near_seed], and rates [fold, noise]."""
    parts = []
    for k in config.folds:
        data = problem(k, config.num_rows)
        common = COMMON | {"hidden": (2,) * k, "model": PERTURBED, "num_steps": config.num_steps}
        common["init_scale"] = list(config.noises)
        tuned = nnjax.sweep(
            data, learning_rate=list(config.near_rates), seeds=tuning.seeds(config.near_tuning_seeds), **common
        )
        best = choose(left(tuned.test_loss.load(), data), "learning_rate")
        rate = best.best["learning_rate"]
        runs = nnjax.sweep(data, learning_rate=rate, seeds=config.perturbed_seeds, **common)
        curve = left(runs.test_curve.transpose("init_scale", "seed", "step").load(), data)
        found = {
            "near_before": (("noise", "seed"), curve.values[..., 0].astype("float32")),
            "near_after": (("noise", "seed"), curve.values[..., -1].astype("float32")),
            "near_rate": ("noise", rate.values),
            "near_at_edge": ("noise", at_edge(best).values),
        }
        parts.append(xr.Dataset(found, coords={"noise": list(config.noises)}).expand_dims(fold=[k]))
    return xr.concat(parts, "fold").rename(seed="near_seed")


def random_starts(config: Config) -> xr.Dataset:
    """The share left [kind, fold, width, start] by k layers of a width, and by one layer of as many parameters."""
    parts: list[xr.Dataset] = []
    for k in config.folds:
        data, of_width = problem(k, config.num_rows), list[xr.Dataset]()
        for width in config.widths:
            budget = mlp.num_params((1, *(width,) * k, 1))
            shallow = (mlp.width_for_budget(budget, 1, 1, 1),)
            rows = [_random_start(data, hidden, config) for hidden in ((width,) * k, shallow)]
            one = xr.concat(rows, xr.Variable("kind", ["deep", "shallow"]))
            one["shallow_units"] = shallow[0]
            one["parameters"] = budget
            of_width.append(one.expand_dims(width=[width]))
        parts.append(xr.concat(of_width, "width").expand_dims(fold=[k]))
    return xr.concat(parts, "fold")


def _random_start(data: tasks.Data, hidden: tuple[int, ...], config: Config) -> xr.Dataset:
    common = COMMON | {"hidden": hidden, "init": "he_uniform", "bias_init": "uniform", "num_steps": config.num_steps}
    tuned = nnjax.sweep(
        data, learning_rate=list(config.rates), bias_scale=list(config.bias_scales),
        seeds=tuning.seeds(config.tuning_seeds), **common,
    )  # fmt: skip
    best = choose(left(tuned.test_loss.load(), data), "learning_rate", "bias_scale")
    runs = nnjax.sweep(data, seeds=config.seeds, **best.best, **common)
    after = left(runs.test_loss.load(), data).values.astype("float32")
    numbers = {f"start_{name}": float(value) for name, value in best.best.items()}
    return xr.Dataset({"start_left": ("start", after), "start_at_edge": bool(at_edge(best))} | numbers)
