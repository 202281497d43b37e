"""The figures of `fastest`: the ranking with its ties, the published orders, learning curves, and what was tuned."""

import string

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.activations.fastest.pairs import groups
from experiments.activations.fastest.tasks import TASKS
from experiments.activations.fastest.verdicts import (
    FASTER,
    MARGIN,
    ORDERS,
    SLOWER,
    Compared,
    Key,
    all_pairs,
    compared,
    every,
    median_steps,
    outcomes,
)  # fmt: skip
from experiments.activations.shared.names import NAMES
from experiments.lab.figures import (
    BLUE,
    COLORS,
    ORANGE,
    caption,
    log_ticks,
    panels,
    shared_legend,
)  # fmt: skip

# Relatives share a colour: leaky ReLU has that of ReLU, softplus that of its derivative, SiLU that of GELU.
STYLES = {
    "sigmoid": (COLORS["sigmoid"], "-"), "tanh": (COLORS["tanh"], "-"), "relu": (COLORS["relu"], "-"),
    "leaky_relu": (COLORS["relu"], "--"), "elu": (COLORS["elu"], "-"), "gelu": (COLORS["gelu"], "-"),
    "silu": (COLORS["gelu"], "--"), "softplus": (COLORS["sigmoid"], "--"), "sin": (COLORS["sin"], "-"),
}  # fmt: skip
OF_SOLVER = {"momentum": BLUE, "Adam": ORANGE}
TICKS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)  # of steps: some panels span little more than a decade
RATE_TICKS = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
FLOOR = 1e-3  # where less than this is left to learn, it is drawn here
TOP = 1.5  # learning curves are cut off above


def figures(data: xr.Dataset) -> dict[str, Figure]:
    """Draw the figures `ranking`, `claims` (if a published order is compared), `learning_curves` and `tuning`."""
    drawn = {
        "ranking": _ranking(data, compared(data, all_pairs(data))),
        "learning_curves": _curves(data),
        "tuning": _tuning(data),
    }
    if any(one.fast in data.activation and one.slow in data.activation for one in ORDERS):
        drawn["claims"] = _claims(data, compared(data, data.sizes["solver"] * data.sizes["task"]))
    return drawn


def letters(one: Compared, names: list[str]) -> list[str]:
    """The letters of the tied groups that each activation is in; `names` come fastest first."""
    tied = np.array([[a == b or not (one.ahead(a, b) or one.ahead(b, a)) for b in names] for a in names])
    marks = [""] * len(names)
    for letter, group in zip(string.ascii_lowercase, groups(tied), strict=False):
        for i in group:
            marks[i] += letter
    return marks


def _ranking(data: xr.Dataset, found: dict[Key, Compared]) -> Figure:
    tasks, solvers = data.task.values.tolist(), data.solver.values.tolist()
    count = data.sizes["activation"]
    size = (5.2 * len(solvers), (0.23 * count + 0.75) * len(tasks) + 0.5)
    fig, axes = plt.subplots(len(tasks), len(solvers), figsize=size, squeeze=False, sharex="row")
    first: dict[Key, list[str]] = {}
    for row, task in zip(axes, tasks, strict=True):
        for ax, solver in zip(row, solvers, strict=True):
            first[solver, task] = _one_ranking(ax, data, solver, task, found[solver, task])
            ax.set_title(f"{task}, {solver}")
        cap = float(data.cap.sel(task=task).max())
        fewest = float(data.steps.sel(task=task).median("seed").min())
        row[0].set_xlim(max(0.7, min(fewest, cap) / 2), cap)
        log_ticks(row[0].xaxis, TICKS)
    for ax in axes[-1]:
        ax.set_xlabel("training steps until the level is reached")
    space = " " if len(solvers) > 1 else "\n"
    fig.suptitle(f"Steps that each activation needs to learn a task,{space}the fastest on top")
    caption(
        fig,
        f"The fastest activation, with those tied with it: {_winners(first, solvers, tasks)}. Points: medians of "
        f"{data.sizes['seed']} fresh seeds with 95% intervals, rate and initial scale tuned for each, to arrive in few "
        "steps; arrows: more than half of the networks do not arrive in the steps allowed (right edge). Activations "
        "that share a letter are tied: the interval of the median ratio of their steps does not lie beyond a factor of "
        f"{MARGIN:g} (95% for all {all_pairs(data)} pairs together). {_hollow(data)}{ARRIVAL} {_levels(tasks)} "
        f"{_looks(tasks)} {TUNED} {_starred(found)}",
    )
    return fig


ARRIVAL = "Steps count until the level at which a task counts as learned is first reached."
# What no interval of these figures covers.
TUNED = "No interval includes the randomness of tuning."
QUANTITIES = {"share of the variance": "unexplained share of the target's variance"}  # in more words than in `TASKS`


