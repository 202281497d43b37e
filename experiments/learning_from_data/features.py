"""Does deep learning need no feature engineering, and do classical methods need it?

Features made by hand are added to the inputs, so that no information is lost. For the parity of 4 of 16 bits they are
products of all pairs of bits: the label is a product of two features, but no single feature is the label. For MNIST-1D
they are Fourier magnitudes and autocorrelation, or the greatest correlation with each stretched and shifted template.
For the MNIST digits they are histograms of oriented gradients. The templates are those of the generator of MNIST-1D, so
these features hold knowledge that no method has otherwise.

Five classical methods, and networks of one and two layers of 128 ReLUs, are tuned separately with features and without.
They are tuned on two draws that are not reported, and run on six others. A draw has 64, 256 or 1,024 training rows. It
has 16,384 test rows of the parity (of bit patterns that are no training rows), 5,000 of MNIST-1D or 900 digits. The
error of a network is the mean over 4 seeds. Each method has one or two tuned numbers, whose grids grow up to twice
where the best lies at an end; among trials with equally many mistakes the one with the least loss is taken. Tuning also
chooses the best network and the best classical method, with features and without.

Errors are compared as logarithms within a draw; less than half a mistake counts as half a one. A kind of features is
left out of an average where neither of two methods that are compared errs on any test row of some draw: 0/0 says
nothing. Draws that split the same digits depend on each other, so their intervals are wider (Nadeau & Bengio 2003).

    python -m experiments learning_from_data.features                  # 5 s: one kind of features
    python -m experiments learning_from_data.features --preset full    # 50 minutes on 2 cores
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import flags, resume, sources
from experiments.lab.estimates import LEVEL, average, equally, left_out, mapped, mean, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, TEXTBOOK, Statement, above, below
from experiments.learning_from_data import draws, grids, handmade, methods, networks
from experiments.learning_from_data.grids import Cost, Number, Trial
from experiments.learning_from_data.handmade import PROBLEMS
from experiments.learning_from_data.methods import BOOSTING, CLASSICAL, FOREST, LOGISTIC, METHODS, NEIGHBOURS, SVM
from nnjax import tuning

INPUTS = ("inputs", "inputs and features")
BARE, ENGINEERED = INPUTS
MARGIN = 1.1  # a ratio of errors nearer to 1 counts as equal
# Second numbers whose grids grow too: the penalty C, and the least rows of a leaf.
SECOND = {SVM: Number((4.0, 32.0)), FOREST: Number((1.0, 4.0), least=1), BOOSTING: Number((4.0, 16.0), least=1)}


@dataclass(frozen=True)
class Config:
    problems: Annotated[tuple[str, ...], one_of(PROBLEMS)] = tuple(PROBLEMS)
    rows: Annotated[tuple[int, ...], at_least(8, 4_096)] = (64, 256, 1_024)
    methods: Annotated[tuple[str, ...], one_of(CLASSICAL)] = (LOGISTIC, NEIGHBOURS, SVM, FOREST, BOOSTING)
    depths: tuple[int, ...] = (1, 2)  # hidden layers
    draws: Annotated[int, at_least(2)] = 6  # that are reported
    seeds: int = 4  # networks of each depth on each draw
    test_rows: Annotated[int, at_least(10, 16_384)] = 16_384  # at most; the digits have 900, MNIST-1D 5,000
    width: int = 128  # neurons of a hidden layer
    batch_size: int = 128  # all rows if there are fewer
    num_steps: int = 2_000
    rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.0008, 0.0032, 0.0128, 0.0512)  # learning rates tried
    decays: Annotated[tuple[float, ...], at_least(0.0)] = (0.0, 0.01, 0.1, 1.0, 10.0)  # 0 does not count as an end
    tuning_draws: int = 2  # never reported
    grow: Annotated[int, at_least(0, 3)] = 2  # values beyond the grids, where the best lies at an end


QUICK = Config(
    problems=("parity, products of pairs",), rows=(128,), methods=("nearest neighbours",), depths=(1,), draws=2,
    test_rows=2_000, seeds=1, width=32, num_steps=100, rates=(0.001, 0.004, 0.016), decays=(0.1,), tuning_draws=1,
    grow=0,
)  # fmt: skip

NAMES = {
    "problem": "data set and features made by hand",
    "rows": "training rows",
    "learner": "method; a network counts with its mean error over seeds",
    "without": "share of wrong test rows from inputs alone, geometric mean over draws",
    "with": "share of wrong test rows from inputs and features, geometric mean over draws",
    "ratio": "error with features over error without, geometric mean over draws",
    "low": "lower end of the 95% interval of ratio",
    "high": "upper end of the 95% interval of ratio",
    "neither_errs": "draws without a wrong test row, with features and without, where the ratio counts as 1",
    "one_errs": "draws with wrong test rows on one side alone; none counts as half a one",
    "first_without": "tuned number (of networks the learning rate), inputs alone",
    "first_with": "tuned number (of networks the learning rate), inputs and features",
    "second_without": "second tuned number, if any (of networks the weight decay), inputs alone",
    "second_with": "second tuned number, if any (of networks the weight decay), inputs and features",
    "at_end_without": "whether a tuned number lies at an end of those tried, inputs alone",
    "at_end_with": "whether a tuned number lies at an end of those tried, inputs and features",
}


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    flags.same_ratios(config, "rates")
    methods.check_installed()
    if len(config.decays) == 2 and not config.decays[0]:
        raise ValueError(f"decays={config.decays!r} must hold two values above 0, to be grown, or only one")


def run(config: Config) -> xr.Dataset:
    """Errors [problem, rows, inputs, learner, draw], and what tuning chose."""
    kept = resume.here().kept
    cells: list[xr.Dataset] = []
    first_with = {PROBLEMS[name].data: name for name in reversed(config.problems)}
    bare = {
        data: kept(f"{data.replace(' ', '-')}-inputs", partial(measured, name, BARE, config))
        for data, name in first_with.items()
    }  # problems with the same data share what is measured without features
    for name in config.problems:
        features = kept(name.replace(",", "").replace(" ", "-"), partial(measured, name, ENGINEERED, config))
        both = xr.concat([bare[PROBLEMS[name].data], features], "inputs")
        cells.append(both.expand_dims(problem=[name]))
    sizes = {name: test_rows(name, config) for name in config.problems}
    data = xr.concat(cells, "problem").assign(test_rows=("problem", list(sizes.values())))
    return data.assign(overlap=("problem", [overlap(*one) for one in sizes.items()]))


def test_rows(problem: str, config: Config) -> int:
    return min(handmade.TEST_ROWS[PROBLEMS[problem].data], config.test_rows)


def overlap(problem: str, size: int) -> float:
    """What draws of the same rows add to the variance of their mean; nothing for the parity, which has all its rows."""
    data = PROBLEMS[problem].data
    return 0.0 if data == handmade.PARITY else draws.overlap(data, size)


def measured(problem: str, inputs: str, config: Config) -> xr.Dataset:
    """Every method at every number of rows [rows, inputs, learner]: tuned, then run on fresh draws."""
    return xr.concat([_at(problem, inputs, rows, config) for rows in config.rows], "rows")


def _at(problem: str, inputs: str, rows: int, config: Config) -> xr.Dataset:
    size, most = test_rows(problem, config), max(config.rows)

    def draw(seed: int) -> draws.Draw:
        return handmade.ready(problem, inputs == ENGINEERED, seed, rows, most, size)

    tuned_on = {seed: draw(seed) for seed in tuning.seeds(config.tuning_draws)}
    reported = [draw(seed) for seed in range(config.draws)]

    def classical(name: str) -> tuple[grids.Tuned, Any]:
        method = METHODS[name]
        numbers = method.first, SECOND.get(name, method.second)
        best, fits = methods.measured(method, numbers, tuned_on, reported, config.grow, with_shortfall=True)
        return best, [fit.error for fit in fits]

    found = dict(zip(config.methods, methods.in_threads([partial(classical, one) for one in config.methods]),
                     strict=True))  # fmt: skip
    for depth in config.depths:
        costs = partial(network_costs, list(tuned_on.values()), depth, config)
        best = grids.tuned(costs, (Number(config.rates), Number(config.decays)), config.grow)
        found[networks.network(depth)] = best, network_errors(reported, depth, config, best.trial)
    cells: list[xr.Dataset] = []
    for learner, (best, errors) in found.items():
        keys = ("first", "second", "tuning_error", "tuning_finer", "first_at_end", "second_at_end")
        columns: dict[str, Any] = dict(zip(keys, map(float, (*best.trial, *best.cost, *best.at_end)), strict=True))
        cell = xr.Dataset(columns | {"error": ("draw", np.array(errors, float))})
        cells.append(cell.expand_dims(rows=[rows], inputs=[inputs], learner=[learner]))
    return xr.concat(cells, "learner")


def network_costs(
    tuned_on: Sequence[draws.Draw], depth: int, config: Config, rates: Sequence[float], decays: Sequence[float]
) -> dict[Trial, Cost]:
    """The error and the loss of every rate with every decay: means over draws, with a network on each."""
    setting = networks.Setting(config.width, config.batch_size, config.num_steps)
    runs = networks.tried(tuned_on, (config.width,) * depth, setting, rates, decays)
    means = xr.Dataset({"error": whole_rows(runs, tuned_on), "loss": runs.test_loss}).mean(("task", "seed"))
    found = {}
    for trial in (Trial(rate, decay) for rate in rates for decay in decays):
        error, loss = map(float, means.sel(learning_rate=trial.first, weight_decay=trial.second).values())
        found[trial] = Cost(error, loss if np.isfinite(loss) else np.inf)  # nan could not be compared
    return found


def network_errors(reported: Sequence[draws.Draw], depth: int, config: Config, trial: Trial) -> np.ndarray:
    """The share of wrong test rows [draw], the mean over the networks of a draw; each draw has seeds of its own."""
    seeds = np.arange(len(reported) * config.seeds).reshape(len(reported), config.seeds)
    setting = networks.Setting(config.width, config.batch_size, config.num_steps)
    numbers = {"learning_rate": trial.first, "weight_decay": trial.second}
    runs = networks.sweep(reported, (config.width,) * depth, setting, seeds, **numbers)
    return whole_rows(runs, reported).mean("seed").values


def whole_rows(runs: xr.Dataset, on: Sequence[draws.Draw]) -> xr.DataArray:
    """The share of wrong test rows, a whole number of them, so that none wrong is exactly 0."""
    rows = len(on[0].y_test)
    return (networks.wrong(runs).astype(float) * rows).round() / rows


# Measures.


def of_kind(data: xr.Dataset, kind: str) -> list[str]:
    """The classical methods, or the networks."""
    return [name for name in data.learner.values.tolist() if (name in CLASSICAL) == (kind == "classical method")]


def best(data: xr.Dataset, kind: str, inputs: str) -> xr.Dataset:
    """The best of a kind in tuning [problem, rows]; among equals, the one with the least loss in tuning."""
    some = data.sel(inputs=inputs, learner=of_kind(data, kind))
    least = some.tuning_error == some.tuning_error.min("learner")
    return some.isel(learner=some.tuning_finer.where(least, np.inf).argmin("learner"), drop=True).drop_vars(
        ("inputs", "learner")
    )


def logs(data: xr.Dataset) -> xr.DataArray:
    """Decimal logarithms of the errors."""
    return np.log10(data.error.clip(min=0.5 / data.test_rows))


def power(estimates: xr.Dataset) -> xr.Dataset:
    return mapped(lambda x: 10**x, estimates)


def at_end(data: xr.Dataset) -> xr.DataArray:
    return (data.first_at_end != 0) | (data.second_at_end != 0)


def nobody_errs(*compared: xr.Dataset) -> xr.DataArray:
    """Whether in some draw none of these methods errs on any test row."""
    return sum((one.error > 0 for one in compared), xr.DataArray(False)).min("draw") == 0


Of = tuple[str, str]  # a kind of methods, and its inputs


def ratio(data: xr.Dataset, level: float, factors: Sequence[tuple[Of, Of]], units: str) -> xr.Dataset | None:
    """The product of ratios of errors (best of the first kind over best of the second) with the most rows: the
    geometric mean over the kinds of features."""
    if not (of_kind(data, "classical method") and of_kind(data, "network")):
        return None
    data = data.isel(rows=-1, drop=True)
    gains, known = xr.zeros_like(data.test_rows, float), xr.ones_like(data.test_rows, bool)
    fall, rise = ~known, ~known
    for top, bottom in ((best(data, *one), best(data, *other)) for one, other in factors):
        gains = gains + logs(top) - logs(bottom)
        known &= ~nobody_errs(top, bottom)
        fall, rise = fall | at_end(top), rise | at_end(bottom)
    if not known.any():
        return None
    gains, weights = gains.where(known), equally(known, "problem")
    note = f"geometric mean of {int(known.sum())} kinds of features"
    if known.sum() > 1:
        without = 10 ** left_out(gains.mean("draw"), weights, gains.problem)
        note += f", {float(without.min()):.2f} to {float(without.max()):.2f} without one of them"
    if not known.all():
        note += f"; left out, as 0/0: {', '.join(data.problem.values[~known.values])}"
    overall = power(average(gains, "draw", weights, level, data.overlap))
    each = power(mean(gains, "draw", level, data.overlap))
    return with_parts(overall, each, fall, rise).assign_attrs(units=units, note=note)


NETWORK = ("network", ENGINEERED), ("network", BARE)
REVERSED = NETWORK[1], NETWORK[0]
CLASSIC = ("classical method", ENGINEERED), ("classical method", BARE)
REVISED = "The rule had asked for certainty for every kind of features, among them one where nobody errs."
STATEMENTS = (
    Statement(
        "nothing for the network",
        "With 1,024 training rows, features made by hand do not help the best network, on average over kinds of "
        "features.",
        TEXTBOOK, sources.TEXTBOOK, above(1 / MARGIN),
        partial(ratio, factors=[NETWORK], units="times the error without features"), REVISED, at_tuned=True,
    ),
    Statement(
        "more for classical methods",
        "With 1,024 training rows, features help the best classical method by a larger factor than the best network, "
        "on average over kinds of features.",
        TEXTBOOK, sources.TEXTBOOK, below(1 / MARGIN, even=1),
        partial(ratio, factors=[CLASSIC, REVERSED], units="times the network's ratio of errors"), REVISED,
        at_tuned=True,
    ),
    Statement(
        "instead of a network",
        "With 1,024 training rows, the best classical method with features errs less than the best network without, on "
        "average over kinds of features.",
        OWN, f"prompted by {sources.TEXTBOOK}", below(1 / MARGIN, even=1),
        partial(ratio, factors=[(CLASSIC[0], NETWORK[1])], units="times the error of the network"), REVISED,
        at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def with_over_without(data: xr.Dataset) -> xr.Dataset:
    """The ratio of errors of every method [problem, rows, learner]."""
    log = logs(data)
    return power(mean(log.sel(inputs=ENGINEERED) - log.sel(inputs=BARE), "draw", LEVEL, data.overlap))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per kind of features, number of rows and method."""
    ends = at_end(data).astype(int)
    columns = {"first": data["first"], "second": data.second, "at_end": ends}
    middle, none = 10 ** logs(data).mean("draw"), data.error == 0
    names = {"without": BARE, "with": ENGINEERED}
    errors = {name: middle.sel(inputs=inputs, drop=True) for name, inputs in names.items()}
    ratios = with_over_without(data).rename(value="ratio")
    zeros = none.sum("inputs")
    draws_of = {"neither_errs": (zeros == 2).sum("draw"), "one_errs": (zeros == 1).sum("draw")}
    tuned = {
        f"{column}_{name}": values.sel(inputs=inputs, drop=True)
        for column, values in columns.items() for name, inputs in names.items()
    }  # fmt: skip
    return xr.Dataset({**errors, **ratios, **draws_of, **tuned})


