"""Does a plain network err less than a random forest on the tables where a published network does?

Yan, Mohr & Viering 2025, LCDB 1.1 (NeurIPS, arXiv 2505.15657) publish learning curves of learners at default settings
on OpenML's tables. Among the learners are RealMLP (a deep network with tuned defaults), CatBoost, TabPFN v2 and random
forest. With the most rows of each table, RealMLP errs less than the forest on four of the seven tables here, and more
on one. On magic and segment their errors are within two standard errors, which counts as a tie.

The protocol is that of their code. A tenth of the rows is for testing and a tenth of the rest is put aside, both
stratified by class. A learner gets the first n of the others. Equal rows may lie on both sides. There are 25 such
splits, each with its own test part; theirs are 5 test parts with 5 splits of the rest. A learner that needs validation
rows takes them out of the n; our network needs none. Our forest has scikit-learn's defaults and unscaled inputs; our
network scales them by its n rows.

The network is the plain one of `sample_size`, trained for 2,000 steps or 20 epochs, whichever is more. Its depth, rate
and decay are chosen on draws of MNIST-1D and of the MNIST digits with 1,024 rows. The mean logarithm of the error
decides. The choice then holds for every table and every number of rows. It is made five times, on other draws, and each
choice trains the networks of five splits. When it was made only once, a network of one layer had confirmed the claim. A
network of two layers, chosen on other draws, had refuted it. With many rows the network may be behind because it is
trained for fewer epochs: 62 with 4,096 rows and 20 with 13,778.

Errors are compared as logarithms within a split, and averaged over the named tables and the splits of a choice. The
interval of the verdict is over choices; those of table and figures are over splits, and too narrow for the network, as
they leave most of the choice out. Splits of the same rows depend on each other, so all are wider (Nadeau & Bengio
2003). In table and figures, no standard error counts as less than the binomial one of all tested rows.

    python -m experiments learning_from_data.lcdb                  # 5 s: one table, small networks
    python -m experiments learning_from_data.lcdb --preset full    # 1.5 hours on 2 cores
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab import flags, repeat, resume, sources, tables
from experiments.lab.estimates import LEVEL, estimate, mapped, mean, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, Statement, below
from experiments.learning_from_data import draws, methods, networks
from experiments.learning_from_data.draws import Draw
from experiments.learning_from_data.published_curves import ANCHORS, TEST_PARTS, curves
from nnjax import tuning

GREATEST = {  # numbers of training rows that LCDB has
    "letter": 13_778, "magic": 13_778, "penbased": 8_192, "optdigits": 4_096, "satimage": 4_871, "spambase": 3_445,
    "segment": 1_723,
}  # fmt: skip
NETWORK, FOREST = "network", "random forest"
# Whether RealMLP errs less than the forest in LCDB with the most rows; they tie on magic and segment.
NETWORK_WINS = {"penbased": True, "letter": True, "optdigits": True, "satimage": True, "spambase": False}
MARGIN = 1.1  # a ratio of errors nearer to 1 counts as equal
TENTH = 0.1  # of the rows that are for testing, and of the rest that are put aside


@dataclass(frozen=True)
class Config:
    tables: Annotated[tuple[str, ...], one_of(GREATEST)] = tuple(GREATEST)
    # numbers of training rows at which LCDB has measured; each table has its greatest one too
    rows: Annotated[tuple[int, ...], one_of(ANCHORS)] = (16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192)
    splits: Annotated[int, at_least(2)] = 25
    # how often depth, rate and decay are chosen, each time for equally many splits
    tunings: Annotated[int, at_least(2)] = 5
    width: int = 128  # neurons of a hidden layer
    depths: tuple[int, ...] = (1, 2, 4)  # hidden layers tried on other data
    rates: Annotated[tuple[float, ...], at_least(count=3)] = (0.0032, 0.0064, 0.0128, 0.0256, 0.0512, 0.1024)  # tried
    decays: tuple[float, ...] = (0.01, 0.1, 1.0)  # weight decays tried
    grow: Annotated[int, at_least(0, 3)] = 2  # values beyond, where the best lies at an end
    other_data: Annotated[tuple[str, ...], one_of((draws.MNIST1D, draws.DIGITS))] = (draws.MNIST1D, draws.DIGITS)
    other_rows: Annotated[int, at_least(8, 4_096)] = 1_024  # training rows there
    other_test_rows: Annotated[int, at_least(10, 900)] = 900
    other_draws: int = 2  # of each of these data, for each choice
    batch_size: int = 128  # all rows if there are fewer
    least_steps: int = 2_000  # of a training
    epochs: int = 20  # of a training, where these are more steps


QUICK = Config(
    tables=("spambase",), rows=(64,), splits=2, tunings=2, width=32, depths=(1,), rates=(0.001, 0.003, 0.009),
    decays=(0.1,), grow=0, other_data=("MNIST-1D",), other_rows=64, other_test_rows=100, other_draws=1,
    least_steps=100, epochs=1,
)  # fmt: skip

NAMES = {
    "table": "table",
    "rows": "training rows",
    "learner": "learner, ours or published in LCDB 1.1",
    "error": "test error, mean over 25 splits",
    "standard_error": "standard error of error, at least the binomial one of all tested rows",
    "ratio": "error of our network over this error",
    "low": "lower end of the 95% interval of ratio",
    "high": "upper end of the 95% interval of ratio",
}


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything runs."""
    flags.same_ratios(config, "rates")
    if config.splits % config.tunings:
        raise ValueError(f"splits={config.splits!r} must be a multiple of tunings={config.tunings!r}")
    methods.check_installed()


