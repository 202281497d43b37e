"""The table and the verdicts of `perceptron.order`: one exception refutes a theorem."""

import numpy as np
import xarray as xr

from experiments.lab import rules
from experiments.lab.sources import MINSKY_PAPERT, NOVIKOFF
from experiments.lab.text import plural
from experiments.lab.verdicts import NOT_REPRODUCED, REPRODUCED, THEOREM, Rule, Statement, Verdict
from experiments.perceptron.order.config import Config

ASPNES = "Aspnes, Beigel, Furst & Rudich (1994), The expressive power of voting polynomials, Combinatorica 14"


def statements(config: Config) -> list[Statement]:
    """The functions of the highest order, parity at two orders, and the symmetric functions."""
    highest = [
        Statement(
            id=f"order {n}, {n} inputs",
            claim=f"Of the {2**2**n:,} Boolean functions of {n} inputs only parity and its complement have order {n}.",
            kind=THEOREM,
            source=f"{MINSKY_PAPERT}, chapter 3 (parity has order n); {ASPNES} (every other function has less)",
            rule=Rule(
                f"Reproduced when exactly parity and its complement have order {n}, every perceptron was decided at "
                "every order, and linear programming decides one function of each class alike; otherwise not "
                "reproduced."
            ),
            reference=2,
            unit="functions",
        )
        for n in config.inputs
    ]
    parities, numbers = len(config.parity_inputs), _range(config.parity_inputs)
    total = sum(2 ** (n + 1) for n in config.symmetric_inputs)
    return [
        *highest,
        Statement(
            id="parity needs n",
            claim=f"A neuron that sees products of at most n - 1 inputs (order n - 1) cannot compute the parity of n "
            f"inputs, for n from {numbers}: the rows, each with its sign, sum to zero.",
            kind=THEOREM,
            source=f"{MINSKY_PAPERT}, chapter 3",
            rule=rules.exactly(
                parities,
                "the number of parities on which the perceptron's weights return with every row corrected equally "
                "often",
            ),
            reference=parities,
            unit="parities",
        ),
        Statement(
            id="parity at n",
            claim=f"A perceptron of order n learns parity of n inputs, for n from {numbers}.",
            kind=THEOREM,
            source=f"{MINSKY_PAPERT}, chapter 3; {NOVIKOFF}",
            rule=rules.exactly(parities, "the number of parities that are learned"),
            reference=parities,
            unit="parities",
        ),
        Statement(
            id="symmetric",
            claim=f"The order of every symmetric function of {_range(config.symmetric_inputs)} inputs is the number of "
            "its changes as more inputs become true.",
            kind=THEOREM,
            source=f"{MINSKY_PAPERT}, chapter 2",
            rule=rules.exactly(total, "the number of symmetric functions whose order is that number"),
            reference=total,
            unit="functions",
        ),
    ]


def _range(numbers: tuple[int, ...]) -> str:
    return f"{min(numbers)} to {max(numbers)}"


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
    """Counts must equal those of the theorems; each parity must be proved at order n - 1 and learned at order n."""
    inputs, parities, symmetric = (
        tuple(data[name].values.tolist()) for name in ("inputs", "parity_inputs", "symmetric_inputs")
    )
    stated = {
        one.id: one for one in statements(Config(inputs=inputs, parity_inputs=parities, symmetric_inputs=symmetric))
    }
    found = [_highest(stated[f"order {n}, {n} inputs"], data.sel(inputs=n)) for n in inputs]
    count = int((data.proved_below & data.corrections_equal).sum())
    finding = (
        f"For {count} of {len(parities)} parities, the perceptron of order n - 1 (with products of up to n - 1 inputs) "
        "returned to earlier weights after correcting every row equally often, which proves that no neuron of this "
        "order computes the parity."
    )
    found.append(stated["parity needs n"].verdict(finding, count))
    count, passes = int(data.learned_at_n.sum()), int(data.epochs_at_n.max())
    finding = (
        f"The perceptron of order n (with products of up to n inputs) learns {count} of {len(parities)} parities, "
        f"within {passes} pass{'' if passes == 1 else 'es'} over the rows."
    )
    found.append(stated["parity at n"].verdict(finding, count))
    total = int(data.symmetric.sum() + data.symmetric_undecided.sum())
    count = int(np.trace(data.symmetric.sum("symmetric_inputs").values))
    finding = (
        f"For {count} of {total} symmetric functions the order equals the number of times that the function changes as "
        "more inputs become true."
    )
    return [*found, stated["symmetric"].verdict(finding, count)]


def _highest(statement: Statement, one: xr.Dataset) -> Verdict:
    """Judge whether only parity and its complement have order n; linear programming must agree."""
    n = int(one.inputs)
    last, undecided, differ = int(one.functions.sel(order=n)), int(one.undecided), int(one.programs_that_differ)
    these = bool(one.order_n_is_parity)
    finding = (
        f"{last} of {2**2**n:,} functions {'has' if last == 1 else 'have'} order {n}"
        f"{': parity and its complement' if these else ''}. "
        f"{plural(undecided, 'perceptron') if undecided else 'No perceptron'} remained undecided. Linear programming "
        f"on one function of each of {int(one.classes)} symmetry classes disagrees with the perceptrons in "
        f"{plural(differ, 'case')}."
    )
    holds = these and last == 2 and not undecided and not differ
    return statement.verdict(finding, last, outcome=REPRODUCED if holds else NOT_REPRODUCED)
