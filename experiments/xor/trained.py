"""How often do networks learn XOR, by hidden neurons, activation, solver and initial weights?

Networks have 1 to 6 or 8 hidden neurons of sigmoid, tanh, ReLU, GELU or sine, and start in one of five ways, with zero
biases. They train full-batch for 5,000 steps on the cross-entropy, by gradient descent, momentum or Adam. In every
setting the learning rate is tuned eight times, each time on 50 seeds that are not reported. Then 1,000 fresh seeds are
counted, an eighth of them at the rate of each tuning, so that intervals include the randomness of tuning. XOR is solved
when all four outputs end within 0.4 of their targets.
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import clusters, count, estimate, mean, share, with_parts
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import OWN, TEXTBOOK, THEOREM, Statement, above, equal
from experiments.xor.solved import TOLERANCE, worst_error_of_logits

SOLVERS = {  # with the least and the greatest learning rate that is tried
    "gradient descent": ({"solver": "sgd"}, 0.03, 300.0),
    "momentum": ({"solver": "sgd", "momentum": 0.9}, 0.003, 30.0),
    "Adam": ({"solver": "adam"}, 0.001, 10.0),
}
INITS = {"lecun_normal": 1.0, "glorot_uniform": 1.0, "he_normal": 1.0, "normal": 1.0, "uniform": 0.3}  # and a factor
INIT_NAMES = {"lecun_normal": "LeCun", "glorot_uniform": "Glorot", "he_normal": "He", "normal": "N(0, 1)"}
INIT_NAMES |= {"uniform": "within 0.3"}
MONOTONE = ("sigmoid", "tanh", "relu")
ACTIVATIONS = (*MONOTONE, "gelu", "sin")


@dataclass(frozen=True)
class Config:
    hidden: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8)  # hidden neurons
    activations: Annotated[tuple[str, ...], one_of(ACTIVATIONS)] = ACTIVATIONS
    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = tuple(SOLVERS)
    inits: Annotated[tuple[str, ...], one_of(INITS)] = tuple(INITS)  # distributions of the initial weights
    num_rates: Annotated[int, at_least(2)] = 9  # learning rates tried in every setting
    tunings: Annotated[int, at_least(2)] = 8  # how often a rate is tuned, each time on other seeds
    tuning_seeds: int = 50  # of each tuning, never reported
    seeds: int = 1000  # random starts in each setting, a multiple of the tunings
    num_steps: int = 5000


QUICK = Config((1, 2, 4), ("tanh",), ("Adam",), ("lecun_normal",), tunings=4, tuning_seeds=25, seeds=200, num_steps=500)

NAMES = {
    "solver": "solver", "width": "hidden neurons", "activation": "activation", "init": "initial weights",
    "init_scale": "factor on the initial weights", "step": "steps", "loss": "cross-entropy; nats",
    "learning_rate": "tuned learning rate",
    "value": "share of the networks that solve XOR", "low": "lower end of its 95% interval",
    "high": "upper end of its 95% interval", "median_rate": "median learning rate of the tunings",
    "at_end": "whether most tunings end at the least or the greatest rate tried",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Solved [solver, width, activation, init, seed] at the tuned rates, and what the figures need."""
    return xr.concat([_one_solver(name, config) for name in config.solvers], "solver", data_vars="minimal")


