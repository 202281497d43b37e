"""Does the test error peak where a model has just enough parameters to fit all training rows?

Belkin et al. (2019) report that the test error of ever larger models falls, rises to a peak, and falls again. The peak
is where a model begins to fit every training row: at as many parameters as rows, and with C classes at C times as many.
Their random features are Fourier features; Nakkiran et al. (2020) train deep networks.

Random features: one hidden layer of ReLUs stays as it was drawn, and the output weights of least norm are computed, on
200 rows of the 5,000 MNIST digits. With 199 neurons and a bias there are as many weights per class as rows. There are
20 draws of the rows and the hidden layer.

Trained networks: one layer of 2 to 256 ReLUs. All weights are trained by Adam for 10,000 steps with a cosine schedule,
on 100 rows of the digits. Their inputs are ten principal components. There are 4 draws with 5 random starts each.

In both, labels are true, or each is wrong with a probability of 20%, which Nakkiran et al. report to raise the peak.
The loss is the squared error of the ten outputs against 0 and 1. Its peak, the greatest value at any of these sizes, is
judged with true labels. It may lie a tenth from the place expected, and of trained networks, whose sizes are further
apart, a factor of 1.5. The factor by which wrong labels raise the error at as many weights as rows is divided by that
at the greatest size. The share of wrong test rows is shown beside it and judged nowhere.

    python -m experiments phenomena.double_descent                  # 5 s: 40 rows
    python -m experiments phenomena.double_descent --preset full    # 17 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import mapped, mean
from experiments.lab.flags import at_least
from experiments.lab.verdicts import PUBLISHED, Statement, above, within
from experiments.phenomena.draws import nested
from experiments.phenomena.sources import BELKIN, NAKKIRAN
from nnjax.solvers import Solver
from nnjax.tasks import Data

NOISE = (0.0, 0.2)  # shares of the training labels that are wrong
CLASSES = 10
PARTS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Config:
    rows: Annotated[int, at_least(20, 1_000, multiple=20)] = 200  # for random features
    # weights of random features for each class, as parts of the rows; 1 must be among them
    parts: Annotated[tuple[float, ...], at_least(count=3)] = PARTS
    draws: Annotated[int, at_least(2)] = 20  # of these rows
    trained_rows: Annotated[int, at_least(10, 1_000)] = 100  # for trained networks
    inputs: Annotated[int, at_least(1, 50)] = 10  # principal components
    widths: Annotated[tuple[int, ...], at_least(count=3)] = (2, 4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 80, 112, 160, 256)
    trained_draws: Annotated[int, at_least(2)] = 4
    seeds: int = 5  # random starts on each draw of trained networks
    num_steps: int = 10_000
    rate: float = 0.01  # learning rate


QUICK = Config(
    rows=40, parts=(0.5, 1.0, 2.0), draws=3, trained_rows=20, inputs=3, widths=(2, 14, 64), trained_draws=2, seeds=1,
    num_steps=300,
)  # fmt: skip

NAMES = {
    "kind": "model", "params": "parameters, as a part of those that can fit all training rows",
    "noise": "share of the training labels that are wrong", "loss": "squared test error",
    "wrong": "share of the test rows that are wrong",
    "value": "squared test error (trained networks: median over starts), geometric mean over draws",
    "low": "lower end of its 95% interval over draws", "high": "upper end of that interval",
}  # fmt: skip


def check(config: Config) -> None:
    """Refuse settings that do not go together, before anything is trained."""
    if 1.0 not in config.parts:
        raise ValueError(f"parts={config.parts!r} must hold 1, where the peak is expected")


def run(config: Config) -> xr.Dataset:
    """Squared test error and share of wrong test rows, [noise, features, draw] and [noise, width, draw, seed]."""
    found = [_random_features(config), _trained(config)]
    return xr.merge(found).astype(np.float32)


def rows_of(noise: float, draw: int, rows: int, inputs: int = 0) -> Data:
    """Rows of the digits, or of their principal components, with some labels wrong."""
    full, rng = nnjax.tasks.mnist_5k(draw, scaling="standard"), np.random.default_rng(draw)
    x, x_test = full.x, full.x_test
    if inputs:
        axes = np.linalg.svd(x, full_matrices=False)[2][:inputs].T
        x, x_test = x @ axes, x_test @ axes
        x, x_test = x / x.std(), x_test / x.std()
    chosen = rng.choice(len(x), rows, replace=False)
    other, order = rng.integers(1, CLASSES, rows), rng.random(rows)  # the wrong labels of less noise are among those
    labels = (full.y[chosen].argmax(axis=1) + np.where(order < noise, other, 0)) % CLASSES
    return nnjax.tasks.data(x[chosen], np.eye(CLASSES)[labels], x_test, full.y_test)


def least_norm(learning_rate: Any) -> Solver:
    """The output weights of least norm for the hidden layer as it was drawn, in one step."""

    def step(params: Any, state: Any, problem: Any) -> tuple[Any, Any]:
        features = jax.vmap(lambda row: problem.features(params[:-1], row))(problem.x)
        weights = jnp.linalg.pinv(jnp.c_[features, jnp.ones(len(features))], rtol=1e-12) @ problem.y
        return (*params[:-1], nnjax.mlp.Layer(weights[:-1], weights[-1])), state

    return Solver(lambda params: (), step, least_squares=True)


def _random_features(config: Config) -> xr.Dataset:
    widths = [round(part * config.rows) - 1 for part in config.parts]

    def fit(draw: int, seeds: range) -> xr.Dataset:
        runs = nnjax.sweep(
            nnjax.tasks.grid(partial(rows_of, draw=draw, rows=config.rows), noise=NOISE), width=widths,
            activation="relu", init="he_normal", solver=least_norm, learning_rate=1.0, dtype="float64", num_steps=1,
            padding=False, seeds=seeds,
        )  # fmt: skip
        return xr.Dataset({"features_loss": runs.test_loss, "features_wrong": 1 - runs.accuracy})

    found = nested(fit, config.draws, 1).isel(seed=0, drop=True)
    return found.rename(width="features", draw="features_draw").assign_coords(features=list(config.parts))


def _trained(config: Config) -> xr.Dataset:
    def train(draw: int, seeds: range) -> xr.Dataset:
        make = partial(rows_of, draw=draw, rows=config.trained_rows, inputs=config.inputs)
        runs = nnjax.sweep(
            nnjax.tasks.grid(make, noise=NOISE), width=list(config.widths), activation="relu", init="he_normal",
            solver="adam", learning_rate=config.rate, schedule="cosine", num_steps=config.num_steps, seeds=seeds,
        )  # fmt: skip
        return xr.Dataset({"trained_loss": runs.test_loss, "trained_wrong": 1 - runs.accuracy})

    found = nested(train, config.trained_draws, config.seeds)
    params = [nnjax.mlp.num_params((config.inputs, width, CLASSES)) for width in config.widths]
    parts = np.array(params) / (config.trained_rows * CLASSES)
    return found.rename(width="trained", draw="trained_draw").assign_coords(trained=parts)


# Measures.

KINDS = {"features": "random features", "trained": "trained networks"}


def losses(data: xr.Dataset, kind: str) -> xr.DataArray:
    """The logarithm of the squared test error, median over starts [noise, params, draw]."""
    loss = data[f"{kind}_loss"].rename({kind: "params", f"{kind}_draw": "draw"})
    return xr.apply_ufunc(np.log, loss.median("seed") if "seed" in loss.dims else loss)


def location(data: xr.Dataset, level: float, kind: str) -> xr.Dataset:
    """Where the squared error peaks, as a part of the parameters that can fit all rows; geometric mean over draws."""
    loss = losses(data, kind).sel(noise=0.0)
    peaks = loss.idxmax("params")
    at_end = int(peaks.isin(loss.params[[0, -1]]).sum())
    note = f"in {at_end} of them the greatest error is at the least or the greatest size" if at_end else ""
    found = mapped(np.exp, mean(peaks.pipe(np.log), "draw", level))
    return found.assign_attrs(units="of the parameters that can fit all rows", note=note)


def raised(data: xr.Dataset, level: float) -> xr.Dataset:
    """How many times higher 20% wrong labels make the peak of random features, over that at the greatest size."""
    widest = losses(data, "features").isel(params=-1)
    height = losses(data, "features").sel(params=1.0, drop=True) - widest.drop_vars("params")
    rises = mean(height.sel(noise=NOISE[1], drop=True) - height.sel(noise=NOISE[0], drop=True), "draw", level)
    above = np.exp(height.sel(noise=0.0).mean("draw")).item()
    many = f"{widest.params.item():g} times the weights"
    note = f"without noise the error at the peak is {above:.3g} times that with {many}"
    return mapped(np.exp, rises).assign_attrs(units="times as high", note=note)


STATEMENTS = (
    Statement(
        "features", "The squared test error of random features fitted by least squares peaks where there are as many "
        "weights as rows.", PUBLISHED, f"{BELKIN}, section 'Random Fourier features' and figure 2", within(0.9, 1.1),
        partial(location, kind="features"),
    ),
    Statement(
        "trained", "The squared test error of trained networks peaks where there are as many parameters as rows times "
        "classes.", PUBLISHED, f"{BELKIN}, section 'Neural networks' and figure 3", within(1 / 1.5, 1.5),
        partial(location, kind="trained"), headline=True,
    ),
    Statement(
        "noise", "Wrong labels raise the error of random features at the peak by a greater factor than that of the "
        "largest model.", PUBLISHED,
        f"{NAKKIRAN}, section 4: label noise makes the peak prominent", above(1.1, even=1), raised,
        "The sentence had not said what the rise is compared with.",
    ),
)  # fmt: skip


def curves(data: xr.Dataset, kind: str) -> xr.Dataset:
    """The squared test error with intervals over draws [noise, params]."""
    return mapped(np.exp, mean(losses(data, kind), "draw"))


def wrong(data: xr.Dataset, kind: str) -> xr.DataArray:
    """The share of wrong test rows [noise, params]."""
    share = data[f"{kind}_wrong"].rename({kind: "params"})
    return share.mean([dim for dim in share.dims if dim not in ("noise", "params")])


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per model, share of wrong labels and number of parameters."""
    rows = [curves(data, kind).assign(wrong=wrong(data, kind)) for kind in KINDS]
    return xr.concat(rows, xr.Variable("kind", list(KINDS.values())), join="outer")


