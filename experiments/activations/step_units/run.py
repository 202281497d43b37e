"""The networks of `activations.step_units`: rates tuned for every way, then all ways start from the same weights."""

import math
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import xarray as xr

import nnjax
from experiments.activations.shared import solved
from experiments.activations.step_units import units
from experiments.activations.step_units.config import (
    CLIPPED,
    CODINGS,
    CUT,
    OUTPUT,
    RATES,
    RISING,
    SMOOTH,
    THROUGH,
    Config,
    check,
)  # fmt: skip
from nnjax import mlp, tuning
from nnjax.activations import step
from nnjax.theory import constructions
from nnjax.theory import step_units as theory

TABLES = np.arange(16)[:, None] >> np.arange(3, -1, -1) & 1  # [16, 4]
# Counts of networks with a fixed random layer: XOR solved, layer separable, solved but not separable, and the reverse.
LAYERS = ("layers_solved", "layers_separable", "layers_beyond", "layers_missed")
SHOWN = 16  # units of the written-down network that is drawn


def run(config: Config) -> xr.Dataset:
    """Solved [way, coding, width, seed], and what the figures need."""
    check(config)
    data = xr.concat(_trained(config), "way", join="outer").merge(_written(config))
    for name in LAYERS:  # of one way alone
        data[name] = data[name].sel(way=OUTPUT, drop=True).astype(int)
    width = data.width.values
    exact = [[theory.xor_probability(int(n), 1.0, CODINGS[str(c)]) for n in width] for c in data.coding.values]
    return data.assign(exact=(("coding", "width"), exact)).assign_attrs(
        tuning_seeds=config.tuning_seeds, layers=config.layers, shown_units=SHOWN
    )


def _trained(config: Config) -> Iterator[xr.Dataset]:
    """A dataset for each way."""
    data = {name: nnjax.tasks.xor(low=CODINGS[name]) for name in config.codings}
    common: dict[str, Any] = {
        "hidden": [(width,) for width in config.hidden],
        "init": "normal",
        "bias_init": "normal",
        "solver": "adam",
        "loss": "sigmoid_binary_cross_entropy",
        "num_steps": config.num_steps,
        # The same for all, so that no network of one kind is compiled twice.
        "measure": {"own_error": solved.worst_error, "cut_error": units.cut_error, "patterns": units.patterns},
    }
    rising = {"model": units.STEEP, "solver": units.rising_gain, "gain_steps": float(config.num_steps)}
    kinds: tuple[tuple[tuple[str, ...], dict[str, Any], dict[str, Any]], ...] = (
        ((OUTPUT,), {"activation": "step"}, {}),
        ((THROUGH,), {"activation": units.straight_through}, {}),
        ((CLIPPED,), {"activation": units.clipped}, {}),
        ((RISING,), {"activation": "sigmoid"} | rising, {"final_gain": list(config.gains)}),
        ((CUT, SMOOTH), {"activation": "sigmoid"}, {}),
    )
    for ways, how, gains in kinds:
        if wanted := [way for way in ways if way in config.ways]:
            rates = _rates(wanted[-1], config)
            seeds = tuning.seeds(config.tuning_seeds)
            asked: dict[str, Any] = common | how
            tried = nnjax.sweep(data, **asked, **gains, learning_rate=rates, seeds=seeds)
            for way in wanted:
                yield _one(way, data, config, asked, tried)


def _rates(way: str, config: Config) -> np.ndarray:
    low, high = RATES[way]
    return np.geomspace(low, high, round(config.per_decade * math.log10(high / low)) + 1)


