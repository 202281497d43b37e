"""The figures of `expressible`: the networks and their layers, neurons against error, alternating points, rounding."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from experiments.lab import figures as lab
from experiments.wide_versus_deep.expressible.config import EXACT_LEVELS
from experiments.wide_versus_deep.expressible.summary import below_the_bound, crossing, growth, sizes, units_for_points
from nnjax.theory import constructions

INK = "#333333"
LAYERS = (lab.SKY, lab.BLUE, lab.GREEN, lab.ORANGE)
DEEP, SHALLOW = lab.BLUE, lab.VERMILION
STYLES = {"float32": ("o", "--"), "float64": ("s", "-")}
ORDERS = {
    "left to right": ("left to right", lab.GREEN),
    "shuffled": ("shuffled", lab.ORANGE),
    "as in apply": ("matrix product", lab.PURPLE),
}
LEAST = 1e-17  # smaller errors are drawn at this value: a logarithmic axis has no 0


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """The figures networks, sawtooth, square, neurons, alternating and rounding."""
    return {
        "networks": _networks(),
        "sawtooth": _sawtooth(data),
        "square": _square(data),
        "neurons": _neurons(data),
        "alternating": _alternating(data),
        "rounding": _rounding(data),
    }


def _networks() -> Figure:
    """The two networks as diagrams, with every weight and bias that is not 0."""
    fig, (above, below) = plt.subplots(2, 1, figsize=(7.6, 5.2), height_ratios=(2, 3))
    _diagram(above, constructions.deep_sawtooth(3))
    _diagram(below, constructions.deep_square(3))
    above.set_title("Network for the sawtooth of 8 pieces: 2 ReLUs in each layer")
    below.set_title("Network for $x^2$ with error $2^{-8}$: 3 ReLUs in each layer")
    lab.caption(
        fig,
        "Two ReLUs fold [0, 1] in two, so k layers of two ReLUs make $2^k$ pieces. Numbers on lines are weights (blue: "
        "positive, red: negative; weights of 0 are not drawn), numbers in circles are biases. In the lower network a "
        "third neuron carries a sum from layer to layer (the sum is never negative, so the ReLU does not change it), "
        "and each layer subtracts a fold with a quarter of the previous layer's weight.",
    )
    return fig


def _diagram(ax: Axes, params: tuple) -> None:
    weights = [np.asarray(layer.w, float) for layer in params]
    counts = [len(weights[0]), *(w.shape[1] for w in weights)]
    places = [[(1.5 * i, 0.9 * ((n - 1) / 2 - j)) for j in range(n)] for i, n in enumerate(counts)]
    for w, starts, ends in zip(weights, places, places[1:], strict=False):
        for i, a in enumerate(starts):
            for j, b in enumerate(ends):
                if w[i, j]:
                    _line(ax, a, b, float(w[i, j]), _share(i, j, len(starts), len(ends)))
    for layer, (points, params_of) in enumerate(zip(places, [None, *params], strict=True)):
        for unit, point in enumerate(points):
            ax.add_patch(Circle(point, 0.21, facecolor="white", edgecolor=INK, linewidth=1.1, zorder=3))
            bias = 0.0 if params_of is None else float(params_of.b[unit])
            text = "x" if layer == 0 else "y" if layer == len(params) else _fraction(bias)
            ax.text(*point, text, ha="center", va="center", size=9, zorder=4)
    half = 0.45 * (max(counts) - 1) + 0.25
    ax.set(xlim=(-0.4, 1.5 * len(params) + 0.4), ylim=(-half, half), aspect="equal")
    ax.axis("off")


def _share(i: int, j: int, starts: int, ends: int) -> float:
    """How far along its line a weight is written, so that weights do not overlap and no rest of a line in front of one
    looks like a minus sign."""
    if min(starts, ends) == 1 or i == j == 0:
        return 0.5
    return 0.8 if j - i == 2 else 0.27 + 0.14 * j


def _line(ax: Axes, a: tuple[float, float], b: tuple[float, float], weight: float, at: float) -> None:
    color = lab.BLUE if weight > 0 else lab.VERMILION
    ax.plot([a[0], b[0]], [a[1], b[1]], color=color, linewidth=1.1, zorder=1)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    x, y = (a[i] + at * (b[i] - a[i]) for i in (0, 1))
    ax.text(x, y, _fraction(weight), ha="center", va="center", size=8.5, color=color, bbox=box, zorder=2)


def _fraction(value: float) -> str:
    size, sign = abs(value), "−" if value < 0 else ""
    return f"{sign}{size:g}" if size >= 1 or size == 0 else f"{sign}1/{1 / size:g}"


def _sawtooth(data: xr.Dataset) -> Figure:
    """Curves of the sawtooth, one fold after another."""
    folds = data.drawn_fold.values
    fig, axes = lab.panels(len(folds), 2, size=(4.3, 2.3), sharex=True, sharey=True)
    for ax, k, color in zip(axes, folds, LAYERS, strict=False):
        one = data.drawn_saws.sel(drawn_fold=k)
        ax.plot(data.place, one, color=color)
        for unit, style in ((one, "--"), (one - 0.5, ":")):
            ax.plot(data.place, np.maximum(unit, 0), style, color=INK, linewidth=0.9, alpha=0.8)
        ax.set(title=f"k = {k}: {2 ** int(k)} pieces, {2 * k} neurons", xlim=(0, 1))
    for ax in axes[-2:]:
        ax.set_xlabel("input $x$")
    for ax in axes[::2]:
        ax.set_ylabel("output")
    fig.suptitle("The sawtooth that k layers of 2 ReLUs compute")
    wrong, deepest = int(data.sawtooth_wrong.sum()), int(data.fold.max())
    unrounded = " Doubling and subtracting are not rounded here." if wrong == 0 else ""
    lab.caption(
        fig,
        f"{f'{wrong:,}' if wrong else 'None'} of {data.sawtooth_wrong.size * data.sawtooth_places:,} outputs of k "
        f"layers of 2 ReLUs differ{'s' * (wrong < 2)} from the sawtooth of $2^k$ pieces (compared bit by bit, up to "
        f"k\u00a0=\u00a0{deepest}, at {data.sawtooth_places:,} inputs that include all multiples of "
        f"$2^{{-{data.grid_bits}}}$, in float32 and float64).{unrounded} Coloured: the output t of k layers. Dashed "
        "and dotted: the two neurons of the next layer, relu(t) and relu(t\u00a0-\u00a01/2); its output, "
        "2\u00a0relu(t)\u00a0-\u00a04\u00a0relu(t\u00a0-\u00a01/2), folds t once more.",
    )
    return fig


def _square(data: xr.Dataset) -> Figure:
    """The squares of a few levels, their errors, and the errors of the shallow square."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.8, 4.1))
    x = data.place.values
    left.plot(x, x**2, color=INK, linewidth=1, label="$x^2$")
    for m, color in zip(data.drawn_level.values, LAYERS, strict=False):
        one = data.drawn_squares.sel(drawn_level=m)
        left.plot(x, one, color=color, label=f"m = {m}, {3 * m} neurons")
        right.plot(x, np.abs(one - x**2), color=color, linewidth=1.5)
    shallow = np.abs(data.drawn_lines - x**2)
    left.plot(x, data.drawn_lines, "--", color=lab.PURPLE, linewidth=1.3, label="one hidden layer, 4 neurons")
    right.plot(x, shallow, color=lab.PURPLE, linestyle="--", linewidth=1.3)
    left.set(xlabel="input $x$", ylabel="output", title="m layers of 3 ReLUs approximate $x^2$")
    right.set(yscale="log", ylim=(3e-4, 0.1), xlabel="input $x$", ylabel="absolute error")
    right.set_title("Errors of these networks")
    left.legend()
    ratio = data.square_largest.sel(dtype="float64") * 4.0 ** (data.level + 1)
    known = ratio[data.level <= EXACT_LEVELS]
    exact = sorted({f"{float(known.min()):.7f}", f"{float(known.max()):.7f}"})
    lab.caption(
        fig,
        f"The largest error of m layers of 3 ReLUs is {' to '.join(exact)} times Yarotsky's $2^{{-2m-2}}$, in float64 "
        f"up to m = {int(known.level[-1])}: each further layer divides the error by 4. The network interpolates $x^2$ "
        "linearly between multiples of $2^{-m}$, so the error consists of equal parabolas with zeros between them. "
        "Dashed: the best approximation with 4 linear pieces, by one hidden layer of 4 neurons; its lines lie lower, "
        f"so that the largest errors above and below $x^2$ are both {float(shallow.max()):.2g}.",
    )
    return fig


