"""The figures of `functions`: all activations side by side, and how often they saturate."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import ndtr

from experiments.activations.functions.closed_forms import FORMS
from experiments.activations.functions.run import SMALL
from experiments.activations.shared.names import NAMES
from experiments.lab.figures import BLUE, COLORS, GREEN, VERMILION, caption, log_ticks, shades

COLUMNS = 4
DOTS = 25  # points of a closed form in a panel
CORNERS = np.array([(0.0, 0.0), (1.0, 0.0), (0.5, np.sqrt(3) / 2)])  # of the simplex
LINES = {  # colour and dashes: four share a colour with another
    "step": ("black", "-"), "sigmoid": (COLORS["sigmoid"], "-"), "tanh": (COLORS["tanh"], "-"),
    "relu": (COLORS["relu"], "-"), "leaky_relu": (COLORS["relu"], ":"), "elu": (COLORS["elu"], "-"),
    "gelu": (COLORS["gelu"], "-"), "silu": (COLORS["gelu"], "--"), "softplus": (COLORS["sigmoid"], "--"),
    "sin": (COLORS["sin"], "-"),
}  # fmt: skip


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `functions` and `saturation`."""
    return {"functions": _functions(data), "saturation": _saturation(data)}


def _functions(data: xr.Dataset) -> Figure:
    """A panel for each activation: value and derivative, and where the derivative is small; softmax in two."""
    names = [str(name) for name in data.activation.values]
    rows = -(-(len(names) + 2) // COLUMNS)
    fig, axes = plt.subplots(rows, COLUMNS, figsize=(2.65 * COLUMNS, 2.3 * rows + 0.4))
    flat = list(axes.ravel())
    for ax, name in zip(flat, names, strict=False):
        _panel(ax, data, name)
    for ax in flat[len(names) + 2 :]:
        ax.remove()
    two, three = flat[len(names) : len(names) + 2]
    _two_classes(two, data)
    _simplex(three, data)
    for ax in flat[: len(names) : COLUMNS]:
        ax.set_ylabel("value or derivative")
    for ax in flat[max(0, len(names) - COLUMNS) : len(names)]:
        ax.set_xlabel("pre-activation z")
    flat[0].plot([], [], "o", color="black", markersize=3, label="closed form")
    handles, labels = flat[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=4)
    fig.suptitle("Activations, their derivatives, and where the derivative is small")
    at = 1.0 if 1.0 in data.spread else float(data.spread.values[0])
    zero = data.zero.sel(spread=at)
    share = ", ".join(
        f"{float(zero.sel(activation=n)):.0%} for {NAMES[n]}" for n in names if zero.sel(activation=n) > 0
    )
    shares = f"{share}, and 0 for every other activation" if share else "0 for every activation"
    caption(
        fig,
        f"Among normal pre-activations of standard deviation {at:g} the share with a derivative of exactly 0 is "
        f"{shares}. Shaded: the size of the derivative is at most a tenth of its maximum. Lines: the library's "
        "functions with JAX's derivatives; dots: closed forms, from which they differ by "
        f"{float(data.distance.max()):.0e} at most (softmax is compared with the sigmoid in the tests). T: "
        "temperature. Softmax of three logits, one set for each coloured curve, goes from a corner of the simplex "
        "(certain) at a low temperature to its middle (undecided) at a high one; large dots: temperature 1.",
    )
    return fig


def _panel(ax: Axes, data: xr.Dataset, name: str) -> None:
    one, form = data.sel(activation=name), FORMS[name]
    z, slope = data.z.values, one.slope.values
    small = np.abs(slope) <= SMALL * form.greatest_slope
    ax.fill_between(z, -1.5, 3, where=small, color=COLORS["neutral"], alpha=0.2, linewidth=0, label="small derivative")
    value = np.where(np.append(np.abs(np.diff(one.value.values)) > 0.5, False), np.nan, one.value.values)
    ax.plot(z, value, color=BLUE, label="value")
    ax.plot(z, slope, "--", color=VERMILION, linewidth=1.4, label="derivative")
    dots = np.linspace(-4.8, 4.8, DOTS)
    for f in (form.value, form.slope):
        ax.plot(dots, f(dots), "o", color="black", markersize=1.8, zorder=4)
    ax.set(xlim=(-5, 5), ylim=(-1.5, 3), xticks=[-4, -2, 0, 2, 4], yticks=[-1, 0, 1, 2])
    ax.set_title(NAMES[name])


def _two_classes(ax: Axes, data: xr.Dataset) -> None:
    z, shown = data.z.values, data.temperature_shown.values
    for temperature, color in zip(shown, shades(len(shown)), strict=True):
        ax.plot(z, data.two_classes.sel(temperature_shown=temperature), color=color, label=f"T = {temperature:g}")
        dots = np.linspace(-4.8, 4.8, DOTS)
        ax.plot(dots, FORMS["sigmoid"].value(dots / temperature), "o", color="black", markersize=1.8, zorder=4)
    ax.set(xlim=(-5, 5), ylim=(-0.1, 1.1), xticks=[-4, -2, 0, 2, 4], yticks=[0, 0.5, 1])
    ax.set_title("softmax, 2 classes")
    ax.set(xlabel="difference of the logits", ylabel="probability")
    ax.legend(fontsize=7.5, loc="upper left", handlelength=1.2)


def _simplex(ax: Axes, data: xr.Dataset) -> None:
    ax.plot(*CORNERS[[0, 1, 2, 0]].T, color="#555555", linewidth=1)
    colors = (BLUE, VERMILION, GREEN, COLORS["sin"])
    for p, color in zip(data.simplex.values, colors, strict=False):
        places = p @ CORNERS
        ax.plot(*places.T, color=color)
        at_one = int(np.argmin(np.abs(data.temperature.values - 1)))
        ax.plot(*places[at_one], "o", color=color, markersize=6, markeredgecolor="white", zorder=4)
    for i, (corner, shift) in enumerate(zip(CORNERS, ((-0.03, -0.1), (0.03, -0.1), (0, 0.07)), strict=True)):
        x, y = corner + shift
        ax.text(x, y, f"class {i + 1}", ha="center", va="center", fontsize=8)
    ax.set(aspect="equal", xlim=(-0.15, 1.15), ylim=(-0.18, 1.0))
    ax.axis("off")
    ax.set_title("softmax, 3 classes")


def _saturation(data: xr.Dataset) -> Figure:
    """Shares of zero and of small derivatives by the standard deviation of the pre-activations."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.0), sharey=True)
    spreads = data.spread.values
    fine = np.geomspace(spreads[0], spreads[-1], 100)
    for name in map(str, data.activation.values):
        color, line = LINES[name]
        places = data.zero_from.sel(activation=name, precision="float32").values
        expected = sum(ndtr(-place / fine) for place in places) if name != "step" else np.ones_like(fine)
        if np.any(expected > 0):
            left.plot(fine, expected, color=COLORS["theory"], linewidth=0.9, zorder=1)
        left.plot(spreads, data.zero.sel(activation=name), "o", color=color)
        marks = {"marker": "o", "markersize": 4, "color": color}
        right.plot(spreads, data.small.sel(activation=name), line, label=NAMES[name], **marks)
    left.plot([], [], color=COLORS["theory"], linewidth=0.9, label="computed")
    left.plot([], [], "o", color=COLORS["neutral"], label="measured (colours as on the right)")
    left.set(title="Derivative exactly 0 in float32", ylabel="share of the pre-activations", ylim=(-0.03, 1.03))
    right.set(title="Derivative at most a tenth of its maximum")
    for ax in (left, right):
        ax.set(xscale="log", xlabel="standard deviation of the pre-activations")
        log_ticks(ax.xaxis, spreads)
    left.legend(loc="center left", bbox_to_anchor=(0, 0.78))
    right.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    last = float(spreads[-1])
    zero = data.zero.sel(spread=last)
    told = ", ".join(
        f"{float(zero.sel(activation=n)):.0%} for {NAMES[n]}"
        for n in ("sigmoid", "tanh", "gelu")
        if n in zero.activation
    )
    relu = float(data.zero.sel(activation="relu").mean())
    names = [str(name) for name in data.activation.values if name != "sin"]
    never = [NAMES[name] for name in names if data.zero.sel(activation=name).max() < 0.01]
    more = data.small.sel(activation=["sigmoid", "tanh"]) - data.small.sel(activation="relu")
    turns = bool((more.isel(spread=0) < 0).all() and (more.isel(spread=-1) > 0).all())
    hidden = ""
    if never and "sin" in data.activation:
        hidden += f" Left: the dots of sine at 0 hide those of {', '.join(never)}."
    if "leaky_relu" in data.activation:
        hidden += " Right: the lines of ReLU and leaky ReLU coincide."
    compared = (
        " Sigmoid and tanh have fewer small derivatives than ReLU where the standard deviation is low and more where "
        "it is high, so which of the three saturates least depends on the standard deviation."
    )
    caption(
        fig,
        f"Because of rounding in float32 smooth activations have derivatives of exactly 0 too: at a standard deviation "
        f"of {last:g} the share is {told}. ReLU's derivative is 0 for {relu:.0%} of the "
        f"pre-activations at every standard deviation.{compared if turns else ''} Black lines: the share computed from "
        f"the pre-activations at which the derivative becomes 0.{hidden}",
    )
    return fig