def run(config: Config) -> xr.Dataset:
    """Errors [learner, table, rows, split] of our network and forest, and what was chosen on other data [tuning]."""
    kept = resume.here().kept
    choices = [kept(f"configuration-{i}", partial(configuration, config, i)) for i in range(config.tunings)]
    chosen = xr.concat(choices, "tuning")
    each = [kept(name, partial(measured, name, config, chosen)) for name in config.tables]
    test_rows = [len(split(name, 0).y_test) for name in config.tables]
    overlaps = [draws.overlap(name, rows) for name, rows in zip(config.tables, test_rows, strict=True)]
    data = xr.merge([xr.concat(each, "table", join="outer"), chosen])
    return data.assign(test_rows=("table", test_rows), overlap=("table", overlaps))


def setting(config: Config) -> networks.Setting:
    return networks.Setting(config.width, config.batch_size, config.least_steps, config.epochs)


def configuration(config: Config, number: int) -> xr.Dataset:
    """The depth, rate and decay with the least mean logarithm of the error over draws of data that LCDB does not have.
    Each `number` has draws of its own.

    Where the best rate or decay of a depth lies at an end of those tried, values beyond are tried too.
    """
    rows, first = config.other_rows, number * config.other_draws
    seeds = tuning.seeds(first + config.other_draws)[first:]
    each = [[draws.ready(name, seed, rows, rows, config.other_test_rows) for seed in seeds]
            for name in config.other_data]  # fmt: skip

    def cost(learning_rate: Sequence[float], weight_decay: Sequence[float]) -> xr.DataArray:
        by_depth: list[Any] = []
        for depth in config.depths:
            hidden = (config.width,) * depth
            errors = [networks.surface(one, hidden, setting(config), learning_rate, weight_decay) for one in each]
            logs: list[Any] = [np.log10(one.clip(0.5 / config.other_test_rows, 1.0)) for one in errors]
            by_depth.append(xr.concat(logs, "data").mean("data"))
        return xr.concat(by_depth, xr.Variable("depth", list(config.depths)))  # pyright: ignore[reportReturnType]

    found = tuning.tune(cost, widen=config.grow, learning_rate=config.rates, weight_decay=config.decays)
    least = found.cost.min(list(found.best))
    at = {"depth": least.depth[int(least.argmin("depth"))]}
    ends = sum(abs(int(one.sel(at))) for one in found.at_end.values())
    numbers = {name: float(one.sel(at)) for name, one in found.best.items()}
    return xr.Dataset({"depth": int(at["depth"]), **numbers, "at_end": int(ends > 0)})


def measured(name: str, config: Config, chosen: xr.Dataset) -> xr.Dataset:
    """Our forest and our network on every split of a table, at all its numbers of rows."""
    rows = [*(n for n in config.rows if n < GREATEST[name]), GREATEST[name]]
    each = [split(name, seed) for seed in range(config.splits)]
    jobs = [partial(_forest, draw.first(n), seed) for n in reversed(rows) for seed, draw in enumerate(each)]
    forest = np.array([fit.error for fit in methods.in_threads(jobs)]).reshape(len(rows), config.splits)[::-1]
    own = np.split(np.arange(config.splits), config.tunings)  # the splits of each choice, which follow each other
    network = [
        np.concatenate([
            trained([draws.scaled(each[i].first(n)) for i in splits], splits, config, chosen.isel(tuning=number))
            for number, splits in enumerate(own)
        ])
        for n in rows
    ]  # fmt: skip
    error = np.stack([np.array(network), forest])[:, None].astype(np.float32)
    coords = {"learner": [NETWORK, FOREST], "table": [name], "rows": rows}
    return xr.Dataset({"error": ((*coords, "split"), error)}, coords)


