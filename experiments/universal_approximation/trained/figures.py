"""The figures of `trained`: errors against N and against seconds, fits with their knots, and the looping animation."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from experiments.lab.figures import COLORS, Film, caption, interval_line, log_ticks, panels, powers, shared_legend
from experiments.universal_approximation.shared.captions import BOUND
from experiments.universal_approximation.trained import summary
from experiments.universal_approximation.trained.references import BEST
from experiments.universal_approximation.trained.seconds import STEPS
from nnjax.tasks import TARGETS

COLUMNS = 3  # panels in a row
PROJECTION = "variable projection"
JUMP = 6  # decades beyond which no line joins neighbours: the network becomes exact there, or ceases to be
HELD, RATE = 7, 8  # frames for which a finished fit is held, and frames a second


def figures(data: xr.Dataset) -> dict[str, Figure | Film]:
    """Error against N, the two rates, error against seconds, fits with their knots, and the animation."""
    return {
        "error_by_target": by_target(data),
        "rates": rates(data),
        "seconds": seconds(data),
        "fits": fits(data),
        "film": film(data),
    }


def by_target(data: xr.Dataset) -> Figure:
    """Small multiples: the error against N for every target and activation by one solver, with the free-knot bound, and
    the best activation of each other solver.
    """
    names = list(data.task.values)
    middle, low, high = summary.medians(data)
    fig, axes = panels(len(names), COLUMNS, (3.3, 2.4), sharex=True)
    for ax, name in zip(axes, names, strict=True):
        for activation in data.activation.values:
            place = {"solver": PROJECTION, "task": name, "activation": activation}
            _broken_line(ax, data.width, *(one.sel(place) for one in (middle, low, high)), activation=str(activation))
        for solver, style in zip(_others(data), ("-.", ":"), strict=False):
            one = _preferred(data, middle, solver).sel(task=name)
            places, values = _broken(one)
            ax.plot(
                places,
                values,
                style,
                color=COLORS["neutral"],
                linewidth=0.9,
                zorder=1,
                label=f"{solver}, best activation",
            )
        ax.plot(data.width, data.bound.sel(task=name), "--", color=COLORS["theory"], label="ReLU bound $E(N+1)$")
        ax.set(xscale="log", yscale="log")
        # A bar may reach down to rounding, far below all medians, and would flatten them.
        least = min(float(np.nanmin(middle.sel(task=name))), float(data.bound.sel(task=name).min().fillna(np.inf)))
        ax.set_ylim(bottom=0.3 * max(least, summary.ROUNDING))
        ax.set_title(TARGETS[name].formula, fontweight="normal", va="bottom")  # sums reach below the line
        ax.yaxis.set_minor_formatter(NullFormatter())
        _widths(ax, data)
    for ax in axes[-COLUMNS:]:
        ax.set_xlabel("hidden neurons $N$")
    for ax in axes[::COLUMNS]:
        ax.set_ylabel("RMS error")
    shared_legend(fig, axes, ncols=3)
    others = " (grey: other solvers)" if _others(data) else ""
    fig.suptitle(f"Errors with variable projection, by target{others}")
    caption(fig, _by_target_found(data))
    return fig


def _others(data: xr.Dataset) -> list[str]:
    return [str(solver) for solver in data.solver.values if solver != PROJECTION]


def _preferred(data: xr.Dataset, middle: xr.DataArray, solver: str) -> xr.DataArray:
    """The median errors [task, width] of the activation that tuning seeds prefer with this solver, cell by cell."""
    chosen = data.tuning_error.sel(solver=solver).fillna(np.inf).argmin("activation")
    return middle.sel(solver=solver).isel(activation=chosen)


def _broken_line(ax: Axes, width: xr.DataArray, *errors: xr.DataArray, activation: str) -> None:
    """Draw medians with intervals; no line where neighbours differ by more than JUMP, and hollow dots at rounding."""
    middle, low, high = (np.maximum(one.values, summary.ROUNDING) for one in errors)
    color, places = COLORS[activation], width.values.astype(float)
    ax.plot(*_broken(errors[0]), color=color, linewidth=1.2)
    ax.vlines(places, low, high, color=color, linewidth=1, alpha=0.4)
    exact = errors[0].values <= summary.ROUNDING
    ax.plot(places[~exact], middle[~exact], "o-", color=color, markersize=3, linewidth=0)
    ax.plot(places[exact], middle[exact], "o", color=color, markersize=3.5, fillstyle="none", markeredgewidth=0.9)
    ax.plot([], [], "o-", color=color, markersize=3, linewidth=1.2, label=summary.named(activation))


def _broken(error: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Widths and errors, no less than ROUNDING, with nan between neighbours that differ by more than JUMP decades."""
    places, values = error.width.values.astype(float), np.maximum(error.values, summary.ROUNDING)
    at = np.flatnonzero(np.abs(np.diff(np.log10(values))) > JUMP) + 1
    return np.insert(places, at, np.nan), np.insert(values, at, np.nan)


