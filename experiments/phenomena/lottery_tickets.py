"""Does a fifth of the weights suffice, if these weights keep their initial values?

Frankle & Carbin (2019) train a network, remove the smallest weights, set the others back to their initial values, and
train again, round after round. At 21% of the weights, these "winning tickets" learn faster and err less than the same
connections with weights that are drawn anew. Here 21.7% are left.

Layers of 256 and 128 ReLUs, Glorot's weights, on 4,000 rows of MNIST-1D (noisy curves of ten classes); Adam, batches of
100. Training stops by the loss on 2,000 validation rows, and the result is that at its minimum. Each of seven rounds
removes the smallest 20% of the weights of each layer, and 10% of the last. Then four kinds of networks are compared.
The first has all weights, the second is the winning ticket, and the third has the same connections with other initial
weights. The fourth has as many connections in each layer, drawn at random, with the weights that the full network began
with at these places. Errors are those on the test rows, each kind at the learning rate of three that is best on the
validation rows. For tickets that was 0.002, for all others 0.004, the greatest, so that a greater one might be better.
Steps are compared at 0.002, the rate at which weights were removed. There are 4 draws of the data with 5 random starts
each.

    python -m experiments phenomena.lottery_tickets                  # 5 s: 16 and 8 neurons, one round
    python -m experiments phenomena.lottery_tickets --preset full    # 20 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import mapped, mean
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, above, below
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import FRANKLE

KINDS = ("all weights", "winning ticket", "weights drawn anew", "random connections")
OTHER = 100_000  # added to a seed where weights are drawn anew
PRUNED, LAST_PRUNED = 0.2, 0.1  # shares of the weights that each round removes


@dataclass(frozen=True)
class Config:
    hidden: Annotated[tuple[int, ...], at_least(rising=False)] = (256, 128)  # neurons of the hidden layers
    rows: Annotated[int, at_least(100, 4_000)] = 4_000  # for training
    rounds: int = 7  # of pruning; with 7 a fifth of the weights is left
    rates: tuple[float, ...] = (0.001, 0.002, 0.004)  # learning rates, of which the best is taken for each kind
    draws: Annotated[int, at_least(2)] = 4  # of the data
    seeds: int = 5  # random starts on each draw
    most_steps: int = 4_000
    record_every: int = 50
    patience: int = 10  # records without a new minimum of the validation loss
    batch_size: int = 100


QUICK = Config(
    hidden=(16, 8), rows=200, rounds=1, rates=(0.01,), draws=2, seeds=1, most_steps=150, record_every=25,
    batch_size=50,
)  # fmt: skip

NAMES = {
    "kind": "networks", "left": "share of the weights that are left", "rate": "tuned learning rate",
    "wrong": "share of the test rows that are wrong", "steps": "training steps until the least validation loss",
    "value": "share of the test rows that are wrong, mean over draws",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
    "mean_steps": "training steps until the least validation loss, at the middle rate, geometric mean",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Share of wrong test rows, steps until the least validation loss, and tuned rates [kind, draw, seed]."""
    make = partial(rows_of, rows=config.rows)
    common: dict[str, Any] = {
        "hidden": config.hidden, "activation": "relu", "init": "glorot_normal", "solver": "adam",
        "loss": "softmax_cross_entropy", "batch_size": config.batch_size, "num_steps": config.most_steps,
        "record_every": config.record_every, "patience": config.patience,
    }  # fmt: skip

    middle = config.rates[len(config.rates) // 2]

    def kinds(draw: int, seeds: range) -> xr.Dataset:
        """Every kind of network on one draw, at all rates."""

        def train(seeds: range, rate: Any, **how: Any) -> xr.Dataset:
            return nnjax.sweep(make(draw), seeds=seeds, learning_rate=rate, **common, **how)

        mask: Any = None
        for _ in range(config.rounds):
            given = {} if mask is None else {"mask": mask}
            mask = pruned(train(seeds, middle, keep_params=True, **given), mask)
        others, rates = range(OTHER + seeds.start, OTHER + seeds.stop), list(config.rates)
        rng = np.random.default_rng(draw)
        found = [
            train(seeds, rates), train(seeds, rates, mask=given_rates(mask, rates)),
            train(others, rates, mask=given_rates(mask, rates)),
            train(seeds, rates, mask=given_rates(jax.tree.map(partial(shuffled, rng), mask), rates)),
        ]  # fmt: skip
        kept = [runs[["accuracy", "valid_accuracy", "best_step"]].assign_coords(seed=list(seeds)) for runs in found]
        left = sum(layer.w.sum() for layer in mask) / sum(layer.w.size for layer in mask)
        return xr.concat(kept, xr.Variable("kind", list(KINDS))).assign(left=float(left))

    runs = nested(kinds, config.draws, config.seeds).rename(learning_rate="tried")
    place = runs.valid_accuracy.mean(("draw", "seed")).argmax("tried")
    data = {
        "wrong": 1 - runs.accuracy.isel(tried=place, drop=True), "rate": runs.tried[place].drop_vars("tried"),
        "steps": runs.best_step.sel(tried=middle, drop=True), "left": runs.left.mean(),
    }  # fmt: skip
    return xr.Dataset(data).astype(np.float32)


def given_rates(mask: Any, rates: list[float]) -> Any:
    """The mask of each network [seed, ...] for a sweep over these learning rates [rate, seed, ...]."""
    return jax.tree.map(lambda leaf: np.stack([leaf] * len(rates)), mask)


def rows_of(draw: int, rows: int) -> nnjax.tasks.Data:
    """A draw of MNIST-1D with 2,000 validation and 2,000 test rows."""
    data = nnjax.tasks.mnist1d(draw, num_rows=10_000)
    valid = slice(4_000, 6_000)
    return nnjax.tasks.data(
        data.x[:rows], data.y[:rows], data.x_test, data.y_test, x_valid=data.x[valid], y_valid=data.y[valid]
    )


def pruned(runs: xr.Dataset, mask: Any) -> Any:
    """The mask of each network without the smallest weights of each layer; biases stay."""
    layers = nnjax.params.unravel(runs)
    masks = mask or jax.tree.map(np.ones_like, layers)
    shares = [PRUNED] * (len(layers) - 1) + [LAST_PRUNED]

    def kept(w: np.ndarray, there: np.ndarray, share: float) -> np.ndarray:
        sizes = np.where(there > 0, abs(w), np.nan)
        least = np.nanquantile(sizes, share, axis=(-2, -1), keepdims=True)
        return (np.nan_to_num(sizes, nan=-1.0) > least).astype(np.float32)

    return tuple(
        nnjax.mlp.Layer(kept(np.asarray(layer.w), old.w, share), old.b)
        for layer, old, share in zip(layers, masks, shares, strict=True)
    )


def shuffled(rng: np.random.Generator, mask: np.ndarray) -> np.ndarray:
    """As many connections of each network's layer [..., fan_in, fan_out], at other places; biases are all there."""
    flat = np.asarray(mask).reshape(*mask.shape[:-2], -1) if mask.ndim > 2 else np.asarray(mask)
    return rng.permuted(flat, axis=-1).reshape(mask.shape)


# Measures.


def fewer_errors(data: xr.Dataset, level: float) -> xr.Dataset:
    """What winning tickets get right beyond the same connections with weights drawn anew, in points."""
    wrong = data.wrong.mean("seed")
    gains = {
        kind: wrong.sel(kind=kind) - wrong.sel(kind="winning ticket") for kind in KINDS if kind != "winning ticket"
    }
    told = ", ".join(f"{100 * gains[kind].mean().item():+.1f} points over {kind}" for kind in (KINDS[0], KINDS[3]))
    note = f"with {data.left.item():.0%} of the weights; {told}; published: half a point, our margin is a point"
    found = mean(gains["weights drawn anew"].drop_vars("kind", errors="ignore"), "draw", level) * 100
    return found.assign_attrs(n=data.sizes["draw"], of="draws", units="points", note=note, at_edge=0)


def sooner(data: xr.Dataset, level: float) -> xr.Dataset:
    """Times as many steps that winning tickets take, of those with weights drawn anew."""
    logs = np.log(data.steps.clip(min=1)).mean("seed")
    ratio = (logs.sel(kind="winning ticket") - logs.sel(kind="weights drawn anew")).drop_vars("kind", errors="ignore")
    note = "all at the rate at which weights were removed"
    return mapped(np.exp, mean(ratio, "draw", level)).assign_attrs(units="times as many steps", note=note)


SIZE = "at 21% they reach their least validation loss 2.51 times as fast and are right on half a point more (MNIST)"
STATEMENTS = (
    Statement(
        "fewer errors", "At a fifth of the weights, winning tickets err less than the same connections with weights "
        "drawn anew.", PUBLISHED, f"{FRANKLE}, section 2: {SIZE}; our margin is a point", above(1, even=0),
        fewer_errors, at_tuned=True,
    ),
    Statement(
        "sooner", "At a fifth of the weights, winning tickets learn in fewer steps than the same connections with "
        "weights drawn anew.", PUBLISHED, f"{FRANKLE}, section 2: {SIZE}", below(1 / 1.25, even=1), sooner,
        size=below(1 / 2),
    ),
)  # fmt: skip


def errors(data: xr.Dataset) -> xr.Dataset:
    """The share of wrong test rows with intervals over draws [kind]."""
    return mean(data.wrong.mean("seed"), "draw")


def steps(data: xr.Dataset) -> xr.Dataset:
    """The training steps until the least validation loss with intervals over draws [kind]."""
    return mapped(np.exp, mean(np.log(data.steps.clip(min=1)).mean("seed"), "draw"))


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per kind of network."""
    left = xr.where(data.kind == "all weights", 1.0, data.left)
    return errors(data).assign(left=left, rate=data.rate, mean_steps=steps(data).value).reset_coords(drop=True)


def tickets(data: xr.Dataset) -> Figure:
    """Networks with all weights, and three kinds with a fifth of them. A winning ticket has the connections that
    pruning left, with the weights that they began with. Left: test errors at a tuned rate. Right: steps until the least
    validation loss, at one rate. Dots are networks; means have 95% intervals over draws.
    """
    parts = {"wrong": errors(data), "steps": steps(data)}
    fig, made = fg.panels(col=xr.DataArray(list(parts), dims="what", name="what"), size=(4.6, 2.9), sharey=True)
    rng = np.random.default_rng(0)
    for ax, where in made:
        name = where["what"]
        for i in range(data.sizes["kind"]):
            values = data[name].isel(kind=i).values.ravel()
            ax.plot(values, i + rng.uniform(-0.2, 0.2, values.size), ".", color=fg.SKY, markersize=5, alpha=0.7)
        fg.forest(ax, parts[name], "kind", fg.BLUE)
        ax.set(title="", xscale="log" if name == "steps" else "linear")
    share = data.left.item()
    title = f"With {share:.0%} of the weights: winning tickets learn in fewer steps than redrawn weights"
    fg.finish(fig, made, title, "", "")
    for ax, where in made:
        ax.set_xlabel(fg.label(data[where["what"]]))
    return fig


FIGURES = (tickets,)
