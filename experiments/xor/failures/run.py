"""Networks that fail at XOR sit on plateaus with growing weights, and almost none leave while a user waits.

Source: Hamey 1998 (Neural Networks 11, 669-681): with sigmoids and squared error 2-2-1 has no finite local minimum,
so whatever is stuck should only be slow. The ai-timeline repetition: of 50 networks (online, rate 0.5) 10 fail, all
with two outputs within 0.05 of 0.5. With ReLU the same network is said to have flat minima.

Protocol: 2-2-1, weights and biases U(-1, 1), squared error, full-batch gradient descent without momentum, float64.
Rates are those for half the sum of squares, as older papers count: 0.5 there is 1.0 on the mean over four rows.
Sigmoid networks (sigmoid output) run at the customary 0.5 and at a rate tuned on seeds that are not reported;
ReLU networks (linear output) at a tuned rate. Stuck: some row is more than 0.4 off its target (`_solved.py`).

    python -m experiments xor.failures                  # 4 s
    python -m experiments xor.failures --preset full    # 40 s: 3 x 1,000 networks, 100,000 epochs each

Outputs: plateau_escape, where_stuck, growing_weights; table.csv has a row per setting and checkpoint.
"""

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import jax
import numpy as np
import xarray as xr

import nnjax
from experiments.lab import NOT_REPRODUCED, PARTLY, REPRODUCED, Verdict, cli, tuning
from experiments.xor import _failures
from experiments.xor._failures import KINDS, TWO_AT_HALF
from experiments.xor._failures_figures import figures
from experiments.xor.shared import solved as _solved

__all__ = ["FULL", "QUICK", "Config", "figures", "run", "table", "verdicts"]

COMMAND = "python -m experiments xor.failures --preset full"
CLASSIC, TUNED, RELU = "sigmoid, rate 0.5", "sigmoid, tuned rate", "ReLU, tuned rate"
RATES = {"sigmoid": np.geomspace(1, 16, 5), "relu": np.geomspace(0.0125, 0.2, 5)}
ROUNDING = 1e-12  # float64 sums of four rows are exact to some 1e-16


class Setting(NamedTuple):
    """One kind of network; without a rate it is tuned."""

    activation: str
    output_activation: str
    rate: float | None


SETTINGS = {
    CLASSIC: Setting("sigmoid", "sigmoid", 0.5),
    TUNED: Setting("sigmoid", "sigmoid", None),
    RELU: Setting("relu", "identity", None),
}


@dataclass(frozen=True)
class Config:
    """When the networks are looked at, and how many there are."""

    settings: tuple[str, ...] = (CLASSIC, TUNED, RELU)  # scientific: see SETTINGS
    checkpoints: tuple[int, ...] = (1_000, 10_000, 100_000)  # scientific: epochs; the last one ends the run
    seeds: int = 1_000  # fixed: networks of each setting
    tuning_seeds: int = 200  # nuisance: seeds that choose a rate at the first checkpoint, never reported
    record_every: int = 500  # fixed: epochs between two points of a curve
    num_curves: int = 12  # fixed: networks, the first ones, whose loss is drawn


FULL = Config()
QUICK = Config(settings=(CLASSIC, RELU), checkpoints=(1_000, 5_000), record_every=200)


def run(config: Config) -> xr.Dataset:
    """Every setting by name: who is stuck when, and what the stuck ones look like at each checkpoint."""
    if wrong := [epoch for epoch in config.checkpoints if epoch % config.record_every]:
        raise ValueError(f"checkpoints has {wrong[0]}: each must be a multiple of record_every={config.record_every}")
    with jax.enable_x64(True):
        return xr.concat([_one(name, config) for name in config.settings], "setting", join="exact")


def _one(name: str, config: Config) -> xr.Dataset:
    """Train the networks of one setting and look at them."""
    activation, output_activation, rate = SETTINGS[name]
    common = {
        "hidden": (2,),
        "activation": activation,
        "output_activation": output_activation,
        "solver": "sgd",
    }
    common |= {"init": "uniform", "bias_init": "uniform", "loss": "squared_error", "dtype": "float64"}
    task = nnjax.tasks.xor()
    if rate is None:
        tuned = nnjax.sweep(
            task,
            **common,
            learning_rate=2 * RATES[activation],  # half the sum over four rows is twice the mean
            seeds=tuning.tuning_seeds(config.tuning_seeds),
            num_steps=config.checkpoints[0],
            measure={"worst_error": _solved.worst_error},
        )
        solved = tuned.worst_error.isel(step=-1) <= _solved.TOLERANCE
        rate = float(tuning.best_rate(solved, tuned.train_loss)) / 2
    runs = nnjax.sweep(
        task,
        **common,
        learning_rate=2 * rate,
        seeds=config.seeds,
        num_steps=config.checkpoints[-1],
        record_every=config.record_every,
        measure={"parameters": _failures.parameters},
    )
    looker = _failures.Looker(task, activation, output_activation)
    data = _failures.described(runs, looker, config.checkpoints, config.num_curves)
    return data.assign(rate=rate).expand_dims(setting=[name])


def no_finite_minimum(data: xr.Dataset) -> xr.DataArray:
    """For each network: nothing at the end speaks for a finite minimum near by [setting, seed].

    The gradient is far above rounding, the loss still falls and the weights still grow; and either the Hessian has
    a negative eigenvalue, or the minimum that Newton's method sees is more than 1 away (at a finite one it is at 0).
    """
    moving = (data.gradient.isel(checkpoint=-1) > 1000 * ROUNDING) & (data.loss_fall > ROUNDING)
    away = (data.least_eigenvalue < -ROUNDING) | (data.newton_step > 1)
    return moving & (data.weight_growth > 0) & away


