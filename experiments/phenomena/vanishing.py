"""Do thirty layers of ReLUs learn, and what makes them learn?

Glorot's weights keep the mean square of a signal in linear layers. A ReLU halves it, so that after thirty layers 2^-30
of it is left; He's weights are larger by sqrt 2 and keep it. He et al. (2015) report that a network of 30 layers, 27 of
them convolutional, stalls with Glorot's weights and learns with theirs.

Networks of thirty dense layers of 16, 32 or 64 ReLUs see the 5,000 MNIST digits. They train for 1,500 steps with
batches of 32, by gradient descent with momentum 0.9 or by Adam. Each is trained at five learning rates. It learns if it
gets 20% of the test rows right at any of these; chance is 10%. So "stalls" means that no rate helps within the steps.
There are 4 splits of the data with 5 random starts each. A share is a mean over widths, and its interval is over
splits, which share the digits (Nadeau & Bengio 2003); where all splits agree it has no width.

    python -m experiments phenomena.vanishing                  # 5 s: 12 layers of 8 neurons, 150 steps
    python -m experiments phenomena.vanishing --preset full    # 52 minutes
"""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import LEVEL, mean, wilson
from experiments.lab.flags import at_least, one_of
from experiments.lab.sources import HE_ZHANG
from experiments.lab.verdicts import OWN, PUBLISHED, Statement, above
from experiments.phenomena.draws import nested

SOLVERS: dict[str, tuple[dict[str, Any], float]] = {  # with the greatest learning rate that is tried
    "momentum": ({"solver": "sgd", "momentum": 0.9}, 0.3),
    "Adam": ({"solver": "adam"}, 0.01),
}
RATIO = 10**0.5  # of a learning rate to the next
INITS = {"glorot_normal": "Glorot", "he_normal": "He"}
OVERLAP = 1_000 / 4_000  # test rows by training rows, as splits share the digits
LEARNS = 0.2  # share of the test rows that must be right


@dataclass(frozen=True)
class Config:
    depth: Annotated[int, at_least(2)] = 30  # hidden layers
    widths: tuple[int, ...] = (16, 32, 64)
    solvers: Annotated[tuple[str, ...], one_of(SOLVERS)] = tuple(SOLVERS)
    num_rates: Annotated[int, at_least(1, 9)] = 5  # learning rates, of which any may do
    draws: Annotated[int, at_least(2)] = 4  # splits of the data
    seeds: int = 5  # random starts on each split
    num_steps: int = 1_500
    batch_size: int = 32


QUICK = Config(depth=12, widths=(8,), solvers=("momentum",), num_rates=2, draws=2, seeds=2, num_steps=150)