def descent(data: xr.Dataset) -> Figure:
    """The test error of models of growing size. Above: squared error, geometric means over draws with 95% intervals (of
    trained networks of the median over starts). Below: mean shares of wrong test rows, without intervals. Grey line: as
    many parameters as training rows times classes. Of trained networks it is open whether the peak is there."""
    kinds = xr.DataArray(list(KINDS), dims="kind", name="kind")
    scores = xr.DataArray(["squared", "wrong"], dims="score", name="score")
    titles = {**KINDS, "squared": "squared test error", "wrong": "share of wrong test rows"}
    fig, made = fg.panels(row=scores, col=kinds, size=(4.6, 2.2), sharex="col")
    colors = dict(zip(NOISE, (fg.BLUE, fg.VERMILION), strict=True))
    for ax, where in made:
        loss = curves(data, where["kind"])
        if where["score"] == "wrong":
            share = wrong(data, where["kind"])
            loss = xr.Dataset({"value": share, "low": share, "high": share})
        fg.lines(ax, loss, "params", "noise", colors, band=True, label=None)
        for noise, color in colors.items():
            label = f"{noise:.0%} of the labels wrong" if noise else "all labels right"
            ax.plot([], [], "o-", color=color, markersize=3.5, label=label)
        ax.axvline(1, color=fg.GREY, linewidth=0.8, zorder=0)
        ax.set(xscale="log", yscale="log" if where["score"] == "squared" else "linear")
        ax.set_title(f"{titles[where['kind']].capitalize()}: {titles[where['score']]}")
    title = "The error of random features peaks where parameters just suffice to fit all rows"
    return fg.finish(fig, made, title, "trained parameters / (training rows × classes)", "", legend="")


FIGURES = (descent,)
