"""The shallow networks of `learnable` that a deep one teaches (Ba & Caruana 2014), from few labels, some of them wrong.

A point of the unit square is labelled 1 if it lies below the sawtooth of 2^k pieces; some labels are wrong. A deep
network is trained on these labels. Shallow ones of as many parameters are trained in four ways. Some learn the same
labels, others the deep network's logits at the same points. Others again learn its logits at many points without
labels. The last learn the true labels of these points, as if the teacher were always right.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep import sawtooth
from nnjax import mlp, tasks, tuning
from nnjax.theory import depth

KINDS = (
    "deep, labels",
    "shallow, labels",
    "shallow, taught",
    "shallow, taught on more",
    "shallow, true labels of more",
)
DEEP = (16,) * 4
FOLDS = 3  # the border is the sawtooth of 2^3 pieces
NUM_LABELS, WRONG_LABELS = 1024, 0.1  # points with a label, and the share of these that are wrong
NUM_MORE, TEST_POINTS = 8192, 4096
FIRST_TUNING_DRAW = 1_000_000  # draws of the data with this seed or a greater one are for tuning alone
LOGITS = "squared_error"
LABELS = "sigmoid_binary_cross_entropy"
BIAS_SCALE = 0.3


class Settings(NamedTuple):
    """What is tried, and how many networks there are."""

    rates: Sequence[float]
    decays: Sequence[float]
    draws: int
    tuning_seeds: int
    seeds: int  # of each draw
    num_steps: int


def draw(seed: int) -> dict[str, np.ndarray]:
    """One draw of the task: points and labels to train on, more points with their true labels, and test points."""
    rng = np.random.default_rng(seed)
    counts = {"x": NUM_LABELS, "more": NUM_MORE, "test": TEST_POINTS}
    points = {name: rng.uniform(0, 1, (count, 2)) for name, count in counts.items()}
    truth = {name: at[:, 1] < depth.sawtooth(at[:, 0], FOLDS) for name, at in points.items()}
    wrong = rng.uniform(0, 1, NUM_LABELS) < WRONG_LABELS
    made = {name: 2 * at - 1 for name, at in points.items()}  # centred, as is usual
    return made | {f"{name}_label": label[:, None].astype(float) for name, label in truth.items()} | {
        "y": (truth["x"] != wrong)[:, None].astype(float)
    }  # fmt: skip


def right(params, data, predict):
    """The share of the test points that are right: an output above 0, a logit or its approximation, means 1."""
    return jnp.mean((predict(params, data.x_test[-TEST_POINTS:]) > 0) == (data.y_test[-TEST_POINTS:] > 0.5))


def logits(params, data, predict):
    """The logits of a teacher [m] at the labelled points, and then at those without labels."""
    return jnp.concatenate([predict(params, data.x), predict(params, data.x_test[:-TEST_POINTS])])[:, 0]


def train(settings: Settings) -> xr.Dataset:
    """The share of test points that networks get right [pupil, draw, pupil_seed], and the tuned rates."""
    shallow = (mlp.width_for_budget(mlp.num_params((2, *DEEP, 1)), 1, 2, 1),)
    # Each reported draw has a draw of its own for tuning, so that draws with their tunings are independent.
    draws = {
        tune: [draw(first + i) for i in range(settings.draws)]
        for tune, first in ((True, FIRST_TUNING_DRAW), (False, 0))
    }
    labelled = {
        tune: [tasks.data(d["x"], d["y"], np.vstack([d["more"], d["test"]]),
                          np.vstack([d["more_label"], d["test_label"]])) for d in some]
        for tune, some in draws.items()
    }  # fmt: skip
    said: dict[bool, np.ndarray] = {}
    found = [_fit(DEEP, labelled, LABELS, settings, said)]
    for kind in KINDS[1:]:
        made = {tune: _pupils(kind, draws[tune], said.get(tune)) for tune in draws}
        found.append(_fit(shallow, made, LOGITS if "taught" in kind else LABELS, settings))
    return xr.Dataset(
        {
            "right": (("pupil", "draw", "pupil_seed"), np.array([scores for scores, _ in found])),
            "pupil_rate": (("pupil", "draw"), [numbers["learning_rate"] for _, numbers in found]),
            "pupil_at_edge": (("pupil", "draw"), [numbers["at_edge"] for _, numbers in found]),
        },
        {"pupil": list(KINDS)},
    )


def _pupils(kind: str, draws: list[dict[str, np.ndarray]], said: np.ndarray | None) -> list[tasks.Data]:
    """The data of one kind of shallow network, a set for every draw."""
    made = []
    for i, d in enumerate(draws):
        test, n = (d["test"], d["test_label"]), len(d["x"])
        if kind == "shallow, labels":
            made.append(tasks.data(d["x"], d["y"], *test))
        elif kind == "shallow, true labels of more":
            made.append(tasks.data(d["more"], d["more_label"], *test))
        elif said is not None:
            scaled = said[i][:, None] / said[i].std()  # scaling keeps the sign of each logit
            x, y = (d["x"], scaled[:n]) if kind == "shallow, taught" else (d["more"], scaled[n:])
            made.append(tasks.data(x, y, *test))
    return made


def _fit(
    hidden: tuple[int, ...],
    made: dict[bool, list[tasks.Data]],
    loss: str,
    settings: Settings,
    said: dict[bool, np.ndarray] | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The shares [draw, seed] that fresh networks get right, and rate and decay [draw] by other draws and seeds.

    If `said` is given, it is filled with the logits of the first network of every draw, which is the teacher.
    """
    measure = {"right": right} | ({"logits": logits} if said is not None else {})
    common: dict[str, Any] = sawtooth.COMMON | {
        "hidden": hidden, "solver": "adamw", "init": "he_uniform", "bias_init": "uniform", "bias_scale": BIAS_SCALE,
        "loss": loss, "num_steps": settings.num_steps, "measure": measure,
    }  # fmt: skip
    named = {tune: {f"{i}": one for i, one in enumerate(some)} for tune, some in made.items()}
    # Every draw has seeds of its own: else all draws would share a few starts.
    own = tuning.seeds(settings.draws * settings.tuning_seeds)
    tuned = nnjax.sweep(
        named[True], learning_rate=list(settings.rates), weight_decay=list(settings.decays),
        seeds=_seeds(named[True], own, settings.tuning_seeds), **common,
    )  # fmt: skip
    best = tuning.choose(-_last(tuned.right).mean("seed"), "learning_rate", "weight_decay")
    numbers = {name: value.reset_coords(drop=True) for name, value in best.best.items()}
    fresh = range(settings.draws * settings.seeds)
    runs = nnjax.sweep(named[False], seeds=_seeds(named[False], fresh, settings.seeds), **numbers, **common)
    if said is not None:
        said[False] = _last(runs.logits).isel(seed=0).values
        said[True] = _last(tuned.logits).isel(seed=0).sel(numbers | {"task": numbers["learning_rate"].task}).values
    shares = _last(runs.right).values.astype("float32")
    return shares, {name: value.values for name, value in numbers.items()} | {"at_edge": sawtooth.at_edge(best).values}


def _seeds(data: dict[str, tasks.Data], seeds: range, each: int) -> dict[str, range]:
    return {name: seeds[i * each : (i + 1) * each] for i, name in enumerate(data)}


def _last(values: xr.DataArray) -> xr.DataArray:
    return values.isel(step=-1, drop=True).load().transpose("task", "seed", ...)
