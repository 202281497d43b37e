"""Is a network the right tool for your table, or do linear models, forest or boosting do as well? And how sure is that?

Protocol: the table is described first, with what is left out and why. A fifth of the rows is the test part: drawn at
random, stratified by class, with copies of a row, or rows of one --group, on one side; it is used once, at the end. In
every outer fold of the other rows each method is tuned anew, by the mean loss over inner folds. Tuning is a random
search with the same number of trials for every method. Differences between methods are paired by fold; their intervals
are those of the corrected resampled t-test, as folds share rows (Nadeau & Bengio 2003, Machine Learning 52, 239-281).
The network is `nnjax.sklearn`'s: a sweep over candidates, then the mean of several of the best. At last every method is
tuned on all rows outside of the test part, and this network is saved: model.npz and model.json. report.md has the
answer in words.

The answer is "yes" where the network errs less than each of the others, by Holm's rule. It is "no" where one of the
others errs less. It is also "no" where all of the interval of the difference to the best of them lies within a margin.
Else it is open.
"""

import functools
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab.flags import at_least, one_of
from experiments.your_table import answer, methods, model, report
from experiments.your_table.answer import errors
from experiments.your_table.methods import BOOSTING, CONSTANT, FOREST, LINEAR, METHODS, NETWORK, OTHERS, Rows, Split
from experiments.your_table.table import Table, lines
from experiments.your_table.table import table as described
from nnjax import statistics

COLORS = {NETWORK: fg.BLUE, LINEAR: fg.GREEN, FOREST: fg.ORANGE, BOOSTING: fg.VERMILION, CONSTANT: fg.GREY}
SHARES = 0.25, 0.5  # of the training rows, in the learning curve
MOST_LINES = 60  # of columns, in the terminal; the report has all
BINS, MOST_POINTS, MOST_COLUMNS = 10, 1_000, 15  # what figures show
MOST_ROWS, SHUFFLES, MOST_SHUFFLES = 2_000, 10, 1_000  # rows of a fold, and shuffles of a column and of all columns


@dataclass(frozen=True)
class Config:
    data: str = "breast_cancer"  # a file, or breast_cancer, wine or diabetes
    target: str | None = None  # the name of the column that is predicted
    task: Annotated[str | None, one_of(("classes", "numbers"))] = None  # if not given, the target decides
    drop: Annotated[tuple[str, ...], at_least(count=0)] = ()  # columns that are not to be used
    group: str | None = None  # a column whose equal cells name rows that belong together; it is no input
    rows: Annotated[int | None, at_least(50, 100_000_000)] = None  # rows used at most, drawn at random
    trials: Annotated[int, at_least(2)] = 32  # settings of each method that are tried
    folds: Annotated[int, at_least(3, 20)] = 5  # outer folds, on whose errors methods are compared
    repeats: Annotated[int, at_least(1, 20)] = 2  # how often the rows are split into folds
    # hidden layers of the networks that are tried, the same number of each
    hidden: Annotated[tuple[tuple[int, ...], ...], at_least(rising=False)] = ((64,), (256,), (64, 64), (128, 128))
    # updates of a network at most; folds tell when it stops; if not given, 100 epochs, but 300 to 4,000
    steps: Annotated[int | None, at_least(30)] = None
    members: Annotated[int, at_least(1, 100)] = 8  # networks whose mean is the prediction
    seed: Annotated[int, at_least(0)] = 0  # of splits, searches and networks
    most_minutes: float = 60.0  # a run that is expected to take longer is refused


QUICK = Config(data="wine", trials=4, repeats=1, hidden=((64,), (64, 64)), steps=500, members=4)

NAMES = {
    "tool": "method", "error": "error on the folds", "low": "lower end of its 95% interval",
    "high": "upper end of its 95% interval",
    "network_minus_method": "error of the network minus that of the method",
    "difference_low": "lower end of its 95% interval", "difference_high": "upper end of its 95% interval",
    "loss": "mean log loss of classes, or mean absolute error of numbers in standard deviations",
    "test_error": "error on the test part", "test_low": "lower end of its 95% interval",
    "test_high": "upper end of its 95% interval", "setting": "setting found on all rows but the test part",
    "rows": "training rows", "importance": "growth of the loss when the column is shuffled",
    "chance": "probability given to the answer", "right": "share of these answers that are right",
    "true": "true number", "predicted": "predicted number",
}  # fmt: skip

STATEMENTS = ()  # it answers a question about a user's table, and claims nothing about others


def check(config: Config) -> None:
    """Raise ValueError, naming the setting, before anything is trained: the table is read and described as well."""
    methods.split(_table(config), config.folds, config.repeats, config.seed)


