"""Can gradient descent train a network of step units, and what does a continuous activation add?

No gradient passes through a step, so gradient descent trains only the output layer of such a network: it is
Rosenblatt's perceptron (1962) on a fixed random layer. It learns XOR where the images of the four corners in that layer
are linearly separable, whose probability `nnjax.theory.step_units` gives exactly. Three ways to train the hidden
weights as well are compared with it. The straight-through estimator takes the derivative of a step to be 1, the clipped
one only from -1 to 1. After a sigmoid network was trained with a rising gain, its units are replaced by steps; so are,
for comparison, those of one whose gain stays at 1. A sigmoid network that keeps its units shows what a continuous
activation adds while it learns. It is compared with the best of the three ways whose units are steps all the time: the
output layer alone and both straight-through estimators.

2-H-1 networks learn XOR with inputs 0 and 1 or -1 and 1, by full-batch Adam on the cross-entropy. Weights and biases
start as N(0, 1). The learning rate (and the last gain) is tuned for every way, coding and H on seeds that are not
reported. Candidates are the values whose share of solved networks is within a standard error of the best. The one
nearest to the middle of the grid is taken. XOR is solved when all four outputs end within 0.4 of their targets. All
ways start from the same initial weights, so they are compared seed by seed.

    python -m experiments activations.step_units                  # 6 s
    python -m experiments activations.step_units --preset full    # a minute
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.activations import solved as criterion
from experiments.activations import trainable_steps as units
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import LEVEL, mean, wilson, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, TEXTBOOK, Statement, above
from nnjax import tuning
from nnjax.theory import step_units as theory

CODINGS = {"0 and 1": 0.0, "-1 and 1": -1.0}  # the two values of an input, and the lower of them
OUTPUT, THROUGH, CLIPPED, RISING, CUT, SMOOTH = (
    "output layer alone", "straight-through", "clipped straight-through", "rising gain", "sigmoid, cut", "sigmoid",
)  # fmt: skip
WAYS = (OUTPUT, THROUGH, CLIPPED, RISING, CUT, SMOOTH)
STEPS = (OUTPUT, THROUGH, CLIPPED)  # ways whose hidden units are steps while they learn
RATES = {OUTPUT: (1e-3, 1e1), THROUGH: (1e-3, 1e3), CLIPPED: (1e-3, 1e3), RISING: (1e-3, 1e1), SMOOTH: (1e-3, 1e1)}


@dataclass(frozen=True)
class Config:
    ways: Annotated[tuple[str, ...], one_of(WAYS)] = WAYS  # how hidden units are trained
    codings: Annotated[tuple[str, ...], one_of(CODINGS)] = tuple(CODINGS)  # numbers that an input can be
    hidden: tuple[int, ...] = (2, 3, 4, 6, 8)  # hidden units
    per_decade: Annotated[int, at_least(1, 4)] = 2  # learning rates tried in each decade of `RATES`
    gains: Annotated[tuple[float, ...], at_least(1, count=3)] = (1.0, 2.0, 4.0, 16.0)  # last gains of a rising gain
    tuning_seeds: Annotated[int, at_least(10)] = 200  # that choose rate and gain, never reported
    seeds: Annotated[int, at_least(10)] = 1000  # reported networks of every setting
    num_steps: Annotated[int, at_least(10)] = 1000  # full-batch updates


QUICK = Config(
    ways=(OUTPUT, THROUGH, RISING, CUT, SMOOTH), codings=("0 and 1",), hidden=(4,), per_decade=1,
    gains=(1.0, 4.0, 16.0), tuning_seeds=20, seeds=100, num_steps=150,
)  # fmt: skip

NAMES = {
    "way": "how hidden units are trained", "coding": "the two numbers that an input can be", "width": "hidden units",
    "rate": "learning rate of Adam", "value": "share of the networks that solve XOR",
    "low": "lower end of its 95% interval", "high": "upper end of its 95% interval",
    "before_cut": "share of the networks that solve XOR before they are cut into steps",
    "exact": "probability that a random hidden layer makes XOR linearly separable; of the output layer alone",
    "added": "share minus that of the output layer alone, on the same seeds",
    "added_low": "lower end of the 95% interval of added", "added_high": "upper end of the 95% interval of added",
    "learning_rate": "tuned learning rate", "final_gain": "tuned last gain; of rising gain",
    "at_end": "whether the tuned rate or gain is the least or the greatest tried",
}  # fmt: skip


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    if OUTPUT not in config.ways:
        raise ValueError(f"ways={config.ways!r} must hold {OUTPUT!r}, with which the others are compared")


def run(config: Config) -> xr.Dataset:
    """Solved [way, width, coding, seed], before and after units are cut into steps, and what was tuned."""
    data = xr.concat(_trained(config), "way", join="outer", data_vars="all")
    exact = [[theory.xor_probability(int(n), 1.0, CODINGS[str(c)]) for n in data.width] for c in data.coding.values]
    return data.assign(exact=(("coding", "width"), exact))


def _trained(config: Config) -> Iterator[xr.Dataset]:
    """A dataset for each way; the last two are sigmoid networks, of which one sweep tries the rates."""
    data = {name: nnjax.tasks.xor(low=CODINGS[name]) for name in config.codings}
    common: dict[str, Any] = {
        "hidden": [(width,) for width in config.hidden], "init": "normal", "bias_init": "normal", "solver": "adam",
        "loss": "sigmoid_binary_cross_entropy", "num_steps": config.num_steps,
        # the same for all, so that no network of one kind is compiled twice
        "measure": {"own_error": criterion.worst_error, "cut_error": units.cut_error},
    }  # fmt: skip
    rising = {"model": units.STEEP, "solver": units.rising_gain, "gain_steps": float(config.num_steps)}
    kinds: tuple[tuple[tuple[str, ...], dict[str, Any], dict[str, Any]], ...] = (
        ((OUTPUT,), {"activation": "step"}, {}),
        ((THROUGH,), {"activation": units.straight_through}, {}),
        ((CLIPPED,), {"activation": units.clipped}, {}),
        ((RISING,), {"activation": "sigmoid"} | rising, {"final_gain": list(config.gains)}),
        ((CUT, SMOOTH), {"activation": "sigmoid"}, {}),
    )
    for ways, how, gains in kinds:
        if wanted := [way for way in ways if way in config.ways]:
            least, most = RATES[ways[-1]]
            rates = np.geomspace(least, most, round(config.per_decade * math.log10(most / least)) + 1)
            train = partial(nnjax.sweep, data, **common | how)
            tried = train(**gains, learning_rate=rates, seeds=tuning.seeds(config.tuning_seeds))
            for way in wanted:
                yield _tuned(way, config, train, tried)


def _tuned(way: str, config: Config, train: Any, tried: xr.Dataset) -> xr.Dataset:
    """One way: the rate (and gain) chosen among those tried on other seeds, then the reported networks."""
    error = "cut_error" if way in (RISING, CUT) else "own_error"
    success = _solves(tried[error]).mean("seed")
    numbers = [name for name in ("learning_rate", "final_gain") if name in success.dims]
    chosen = near_the_middle(success, config.tuning_seeds, *numbers)
    runs = train(**chosen.best, seeds=config.seeds)
    # A gain cannot rise to less than 1, so that only its greatest value is an end.
    ends = [end > 0 if name == "final_gain" else end != 0 for name, end in chosen.at_end.items()]
    found = xr.Dataset(
        {
            "solved": _solves(runs[error]).drop_vars(numbers, errors="ignore"),
            "solved_as_trained": _solves(runs["own_error"]).drop_vars(numbers, errors="ignore"),
            "at_end": sum(ends) > 0,
            # the best gain for each rate
            "tuning_success": success.max(numbers[1:]).rename(learning_rate="rate"), **chosen.best,
        }
    ).assign_coords(way=way)  # fmt: skip
    return found.swap_dims(hidden="width").drop_vars(("hidden", "depth")).rename(task="coding")


def _solves(error: xr.DataArray) -> xr.DataArray:
    return error.isel(step=-1, drop=True) <= criterion.TOLERANCE


def near_the_middle(success: xr.DataArray, num_seeds: int, *numbers: str) -> tuning.Tuned:
    """The values within one standard error of the best share that are nearest to the middle of their grids.

    Where the share does not depend on a number, chance might choose an end. Source: Breiman, Friedman, Olshen &
    Stone 1984, section 3.4.3 (the rule of one standard error).
    """
    best = success.max(numbers)
    worse = success < best - np.sqrt(best * (1 - best) / num_seeds)
    away = xr.zeros_like(success)
    for name in numbers:
        place = xr.ufuncs.log(success[name])
        away = away + abs(place - place.mean()) / place.std()
    return tuning.choose(worse.astype(float), *numbers, tie=away)


# Measures and statements.


def gain(data: xr.Dataset, level: float, way: xr.DataArray | str, other: xr.DataArray | str) -> xr.Dataset:
    """How many more of the networks one way solves than another, on average over codings and widths, which are fixed.

    Either is one way, or one for each setting. A tuned number at the end of its grid might have a better one beyond.
    For the first way a better number could raise the gain, for the other lower it.
    """
    gains = data.solved.sel(way=way, drop=True) * 1.0 - data.solved.sel(way=other, drop=True)
    may_fall, may_rise = (data.at_end.sel(way=one, drop=True) for one in (other, way))
    overall, parts = mean(gains.mean(["coding", "width"]), "seed", level), mean(gains, "seed", level)
    return with_parts(overall, parts, may_fall, may_rise).assign_attrs(units="of the networks more")


def clipped_adds(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """What the clipped straight-through estimator adds to training the output layer alone."""
    return gain(data, level, CLIPPED, OUTPUT) if CLIPPED in data.way else None


def sigmoid_adds(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """What sigmoids add to the best way of steps, which the seeds of tuning choose in every setting."""
    if SMOOTH not in data.way:
        return None
    success = data.tuning_success.sel(way=[way for way in STEPS if way in data.way]).max("rate")
    found = gain(data, level, SMOOTH, success.way[success.argmax("way")].drop_vars("way"))
    if RISING not in data.way:
        return found
    rising = gain(data, level, SMOOTH, RISING).value.item()
    return found.assign_attrs(note=f"{100 * rising:.1f} more than with a rising gain, whose units are steps in the end")


STATEMENTS = (
    Statement(
        "continuity-buys-learning",
        "Sigmoid units solve XOR more often than as many step units, even where these are trained in the best of three "
        "ways.",
        TEXTBOOK, f"{sources.TEXTBOOK}, which calls a network a neural network if its activation is continuous, and a "
        "multilayer perceptron if not", above(0.01, even=0), sigmoid_adds,
        "It had asked for a significant gain in every setting where steps solve less than 99%.", at_tuned=True,
        headline=True,
    ),
    Statement(
        "adds: clipped straight-through",
        "Step units trained by the clipped straight-through estimator solve XOR more often than random step units "
        "under a trained output layer.", OWN,
        "prompted by Hubara, Courbariaux, Soudry, El-Yaniv & Bengio (2016), Binarized neural networks, NeurIPS, "
        "equation 4", above(0.01, even=0), clipped_adds,
        "It had asked for a significant gain in every setting.", at_tuned=True,
    ),
)  # fmt: skip


def shares(data: xr.Dataset) -> xr.Dataset:
    """The share of the networks that solve XOR [way, width, coding]."""
    return wilson(data.solved.mean("seed"), data.sizes["seed"])


def added(data: xr.Dataset) -> xr.Dataset:
    """The share that each way adds to training the output layer alone [way, width, coding]."""
    return mean(data.solved * 1.0 - data.solved.sel(way=OUTPUT, drop=True), "seed", LEVEL)


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each way, coding and number of hidden units."""
    more, alone = added(data), data.way == OUTPUT
    columns = {"value": "added", "low": "added_low", "high": "added_high"}
    return (
        shares(data)
        .assign(before_cut=data.solved_as_trained.mean("seed"), exact=data.exact.where(alone))
        .merge(more.where(~alone).rename(columns))
        .merge(data[["learning_rate", "final_gain", "at_end"]])
    )