def gains(data: xr.Dataset) -> Figure:
    """Error with features over error without: geometric means over six draws with 95% intervals; left of 1, features
    help. Grey band: within a factor of 1.1. There is no point where in some draw neither with nor without features a
    mistake is made. Hollow: in some draw one of both makes none, which counts as half a mistake. Scales differ between
    panels. In no average: with 1,024 rows no network errs, with features or without."""
    found = with_over_without(data)
    zeros = (data.error == 0).sum("inputs")
    found = found.where(~(zeros == 2).any("draw"))
    some = [best(data.isel(rows=-1), "network", inputs) for inputs in INPUTS]
    left = data.problem.values[nobody_errs(*some).values]
    titles = {name: f"{name} (in no average)" for name in left}
    size = 5.2, 0.3 * data.sizes["learner"] + 0.6
    fig, made = fg.panels(col=data.problem, wrap=2, size=size, titles=titles, sharey=True)
    for ax, where in made:
        ax.axvspan(1 / MARGIN, MARGIN, color="#DDDDDD", linewidth=0, zorder=0)
        ax.axvline(1, color="black", linewidth=0.8)
        for i, (rows, color) in enumerate(zip(data.rows.values, fg.shades(data.sizes["rows"]), strict=True)):
            one = found.sel(where).sel(rows=rows)
            bound = (zeros.sel(where).sel(rows=rows) == 1).any("draw")
            shift = 0.24 * (i - (data.sizes["rows"] - 1) / 2)
            hollow = data.learner.values[bound.values]
            fg.forest(ax, one, "learner", color, shift=shift, label=f"{rows:,} training rows", hollow=hollow)
        ends = np.log(found.sel(where)[["low", "high"]].to_array())
        most = 1.1 * float(np.exp(abs(ends).max()))
        ax.set(xscale="log", xlim=(1 / max(most, 2), max(most, 2)))
    title = "What features made by hand do to the test error of each method"
    return fg.finish(fig, made, title, "error with features / error without", "", "")