@functools.lru_cache(1)  # the check of the settings and the run read the same file
def _table(config: Config) -> Table:
    return described(config.data, config.target, config.task, config.drop, config.rows, config.seed, config.group)


def run(config: Config) -> xr.Dataset:
    """Errors [tool, split] and all else that the answer is made of; the network goes into attrs["files"]."""
    table = _table(config)
    parts = methods.split(table, config.folds, config.repeats, config.seed)
    needed = methods.seconds(table, parts, config)
    if config not in (QUICK, Config()):  # presets run among other claims, and their cost is known
        print("\n".join(lines(table, MOST_LINES)), f"\nThis will take about {_minutes(needed)}.", flush=True)
    methods.check(table, needed, config.most_minutes)

    fits = _tuned(table, parts, config)
    print("all methods are tuned; next the learning curve", file=sys.stderr, flush=True)
    folds, last = {name: fits[name][:-1] for name in METHODS}, {name: fits[name][-1] for name in METHODS}
    answers = {
        name: [methods.losses(table, fit, rest)[1:] for fit, (_, rest) in zip(folds[name], parts.folds, strict=True)]
        for name in METHODS
    }
    tested = [_with_interval(table, methods.losses(table, last[name], parts.tested)[1]) for name in METHODS]
    found = {
        "error": [[error_of(table, errors) for errors, _ in answers[name]] for name in METHODS],
        "loss": [[float(losses.mean()) for _, losses in answers[name]] for name in METHODS],
    }
    data = xr.Dataset({name: (("tool", "split"), values) for name, values in found.items()}, {"tool": list(METHODS)})
    for name, values in zip(("test_error", "test_low", "test_high"), zip(*tested, strict=True), strict=True):
        data[name] = "tool", list(values)
    data["setting"] = "tool", [methods.setting(name, last[name], table) for name in METHODS]
    once = list(zip(folds[NETWORK], (rest for _, rest in parts.folds), strict=True))[: config.folds]
    data = xr.merge([data, _curve(table, parts, folds, data, config), *_seen(table, once, config)])
    data.attrs = {
        "data": table.name.rsplit("/", 1)[-1], "target": table.target, "classes": len(table.classes),
        "scale": float(table.y.std()), "tuned_on": len(parts.others), "tested": len(parts.tested),
        "trials": config.trials, "steps": config.steps or 0, "members": config.members,
        "overlap": 1 / (config.folds - 1),
    }  # fmt: skip
    print(answer.sentence(data), flush=True)
    return data.assign_attrs(files=model.files(table, last[NETWORK]) | {"report.md": report.text(table, data)})


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _tuned(table: Table, parts: Split, config: Config) -> dict[str, list[Any]]:
    """Every method, tuned and fitted on the training rows of every fold, and at last on all that are not tested."""
    rows = [*(train for train, _ in parts.folds), parts.others]

    def job(name: str, i: int) -> Any:
        return methods.tuned(name, table, rows[i], config, config.seed + i)

    places = [(name, i) for name in (CONSTANT, *OTHERS) for i in range(len(rows))]
    fits = dict(zip(places, methods.together([functools.partial(job, *place) for place in places]), strict=True))
    fits |= {(NETWORK, i): job(NETWORK, i) for i in range(len(rows))}
    return {name: [fits[name, i] for i in range(len(rows))] for name in METHODS}


def error_of(table: Table, errors: np.ndarray) -> float:
    """The error over rows [n] of a method: the share that is wrong, or the root of the mean square."""
    return float(errors.mean()) if table.classes else float(np.sqrt(errors.mean()))


def _with_interval(table: Table, errors: np.ndarray) -> tuple[float, ...]:
    """The error over rows [n] with its interval, for the chance of which rows are tested."""
    if table.classes:
        return float(errors.mean()), *map(float, statistics.wilson(int(errors.sum()), len(errors)))
    return tuple(np.sqrt(np.maximum(statistics.mean(errors)[:3], 0.0)).tolist())


def _curve(table: Table, parts: Split, folds: dict[str, list[Any]], data: xr.Dataset, config: Config) -> xr.Dataset:
    """Errors [learner, rows, split] of the network and of the best other method, on parts of the training rows.

    Settings are those found with all rows, so that only the rows differ.
    """
    best, whole = answer.best_other(data), len(parts.folds[0][0])
    counts = [*(max(20, round(share * whole)) for share in SHARES), whole]

    def job(name: str, i: int, count: int) -> float:
        train, held_out = parts.folds[i]
        rows = methods.some(table, train, count)
        fit = methods.again(name, folds[name][i], table, rows, config, config.seed + i)
        return error_of(table, methods.losses(table, fit, held_out)[1])

    places = [(i, count) for count in counts for i in range(len(parts.folds))]
    less = [functools.partial(job, best, *place) for place in places if place[1] < whole]
    found = [[job(NETWORK, *place) for place in places]]
    found.append([*methods.together(less), *data.error.sel(tool=best).values.tolist()])
    values = np.reshape(found, (2, len(counts), len(parts.folds)))
    return xr.Dataset({"curve": (("learner", "rows", "split"), values)}, {"learner": [NETWORK, best], "rows": counts})


