"""When is a ReLU unit dead, that is, off for every example, and what do dead units do to the rank of a layer?

Killed: networks of 40 inputs, two hidden layers of 32 units and 10 outputs, ReLU and leaky ReLU, learn MNIST-1D (noisy
curves of ten classes). They start from He's weights and see 600 batches of 50 rows, by gradient descent or Adam, at
learning rates over three decades (`RATES`, `BETWEEN`, `per_decade`). Each network has a draw of the data of its own. In
the end the hidden units are counted that are off for all training rows. Three learning rates of each solver are judged,
chosen by networks on other draws:

- the best, at which ReLU networks learn best;
- the highest at which they still learn: all of the 95% interval of their accuracy lies above 0.2, twice chance, and
  none diverges;
- the common one, with the largest share of ReLU units off. It is chosen among rates at which ReLU networks are right on
  more than 0.2 on average, and no network of either activation diverges.

At the highest rates ReLU networks lose one of their two layers, half of the units, and learn nothing.

Born dead: in a random network in which some hidden layer is all off, no gradient passes. For one input, and weights
(and biases) that are symmetric about 0, the probability is exactly 1 - prod (1 - 2^-N_l), with N_l units in layer l.
For all inputs of a domain at once this is an upper bound. Networks of width 1 to 8 are drawn and counted, at one input
and on a circle of 16 inputs.

Rank: examples in random directions go through random layers with He's variance (`random_relu.py`). The rank of their
outputs is at most m, the number of examples, or of units if they are fewer. The published law is m (1 - (1 - 2 / pi)^l)
in layer l. It is compared with the mean rank at several tolerances of what counts as 0, and with the effective rank.
The definition that fits the law best counts. Success is a deviation of less than 0.05 m in each of layers 1 to 12.

    python -m experiments activations.dead_units                  # 5 s
    python -m experiments activations.dead_units --preset full    # 6 minutes
"""

import math
from dataclasses import dataclass
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
import scipy
import xarray as xr
from jaxtyping import Array, Float
from matplotlib.figure import Figure

import nnjax
from experiments.activations.random_relu import LAWS, LEAKY, ORTHOGONAL, PLAIN, born_dead, ranks
from experiments.lab import figures as fg
from experiments.lab.estimates import average, best, equally, estimate, mean, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above, below
from nnjax import mlp, statistics, tuning
from nnjax.spec import DIVERGED
from nnjax.tasks import Data

SOLVERS = {"gradient descent": "sgd", "Adam": "adam"}
ACTIVATIONS = ("relu", "leaky_relu")
RATES = {"gradient descent": (0.03, 30.0), "Adam": (1e-3, 1.0)}  # ends of the grid; ReLU learns best near its middle
# More rates in between: from 1.4 to 3 gradient descent goes from networks that learn to networks that do not.
BETWEEN = {"gradient descent": (1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8), "Adam": ()}
LEARNS = 0.2  # accuracy, twice that of chance
MANY, FEW = 0.4, 0.1  # shares of dead units
LAYERS = 12  # up to which ranks are judged
NEAR = 0.05  # share of m by which a mean rank may deviate
FIRST_DRAW = 100  # the number of the first draw of MNIST-1D; the published draw, number 42, is not used


@dataclass(frozen=True)
class Config:
    """What is drawn, trained and decomposed, and how often."""

    laws: Annotated[tuple[str, ...], one_of(LAWS)] = LAWS  # of the weights and biases of networks born dead
    widths: Annotated[tuple[int, ...], at_least(1, 16)] = (1, 2, 3, 4, 5, 6, 7, 8)  # of networks born dead
    depth: Annotated[int, at_least(4, 64)] = 16  # their hidden layers; all depths up to it are counted
    networks: Annotated[int, at_least(1000, multiple=1000)] = 400_000  # of each law and width
    solvers: Annotated[tuple[str, ...], one_of(RATES)] = ("gradient descent", "Adam")
    hidden: Annotated[tuple[int, ...], at_least(rising=False)] = (32, 32)  # hidden layers of trained networks
    per_decade: Annotated[int, at_least(1, 4)] = 3  # learning rates in each decade of the grid
    tuning_seeds: Annotated[int, at_least(2)] = 10  # networks that choose the rates, never reported
    seeds: Annotated[int, at_least(4)] = 20  # reported networks at every rate
    num_steps: int = 600  # batches of 50 rows
    rows: Annotated[int, at_least(500, 5000)] = 5000  # of MNIST-1D, a fifth of them for testing
    # examples and units of each layer of the matrices whose rank is taken
    shapes: Annotated[tuple[tuple[int, int], ...], at_least(rising=False)] = (
        (40, 40),
        (40, 80),
        (40, 200),
        (80, 40),
        (200, 40),
    )
    layers: Annotated[int, at_least(LAYERS, 64)] = 16  # random layers
    draws: Annotated[int, at_least(10)] = 1_600  # random stacks of layers for each shape


