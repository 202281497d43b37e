"""Targets of `learnable` that shallow networks approximate well or badly, and how well deep networks learn them.

There are two families, both of n levels of detail, whose weights fall or rise as a power of `tilt`: below 1 most is
coarse, above 1 most is fine.
- "sawtooths": sum over l of tilt^l times the sawtooth of 2^l pieces. 1/4 gives Yarotsky's x^2, a large tilt a sawtooth.
- "Cantor": is x in the Cantor set of n levels, or in a gap? Examples lie in gaps of level j in proportion to tilt^j
  (the fractal distributions of Malach & Shalev-Shwartz 2019, on an interval). The function is the same for every tilt.
"""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

import nnjax
from experiments.wide_versus_deep.learnable import sawtooth as saw
from experiments.wide_versus_deep.learnable.config import Config
from nnjax import tasks, tuning
from nnjax.theory import approximation, depth

MARGIN = 0.1  # the share of a gap, at either end, in which no example lies
TEST_POINTS = 2048


class Family(NamedTuple):
    """The data of every tilt, and the share of each target that the best shallow network of a given width explains.

    `best` is this share of the whole target, `on_rows` that on the test rows. Rates are chosen with the data `tuning`.
    """

    data: dict[str, tasks.Data]
    best: list[float]
    on_rows: list[float]
    tuning: dict[str, tasks.Data]


def weights(tilt: float, num_levels: int) -> np.ndarray:
    """The shares of the levels 1 to n, which sum to 1."""
    w = tilt ** np.arange(1.0, num_levels + 1)
    return w / w.sum()


def mixed(x: np.ndarray, tilt: float, num_levels: int) -> np.ndarray:
    """The weighted sum of sawtooths at x in [0, 1]."""
    return np.sum([w * depth.sawtooth(x, level + 1) for level, w in enumerate(weights(tilt, num_levels))], axis=0)


def sawtooths(tilts: tuple[float, ...], num_levels: int, num_units: int, num_rows: int) -> Family:
    """Targets of mean 0 and variance 1; no shallow network of N units is better than the best N + 1 free pieces."""
    fine = (np.arange(2**14) + 0.5) / 2**14
    data, best = {}, []
    for tilt in tilts:
        y = mixed(fine, tilt, num_levels)
        mean, spread = float(y.mean()), float(y.std())

        def function(x, tilt=tilt, mean=mean, spread=spread):
            return (mixed(x, tilt, num_levels) - mean) / spread

        data[f"{tilt:g}"] = saw.shuffled(tasks.sampled(function, num_rows + 1, num_between=1))
        kinks = tuple(np.arange(1, 2**num_levels) / 2**num_levels)
        found = approximation.best_free_knot(function, num_units + 1, breakpoints=kinks)
        best.append(1 - found.error**2)
    return Family(data, best, best, data)  # nothing is drawn here, and the rows lie evenly


def cantor(tilts: tuple[float, ...], num_levels: int, num_units: int, num_rows: int, seed: int) -> Family:
    """Labels 1 in the Cantor set of n levels and 0 in its gaps, half each; a shallow network has at most N + 2 runs."""
    made, best, on_rows = [], [], []
    for first in (seed, tuning.FIRST_SEED + seed):
        data = {}
        for tilt in tilts:
            rng = np.random.default_rng(first)  # the same draws for every tilt, as far as possible
            x, y = draw_cantor(rng, tilt, num_levels, num_rows)
            x_test, y_test = draw_cantor(rng, tilt, num_levels, TEST_POINTS)
            data[f"{tilt:g}"] = tasks.data(x[:, None], y[:, None], x_test[:, None], y_test[:, None])
        made.append(data)
    for tilt, one in zip(tilts, made[0].values(), strict=True):
        labels, shares = cantor_masses(tilt, num_levels)
        best.append(1 - 2 * depth.fewest_errors(labels, shares, num_units + 1))
        right = one.y_test[one.x_test[:, 0].argsort(), 0] > 0
        on_rows.append(1 - 2 * depth.fewest_errors(right, np.full(len(right), 1 / len(right)), num_units + 1))
    return Family(made[0], best, on_rows, made[1])


