"""Which activation learns fastest on five tasks, when each has its own learning rate and its own initial weights?

Time is the number of training steps to a level that was fixed for each task before any data:
- XOR, 2-8-1: all four outputs within 0.4 of their targets (Fahlman 1988);
- a smooth target, e^x cos 5x, and a kinked one, |x - 1/pi|, both 1-32-1: 1% of the target's variance is left. The
  kink is not at 0, where all ReLU units have theirs at the start, and neither target is an activation itself;
- two spirals, 2-32-32-1: every point on its side (Lang & Witbrock 1988);
- MNIST-1D, 40-64-64-10: 25% training error (Krizhevsky et al. 2012).

The level is checked every 5 steps (XOR: every step), and a network counts as arriving in the middle between two
checks. A network that has not arrived when its task's steps are over is slower than all that have, and in tuning counts
as arriving then. How well networks generalise, and whether they stay at the level, is not measured.

Gradient descent with momentum 0.9 and Adam; full batch, MNIST-1D in batches of 50; float32. Weights are LeCun's
(variance 1 / fan_in) times `init_scale`; biases begin at zero. Spirals and MNIST-1D are drawn anew for every seed.

For every activation, task and solver the learning rate and `init_scale` are tuned together, for the least mean log of
steps. First a few seeds try a whole grid, which grows up to three times where the best lies at an end; then the best
pairs compete with more seeds. Fresh seeds at the winner are reported. The same seed has the same data and, up to
`init_scale`, the same weights under every activation, so steps are compared seed by seed. One activation is faster than
another where its rival needs more than 1.25 times the steps, a margin for imperfect tuning. Where the
interval holds samples in which most networks of the faster one do not arrive, its lower end is 0.

    python -m experiments activations.fastest                  # 8 s: the kink, three activations, Adam
    python -m experiments activations.fastest --preset full    # 12 minutes
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.activations.solved import TOLERANCE, worst_error
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import bootstrap, median, typical
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, Rule, Statement, above, within
from nnjax import training, tuning
from nnjax.tasks import Data

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sin")
SOLVERS: dict[str, dict[str, Any]] = {"momentum": {"solver": "sgd", "momentum": 0.9}, "Adam": {"solver": "adam"}}
MARGIN = 1.25
POINTS = 48  # of a learning curve that are kept
HINT = 1e-6  # what a network that has learned nothing adds to its cost, in doublings of the steps


def variance_left(params, data: Data, predict):
    """The share of the target's variance that the network does not explain."""
    return jnp.mean((predict(params, data.x) - data.y) ** 2) / jnp.var(data.y)


def wrong_side(params, data: Data, predict):
    """The share of the rows whose logit has the wrong sign."""
    return jnp.mean((predict(params, data.x) > 0) != (data.y > 0.5), dtype=data.x.dtype)


def wrong_class(params, data: Data, predict):
    """The share of the rows whose greatest output is not that of their class."""
    found, right = (jnp.argmax(outputs, axis=1) for outputs in (predict(params, data.x), data.y))
    return jnp.mean(found != right, dtype=data.x.dtype)


class Task(NamedTuple):
    """What is learned, by which network, and when it counts as learned."""

    data: Callable[[int], Data]  # one draw of the data, by its number
    least_rates: dict[str, float]  # of each solver: the least learning rate tried; four more, in factors of 2
    left: Callable  # what is left to learn
    level: float  # a network has arrived when `left` is at or below it
    settings: dict[str, Any]  # of `nnjax.sweep`; after `num_steps` a network that has not arrived is censored
    drawn: bool = False  # whether the draws differ

    def sample(self, seeds: Sequence[int]) -> dict[str, Any]:
        """`data` and `seeds` as `nnjax.sweep` takes them: if draws differ, each seed has its own."""
        if not self.drawn:
            return {"data": self.data(0), "seeds": seeds}
        return {"data": {str(seed): self.data(seed) for seed in seeds}, "seeds": {str(seed): [seed] for seed in seeds}}


def _training_rows(data: Data) -> Data:
    return nnjax.tasks.data(data.x, data.y)