def _seen(table: Table, pairs: list[tuple[Any, Rows]], config: Config) -> list[xr.Dataset]:
    """How the network does on rows that it was not fitted to, each row once, and which columns it needs for them."""
    y = table.y[np.concatenate([rows for _, rows in pairs])]
    outputs = np.concatenate([methods.losses(table, fit, rows)[0] for fit, rows in pairs])
    needed = importance(table, pairs, config.seed)
    if table.classes:
        return [calibration(outputs, y), needed]
    shown = np.sort(np.random.default_rng(0).permutation(len(y))[:MOST_POINTS])
    return [xr.Dataset({"true": ("point", y[shown]), "predicted": ("point", outputs[shown, 0])}), needed]


def calibration(chances: np.ndarray, y: np.ndarray) -> xr.Dataset:
    """For answers in bins of about as many rows [bin]: the mean probability, and the share that is right.

    `share_right` is that of all answers; `gap` is their mean probability minus it, with its interval [end].
    """
    certain, right = chances.max(axis=1), (chances.argmax(axis=1) == y).astype(float)
    bins = [one for one in np.array_split(np.argsort(certain, kind="stable"), min(BINS, len(y) // 10)) if len(one)]
    hits, sizes = np.array([right[one].sum() for one in bins]), np.array([len(one) for one in bins])
    low, high = statistics.wilson(hits, sizes)
    values = {"chance": [certain[one].mean() for one in bins], "right": hits / sizes, "low": low, "high": high}
    gap = np.array(statistics.mean(certain - right)[:3])
    found = xr.Dataset({name: ("bin", np.asarray(value)) for name, value in values.items()})
    return found.assign(gap=("end", gap), share_right=right.mean())


def importance(table: Table, pairs: list[tuple[Any, Rows]], seed: int) -> xr.Dataset:
    """How much the loss grows when a column's cells are shuffled among the rows [column], with joint intervals.

    The loss is the log loss, or the squared error. Source: Breiman 2001, Machine Learning 45, 5-32.
    """
    rng, which = np.random.default_rng(seed), 2 if table.classes else 1
    names = [str(name) for name in table.x]
    shuffles = max(1, min(SHUFFLES, MOST_SHUFFLES // len(names)))
    more: list[list[np.ndarray]] = [[] for _ in names]
    for fit, rows in pairs:
        some = rng.permutation(rows)[:MOST_ROWS]
        x, plain = table.x.iloc[some], methods.losses(table, fit, some)[which]
        for own, name in zip(more, names, strict=True):
            dealt = [x.assign(**{name: x[name].to_numpy()[rng.permutation(len(some))]}) for _ in range(shuffles)]
            own.append(np.mean([methods.losses(table, fit, some, one)[which] for one in dealt], axis=0) - plain)
    found = [statistics.mean(np.concatenate(own), confidence=1 - 0.05 / len(names))[:3] for own in more]
    ends = zip(("importance", "least", "most"), np.array(found).T, strict=True)
    return xr.Dataset({name: ("column", values) for name, values in ends}, {"column": names})


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each method: errors on the folds and on the test part, and the setting that was found."""
    own, minus = errors(data), answer.differences(data, list(METHODS))
    columns = {"error": own.value, "low": own.low.clip(0), "high": own.high, "network_minus_method": minus.value}
    columns |= {"difference_low": minus.low, "difference_high": minus.high, "loss": data.loss.mean("split")}
    return xr.Dataset(columns | {name: data[name] for name in ("test_error", "test_low", "test_high", "setting")})


def ranking(data: xr.Dataset) -> Figure:
    """Left: the error of each method on held-out folds (circles) and on the test part (diamonds), with 95% intervals.
    Right: by how much the network errs more than each method; left of 0 it errs less, and an open circle has 0 in its
    interval. Intervals of single differences are not corrected for their number, but the answer is. An interval inside
    the grey band means a difference too small to matter."""
    own, test = errors(data), xr.Dataset({"value": data.test_error, "low": data.test_low, "high": data.test_high})
    order = own.value.sortby(own.value).tool.values.tolist()
    most = max(float(part.drop_sel(tool=CONSTANT).high.max()) for part in (own, test))
    fig, (ax, beside) = plt.subplots(1, 2, figsize=(9.6, 3.8), width_ratios=(3, 2))
    if float(own.low.sel(tool=CONSTANT)) > most:  # it would squeeze all others
        order.remove(CONSTANT)
        most_often = "always the most frequent class" if data.attrs["classes"] else "always the mean"
        ax.set_title(f"{most_often}: {float(own.value.sel(tool=CONSTANT)):.2g}", loc="right")
    fg.forest(ax, own.clip(0).sel(tool=order), "tool", COLORS, shift=-0.12)
    fg.forest(ax, test.sel(tool=order), "tool", COLORS, shift=0.12, hollow=order, mark="D")
    ax.plot([], [], "o-", color="black", label="folds")
    ax.plot([], [], "D-", color="black", markerfacecolor="white", label="test part")
    shown = [name for name in order if name in OTHERS]
    margin = answer.margin(data)
    fg.forest(beside, answer.differences(data, shown), "tool", COLORS, reference=0, band=(-margin, margin))
    ax.set(xlabel=f"error ({answer.unit(data)})", xlim=(0, None))
    beside.set(xlabel=f"error of the network minus the method's\n({answer.unit(data)})")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    fig.suptitle(f"{answer.short(data)} ({_shown(data)})")
    return fig


def rows_and_trust(data: xr.Dataset) -> Figure:
    """Left: the error by the number of training rows, of the network (its best candidate alone) and of the best other
    method, with 95% intervals over the folds; the settings are those found with all training rows. Right, on rows that
    the network was not fitted to: for classes how often its answers are right, by the probability that it gave them,
    each point a group of rows, with 95% intervals; for numbers the true and the predicted ones."""
    fig, (ax, beside) = plt.subplots(1, 2, figsize=(9.6, 3.8))
    parts = answer.curve(data)
    fg.lines(ax, parts.assign(low=parts.low.clip(0)), "rows", "learner", COLORS, band=True)
    ax.set(xscale="log", ylim=(0, None), xlabel=fg.label(data.rows), ylabel=f"error ({answer.unit(data)})")
    ax.set_xticks(data.rows.values, [f"{count:,}" for count in data.rows.values.tolist()])
    ax.minorticks_off()
    ax.legend()
    if "chance" in data:
        ends = [min(float(data.chance.min()), float(data.low.min())), 1]
        beside.vlines(data.chance, data.low, data.high, color=fg.BLUE, linewidth=1.3)
        beside.plot(data.chance, data.right, "o", color=fg.BLUE, clip_on=False)
        beside.set(xlabel=fg.label(data.chance), ylabel=fg.label(data.right))
    else:
        ends = [float(min(data.true.min(), data.predicted.min())), float(max(data.true.max(), data.predicted.max()))]
        beside.plot(data.predicted, data.true, ".", color=fg.BLUE, markersize=4, alpha=0.5, rasterized=True)
        name = report.plain(data.attrs["target"])
        beside.set(xlabel=f"predicted {name}", ylabel=f"true {name}")
    beside.plot(ends, ends, color="black", linestyle="--", linewidth=1, label="equal")
    beside.legend(loc="upper left")
    right = "probabilities of the network" if "chance" in data else "predictions of the network"
    fig.suptitle(f"Error by the number of rows, and {right} ({_shown(data)})")
    return fig


def columns(data: xr.Dataset) -> Figure:
    """How much the loss of the network grows on rows it was not fitted to, when the cells of a column are shuffled
    among the rows (log loss, or squared error divided by the variance of the target). Blue: more than chance, by
    intervals of 95% for all columns jointly, which take the rows as independent and the networks as given. A column may
    seem needless because others carry the same information."""
    needed = data.sortby(-data.importance).isel(column=slice(MOST_COLUMNS))
    names = [report.plain(str(name)) for name in needed.column.values]
    parts = xr.Dataset({"value": needed.importance, "low": needed.least, "high": needed.most})
    fig, ax = plt.subplots(figsize=(8.0, 1.6 + 0.2 * len(names)))
    sure = dict(zip(names, np.where(needed.least > 0, fg.BLUE, fg.GREY).tolist(), strict=True))
    fg.forest(ax, parts.assign_coords(column=names), "column", sure)
    ax.axvline(0, color="black", linewidth=1)
    ax.set(xlabel=f"{fg.label(data.importance)} ({'nats' if data.attrs['classes'] else 'variances of the target'})")
    count = data.sizes["column"]
    few = "" if count <= MOST_COLUMNS else f": the {MOST_COLUMNS} of {count} with the greatest growth"
    fig.suptitle(f"Which columns the network needs{few} ({_shown(data)})")
    return fig


def _shown(data: xr.Dataset) -> str:
    return f"{report.plain(data.attrs['target'])} in {report.plain(data.attrs['data'])}"


FIGURES = (ranking, rows_and_trust, columns)