QUICK = Config(
    laws=("normal",), widths=(2, 4), depth=8, networks=5_000, solvers=("Adam",), hidden=(16, 16), per_decade=1,
    tuning_seeds=2, seeds=4, num_steps=60, rows=500, shapes=((40, 40), (40, 80)), layers=12, draws=40,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    if (40, 40) not in config.shapes or len(set(config.shapes)) < len(config.shapes):
        raise ValueError(f"shapes={config.shapes!r} must hold (40, 40), and each shape once")


NAMES = {
    "part": "what the row is about: units killed by the learning rate, networks born dead, ranks of random layers",
    "setting": "solver, activation and rate, or weights and width (16 layers), or kind of layers, examples and units",
    "measured": "share of units off for all rows, or share of networks dead at one input, or mean rank in layer 12",
    "theory": "probability of a network dead at one input, or units on in wide layers (or examples if fewer)",
    "accuracy": "share of the test rows that are right, 0 for a network that diverged",
    "diverged": "share of the networks that diverged, which have no units to count",
    "on_circle": "share of the networks that are dead at each of 16 inputs on a circle",
    "most": "units that are on for some example in layer 12, or examples if fewer",
    "rate": "learning rate",
    "born_layer": "number of hidden layers",
    "layer": "layer",
}


def run(config: Config) -> xr.Dataset:
    """Units killed by training, networks born dead, and ranks by depth."""
    check(config)
    born = born_dead(config.laws, config.widths, config.depth, config.networks)
    data = xr.merge([born, _trained(config), ranks(config.shapes, config.layers, config.draws)])
    return data.assign_attrs(draws=config.draws)


def share_off(params: mlp.Params, data: Data, predict: Any) -> Float[Array, ""]:
    """The share of the hidden units whose sum is at most 0 for all training rows."""
    # The outputs of a network that is cut off after a hidden layer are the sums of that layer's units.
    sums = [predict(params[: i + 1], data.x) for i in range(len(params) - 1)]
    return jnp.mean(jnp.concatenate([jnp.all(z <= 0, axis=0) for z in sums]).astype(data.x.dtype))


def _trained(config: Config) -> xr.Dataset:
    """Units off, accuracy and divergence [solver, activation, seed, rate], and the rates that other seeds chose."""
    seeds = [*range(config.seeds), *tuning.seeds(config.tuning_seeds)]
    data = {str(seed): nnjax.tasks.mnist1d(FIRST_DRAW + seed, num_rows=config.rows) for seed in seeds}
    return xr.concat([_of_solver(data, config, solver) for solver in config.solvers], "solver", join="outer")


def _of_solver(data: dict[str, Data], config: Config, solver: str) -> xr.Dataset:
    """One solver, with one network on each draw of the data; its seed is the number of the draw."""
    low, high = RATES[solver]
    rates = np.geomspace(low, high, round(config.per_decade * math.log10(high / low)) + 1)
    rates = np.sort(np.append(rates, BETWEEN[solver]))
    runs = nnjax.sweep(
        data, hidden=config.hidden, activation=list(ACTIVATIONS), init="he_normal", solver=SOLVERS[solver],
        learning_rate=rates, loss="softmax_cross_entropy", batch_size=50, num_steps=config.num_steps,
        seeds={name: [int(name)] for name in data}, measure={"off": share_off},
    )  # fmt: skip
    runs = runs.isel(seed=0, drop=True).rename(task="seed").drop_vars("seed")
    diverged = runs.status == DIVERGED
    # A network that diverged has no units to count, and answers nothing right.
    off, accuracy = runs.off.isel(step=-1, drop=True).where(~diverged), runs.accuracy.where(~diverged, 0.0)
    others = {"seed": slice(config.seeds, None)}
    tuned = tuning.choose(-accuracy.isel(others), "learning_rate")
    gone = diverged.isel(others).any("seed")
    judged = accuracy.isel(others).sel(activation="relu").transpose("learning_rate", "seed").values
    learns = np.array([statistics.mean(one).low > LEARNS for one in judged])
    highest = rates[learns & ~gone.sel(activation="relu").values]
    # The rate at which most ReLU units are off, of those at which no network diverged and ReLU networks learn.
    dead = off.isel(others).sel(activation="relu").mean("seed").values
    common = np.where((judged.mean(axis=1) > LEARNS) & ~gone.any("activation").values, dead, -1.0)
    found = xr.Dataset({
        "off": off, "accuracy": accuracy, "diverged": diverged,
        "best_rate": tuned.best["learning_rate"].sel(activation="relu", drop=True),
        "best_at_end": tuned.at_end["learning_rate"].sel(activation="relu", drop=True) != 0,
        "highest_rate": highest.max() if highest.size else np.nan,
        "highest_at_end": bool(highest.size) and highest.max() == rates[-1],
        "common_rate": float(rates[int(common.argmax())]),
    })  # fmt: skip
    found = found.isel(seed=slice(0, config.seeds)).rename(learning_rate="rate")
    return found.drop_vars(("width", "depth", "hidden", "task_seed"), errors="ignore").assign_coords(solver=solver)


# Measures.


def at_rate(data: xr.Dataset, x: xr.DataArray, chosen: str) -> xr.DataArray:
    """x [solver, ...] at a rate that was chosen for each solver; nan where there is no such rate."""
    rate = data[chosen]
    there = x.sel(solver=rate.solver, rate=rate.fillna(data.rate[0]), method="nearest").drop_vars("rate")
    return there.where(rate.notnull())


def by_solver(shares: xr.DataArray) -> str:
    """The mean of each solver, in words."""
    means = shares.mean("seed")
    return " and ".join(f"{mean.item():.1%} with {mean.solver.item()}" for mean in means if mean.notnull())


def killed(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of dead ReLU units at the highest rate at which networks learn, with the solver that leaves most.

    Every second network chooses the solver, the others are reported.
    """
    relu = data.sel(activation="relu")
    off, accuracy = (at_rate(relu, relu[name], "highest_rate") for name in ("off", "accuracy"))
    off = off.where(accuracy.mean("seed") > LEARNS)
    choosing, reported = (off.isel(seed=slice(start, None, 2)) for start in (0, 1))
    if off.isnull().all():
        return None
    parts = mean(reported, "seed", level)
    result = best(parts.assign(high=parts.high.where(~data.highest_at_end, 1.0)), choosing.mean("seed").fillna(-1.0))
    note = f"with {result.solver.item()}, as other networks chose; of all networks {by_solver(off)}"
    at_edge = int(data.highest_at_end.sel(solver=result.solver))
    return result.assign_attrs(units="of the hidden units", note=note, at_edge=at_edge)


def at_best(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of dead ReLU units at the rate at which ReLU networks learn best, on average over the solvers."""
    off = at_rate(data, data.off.sel(activation="relu", drop=True), "best_rate")
    overall = average(off, "seed", equally(off.notnull().any("seed"), "solver"), level)
    result = with_parts(overall, mean(off, "seed", level), data.best_at_end, data.best_at_end)
    return result.assign_attrs(units="of the hidden units", note=by_solver(off))


def spared_by_leaky(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """By how much the share of units that are off is lower with leaky ReLU than with ReLU, on average over solvers.

    Pairs of networks on one draw are compared, at the common rate.
    """
    off = at_rate(data, data.off, "common_rate")
    relu, leaky = (off.sel(activation=name, drop=True) for name in ACTIVATIONS)
    more = (relu - leaky).where(relu.mean("seed") >= FEW)  # where ReLU units die
    if more.isnull().all():
        return None
    overall = average(more, "seed", equally(more.notnull().any("seed"), "solver"), level)
    gone = int(more.isnull().sum())
    note = by_solver(more) + (f"; pairs left out, as a network diverged: {gone}" if gone else "")
    return with_parts(overall, mean(more, "seed", level)).assign_attrs(units="of the hidden units more", note=note)


def law(layer: xr.DataArray) -> xr.DataArray:
    """The published mean rank, divided by m."""
    return 1 - (1 - 2 / np.pi) ** layer


def plain(data: xr.Dataset) -> xr.Dataset:
    """Ranks of He's normal weights and ReLU, with `m`, the lesser of examples and units."""
    cases = data.isel(case=data.kind.values == PLAIN)
    return cases.assign(m=np.minimum(cases.examples, cases.units))


def off_law(data: xr.Dataset, level: float) -> xr.Dataset:
    """How far the mean rank is from the law, where it is furthest, by the definition that fits best [case]."""
    cases = plain(data).sel(layer=slice(1, LAYERS))
    ranks = xr.concat([cases["rank"], cases.effective_rank.expand_dims(tolerance=[np.inf])], "tolerance")
    errors = xr.concat([cases.rank_error, cases.effective_rank_error.expand_dims(tolerance=[np.inf])], "tolerance")
    deviation = abs(ranks / cases.m - law(cases.layer))
    fits_best = deviation.max("layer").argmin("tolerance")
    worst = deviation.isel(tolerance=fits_best).argmax("layer")
    value = deviation.isel(tolerance=fits_best, layer=worst)
    quantile = scipy.special.stdtrit(data.draws - 1, 1 - (1 - level) / (2 * LAYERS))  # for all layers at once
    half = quantile * errors.isel(tolerance=fits_best, layer=worst) / cases.m
    value, half = (part.reset_coords(drop=True).squeeze() for part in (value, half))
    return estimate(
        value,
        (value - half).clip(min=0),
        value + half,
        data.draws,
        "draws",
        units="of m away from the law, in the layer that is furthest",
    )


KARPATHY = "Karpathy (2015), CS231n course notes, Neural networks part 1, ReLU"
STATEMENTS = (
    Statement(
        "killed-by-the-rate", "With too high a learning rate, 40% or more of the ReLU units can be dead in networks "
        "that still learn.", PUBLISHED, f"{KARPATHY}: as much as 40% can be dead", above(MANY), killed,
        "The rule had asked for it with every solver, and before that had judged networks that learned nothing.",
        at_tuned=True,
    ),
    Statement(
        "few-at-the-best-rate", "At the learning rate at which ReLU networks learn best, less than 10% of their "
        "units are dead.", PUBLISHED, f"{KARPATHY}: with a proper setting this is less frequent", below(FEW),
        at_best, "The rule had judged only the solver with more dead units.", at_tuned=True,
    ),
    Statement(
        "leaky-keeps-units", "At a learning rate at which ReLU units die, fewer leaky ReLU units are off for all "
        "examples.",
        OWN, "prompted by Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, "
        "ICML workshop: a unit that is off still has a gradient", above(0.01, even=0), spared_by_leaky,
        "It counted as published; the rule had no margin, and had judged every solver alone.", at_tuned=True,
    ),
    Statement(
        "rank-law", "In layer l, outputs of a random ReLU network have the mean rank m (1 - (1 - 2 / pi)^l), m the "
        "greatest possible.",
        PUBLISHED, "Makwana (2025), Some theoretical results on layerwise effective dimension oscillations in finite "
        "width ReLU networks, arXiv 2507.07675, abstract", below(NEAR), off_law,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """Rows for every rate, for every law and width of networks born dead, and for every kind and shape of layers."""
    trained = data[["accuracy", "diverged"]].assign(measured=data.off).mean("seed")
    born = data[["born_point", "born_circle", "born_exact"]].isel(born_layer=-1, drop=True)
    born = born.rename(born_point="measured", born_circle="on_circle", born_exact="theory")
    layer = data.sel(layer=LAYERS, drop=True)
    of_ranks = layer[["most"]].assign(measured=layer["rank"].isel(tolerance=0, drop=True), theory=layer.wide_most)
    of_ranks["theory"] = of_ranks.theory.where(data.kind != LEAKY)  # whose units are never off
    of_ranks = of_ranks.set_index(case=["kind", "examples", "units"])
    parts = {
        "killed": trained.stack(setting=("solver", "activation", "rate")).dropna("setting", subset=["accuracy"]),
        "born dead": born.stack(setting=("law", "born_width")), "rank": of_ranks.rename(case="setting"),
    }  # fmt: skip
    return xr.concat([_named(part, name) for name, part in parts.items()], "setting", join="outer")


def _named(part: xr.Dataset, name: str) -> xr.Dataset:
    settings = [", ".join(f"{x:.3g}" if isinstance(x, float) else str(x) for x in one) for one in part.setting.values]
    return (
        part.drop_vars(list(part.coords))
        .assign_coords(setting=settings)
        .assign(part=("setting", [name] * len(settings)))
    )


COLORS = {"relu": fg.GREEN, "leaky_relu": fg.GREY}


def killed_by_rate(data: xr.Dataset) -> Figure:
    """Above: the share of the hidden units that are off for all training rows. Below: test accuracy. Both after
    training; medians and middle halves of networks that each have a draw of MNIST-1D. Dotted: the rate at which ReLU
    networks learn best; dash-dotted: the highest at which they still learn, both chosen on other draws. Half of the
    units are off where one of the two layers is off altogether. Dashed: 40%, as claimed. Rates at which half of the
    networks or more diverge are left out.
    """
    what = {"off": "units off", "accuracy": "test accuracy"}
    rows = xr.DataArray(list(what.values()), name="what", dims="what")
    fig, made = fg.panels(row=rows, col=data.solver, size=(4.8, 2.3), sharex="col", sharey="row")
    for ax, where in made:
        name = next(name for name, text in what.items() if text == where["what"])
        shown = data[name].where(data.diverged.mean("seed") < 0.5).sel(solver=where["solver"])
        known = shown.notnull().any("seed")
        ends = shown.where(known, 0.0).quantile([0.25, 0.5, 0.75], "seed").drop_vars("quantile").where(known)
        low, value, high = ends
        fg.lines(ax, estimate(value, low, high), "rate", "activation", COLORS, band=True)
        for rate, style in (("best_rate", ":"), ("highest_rate", "-.")):
            ax.axvline(data[rate].sel(solver=where["solver"]).item(), color="black", linewidth=1, linestyle=style)
        if name == "off":
            ax.axhline(MANY, color="black", linewidth=1, linestyle="--")
        ax.set(xscale="log", ylim=(-0.02, 0.62))
    return fg.finish(fig, made, "Too high a learning rate kills ReLU units", data.rate, "share", legend="")


def rank_by_depth(data: xr.Dataset) -> Figure:
    """Mean rank of the outputs of random layers, divided by m, the number of examples or of units, whichever is less.
    Dashed: the published law. Left: 40 examples and 40 units. The rank counts singular values above a part (tolerance)
    of the greatest; the effective rank is the exponential of the entropy of their shares. Middle: by examples and
    units, at the least tolerance. Black: the number of units that are on for some example in wide layers, which bounds
    the rank. Right: by kind of layer, with 40 examples and 40 units.
    """
    titles = ("By definition of the rank", "By examples and units", "By kind of layer")
    fig, made = fg.panels(col=xr.DataArray(list(titles), name="what", dims="what"), size=(3.9, 3.6), sharey=True)
    left, middle, right = (ax for ax, _ in made)
    cases = plain(data)
    square = cases.isel(case=((cases.examples == 40) & (cases.units == 40)).values).isel(case=0)
    for tolerance, color in zip((1e-13, 0.01, 0.1), (fg.BLUE, fg.GREEN, fg.GREY), strict=True):
        curve = square["rank"].isel(tolerance=int(abs(square.tolerance - tolerance).values.argmin())) / 40
        left.plot(square.layer, curve, "o-", markersize=3, color=color, label=f"tolerance {tolerance:g}")
    left.plot(square.layer, square.effective_rank / 40, "s-", markersize=3, color=fg.VERMILION, label="effective rank")
    # The curves fill the panel, so each has its name beside it instead of a legend.
    for line, y in zip(left.lines, (0.79, 0.47, 0.01, 0.2), strict=True):
        left.text(16, y, str(line.get_label()), color=line.get_color(), ha="right", va="bottom", fontsize=9)
    for i, color in enumerate(fg.shades(cases.sizes["case"])):
        case = cases.isel(case=i)
        name = f"{case.examples.item()} examples, {case.units.item()} units"
        middle.plot(case.layer, case.wide_most / case.m, color="black", linewidth=0.8)
        middle.plot(case.layer, case["rank"].isel(tolerance=0) / case.m, "o", markersize=3.5, color=color, label=name)
    for kind, color in ((PLAIN, fg.GREEN), (ORTHOGONAL, fg.ORANGE), (LEAKY, fg.GREY)):
        case = data.isel(case=((data.kind == kind) & (data.examples == 40) & (data.units == 40)).values).isel(case=0)
        right.plot(case.layer, case["rank"].isel(tolerance=0) / 40, "o-", markersize=3, color=color, label=kind)
    for ax in (left, middle, right):
        ax.plot(data.layer, law(data.layer), "--", color=fg.PURPLE)
        ax.set(ylim=(0, 1.04), xticks=data.layer[3::4])
    for ax in (middle, right):
        ax.legend(loc="lower left", fontsize=9, frameon=True, edgecolor="none")
    return fg.finish(fig, made, "A published law predicts that the rank of random ReLU layers rises; it never does",
                     data.layer, "mean rank / m")  # fmt: skip


def dead_at_birth(data: xr.Dataset) -> Figure:
    """The share of random networks in which some hidden layer is all off. Left: at one input. Lines are the formula
    1 - (1 - 2^-N)^L for width N and L layers; points are networks, for each distribution of the weights. Right: at all
    inputs on a circle, divided by the formula, which is an upper bound; width 2 comes near it with depth. Colours are
    those of the left: widths 2 (top), 4 and 8.
    """
    titles = ("Dead at one input", "Dead on a circle, divided by the formula")
    fig, made = fg.panels(col=xr.DataArray(list(titles), name="what", dims="what"), size=(4.7, 3.6))
    (left, _), (right, _) = made
    styles = dict(zip(data.law.values.tolist(), ("-", "--", ":"), strict=False))
    widths = data.born_width.values.tolist()
    for width, color in zip(widths, fg.shades(len(widths)), strict=True):
        of_width = data.sel(born_width=width)
        left.plot(of_width.born_layer, of_width.born_exact, color=color, linewidth=1.1)
        left.annotate(
            f"N = {width}",
            (of_width.born_layer[-1], of_width.born_exact[-1].item()),
            (6, {1: 5, 2: -5}.get(width, 0)),
            textcoords="offset points",
            va="center",
        )
        for name, style in styles.items():
            of_law = of_width.sel(law=name)
            left.plot(of_law.born_layer, of_law.born_point, ".", color=color, markersize=5)
            if width in (2, 4, 8):
                right.plot(of_law.born_layer, of_law.born_circle / of_law.born_exact, style, color=color)
    for name, style in styles.items():
        right.plot([], [], style, color=fg.GREY, label=name if "biases" in name else f"{name}, no biases")
    right.axhline(1, color="black", linewidth=0.9)
    fg.finish(fig, made, "Narrow and deep random ReLU networks are often born dead", data.born_layer)
    left.set_ylabel("share of the networks")
    right.set_ylabel("share / formula")
    left.set(xlim=(0, 1.16 * data.born_layer[-1]), xticks=data.born_layer[1::2])
    right.legend(loc="lower right", bbox_to_anchor=(1.02, 0.275), fontsize=8.5, labelspacing=0.25)
    return fig


FIGURES = (killed_by_rate, rank_by_depth, dead_at_birth)
