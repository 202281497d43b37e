"""How deep can a network be and still learn, and does mean-field theory at its initial weights foretell it?

By Schoenholz et al. (2017), tanh networks learn to a depth of about 6 xi_c. Here xi_c is the number of layers in which
the correlation of two inputs comes nearer to its fixed point by a factor of e. For ReLU without biases the scale of the
gradient, 1 / |ln(weight_variance / 2)|, takes its place. Both scales are infinite for critical weights, with which
signals and gradients neither shrink nor grow.

Networks are of tanh (biases of variance 0.05) or ReLU (no biases), 64 wide, with 8 variances of the weights and 11
depths from 2 to 64. Plain gradient descent in batches of 16 trains them on MNIST-1D for 200 and for 1,000 steps, and on
the MNIST digits for 1,000. For every activation, variance, depth and training the learning rate is tuned by accuracy,
at full length, among rates a factor of sqrt 10 apart. Tuning is on networks that are not reported and on other data:
other draws of MNIST-1D, the other half of the digits. All depths have networks of their own, and on MNIST-1D each
network has a draw of its own.

A network learns when it is right on more than a fifth of 1,000 training rows, twice what chance gives. The boundary is
the depth at which half of the networks learn, by a logistic curve over the logarithm of the depth. Beyond 64 layers it
is only known to lie there. On MNIST-1D after 1,000 steps four of the eight boundaries of tanh lie there, and one of
ReLU. So ReLU is judged. Success is a rank correlation of boundaries and scales that random orders of eight numbers
exceed in at most 2.5%. The interval is that of other networks at the same variances and rates.

    python -m experiments activations.trainable_depth                  # 10 s
    python -m experiments activations.trainable_depth --preset full    # 70 minutes
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import scipy
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

import nnjax
from experiments.lab import figures as fg
from experiments.lab import flags
from experiments.lab.estimates import estimate
from experiments.lab.flags import at_least, one_of
from experiments.lab.sources import SCHOENHOLZ
from experiments.lab.verdicts import OWN, Statement, above
from nnjax import tasks, tuning
from nnjax.tasks import Data
from nnjax.theory import mean_field

BIASES = {"tanh": 0.05, "relu": 0.0}  # variance of the biases
JUDGED_ROWS = 1_000  # training rows on which accuracy is taken
CLASSES = 10  # of MNIST-1D and of the digits
LEARNED = 0.2  # accuracy above which a network has learned: twice chance
FIRST_DRAW = 100  # the number of the first draw of MNIST-1D; the published draw, number 42, is not used
# A factor of sqrt 10 apart, from where no network moves in the steps of FULL to where none of many layers learns.
RATES = (1e-6, 3.2e-6, 1e-5, 3.2e-5, 1e-4, 3.2e-4, 1e-3, 3.2e-3, 0.01, 0.032, 0.1, 0.32, 1.0)
# Where the boundary may lie, in doublings of the depth, and by how much the log odds fall with a doubling.
DOUBLINGS, STEEPNESS = np.linspace(-1, 9, 201), np.geomspace(1, 16, 9)
BY_CHANCE = 0.714  # a rank correlation that 2.3% of the orders of eight numbers exceed


@dataclass(frozen=True)
class Config:
    """What is trained, and how many networks."""

    activations: Annotated[tuple[str, ...], one_of(BIASES)] = ("tanh", "relu")
    # variances of the weights, times fan_in
    tanh_variances: Annotated[tuple[float, ...], at_least(0.1, count=3)] = (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
    relu_variances: Annotated[tuple[float, ...], at_least(0.1, count=3)] = (0.5, 1.0, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
    # hidden layers, about a factor of sqrt 2 apart
    depths: Annotated[tuple[int, ...], at_least(1, 128, count=2)] = (2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64)
    short_steps: int = 200  # length of the shorter trainings
    num_steps: int = 1_000  # length of the longer trainings
    rates: tuple[float, ...] = RATES  # learning rates tried for every setting
    tuning_seeds: int = 2  # that choose the rate, never reported
    seeds: int = 10  # reported networks of every setting
    digits: bool = True  # whether the MNIST digits are learned too
    width: Annotated[int, at_least(2, 1024)] = 64  # neurons in each layer
    batch_size: Annotated[int, at_least(1, 1024)] = 16


QUICK = Config(
    activations=("relu",), relu_variances=(0.5, 2.0, 4.0), depths=(2, 4), short_steps=40, num_steps=120,
    rates=(0.01, 0.1), tuning_seeds=1, seeds=1, digits=False, width=32,
)  # fmt: skip


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    flags.less(config, "short_steps", "num_steps")
    flags.divides(config, "short_steps", "num_steps")


NAMES = {
    "activation": "hidden activation",
    "training": "data and steps of training; accuracy is taken on rows that were trained on",
    "place": "place of the variance of the weights among those tried",
    "variance": "variance of the initial weights, times fan-in",
    "theory_depth": "depth scale of theory: 6 xi_c for tanh, the gradient's scale for ReLU; layers",
    "boundary": "depth at which half of the networks learn, at most the deepest tried; layers",
    "low": "lower end of the 95% interval of boundary (posterior of a logistic curve)",
    "high": "upper end of the 95% interval of boundary (posterior of a logistic curve)",
    "least_rate": "least learning rate that was tuned for a depth",
    "greatest_rate": "greatest learning rate that was tuned for a depth",
    "depth": "hidden layers",
}


def run(config: Config) -> xr.Dataset:
    """Accuracy [training, activation, depth, place, seed] of fresh networks at tuned rates, and theory's depths.

    `place` counts the variances of the weights of an activation.
    """
    check(config)
    return xr.concat([_of_activation(activation, config) for activation in config.activations], "activation")


def right(params: Any, data: Data, predict: Any) -> Any:
    """The share of the first training rows whose greatest output is that of their class."""
    x, y = data.x[:JUDGED_ROWS], data.y[:JUDGED_ROWS]
    return jnp.mean(jnp.argmax(predict(params, x), axis=1) == jnp.argmax(y, axis=1))


def theory(activation: str, variance: float) -> float:
    """The depth that theory gives: 6 xi_c for tanh, the gradient's scale for ReLU; infinite where critical."""
    point = mean_field.fixed_point(mean_field.expectations(activation), variance, BIASES[activation])
    return 6 * point.xi_c if activation == "tanh" else point.xi_gradient