def _winners(first: dict[Key, list[str]], solvers: list[str], tasks: list[str]) -> str:
    """A clause on which activations are fastest on which tasks; solvers are named where they differ."""
    by_winner: dict[str, list[str]] = {}
    for task in tasks:
        won = {solver: " = ".join(first[solver, task]) for solver in solvers}
        for solver, winner in won.items():
            same = len(set(won.values())) == 1
            where = by_winner.setdefault(winner, [])
            if not same or task not in where:
                where.append(task if same else f"{task} ({solver})")
    return "; ".join(f"{winner} on {', '.join(where)}" for winner, where in by_winner.items())


def _hollow(data: xr.Dataset) -> str:
    """Which activations have the colour of a relative, and are drawn hollow."""
    names = [NAMES[name] for name in map(str, data.activation.values) if STYLES[name][1] != "-"]
    return f"Hollow points, in the colour of a related activation: {', '.join(names)}. " if names else ""


def _levels(tasks: list[str]) -> str:
    of: dict[str, list[str]] = {}
    for task in tasks:
        of.setdefault(f"{_quantity(task)} {TASKS[task].level:g}", []).append(task)
    return f"The level: {'; '.join(f'{level} ({", ".join(those)})' for level, those in of.items())}."


def _quantity(task: str) -> str:
    """What is left to learn, in words."""
    return QUANTITIES.get(TASKS[task].quantity, TASKS[task].quantity)


def _looks(tasks: list[str]) -> str:
    """A sentence on how far intervals are widened for the steps between two checks of the level."""
    most = max(every(task) for task in tasks)
    return f"The level is checked every {most} steps or more often, and intervals allow for it." if most > 1 else ""


def _starred(found: dict[Key, Compared]) -> str:
    ends = sum(sum(one.at_end.values()) for one in found.values())
    return f"Stars ({ends}): the best rate or scale is the lowest or highest tried." if ends else ""


def _one_ranking(ax: Axes, data: xr.Dataset, solver: str, task: str, one: Compared) -> list[str]:
    """Draw one task and solver; return the fastest activation and those that are tied with it."""
    cap = float(data.cap.sel(solver=solver, task=task))
    medians = {name: median_steps(data, solver, task, name) for name in data.activation.values.tolist()}
    arrived = np.isfinite(data.steps.sel(solver=solver, task=task)).sum("seed")
    names = sorted(medians, key=lambda name: (medians[name].estimate, -int(arrived.sel(activation=name))))
    marks = letters(one, names)
    for place, (name, mark) in enumerate(zip(names, marks, strict=True)):
        color, (middle, low, high) = STYLES[name][0], medians[name]
        if np.isfinite(low):
            ax.plot([low, min(high, cap)], [place, place], color=color, linewidth=2.2)
        if np.isfinite(middle):
            ax.plot(middle, place, "o", color=color, fillstyle="full" if STYLES[name][1] == "-" else "none",
                    markeredgewidth=1.6, markersize=6)  # fmt: skip
        else:
            ax.plot(cap, place, ">", color=color, markersize=7, clip_on=False)
        ax.text(1.035, place, mark, transform=ax.get_yaxis_transform(), va="center", size=9.5, family="monospace")
    labels = [f"{NAMES[name]}{'*' if one.at_end[name] else ''}" for name in names]
    ax.set(xscale="log", yticks=range(len(names)), ylim=(len(names) - 0.5, -0.5), yticklabels=labels)
    ax.tick_params(axis="y", length=0, labelsize=9)
    return [NAMES[name] for name, mark in zip(names, marks, strict=True) if set(mark) & set(marks[0])]


