"""The perceptron and its relatives on functions that no neuron computes, inputs -1 and 1."""

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.perceptron import proofs
from nnjax import neurons, tasks

ALGORITHMS = ("perceptron", "averaged", "pocket without ratchet", "pocket")


def xor_cycle() -> xr.Dataset:
    """A perceptron on XOR, with false as 0 and as -1: weights after every visit, and where and how they come back."""
    return xr.concat([_cycle(low) for low in (0, -1)], "low").assign_coords(low=[0, -1])


def _cycle(low: int) -> xr.Dataset:
    """Weights [visit, 3]; the visit after which they repeat, after how many visits, and whether that is a proof."""
    x, y = tasks.boolean_inputs(2, low, 1), tasks.xor().y[:, 0]
    rows, targets = jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32)
    fit, path = neurons.perceptron_fit(rows, targets, 100), neurons.perceptron_path(rows, targets, 40)
    states, period = np.column_stack([path.w, path.b]), 4 * int(fit.period)
    # The first state from which on the path repeats itself, row for row.
    start = next(i for i in range(len(states)) if (states[i:-period] == states[i + period :]).all())
    proved = proofs.is_certificate(jax.tree.map(lambda leaf: leaf[None], fit), x, y[None] == 1)[0]
    orbit = {"orbit": (("visit", "coefficient"), states), "orbit_start": start, "orbit_period": period}
    return xr.Dataset(orbit | {"orbit_proved": bool(proved)})


def compared(inputs: int, visits: tuple[int, ...], num_epochs: int, seed: int) -> xr.Dataset:
    """Rows that each algorithm gets wrong beyond those of the best neuron, over all functions that no neuron computes.

    `gain`: the mean difference of the pocket with its ratchet and without, after the most visits, with its error.
    """
    x, tables = tasks.boolean_inputs(inputs), tasks.truth_tables(tasks.all_functions(inputs), inputs)
    learned = proofs.trained(x, tables, num_epochs).learned
    others = tables[~learned]
    wrong = np.array([_wrong(seed, x, others, count) for count in visits])
    excess = wrong - _fewest(others, tables[learned])
    loose, pocket = (excess[-1, ALGORITHMS.index(name)] for name in ("pocket without ratchet", "pocket"))
    gain = pocket - loose
    dims = ("visits", "algorithm")
    return xr.Dataset(
        {
            "at_best": (dims, (excess == 0).sum(axis=2)), "mean_excess": (dims, excess.mean(axis=2)),
            "gain": gain.mean(), "gain_error": gain.std(ddof=1) / np.sqrt(len(gain)), "functions": len(others),
        },
        {"visits": list(visits), "algorithm": list(ALGORITHMS)},
    )  # fmt: skip


def _fewest(tables: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """How many rows of each function [m] the best neuron gets wrong: those where the nearest learned one differs."""
    signs, known = np.where(tables, 1, -1).astype(np.float32), np.where(learned, 1, -1).astype(np.float32)
    return ((tables.shape[1] - (signs @ known.T).max(axis=1)) / 2).astype(int)


def _wrong(seed: int, x: np.ndarray, tables: np.ndarray, visits: int) -> np.ndarray:
    """The number of rows of each function that each algorithm gets wrong [algorithm, m]."""
    keys = jax.random.split(jax.random.key(seed), len(tables))
    # `visits` is traced, so that one compiled program serves every number of visits.
    return np.asarray(_errors(keys, jnp.asarray(x, jnp.float32), jnp.asarray(tables, jnp.float32), jnp.int32(visits)))


@jax.jit
def _errors(keys, x, y, visits):
    def one(key, y):
        pocket = neurons.pocket_fit(key, x, y, visits).errors
        loose = neurons.pocket_fit(key, x, y, visits, ratchet=False).errors
        averaged = neurons.averaged_fit(x, y, visits).errors
        w, b = _stopped(x, y, visits)
        return jnp.stack([jnp.sum((x @ w + b > 0) != (y > 0)), averaged, loose, pocket])

    return jax.vmap(one, out_axes=1)(keys, y)


def _stopped(x, y, visits):
    """The perceptron's weights as they stand after `visits` visits to the rows in order."""

    def visit(i, params):
        return neurons.perceptron_step(params, x[i % len(x)], y[i % len(x)])[0]

    return jax.lax.fori_loop(0, visits, visit, (jnp.zeros_like(x[0]), jnp.zeros((), x.dtype)))
