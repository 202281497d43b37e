"""Do trained networks approximate a function better the more neurons they have, and how fast does the error fall?

Theorems say that networks with one hidden layer approximate any continuous function as well as one likes; they do not
say that training finds these networks. Here networks 1-N-1 with up to 64 neurons learn twelve functions, moved to
-1 <= x <= 1, by mean squared error. Their neurons start with centres all over the interval. The learning rate of Adam
and the size of the initial weights are tuned for every solver, activation, target and N. Tuning is on two seeds that
are not reported, by the error at points that are not reported. A value at an end of its grid is taken only if its error
is a tenth smaller than those of all values inside.

Every solver takes the same number of steps at every N. There are 8,000 of Adam (float32, batches of 64 rows, cosine
schedule), 1,600 of L-BFGS and 120 of variable projection (float64). In variable projection, least squares solves for
the output weights. There are 16 seeds, and 8 with more than 16 neurons (Adam: always 16). Errors are root mean squares
over the interval: exact, piece by piece, for ReLU networks, and for others at 3,000 points between the training points.
Rates of decrease are taken seed by seed, over the N before the median error is down to 1e-11, where rounding dominates.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import average, equally, exact, mapped, mean, median, slope, spread, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, TEXTBOOK, Statement, below, within
from experiments.universal_approximation import one_input
from nnjax import training, tuning
from nnjax.tasks import TARGETS

ANALYTIC = tuple(name for name in TARGETS if TARGETS[name].analytic)
SMOOTH = ("sigmoid", "tanh", "gelu", "sin")
ACTIVATIONS = (*SMOOTH[:2], "relu", *SMOOTH[2:], "elu")  # the slope of ELU is continuous, its curvature is not
PROJECTION = "variable projection"
SOLVERS: dict[str, dict[str, Any]] = {  # L-BFGS finds its step lengths, and variable projection its damping
    "Adam": {"solver": "adam", "schedule": "cosine", "dtype": "float32"},
    "L-BFGS": {"solver": "bounded_lbfgs", "dtype": "float64", "rates": (1.0,)},
    PROJECTION: {"solver": "variable_projection", "dtype": "float64", "rates": (10.0,)},
}
FIRST_SEED = 100  # those below had been seen before the first rules were written
SHOWN, SHOWN_TARGET, SHOWN_WIDTHS = ("relu", "tanh"), "chirp", (4, 16, 64)  # networks that are drawn

Stage = tuple[str, int, int, int, int]  # solver, up to this width: training rows, seeds, steps


@dataclass(frozen=True)
class Config:
    widths: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64)  # hidden neurons N
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    targets: Annotated[tuple[str, ...], one_of(TARGETS)] = tuple(TARGETS)
    rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)  # learning rates of Adam that are tried
    scales: tuple[float, ...] = (0.0625, 0.25, 1.0, 4.0, 16.0, 64.0, 256.0)  # sizes of the initial weights, as well
    tuning_seeds: int = 2  # never reported
    # solver, greatest width, training rows, reported seeds, steps
    stages: Annotated[tuple[Stage, ...], at_least(rising=False)] = (
        ("Adam", 64, 1024, 16, 8000), ("L-BFGS", 16, 256, 16, 1600), ("L-BFGS", 64, 512, 8, 1600),
        (PROJECTION, 16, 1024, 16, 120), (PROJECTION, 64, 1024, 8, 120),
    )  # fmt: skip


QUICK = Config(
    widths=(2, 8), activations=("relu",), targets=("sine", "chirp"), rates=(0.1,), scales=(4.0,),
    stages=(("Adam", 8, 64, 4, 100), (PROJECTION, 8, 64, 4, 10)),
)  # fmt: skip

NAMES = {
    "solver": "solver", "activation": "activation", "task": "target", "width": "hidden neurons $N$",
    "fit_x": "$x$", "fit": "output", "error": "RMS error",
    "value": "median RMS error", "low": "lower end of its 95% interval", "high": "upper end of its 95% interval",
    "halfway": "median RMS error after half of the steps",
    "rate": "tuned learning rate; fixed for L-BFGS and variable projection",
    "scale": "tuned size of the first hidden weights",
    "at_end": "whether the rate or the size is the least or the greatest tried",
    "bound": "of ReLU: E(N + 1), RMS error of the best N + 1 straight pieces; empty where it is 0",
    "best": "of ReLU: RMS error of the best network of N neurons; empty where it is 0",
    "fourfold": "what four times as many neurons multiply the error by",
}  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    if any(stage[0] not in SOLVERS or stage[3] < 2 or stage[4] % 2 for stage in config.stages):
        raise ValueError(
            f"stages={config.stages!r} must each have a solver of {', '.join(SOLVERS)}, 2 seeds or more, and an even "
            "number of steps"
        )
    if max((stage[1] for stage in config.stages if stage[0] == PROJECTION), default=0) < config.widths[-1]:
        raise ValueError(f"stages={config.stages!r} must train all widths={config.widths!r} with {PROJECTION}")


def run(config: Config) -> xr.Dataset:
    """Errors [solver, activation, task, width, seed], references [task, width], and some networks to draw."""
    check(config)
    found, drawn = {}, []
    target = SHOWN_TARGET if SHOWN_TARGET in config.targets else config.targets[0]
    shown = [name for name in SHOWN if name in config.activations] or list(config.activations[:1])
    shown_widths = [width for width in SHOWN_WIDTHS if width in config.widths] or [config.widths[-1]]
    for solver in SOLVERS:
        for width in config.widths:
            stage = next((one for one in config.stages if one[0] == solver and width <= one[1]), None)
            if stage is None:
                continue
            errors, weights = _train(stage, width, config)
            found.setdefault(solver, []).append(errors.expand_dims(width=[width]))
            if solver == PROJECTION and width in shown_widths:
                parts = [_fit(errors, weights, name, target, shown_widths[-1]) for name in shown]
                drawn.append(xr.concat(parts, "shown"))
    parts = [xr.concat(one, "width", join="outer") for one in found.values()]
    data = xr.concat(parts, xr.Variable("solver", list(found)), join="outer")
    data = data.transpose("solver", "activation", "task", "width", "seed")
    known = np.array([[one_input.references(task, width) for width in config.widths] for task in config.targets])
    data = data.assign(bound=(("task", "width"), known[..., 0]), best=(("task", "width"), known[..., 1]))
    fits: Any = xr.concat(drawn, xr.Variable("fit_width", shown_widths)).transpose("shown", "fit_width", ...)
    fits = fits.assign_coords(shown=shown, fit_target=("fit_x", one_input.moved(target)[0](fits.fit_x.values)))
    return xr.merge([data, fits.reset_coords("fit_target")]).assign_attrs(shown_target=target)


def _train(stage: Stage, width: int, config: Config) -> tuple[xr.Dataset, xr.DataArray]:
    """Errors [activation, task, seed] after all steps and after half of them, with the tuned numbers [activation,
    task]; and the weights at the end."""
    solver, _, rows, seeds, steps = stage
    settings = dict(SOLVERS[solver])
    rates = settings.pop("rates", config.rates)
    batches = solver == "Adam" and rows > one_input.BATCH and rows % one_input.BATCH == 0
    data, others = (
        {task: one_input.problem(task, rows, batches, for_tuning) for task in config.targets}
        for for_tuning in (False, True)
    )
    if batches:
        settings |= {"batch_size": one_input.BATCH, "order": "sequential"}
    train = partial(
        nnjax.sweep, hidden=(width,), activation=[one_input.function(name) for name in config.activations],
        model=one_input.MODEL, padding=False, measure={"weights": one_input.weights}, record_every=steps // 2,
        **settings,
    )  # fmt: skip
    tuned = train(
        others, learning_rate=list(rates), init_scale=list(config.scales), seeds=tuning.seeds(config.tuning_seeds),
        num_steps=steps,
    )  # fmt: skip
    chosen = choose(tuned.test_loss)
    fresh = partial(
        train, data, learning_rate=chosen.rate, init_scale=chosen.scale, seeds=range(FIRST_SEED, FIRST_SEED + seeds)
    )
    runs = fresh(num_steps=steps)
    half = fresh(num_steps=steps // 2) if solver == "Adam" else runs  # Adam's rate falls to 0 with its schedule
    chosen, runs, half = (one.assign_coords(activation=list(config.activations)) for one in (chosen, runs, half))
    error = one_input.errors(runs.sel(step=steps)).where(one_input.plain(runs.status) != training.DIVERGED, np.inf)
    earlier = one_input.errors(half.sel(step=steps // 2))
    return chosen.assign(error=error, earlier=earlier), runs.weights.sel(step=steps)


FLAT = 1.1  # the factor by which the error must be smaller at an end of a grid for a value there to be chosen


def choose(loss: xr.DataArray) -> xr.Dataset:
    """The rate and the scale with the least mean log loss over the seeds, for every setting; an end of a grid only
    where the error is smaller than that of all inside by a factor of FLAT."""
    cost = xr.apply_ufunc(np.log, loss.astype(float).clip(1e-40, 1e6)).mean("seed")  # no single network decides alone
    ends = {name: cost[name].isin(_ends(cost[name].values)) for name in ("learning_rate", "init_scale")}
    handicap = sum(end * 2 * np.log(FLAT) for end in ends.values())  # losses are squares
    best = tuning.choose(cost + handicap, *ends).best
    at_end = ends["learning_rate"].sel(learning_rate=best["learning_rate"], drop=True)
    at_end = at_end | ends["init_scale"].sel(init_scale=best["init_scale"], drop=True)
    least = np.exp(cost.sel(best) / 2).drop_vars(list(ends))
    chosen = {"rate": best["learning_rate"], "scale": best["init_scale"], "tuning_error": least, "at_end": at_end}
    return xr.Dataset(chosen).drop_vars(["hidden", *ends], errors="ignore")


def _ends(tried: np.ndarray) -> list[float]:
    """The least and the greatest value tried; none of one or two values, a grid without an inside."""
    return [tried.min(), tried.max()] if tried.size > 2 else []


def _fit(errors: xr.Dataset, weights: xr.DataArray, name: str, target: str, most: int) -> xr.Dataset:
    """The network with the median error of one activation on one target: its outputs, centres and error."""
    error = errors.error.sel(activation=name, task=target).values
    middle = int(np.argsort(error)[(len(error) - 1) // 2])
    packed = weights.sel(activation=name, task=target).isel(seed=middle).values
    x = np.linspace(*one_input.INTERVAL, 401)
    fit, knots = one_input.outputs(packed, name, x), one_input.centres(packed, most)
    variables = {"fit": ("fit_x", np.float32(fit)), "fit_knots": ("fit_knot", np.float32(knots))}
    return xr.Dataset(variables | {"fit_error": float(error[middle])}, {"fit_x": x})


# Measures and statements.

ROUNDING, DIVERGED = 1e-11, 1e6  # errors are clipped to these before logarithms are taken
SLACK = 0.25  # by which the exponent of trained networks may differ from that of the bound
ASYMPTOTIC = 8  # neurons from which on the best pieces have nearly their final rate


def logs(data: xr.Dataset) -> xr.DataArray:
    """Log errors [..., width, seed] of the seeds that have all widths, before the median is down to rounding."""
    error = data.error.astype(float)
    error = error.where(error.notnull().all("width"))
    return np.log(error.clip(ROUNDING, DIVERGED)).where((error.median("seed") > ROUNDING).cumprod("width") > 0)


def exponents(data: xr.Dataset) -> xr.DataArray:
    """The exponent of N with which the error falls [..., seed]: the slope of log error over log N."""
    y = logs(data)
    return slope(np.log(y.width), y, "width")


def over_settings(
    effects: xr.DataArray, level: float, units: str, may_fall: Any, may_rise: Any, apply: Callable = lambda x: x
) -> xr.Dataset:
    """The average effect over targets, of each over its activations [..., task, seed], with an interval over seeds."""
    dims = [dim for dim in ("task", "activation") if dim in effects.dims]
    overall = average(effects, "seed", equally(effects.notnull().any("seed"), *dims), level)
    parts = with_parts(mapped(apply, overall), mapped(apply, mean(effects, "seed", level)), may_fall, may_rise)
    return parts.assign_attrs(units=units, note=f"average over {effects.sizes['task']} targets")


def turns(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Where a better tuned number could lower an exponent, that for many neurons, or raise it, that for few."""
    many = np.log(data.width) > np.log(data.width).mean()
    return (data.at_end & many).any("width"), (data.at_end & ~many).any("width")


