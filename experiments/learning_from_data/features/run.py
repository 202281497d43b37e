"""The run of `features`: every method with features and without, tuned separately."""

import functools
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from experiments.learning_from_data.features import classical, made, networks, search
from experiments.learning_from_data.features.config import Config, check
from experiments.learning_from_data.features.made import PROBLEMS
from experiments.learning_from_data.features.search import Cost, Number, Tuned
from experiments.learning_from_data.shared import draws, methods
from experiments.learning_from_data.shared.draws import Draw
from experiments.learning_from_data.shared.methods import METHODS, Trial
from experiments.learning_from_data.shared.networks import network
from nnjax import hooks, tuning

INPUTS = ("inputs", "inputs and features")
NUMBERS = ("first", "second", "tuning_error", "tuning_finer", "first_at_end", "second_at_end")


def run(config: Config) -> xr.Dataset:
    """Errors [problem, rows, inputs, learner, draw], and what tuning chose."""
    check(config)
    methods.check_installed()
    sources = [Path(one.__file__ or "").read_text(encoding="utf-8") for one in (draws, made, classical)]
    folder = methods.folder_of(hooks.next_store(), *sources)
    data = _empty(config)
    for problem in config.problems:
        for seed in (*_tuning(config), *range(config.draws)):  # the generator of MNIST-1D is not for threads
            made.drawn(PROBLEMS[problem].data, seed, max(config.rows), test_rows(problem, config))
        _classical(problem, config, folder, data)
        for rows in config.rows:
            for inputs in INPUTS:
                if not _known(problem, inputs, config):
                    _networks(problem, rows, inputs, config, data)
        _copy(problem, config, data)
        print(f"{problem}: done", file=sys.stderr, flush=True)
    tested = {problem: test_rows(problem, config) for problem in config.problems}
    return data.assign_attrs(test_rows=tested, seeds=config.seeds, depths=list(config.depths))


def test_rows(problem: str, config: Config) -> int:
    """The test rows of a draw."""
    return min(made.TEST_ROWS[PROBLEMS[problem].data], config.test_rows)


def _classical(problem: str, config: Config, folder: Path | None, data: xr.Dataset) -> None:
    cells = [(rows, inputs, method) for rows in reversed(config.rows) for inputs in INPUTS for method in config.methods]
    cells = [one for one in cells if not _known(problem, one[1], config)]
    jobs = [functools.partial(_cell, problem, *one, config, folder) for one in cells]
    for (rows, inputs, method), (chosen, fits) in zip(cells, methods.together(jobs), strict=True):
        _put(data, problem, rows, inputs, method, np.array([one.error for one in fits]), chosen)


def _cell(
    problem: str, rows: int, inputs: str, method: str, config: Config, folder: Path | None
) -> tuple[Tuned, list[Cost]]:
    def fit(seed: int, trial: Trial) -> Cost:
        def fresh() -> Cost:
            draw = _ready(problem, inputs, seed, rows, config)
            return classical.fitted(METHODS[method].make(trial, seed, *draw.x.shape), draw)

        key = (problem, inputs, seed, rows, max(config.rows), test_rows(problem, config), method, trial)
        return classical.kept(fresh, key, folder)

    def costs(firsts: Sequence[float], seconds: Sequence[float]) -> dict[Trial, Cost]:
        trials = [Trial(a, b) for a in firsts for b in seconds]
        fits = {one: np.array([fit(seed, one) for seed in _tuning(config)]) for one in trials}
        return {one: Cost(*found.mean(axis=0).tolist()) for one, found in fits.items()}

    chosen = search.tuned(costs, classical.numbers(method), config.grow)
    return chosen, [fit(seed, chosen.trial) for seed in range(config.draws)]


def _networks(problem: str, rows: int, inputs: str, config: Config, data: xr.Dataset) -> None:
    tuned_on = [_ready(problem, inputs, seed, rows, config) for seed in _tuning(config)]
    reported = [_ready(problem, inputs, seed, rows, config) for seed in range(config.draws)]
    for depth in config.depths:
        costs = functools.partial(networks.costs, tuned_on, depth, config)
        chosen = search.tuned(costs, (Number(config.rates), Number(config.decays)), config.grow)
        _put(
            data, problem, rows, inputs, network(depth), networks.errors(reported, depth, config, chosen.trial), chosen
        )


def _known(problem: str, inputs: str, config: Config) -> bool:
    """Whether an earlier problem with the same data has been measured: without features both are the same."""
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
    data: xr.Dataset, problem: str, rows: int, inputs: str, learner: str, error: np.ndarray, chosen: Tuned
) -> None:
    at = {"problem": problem, "rows": rows, "inputs": inputs, "learner": learner}
    data.error.loc[at] = error
    for one, value in zip(NUMBERS, (*chosen.trial, *chosen.cost, *chosen.at_end), strict=True):
        data[one].loc[at] = value


def _empty(config: Config) -> xr.Dataset:
    learners = [*config.methods, *map(network, config.depths)]
    coords = {"problem": list(config.problems), "rows": list(config.rows), "inputs": list(INPUTS), "learner": learners}
    shape = tuple(map(len, coords.values()))
    found = {one: (tuple(coords), np.full(shape, np.nan)) for one in NUMBERS}
    error = np.full((*shape, config.draws), np.nan)
    return xr.Dataset(found | {"error": ((*coords, "draw"), error)}, coords)


def _tuning(config: Config) -> range:
    return tuning.seeds(config.tuning_draws)


def _ready(problem: str, inputs: str, seed: int, rows: int, config: Config) -> Draw:
    return made.ready(problem, inputs == INPUTS[1], seed, rows, max(config.rows), test_rows(problem, config))
