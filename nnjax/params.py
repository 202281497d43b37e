"""The weights of all networks of `nnjax.sweep(..., keep_params=True)`: as trees of arrays, and what they predict.

runs   = nnjax.sweep(data, hidden=[(4,), (8,)], seeds=100, keep_params=True)
layers = nnjax.params.unravel(runs.sel(hidden="8"))         # a tuple of Layer(w [seed, 2, 8], b [seed, 8])
y      = nnjax.params.predict(runs, x)                      # [hidden, seed, row, output]
y.mean("seed")                                              # the outputs of an ensemble of 100 networks
"""

import itertools
import json
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, mlp
from nnjax.engine import weights
from nnjax.spec import Model, Spec
from nnjax.tasks import data as checked

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["predict", "unravel"]

# Axes along which networks differ in what they compute, not only in their weights.
SHAPES = ("hidden", "width", "depth")
AXES = (*SHAPES, "activation", "output_activation")
# How many networks predict at a time.
TOGETHER = 64


def unravel(runs: "xr.Dataset", *, functions: Mapping[str, Any] | None = None) -> Any:
    """The parameters of networks of one shape, as a tree of arrays with the axes of the sweep in front.

    Args:
        runs: what `sweep` returned, or a selection of it that holds networks of a single shape.
        functions: {"model": model}, if the sweep was given a model of the user's own.

    Returns:
        A tree like the parameters of one network, such as a tuple of Layer(w [..., fan_in, fan_out], b [..., fan_out]),
        whose arrays begin with the dimensions of `runs.params` other than `param`. `nnjax.sweep` takes it as `start`.

    Raises:
        ValueError: if `runs` does not hold parameters, or networks of several shapes.
    """
    settings = _settings(runs)
    many = [name for name in SHAPES if name in runs.params.dims and runs.sizes[name] > 1]
    if many:
        raise ValueError(f"runs holds networks of several shapes: select one of its {many[0]}")
    spec = Spec(_sizes(runs, settings), model=_model(settings, functions or {}), dtype=str(runs.params.dtype))
    with jax.enable_x64(spec.dtype == "float64"):
        return weights.unflatten(runs.params.transpose(..., "param").values, weights.shapes(spec))


def predict(runs: "xr.Dataset", x: Any, *, functions: Mapping[str, Any] | None = None) -> "xr.DataArray":
    """The outputs of all networks for the inputs x [n, d], a DataArray [..., row, output] over the axes of the sweep.

    They are NaN for networks that a store lacks. For an ensemble take the mean over its axis, such as `.mean("seed")`.

    Args:
        runs: what `sweep` returned, or any selection of it.
        x: inputs; all outputs are held in memory, so give as many rows as they allow.
        functions: for functions that cannot be found by their names, what the sweep was given, by argument, as in
            `nnjax.refit`: {"activation": {"mine": f}, "model": model}.

    Raises:
        ValueError: if `runs` does not hold parameters, for inputs that are not [n, d] numbers, and for functions that
            are missing.
    """
    import xarray as xr

    settings, functions = _settings(runs), functions or {}
    inputs = settings["shapes"][0][1]
    x = checked(x, np.zeros((len(x), 1))).x
    if x.shape[1] != inputs:
        raise ValueError(f"x has shape {x.shape}; the networks have {inputs} inputs, so it must be [n, {inputs}]")
    model, outputs = _model(settings, functions), settings["shapes"][1][1]
    axes = [dim for dim in runs.params.dims if dim != "param"]
    grid = tuple(runs.sizes[dim] for dim in axes)
    found = xr.DataArray(
        np.full((*grid, len(x), outputs), np.nan, runs.params.dtype),
        dict(runs.params.coords),
        (*axes, "row", "output"),
        attrs={"long_name": "output"},
    )
    varied = [name for name in AXES if name in runs.params.dims]
    for place in itertools.product(*(range(runs.sizes[name]) for name in varied)):
        where = dict(zip(varied, place, strict=True))
        some = runs.isel(where)
        params = unravel(some, functions=functions)
        named = {name: _activation(name, some, settings, functions) for name in AXES[3:]}
        with jax.enable_x64(runs.params.dtype == np.float64):
            found[where] = _outputs(model, named, params, len(grid) - len(varied), x.astype(runs.params.dtype))
    return found.where(runs.status > 0) if (runs.status == 0).any() else found


def _outputs(model: Any, named: Mapping[str, Any], params: Any, num_axes: int, x: np.ndarray) -> np.ndarray:
    """Outputs [..., n, k] of one model for the parameters [..., *shape] of many networks."""
    leaves = jax.tree.leaves(params)
    front = leaves[0].shape[:num_axes]
    flat = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[num_axes:]), params)
    own = getattr(model, "predict", None)
    many = partial(own, **named) if own else jax.vmap(partial(model.apply, **named), in_axes=(None, 0))
    rows = jnp.asarray(x)
    y = jax.jit(lambda params: jax.lax.map(lambda one: many(one, rows), params, batch_size=TOGETHER))(flat)
    return np.asarray(y).reshape(*front, *y.shape[1:])


def _settings(runs: Any) -> dict[str, Any]:
    if "params" not in getattr(runs, "data_vars", ()) or "settings" not in runs.attrs:
        raise ValueError(
            "runs holds no params: give what nnjax.sweep returns with keep_params=True, or a selection of it"
        )
    return json.loads(runs.attrs["settings"])


def _of(runs: "xr.Dataset", settings: Mapping[str, Any], name: str) -> Any:
    """The value of a setting that all networks of `runs` share: that of its coordinate, or a constant of the sweep."""
    if name in settings["axes"]:
        return runs[name].values.reshape(-1)[0].item()
    return settings["constants"].get(name)


def _sizes(runs: "xr.Dataset", settings: Mapping[str, Any]) -> tuple[int, ...]:
    hidden = _of(runs, settings, "hidden")
    if hidden is None:
        hidden = (_of(runs, settings, "width"),) * _of(runs, settings, "depth")
    elif isinstance(hidden, str):
        hidden = () if hidden == "none" else map(int, hidden.split("x"))
    (_, num_inputs), (_, num_outputs) = settings["shapes"][:2]
    return (num_inputs, *hidden, num_outputs)


def _activation(name: str, runs: "xr.Dataset", settings: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
    label, given = _of(runs, settings, name), functions.get(name)
    if isinstance(given, Mapping):
        given = given.get(label)
    if given is None and label not in activations.ACTIVATIONS:
        raise ValueError(f"{name}={label!r} cannot be found by its name: give functions={{{name!r}: {{{label!r}: f}}}}")
    return activations.ACTIVATIONS[label] if given is None else given


def _model(settings: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
    if "model" in functions:
        return functions["model"]
    if settings["model"][0] != "nnjax.mlp:init":
        raise ValueError("the sweep was given a model of your own: give it again, functions={'model': model}")
    return Model(mlp.init, mlp.apply, mlp.predict)
