"""Do deep networks learn the functions that they can express with few neurons?

k hidden layers of two ReLUs express a sawtooth of 2^k straight pieces exactly (Telgarsky 2016; `expressible`). The
first part asks whether training finds this solution, the second whether a shallow network can copy a deep one.

Sawtooth (`sawtooth`): k layers of 2 to 16 ReLUs, and one layer of as many parameters, start at random; or every
parameter of the solution is moved by noise, a share of its layer's root mean square. They train on 512 points in
batches of 128, for 10,000 steps of Adam with a cosine schedule. A network has learned the sawtooth when less than 1% of
its variance is left at test points. The learning rate, and for random starts the size of the first biases, are tuned in
every setting on seeds that are not reported.

Taught (`taught`; Ba & Caruana 2014): a point lies below a sawtooth or not; 1,024 labels, a tenth of them wrong, and
8,192 points without labels. A deep network learns from the labels, and then teaches a shallow one of as many
parameters, which learns its outputs. For comparison, one learns true labels of the 8,192 points. All train by AdamW.
For each of 12 draws of the data, rate and weight decay are tuned on another draw. So intervals over draws include the
randomness of tuning. Less than 1 point counts as equal.

    python -m experiments wide_versus_deep.learnable                  # 20 s: a sawtooth of four pieces, three draws
    python -m experiments wide_versus_deep.learnable --preset full    # 2 hours
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, mean, wilson, with_parts
from experiments.lab.flags import at_least
from experiments.lab.sources import MALACH
from experiments.lab.verdicts import PUBLISHED, Statement, above, below
from experiments.wide_versus_deep import sawtooth, taught
from experiments.wide_versus_deep.sawtooth import SOLVED
from experiments.wide_versus_deep.taught import KINDS

DEEP, LABELS, TAUGHT, TAUGHT_ON_MORE, TRUE_LABELS = KINDS
FEW = 0.2  # fewer than one network in five
POINT = 0.01


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    folds: Annotated[tuple[int, ...], at_least(1, 7)] = (1, 2, 3, 4, 5, 6)  # k: 2^k pieces, and k hidden layers
    # Standard deviations of the noise, as shares of a layer's root mean square.
    noises: Annotated[tuple[float, ...], at_least(0, 1_000)] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    widths: tuple[int, ...] = (2, 4, 8, 16)  # neurons in each of the k layers
    near_rates: tuple[float, ...] = (3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)  # learning rates near the solution
    near_tuning_seeds: int = 16  # that choose among these; with four, the choice was mostly chance
    rates: tuple[float, ...] = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)  # learning rates from random starts
    bias_scales: tuple[float, ...] = (0.3, 1.0)  # half-widths of the first biases
    tuning_seeds: int = 4  # never reported
    num_steps: int = 10_000
    near_seeds: Annotated[int, at_least(3)] = 100  # reported networks near the solution, of every k and noise
    seeds: Annotated[int, at_least(3)] = 32  # reported networks from random starts, of every k and shape
    taught_rates: tuple[float, ...] = (0.003, 0.01, 0.03, 0.1, 0.3)
    decays: Annotated[tuple[float, ...], at_least(0)] = (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0)  # of AdamW
    taught_steps: int = 10_000
    draws: Annotated[int, at_least(3)] = 12  # of labels and points
    taught_seeds: int = 4  # reported networks of every draw


QUICK = Config(
    folds=(2,), noises=(0.01, 1.0), widths=(2,), near_rates=(1e-3, 1e-2), near_tuning_seeds=2,
    rates=(0.01,), bias_scales=(0.3,), tuning_seeds=2, num_steps=100, near_seeds=16, seeds=16,
    taught_rates=(0.03,), decays=(1e-2,), taught_steps=30, draws=3, taught_seeds=2,
)  # fmt: skip

NAMES = {
    "row": "number of the row",
    "part": "from the solution, from random starts, or taught",
    "fold": "k: the sawtooth has 2^k pieces",
    "noise": "noise on the solution / root mean square of a layer",
    "width": "neurons of each of the k layers",
    "kind": "deep: k layers; shallow: one layer of as many parameters; taught: network, and what it learns from",
    "parameters": "weights and biases of the deep network",
    "value": "share of the networks that learn; taught: of the test points that are right, mean over draws",
    "low": "lower end of its 95% interval",
    "high": "upper end of its 95% interval",
    "before": "share of the networks that are solutions before training",
    "median_left": "share of the variance left after training, median over networks",
    "learning_rate": "tuned learning rate; taught: median over draws",
    "at_edge": "whether a tuned number, or that of most draws, is the least or the greatest tried",
}


def run(config: Config) -> xr.Dataset:
    """Shares of the variance that are left after training, and of test points that are right, for every network."""
    c, near, start = config, [], []
    for k in c.folds:
        how = (c.near_rates, c.near_tuning_seeds, c.near_seeds, c.num_steps)
        near.append(sawtooth.from_the_solution(k, c.noises, *how))
        how = (c.rates, c.bias_scales, c.tuning_seeds, c.seeds, c.num_steps)
        rows = [sawtooth.from_random(k, width, *how) for width in c.widths]
        start.append(xr.concat(rows, "width").assign_coords(width=list(c.widths)))
    settings = taught.Settings(c.taught_rates, c.decays, c.draws, c.tuning_seeds, c.taught_seeds, c.taught_steps)
    by_fold = [xr.concat(parts, "fold").assign_coords(fold=list(c.folds)) for parts in (near, start)]
    return xr.merge([*by_fold, taught.train(settings)])


# Measures and statements.


def learned(data: xr.Dataset, level: float = LEVEL) -> xr.Dataset:
    """The share of the networks that learn from random starts [kind, fold, width]."""
    return wilson((data.start_left < SOLVED).mean("start"), data.sizes["start"], level)


def returned(data: xr.Dataset) -> xr.Dataset:
    """The share of the networks that find the moved solution again [fold, noise]."""
    return wilson((data.near_after < SOLVED).mean("near_seed"), data.sizes["near_seed"])


def random_starts(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of the networks of the sawtooth's own shape that learn it, over all sawtooths of four or more pieces,
    and for each of them."""
    if 2 not in data.width or not (data.fold > 1).any():
        return None
    own = data.sel(kind="deep", width=2, drop=True)
    own = own.isel(fold=(own.fold > 1).values)
    hits = own.start_left < SOLVED
    overall = wilson(hits.mean(), hits.size, level).assign_attrs(units="of the networks")
    return with_parts(overall, learned(own, level), may_rise=own.start_at_edge)


