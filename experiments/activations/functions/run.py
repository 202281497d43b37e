"""The activations of `activations.functions` on grids, and at normal pre-activations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.activations.functions.closed_forms import FORMS
from experiments.activations.functions.config import REACH, Config, check
from nnjax import activations

SHOWN = 5.0  # the figures show from - to + this
SMALL = 0.1  # a derivative below this part of the greatest is small
BEYOND = 4  # where a derivative may pass through 0 without saturating, |z| is less
PRECISIONS = ("float32", "float64")
TEMPERATURES = 2.0 ** np.arange(-3, 3.1, 0.25)
LOGITS = np.array([(3.0, 1.0, 0.0), (0.0, 2.0, 1.5), (1.0, 0.0, 4.0), (0.5, 0.2, 0.0)])  # for the simplex


def run(config: Config) -> xr.Dataset:
    """Curves, distances from closed forms, places and shares of zero derivatives, and softmax on the simplex."""
    check(config)
    names = list(config.activations)
    parts = [_on_grids(names, config), _zero_from(names, config), _shares(names, config), _softmax()]
    return xr.merge(parts).assign_coords(activation=names)


def _evaluated(name: str, z: np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and derivatives [n] at z [n] as a network has them: the functions of the library, JAX's derivatives."""
    f: Any = activations.get(name)
    with jax.enable_x64(dtype == "float64"):
        value, slope = jax.jit(jax.vmap(jax.value_and_grad(f)))(jnp.asarray(z, dtype))
    return np.asarray(value), np.asarray(slope)


def _on_grids(names: list[str], config: Config) -> xr.Dataset:
    """Curves [activation, z] to be drawn, and the greatest distance from closed forms out to REACH [activation, of]."""
    z = np.linspace(-SHOWN, SHOWN, 401)
    far = np.arange(-REACH * config.per_unit, REACH * config.per_unit + 1) / config.per_unit
    curves, distances = [], []
    for name in names:
        both = _evaluated(name, np.concatenate([far, z]), "float64")
        curves.append([a[len(far) :] for a in both])
        known = [f(far) for f in FORMS[name][:2]]
        distances.append(
            [np.max(np.abs(a[: len(far)] - b) / np.maximum(1, np.abs(b))) for a, b in zip(both, known, strict=True)]
        )
    curves = np.array(curves)
    return xr.Dataset(
        {
            "value": (("activation", "z"), curves[:, 0]),
            "slope": (("activation", "z"), curves[:, 1]),
            "distance": (("activation", "of"), np.array(distances)),
        },
        {"z": z, "of": ["value", "derivative"]},
    )


def _zero_from(names: list[str], config: Config) -> xr.Dataset:
    """The least |z| from which on the derivative is exactly 0 out to REACH [activation, precision, side]; else inf."""
    z = np.arange(0, REACH * config.per_unit + 1) / config.per_unit
    places = np.full((len(names), len(PRECISIONS), 2), np.inf)
    some = np.zeros((len(names), len(PRECISIONS)), int)
    for i, name in enumerate(names):
        for j, dtype in enumerate(PRECISIONS):
            for k, sign in enumerate((-1, 1)):
                zero = _evaluated(name, sign * z, dtype)[1] == 0
                some[i, j] += zero[z >= BEYOND].sum()
                first = len(zero) - np.argmin(zero[::-1]) if not zero.all() else 0
                places[i, j, k] = z[first] if zero[-1] else np.inf
    dims = ("activation", "precision", "side")
    return xr.Dataset(
        {"zero_from": (dims, places), "zeros": (dims[:2], some)},
        {"precision": list(PRECISIONS), "side": ["left", "right"]},
    )


def _shares(names: list[str], config: Config) -> xr.Dataset:
    """Shares of normal pre-activations with a derivative of 0, and below SMALL of the greatest [activation, spread]."""
    z = np.random.default_rng(0).normal(size=config.draws)
    zero, small = np.empty((2, len(names), len(config.spreads)))
    for i, name in enumerate(names):
        for j, spread in enumerate(config.spreads):
            slope = np.abs(_evaluated(name, spread * z, "float32")[1])
            zero[i, j] = np.mean(slope == 0)
            small[i, j] = np.mean(slope <= SMALL * FORMS[name].greatest_slope)
    dims = ("activation", "spread")
    return xr.Dataset({"zero": (dims, zero), "small": (dims, small)}, {"spread": list(config.spreads)})


def _softmax() -> xr.Dataset:
    """Softmax of two classes [temperature_shown, z], and of three logits [example, temperature, class]."""
    z, shown = np.linspace(-SHOWN, SHOWN, 401), np.array([0.5, 1.0, 2.0])
    with jax.enable_x64(True):
        two = activations.softmax(np.stack([z, 0 * z], axis=-1) / shown[:, None, None])[..., 0]
        three = activations.softmax(LOGITS[:, None] / TEMPERATURES[:, None])
    return xr.Dataset(
        {
            "two_classes": (("temperature_shown", "z"), np.asarray(two)),
            "simplex": (("example", "temperature", "class"), np.asarray(three)),
        },
        {"z": z, "temperature_shown": shown, "temperature": TEMPERATURES},
    )
