"""Do published numbers of runs and epochs on XOR and parity come out again, with the settings that their sources give?

A published number is the share of the runs that learn the task, or the median or mean of their epochs. `repetitions`
has a row for each source: its numbers, its settings, and other settings that we tried. Where a source leaves settings
open, the first of ours decides; else its own setting does.

Sources ran 1 to 200 networks (we take "hundreds" as 200), and we up to 10,000. A published number is taken to be as
uncertain as that of so few of our networks; a mean of an unknown number of runs counts as that of one. The margins are
5 points of a share and a factor of 1.25 of epochs. A number agrees where all of the 95% interval of the difference lies
within the margin, and differs where none of it does; otherwise the source cannot tell, however many networks we train.
These answers are corrected together by Holm's rule; intervals in the figure are not.

    python -m experiments xor.published                  # 5 s: two sources, three readings
    python -m experiments xor.published --preset full    # 5 minutes: all sources and readings
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure
from tqdm.auto import tqdm

from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, agreement, difference, estimate, of_few, wilson
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import PUBLISHED, Statement, above, agreeing, beside
from experiments.xor.repetitions import FIRST, HINTON_XOR, PDP, ROWS, Row, epochs_until_learned
from experiments.xor.sources import AI_TIMELINE, HINTON_PARITY
from nnjax import statistics

POINTS, FACTOR = 0.05, 1.25  # the margins


@dataclass(frozen=True)
class Config:
    """Which sources are repeated, with how many networks."""

    rows: Annotated[tuple[str, ...], one_of(ROWS)] = tuple(ROWS)
    seeds: Annotated[int, at_least(2)] = 10_000  # networks of a reading that comes first or decides; of some rows fewer
    reading_seeds: Annotated[int, at_least(0)] = 2048  # networks of each other reading; 0 leaves those out


QUICK = Config(rows=("hinton-momentum", "ai-timeline-online"), seeds=100, reading_seeds=0)

NAMES = {
    "record": "number of the reading",
    "row": "source, by its key in repetitions.py",
    "reading": "reading of what the source leaves open",
    "what": "what the source trained",
    "decides": "whether this reading decides for its source",
    "learned": "networks that learn the task in time; chains of attempts where runs start again",
    "seeds": "networks trained; chains of attempts where runs start again",
    "epochs": "median epochs of those that learn (Chauvin's: mean), failed attempts included",
    "epochs_low": "lower end of the 95% bootstrap interval of epochs",
    "epochs_high": "upper end of the 95% bootstrap interval of epochs",
    "number": "the published number: a share of the runs, or epochs",
    "theirs": "the published number",
    "ours": "our number",
    "low": "lower end of the 95% interval of ours",
    "high": "upper end of the 95% interval of ours",
    "off": "ours minus theirs for a share; ours divided by theirs for epochs",
    "off_low": "lower end of the 95% interval of off",
    "off_high": "upper end of the 95% interval of off",
    "answer": "in a reading that decides: whether ours agrees with theirs within 5 points or a factor of 1.25",
}


def run(config: Config) -> xr.Dataset:
    """Networks that learn, and their epochs, for every source and reading [record]."""
    records = []
    for name in (bar := tqdm(config.rows, unit=" rows", disable=None)):
        bar.set_description(name)
        row = ROWS[name]
        for reading, changes in ({FIRST: {}} | row.readings).items():
            wanted = config.seeds if reading in (FIRST, row.decides) else min(config.seeds, config.reading_seeds)
            if seeds := min(wanted, row.most_seeds):
                measured = summary(row, epochs_until_learned(row, changes, seeds))
                records.append({"row": name, "reading": reading} | measured)
    return xr.Dataset({key: ("record", np.asarray([record[key] for record in records])) for key in records[0]})


def summary(row: Row, epochs: np.ndarray) -> dict[str, float]:
    """Counts, and the median or mean with its interval; nan where fewer than two networks learn."""
    times = epochs[np.isfinite(epochs)]
    middle = statistics.Interval(np.nan, np.nan, np.nan)
    if len(times) > 1:
        middle = statistics.bootstrap(times, np.mean if row.is_mean else np.median, num_resamples=999)
    counts = {"learned": len(times), "seeds": len(epochs)}
    return counts | {"epochs": middle.estimate, "epochs_low": middle.low, "epochs_high": middle.high}


# Measures.


def numbers(data: xr.Dataset, level: float) -> tuple[xr.Dataset, xr.Dataset]:
    """Ours and theirs [number, record]: shares, and logarithms of epochs. Where no number is published, both are nan.

    The bootstrap's interval of epochs is stored at 95%; at other levels it is as much wider as a normal one would be.
    As epochs are recorded every 10 or more, it may have no width on one side; that of few runs is the same on both.
    """
    rows = [ROWS[name] for name in data.row.values.tolist()]
    none = (np.nan, 1)
    published = np.array([[*(row.learned or none), *(row.typical or none)] for row in rows], float)
    hits, runs, epochs, of = (xr.DataArray(column, dims="record") for column in published.T)

    middle, low, high = (np.log(data[name]) for name in ("epochs", "epochs_low", "epochs_high"))
    wider = scipy.special.ndtri((1 + level) / 2) / scipy.special.ndtri((1 + LEVEL) / 2)
    time = estimate(middle, middle - wider * (middle - low), middle + wider * (high - middle))
    half = wider * (high - low) / 2
    even = estimate(middle, middle - half, middle + half)
    share = wilson(data.learned / data.seeds, data.seeds, level)
    few = wilson(hits / runs, runs, level), of_few(np.log(epochs), of, even, data.learned)
    ours, theirs = (
        xr.concat(pair, "number").assign_coords(number=["share", "epochs"]) for pair in ((share, time), few)
    )
    return ours.where(theirs.value.notnull()), theirs


def decides(data: xr.Dataset) -> xr.DataArray:
    """Whether a record is of the reading that decides for its source [record]."""
    records = zip(data.row.values.tolist(), data.reading.values.tolist(), strict=True)
    return xr.DataArray([ROWS[row].decides == reading for row, reading in records], dims="record")


def margins(data: xr.Dataset, level: float) -> xr.Dataset:
    """How far ours lies from theirs [number, record], in margins, in the readings that decide."""
    margin = xr.DataArray([POINTS, np.log(FACTOR)], {"number": ["share", "epochs"]})
    return agreement(*numbers(data, level), margin).where(decides(data))


def agree(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the published numbers that agree."""
    shares, off = agreeing(partial(margins, data)), margins(data, level)
    exclude = int(((off.low > 0) | (off.high < 0)).sum())
    note = f"{shares.attrs['note']}; the interval of the difference excludes 0 in {exclude}"
    return shares.assign_attrs(note=note)