def _kinked(_: int) -> Data:
    return _training_rows(nnjax.tasks.sampled(lambda x: np.abs(x - 1 / np.pi), 64, interval=(-1.0, 1.0)))


def _spirals(draw: int) -> Data:
    return _training_rows(nnjax.tasks.two_spirals(draw, num_turns=2, num_rows=256, num_test=1))


def _mnist1d(draw: int) -> Data:
    """Four of five rows, for training. Draws begin at 100, so that the published one, 42, is not used."""
    return _training_rows(nnjax.tasks.mnist1d(100 + draw, num_rows=1250))


LOGISTIC, SOFTMAX = "sigmoid_binary_cross_entropy", "softmax_cross_entropy"
LINE = {"hidden": (32,), "loss": "squared_error", "num_steps": 2000, "record_every": 5}
TASKS = {
    "XOR": Task(
        lambda _: nnjax.tasks.xor(), {"momentum": 0.5, "Adam": 0.05}, worst_error, TOLERANCE,
        {"hidden": (8,), "loss": LOGISTIC, "num_steps": 500, "record_every": 1},
    ),
    "smooth": Task(
        lambda _: _training_rows(nnjax.tasks.target("exp_cos", 64)), {"momentum": 0.02, "Adam": 0.02}, variance_left,
        0.01, LINE,
    ),
    "kinked": Task(_kinked, {"momentum": 0.02, "Adam": 0.02}, variance_left, 0.01, LINE),
    "spirals": Task(
        _spirals, {"momentum": 0.2, "Adam": 0.01}, wrong_side, 0.0,
        {"hidden": (32, 32), "loss": LOGISTIC, "num_steps": 800, "record_every": 5}, drawn=True,
    ),
    "MNIST-1D": Task(
        _mnist1d, {"momentum": 0.025, "Adam": 0.005}, wrong_class, 0.25,
        {"hidden": (64, 64), "loss": SOFTMAX, "batch_size": 50, "num_steps": 600, "record_every": 5}, drawn=True,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Config:
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS, count=2)] = ACTIVATIONS
    tasks: Annotated[tuple[str, ...], one_of(TASKS)] = tuple(TASKS)
    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = tuple(SOLVERS)
    # factors on LeCun's initial weights, tried first with every learning rate of `TASKS`
    scales: Annotated[tuple[float, ...], at_least(count=2)] = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
    widen: Annotated[int, at_least(0, 3)] = 3  # how often a grid may grow at its ends
    tuning_seeds: int = 6  # of every rate and scale in the first round, never reported
    finalists: int = 6  # pairs of a rate and a scale in the second round
    final_seeds: int = 32  # other seeds that choose among these, never reported
    seeds: Annotated[int, at_least(10)] = 128  # fresh ones of every activation, task and solver


QUICK = Config(
    activations=("sigmoid", "tanh", "relu"), tasks=("kinked",), solvers=("Adam",), scales=(1.0, 2.0), widen=1,
    tuning_seeds=2, finalists=2, final_seeds=4, seeds=16,
)  # fmt: skip

