"""Does each layer help on digits, as in Microsoft's table for speech, or would one layer with as many weights do?

Seide, Li & Yu (2011) give the word error on Switchboard of L layers of 2,048 neurons. Beside them are one layer of as
many weights and one of 16,000 neurons. Each layer helps up to five, and no single layer catches up. Their networks were
pretrained, and their recordings are not available. On MNIST, deeper networks of equal weights err 4 to 18% more in a
repository (`PUBLISHED`).

Here are 1 to 5 layers of 128 ReLUs, one layer of as many weights as five, and one four times as wide as that. One data
set is MNIST-1D, which is generated (40,000 rows to train, 10,000 to test). The other is 5,000 MNIST digits (3,000 to
train, 1,000 to test, and 1,000 for tuning alone). Networks train for 40 epochs of Adam with batches of 100, a cosine
schedule, He's weights and no weight decay. There are 8 draws of the data with two seeds each, the same for all
networks.

Every network has a learning rate of its own, tuned on draws and seeds that are not reported; the grid grows while the
best rate lies at an end. All networks but the widest are tuned twice, so that intervals include the randomness of
tuning. Draws of the digits split the same rows anew, so they are dependent (Nadeau & Bengio 2003): there are too few
digits to tell 10% apart, and only MNIST-1D has statements. A layer helps where the ratio of errors certainly lies below
1/1.1.

    python -m experiments wide_versus_deep.microsoft_table                  # 6 s: MNIST-1D, small networks
    python -m experiments wide_versus_deep.microsoft_table --preset full    # 92 minutes
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import flags
from experiments.lab.estimates import LEVEL, estimate, mapped, mean, repeats, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, Statement, below
from experiments.wide_versus_deep import microsoft, tuned
from experiments.wide_versus_deep.families import DIGITS, MNIST_ROWS, OVERLAP, made
from experiments.wide_versus_deep.microsoft import WORD_ERRORS
from nnjax import mlp, tasks
from nnjax.tasks import Data

MNIST1D = "MNIST-1D"
INPUTS = {MNIST1D: 40, DIGITS: 784}
CLASSES = 10
MARGIN = 1.1  # errors within this factor count as equal
# On all of MNIST: the mean and the deviation of the percentage that is right, over ten seeds, by
# tcotten-scrypted/persistent-stochastic-ablation-mlp (GitHub), results/psa_simplemlp_summary.md, mode None.
PUBLISHED = {
    "1 x 2,048": (98.25, 0.06), "2 x 939": (98.09, 0.05), "4 x 632": (97.94, 0.10), "1 x 512": (98.01, 0.05),
    "2 x 354": (97.94, 0.12),
}  # fmt: skip
PUBLISHED_SEEDS = 10
PUBLISHED_PAIRS = (("2 x 939", "1 x 2,048"), ("4 x 632", "1 x 2,048"), ("2 x 354", "1 x 512"))  # of equal weights


@dataclass(frozen=True)
class Config:
    """Which networks are trained, how long, and how many."""

    tasks: Annotated[tuple[str, ...], one_of(INPUTS)] = (MNIST1D, DIGITS)
    neurons: int = 128  # of each layer of the deep networks
    layers: Annotated[tuple[int, ...], at_least(1, count=2)] = (1, 2, 3, 4, 5)
    wider: Annotated[int, at_least(2)] = 4  # how many times wider the far wider layer is than the one of equal weights
    rows: Annotated[int, at_least(200, multiple=100)] = 50_000  # of MNIST-1D, a fifth of them to test on
    draws: Annotated[int, at_least(2)] = 8  # of the data
    seeds_per_draw: int = 2
    rates: Annotated[tuple[float, ...], at_least(count=3)] = tuple(2.0**i for i in range(-12, -4))  # tuned
    grow: Annotated[int, at_least(0)] = 6  # rates beyond these, where the best lies at an end
    tuning_draws: Annotated[tuple[int, ...], at_least(1, rising=False)] = (2, 4)  # of each task, never reported
    tuning_seeds: int = 2  # on each of these draws, never reported
    epochs: int = 40
    batch_size: int = 100


QUICK = Config(
    tasks=(MNIST1D,), neurons=8, layers=(1, 2), rows=500, draws=2, seeds_per_draw=1, rates=(2**-8, 2**-7, 2**-6),
    grow=0, tuning_draws=(1,), tuning_seeds=1, epochs=4,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    flags.same_ratios(config, "rates")
    if len(config.tuning_draws) != len(config.tasks):
        raise ValueError(f"tuning_draws={config.tuning_draws!r} must hold a number for each of tasks={config.tasks!r}")
    if config.layers[0] != 1:
        raise ValueError(f"layers={config.layers!r} must begin with 1")


NAMES = {
    "task": "data",
    "network": "hidden layers; =5 is one layer of as many weights as five, wide one that is far wider",
    "width": "neurons of each hidden layer",
    "num_params": "weights and biases",
    "value": "test error, geometric mean over draws and seeds; %",
    "low": "lower end of its 95% interval, over draws and tunings; %",
    "high": "upper end of its 95% interval, over draws and tunings; %",
    "to_one": "error divided by that of one layer of N neurons",
    "to_one_low": "lower end of its 95% interval",
    "to_one_high": "upper end of its 95% interval",
    "to_wide": "error divided by that of the far wider layer",
    "to_wide_low": "lower end of its 95% interval",
    "to_wide_high": "upper end of its 95% interval",
    "first_rate": "learning rate of the first tuning, which is reported",
    "second_rate": "learning rate of the second tuning, on other draws and seeds",
}


def run(config: Config) -> xr.Dataset:
    """Log errors of test rows [task, tuning, network, draw, seed] and tuned rates; the widest is tuned only once."""
    check(config)
    each = zip(config.tasks, config.tuning_draws, strict=True)
    data = xr.concat([_one_task(task, draws, config) for task, draws in each], "task")
    return data.assign_coords(task=list(config.tasks))


def shapes(ends: tuple[int, int], config: Config) -> dict[str, tuple[int, ...]]:
    """The hidden layers of every network, with so many inputs and outputs."""
    deep = {str(depth): (config.neurons,) * depth for depth in config.layers}
    most = str(config.layers[-1])
    width = mlp.width_for_budget(mlp.num_params((ends[0], *deep[most], ends[1])), 1, *ends)
    return deep | {f"={most}": (width,), "wide": (config.wider * width,)}


def _one_task(task: str, tuning_draws: int, config: Config) -> xr.Dataset:
    ends = INPUTS[task], CLASSES
    hidden = shapes(ends, config)
    num_steps = config.epochs * -(-(MNIST_ROWS if task == DIGITS else config.rows * 4 // 5) // config.batch_size)

    def make(seed: int) -> dict[str, Data]:
        return made("mnist", seed, 0) if task == DIGITS else {task: tasks.mnist1d(seed, num_rows=config.rows)}

    drawn = tuned.drawn(make, range(config.draws), config.seeds_per_draw)
    parts = []
    # The widest is apart, because to tune it again would cost as much as all others.
    for networks, tunings in (([name for name in hidden if name != "wide"], tuned.TUNINGS), (["wide"], ("first",))):
        learn = _learner({name: hidden[name] for name in networks}, config)
        chosen = tuned.tune(
            make, learn, config.rates, num_steps, draws=tuning_draws, seeds=config.tuning_seeds, grow=config.grow,
            tunings=tunings,
        ).sel(task=task, drop=True)[["learning_rate", "rate_at_end"]]  # fmt: skip
        errors = [
            tuned.reported(drawn, learn, {"learning_rate": one.learning_rate.expand_dims(task=[task])}, num_steps)
            for one in (chosen.sel(tuning=name) for name in tunings)
        ]
        parts.append(chosen.assign(error=xr.concat(errors, chosen.tuning).sel(task=task, drop=True)))
    data = xr.concat(parts, "kind", join="outer").rename(kind="network")
    data = data.sel(network=list(hidden), tuning=list(tuned.TUNINGS)).transpose("tuning", "network", "draw", "seed")
    sizes = [mlp.num_params((ends[0], *one, ends[1])) for one in hidden.values()]
    return data.assign(num_params=("network", sizes), width=("network", [one[0] for one in hidden.values()]))


def _learner(hidden: dict[str, tuple[int, ...]], config: Config) -> tuned.Train:
    """The function that trains these networks; biases are U(-1, 1) / sqrt(fan_in), as in PyTorch."""
    settings: dict[str, Any] = {
        "hidden": list(hidden.values()), "activation": "relu", "loss": "softmax_cross_entropy", "init": "he_normal",
        "bias_init": "lecun_uniform", "bias_scale": 1 / np.sqrt(3), "solver": "adam", "schedule": "cosine",
        "batch_size": config.batch_size, "judged_rows": 100, "padding": False,
    }  # fmt: skip

    def learn(data: dict[str, Data], seeds: dict[str, range], numbers: dict[str, Any], num_steps: int) -> xr.DataArray:
        runs = tuned.swept(data, list(hidden), numbers, settings | {"num_steps": num_steps, "seeds": seeds})
        return tuned.log_wrong(runs, len(next(iter(data.values())).x_test))

    return learn


# Measures and statements.


def combined(one: xr.Dataset, level: float, weights: dict[str, float]) -> xr.Dataset:
    """A sum of log errors, each times its weight, over the draws of one task.

    Each network that is tuned adds the variance of tuning, pooled over all networks that were tuned twice.
    """
    error = one.error.astype(float)
    first, second = (error.sel(tuning=name, drop=True).mean(("draw", "seed")) for name in tuned.TUNINGS)
    variance, freedom = repeats(first, second, ["network"])
    by_draw = error.sel(tuning="first", drop=True).mean("seed")
    total = sum((weight * by_draw.sel(network=name, drop=True) for name, weight in weights.items()), xr.DataArray(0.0))
    tuning = (sum(weight**2 for weight in weights.values()) * variance, freedom)
    overlap = OVERLAP.get(one.task.item(), 0.0)
    return mean(total, "draw", level, overlap, [tuning])


def ratio(one: xr.Dataset, level: float, network: str, other: str) -> xr.Dataset:
    """The error of a network over that of another, on one task."""
    weights = {network: 1.0}
    weights[other] = weights.get(other, 0.0) - 1.0  # of a network over itself the ratio is exactly 1
    return mapped(lambda x: 10**x, combined(one, level, weights))


def deep_networks(data: xr.Dataset) -> list[str]:
    return [name for name in data.network.values.tolist() if name.isdigit()]


def each_layer(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The factor by which an added layer changes the error on MNIST-1D, on average, and its parts."""
    if MNIST1D not in data.task:
        return None
    one, names = data.sel(task=MNIST1D), deep_networks(data)
    share = 1 / (len(names) - 1)
    overall = mapped(lambda x: 10**x, combined(one, level, {names[-1]: share, names[0]: -share}))
    parts = [ratio(one, level, more, fewer) for fewer, more in pairwise(names)]
    may_fall, may_rise = (at_end(one, some).rename(network="step") for some in (names[1:], names[:-1]))
    found = with_parts(overall, xr.concat(parts, "step", combine_attrs="drop"), may_fall, may_rise)
    return found.assign_attrs(units="times the error with each layer")