def selected(data: xr.Dataset, solver: str, activations: tuple[str, ...], tasks: tuple[str, ...]) -> xr.Dataset | None:
    """The networks of a solver with these activations on these targets; None where there are none, or one width."""
    place = {"activation": [name for name in activations if name in data.activation]}
    place |= {"task": [name for name in tasks if name in data.task]}
    if solver not in data.solver or not all(place.values()):
        return None
    one = data.sel(place, drop=True).sel(solver=solver)
    one = one.sel(width=one.error.notnull().any(["activation", "task", "seed"]))
    return one if one.sizes["width"] > 1 else None


def fourfold(data: xr.Dataset, level: float, solver: str) -> xr.Dataset | None:
    """What four times as many neurons multiply the error by, as a geometric mean."""
    if (one := selected(data, solver, ACTIVATIONS, tuple(TARGETS))) is None:
        return None
    return over_settings(exponents(one), level, "times the error", *turns(one), lambda exponent: 4.0**exponent)


def against_the_bound(data: xr.Dataset, level: float, solver: str) -> xr.Dataset | None:
    """The exponent of N of trained ReLU networks minus that of the best pieces, from 8 neurons on."""
    wide = data.sel(width=slice(ASYMPTOTIC, None))
    if (one := selected(wide, solver, ("relu",), ANALYTIC)) is None:
        return None
    one = one.sel(activation="relu")
    ours, bound = exponents(one), slope(np.log(one.width), np.log(one.bound), "width")
    found = over_settings(ours - bound, level, "above the exponent of the best pieces", *turns(one))
    return found.assign_attrs(note=f"the exponent is {ours.mean():.2f}, that of the best pieces {bound.mean():.2f}")


