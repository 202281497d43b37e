"""Which gates does one neuron compute? AND and OR, with the textbook's weights or learned ones, not XOR or XNOR.

The textbook's AND and OR, with weights 0.5 and 0.5 and the thresholds 0.7 and 0.2, are applied to the four rows of the
truth table. Then a perceptron is trained by Rosenblatt's rule, from zero weights, on each of the sixteen functions of
two inputs. This is done in all 24 orders of the rows, with inputs 0 and 1 and with inputs -1 and 1.

It learns, or its weights return to earlier ones. The signed rows that it added in between then sum to zero, in whole
numbers. No neuron could be positive on all of them, so this proves that none computes the function. A second proof is
sought without training: two true and two false rows of equal sum.
"""

import itertools
from dataclasses import dataclass
from typing import Annotated

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from experiments.lab import figures as fg
from experiments.lab import planes, sources
from experiments.lab.estimates import exact
from experiments.lab.flags import one_of
from experiments.lab.verdicts import TEXTBOOK, THEOREM, Statement, equal
from experiments.perceptron import proofs
from nnjax import mlp, neurons, tasks, theory
from nnjax.activations import step
from nnjax.theory import constructions, separability

WRITTEN = {"and": constructions.and_gate, "or": constructions.or_gate}
IMPOSSIBLE = ["xor", "xnor"]
ORDERS = np.array(list(itertools.permutations(range(4))))
MOST_MISTAKES = 51  # of AND with inputs 0 and 1, by Novikoff's bound


@dataclass(frozen=True)
class Config:
    lows: Annotated[tuple[int, ...], one_of((0, -1))] = (0, -1)  # the number that stands for false; true is 1
    num_epochs: int = 1000  # passes after which a perceptron counts as undecided


QUICK = Config(lows=(0,))

