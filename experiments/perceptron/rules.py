"""Which learning rules find a line that separates two classes where there is one, and what do they do where none is?

A neuron here is a weighted sum of its inputs, with or without a bias, and one output. It separates a data set when
every row lies on the side of its class. Three kinds of data can be separated by a line:

- The fourteen functions of two inputs, or gates, that one neuron computes.
- A lone row: n rows at -1 (false), n at 1 (true), and a single one at -0.5 (true). The greater n is, the less a mean
  error gains from getting the lone row right.
- Four vectors, for a neuron without a bias: (2, 1), (2, 3) and (1, 0) are true, and (10, -8) is false.

Brady et al. (1989) gave data on which gradient descent fails and the perceptron does not. Their data could not be
found; the last two kinds were made to show the same.

Gradient descent minimizes one of six errors (`errors.py`) in float64, averaged over all rows. One is Widrow and Hoff's
squared error of a linear neuron. Four are squared error or cross-entropy of a sigmoid one, with targets 0 and 1 or 0.1
and 0.9. The sixth is a squared error that does not count outputs beyond targets of 0.1 and 0.9. For each error and data
set the learning rate with the least error is chosen (`rates`, `higher_rates`) on seeds that are not reported. Then 400
fresh neurons are counted. Where the least error can be computed without training, it is computed as well (`minima.py`).
Rosenblatt's rule, the perceptron, needs one run from zero weights and no learning rate. Success is that every row lies
on its side.

No neuron computes XOR, nor 63,654 of the functions of four inputs, where an input is -1 or 1. On these, four algorithms
are compared by how many more rows they get wrong than the best neuron, which gets the fewest wrong. They are the last
weights of the perceptron, the average of its weights, and the pocket, with and without its ratchet. The pocket keeps
the weights with the longest run of right answers; with the ratchet, only if they also get more rows right. The pocket
visits rows at random, the others in order, as their authors describe.

    python -m experiments perceptron.rules                  # 20 s
    python -m experiments perceptron.rules --preset full    # 81 s
"""

from dataclasses import dataclass
from typing import Annotated, Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import planes, sources
from experiments.lab.estimates import exact, student, wilson
from experiments.lab.flags import at_least
from experiments.lab.verdicts import OWN, PUBLISHED, TEXTBOOK, THEOREM, Statement, above, below, equal
from experiments.perceptron import errors, inseparable, minima
from experiments.perceptron.errors import DESCENDED, HARD_ENTROPY, PERCEPTRON, SOFT, SOFT_SQUARES, WIDROW_HOFF
from nnjax import neurons, tasks, training, tuning

GATES = tuple(name for name in tasks.BOOLEAN_NAMES if name not in ("xor", "xnor"))
LONE_X, LONE_Y = (-1.0, 1.0, -0.5), (0.0, 1.0, 1.0)  # the last is the lone row
FOUR_X, FOUR_Y = ((2.0, 1.0), (2.0, 3.0), (1.0, 0.0), (10.0, -8.0)), (1, 1, 1, 0)
LONE = np.column_stack([LONE_X, np.ones(3)]), np.array(LONE_Y)  # the last column is the bias's
FOUR = np.array(FOUR_X), np.array(FOUR_Y)


@dataclass(frozen=True)
class Config:
    side_rows: tuple[int, ...] = (1, 3, 10, 30, 100, 300)  # rows on each side of the lone one
    scales: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0, 10.0)  # standard deviation of initial weights on four vectors
    seeds: int = 400  # neurons of each kind
    tuning_seeds: int = 20  # neurons on which a rate is chosen
    rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # learning rates, tuned for each error and data
    # also tried on the four vectors, where the greatest of `rates` was best
    higher_rates: Annotated[tuple[float, ...], at_least(count=0)] = (30.0, 100.0)
    num_steps: int = 100_000  # full-batch updates
    num_epochs: int = 10_000  # passes after which a perceptron counts as undecided
    inputs: Annotated[int, at_least(2, 4)] = 4  # number of inputs of the functions that no neuron computes
    visits: tuple[int, ...] = (16, 64, 256, 1024, 4096, 16_384)  # rows visited on these functions
    seed: Annotated[int, at_least(0, 2**31 - 1)] = 0  # of the pocket's order of rows


