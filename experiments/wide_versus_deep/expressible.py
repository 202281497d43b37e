"""What can few neurons in many layers express that one hidden layer cannot?

Nothing is trained. k hidden layers of 2 ReLUs fold [0, 1] k times and so compute a sawtooth of 2^k pieces (Telgarsky
2015). Likewise m layers of 3 ReLUs add such sawtooths up to x^2 with an error of 2^(-2m-2) (Yarotsky 2017). One hidden
layer of N ReLUs has at most N + 1 pieces, so it needs 2^k - 1 neurons for the sawtooth. Its best n straight pieces for
x^2 have an error of 1 / (8 n^2).

The networks are written down as networks of `mlp` and computed in float32 and float64. The sawtooth has to be exact to
the last bit at all multiples of 2^-20 and at 4,096 random places. The largest error of x^2 is sought at such places and
in the middles of the network's pieces, where theory has it. In float32 one hidden layer can lose the sawtooth to
rounding: it adds large terms that cancel, and how much is lost depends on the order in which its neurons are added
(Higham 1993).

    python -m experiments wide_versus_deep.expressible                  # 5 s
    python -m experiments wide_versus_deep.expressible --preset full    # 38 s on 2 cores
"""

from dataclasses import dataclass
from typing import Annotated, Any

import jax
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import exact
from experiments.lab.flags import at_least
from experiments.lab.verdicts import THEOREM, Statement, below, equal
from experiments.wide_versus_deep import rounding
from experiments.wide_versus_deep.rounding import DTYPES, ORDERS
from nnjax import mlp
from nnjax.theory import constructions, depth

EXACT_LEVELS = 15  # the most levels at which float64 can tell whether the error of x^2 is that of the theory
DRAWN = (1, 2, 3)  # layers of the networks whose curves are drawn


@dataclass(frozen=True)
class Config:
    folds: Annotated[tuple[int, ...], at_least(1, 24, count=3)] = tuple(range(1, 21))  # k, layers of the deep sawtooth
    grid_bits: Annotated[int, at_least(1, 22)] = 20  # the sawtooth is evaluated at all multiples of 2^-20
    levels: Annotated[tuple[int, ...], at_least(1, 26, count=3)] = tuple(range(1, 26))  # m, layers of the deep square
    # m whose error one hidden layer must reach
    shallow_levels: Annotated[tuple[int, ...], at_least(1, 14, count=3)] = tuple(range(1, 15))
    # k of the sawtooth of one hidden layer
    shallow_folds: Annotated[tuple[int, ...], at_least(1, 14, count=3)] = tuple(range(2, 15))
    num_places: Annotated[int, at_least(16, 2**20)] = 4096  # places drawn at random
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # of the places, and of one order of neurons


QUICK = Config((1, 3, 10), 10, (1, 5, 12), (2, 4, 6), (4, 5, 6), num_places=256)

NAMES = {
    "function": "function that is computed: a sawtooth of 2^k pieces, or x squared",
    "layers": "hidden layers of the deep network, k or m", "dtype": "precision of the computation",
    "error": "largest error by theory", "deep_neurons": "hidden neurons of the deep network",
    "least_neurons": "hidden neurons that one hidden layer needs at least",
    "deep_parameters": "weights and biases of the deep network",
    "least_parameters": "weights and biases that one hidden layer needs at least",
    "wrong": "outputs of the deep network whose error is not exactly that of the theory",
    "largest": "largest error of the deep network as computed",
    "shallow_largest": "largest error of one hidden layer for x squared as computed",
    "left_to_right": "largest error of one hidden layer for the sawtooth, neurons added from left to right",
    "shuffled": "the same, neurons added in shuffled order",
    "as_in_apply": "the same, neurons added by a matrix product",
    "place": "input x", "fold": "layers k", "level": "layers m",
}  # fmt: skip


def check(config: Config) -> None:
    """Refuse settings that do not go together."""
    if config.levels[0] > EXACT_LEVELS:
        raise ValueError(f"levels={config.levels!r} must begin at {EXACT_LEVELS} or less: up to there x^2 is compared")


def run(config: Config) -> xr.Dataset:
    """Errors of the sawtooth [fold, dtype], of the squares [level, dtype], and of one hidden layer by `order`."""
    check(config)
    return xr.merge([_sawtooth(config), _squares(config), _orders(config), _curves()])


