"""How many Boolean functions can one neuron compute, and how many more if it sees products of its inputs?

A perceptron is trained on every Boolean function of 1 to 4 inputs, -1 and 1, all at once. Either it learns the
function, or its weights return to earlier ones: then the signed rows that it added in between sum to zero, in whole
numbers, which proves that no neuron computes the function. Of more inputs, symmetry leaves few functions to try:
- A neuron's function is unate: it never both rises and falls with one input. (If it rose from p to q and fell from r
  to s along that input, q + r = p + s would be such a proof.) Negating some of the inputs it depends on, in one way
  only, makes it monotone. So for 5 inputs the 7,581 monotone functions are tried, and each counts 2^(inputs it depends
  on) times; for 6, one of each of the 16,353 classes into which permutations divide 7,828,354.
- It is regular once its inputs are in the order of their weights. So for 7 inputs the 44,315 regular functions are
  tried, and each counts for its permutations too. For 5 and 6 inputs this is a second way to count.

SciPy's linear programming (HiGHS) decides all tried functions of 5 to 7 inputs again. The mistakes of every neuron that
learns are compared with Novikoff's bound for the widest margin of its own function.

The order of a function is the least k for which one neuron computes it from all products of up to k inputs. Every
function of 2 to 4 inputs is tried at every k. If one of n inputs is neither parity p nor its complement, it agrees with
p only in part, |mean(f p)| < 1. So f - mean(f p) p has the sign of f and no product of all n inputs.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import exact
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, THEOREM, Statement, equal
from experiments.perceptron import proofs
from nnjax import tasks, theory
from nnjax.theory import separability

ALL_UP_TO, MONOTONE_UP_TO = 4, 6  # inputs with which all, or all monotone, functions are tried; above, the regular
ROUNDING = 1e-9  # relative error within which Novikoff's bound is computed


@dataclass(frozen=True)
class Config:
    inputs: Annotated[tuple[int, ...], at_least(1, 7)] = (1, 2, 3, 4, 5, 6, 7)
    classes_from: int = 6  # from so many inputs on, one monotone function stands for all its permutations
    order_inputs: Annotated[tuple[int, ...], at_least(2, 4)] = (2, 3, 4)  # with which products are seen as well
    num_epochs: int = 10_000  # passes after which a perceptron counts as undecided


QUICK = Config(inputs=(1, 2, 3, 4), classes_from=4, order_inputs=(2, 3))

NAMES = {
    "inputs": "number of inputs", "order_inputs": "number of inputs",
    "tried": "functions on which a perceptron was trained",
    "separable": "functions that one neuron computes: those learned, each with all that it stands for by symmetry",
    "learned": "functions tried that the perceptron learned",
    "proved": "functions tried on which the weights returned to earlier ones: no neuron computes them",
    "undecided": "functions tried that were neither learned nor proved impossible",
    "four_rows": "functions not learned that have two true and two false rows of equal sum",
    "by_regular": "separable, counted by regular functions, with 5 and 6 inputs (0 elsewhere)",
    "by_programming": "separable, counted by linear programming, from 5 inputs on (0 elsewhere)",
    "programs_differ": "functions for which linear programming has no proof or differs from the perceptron",
    "most_epochs": "most passes over the rows of any perceptron",
    "violations": "perceptrons that learned with more mistakes than Novikoff's bound",
    "mistakes": "mistakes until learned",
    "bound": "Novikoff's bound on the mistakes, $(R\\,|w^*|\\,/\\,margin)^2$",
    "order_0": "constant functions, with 2 to 4 inputs",
    "order_1": "functions that one neuron computes from the inputs alone, without the constants",
    "order_2": "functions that need products of two inputs", "order_3": "functions that need products of three",
    "order_4": "functions that need the product of four",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Counts [inputs], mistakes and bound of all neurons that learned, and functions by order [order_inputs, order]."""
    counts, neurons = zip(*(_census(n, config) for n in config.inputs), strict=True)
    by_order = [_orders(n, config) for n in config.order_inputs]
    parts = [xr.concat(counts, "inputs"), xr.concat(neurons, "neuron"), xr.concat(by_order, "order_inputs")]
    data = xr.merge(parts).assign_coords(inputs=list(config.inputs), order_inputs=list(config.order_inputs))
    return data.assign_coords(order=range(data.sizes["order"]))