def _by_target_found(data: xr.Dataset) -> str:
    count = {solver: int(summary.rises(data, solver).parts.holds.sum()) for solver in map(str, data.solver.values)}
    first, *others = sorted(count, key=lambda solver: -count[solver])
    told = "".join(f", {count[solver]} with {solver}" for solver in others)
    pairs = data.sizes["task"] * data.sizes["activation"]
    lost, of = summary.diverged(data)
    return (
        f"The median error falls at every fourfold increase of N, or is below {summary.FLOOR:g} of the target's "
        f"standard deviation, in {count[first]} of {pairs} pairs of target and activation with {first}{told}. "
        f"Coloured: medians with variable projection and intervals of {100 * summary.coverage(data):.1f}% or more, cut "
        f"at the lower edge; hollow: {summary.ROUNDING:g} or less, where rounding dominates (some networks equal the "
        f"target); no line where neighbours differ by more than {JUMP} decades. Grey: the activation that tuning "
        f"chose for each other solver. {lost} of {of:,} networks diverged{' (counted as worst)' if lost else ''}. "
        f"{BOUND} It is 0 for |x| and the jump. Scales differ between panels."
    )


def _widths(ax: Axes, data: xr.Dataset) -> None:
    shown = data.width.values[:: 2 if data.sizes["width"] > 5 else 1]
    log_ticks(ax.xaxis, shown, "{:g}")


def _ended(data: xr.Dataset) -> str:
    """A sentence on the share of the settings at which training had ended, by solver."""
    known = data.error.notnull().any("seed")
    share = 1 - (summary.falling(data) & known).sum(("activation", "task", "width")) / known.sum(
        ("activation", "task", "width")
    )
    told = ", ".join(f"{100 * float(share.sel(solver=name)):.0f}% ({name})" for name in data.solver.values)
    return f"Training had ended (its second half lowered the error by a tenth at most) at {told} of the settings."


def rates(data: xr.Dataset) -> Figure:
    """ReLU against N^-2 and what is possible, what training loses by solver, and smooth activations, semilog."""
    fig, axes = plt.subplots(1, 3, figsize=(10.4, 4.75))
    analytic = summary.analytic(data)
    middle = summary.medians(data)[0].sel(task=analytic)
    if "relu" in data.activation:
        _relu(axes[0], axes[1], data, middle.sel(activation="relu"))
    _smooth(axes[2], data, middle)
    for ax, place in zip(axes, ("lower left", "upper left"), strict=False):
        ax.legend(fontsize=9, loc=place)
    axes[2].legend(fontsize=9, loc="center right", bbox_to_anchor=(1, 0.45))  # between the lines of both kinds
    fig.suptitle("Errors on analytic targets by number of neurons")
    caption(fig, _rates_found(data, analytic))
    return fig


def _relu(left: Axes, right: Axes, data: xr.Dataset, middle: xr.DataArray) -> None:
    """Errors of ReLU networks beside the bound, and over those of the best network, where that is known."""
    bound, best = (data[name].sel(task=middle.task) for name in ("bound", "best"))
    falling = summary.falling(data).sel(activation="relu", task=middle.task).sum("task") > data.sizes["task"] // 4
    for solver in data.solver.values:
        one, open_ = middle.sel(solver=solver), falling.sel(solver=solver).values
        for ax, values in ((left, one), (right, one / best)):
            _across(ax, data.width, values, COLORS[solver], str(solver), open_)
    left.plot(data.width, bound.median("task", skipna=False), "--", color=COLORS["theory"], label="bound $E(N+1)$")
    guide = 0.4 * float(bound.median("task")[-1]) * (data.width / data.width[-1]) ** -2.0
    left.plot(data.width, guide, ":", color=COLORS["neutral"], label="slope of $N^{-2}$")
    right.axhline(1, color=COLORS["theory"], linestyle="--", label="best network")
    for ax in (left, right):
        ax.set(xscale="log", yscale="log", xlabel="hidden neurons $N$")
        _widths(ax, data)
    left.set(ylabel="RMS error", title="ReLU, by solver")
    right.set(ylabel="RMS error / that of the best network", title="ReLU, relative to the best")
    low, high = right.get_ylim()
    log_ticks(
        right.yaxis, [n for n in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if low <= n <= high], "{:g}"
    )


