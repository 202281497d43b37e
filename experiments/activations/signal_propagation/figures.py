"""The figures of `signal_propagation`: mean-field theory as lines, random networks as points."""

import math

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.activations.shared.names import NAMES
from experiments.activations.signal_propagation.config import GLOROT, HE, LARGE, TANH_BIAS
from experiments.activations.signal_propagation.summary import (
    activations,
    at_infinite_width,
    column,
    columns_of,
    extrapolated,
    half_width,
    halves,
)
from experiments.activations.signal_propagation.verdicts import PUBLISHED_PEAK, PUBLISHED_SCALES, drift_by_width, told
from experiments.lab import figures as lab
from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, PURPLE, SKY, VERMILION, caption, log_ticks, panels

LN10 = math.log(10)
# Colours of the weight variances in every figure: Glorot's, He's, and one that is too large.
SHADES = {GLOROT: BLUE, HE: VERMILION, LARGE: GREEN}
WHO = {GLOROT: "1 (Glorot)", HE: "2 (He)", LARGE: "4"}
LINE_COLORS = {
    "tanh": VERMILION, "sigmoid": BLUE, "relu": GREEN, "elu": SKY, "selu": "#000000", "gelu": PURPLE,
    "silu": "#7F7F7F", "sin": ORANGE,
}  # fmt: skip
MOST_WEIGHT = 5  # critical lines are not drawn beyond this variance of the weights
FAR = 12  # decades: variances beyond are cut off
OF_Q = "q: variance of a unit's weighted sum."
OF_SIGMA = "$\\sigma_w^2$, $\\sigma_b^2$: variances of the weights (times fan-in) and of the biases."
OF_CHI = "$\\chi$: factor by which, in theory, a gradient's mean square changes from a layer to the one before it."


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `variance`, `correlation`, `gradient`, `critical_line` and `finite_width`."""
    return {
        "variance": _variance(data),
        "correlation": _correlation(data),
        "gradient": _gradient(data),
        "critical_line": _critical_line(data),
        "finite_width": _finite_width(data),
    }


def _weights(data: xr.Dataset) -> list[float]:
    return [w for w in SHADES if np.isclose(data.weight_variance, w).any()]


def _variance(data: xr.Dataset) -> Figure:
    """The logarithm of the variance by layer, a panel for each activation, without biases and with them."""
    names = activations(data)
    fig, axes = panels(len(names), 5, (2.55, 2.15), sharex=True)
    widest = int(data.width[-1])
    for ax, name in zip(axes, names, strict=True):
        for w in _weights(data):
            for b, line in ((0.0, "-"), (TANH_BIAS, "--")):
                if (place := column(data, name, w, b)) is not None:
                    _one_variance(ax, data.isel(column=place), SHADES[w], line)
        ax.set_title(NAMES[name], fontsize=10.5)
        low, high = ax.get_ylim()
        ax.set_ylim(max(low, -FAR), min(high, FAR))
        if np.diff(ax.get_ylim())[0] < 1:
            middle = np.mean(ax.get_ylim())
            ax.set_ylim(middle - 0.5, middle + 0.5)
    fig.supylabel("$\\log_{10}$ of the variance q", fontsize=10.5)
    for ax in axes[-5:]:
        ax.set_xlabel("layer")
        ax.tick_params(labelbottom=True)
    handles = [Line2D([], [], color=SHADES[w], label=f"$\\sigma_w^2$ = {WHO[w]}") for w in _weights(data)]
    grey = COLORS["neutral"]
    handles.append(Line2D([], [], color=grey, linestyle="-", label="no biases"))
    handles.append(Line2D([], [], color=grey, linestyle="--", label=f"$\\sigma_b^2$ = {TANH_BIAS:g}"))
    handles.append(Line2D([], [], color=grey, marker="o", markersize=3, linestyle="", label="networks"))
    fig.legend(handles=handles, loc="outside lower center", ncols=6)
    fig.suptitle("Variance of a layer's weighted sums: mean-field theory (lines) and random networks (points)")
    last = halves(data)[1]
    off = np.abs(at_infinite_width(data, "log_q", last).value - data.theory_log_q.sel(layer=last).values)
    caption(
        fig,
        f"Extrapolated to infinite width, the mean of $\\log_{{10}}$ q in layer {last} is within "
        f"{off.max() / LN10:.2f} of theory in all {len(off)} combinations; the median deviation is "
        f"{np.median(off) / LN10:.3f}. Points: means over {int(data.networks[-1]):,} networks of width {widest:,}; "
        f"bars: standard deviation over networks. Curves are cut off at 10$^{{\\pm{FAR}}}$; each panel has its own "
        f"scale. {OF_Q} {OF_SIGMA}",
    )
    return fig


def _one_variance(ax: Axes, one: xr.Dataset, color: str, line: str) -> None:
    ax.plot(one.layer, one.theory_log_q / LN10, line, color=color, linewidth=1.3)
    some = one.isel(width=-1).sel(layer=[layer for layer in (2, 5, 10, 20, 40, 60, 80, 100) if layer in one.layer])
    ax.errorbar(
        some.layer, some.log_q / LN10, some.log_q_sd / LN10, fmt="o", markersize=2.6, color=color, elinewidth=0.8
    )  # fmt: skip


def _correlation(data: xr.Dataset) -> Figure:
    """The correlation of two inputs by layer: tanh from order to chaos, and all others with weights of He."""
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 4.0), sharey=True)
    left, right = axes
    fig.suptitle("Correlation of two inputs, layer by layer")
    places = [i for i in columns_of(data, "tanh") if np.isclose(data.bias_variance[i], TANH_BIAS)]
    shades = lab.shades(len(places))
    for place, color in zip(places, shades, strict=True):
        one = data.isel(column=place)
        left.plot(one.layer, one.theory_correlation, color=color, label=f"{float(one.weight_variance):g}")
        _points(left, one, color)
    left.set(title=f"tanh, $\\sigma_b^2$ = {TANH_BIAS:g}", xlabel="layer", ylabel="correlation of two inputs")
    left.legend(title="$\\sigma_w^2$", loc="lower left", ncols=2, fontsize=9)
    chosen = [name for name in ("relu", "sigmoid", "gelu", "selu", "sin", "step") if column(data, name, HE) is not None]
    cycle = [GREEN, BLUE, PURPLE, "#000000", ORANGE, "#7F7F7F"]
    for name, color in zip(chosen, cycle, strict=False):
        one = data.isel(column=column(data, name, HE))
        right.plot(one.layer, one.theory_correlation, color=color, label=NAMES[name])
        _points(right, one, color)
    right.set(title="Weights of He, no biases", xlabel="layer")
    right.legend(loc="lower left", ncols=2, fontsize=9)
    for ax in axes:
        ax.set(ylim=(-0.12, 1.05), xscale="log")
        log_ticks(ax.xaxis, [one for one in (1, 2, 5, 10, 20, 50, 100) if one <= halves(data)[1]])
    last = halves(data)[1]
    far = at_infinite_width(data, "correlation", last)
    off = np.abs(far.value - data.theory_correlation.sel(layer=last).values)
    caption(
        fig,
        f"Extrapolated to infinite width, the correlation in layer {last} is within {off.max():.3f} of theory in all "
        f"{len(off)} combinations. In theory it goes to 1 in tanh networks where $\\sigma_w^2$ is below "
        f"{float(data.critical_weight):.3f}, and stays below 1 above it. Lines: mean-field theory; points: means over "
        f"{int(data.networks[-1]):,} networks of width {int(data.width[-1]):,}, with their standard deviation. "
        f"{OF_SIGMA}",
    )
    return fig


def _points(ax: Axes, one: xr.Dataset, color) -> None:
    some = one.isel(width=-1).sel(layer=[layer for layer in (2, 3, 5, 10, 20, 40, 70, 100) if layer in one.layer])
    ax.errorbar(
        some.layer, some.correlation, some.correlation_sd, fmt="o", markersize=3, color=color, elinewidth=0.9
    )  # fmt: skip


def _gradient(data: xr.Dataset) -> Figure:
    """Gradients by layer with the weights of Glorot, of He, and too large ones; and growth against chi."""
    fig, axes = plt.subplots(1, 3, figsize=(12.6, 4.1))
    depth = halves(data)[1]
    for ax, name in zip(axes[:2], ("tanh", "relu"), strict=True):
        for other, line in ((name, "-"), ("sigmoid", ":")):
            for w in _weights(data):
                if (place := column(data, other, w)) is not None:
                    one = data.isel(column=place)
                    ax.plot(one.layer, one.theory_log_gradient / (2 * LN10), line, color=SHADES[w])
                    some = one.isel(width=-1)
                    ax.plot(some.layer, some.log_gradient / (2 * LN10), "o", markersize=3, color=SHADES[w])
        ax.set(title=f"{NAMES[name]} (sigmoid dotted)", xlabel="layer (gradients come from the last)", ylim=(-16, 16))
        ax.set_ylabel(f"$\\log_{{10}}$ of gradient / that in layer {depth}")
    handles = [Line2D([], [], color=SHADES[w], label=f"$\\sigma_w^2$ = {WHO[w]}") for w in _weights(data)]
    axes[0].legend(handles=handles, loc="lower left", fontsize=9)
    ax = axes[2]
    far = at_infinite_width(data, "log_gradient", 1)
    theory, found = data.theory_log_gradient.sel(layer=1).values / (depth - 1), far.value / (depth - 1)
    kept = np.isfinite(theory) & np.isfinite(found)
    half = half_width(far.error)[kept] / (depth - 1)
    ends = [theory[kept].min() - 0.2, theory[kept].max() + 0.2]
    ax.plot(ends, ends, color=COLORS["theory"], linewidth=1, label="theory")
    ax.errorbar(theory[kept], found[kept], half, fmt="o", markersize=4, color=COLORS["measured"], label="networks")
    ax.axhline(0, color=COLORS["neutral"], linewidth=0.8)
    ax.set(title="all activations and variances", xlabel="theory: mean of ln $\\chi$ per layer")
    ax.set_ylabel("change of ln of the gradient's\nmean square, per layer")
    ax.legend(loc="upper left")
    fig.suptitle("Size of the gradient by layer, and its change per layer against theory")
    off = np.where(kept, np.abs(theory - found), 0.0)
    worst = int(np.argmax(off))
    name = NAMES[str(data.activation.values[worst])]
    ax.annotate(name, (theory[worst], found[worst]), (-8, 8), textcoords="offset points", ha="right", fontsize=9.5)
    caption(
        fig,
        f"Extrapolated to infinite width, the change per layer differs from ln $\\chi$ by {np.median(off[kept]):.4f} "
        f"in the median of {int(kept.sum())} combinations of activation and variances, and by {off.max():.3f} at "
        f"most, for {told(data, worst)}. Left and middle: networks of width {int(data.width[-1]):,} without biases; a "
        f"gradient is the root mean square over the neurons of a layer. {_arrives(data)}{OF_CHI} {OF_SIGMA}",
    )
    return fig


def _arrives(data: xr.Dataset) -> str:
    """A sentence on what is left of the last layer's gradient in the first layer of some networks."""
    depth, found = halves(data)[1], []
    for name, w in (("tanh", GLOROT), ("relu", HE), ("sigmoid", GLOROT), ("sigmoid", HE)):
        if (place := column(data, name, w)) is not None:
            left = float(data.log_gradient.isel(column=place, width=-1).sel(layer=1)) / (2 * LN10)
            told = f"{10**left:.2g}" if left > -3 else f"$10^{{{left:.0f}}}$"
            found.append(f"{NAMES[name]} with weights of {'Glorot' if w == GLOROT else 'He'} {told}")
    return f"The gradient in the first layer over that in layer {depth}: {', '.join(found)}. " if found else ""