LINES = {("network", BARE): "o--", ("network", ENGINEERED): "s-",
         ("classical method", BARE): "o--", ("classical method", ENGINEERED): "s-"}  # fmt: skip
COLORS = {"network": fg.BLUE, "classical method": fg.ORANGE}


def errors(data: xr.Dataset) -> Figure:
    """The method of a kind that is best in tuning at each point: geometric means over six draws with 95% intervals. An
    error of 0 counts as half a mistake, and no interval is drawn below that. Scales differ between panels."""
    fig, made = fg.panels(col=data.problem, wrap=2, size=(4.8, 2.5))
    for (kind, inputs), style in LINES.items():
        if not of_kind(data, kind):
            continue
        found = power(mean(logs(best(data, kind, inputs)), "draw", LEVEL, data.overlap))
        found = found.assign(low=found.low.clip(min=0.5 / data.test_rows), high=found.high.clip(max=1))
        name = kind if inputs == BARE else f"{kind} with features"
        for ax, where in made:
            fg.lines(ax, found.sel(where).expand_dims(kind=[name]), "rows", "kind", [COLORS[kind]], style, band=True)
            ax.set(xscale="log", yscale="log")
            ax.set_xticks(data.rows.values, [f"{rows:,}" for rows in data.rows.values])
            ax.minorticks_off()
    title = "The best network and the best classical method, with and without features"
    return fg.finish(fig, made, title, data.rows, "test error", "")


FIGURES = (gains, errors)