def _across(
    ax: Axes, width: xr.DataArray, values: xr.DataArray, color: str, label: str, open_: np.ndarray, style: str = "-"
) -> None:
    """The median over the targets with the middle half of them; hollow where training had not ended (`open_`)."""
    low, middle, high = (values.quantile(q, "task", skipna=False).values for q in (0.25, 0.5, 0.75))
    ax.fill_between(width, low, high, color=color, alpha=0.13, linewidth=0)
    ax.plot(width, middle, style, color=color)
    ax.plot(width[~open_], middle[~open_], "o", color=color, markersize=4.5)
    ax.plot(width[open_], middle[open_], "o", color=color, markersize=4.5, markerfacecolor="white")
    ax.plot([], [], f"o{style}", color=color, label=label, markersize=4.5)


def _smooth(ax: Axes, data: xr.Dataset, middle: xr.DataArray) -> None:
    for activation in data.activation.values:
        y = middle.sel(solver=PROJECTION, activation=activation).median("task", skipna=False)
        known = np.isfinite(y)
        dashes = "o-" if activation in summary.SMOOTH else "o:"
        ax.plot(
            data.width[known],
            y[known],
            dashes,
            color=COLORS[activation],
            label=summary.named(str(activation)),
            markersize=4,
        )
    ax.set(yscale="log", xlabel="hidden neurons $N$ (square-root scale)", ylabel="RMS error", title="All activations")
    # Errors that fall as exp(-c sqrt(N)) lie on a straight line.
    ax.set_xscale("function", functions=(lambda n: np.sqrt(np.maximum(n, 0)), np.square))
    ax.set_xticks(data.width.values[data.width.values != 2])


def _steps(data: xr.Dataset) -> str:
    """A sentence on how many steps each solver takes."""
    told = ", ".join(f"{name} {steps:,}" for name, steps in data.attrs["steps"].items())
    return f"Training steps at every N: {told}. "


def _rates_found(data: xr.Dataset, analytic: list[str]) -> str:
    text = ""
    if "relu" in data.activation:
        slopes = {s: [summary.slope(data, s, "relu", t) for t in analytic] for s in data.solver.values}
        parts = [
            f"{np.median([one.slope for one in found if one]):.2f} ({name})"
            for name, found in slopes.items()
            if any(found)
        ]
        if parts:
            text += (
                f"Left: from N = {summary.SLOPE_FROM} to {summary.SLOPE_TO} the median slope of ReLU networks is "
                f"{', '.join(parts)}; that of E(N + 1) is {np.median(summary.bound_slopes(data, analytic)):.2f}. "
            )
        text += _over_the_best(data, analytic)
    laws = summary.laws(data)
    if len(laws.order):
        text += (
            f"Right (variable projection; smooth activations solid): in {int(laws.parts.holds.sum())} of "
            f"{len(laws.order)} pairs of smooth activation and target, errors fall faster than any power of N: "
            f"$\\exp(-c\\sqrt{{N}})$ fits better in {100 * (1 - summary.TAIL):.1f}% of resamples, and the last slope "
            f"is -{summary.LEAST_ORDER} or steeper ({int(laws.parts.undecided.sum())} undecided). "
        )
    where = f"; in the middle up to N = {BEST}, where the best network is computed" if data.width[-1] > BEST else ""
    return (
        f"{text}Lines: medians over {len(analytic)} analytic targets of the medians over seeds; bands: middle half of "
        f"the targets{where}. Rate and scale are tuned for each setting. {_steps(data)}{_ended(data)} Hollow: it had "
        f"not ended on more than {data.sizes['task'] // 4} of the targets. {BOUND}"
    )


