"""The figures of `universal`: floors of polynomials, errors of all others, and what the conditions are for."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, PURPLE, SKY, caption, interval_line
from experiments.universal_approximation.universal import summary
from nnjax.tasks import TARGETS

# Others have their colours; polynomials are grey, from light to dark by degree, with their own markers.
LOOKS = {
    "step": (SKY, "s"),
    "sigmoid": (COLORS["sigmoid"], "D"),
    "tanh": (COLORS["tanh"], "^"),
    "ReLU": (COLORS["relu"], "o"),
    "sine": (COLORS["sin"], "v"),
    "cosine squasher": (PURPLE, "P"),
    "squasher with jumps": ("#7A3E66", "X"),
    "$z^3 + |z|/10$": ("#8C6D1F", "*"),
}
SIGNS = ("o", "s", "^", "D", "v")


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `universal`, `floors` and `conditions`."""
    return {"universal": _universal(data), "floors": _floors(data), "conditions": _conditions(data)}


def _greys(count: int) -> list[str]:
    return [str(shade) for shade in np.linspace(0.72, 0.1, count)]


def _universal(data: xr.Dataset) -> Figure:
    """Left polynomials, which stop; right all others, which do not."""
    name = data.attrs["shown"]
    one = data.sel(target=name)
    fig, (left, right) = plt.subplots(1, 2, figsize=(10.2, 5.3), sharey=True, sharex=True)
    fig.suptitle("Errors of random hidden units with the best output layer")
    polynomials = data.activation.values[data.degree.values > 0]
    for activation, color, sign in zip(polynomials, _greys(len(polynomials)), SIGNS, strict=True):
        own = one.sel(activation=activation)
        left.axhline(float(own.floor), color=COLORS["stuck"], linewidth=1.2, linestyle="--")
        _line(left, own, color, sign, activation)
    _name_floors(left, one.isel(activation=np.flatnonzero(data.degree.values > 0)))
    for activation, (color, sign) in LOOKS.items():
        _line(right, one.sel(activation=activation), color, sign, activation)
    if "trained_error" in data:
        _stars(data, left, right)
    left.set(xscale="log", yscale="log", xlabel="hidden units $N$", ylabel="L2 error", title="Polynomial activations")
    left.set_ylim(3e-16, 12)
    right.set(xlabel="hidden units $N$", title="All other activations")
    ticks = [n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256) if n <= data.width.max()]
    left.set_xticks(ticks, [str(n) for n in ticks])
    left.minorticks_off()
    left.legend(loc="lower left", fontsize=9)
    right.legend(loc="lower left", fontsize=9)
    caption(fig, _universal_text(data))
    return fig


def _stars(data: xr.Dataset, left: Axes, right: Axes) -> None:
    """Networks whose hidden weights were trained."""
    for activation, ax, color in (("Taylor polynomial of tanh", left, "black"), ("tanh", right, COLORS["tanh"])):
        trained = data.trained_error.sel(trained=activation).median("trained_seed")
        ax.plot(
            data.trained_width, trained, "*", markersize=11, color="white", markeredgecolor=color,
            label=f"{activation}, trained", zorder=5,
        )  # fmt: skip


def _universal_text(data: xr.Dataset) -> str:
    one = data.sel(target=data.attrs["shown"])
    ratio = summary.over_floor(data)
    last = ratio.isel(width=-1).values
    broken = int((ratio < 1 - summary.ROUNDING).sum())
    late = one.error.isel(width=-1).median("seed").values[data.degree.values == 0]
    stars = " (stars: trained)" if "trained_error" in data else ""
    fine, coarse = (f"{float(end):.0e}" for end in (data.cutoff.min(), data.cutoff.max()))
    return (
        f"At N = {int(data.width[-1])} errors with a polynomial activation exceed that of the best polynomial of the "
        f"same degree (dashed, computed without a network) by a share of {last[np.isfinite(last)].max() - 1:.1g} at "
        "most, on all targets that are not nearly polynomials themselves (the greatest of all draws); "
        f"{broken or 'none'} of {int(ratio.notnull().sum()):,} such networks of all sizes "
        f"{'errs' if broken < 2 else 'err'} less. With all other activations errors on the target shown are "
        f"{late.min():.1g} to {late.max():.1g}. Target: {TARGETS[data.attrs['shown']].formula}. Random hidden "
        f"weights{stars}; medians and 5 to 95% of {data.sizes['seed']} draws. The Taylor polynomial of tanh is close "
        f"to tanh near 0; $z^3$ with a slight kink is not a polynomial. A unit is left out if less than {fine} of it "
        f"remains after projection on the others, or less than {coarse} where units jump: with {fine} the error of the "
        f"squasher with jumps would be {float(data.fine_error):.1g} at N = {int(data.width[-1])}."
    )


