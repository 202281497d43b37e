"""The activations of `activations.functions` on grids, and at normal pre-activations."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from experiments.activations.functions.closed_forms import FORMS
from experiments.activations.functions.config import REACH, Config, check
from nnjax import activations

SHOWN = 5.0  # the figures show z from -SHOWN to SHOWN
SMALL = 0.1  # a derivative below this part of the greatest is small
BEYOND = 4  # from this |z| on, a derivative of 0 means saturation and not that it passes through 0
PRECISIONS: tuple[str, ...] = ("float32", "float64")
TEMPERATURES = 2.0 ** np.arange(-3, 3.1, 0.25)
LOGITS = np.array([(3.0, 1.0, 0.0), (0.0, 2.0, 1.5), (1.0, 0.0, 4.0), (0.5, 0.2, 0.0)])  # for the simplex


def run(config: Config) -> xr.Dataset:
    """Curves, distances from closed forms, places and shares of zero derivatives, and softmax on the simplex."""
    check(config)
    names = list(config.activations)
    far = np.arange(-REACH * config.per_unit, REACH * config.per_unit + 1) / config.per_unit
    near = np.linspace(-SHOWN, SHOWN, 401)
    drawn = np.multiply.outer(config.spreads, np.random.default_rng(0).normal(size=config.draws))
    # One program for each precision, which takes all points at once.
    exact, single = (
        _evaluated(names, np.append(far, near), "float64"),
        _evaluated(names, np.append(far, drawn), "float32"),
    )
    n = len(far)
    far_slopes = dict(zip(PRECISIONS, (single[1][:, :n], exact[1][:, :n]), strict=True))
    slopes = np.abs(single[1][:, n:]).reshape(len(names), *drawn.shape)
    greatest = np.array([FORMS[name].greatest_slope for name in names])[:, None, None]
    curves = {name: (("activation", "z"), found[:, n:]) for name, found in zip(("value", "slope"), exact, strict=True)}
    shares = {
        "zero": (("activation", "spread"), np.mean(slopes == 0, axis=-1)),
        "small": (("activation", "spread"), np.mean(slopes <= SMALL * greatest, axis=-1)),
    }
    found = xr.Dataset(
        curves | shares | {"distance": (("activation", "of"), _distances(names, far, [one[:, :n] for one in exact]))},
        {"activation": names, "z": near, "of": ["value", "derivative"], "spread": list(config.spreads)},
    )
    return xr.merge([found, _zeros(far, far_slopes), _softmax()])


def _evaluated(names: list[str], z: np.ndarray, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and JAX derivatives of the library's functions [activation, n] at z [n], computed as in a network."""
    functions: list[Any] = [activations.get(name) for name in names]

    def all_of_them(z: Any) -> Any:
        pairs = [jax.vmap(jax.value_and_grad(f))(z) for f in functions]
        return tuple(jnp.stack(part) for part in zip(*pairs, strict=True))

    with jax.enable_x64(dtype == "float64"):
        value, slope = jax.jit(all_of_them)(jnp.asarray(z, dtype))
    return np.asarray(value), np.asarray(slope)


def _distances(names: list[str], z: np.ndarray, found: list[np.ndarray]) -> np.ndarray:
    """The greatest distance of values and derivatives from closed forms [activation, 2], relative for those above 1."""
    forms = [FORMS[name] for name in names]
    known = [np.stack([f(z) for f in group]) for group in ([f.value for f in forms], [f.slope for f in forms])]
    parts = [np.abs(a - b) / np.maximum(1, np.abs(b)) for a, b in zip(found, known, strict=True)]
    return np.stack([part.max(axis=1) for part in parts], axis=1)


def _zeros(z: np.ndarray, slopes: dict[str, np.ndarray]) -> xr.Dataset:
    """The |z| from which derivatives are 0 out to REACH [precision, side, activation], else inf; and how many are 0."""
    middle = len(z) // 2
    places, counts = [], []
    for found in slopes.values():
        sides = [found[:, middle::-1] == 0, found[:, middle:] == 0]  # outwards
        # The place after the last that is not 0, or inf if that is the outermost.
        last = [np.where(side.all(axis=1), -1, middle - np.argmin(side[:, ::-1], axis=1)) for side in sides]
        places.append([np.where(i == middle, np.inf, z[middle + np.minimum(i + 1, middle)]) for i in last])
        counts.append(np.sum((found == 0) & (np.abs(z) >= BEYOND), axis=1))
    return xr.Dataset(
        {
            "zero_from": (("precision", "side", "activation"), np.array(places)),
            "zeros": (("precision", "activation"), np.array(counts)),
        },
        {"precision": list(slopes), "side": ["left", "right"]},
    )


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
