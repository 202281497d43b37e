"""With 65,536 rows, does a deep network err less than every classical method, and from how many rows on?

The textbook says that deep learning wins on large samples, and names speech. Most data sets of `sample_size` are tables
of at most 16,384 rows. Here are two with 65,536 rows, of which neighbouring inputs belong together:

- MNIST-1D: noisy curves of 40 points, of ten classes.
- Speech frames: 45 phonemes and silence, all other phonemes being one class more. A row holds 40 log-mel bands of 11
  successive frames, synthesised with noise (`lab/speech_corpus`). Training rows are successive frames of whole
  utterances, so that 1,024 rows are about 4 utterances and 65,536 about 260. They are drawn from all voices together.
- Speech frames without context, of the middle frame alone: a control up to 16,384 rows, which no average counts.

There are 8 draws of each. `sample_size` had three of those of MNIST-1D, with fewer methods, and its result was known.
All draws of speech have the same 45 training voices; each has six test voices, which no other has. The n training rows
of a draw are its first n. Inputs are standardised by them.

Classical methods (`methods.py`) are logistic regression, nearest neighbours, a support vector machine with an RBF
kernel, random forest, extra trees and histogram gradient boosting. Random forest and extra trees have 200 trees (100
above 16,384 rows). Boosting has 300 rounds (100 up to 4,096 rows). Networks (`networks.py`) are fully connected, as
everywhere here: 2 or 4 layers of 256 ReLUs. They train by AdamW with a cosine schedule to 0 and batches of 128, for
2,000 steps or 60 epochs, whichever is more. With 65,536 rows of speech, a fit of boosting takes 43 minutes of one core,
one of the support vector machine 6 to 36, and any other up to 15. No cap of time ended a fit, and more rows were not
run.

Every method has 8 trials at every number of rows, on one further draw, which in speech has the development voices. The
trials are four values of one number with two of another, or eight of its only number. The grid of the first number
grows once where its best value lies at an end; for forests on speech it does not, as more than 4 sqrt(d) columns at a
split take too long. The best deep network and the best classical method of this draw are then trained on the 8 draws,
and compared within each. Tuning was done once: intervals hold for other data, seeds and test voices like these, with
the numbers found here.

Errors are compared as logarithms. The crossing is the number of rows from which on the network errs less, by a straight
line between two numbers of rows; its interval is that of the median over draws.

    python -m experiments learning_from_data.large_samples                  # 20 s: a small MNIST-1D, small networks
    python -m experiments learning_from_data.large_samples --preset full    # about 15 hours on 2 cores; can be resumed
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from experiments.lab import figures as fg
from experiments.lab import flags, resume, sources
from experiments.lab.estimates import LEVEL, average, crossing, equally, mapped, mean, median, slope, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.speech_corpus.examples import TEST
from experiments.lab.verdicts import TEXTBOOK, Statement, below
from experiments.learning_from_data import draws, methods, networks, speech_frames
from experiments.learning_from_data.draws import Draw
from experiments.learning_from_data.grids import Cost, Number, Trial, Tuned, choice, tuned
from experiments.learning_from_data.methods import CLASSICAL, EXTRA, FOREST, METHODS, Method
from nnjax import machine, tuning

STORE = False  # sweeps are timed
MNIST1D, SPEECH, CONTROL = "MNIST-1D", "speech frames", "speech frames without context"
CONTEXT = {SPEECH: 5, CONTROL: 0}  # frames to either side
DEEP, OLD = "deep network", "classical method"
LARGE = 65_536
MARGIN = 1.1  # a ratio of errors nearer to 1 counts as equal


@dataclass(frozen=True)
class Config:
    data_sets: Annotated[tuple[str, ...], one_of((MNIST1D, SPEECH, CONTROL))] = (MNIST1D, SPEECH, CONTROL)
    rows: Annotated[tuple[int, ...], at_least(8, count=2)] = (1_024, 4_096, 16_384, LARGE)  # numbers of training rows
    control_rows: int = 16_384  # most training rows of the control, which is as slow as what it controls
    methods: Annotated[tuple[str, ...], one_of(CLASSICAL)] = CLASSICAL
    depths: tuple[int, ...] = (2, 4)  # hidden layers of networks
    draws: Annotated[int, at_least(2, 24)] = 8  # reported draws of a data set, each with one network
    test_rows: Annotated[int, at_least(48)] = 9_600
    width: int = 256  # neurons of a hidden layer
    batch_size: int = 128
    least_steps: int = 2_000  # of a training
    epochs: int = 60  # of a training, where these are more steps
    rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.0002, 0.0008, 0.0032, 0.0128)  # of networks
    decays: tuple[float, ...] = (0.1, 1.0)  # weight decays of networks
    grow: Annotated[int, at_least(0, 3)] = 1  # values beyond those tried, where the best lies at an end


QUICK = Config(
    data_sets=(MNIST1D,), rows=(64, 256), methods=("nearest neighbours", "random forest"), depths=(2,), draws=3,
    test_rows=500, width=32, least_steps=100, epochs=2, rates=(0.001, 0.004, 0.016), decays=(0.1,), grow=0,
)  # fmt: skip

NAMES = {
    "data_set": "data set",
    "rows": "training rows",
    "learner": "method",
    "tuning_error": "share of wrong test rows of the tuning draw, with the tuned numbers",
    "first": "first tuned number: of networks the learning rate, of others see `methods.METHODS`",
    "second": "second tuned number, if there is one: of networks the weight decay",
    "at_end": "-1 or 1 where the first tuned number is the least or the greatest tried, else 0",
    "fit_seconds": "time of one core for a fit with the tuned numbers (networks: with compiling); s",
    "value": "share of wrong test rows on the reported draws, geometric mean",
    "low": "lower end of the 95% interval of value",
    "high": "upper end of the 95% interval of value",
    "balanced": "mean over the classes of the share of their test rows that are wrong, mean over the reported draws",
    "unseen": "share of the test rows whose class is in no training row, mean over the reported draws",
}


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    flags.same_ratios(config, "rates")
    if set(config.data_sets) & set(CONTEXT) and TEST % config.draws:
        raise ValueError(f"draws={config.draws!r} must divide {TEST}, the number of test voices")
    methods.check_installed()


def run(config: Config) -> xr.Dataset:
    """Tuning of every method [data_set, rows, learner], and errors of the best of each side [..., side, draw]."""
    check(config)
    cells = [
        cell(name, rows, config)
        for rows in config.rows
        for name in config.data_sets
        if name != CONTROL or rows <= config.control_rows
    ]
    data = xr.merge(cells, join="outer", compat="no_conflicts")
    data["choice"] = data.choice.fillna("")  # where nothing was run
    order = {"data_set": list(config.data_sets), "learner": [*config.methods, *map(networks.network, config.depths)]}
    return data.reindex(order)


def cell(name: str, rows: int, config: Config) -> xr.Dataset:
    """All methods at one number of rows of a data set."""
    kept = partial(in_part, resume.here(), f"{name.replace(' ', '-')}-{rows}")
    setting = networks.Setting(config.width, config.batch_size, config.least_steps, config.epochs)
    hidden = {networks.network(depth): (config.width,) * depth for depth in config.depths}
    tuned_on = drawn(name, tuning.FIRST_SEED, rows, config)
    searches = {learner: partial(search, name, learner, tuned_on, config.grow, kept) for learner in config.methods}
    slowest_first = dict(reversed(searches.items()))
    found = dict(zip(slowest_first, methods.in_threads(list(slowest_first.values())), strict=True))
    for learner, layers in hidden.items():
        found[learner] = kept(f"{learner}-tuning", partial(search_network, tuned_on, layers, setting, config))

    best = {side: best_of(found, some) for side, some in {DEEP: list(hidden), OLD: config.methods}.items()}
    deep, old = (found[learner] for learner in best.values())
    reported = [drawn(name, seed, rows, config) for seed in range(config.draws)]
    train = partial(trained, reported, hidden[best[DEEP]], setting, deep)
    of_network = kept(f"{best[DEEP]}-draws", train)
    fit = partial(fitted, METHODS[best[OLD]], Trial(float(old["first"]), float(old["second"])))
    fits = [partial(kept, f"{best[OLD]}-draw-{i}", partial(fit, i, draw)) for i, draw in enumerate(reported)]
    of_classical = xr.concat(methods.in_threads(fits), "draw")[["error", "balanced"]]

    errors = xr.concat([of_network, of_classical], xr.DataArray(list(best), dims="side", name="side"))
    unseen = [float(np.mean(~np.isin(draw.y_test, draw.y))) for draw in reported]
    errors = errors.assign(choice=("side", list(best.values())), unseen=("draw", unseen))
    of_methods = xr.concat(found.values(), xr.DataArray(list(found), dims="learner", name="learner"))
    return of_methods.merge(errors).expand_dims(data_set=[name], rows=[rows])


def in_part(here: resume.Run, prefix: str, name: str, make: Callable[[], xr.Dataset]) -> xr.Dataset:
    """What `make` returns, kept as a part of the run that is under way, which threads do not inherit."""
    return here.kept(f"{prefix}-{name.replace(' ', '-')}", make)


def drawn(name: str, seed: int, rows: int, config: Config) -> Draw:
    """What a method is given: the first rows of a draw, scaled by them alone."""
    most = max(config.rows)
    if name == MNIST1D:
        return draws.ready(name, seed, rows, most, config.test_rows)
    found = speech_frames.made(seed, most, config.test_rows, CONTEXT[name], config.draws)
    return draws.scaled(found.first(rows))


def search(name: str, learner: str, draw: Draw, grow: int, kept: Callable[..., xr.Dataset]) -> xr.Dataset:
    """A classical method tuned on a draw; every trial is a part."""
    method, seen = METHODS[learner], dict[Trial, xr.Dataset]()

    def costs(firsts: Sequence[float], seconds: Sequence[float]) -> dict[Trial, Cost]:
        for trial in (Trial(first, second) for first in firsts for second in seconds):
            part = f"{learner}-{trial.first:.3g}-{trial.second:.3g}"
            seen[trial] = kept(part, partial(fitted, method, trial, tuning.FIRST_SEED, draw))
        return {trial: Cost(float(one.error)) for trial, one in seen.items()}

    slow = name in CONTEXT and learner in (FOREST, EXTRA)
    best = tuned(costs, (method.first, method.second), 0 if slow else grow)
    return of_tuning(best, float(seen[best.trial].fit_seconds))


def search_network(draw: Draw, hidden: tuple[int, ...], setting: networks.Setting, config: Config) -> xr.Dataset:
    """Networks of one shape tuned on a draw."""
    start, trials = time.perf_counter(), 0

    def costs(rates: Sequence[float], decays: Sequence[float]) -> dict[Trial, Cost]:
        nonlocal trials
        trials += len(rates) * len(decays)
        error = networks.surface([draw], hidden, setting, rates, decays)
        found = {
            Trial(rate, decay): error.sel(learning_rate=rate, weight_decay=decay) for rate in rates for decay in decays
        }
        return {trial: Cost(float(one)) for trial, one in found.items()}

    best = tuned(costs, (Number(config.rates), choice(*config.decays)), config.grow)
    return of_tuning(best, (time.perf_counter() - start) * machine.num_workers() / trials)


def of_tuning(best: Tuned, seconds: float) -> xr.Dataset:
    """What tuning has chosen, for one method."""
    chosen = best.trial._asdict() | {"tuning_error": best.cost.error, "at_end": best.at_end[0]}
    return xr.Dataset(chosen | {"fit_seconds": seconds})


def best_of(found: dict[str, xr.Dataset], learners: Sequence[str]) -> str:
    """The method with the least error in tuning."""
    return min(learners, key=lambda learner: float(found[learner].tuning_error))


def fitted(method: Method, trial: Trial, seed: int, draw: Draw) -> xr.Dataset:
    """Errors of a classical method that is fitted to a draw by one core."""
    estimator = method.make(trial, seed, *draw.x.shape)
    with threadpool_limits(1, user_api="openmp"), machine.one_blas_thread():
        start = time.thread_time()
        estimator.fit(draw.x, draw.y)
        seconds = time.thread_time() - start
        answers = estimator.predict(draw.x_test)
    return errors_of(answers, draw.y_test).assign(fit_seconds=seconds)


def trained(
    reported: Sequence[Draw], hidden: tuple[int, ...], setting: networks.Setting, best: xr.Dataset
) -> xr.Dataset:
    """Errors [draw] of networks with the tuned numbers, each draw with a seed of its own."""
    numbers = {networks.RATES: float(best["first"]), networks.DECAYS: float(best["second"])}
    seeds = np.arange(len(reported))[:, None]
    runs = networks.sweep(reported, hidden, setting, seeds, measure={"chances": networks.chances}, **numbers)
    chances = runs.chances.isel(step=-1, seed=0).transpose("task", "chances_0", "chances_1").values
    answers = np.where(
        np.isfinite(chances).all(axis=-1), chances.argmax(axis=-1), -1
    )  # of a diverged one all are wrong
    return xr.concat([errors_of(one, draw.y_test) for one, draw in zip(answers, reported, strict=True)], "draw")


def errors_of(answers: Any, right: Any) -> xr.Dataset:
    """The share of wrong rows, and the mean over the classes of these shares."""
    wrong = answers != right
    return xr.Dataset({"error": wrong.mean(), "balanced": np.mean([wrong[right == one].mean() for one in set(right)])})


# Measures.


def gains(data: xr.Dataset, measure: str = "error") -> xr.DataArray:
    """Logarithms of the ratio of errors, deep network over classical method [data_set, rows, draw]."""
    log = xr.apply_ufunc(np.log10, data[measure].astype(float).clip(min=1e-5))
    return log.sel(side=DEEP, drop=True) - log.sel(side=OLD, drop=True)


def might_improve(data: xr.Dataset, side: str) -> xr.DataArray:
    """Whether a method of a side, nearly as good in tuning as its best, has its first number at an end [data_set,
    rows]. Of the second there are two values, so that it always lies at one."""
    classical = data.learner.isin(CLASSICAL)
    error = data.tuning_error.where(classical if side == OLD else ~classical)
    return ((data.at_end != 0) & (error <= MARGIN * error.min("learner"))).any("learner")


def averaged(gains: xr.DataArray, level: float, may_fall: Any, may_rise: Any) -> xr.Dataset:
    """The geometric mean over the data sets of ratios whose logarithms are gains [data_set, draw], with its parts."""
    weights = equally(gains.notnull().any("draw"), "data_set")
    overall, each = (power(one) for one in (average(gains, "draw", weights, level), mean(gains, "draw", level)))
    names, ratios = each.data_set.values.tolist(), each.value.values
    note = ", ".join(f"{name} {value:.3g}" for name, value in zip(names, ratios, strict=True))
    return with_parts(overall, each, may_fall, may_rise).assign_attrs(note=note)


def power(estimates: xr.Dataset) -> xr.Dataset:
    return mapped(lambda x: 10**x, estimates)


def counted(data: xr.Dataset) -> xr.Dataset | None:
    """The data sets without the control; None unless there are both, with LARGE rows at the most."""
    there = {MNIST1D, SPEECH} <= set(data.data_set.values.tolist()) and int(data.rows.max()) == LARGE
    return data.sel(data_set=[MNIST1D, SPEECH]) if there else None


def ratio(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The ratio of errors with the most rows; the note has crossings, and the ratio where classes count equally."""
    if (both := counted(data)) is None:
        return None
    most = both.sel(rows=LARGE)
    found = averaged(gains(most), level, might_improve(most, DEEP), might_improve(most, OLD))
    balanced = averaged(gains(most, "balanced"), level, False, False).value.item()
    parts = zip(most.data_set.values, found.part_value.values, crossings(both, level).values, strict=True)
    note = "; ".join(f"{name} {value:.3g}, {crossed}" for name, value, crossed in parts)
    return found.assign_attrs(units="times the error", note=f"{note}; {balanced:.3g} where classes count equally")