def _one_solver(name: str, config: Config) -> xr.Dataset:
    solver, least, most = SOLVERS[name]
    rates = np.geomspace(least, most, config.num_rates)
    train = partial(
        nnjax.sweep, nnjax.tasks.xor(), width=list(config.hidden), activation=list(config.activations),
        init=list(config.inits),
        init_scale=xr.DataArray([INITS[init] for init in config.inits], {"init": list(config.inits)}, "init"),
        loss="sigmoid_binary_cross_entropy", num_steps=config.num_steps,
        record_every=max(1, config.num_steps // 20), measure={"worst_error": worst_error_of_logits}, **solver,
    )  # fmt: skip
    tuned, fresh = nnjax.tuning.repeated(
        train, "learning_rate", rates, cost=lambda runs: runs.worst_error.isel(step=-1) > TOLERANCE, tie="train_loss",
        tunings=config.tunings, tuning_seeds=config.tuning_seeds, seeds=config.seeds,
    )  # fmt: skip
    success = 1 - tuned.cost.mean("tuning").rename(learning_rate="rate").drop_vars("rate")
    data = {
        "rates": ("rate", rates), "tuning_success": success, "learning_rate": tuned.best["learning_rate"],
        "solved": fresh.worst_error.isel(step=-1, drop=True) <= TOLERANCE,
        "loss": fresh.train_curve.isel(init=0, drop=True).quantile((0.25, 0.5, 0.75), "seed"),
    }  # fmt: skip
    return xr.Dataset(data).drop_vars("depth", errors="ignore").assign_coords(solver=name)


# Measures and statements.


def solved(data: xr.Dataset, level: float, **where) -> xr.Dataset:
    """The share of the networks that solve XOR, in each setting."""
    return share(clusters(data.solved.astype(float).sel(where), data.tuning_of), "tuning", level, data.sizes["seed"])


def at_end(data: xr.Dataset) -> xr.DataArray:
    """Where most tunings end at the least or the greatest rate tried, so that a better one may lie beyond."""
    return (data.learning_rate == data.rates.isel(rate=[0, -1])).any("rate").mean("tuning") > 0.5


def monotone(data: xr.Dataset, yes: bool = True) -> list[str]:
    return [name for name in data.activation.values.tolist() if (name in MONOTONE) is yes]


def successes_of_one(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How many networks with one hidden neuron of a monotone activation solve XOR."""
    if 1 not in data.width or not monotone(data):
        return None
    return count(data.solved.sel(width=1, activation=monotone(data)), units="that solve XOR")


def share_of_one(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of networks with one hidden neuron of another activation that solve XOR, over all settings."""
    if 1 not in data.width or not monotone(data, False):
        return None
    shares = clusters(data.solved.astype(float).sel(width=1, activation=monotone(data, False)), data.tuning_of)
    settings = [dim for dim in shares.dims if dim != "tuning"]
    found = mean(shares.mean(settings), "tuning", level)
    return found.clip(0, 1, keep_attrs=True).assign_attrs(units="of the networks")


def gain_over_two(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """What the most neurons add to the share of two, on the same seeds, in the settings where two fall short."""
    two, most = 2, int(data.width.max())
    if two not in data.width or most == two:
        return None
    short = data.tuning_success.max("rate").sel(width=two, drop=True) < ENOUGH
    if not short.any():
        return None
    of = {n: clusters(data.solved.astype(float).sel(width=n, drop=True), data.tuning_of) for n in (two, most)}
    gains = (of[most] - of[two]).where(short)
    overall = mean(gains.mean([dim for dim in gains.dims if dim != "tuning"]), "tuning", level)
    may_fall, may_rise = (at_end(data).sel(width=n, drop=True) for n in (two, most))  # a better rate for two: less gain
    parts = with_parts(overall, mean(gains, "tuning", level), may_fall, may_rise)
    return parts.assign_attrs(units="of the networks more")


ENOUGH = 0.99
STATEMENTS = (
    Statement(
        "one-neuron-monotone", "No network with one hidden neuron of sigmoid, tanh or ReLU solves XOR.", THEOREM,
        f"{sources.MINSKY_PAPERT}: no threshold unit computes XOR, and such a network is a monotone function of one "
        "weighted sum", equal(0), successes_of_one,
    ),
    Statement(
        "one-neuron-not-monotone", "Most networks with one hidden neuron of GELU or of sine learn XOR.", OWN,
        f"prompted by {sources.TEXTBOOK}: a single neuron does not learn XOR", above(0.5), share_of_one,
        "The opposite had been claimed, that none learns it, first as the textbook's; 97.8% did.",
    ),
    Statement(
        "wider-is-surer", "Where fewer than 99% of the networks with two hidden neurons learn XOR, more do with "
        "eight.", TEXTBOOK,
        sources.TEXTBOOK, above(0.01, even=0), gain_over_two,
        "The rule had asked for every setting where two solve less than 99%, and had no margin.", headline=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per setting."""
    return solved(data, 0.95).assign(median_rate=data.learning_rate.median("tuning"), at_end=at_end(data))


def success_by_width(data: xr.Dataset) -> Figure:
    """Networks that learn XOR, by hidden neurons. Points are means over the ways to draw the initial weights; bars
    reach from the worst of these to the best. Learning rates are tuned in every setting."""
    shares = data.solved.mean("seed")
    parts = estimate(shares.mean("init"), shares.min("init"), shares.max("init"))
    fig, made = fg.panels(col=data.solver, size=(3.6, 3.1), sharey=True)
    for ax, where in made:
        fg.lines(ax, parts.sel(where), "width", "activation", dodge=0.12)
        ax.set(xticks=data.width, ylim=(-0.04, 1.04))
    return fg.finish(fig, made, "More hidden neurons learn XOR more surely", data.width, "share of the networks", "")


def success_by_init(data: xr.Dataset) -> Figure:
    """Two hidden neurons: networks that learn XOR, by the distribution of the initial weights, with 95% intervals that
    include the randomness of tuning. With gradient descent and momentum, sigmoid and tanh do best with small
    initial weights."""
    width = 2 if 2 in data.width else int(data.width[0])
    parts = solved(data, 0.95, width=width)
    parts = parts.assign_coords(init=[INIT_NAMES[init] for init in data.init.values.tolist()])
    fig, made = fg.panels(col=data.solver, size=(3.6, 3.1), sharex=True, sharey=True)
    for ax, where in made:
        for i, name in enumerate(data.activation.values.tolist()):
            shift = 0.13 * (i - (data.sizes["activation"] - 1) / 2)
            fg.forest(
                ax, parts.sel(where | {"activation": name}), "init", fg.COLORS[name], shift=shift, label=fg.name(name)
            )
        ax.set(xlim=(-0.03, 1.03))
    title = f"Networks with {width} hidden neurons that learn XOR"
    return fg.finish(fig, made, title, "share of the networks", data.init, "")


def learning_curves(data: xr.Dataset) -> Figure:
    """Training loss on XOR with LeCun's initial weights: medians and quartiles of the networks. A network
    that answers one half everywhere has a loss of 0.69; one that does so on two rows, 0.35."""
    few = data.sel(width=[n for n in (2, 4, 8) if n in data.width], activation=data.activation[:3])
    quartiles = estimate(*(few.loss.sel(quantile=q, drop=True) for q in (0.5, 0.25, 0.75)))
    titles = {n: f"{n} hidden neurons" for n in few.width.values.tolist()}
    fig, made = fg.panels(row=few.solver, col=few.width, size=(3.3, 1.9), titles=titles, sharex=True, sharey=True)
    for ax, where in made:
        fg.lines(ax, quartiles.sel(where), "step", "activation", style="-", band=True)
        ax.set(yscale="log", ylim=(1e-6, 2))
    return fg.finish(fig, made, "Training loss", data.step, data.loss, "")


FIGURES = (success_by_width, success_by_init, learning_curves)
