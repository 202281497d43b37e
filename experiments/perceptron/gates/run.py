"""The perceptrons of `perceptron.gates`, on every gate and in every order of the rows."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.perceptron.gates.config import BOUNDS, Config
from experiments.perceptron.shared import proofs
from nnjax import mlp, neurons, tasks, theory
from nnjax.activations import step
from nnjax.theory import constructions, separability

WRITTEN = {"and": constructions.and_gate, "or": constructions.or_gate}
ORDERS = np.array(list(itertools.permutations(range(4))))
MOST_MISTAKES = max(BOUNDS.values())


def run(config: Config) -> xr.Dataset:
    """For each gate, kind of inputs and order of rows: learned or proved, mistakes, bound; the paths of AND and OR."""
    checks.check(config)
    tables = tasks.truth_tables(tasks.all_functions(2), 2)
    by_inputs = xr.concat([_gates(low, tables, config.num_epochs) for low in config.lows], "inputs")
    data = by_inputs.assign_coords(
        function=list(tasks.BOOLEAN_NAMES), inputs=[f"{low} and 1" for low in config.lows], row=["00", "01", "10", "11"]
    )
    data["four_rows"] = (("function", "place"), separability.equal_sums(tasks.boolean_inputs(2), tables))
    written = [build()[0] for build in WRITTEN.values()]
    data["chapter"] = (("gate", "coefficient"), np.array([[*w[:, 0], b[0]] for w, b in written], float))
    fired = [_fires(build()) for build in WRITTEN.values()]
    data["chapter_fires"] = (("gate", "row"), np.array(fired))
    return data.assign_coords(gate=list(WRITTEN))


def _fires(params: mlp.Params) -> np.ndarray:
    """What a gate that is written down answers to the four rows."""
    x = jnp.asarray(tasks.boolean_inputs(2, 0, 1), jnp.float32)
    return np.asarray(jax.vmap(lambda row: mlp.apply(params, row, activation=step, output_activation=step)[0])(x))


def _gates(low: int, tables: np.ndarray, num_epochs: int) -> xr.Dataset:
    """All gates with false as `low`, in all orders of the rows; the paths and the weights are from the first order."""
    x = tasks.boolean_inputs(2, low, 1)
    by_order = [proofs.trained(x[order], tables[:, order], num_epochs) for order in ORDERS]
    first = by_order[0].run
    paths = [_corrections(x, tables[tasks.BOOLEAN_NAMES.index(name)], MOST_MISTAKES) for name in WRITTEN]

    def every(values: list) -> tuple[tuple[str, str], np.ndarray]:
        return ("function", "order"), np.stack(values, axis=1)

    return xr.Dataset(
        {
            "learned": every([one.learned & one.run.converged for one in by_order]),
            "proved": every([one.proved for one in by_order]),
            "mistakes": every([one.run.mistakes for one in by_order]),
            "weights": (("function", "coefficient"), np.column_stack([first.w, first.b])),
            "corrections": (("function", "row"), first.corrections),
            "bound": ("function", np.array([_bound(x, table) for table in tables])),
            "path": (("gate", "mistake", "coefficient"), np.array(paths)),
        }
    )


def _bound(x: np.ndarray, table: np.ndarray) -> float:
    """Novikoff's bound; nan where no neuron computes the function."""
    best = separability.widest_margin(x, table)
    return theory.novikoff_bound(x, table.astype(int), best.w, best.b) if best else np.nan


def _corrections(x: np.ndarray, table: np.ndarray, most: int) -> np.ndarray:
    """The weights and the bias after every mistake [most + 1, 3]; nan after the last."""
    path = neurons.perceptron_path(jnp.asarray(x, jnp.float32), jnp.asarray(table, jnp.float32), 4 * (most + 2))
    states = np.column_stack([path.w, path.b])
    changed = np.concatenate([[True], np.asarray(path.wrong)])
    found = states[changed][: most + 1]
    return np.vstack([found, np.full((most + 1 - len(found), 3), np.nan)])