def _census(n: int, config: Config) -> tuple[xr.Dataset, xr.Dataset]:
    """Counts for n inputs, and the neurons that learned."""
    x, (tables, times) = tasks.boolean_inputs(n), _family(n, config)
    trained = proofs.trained(x, tables, config.num_epochs)
    learned, proved = trained.learned & trained.run.converged, trained.proved & ~trained.run.converged
    made, bounds = trained.run.mistakes[learned], np.array([_bound(x, y) for y in tables[learned]])
    by_programming, differ = _programmed(x, tables, times, learned) if n > ALL_UP_TO else (0, 0)
    counts = {
        "tried": len(tables), "separable": times[learned].sum(), "learned": learned.sum(), "proved": proved.sum(),
        "undecided": (~learned & ~proved).sum(), "violations": (made > bounds * (1 + ROUNDING)).sum(),
        "four_rows": (separability.equal_sums(x, tables[~learned])[:, 0] >= 0).sum(),
        "by_regular": _by_regular(n, config) if ALL_UP_TO < n <= MONOTONE_UP_TO else 0,
        "by_programming": by_programming, "programs_differ": differ, "most_epochs": trained.run.epochs.max(),
    }  # fmt: skip
    neurons = {"mistakes": made, "bound": bounds.astype(np.float32), "neuron_inputs": np.full(len(made), n)}
    return xr.Dataset(counts), xr.Dataset({name: ("neuron", values) for name, values in neurons.items()})


def _family(n: int, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """The tables [m, 2^n] that are tried, and how many functions each stands for [m]."""
    if n <= ALL_UP_TO:
        tables = tasks.truth_tables(tasks.all_functions(n), n)
        return tables, np.ones(len(tables), np.int64)
    if n > MONOTONE_UP_TO:
        return _regular(n)
    functions, times = tasks.monotone_functions(n), 1
    if n >= config.classes_from:
        functions, times, _ = tasks.symmetry_classes(functions, n)
    tables = tasks.truth_tables(functions, n)
    return tables, times * 2 ** tasks.essential_inputs(tables)


def _regular(n: int) -> tuple[np.ndarray, np.ndarray]:
    tables = tasks.regular_functions(n)
    return tables, tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables)


def _by_regular(n: int, config: Config) -> int:
    """The count by regular functions; -1 if one is undecided."""
    tables, times = _regular(n)
    trained = proofs.trained(tasks.boolean_inputs(n), tables, config.num_epochs)
    return int(times[trained.learned].sum()) if (trained.learned ^ trained.proved).all() else -1


def _bound(x: np.ndarray, y: np.ndarray) -> float:
    """Novikoff's bound, from the neuron with the widest margin."""
    if (best := separability.widest_margin(x, y)) is None:
        raise ArithmeticError(f"no margin was found of a function that was learned: {y.astype(int)}")
    return theory.novikoff_bound(x, y.astype(int), best.w, best.b)


def _programmed(x: np.ndarray, tables: np.ndarray, times: np.ndarray, learned: np.ndarray) -> tuple[int, int]:
    """The count by linear programming, and how many of its answers differ from the perceptron's or lack a proof."""
    found = [separability.separate(x, y) for y in tables]
    separable, proved = np.array([(one.separable, one.proved) for one in found]).T
    return int(times[separable].sum()), int((separable != learned).sum() + (~proved).sum())


def _orders(n: int, config: Config) -> xr.Dataset:
    """Every function of n inputs by its order, with what is undecided, and whether only parity has order n."""
    x, functions = tasks.boolean_inputs(n), tasks.all_functions(n)
    tables = tasks.truth_tables(functions, n)
    order = np.where(tables.any(axis=1) & ~tables.all(axis=1), n + 1, 0)
    undecided = differ = 0
    least, _, label = tasks.symmetry_classes(functions, n, negations=True)
    for k in range(1, n + 1):
        products = tasks.monomials(x, k)
        trained = proofs.trained(products, tables, config.num_epochs)
        undecided += (~trained.learned & ~trained.proved).sum()
        order = np.where(trained.learned, np.minimum(order, k), order)
        # Functions of one symmetry class have the same order, so its least member decides for all of them.
        found = [separability.separate(products, y) for y in tasks.truth_tables(least, n)]
        differ += (np.array([one.separable for one in found])[label] != trained.learned).sum()
        differ += sum(not one.proved for one in found)
    parity = tasks.parity(n).y[:, 0] == 1
    is_parity = (tables == parity).all(axis=1) | (tables != parity).all(axis=1)
    counts = np.bincount(order, minlength=max(config.order_inputs) + 1)
    return xr.Dataset({
        "functions": ("order", counts), "order_undecided": undecided, "order_programs_differ": differ,
        "order_n_is_parity": bool(((order == n) == is_parity).all()),
    })  # fmt: skip


