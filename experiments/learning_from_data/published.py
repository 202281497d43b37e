"""Do published numbers on spirals, the MONK's problems, a bottleneck and an adder come out again?

`repetitions` has a row for each published result: its numbers, the settings that its source gives, and other readings
of what the source leaves open. The first reading decides. Only the interval of the bottleneck left alone spans two
readings, as its source does not say whether a network that has solved the task goes on.

A published number may be a share of the runs that solve a task, or of the test rows that are right. It may also be a
mean hidden value, or a mean or median of epochs, sweeps or iterations. Sources ran 1 to 100 networks, and we 40 or
2,000. Their number has the interval of equally many of our networks. The margins are 5 points of the runs, 1 point of
the test rows, 0.05 of a hidden value, and a factor of 1.25 of a time. A number agrees where all of the 95% interval of
the difference lies within the margin, and differs where none of it does; otherwise it cannot be told. All numbers are
corrected together by Holm's rule. A number stays open where more than one in 20 networks are cut off before they end.

    python -m experiments learning_from_data.published                  # 5 s: bottleneck and adder
    python -m experiments learning_from_data.published --preset full    # 15 minutes on 2 cores
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from tqdm.auto import tqdm

from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, agreement, difference, of_few, wilson
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, Statement, above, agreeing, beside, within
from experiments.learning_from_data.repetitions import (
    ADDER,
    BOTTLENECK,
    FEXED,
    FIRST,
    LATER,
    OPENANN,
    POINTS,
    RIGHT,
    ROWS,
    SOLVED,
    VALUE,
    Number,
)

MOST_CUT = 0.05  # of the networks that are cut off


@dataclass(frozen=True)
class Config:
    """Which rows are repeated, with how many networks."""

    rows: Annotated[tuple[str, ...], one_of(ROWS)] = tuple(ROWS)
    runs: Annotated[int, at_least(2)] = 2_000  # networks of each reading of the bottleneck and the adder
    spiral_runs: Annotated[int, at_least(2)] = 40  # networks on the spirals in a first reading
    monk_draws: Annotated[int, at_least(2)] = 40  # training sets of a MONK's problem, with a network each
    readings: bool = True  # whether what a source leaves open is varied
    few: Annotated[int, at_least(2)] = 12  # spiral networks, and MONK's training sets, of each other reading
    spiral_steps: int = 2_000  # most trials of Levenberg-Marquardt
    later_steps: int = 10_000  # the same for the spirals of the later version, which takes up to 10,000 iterations


QUICK = Config(rows=tuple(ROWS)[6:], runs=20, readings=False, spiral_runs=4, monk_draws=4, few=2)

NAMES = {
    "number": "number of the row",
    "row": "published result, by its key in repetitions.py",
    "reading": "reading of what the source leaves open",
    "what": "what the number is",
    "decides": "whether this reading decides for its source",
    "runs": "networks of ours behind the number: all, or those that solve the task",
    "cut": "share of our networks that were cut off before they had ended",
    "theirs": "the published number",
    "their_runs": "runs of the source behind its number",
    "ours": "the same of our networks",
    "low": "lower end of the 95% interval of ours",
    "high": "upper end of the 95% interval of ours",
    "off": "ours minus theirs; of a time, ours divided by theirs",
    "off_low": "lower end of the 95% interval of off",
    "off_high": "upper end of the 95% interval of off",
    "answer": "in a reading that decides: whether ours agrees with theirs within the margin",
}


def run(config: Config) -> xr.Dataset:
    """What every run of each reading gives for each number [number, run]; nan where a run does not count."""
    found: list[dict[str, Any]] = []
    for name in (bar := tqdm(config.rows, unit=" rows", disable=None)):
        bar.set_description(name)
        row = ROWS[name]
        for reading, changes in ({FIRST: {}} | (row.readings if config.readings else {})).items():
            record = row.repeat(row, changes, **sizes(name, reading == FIRST, config))
            cut = np.nanmean(record.get("cut", 0.0))
            found += [
                {"row": name, "reading": reading, "what": one.what, "cut": cut, "value": one.ours(record)}
                for one in row.numbers
            ]
    most = max(len(one["value"]) for one in found)
    values = np.full((len(found), most), np.nan, np.float32)
    for line, one in zip(values, found, strict=True):
        line[: len(one["value"])] = one["value"]
    labels = {key: ("number", np.array([one[key] for one in found])) for key in ("row", "reading", "what", "cut")}
    return xr.Dataset(labels | {"value": (("number", "run"), values)})


def sizes(name: str, first: bool, config: Config) -> dict[str, Any]:
    """How many networks a reading has, and of which kind."""
    if name.startswith("spirals"):
        steps = config.later_steps if name == LATER else config.spiral_steps
        return {"runs": config.spiral_runs if first else config.few, "steps": steps}
    if name.startswith("monk"):
        return {"draws": config.monk_draws if first else config.few, "name": name}
    return {"runs": config.runs}


# Measures.


def numbers_of(data: xr.Dataset) -> list[Number]:
    labels = zip(data.row.values.tolist(), data.what.values.tolist(), strict=True)
    return [next(one for one in ROWS[row].numbers if one.what == what) for row, what in labels]


def numbers(data: xr.Dataset, level: float) -> tuple[xr.Dataset, xr.Dataset]:
    """Ours and theirs [number]; times as logarithms. Theirs are nan where a number is ours alone."""
    ours, theirs = list[xr.Dataset](), list[xr.Dataset]()
    for i, one in enumerate(numbers_of(data)):
        ours.append(one.kind.estimate(data.value[i].astype(float), level))
        value = np.log(one.value) if one.kind.is_time else one.value
        few = of_few(value, one.runs, ours[-1], data.value[i].count())
        theirs.append(wilson(xr.DataArray(value), one.runs, level) if one.kind is SOLVED else few)
    first, second = (xr.concat(some, "number", combine_attrs="override") for some in (ours, theirs))
    return first, second


def decides(data: xr.Dataset) -> xr.DataArray:
    return data.reading == FIRST


# The source does not say whether a network is stopped once it is solved: its interval spans both readings.
LEFT_OPEN = {"bottleneck, left alone": "after 5,000 epochs"}


def margins(data: xr.Dataset, level: float) -> xr.Dataset:
    """How far ours lies from theirs [number], in margins, in the readings that decide."""
    margin = xr.DataArray([one.kind.margin for one in numbers_of(data)], dims="number")
    found, cut = agreement(*numbers(data, level), margin), data.cut > MOST_CUT
    found = found.assign(low=found.low.where(~cut, -np.inf), high=found.high.where(~cut, np.inf))
    for row, reading in LEFT_OPEN.items():
        both = found.where((data.row == row) & (decides(data) | (data.reading == reading)))
        found["low"] = found.low.where(data.row != row, both.low.min())
        found["high"] = found.high.where(data.row != row, both.high.max())
    return found.where(decides(data))


def agree(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the published numbers that agree."""
    return agreeing(partial(margins, data))


