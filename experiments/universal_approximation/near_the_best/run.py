"""What `universal_approximation.near_the_best` trains: searches, other solvers, searches without an ingredient."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation.near_the_best import search
from experiments.universal_approximation.near_the_best.config import SOLVERS, WITHOUT, Config, check
from nnjax import mlp, training, tuning
from nnjax.theory import approximation
from nnjax.theory.approximation import ReluNetwork

UNIT_INTERVAL = (0.0, 1.0)
PLACES = 257  # points at which fits are drawn
# Trials of a solver: TRIAL steps besides the first, then LONGER times more until they take PART of the seconds wanted
# and at least LEAST seconds, which can be told from noise.
TRIAL, LONGER, PART, LEAST = 10, 3, 0.03, 0.05
# The factor by which the seconds are exceeded on purpose, since a run may turn out faster than its trial.
MARGIN = 1.1


def run(config: Config) -> xr.Dataset:
    """Errors of all starts over the best network's, by search and by solver; references; the effects of ingredients."""
    check(config)
    best, nets = references(config)
    found, trained = searches(config, best)
    parts = [best, found, solvers(config, best, found), taken_apart(config, best, found), fits(config, nets, trained)]
    return xr.merge(parts).assign_attrs(taken_apart=config.taken_apart, shown=config.shown)


def references(config: Config) -> tuple[xr.Dataset, dict[str, ReluNetwork]]:
    """Errors [target, units] of the best networks, E(N + 1) and E(N); and the best networks of the width drawn."""
    pairs = [(name, n) for name in config.targets for n in config.units]

    def one(pair: tuple[str, int]) -> tuple[ReluNetwork, float]:
        f = search.on_unit_interval(pair[0])
        return approximation.best_relu_network(f, pair[1]), approximation.best_free_knot(f, pair[1]).error

    with ThreadPoolExecutor(2) as pool:
        found = dict(zip(pairs, pool.map(one, pairs), strict=True))

    def numbers(get: Any) -> Any:
        return ("target", "units"), [[get(*found[name, n]) for n in config.units] for name in config.targets]

    variables = {
        "best": numbers(lambda net, _: net.error),
        "bound": numbers(lambda net, _: net.bound),
        "one_fewer": numbers(lambda _, fewer: fewer),
    }
    data = xr.Dataset(variables, {"target": list(config.targets), "units": list(config.units)})
    return data, {name: found[name, config.shown][0] for name in config.targets}


def exact(name: str, networks: search.Networks) -> np.ndarray:
    """Exact L2 errors [s] on [0, 1]; infinite for a network that diverged."""
    finite = np.all([np.isfinite(a).reshape(len(a), -1).all(axis=1) for a in networks], axis=0)
    errors = np.full(len(finite), np.inf)
    kept = search.Networks(*(a[finite] for a in networks))
    errors[finite] = approximation.relu_network_error(search.on_unit_interval(name), *kept, UNIT_INTERVAL)
    return errors


def searches(config: Config, best: xr.Dataset) -> tuple[xr.Dataset, dict[str, search.Networks]]:
    """Errors over the best network's [target, units, seed], seconds; and the networks of the width that is drawn."""
    shown = {}
    shape = (len(config.targets), len(config.units))
    ratio, seconds = np.empty((*shape, config.seeds)), np.empty(shape)
    for i, name in enumerate(config.targets):
        for j, n in enumerate(config.units):
            how, f = config.search(n), search.on_unit_interval(name)
            # Compiled before the clock starts.
            search.searched(f, n, range(config.seeds), how._replace(rounds=1, round_steps=1, final_steps=1))
            start = time.perf_counter()
            last = search.searched(f, n, range(config.seeds), how)
            seconds[i, j] = time.perf_counter() - start
            ratio[i, j] = exact(name, last) / float(best.best.sel(target=name, units=n))
            shown |= {name: last} if n == config.shown else {}
    dims = ("target", "units")
    variables = {"ratio": ((*dims, "seed"), ratio), "seconds": (dims, seconds)}
    return xr.Dataset(variables, {**{d: best[d] for d in dims}, "seed": range(config.seeds)}), shown


def weights(params, data):
    """All weights [3 n + 1] of a network of one input: w, b, v, c."""
    return jnp.concatenate([params[0].w[0], params[0].b, params[1].w[:, 0], params[1].b])


def solvers(config: Config, best: xr.Dataset, found: xr.Dataset) -> xr.Dataset:
    """Errors over the best network's [solver, target, units, seed] of Adam or L-BFGS from spread knots.

    Each takes as many steps [solver, units] as fit into the seconds of the search of that width, by a trial; its
    seconds are those of all starts of one target, as for the search.
    """
    ways = [(SOLVERS[name], config.rates if name == "Adam" else (1.0,)) for name in config.solvers]
    each = [
        [_solved(config, best.best.sel(units=n), float(found.seconds.sel(units=n).max()), *way) for n in config.units]
        for way in ways
    ]
    ratio = np.array([[one[0] for one in row] for row in each]).transpose(0, 2, 1, 3)
    seconds = np.array([[one[1] for one in row] for row in each])
    variables = {
        "solver_ratio": (("solver", "target", "units", "seed"), ratio),
        "solver_seconds": (("solver", "units"), seconds),
        "solver_steps": (("solver", "units"), [[one[2] for one in row] for row in each]),
        "rate": (("solver", "units", "target"), [[one[3] for one in row] for row in each]),
        "rate_at_end": (("solver", "units", "target"), [[one[4] for one in row] for row in each]),
    }
    return xr.Dataset(variables, {"solver": list(config.solvers), "target": best.target, "units": best.units})