QUICK = Config(
    side_rows=(1, 100), scales=(0.3, 1.0), seeds=20, tuning_seeds=5, rates=(0.03, 3.0), higher_rates=(),
    num_steps=5_000, inputs=3, visits=(8, 64, 512),
)  # fmt: skip

NAMES = {
    "rule": "error that is descended, with its targets, or algorithm",
    "task": "gate, lone row (and rows on each side), four vectors (and deviation of initial weights), or visits",
    "neurons": "number of neurons trained", "separate": "number of neurons with every row on its side",
    "rate": "learning rate with the least error on other seeds",
    "minimum_separates": "1 if the least error, or its limit, separates the lone row, 0 if not",
    "side": "rows on each side, $n$", "scale": "standard deviation of the initial weights",
    "at_best": "functions that no neuron computes on which no more rows are wrong than with the best neuron",
    "visits": "visits to rows", "mean_excess": "rows wrong beyond those of the best neuron, mean over the functions",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Neurons that separate [rule, task], the minima, and the algorithms on what no line separates."""
    lone = {f"lone row, {n}": n for n in config.side_rows}
    four = {f"four vectors, {scale:g}": scale for scale in config.scales}
    data_sets = {name: tasks.boolean(name)._replace(weight=np.ones(4)) for name in GATES}
    data_sets |= {name: _lone_row(n) for name, n in lone.items()}
    vectors = _trained({"four": tasks.data(FOUR_X, [[y] for y in FOUR_Y])}, config, config.scales, bias=False)
    vectors = vectors.squeeze("task", drop=True).rename(scale="task").assign_coords(task=list(four))
    trained = xr.concat([_trained(data_sets, config).squeeze("scale", drop=True), vectors], "task")
    kinds = ["gate"] * len(GATES) + ["lone row"] * len(lone) + ["four vectors"] * len(four)
    sizes = [np.nan] * len(GATES) + [*lone.values(), *four.values()]
    trained = trained.assign_coords(kind=("task", kinds), size=("task", sizes))
    least = xr.DataArray([_minima(n) for n in config.side_rows], {"task": list(lone), "rule": [*DESCENDED, PERCEPTRON]})
    trained["minimum_separates"] = least.transpose().reindex_like(trained.separate)
    compared = inseparable.compared(config.inputs, config.visits, config.num_epochs, config.seed)
    return xr.merge([trained, minima.landscape(FOUR, SOFT), compared, inseparable.xor_cycle()])


def _lone_row(n: int) -> tasks.Data:
    """Rows -1 and 1, n of each by weight, and a lone one at -0.5.

    A second input that is always 0 and a fourth row of weight 0 let it share compiled programs with the gates.
    """
    x, y = [[x, 0.0] for x in (*LONE_X, 0.0)], [[y] for y in (*LONE_Y, 0.0)]
    return tasks.data(x, y, weight=[n, n, 1, 0])


def _minima(n: int) -> list[float]:
    """Whether the least error separates the lone row, by rule; 1 where the least error is zero, or its limit is."""
    times = np.array([n, n, 1.0])
    least = [minima.least_squares_separates(LONE, times)]
    for error in (minima.squared_error, minima.cross_entropy):
        least.append(minima.lowest_separates(error, LONE, times, SOFT))
    return [*map(float, least), *[1.0] * (len(DESCENDED) + 1 - len(least))]


def _trained(
    data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...] = (1.0,), bias: bool = True
) -> xr.Dataset:
    """The numbers of neurons that separate and of all [rule, task, scale], and the rate, tuned on other seeds."""
    parts = [_descended(rule, data, config, scales, bias) for rule in DESCENDED.values()]
    parts.append(_perceptrons(data, config, scales, bias))
    return xr.concat(parts, "rule").assign_coords(rule=[*DESCENDED, PERCEPTRON])


def _descended(
    rule: errors.Rule, data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...], bias: bool
) -> xr.Dataset:
    low, high = rule.targets
    aimed = {name: one._replace(y=low + (high - low) * one.y) for name, one in data.items()}
    settings: dict[str, Any] = {
        "hidden": (), "output_activation": rule.output, "loss": rule.loss, "solver": "sgd", "init": "normal",
        "init_scale": list(scales), "num_steps": config.num_steps, "dtype": "float64",
        "measure": {"separates": errors.separates_at_half if rule.middle else errors.separates_at_zero},
    }  # fmt: skip
    if not bias:
        settings["model"] = training.Model(errors.init_without_bias, errors.apply_without_bias)
    rates = config.rates if bias else (*config.rates, *config.higher_rates)
    tuned = nnjax.sweep(aimed, learning_rate=list(rates), seeds=tuning.seeds(config.tuning_seeds), **settings)
    # The rate is chosen for the least error, which is what the rule minimizes: at a rate so large that weights jump
    # about, a neuron may separate by chance, which says nothing about where its error is least.
    best = tuning.choose(tuned.train_loss, "learning_rate")
    runs = nnjax.sweep(aimed, learning_rate=best.best["learning_rate"], seeds=config.seeds, **settings)
    separate = runs.separates.isel(step=-1, drop=True).sum("seed").astype(int)
    found = xr.Dataset({"separate": separate, "neurons": xr.full_like(separate, config.seeds)})
    found = found.assign(rate=best.best["learning_rate"], rate_at_end=best.at_end["learning_rate"])
    found = found.drop_vars([name for name in found.coords if name not in found.dims])
    return found.rename(init_scale="scale").assign_coords(scale=list(scales))


def _perceptrons(data: dict[str, tasks.Data], config: Config, scales: tuple[float, ...], bias: bool) -> xr.Dataset:
    """One perceptron from zero weights for each task; the weights of the rows make no difference to it."""
    learned = []
    for one in data.values():
        there = np.ones(len(one.x), bool) if one.weight is None else one.weight > 0
        x, y = (jnp.asarray(part[there], jnp.float32) for part in (one.x, one.y[:, 0]))
        learned.append(int(neurons.perceptron_fit(x, y, config.num_epochs, bias).converged))
    separate = xr.DataArray(learned, {"task": list(data)}).expand_dims(scale=list(scales), axis=1)
    one, none = xr.ones_like(separate), xr.zeros_like(separate)
    return xr.Dataset({"separate": separate, "neurons": one, "rate": one.astype(float), "rate_at_end": none})


# Measures and statements.


def failures(data: xr.Dataset, rules: list[str], kinds: list[str]) -> xr.Dataset:
    """Neurons that do not separate; where the tuned rate is at an end of its grid, at another rate they might."""
    cells = data.sel(rule=rules, task=data.kind.isin(kinds))
    wrong = cells.neurons - cells.separate
    unsure = wrong.where(cells.rate_at_end != 0, 0)
    low, high, at_edge = (wrong - unsure).sum(), wrong.sum(), int((unsure > 0).sum())
    return exact(high, low, high, int(cells.neurons.sum()), "neurons", at_edge=at_edge, units="failures")


def gates_missed(data: xr.Dataset, level: float) -> xr.Dataset:
    return failures(data, list(DESCENDED), ["gate"])


def hard_entropy_missed(data: xr.Dataset, level: float) -> xr.Dataset:
    return failures(data, [HARD_ENTROPY], ["lone row", "four vectors"])


def sets_separated(data: xr.Dataset, level: float) -> xr.Dataset:
    """Data sets that the perceptron separates: each gate, the lone row, and the four vectors.

    The lone row counts once for all n, as the perceptron visits equal rows once. The four vectors count once for all
    scales, as it starts from zero.
    """
    separate = data.separate.sel(rule=PERCEPTRON)
    lone, four = (separate[(data.kind == kind).values].min() for kind in ("lone row", "four vectors"))
    return exact(separate[(data.kind == "gate").values].sum() + lone + four, units="data sets")


def unlike_the_minimum(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """Neurons of Widrow and Hoff's rule that end otherwise than the only minimum of the error.

    Rates at the end of the grid do not matter: every rate that does not diverge leads to that minimum.
    """
    cells = data.sel(rule=WIDROW_HOFF, task=data.kind == "lone row")
    fails = cells["size"].values[cells.minimum_separates.values == 0]
    if not fails.size:
        return None
    unlike = abs(cells.separate - cells.neurons * cells.minimum_separates).sum()
    note = f"the minimum fails with n = {', '.join(f'{n:.0f}' for n in fails)}"
    return exact(unlike, n=int(cells.neurons.sum()), of="neurons", note=note, units="exceptions")


def separate_despite_the_minimum(data: xr.Dataset, level: float) -> xr.Dataset:
    """Neurons that separate the lone row beside the most rows, and one more if the lowest error does."""
    cell = data.sel(rule=SOFT_SQUARES, task=data.kind == "lone row").isel(task=-1)
    hits = cell.separate + cell.minimum_separates
    return exact(hits, n=int(cell.neurons), of="neurons and the computed minimum", units="separate")


def share_trapped(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the starts that end without separating the four vectors; 0 where no local minimum is there."""
    is_minimum, (w1, w2) = (data.trap_slope < FLAT) & (data.trap_curvature > 0), data.trap.values
    share = wilson((~data.path_separates).mean() * is_minimum, data.sizes["neuron"], level)
    return share.assign_attrs(of="starts", units="of the starts", note=f"the minimum lies at ({w1:.2f}, {w2:.2f})")


def visits_to_return(data: xr.Dataset, level: float) -> xr.Dataset:
    """Visits after which the weights are the same again, with inputs 0 and 1; 0 where corrections do not cancel."""
    return exact(data.orbit_period.sel(low=0, drop=True) * data.orbit_proved.all(), units="visits")


def ratchet_gain(data: xr.Dataset, level: float) -> xr.Dataset:
    """Rows wrong with the ratchet less those without. Only the order of rows is random; the interval holds the spread
    between the functions as well, so it is wider than needed.
    """
    n = data.functions
    return student(data.gain, [(data.gain_error**2, n - 1)], level, n, "functions").assign_attrs(units="rows of 16")


FLAT = 1e-9  # greatest slope at a minimum
LARGE = 0.1  # least share of the starts in a large basin
POINT = 0.16  # rows, 1% of 16
OURS = "on data of ours, as theirs could not be found"
WIDROW = "Widrow & Hoff (1960), Adaptive switching circuits, IRE WESCON Convention Record"
SOUDRY = "Soudry et al. (2018), The implicit bias of gradient descent on separable data, JMLR 19, lemma 1"
CYCLING = (
    f"perceptron cycling theorem: {sources.MINSKY_PAPERT}, chapter 11; Block & Levin (1970), On the boundedness of an "
    "iterative procedure for solving a system of linear inequalities, Proc. AMS"
)
STATEMENTS = (
    Statement(
        "the gates", "Gradient descent on each of six errors learns, from every start, the fourteen gates that one "
        "neuron can compute.", TEXTBOOK, f"{sources.TEXTBOOK}; {WIDROW}", equal(0), gates_missed,
        "The rule had counted the errors for which every neuron learns.",
    ),
    Statement(
        "perceptron", "Rosenblatt's rule separates each of sixteen data sets that a line can separate.", THEOREM,
        f"{sources.ROSENBLATT}; {sources.NOVIKOFF}", equal(16), sets_separated, random=False,
    ),
    Statement(
        "one minimum: Widrow & Hoff, -1 and 1", "Neurons that descend Widrow and Hoff's error separate the lone row "
        "exactly where the only minimum of that error does.", OWN,
        f"prompted by {sources.BRADY}, whose error is the squared one of a sigmoid", equal(0), unlike_the_minimum,
        "The claim had counted as published, and the rule had counted numbers of rows, not neurons.",
    ),
    Statement(
        "lowest error fails", "Where the lowest squared error of a sigmoid neuron, with targets 0.1 and 0.9, misses "
        "a line that separates, no trained neuron finds one.", PUBLISHED, f"{sources.BRADY}; {OURS}", equal(0),
        separate_despite_the_minimum,
        "Where trained neurons separate, it had counted as partly reproduced.",
    ),
    Statement(
        "local minimum", "On four separable vectors, many neurons that descend the squared error of a sigmoid end in a "
        "local minimum that does not separate.", PUBLISHED, f"{sources.BRADY}; {OURS}", above(LARGE), share_trapped,
        "Had fewer than 10% of the starts been trapped, it would have counted as partly reproduced.",
    ),
    Statement(
        "cross-entropy", "Gradient descent on cross-entropy, with targets 0 and 1, separates the lone row and the four "
        "vectors from every start.", OWN, f"prompted by {SOUDRY} (in the limit of many steps, at a small rate)",
        equal(0), hard_entropy_missed, "The two kinds of data had been judged one by one.",
    ),
    Statement(
        "XOR", "On XOR the perceptron comes back to the same weights after one pass over the four rows, as its "
        "corrections sum to zero.", THEOREM, CYCLING, equal(4), visits_to_return, random=False,
    ),
    Statement(
        "pocket or pocket without ratchet", "On functions of four inputs that no neuron computes, the pocket "
        "algorithm gets fewer rows wrong with its ratchet than without.", PUBLISHED, sources.GALLANT,
        below(-POINT, even=0), ratchet_gain,
        "The rule had no margin; it is 0.16 rows, 1% of 16.",
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each rule and data set, then for each algorithm and number of visits."""
    separable = data[["neurons", "separate", "rate", "minimum_separates"]].drop_vars(["kind", "size"])
    others = data[["at_best", "mean_excess"]].rename(algorithm="rule", visits="task")
    others["neurons"] = xr.full_like(others.at_best, data.functions.item())  # one for each function
    others = others.assign_coords(task=[f"inseparable, {visits} visits" for visits in data.visits.values])
    names = {name: list(dict.fromkeys([*separable[name].values, *others[name].values])) for name in ("rule", "task")}
    return separable.reindex(names).combine_first(others.reindex(names))


# Figures.

SHARES = LinearSegmentedColormap.from_list("shares", [fg.VERMILION, "#F7F7F7", fg.GREEN])


def lone_row(data: xr.Dataset) -> Figure:
    """Above: the data, which the dashed line separates for every n. Below: the share of the neurons that separate them
    at a tuned learning rate, by the error that is descended, with its targets for false and true; “free beyond” is a
    squared error that does not count outputs beyond a target. A cross: even the weights of least error, computed
    without training, do not separate.
    """
    fig, (rows, shares) = plt.subplots(2, 1, figsize=(8.6, 5.2), height_ratios=(0.55, 2.4))
    for x, y, size, word in ((-1, 0, 15, "n rows, false"), (1, 1, 15, "n rows, true"), (-0.5, 1, 7, "one row, true")):
        color, mark, _ = planes.CLASSES[y]
        rows.plot(x, 0, mark, color=color, markersize=size, markeredgecolor="white")
        rows.annotate(word, (x, 0), (0, 13), textcoords="offset points", ha="center", size=9)
    rows.axvline(-0.75, color="black", linestyle="--", linewidth=1)
    rows.set_title("A lone true row near n false ones")
    rows.set(xlim=(-1.5, 1.5), ylim=(-0.5, 1.2), yticks=(), xlabel="input $x$")
    rows.spines["left"].set_visible(False)
    rows.grid(visible=False)
    lone = data.sel(task=data.kind == "lone row")
    _shares(shares, lone, NAMES["side"], "Neurons that get all rows right (%)")
    for (i, j), minimum in np.ndenumerate(lone.minimum_separates.transpose("rule", "task").values):
        if minimum == 0:
            shares.plot(j + 0.33, i - 0.25, "x", color="black", markersize=6, markeredgewidth=1.5)
    fig.suptitle("Some errors leave a lone row on the wrong side; the perceptron does not")
    return fig


def _shares(ax: Axes, data: xr.Dataset, label: str, title: str) -> None:
    """A table of shares [rule, task] in colours and percent."""
    share = (data.separate / data.neurons).transpose("rule", "task")
    ax.imshow(share.values, SHARES, vmin=0, vmax=1, aspect="auto", alpha=0.85)
    for (i, j), value in np.ndenumerate(share.values):
        ax.text(j, i, f"{100 * value:.3g}", ha="center", va="center", size=9)
    ax.set_xticks(range(share.shape[1]), [f"{size:g}" for size in data["size"].values])
    ax.set_yticks(range(share.shape[0]), share.rule.values.tolist())
    ax.set(xlabel=label, title=title)
    ax.grid(visible=False)
    ax.tick_params(length=0)


def four_vectors(data: xr.Dataset) -> Figure:
    """Left: the squared error of a sigmoid neuron without bias over its two weights, with targets 0.1 and 0.9; (2, 1),
    (2, 3) and (1, 0) are true, (10, -8) is false. Inside the dashed wedge all four are right. Dots are starts of a
    descent at a small rate, in the colour of where it ends: at the star, where all are right, or at the cross, a local
    minimum. Right: the share of the neurons that separate, at the learning rate with the least error, by the error and
    its targets; “free beyond” does not count outputs beyond a target, and the perceptron is one run from zero weights.
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.6, 4.6), width_ratios=(1.15, 1))
    (x, y), reach = FOUR, 4.2
    side = np.linspace(-reach, reach, 301)
    sums = np.stack(np.meshgrid(side, side), axis=-1) @ x.T
    error = minima.squared_error(sums, SOFT[0] + (SOFT[1] - SOFT[0]) * y).mean(axis=-1)
    filled = left.contourf(side, side, error, levels=24, cmap="cividis")
    inside = ((sums > 0) == (y > 0)).all(axis=-1)
    left.contour(side, side, inside, levels=[0.5], colors="white", linewidths=1.4, linestyles="--")
    few = data.isel(neuron=slice(60))
    for kind, mark, color in ((few.path_separates, "o", fg.GREEN), (~few.path_separates, "s", fg.VERMILION)):
        left.plot(*few.path_start[kind.values].T, mark, color=color, markersize=5, markeredgecolor="white")
    ends = {"*": data.path_end[data.path_separates.values].median("neuron"), "X": data.trap}
    for (mark, end), color, size in zip(ends.items(), (fg.GREEN, fg.VERMILION), (17, 12), strict=True):
        left.plot(*end, mark, color=color, markersize=size, markeredgecolor="white", zorder=6)
    left.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="weight $w_1$", ylabel="weight $w_2$", aspect="equal")
    left.set_title("Two minima of one squared error")
    left.grid(visible=False)
    fig.colorbar(filled, ax=left, label="mean squared error", shrink=0.9)
    _shares(right, data.sel(task=data.kind == "four vectors"), NAMES["scale"], "Neurons that get all four right (%)")
    fig.suptitle("From larger initial weights, the squared error of a sigmoid separates four vectors less often")
    return fig


