"""The figures of `linear`: XOR by depth, modes growing against theory, and half-times by depth."""

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter

from experiments.activations.linear import summary
from experiments.activations.linear.config import START
from experiments.lab.figures import BLUE, COLORS, GREEN, ORANGE, caption, log_ticks, panels
from nnjax.theory import linear_networks

SHADES = (BLUE, ORANGE, GREEN)  # of the modes, the strongest first
MOST_PANELS = 4


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `xor`, `modes` and `half_times`."""
    return {"xor": _xor(data), "modes": _modes(data), "half_times": _half_times(data)}


def _xor(data: xr.Dataset) -> Figure:
    """The least loss of every network on XOR, by depth."""
    fig, ax = plt.subplots(figsize=(8, 4.2))
    rng = np.random.default_rng(0)
    layers = data.layers.values
    looks: dict[str, dict[str, Any]] = {
        "linear": {"color": COLORS["measured"], "markersize": 4, "zorder": 3},
        "tanh": {"color": COLORS["tanh"], "markersize": 2.5, "alpha": 0.5},
    }
    for (activation, look), shift in zip(looks.items(), (-0.16, 0.16), strict=True):
        for depth in layers:
            loss = np.maximum(data.least_loss.sel(activation=activation, layers=depth).values.ravel(), 1e-6)
            label = f"{activation} networks" if depth == layers[0] else None
            places = depth + shift + rng.uniform(-0.1, 0.1, loss.size)
            ax.plot(places, loss, ".", label=label, rasterized=True, **look)
    theory = {"color": COLORS["theory"], "linestyle": "--", "linewidth": 0.8, "zorder": 1}
    ax.axhline(math.log(2), label="theory: ln 2", **theory)
    ax.set(xticks=layers, yscale="log", xlabel="layers of weights (one more than hidden layers)")
    powers = range(math.ceil(math.log10(ax.get_ylim()[0])), 0)
    ax.set_yticks(
        [*(10.0**power for power in powers), math.log(2)], [*(f"$10^{{{power}}}$" for power in powers), "ln 2"]
    )
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_ylabel("lowest cross-entropy (nats)")
    ax.set_title("XOR: lowest loss of linear and of tanh networks, by depth")
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    for handle in legend.get_lines():
        handle.set(alpha=1, markersize=8)
    linear, tanh = (data.sel(activation=name) for name in ("linear", "tanh"))
    deep = tanh.isel(layers=layers > 1)
    caption(
        fig,
        f"The lowest loss of {linear.least_loss.size:,} linear networks at any recorded step is "
        f"{float(linear.least_loss.min()):.6f} nats (ln 2 is {math.log(2):.6f}), and "
        f"{int((linear.most_right == 4).sum())} of them get all four rows right; of {deep.least_loss.size:,} tanh "
        f"networks with hidden layers {float((deep.most_right == 4).mean()):.0%} do. Dots: the lowest loss of each "
        f"network, trained by Adam ({data.sizes['rate']} rates, {data.sizes['xor_seed']} seeds each). "
        "With one layer of weights there is no activation: both are alike. "
        f"{'Clouds of one depth are those of the rates. ' * (data.sizes['rate'] > 1)}"
        f"At {math.log(2) / 2:.2f} nats two rows have the same output, at {0.75 * math.log(3) - math.log(2) / 2:.2f} "
        "three.",
    )
    return fig


def _shown(data: xr.Dataset) -> list[int]:
    """Up to MOST_PANELS depths, from the first to the last, at equal ratios."""
    layers = data.layers.values
    wanted = np.geomspace(layers[0], layers[-1], min(MOST_PANELS, len(layers)))
    return sorted({int(layers[np.abs(layers - one).argmin()]) for one in wanted})


def _modes(data: xr.Dataset) -> Figure:
    """Strength of the modes over the time of gradient flow: theory, the balanced start and random ones."""
    shown = _shown(data)
    fig, axes = panels(len(shown), 2, (4.7, 3.0), sharey=True)
    for ax, layers in zip(axes, shown, strict=True):
        _curves(ax, data.sel(layers=layers), layers)
        ax.set_title(_hidden(layers))
        ax.set_xlabel("time of gradient flow")
        ax.set_xlim(0, _until(data.sel(layers=layers)))
    for ax in axes[::2]:
        ax.set_ylabel("strength of the mode")
    handles = dict(zip(*reversed(axes[0].get_legend_handles_labels()), strict=True))
    first = ["theory", "balanced start"]
    labels = [*first, *(label for label in handles if label not in first)]
    fig.legend([handles[label] for label in labels], labels, loc="outside lower center", ncols=3)
    fig.suptitle("How the modes of linear networks are learned over time, by depth")
    last = [float(summary.order(data, one, "theory")) for one in (shown[0], shown[-1])]
    found = [_times(float(np.median(summary.order(data, one)))) for one in (shown[0], shown[-1])]
    greatest = float(np.abs(data.balanced_reached / data.theory - 1).sel(part=summary.HALF).max())
    caption(
        fig,
        f"From a balanced start (dots) half-times are within {greatest:.1%} of theory (black: the integrated "
        f"equation) at every depth. From random starts (thin lines: {data.sizes['random_shown']} of "
        f"{data.sizes['random_seed']} seeds) the weakest mode is half learned {found[0]} with {_hidden(shown[0])} "
        f"(theory: {last[0]:.2f} times) and {found[1]} with {_hidden(shown[-1])} (theory: {last[1]:.2f} times); these "
        "are "
        f"medians over networks of the ratio of both half-times. The balanced start has every mode at {START:g}; "
        "random starts are LeCun normal, scaled by the same factor in each layer, and their modes have either sign "
        f"and a root mean square of about {summary.RANDOM_START:.1g}. Inputs are whitened; time is that of gradient "
        "flow on half the summed squared error.",
    )
    return fig


def _hidden(layers: int) -> str:
    """The number of hidden layers, in words, of a network with so many layers of weights."""
    return f"{layers - 1 or 'no'} hidden layer{'' if layers == 2 else 's'}"


def _until(one: xr.Dataset) -> float:
    """The time by which theory and most of the networks have learned all modes, with a margin."""
    late = np.append(one.random_reached.sel(part=summary.LATE).values, float(one.theory.max()))
    return float(min(one.time[-1], 1.2 * np.quantile(late[np.isfinite(late)], 0.95)))


def _times(ratio: float) -> str:
    return f"{ratio:.2f} times as late as the strongest" if math.isfinite(ratio) else "after the end of training"


def _curves(ax: Axes, one: xr.Dataset, layers: int) -> None:
    time = one.time.values
    fine = np.linspace(0, time[-1], 300)
    for i, (s, color) in enumerate(zip(one.mode.values, SHADES, strict=True)):
        for j, curve in enumerate(one.random_curve.isel(mode=i).values):
            label = f"random starts, singular value {s:g}" if j == 0 else None
            ax.plot(time, curve, color=color, linewidth=0.7, alpha=0.6, label=label)
        balanced = one.balanced_curve.isel(mode=i, balanced_shown=0).values
        every = max(1, len(time) // 24)
        label = "balanced start" if i == 0 else None
        dots = {"color": color, "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.6, "zorder": 5}
        ax.plot(time[::every], balanced[::every], "o", label=label, **dots)
        theory = linear_networks.mode_strength(fine, s, START, layers)
        ax.plot(fine, theory, color=COLORS["theory"], linewidth=1.2, zorder=4, label="theory" if i == 0 else None)


def _half_times(data: xr.Dataset) -> Figure:
    """When half of every mode is learned, by depth: theory, the balanced start, and random starts with quartiles."""
    fig, ax = plt.subplots(figsize=(8.6, 4.8))
    layers, end = data.layers.values, data.time.isel(record=-1).values
    theory, balanced, random = (summary.times(data, name, summary.HALF) for name in ("theory", "balanced", "random"))
    for i, (s, color) in enumerate(zip(data.mode.values, SHADES, strict=True)):
        ax.plot(layers, theory.isel(mode=i).values, color=COLORS["theory"], linewidth=1.1, zorder=1)
        exact = balanced.isel(mode=i, balanced_seed=0).values
        ax.plot(layers, exact, "o", color=color, markersize=5, label=f"balanced start, singular value {s:g}")
        values = random.isel(mode=i).transpose("layers", "random_seed").values
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1, method="nearest")
        places = layers + 0.12 * (i + 1)
        ax.plot(
            places,
            middle,
            "_",
            color=color,
            markersize=9,
            markeredgewidth=2,
            label=f"random start, singular value {s:g}",
        )
        ax.vlines(places, np.minimum(low, end), np.minimum(high, end), color=color, linewidth=1.4)
        never = ~np.isfinite(high)
        ax.plot(places[never], end[never], "^", color=color, markersize=6)
    ax.plot([], [], color=COLORS["theory"], linewidth=1.1, label="theory")
    ax.plot([], [], "^", color=COLORS["neutral"], markersize=6, label="not reached by a quarter\nof the seeds or more")
    ax.set(
        yscale="log",
        xlabel="layers of weights (one more than hidden layers)",
        ylabel="half-time (time of gradient flow)",
    )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    log_ticks(ax.yaxis, [one for one in (0.5, 1, 2, 5, 10, 20, 50, 100) if one < 1.2 * end.max()])
    ax.set_title("Time until each mode is half learned, by depth")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=9)
    deepest = int(layers[-1])
    ratios = [np.median(summary.over_theory(data, deepest, i)) for i in range(data.sizes["mode"])]
    told = [f"{one:.2f}" if np.isfinite(one) else f"more than {end[-1] / theory.values[-1, -1]:.1f}" for one in ratios]
    spread = np.quantile(summary.over_theory(data, deepest, 0), [0.25, 0.75], method="nearest")
    caption(
        fig,
        f"With {deepest} layers of weights and random starts the half-times of the modes are {', '.join(told)} times "
        f"those of theory for a balanced start with every mode at {START:g} (medians of {data.sizes['random_seed']} "
        f"seeds, strongest mode first; its middle half lies from {spread[0]:.2f} to {spread[1]:.2f}). Without a hidden "
        "layer all modes are half learned at time ln 2. Dashes and bars: medians and middle halves of the seeds, drawn "
        "to the right of their depth.",
    )
    return fig