def _neurons(data: xr.Dataset) -> Figure:
    """The neurons (for the sawtooth also the parameters) of deep and shallow networks for the same error."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.8, 4.2))
    _sawtooth_sizes(left)
    _square_sizes(right, data)
    cross = {name: [crossing(name, what) for what in ("neurons", "parameters")] for name in ("sawtooth", "square")}
    saw, row = sizes("sawtooth", 20), sizes("square", 10)
    lab.caption(
        fig,
        f"A sawtooth of $2^{{20}}$ pieces takes {saw['deep_neurons']} neurons in 20 layers, or at least "
        f"{saw['least_neurons']:,} in one hidden layer; $x^2$ with error $2^{{-22}}$ takes {row['deep_neurons']} in 10 "
        f"layers or {row['shallow_neurons']} in one. Lines: theory. Marks: computed largest errors of constructed "
        "networks. Deep networks of k or m layers have fewer neurons than one hidden layer from k = "
        f"{cross['sawtooth'][0]} (sawtooth) and m = {cross['square'][0]} ($x^2$) on, and fewer parameters from k = "
        f"{cross['sawtooth'][1]} and m = {cross['square'][1]} on; where an error of "
        f"{4.0 ** (-cross['square'][0]):.2g} is enough for $x^2$, one hidden layer is smaller. Rounding in float32 "
        f"moves marks off the lines: no error is below {float(data.square_largest.sel(dtype='float32').min()):.1g} "
        f"(deep) or {float(data.shallow_square.sel(dtype='float32').min()):.1g} (shallow).",
    )
    return fig


def _sawtooth_sizes(ax: Axes) -> None:
    k = np.arange(1, 21)
    rows = [sizes("sawtooth", int(one)) for one in k]
    for what, style in (("neurons", "-"), ("parameters", "--")):
        ax.plot(k, [row[f"deep_{what}"] for row in rows], style, color=DEEP, label=f"k hidden layers, {what}")
        ax.plot(k, [row[f"least_{what}"] for row in rows], style, color=SHALLOW, label=f"one hidden layer, {what}")
    ax.set(yscale="log", xlabel="folds k ($2^k$ pieces)", ylabel="neurons or parameters")
    ax.set_title("Sawtooth of $2^k$ pieces: size of the network")
    ax.set_xticks([1, 5, 10, 15, 20])
    ax.legend(fontsize=8.5, loc="upper left")


def _square_sizes(ax: Axes, data: xr.Dataset) -> None:
    levels = np.arange(1, 17)
    rows = [sizes("square", int(m)) for m in levels]
    error = 4.0 ** (-levels - 1.0)
    ax.plot(error, [row["deep_neurons"] for row in rows], color=DEEP, linewidth=1.2, label="deep, theory")
    ax.plot(error, [row["least_neurons"] for row in rows], color=SHALLOW, linewidth=1.2, label="shallow, lower bound")
    for dtype, (marker, _) in STYLES.items():
        for name, values, dim, color in _squares(data):
            found = [sizes("square", int(m))[f"{name}_neurons"] for m in values[dim].values]
            fill, label = "none" if dtype == "float32" else color, f"{name}, {dtype}"
            ax.plot(values.sel(dtype=dtype), found, marker, color=color, markerfacecolor=fill, label=label)
    ax.set(xscale="log", yscale="log", xlabel="largest error", xlim=(0.2, 5e-11), ylim=(0.7, 3e6))
    ax.set(ylabel="hidden neurons", title="$x^2$ on [0, 1]: neurons by largest error")
    ax.legend(fontsize=9, loc="upper left", ncols=2)


def _squares(data: xr.Dataset) -> tuple[tuple[str, xr.DataArray, str, str], ...]:
    """The errors of the deep squares and of the shallow ones, with their dimension and colour."""
    return ("deep", data.square_largest, "level", DEEP), ("shallow", data.shallow_square, "shallow_level", SHALLOW)


def _alternating(data: xr.Dataset) -> Figure:
    """The share of alternating points that networks get wrong, by their neurons."""
    points = 2 ** data.attrs["alternating_bits"]
    fig, ax = plt.subplots(figsize=(8.6, 4.5))
    ax.plot(data.unit, data.cut_bound, "--", color=SHALLOW, label="Telgarsky's bound, one layer")
    ax.plot(data.unit, data.cut_exact, color=SHALLOW, linewidth=1.2, label="exact minimum, one layer")
    ax.plot(data.unit, data.cut_wrong, "o", color=SHALLOW, markerfacecolor="none", label="constructed, one layer")
    ax.plot(2 * data.built_fold, data.folded_bound, "--", color=lab.SKY, label="Telgarsky's bound, layers of 2")
    ax.plot(2 * data.built_fold, data.folded_wrong, "s", color=DEEP, label="constructed, layers of 2")
    ax.axhline(1 / 6, color=lab.COLORS["neutral"], linewidth=1, linestyle=":")
    ax.text(points, 1 / 6 + 0.008, "1/6", ha="right", color=lab.COLORS["neutral"])
    ax.set(xscale="log", xlabel="hidden neurons", ylabel="share of points wrong", ylim=(-0.02, 1.02))
    ax.set_title(f"{points:,} points with alternating labels: share wrong by number of neurons")
    lab.log_ticks(ax.xaxis)
    ax.legend(fontsize=9, loc="upper right", ncols=2)
    lab.caption(fig, _alternating_found(data, points))
    return fig


def _alternating_found(data: xr.Dataset, points: int) -> str:
    wrong, empty = data.folded_wrong.values, data.built_fold.values[data.folded_bound.values == 0]
    right = data.built_fold.values[wrong == 0]
    deep = (
        f"{2 * right[0]} neurons in {right[0]} layers get all points right"
        if right.size
        else "No network with layers of 2 neurons gets all points right"
    )
    half, all_right = (units_for_points(points, share) for share in (0.25, 0.0))
    below, built = below_the_bound(data)
    says = f", which for layers of 2 neurons is 0 from {empty[0]} layers on" if empty.size else ""
    return (
        f"{deep}; by theory one hidden layer needs {half:,} neurons to get three quarters right, and {all_right:,} to "
        f"get all right. The points i/{points:,} have labels i mod 2; an output above 1/2 means 1. {below or 'None'} "
        f"of {built} constructed networks {'is' if below < 2 else 'are'} below Telgarsky's bound{says}. Sawtooths with "
        f"at most a quarter as many pieces as points get {wrong[:-2].min():.2f} to {wrong[:-2].max():.2f} of them "
        f"wrong; the one with half as many, {wrong[-2]:.2f}, as every other point lies half-way up a tooth. Dotted: "
        "1/6, the share in Telgarsky's theorem."
    )


def _rounding(data: xr.Dataset) -> Figure:
    """Rounding of the shallow sawtooth in three orders, and of squares deep and shallow."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.5))
    k = data.shallow_fold.values
    for order in data.order.values:
        name, color = ORDERS[str(order)]
        for dtype, (marker, style) in STYLES.items():
            one = data.rounding.sel(order=order, dtype=dtype).values
            left.plot(k, np.maximum(one, LEAST), style, marker=marker, color=color, label=f"{name}, {dtype}")
    left.axhline(0.5, color=lab.COLORS["neutral"], linewidth=1, linestyle=":")
    left.set(yscale="log", xlabel="folds k ($2^k$ neurons)", ylabel="largest error")
    left.set(ylim=(LEAST / 3, 1e8), title="Shallow sawtooth: three summation orders")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(fontsize=8, loc="upper left", ncols=2, handlelength=3)
    for dtype, (marker, style) in STYLES.items():
        for name, values, dim, color in _squares(data):
            one = values.sel(dtype=dtype)
            right.plot(values[dim], one, style, marker=marker, color=color, label=f"{name}, {dtype}")
    levels = np.array([1, int(data.level[-1])])
    right.plot(levels, 4.0 ** (-levels - 1.0), color=lab.COLORS["theory"], linewidth=0.9, label="$2^{-2m-2}$")
    right.set(yscale="log", xlabel="layers m of the deep network", ylabel="largest error")
    right.set_title("$x^2$: deep and shallow networks")
    right.legend(fontsize=9, handlelength=3)
    last = data.rounding.isel(shallow_fold=-1).sel(dtype="float32")
    said = ", ".join(f"{float(last.sel(order=order)):.2g} ({ORDERS[str(order)][0]})" for order in last.order.values)
    lab.caption(
        fig,
        f"In float32 the largest error of the shallow sawtooth of $2^{{{int(last.shallow_fold)}}}$ neurons is {said}: "
        "rounding depends on the order in which the neurons are summed (left; an error of 0 is drawn at "
        f"{LEAST:.0e}). From left to right neighbouring terms cancel at once; in other orders large partial sums are "
        "rounded. "
        f"Dotted: an error of half a tooth.{_extended(data)} Right, in float32: {_least(data)}.",
    )
    return fig


def _least(data: xr.Dataset) -> str:
    """Where the error of the squares is least in float32, and what it is at the last level."""
    told = []
    for name, values, dim, _ in _squares(data):
        one, levels = values.sel(dtype="float32").values, data[dim].values
        best = int(one.argmin())
        text = f"the error of the {name} square is smallest at m = {levels[best]} ({one[best]:.1e})"
        told.append(text + (f" and is {one[-1]:.1e} at m = {levels[-1]}" if best < len(one) - 1 else ", the last m"))
    return "; ".join(told)


def _extended(data: xr.Dataset) -> str:
    """Where a sawtooth in float64 is off by half a tooth, by the line through the measured errors."""
    found = growth(data, "float64", "shuffled")
    if found is None:
        return ""
    at = (np.log2(0.5) - found.intercept) / found.slope
    return (
        f" Shuffled, in float64, errors grow as $2^{{{found.slope:.2f}k}}$; a line fitted to them reaches half a tooth "
        f"at k = {at:.0f}" + (", beyond the networks constructed." if at > int(data.shallow_fold[-1]) else ".")
    )
