"""A neuron that sees products of its inputs computes more, but parity of n inputs needs products of all n.

Source: Minsky & Papert 1969 (the order of a predicate, chapter 1; parity has order n, chapter 3). The order
of a function is the least k for which one neuron computes it from all products of up to k inputs. A perceptron is
trained on those products for every Boolean function of 2 to 4 inputs and every k, and learns, or is proved unable to
by weights that come back (see `census`). SciPy's linear programming decides one function of each class again.

Only parity and its complement have order n: where the inputs are -1 and 1, any other function f and parity p agree
in part only, |mean(f p)| < 1, so f - mean(f p) p has the sign of f and no product of all n inputs. Parity itself is
orthogonal to all smaller products, so all rows, each added once with its sign, sum to zero: the certificate that a
perceptron of order n - 1 finds as it goes round.

A symmetric function looks only at how many inputs are true; its order is the number of times that it changes as that
number rises from 0 to n (their theorem on invariance, chapter 2, makes it a polynomial of that number, which needs a
root for each change). All of them are tried.

    python -m experiments perceptron.order                  # 3 s
    python -m experiments perceptron.order --preset full    # 10 s on 2 cores

Outputs: orders, symmetric; table.csv has a row for each number of inputs and order, and for each parity.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli
from experiments.lab.verdicts import verdict
from experiments.perceptron.shared import proofs as _proofs
from nnjax import separability, tasks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SEPARABLE = {2: 14, 3: 104, 4: 1_882}  # of order 0 or 1: OEIS A000609
BOOK = "Minsky & Papert 1969, chapter 3"
STORE = False


@dataclass(frozen=True)
class Config:
    """Which functions and which parities are tried."""

    inputs: tuple[int, ...] = (2, 3, 4)  # scientific: numbers of inputs of which every function is tried, from 2 to 4
    parity_inputs: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8)  # scientific: numbers of inputs of parity
    symmetric_inputs: tuple[int, ...] = (2, 3, 4, 5, 6)  # scientific: those of which every symmetric one is tried
    num_epochs: int = 10_000  # fixed: passes after which a perceptron would be undecided


FULL = Config()
QUICK = Config(inputs=(2, 3), parity_inputs=(2, 3, 4, 5), symmetric_inputs=(2, 3, 4))


def run(config: Config) -> xr.Dataset:
    """Functions by their order, and what perceptrons of order n - 1 and n make of parity."""
    if not config.inputs or not set(config.inputs) <= {2, 3, 4}:
        raise ValueError(f"inputs={config.inputs!r} must hold 2, 3 or 4")
    if not config.parity_inputs or not set(config.parity_inputs) <= set(range(2, 11)):
        raise ValueError(f"parity_inputs={config.parity_inputs!r} must hold numbers from 2 to 10")
    if not config.symmetric_inputs or not set(config.symmetric_inputs) <= set(range(2, 8)):
        raise ValueError(f"symmetric_inputs={config.symmetric_inputs!r} must hold numbers from 2 to 7")
    orders = range(max(*config.inputs, *config.symmetric_inputs) + 1)
    counted = [_orders(n, config.num_epochs) for n in config.inputs]
    counts = np.array([[np.sum(order == k) for k in orders] for order, *_ in counted])
    parities = [_parity(n, config.num_epochs) for n in config.parity_inputs]
    symmetric, unsure = zip(*(_symmetric(n, orders, config.num_epochs) for n in config.symmetric_inputs), strict=True)
    preset = " --preset full" if config == FULL else ""
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
        attrs={"command": f"python -m experiments perceptron.order{preset}"},
    )


def _orders(n: int, num_epochs: int) -> tuple[np.ndarray, int, int, int]:
    """The order of every function of n inputs; how many stay undecided; classes; how many programs differ."""
    x, functions = tasks.boolean_inputs(n), tasks.all_functions(n)
    tables = tasks.truth_tables(functions, n)
    order, undecided = np.where(tables.any(axis=1) & ~tables.all(axis=1), n + 1, 0), 0
    least, _, label = tasks.symmetry_classes(functions, n, negations=True)
    differ = 0
    for k in range(1, n + 1):
        features = tasks.monomials(x, k)
        trained = _proofs.trained(features, tables, num_epochs)
        undecided += int((~trained.learned & ~trained.proved).sum())
        order = np.where(trained.learned, np.minimum(order, k), order)
        decided = [separability.separate(features, table) for table in tasks.truth_tables(least, n)]
        separable = np.array([one.separable for one in decided])
        # Symmetric functions have one order, so what holds of the least of a class must hold of all of it.
        differ += int((separable[label] != trained.learned).sum()) + sum(not one.proved for one in decided)
    return order, undecided, len(least), differ


def _symmetric(n: int, orders: range, num_epochs: int) -> tuple[np.ndarray, int]:
    """Symmetric functions of n inputs by their changes and their order [changes, order]; how many stay undecided."""
    x = tasks.boolean_inputs(n)
    profiles = tasks.truth_tables(np.arange(2 ** (n + 1), dtype=np.uint64), n + 1)[:, -(n + 1) :]
    tables = profiles[:, (x > 0).sum(axis=1)]
    changes = np.diff(profiles, axis=1).sum(axis=1)
    order, undecided = np.where(changes > 0, n + 1, 0), np.zeros(len(tables), bool)
    for k in range(1, n + 1):
        trained = _proofs.trained(tasks.monomials(x, k), tables, num_epochs)
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
    """Perceptrons of order n - 1 and n on parity: passes, and whether one is proved unable and the other learns."""
    x, table = tasks.boolean_inputs(n), tasks.parity(n).y[:, 0][None] == 1
    below = _proofs.trained(tasks.monomials(x, n - 1), table, num_epochs)
    full = _proofs.trained(tasks.monomials(x, n), table, num_epochs)
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


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """How many functions have which order, and the order of the symmetric ones."""
    from experiments.perceptron import _order_figures as draw

    return {"orders": draw.orders(data), "symmetric": draw.symmetric(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each number of inputs and order, then one for each parity."""
    rows = [
        {"inputs": int(n), "order": int(k), "functions": int(data.functions.sel(inputs=n, order=k))}
        for n in data.inputs.values
        for k in data.order.values
        if k <= n
    ]
    names = [name for name, variable in data.data_vars.items() if variable.dims == ("parity_inputs",)]
    return rows + [
        {"parity_inputs": int(n)} | {name: data[name].sel(parity_inputs=n).item() for name in names}
        for n in data.parity_inputs.values
    ]


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Counts that theorems give must be met to the function; each parity must be proved and learned."""
    rows = []
    for n in data.inputs.values.tolist():
        one = data.sel(inputs=n)
        first, last = int(one.functions.sel(order=[0, 1]).sum()), int(one.functions.sel(order=n))
        claim = f"{SEPARABLE[n]:,} functions of {n} inputs have order 0 or 1"
        rows.append(
            (f"order 1, {n} inputs", claim, "OEIS A000609", SEPARABLE[n], first, "functions", first == SEPARABLE[n])
        )
        claim = f"of {2**2**n:,} functions of {n} inputs only parity and its complement have order {n}"
        holds = last == 2 and bool(one.order_n_is_parity)
        rows.append((f"order {n}, {n} inputs", claim, BOOK, 2, last, "functions", holds))
    wrong = int(data.undecided.sum()) + int(data.programs_that_differ.sum())
    claim = (
        "every function is decided at every order, and linear programming, each answer checked, decides one of each "
        f"of {int(data.classes.sum())} classes alike"
    )
    rows.append(("decided twice", claim, "HiGHS", 0, wrong, "undecided or differing", wrong == 0))
    below = data.proved_below & data.corrections_equal
    numbers = f"{int(data.parity_inputs.min())} to {int(data.parity_inputs.max())}"
    claim = f"no neuron of order n - 1 computes parity of n inputs, n from {numbers}: all rows, signed, sum to zero"
    count, total = int(below.sum()), data.sizes["parity_inputs"]
    rows.append(("parity needs n", claim, BOOK, total, count, "parities", count == total))
    count = int(data.learned_at_n.sum())
    claim = f"a perceptron of order n learns parity of n inputs, n from {numbers}"
    rows.append(("parity at n", claim, BOOK, total, count, "parities", count == total))
    total, matrix = int(data.symmetric.sum() + data.symmetric_undecided.sum()), data.symmetric.sum("symmetric_inputs")
    count = int(np.trace(matrix.values))
    numbers = f"{int(data.symmetric_inputs.min())} to {int(data.symmetric_inputs.max())}"
    claim = f"the order of every symmetric function of {numbers} inputs is the number of its changes"
    source = "Minsky & Papert 1969, chapter 2"
    rows.append(("symmetric", claim, source, total, count, "functions", count == total))
    return [verdict(data, *row) for row in rows]


if __name__ == "__main__":
    cli.main(__file__)