def _sawtooth(config: Config) -> xr.Dataset:
    """At how many places the deep sawtooth is wrong [fold, dtype], and the largest error."""
    x = np.concatenate([rounding.dyadic(config.grid_bits), rounding.places(config.num_places, config.seed)])
    found = [
        [rounding.of_network(constructions.deep_sawtooth, k, depth.sawtooth(x, k), x, dtype) for dtype in DTYPES]
        for k in config.folds
    ]
    parts = {f"sawtooth_{name}": (("fold", "dtype"), [[getattr(one, name) for one in row] for row in found])
             for name in rounding.Errors._fields}  # fmt: skip
    return xr.Dataset(parts, {"fold": list(config.folds), "dtype": list(DTYPES)}, {"sawtooth_places": len(x)})


def _squares(config: Config) -> xr.Dataset:
    """The largest errors of the deep square [level, dtype] and of the square of one hidden layer.

    For the deep square there is also the number of middles of pieces in which the error is not exactly that of the
    theory.
    """
    x = rounding.places(config.num_places, config.seed)
    largest, wrong = (np.empty((len(config.levels), len(DTYPES)), kind) for kind in (float, int))
    shallow = np.empty((len(config.shallow_levels), len(DTYPES)))
    for j, dtype in enumerate(DTYPES):
        for i, m in enumerate(config.levels):
            middles = rounding.worst_places(m, config.num_places)
            middles = middles.astype(dtype).astype(float)  # beyond 24 bits float32 has no such place
            above = middles**2 + 4.0 ** (-m - 1)
            wrong[i, j] = rounding.of_network(constructions.deep_square, m, above, middles, dtype).wrong
            both = np.concatenate([middles, x])
            largest[i, j] = rounding.of_network(constructions.deep_square, m, both**2, both, dtype).largest
        for i, m in enumerate(config.shallow_levels):
            shallow[i, j] = rounding.of_network(constructions.shallow_square, pieces(m), x**2, x, dtype).largest
    return xr.Dataset(
        {
            "square_wrong": (("level", "dtype"), wrong), "square_largest": (("level", "dtype"), largest),
            "shallow_square": (("shallow_level", "dtype"), shallow),
        },
        {"level": list(config.levels), "shallow_level": list(config.shallow_levels)},
    )  # fmt: skip


def _orders(config: Config) -> xr.Dataset:
    """The largest error of the sawtooth of one hidden layer [shallow_fold, dtype, order]; without rounding it is 0."""
    found = [
        [rounding.of_orders(k, rounding.places(config.num_places, config.seed, dtype), dtype, config.seed)
         for dtype in DTYPES]
        for k in config.shallow_folds
    ]  # fmt: skip
    largest = [[[one.largest for one in orders] for orders in row] for row in found]
    coords = {"shallow_fold": list(config.shallow_folds), "order": list(ORDERS)}
    return xr.Dataset({"rounding": (("shallow_fold", "dtype", "order"), largest)}, coords)


def _curves() -> xr.Dataset:
    """The outputs of a few networks of both kinds, for a figure."""
    x = np.linspace(0, 1, 1025)
    with jax.enable_x64(True):
        saws = [rounding.predict(constructions.deep_sawtooth(k), x) for k in DRAWN]
        squares = [rounding.predict(constructions.deep_square(m), x) for m in DRAWN]
    coords = {"place": x, "drawn_layers": list(DRAWN)}
    dims = ("drawn_layers", "place")
    return xr.Dataset({"drawn_saws": (dims, saws), "drawn_squares": (dims, squares)}, coords)


# Sizes of networks.


def pieces(num_levels: int) -> int:
    """The straight pieces with which the error of x^2 is no larger than that of the deep network of m levels."""
    return int(np.ceil(depth.square_pieces(2.0 ** (-2 * num_levels - 2))))


def sizes(function: str, layers: int) -> dict[str, int]:
    """Neurons and parameters of the deep network, and those that one hidden layer needs at least."""
    width = 2 if function == "sawtooth" else 3
    least = max((depth.sawtooth_pieces(layers) if function == "sawtooth" else pieces(layers)) - 1, 1)
    return {
        "deep_neurons": width * layers, "deep_parameters": mlp.num_params((1, *(width,) * layers, 1)),
        "least_neurons": least, "least_parameters": mlp.num_params((1, least, 1)),
    }  # fmt: skip


# Measures and statements.


