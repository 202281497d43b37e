"""How surely do two hidden neurons learn XOR, in the best, the median and the worst of 45 settings?

`xor.trained` has 45 settings of solver, activation (sigmoid, tanh, ReLU) and initial weights, with the learning rate
tuned in each; its 30 with GELU or sine, of which one neuron learns XOR, are left out here. The best, the median and the
worst of these are chosen by the seeds that tuned them. They are trained here with ten times the networks, on seeds that
nothing had used before. As there, networks train full-batch for 5,000 steps on the cross-entropy, with biases that are
zero at the start. XOR is solved when all four outputs end within 0.4 of their targets. The learning rate is tuned a
hundred times, each time on 50 seeds that are not reported. A hundred fresh networks are trained at each of these rates,
so that intervals include the randomness of tuning.

    python -m experiments xor.two_neurons                  # 3 s: fewer tunings, 500 steps
    python -m experiments xor.two_neurons --preset full    # 93 s
"""

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import nnjax
from experiments.lab import figures as fg
from experiments.lab import sources
from experiments.lab.estimates import LEVEL, clusters, share
from experiments.lab.flags import at_least, one_of
from experiments.lab.verdicts import TEXTBOOK, Statement, above
from experiments.xor.solved import TOLERANCE, worst_error_of_logits


class Setting(NamedTuple):
    """A setting of `xor.trained`, and the least and the greatest learning rate that are tried."""

    solver: str
    numbers: dict[str, Any]
    rates: tuple[float, float]
    activation: str
    init: str
    init_scale: float = 1.0


MOMENTUM: dict[str, Any] = {"solver": "sgd", "momentum": 0.9}
SETTINGS = {  # 95%, 53% and 18% solved XOR on the seeds that tuned them
    "best": Setting("momentum", MOMENTUM, (0.003, 30.0), "sigmoid", "uniform", 0.3),
    "median": Setting("Adam", {"solver": "adam"}, (0.001, 10.0), "tanh", "uniform", 0.3),
    "worst": Setting("Adam", {"solver": "adam"}, (0.001, 10.0), "relu", "glorot_uniform"),
}
INIT_NAMES = {"uniform": "small weights", "glorot_uniform": "Glorot's weights"}
FIRST_SEED = 100_000  # beyond all seeds of `xor.trained`, of tuning too


@dataclass(frozen=True)
class Config:
    settings: Annotated[tuple[str, ...], one_of(SETTINGS)] = tuple(SETTINGS)
    num_rates: Annotated[int, at_least(2)] = 9  # learning rates tried
    tunings: Annotated[int, at_least(2)] = 100  # how often a rate is tuned, each time on other seeds
    tuning_seeds: int = 50  # of each tuning, never reported
    seeds: int = 10_000  # random starts in each setting, a multiple of the tunings
    num_steps: int = 5_000


QUICK = Config(tunings=4, tuning_seeds=25, seeds=200, num_steps=500)

NAMES = {
    "setting": "setting, of 45", "solver": "solver", "activation": "activation", "init": "initial weights",
    "value": "share of the networks that solve XOR", "low": "lower end of its 95% interval",
    "high": "upper end of its 95% interval", "median_rate": "median learning rate of the tunings",
}  # fmt: skip


def run(config: Config) -> xr.Dataset:
    """Solved [setting, seed], and the learning rate that each tuning chose."""
    return xr.concat([_one(name, config) for name in config.settings], "setting")


def _one(setting: str, config: Config) -> xr.Dataset:
    one = SETTINGS[setting]

    def train(seeds: range, **rate) -> xr.Dataset:
        return nnjax.sweep(
            nnjax.tasks.xor(), width=2, activation=one.activation, init=one.init, init_scale=one.init_scale,
            loss="sigmoid_binary_cross_entropy", num_steps=config.num_steps,
            measure={"worst_error": worst_error_of_logits},
            seeds=range(seeds.start + FIRST_SEED, seeds.stop + FIRST_SEED), **rate, **one.numbers,
        )  # fmt: skip

    tuned, fresh = nnjax.tuning.repeated(
        train, "learning_rate", np.geomspace(*one.rates, config.num_rates),
        cost=lambda runs: runs.worst_error.isel(step=-1, drop=True) > TOLERANCE, tie="train_loss",
        tunings=config.tunings, tuning_seeds=config.tuning_seeds, seeds=config.seeds,
    )  # fmt: skip
    solved = (fresh.worst_error.isel(step=-1, drop=True) <= TOLERANCE).rename("solved").reset_coords(drop=True)
    about = {"solver": one.solver, "activation": one.activation, "init": one.init}
    data = xr.Dataset({"solved": solved, "learning_rate": tuned.best["learning_rate"]} | about)
    return data.assign_coords(tuning_of=fresh.tuning_of, setting=setting)


# Measure and statement.


def shares(data: xr.Dataset, level: float = LEVEL) -> xr.Dataset:
    """The share of the networks that solve XOR [setting]."""
    return share(of_tunings(data), "tuning", level, data.sizes["seed"])


def of_tunings(data: xr.Dataset) -> xr.DataArray:
    """The share of the networks of each tuning that solve XOR [setting, tuning]."""
    return clusters(data.solved.astype(float), data.tuning_of)


def best(data: xr.Dataset, level: float) -> xr.Dataset | None:
    """The share in the best setting."""
    if "best" not in data.setting:
        return None
    every = shares(data, level)
    others = [f"{every.value.sel(setting=name).item():.1%} in the {name}"
              for name in data.setting.values.tolist() if name != "best"]  # fmt: skip
    return every.sel(setting="best").assign_attrs(every.attrs, note=", ".join(others))


STATEMENTS = (
    Statement(
        "two-neurons", "In the best of 45 settings, most networks with two hidden neurons of sigmoid, tanh "
        "or ReLU learn XOR.",
        TEXTBOOK, sources.TEXTBOOK, above(0.5), best,
        revised="The rule had asked for 95%, and was not settled with a tenth of the networks.", headline=True,
    ),
)  # fmt: skip


def table(data: xr.Dataset) -> xr.Dataset:
    """A row per setting."""
    about = data[["solver", "activation", "init"]]
    return shares(data).assign(about).assign(median_rate=data.learning_rate.median("tuning"))


def shares_of_settings(data: xr.Dataset) -> Figure:
    """Two hidden neurons: networks that learn XOR in the best, the median and the worst of 45 settings of solver,
    activation and initial weights. A small dot is the share of the 100 networks of one tuning; a large one is the share
    of all networks with its 95% interval, which may be narrower than the dot."""
    fig, made = fg.panels(size=(8.0, 2.9))
    ax = made[0][0]
    every = of_tunings(data)
    jitter = np.random.default_rng(0).uniform(-0.17, 0.17, data.sizes["tuning"])
    for i, setting in enumerate(data.setting.values.tolist()):
        ax.plot(every.sel(setting=setting), i + jitter, ".", color=fg.SKY, markersize=4, alpha=0.6)
    words = [
        f"{one.setting.item()}: {one.solver.item()}, {fg.name(one.activation.item())}, {INIT_NAMES[one.init.item()]}"
        for one in (data.isel(setting=i) for i in range(data.sizes["setting"]))
    ]
    fg.forest(ax, shares(data).assign_coords(setting=words), "setting", fg.BLUE)
    ax.set(xlim=(-0.02, 1.02))
    title = "How surely two hidden neurons learn XOR depends on the setting"
    return fg.finish(fig, made, title, "share of the networks that learn XOR", "", legend="")


FIGURES = (shares_of_settings,)
