"""The figures of `trained` about errors: they draw from its data alone."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.lab.figures import COLORS, caption, interval_line
from experiments.universal_approximation import _trained_summary as summary
from experiments.universal_approximation._trained_references import BEST, COMPUTED
from nnjax.tasks import TARGETS

PROJECTION = "variable projection"


def by_target(data: xr.Dataset) -> Figure:
    """Small multiples: the error against N for every target and activation, with the free-knot bound."""
    every, far = [str(solver) for solver in data.solver.values], summary.farthest(data)
    found, names = summary.tuned(data, every), list(data.task.values)
    wider = summary.tuned(data, far) if len(far) < len(every) else None
    columns = min(4, len(names))
    rows = -(-len(names) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(3.1 * columns + 0.6, 2.5 * rows + 1.0), sharex=True, squeeze=False)
    for ax, name in zip(axes.ravel(), names, strict=False):
        for activation in data.activation.values:
            one = found.sel(task=name, activation=activation)
            interval_line(
                ax, one.width, one.middle, one.low, one.high, activation, color=COLORS[activation], markersize=3,
                linewidth=1.3,
            )  # fmt: skip
            if wider is not None:
                one = wider.sel(task=name, activation=activation)
                ax.plot(one.width, one.middle, ":", color=COLORS[activation], linewidth=1.0)
        ax.plot(data.width, data.bound.sel(task=name), "--", color=COLORS["theory"], label="ReLU bound $E(N+1)$")
        ax.set(xscale="log", yscale="log", title=TARGETS[name].formula)
        _widths(ax, data)
    for ax in axes.ravel()[len(names) :]:
        ax.set_visible(False)
    for ax in axes[-1]:
        ax.set_xlabel("hidden neurons $N$")
    for row in axes:
        row[0].set_ylabel("RMS error")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=min(7, 2 * columns))
    caption(fig, _by_target_found(data))
    return fig


def _by_target_found(data: xr.Dataset) -> str:
    falls = [(solver, summary.rises(data, solver)) for solver in map(str, data.solver.values)]
    told = ", ".join(
        f"{int(holds.sum())} to N = {summary.reach(data, solver)[-1]} ({solver})" for solver, holds in falls
    )
    far = summary.farthest(data)
    dotted = f" Dotted: without {PROJECTION}, which is too dear beyond." if len(far) < data.sizes["solver"] else ""
    seeds = data.error.notnull().any(("activation", "task")).sum("seed")
    few = ", ".join(
        f"{name} {int(seeds.sel(solver=name).max())} to {_least(seeds.sel(solver=name))}" for name in data.solver.values
    )
    lost, of = summary.diverged(data)
    beyond = " (beyond N = 128 what it tends to)" if int(data.width[-1]) > COMPUTED else ""
    return (
        f"Claim: more neurons approximate anything better, whatever the activation. Found: of {falls[0][1].size} pairs "
        f"of target and activation the median falls, intervals apart, with every four times as many neurons, down to "
        f"{summary.FLOOR:g} of the target's own size, in {told}. Medians over seeds with intervals of "
        f"{100 * summary.coverage(data):.1f} % or more, of the solver that tuning preferred at that N; seeds from "
        f"small to large N: {few}. {lost} of {of:,} networks diverged; they count as worst.{dotted} Dashed: E(N + 1), "
        f"which no ReLU network can beat{beyond}; it is 0 for |x| and the jump."
    )


def _least(seeds: xr.DataArray) -> int:
    return int(seeds.where(seeds > 0).min())


def _widths(ax: Axes, data: xr.Dataset) -> None:
    shown = data.width.values[:: 2 if data.sizes["width"] > 5 else 1]
    ax.set_xticks(shown, [str(n) for n in shown])
    ax.minorticks_off()


def rates(data: xr.Dataset) -> Figure:
    """ReLU against N^-2 and what is possible, what training loses by solver, and smooth activations, semilog."""
    fig, axes = plt.subplots(1, 3, figsize=(12.6, 4.1))
    analytic = summary.analytic(data)
    middle = summary.medians(data)[0].sel(task=analytic)
    if "relu" in data.activation:
        _relu(axes[0], axes[1], data, middle.sel(activation="relu"))
    _smooth(axes[2], data, middle)
    for ax in axes:
        ax.legend(fontsize=9)
    caption(fig, _rates_found(data, analytic))
    return fig


def _relu(left: Axes, right: Axes, data: xr.Dataset, middle: xr.DataArray) -> None:
    """Errors of ReLU networks beside the bound, and over those of the best network."""
    bound, best = (data[name].sel(task=middle.task) for name in ("bound", "best"))
    possible = best.fillna(bound)
    for solver in data.solver.values:
        one, style = middle.sel(solver=solver), {"color": COLORS[solver], "label": solver, "markersize": 4}
        left.plot(data.width, _mean(one), "o-", **style)
        right.plot(data.width, _mean(one / possible), "o-", **style)
    left.plot(data.width, _mean(bound), "--", color=COLORS["theory"], label="bound $E(N+1)$")
    guide = 0.4 * float(_mean(bound)[-1]) * (data.width / data.width[-1]) ** -2.0
    left.plot(data.width, guide, ":", color=COLORS["neutral"], label="$N^{-2}$")
    right.axhline(1, color=COLORS["theory"], linestyle="--", label="best network")
    right.plot(data.width, _mean(bound / possible), ":", color=COLORS["theory"], label="bound $E(N+1)$")
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel="hidden neurons $N$")
        _widths(ax, data)
    left.set(ylabel="RMS error", title="ReLU, smooth targets")
    right.set(ylabel="RMS error / best network's", title="What training loses")
    low, high = right.get_ylim()
    ticks = [n for n in (0.5, 1, 2, 3, 5, 10, 20, 50, 100) if low / 1.01 <= n <= high * 1.01]
    right.set_yticks(ticks, [f"{n:g}" for n in ticks])
    right.minorticks_off()


def _smooth(ax: Axes, data: xr.Dataset, middle: xr.DataArray) -> None:
    for activation in data.activation.values:
        y = _mean(middle.sel(solver=PROJECTION, activation=activation))
        known = np.isfinite(y)
        dashes = "o-" if activation in summary.SMOOTH else "o:"
        ax.plot(data.width[known], y[known], dashes, color=COLORS[activation], label=activation, markersize=4)
    ax.set(yscale="log", xlabel="hidden neurons $N$", ylabel="RMS error", title="Analytic targets, semilog")


def _mean(values: xr.DataArray) -> xr.DataArray:
    """The geometric mean over targets, nan where one is missing."""
    return np.exp(xr.apply_ufunc(np.log, values.clip(1e-17)).mean("task", skipna=False))


def _steps(data: xr.Dataset) -> str:
    """How long each solver trained: its stages are (greatest width, rows, seeds, steps)."""
    names, parts = {"adam": "Adam", "lbfgs": "L-BFGS", "projection": PROJECTION}, []
    for key, stages in data.attrs.get("steps", {}).items():
        if stages:
            first, last = stages[0][-1], stages[-1][-1]
            parts.append(f"{names[key]} {first:,}" + (f" to {last:,}" if last != first else ""))
    return f"Steps, from narrow to wide: {', '.join(parts)}. " if parts else ""


def _rates_found(data: xr.Dataset, analytic: list[str]) -> str:
    text = (
        f"Geometric means over the analytic targets, {len(analytic)}, of the medians over seeds; tuned for each. "
        "Left and middle: ReLU"
    )
    text += f"; middle beyond N = {BEST}: over the bound. " if int(data.width[-1]) > BEST else ". "
    text += _steps(data)
    if "relu" in data.activation:
        slopes = {s: [summary.slope(data, s, "relu", t) for t in analytic] for s in data.solver.values}
        parts = [
            f"{name} {np.median([one.slope for one in found if one]):.2f}"
            for name, found in slopes.items()
            if any(found)
        ]
        bounds = summary.bound_slopes(data, analytic)
        if parts:
            text += f"Median slopes from N = 8 to 64: {', '.join(parts)}, the bound {np.median(bounds):.2f}. "
    laws = summary.laws(data)
    if len(laws.faster):
        text += (
            f"Right: variable projection, smooth activations solid. In {int(laws.faster.sum())} of {len(laws.faster)} "
            f"pairs of smooth activation and target they are faster than a power: exp(-c sqrt N) fits better in "
            f"{100 * (1 - summary.TAIL):.1f} % of resamples, with an order of {summary.LEAST_ORDER} or more in the end "
            f"({laws.dropped} pairs reach rounding too early to tell)."
        )
    return text


def seconds(data: xr.Dataset) -> Figure:
    """The error of each solver against its time on the clock, one panel for a network and target."""
    cases = data.case.values
    columns = min(2, len(cases))
    rows = -(-len(cases) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(max(4.6 * columns, 6.5), 3.1 * rows + 0.5), squeeze=False)
    for ax, case in zip(axes.ravel(), cases, strict=False):
        activation, task, width = case.split(", ")
        for solver in data.solver.values:
            one = data.sel(case=case, solver=solver)
            x, error = one.case_seconds.values, one.case_error
            known = np.isfinite(x)
            low, middle, high = (error.sel(quartile=q).values[known] for q in (0.25, 0.5, 0.75))
            interval_line(ax, x[known], middle, low, high, solver, color=COLORS[solver], markersize=3.5)
        if activation == "relu" and int(width) in data.width:
            bound = float(data.bound.sel(task=task, width=int(width)))
            ax.axhline(bound, color=COLORS["theory"], linestyle="--", label="bound $E(N+1)$")
        ax.set(xscale="log", yscale="log", title=f"{activation}, {TARGETS[task].formula}, $N$ = {width}")
        ax.set(xlabel="seconds for 8 networks", ylabel="RMS error")
    for ax in axes.ravel()[len(cases) :]:
        ax.set_visible(False)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=4)
    caption(fig, _seconds_found(data))
    return fig


def _seconds_found(data: xr.Dataset) -> str:
    cases = data.case.values
    won = sum(str(data.solver.values[int(_last(data, case).argmin())]) == PROJECTION for case in cases)
    return (
        f"Claim: solving for the output layer pays for its costlier steps. Found: in {won} of {len(cases)} cases "
        "variable projection ends lowest. The same first weights but for the scale tuned for each solver, 8 networks "
        "in one program, solvers in turns in one process, compiling left out; median and middle half of the networks. "
        "Errors of ReLU networks are exact."
    )


def _last(data: xr.Dataset, case: str) -> np.ndarray:
    """The last median error of every solver."""
    middle = data.case_error.sel(case=case, quartile=0.5)
    return np.array([row[np.isfinite(row)][-1] for row in middle.transpose("solver", "point").values])
