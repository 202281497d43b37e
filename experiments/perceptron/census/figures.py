"""The figures of `perceptron.census`: the counts, mistakes against their bound, and how soon all are decided."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, log_ticks, powers, shades
from experiments.perceptron.census.run import ALL_UP_TO, MONOTONE_UP_TO
from experiments.perceptron.census.verdicts import nearest


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `census`, `mistakes` and `decided`."""
    return {"census": _census(data), "mistakes": _mistakes(data), "decided": _decided(data)}


def _census(data: xr.Dataset) -> Figure:
    """How many functions there are, and how many one neuron computes, by the number of inputs."""
    n, separable = data.inputs.values, data.separable.values.astype(float)
    total = 2.0 ** (2.0**n)
    fig, ax = plt.subplots(figsize=(8.2, 0.62 * len(n) + 0.9))
    for values, shift, color, label in (
        (total, -0.19, COLORS["neutral"], "all functions, $2^{2^n}$"),
        (separable, 0.19, COLORS["solved"], "that one neuron can learn"),
    ):
        ax.plot(values, n + shift, "o", color=color, label=label, markersize=7)
        for place, value in zip(n + shift, values, strict=True):
            ax.annotate(_count(value), (value, place), (8, 0), textcoords="offset points", va="center", size=9)
    ax.set(xscale="log", xlim=(1, total.max() ** 1.12), ylim=(n.max() + 0.6, n.min() - 0.6), yticks=n)
    ax.set(xlabel="number of Boolean functions", ylabel="number of inputs $n$")
    ax.set_title("All Boolean functions, and those that one neuron can learn")
    ax.grid(False, axis="y")
    ax.legend(loc="upper right")
    last = data.isel(inputs=-1)
    share = separable[-1] / total[-1]
    part = f"{100 * share:.3g}%" if share > 1e-6 else f"a share of {share:.1e}"
    caption(
        fig,
        f"One neuron can learn {_count(separable[-1])} of the functions of {int(last.inputs)} inputs, {part}. Of "
        f"{int(data.tried.sum()):,} perceptrons, {int(data.learned.sum()):,} learned their function, "
        f"{int(data.proved.sum()):,} returned to earlier weights, which proves that no neuron computes it, and "
        f"{int(data.undecided.sum()):,} remained undecided. Up to {ALL_UP_TO} inputs all functions were tried, above "
        "that the monotone or the regular ones; permuting and negating their inputs gives every other function that "
        "one neuron computes.",
    )
    return fig


def _count(value: float) -> str:
    """A count as text: in full below 1e11, else as a power of ten."""
    return f"{value:,.0f}" if value < 1e11 else powers(f"{value:.1e}")


def _mistakes(data: xr.Dataset) -> Figure:
    """The mistakes of every neuron that learned, against Novikoff's bound for its function."""
    fig, ax = plt.subplots(figsize=(7.4, 4.8))
    numbers = np.unique(data.neuron_inputs.values)
    rng = np.random.default_rng(0)
    for color, n in zip(shades(len(numbers)), numbers, strict=True):
        one = data.isel(neuron=np.flatnonzero(data.neuron_inputs.values == n))
        # Equal whole numbers would overlap. Dots are moved down only, so that none is moved above its bound.
        spread = rng.uniform(-0.4, 0, one.sizes["neuron"])
        ax.plot(
            one.bound, np.maximum(one.mistakes + spread, 0.6), ".", markersize=4, alpha=0.6,
            color=color, label=f"{n}", zorder=10 - n, rasterized=True,
        )  # fmt: skip
    ends = np.array([1.0, 1.3 * float(data.bound.max())])
    ax.plot(ends, ends, color=COLORS["theory"], linewidth=1.4, label="bound")
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=(0.5, ends[1]))
    ax.set(xlabel="Novikoff's bound on the mistakes, $(R\\,|w^*|\\,/\\,margin)^2$", ylabel="mistakes until learned")
    for axis in (ax.xaxis, ax.yaxis):
        log_ticks(axis)
    ax.set_title("Mistakes of every perceptron that learned, and their bound")
    ax.legend(title="inputs", loc="upper left", markerscale=3)
    ratios = data.mistakes / data.bound
    caption(
        fig,
        f"{int(data.violations.sum()):,} of {data.sizes['neuron']:,} perceptrons make more mistakes than Novikoff's "
        f"bound allows. Mistakes divided by the bound have the median {float(ratios.median()):.2g}; "
        f"{nearest(ratios)}. A dot is a perceptron, trained from zero weights on inputs -1 and 1; it is drawn up to "
        "0.4 too low, as equal numbers would overlap (0 at 0.6). $R$: length of a row; $w^*$: weights of widest "
        "margin.",
    )
    return fig


def _decided(data: xr.Dataset) -> Figure:
    """The share of the functions that are decided, learned or proved impossible, by the number of passes."""
    shown = data.isel(inputs=np.flatnonzero(data.inputs.values >= 3))
    fig, axes = plt.subplots(1, 2, figsize=(9.6, 3.9), sharex=True, sharey=True)
    for ax, name, total, title in (
        (axes[0], "learned_by", "learned", "Functions that are learned"),
        (axes[1], "proved_by", "proved", "Functions proved impossible for one neuron"),
    ):
        for color, n in zip(shades(shown.sizes["inputs"]), shown.inputs.values, strict=True):
            one = shown.sel(inputs=n)
            if int(one[total]):
                ax.step(one.epoch, 100 * one[name] / int(one[total]), where="post", color=color, label=f"{n}")
        ax.set(xscale="log", xlabel="passes over all rows", title=title, ylim=(0, 103))
        ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200) if tick <= data.sizes["epoch"]]
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        ax.minorticks_off()
    axes[0].set_ylabel("decided so far (%)")
    axes[1].legend(title="inputs", loc="lower right")
    last = [
        f"{int(shown.most_epochs.sel(inputs=n))} {'' if i else 'passes '}with {n}{'' if i else ' inputs'}"
        for i, n in enumerate(shown.inputs.values)
    ]
    caption(
        fig,
        f"The last function is decided after {', '.join(last)}. The functions "
        f"tried are all functions up to {ALL_UP_TO} inputs, the monotone ones up to {MONOTONE_UP_TO} and the regular "
        "ones above that. A perceptron that learns stops after its first pass without a mistake; one that cannot "
        "learn is stopped when its weights return to earlier ones.",
    )
    return fig