def _name_floors(ax: Axes, one: xr.Dataset) -> None:
    """Write the degrees at their floors; those that would overlap are named together."""
    groups: list[list[int]] = []
    floors, degrees = one.floor.values, one.degree.values.tolist()
    for i in range(len(floors)):
        if groups and floors[groups[-1][0]] < 3 * floors[i]:
            groups[-1].append(i)
        else:
            groups.append([i])
    for group in groups:
        text = "degree " + ", ".join(str(degrees[i]) for i in group)
        ax.annotate(
            text, (1, float(np.exp(np.log(floors[group]).mean()))), (3, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", size=8.5, color=COLORS["stuck"], annotation_clip=False,
        )  # fmt: skip


def _line(ax: Axes, own: xr.Dataset, color: str, sign: str, label: str) -> None:
    low, middle, high = (own.error.quantile(q, "seed") for q in (0.05, 0.5, 0.95))
    interval_line(ax, own.width, middle, low, high, label, color=color, marker=sign, markersize=4.5, linewidth=1.4)


def _floors(data: xr.Dataset) -> Figure:
    """Every target: the errors at the greatest N of polynomials, on their floors, and of all others."""
    names = data.target.values.tolist()
    fig, ax = plt.subplots(figsize=(9.4, max(0.5 * len(names) + 1.4, 4.0)))
    last = data.isel(width=-1)
    share = last.error.median("seed") / last.norm
    polynomials = data.activation.values[data.degree.values > 0]
    for activation, color, sign in zip(polynomials, _greys(len(polynomials)), SIGNS, strict=True):
        place = np.arange(len(names)) - 0.2
        ax.plot(np.maximum((last.floor / last.norm).sel(activation=activation), 1e-16), place, "|", markersize=15,
                color=COLORS["theory"], markeredgewidth=1.6)  # fmt: skip
        ax.plot(np.maximum(share.sel(activation=activation), 1e-16), place, sign, color=color, label=activation)
    for activation, (color, sign) in LOOKS.items():
        ax.plot(np.maximum(share.sel(activation=activation), 1e-16), np.arange(len(names)) + 0.2, sign, color=color,
                label=activation, alpha=0.85)  # fmt: skip
    ax.plot([], [], "|", markersize=12, color=COLORS["theory"], markeredgewidth=1.6, label="best polynomial")
    ax.set_yticks(range(len(names)), [TARGETS[name].formula for name in names])
    ax.set(xscale="log", ylim=(len(names) - 0.4, -0.6), xlabel="L2 error / norm of the target")
    ax.set_title(f"Errors with {int(last.width)} hidden units, by target and activation")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=9)
    real = summary.over_floor(data).isel(width=-1).median("seed").values
    real = real[np.isfinite(real)]
    caption(
        fig,
        "Errors with polynomial activations (upper row of each target) equal that of the best polynomial of their "
        f"degree (black) up to a relative difference of {np.abs(real - 1).max():.1g}. Where that error is below "
        f"{summary.NOTICED:g} of the norm, the target is nearly a polynomial and rounding is seen. By theory all "
        "other activations (lower row) have no floor. Cosine squasher: half a cosine from 0 to 1; squasher with "
        "jumps: a "
        "sigmoid that jumps at two places. Equal marks hide each other. Medians over "
        f"{data.sizes['seed']} draws.",
    )
    return fig