def _one(way: str, data: Any, config: Config, common: dict[str, Any], tried: xr.Dataset) -> xr.Dataset:
    """One way: the rate (and gain) chosen among those tried on other seeds, then the reported networks."""
    error = "cut_error" if way in (RISING, CUT) else "own_error"
    success = _solved(tried[error]).mean("seed")
    numbers = [name for name in ("learning_rate", "final_gain") if name in success.dims]
    chosen = _chosen(success, config.tuning_seeds, *numbers)
    best: dict[str, Any] = chosen.best
    runs = nnjax.sweep(data, **common, **best, seeds=config.layers if way == OUTPUT else config.seeds)
    counted = _layers(runs, numbers) if way == OUTPUT else {}
    runs = runs.isel(seed=slice(config.seeds))
    at_rates = success.max("final_gain") if "final_gain" in numbers else success  # the best gain for each rate
    found = xr.Dataset(
        {
            "solved": _solved(runs[error]).drop_vars(numbers, errors="ignore"),
            "solved_as_trained": _solved(runs["own_error"]).drop_vars(numbers, errors="ignore"),
            **{name: chosen.best[name] for name in numbers},
            # A gain cannot rise to less than 1, so that only its greatest value is an end.
            "at_end": sum(end > 0 if name == "final_gain" else abs(end) for name, end in chosen.at_end.items()) > 0,
            "tuning_success": at_rates.rename(learning_rate="rate"),
            **counted,
        }
    )
    found = found.assign_coords(way=way).swap_dims(hidden="width").drop_vars(("hidden", "depth"))
    return found.rename(task="coding")


def _layers(runs: xr.Dataset, numbers: list[str]) -> dict[str, xr.DataArray]:
    """The counts LAYERS, of networks whose hidden units stay as they were drawn."""
    drawn = runs.patterns.isel(step=0, drop=True).rename(patterns_0="table").drop_vars(numbers)
    images = np.where(drawn.values[..., None] > 0, TABLES, 0)  # a table that no unit has: a unit always off
    separable = drawn.isel(table=0, drop=True).copy(data=theory.xor_separable(images))
    solved = _solved(runs.own_error).drop_vars(numbers)
    counted = (solved, separable, solved & ~separable, separable & ~solved)
    return {name: one.sum("seed") for name, one in zip(LAYERS, counted, strict=True)}


def _solved(error: xr.DataArray) -> xr.DataArray:
    return error.isel(step=-1, drop=True) <= solved.TOLERANCE


def _chosen(success: xr.DataArray, num_seeds: int, *numbers: str) -> tuning.Tuned:
    """The values within one standard error of the best share that are nearest to the middle of their grids.

    Where the share does not depend on a number, chance might choose an end. Source: Breiman, Friedman, Olshen &
    Stone 1984, section 3.4.3 (the rule of one standard error).
    """
    best = success.max(numbers)
    worse = success < best - np.sqrt(best * (1 - best) / num_seeds)
    away = xr.zeros_like(success)
    for name in numbers:
        place = xr.ufuncs.log(success[name])
        away = away + abs(place - place.mean()) / place.std()
    return tuning.choose(worse.astype(float), *numbers, tie=away)


def _written(config: Config) -> xr.Dataset:
    """Networks of N steps written down for sin(2 pi x) on [0, 1]: their largest errors, and one of them on a grid."""
    x = np.linspace(0, 1, 20_001)
    target = np.sin(2 * np.pi * x)
    errors = [float(np.abs(_staircase(n, x) - target).max()) for n in config.written]
    some = slice(None, None, 50)
    return xr.Dataset(
        {
            "written_error": ("units", errors),
            # Half of what the function rises over one of the N + 1 pieces where it is steepest.
            "written_theory": ("units", [np.pi / (n + 1) for n in config.written]),
            "staircase": ("x", _staircase(SHOWN, x[some])),
            "target": ("x", target[some]),
        },
        coords={"units": list(config.written), "x": x[some]},
    )


def _staircase(num_units: int, x: np.ndarray) -> np.ndarray:
    """The output at x of a network of N steps: on each of N + 1 equal pieces the value in its middle."""
    edges = np.linspace(0, 1, num_units + 2)
    middles = (edges[1:] + edges[:-1]) / 2
    params = constructions.step_bumps(edges, np.sin(2 * np.pi * middles))
    with jax.enable_x64(True):
        return np.asarray(mlp.predict(params, x[:, None], activation=step))[:, 0]
