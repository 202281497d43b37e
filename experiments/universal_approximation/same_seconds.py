"""Adam and L-BFGS from the same kind of start as the search, in as many seconds."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation import knot_search, one_input
from nnjax import mlp, training, tuning

# Trials take TRIAL steps besides the first, then LONGER times more until they take PART of the seconds wanted and at
# least LEAST seconds, which can be told from noise. The seconds are exceeded by a factor of MARGIN on purpose, since a
# run may turn out faster than its trial.
TRIAL, LONGER, PART, LEAST, MARGIN = 10, 3, 0.03, 0.05, 1.1


def solved(
    solver: str, best: xr.DataArray, num_rows: int, wanted: float, num_seeds: int, rates: tuple[float, ...],
    tuning_seeds: int,
) -> xr.Dataset:  # fmt: skip
    """Errors over the best network's [target, seed], steps, the seconds that the starts of one target took, and the
    rates [target], tuned for each target.

    Args:
        best: errors of the best networks [target], of one number of units.
        wanted: seconds for all starts of one target.
    """
    units, targets = best.units.item(), best.target.values.tolist()
    data = {name: knot_search.rows(knot_search.on_unit_interval(name), num_rows) for name in targets}
    common: dict[str, Any] = {
        "hidden": (units,), "activation": "relu", "solver": solver, "dtype": "float64",
        "model": training.Model(knot_search.stratified_init, mlp.apply, mlp.predict),
        "measure": {"weights": one_input.weights},
    }  # fmt: skip

    def train(num_steps: int, rate: Any = rates[0]) -> tuple[xr.Dataset, float]:
        start = time.perf_counter()
        runs = nnjax.sweep(data, learning_rate=rate, seeds=num_seeds, num_steps=num_steps, **common)
        return runs, (time.perf_counter() - start) / len(data)

    steps = steps_within(wanted, lambda num_steps: train(num_steps)[1])
    rate: Any = rates[0]
    if len(rates) > 1:
        seeds = tuning.seeds(tuning_seeds)
        tuned = nnjax.sweep(data, learning_rate=list(rates), seeds=seeds, num_steps=steps, **common)
        rate = tuning.choose(np.log10(tuned.train_loss), "learning_rate").best["learning_rate"]
    runs, seconds = train(steps, rate)
    while seconds < wanted:  # faster than the trial: no solver is to have less time than the search
        steps = 1 + round(MARGIN * steps * wanted / seconds)
        runs, seconds = train(steps, rate)
    flat = runs.weights.isel(step=-1).transpose("task", "seed", ...).values
    ratios = []
    for name, one in zip(targets, flat, strict=True):
        w, b, v, c = np.split(one, [units, 2 * units, 3 * units], axis=1)
        ratios.append(knot_search.exact(name, knot_search.Networks(w, b, v, c[:, 0])) / best.sel(target=name).item())
    variables = {
        "solver_ratio": (("target", "seed"), np.array(ratios)), "solver_seconds": seconds, "solver_steps": steps,
        "rate": ("target", np.ravel(rate) * np.ones(len(data))),
    }  # fmt: skip
    found = xr.Dataset(variables, {"target": targets, "seed": range(num_seeds), "units": units})
    ends = [min(rates), max(rates)] if len(rates) > 2 else []  # one or two rates have no inside
    return found.assign(rate_at_end=found.rate.isin(ends))


def steps_within(wanted: float, seconds_of: Callable[[int], float]) -> int:
    """The number of steps that take `wanted` seconds and a margin, by growing trials; the first call only compiles."""
    seconds_of(1)
    once, steps = seconds_of(1), TRIAL
    while (more := seconds_of(1 + steps) - once) < max(PART * wanted, LEAST):
        steps *= LONGER
    return max(1, 1 + round((MARGIN * wanted - once) / more * steps))