# Figures.


LOOKS = {  # two ways learn as a sigmoid and are steps in the end: they are dashed
    OUTPUT: {"color": fg.BLUE, "marker": "o"}, THROUGH: {"color": fg.VERMILION, "marker": "s"},
    CLIPPED: {"color": fg.ORANGE, "marker": "D"}, RISING: {"color": fg.GREEN, "marker": "^", "linestyle": "--"},
    CUT: {"color": fg.PURPLE, "marker": "v", "linestyle": "--"}, SMOOTH: {"color": fg.GREY, "marker": "x"},
}  # fmt: skip


def _panels(data: xr.Dataset) -> Any:
    titles = {coding: f"inputs {coding}" for coding in data.coding.values.tolist()}
    return fg.panels(col=data.coding, size=(5.0, 3.5), titles=titles, sharey=True)


def _beside(ax: Any, parts: xr.Dataset, ways: list[str]) -> None:
    """Estimates by hidden units, those of the ways side by side, and of the output layer alone in its place."""
    for i, way in enumerate(ways):
        one, shift = parts.sel(way=way), 0.0 if way == OUTPUT else 0.06 * (i - len(ways) / 2)
        places = np.arange(parts.sizes["width"]) + shift
        ax.vlines(places, one.low, one.high, color=LOOKS[way]["color"], linewidth=1.3, alpha=0.7)
        look = LOOKS[way] | ({"linestyle": "none"} if way == OUTPUT else {})
        ax.plot(places, one.value, label=way, markersize=5, linewidth=1, **look)
    ax.set_xticks(range(parts.sizes["width"]), parts.width.values.tolist())