def trained(some: Sequence[Draw], seeds: np.ndarray, config: Config, chosen: xr.Dataset) -> np.ndarray:
    """Shares of wrong test rows of a network on each of these draws, with these seeds [draw]."""
    numbers = {networks.RATES: float(chosen.learning_rate), networks.DECAYS: float(chosen.weight_decay)}
    hidden, measure = (config.width,) * int(chosen.depth), {"chances": networks.chances}
    runs = networks.sweep(some, hidden, setting(config), seeds[:, None], measure=measure, **numbers)
    return networks.wrong(runs).isel(seed=0).transpose("task").values


@functools.lru_cache(32)
def split(name: str, seed: int) -> Draw:
    """A split as LCDB makes it: a tenth of the rows to test, a tenth of the others put aside, stratified by class.
    Equal rows are not kept together, and inputs are not scaled.
    """
    from sklearn.model_selection import train_test_split

    x, y = table_of = tables.table(name)
    own = repeat.seed(seed)
    rest, test = train_test_split(np.arange(len(y)), test_size=TENTH, random_state=own, stratify=y)
    train, _ = train_test_split(rest, test_size=TENTH, random_state=own, stratify=y[rest])
    return Draw(x[train], y[train], x[test], y[test], table_of.num_classes)


def _forest(draw: Draw, seed: int) -> methods.Fit:
    """A forest with scikit-learn's defaults."""
    from sklearn.ensemble import RandomForestClassifier

    return methods.fitted(RandomForestClassifier(random_state=repeat.seed(seed)), draw)


# Measures.


def with_most_rows(values: Any) -> Any:
    """What was measured with the most rows of each table, which are more than half of all that LCDB has."""
    known = values.error.notnull() if isinstance(values, xr.Dataset) else values.notnull()
    known = known.any([dim for dim in known.dims if dim not in ("table", "rows", "learner")])
    greatest = xr.DataArray([GREATEST[name] for name in values.table.values.tolist()], dims="table")
    rows = values.rows.where(known & (2 * values.rows > greatest)).max("rows")
    return values.sel(rows=rows.fillna(values.rows[-1])).where(rows.notnull()).drop_vars("rows")


