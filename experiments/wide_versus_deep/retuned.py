"""How often do intervals that leave out the randomness of tuning contain the true number?

Many statements compare networks at learning rates that were tuned once, and their intervals are over draws of the data
that share these rates. With other seeds, tuning would have chosen other rates. Here the same comparison is tuned and
measured 200 times, each time on draws and seeds that no other time has. The number measured is the error of three ReLU
layers over that of one layer with as many parameters (250), on two spirals and on x^2. The average over all 200 counts
as the true number.

Each time the learning rate of each network is tuned on 2 draws of the data with 2 seeds, among ten rates and those
beyond an end (`nnjax.tuning.halve`). Then 12 fresh draws with 2 seeds each are trained at the rates found. Training is
that of `wide_versus_deep.equal_budgets`, for 2,000 steps and without weight decay. The logarithm of the ratio of errors
is averaged over draws, with Student's 95% interval. The table also has intervals over five tunings, of their five
averages, for every five that follow each other.

    python -m experiments wide_versus_deep.retuned                  # 3 s: 6 times, 60 steps
    python -m experiments wide_versus_deep.retuned --preset full    # 18 minutes
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, mean
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, Statement, below
from experiments.wide_versus_deep import tuned
from experiments.wide_versus_deep.families import FAMILIES, FAMILY, SQUARED, made
from nnjax import mlp
from nnjax.tasks import Data

TASKS = ("spirals, 2 turns", "x squared")
KINDS = ("1", "3")  # hidden layers that are compared
LEAST, MOST = 1e-12, 10.0  # squared errors are clipped
FIVE = 5  # tunings of the wider interval


@dataclass(frozen=True)
class Config:
    tasks: Annotated[tuple[str, ...], one_of(TASKS)] = TASKS
    budget: int = 250  # parameters
    tunings: Annotated[int, at_least(5)] = 200  # how often all is tuned and measured
    draws: Annotated[int, at_least(2)] = 12  # fresh draws of the data, each time
    seeds_per_draw: int = 2
    rates: Annotated[tuple[float, ...], at_least(count=3)] = tuple(2.0**i for i in range(-12, -2))  # tried
    grow: Annotated[int, at_least(0)] = 2  # rates beyond those tried, where the best lies at an end
    tuning_draws: int = 2  # draws of the data for each tuning, never reported
    tuning_seeds: int = 2  # on each of these draws
    num_steps: int = 2_000
    batch_size: int = 64


QUICK = Config(
    ("spirals, 2 turns",), tunings=6, draws=3, seeds_per_draw=1, rates=(2**-8, 2**-7, 2**-6), grow=0, tuning_draws=1,
    tuning_seeds=1, num_steps=60,
)  # fmt: skip

NAMES = {
    "task": "task", "kind": "hidden layers", "tuning": "tuning", "learning_rate": "tuned learning rate",
    "ratio": "error of three layers over that of one, geometric mean over all tunings",
    "one": "share of the intervals at one tuning that hold this number",
    "five": "share of the intervals over five tunings that hold it",
    "factor": "times as wide as an interval at one tuning would have to be to hold it in 95% of the tunings",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Log errors [tuning, draw, kind, task], means over the seeds of a draw, and the tuned rates."""
    return xr.concat([_one(task, config) for task in config.tasks], "task")


