"""Do deep networks err less than shallow ones with as many parameters, and on which tasks?

The textbook says that more layers improve performance significantly. Theorems promise that depth helps to express some
functions: a sawtooth, x^2, a composition of functions of two variables along a tree, and a radial wave. None of them
says that training finds these. A published test with ten seeds on MNIST digits found no gain from depth.

The tasks are these functions, two spirals, MNIST-1D (noisy curves of ten classes) and 5,000 MNIST digits
(`families.py`). A budget is a number of weights and biases. At every budget ReLU networks of 1, 2, 3, 5 and 8 nearly
equal hidden layers are compared, to within 5% of it; the deepest is also trained with residual layers, which add their
input to their output. "Deep" means two or more hidden layers, as many as are best in tuning. Networks train for 8,000
steps of AdamW with a cosine schedule and batches of 64. They start from He's weights and PyTorch's biases. There are 12
fresh draws of the data (24 of the composition and its control), with two seeds on each. An error is the share of the
variance that is left, or of the test rows that are wrong. Its logarithm is averaged, and compared within a draw.

Learning rate (`rates`) and weight decay (`decays`) are tuned for every shape and task on draws and seeds that are not
reported, with as many trials for each. At the least and the greatest budget of a family of tasks, tuning and training
are done twice. The difference gives the variance that tuning adds to every interval. Estimates are those of the first
tuning, which also chose the depth; how that choice varies is in no interval. Draws of the MNIST digits split
the same rows anew, so their intervals are wider (Nadeau & Bengio 2003).

Depth helps where it divides the error by 1.1 or more. An average is taken draw by draw over nine tasks (figure
`by_task`), each of which counts once. A task is left out at a budget where no network explains half of the variance in
tuning. Two controls count in no average. One is the composition with new random signs of its coefficients, which keeps
their sizes but not the tree. The other is MNIST-1D with its inputs shuffled, which to these networks is MNIST-1D.

    python -m experiments wide_versus_deep.equal_budgets                  # 15 s, mostly compiling; two spirals alone
    python -m experiments wide_versus_deep.equal_budgets --preset full    # 3.8 hours on 2 cores; can be resumed
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import flags, resume, sources
from experiments.lab.estimates import LEVEL, average, equally, left_out, mapped, mean, repeats, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, PUBLISHED, TEXTBOOK, Statement, above, below
from experiments.wide_versus_deep import residual, seconds, tuned
from experiments.wide_versus_deep.families import CONTROLS, DIGITS, FAMILIES, FAMILY, SQUARED, made, overlap
from nnjax import mlp

RATES = tuple(2.0**i for i in range(-12, -2))  # learning rates that are tried, 0.00024 to 0.125
LENGTHS = ("short", "long")  # of training: `short_steps` and `num_steps`
LEAST, MOST = 1e-12, 10.0  # squared errors are clipped: a diverged network counts ten times the error of the mean


@dataclass(frozen=True)
class Config:
    families: Annotated[tuple[str, ...], one_of(FAMILIES)] = tuple(FAMILIES)  # families of tasks
    budgets: tuple[int, ...] = (250, 1_000, 4_000, 16_000, 64_000)  # parameters
    depths: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 3, 5, 8)  # hidden layers, 1 first
    draws: Annotated[int, at_least(2)] = 12  # fresh draws of the data
    tree_draws: Annotated[int, at_least(2)] = 24  # of the composition and its control, whose draws differ most
    seeds_per_draw: int = 2  # fresh ones, others for each draw
    rates: Annotated[tuple[float, ...], at_least(count=3)] = RATES  # learning rates tried, at equal ratios
    decays: Annotated[tuple[float, ...], at_least(0.0)] = (0.0, 0.1)  # weight decays tried
    grow: Annotated[int, at_least(0)] = 6  # rates beyond those tried, where the best lies at an end
    tuning_draws: int = 2  # draws of the data for each tuning, never reported
    tuning_seeds: int = 2  # on each of these draws
    num_steps: int = 8_000
    short_steps: int = 2_000  # of the shorter training, for equal seconds
    batch_size: int = 64
    timed_steps: Annotated[int, at_least(10)] = 200  # steps that are timed


QUICK = Config(
    ("spirals",), (250,), (1, 3), draws=3, tree_draws=3, seeds_per_draw=1, rates=(2**-8, 2**-7, 2**-6), decays=(0.0,),
    grow=0, tuning_draws=1, tuning_seeds=1, num_steps=160, short_steps=40, timed_steps=50,
)  # fmt: skip

NAMES = {
    "task": "task", "budget": "parameters", "kind": "hidden layers", "hidden": "neurons of each hidden layer",
    "num_params": "number of weights and biases", "learning_rate": "tuned learning rate",
    "weight_decay": "tuned weight decay (decoupled)",
    "rate_at_end": "whether the rate is the least (-1) or the greatest (1) tried",
    "seconds": "time of a training step of one network; s",
    "value": "test error: share of the variance left, or of the test rows that are wrong",
    "low": "lower end of its 95% interval over draws and tuning", "high": "upper end of that interval",
    "chosen": "whether tuning chose this depth, of two or more",
    "ratio": "error divided by that of one hidden layer, geometric mean over draws",
    "ratio_low": "lower end of its 95% interval over draws and tuning", "ratio_high": "upper end of that interval",
    "ratio_in_time": "the same ratio after equal seconds of training",
}  # fmt: skip


def check(config: Config) -> None:
    """Refuse settings that do not go together, before anything is trained."""
    if config.depths[0] != 1:
        raise ValueError(f"depths={config.depths!r} must begin with 1, with which the others are compared")
    flags.less(config, "short_steps", "num_steps")


def budgets_of(family: str, config: Config) -> list[int]:
    least, most = FAMILIES[family].budgets
    return [budget for budget in config.budgets if least <= budget <= most]


def run(config: Config) -> xr.Dataset:
    """Log errors [tuning, budget, task, kind, length, draw, seed], what was tuned, and seconds per step."""
    check(config)
    cells = [
        (family, budget, deepest)
        for family in config.families
        for budget in budgets_of(family, config)
        for deepest in (False, True)  # the plain shapes, then the deepest with residual layers
    ]
    kept, trained = resume.here().kept, []
    for family, budget, deepest in cells:
        name = f"{family}-{budget}{'-residual' if deepest else ''}"
        trained.append(kept(name, partial(_train, family, budget, deepest, config)))
    timed = [  # only now, when every core is idle
        one.assign(seconds=_seconds(*cell, config).expand_dims(task=one.task)).expand_dims(budget=[cell[1]])
        for cell, one in zip(cells, trained, strict=True)
    ]
    data = xr.merge(timed, join="outer", compat="no_conflicts").reindex(
        tuning=list(tuned.TUNINGS), budget=list(config.budgets), length=list(LENGTHS),
        task=[task for family in config.families for task in FAMILIES[family].tasks],
        kind=[*map(str, config.depths), f"{config.depths[-1]} residual"],
    )  # fmt: skip
    shapes = {"num_params": data.num_params.fillna(0).astype(np.int32), "hidden": data.hidden.fillna("").astype(str)}
    numbers = data.drop_vars(list(shapes)).astype(np.float32)
    return numbers.assign(shapes).assign_attrs(steps=[config.short_steps, config.num_steps])


def _settings(family: str, budget: int, deepest: bool, config: Config) -> tuple[list[str], dict[str, Any]]:
    """The names of the shapes of one family and budget, or of its residual one, and what their sweeps share."""
    one = next(iter(made(family, 0, budget).values()))
    depths = config.depths[-1:] if deepest else config.depths
    return [f"{depth} residual" if deepest else str(depth) for depth in depths], {
        "hidden": [mlp.hidden_for_budget(budget, depth, one.x.shape[1], one.y.shape[1]) for depth in depths],
        "activation": "relu", "loss": FAMILIES[family].loss, "init": "he_normal", "bias_init": "lecun_uniform",
        "bias_scale": 1 / np.sqrt(3), "solver": "adamw", "schedule": "cosine", "batch_size": config.batch_size,
        "order": "sequential", "model": residual.MODEL if deepest else mlp, "padding": False,
    }  # fmt: skip


def _train(family: str, budget: int, deepest: bool, config: Config) -> xr.Dataset:
    """Log errors [tuning, task, kind, length, draw, seed], and what was tuned; twice at the ends of the budgets."""
    kinds, settings = _settings(family, budget, deepest, config)
    make, every = partial(made, family, budget=budget), budgets_of(family, config)
    tunings = tuned.TUNINGS if budget in (every[0], every[-1]) else tuned.TUNINGS[:1]

    def errors(data: dict, seeds: dict, numbers: dict[str, Any], num_steps: int) -> xr.DataArray:
        numbers = {"weight_decay": list(config.decays)} | numbers
        runs = tuned.swept(data, kinds, numbers, settings | {"seeds": seeds, "num_steps": num_steps})
        if settings["loss"] == SQUARED:
            return np.log10(runs.test_loss.clip(LEAST, MOST))
        return tuned.log_wrong(runs, len(next(iter(data.values())).x_test))

    surface = tuned.tune(
        make, errors, config.rates, config.num_steps, draws=config.tuning_draws, seeds=config.tuning_seeds,
        grow=config.grow, tunings=tunings,
    )  # fmt: skip
    best = surface.isel(weight_decay=surface.tuning_error.argmin("weight_decay")).reset_coords()
    best = best[["learning_rate", "weight_decay", "rate_at_end", "tuning_error"]]
    drawn = tuned.drawn(make, range(config.tree_draws if family == "tree" else config.draws), config.seeds_per_draw)

    def reported(tuning: str) -> xr.DataArray:
        """The second tuning has the long training alone."""
        numbers = {name: best[name].sel(tuning=tuning) for name in ("learning_rate", "weight_decay")}
        steps = dict(zip(LENGTHS, (config.short_steps, config.num_steps), strict=True))
        lengths = LENGTHS if tuning == tunings[0] else LENGTHS[1:]
        found = [tuned.reported(drawn, errors, numbers, steps[length]) for length in lengths]
        return xr.concat(found, xr.Variable("length", list(lengths))).reindex(length=list(LENGTHS))

    one = next(iter(make(0).values()))
    params = [mlp.num_params((one.x.shape[1], *shape, one.y.shape[1])) for shape in settings["hidden"]]
    about = xr.Dataset({"num_params": ("kind", params), "hidden": ("kind", tuned.labels(settings["hidden"]))})
    error = xr.concat([reported(tuning) for tuning in tunings], best.tuning)
    return best.assign(error=error).assign(about.expand_dims(task=best.task))


def _seconds(family: str, budget: int, deepest: bool, config: Config) -> xr.DataArray:
    """Seconds per step and network [kind], each shape timed alone."""
    kinds, settings = _settings(family, budget, deepest, config)
    name, data = next(iter(made(family, 0, budget).items()))  # the other tasks have the same shapes
    settings |= {"learning_rate": 0.001, "weight_decay": 0.0, "num_steps": config.timed_steps}
    found = seconds.per_step({name: data}, settings, (config.timed_steps // 10, config.timed_steps))
    return xr.DataArray(found, {"kind": kinds})


# Measures and statements.

EXPLAINED = 0.5  # share of the variance that some network must explain, or the task is left out
MARGIN = 1.1  # a ratio of errors nearer to 1 is too small to matter


def learned(data: xr.Dataset) -> xr.DataArray:
    """Whether some network explains half of the variance on the seeds of tuning [task, budget]."""
    return data.tuning_error.sel(tuning="first", drop=True).min("kind") < np.log10(EXPLAINED)


def at_equal_steps(data: xr.Dataset) -> xr.DataArray:
    """Log errors [budget, draw, kind, task], means over the seeds of a draw."""
    return data.error.sel(tuning="first", length="long", drop=True).mean("seed")


def at_equal_seconds(data: xr.Dataset) -> xr.DataArray:
    """The same when the fastest shape without residual layers has taken all its steps."""
    of_lengths = data.error.sel(tuning="first", drop=True).mean("seed")
    return seconds.in_time(
        of_lengths, data.seconds, data.seconds.sel(kind=plain(data)).min("kind"), data.attrs["steps"]
    )


def plain(data: xr.Dataset) -> list[str]:
    """The kinds of networks without residual layers, by their number of hidden layers."""
    return [kind for kind in data.kind.values.tolist() if "residual" not in kind]


# Two networks that are compared: their values of something, of the supposedly better one first.
Pair = Callable[[xr.DataArray, xr.Dataset], tuple[xr.DataArray, xr.DataArray]]


def best_depth(data: xr.Dataset) -> xr.DataArray:
    """Which depth of two or more is the best in tuning [task, budget], as its place among these."""
    return data.tuning_error.sel(tuning="first", drop=True, kind=plain(data)[1:]).fillna(np.inf).argmin("kind")


def depth(values: xr.DataArray, data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Values of the best deep network and of one hidden layer."""
    return values.sel(kind=plain(data)[1:]).isel(kind=best_depth(data), drop=True), values.sel(kind="1", drop=True)