def _solved(
    config: Config, best: xr.DataArray, wanted: float, solver: str, rates: tuple[float, ...]
) -> tuple[np.ndarray, float, int, np.ndarray, np.ndarray]:
    """Ratios [target, seed] at tuned rates, the seconds that the starts of one target took, steps, the rates, and
    whether each is the least or the greatest tried [target]."""
    units = int(best.units)
    num_rows = config.rows[config.units.index(units)]
    data = {name: search.rows(search.on_unit_interval(name), num_rows) for name in config.targets}
    common: dict[str, Any] = {
        "hidden": (units,), "activation": "relu", "solver": solver, "dtype": "float64",
        "model": training.Model(search.stratified_init, mlp.apply, mlp.predict), "measure": {"weights": weights},
    }  # fmt: skip

    def train(num_steps: int, rate: Any = rates[0]) -> tuple[xr.Dataset, float]:
        start = time.perf_counter()
        runs = nnjax.sweep(data, learning_rate=rate, seeds=config.seeds, num_steps=num_steps, **common)
        return runs, (time.perf_counter() - start) / len(data)

    steps = steps_within(wanted, lambda num_steps: train(num_steps)[1])
    rate: Any = rates[0]
    values, at_end = np.full(len(data), rates[0]), np.zeros(len(data), bool)
    if len(rates) > 1:
        seeds = tuning.seeds(config.tuning_seeds)
        tuned = nnjax.sweep(data, learning_rate=list(rates), seeds=seeds, num_steps=steps, **common)
        chosen = tuning.choose(xr.ufuncs.log10(tuned.train_loss), "learning_rate")
        rate = chosen.best["learning_rate"]
        values = rate.values.ravel()
        if len(rates) > 2:  # two rates are a choice and no grid: it has no inside
            at_end = chosen.at_end["learning_rate"].values.ravel() != 0
    runs, seconds = train(steps, rate)
    while seconds < wanted:  # faster than the trial: no solver is to have less time than the search
        steps = 1 + round(MARGIN * steps * wanted / seconds)
        runs, seconds = train(steps, rate)
    flat = runs.weights.isel(step=-1).transpose("task", "seed", ...).values
    ratios = []
    for name, one in zip(config.targets, flat, strict=True):
        w, b, v, c = np.split(one, [units, 2 * units, 3 * units], axis=1)
        ratios.append(exact(name, search.Networks(w, b, v, c[:, 0])) / float(best.sel(target=name)))
    return np.array(ratios), seconds, steps, values, at_end


def steps_within(wanted: float, seconds_of: Callable[[int], float]) -> int:
    """The number of steps that take `wanted` seconds and a margin, by growing trials; the first call only compiles."""
    seconds_of(1)
    once, steps = seconds_of(1), TRIAL
    while (more := seconds_of(1 + steps) - once) < max(PART * wanted, LEAST):
        steps *= LONGER
    return max(1, 1 + round((MARGIN * wanted - once) / more * steps))


def taken_apart(config: Config, best: xr.Dataset, found: xr.Dataset) -> xr.Dataset:
    """Errors over the best network's [without, target, seed] of searches that lack an ingredient."""
    n = config.taken_apart
    ratio = np.empty((len(WITHOUT), len(config.targets), config.seeds))
    ratio[0] = found.ratio.sel(units=n).transpose("target", "seed").values
    for i, missing in enumerate(list(WITHOUT.values())[1:], start=1):
        for j, name in enumerate(config.targets):
            how = config.search(n)._replace(**missing)
            last = search.searched(search.on_unit_interval(name), n, range(config.seeds), how)
            ratio[i, j] = exact(name, last) / float(best.best.sel(target=name, units=n))
    return xr.Dataset({"without_ratio": (("without", "target", "seed"), ratio)}, {"without": list(WITHOUT)})


def fits(config: Config, nets: dict[str, ReluNetwork], trained: dict[str, search.Networks]) -> xr.Dataset:
    """Knots and values along the interval of the start with the median error, beside those of the best network."""
    x, n = np.linspace(0, 1, PLACES), config.shown
    knots, curves = np.empty((len(nets), 2, n)), np.empty((len(nets), 3, PLACES))
    for i, (name, net) in enumerate(nets.items()):
        middle = int(np.argsort(exact(name, trained[name]))[(config.seeds - 1) // 2])
        w, b, v, c = (a[middle] for a in trained[name])
        knots[i] = np.sort(-b / w), np.sort(net.knots)
        curves[i] = search.on_unit_interval(name)(x), np.maximum(x[:, None] * w + b, 0) @ v + c, net(x)
    variables = {
        "knots": (("target", "whose", "knot"), knots),
        "curves": (("target", "curve", "place"), curves),
    }
    coords = {"target": list(nets), "whose": ["trained", "best"], "curve": ["target", "trained", "best"], "place": x}
    return xr.Dataset(variables, coords)
