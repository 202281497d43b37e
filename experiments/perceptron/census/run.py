"""The perceptrons of `perceptron.census`: which functions are tried, learned, proved impossible, and when."""

import time
from typing import Any

import numpy as np
import xarray as xr

from experiments.lab import checks
from experiments.perceptron.census.config import ROUNDING, Config
from experiments.perceptron import proofs
from nnjax import tasks, theory
from nnjax.theory import separability

ALL_UP_TO, MONOTONE_UP_TO = 4, 6  # most inputs with which all, or all monotone, functions are tried; above, the regular


def run(config: Config) -> xr.Dataset:
    """Counts by number of inputs, mistakes and bound of every neuron that learned, and functions decided by pass."""
    checks.check(config)
    rows, neurons, decided = zip(*(_census(n, config) for n in config.inputs), strict=True)
    last = max(one.sizes["epoch"] for one in decided)
    longest = [one.reindex(epoch=np.arange(1, last + 1), method="ffill") for one in decided]
    counts = xr.Dataset({name: ("inputs", [row[name] for row in rows]) for name in rows[0]})
    parts: list[Any] = [counts, xr.concat(longest, "inputs"), xr.concat(neurons, "neuron")]
    return xr.merge(parts).assign_coords(inputs=list(config.inputs)).assign_attrs(num_epochs=config.num_epochs)


def _family(n: int, config: Config) -> tuple[np.ndarray, np.ndarray, int]:
    """The tables [m, 2^n] that are tried, how many functions each stands for [m], and the number of monotone ones."""
    if n <= ALL_UP_TO:
        tables = tasks.truth_tables(tasks.all_functions(n), n)
        return tables, np.ones(len(tables), np.int64), 0
    if n > MONOTONE_UP_TO:
        tables = tasks.regular_functions(n)
        return tables, tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables), 0
    functions = tasks.monotone_functions(n)
    num_monotone, times = len(functions), np.ones(len(functions), np.int64)
    if n >= config.classes_from:
        functions, times, _ = tasks.symmetry_classes(functions, n)
    tables = tasks.truth_tables(functions, n)
    return tables, times * 2 ** tasks.essential_inputs(tables), num_monotone


def _census(n: int, config: Config) -> tuple[dict, xr.Dataset, xr.Dataset]:
    """For n inputs: a row of counts, the neurons that learned, and how many functions are decided by each pass."""
    start = time.perf_counter()
    x, (tables, times, num_monotone) = tasks.boolean_inputs(n), _family(n, config)
    trained = proofs.trained(x, tables, config.num_epochs)
    learned, proved = trained.learned & trained.run.converged, trained.proved & ~trained.run.converged
    seconds = time.perf_counter() - start
    four = separability.equal_sums(x, tables[~learned])[:, 0] >= 0
    bounds, mistakes = _bounds(x, tables[learned]), trained.run.mistakes[learned]
    programmed, unproved, differ = _programmed(x, tables, times, learned) if n > ALL_UP_TO else (0, 0, 0)
    row = {
        "tried": len(tables), "monotone": num_monotone, "separable": times[learned].sum(),
        "learned": learned.sum(), "proved": proved.sum(), "undecided": (~learned & ~proved).sum(),
        "four_rows": four.sum(), "violations": (mistakes > bounds * (1 + ROUNDING)).sum(),
        "by_regular": _by_regular(n, config), "by_programming": programmed,
        "programs_unproved": unproved, "programs_that_differ": differ, "most_epochs": trained.run.epochs.max(),
        "most_mistakes": mistakes.max(), "training_seconds": trained.seconds, "census_seconds": seconds,
    }  # fmt: skip
    epochs = np.arange(1, trained.run.epochs.max() + 1)
    kinds = {"learned_by": learned, "proved_by": proved}
    by = {
        name: ("epoch", np.searchsorted(np.sort(trained.run.epochs[kind]), epochs, "right"))
        for name, kind in kinds.items()
    }
    own = {"mistakes": mistakes, "bound": bounds.astype(np.float32), "neuron_inputs": np.full(len(mistakes), n)}
    neurons = xr.Dataset({name: ("neuron", values) for name, values in own.items()})
    return row, neurons, xr.Dataset(by, coords={"epoch": epochs})


def _by_regular(n: int, config: Config) -> int:
    """The count by regular functions where monotone ones are counted too (-1 if one is undecided); 0 elsewhere."""
    if not ALL_UP_TO < n <= MONOTONE_UP_TO:
        return 0
    tables = tasks.regular_functions(n)
    trained = proofs.trained(tasks.boolean_inputs(n), tables, config.num_epochs)
    times = tasks.permutations_of(tables) * 2 ** tasks.essential_inputs(tables)
    return int(times[trained.learned].sum()) if (trained.learned ^ trained.proved).all() else -1


def _bounds(x: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Novikoff's bound of each function, from the neuron with the widest margin."""
    bounds = np.empty(len(tables))
    for i, y in enumerate(tables):
        best = separability.widest_margin(x, y)
        if best is None:
            raise ArithmeticError(f"no margin was found of a function that was learned: {y.astype(int)}")
        bounds[i] = theory.novikoff_bound(x, y.astype(int), best.w, best.b)
    return bounds


def _programmed(x: np.ndarray, tables: np.ndarray, times: np.ndarray, learned: np.ndarray) -> tuple[int, int, int]:
    """The count by linear programming, how many answers lack a proof, and how many differ from the perceptron's."""
    found = [separability.separate(x, y) for y in tables]
    separable = np.array([one.separable for one in found])
    unproved = sum(not one.proved for one in found)
    return int(times[separable].sum()), unproved, int((separable != learned).sum())
