"""The networks of `wide_versus_deep.minimal_width`: the task, the sweeps, and the topology of every decision set."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import tunings
from experiments.wide_versus_deep.minimal_width import topology
from experiments.wide_versus_deep.minimal_width.config import BALL, BATCH, MOST, RING, Config, check, sizes
from nnjax import mlp, tuning
from nnjax.tasks import Data

TEST_ROWS = 2048
BIASES = 0.5  # standard deviation of the first biases
# A set that seems closed is examined on finer grids at most this often, for every activation and width alike.
LEVELS = 6
KINDS = ("closed", "seemed", "holds", "rate_at_edge", "tuning_of")  # whole numbers, -1 where there is no network
TUNING_DRAW = 1_000  # draws of the points from this seed on are for tuning alone


def run(config: Config) -> xr.Dataset:
    """The topology, accuracy and corridor of every network [inputs, activation, depth, wider, seed], and weights of
    some with two inputs for the figure.
    """
    check(config)
    found, shown = [], xr.Dataset()
    for d, seeds, nodes in zip(config.inputs, config.seeds, config.nodes, strict=True):
        runs, rate, at_end = _trained(d, seeds, config)
        judged = _judged(runs, d, nodes).assign(
            rate=rate.drop_vars("tuning"),
            rate_at_edge=((at_end != 0) & (len(config.rates) > 2)).astype("int8").drop_vars("tuning"),
        )
        found.append(judged.expand_dims(inputs=[d]))
        if d == 2:
            shown = _shown(runs, found[-1].isel(inputs=0), config)
    data = xr.merge([joined(found), shown])
    return data.assign_attrs(shown_depth=config.shown_depth, nodes=config.nodes, num_steps=config.num_steps)


def weights(params, data):
    """All parameters in one vector of length MOST, layer by layer, with zeros behind them."""
    flat = jnp.concatenate([jnp.ravel(part) for layer in params for part in layer])
    return jnp.pad(flat, (0, MOST - flat.size))


def annulus(num_inputs: int, num_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As many points in the ball (class 1) as in the ring (class 0), uniform in their volumes."""
    rng, half = np.random.default_rng(seed), num_rows // 2
    x = rng.normal(size=(2 * half, num_inputs))
    x /= np.linalg.norm(x, axis=1)[:, None]
    inside = np.arange(2 * half) < half
    low, high = np.where(inside, 0.0, RING[0]) ** num_inputs, np.where(inside, BALL, RING[1]) ** num_inputs
    radius = (low + (high - low) * rng.uniform(size=2 * half)) ** (1 / num_inputs)
    return x * radius[:, None], inside[:, None].astype(float)


def problem(num_inputs: int, num_rows: int, seed: int) -> Data:
    """The task with test points of its own."""
    return Data(*annulus(num_inputs, num_rows, seed), *annulus(num_inputs, TEST_ROWS, seed + 1))


def joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """The data of each number of inputs in one dataset; where there is no network, KINDS are -1 and numbers nan."""
    numbered = [part.assign_coords(seed=np.arange(part.sizes["seed"])) for part in parts]
    return xr.concat(numbered, "inputs", join="outer", fill_value=dict.fromkeys(KINDS, -1))


