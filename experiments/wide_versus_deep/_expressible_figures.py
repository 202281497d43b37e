"""The figures of `expressible` that show the networks: as diagrams, and what their layers compute."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from experiments.lab.figures import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption
from experiments.wide_versus_deep._expressible_verdicts import EXACT_LEVELS
from nnjax import constructions

INK = "#333333"
LAYERS = (SKY, BLUE, GREEN, ORANGE)


def networks(data: xr.Dataset) -> Figure:
    """The two networks as diagrams, with every weight and bias that is not 0."""
    del data  # nothing of it was measured
    fig, (left, right) = plt.subplots(1, 2, figsize=(12.4, 3.1))
    _diagram(left, constructions.deep_sawtooth(3))
    _diagram(right, constructions.deep_square(3))
    left.set_title("Sawtooth of 8 pieces: 2 ReLUs a layer")
    right.set_title("$x^2$ to $2^{-8}$: 3 ReLUs a layer")
    caption(
        fig,
        "Networks written down for three layers. Lines carry weights (blue positive, red negative), units their "
        "biases, ReLU throughout; the input is on the left. Two units fold [0, 1] in two, and every layer is the "
        "same. On the right a third unit carries the sum from layer to layer (it is never negative, so ReLU leaves "
        "it alone), and each layer takes a fold less off it, by a quarter of the weight of the one before.",
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
            ax.add_patch(Circle(point, 0.2, facecolor="white", edgecolor=INK, linewidth=1.1, zorder=3))
            bias = 0.0 if params_of is None else float(params_of.b[unit])
            text = "x" if layer == 0 else "y" if layer == len(params) else f"{bias:g}".replace("-", "−")
            ax.text(*point, text, ha="center", va="center", size=9, zorder=4)
    ax.set(xlim=(-0.4, 1.5 * len(params) + 0.4), ylim=(-1.15, 1.15), aspect="equal")
    ax.axis("off")


def _share(i: int, j: int, starts: int, ends: int) -> float:
    """How far along its line a weight is written, so that none lies on another."""
    if min(starts, ends) == 1:
        return 0.5
    return 0.8 if j - i == 2 else 0.22 + 0.16 * j


def _line(ax: Axes, a: tuple[float, float], b: tuple[float, float], weight: float, at: float) -> None:
    color = BLUE if weight > 0 else VERMILION
    ax.plot([a[0], b[0]], [a[1], b[1]], color=color, linewidth=1.1, zorder=1)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    x, y = (a[i] + at * (b[i] - a[i]) for i in (0, 1))
    text = _fraction(weight)
    ax.text(x, y, text, ha="center", va="center", size=7.5, color=color, bbox=box, zorder=2)


def _fraction(weight: float) -> str:
    sign = "−" if weight < 0 else ""
    size = abs(weight)
    return f"{sign}{size:g}" if size >= 1 else f"{sign}1/{1 / size:g}"


def sawtooth(data: xr.Dataset) -> Figure:
    """What the layers of the sawtooth compute, one fold after another."""
    folds = data.drawn_fold.values
    fig, axes = plt.subplots(1, len(folds), figsize=(12.4, 3.1), sharey=True)
    for ax, k, color in zip(axes, folds, LAYERS, strict=False):
        one = data.drawn_saws.sel(drawn_fold=k)
        ax.plot(data.place, one, color=color)
        for unit, style in ((one, "--"), (one - 0.5, ":")):
            ax.plot(data.place, np.maximum(unit, 0), style, color=INK, linewidth=0.9, alpha=0.8)
        ax.set(xlabel="input $x$", title=f"k = {k}: {2 ** int(k)} pieces, {2 * k} neurons", xlim=(0, 1))
    axes[0].set_ylabel("output")
    wrong, deepest = int(data.sawtooth_wrong.sum()), int(data.fold.max())
    places = data.sawtooth_wrong.size * data.sawtooth_places
    caption(
        fig,
        "The sawtooth of $2^k$ pieces as computed by networks of k layers of 2 ReLUs (colour); dashed and dotted, the "
        "two units of the layer that would come next, relu(t) and relu(t - 1/2), whose sum 2 relu(t) - 4 relu(t - 1/2) "
        f"folds once more. At k up to {deepest}, {data.sawtooth_places:,} places, all multiples of "
        f"$2^{{-{data.grid_bits}}}$ among them, float32 and float64: of {places:,} outputs {wrong:,} are not exact to "
        f"the last bit.{' Doubling and subtracting are not rounded here.' if wrong == 0 else ''}",
    )
    return fig


def square(data: xr.Dataset) -> Figure:
    """The squares of a few levels, their errors in units of what theory says, and the shallow one."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.4, 3.9))
    x = data.place.values
    left.plot(x, x**2, color=INK, linewidth=1, label="$x^2$")
    for m, color in zip(data.drawn_level.values, LAYERS, strict=False):
        one, error = data.drawn_squares.sel(drawn_level=m), 2.0 ** (-2 * int(m) - 2)
        left.plot(x, one, color=color, label=f"m = {m}, {3 * m} neurons")
        right.plot(x, (one - x**2) / error, color=color, label=f"m = {m}")
    right.plot(x, (data.drawn_lines - x**2) * 8 * 16, color=PURPLE, linestyle="--", label="shallow, 4 units")
    left.set(xlabel="input $x$", ylabel="output", title="$x^2$ by folding")
    right.set(xlabel="input $x$", ylabel="error over $2^{-2m-2}$, or $1/(8n^2)$", title="Errors")
    left.legend()
    right.legend(loc="lower right", fontsize=9, framealpha=0.9, frameon=True)
    right.set_ylim(-1.9, 1.15)
    ratio = data.square_largest.sel(dtype="float64") * 4.0 ** (data.level + 1)
    known = ratio[data.level <= EXACT_LEVELS]
    exact = sorted({f"{float(known.min()):.7f}", f"{float(known.max()):.7f}"})
    caption(
        fig,
        "Yarotsky's construction as a plain network of width 3: straight lines between $x^2$ at multiples of $2^{-m}$, "
        "so the error is a row of equal parabolas as high as $2^{-2m-2}$. In float64 the largest error over that is "
        f"{' to '.join(exact)} for m up to {int(known.level[-1])}. Dashed: the best "
        "that 4 straight pieces can do, written down with one hidden layer of 4 units: lowered by half, errors "
        "$\\pm 1/(8n^2)$.",
    )
    return fig