def _claims(data: xr.Dataset, found: dict[Key, Compared]) -> Figure:
    known = [one for one in ORDERS if one.fast in data.activation and one.slow in data.activation]
    tasks, solvers = data.task.values.tolist(), data.solver.values.tolist()
    columns = min(4, len(known))
    fig, axes = panels(len(known), columns, (2.6, max(0.33 * len(tasks) + 1.3, 2.4)))
    total = len(tasks) * len(solvers)
    offsets = (np.arange(len(solvers)) - (len(solvers) - 1) / 2) * 0.3
    holding = reversed_ = 0
    for number, (ax, one) in enumerate(zip(axes, known, strict=True)):
        seen = outcomes(one, found)
        faster, slower = (list(seen.values()).count(way) for way in (FASTER, SLOWER))
        holding, reversed_ = holding + (faster == total), reversed_ + (slower > 0)
        limits = LIMITS if max(one.times, default=0) < LIMITS[1] else WIDE
        ax.axvspan(1 / MARGIN, MARGIN, color=COLORS["neutral"], alpha=0.2, linewidth=0)
        ax.axvline(1, color=COLORS["neutral"], linewidth=1)
        if one.times:
            ax.plot(one.times, np.full(len(one.times), -0.85), "D-", color=COLORS["reference"], markersize=5)
        for solver, offset in zip(solvers, offsets, strict=True):
            for place, task in enumerate(tasks):
                pair, color = found[solver, task].pairs[one.fast, one.slow], OF_SOLVER[solver]
                ends = np.clip([pair.low, pair.high], *limits)
                ax.plot(ends, [place + offset] * 2, color=color, linewidth=1.5)
                style = "full" if seen[solver, task] in (FASTER, SLOWER) else "none"
                ax.plot(np.clip(pair.ratio, *limits), place + offset, "o", color=color, fillstyle=style, markersize=5)
        ax.set(xscale="log", xlim=limits, ylim=(len(tasks) - 0.4, -1.3), yticks=range(len(tasks)))
        ax.set_yticklabels(tasks if number % columns == 0 else [""] * len(tasks))
        log_ticks(ax.xaxis, [0.1, 0.3, 1, 3, 10] if limits == LIMITS else [0.1, 1, 10, 100])
        title = f"{NAMES[one.slow]} / {NAMES[one.fast]}\n{NAMES[one.fast]}: {faster} faster, {slower} slower"
        ax.set_title(title, fontsize=10)
        if number >= len(known) - columns:  # nothing is drawn below it
            ax.set_xlabel("ratio of steps")
    handles = [Line2D([], [], marker="o", color=OF_SOLVER[solver], label=solver) for solver in solvers]
    handles.append(Line2D([], [], marker="D", color=COLORS["reference"], label="published"))
    fig.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    fig.suptitle("Ratio of training steps of two activations, for each task and solver")
    greatest = ", ".join(
        f"{max(setting.pairs[one.fast, one.slow].ratio for setting in found.values()):.2g} "
        f"({NAMES[one.slow]} / {NAMES[one.fast]})"
        for one in known if one.times
    )  # fmt: skip
    published = (
        f"Black: published ratios, on other tasks; the greatest ratios here are {greatest}. " if greatest else ""
    )
    caption(
        fig,
        f"{holding or 'None'} of the {len(known)} claimed orders hold{'s' * (holding < 2)} in all {total} settings (a "
        f"task and a solver), and {reversed_} {'is' if reversed_ == 1 else 'are'} reversed in some. Points: medians "
        f"over {data.sizes['seed']} seeds of the ratio of steps, right of 1 where the claimed order holds, with "
        "intervals that hold together in all settings (95%). Filled: one activation is faster by a factor of more "
        f"than {MARGIN:g}, as counted in the titles. Hollow: the two are level (the interval lies in the grey band), "
        "or it is open which is faster, because of the interval or because a rate or scale beyond those tried might "
        f"be better. {ARRIVAL} {_looks(tasks)} {TUNED} {published}What lies beyond a panel is drawn at its edge.",
    )
    return fig


LIMITS, WIDE = (0.1, 10.0), (0.1, 800.0)  # of the ratios; the latter where the published ones need it


def _grid(data: xr.Dataset, **share) -> tuple[Figure, np.ndarray]:
    """A grid of panels, with a row for each task and a column for each solver."""
    rows, columns = data.sizes["task"], data.sizes["solver"]
    size = (max(4.7 * columns, 7), 2.2 * rows + 1.1)
    return plt.subplots(rows, columns, figsize=size, squeeze=False, **share)


def _lines(data: xr.Dataset, fig: Figure, axes: np.ndarray, x: str, y: str) -> None:
    """One line for each activation in each panel."""
    for row, task in zip(axes, data.task.values.tolist(), strict=True):
        for ax, solver in zip(row, data.solver.values.tolist(), strict=True):
            one = data.sel(solver=solver, task=task)
            for name in data.activation.values.tolist():
                color, line = STYLES[name]
                ax.plot(one[x], one[y].sel(activation=name), line, color=color, label=NAMES[name], linewidth=1.5)
            ax.set_title(f"{task}, {solver}")
            ax.set_xscale("log")
    shared_legend(fig, list(axes.flat), ncols=5)