def crossings(data: xr.Dataset, level: float) -> xr.DataArray:
    """From how many rows on the network errs less, medians over draws with intervals, in words [data_set]."""
    found, least, most = median(crossing(gains(data), "rows"), "draw", level), data.rows.min(), data.rows.max()

    def number(rows: float) -> str:
        return f"{float(f'{rows:.3g}'):,.0f}"

    def in_words(rows: float, low: float, high: float) -> str:
        if rows == np.inf:
            return f"no crossing up to {most.item():,} rows"
        if rows == 0:
            return f"crossing at {least.item():,} rows or fewer"
        return f"crossing at {number(rows)} [{number(low)}, {number(high)}] rows"

    return xr.apply_ufunc(np.vectorize(in_words), found.value, found.low, found.high)


def gain_by_rows(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """By which factor the ratio of errors changes from the fewest rows to the most.

    It is that of a straight line through the logarithm of the ratio over the logarithm of the rows.
    """
    if (both := counted(data)) is None:
        return None
    x = np.log10(both.rows.astype(float))
    change = slope(x, gains(both), "rows") * float(x.max() - x.min())
    unsure = (might_improve(both, DEEP) | might_improve(both, OLD)).isel(rows=[0, -1]).any("rows")
    return averaged(change, level, unsure, unsure).assign_attrs(units="times the ratio of errors")


LESS = below(1 / MARGIN, even=1)
SEEN = "On MNIST-1D, errors of networks, forest and boosting on three of the draws were known from `sample_size`."
STATEMENTS = (
    Statement(
        "large samples",
        "With 65,536 rows, the best fully connected deep network errs less than the best of six classical methods, on "
        "average over MNIST-1D and speech frames.",
        TEXTBOOK, sources.TEXTBOOK, LESS, ratio, SEEN, at_tuned=True,
    ),
    Statement(
        "gain by rows",
        "From 1,024 to 65,536 rows, the best deep network gains on the best classical method, on average over MNIST-1D "
        "and speech frames.",
        TEXTBOOK, sources.TEXTBOOK, LESS, gain_by_rows, SEEN, at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per data set, number of rows and method; errors on the reported draws of the best of each side."""
    rows = data[["tuning_error", "first", "second", "at_end", "fit_seconds"]]
    errors = power(mean(np.log10(data.error.astype(float).clip(min=1e-5)), "draw", LEVEL))
    errors = errors.assign(balanced=data.balanced.mean("draw"))
    ours = data.learner == data.choice
    rows = rows.merge(errors.where(ours).max("side")).assign(unseen=data.unseen.mean("draw"))
    return rows.where(rows.tuning_error.notnull())


COLORS = {MNIST1D: fg.BLUE, SPEECH: fg.VERMILION, CONTROL: fg.GREY}


def overtaken(data: xr.Dataset) -> Figure:
    """The error of the best deep network divided by that of the best classical method, both chosen by tuning at each
    number of rows. Geometric means over draws with 95% intervals. Below 1 the network errs less; grey band: within a
    factor of 1.1. Grey squares: the control, which the average does not count. Rows of speech come in utterances: 1,024
    are about 4 of them, 65,536 about 260."""
    ratios = power(mean(gains(data), "draw", LEVEL))
    fig, made = fg.panels(size=(7.2, 3.6))
    ax = made[0][0]
    for name in data.data_set.values.tolist():
        style = "s--" if name == CONTROL else "o-"
        fg.lines(ax, ratios.sel(data_set=[name]), "rows", "data_set", COLORS, style, markersize=5)
    ax.axhspan(1 / MARGIN, MARGIN, color="#E8E8E8", linewidth=0, zorder=0)
    ax.axhline(1, color="black", linewidth=1, zorder=1)
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(data.rows.values, [f"{rows:,}" for rows in data.rows.values])
    ax.minorticks_off()
    ax.legend()
    title = "Error of the best deep network over that of the best classical method"
    return fg.finish(fig, made, title, data.rows, "ratio of errors")


LINES = {  # colour and style
    "logistic regression": (fg.GREY, "v-"), "nearest neighbours": (fg.PURPLE, "P-"), "RBF SVM": (fg.ORANGE, "D-"),
    "random forest": (fg.GREEN, "s-"), "extra trees": (fg.GREEN, "X:"), "gradient boosting": (fg.GREEN, "^--"),
    "2 hidden layers": (fg.SKY, "o-"), "4 hidden layers": (fg.BLUE, "o-"),
}  # fmt: skip


def every_method(data: xr.Dataset) -> Figure:
    """The share of test rows of the tuning draw that are wrong, with the tuned numbers of every method: what decides
    which deep network and which classical method are trained on the reported draws. Scales differ between panels. The
    control, without context, ends at fewer rows."""
    fig, made = fg.panels(col=data.data_set, size=(4.0, 3.0))
    for ax, where in made:
        here = data.tuning_error.sel(where).dropna("rows", how="all")
        for learner in here.learner.values.tolist():
            color, style = LINES.get(learner, (fg.BLUE, "o-"))
            ax.plot(here.rows, here.sel(learner=learner), style, color=color, markersize=4, label=learner)
        ax.set(xscale="log", yscale="log")
        ax.set_xticks(here.rows.values, [f"{rows:,}" for rows in here.rows.values])
        ax.margins(y=0.1)
        ax.minorticks_off()
    return fg.finish(
        fig, made, "Every method, tuned at every number of rows", data.rows, "error on the tuning draw", ""
    )


FIGURES = (overtaken, every_method)
