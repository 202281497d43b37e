"""The run of `features`: every method with and without the features, tuned for each by itself."""

import functools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from experiments.learning_from_data.features import made
from experiments.learning_from_data.features.config import Config, check
from experiments.learning_from_data.features.made import PROBLEMS
from experiments.learning_from_data.shared import draws, methods, networks
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import METHODS, Fit, Trial
from experiments.learning_from_data.shared.networks import Setting, network
from nnjax import hooks, tuning

INPUTS = ("inputs", "inputs and features")
NUMBERS = ("first", "second", "tuning_error", "at_end")


def run(config: Config) -> xr.Dataset:
    """Errors [problem, rows, inputs, learner, draw], and what tuning chose."""
    check(config)
    methods.check_installed()
    sources = [Path(one.__file__ or "").read_text(encoding="utf-8") for one in (draws, made)]
    folder = methods.folder_of(hooks.next_store(), *sources)
    data = _empty(config)
    for problem in config.problems:
        for seed in (*_tuning(config), *range(config.draws)):  # the generator of MNIST-1D is not for threads
            made.drawn(PROBLEMS[problem].data, seed, max(config.rows), config.test_rows)
        _classical(problem, config, folder, data)
        for rows in config.rows:
            for inputs in INPUTS:
                if not _known(problem, inputs, config):
                    _networks(problem, rows, inputs, config, data)
        _copy(problem, config, data)
        print(f"{problem}: done", file=sys.stderr, flush=True)
    return data.assign_attrs(test_rows=config.test_rows, depths=list(config.depths))


def _classical(problem: str, config: Config, folder: Path | None, data: xr.Dataset) -> None:
    cells = [(rows, inputs, method) for rows in reversed(config.rows) for inputs in INPUTS for method in config.methods]
    cells = [one for one in cells if not _known(problem, one[1], config)]
    jobs = [functools.partial(_cell, problem, *one, config, folder) for one in cells]
    for (rows, inputs, method), (chosen, fits) in zip(cells, methods.together(jobs), strict=True):
        numbers = {"first": chosen.trial.first, "second": chosen.trial.second, "tuning_error": chosen.error,
                   "at_end": chosen.at_end}  # fmt: skip
        _put(data, problem, rows, inputs, method, np.array([one.error for one in fits]), numbers)


def _cell(
    problem: str, rows: int, inputs: str, method: str, config: Config, folder: Path | None
) -> tuple[methods.Tuned, list[Fit]]:
    def fit(seed: int, trial: Trial) -> Fit:
        def fresh() -> Fit:
            draw = _ready(problem, inputs, seed, rows, config)
            return methods.fitted(METHODS[method].make(trial, seed, *draw.x.shape), draw)

        key = (problem, inputs, seed, rows, max(config.rows), config.test_rows, method, trial)
        return methods.kept(fresh, key, folder)

    def cost(trial: Trial) -> float:
        return float(np.mean([fit(seed, trial).error for seed in _tuning(config)]))

    chosen = methods.tuned(cost, METHODS[method], config.grow)
    return chosen, [fit(seed, chosen.trial) for seed in range(config.draws)]


def _networks(problem: str, rows: int, inputs: str, config: Config, data: xr.Dataset) -> None:
    setting = Setting(config.width, config.batch_size, config.num_steps, 1)
    tuned_on = [_ready(problem, inputs, seed, rows, config) for seed in _tuning(config)]
    reported = [_ready(problem, inputs, seed, rows, config) for seed in range(config.draws)]
    for depth in config.depths:
        hidden = (config.width,) * depth
        chosen = networks.tune(tuned_on, hidden, setting, config.rates, config.decays, grow=config.grow)
        found = networks.train(reported, hidden, setting, chosen, config.seeds)
        numbers = {"first": chosen.learning_rate, "second": chosen.weight_decay, "tuning_error": chosen.error,
                   "at_end": chosen.at_end}  # fmt: skip
        _put(data, problem, rows, inputs, network(depth), found.error.mean(axis=1), numbers)


def _known(problem: str, inputs: str, config: Config) -> bool:
    """Whether another problem with the same data has been measured: without features both are the same."""
    return inputs == INPUTS[0] and _twin(problem, config) is not None


def _twin(problem: str, config: Config) -> str | None:
    """An earlier problem with the same data."""
    before = config.problems[: config.problems.index(problem)]
    return next((one for one in before if PROBLEMS[one].data == PROBLEMS[problem].data), None)


def _copy(problem: str, config: Config, data: xr.Dataset) -> None:
    twin = _twin(problem, config)
    for name in data if twin is not None else ():
        to, of = ({"problem": one, "inputs": INPUTS[0]} for one in (problem, twin))
        data[name].loc[to] = data[name].loc[of].values


def _put(
    data: xr.Dataset, problem: str, rows: int, inputs: str, learner: str, error: np.ndarray, numbers: dict[str, Any]
) -> None:
    at = {"problem": problem, "rows": rows, "inputs": inputs, "learner": learner}
    data.error.loc[at] = error
    for one, value in numbers.items():
        data[one].loc[at] = value


def _empty(config: Config) -> xr.Dataset:
    learners = [*config.methods, *map(network, config.depths)]
    coords = {"problem": list(config.problems), "rows": list(config.rows), "inputs": list(INPUTS), "learner": learners}
    shape = tuple(map(len, coords.values()))
    found = {one: (tuple(coords), np.full(shape, np.nan, np.float32)) for one in NUMBERS}
    error = np.full((*shape, config.draws), np.nan, np.float32)
    return xr.Dataset(found | {"error": ((*coords, "draw"), error)}, coords)


def _tuning(config: Config) -> range:
    return tuning.seeds(config.tuning_draws)


def _ready(problem: str, inputs: str, seed: int, rows: int, config: Config) -> Draw:
    return made.ready(problem, inputs == INPUTS[1], seed, rows, max(config.rows), config.test_rows)