def _curves(data: xr.Dataset) -> Figure:
    fig, axes = _grid(data, sharex="row", sharey="row")
    tasks = data.task.values.tolist()
    # A network stops at the level, so its curve says nothing beyond.
    before = (data.curve > data.level).shift(point=1, fill_value=True).astype(int).cumprod("point") == 1
    shown = data.curve.where(before).clip(min=FLOOR)
    start = xr.DataArray([every(task) / 2 for task in tasks], {"task": tasks})  # of step 0
    _lines(data.assign(curve=shown, curve_step=np.maximum(data.curve_step, start)), fig, axes, "curve_step", "curve")
    for row, task in zip(axes, tasks, strict=True):
        row[0].set_ylabel("left to learn (median)", size=9)
        level = max(TASKS[task].level, FLOOR)
        for ax in row:
            ax.axhline(level, color=COLORS["reference"], linewidth=0.9, linestyle=":")
            ax.set_yscale("log")
            ax.set_ylim(level / 1.3, TOP)
            log_ticks(ax.xaxis, TICKS)
            log_ticks(ax.yaxis, [level, *(tick for tick in (0.01, 0.1, 1) if tick > level)], "{:g}")
    for ax in axes[-1]:
        ax.set_xlabel("training steps")
    fig.suptitle("Learning curves, down to the level at which a task counts as learned")
    shares = np.isfinite(data.steps).mean("seed")
    fewest = shares.where(shares == shares.min(), drop=True)
    where = [str(fewest[name].values[0]) for name in ("activation", "task", "solver")]
    least = f"; the fewest with {NAMES[where[0]]} on {where[1]} with {where[2]} ({float(shares.min()):.0%})"
    drawn_at = f" For the spirals it is 0, drawn at {FLOOR:g}." if "spirals" in tasks else ""
    quantities: dict[str, list[str]] = {}
    for task in tasks:
        quantities.setdefault(_quantity(task), []).append(task)
    above = ((data.curve > data.level) | data.curve.isnull()).all("point").transpose("task", "solver", "activation")
    late = ", ".join(
        f"{NAMES[str(data.activation.values[k])]} on {tasks[i]} with {data.solver.values[j]}"
        for i, j, k in np.argwhere(above.values)
    )
    stopped = f" Lines that end above the level ({late}) end with the steps allowed." if late else ""
    above_top = f" Lines are cut off above {TOP:g}." if float(shown.max()) > TOP else ""
    caption(
        fig,
        f"In {int((shares == 1).sum())} of {shares.size} cases (activation, task and solver) all {data.sizes['seed']} "
        f"networks reach the level in the steps allowed{least if shares.min() < 1 else ''}. Lines: medians of fresh "
        "seeds at tuned rates and scales. Left to learn: "
        f"{'; '.join(f'{quantity} ({", ".join(those)})' for quantity, those in quantities.items())}. Dotted: the "
        f"level, at which training stops.{drawn_at}{stopped}{above_top} Step 0 is drawn at "
        f"{' or '.join(f'{place:g}' for place in np.unique(start))}.",
    )
    return fig


def _tuning(data: xr.Dataset) -> Figure:
    fig, axes = _grid(data, sharey="row")
    _lines(data, fig, axes, "rates", "tuning_steps")
    for row, task in zip(axes, data.task.values.tolist(), strict=True):
        row[0].set_ylabel("steps until learned", size=9)
        for ax, solver in zip(row, data.solver.values.tolist(), strict=True):
            one = data.sel(solver=solver, task=task)
            for name in data.activation.values.tolist():
                best = one.sel(activation=name)
                height = best.tuning_steps[np.nanargmin(abs(best.rates.values - float(best.learning_rate)))]
                ax.plot(best.learning_rate, height, "o", color=STYLES[name][0], markersize=4)
            ax.set_yscale("log")
            log_ticks(ax.xaxis, RATE_TICKS)
            log_ticks(ax.yaxis, TICKS)
    for ax in axes[-1]:
        ax.set_xlabel("learning rate")
    fig.suptitle("Steps until a task counts as learned, by learning rate")
    span = data.tuning_steps.max("rate") / data.tuning_steps.min("rate")
    rates = data.learning_rate.max("activation") / data.learning_rate.min("activation")
    ends = int(((data.rate_at_end != 0) | (data.scale_at_end != 0)).sum())
    scales = data.init_scale.median(("solver", "task"))
    names = sorted(data.activation.values.tolist(), key=lambda name: -float(scales.sel(activation=name)))
    medians = ", ".join(f"{float(scales.sel(activation=name)):g} ({NAMES[name]})" for name in names)
    caption(
        fig,
        f"The worst rate tried takes up to {float(span.max()):.0f} times the steps of the best, and the best rates of "
        f"two activations differ by up to a factor of {float(rates.max()):.0f} on one task, so each activation has "
        "its own (points). Initial scales (1 is LeCun's, 1.4 He's) were tuned with the rates; the medians of the "
        f"best are {medians}. Lines: the first round of tuning, geometric means of {data.attrs['tuning_seeds']} "
        "seeds, each rate at its best scale; networks that do not arrive count with all steps allowed. Points: the "
        f"rates that won when the best {data.attrs['finalists']} pairs of a rate and a scale were compared on "
        f"{data.attrs['final_seeds']} other seeds. No reported network has one of these seeds. In {ends} of "
        f"{data.learning_rate.size} cases the best rate or scale is the lowest or highest tried.",
    )
    return fig