def success(data: xr.Dataset) -> Figure:
    """Networks that solve XOR, with 95% intervals, at learning rates tuned for every point. Black: the exact
    probability that a random hidden layer makes XOR linearly separable, which is what training the output layer alone
    reaches. Networks with a rising gain, and the sigmoid networks that are cut, are counted as networks of steps:
    cutting loses none that has solved XOR, so their lines lie near that of the sigmoid."""
    fig, made = _panels(data)
    for ax, where in made:
        exact = data.exact.sel(where)
        ax.plot(range(exact.size), exact, color="black", linewidth=1.2, label="exact, random hidden layer", zorder=1)
        _beside(ax, shares(data).sel(where), data.way.values.tolist())
        ax.set_ylim(-0.03, 1.03)
    title = "XOR learned by networks of step units, and of sigmoids"
    return fg.finish(fig, made, title, data.width, "share that solves XOR", "")


def added_by_training(data: xr.Dataset) -> Figure:
    """How many more networks solve XOR than where the output layer alone is trained, on the same seeds, with 95%
    intervals. Below the line, training the hidden units does harm."""
    fig, made = _panels(data)
    for ax, where in made:
        _beside(ax, added(data).sel(where), [way for way in data.way.values.tolist() if way != OUTPUT])
        ax.axhline(0, color="black", linewidth=0.9)
    title = "What training the hidden units adds to training the output layer alone"
    return fg.finish(fig, made, title, data.width, "difference in the share", "")