def misfit(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How far errors are from exp(-c sqrt N), divided by how far they are from a power of N, from 2 neurons on.

    Fits are lines through log errors; settings with fewer than three N above rounding are left out.
    """
    if (one := selected(data.sel(width=slice(2, None)), PROJECTION, SMOOTH, ANALYTIC)) is None:
        return None
    y = logs(one)
    y = y.where(y.notnull().sum("width") >= 3)
    if y.isnull().all():
        return None
    left = [(1 - xr.corr(x, y, "width") ** 2).clip(1e-15) for x in (np.sqrt(y.width), np.log(y.width))]
    end = (one.at_end & y.notnull().any("seed")).any("width")
    return over_settings(np.log(left[0] / left[1]) / 2, level, "times the misfit of a power", end, end, np.exp)


EXIST = f"{sources.HORNIK}, and {sources.LESHNO} prove that better networks exist, not that training finds them"
MHASKAR = (
    "Mhaskar (1996), Neural networks for optimal approximation of smooth and analytic functions, Neural Computation 8, "
    "164-177: such networks exist; nothing is proved of training"
)
EVERY = "It had asked for every target, and"
STATEMENTS = (
    *(
        Statement(
            f"accuracy rises, {solver}",
            f"On average over targets and activations, four times as many neurons lower the error that {solver} "
            "reaches.", TEXTBOOK, f"{sources.TEXTBOOK}; {EXIST}", below(1 / 1.1, even=1),
            partial(fourfold, solver=solver), f"{EVERY} at every step.", at_tuned=True, headline=solver == "Adam",
        )
        for solver in ("Adam", PROJECTION)
    ),
    Statement(
        "ReLU slope, Adam",
        "With Adam the error of ReLU networks on analytic targets falls as fast in N as that of the best N + 1 "
        "straight pieces.", OWN,
        f"{sources.DE_BOOR}: the error of the best pieces falls as N^-2; nothing is proved of training",
        within(-SLACK, SLACK), partial(against_the_bound, solver="Adam"), f"{EVERY} took slopes of medians.",
        at_tuned=True,
    ),
    Statement(
        "smooth is faster",
        "The error of smooth networks on analytic targets follows exp(-c sqrt N) more closely than a power of N.", OWN,
        MHASKAR, below(1 / 1.1, even=1), misfit,
        "It had asked for 90% of the pairs, with half of them for partly, and for a final exponent of -4 or less.",
        at_tuned=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each solver, activation, target and N."""
    relu = data.activation == "relu"
    found = median(data.error, "seed").assign(data[["rate", "scale", "at_end"]]).assign(
        halfway=data.earlier.median("seed"), bound=data.bound.where(relu), best=data.best.where(relu),
        fourfold=4.0 ** exponents(data).mean("seed"),
    )  # fmt: skip
    return found.where(found.value.notnull())


def fits(data: xr.Dataset) -> Figure:
    """Networks that variable projection trained, in colour, on a target in black. Marks: centres of the neurons, which
    are the knots of ReLU; those outside are not shown. Of all seeds the one with the median error is shown."""
    fig, made = fg.panels(row=data.shown, col=data.fit_width, size=(3.5, 2.1), sharex=True, sharey=True)
    low, high = data.fit_target.min().item(), data.fit_target.max().item()
    for ax, where in made:
        one, color = data.sel(where), fg.COLORS[where["shown"]]
        ax.plot(data.fit_x, data.fit_target, color="black", linewidth=1)
        ax.plot(data.fit_x, one.fit, color=color)
        ax.plot(one.fit_knots, np.full(one.fit_knots.size, low - 0.2 * (high - low)), "|", color=color, markersize=9)
        ax.set(xlim=one_input.INTERVAL, ylim=(low - 0.3 * (high - low), high + 0.2 * (high - low)))
        ax.set_title(f"{fg.name(where['shown'])}, $N$ = {where['fit_width']}: RMS error {one.fit_error.item():.1g}")
    formula = TARGETS[data.attrs["shown_target"]].formula
    return fg.finish(fig, made, f"Networks of more neurons fit {formula} better", "$x$, moved to [-1, 1]", "output")


def rates(data: xr.Dataset) -> Figure:
    """Errors on the analytic targets: medians over targets of the medians over seeds; bands: the middle half of the
    targets. Left: ReLU networks by solver, with the error E(N + 1) of the best N + 1 straight pieces, below which no
    such network can be; these pieces need not join. Middle: the same, divided by the error of the best network of N
    neurons. Right: all activations with variable projection; dotted: ReLU and ELU, which are not smooth. There exp(-c
    sqrt N) is a straight line; below the grey line, where rounding matters, nothing is judged."""
    data = data.sel(task=[task for task in ANALYTIC if task in data.task])
    error = data.error.median("seed")
    fig, axes = plt.subplots(1, 3, figsize=(11, 4.4))
    if "relu" in error.activation:
        relu, bound = error.sel(activation="relu"), data.bound.median("task")
        for ax, values in zip(axes, (relu, relu / data.best), strict=False):
            fg.lines(ax, spread(values, "task"), "width", "solver", band=True)
        axes[0].plot(data.width, bound, "--", color="black", label="bound $E(N+1)$")
        guide = 0.4 * bound[-1] * (data.width / data.width[-1]) ** -2.0
        axes[0].plot(data.width, guide, ":", color=fg.GREY, label="slope of $N^{-2}$")
        axes[1].axhline(1, color="black", linestyle="--", label="best network")
    for kinds, style in ((SMOOTH, "o-"), (("relu", "elu"), "o:")):
        some = error.sel(solver=PROJECTION, activation=[name for name in kinds if name in error.activation])
        fg.lines(axes[2], exact(some.median("task", skipna=False)), "width", "activation", style=style)
    axes[2].axhline(ROUNDING, color=fg.GREY, linewidth=1)
    axes[0].set(title="ReLU, by solver", ylabel=fg.label(data.error))
    axes[1].set(title="ReLU, relative to the best", ylabel="RMS error / that of the best network")
    axes[2].set(title="All activations", ylabel=fg.label(data.error))
    for ax in axes:
        ax.set(xscale="log", yscale="log", xlabel=fg.label(data.width))
    fg.plain_numbers(axes[1].yaxis)
    axes[2].set_xscale("function", functions=(lambda n: np.sqrt(np.maximum(n, 0)), np.square))
    axes[2].set_xlabel("hidden neurons $N$ (square-root scale)")
    for ax, every in zip(axes, (slice(None, None, 2), slice(None, None, 2), data.width.values != 2), strict=True):
        ax.set_xticks(data.width.values[every], data.width.values[every])
        ax.minorticks_off()
    for ax, place in zip(axes, ((0, 0), (0, 0.72), (0.62, 0.25)), strict=True):
        ax.legend(fontsize=9, loc=place)
    fig.suptitle("Adam falls behind the best ReLU networks; with variable projection smooth ones err less")
    return fig


DRAWN = ("sine", "runge", "chirp", "kink", "jump", "weierstrass")


def error_by_target(data: xr.Dataset) -> Figure:
    """Six of the twelve targets: medians over seeds with variable projection and their 95% intervals; hollow: 1e-11 or
    less, where rounding dominates. Grey: other solvers, with the activation that tuning chose. E(N + 1) is the error of
    the best N + 1 straight pieces, 0 for |x| and the jump. Targets were moved to [-1, 1], and their formulas were not.
    Scales differ between panels."""
    data = data.sel(task=[task for task in DRAWN if task in data.task])
    every = median(data.error.astype(float), "seed").clip(min=ROUNDING)
    titles = {task: TARGETS[task].formula for task in data.task.values.tolist()}
    fig, made = fg.panels(col=data.task, wrap=3, size=(3.6, 2.5), titles=titles, sharex=True)
    for ax, where in made:
        found = every.sel(where)
        ours = found.sel(solver=PROJECTION)
        fg.lines(ax, ours, "width", "activation")
        fg.lines(ax, ours.where(ours.value <= ROUNDING), "width", "activation", style="o", markerfacecolor="white")
        others = [solver for solver in data.solver.values.tolist() if solver != PROJECTION]
        for solver, style in zip(others, ("-.", ":"), strict=False):
            chosen = data.tuning_error.sel(where | {"solver": solver}).fillna(np.inf).argmin("activation")
            one = found.value.sel(solver=solver).isel(activation=chosen)
            ax.plot(one.width, one, style, color=fg.GREY, linewidth=1, zorder=1, label=f"{solver}, best activation")
        ax.plot(data.width, data.bound.sel(where), "--", color="black", label="ReLU bound $E(N+1)$", linewidth=1.6)
        ax.set(xscale="log", yscale="log", ylim=(0.3 * ours.value.min().item(), None))
        ax.set_xticks(data.width.values[::2], data.width.values[::2])
        ax.minorticks_off()
    return fg.finish(fig, made, "Errors with variable projection, by target", data.width, data.error, "")


FIGURES = (fits, rates, error_by_target)