def residual_layers(values: xr.DataArray, data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Values of the deepest network with residual and with plain layers."""
    return values.sel(kind=data.kind.values[-1], drop=True), values.sel(kind=plain(data)[-1], drop=True)


def gain(data: xr.Dataset, pair: Pair = depth, error: Callable = at_equal_steps) -> xr.DataArray:
    """The log ratio of the errors of a pair [task, budget, draw]."""
    first, second = pair(error(data), data)
    return (first - second).where(learned(data))


def tuning_variance(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """The variance of a mean log error that is due to tuning [task], and its degrees of freedom."""
    means = data.error.sel(length="long", drop=True).mean(["draw", "seed"]).where(learned(data))
    return repeats(means.sel(tuning="first"), means.sel(tuning="second"), ["budget", "kind"])


def ratios(data: xr.Dataset, gains: xr.DataArray, level: float) -> xr.Dataset:
    """Ratios of errors [task, budget, ...] with intervals over draws; both networks have a tuning of their own."""
    variance, freedom = tuning_variance(data)
    return power(mean(gains, "draw", level, overlap(data.task), [(2 * variance, freedom)]))


def power(logs: xr.Dataset) -> xr.Dataset:
    """10 to the power of an estimate and its ends."""
    return mapped(lambda x: 10**x, logs)


def counted(data: xr.Dataset) -> list[str]:
    """The tasks that an average includes."""
    return [task for task in data.task.values.tolist() if task not in CONTROLS]


def averaged(
    data: xr.Dataset, level: float, tasks: Sequence[str] = (), pair: Pair = depth, error: Callable = at_equal_steps
) -> xr.Dataset | None:
    """The ratio of errors of a pair: the geometric mean over the budgets of a task, and over tasks, all that count if
    none are given. Every network has a tuning of its own, whose variance is added."""
    data = data.sel(task=[task for task in tasks or counted(data) if task in data.task])
    gains = gain(data, pair, error)
    if not gains.notnull().any():
        return None
    weights = equally(gains.notnull().any("draw"), "task", "budget")
    variance, freedom = tuning_variance(data)
    shared = (2 * variance * (weights**2).sum("budget")).fillna(0.0)
    overall = power(average(gains, "draw", weights, level, overlap(data.task), [(shared, freedom.clip(1))]))
    may_fall, may_rise = pair(data.rate_at_end.sel(tuning="first", drop=True) != 0, data)
    family = xr.DataArray([FAMILY[task] for task in data.task.values.tolist()], {"task": data.task})
    note = ""
    if np.unique(family).size > 1:
        without = 10 ** left_out(gains.mean("draw"), weights, family)
        note = f"{float(without.min()):.2f} to {float(without.max()):.2f} without one family of tasks"
    result = with_parts(overall, ratios(data, gains, level), may_fall, may_rise)
    return result.assign_attrs(units="times the error", note=note)


def against_control(data: xr.Dataset, level: float, budget: int = 16_000) -> xr.Dataset | None:
    """What depth gains on the composition over what it gains on its control, which has the same draws."""
    composition, control = tree = list(FAMILIES["tree"].tasks)
    if composition not in data.task or budget not in data.budget:
        return None
    gains, (variance, freedom) = gain(data).sel(budget=budget), tuning_variance(data.sel(task=tree))
    difference = gains.sel(task=composition, drop=True) - gains.sel(task=control, drop=True)
    result = power(mean(difference, "draw", level, tuning=[(2 * variance, freedom)]))
    cells = data.sel(task=tree, budget=budget)
    if any(ends.any() for ends in depth(cells.rate_at_end.sel(tuning="first") != 0, cells)):
        # Another rate could turn it either way.
        result = result.assign(low=result.low * 0, high=result.high + np.inf).assign_attrs(at_edge=1)
    return result.assign_attrs(units="times the ratio of errors")


ELDAN_SHAMIR = "Eldan & Shamir (2016), The power of depth for feedforward neural networks, COLT"
HE = "He, Zhang, Ren & Sun (2016), Deep residual learning for image recognition, CVPR"
TEN_SEEDS = (
    "tcotten-scrypted/persistent-stochastic-ablation-resmlp (GitHub, not reviewed), results/psa_simplemlp_summary.md: "
    "MNIST, ten seeds, about 13,000 parameters, 93.56% right with 1 x 16, 93.58% with 2 x 16 and 93.15% with 4 x 17"
)
TEXTBOOK_AND_SEIDE = f"{sources.TEXTBOOK}; {sources.SEIDE}"
LESS = below(1 / MARGIN, even=1)
EVERY_BUDGET = "The rule had asked for every budget, and the reported number was that of the greatest."
STATEMENTS = (
    Statement(
        "more layers", "With as many parameters, the best deep network errs less than one hidden layer, on average "
        "over tasks.", TEXTBOOK, TEXTBOOK_AND_SEIDE, LESS, averaged,
        "The rule had asked for every pair of task and budget, and had counted a control.", headline=True,
    ),
    Statement(
        "radial, 2 waves", "With as many parameters, the best deep network errs less than one hidden layer on radial "
        "functions of two waves.", TEXTBOOK, f"{sources.TEXTBOOK}; {ELDAN_SHAMIR}", LESS,
        partial(averaged, tasks=["radial, 2 waves"]),
        EVERY_BUDGET,
    ),
    Statement(
        "MNIST-1D", "With as many parameters, the best deep network errs less than one hidden layer on MNIST-1D.",
        TEXTBOOK, TEXTBOOK_AND_SEIDE, LESS, partial(averaged, tasks=["MNIST-1D"]), EVERY_BUDGET,
    ),
    Statement(
        DIGITS, "With as many parameters, the best deep network errs no less than one hidden layer on the MNIST "
        "digits.", PUBLISHED, TEN_SEEDS, above(1 / MARGIN), partial(averaged, tasks=[DIGITS]),
        "A gain that is certain but smaller than the margin had counted against it.",
    ),
    Statement(
        "composition, not size", "With 16,000 parameters, depth helps more on a composition along a tree than on the "
        "same function with new random signs of its coefficients.", OWN,
        f"prompted by {sources.MHASKAR_POGGIO}: what can be expressed, not what training finds", LESS, against_control,
        "The rule had no margin.",
    ),
    Statement(
        "equal seconds", "Trained for equal seconds, the best deep network errs less than one hidden layer with as "
        "many parameters, on average over tasks.", OWN, "", LESS, partial(averaged, error=at_equal_seconds),
        "The claim had been, pair by pair, that the network with the lesser error after equal steps keeps its lead.",
    ),
    Statement(
        "residual", "Residual layers lower the error of the deepest networks compared, on average over tasks.", OWN,
        f"prompted by {HE}: they do so in far deeper convolutional networks", LESS,
        partial(averaged, pair=residual_layers),
        "It had counted as published, and the rule had asked for every task and budget.",
    ),
)  # fmt: skip


def errors(data: xr.Dataset) -> xr.Dataset:
    """Errors [task, budget, kind] with intervals over draws and tuning."""
    variance, freedom = tuning_variance(data)
    return power(mean(at_equal_steps(data), "draw", LEVEL, overlap(data.task), [(variance.fillna(0), freedom.clip(1))]))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per task, budget and shape."""

    def over_one_layer(error: Callable) -> xr.Dataset:
        logs = error(data).where(learned(data))
        return ratios(data, logs - logs.sel(kind="1", drop=True), LEVEL).where(data.kind != "1")

    rows = errors(data).merge(data[["learning_rate", "weight_decay", "rate_at_end"]].sel(tuning="first", drop=True))
    rows = rows.merge(data[["num_params", "hidden", "seconds"]])
    rows = rows.merge(over_one_layer(at_equal_steps).rename(value="ratio", low="ratio_low", high="ratio_high"))
    rows["ratio_in_time"] = over_one_layer(at_equal_seconds).value
    chosen = xr.DataArray(plain(data)[1:], dims="place").isel(place=best_depth(data))
    rows["chosen"] = ((data.kind == chosen) & learned(data)).astype(float)
    return rows.where(rows.value.notnull())


# Figures.


def shown_as(task: str) -> str:
    return f"{task} (not counted)" if task in CONTROLS else task


def by_task(data: xr.Dataset) -> Figure:
    """The error of the best deep network, divided by that of one hidden layer with as many parameters. Each mark is the
    geometric mean over the budgets of a task, with its 95% interval over draws and tuning; a circle is filled where
    that excludes 1. Grey squares: controls, which the average does not count. Left out: tasks that no network learns.
    Grey band: within a factor of 1.1. Black strokes: the same ratio when the fastest plain network has taken all its
    steps; errors of others are interpolated between 2,000 and 8,000 steps."""
    of_tasks = {task: averaged(data, LEVEL, [task]) for task in data.task.values.tolist()}
    means = {task: mark.value.item() for task, mark in of_tasks.items() if mark is not None}
    order = sorted(means, key=lambda task: (task in CONTROLS, -means[task]))
    tasks = [task for task in order if task not in CONTROLS]
    groups = {f"average of the {len(tasks)} tasks": tasks} | {shown_as(task): [task] for task in order}

    def ratio(error: Callable) -> xr.Dataset:
        marks = [averaged(data, LEVEL, group, error=error) for group in groups.values()]
        marks = [mark[["value", "low", "high"]] for mark in marks if mark is not None]
        return xr.concat(marks, "group", combine_attrs="drop").assign_coords(group=list(groups))

    fig, ax = plt.subplots(figsize=(9.4, 0.36 * len(groups) + 1.6))
    steps = ratio(at_equal_steps)
    control = xr.DataArray([name.endswith("(not counted)") for name in groups], dims="group")
    fg.forest(ax, steps.where(~control), "group", reference=1, band=(1 / MARGIN, MARGIN))
    fg.forest(ax, steps.where(control), "group", fg.GREY, hollow=groups, mark="s")
    strokes = {"color": "#333333", "markersize": 9, "markeredgewidth": 1.4, "label": "after equal seconds"}
    ax.plot(ratio(at_equal_seconds).value, range(len(groups)), "|", **strokes)
    ax.set(xscale="log", xlim=(float(steps.low.min()) / 1.5, max(3.0, float(steps.high.max()) * 1.5)))
    ax.grid(axis="y", visible=False)
    for place in (0.5, len(tasks) + 0.5):
        ax.axhline(place, color="#BBBBBB", linewidth=0.9)
    for end, text in ((ax.get_xlim()[0], "$\\leftarrow$ depth helps"), (ax.get_xlim()[1], "hurts $\\rightarrow$")):
        ax.text(end**0.5, 1.01, text, ha="center", transform=ax.get_xaxis_transform())
    title = "With equal numbers of parameters, depth helps on some tasks; on others it is open"
    return fg.finish(fig, [(ax, {})], title, "error of the best deep network / error of one hidden layer", legend="")


def by_budget(data: xr.Dataset) -> Figure:
    """The error of the best deep network, divided by that of one hidden layer, at every number of parameters. The 95%
    intervals over draws and tuning are not corrected for how many there are. Grey squares: controls, which the average
    does not count. Left out: budgets at which no network explains half of the variance. Grey band: within a factor of
    1.1. Scales differ between panels."""
    pairs = ratios(data, gain(data), LEVEL).assign_coords(budget=range(data.sizes["budget"]))
    tasks = pairs.value.dropna("task", how="all").task.values.tolist()
    families = xr.DataArray(list(dict.fromkeys(FAMILY[task] for task in tasks)), dims="family", name="family")
    titles = {name: family.title for name, family in FAMILIES.items()}
    size = (3.9, 2.5) if families.size > 1 else (6.0, 3.0)
    fig, made_of = fg.panels(col=families, wrap=3, size=size, titles=titles, sharex=True)
    for ax, where in made_of:
        own = pairs.sel(task=[task for task in tasks if FAMILY[task] == where["family"]])
        control = own.task.isin(CONTROLS)
        own = own.assign_coords(task=[shown_as(task) for task in own.task.values.tolist()])
        fg.lines(ax, own.sel(task=~control), "budget", "task", (fg.BLUE, fg.VERMILION), dodge=0.12)
        aside = own.sel(task=control).assign_coords(budget=own.budget + 0.12)
        fg.lines(ax, aside, "budget", "task", (fg.GREY,), "s-", markerfacecolor="white")
        ax.axhspan(1 / MARGIN, MARGIN, color="#E8E8E8", linewidth=0, zorder=0)
        ax.axhline(1, color="black", linewidth=1, zorder=1)
        ax.set(yscale="log", xticks=pairs.budget, xticklabels=[f"{n:,}" for n in data.budget.values.tolist()])
        ax.margins(y=0.15)
        ax.legend(fontsize=8.5)
    title = "Error of the best deep network over that of one hidden layer, by number of parameters"
    return fg.finish(fig, made_of, title, data.budget, "ratio of errors")


def by_depth(data: xr.Dataset) -> Figure:
    """The share of the variance that is left, or of the test rows that are wrong. Geometric means with 95% intervals
    over draws and tuning; numbers of parameters are drawn side by side. Hollow, at 8r: residual layers. Ringed: the
    best depth in tuning, where some network learns the task. Scales differ between panels."""
    kinds = plain(data)
    places = [*(float(kind) for kind in kinds), float(kinds[-1]) + 1.2]
    every = errors(data).assign_coords(kind=places)
    best = data.tuning_error.sel(tuning="first", kind=kinds).fillna(np.inf).argmin("kind")
    titles = {task: shown_as(task) for task in data.task.values.tolist()}
    fig, made_of = fg.panels(col=data.task, wrap=3, size=(3.9, 1.75), titles=titles)
    colors = fg.shades(data.sizes["budget"])
    for ax, where in made_of:
        task = every.sel(where)
        fg.lines(ax, task.isel(kind=slice(-1)), "kind", "budget", colors, dodge=0.14)
        fg.lines(ax, task.isel(kind=[-1]), "kind", "budget", colors, "o", dodge=0.14, markerfacecolor="white")
        for i, budget in enumerate(data.budget.values):
            if learned(data).sel(where | {"budget": budget}):
                top = task.sel(budget=budget).isel(kind=best.sel(where | {"budget": budget}))
                shift = 0.14 * (i - (data.sizes["budget"] - 1) / 2)
                ax.plot(top.kind + shift, top.value, "o", color="black", fillstyle="none", markersize=9)
        ax.set(yscale="log", xticks=places, xticklabels=[*kinds, f"{kinds[-1]}r"])
    title = "Test error by number of hidden layers, with equal numbers of parameters"
    return fg.finish(fig, made_of, title, data.kind, "test error", "parameters")


FIGURES = (by_task, by_budget, by_depth)
