"""The perceptrons of `perceptron.cycling`: XOR's orbit, four rules on inseparable functions, and the pocket's limit."""

from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.perceptron.cycling import reachable
from experiments.perceptron.cycling.config import PAIRS, RULES, Config
from experiments.perceptron import proofs
from nnjax import machine, neurons, tasks


def run(config: Config) -> xr.Dataset:
    """The orbit of XOR; periods and greatest weights of all functions; rows wrong beyond the best, by rule."""
    checks.check(config)
    x = tasks.boolean_inputs(config.inputs)
    tables = tasks.truth_tables(tasks.all_functions(config.inputs), config.inputs)
    trained = proofs.trained(x, tables, config.num_epochs)
    others = ~trained.learned
    best = _best(tables[others], tables[trained.learned])
    wrong = np.array([_wrong(config, x, tables[others], visits) for visits in config.visits])
    excess = wrong - best
    gains = np.array([[excess[-1, RULES.index(rule)] for rule in pair] for pair in PAIRS]).transpose(0, 2, 1)
    gain = gains[..., 0] - gains[..., 1]
    data = xr.Dataset(
        {
            "at_best": (("visits", "rule"), (excess == 0).sum(axis=2)),
            "mean_excess": (("visits", "rule"), excess.mean(axis=2)),
            "gain": ("pair", gain.mean(axis=1)),
            "gain_error": ("pair", gain.std(axis=1, ddof=1) / np.sqrt(gain.shape[1])),
            "best": ("errors", np.bincount(best, minlength=best.max() + 1)),
            "periods": ("period", np.bincount(trained.run.period[others])),
            "proved": int(trained.proved[others].sum()),
            "greatest": _greatest(x, tables[others], int(trained.run.epochs.max())),
        },
        coords={"visits": list(config.visits), "rule": list(RULES), "pair": [" or ".join(pair) for pair in PAIRS]},
        attrs={"inputs": config.inputs, "functions": int(others.sum())},
    )
    orbit = xr.concat([_orbit(low) for low in (0, -1)], "low").assign_coords(low=[0, -1])
    return xr.merge([data, orbit, _limit(config, x, tables[others], best)]).assign_attrs(data.attrs)


def _limit(config: Config, x: np.ndarray, tables: np.ndarray, best: np.ndarray) -> xr.Dataset:
    """The number of functions whose best weights are reachable from all reachable ones; how many and long these are."""
    first, label = reachable.representatives(tables, config.inputs)
    with ThreadPoolExecutor(machine.num_workers()) as pool:
        found = list(pool.map(lambda i: reachable.reach(x, tables[i], int(best[i])), first))
    again, states, greatest = (np.array(one) for one in zip(*found, strict=True))
    return xr.Dataset(
        {
            "best_again": int(again[label].sum()),
            "classes": len(first),
            "most_states": int(states.max()),
            "farthest": float(np.sqrt(greatest.max())),
        }
    )


def _orbit(low: int) -> xr.Dataset:
    """The weights of a perceptron on XOR [visit, 3], and where its cycle begins and how long it is, in visits."""
    x, y = tasks.boolean_inputs(2, low, 1), tasks.xor().y[:, 0]
    fit = neurons.perceptron_fit(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), 100)
    path = neurons.perceptron_path(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), 40)
    states = np.column_stack([path.w, path.b])
    period = 4 * int(fit.period)
    # The first state from which on the path repeats itself, row for row.
    start = next(i for i in range(len(states)) if (states[i:-period] == states[i + period :]).all())
    return xr.Dataset(
        {
            "orbit": (("visit", "coefficient"), states),
            "orbit_wrong": ("look", np.asarray(path.wrong)),
            "orbit_start": start,
            "orbit_period": period,
            "orbit_proved": bool(proofs.is_certificate(jax.tree.map(lambda leaf: leaf[None], fit), x, y[None] == 1)[0]),
        }
    )


def _best(tables: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """How many rows of each function [m] the best neuron gets wrong: those where the nearest learned one differs."""
    signs, known = np.where(tables, 1, -1).astype(np.float32), np.where(learned, 1, -1).astype(np.float32)
    return ((tables.shape[1] - (signs @ known.T).max(axis=1)) / 2).astype(int)


@jax.jit
def _rules(keys, x, y, visits):
    """The number of rows of each function that each rule gets wrong [rule, m]."""

    def one(key, y):
        pocket = neurons.pocket_fit(key, x, y, visits).errors
        loose = neurons.pocket_fit(key, x, y, visits, ratchet=False).errors
        averaged = neurons.averaged_fit(x, y, visits).errors
        w, b = _stopped(x, y, visits)[0]
        return jnp.stack([jnp.sum((x @ w + b > 0) != (y > 0)), averaged, loose, pocket])

    return jax.vmap(one, out_axes=1)(keys, y)


def _stopped(x, y, visits):
    """The perceptron as it stands after `visits` visits, and the greatest length that (w, b) has had."""

    def visit(i, carried):
        params, greatest = carried
        (w, b), _ = neurons.perceptron_step(params, x[i % len(x)], y[i % len(x)])
        return (w, b), jnp.maximum(greatest, w @ w + b * b)

    zero = jnp.zeros((), x.dtype)
    params, greatest = jax.lax.fori_loop(0, visits, visit, ((jnp.zeros_like(x[0]), zero), zero))
    return params, jnp.sqrt(greatest)


def _wrong(config: Config, x: np.ndarray, tables: np.ndarray, visits: int) -> np.ndarray:
    keys = jax.random.split(jax.random.key(config.seed), len(tables))
    # `visits` is traced, so that one compiled program serves every number of visits.
    return np.asarray(_rules(keys, jnp.asarray(x, jnp.float32), jnp.asarray(tables, jnp.float32), jnp.int32(visits)))


def _greatest(x: np.ndarray, tables: np.ndarray, num_epochs: int) -> float:
    """The greatest length of (w, b) that any function ever leads to; all weights have returned by `num_epochs`."""
    rows, y = jnp.asarray(x, jnp.float32), jnp.asarray(tables, jnp.float32)
    return float(jax.jit(jax.vmap(lambda y: _stopped(rows, y, num_epochs * len(x))[1]))(y).max())