def _of_activation(activation: str, config: Config) -> xr.Dataset:
    """All networks of one activation."""
    given = config.tanh_variances if activation == "tanh" else config.relu_variances
    common: dict[str, Any] = {
        "width": config.width, "activation": activation, "init": "lecun_normal", "init_scale": list(np.sqrt(given)),
        "bias_init": "normal", "bias_scale": float(np.sqrt(BIASES[activation])), "solver": "sgd",
        "batch_size": config.batch_size, "loss": "softmax_cross_entropy", "measure": {"right": right},
        "judged_rows": JUDGED_ROWS, "padding": False, "record_every": config.short_steps,
    }  # fmt: skip
    parts = [_learned(_mnist1d, _mnist1d, [config.short_steps, config.num_steps], "MNIST-1D", config, common)]
    if config.digits:
        tuned_on, reported = (functools.partial(_with_seeds, half) for half in digits())
        parts.append(_learned(tuned_on, reported, [config.num_steps], "MNIST digits", config, common))
    found = xr.concat(parts, "training").rename(init_scale="place").assign_coords(place=np.arange(len(given)))
    depths = {"variance": ("place", list(given)), "theory_depth": ("place", [theory(activation, w) for w in given])}
    return found.transpose("training", "depth", "place", ...).assign(depths).assign_coords(activation=activation)


type Sample = Callable[[Sequence[int]], dict[str, Any]]  # from seeds to the data and seeds of a sweep


