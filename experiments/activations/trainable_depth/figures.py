"""The figures of `trainable_depth`: which networks learned, with theory's depth, and boundaries against theory."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from experiments.activations.shared.names import NAMES
from experiments.activations.trainable_depth import summary
from experiments.activations.trainable_depth.config import LEARNED
from experiments.activations.trainable_depth.summary import at, boundaries, correlated
from experiments.activations.trainable_depth.verdicts import PUBLISHED_DEEPEST, PUBLISHED_DEPTHS
from experiments.lab.figures import COLORS, SEQUENTIAL, caption, log_ticks

CHANCE = 0.1
BRIGHTEST = {"MNIST-1D": 0.6, "MNIST digits": 1.0}  # the accuracy from which on there is one colour
TICKS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)  # of theory's scale
# As in the verdicts.
SCALES_TOLD = {"tanh": "tanh: $6 \\xi_c$, as published", "relu": "ReLU: the scale itself, as no factor is published"}
THEORY = {"tanh": "$6 \\xi_c$", "relu": "$1 / |\\ln(\\sigma_w^2 / 2)|$"}

OF_SIGMA = "$\\sigma_w^2$: variance of the weights times fan-in."
OF_XI = (
    " $\\xi_c$: layers in which, by theory, the correlation of two inputs gets nearer to its limit by a factor of e."
)


def _scales(data: xr.Dataset) -> str:
    return "; ".join(SCALES_TOLD[name] for name in map(str, data.activation.values))


def _symbols(names: list[str]) -> str:
    """What the symbols stand for; the scale xi_c is drawn for tanh alone."""
    return OF_SIGMA + (OF_XI if "tanh" in names else "")


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `learned` and `boundary`."""
    return {"learned": _learned(data), "boundary": _boundary(data)}


def _learned(data: xr.Dataset) -> Figure:
    """Median accuracy by variance of the weights and depth, after each length of training, under theory's depth."""
    names, lengths = list(map(str, data.activation.values)), list(map(int, data.length.values))
    columns: list[int | None] = [*lengths, None] if "digits_accuracy" in data else [*lengths]
    of = ["MNIST-1D" if column else "MNIST digits" for column in columns]
    fig, axes = plt.subplots(
        len(names), len(columns), figsize=(3.7 * len(columns) + 0.9, 3.2 * len(names) + 0.4), squeeze=False, sharey=True
    )
    images: dict[str, Any] = {}
    for row, name in zip(axes, names, strict=True):
        for ax, column, what in zip(row, columns, of, strict=True):
            accuracy = at(data, name, column).accuracy.median("seed")
            images[what] = ax.imshow(
                accuracy.transpose("depth", "place").values, origin="lower", aspect="auto", cmap=SEQUENTIAL,
                vmin=CHANCE, vmax=BRIGHTEST[what],
            )  # fmt: skip
            ax.grid(False)
            _over(ax, data, name, column)
            ax.set_title(f"{NAMES[name]}: {what}, {column or lengths[-1]:,} steps", fontsize=10.5)
            ax.set_xticks(
                range(data.sizes["place"]), [f"{v:g}" for v in data.variance.sel(activation=name).values], fontsize=9
            )
        row[0].set_yticks(range(data.sizes["depth"]), [str(d) for d in data.depth.values])
        row[0].set_ylabel("hidden layers")
    for ax in axes[-1]:
        ax.set_xlabel("variance of the weights, $\\sigma_w^2$")
    for what, image in images.items():
        extend = "max" if BRIGHTEST[what] < 1 else "neither"
        label = f"accuracy on training rows (median), {what}"
        fig.colorbar(image, ax=axes[:, np.array(of) == what], label=label, shrink=0.8, extend=extend)
    axes[0, 0].legend(loc="lower left", fontsize=8.5, frameon=True)
    fig.suptitle("Accuracy by depth and by the variance of the weights")
    parts = []
    for name in names:
        found = boundaries(data, name, lengths[-1])
        how = correlated(data.theory_depth.sel(activation=name).values, found, int(data.depth.max()))
        reached = np.array([one.depth for one in found])
        best = ", ".join(f"{v:g}" for v in data.variance.sel(activation=name).values[reached == reached.max()])
        parts.append(f"{best} for {NAMES[name]} (rank correlation with theory: {how.rank:.2f})")
    caption(
        fig,
        f"The deepest networks learn MNIST-1D in {lengths[-1]:,} steps at weight variances of {' and '.join(parts)}. "
        f"Dashed: theory's depth ({_scales(data)}), with a triangle where it lies outside the frame. Orange: the "
        f"depth at which half of {data.sizes['seed']} networks learn, that is, are right on more than {LEARNED:.0%} "
        f"of the rows, with its 95% interval; {data.depth.max():d} layers stand for that or more. On MNIST-1D "
        f"accuracies of {BRIGHTEST['MNIST-1D']:g} or more have one colour. Width {data.attrs['width']}; the learning "
        f"rate of each cell is tuned on other networks and data. {_symbols(names)}",
    )
    return fig