def lead(data: xr.Dataset, level: float, pupil: str, over: str, least: float, of_one: bool = False) -> xr.Dataset:
    """How many more of the test points one kind of network gets right than another, on the same draws. With `of_one`
    the other is the first network of each draw, which taught.

    Where most tunings of a kind end at an end of their grid, other numbers might make it better. The interval then has
    no end on that side if this could turn the outcome.
    """
    each = data.right.astype(float)
    other = each.sel(pupil=over, drop=True)
    other = other.isel(pupil_seed=0) if of_one else other.mean("pupil_seed")
    found = mean(each.sel(pupil=pupil, drop=True).mean("pupil_seed") - other, "draw", level)
    may_rise, may_fall = mostly_at_edge(data).sel(pupil=[pupil, over]).values.tolist()
    may_rise, may_fall = may_rise and bool(found.high <= least), may_fall and bool(found.low > least)
    found = found.assign(low=found.low.where(not may_fall, -np.inf), high=found.high.where(not may_rise, np.inf))
    note = " and ".join(f"{right.mean().item():.1%}" for right in (each.sel(pupil=pupil), other))
    return found.assign_attrs(units="of the test points more", note=f"{note} are right", at_edge=may_fall + may_rise)


def mostly_at_edge(data: xr.Dataset) -> xr.DataArray:
    return data.pupil_at_edge.mean("draw") > 0.5