# Measures and statements.


def computed(data: xr.Dataset, level: float, inputs: int) -> xr.Dataset | None:
    """How many functions one neuron computes, with the least and the greatest of up to three counts."""
    if inputs not in data.inputs:
        return None
    one = data.sel(inputs=inputs)
    counts = [int(one[name]) for name in ("separable", "by_regular", "by_programming") if one[name]]
    most = np.inf if one.undecided + one.programs_differ else max(counts)
    ways = ("", "", "; in two ways", "; in three ways")[len(counts)]
    return exact(counts[0], min(counts), most, int(one.tried), f"functions tried{ways}", units="functions")


def beyond_the_bound(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many perceptrons make more mistakes than their bound."""
    nearness = data.mistakes / data.bound
    reached = int((abs(nearness - 1) <= ROUNDING).sum())
    note = f"mistakes divided by the bound: median {nearness.median():.2f}, greatest {nearness.max():.2f}"
    note += f"; {reached:,} reach the bound"
    return exact(data.violations.sum(), n=data.sizes["neuron"], of="perceptrons", units="beyond the bound", note=note)


def need_all_products(data: xr.Dataset, level: float, inputs: int) -> xr.Dataset | None:
    """How many functions have the greatest order; 0 where these are not parity and its complement."""
    if inputs not in data.order_inputs:
        return None
    one = data.sel(order_inputs=inputs)
    count = one.functions.sel(order=inputs, drop=True) * one.order_n_is_parity
    most = np.inf if one.order_undecided + one.order_programs_differ else count
    return exact(count, count, most, int(one.functions.sum()), "functions tried", units="functions")


ASPNES = "Aspnes, Beigel, Furst & Rudich (1994), The expressive power of voting polynomials, Combinatorica 14"
STATEMENTS = (
    Statement(
        "2 inputs", "One neuron learns exactly 14 of the 16 Boolean functions of 2 inputs.", PUBLISHED,
        sources.OEIS_SEPARABLE, equal(14), partial(computed, inputs=2), headline=True, random=False,
    ),
    Statement(
        "4 inputs", "One neuron learns exactly 1,882 of the 65,536 Boolean functions of 4 inputs.", PUBLISHED,
        sources.OEIS_SEPARABLE, equal(1_882), partial(computed, inputs=4), random=False,
    ),
    Statement(
        "7 inputs", "One neuron computes exactly 8,378,070,864 Boolean functions of 7 inputs.", PUBLISHED,
        sources.OEIS_SEPARABLE, equal(8_378_070_864), partial(computed, inputs=7), random=False,
    ),
    Statement(
        "Novikoff", "No perceptron makes more mistakes than Novikoff's bound for the widest margin of its function.",
        THEOREM, f"{sources.NOVIKOFF}, theorem 1", equal(0), beyond_the_bound, random=False,
    ),
    Statement(
        "order 4, 4 inputs",
        "Of the 65,536 Boolean functions of 4 inputs, one neuron needs the product of all four only for parity and its "
        "complement.", THEOREM,
        f"{sources.MINSKY_PAPERT}, chapter 3 (parity has order n); {ASPNES} (every other function has less)",
        equal(2), partial(need_all_products, inputs=4), random=False,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each number of inputs."""
    counts = data[[name for name, one in data.data_vars.items() if one.dims == ("inputs",)]]
    by_order = data.functions.rename(order_inputs="inputs")
    columns = {f"order_{k}": by_order.sel(order=k, drop=True) for k in data.order.values}
    return xr.merge([counts, xr.Dataset(columns)], join="left")


# Figures.


def census(data: xr.Dataset) -> Figure:
    """Boolean functions by their number of inputs, and those that one neuron can compute. Up to 4 inputs a perceptron
    was trained on every function, above that on the monotone or the regular ones; permuting and negating their inputs
    gives every other function that one neuron computes. Where it failed, its weights returned, which proves that no
    neuron computes the function.
    """
    fig, ax = plt.subplots(figsize=(8.4, 4.8))
    n, everything = data.inputs.values, 2.0 ** (2.0**data.inputs)
    for values, shift, color, text in (
        (everything, -0.19, fg.GREY, "all functions, $2^{2^n}$"),
        (data.separable, 0.19, fg.GREEN, "that one neuron can compute"),
    ):
        ax.plot(values, n + shift, "o", color=color, label=text, markersize=7)
        for value, place in zip(values.values.astype(float), n + shift, strict=True):
            shown = f"{value:,.0f}" if value < 1e11 else "$" + f"{value:.1e}".replace("e+", r" \cdot 10^{") + "}$"
            ax.annotate(shown, (value, place), (8, 0), textcoords="offset points", va="center", size=9)
    ax.set(xscale="log", xlim=(1, float(everything.max()) ** 1.12), ylim=(n.max() + 0.6, n.min() - 0.6), yticks=n)
    ax.set(xlabel="number of Boolean functions", ylabel=fg.label(data.inputs))
    ax.grid(visible=False, axis="y")
    ax.legend(loc="upper right")
    ax.set_title("The more inputs, the smaller the part of all functions that one neuron computes")
    return fig


HUES = ("black", fg.PURPLE, fg.BLUE, fg.SKY, fg.GREEN, fg.VERMILION, fg.ORANGE)  # of 1 to 7 inputs


def mistakes(data: xr.Dataset) -> Figure:
    """Mistakes of every perceptron that learned, from zero weights on inputs -1 and 1, and Novikoff's bound for its
    function. R: length of the longest row, with the bias input 1; w*: weights and bias of the widest margin; the margin
    is the least signed sum over the rows. Dots are drawn up to 0.4 too low, as equal numbers would overlap (0 at 0.6).
    """
    fig, ax = plt.subplots(figsize=(7.6, 4.8))
    shown = (data.mistakes - np.random.default_rng(0).uniform(0, 0.4, data.sizes["neuron"])).clip(0.6)
    for color, n in zip(HUES, data.inputs.values, strict=False):
        mine = data.neuron_inputs == n
        look = {"color": color, "markersize": 4, "alpha": 0.6, "zorder": 10 - n, "rasterized": True}
        ax.plot(data.bound[mine], shown[mine], ".", label=f"{n}", **look)
    ends = 1, 1.3 * float(data.bound.max())
    ax.plot(ends, ends, color="black", linewidth=1.4, label="bound")
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=(0.5, ends[1]))
    ax.set(xlabel=fg.label(data.bound), ylabel=fg.label(data.mistakes))
    ax.legend(title="inputs", loc="upper left", markerscale=3)
    ax.set_title("Most perceptrons make far fewer mistakes than Novikoff's bound")
    return fig