def _conditions(data: xr.Dataset) -> Figure:
    """Without biases, with spikes, with poles."""
    fig, axes = plt.subplot_mosaic([["biases", "biases"], ["spikes", "pole"]], figsize=(9.2, 7.4))
    _biases(data, axes["biases"])
    left, right = axes["spikes"], axes["pole"]
    left.plot(data.drawn, data.spike_target, color=COLORS["reference"], linewidth=1.2, label="target")
    left.plot(data.drawn, data.spike_curve, color=COLORS["stuck"], label="network")
    left.plot(data.spike_x, data.spike_y, "o", color=COLORS["train"], markersize=4, label="network, at its spikes")
    left.set(xlabel="input $x$", ylabel="output", title="Activation: $z^2$ with one value changed")
    left.legend(loc="lower left", fontsize=9)
    right.plot(data.grid, data.pole_size, "o-", color=COLORS["stuck"])
    right.set(xscale="log", yscale="log", xlabel="number of points", ylabel="root mean square of one unit")
    right.set_title("Activation: $1/z$, pole in the interval")
    caption(fig, _conditions_text(data))
    return fig


def _biases(data: xr.Dataset, ax: Axes) -> None:
    """A row for each activation: its error with biases and without, and the floor."""
    names = data.condition.values.tolist()
    rows = np.arange(len(names))
    without, given = (data.condition_error.sel(biased=biased).median("seed").values for biased in (False, True))
    ax.hlines(rows, given, without, color=COLORS["neutral"], linewidth=1)
    ax.plot(without, rows, "o", color=COLORS["measured"], ms=9, markerfacecolor="none", label="without biases")
    ax.plot(given, rows, "o", color=COLORS["solved"], label="with biases")
    floor = data.condition_floor.where(data.condition_floor > 0)
    ax.plot(floor, rows, "|", ms=17, markeredgewidth=2, color=COLORS["stuck"], label="computed floor without biases")
    ax.set_yticks(rows, names)
    ax.set(xscale="log", ylim=(len(names) + 0.7, -0.6), xlabel="L2 error", title="Errors with biases and without")
    ax.legend(loc="lower left", fontsize=9, ncols=3)


def _conditions_text(data: xr.Dataset) -> str:
    target = data.attrs["condition_target"]
    floor = float(data.floor.sel(activation="$z^2$", target=target))
    free = data.condition.values[data.condition_floor.values == 0].tolist()
    no_symmetry = f"; {' and '.join(free)} {'has' if len(free) == 1 else 'have'} no such symmetry" if free else ""
    stopped = np.flatnonzero(data.condition_floor > 0)
    over = (data.condition_error.sel(biased=False).median("seed") / data.condition_floor).values[stopped]
    return (
        f"Above: without biases, errors with {int(stopped.size)} of {data.sizes['condition']} activations equal that "
        f"of the best function of their kind (red) up to a relative difference of {np.abs(over - 1).max():.1g}, as "
        "they "
        "express, apart from a constant, only odd functions (odd activations and sigmoid), only even functions and a "
        f"line (softplus, GELU), or only a constant (step) or a line (ReLU) on each side of 0{no_symmetry}. Target: "
        f"{TARGETS[target].formula}; {data.attrs['condition_units']} units with random weights; medians of "
        f"{data.sizes['seed']} draws. Below left: {data.sizes['spike']} units, each with its "
        f"changed value on a training point, have an error of {float(data.spike_training_error):.0e} at these points "
        f"but {float(data.spike_error):.2g} in L2: almost everywhere they are a parabola, and any parabola has an "
        f"error of {floor:.2g} or more. Below right: a unit with its pole inside has no L2 norm, as the integral of "
        "$1/z^2$ diverges; its root mean square grows with the number of points. With poles outside the interval the "
        f"error of {int(data.width[-1])} units is {float(data.pole_outside.median('seed').isel(width=-1)):.1g}."
    )