def _trained(d: int, seeds: int, config: Config) -> tuple[xr.Dataset, xr.DataArray, xr.DataArray]:
    """The reported networks of d inputs [activation, depth, wider, seed], their rates, and which rates are extreme.

    Each tuning has its own points, on which its share of the reported networks is trained, and others that it tunes on.
    """
    widths = [d + more for more in config.wider if d + more >= 1]
    common: dict[str, Any] = {
        "width": widths, "depth": list(config.depths), "activation": list(config.activations), "init": "he_normal",
        "bias_init": "normal", "bias_scale": BIASES, "schedule": "cosine", "loss": "sigmoid_binary_cross_entropy",
        "batch_size": BATCH, "num_steps": config.num_steps, "measure": {"weights": weights}, "padding": False,
        "layout": "matrices",
    }  # fmt: skip
    draws = {str(k): 10 * k + d for k in range(config.tunings)}
    own = tuning.seeds(config.tunings * config.tuning_seeds)
    tuned = nnjax.sweep(
        {name: problem(d, config.rows, TUNING_DRAW + draw) for name, draw in draws.items()},
        learning_rate=list(config.rates), seeds=tunings.seeds_of_each(draws, own), **common,
    )  # fmt: skip
    best = tuning.choose(-tuned.accuracy, "learning_rate", tie=tuned.train_loss)
    chosen, at_end = (one["learning_rate"].reset_coords(drop=True) for one in (best.best, best.at_end))
    runs = nnjax.sweep(
        {name: problem(d, config.rows, draw) for name, draw in draws.items()},
        learning_rate=chosen, seeds=tunings.seeds_of_each(draws, range(seeds)), **common,
    )  # fmt: skip
    runs = tunings.in_a_row(runs[["accuracy", "weights"]].isel(step=-1, drop=True).load().reset_coords(drop=True))
    runs["tuning"] = "seed", tunings.groups(seeds, config.tunings).astype("int8")
    return tuple(
        one.rename(width="wider")
        .assign_coords(wider=[w - d for w in widths])
        .transpose("activation", "depth", "wider", ...)
        for one in (runs, chosen.rename(task="tuning"), at_end.rename(task="tuning"))
    )  # pyright: ignore[reportReturnType]


def _judged(runs: xr.Dataset, d: int, nodes: int) -> xr.Dataset:
    grid = topology.whole(d, nodes)
    x = grid.nodes().astype("float32")
    dims = ("activation", "depth", "wider", "seed")
    flat = runs.weights.transpose(*dims, ...).values
    names = [runs[dim].values for dim in dims[:3]]

    def one(place: tuple[int, ...]) -> topology.Topology:
        activation, depth, wider = (name[i] for name, i in zip(names, place, strict=False))
        parameters = flat[place].astype(float)
        shape = sizes(d, int(depth), int(wider))
        if not np.isfinite(parameters).all():
            return topology.Topology(False, False, False, np.nan)
        parameters = parameters[: mlp.num_params(shape)]
        return topology.judge(parameters, shape, str(activation), grid, x, BALL, LEVELS)

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(one, np.ndindex(flat.shape[:4])))
    parts = (np.array(part).reshape(flat.shape[:4]) for part in zip(*found, strict=True))
    return xr.Dataset(
        {
            name: (dims, values.astype(kind))
            for (name, kind), values in zip(
                {"closed": "int8", "seemed": "int8", "holds": "int8", "corridor": "float32"}.items(), parts, strict=True
            )
        }
        | {"tuning_of": ("seed", runs.tuning.values)}
        | {"accuracy": (dims, runs.accuracy.transpose(*dims).values.astype("float32"))},
        {dim: runs[dim].values for dim in dims[:3]},
    )


def _shown(runs: xr.Dataset, judged: xr.Dataset, config: Config) -> xr.Dataset:
    """The weights of the network of median accuracy for each activation and width [activation, shown_wider]."""
    accuracy = judged.accuracy.sel(depth=config.shown_depth).transpose("activation", "wider", "seed").values
    middle = np.argsort(accuracy, axis=-1, kind="stable")[..., accuracy.shape[-1] // 2]
    flat = runs.weights.sel(depth=config.shown_depth).transpose("activation", "wider", "seed", ...).values
    flat = np.take_along_axis(flat, middle[..., None, None], axis=2)[:, :, 0]
    return xr.Dataset(
        {
            "shown_weights": (("activation", "shown_wider", "parameter"), flat.astype("float32")),
            "shown_seed": (("activation", "shown_wider"), middle.astype("int32")),
        },
        {"activation": judged.activation.values, "shown_wider": judged.wider.values},
    )