def orders(data: xr.Dataset) -> Figure:
    """The order of a function is the least k for which one neuron computes it from all products of up to k inputs; the
    census counts orders 0 (constants) and 1. Only parity and its complement have order n, too few to be seen with 4
    inputs. Numbers in the wider bars count functions.
    """
    fig, ax = plt.subplots(figsize=(8.4, 3.4))
    n, total, start = data.order_inputs.values, data.functions.sum("order").values, 0.0
    for k, shade in enumerate(fg.shades(data.sizes["order"])):
        counts = data.functions.sel(order=k).values
        share = 100 * counts / total
        ax.barh(n, share, 0.62, left=start, color=shade, label=f"order {k}", edgecolor="white", linewidth=0.8)
        ink = "white" if np.mean(shade[:3]) < 0.5 else "black"
        for place, width, left, count in zip(n, share, start + 0 * share, counts, strict=True):
            if width > 5:
                ax.text(left + width / 2, place, f"{count:,}", ha="center", va="center", color=ink, size=9)
        start = start + share
    ax.set(xlim=(0, 100), ylim=(n.max() + 0.5, n.min() - 0.5), yticks=n)
    ax.set(xlabel="share of all functions (%)", ylabel=fg.label(data.order_inputs))
    ax.grid(visible=False)
    fig.legend(loc="outside right upper")
    ax.set_title("For all but two functions of n inputs, products of up to n - 1 are enough")
    return fig


FIGURES = (census, mistakes, orders)