NAMES = {
    "function": "function of the two inputs a and b", "inputs": "numbers that stand for false and true",
    "gate": "gate with the textbook's weights", "row": "row of the truth table", "order": "order of the rows",
    "learned": "whether the perceptron learns the function in every order of the rows",
    "proved": "whether in every order the weights return, a proof that no neuron computes the function",
    "mistakes": "mistakes until learned",
    "least_mistakes": "fewest mistakes over all orders of the rows",
    "most_mistakes": "most mistakes over all orders of the rows",
    "bound": "Novikoff's bound on the mistakes, from the widest margin",
    "w1": "weight of a at the end, with the rows in the order 00, 01, 10, 11",
    "w2": "weight of b at the end, with the rows in that order",
    "b": "bias at the end, with the rows in that order",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """What is learned or proved [inputs, function, order], with mistakes and their bound; paths and lines to draw."""
    tables = tasks.truth_tables(tasks.all_functions(2), 2)
    data = xr.concat([_gates(low, tables, config.num_epochs) for low in config.lows], "inputs")
    names = {"function": list(tasks.BOOLEAN_NAMES), "inputs": [f"{low} and 1" for low in config.lows]}
    data = data.assign_coords(names | {"row": ["00", "01", "10", "11"], "gate": list(WRITTEN)})
    data["four_rows"] = (("function", "place"), separability.equal_sums(tasks.boolean_inputs(2), tables))
    written = [build()[0] for build in WRITTEN.values()]
    data["chapter"] = (("gate", "coefficient"), np.array([[*w[:, 0], b[0]] for w, b in written], float))
    data["chapter_fires"] = (("gate", "row"), np.array([_fires(build()) for build in WRITTEN.values()]))
    return data


def _fires(params: mlp.Params) -> np.ndarray:
    """What a gate that is written down answers to the four rows."""
    x = jnp.asarray(tasks.boolean_inputs(2, 0, 1), jnp.float32)
    return np.asarray(jax.vmap(lambda row: mlp.apply(params, row, activation=step, output_activation=step)[0])(x))


def _gates(low: int, tables: np.ndarray, num_epochs: int) -> xr.Dataset:
    """All functions with false as `low`, in all orders of the rows; weights and paths are from the first order."""
    x = tasks.boolean_inputs(2, low, 1)
    by_order = [proofs.trained(x[order], tables[:, order], num_epochs) for order in ORDERS]
    margins = [separability.widest_margin(x, y) for y in tables]
    bounds = [
        theory.novikoff_bound(x, y.astype(int), widest.w, widest.b) if widest else np.nan
        for y, widest in zip(tables, margins, strict=True)
    ]
    every = {
        "learned": [one.learned & one.run.converged for one in by_order],
        "proved": [one.proved for one in by_order],
        "mistakes": [one.run.mistakes for one in by_order],
    }
    data = xr.Dataset({name: (("order", "function"), np.array(values)) for name, values in every.items()})
    first = by_order[0].run
    data["weights"] = (("function", "coefficient"), np.column_stack([first.w, first.b]))
    data["bound"] = ("function", np.array(bounds))
    paths = [_path(x, tables[tasks.BOOLEAN_NAMES.index(name)]) for name in WRITTEN]
    data["path"] = (("gate", "mistake", "coefficient"), np.array(paths))
    return data.transpose("function", "gate", ...)


def _path(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Weights and bias at the start and after every mistake [MOST_MISTAKES + 1, 3]; nan after the last."""
    path = neurons.perceptron_path(jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), 4 * MOST_MISTAKES + 8)
    states = np.column_stack([path.w, path.b])[np.concatenate([[True], np.asarray(path.wrong)])]
    return np.vstack([states, np.full((MOST_MISTAKES + 1 - len(states), 3), np.nan)])


# Measures and statements.


def rows_right(data: xr.Dataset, level: float) -> xr.Dataset:
    """Rows that the textbook's weights answer rightly, of AND or of OR, whichever has fewer."""
    targets = xr.DataArray([tasks.boolean(name).y[:, 0] for name in data.gate.values], dims=("gate", "row"))
    right = (data.chapter_fires == targets).sum("row")
    return exact(right.min(), n=data.sizes["gate"], of="gates, of which the worse counts", units="of 4 rows right")


def proved_impossible(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many of XOR and XNOR have both proofs, the first by every perceptron."""
    two = data.sel(function=IMPOSSIBLE)
    proofs_found = two.proved.all(["inputs", "order"]) & (two.four_rows >= 0).all("place")
    return exact(proofs_found.sum(), n=two.proved.size, of="perceptrons", units="functions proved impossible")


STATEMENTS = (
    Statement(
        "chapter's gates",
        "A threshold neuron with weights 0.5 and 0.5 computes AND with threshold 0.7, and OR with threshold 0.2.",
        TEXTBOOK, sources.TEXTBOOK, equal(4), rows_right, random=False,
    ),
    Statement(
        "no line", "No threshold neuron computes XOR or XNOR.", THEOREM,
        f"{sources.MINSKY_PAPERT}; {sources.TEXTBOOK}", equal(2), proved_impossible,
        "The rule had named the functions that are not learned.", headline=True, random=False,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each function and kind of inputs."""
    mistakes = {"least_mistakes": data.mistakes.min("order"), "most_mistakes": data.mistakes.max("order")}
    weights = {name: data.weights.isel(coefficient=i) for i, name in enumerate(("w1", "w2", "b"))}
    columns = {"learned": data.learned.all("order"), "proved": data.proved.all("order")}
    return xr.Dataset(columns | mistakes | {"bound": data.bound} | weights)


# Figures.

LOW, HIGH = -0.55, 1.55
CORNERS = tasks.xor().x


def lines(data: xr.Dataset) -> Figure:
    """A neuron divides its inputs by one straight line. The tint is the answer of a neuron that learned (blue 0,
    orange-red 1), and arrows point to where a neuron fires. The neurons learned with inputs -1 and 1, drawn here at 0
    and 1. For XOR the dashed segments, each between points of one class, cross, so no line separates the classes.
    """
    fig, axes = plt.subplots(1, 3, figsize=(10.2, 4))
    one = data.isel(inputs=-1)
    for ax, name in zip(axes, ("and", "or"), strict=False):
        _learned(ax, one.weights.sel(function=name), name, one.inputs)
        *w, b = data.chapter.sel(gate=name).values
        planes.unit_line(ax, w, -b, LOW, HIGH, CORNERS, color=fg.GREEN, linestyle="--", label="textbook's weights")
        ax.set_title(f"{name.upper()}: one line is enough")
    axes[-1].set(xlim=(LOW, HIGH), ylim=(LOW, HIGH), aspect="equal", title="XOR: no line separates")
    axes[-1].grid(visible=False)
    four = data.four_rows.sel(function="xor").values
    for (color, *_), pair in zip(planes.CLASSES, (four[2:], four[:2]), strict=True):
        axes[-1].plot(*CORNERS[pair].T, color=color, linewidth=1.4, linestyle="--")
    planes.points(axes[-1], CORNERS, tasks.xor().y[:, 0])
    for ax in axes:
        ax.set(xlabel="input $x_1$", ylabel="input $x_2$", xticks=(0, 1), yticks=(0, 1))
    axes[0].legend(loc="lower left")
    fig.suptitle("One neuron computes AND and OR, but not XOR")
    return fig


def learning(data: xr.Dataset) -> Figure:
    """Rosenblatt's rule learns AND and OR. Left and middle, with inputs 0 and 1: the neuron's line after each mistake,
    from light to dark, and in black at the end (tint: its answer then, blue 0, orange-red 1). A point on a line counts
    as 0. Right: for every function that is learned, a line from the fewest to the most mistakes (dot) over all orders
    of the rows; functions of equal bound overlap.
    """
    fig, axes = plt.subplots(1, 3, figsize=(11.2, 4), width_ratios=(1, 1, 1.2))
    one = data.isel(inputs=0)
    for ax, name in zip(axes, WRITTEN, strict=False):
        path = one.path.sel(gate=name).dropna("mistake")
        _learned(ax, path.isel(mistake=-1), name, one.inputs)
        for shade, state in zip(fg.shades(path.sizes["mistake"])[::-1], path[1:-1], strict=False):
            w, b = _from_corners(state, one.inputs)
            if w.any():
                along, foot = np.array([-w[1], w[0]]), -b * w / (w @ w)
                ax.plot(*np.transpose([foot - 9 * along, foot + 9 * along]), color=shade, linewidth=1.2, zorder=2)
        for text in ax.texts:  # some lines cross the names of the rows
            text.set_path_effects([withStroke(linewidth=3, foreground="white")])
        ax.set_title(f"{name.upper()}, learned after {path.sizes['mistake'] - 1} mistakes")
        ax.set(xlabel="input $x_1$", ylabel="input $x_2$", xticks=(0, 1), yticks=(0, 1))
    _against_bounds(axes[-1], data)
    fig.suptitle("Rosenblatt's rule makes fewer mistakes than Novikoff's bound allows")
    return fig


def _from_corners(weights: xr.DataArray, inputs: xr.DataArray) -> tuple[np.ndarray, float]:
    """Weights and bias for corners that are drawn at 0 and 1, whichever inputs the neuron saw."""
    *w, b = weights.values
    low = int(inputs.item().split()[0])
    return np.array(w) * (1 - low), b + low * sum(w)


def _learned(ax: Axes, weights: xr.DataArray, name: str, inputs: xr.DataArray) -> None:
    """A neuron's answer as a tint, its line, and the four rows by class."""
    w, b = _from_corners(weights, inputs)
    planes.regions(ax, lambda x: x @ w + b > 0, LOW, HIGH)
    planes.unit_line(ax, w, -b, LOW, HIGH, CORNERS, label="learned")
    planes.points(ax, CORNERS, tasks.boolean(name).y[:, 0])


def _against_bounds(ax: Axes, data: xr.Dataset) -> None:
    for (i, inputs), color in zip(enumerate(data.inputs.values), (fg.BLUE, fg.ORANGE), strict=False):
        one = data.isel(inputs=i).where(data.bound.isel(inputs=i) > 0, drop=True)
        least, most = (getattr(one.mistakes, end)("order").clip(0.5) for end in ("min", "max"))
        place = one.bound * (0.97, 1.03)[i]
        ax.vlines(place, least, most, color=color, linewidth=1.4)
        ax.plot(place, most, "o", color=color, label=f"inputs {inputs}", markersize=5)
    ends, ticks = (1.5, 70), (1, 2, 5, 10, 20, 50)
    ax.plot(ends, ends, color="black", label="bound")
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=(0.45, 70))
    ax.set_xticks(ticks[1:], map(str, ticks[1:]))
    ax.set_yticks((0.5, *ticks), ("0", *map(str, ticks)))
    ax.minorticks_off()
    ax.set(
        xlabel="Novikoff's bound on the mistakes", ylabel=fg.label(data.mistakes), title="Each function, and its bound"
    )
    ax.legend(loc="upper left")


FIGURES = (lines, learning)