def no_line(data: xr.Dataset) -> Figure:
    """Left: four visits of a perceptron to rows of XOR, after which it has the same weights again. Line and tint (blue
    0, orange-red 1) are those before it visits the row in the ring, which it answers wrongly; a point on the line
    counts as 0. Right: all functions of four inputs that no neuron computes. The pocket keeps the weights with the
    longest run of right answers, with its ratchet only if they also get more rows right. Averaged: the mean of all
    weights so far.
    """
    fig = plt.figure(figsize=(10.8, 5.2))
    grid = fig.add_gridspec(2, 3, width_ratios=(1, 1, 2.1))
    cycle, corners = data.sel(low=0), tasks.xor()
    for i, place in enumerate((grid[0, 0], grid[0, 1], grid[1, 0], grid[1, 1])):
        ax, visit = fig.add_subplot(place), int(cycle.orbit_start) + i
        *w, b = cycle.orbit.values[visit]
        planes.regions(ax, lambda x, w=w, b=b: x @ np.array(w) + b > 0, -0.55, 1.55)
        planes.unit_line(ax, w, -b, -0.55, 1.55, avoid=corners.x)
        row = corners.x[visit % 4]
        ax.plot(*row, "o", markersize=14.5, markerfacecolor="none", markeredgecolor="black", zorder=8)
        planes.points(ax, corners.x, corners.y[:, 0])
        ax.set_title(f"$(w_1, w_2, b)$ = ({w[0]:g}, {w[1]:g}, {b:g})", fontsize=9.5, fontweight="normal")
        ax.set(xticks=(), yticks=(), xlabel="input $x_1$" if i > 1 else "", ylabel="" if i % 2 else "input $x_2$")
    ax = fig.add_subplot(grid[:, 2])
    for name, color, mark in zip(data.algorithm.values, (fg.GREY, fg.ORANGE, fg.BLUE, fg.GREEN), "os^D", strict=True):
        ax.plot(data.visits, data.mean_excess.sel(algorithm=name), marker=mark, color=color, label=name)
    ax.set(xscale="log", xlabel=fg.label(data.visits), ylabel="rows, mean over all functions")
    ax.set_ylim(0, 1.25 * data.mean_excess.max())
    ax.set_xticks(data.visits.values, [f"{visits:,}" for visits in data.visits.values])
    ax.minorticks_off()
    ax.set_title("Rows wrong beyond those of the best neuron")
    ax.legend(loc="upper right")
    fig.suptitle("Where no line separates, the perceptron cycles; the pocket algorithm errs least")
    return fig


FIGURES = (lone_row, four_vectors, no_line)