BA = "Ba & Caruana (2014), Do deep nets really need to be deep?, NeurIPS"
NO_MARGIN = "It had no margin; numbers were once tuned for all draws together."
STATEMENTS = (
    Statement(
        "random starts", "From random starts, fewer than one in five networks of k layers of two ReLUs learn the "
        "sawtooth of 2^k pieces.", PUBLISHED,
        f"{MALACH}: gradient descent is likely to fail where a target is concentrated on fine detail", below(FEW),
        random_starts, "It was about k = 6 alone, whose tuned rate lies at an end of its grid.", at_tuned=True,
    ),
    Statement(
        "deep beats shallow", "Trained on the same partly wrong labels, a deep network classifies points beside a "
        "sawtooth better than a shallow one of as many parameters.", PUBLISHED, BA, above(POINT, even=0),
        partial(lead, pupil=DEEP, over=LABELS, least=POINT), NO_MARGIN,
    ),
    Statement(
        "taught", "A shallow network that learns the outputs of a better deep network at many points beats one that "
        "learns from the labels.", PUBLISHED, BA, above(POINT, even=0),
        partial(lead, pupil=TAUGHT_ON_MORE, over=LABELS, least=POINT), NO_MARGIN,
    ),
    Statement(
        "as good as the teacher", "A shallow network that learns the outputs of a better deep network is as good as "
        "its teacher.", PUBLISHED, BA, above(-POINT),
        partial(lead, pupil=TAUGHT_ON_MORE, over=DEEP, least=-POINT, of_one=True),
        "Numbers were once tuned for all draws together.",
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each setting of each part."""
    before = (data.near_before < SOLVED).mean("near_seed")
    near = returned(data).assign(part="from the solution", before=before, learning_rate=data.near_rate)
    start = learned(data).assign(part="random starts", learning_rate=data.start_rate, at_edge=data.start_at_edge)
    start = start.assign(parameters=data.parameters, median_left=data.start_left.median("start"))
    pupils = mean(data.right.astype(float).mean("pupil_seed"), "draw")
    pupils = pupils.assign(part="taught", learning_rate=data.pupil_rate.median("draw"), at_edge=mostly_at_edge(data))
    rows = []
    for part in (near, start, pupils.rename(pupil="kind")):
        frame = part.to_dataframe().reset_index()
        rows += frame.filter(items=list(NAMES)).to_dict("records")
    columns = [name for name in NAMES if any(name in row for row in rows)]
    return xr.Dataset({name: ("row", [row.get(name) for row in rows]) for name in columns})


PUPILS = {
    DEEP: ("deep, labels", fg.BLUE), LABELS: ("shallow, labels", fg.VERMILION),
    TAUGHT: ("shallow, taught at the same points", fg.ORANGE),
    TAUGHT_ON_MORE: ("shallow, taught at more points", fg.GREEN),
    TRUE_LABELS: ("shallow, true labels of more points", fg.PURPLE),
}  # fmt: skip


def from_random_starts(data: xr.Dataset) -> Figure:
    """Share of the networks that learn the sawtooth of 2^k pieces from random starts. Two neurons in each of k layers
    are enough to express it; a shallow network has as many parameters as k layers of that width. Bars: 95% intervals,
    which leave out the randomness of tuning."""
    parts = learned(data)
    colors = dict(zip(data.width.values.tolist(), fg.shades(data.sizes["width"]), strict=True))
    titles = {"deep": "k hidden layers", "shallow": "One hidden layer, as many parameters"}
    fig, made = fg.panels(col=data.kind, size=(4.6, 3.2), titles=titles, sharey=True)
    for ax, where in made:
        fg.lines(ax, parts.sel(where), "fold", "width", colors, dodge=0.1, markersize=5)
        ax.set(ylim=(-0.03, 1.03), xticks=data.fold)
    return fg.finish(fig, made, "Sawtooths of many pieces are hardly learned from random starts", data.fold,
                     "share of the networks", legend=fg.label(data.width))  # fmt: skip


def from_the_solution(data: xr.Dataset) -> Figure:
    """Share of the networks that find the sawtooth again when every parameter of its solution, k layers of 2 ReLUs, is
    moved by noise. The deeper the sawtooth, the nearer training must start. Dotted: before training. Bars: 95%
    intervals, which leave out the randomness of tuning."""
    before = (data.near_before < SOLVED).mean("near_seed")
    colors = dict(zip(data.fold.values.tolist(), fg.shades(data.sizes["fold"]), strict=True))
    fig, made = fg.panels(size=(7.6, 3.6))
    ax = made[0][0]
    fg.lines(ax, returned(data), "noise", "fold", colors, markersize=5)
    for k, color in colors.items():
        ax.plot(data.noise, before.sel(fold=k), ":", color=color, linewidth=1.1)
    ax.set(xscale="log", ylim=(-0.03, 1.03))
    title = "The more layers, the nearer to the solution training must start"
    return fg.finish(fig, made, title, data.noise, "share of the networks", legend="hidden layers k")


def by_a_teacher(data: xr.Dataset) -> Figure:
    """Networks tell whether a point lies below a sawtooth of eight pieces. There are 1,024 labels, a tenth of them
    wrong, and 8,192 more points. Shallow networks have as many parameters as deep ones. Dots: draws of the data.
    Diamonds: means with 95% intervals, which include tuning. Of the deep networks the first of each draw teaches."""
    each = 100 * data.right.astype(float).mean("pupil_seed")
    parts = mean(each, "draw").assign_coords(pupil=[PUPILS[kind][0] for kind in data.pupil.values.tolist()])
    colors = dict(PUPILS.values())
    fig, ax = plt.subplots(figsize=(8.6, 3.4))
    for place, (kind, (_, color)) in enumerate(PUPILS.items()):
        spread = place + np.linspace(-0.25, 0.25, data.sizes["draw"])
        ax.plot(each.sel(pupil=kind), spread, "o", color=color, markersize=4, alpha=0.4, markeredgewidth=0)
    fg.forest(ax, parts, "pupil", colors, mark="D")
    ax.grid(axis="y", visible=False)
    title = "A shallow network that a deep one teaches is as good as its teacher"
    return fg.finish(fig, [(ax, {})], title, "test points that are right (%)")


FIGURES = (from_random_starts, from_the_solution, by_a_teacher)
