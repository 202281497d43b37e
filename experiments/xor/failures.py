"""Where networks are stuck on XOR, and whether they leave: sigmoids near no finite minimum, ReLUs in flat ones.

2-2-1 networks, weights and biases uniform within 1, squared error, full-batch gradient descent without momentum,
float64, 100,000 epochs. Rates are those for half the sum of squares, as older papers count. Sigmoid networks (sigmoid
output) run at the customary 0.5 and at a tuned rate, ReLU networks (linear output) at a tuned rate. A rate is tuned for
the most successes after 1,000 epochs on seeds that are not reported. A network is stuck while some output is more than
0.4 off its target. It may be near a finite minimum if it no longer moves, or if no direction curves downwards and
Newton's step is at most 1. It is in a flat one if gradient and least curvature are zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import jax
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab.estimates import count, estimate, wilson
from experiments.lab.flags import one_of
from experiments.lab.verdicts import OWN, PUBLISHED, THEOREM, Statement, above, equal
from experiments.xor import stuck
from experiments.xor.solved import TOLERANCE, worst_error
from experiments.xor.sources import AI_TIMELINE, HAMEY

SETTINGS = {  # activation of the hidden and of the output neurons, and the rate, which is tuned where it is None
    "sigmoid, rate 0.5": ("sigmoid", "sigmoid", 0.5),
    "sigmoid, tuned rate": ("sigmoid", "sigmoid", None),
    "ReLU, tuned rate": ("relu", "identity", None),
}
SIGMOID, _, RELU = SETTINGS
CHECKPOINTS, RECORD_EVERY = (1_000, 10_000, 100_000), 500  # epochs
QUARTILES, CURVES = (0.25, 0.5, 0.75), 12  # the loss of the first networks is drawn


@dataclass(frozen=True)
class Config:
    settings: Annotated[tuple[str, ...], one_of(SETTINGS)] = tuple(SETTINGS)
    seeds: int = 1_000
    sigmoid_rates: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)  # learning rates tried where the rate is tuned
    relu_rates: tuple[float, ...] = (0.0125, 0.025, 0.05, 0.1, 0.2)
    tuning_seeds: int = 200  # never reported


QUICK = Config((SIGMOID, RELU), seeds=100, tuning_seeds=20)

NAMES = {
    "setting": "activation and learning rate", "checkpoint": "epochs", "epoch": "epochs", "row": "input",
    "rate": "learning rate on half the sum of squared errors", "loss_curve": "mean squared error",
    "weights_curve": "sum of |weights|", "gradient_curve": "norm of the gradient",
    "stuck": "share of the networks that are stuck", "stuck_low": "lower end of its 95% Wilson interval",
    "stuck_high": "upper end of its 95% Wilson interval",
    "left": "networks stuck at the checkpoint before and solved at this one",
    "all four at 1/2": "stuck networks with all four outputs within 0.1 of 1/2",
    "two right, two at 1/2": "stuck networks with two outputs within 0.1 of their targets and two of 1/2",
    "one right, three at 1/3 or 2/3": "stuck networks with one output right, three at 1/3 or three at 2/3",
    "three right": "stuck networks with three outputs within 0.1 of their targets",
    "other": "stuck networks whose outputs fit none of these",
    "finite_minimum": "at the end: stuck networks that may be near a finite minimum",
    "flat_minimum": "at the end: stuck networks in a flat minimum",
    "negative_eigenvalue": "at the end: stuck networks where the Hessian has a negative eigenvalue",
    "dead_unit": "at the end: stuck networks with a hidden neuron that outputs 0 on all rows",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """What the networks of every setting do [setting, checkpoint, seed], and where the stuck ones end."""
    with jax.enable_x64(True):
        return xr.concat([_one_setting(name, config) for name in config.settings], "setting", join="exact")


def _one_setting(name: str, config: Config) -> xr.Dataset:
    activation, output_activation, rate = SETTINGS[name]
    task, at_end = nnjax.tasks.xor(), False
    common = {
        "hidden": (2,), "activation": activation, "output_activation": output_activation, "solver": "sgd",
        "init": "uniform", "bias_init": "uniform", "loss": "squared_error", "dtype": "float64",
    }  # fmt: skip
    if rate is None:
        rates = config.sigmoid_rates if activation == "sigmoid" else config.relu_rates
        runs = nnjax.sweep(
            task, learning_rate=[2 * rate for rate in rates],  # half the sum of four rows is twice their mean
            seeds=nnjax.tuning.seeds(config.tuning_seeds), num_steps=CHECKPOINTS[0],
            measure={"worst_error": worst_error}, **common,
        )  # fmt: skip
        success = (runs.worst_error.isel(step=-1) <= TOLERANCE).mean("seed")
        tuned = nnjax.tuning.choose(-success, "learning_rate", tie=runs.train_loss)
        rate, at_end = tuned.best["learning_rate"].item() / 2, tuned.at_end["learning_rate"].item() != 0
    runs = nnjax.sweep(
        task, learning_rate=2 * rate, seeds=config.seeds, num_steps=CHECKPOINTS[-1], record_every=RECORD_EVERY,
        measure={"parameters": stuck.parameters}, **common,
    )  # fmt: skip
    data = _summary(runs, stuck.LossSurface(task, activation, output_activation))
    return data.assign(rate=rate, at_end=at_end).expand_dims(setting=[name])


def _summary(runs: xr.Dataset, surface: stuck.LossSurface) -> xr.Dataset:
    flat = runs.parameters.transpose("seed", "step", ...).values
    outputs, loss, gradient = surface.evaluate(flat)
    unsolved = np.abs(outputs - np.asarray(surface.y)).max(-1) > TOLERANCE  # [seed, epoch]
    at, end = np.searchsorted(runs.step.values, CHECKPOINTS), unsolved[:, -1]

    def quartiles(values: np.ndarray) -> tuple[tuple[str, str], np.ndarray]:
        none = np.full((len(QUARTILES), values.shape[1]), np.nan)
        return ("quantile", "epoch"), np.quantile(values[end], QUARTILES, axis=0) if end.any() else none

    curved = surface.curvature(flat[:, -1])
    return xr.Dataset(
        {
            "num_stuck": ("epoch", unsolved.sum(0)),
            "kind": (("checkpoint", "seed"), stuck.kind(outputs[:, at], unsolved[:, at]).T.astype(np.int8)),
            "outputs": (("seed", "row"), outputs[:, -1].astype(np.float32)),
            "gradient": ("seed", gradient[:, -1].astype(np.float32)),
            "loss_fall": ("seed", loss[:, -2] - loss[:, -1]),
            "weights_curve": quartiles(stuck.sum_of_weights(flat)),
            "gradient_curve": quartiles(gradient),
            "loss_curve": (("curve", "epoch"), loss[:CURVES]),
            **{name: ("seed", values) for name, values in curved.items()},
        },
        {"epoch": runs.step.values, "checkpoint": list(CHECKPOINTS), "quantile": list(QUARTILES)}
        | {"row": ["00", "01", "10", "11"]},
    )


# Measures and statements.

ROUNDING = 1e-12  # float64 sums of four rows are exact to some 1e-16


def finite_minimum(data: xr.Dataset) -> xr.DataArray:
    """Whether each network may be near a finite minimum at the end [..., seed]: it has stopped, or nothing leads away.

    It moves where the gradient is far above rounding and the loss still falls. A way leads off where the Hessian has a
    negative eigenvalue, or where Newton's step is longer than 1; at a minimum that step is 0.
    """
    moves = (data.gradient > 1000 * ROUNDING) & (data.loss_fall > ROUNDING)
    away = (data.least_eigenvalue < -ROUNDING) | (data.newton_step > 1)
    return ~(moves & away)


def flat_minimum(data: xr.Dataset) -> xr.DataArray:
    """Whether each network is in a flat minimum at the end [..., seed]: up to rounding, gradient and least eigenvalue
    of the Hessian are zero, and no short random move finds a lower loss."""
    still = data.gradient <= ROUNDING
    return still & (abs(data.least_eigenvalue) <= ROUNDING) & (data.greatest_fall <= ROUNDING)


def solved_at_the_end(data: xr.Dataset) -> xr.DataArray:
    return data.kind[-1] == stuck.SOLVED


def two_at_half(data: xr.Dataset) -> xr.DataArray:
    return data.kind[-1] == stuck.TWO_AT_HALF


def near_a_minimum(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """How many stuck sigmoid networks may be near a finite minimum at the end."""
    if SIGMOID not in data.setting:
        return None
    one = data.sel(setting=SIGMOID)
    hits = finite_minimum(one)[~solved_at_the_end(one)]
    return count(hits, "stuck networks", units="near a finite minimum") if hits.size else None


def share_of_stuck(
    data: xr.Dataset, level: float, setting: str, hits: Callable[[xr.Dataset], xr.DataArray], at: int = -1
) -> xr.Dataset | None:
    """The share that hits of the networks stuck at a checkpoint; open where the rate was tuned to an end of its
    grid."""
    if setting not in data.setting:
        return None
    one = data.sel(setting=setting)
    unsolved = one.kind[at] != stuck.SOLVED
    if not (n := int(unsolved.sum())):
        return None
    found = wilson(hits(one)[unsolved].mean(), n, level).assign_attrs(units="of the stuck networks")
    if one.at_end:
        found = found.assign(low=xr.zeros_like(found.low), high=xr.ones_like(found.high)).assign_attrs(at_edge=1)
    return found


SWIRSZCZ = "Swirszcz, Czarnecki & Pascanu (2016), Local minima in training of neural networks, arXiv 1611.06310"
COUNTED = "It had counted as published."
STATEMENTS = (
    Statement(
        "no_finite_minimum", "No sigmoid network that is stuck after 100,000 epochs at rate 0.5 is near a finite local "
        "minimum.",
        THEOREM, f"{HAMEY}, 669-681: the 2-2-1 sigmoid network has none on XOR", equal(0), near_a_minimum,
        "Weights had to grow as well, until a network of a repeat had shrinking ones and a negative eigenvalue.",
    ),
    Statement(
        "only_slow", "At rate 0.5, most sigmoid networks that are stuck after 10,000 epochs have solved XOR by 100,000 "
        "epochs.", OWN,
        f"prompted by {HAMEY}, who does not say that stuck networks leave; {AI_TIMELINE} has one that stays",
        above(0.5), partial(share_of_stuck, setting=SIGMOID, hits=solved_at_the_end, at=-2), COUNTED,
    ),
    Statement(
        "two_at_half", "At rate 0.5, most stuck sigmoid networks answer two rows rightly and the other two with about "
        "one half.",
        PUBLISHED, f"{AI_TIMELINE}: all 10 failures of 50 networks", above(0.5),
        partial(share_of_stuck, setting=SIGMOID, hits=two_at_half),
    ),
    Statement(
        "relu_flat_minima", "Most stuck ReLU networks lie in flat local minima.", OWN,
        f"prompted by {SWIRSZCZ}: ReLU networks have bad local minima on other data than XOR", above(0.5),
        partial(share_of_stuck, setting=RELU, hits=flat_minimum), COUNTED, at_tuned=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each setting and checkpoint."""
    unsolved = data.kind != stuck.SOLVED
    share = wilson(unsolved.mean("seed"), data.sizes["seed"])
    columns = {"rate": data.rate, "stuck": share.value, "stuck_low": share.low, "stuck_high": share.high}
    left = (unsolved.shift(checkpoint=1, fill_value=False) & ~unsolved).sum("seed")
    columns["left"] = left.where(data.checkpoint > CHECKPOINTS[0])
    columns |= {name: (data.kind == i).sum("seed") for i, name in enumerate(stuck.KINDS) if i}
    at_the_end = {
        "finite_minimum": finite_minimum(data), "flat_minimum": flat_minimum(data),
        "negative_eigenvalue": data.least_eigenvalue < -ROUNDING, "dead_unit": data.dead_units > 0,
    }  # fmt: skip
    last = unsolved[:, -1:]
    columns |= {name: (hits & last).sum("seed").reindex_like(share) for name, hits in at_the_end.items()}
    return xr.Dataset(columns)


