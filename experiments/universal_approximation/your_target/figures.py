"""The figures of `your_target`: errors against units and against seconds, and the fits."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line
from experiments.universal_approximation.shared.captions import BOUND
from experiments.universal_approximation.your_target import summary
from experiments.universal_approximation.your_target.summary import named

LOOKS = {"variable projection": (COLORS["variable projection"], "o"), "Adam": (COLORS["Adam"], "s")}
BESIDE = "outside right center"


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `error`, `seconds` and `fits`."""
    return {"error": _error(data), "seconds": _seconds(data), "fits": _fits(data)}


def _error(data: xr.Dataset) -> Figure:
    """Error against N by solver, a panel for each activation, with the best that ReLU can do."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, len(names), figsize=(4.1 * len(names) + 2.0, 4.4), squeeze=False)
    for ax, name in zip(axes[0], names, strict=True):
        for solver, (color, marker) in LOOKS.items():
            one = data.sel(activation=name, solver=solver)
            interval_line(ax, data.units, one["median"], one.low, one.high, solver, color=color, marker=marker)
        if name == "relu" and np.isfinite(data.best).any():
            ax.plot(data.units, data.best, color=COLORS["reference"], linestyle="--", label="best network")
            ax.plot(data.units, data.bound, color=COLORS["neutral"], linestyle=":", label="hard bound $E(N+1)$")
        ax.set(xscale="log", yscale="log", xlabel="hidden units $N$", title=named(name))
        ax.set_xticks(data.units.values, [f"{int(n)}" for n in data.units.values])
        ax.minorticks_off()
    axes[0, 0].set_ylabel("test error (RMS / standard deviation)")
    fig.legend(*axes[0, names.index("relu") if "relu" in names else 0].get_legend_handles_labels(), loc=BESIDE)
    fig.suptitle(_title("Errors of trained networks", data))
    caption(fig, _error_text(data, names))
    return fig


def _error_text(data: xr.Dataset, names: list[str]) -> str:
    last = data.isel(units=-1)
    parts = []
    for name in names:
        parts += [
            f"{float(last['median'].sel(activation=name, solver=solver)):.2g} ({named(name)}, {solver})"
            for solver in LOOKS
        ]
    text = f"With {int(last.units)} units, the median errors of {data.attrs['seeds']} starts are {', '.join(parts)}. "
    if "relu" in names and np.isfinite(data.best).any():
        relu = data.sel(activation="relu", solver="variable projection")
        known = relu.where(relu.best > summary.EXACT, drop=True)
        if known.sizes["units"]:
            ratio = known["median"] / known.best
            text += (
                f"Median errors of ReLU networks trained by variable projection are {float(ratio.min()):.3g} to "
                f"{float(ratio.max()):.3g} times that of the best network, computed without training. {BOUND} "
            )
    if data.attrs["jumps"] and "relu" in names:
        text += (
            f"The function jumps at x = {', '.join(f'{x:.4g}' for x in data.attrs['jumps'][:4])}: two ReLU units can "
            "come arbitrarily near to a jump, so no network is the best. "
        )
    best = ", ".join(f"{summary.best_solver(data).sel(activation=name).item()} ({named(name)})" for name in names)
    tested = "those at places that were held out" if data.attrs["points"] else "integrated over the interval"
    return (
        f"{text}Best solver with the most units: {best}. Bands: 95% bootstrap intervals. Errors are {tested}."
        f"{_left_out(data)}"
    )


def _left_out(data: xr.Dataset) -> str:
    if not data.attrs["dropped"]:
        return ""
    listed = ", ".join(map(str, data.attrs["dropped"]))
    return (
        f" Left out, as they have more parameters than the {data.attrs['places']} training places: networks of "
        f"{listed} units."
    )


def _seconds(data: xr.Dataset) -> Figure:
    """Error against seconds by solver with the most units, a panel for each activation."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, len(names), figsize=(4.1 * len(names) + 2.0, 4.4), squeeze=False)
    last = data.isel(units=-1)
    for ax, name in zip(axes[0], names, strict=True):
        for solver, (color, marker) in LOOKS.items():
            one = last.sel(activation=name, solver=solver).dropna("record", subset=["course_seconds"])
            one = one.isel(record=slice(1, None))  # a logarithm has no place for the start
            ax.plot(one.course_seconds, one.course, color=color, marker=marker, ms=4, label=solver)
        if name == "relu" and np.isfinite(last.best):
            ax.axhline(float(last.best), color=COLORS["reference"], linestyle="--", label="best network")
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="time for one network (s)",
            title=f"{int(last.units)} {named(name)} units",
        )
    axes[0, 0].set_ylabel("test error (RMS / standard deviation)")
    fig.legend(*axes[0, names.index("relu") if "relu" in names else 0].get_legend_handles_labels(), loc=BESIDE)
    fig.suptitle(_title("Errors by training time", data))
    equal = summary.at_equal_seconds(data).isel(units=-1)
    found = ", ".join(
        f"{float(equal.sel(activation=name, solver=s)):.2g} ({named(name)}, {s})" for name in names for s in LOOKS
    )
    alike = " Both activations are trained together and are given the same seconds." if len(names) > 1 else ""
    caption(
        fig,
        f"When the first solver has ended, the median errors of {data.attrs['seeds']} starts (lines) are {found}. "
        f"Seconds are those of training all starts together, divided by their number, without compiling.{alike} "
        "Adam's learning rate falls to 0 along a cosine over its own steps. Learning rates are tuned at each solver's "
        "full number of steps, so the solver that is read before its end, usually the slower one, is at a "
        "disadvantage.",
    )
    return fig


def _fits(data: xr.Dataset) -> Figure:
    """The network of median error of each kind over the target, with its knots."""
    names = [str(name) for name in data.activation.values]
    fig, axes = plt.subplots(1, len(names), figsize=(4.1 * len(names) + 2.0, 4.4), sharey=True, squeeze=False)
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
        ax.set(xlabel="$x$", title=f"{data.sizes['unit']} {named(name)} units")
        ax.locator_params(axis="x", nbins=5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc=BESIDE)
    axes[0, 0].set_ylabel("$y$ minus its mean (standard deviations)")
    fig.suptitle(_title("Fits of trained networks", data))
    caption(
        fig,
        f"Shown are the networks of median error: {_fit_errors(data)}, in standard deviations of y ({scale:.4g}). "
        "Marks below the lines show where units bend inside the interval: the knots of ReLU units and the centres of "
        f"tanh units.{_left_out(data)}",
    )
    return fig


def _fit_errors(data: xr.Dataset) -> str:
    """The median errors at the number of units that is drawn."""
    one = data["median"].sel(units=data.sizes["unit"])
    return ", ".join(
        f"{float(one.sel(activation=name, solver=solver)):.2g} ({named(str(name))}, {solver})"
        for name in data.activation.values
        for solver in LOOKS
    )


def _title(seen: str, data: xr.Dataset) -> str:
    target = data.attrs["target"].replace("**", "^").replace("$", r"\$")
    target = target if len(target) <= 60 else f"{target[:57]}..."
    return f"{seen}: {target}, x from {data.attrs['low']:.4g} to {data.attrs['high']:.4g}"
