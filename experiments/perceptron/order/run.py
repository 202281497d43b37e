"""The perceptrons of `perceptron.order`: every function at every order, parity, and the symmetric functions."""

import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.perceptron.order.config import Config
from experiments.perceptron import proofs
from nnjax import tasks
from nnjax.theory import separability


def run(config: Config) -> xr.Dataset:
    """Count functions by their order, and train perceptrons of order n - 1 and n on parity."""
    checks.check(config)
    orders = range(max(*config.inputs, *config.symmetric_inputs) + 1)
    counted = [_orders(n, config.num_epochs) for n in config.inputs]
    counts = np.array([[np.sum(order == k) for k in orders] for order, *_ in counted])
    parities = [_parity(n, config.num_epochs) for n in config.parity_inputs]
    symmetric, unsure = zip(*(_symmetric(n, orders, config.num_epochs) for n in config.symmetric_inputs), strict=True)
    return xr.Dataset(
        {
            "functions": (("inputs", "order"), counts),
            "undecided": ("inputs", [undecided for _, undecided, *_ in counted]),
            "classes": ("inputs", [classes for *_, classes, _ in counted]),
            "programs_that_differ": ("inputs", [differ for *_, differ in counted]),
            "order_n_is_parity": (
                "inputs",
                [_is_parity(order, n) for n, (order, *_) in zip(config.inputs, counted, strict=True)],
            ),
            "symmetric": (("symmetric_inputs", "changes", "order"), np.array(symmetric)),
            "symmetric_undecided": ("symmetric_inputs", list(unsure)),
        }
        | {name: ("parity_inputs", [row[name] for row in parities]) for name in parities[0]},
        coords={
            "inputs": list(config.inputs),
            "order": list(orders),
            "changes": list(orders),
            "parity_inputs": list(config.parity_inputs),
            "symmetric_inputs": list(config.symmetric_inputs),
        },
    )


def _orders(n: int, num_epochs: int) -> tuple[np.ndarray, int, int, int]:
    """The order of every function of n inputs, and counts: undecided, classes, programs that differ or lack a proof."""
    x, functions = tasks.boolean_inputs(n), tasks.all_functions(n)
    tables = tasks.truth_tables(functions, n)
    order, undecided = np.where(tables.any(axis=1) & ~tables.all(axis=1), n + 1, 0), 0
    least, _, label = tasks.symmetry_classes(functions, n, negations=True)
    differ = 0
    for k in range(1, n + 1):
        features = tasks.monomials(x, k)
        trained = proofs.trained(features, tables, num_epochs)
        undecided += int((~trained.learned & ~trained.proved).sum())
        order = np.where(trained.learned, np.minimum(order, k), order)
        decided = [separability.separate(features, table) for table in tasks.truth_tables(least, n)]
        separable = np.array([one.separable for one in decided])
        # Functions of one symmetry class have the same order, so its least member decides for all of them.
        differ += int((separable[label] != trained.learned).sum()) + sum(not one.proved for one in decided)
    return order, undecided, len(least), differ


def _symmetric(n: int, orders: range, num_epochs: int) -> tuple[np.ndarray, int]:
    """Counts of symmetric functions of n inputs by changes and order [changes, order], and of undecided ones."""
    x = tasks.boolean_inputs(n)
    profiles = tasks.truth_tables(np.arange(2 ** (n + 1), dtype=np.uint64), n + 1)[:, -(n + 1) :]
    tables = profiles[:, (x > 0).sum(axis=1)]
    changes = np.diff(profiles, axis=1).sum(axis=1)
    order, undecided = np.where(changes > 0, n + 1, 0), np.zeros(len(tables), bool)
    for k in range(1, n + 1):
        trained = proofs.trained(tasks.monomials(x, k), tables, num_epochs)
        undecided |= ~trained.learned & ~trained.proved
        order = np.where(trained.learned, np.minimum(order, k), order)
    counts = np.zeros((len(orders), len(orders)), int)
    np.add.at(counts, (changes[~undecided], order[~undecided]), 1)
    return counts, int(undecided.sum())


def _is_parity(order: np.ndarray, n: int) -> bool:
    """Whether the functions of order n are parity and its complement."""
    parity = int("".join(str(int(bit)) for bit in tasks.parity(n).y[:, 0]), 2)
    return set(np.flatnonzero(order == n).tolist()) == {parity, 2**2**n - 1 - parity}


def _parity(n: int, num_epochs: int) -> dict[str, int | bool]:
    """Perceptrons of order n - 1 and n on parity: passes, whether the first is proved unable, and the second learns."""
    x, table = tasks.boolean_inputs(n), tasks.parity(n).y[:, 0][None] == 1
    below = proofs.trained(tasks.monomials(x, n - 1), table, num_epochs)
    full = proofs.trained(tasks.monomials(x, n), table, num_epochs)
    corrections = below.run.corrections[0]
    return {
        "proved_below": bool(below.proved[0]),
        "corrections_equal": bool(np.ptp(corrections) == 0),
        "corrections_each": int(corrections.max()),
        "epochs_below": int(below.run.epochs[0]),
        "learned_at_n": bool(full.learned[0]),
        "epochs_at_n": int(full.run.epochs[0]),
        "products_at_n": 2**n - 1,
    }
