"""The networks that the fits and the animation show: their outputs, their errors and their knots."""

from typing import Any

import numpy as np
import xarray as xr

from experiments.universal_approximation.trained import networks
from experiments.universal_approximation.trained.config import Config

SOLVER = "variable projection"
TARGET = "chirp"
SHOWN = ("relu", "tanh")
MOMENTS = 10  # of the animation for each width, dense at first, when most happens

type Drawn = dict[int, xr.Dataset]  # by width: weights, test_curve and error [activation, task, seed, ...]


def kept(errors: xr.Dataset, runs: xr.Dataset, config: Config) -> xr.Dataset:
    """The network of one width with the median error, for each activation that is drawn [shown]."""
    shown, target = shown_by(config)
    parts = []
    for activation in shown:
        one = errors.error.sel(activation=activation, task=target).values
        seed = int(np.argsort(one)[(len(one) - 1) // 2])
        parts.append(runs.assign(error=errors.error).sel(activation=activation, task=target).isel(seed=seed, drop=True))
    found: Any = xr.concat([part.reset_coords(drop=True) for part in parts], "shown")
    return found.assign_coords(shown=shown)


def _places(packed: np.ndarray, most: int) -> np.ndarray:
    """The centres -b/w of the units [most], nan beyond the last unit."""
    w, b, _, _ = networks.unpacked(packed)
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = -b / w
    return np.concatenate([knots, np.full(most - len(knots), np.nan)])


def fits(drawn: Drawn, config: Config) -> xr.Dataset:
    """For each activation and width of `fit_widths`: outputs on a grid, knots, and the error."""
    shown, target = shown_by(config)
    x, widths = np.linspace(*networks.INTERVAL, 401), [n for n in config.fit_widths if n in drawn]
    outputs = np.full((len(shown), len(widths), len(x)), np.nan, "float32")
    knots = np.full((len(shown), len(widths), max(widths, default=1)), np.nan, "float32")
    error = np.full((len(shown), len(widths)), np.nan)
    for j, width in enumerate(widths):
        for i, activation in enumerate(shown):
            packed = drawn[width].weights.isel(shown=i, step=-1).values
            outputs[i, j] = networks.curve(packed, activation, x)
            knots[i, j], error[i, j] = _places(packed, knots.shape[-1]), drawn[width].error.isel(shown=i)
    dims = ("shown", "fit_width")
    return xr.Dataset(
        {
            "fit": ((*dims, "fit_x"), outputs),
            "fit_knots": ((*dims, "fit_knot"), knots),
            "fit_error": (dims, error),
            "fit_target": ("fit_x", np.asarray(networks.moved(target)[0](x))),
        },
        coords={"shown": list(shown), "fit_width": widths, "fit_x": x},
    )


def shown_by(config: Config) -> tuple[list[str], str]:
    """The activations and the target that are drawn."""
    shown = [name for name in SHOWN if name in config.activations] or list(config.activations[:2])
    return shown, TARGET if TARGET in config.targets else config.targets[0]


def film(drawn: Drawn, config: Config) -> xr.Dataset:
    """The networks of `film_widths` during training: outputs [shown, film_width, moment, film_x], knots, errors.

    Errors of ReLU networks are exact at every moment.
    """
    shown, target = shown_by(config)
    x, widths = np.linspace(*networks.INTERVAL, 201), [n for n in config.film_widths if n in drawn]
    outputs = np.zeros((len(shown), len(widths), MOMENTS, len(x)), "float32")
    knots = np.full((*outputs.shape[:3], max(widths)), np.nan, "float32")
    error = np.zeros(outputs.shape[:3])
    steps = np.zeros((len(widths), MOMENTS), "int32")
    for j, width in enumerate(widths):
        last = drawn[width].sizes["step"] - 1
        steps[j] = np.round(last * (np.arange(MOMENTS) / (MOMENTS - 1)) ** 2)
        for i, activation in enumerate(shown):
            one = drawn[width].isel(shown=i, step=steps[j])
            packed = one.weights.values
            outputs[i, j] = [networks.curve(row, activation, x) for row in packed]
            knots[i, j] = [_places(row, knots.shape[-1]) for row in packed]
            exact = activation == "relu"
            error[i, j] = networks.relu_errors(target, packed) if exact else np.sqrt(one.test_curve.values)
    dims = ("shown", "film_width", "moment")
    return xr.Dataset(
        {
            "film": ((*dims, "film_x"), outputs),
            "film_knots": ((*dims, "film_knot"), knots),
            "film_error": (dims, error),
            "film_step": (dims[1:], steps),
        },
        coords={"film_width": widths, "film_x": x},
    )
