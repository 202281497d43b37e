"""The figures of `perceptron.order`: how many functions have which order, and the order of the symmetric ones."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, shades


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `orders` and `symmetric`."""
    return {"orders": _orders(data), "symmetric": _symmetric(data)}


def _orders(data: xr.Dataset) -> Figure:
    """The share of all functions that has each order, for every number of inputs."""
    fig, ax = plt.subplots(figsize=(8.2, 0.75 * data.sizes["inputs"] + 1.5))
    start = np.zeros(data.sizes["inputs"])
    places = np.arange(data.sizes["inputs"])
    total = data.functions.sum("order").values
    most = int(data.inputs.max())
    for k, shade in enumerate(shades(most + 1)):
        counts = data.functions.sel(order=k).values
        part = 100 * counts / total
        ax.barh(places, part, 0.62, left=start, color=shade, label=f"{k}", edgecolor="white", linewidth=0.8)
        ink = "white" if np.mean(shade[:3]) < 0.5 else "black"
        for place, width, left, count in zip(places.tolist(), part, start, counts, strict=True):
            if width > 5:
                ax.text(left + width / 2, place, f"{count:,}", ha="center", va="center", color=ink, size=9)
        start = start + part
    ax.set_yticks(places, [f"{n}" for n in data.inputs.values])
    ax.set(xlim=(0, 100), ylim=(len(places) - 0.5, -0.5), xlabel="share of all functions (%)")
    ax.set_ylabel("number of inputs $n$")
    ax.set_title("Boolean functions of n inputs, by their order")
    ax.grid(False)
    fig.legend(title="order", loc="outside right upper", reverse=False)
    last = data.isel(inputs=-1)
    n = int(last.inputs)
    highest = [int(data.functions.sel(inputs=k, order=k)) for k in data.inputs.values]
    alike = len(set(highest)) == 1
    undecided = int(data.undecided.sum())
    words = ", ".join(f"{int(last.functions.sel(order=k)):,}{'' if k else ' have'} order {k}" for k in range(n + 1))
    caption(
        fig,
        f"Of the {2**2**n:,} functions of {n} inputs, {words}. The order is the least k for which one neuron computes "
        "the function from all products of up to k inputs. At every order a perceptron tried every function, and "
        f"learned it or was proved unable to{f', except {undecided} undecided ones' if undecided else ''}. "
        f"{highest[0] if alike else ', '.join(map(str, highest))} functions of n inputs have order n"
        f"{', parity and its complement' if alike and highest[0] == 2 else ''}. Numbers in the bars count functions.",
    )
    return fig


def _symmetric(data: xr.Dataset) -> Figure:
    """The order of every symmetric function against the number of times that it changes."""
    fig, ax = plt.subplots(figsize=(6.6, 5.2))
    numbers = data.symmetric_inputs.values
    for i, (color, n) in enumerate(zip(shades(len(numbers)), numbers, strict=True)):
        counts = data.symmetric.sel(symmetric_inputs=n).values
        changes, order = np.nonzero(counts)
        shift = 0.13 * (i - (len(numbers) - 1) / 2)
        ax.plot(
            changes + shift, order + shift, "o", color=color,
            markersize=8, markeredgecolor="white", label=f"{n}",
        )  # fmt: skip
    most = int(numbers.max())
    ax.plot([-0.4, most + 0.4], [-0.4, most + 0.4], color=COLORS["theory"], linewidth=1.2, zorder=0, label="theorem")
    ax.set(xlim=(-0.6, most + 0.6), ylim=(-0.6, most + 0.6), xticks=range(most + 1), yticks=range(most + 1))
    ax.set(xlabel="number of changes as 0 to $n$ inputs become true", ylabel="order of the function")
    dot = most + 0.13 * (len(numbers) - 1) / 2  # where the number of inputs is greatest, with its shift
    ax.annotate("parity", (dot, dot), (most - 1.4, most + 0.2), ha="right", arrowprops={"arrowstyle": "-"})
    ax.annotate("AND, OR, majority", (1.2, 1.0), (2.3, 0.4), va="center", arrowprops={"arrowstyle": "-"})
    ax.set_title("Symmetric functions: their order and their number of changes")
    ax.legend(title="inputs $n$", loc="upper left")
    total = int(data.symmetric.sum() + data.symmetric_undecided.sum())
    right = int(np.trace(data.symmetric.sum("symmetric_inputs").values))
    below, parities = int((data.proved_below & data.corrections_equal).sum()), data.sizes["parity_inputs"]
    caption(
        fig,
        f"For {right} of {total} symmetric functions the order equals the number of changes. A symmetric function "
        "depends only on how many of its inputs are true. A dot stands for all functions of n inputs with this order "
        "and number of changes (shifted a little for each n). Parity changes every time: for "
        f"{below} of {parities} parities, of up to {int(data.parity_inputs.max())} inputs, a perceptron of order n - 1 "
        "returned to earlier weights after correcting every row equally often.",
    )
    return fig
