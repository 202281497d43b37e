"""Do the accuracies that were published with MNIST-1D come out again, with the settings of the authors' notebooks?

Of four kinds of networks that Greydanus & Kobak (2020) logged, two are repeated: logistic regression, and a residual
network of two layers of 100 ReLUs, where the second layer adds its input. Their README has a table of whole percents,
without logs.

The settings are those of the notebooks. Networks learn the published draw of the data (4,000 rows to train, 1,000 to
test) by cross-entropy, from PyTorch's initial weights. Adam has a rate of 0.01 and batches of 100 in the order of the
file. It makes 6,001 updates (the notebooks count from 0 and evaluate after the last). 32 networks of each kind are
trained; seeds below 64 were seen before the references and the number of updates were corrected, and are not used.
Beside them are a plain network without the residual connection, and a plain one with AdamW and shuffled batches. The
rate, weight decay and number of steps of the latter are tuned on a fifth of the training rows. All are also trained on
16 fresh draws of the data, with two seeds each.

The authors' logs share a seed, and the table has no logs, so each published number counts as one network: it is as
uncertain as one of ours. It agrees where all of the 95% interval of the difference lies within 1 point, and differs
where none of it does; otherwise the source cannot tell. Shuffled inputs, which the authors tried too, are left out:
these networks do not know the order of their inputs.

    python -m experiments wide_versus_deep.published                  # 6 s: the two models with published numbers
    python -m experiments wide_versus_deep.published --preset full    # 13 minutes
"""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import flags
from experiments.lab.estimates import LEVEL, agreement, mean, of_few
from experiments.lab.flags import at_least, one_of
from experiments.lab.sources import GREYDANUS
from experiments.lab.verdicts import PUBLISHED, Statement, above, agreeing, beside
from experiments.wide_versus_deep import residual
from nnjax import mlp, tasks, tuning

RESIDUAL, TUNED = "residual MLP", "tuned MLP"
MODELS = ("logistic", "plain MLP", RESIDUAL, TUNED)
ROWS = {  # model, and published percentage of test rows that are right: means of logs, and the table of the README
    "logistic, two logs": ("logistic", 31.6),
    "logistic, table": ("logistic", 32.0),
    "residual MLP, four logs": (RESIDUAL, 64.625),
    "residual MLP, table": (RESIDUAL, 68.0),
    "plain MLP": ("plain MLP", np.nan),
    "tuned MLP": (TUNED, np.nan),
}
MARGIN = 1.0  # points


@dataclass(frozen=True)
class Config:
    """Which networks are trained, for how long, and how many."""

    models: Annotated[tuple[str, ...], one_of(MODELS)] = MODELS
    width: int = 100  # neurons of each of the two hidden layers
    num_steps: int = 6_000  # as the authors count; all but the tuned network take one update more
    seeds: Annotated[int, at_least(2)] = 32  # on the published draw
    first_seed: Annotated[int, at_least(0)] = 64
    draws: Annotated[int, at_least(2)] = 16  # fresh ones
    seeds_per_draw: int = 2
    tuning_seeds: int = 4  # never reported
    rates: tuple[float, ...] = (0.0003, 0.001, 0.003, 0.01)  # learning rates tried for the tuned network
    decays: Annotated[tuple[float, ...], at_least(0)] = (0.0, 0.3, 1.0, 3.0)  # weight decays of AdamW tried for it
    record_every: int = 250  # steps between two of its possible ends


QUICK = Config(("logistic", RESIDUAL), num_steps=100, seeds=2, draws=2, record_every=50)


def check(config: Config) -> None:
    """Raise a ValueError that names the setting before anything runs."""
    flags.divides(config, "record_every", "num_steps")


NAMES = {
    "row": "model, and where its accuracy was published",
    "theirs": "published test accuracy; %",
    "ours": "test accuracy on the published draw, mean over networks; %",
    "low": "lower end of the 95% interval of ours; %",
    "high": "upper end of the 95% interval of ours; %",
    "answer": "whether ours agrees with theirs within a point",
    "fresh": "test accuracy on fresh draws of the data, mean over draws; %",
    "fresh_low": "lower end of the 95% interval of fresh; %",
    "fresh_high": "upper end of the 95% interval of fresh; %",
}


def run(config: Config) -> xr.Dataset:
    """Accuracies on the published draw [model, seed] and on fresh draws [model, draw, draw_seed]."""
    published, parts = tasks.mnist1d(), []
    for model in config.models:
        setting = settings(model, config) | (tuned(published, config) if model == TUNED else {})
        last = range(config.first_seed, config.first_seed + config.seeds)
        accuracy = nnjax.sweep(published, **setting, seeds=last).accuracy.load()
        fresh = []
        for draw in range(config.draws):
            first = config.first_seed + draw * config.seeds_per_draw
            runs = nnjax.sweep(tasks.mnist1d(draw), **setting, seeds=range(first, first + config.seeds_per_draw))
            fresh.append(runs.accuracy.load().rename(seed="draw_seed").drop_vars("draw_seed"))
        parts.append(xr.Dataset({"accuracy": accuracy.drop_vars("seed"), "draw_accuracy": xr.concat(fresh, "draw")}))
    data = xr.concat(parts, "model").assign_coords(model=list(config.models))
    return data.drop_vars([name for name in data.coords if name not in data.dims])