def _one(task: str, config: Config) -> xr.Dataset:
    family = FAMILIES[FAMILY[task]]

    def make(seed: int) -> dict[str, Data]:
        return {task: made(FAMILY[task], seed, config.budget)[task]}

    one = make(0)[task]
    ends = one.x.shape[1], one.y.shape[1]
    settings: dict[str, Any] = {
        "hidden": [mlp.hidden_for_budget(config.budget, int(kind), *ends) for kind in KINDS],
        "activation": "relu", "loss": family.loss, "init": "he_normal", "bias_init": "lecun_uniform",
        "bias_scale": 1 / np.sqrt(3), "solver": "adamw", "schedule": "cosine", "batch_size": config.batch_size,
        "order": "sequential", "padding": False,
    }  # fmt: skip

    def errors(data: dict, seeds: dict, numbers: dict[str, Any], num_steps: int) -> xr.DataArray:
        runs = tuned.swept(data, KINDS, numbers, settings | {"seeds": seeds, "num_steps": num_steps})
        if family.loss == SQUARED:
            return np.log10(runs.test_loss.clip(LEAST, MOST))
        return tuned.log_wrong(runs, len(one.x_test))

    names = [str(i) for i in range(config.tunings)]
    rates = tuned.tune(
        make, errors, config.rates, config.num_steps, draws=config.tuning_draws, seeds=config.tuning_seeds,
        grow=config.grow, tunings=names,
    ).learning_rate  # fmt: skip
    data, seeds = tuned.drawn(make, range(config.tunings * config.draws), config.seeds_per_draw)
    each = [rates.sel(tuning=names[i // config.draws], drop=True) for i in range(len(data))]
    given = {"learning_rate": xr.concat(each, "task").assign_coords(task=list(data))}
    error = tuned.by_draw(errors(data, seeds, given, config.num_steps)).mean("seed").transpose("draw", "kind", "task")
    shape = (config.tunings, config.draws, len(KINDS), 1)
    return xr.Dataset(
        {
            "error": (("tuning", "draw", "kind", "task"), error.values.reshape(shape).astype(np.float32)),
            "learning_rate": rates.drop_vars("tuning").astype(np.float32),
        },
        {"kind": list(KINDS), "task": [task]},
    )


# Measures.


def gains(data: xr.Dataset) -> xr.DataArray:
    """The log ratio of the errors of three layers and of one [tuning, draw, task]."""
    return data.error.sel(kind=KINDS[1], drop=True) - data.error.sel(kind=KINDS[0], drop=True)


def holds(parts: xr.Dataset, truth: xr.DataArray) -> xr.DataArray:
    return ((parts.low <= truth) & (truth <= parts.high)).astype(float)


def at_one(data: xr.Dataset) -> xr.Dataset:
    """The log ratio with its interval over draws, of each tuning [tuning, task]."""
    return mean(gains(data), "draw", LEVEL)


def over_five(data: xr.Dataset) -> xr.Dataset:
    """The same with the interval over five tunings, of every five that follow each other [tuning, task]."""
    averages = gains(data).mean("draw").rolling(tuning=FIVE).construct("five").isel(tuning=slice(FIVE - 1, None))
    return mean(averages, "five", LEVEL)


def coverage(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the intervals at one tuning that hold the average over all tunings, mean over the tasks."""
    hits = holds(at_one(data), gains(data).mean(("tuning", "draw"))).mean("task")
    factors = ", ".join(f"{task}: {factor:.2g} times" for task, factor in too_narrow(data).to_series().items())
    note = f"for 95% they would have to be wider, {factors}"
    return mean(hits, "tuning", level).clip(0, 1, keep_attrs=True).assign_attrs(units="of the intervals", note=note)


def too_narrow(data: xr.Dataset) -> xr.DataArray:
    """How many times wider intervals at one tuning would have to be to hold the number in 95% of them [task]."""
    parts = at_one(data)
    off = abs(parts.value - gains(data).mean(("tuning", "draw"))) / (parts.high - parts.value)
    return off.quantile(LEVEL, "tuning").drop_vars("quantile")


STATEMENTS = (
    Statement(
        "tuning left out", "Intervals after one tuning hold the true ratio of errors in less than 94% of the tunings, "
        "where 95% are due.", OWN, "", below(LEVEL - 0.01, even=LEVEL), coverage,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per task."""
    truth = gains(data).mean(("tuning", "draw"))
    shares = {"one": holds(at_one(data), truth).mean("tuning"), "five": holds(over_five(data), truth).mean("tuning")}
    return xr.Dataset({"ratio": 10**truth, **shares, "factor": too_narrow(data)})


def intervals(data: xr.Dataset) -> Figure:
    """The ratio of the errors of three layers and of one, measured again and again with other seeds: dots are the
    geometric means over 12 draws of the data after one tuning, in order of size, with their 95% intervals.
    Line: the mean of all. Vermilion: intervals that miss it. If intervals were right, one of twenty would. Networks
    have 250 parameters and train without weight decay, so that ratios differ from those of `equal_budgets`."""
    parts, truth = at_one(data), gains(data).mean(("tuning", "draw"))
    fig, made_of = fg.panels(col=data.task, size=(9.2 / data.sizes["task"], 3.3))
    for ax, where in made_of:
        one, middle = parts.sel(where), truth.sel(where).item()
        order = np.argsort(one.value.values)
        hit = holds(one, middle).values.astype(bool)[order]
        value, low, high = (10 ** one[name].values[order] for name in ("value", "low", "high"))
        for kept, color in ((hit, fg.BLUE), (~hit, fg.VERMILION)):
            places = np.flatnonzero(kept)
            ax.vlines(places, low[kept], high[kept], color=color, linewidth=0.9)
            ax.plot(places, value[kept], ".", color=color, markersize=3.5)
        ax.axhline(10**middle, color="black", linewidth=1)
        ax.set(yscale="log", title=f"{where['task']}: {hit.mean():.0%} hold the mean")
    title = "The same comparison, tuned again and again"
    return fg.finish(fig, made_of, title, "tunings, in order of size", "ratio of errors", legend="")


FIGURES = (intervals,)
