"""The figures of `your_target`: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import BLUE, COLORS, VERMILION, caption, interval_line
from experiments.universal_approximation import _your_target_verdicts as rules

LOOKS = {"variable projection": (BLUE, "o"), "Adam": (VERMILION, "s")}


def error(data: xr.Dataset) -> Figure:
    """Error against N by solver, a panel for each activation, with the best that ReLU can do."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, len(names), figsize=(4.4 * len(names) + 0.6, 4.4), sharey=True, squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        for solver, (color, marker) in LOOKS.items():
            one = data.sel(activation=name, solver=solver)
            interval_line(ax, data.units, one["median"], one.low, one.high, solver, color=color, marker=marker)
        if name == "relu" and np.isfinite(data.best).any():
            ax.plot(data.units, data.best, color=COLORS["reference"], linestyle="--", label="best network")
            ax.plot(data.units, data.bound, color=COLORS["neutral"], linestyle=":", label="hard bound $E(N+1)$")
        ax.set(xscale="log", yscale="log", xlabel="hidden units $N$", title=_named(name))
        ax.set_xticks(data.units.values, [f"{int(n)}" for n in data.units.values])
        ax.minorticks_off()
        ax.legend(loc="lower left")
    axes[0, 0].set_ylabel("test error (RMS / standard deviation)")
    fig.suptitle(_title(data))
    caption(fig, _error_text(data, names))
    return fig


def _error_text(data: xr.Dataset, names: list[str]) -> str:
    last = data.isel(units=-1)
    parts = []
    for name in names:
        found = ", ".join(
            f"{float(last['median'].sel(activation=name, solver=solver)):.2g} by {solver}" for solver in LOOKS
        )
        parts.append(f"{_named(name)} {found}")
    text = (
        f"Claim: enough units come as near as you like. Found, median error of {data.attrs['seeds']} starts with "
        f"{int(last.units)} units: {'; '.join(parts)}. "
    )
    if "relu" in names and np.isfinite(data.best).any():
        relu = data.sel(activation="relu", solver="variable projection")
        known = relu.where(relu.best > rules.EXACT, drop=True)
        if known.sizes["units"]:
            ratio = known["median"] / known.best
            text += (
                f"ReLU by variable projection is {float(ratio.min()):.3g} to {float(ratio.max()):.3g} times as far as "
                "the best network, which is computed without training. "
            )
    best = ", ".join(f"{_named(name)}: {rules.best_solver(data).sel(activation=name).item()}" for name in names)
    tested = "on points that were held out" if data.attrs["points"] else "between the training points"
    return text + f"Best solver with the most units: {best}. Bands: bootstrap 95 %, errors {tested}."


def fits(data: xr.Dataset) -> Figure:
    """The network of median error of each kind over the target, with its knots."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, len(names), figsize=(4.4 * len(names) + 2.0, 4.4), sharey=True, squeeze=False)
    low, high, scale = (data.attrs[name] for name in ("low", "high", "scale"))
    middle, half = (low + high) / 2, (high - low) / 2
    for ax, name in zip(axes[0], names, strict=True):
        if data.attrs["points"]:
            ax.plot(middle + half * data.shown_x, data.shown_y, ".", color=COLORS["neutral"], label="points", ms=3)
        else:
            ax.plot(middle + half * data.shown_x, data.shown_y, color=COLORS["reference"], lw=2.6, label="target")
        bottom = float(min(data.shown_y.min(), data.fit.min()))
        step = 0.06 * float(data.shown_y.max() - data.shown_y.min())
        for i, (solver, (color, marker)) in enumerate(LOOKS.items()):
            one = data.sel(activation=name, solver=solver)
            ax.plot(middle + half * data.grid, one.fit, color=color, lw=1.4, ls=("-", "--")[i], label=solver)
            inside = one.knot.values[np.abs(one.knot.values) <= 1]
            heights = np.full(len(inside), bottom - (1.2 + i) * step)
            ax.plot(middle + half * inside, heights, marker, color=color, ms=5, ls="none")
        ax.set(xlabel="$x$", title=f"{data.sizes['unit']} {_named(name)} units")
        ax.locator_params(axis="x", nbins=5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside right center")
    axes[0, 0].set_ylabel("$y$, less its mean (standard deviations)")
    fig.suptitle(_title(data))
    caption(
        fig,
        f"Claim: units go where they are needed. Found, the median errors, whose networks are drawn: "
        f"{_fit_errors(data)}, in standard deviations of y, {scale:.4g} each. Marks below the lines tell where units "
        "bend inside the interval: the knots of ReLU units, the centres of tanh units.",
    )
    return fig


def _fit_errors(data: xr.Dataset) -> str:
    """The median errors of as many units as are drawn."""
    one = data["median"].sel(units=data.sizes["unit"])
    return ", ".join(
        f"{float(one.sel(activation=name, solver=solver)):.2g} ({_named(str(name))}, {solver})"
        for name in data.activation.values
        for solver in LOOKS
    )


def _named(activation: str) -> str:
    return {"relu": "ReLU"}.get(activation, activation)


def _title(data: xr.Dataset) -> str:
    target = data.attrs["target"].replace("$", r"\$")
    target = target if len(target) <= 60 else f"{target[:57]}..."
    return f"{target}, x from {data.attrs['low']:.4g} to {data.attrs['high']:.4g}"