def against_equal(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The error of the deepest network over that of one layer of as many weights, on MNIST-1D."""
    if MNIST1D not in data.task:
        return None
    one, deepest = data.sel(task=MNIST1D), deep_networks(data)[-1]
    pair = [deepest, f"={deepest}"]
    found, (may_fall, may_rise) = ratio(one, level, *pair), at_end(one, pair).values.tolist()
    found = found.assign(low=found.low.where(not may_fall, 0.0), high=found.high.where(not may_rise, np.inf))
    return found.assign_attrs(units="times the error of one layer", at_edge=may_fall + may_rise)


def at_end(one: xr.Dataset, networks: list[str]) -> xr.DataArray:
    """Whether the tuned rate of each network is the least or the greatest tried, so that another might do better."""
    return one.rate_at_end.sel(tuning="first", network=networks, drop=True).drop_vars("network") != 0


NO_MARGIN = "It counted as published, and had no margin."
STATEMENTS = (
    Statement(
        "MNIST-1D: each layer", "From one to five layers of 128 neurons, the test error on MNIST-1D falls with "
        "an added layer, on average.", OWN, f"prompted by {microsoft.SOURCE}", below(1 / MARGIN, even=1), each_layer,
        "It had asked for a gain with every layer, counted as published, and had no margin.",
    ),
    Statement(
        "MNIST-1D: 5 against =5", "Five hidden layers of 128 neurons err less on MNIST-1D than one layer of as many "
        "weights.", OWN, f"prompted by {microsoft.SOURCE}", below(1 / MARGIN, even=1), against_equal, NO_MARGIN,
    ),
)  # fmt: skip


# Table and figures.


def over_networks(data: xr.Dataset, measure: Any) -> xr.Dataset:
    """A measure of a task and the name of a network, for all of them [task, network]."""
    names = data.network.values.tolist()
    rows = [
        xr.concat([measure(data.sel(task=task), name) for name in names], "network", combine_attrs="drop")
        for task in data.task.values.tolist()
    ]
    return xr.concat(rows, "task").assign_coords(task=data.task, network=names)


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each task and network."""
    errors = over_networks(data, lambda one, name: combined(one, LEVEL, {name: 1.0}))
    parts = [data[["width", "num_params"]], mapped(lambda x: 100 * 10**x, errors)]
    for title, other in (("to_one", "1"), ("to_wide", "wide")):
        ratios = over_networks(data, lambda one, name, other=other: ratio(one, LEVEL, name, other))
        parts.append(ratios.rename(value=title, low=f"{title}_low", high=f"{title}_high"))
    rates = {f"{one}_rate": data.learning_rate.sel(tuning=one, drop=True) for one in tuned.TUNINGS}
    return xr.merge([*parts, xr.Dataset(rates)], combine_attrs="drop")


def by_layers(data: xr.Dataset) -> Figure:
    """Error in percent of that of one layer of N neurons. On speech each layer helped, up to five, and no single layer
    caught up; those networks were pretrained. On MNIST-1D one wider layer errs least, and on the digits all err about
    as much. Bars and bands: 95% intervals over draws and tunings."""
    titles = [f"Speech (Microsoft, 2011)\nN = {microsoft.NEURONS:,}"]
    found = [microsoft.word_errors()]
    for task in data.task.values.tolist():
        networks = data.network.values.tolist()
        parts = [100 * ratio(data.sel(task=task), LEVEL, name, "1") for name in networks]
        found.append(xr.concat(parts, "network", combine_attrs="drop").assign_coords(network=networks))
        titles.append(f"{task}\nN = {data.width.sel(task=task, network='1').item()}")
    fig, axes = plt.subplots(1, len(found), figsize=(3.5 * len(found), 4.4), sharey=True)
    for ax, parts, title in zip(axes, found, titles, strict=True):
        microsoft.by_layers(ax, parts)
        ax.set_title(title)
    made = [(ax, {}) for ax in axes]
    return fg.finish(fig, made, "Depth helped on speech; on MNIST-1D one wide layer errs less",
                     "hidden layers L", "error / error of one layer of N (%)", legend="")  # fmt: skip


def published_ratios() -> xr.Dataset:
    """Published ratios of errors, deep over shallow [pair]; those on MNIST with two standard errors over seeds."""
    rows = {
        f"speech: {deep} layers over {other}": (WORD_ERRORS[deep] / WORD_ERRORS[name],) * 3
        for deep, name, other in (("5", "=5", "equal weights"), ("5", "wide", "far wider"), ("2", "wide", "far wider"))
    }
    for names in PUBLISHED_PAIRS:
        right, deviation = np.array([PUBLISHED[name] for name in names]).T
        spread = np.exp(2 * np.hypot(*(deviation / (100 - right))) / np.sqrt(PUBLISHED_SEEDS))
        middle = np.divide(*(100 - right))
        rows[f"MNIST: {' over '.join(names)}"] = (middle, middle / spread, middle * spread)
    value, low, high = (xr.DataArray(list(ends), {"pair": list(rows)}) for ends in zip(*rows.values(), strict=True))
    return estimate(value, low, high)


def ratios(data: xr.Dataset) -> Figure:
    """Ratios of errors, deep over shallow network and layer by layer, with 95% intervals. Left, published: word errors
    on speech, and all of MNIST, where bars are two standard errors over ten seeds. Filled: the interval excludes 1,
    blue below and orange above. Grey band: within a factor of 1.1."""
    tasks_here, deep = data.task.values.tolist(), deep_networks(data)
    most = deep[-1]
    pairs = [(most, f"={most}"), *((name, "wide") for name in dict.fromkeys((most, "2")))]
    pairs += [(more, fewer) for fewer, more in pairwise(deep)]
    words = {"wide": "far wider", f"={most}": "equal weights", "1": "1 layer"}
    labels = [f"{one} layers over {words.get(other, other)}" for one, other in pairs]
    found = {"Published by others": published_ratios()}
    for task in tasks_here:
        parts = [ratio(data.sel(task=task), LEVEL, *pair) for pair in pairs]
        found[task] = xr.concat(parts, "pair", combine_attrs="drop").assign_coords(pair=labels)
    fig, axes = plt.subplots(1, len(found), figsize=(4.4 * len(found), 4.2), sharex=True)
    for place, (ax, (title, parts)) in enumerate(zip(axes, found.items(), strict=True)):
        fg.forest(ax, parts, "pair", None if place else "black", reference=1, band=(1 / MARGIN, MARGIN))
        ax.set(xscale="log", title=title)
        ax.grid(axis="y", visible=False)
        if place > 1:  # its rows are those of the panel before
            ax.set_yticklabels([])
    axes[0].set_xticks([0.7, 1, 1.4], ["0.7", "1", "1.4"])
    axes[0].minorticks_off()
    title = "Two and three layers help on MNIST-1D, and one wide layer helps more"
    return fg.finish(fig, [(ax, {}) for ax in axes], title, "ratio of errors")


FIGURES = (by_layers, ratios)