def settings(model: str, config: Config) -> dict[str, Any]:
    """How a model is trained. PyTorch's distribution is U(-1, 1) / sqrt(fan_in), LeCun's is sqrt(3) times as wide."""
    return {
        "init": "lecun_uniform", "bias_init": "lecun_uniform", "init_scale": 3**-0.5, "bias_scale": 3**-0.5,
        "hidden": () if model == "logistic" else (config.width, config.width), "activation": "relu",
        "model": residual.MODEL if model == RESIDUAL else mlp, "loss": "softmax_cross_entropy",
        "batch_size": 100, "order": "sequential", "solver": "adam", "learning_rate": 0.01,
        "num_steps": config.num_steps + (model != TUNED),
    }  # fmt: skip


def right(params: Any, data: tasks.Data, predict: Any) -> Any:
    """The share of the test rows that are classified rightly."""
    return jnp.mean(predict(params, data.x_test).argmax(axis=1) == data.y_test.argmax(axis=1))


def tuned(data: tasks.Data, config: Config) -> dict[str, Any]:
    """The rate, decay and number of steps with the highest mean accuracy on a fifth of the training rows."""
    order = np.random.default_rng(0).permutation(len(data.x))
    kept, left_out = np.split(order, [len(order) * 4 // 5])
    halves = tasks.data(data.x[kept], data.y[kept], data.x[left_out], data.y[left_out])
    setting = settings(TUNED, config) | {"solver": "adamw", "order": "shuffled", "measure": {"right": right}}
    setting |= {"learning_rate": list(config.rates), "weight_decay": list(config.decays)}
    tried = nnjax.sweep(halves, **setting, record_every=config.record_every, seeds=tuning.seeds(config.tuning_seeds))
    validation = tried.right.isel(step=slice(1, None)).mean("seed")
    best = tuning.choose(-validation, *map(str, validation.dims)).best
    numbers = {"learning_rate": float(best["learning_rate"]), "weight_decay": float(best["weight_decay"])}
    return {"solver": "adamw", "order": "shuffled", "num_steps": int(best["step"])} | numbers


# Measures.


def rows(data: xr.Dataset) -> dict[str, tuple[str, float]]:
    return {row: pair for row, pair in ROWS.items() if pair[0] in data.model}


def accuracy(data: xr.Dataset, level: float) -> xr.Dataset:
    """Ours in percent on the published draw [row]."""
    models = [model for model, _ in rows(data).values()]
    ours = mean(100 * data.accuracy.astype(float).sel(model=models), "seed", level)
    return ours.rename(model="row").assign_coords(row=list(rows(data)))


def numbers(data: xr.Dataset, level: float) -> tuple[xr.Dataset, xr.Dataset]:
    """Ours and theirs in percent [row]."""
    theirs = xr.DataArray([value for _, value in rows(data).values()], {"row": list(rows(data))}, "row")
    ours = accuracy(data, level)
    return ours, of_few(theirs, 1, ours, data.sizes["seed"])


def margins(data: xr.Dataset, level: float) -> xr.Dataset:
    """How far ours lies from theirs [row], in margins."""
    return agreement(*numbers(data, level), MARGIN)


def agree(data: xr.Dataset, level: float) -> xr.Dataset:
    """The share of the published numbers that agree."""
    return agreeing(partial(margins, data))


STATEMENTS = (
    Statement(
        "published-numbers-agree", "Most of four published accuracies on MNIST-1D come out again within a point.",
        PUBLISHED, f"{GREYDANUS}; greydanus/mnist1d (GitHub), logs of its notebooks and table in README.md", above(0.5),
        agree, "Each number had a verdict of its own, by an interval for one more network; a point's margin and this "
        "rule were written after the data.",
    ),
)  # fmt: skip


# Table and figure.


def table(data: xr.Dataset) -> xr.Dataset:
    """A row for each published number, and for the two models without one."""
    models = [model for model, _ in rows(data).values()]
    fresh = mean(100 * data.draw_accuracy.astype(float).mean("draw_seed").sel(model=models), "draw", LEVEL)
    fresh = fresh.rename(model="row", value="fresh", low="fresh_low", high="fresh_high")
    found = beside(*numbers(data, LEVEL), partial(margins, data))
    return found.merge(fresh.assign_coords(row=found.row), compat="override")


def published(data: xr.Dataset) -> Figure:
    """Published accuracies (black) and the means of ours, coloured by whether they agree within a point; no number was
    published for the last two models. Bars: 95% intervals; those of the sources are as wide as one network makes them.
    Grey: within a point of the published number.
    """
    ours, theirs = numbers(data, LEVEL)
    answer = table(data).answer
    logistic = [row for row in ROWS if row.startswith("logistic")]
    names = {"Logistic regression": logistic, "Two hidden layers": [row for row in ROWS if row not in logistic]}
    fig, axes = plt.subplots(1, 2, figsize=(10.4, 3.2))
    for ax, (title, wanted) in zip(axes, names.items(), strict=True):
        here = {"row": [row for row in wanted if row in answer.row]}
        for y, value in enumerate(theirs.value.sel(here).values):
            ax.fill_betweenx([y - 0.4, y + 0.4], value - MARGIN, value + MARGIN, color="#E8E8E8", linewidth=0, zorder=0)
        fg.published(ax, ours.sel(here), theirs.sel(here), answer.sel(here), "row")
        fg.forest(ax, ours.where(answer == "").sel(here), "row", fg.SKY, shift=0.2, label="ours: no published number")
        ax.set_title(title)
    return fg.finish(fig, [(ax, {}) for ax in axes], "Published accuracies on MNIST-1D, and ours",
                     "test rows that are right (%)", legend="")  # fmt: skip


FIGURES = (published,)