def _learned(
    tuned_on: Sample, reported: Sample, lengths: list[int], name: str, config: Config, common: dict[str, Any]
) -> xr.Dataset:
    """The accuracy of fresh networks [training, depth, init_scale, seed] at rates that other networks chose.

    Networks of each depth have their own seeds, as networks with the same seed share their first layers and data.
    """

    def accuracy(sample: dict[str, Any], depths: list[int], rates: Any, num_steps: int) -> xr.DataArray:
        """By seed and step; chance where a network diverged."""
        runs = nnjax.sweep(**sample, depth=depths, learning_rate=rates, num_steps=num_steps, **common)
        found = runs.right.where(runs.status != nnjax.training.DIVERGED, 1 / CLASSES).astype("float32")
        if "task" in found.dims:
            found = found.isel(seed=0, drop=True).rename(task="seed")
        return found.reset_coords(drop=True).assign_coords(seed=np.arange(found.sizes["seed"]))

    depths, count = list(config.depths), config.seeds
    samples = [reported(range(i * count, (i + 1) * count)) for i in range(len(depths))]
    tried = accuracy(tuned_on(tuning.seeds(config.tuning_seeds)), depths, list(config.rates), config.num_steps)
    tried = tried.sel(step=lengths).rename(step="training")
    best = tuning.choose(-tried, "learning_rate")
    rate, at_end = best.best["learning_rate"], best.at_end["learning_rate"].reset_coords(drop=True)
    found = []
    for length in lengths:
        of_depths = [
            accuracy(sample, [depth], rate.sel(training=length, depth=[depth], drop=True), length).isel(step=-1)
            for depth, sample in zip(depths, samples, strict=True)
        ]
        found.append(xr.concat(of_depths, "depth").drop_vars("step"))
    data = xr.Dataset({
        "accuracy": xr.concat(found, xr.Variable("training", lengths)), "rate": rate, "rate_at_end": at_end,
        "tuning_accuracy": tried.mean("seed").max("learning_rate"),
    })  # fmt: skip
    return data.assign_coords(training=[f"{name}, {length:,} steps" for length in lengths])


def _mnist1d(seeds: Sequence[int]) -> dict[str, Any]:
    """A draw of MNIST-1D for each network, with its training rows alone, on which accuracy is taken."""
    drawn = {str(seed): tasks.mnist1d(FIRST_DRAW + seed) for seed in seeds}
    data = {name: tasks.data(one.x, one.y) for name, one in drawn.items()}
    return {"data": data, "seeds": {str(seed): [seed] for seed in seeds}}


def digits() -> tuple[Data, Data]:
    """Half of the 5,000 digits, on which rates are chosen, and the other half, on which networks are reported."""
    drawn = tasks.mnist_5k(0, num_test=2_500, scaling="standard")
    return tasks.data(drawn.x_test, drawn.y_test), tasks.data(drawn.x, drawn.y)


def _with_seeds(data: Data, seeds: Sequence[int]) -> dict[str, Any]:
    return {"data": data, "seeds": seeds}


# Measures.


def posterior(accuracy: xr.DataArray) -> xr.DataArray:
    """The probability that the boundary of networks [..., depth, seed] lies at each of DOUBLINGS [..., doubling].

    The odds of learning fall as a power of the depth; the prior is uniform over DOUBLINGS and STEEPNESS. So perfectly
    separated data have a boundary between two depths, and if all learn it is only known to lie beyond.
    """
    learned, total = (accuracy > LEARNED).sum("seed"), accuracy.sizes["seed"]
    doublings = xr.DataArray(DOUBLINGS, {"doubling": DOUBLINGS})
    odds = xr.DataArray(STEEPNESS, dims="steepness") * (doublings - np.log2(accuracy.depth))
    yes, no = (xr.apply_ufunc(scipy.special.log_expit, sign * odds) for sign in (1, -1))
    log = (learned * yes + (total - learned) * no).sum("depth")
    weight = np.exp(log - log.max(["steepness", "doubling"])).sum("steepness")
    return weight / weight.sum("doubling")


def boundary(accuracy: xr.DataArray, level: float = 0.95) -> xr.Dataset:
    """The depth at which half of the networks learn, at most the deepest, by median and interval of its posterior."""
    below, deepest = posterior(accuracy).cumsum("doubling"), accuracy.depth.max().item()
    at = [(below >= part).argmax("doubling") for part in (0.5, (1 - level) / 2, (1 + level) / 2)]
    ends = (np.minimum(2.0 ** xr.DataArray(DOUBLINGS, dims="doubling")[one], deepest) for one in at)
    return estimate(*ends, n=accuracy.sizes["seed"], of="networks at each depth")