def overtaking(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The error of the learner that errs less in LCDB over that of the other, here: the geometric mean over tables."""
    data = data.sel(table=[name for name in data.table.values.tolist() if name in NETWORK_WINS])
    if not data.sizes["table"]:
        return None
    wins = xr.DataArray([NETWORK_WINS[name] for name in data.table.values.tolist()], dims="table")
    logs = with_most_rows(np.log10(data.error.astype(float).clip(min=0.5 / data.test_rows)))
    gains = (logs.sel(learner=NETWORK) - logs.sel(learner=FOREST)) * xr.where(wins, 1, -1)
    gains = gains.drop_vars("learner", errors="ignore")
    splits = data.sizes["split"] // data.sizes["tuning"]
    gains = gains.coarsen(split=splits).construct(split=("tuning", "split")).mean("split")
    # Each tuning is of all tables, so the average comes first.
    overall = mean(gains.mean("table"), "tuning", level, data.overlap.max().item())
    each = mean(gains, "tuning", level, data.overlap)
    overall, each = (mapped(lambda x: 10**x, one) for one in (overall, each))
    by_tuning = np.sort(10 ** gains.mean("table").values)
    note = f"geometric mean of {wins.size} tables; {by_tuning[0]:.3g} to {by_tuning[-1]:.3g} of single tunings"
    open_ones = (data.at_end > 0).mean() > 0.5
    return with_parts(overall, each, open_ones & wins, open_ones & ~wins).assign_attrs(
        units="times the error", note=note
    )


STATEMENTS = (
    Statement(
        "overtaking",
        "With the most rows, the method that errs less in LCDB, network or forest, errs less here too, on average over "
        "five tables.",
        PUBLISHED, f"{sources.YAN}: RealMLP and random forest", below(1 / MARGIN, even=1), overtaking,
        "Each table had been judged alone, and tuning was done once: two runs, tuned on other draws, came to opposite "
        "outcomes.",
    ),
)  # fmt: skip


# Table and figures.


def binomial(error: Any, rows: Any) -> Any:
    """The standard error of a share of wrong rows among so many independent ones."""
    return np.sqrt(error * (1 - error) / rows)


def ours(data: xr.Dataset) -> xr.Dataset:
    """Mean errors with their standard errors [learner, table, rows].

    Test parts overlap, as a table has only so many rows: the standard error is corrected for that, and is at least that
    of mistakes on all rows of the table.
    """
    error, n = data.error.astype(float), data.error.count("split")
    every = data.test_rows * (1 + 1 / data.overlap)  # rows of the table
    least = binomial(error.mean("split"), np.minimum(n * data.test_rows, every))
    spread = error.std("split", ddof=1) * np.sqrt(1 / n.where(n > 0) + data.overlap)
    found = xr.Dataset({"error": error.mean("split"), "standard_error": np.maximum(spread, least)})
    return found.assign_coords(learner=[f"{name}, ours" for name in data.learner.values])


def theirs(data: xr.Dataset) -> xr.Dataset:
    """The published means at our numbers of rows [learner, table, rows].

    Their 25 splits have 5 test parts and depend on each other, so their standard error is too small where few rows are
    tested. It counts as at least that of mistakes on all tested rows.
    """
    found = curves().reindex(table=data.table, rows=data.rows)
    least = binomial(found.error, TEST_PARTS * data.test_rows)
    return found.assign(standard_error=np.maximum(found.standard_error, least))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each table, number of rows and learner."""
    own = ours(data)
    every = xr.concat([own, theirs(data)], "learner").where(own.error.notnull().all("learner"))
    network = own.sel(learner=f"{NETWORK}, ours", drop=True)
    parts_of = (one.standard_error / one.error for one in (network, every))
    half = scipy.special.ndtri((1 + LEVEL) / 2) * np.hypot(*parts_of)
    ratio = (network.error / every.error).where(every.learner != f"{NETWORK}, ours")
    ends = {"low": ratio * np.exp(-half), "high": ratio * np.exp(half)}
    return every.assign(ratio=ratio, **ends)


COLORS = {"RealMLP": fg.VERMILION, FOREST: fg.GREEN, "CatBoost": fg.ORANGE, "TabPFN v2": fg.PURPLE}
OURS = {NETWORK: (fg.BLUE, "o"), FOREST: (fg.GREEN, "s")}


def learning_curves(data: xr.Dataset) -> Figure:
    """Lines: what LCDB 1.1 published, means over 25 splits. Points: our network and our forest with 95% intervals over
    splits; the network was chosen five times on other data, each time for five splits. Scales differ between panels.
    Not counted: tables on which the published network and forest tie."""
    published, own = curves(), ours(data)
    half = scipy.special.ndtri((1 + LEVEL) / 2) * own.standard_error
    parts_of = estimate(own.error, own.error - half, own.error + half)
    titles = {name: f"{name} (not counted)" for name in data.table.values if name not in NETWORK_WINS}
    fig, made = fg.panels(col=data.table, wrap=3, size=(3.7, 2.4), titles=titles)
    for ax, where in made:
        for learner, color in COLORS.items():
            line = published.error.sel(where).sel(learner=learner).dropna("rows")
            if line.size > 1:
                ax.plot(line.rows, line, color=color, linewidth=1.2, label=f"{learner}, published")
        for learner, (color, marker) in OURS.items():
            one = parts_of.sel(where).sel(learner=[f"{learner}, ours"])
            fg.lines(ax, one, "rows", "learner", [color], marker)
        ax.set(xscale="log", yscale="log")
        ax.set_xticks((16, 128, 1_024, 8_192), ("16", "128", "1,024", "8,192"))
        ax.minorticks_off()
    title = "Learning curves of our network and forest, and those that LCDB 1.1 published"
    return fg.finish(fig, made, title, data.rows, "test error", "")


def ratios(data: xr.Dataset) -> Figure:
    """The error of our network over that of each learner, with the most rows that both have and 95% intervals; left of
    1 our network errs less. Blue: beside our forest, which is what the statement judges, tuning by tuning. The others
    are published. Grey band: within a factor of 1.1. TabPFN v2 takes at most ten classes, and is missing on letter."""
    most = with_most_rows(table(data))
    found = estimate(most.ratio, most.low, most.high)
    colors = {f"{FOREST}, ours": fg.BLUE} | COLORS
    fig, ax = plt.subplots(figsize=(9, 0.6 * data.sizes["table"] + 1.8))
    for i, (learner, color) in enumerate(colors.items()):
        band = (1 / MARGIN, MARGIN) if not i else None
        shift = 0.16 * (i - (len(colors) - 1) / 2)
        fg.forest(ax, found.sel(learner=learner), "table", color, band=band, shift=shift, label=learner)
    ax.axvline(1, color="black", linewidth=0.8, zorder=1)
    ax.set_xscale("log")
    title = "Our network beside our forest and published learners, with the most rows"
    return fg.finish(fig, [(ax, {})], title, "error of our network / error of the other", "", "")


FIGURES = (learning_curves, ratios)
