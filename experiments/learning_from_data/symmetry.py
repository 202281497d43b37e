"""The symmetry network: 6-2-1 sigmoid units that say whether six inputs are their own mirror image.

Two reruns were published, in settings that share nothing but the shape and the sigmoid. Both repositories hold the
code, so nothing of these settings is a guess. Both add up momentum as v = m v - rate * gradient, as the solver "sgd"
does. `l2_loss` is half of the mean over rows and outputs, which is the loss of the first; the second has half of the
*sum* over 64 rows, so that its rate on the mean is 64 times as large.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from tqdm.auto import tqdm

import nnjax
from nnjax import tasks
from nnjax.training import STOPPED

BITS, ROWS = 6, 64
CUT = 5_000  # sweeps after which the first source stops
# As in the first source: how unequal the weights of a mirrored pair may be, and what counts as a ratio of 2.
MOST_UNEVEN, RATIO = 0.30, (1.5, 2.5)
# A network has solved the task when every output is less than one half from its target (in float32).
SOLVED = ("worst_error", 0.4999999)

HINTON = {"low": -1.0, "start": 0.5, "rate": 0.3, "momentum": 0.95}
CORDWELL = {"low": 0.0, "start": 0.3, "rate": 0.1 * ROWS, "momentum": 0.9}
SETTINGS: dict[str, dict[str, float]] = {
    "hinton-problems": HINTON,
    "Cordwell": CORDWELL,
    # From the first to the second, one thing at a time.
    "hinton-problems, inputs 0 and 1": HINTON | {"low": 0.0},
    "hinton-problems, start U(-.3, .3)": HINTON | {"start": 0.3},
    "hinton-problems, rate .1 on half the sum, momentum .9": HINTON | {"rate": 0.1 * ROWS, "momentum": 0.9},
    "Cordwell, inputs -1 and 1": CORDWELL | {"low": -1.0},
    "Cordwell, on half the mean": CORDWELL | {"rate": 0.1},
}
OWN = ("hinton-problems", "Cordwell")  # the settings of the two sources; the others are readings


def rows(low: float) -> tasks.Data:
    """All 64 rows of six inputs, which are `low` or 1; the target is 1 for the eight that are mirror images."""
    bits = np.arange(ROWS)[:, None] >> np.arange(BITS)[::-1] & 1
    mirrored = (bits == bits[:, ::-1]).all(axis=1)
    return tasks.data(np.where(bits, 1.0, low), mirrored[:, None].astype(float))


def settings(low: float, start: float, rate: float, momentum: float) -> dict[str, Any]:
    """The arguments of a sweep."""
    return {
        "data": rows(low), "hidden": (2,), "activation": "sigmoid", "output_activation": "sigmoid", "loss": "l2_loss",
        "solver": "sgd", "init": "uniform", "bias_init": "uniform", "init_scale": start, "bias_scale": start,
        "learning_rate": rate, "momentum": momentum, "progress": False,
    }  # fmt: skip


def worst_error(params: Any, data: tasks.Data, predict: Any) -> jax.Array:
    """The largest distance of an output from its target; below one half when every row is answered rightly."""
    return jnp.max(jnp.abs(predict(params, data.x) - data.y))


def pattern(params: Any, data: tasks.Data) -> jax.Array:
    """What shows whether the hidden weights have the ratio 1:2:4 [3]: two ratios and the unevenness.

    As in the first source, a pair's size is the mean of |w| over its two weights and both neurons. The ratios are those
    of the sizes in rising order. The unevenness is the greatest |a + b| / (|a| + |b|) of a pair (a, b).
    """
    w = params[0].w
    a, b = w[: BITS // 2], w[: BITS // 2 - 1 : -1]
    uneven = jnp.max(jnp.abs(a + b) / (jnp.abs(a) + jnp.abs(b)))
    sizes = jnp.sort(jnp.mean(jnp.abs(a) + jnp.abs(b), axis=1) / 2)
    return jnp.stack([sizes[1] / sizes[0], sizes[2] / sizes[1], uneven])


def is_pattern(data: xr.Dataset) -> xr.DataArray:
    """Whether weights have the ratio 1:2:4 by the first source's criterion [seed]."""
    least, most = RATIO
    return ((data.ratios >= least) & (data.ratios <= most)).all("ratio") & (data.uneven < MOST_UNEVEN)


def record(seeds: int, reading_seeds: int, sweeps: int, record_every: int) -> xr.Dataset:
    """Sweeps after which each network first had every row right [setting, seed], +inf where it never had; and the
    weights after CUT sweeps in the first setting."""
    names = [name for name in SETTINGS if name in OWN or reading_seeds]
    found = np.full((len(names), seeds), np.nan, np.float32)
    for line, name in zip(found, bar := tqdm(names, unit=" settings", disable=None), strict=True):
        bar.set_description(name)
        count = seeds if name in OWN else min(seeds, reading_seeds)
        runs = nnjax.sweep(
            **settings(**SETTINGS[name]), seeds=count, num_steps=sweeps, record_every=record_every,
            measure={"worst_error": worst_error}, early_stop=SOLVED,
        )  # fmt: skip
        line[:count] = np.where(runs.status == STOPPED, runs.steps, np.inf)
    data = xr.Dataset({"sweeps": (("setting", "seed"), found)}, {"setting": names})
    return data.merge(_at_the_cut(seeds))


def _at_the_cut(seeds: int) -> xr.Dataset:
    """The weight ratios of the networks of the first source, and the hidden weights of the first that has 1:2:4."""
    own = settings(**SETTINGS[OWN[0]])
    data = own.pop("data")
    runs = nnjax.sweep(
        data, **own, seeds=seeds, num_steps=CUT, record_every=CUT,
        measure={"pattern": pattern, "worst_error": worst_error},
    )  # fmt: skip
    last = runs.isel(step=-1)
    found, ready = last.pattern.values.astype(np.float32), (last.worst_error <= SOLVED[1]).values
    part = xr.Dataset(
        {
            "ratios": (("seed", "ratio"), found[:, :2]), "uneven": ("seed", found[:, 2]),
            "right": ("seed", last.accuracy.values.astype(np.float32)),
        },
        {"ratio": ["second to first", "third to second"]},
    )  # fmt: skip
    seed = int(runs.seed[np.argmax(ready & is_pattern(part).values)])
    weights = nnjax.refit(runs, data, seed=seed).params[0].w
    return part.assign(weights=(("input", "neuron"), np.asarray(weights)))