def rank_correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Spearman's, along the last axis, where ties share a rank; 0 where all are tied, which shows no order."""
    x, y = (scipy.stats.rankdata(one, axis=-1) - (one.shape[-1] + 1) / 2 for one in (x, y))
    return (x * y).sum(-1) / np.sqrt((x**2).sum(-1) * (y**2).sum(-1)).clip(1e-12)


def order(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The rank correlation of the boundaries of ReLU on MNIST-1D, after the longer training, with theory's scale.

    Its interval is that of boundaries drawn by their posteriors. It has no ends where networks of some setting do not
    learn though the best rate, at an end of those tried, beats chance.
    """
    if "relu" not in data.activation:
        return None
    one = data.sel(activation="relu").sel(training=[name for name in data.training.values if "1D" in name][-1])
    deepest, depth = data.depth.max().item(), boundary(one.accuracy).value.values
    if np.ptp(depth) == 0:
        return None
    scale, weight, rng = (
        one.theory_depth.values,
        posterior(one.accuracy).transpose("place", ...),
        np.random.default_rng(1),
    )
    drawn = np.minimum(2.0 ** np.array([rng.choice(DOUBLINGS, 2_000, p=p) for p in weight.values]), deepest).T
    ranks = rank_correlation(np.broadcast_to(scale, drawn.shape), drawn)
    low, high = np.quantile(ranks, [(1 - level) / 2, (1 + level) / 2])
    fails = (one.accuracy > LEARNED).mean("seed") < 0.5
    at_edge = int((fails & (one.rate_at_end != 0) & (one.tuning_accuracy > 0.75 * LEARNED)).sum())
    low, high = (-1.0, 1.0) if at_edge else (low, high)
    ratio = (depth / scale)[(depth < deepest) & np.isfinite(scale)]
    note = (
        f"where both are known the depth is {ratio.min():.1f} to {ratio.max():.1f} times the scale"
        if ratio.size
        else ""
    )
    value = xr.DataArray(rank_correlation(scale, depth))
    n, of = data.sizes["seed"], "networks at each depth"
    units = "as Spearman's rank correlation"
    return estimate(value, xr.DataArray(low), xr.DataArray(high), n, of, units=units, note=note, at_edge=at_edge)


STATEMENTS = (
    Statement(
        "order: relu", "The longer the depth scale of the gradient at the initial weights, the deeper the ReLU "
        "networks that learn MNIST-1D.", OWN, f"prompted by {SCHOENHOLZ}, section 5, where tanh networks do so",
        above(BY_CHANCE, even=0), order, "The threshold had been 0, then that of random orders of the measured depths.",
        at_tuned=True,
    ),
)  # fmt: skip


# Table and figures.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each activation, training and variance of the weights."""
    found = boundary(data.accuracy).rename(value="boundary").drop_attrs()
    rates = {"least_rate": data.rate.min("depth"), "greatest_rate": data.rate.max("depth")}
    return found.assign(rates).assign(data[["variance", "theory_depth"]])


def accuracy_by_depth(data: xr.Dataset) -> Figure:
    """Median accuracy on training rows (on MNIST-1D accuracies of 0.6 or more have one colour). Dashed: theory's scale,
    6 xi_c for tanh, the gradient's scale itself for ReLU. Orange: the depth at which half of the networks learn, with
    its 95% interval; the deepest stands for that or more. tanh is drawn and not judged, as half of its boundaries lie
    beyond the deepest networks; nor are the digits.
    """
    names, trainings = data.activation.values.tolist(), data.training.values.tolist()
    size = (3.7 * len(trainings) + 1.2, 3.0 * len(names) + 0.4)
    fig, axes = plt.subplots(len(names), len(trainings), figsize=size, squeeze=False, sharey=True)
    images: dict[float, Any] = {}  # by the accuracy from which on there is one colour
    depths, outline = data.depth.values, [withStroke(linewidth=3, foreground="white")]

    def row(depth: Any) -> Any:
        """The row of the image at which a depth lies; theory's scale may lie far above or below those trained."""
        return np.interp(np.log2(depth), np.log2(depths), range(len(depths)), left=-0.4, right=len(depths) - 0.6)

    for i, name in enumerate(names):
        for ax, training in zip(axes[i], trainings, strict=True):
            one = data.sel(activation=name, training=training)
            image = one.accuracy.median("seed").transpose("depth", "place")
            bright = 1.0 if "digits" in training else 0.6
            look: dict[str, Any] = {"origin": "lower", "aspect": "auto", "cmap": "cividis", "vmin": 1 / CLASSES}
            images[bright] = ax.imshow(image, vmax=bright, **look)
            found, x = boundary(one.accuracy), np.arange(data.sizes["place"])
            scale = one.theory_depth.where(np.isfinite(one.theory_depth), 1e6)
            ax.plot(x, row(scale), "--", color="black", path_effects=outline, label="theory's scale")
            look = {"color": fg.ORANGE, "path_effects": outline}
            ax.vlines(x, row(found.low), row(found.high), linewidth=1.5, **look)
            ax.plot(x, row(found.value), "o-", markersize=4, linewidth=1.2, label="half learn", **look)
            ax.set_title(f"{fg.name(name)}: {training}", fontsize=10.5)
            ax.set_xticks(x, [f"{v:g}" for v in one.variance.values])
            ax.grid(visible=False)
            if i == len(names) - 1:
                ax.set_xlabel("variance of the weights, times fan-in")
        axes[i, 0].set_yticks(range(len(depths)), [str(depth) for depth in depths])
        axes[i, 0].set_ylabel("hidden layers")
    for bright, image in images.items():
        columns = [("digits" in training) == (bright == 1.0) for training in trainings]
        fig.colorbar(image, ax=axes[:, columns], shrink=0.8, label="accuracy on training rows")
    axes[0, 0].legend(loc="lower left", fontsize=8.5, frameon=True)
    fig.suptitle("Networks learn deepest where theory says that gradients and signals travel farthest")
    return fig


def boundary_by_scale(data: xr.Dataset) -> Figure:
    """Depth at which half of the networks learn MNIST-1D, by theory's scale (6 xi_c for tanh, the gradient's for ReLU),
    which is infinite for critical weights; numbers: variance of the weights. Bars: 95% intervals. Triangles: half or
    more of the deepest networks (dotted) learn. Dashed: where the two are equal. tanh is drawn and not judged.
    """
    fig, made = fg.panels(col=data.activation, size=(4.9, 3.9), sharey=True)
    trainings = [name for name in data.training.values.tolist() if "1D" in name]
    deepest = data.depth.max().item()
    for ax, where in made:
        one = data.sel(where)
        finite = one.theory_depth.where(np.isfinite(one.theory_depth))
        infinite = bool(finite.isnull().any())
        top = max(finite.max().item(), deepest) * (2 if infinite else 1)
        x = finite.fillna(top).values
        for training, color, shift in zip(trainings, (fg.GREY, fg.BLUE), (0.97, 1.03), strict=True):
            found = boundary(one.accuracy.sel(training=training))
            beyond = (found.value >= deepest).values
            ax.vlines(shift * x, found.low, found.high, color=color)
            ax.plot(shift * x[~beyond], found.value[~beyond], "o", color=color, label=training)
            ax.plot(shift * x[beyond], found.value[beyond], "^", color=color, markersize=7)
        for i, place in enumerate(np.argsort(x, kind="stable")):  # on three lines in turn, as neighbours are near
            at = (x[place], 0.03 + 0.06 * (i % 3))
            ax.text(*at, f"{one.variance[place].item():g}", transform=ax.get_xaxis_transform(), ha="center", fontsize=9)
        ax.axhline(deepest, color="black", linestyle=":", linewidth=1)
        ax.plot([1, top / 1.5], [1, top / 1.5], "--", color="black", linewidth=1)
        ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1_000, 3_000) if tick < top / 1.5]
        ax.set(xscale="log", yscale="log", xlim=(x.min() / 1.5, 1.5 * top), ylim=(1, 2 * deepest))
        ax.set_xticks([*ticks, *[top] * infinite], [*(f"{tick:,}" for tick in ticks), *["∞"] * infinite])
        ax.set_yticks(data.depth, [str(depth) for depth in data.depth.values])
        ax.minorticks_off()
    x_label, y_label = "theory's scale (layers)", "depth at which half learn (layers)"
    return fg.finish(fig, made, "ReLU networks learn deeper where the gradient's scale is longer", x_label, y_label, "")


FIGURES = (accuracy_by_depth, boundary_by_scale)
