"""What the fits and the animation of `trained` show: outputs of single networks, and where their knots are."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

import nnjax
from experiments.universal_approximation import _trained_networks as networks
from nnjax.theory import approximation

if TYPE_CHECKING:
    from experiments.universal_approximation.trained import Config

SOLVER = "variable projection"
TARGET = "chirp"
ROWS = 1024
SHOWN = ("relu", "tanh")
MOMENTS = (0, 1, 2, 3, 5, 8, 12, 18, 26, 38, 54, 76, 100)  # steps of the animation


def _places(packed: np.ndarray, most: int) -> np.ndarray:
    """Where the units are centred, -b/w [most], nan where there is none."""
    w, b, _, _ = networks.unpacked(packed)
    with np.errstate(divide="ignore", invalid="ignore"):
        knots = -b / w
    return np.concatenate([knots, np.full(most - len(knots), np.nan)])


def fits(trained: dict[int, tuple[xr.DataArray, xr.DataArray]], config: "Config") -> xr.Dataset:
    """For each activation and width the network of the middle error: outputs on a grid, and its knots."""
    shown, target = shown_by(config)
    x, widths = np.linspace(*networks.INTERVAL, 401), [n for n in config.fit_widths if n in trained]
    outputs = np.full((len(shown), len(widths), len(x)), np.nan, "float32")
    knots = np.full((len(shown), len(widths), max(widths, default=1)), np.nan, "float32")
    error = np.full((len(shown), len(widths)), np.nan)
    for j, width in enumerate(widths):
        errors, weights = trained[width]
        for i, activation in enumerate(shown):
            one = errors.sel(activation=activation, task=target).values
            seed = np.argsort(one)[(len(one) - 1) // 2]
            packed = weights.sel(activation=activation, task=target).isel(seed=seed).values
            outputs[i, j] = networks.curve(packed, activation, x)
            knots[i, j], error[i, j] = _places(packed, knots.shape[-1]), one[seed]
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


def shown_by(config: "Config") -> tuple[list[str], str]:
    """The activations and the target that are drawn."""
    shown = [name for name in SHOWN if name in config.activations] or list(config.activations[:2])
    return shown, TARGET if TARGET in config.targets else config.targets[0]


def film(data: xr.Dataset, config: "Config") -> xr.Dataset:
    """Outputs [shown, film_width, moment, film_x] of the network of the middle error as it is trained, its error and
    the bound."""
    shown, target = shown_by(config)
    x, widths = np.linspace(*networks.INTERVAL, 201), list(config.film_widths)
    outputs = np.zeros((len(shown), len(widths), len(MOMENTS), len(x)), "float32")
    error = np.zeros(outputs.shape[:3])
    problem = networks.problem(target, ROWS, interleaved=False)
    for j, width in enumerate(widths):
        part = networks.Part(SOLVER, width, ROWS, config.film_seeds, MOMENTS[-1])
        nearest = (
            data.sel(solver=SOLVER, task=target).dropna("width", subset=["scale"]).sel(width=width, method="nearest")
        )
        scale = nearest.scale.sel(activation=shown).reset_coords(drop=True)
        names = [networks.function(name) for name in shown]
        runs = nnjax.sweep(
            problem, activation=names, seeds=config.film_seeds, learning_rate=networks.PROTOCOLS[SOLVER].rates[0],
            init_scale=_labelled(scale, names), record_every=1, **networks.settings_of(part),
        )  # fmt: skip
        for i in range(len(shown)):
            seed = int(np.argsort(runs.test_loss.isel(activation=i).values)[(config.film_seeds - 1) // 2])
            one = runs.isel(activation=i, seed=seed)
            for k, step in enumerate(MOMENTS):
                outputs[i, j, k] = networks.curve(one.weights.sel(step=step).values, shown[i], x)
                error[i, j, k] = np.sqrt(one.test_curve.sel(step=step))
    function, breakpoints = networks.moved(target)
    bound = [approximation.best_free_knot(function, n + 1, networks.INTERVAL, breakpoints).error for n in widths]
    dims = ("shown", "film_width", "moment")
    return xr.Dataset(
        {
            "film": ((*dims, "film_x"), outputs),
            "film_error": (dims, error),
            "film_bound": ("film_width", approximation.l2_to_rms(1.0, networks.INTERVAL) * np.array(bound)),
        },
        coords={"film_width": widths, "moment": list(MOMENTS), "film_x": x},
    )


def _labelled(scale: xr.DataArray, names: list) -> xr.DataArray:
    """The scales with the labels that `sweep` gives these activations."""
    from nnjax import activations

    return scale.assign_coords(activation=[activations.name_of(name) for name in names])