STATEMENTS = (
    Statement(
        "published-numbers-agree",
        "Most published numbers of runs that learn XOR or parity, and of their epochs, come out again within 5 points "
        "or a factor of 1.25.",
        PUBLISHED, f"{PDP}; as of 2026: {HINTON_XOR}; {HINTON_PARITY}; {AI_TIMELINE}", above(0.5), agree,
        "Each source had a verdict of its own, which counted what a source of few runs could not contradict as "
        "reproduced; margins and rule were written after the data.",
    ),
)  # fmt: skip


# Table and figure.


def natural(parts: xr.Dataset) -> xr.Dataset:
    """Epochs instead of their logarithms."""
    return parts.map(lambda x: x.where(x.number == "share", np.exp(x)))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each source, reading and published number."""
    ours, theirs = numbers(data, LEVEL)
    off = natural(difference(ours, theirs)).rename(value="off", low="off_low", high="off_high")
    rows = data[["row", "reading", "learned", "seeds"]].assign(decides=decides(data))
    rows["what"] = "record", [ROWS[name].name for name in data.row.values.tolist()]
    rows = rows.merge(beside(natural(ours), natural(theirs), partial(margins, data))).merge(off)
    order = ["row", "reading", "decides", "what", "learned", "seeds", "theirs", "ours", "low", "high"]
    return rows[[*order, "off", "off_low", "off_high", "answer"]].where(rows.theirs.notnull())


def published(data: xr.Dataset) -> Figure:
    """Published numbers (black) and ours in the reading that decides, coloured by whether they agree within 5 points
    or a factor of 1.25. Bars: 95% intervals; those of the sources are as wide as so few runs make them. Grey strokes:
    other settings that we tried, for parity without restarts. Where no number is published, none is drawn.
    """
    chosen = data.isel(record=decides(data).values)
    names = [ROWS[name].name for name in chosen.row.values.tolist()]
    ours, theirs = (natural(part).assign_coords(record=names) for part in numbers(chosen, LEVEL))
    answer = beside(ours, theirs, partial(margins, chosen)).answer.assign_coords(record=names)
    every = natural(numbers(data, LEVEL)[0]).value
    fig, made = fg.panels(col=ours.number, size=(4.9, 0.36 * len(names) + 0.5), sharey=True)
    titles = {"share": "Runs that learn the task", "epochs": "Epochs that these runs need"}
    for ax, where in made:
        for place, name in enumerate(chosen.row.values):
            others = every.sel(where).isel(record=np.flatnonzero((data.row == name) & ~decides(data)))
            ax.plot(others, [place + 0.2] * others.size, "|", color="#AAAAAA", markersize=6, zorder=1)
        fg.published(ax, ours.sel(where), theirs.sel(where), answer.sel(where), "record")
        ax.set_title(titles[where["number"]])
    (left, _), (right, _) = made
    left.set(xlim=(-0.03, 1.03))
    right.set(xscale="log", xlim=(40, 400_000))
    fg.finish(fig, made, "Published results on XOR and parity, and ours", "", "", legend="")
    left.set_xlabel("share of the runs")
    right.set_xlabel("median epochs (Chauvin's: mean)")
    return fig


FIGURES = (published,)
