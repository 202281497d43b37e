"""AND and OR are one neuron each, and it learns them by itself; so are 14 of the 16 gates, and XOR is none.

Sources: the textbook chapter (AND: weights 0.5, 0.5, threshold 0.7; OR: 0.5, 0.5, 0.2; the perceptron learns by
itself); Rosenblatt 1958; Novikoff 1962 (at most (R |w*| / margin)^2 mistakes); Minsky & Papert 1969 (XOR). All
sixteen functions of two inputs are trained from zero weights by Rosenblatt's rule, in every order of the four rows,
with inputs 0 and 1 and with -1 and 1. A neuron that does not learn comes back to weights it had, and the signed rows
that it added meanwhile sum to zero: no neuron could be positive on all of them.

    python -m experiments perceptron.gates             # 1 s; --preset full is the same

Outputs: sixteen_gates, learning; table.csv has a row for each gate and kind of inputs.
"""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.lab import Verdict, cli
from experiments.lab.verdicts import verdict
from experiments.perceptron import _proofs
from nnjax import constructions, mlp, neurons, separability, tasks, theory
from nnjax.activations import step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHAPTER = {"and": constructions.and_gate, "or": constructions.or_gate}
ORDERS = np.array(list(itertools.permutations(range(4))))
BOUNDS = {("and", "0 and 1"): 51, ("or", "0 and 1"): 27, ("and", "-1 and 1"): 9, ("or", "-1 and 1"): 9}
MOST_MISTAKES = max(BOUNDS.values())
STORE = False


@dataclass(frozen=True)
class Config:
    """What is trained: nothing is random and nothing is tuned."""

    lows: tuple[int, ...] = (0, -1)  # scientific: the number that stands for false; true is 1
    num_epochs: int = 1000  # fixed: passes after which a perceptron would be undecided


QUICK = FULL = Config()


def run(config: Config) -> xr.Dataset:
    """For each gate, kind of inputs and order of rows: learned or proved, mistakes, bound; the paths of AND and OR."""
    if not config.lows or not set(config.lows) <= {0, -1} or len(set(config.lows)) < len(config.lows):
        raise ValueError(f"lows={config.lows!r} must hold 0, -1 or both, each once")
    tables = tasks.truth_tables(tasks.all_functions(2), 2)
    by_inputs = xr.concat([_gates(low, tables, config.num_epochs) for low in config.lows], "inputs")
    data = by_inputs.assign_coords(
        function=list(tasks.BOOLEAN_NAMES), inputs=[f"{low} and 1" for low in config.lows], row=["00", "01", "10", "11"]
    )
    data["four_rows"] = (("function", "place"), separability.equal_sums(tasks.boolean_inputs(2), tables))
    written = [build()[0] for build in CHAPTER.values()]
    data["chapter"] = (("gate", "coefficient"), np.array([[*w[:, 0], b[0]] for w, b in written], float))
    fired = [_fires(build()) for build in CHAPTER.values()]
    data["chapter_fires"] = (("gate", "row"), np.array(fired))
    command = "python -m experiments perceptron.gates --preset full"
    return data.assign_coords(gate=list(CHAPTER)).assign_attrs(command=command)


def _fires(params: mlp.Params) -> np.ndarray:
    """What a gate that is written down answers to the four rows."""
    x = jnp.asarray(tasks.boolean_inputs(2, 0, 1), jnp.float32)
    return np.asarray(jax.vmap(lambda row: mlp.apply(params, row, activation=step, output_activation=step)[0])(x))


def _gates(low: int, tables: np.ndarray, num_epochs: int) -> xr.Dataset:
    """All gates with false as `low`, in all orders of the rows; the paths and the weights are of the first order."""
    x = tasks.boolean_inputs(2, low, 1)
    by_order = [_proofs.trained(x[order], tables[:, order], num_epochs) for order in ORDERS]
    first = by_order[0].run
    paths = [_corrections(x, tables[tasks.BOOLEAN_NAMES.index(name)], MOST_MISTAKES) for name in CHAPTER]

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


def figures(data: xr.Dataset) -> dict[str, "Figure"]:
    """All sixteen gates with their lines, and how AND and OR are learned."""
    from experiments.perceptron import _gates_figures as draw

    return {"sixteen_gates": draw.sixteen(data), "learning": draw.learning(data)}


def table(data: xr.Dataset) -> list[dict]:
    """A row for each gate and kind of inputs."""
    rows = []
    for name, inputs in itertools.product(data.function.values, data.inputs.values):
        one = data.sel(function=name, inputs=inputs)
        proved = bool(one.proved.all())
        row = {"function": name, "inputs": inputs, "learned": bool(one.learned.all()), "proved": proved}
        row |= {"least_mistakes": int(one.mistakes.min()), "most_mistakes": int(one.mistakes.max())}
        row |= {"bound": one.bound.item()} | dict(zip(("w1", "w2", "b"), one.weights.values.tolist(), strict=True))
        rows.append(row | {"corrections_of_a_round": " ".join(map(str, one.corrections.values)) if proved else ""})
    return rows


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """A gate must answer every row; a bound must hold in all 24 orders; each function is learned or proved."""
    rows = []
    for name in CHAPTER:
        right = int((data.chapter_fires.sel(gate=name).values == tasks.boolean(name).y[:, 0]).sum())
        w1, w2, b = data.chapter.sel(gate=name).values
        claim = f"weights {w1:g}, {w2:g} and threshold {-b:g} compute {name.upper()}"
        rows.append((f"chapter's {name}", claim, "the textbook chapter", 4, right, "rows of 4", right == 4))
    for (name, inputs), bound in BOUNDS.items():
        if inputs in data.inputs:
            one = data.sel(function=name, inputs=inputs)
            most, computed = int(one.mistakes.max()), round(float(one.bound))
            claim = (
                f"{name.upper()} with inputs {inputs} is learned in each of 24 orders of the rows with at most {bound}"
            )
            holds = bool(one.learned.all()) and most <= bound == computed
            rows.append((f"{name}, {inputs}", f"{claim} mistakes", "Novikoff 1962", bound, most, "mistakes", holds))
    learned = data.learned.all(["inputs", "order"])
    count = int(learned.sum())
    claim = "14 of the 16 gates are learned by one neuron, in every order of the rows and with either kind of inputs"
    rows.append(("sixteen gates", claim, "OEIS A000609", 14, count, "gates", count == 14))
    others = data.function.values[~learned.values].tolist()
    proved = bool(data.proved.sel(function=others).all()) and bool((data.four_rows.sel(function=others) >= 0).all())
    claim = "the others, XOR and XNOR, are proved out of reach by weights that come back, and by two pairs of equal sum"
    holds = others == ["xor", "xnor"] and proved
    rows.append(("no line", claim, "Minsky & Papert 1969", "xor, xnor", ", ".join(others), "", holds))
    return [verdict(data, *row) for row in rows]


if __name__ == "__main__":
    cli.main(__file__)