def right_answers(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of test points of two spirals that are right, minus the published share that its source counts."""
    first = (data.row == "spirals 2-20-10-1") & decides(data)
    places = [np.flatnonzero(first & (data.what == f"test points {word}")) for word in ("right", "counted")]
    if not all(place.size for place in places):
        return None
    (right,), (counted,) = places
    ours, (theirs, runs) = RIGHT.estimate(data.value[right].astype(float), level), numbers_of(data)[counted][1:3]
    n = data.value[right].count()
    found = difference(ours, of_few(theirs, runs, ours, n))
    note = f"{float(data.value[right].mean()):.1%} are right, {theirs:.1%} was published"
    if data.cut[right] > MOST_CUT:
        found = found.assign(low=found.low - np.inf, high=found.high + np.inf)
    return found.assign_attrs(n=int(n), of="networks", units="of the test points more", note=note)


STATEMENTS = (
    Statement(
        "published-numbers-agree",
        "Most published numbers on spirals, the MONK's problems, a bottleneck and an adder come out again, within the "
        "margins for their kinds.",
        PUBLISHED, f"as of 2026: {OPENANN}; {FEXED}; {BOTTLENECK}; {ADDER}", above(0.5), agree,
        "Each result had a verdict of its own, by a prediction interval. Margins, rule and the two readings of the "
        "bottleneck came after the data.",
    ),
    Statement(
        "spirals: right answers",
        "The 192.49 of 193 test points that OpenANN's code counts on two spirals are right answers.",
        PUBLISHED, OPENANN, within(-RIGHT.margin, RIGHT.margin), right_answers,
        "Written after the code had been read, by which every point of target 0 is right; it had a prediction "
        "interval instead of a margin.",
    ),
)  # fmt: skip


# Table and figures.


def natural(parts: xr.Dataset, data: xr.Dataset) -> xr.Dataset:
    """Times instead of their logarithms."""
    is_time = xr.DataArray([one.kind.is_time for one in numbers_of(data)], dims="number")
    return parts.map(lambda x: xr.where(is_time, np.exp(x), x))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each number of every reading."""
    ours, theirs = numbers(data, LEVEL)
    off = natural(difference(ours, theirs), data).rename(value="off", low="off_low", high="off_high")
    rows = data[["row", "reading", "what", "cut"]].assign(decides=decides(data), runs=data.value.count("run"))
    rows = rows.merge(beside(natural(ours, data), natural(theirs, data), partial(margins, data))).merge(off)
    rows["their_runs"] = "number", [one.runs if np.isfinite(one.value) else np.nan for one in numbers_of(data)]
    order = ["row", "reading", "what", "decides", "runs", "cut", "theirs", "their_runs", "ours", "low", "high"]
    return rows[[*order, "off", "off_low", "off_high", "answer"]]


def published(data: xr.Dataset) -> Figure:
    """Published numbers (black) and ours in the first reading, coloured by whether they agree within the margin: 5
    points of the runs, 1 point of the test rows, 0.05 of a hidden value, a factor of 1.25 of a time. Bars: 95%
    intervals; those of the sources are as wide as so few runs make them. Strokes: other readings. The source of the
    bottleneck left alone may mean the one near 0, so that nothing can be told."""
    kinds = [one.kind for one in numbers_of(data)]
    panels = {
        "Shares and hidden values": [kind in (SOLVED, RIGHT, VALUE) for kind in kinds],
        "Epochs, sweeps or iterations": [kind.is_time for kind in kinds],
    }
    known = np.array([np.isfinite(one.value) for one in numbers_of(data)])
    ours, theirs = (natural(part, data) for part in numbers(data, LEVEL))
    answer = beside(ours, theirs, partial(margins, data)).answer
    counts = [int((known & decides(data).values & np.array(chosen)).sum()) for chosen in panels.values()]
    fig, axes = plt.subplots(1, 2, figsize=(13.5, 0.33 * max(counts) + 1.4), width_ratios=(1.1, 1))
    made = [(ax, {"panel": title}) for ax, title in zip(axes, panels, strict=True)]
    for (ax, where), chosen in zip(made, panels.values(), strict=True):
        wanted = np.array(chosen) & known
        places = np.flatnonzero(wanted & decides(data).values)
        names = [f"{data.row[i].item()}: {data.what[i].item()}" for i in places]
        for y, i in enumerate(places):
            same = wanted & (data.row == data.row[i]).values & (data.what == data.what[i]).values
            others = ours.value[same & ~decides(data).values]
            look = {"color": fg.SKY, "markersize": 8, "zorder": 1, "label": "ours: other readings"}
            ax.plot(others, [y + 0.2] * others.size, "|", **look)
        drawn = xr.merge([ours, theirs.rename({name: f"their_{name}" for name in theirs}), answer.rename("answer")])
        drawn = drawn.isel(number=places).assign_coords(name=("number", names)).swap_dims(number="name")
        published_ones = xr.Dataset({name: drawn[f"their_{name}"] for name in ours})
        if ax is axes[0]:
            published_ones = published_ones.clip(0, 1)
        fg.published(ax, drawn[list(ours)], published_ones, drawn.answer, "name")
        ax.set_title(where["panel"])
    axes[0].set(xlim=(-0.03, 1.03), xlabel="share, or hidden value")
    axes[1].set(xscale="log")
    fg.finish(fig, [(ax, {}) for ax in axes], "Published results, and ours", "", "", legend="")
    axes[0].set_xlabel("share, or hidden value")
    axes[1].set_xlabel("epochs, sweeps or iterations")
    return fig


def right_and_counted(data: xr.Dataset) -> Figure:
    """Test points of each network in the first reading. The version of OpenANN with 192.49 and 192.66 has targets 0 and
    1, and its code counts every point of target 0; the later version has targets -1 and 1. A point is right where the
    output is nearer to its own target than to the other one."""
    of_spirals = data.row.str.startswith("spirals") & decides(data)
    names = [name for name in ROWS if ((data.row == name) & of_spirals).any()]
    fig, axes = plt.subplots(1, max(len(names), 1), figsize=(4 * max(len(names), 1), 3.6), sharey=True, squeeze=False)
    shown = {"counted": (fg.GREY, "counted by the source's code"), "right": (fg.BLUE, "right")}
    for ax, name in zip(axes[0], names, strict=False):
        for word, (color, label) in shown.items():
            for i in np.flatnonzero(of_spirals & (data.row == name) & (data.what == f"test points {word}")):
                values = (data.value[i] * POINTS).dropna("run").values
                bins = np.arange(174.5, POINTS + 1)
                weights = np.full(len(values), 1 / len(values))
                ax.hist(values.clip(175), bins, weights=weights, color=color, alpha=0.8, label=label)
                if np.isfinite(theirs := numbers_of(data)[i].value):
                    ax.axvline(theirs * POINTS, color="black", linewidth=1.5, label="published mean")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.set(xlabel=f"test points, of {POINTS} (175: or fewer)", title=name)
    axes[0, 0].set_ylabel("share of the networks")
    fg.finish(fig, [(ax, {}) for ax in axes[0]], "What OpenANN first counted on two spirals is more than what is right",
              f"test points, of {POINTS} (175: or fewer)", "", "")  # fmt: skip
    axes[0, 0].set_ylabel("share of the networks")
    return fig


FIGURES = (published, right_and_counted)
