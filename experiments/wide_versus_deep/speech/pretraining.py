"""Layer-wise discriminative pretraining, as in the original table (Seide, Li, Chen & Yu 2011, ASRU).

One hidden layer with an output layer is trained for some steps. The output layer is thrown away, one more hidden layer
and a new output layer are added, all of it is trained for some steps, and so on. Then all layers are trained as those
that were not pretrained, for the steps that are left, so that the steps are as many in all.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.lab.stores import remembered
from experiments.wide_versus_deep.speech import examples, networks
from experiments.wide_versus_deep.speech.config import Column, Config
from nnjax import hooks, machine, objective, training
from nnjax.tasks import Data


def train(data: Data, column: Column, chosen: xr.Dataset, config: Config) -> xr.DataArray:
    """Shares of wrong frames [network, seed, voice] of the deep networks of a column, each with its tuned numbers."""
    depths = [depth for depth in column.layers if depth > 1]
    place = hooks.next_store()
    # What another version made is not gone on with.
    told = repr((column, config, [chosen[name].values.tolist() for name in networks.TUNED], Path(__file__).read_text()))
    settings = hashlib.sha256(told.encode()).hexdigest()[:12]
    with machine.precision("float32"):
        on_device = jax.tree.map(lambda a: jnp.asarray(a, "float32"), data)

    def of_seed(seed: int) -> np.ndarray:
        with machine.precision("float32"):
            return remembered(place, f"{seed} {settings}", lambda: _pretrained(seed, on_device, column, chosen, config))

    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = np.stack(list(pool.map(of_seed, range(config.seeds))), axis=1)
    return xr.DataArray(
        found, {"network": [f"{depth}" for depth in depths]}, ("network", "seed", "voice")
    ).assign_coords(voice=examples.PERSONS)


def _pretrained(seed: int, data: Data, column: Column, chosen: xr.Dataset, config: Config) -> np.ndarray:
    """The shares of wrong frames [depths above 1, voice] of one seed; all depths share the pretrained lower layers."""
    a_while = column.steps // config.growing
    shares, below, key = [], None, jax.random.key(seed)
    for depth in range(1, column.layers[-1] + 1):
        draw, advance, judge = _compiled(_spec(depth, data, column, config))
        numbers = _numbers(chosen, column, depth)
        first, order = jax.random.split(jax.random.fold_in(key, depth))
        fresh = draw(first)
        params = fresh if below is None else (*below[:-1], *fresh[-2:])
        if depth > 1 and depth in column.layers:
            left = column.steps - (depth - 1) * a_while
            shares.append(np.asarray(judge(advance(key, params, numbers, data, left), data)))
        if depth < column.layers[-1]:  # in an order of its own
            below = advance(order, params, numbers, data, a_while)
    return np.stack(shares)


def _numbers(chosen: xr.Dataset, column: Column, depth: int) -> dict[str, float]:
    """What was tuned for the depth, or for the nearest that is in the table."""
    nearest = min(column.layers, key=lambda layers: abs(layers - depth))
    return {name: float(chosen[name].sel(network=f"{nearest}")) for name in networks.TUNED}


def _spec(depth: int, data: Data, column: Column, config: Config) -> training.Spec:
    """That of the sweep, so that all else is the same."""
    named = {f"{depth}": (column.neurons,) * depth}
    numbers = {"learning_rate": config.rates[0], "weight_decay": config.decays[0]}
    data = networks.few(data, config)  # a plan looks at every number
    plan = nnjax.plan(data, **networks.settings(column, named, column.steps, config), **numbers)
    return plan.programs[0].spec


@cache
def _compiled(spec: training.Spec) -> tuple[Callable, Callable, Callable]:
    """draw(key), advance(key, params, numbers, data, steps), which has a schedule of so many, judge(params, data)."""

    def draw(key: Any) -> Any:
        return training.draw(key, {}, spec)

    def advance(key: Any, params: Any, numbers: dict[str, Any], data: Data, num_steps: Any) -> Any:
        hyper = numbers | {"schedule_steps": jnp.asarray(num_steps, spec.dtype)}
        return training.advance(training.begin(key, params, hyper, data, spec), hyper, data, 0, num_steps, spec).params

    def judge(params: Any, data: Data) -> Any:
        wrong = examples.wrong(params, data, lambda params, x: objective.predict(params, x, spec))
        healthy = jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(params)]).all()
        return jnp.where(healthy, wrong, 1.0)  # one that diverged has none right

    options = dict(machine.compiler_options())
    found = [jax.jit(f, compiler_options=options) for f in (draw, advance, judge)]
    return found[0], found[1], found[2]