def _critical_line(data: xr.Dataset) -> Figure:
    """Where chi is 1, by variance of the weights and of the biases; and the depth scale of tanh across it."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.2, 4.6))
    for name in data.line.values:
        one = data.sel(line=name)
        known = np.isfinite(one.line_weight.values)
        x, y = one.line_weight.values[known], one.line_bias.values[known]
        if not known.any() or x.min() > MOST_WEIGHT:
            continue
        alone = bool((y < 1e-9).all())
        style = {"marker": "D", "linestyle": "", "markersize": 7} if alone else {"linewidth": 1.8}
        left.plot(x[:1] if alone else x, y[:1] if alone else y, color=LINE_COLORS[str(name)], label=NAMES[str(name)],
                  zorder=3, **style)  # fmt: skip
    for w, who in ((GLOROT, "Glorot"), (HE, "He")):
        left.plot(w, 0, "o", markersize=11, markerfacecolor="none", color="black", zorder=4)
        left.annotate(who, (w, 0), (0, -9), textcoords="offset points", ha="center", va="top", fontsize=9.5)
    left.set(xlim=(0, MOST_WEIGHT), ylim=(-0.18, 1.6), xlabel="variance of the weights times fan-in, $\\sigma_w^2$")
    left.set(ylabel="variance of the biases, $\\sigma_b^2$", title="Critical lines ($\\chi$ = 1)")
    left.legend(loc="upper left", fontsize=9)
    right.plot(data.scale_weight, data.scale, color=COLORS["theory"], label="theory")
    right.plot(*zip(*PUBLISHED_SCALES.items(), strict=True), "s", color=VERMILION, label="published scales")
    peak, dotted = float(data.critical_weight), {"linestyle": ":", "linewidth": 1}
    right.axvline(peak, color=COLORS["theory"], label=f"theory is infinite at {peak:.3f}", **dotted)
    right.axvline(PUBLISHED_PEAK, color=VERMILION, label=f"published peak at {PUBLISHED_PEAK}", **dotted)
    right.set(yscale="log", ylim=(1, 3e3), xlabel="variance of the weights times fan-in, $\\sigma_w^2$")
    right.set(ylabel="depth scale $\\xi_c$ (layers)", title=f"Depth scale of tanh, $\\sigma_b^2$ = {TANH_BIAS:g}")
    log_ticks(right.yaxis)
    right.legend(loc="upper right")
    least = float(data.line_weight.sel(line="sigmoid").min())
    outside = ", outside the panel" if least > MOST_WEIGHT else ""
    nearest = min(PUBLISHED_SCALES, key=lambda w: abs(w - peak))
    theory = float(data.scale.sel(scale_weight=nearest, method="nearest"))
    caption(
        fig,
        "Left: the weights of He (2, 0) are critical for ReLU; those of Glorot (1, 0) are where the lines of tanh, "
        f"sine and ELU end; the line of sigmoid begins at {least:.0f}{outside}. Right: the number of layers in which "
        "the correlation of two inputs comes nearer to its fixed point by a factor of e. In theory it is infinite at "
        f"{peak:.3f}; the published scales (arXiv 1908.10920) peak at {PUBLISHED_PEAK} and give "
        f"{PUBLISHED_SCALES[nearest]:g} at {nearest:g}, where theory gives {theory:.0f}. {OF_CHI}",
    )
    return fig


def _finite_width(data: xr.Dataset) -> Figure:
    """He-ReLU at finite width: the mean of log q over layers / width, and its slope by width."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.1))
    shades = lab.shades(data.sizes["width"])
    if (place := column(data, "relu", HE)) is not None:
        for width, color in zip(data.width.values, shades, strict=True):
            one = data.isel(column=place).sel(width=width)
            x = (one.layer - 1) / width
            middle, spread = one.log_q - float(one.log_q.sel(layer=1)), one.log_q_sd
            left.fill_between(x, middle - spread, middle + spread, color=color, alpha=0.12, linewidth=0)
            left.plot(x, middle, "o-", markersize=3.5, color=color, label=f"width {width:,}")
    ends = np.array([0, (halves(data)[1] - 1) / int(data.width[0])])
    left.plot(ends, -2.5 * ends, "--", color=COLORS["theory"], label="slope -5/2")
    left.set(xlabel="layers / width", ylabel="mean of ln q, minus that of the first layer")
    left.set_title("Mean of ln q: ReLU, weights of He")
    left.legend(loc="lower left", fontsize=9)
    for name, color in (("relu", GREEN), ("identity", "#7F7F7F")):
        slopes, errors = drift_by_width(data, name)
        far = extrapolated(data.width.values, slopes, errors)
        x = 1 / data.width.values
        right.errorbar(x, slopes, half_width(errors), fmt="o", color=color, label=NAMES[name])
        line = np.array([0, x.max()])
        right.plot(line, far.value + far.slope * line, color=color, linewidth=1)
        right.errorbar([0], [far.value], [half_width(far.error)], fmt="s", color=color)
        right.plot(line, [float(data.theory_drift.sel(drifting=name))] * 2, "--", color=COLORS["theory"], linewidth=1)
    right.set(xlabel="1 / width", ylabel="slope of the mean of ln q\nover layers / width", ylim=(-3.2, -0.4))
    right.set_title("Slope, extrapolated to infinite width")
    right.legend(loc="center right")
    slopes, errors = drift_by_width(data, "relu")
    far = extrapolated(data.width.values, slopes, errors)
    one = data.isel(width=0).sel(drifting="relu")
    caption(
        fig,
        f"In ReLU networks the mean of ln q falls by {-far.value:.2f} $\\pm$ {half_width(far.error):.2f} per unit of "
        f"layers / width, though the mean of q stays the same: at width {int(data.width[0])} a typical q in layer "
        f"{halves(data)[1]} is {math.exp(float(one.drift)):.2g} of that in the first. Left: "
        f"{int(data.networks.min()):,} networks or more of each width; bands: standard deviation over networks. "
        f"Right: {data.attrs['drift_networks']:,} others; dashed: theory, -5/2 and -1; bars: 95% intervals; squares "
        f"and solid lines: the extrapolation to infinite width. {OF_Q}",
    )
    return fig