COLORS = {SIGMOID: fg.BLUE, "sigmoid, tuned rate": fg.SKY, RELU: fg.GREEN}
KIND_COLORS = (fg.BLUE, fg.PURPLE, fg.VERMILION, fg.ORANGE, fg.SKY, fg.GREY)


def plateaus(data: xr.Dataset) -> Figure:
    """Training loss of the first twelve networks of each setting. Dotted: losses at which networks wait,
    or stay. The loss is 0.25 where all four answers are one half, 1/6 where one row is right and the other three get
    their mean, and 0.125 where two rows are right and two get one half."""
    fig, made = fg.panels(col=data.setting, size=(3.5, 3.1), sharey=True)
    for ax, where in made:
        one = data.sel(where).isel(epoch=slice(1, None))
        for curve in range(data.sizes["curve"]):
            end, color = ("solved", fg.BLUE) if solved_at_the_end(one)[curve] else ("stuck", fg.VERMILION)
            ax.plot(one.epoch, one.loss_curve[curve], linewidth=1.2, color=color, label=end)
        for level in (0.25, 1 / 6, 0.125):
            ax.axhline(level, color="black", linewidth=0.8, linestyle=":")
        ax.set(xscale="log", yscale="log", ylim=(1e-5, 0.5))
    return fg.finish(fig, made, "Twelve networks learn XOR or stay stuck", data.epoch, data.loss_curve, "at the end")