NAMES = {
    "solver": "solver", "init": "initial weights", "width": "neurons of each layer",
    "rate": "learning rate, as a part of the greatest that is tried",
    "accuracy": "share of the test rows that are right",
    "value": "share of the networks that learn, at the best learning rate for each",
    "low": "lower end of its 95% interval (Wilson)", "high": "upper end of that interval",
    "best_accuracy": "share of the test rows that are right at the best learning rate for each network, mean",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """The share of the test rows that are right [solver, init, width, rate, draw, seed]."""
    parts = RATIO ** -np.arange(config.num_rates, dtype=float)
    found = []
    for name in config.solvers:
        numbers, greatest = SOLVERS[name]
        rates = list(np.sort(greatest * parts))

        def train(draw: int, seeds: range, numbers: Any = numbers, rates: Any = rates) -> xr.Dataset:
            runs = nnjax.sweep(
                nnjax.tasks.mnist_5k(draw, scaling="standard"), width=list(config.widths), depth=config.depth,
                activation="relu", init=list(INITS), loss="softmax_cross_entropy", learning_rate=rates,
                batch_size=config.batch_size, seeds=seeds, num_steps=config.num_steps, judged_rows=1_000, **numbers,
            )  # fmt: skip
            return runs[["accuracy"]].rename(learning_rate="rate").assign_coords(rate=np.sort(parts))

        found.append(nested(train, config.draws, config.seeds).accuracy)
    accuracy = xr.concat(found, xr.Variable("solver", list(config.solvers)))
    dims = ("solver", "init", "width", "rate", "draw", "seed")
    return xr.Dataset({"accuracy": accuracy.transpose(*dims).astype(np.float32)})


# Measures.


def learns(data: xr.Dataset) -> xr.DataArray:
    """Whether each network learns at some rate [solver, init, width, draw, seed]."""
    return (data.accuracy.max("rate") > LEARNS).astype(float)


def by_sgd(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """What He's weights add to the share of the networks that learn by gradient descent with momentum."""
    if "momentum" not in data.solver:
        return None
    shares = learns(data).sel(solver="momentum").mean(("width", "seed"))
    he, glorot = (shares.sel(init=init, drop=True) for init in ("he_normal", "glorot_normal"))
    note = f"{he.mean().item():.0%} learn with He's weights, {glorot.mean().item():.0%} with Glorot's"
    return mean(he - glorot, "draw", level, OVERLAP).assign_attrs(units="of the networks more", note=note)


def by_adam(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share of the networks with Glorot's weights that learn by Adam."""
    if "Adam" not in data.solver:
        return None
    networks = learns(data).sel(solver="Adam", init="glorot_normal").mean(("width", "seed"))
    right = data.accuracy.max("rate").sel(solver="Adam", init="glorot_normal").mean().item()
    note = f"{right:.0%} of the test rows are right, at the rate that is best for them"
    found = mean(networks, "draw", level, OVERLAP).clip(0, 1, keep_attrs=True)
    return found.assign_attrs(units="of the networks", note=note)


STATEMENTS = (
    Statement(
        "momentum", "By gradient descent with momentum, most networks of thirty ReLU layers learn with He's weights "
        "and not with Glorot's.", PUBLISHED,
        f"{HE_ZHANG}, section 2.2, figure 3: 27 of 30 layers are convolutional", above(0.5, even=0), by_sgd,
    ),
    Statement(
        "Adam", "By Adam, most networks of thirty ReLU layers also learn with Glorot's weights.", OWN,
        f"prompted by {HE_ZHANG}, who train by gradient descent alone", above(0.5), by_adam, headline=True,
    ),
)  # fmt: skip


def shares(data: xr.Dataset) -> xr.Dataset:
    """The share of the networks that learn at some rate [solver, init, width]."""
    return wilson(learns(data).mean(("draw", "seed")), data.sizes["draw"] * data.sizes["seed"], LEVEL)


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per solver, initial weights and width."""
    return shares(data).assign(best_accuracy=data.accuracy.max("rate").mean(("draw", "seed")))


def thirty_layers(data: xr.Dataset) -> Figure:
    """Test rows that are right after training thirty layers of ReLUs, at five learning rates; a dot is a network. At
    each rate Glorot's weights are drawn left and He's right. Dots at 0 are networks that diverged. A network learns if
    it comes above the dashed line at any of the rates. Adam divides each gradient by its size."""
    fig, made = fg.panels(col=data.solver, size=(9.2 / data.sizes["solver"], 3.2), sharey=True)
    rng = np.random.default_rng(0)
    for ax, where in made:
        greatest = SOLVERS[where["solver"]][1]
        for shift, (init, color) in zip((-0.17, 0.17), zip(INITS, (fg.VERMILION, fg.BLUE), strict=True), strict=True):
            cell = data.accuracy.sel(where | {"init": init}).stack(network=("width", "draw", "seed"))
            for rate in data.rate.values:
                values = cell.sel(rate=rate).values
                places = greatest * rate * np.exp(shift + rng.uniform(-0.12, 0.12, values.size))
                ax.plot(places, values, ".", color=color, markersize=4, alpha=0.6)
            ax.plot([], [], ".", color=color, markersize=9, label=f"{INITS[init]}'s weights")
        ax.axhline(LEARNS, color="black", linewidth=0.9, linestyle="--", label="learns")
        ax.axhline(0.1, color="black", linewidth=0.9, linestyle=":", label="chance")
        ax.set(xscale="log", ylim=(-0.03, 1))
        ax.set_xticks(greatest * data.rate.values, [f"{greatest * rate:.2g}" for rate in data.rate.values])
        ax.minorticks_off()
        ax.set_title("Adam" if where["solver"] == "Adam" else "gradient descent with momentum")
    title = "Thirty ReLU layers learn with He's weights; with Glorot's, most do by Adam alone"
    return fg.finish(fig, made, title, "learning rate", "share of test rows right", legend="")


FIGURES = (thirty_layers,)
