"""The run of `sample_size`: for each data set, the classical methods on all cores, and then the networks."""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import parts
from experiments.learning_from_data.sample_size.config import MOST_ROWS, Config, check, methods_of, num_draws, rows_of
from experiments.learning_from_data.shared import draws, methods, networks
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import METHODS, Fit, Trial
from experiments.learning_from_data.shared.networks import Setting, network, together
from nnjax import hooks, tuning

NUMBERS = ("first", "second", "tuning_error", "at_end", "tried", "fit_seconds", "predict_seconds")


def run(config: Config) -> xr.Dataset:
    """Errors [data_set, rows, learner, draw], what tuning chose, and seconds; nan where nothing was measured."""
    check(config)
    methods.check_installed()
    kept = parts.of_this_run().kept
    data = _empty(config.data_sets, config)
    for name in sorted(config.data_sets, key=lambda name: MOST_ROWS[name]):  # the longest last
        for kind, measure in {"classical": _classical, "networks": _networks}.items():
            found = kept(f"{name.replace(' ', '-')}-{kind}", functools.partial(measure, name, config))
            data = data.fillna(found)
    return data.assign_attrs(
        test_rows={name: _test_rows(name, config) for name in config.data_sets}, seeds=config.seeds,
        depths=list(config.depths),
    )  # fmt: skip


def _classical(name: str, config: Config) -> xr.Dataset:
    """Every classical method at every number of rows of a data set; those that take longest first."""
    folder = methods.folder_of(hooks.next_store(), Path(draws.__file__).read_text(encoding="utf-8"))
    for seed in (*_tuning(config), *range(config.draws)):  # the generator of MNIST-1D is not for threads
        _drawn(name, seed, _most(name, seed, config), config)
    data = _empty([name], config)
    cells = [(rows, method) for rows in reversed(rows_of(name, config)) for method in methods_of(rows, config)]
    jobs = [functools.partial(_cell, name, rows, method, config, folder) for rows, method in cells]
    for (rows, method), (chosen, fits) in zip(cells, methods.together(jobs), strict=True):
        numbers = {
            "first": chosen.trial.first, "second": chosen.trial.second, "tuning_error": chosen.error,
            "at_end": chosen.at_end, "tried": chosen.tried,
            "fit_seconds": np.median([one.fit_seconds for one in fits]),
            "predict_seconds": np.median([one.predict_seconds for one in fits]),
        }  # fmt: skip
        _put(data, name, rows, method, np.array([one.error for one in fits]), numbers)
    print(f"{name}: {len(cells)} classical methods and numbers of rows", file=sys.stderr, flush=True)
    return data


def _cell(name: str, rows: int, method: str, config: Config, folder: Path | None) -> tuple[methods.Tuned, list[Fit]]:
    """What a method finds on one data set at one number of rows: tuned, then fitted to the reported draws."""
    made = METHODS[method]

    def fit(seed: int, trial: Trial) -> Fit:
        most = _most(name, seed, config)

        def fresh() -> Fit:
            draw = _ready(name, seed, rows, config)
            return methods.fitted(made.make(trial, seed, *draw.x.shape), draw)

        return methods.kept(fresh, (name, seed, most, rows, _test_rows(name, config), method, trial), folder)

    def cost(trial: Trial) -> float:
        return float(np.mean([fit(seed, trial).error for seed in _tuning(config)]))

    chosen = methods.tuned(cost, made, config.grow)
    return chosen, [fit(seed, chosen.trial) for seed in range(num_draws(rows, config))]


def _networks(name: str, config: Config) -> xr.Dataset:
    """The networks of every depth at every number of rows of a data set."""
    data = _empty([name], config)
    for rows in rows_of(name, config):
        _trained(name, rows, config, data)
    return data


def _trained(name: str, rows: int, config: Config, data: xr.Dataset) -> None:
    """The networks of every depth, and the mean of all seeds of each, at one number of rows."""
    setting = Setting(config.width, config.batch_size, config.least_steps, config.epochs)
    tuned_on = [_ready(name, seed, rows, config) for seed in _tuning(config)]
    reported = [_ready(name, seed, rows, config) for seed in range(num_draws(rows, config))]
    for depth in config.depths:
        hidden = (config.width,) * depth
        chosen = networks.tune(tuned_on, hidden, setting, config.rates, config.decays, grow=config.grow)
        found = networks.train(reported, hidden, setting, chosen, config.seeds)
        numbers = {
            "first": chosen.learning_rate, "second": chosen.weight_decay, "tuning_error": chosen.error,
            "at_end": chosen.at_end, "tried": chosen.tried, "fit_seconds": found.seconds,
        }  # fmt: skip
        _put(data, name, rows, network(depth), found.error.mean(axis=1), numbers)
        more = numbers | {"fit_seconds": found.seconds * config.seeds}
        _put(data, name, rows, together(depth, config.seeds), found.together, more)
    print(f"{name}: networks on {rows:,} rows", file=sys.stderr, flush=True)


def _put(data: xr.Dataset, name: str, rows: int, method: str, error: np.ndarray, numbers: dict[str, Any]) -> None:
    at = {"data_set": name, "rows": rows, "learner": method}
    data.error.loc[at | {"draw": np.arange(len(error))}] = error
    for one, value in numbers.items():
        data[one].loc[at] = value


def _empty(data_sets: Sequence[str], config: Config) -> xr.Dataset:
    """A dataset full of nan, with the shape of what is found on these data sets."""
    deep = [name for depth in config.depths for name in (network(depth), together(depth, config.seeds))]
    coords = {"data_set": list(data_sets), "rows": list(config.rows), "learner": [*config.methods, *deep]}
    shape = tuple(map(len, coords.values()))
    found = {one: (tuple(coords), np.full(shape, np.nan, np.float32)) for one in NUMBERS}
    error = np.full((*shape, config.draws), np.nan, np.float32)
    return xr.Dataset(found | {"error": ((*coords, "draw"), error)}, coords)


def _tuning(config: Config) -> range:
    return tuning.seeds(config.tuning_draws)


def _most(name: str, seed: int, config: Config) -> int:
    """The most rows at which a draw is used."""
    return max(rows for rows in rows_of(name, config) if seed in _tuning(config) or seed < num_draws(rows, config))


def _test_rows(name: str, config: Config) -> int:
    return min(draws.TEST_ROWS[name], config.most_test_rows)


def _drawn(name: str, seed: int, most: int, config: Config) -> Draw:
    return draws.made(name, seed, most, _test_rows(name, config))


def _ready(name: str, seed: int, rows: int, config: Config) -> Draw:
    return draws.ready(name, seed, rows, _most(name, seed, config), _test_rows(name, config))