def where_stuck(data: xr.Dataset) -> Figure:
    """Above: outputs of the networks that are stuck after 100,000 epochs, with the targets in black. Below: the share
    of the networks that are stuck, coloured by their outputs. An output within 0.1 of a level counts as at it."""
    columns = data.sizes["setting"]
    fig, axes = plt.subplots(
        2, columns, figsize=(3.6 * columns, 6), height_ratios=(1.5, 1), sharey="row", squeeze=False
    )
    # Each kind has its own place beside the middle of the row, since kinds at one level would overlap.
    shown = [i for i in range(1, len(stuck.KINDS)) if (data.kind == i).any()]
    width = 0.8 / max(1, len(shown))
    jitter = np.random.default_rng(0).uniform(-0.4 * width, 0.4 * width, (data.sizes["seed"], 4))
    for (top, bottom), name in zip(axes.T, data.setting.values.tolist(), strict=True):
        one, start = data.sel(setting=name), np.zeros(data.sizes["checkpoint"])
        rows, checkpoints = np.arange(4), [f"{epochs:,}" for epochs in data.checkpoint.values]
        for place, number in enumerate(shown):
            hits = (one.kind[-1] == number).values
            places = rows + (place - (len(shown) - 1) / 2) * width + jitter[hits]
            top.scatter(places, one.outputs.values[hits], s=7, color=KIND_COLORS[number], linewidths=0, alpha=0.7)
            part = (one.kind == number).mean("seed")
            bottom.barh(checkpoints, part, left=start, color=KIND_COLORS[number], label=stuck.KINDS[number])
            start = start + part.values
        top.hlines([0, 1, 1, 0], rows - 0.4, rows + 0.4, color="black", linewidths=1.2, zorder=3)
        top.set(xticks=rows, xticklabels=data.row.values, xlabel="input", ylim=(-0.06, 1.06))
        top.set_title(name if name == SIGMOID else f"{name} ({one.rate.item():g})")
        bottom.set(xlim=(0, 1), xlabel="stuck networks / all networks")
    axes[0, 0].set_ylabel("output at the end")
    axes[1, 0].set_ylabel("epochs")
    axes[1, 0].invert_yaxis()
    fig.legend(*axes[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    fig.suptitle("Where networks are stuck on XOR")
    return fig


def long_run(data: xr.Dataset) -> Figure:
    """The share of the networks that are stuck, with 95% intervals, and the weights and gradients of those that are
    stuck at the end, medians and quartiles. The weights of stuck sigmoids keep growing; ReLUs stand still."""
    share = wilson(data.num_stuck / data.sizes["seed"], data.sizes["seed"])
    of = {"weights": data.weights_curve, "gradient": data.gradient_curve}
    curves = [share, *(estimate(*(one.sel(quantile=q, drop=True) for q in (0.5, 0.25, 0.75))) for one in of.values())]
    labels = ("share that is stuck", *map(fg.label, of.values()))
    fig, axes = plt.subplots(1, 3, figsize=(10.8, 4))
    for ax, parts, label in zip(axes, curves, labels, strict=True):
        fg.lines(ax, parts.isel(epoch=slice(1, None)), "epoch", "setting", COLORS, "-", band=True)
        ax.set(xscale="log", ylabel=label, xlabel="epochs", ylim=(0, None))
        fg.plain_numbers(ax.xaxis)
    axes[0].set_ylim(0, 1)
    axes[2].set(yscale="log", ylim=(1e-17, 1))
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    fig.suptitle("How long networks are stuck on XOR, and what their weights do")
    return fig


FIGURES = (plateaus, where_stuck, long_run)