def rates(data: xr.Dataset) -> Figure:
    """Networks that solve XOR, by learning rate, on the seeds that tune it; of a rising gain the best last gain at each
    rate. Rings: the chosen rates, of those within a standard error of the best the nearest to the middle; equal ones
    hide each other. Dotted: the exact probability that a random layer is separable; the output layer alone reaches it
    at every rate that is not too low."""
    width = 4 if 4 in data.width else data.width[0].item()
    fig, made = _panels(data)
    for ax, where in made:
        one = data.sel(where | {"width": width})
        for way in data.way.values.tolist():
            curve = one.tuning_success.sel(way=way)
            ax.plot(data.rate, curve, label=way, markersize=4, linewidth=1.2, **LOOKS[way])
            chosen = one.learning_rate.sel(way=way).item()
            ring = {"markersize": 11, "markerfacecolor": "none", "markeredgecolor": LOOKS[way]["color"]}
            ax.plot(chosen, curve.sel(rate=chosen, method="nearest"), "o", **ring)
        ax.axhline(one.exact, color="black", linewidth=1, linestyle=":")
        ax.set(xscale="log", ylim=(-0.03, 1.03))
    title = f"Networks of {width} hidden units that solve XOR, by learning rate"
    return fg.finish(fig, made, title, data.rate, "share that solves XOR", "")


FIGURES = (success, added_by_training, rates)