def flat_minimum(data: xr.Dataset) -> xr.DataArray:
    """For each network: the gradient is zero but for rounding, the least eigenvalue of the Hessian is zero, and no
    random move of length 0.001 finds a lower loss [setting, seed]."""
    still = data.gradient.isel(checkpoint=-1) <= ROUNDING
    return still & (abs(data.least_eigenvalue) <= ROUNDING) & (data.greatest_fall <= ROUNDING)


def table(data: xr.Dataset) -> list[dict]:
    """A row per setting and checkpoint; the share that left is of those stuck at the checkpoint before."""
    at_the_end = {
        "no_finite_minimum": no_finite_minimum(data),
        "flat_minimum": flat_minimum(data),
        "negative_eigenvalue": data.least_eigenvalue < -ROUNDING,
        "with_dead_unit": data.dead_units > 0,
    }
    rows = []
    for name, i in itertools.product(data.setting.values, range(data.sizes["checkpoint"])):
        one = data.sel(setting=name).isel(checkpoint=i)
        now, networks = one.stuck.values, data.sizes["seed"]
        row = {"setting": name, "rate": float(one.rate), "epochs": int(one.checkpoint), "networks": networks}
        row |= _columns("stuck", int(now.sum()), networks)
        if i:
            row |= _columns("left", *_failures.left(data.sel(setting=name), i - 1, i))
        row |= {kind: int((one.kind == number).sum()) for number, kind in enumerate(KINDS) if number}
        if now.any():
            row |= {f"{what}_median": float(np.median(one[what].values[now])) for what in ("gradient", "weights")}
        if i == data.sizes["checkpoint"] - 1:
            row |= {what: int(found.sel(setting=name).values[now].sum()) for what, found in at_the_end.items()}
        rows.append(row)
    return rows


def _columns(what: str, count: int, total: int) -> dict:
    share, low, high = _share(count, total)
    return {what: count, f"{what}_share": share, f"{what}_low": low, f"{what}_high": high}


def _share(count: int, total: int) -> tuple[float, float, float]:
    return (count / total, *nnjax.statistics.wilson(count, total)) if total else (np.nan, np.nan, np.nan)


def majority(count: int, total: int) -> str:
    """Reproduced where certainly most (the interval lies above one half), not where certainly fewer."""
    _, low, high = _share(count, total)
    return REPRODUCED if low > 0.5 else NOT_REPRODUCED if high < 0.5 else PARTLY


def without_exception(count: int, total: int) -> str:
    """Reproduced where all of them do, partly where certainly most do; nothing follows (partly) from no networks."""
    if total == 0 or count == total:
        return REPRODUCED if total else PARTLY
    return PARTLY if _share(count, total)[1] > 0.5 else NOT_REPRODUCED


def nobody(count: int, total: int) -> str:
    """Reproduced where none do and 1 % can be excluded, partly where 5 % can, or where no network was there."""
    high = _share(count, total)[2]
    return REPRODUCED if count == 0 and high < 0.01 else NOT_REPRODUCED if high > 0.05 else PARTLY


def verdicts(data: xr.Dataset) -> list[Verdict]:
    """Hamey's theorem as theory and as advice, the usual failure, and ReLU's flat minima."""
    last = data.sizes["checkpoint"] - 1
    first, before, end = (f"{data.checkpoint.values[i]:,}" for i in (0, last - 1, last))
    # Two rates share their seeds and are not two samples: the first setting of an activation speaks for it.
    sigmoid, relu = ([n for n in data.setting.values if SETTINGS[n].activation == a][:1] for a in ("sigmoid", "relu"))

    def of_stuck(found: xr.DataArray, names: list[str]) -> tuple[int, int]:
        stuck = data.stuck.isel(checkpoint=last).sel(setting=names)
        return int((found.sel(setting=names) & stuck).sum()), int(stuck.sum())

    hamey, usual = "Hamey 1998: no finite local minimum", "ai-timeline, 2-2-1 online: 10 failures of 50"
    flat = "collected numbers: ReLU 2-2-1 has flat minima"
    left = _failures.left(data.sel(setting=sigmoid), -2, -1)
    relu_left = _failures.left(data.sel(setting=relu), 0, -1)
    at_half = data.kind.isel(checkpoint=last) == TWO_AT_HALF
    slow = "most, if stuck only meant slow"
    claims = {
        "no_finite_minimum": f"No sigmoid network stuck at {end} epochs is near a finite minimum",
        "only_slow": f"Most sigmoid networks stuck at {before} epochs have left by {end}",
        "two_at_half": "A stuck sigmoid network usually has two outputs right and two at 0.5",
        "relu_flat_minima": "Most stuck ReLU networks lie in flat minima of zero gradient",
        "relu_nobody_leaves": f"No ReLU network stuck at {first} epochs has left by {end}",
    }
    rows = (
        ("no_finite_minimum", hamey, "all of them", of_stuck(no_finite_minimum(data), sigmoid), without_exception),
        ("only_slow", hamey, slow, left, majority),
        ("two_at_half", usual, "all 10", of_stuck(at_half, sigmoid), majority),
        ("relu_flat_minima", flat, "most", of_stuck(flat_minimum(data), relu), majority),
        ("relu_nobody_leaves", flat, "none", relu_left, nobody),
    )
    found = []
    for name, source, reference, counts, rule in rows:
        share, low, high = (None if np.isnan(value) else float(value) for value in _share(*counts))
        outcome, of = rule(*counts), f"of {counts[1]}"
        found.append(Verdict(name, claims[name], source, reference, share, low, high, of, outcome, COMMAND))
    return found


if __name__ == "__main__":
    cli.main(__file__)