def _over_the_best(data: xr.Dataset, analytic: list[str]) -> str:
    """A sentence on the middle panel's ratios at the greatest width whose best network is computed."""
    best = data.best.sel(task=analytic)
    known = best.width.values[best.notnull().all("task").values]
    if not known.size:
        return ""
    ratio = (summary.medians(data)[0].sel(activation="relu", task=analytic) / best).sel(width=known[-1])
    parts = [
        f"{float(one):.1f} ({one.solver.item()})"
        for one in ratio.median("task", skipna=False)
        if np.isfinite(float(one))
    ]
    return f"Middle: at N = {known[-1]} errors of ReLU networks are {', '.join(parts)} times the best network's. "


def seconds(data: xr.Dataset) -> Figure:
    """The error of each solver against its time on the clock, one panel for a network and target."""
    cases = data.case.values
    fig, axes = panels(len(cases), 2, (4.6 if len(cases) > 1 else 6.5, 3.3))
    for ax, case in zip(axes, cases, strict=True):
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
        ax.set(xscale="log", yscale="log", title=f"{summary.named(activation)}, {TARGETS[task].formula}, $N$ = {width}")
        ax.set(xlabel="time for 8 networks (s)", ylabel="RMS error")
    shared_legend(fig, axes)
    fig.suptitle("Errors of the solvers by training time")
    won = sum(str(data.solver.values[int(_last(data, case).argmin())]) == PROJECTION for case in cases)
    exact = (
        f"Errors of ReLU networks are integrated exactly. {BOUND}"
        if any(case.startswith("relu") for case in cases)
        else ""
    )
    caption(
        fig,
        f"Variable projection ends with the lowest error in {won} of {len(cases)} cases. {_stopped(data)}All solvers "
        "train 8 networks at a time, in turns, in one process, from the same initial weights except for their scale, "
        "which is tuned for each solver; compiling is not counted. Lines: medians; bands: middle half of the networks. "
        f"{exact}",
    )
    return fig


def _stopped(data: xr.Dataset) -> str:
    """A sentence on where the most steps cut Adam's curves short, and which solver was ahead then."""
    if "Adam" not in data.solver or data.sizes["solver"] < 2:
        return ""
    last = data.case_seconds.max("point")
    adam = last.sel(solver="Adam")
    if not bool((adam < last.drop_sel(solver="Adam").min("solver")).all()):
        return ""
    until = data.case_error.sel(quartile=0.5).where(data.case_seconds <= adam)
    ahead = until.min("point").fillna(np.inf).idxmin("solver") == PROJECTION
    return (
        f"Adam stops at {STEPS[1]:,} steps, after {float(adam.min()):.2g} to {float(adam.max()):.2g} s; by then "
        f"variable projection has the lowest error so far in {int(ahead.sum())} of {ahead.size} cases. "
    )


def _last(data: xr.Dataset, case: str) -> np.ndarray:
    """The last median error of every solver."""
    middle = data.case_error.sel(case=case, quartile=0.5)
    return np.array([row[np.isfinite(row)][-1] for row in middle.transpose("solver", "point").values])


def fits(data: xr.Dataset) -> Figure:
    """Networks with the median error at a few widths, and the centres of their units."""
    shown, widths, x = data.shown.values, data.fit_width.values, data.fit_x
    fig, axes = plt.subplots(
        len(shown), len(widths), figsize=(3.6 * len(widths) + 0.4, 2.5 * len(shown) + 0.4), sharex=True, sharey=True,
        squeeze=False,
    )  # fmt: skip
    low, high = float(data.fit_target.min()), float(data.fit_target.max())
    height = high - low
    for row, activation in zip(axes, shown, strict=True):
        for ax, width in zip(row, widths, strict=True):
            one = data.sel(shown=activation, fit_width=width)
            ax.plot(x, data.fit_target, color=COLORS["reference"], linewidth=1, label="target")
            ax.plot(x, one.fit, color=COLORS[activation], label="network")
            knots = one.fit_knots.values[np.abs(one.fit_knots.values) <= 1]
            ax.plot(knots, np.full(len(knots), low - 0.2 * height), "|", color=COLORS[activation], markersize=9)
            ax.set_title(
                powers(f"{summary.named(str(activation))}, $N$ = {width}: error {float(one.fit_error):.2g}"),
                fontsize=10,
            )
            ax.set_ylim(low - 0.3 * height, high + 0.2 * height)
    for ax in axes[-1]:
        ax.set_xlabel("$x$")
    for row in axes:
        row[0].set_ylabel("output")
    fig.suptitle("Fits of trained networks and the centres of their neurons")
    last = data.isel(fit_width=-1)
    errors = ", ".join(f"{float(last.fit_error.sel(shown=name)):.2g} ({summary.named(str(name))})" for name in shown)
    caption(
        fig,
        f"With N = {int(last.fit_width)} the RMS error is {errors}. Target: "
        f"{TARGETS[data.attrs['shown_target']].formula}, rescaled to [-1, 1] (black). The networks were trained by "
        "variable projection; of the reported seeds the one with the median error is shown. Marks below: centres "
        "$-b/w$ of the neurons within the interval, which are the knots of ReLU.",
    )
    return fig