def _over(ax: Axes, data: xr.Dataset, name: str, length: int | None) -> None:
    """Theory's depth and the boundary, in rows of the image."""
    depths = data.depth.values

    def row(depth):
        # Theory's scale may lie far above or below the depths that were trained.
        return np.interp(np.log2(depth), np.log2(depths), range(len(depths)), left=-0.4, right=len(depths) - 0.6)

    found = boundaries(data, name, length)
    x = np.arange(len(found))
    expected = data.theory_depth.sel(activation=name).values
    y = row(np.where(np.isfinite(expected), expected, 1e6))
    outline = [withStroke(linewidth=3, foreground="white")]
    ax.plot(x, y, "--", color="black", path_effects=outline)
    beyond, below = expected > depths[-1], expected < depths[0]
    for marker, those in (("o", ~(beyond | below)), ("^", beyond), ("v", below)):
        if those.any():
            ax.plot(
                x[those], y[those], marker, color="black", markersize=5, path_effects=outline, clip_on=False, zorder=5
            )
    ax.plot([], [], "o--", color="black", markersize=4, label="theory")
    low, middle, high = (row(np.array([getattr(one, end) for one in found])) for end in ("low", "depth", "high"))
    ax.errorbar(
        x, middle, (middle - low, high - middle), fmt="s-", color=COLORS["one"], markersize=4, linewidth=1.3,
        label="half learn",
    )  # fmt: skip
    ax.set(xlim=(-0.5, len(x) - 0.5), ylim=(-0.5, len(depths) - 0.5))


def _boundary(data: xr.Dataset) -> Figure:
    """The boundary over theory's depth, after both lengths of training, and the published grid beside it."""
    names, lengths = list(map(str, data.activation.values)), list(map(int, data.length.values))
    fig, axes = plt.subplots(1, len(names), figsize=(5.2 * len(names), 4.3), squeeze=False)
    deepest = int(data.depth.max())
    said, crosses = [], ""
    for ax, name in zip(axes[0], names, strict=True):
        expected = data.theory_depth.sel(activation=name).values
        variances = data.variance.sel(activation=name).values
        most = np.nanmax(expected[np.isfinite(expected)])
        top = 2 * max(most, deepest)
        x = np.where(np.isfinite(expected), expected, top)
        early, late = (boundaries(data, name, length) for length in lengths)
        for length, found, color, shift in (
            (lengths[0], early, COLORS["neutral"], 0.97),
            (lengths[1], late, COLORS["measured"], 1.03),
        ):
            y = np.array([one.depth for one in found])
            ends = np.array([[one.depth - one.low, one.high - one.depth] for one in found]).T
            ax.errorbar(x * shift, y, ends, fmt="none", color=color)
            for marker, those in (("o", y < deepest), ("^", y >= deepest)):  # of the latter no more is known
                ax.plot(x[those] * shift, y[those], marker, color=color, markersize=5 + (marker == "^"))
            ax.plot([], [], "o", color=color, markersize=5, label=f"{length:,} steps")
        for order, i in enumerate(np.argsort(x, kind="stable")):  # on two lines in turn, as neighbours are near
            height = 0.03 + 0.05 * (order % 2)
            ax.text(x[i], height, f"{variances[i]:g}", transform=ax.get_xaxis_transform(), ha="center", fontsize=8.5)
        if name == "tanh":
            same = [(at, PUBLISHED_DEPTHS[float(v)]) for at, v in zip(x, variances, strict=True)
                    if float(v) in PUBLISHED_DEPTHS]  # fmt: skip
            if same:
                ax.plot(*zip(*same, strict=True), "x", color=COLORS["one"], label="published, width 300")
                crosses = (
                    f" Crosses (arXiv 1908.10920): the deepest single network that had half of MNIST right after 200 "
                    f"steps; the source trained at most {PUBLISHED_DEEPEST} layers."
                )
        ends = np.array([min(x) / 1.5, top * 1.5])
        infinite = [] if np.isfinite(expected).all() else [top]
        numbered = top / 1.5 if infinite else ends[1]
        equal = [max(ends[0], data.depth.values[0]), numbered]
        ax.plot(equal, equal, "--", color=COLORS["theory"], linewidth=1, label="equal to theory's scale")
        ax.plot([], [], "^", color=COLORS["reference"], label=f"{deepest} layers or more")
        ax.axhline(deepest, color=COLORS["neutral"], linestyle=":", linewidth=1)
        ax.set(xscale="log", yscale="log", xlim=ends, ylim=(data.depth.values[0] / 2.2, 2.4 * deepest))
        ax.set(xlabel=f"theory's scale {THEORY[name]} (layers)", ylabel="depth at which half learn (layers)")
        ax.set_title(f"{NAMES[name]}: depth against theory (numbers: $\\sigma_w^2$)")
        log_ticks(ax.yaxis, [*map(int, data.depth.values), *([100] if deepest < 100 < 2.4 * deepest else [])])
        ticks = [tick for tick in TICKS if ends[0] <= tick <= numbered]
        ax.set_xticks([*ticks, *infinite], [*(f"{tick:,}" for tick in ticks), *("∞" for _ in infinite)])
        ax.minorticks_off()
        ax.legend(loc="lower right", bbox_to_anchor=(1, 0.12), fontsize=9)
        doublings, low, high = summary.moved(early, late, deepest)
        said.append(f"{2**doublings:.2f} [{2**low:.2f}, {2**high:.2f}] for {NAMES[name]}")
    caption(
        fig,
        f"From {lengths[0]:,} to {lengths[1]:,} steps the depth at which half learn grows by a factor of "
        f"{' and '.join(said)}. Bars: 95% intervals, from a logistic curve through {data.sizes['seed']} networks at "
        f"each of {data.sizes['depth']} depths. Triangles: half or more of the networks of {deepest} layers (dotted), "
        f"the deepest, learn. Dashed: where the two depths are equal ({_scales(data)}).{crosses} {_symbols(names)}",
    )
    return fig