def pieces_of_cantor(num_levels: int) -> list[tuple[float, float, int]]:
    """Intervals (start, end, level) from left to right: level 0 for the set, level j for the gaps of level j."""
    if num_levels == 0:
        return [(0.0, 1.0, 0)]
    part = [(a / 3, b / 3, level + 1 if level else 0) for a, b, level in pieces_of_cantor(num_levels - 1)]
    return [*part, (1 / 3, 2 / 3, 1), *((a + 2 / 3, b + 2 / 3, level) for a, b, level in part)]


def cantor_masses(tilt: float, num_levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Label and probability [m] of each interval from left to right."""
    levels = np.array([level for _, _, level in pieces_of_cantor(num_levels)])
    of_level = np.append(0.5, 0.5 * weights(tilt, num_levels))
    counts = np.bincount(levels, minlength=num_levels + 1)
    return levels == 0, of_level[levels] / counts[levels]


def draw_cantor(rng: np.random.Generator, tilt: float, num_levels: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and labels [count]: intervals by their probability, places uniform inside, without the margins of gaps."""
    pieces = np.array(pieces_of_cantor(num_levels))
    labels, shares = cantor_masses(tilt, num_levels)
    chosen = np.searchsorted(np.cumsum(shares), rng.uniform(0, shares.sum(), count)).clip(0, len(pieces) - 1)
    start, end, level = pieces[chosen].T
    inset = np.where(level > 0, MARGIN, 0.0) * (end - start)
    return start + inset + rng.uniform(0, 1, count) * (end - start - 2 * inset), labels[chosen].astype(float)


def explained(runs: xr.Dataset, family: str, data: dict[str, tasks.Data]) -> xr.DataArray:
    """The share of the target that networks [..., task, seed] explain: 1 for all of it, 0 for a diverged network."""
    if family == "Cantor":
        return 2 * runs.accuracy.load().astype(float) - 1
    variance = xr.DataArray([float(np.var(one.y_test)) for one in data.values()], {"task": list(data)}, "task")
    return (1 - runs.test_loss.load().astype(float) / variance).clip(min=0.0)


def train(config: Config) -> xr.Dataset:
    """Explained shares [family, level, kind, tilt, coarse_seed], and those of the best shallow network [family, level,
    tilt], of the whole target and on the test rows.

    Kinds: `deep`, n layers of N units, and `shallow`, one layer of N.
    """
    parts: list[xr.Dataset] = []
    for family in config.families:
        of_levels: list[xr.Dataset] = []
        for levels in config.coarse_levels:
            if family == "sawtooths":
                made = sawtooths(config.tilts, levels, config.coarse_width, config.num_rows)
            else:
                made = cantor(config.tilts, levels, config.coarse_width, 2 * config.num_rows, config.data_seed)
            deep, shallow = (config.coarse_width,) * levels, (config.coarse_width,)
            kinds = [_trained(family, made, hidden, config) for hidden in (deep, shallow)]
            one = xr.concat(kinds, xr.Variable("kind", ["deep", "shallow"]))
            one["best_shallow"] = ("tilt", made.best)
            one["best_on_rows"] = ("tilt", made.on_rows)
            of_levels.append(one.expand_dims(level=[levels]))
        parts.append(xr.concat(of_levels, "level").expand_dims(family=[family]))
    return xr.concat(parts, "family")


def _trained(family: str, made: Family, hidden: tuple[int, ...], config: Config) -> xr.Dataset:
    loss = "sigmoid_binary_cross_entropy" if family == "Cantor" else "squared_error"
    common: dict[str, Any] = saw.COMMON | {"hidden": hidden, "init": "he_uniform", "bias_init": "uniform", "loss": loss}
    common["num_steps"] = config.coarse_steps
    tuned = nnjax.sweep(
        made.tuning, learning_rate=list(config.rates), bias_scale=list(config.bias_scales),
        seeds=tuning.seeds(config.tuning_seeds), **common,
    )  # fmt: skip
    best = saw.choose(1 - explained(tuned, family, made.tuning), "learning_rate", "bias_scale")
    runs = nnjax.sweep(made.data, seeds=config.coarse_seeds, **best.best, **common)
    shares = explained(runs, family, made.data).transpose("task", "seed")
    return xr.Dataset(
        {
            "explained": (("tilt", "coarse_seed"), shares.values.astype("float32")),
            "coarse_at_edge": ("tilt", saw.at_edge(best).sel(task=list(made.data)).values),
        },
        {"tilt": [float(name) for name in made.data]},
    )