def wrong_outputs(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many outputs of the deep sawtooths differ from the exact sawtooth, in both precisions."""
    count = data.sawtooth_wrong.size * data.attrs["sawtooth_places"]
    note = f"up to k = {int(data.fold.max())}"
    return exact(data.sawtooth_wrong.sum(), n=count, of="outputs", units="wrong outputs", note=note)


def off_the_theory(data: xr.Dataset, level: float) -> xr.Dataset:
    """By how much, relative to it, the largest error of x^2 differs most from 2^(-2m-2), in float64."""
    known = data.square_largest.sel(dtype="float64", level=data.level[data.level <= EXACT_LEVELS], drop=True)
    off = abs(known * 4.0 ** (known.level + 1) - 1)
    note = f"up to m = {int(known.level.max())}"
    return exact(off.max(), n=off.size, of="networks", units="relative deviation", note=note)


def first_ahead(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The fewest layers with which a network computes the sawtooth exactly, with fewer neurons than one layer needs."""
    if CROSSING not in data.fold:
        return None
    every = [sizes("sawtooth", k) for k in data.fold.values.tolist()]
    small = [one["deep_neurons"] < one["least_neurons"] for one in every]
    right = (data.sawtooth_wrong == 0).all("dtype") & xr.DataArray(small, dims="fold")
    first = data.fold.where(right).min()
    pieces_of_last, last = 2 ** int(data.fold.max()), every[-1]
    note = f"{pieces_of_last:,} pieces take {last['deep_neurons']} neurons, or {last['least_neurons']:,} in one layer"
    return exact(first.fillna(np.inf), n=data.sizes["fold"], of="networks", units="layers", note=note)


CROSSING = 3  # by theory: 2 k < 2^k - 1
TELGARSKY_2015 = "Telgarsky (2015), Representation benefits of deep feedforward networks, arXiv 1509.08101"
STATEMENTS = (
    Statement(
        "sawtooth exact", "A network of k hidden layers of 2 ReLUs computes the sawtooth of 2^k pieces exactly.",
        THEOREM, TELGARSKY_2015, equal(0), wrong_outputs,
    ),
    Statement(
        "square exact", "In float64, a network of m hidden layers of 3 ReLUs computes x^2 on [0, 1] with a "
        "largest error of 2^(-2m-2).", THEOREM, f"{sources.YAROTSKY}, proposition 2", below(1e-6), off_the_theory,
    ),
    Statement(
        "crossing: sawtooth", "For the sawtooth of 2^k pieces a deep network needs fewer neurons than any one hidden "
        "layer, from 3 layers on.", THEOREM,
        f"{sources.TELGARSKY}: one hidden layer of N ReLUs has at most N + 1 pieces", equal(CROSSING), first_ahead,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each function, number of layers and precision."""
    both = {"sawtooth": data.fold.values.tolist(), "x squared": data.level.values.tolist()}
    rows = []
    for function, layers in both.items():
        found = xr.Dataset(coords={"layers": layers})
        for name in ("deep_neurons", "least_neurons", "deep_parameters", "least_parameters"):
            found[name] = "layers", [float(sizes(function, k)[name]) for k in layers]
        if function == "sawtooth":
            found["error"] = 0.0 * found.layers
            of, orders = "sawtooth", data.rounding.rename(shallow_fold="layers").to_dataset("order")
            found = found.merge(orders.rename({name: name.replace(" ", "_") for name in ORDERS}), join="left")
        else:
            found["error"] = 4.0 ** (-found.layers - 1)
            of, shallow = "square", data.shallow_square.rename(shallow_level="layers")
            found = found.merge(shallow.rename("shallow_largest").to_dataset(), join="left")
        for name in ("wrong", "largest"):
            found[name] = data[f"{of}_{name}"].astype(float).rename({"fold" if of == "sawtooth" else "level": "layers"})
        rows.append(found.expand_dims(function=[function]))
    found: Any = xr.combine_by_coords(rows, compat="no_conflicts", join="outer", combine_attrs="drop")
    return found


# Figures.


def folds(data: xr.Dataset) -> Figure:
    """Two ReLUs fold [0, 1] in two, so k layers of two ReLUs make $2^k$ pieces (top). A third neuron in each layer adds
    the folds up to $x^2$, dashed (bottom): the network interpolates it between multiples of $2^{-m}$, and one more
    layer divides the error by 4."""
    kinds = xr.DataArray(["sawtooth", "x squared"], dims="kind", name="kind")
    fig, made = fg.panels(kinds, data.drawn_layers, size=(3.5, 2.1), sharex=True, sharey=True)
    for ax, where in made:
        k, saw = where["drawn_layers"], where["kind"] == "sawtooth"
        curve = (data.drawn_saws if saw else data.drawn_squares).sel(drawn_layers=k)
        if not saw:
            ax.plot(data.place, data.place**2, "--", color="black", linewidth=1, zorder=3)
        ax.plot(data.place, curve, color=fg.BLUE if saw else fg.VERMILION)
        result = f"{2**k} pieces" if saw else f"error $2^{{-{2 * k + 2}}}$"
        ax.set_title(f"{k} layer{'s' * (k > 1)} of {2 if saw else 3}: {result}", fontsize=11)
        ax.set(xlim=(0, 1))
    title = "Every layer folds once more: sawtooths (top) and $x^2$ (bottom)"
    return fg.finish(fig, [(ax, {}) for ax, _ in made], title, fg.label(data.place), "output")


def neurons(data: xr.Dataset) -> Figure:
    """Sizes of deep networks (blue) and the least of one hidden layer (orange). Left: for the sawtooth of $2^k$ pieces.
    Right: for $x^2$ by the largest error; lines are theory, marks are errors as computed, hollow in float32, whose
    rounding moves them off the lines; marks of one hidden layer have one neuron more than the line."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.2))
    k = np.arange(1, 21)
    for what, style in (("neurons", "-"), ("parameters", "--")):
        for kind, name, color in (("deep", "k hidden layers", fg.BLUE), ("least", "one hidden layer", fg.VERMILION)):
            left.plot(k, [sizes("sawtooth", int(one))[f"{kind}_{what}"] for one in k], style, color=color,
                      label=f"{name}, {what}")  # fmt: skip
    left.set(yscale="log", xlabel="layers k", ylabel="neurons or parameters", title="Sawtooth of $2^k$ pieces")
    left.set_xticks([1, 5, 10, 15, 20])
    left.legend(fontsize=9)
    m = np.arange(1, 17)
    marks = (
        ("deep", data.square_largest, "level", fg.BLUE),
        ("least", data.shallow_square, "shallow_level", fg.VERMILION),
    )
    for kind, largest, dim, color in marks:
        right.plot(4.0 ** (-m - 1.0), [sizes("square", int(one))[f"{kind}_neurons"] for one in m], color=color)
        found = [3 * int(one) if kind == "deep" else pieces(int(one)) for one in data[dim].values]
        for dtype, fill in (("float32", "none"), ("float64", color)):
            name = "3 neurons in each of m layers" if kind == "deep" else "one hidden layer"
            look = {"color": color, "markerfacecolor": fill, "label": f"{name}, {dtype}"}
            right.plot(largest.sel(dtype=dtype), found, "o", **look)
    right.set(
        xscale="log", yscale="log", xlabel="largest error (smaller to the right)", xlim=(0.2, 5e-11), ylim=(0.7, 3e6)
    )
    right.set(ylabel="hidden neurons", title="$x^2$ on [0, 1]")
    right.legend(fontsize=9)
    fig.suptitle("From some layers on, one hidden layer needs far more neurons for these functions")
    return fig


def orders(data: xr.Dataset) -> Figure:
    """Largest errors of the sawtooth of one hidden layer, which would be 0 without rounding, by the order in which the
    neurons are added; an error of 0 is drawn at the bottom. From left to right neighbours cancel at once; otherwise
    large partial sums are rounded. Dotted: half a tooth. The deep network has no error."""
    fig, made = fg.panels(col=data.dtype, size=(5.2, 3.2), sharey=True)
    colors = dict(zip(ORDERS, (fg.GREEN, fg.ORANGE, fg.PURPLE), strict=True))
    names = {"as in apply": "in a matrix product"}
    for ax, where in made:
        for order in data.order.values.tolist():
            one = data.rounding.sel(where | {"order": order})
            ax.plot(one.shallow_fold, one.clip(1e-17), "o-", color=colors[order], label=names.get(order, order))
        ax.axhline(0.5, color="black", linestyle=":", linewidth=1)
        ax.set(yscale="log", ylim=(3e-18, 1e8))
    title = "Rounding errors of the sawtooth of one hidden layer, by the order of adding"
    return fg.finish(fig, made, title, "k (a sawtooth of $2^k$ pieces)", "largest error", "neurons added")


FIGURES = (folds, neurons, orders)