def film(data: xr.Dataset) -> Film:
    """Fits as training goes on, for more and more neurons, with their knots, and their errors beside the bound."""
    shown, widths, moments = data.shown.values, data.film_width.values, data.sizes["moment"]
    fig, axes = plt.subplots(1, len(shown) + 1, figsize=(9.2, 3.3), width_ratios=[1.15] * len(shown) + [1])
    lines, marks, points, trails = [], [], [], []
    target = data.fit_target.values
    height = float(np.ptp(target))
    low = target.min() - 0.28 * height
    _axes(axes[-1], data)
    for ax, activation in zip(axes, shown, strict=False):
        style = {"color": COLORS[activation]}
        ax.plot(data.fit_x, target, color=COLORS["neutral"], linewidth=1.2)
        lines += ax.plot(data.film_x, np.zeros(data.sizes["film_x"]), linewidth=2.2, **style)
        marks += ax.plot([], [], "|", markersize=9, markeredgewidth=1.4, **style)
        ax.set(xlim=(-1, 1), ylim=(low, target.max() + 0.15 * height), xlabel="$x$ (marks: centres)", xticks=[])
        ax.set_title(summary.named(str(activation)), color=COLORS[activation], fontsize=13)
        trails += axes[-1].plot([], [], "o-", label=summary.named(str(activation)), markersize=5, **style)
        points += axes[-1].plot([], [], "o", fillstyle="none", markersize=9, markeredgewidth=2, **style)
    axes[-1].legend(loc="lower left", fontsize=10)
    title = fig.suptitle(_told(data, len(widths) - 1, moments - 1), fontsize=14)
    frames = [(j, k) for j in range(len(widths)) for k in [*range(moments), *[moments - 1] * HELD]]

    def draw(frame: int) -> None:
        j, k = frames[frame]
        title.set_text(_told(data, j, k))
        for i in range(len(shown)):
            knots = data.film_knots.values[i, j, k]
            knots = knots[np.abs(knots) <= 1]
            lines[i].set_ydata(data.film.values[i, j, k])
            marks[i].set_data(knots, np.full(len(knots), low + 0.09 * height))
            points[i].set_data([widths[j]], [data.film_error.values[i, j, k]])
            trails[i].set_data(widths[:j], data.film_error.values[i, :j, -1])

    return Film(fig, draw, len(frames), RATE)


def _told(data: xr.Dataset, j: int, k: int) -> str:
    formula = TARGETS[data.attrs["shown_target"]].formula
    return f"{int(data.film_width[j])} neurons learn {formula}: step {int(data.film_step[j, k])}"


def _axes(ax: Axes, data: xr.Dataset) -> None:
    """Prepare the axes of the errors, with the bound of ReLU networks."""
    widths = data.film_width.values
    bound = data.bound.sel(task=data.attrs["shown_target"], width=widths)
    if bool(np.isfinite(bound).any()):
        ax.plot(widths, bound, "--", color=COLORS["theory"], label="ReLU bound", linewidth=1.3)
    lowest = np.fmin(data.film_error.min(), bound.min())
    ax.set(xscale="log", yscale="log", xlim=(widths[0] / 1.5, widths[-1] * 1.5))
    ax.set_ylim(max(float(lowest) / 3, 1e-17), 3)
    ax.set(xlabel="hidden neurons", ylabel="RMS error")
    ax.set_title("error", fontsize=13)
    log_ticks(ax.xaxis, widths, "{:g}")
    ax.minorticks_off()