NAMES = {
    "solver": "solver", "task": "task", "activation": "activation",
    "value": "median steps to the task's level; inf: more than half of the seeds do not reach it",
    "low": "lower end of its 95% interval", "high": "upper end of its 95% interval",
    "arrived": "share of the seeds that reach the level within the steps allowed",
    "over_fastest": "median steps divided by those of the fastest activation of this task and solver",
    "faster_than_relu": "median ratio of the steps of ReLU to those of this activation; above 1: faster than ReLU",
    "learning_rate": "tuned learning rate", "init_scale": "tuned factor on LeCun's initial weights",
    "at_end": "whether rate or factor is the least or the greatest tried",
    "curve_step": "training steps",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Steps [solver, task, activation, seed] to the level, +inf where it was not reached, and what was tuned."""
    rows = [xr.concat([_trained(task, solver, config) for task in config.tasks], "task") for solver in config.solvers]
    return xr.concat(rows, "solver").assign_coords(solver=list(config.solvers), task=list(config.tasks))


def _trained(name: str, solver: str, config: Config) -> xr.Dataset:
    """One task and solver: two rounds of tuning, then fresh seeds at the best rate and scale of each activation."""
    task = TASKS[name]
    cap = task.settings["num_steps"]
    common = SOLVERS[solver] | task.settings | {
        "activation": list(config.activations), "measure": {"left": task.left}, "early_stop": ("left", task.level),
    }  # fmt: skip

    def trained(seeds: Sequence[int], **numbers: Any) -> xr.Dataset:
        runs = nnjax.sweep(**task.sample(seeds), **numbers, **common)
        runs = runs.isel(seed=0, drop=True).rename(task="seed") if task.drawn else runs
        return runs.assign(arrived=runs.steps.where(runs.status == training.STOPPED, np.inf))

    def cost(seeds: Sequence[int], **numbers: Any) -> xr.DataArray:
        """The mean logarithm of the steps; where neither of two settings arrives, what is left to learn decides."""
        runs = trained(seeds, **numbers)
        left = runs.left.isel(step=-1, drop=True)
        left = left.where(np.isfinite(left), 1.0).clip(0.0, 1.0)
        return (np.log2(runs.arrived.clip(1, cap)) + HINT * left).mean("seed")

    seeds = tuning.seeds(config.tuning_seeds + config.final_seeds)
    first, second = seeds[: config.tuning_seeds], seeds[config.tuning_seeds :]
    grids = {"learning_rate": [task.least_rates[solver] * 2**i for i in range(5)], "init_scale": config.scales}
    tuned = tuning.tune(partial(cost, first), widen=config.widen, **grids)
    finalists = best_pairs(tuned.cost, config.finalists)
    costs = [cost(second, **pair).reset_coords(drop=True) for pair in finalists]
    place = xr.concat(costs, "place").argmin("place")
    best: dict[str, Any] = {n: xr.concat([pair[n] for pair in finalists], "place").isel(place=place) for n in grids}
    runs = trained(range(config.seeds), **best)
    kept = np.geomspace(1, runs.sizes["step"], POINTS).astype(int) - 1
    curve = runs.left.isel(step=kept).median("seed").transpose("activation", "step")
    return xr.Dataset(
        {
            "steps": (("activation", "seed"), runs.arrived.transpose("activation", "seed").values.astype("float32")),
            "learning_rate": best["learning_rate"], "init_scale": best["init_scale"],
            "at_end": sum((best[n] == tuned.cost[n].min()) | (best[n] == tuned.cost[n].max()) for n in grids) > 0,
            "curve": (("activation", "point"), curve.values.astype("float32")),
            "curve_step": ("point", runs.step.values[kept].astype(float)), "cap": cap, "level": task.level,
        },
        {"activation": list(config.activations)},
    )  # fmt: skip


def best_pairs(cost: xr.DataArray, count: int) -> list[dict[str, xr.DataArray]]:
    """The pairs of a rate and a scale with the least cost [activation, learning_rate, init_scale], the best first."""
    names = ("learning_rate", "init_scale")
    flat = cost.stack(pair=names).transpose("pair", "activation")
    order, axis = flat.values.argsort(axis=0, kind="stable")[:count], {"activation": flat.activation.values}
    return [{name: xr.DataArray(flat[name].values[row], axis, name=name) for name in names} for row in order]


# Measures and statements.


def arrived(data: xr.Dataset) -> xr.DataArray:
    """Steps in the middle between the two checks between which a network arrived, 1 at least."""
    every = [TASKS[task].settings["record_every"] for task in data.task.values.tolist()]
    return (data.steps.astype(float) - (xr.DataArray(every, {"task": data.task}) - 1) / 2).clip(min=1)


def ratios(data: xr.Dataset, fast: str, slow: str) -> xr.DataArray:
    """The steps of one activation divided by another's, seed by seed; 1 where neither arrives."""
    steps = arrived(data)
    return (steps.sel(activation=slow, drop=True) / steps.sel(activation=fast, drop=True)).fillna(1.0)


def speedup(data: xr.Dataset, level: float, fast: str, slow: str) -> xr.Dataset | None:
    """How many times as fast one activation is as another, on average over tasks and solvers, which are fixed.

    A tuned number at the end of its grid might have a better one beyond. For the slow activation a better number could
    lower the ratio, for the fast one raise it.
    """
    if not {fast, slow} <= set(data.activation.values.tolist()):
        return None
    ends = (data.at_end.sel(activation=name, drop=True) for name in (slow, fast))
    overall = typical(ratios(data, fast, slow), "seed", level, *ends)
    note = f"geometric mean of {data.sizes['task']} tasks with {data.sizes['solver']} solvers"
    others = [task for task in data.task.values.tolist() if task != "XOR"]
    if 0 < len(others) < data.sizes["task"]:  # on XOR the start decides much of the time, 1 to 13 steps
        without = np.exp(np.log(overall.part_value.sel(task=others)).mean())
        note += f", {float(without):.2f} times without XOR"
    return overall.assign_attrs(units="times as fast", note=note)


ORDERS: tuple[tuple[str, str, str, Rule | None], ...] = (  # fast, slow, who says so, and how many times as fast
    ("tanh", "sigmoid", f"{sources.LECUN}, section 4.4: symmetric sigmoids often converge faster", None),
    (
        "relu", "tanh", f"{sources.KRIZHEVSKY}, section 3.1: 6 times as fast to 25% training error, a convolutional "
        "network on CIFAR-10", within(6 / MARGIN, 6 * MARGIN),
    ),
    ("relu", "sigmoid", f"{sources.KRIZHEVSKY}, section 3.1: saturating nonlinearities are much slower", None),
    ("elu", "relu", f"{sources.CLEVERT}, section 4: ELUs learn faster", None),
    (
        "sin", "sigmoid", f"{sources.SOPENA}, abstract: 150 to 500 times as fast by back-propagation",
        within(150, 500),
    ),
)  # fmt: skip
STATEMENTS = tuple(
    Statement(
        f"{fast}-before-{slow}", f"On average over tasks and solvers, {fg.name(fast)} networks learn faster than "
        f"{fg.name(slow)} networks.", PUBLISHED, source, above(MARGIN, even=1),
        partial(speedup, fast=fast, slow=slow), "It had counted the settings in which one is faster.", size,
        at_tuned=True,
    )
    for fast, slow, source, size in ORDERS
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each solver, task and activation."""
    steps = median(arrived(data), "seed")
    more = {
        "arrived": np.isfinite(data.steps).mean("seed"),
        "over_fastest": steps.value / steps.value.min("activation"),
    }
    if "relu" in data.activation:
        each = [ratios(data, name, "relu").assign_coords(activation=name) for name in data.activation.values.tolist()]
        more["faster_than_relu"] = median(xr.concat(each, "activation"), "seed").value
    return steps.assign(more).merge(data[["learning_rate", "init_scale", "at_end"]])


# Figures.


COLORS = fg.COLORS | {"leaky_relu": fg.GREEN, "softplus": fg.BLUE, "silu": fg.PURPLE}  # relatives share a colour
RELATIVES = ("leaky_relu", "softplus", "silu")
MEAN = "geometric mean"


def average(data: xr.Dataset) -> xr.Dataset:
    """The geometric mean over tasks of the median steps [solver, activation], all steps allowed where it is above."""

    def middle(steps: xr.DataArray) -> xr.DataArray:
        return 2 ** xr.ufuncs.log2(steps.median("seed").clip(max=data.cap)).mean("task")

    return bootstrap(middle, arrived(data), "seed", count=500)


def ranking(data: xr.Dataset) -> Figure:
    """Median steps of fresh seeds with 95% intervals, each activation with its own tuned learning rate and scale of the
    initial weights; activations are in the order of their geometric mean. Arrow: more than half of the networks do not
    arrive in the steps allowed, which are taken as their median in the geometric mean."""
    overall, steps = average(data), median(arrived(data), "seed")
    names = overall.value.mean("solver").sortby(overall.value.mean("solver")).activation
    panels = xr.DataArray([*data.task.values, MEAN], name="task", dims="task")
    fig, made = fg.panels(col=panels, wrap=3, size=(3.9, 2.9), sharey=True)
    for ax, where in made:
        is_mean = where["task"] == MEAN
        parts, cap = (overall, np.inf) if is_mean else (steps.sel(where), data.cap.sel(where).max().item())
        for solver, shift in zip(data.solver.values.tolist(), (-0.17, 0.17), strict=False):
            one = parts.sel(solver=solver, activation=names)
            fg.forest(ax, one, "activation", fg.COLORS[solver], shift=shift, label=solver, most=cap)
        ax.set_xscale("log")
    return fg.finish(
        fig, made, "Sine needs the fewest training steps on average, softplus the most", "training steps", legend=""
    )


def speedups(data: xr.Dataset) -> Figure:
    """Ratios of steps, slow over fast, for orders that were published.

    Medians over seeds with 95% intervals; filled where the interval excludes 1. On top: the geometric mean over tasks
    and solvers. Grey: within a factor of 1.25. The published ratios, on other tasks, are 6 (tanh / ReLU) and 150 to 500
    (sigmoid / sine)."""
    names = data.activation.values.tolist()
    pairs = [(fast, slow) for fast, slow, *_ in ORDERS if {fast, slow} <= {*names}] or [names[:2]]
    titles = [f"{fg.name(slow)} / {fg.name(fast)}" for fast, slow in pairs]
    col = xr.DataArray(titles, dims="pair", name="pair")
    fig, made = fg.panels(col=col, wrap=3, size=(3.9, 2.4), sharey=True, sharex=True)
    rows = [MEAN, *data.task.values.tolist()]
    for pair, (ax, _) in zip(pairs, made, strict=True):
        mean, parts = typical(ratios(data, *pair), "seed"), median(ratios(data, *pair), "seed")
        look = {"reference": 1, "band": (1 / MARGIN, MARGIN)}
        for solver, shift in zip(data.solver.values.tolist(), (-0.15, 0.15), strict=False):
            one = parts.sel(solver=solver).reindex(task=rows)
            fg.forest(ax, one, "task", fg.COLORS[solver], shift=shift, label=solver, **look)
        overall = mean[["value", "low", "high"]].expand_dims(task=[MEAN]).reindex(task=rows)
        fg.forest(ax, overall, "task", "black", **look, label="both")
        ax.set_xscale("log")
        ax.tick_params(labelbottom=True)
    title = "Published orders of speed: right of the grey band where they hold"
    return fg.finish(fig, made, title, "ratio of training steps", legend="")


def learning_curves(data: xr.Dataset) -> Figure:
    """What is left to learn with Adam, medians of fresh seeds at tuned rates, down to the level (dotted), at which
    training stops. XOR: greatest error of the four rows; smooth and kinked: share of the variance; spirals: share of
    the points on the wrong side, whose level of 0 is drawn at 0.001; MNIST-1D: training error."""
    one = data.isel(solver=-1)
    before = (one.curve > one.level).shift(point=1, fill_value=True).cumprod("point") == 1
    fig, made = fg.panels(col=one.task, wrap=3, size=(3.9, 2.6))
    for ax, where in made:
        level = max(one.level.sel(where).item(), 1e-3)
        for name in one.activation.values.tolist():
            curve = one.curve.where(before).sel(where | {"activation": name}).clip(min=1e-3)
            style = "--" if name in RELATIVES else "-"
            steps = one.curve_step.sel(where).clip(min=1)
            ax.plot(steps, curve, style, color=COLORS[name], label=fg.name(name), linewidth=1.5)
        ax.axhline(level, color="black", linewidth=0.9, linestyle=":")
        ax.set(xscale="log", yscale="log", ylim=(level / 1.3, 1.5))
    title = "Learning curves, down to the level at which a task counts as learned"
    return fg.finish(fig, made, title, data.curve_step, "left to learn", "")


FIGURES = (ranking, speedups, learning_curves)
