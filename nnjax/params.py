"""The weights of all networks of `nnjax.sweep(..., keep_params=True)`: as trees of arrays, and what they predict.

runs = nnjax.sweep(data, hidden=[(4,), (8,)], seeds=100, keep_params=True)
layers = nnjax.params.unravel(runs.sel(hidden="8"))         # a tuple of Layer(w [seed, 2, 8], b [seed, 8])
y = nnjax.params.predict(runs, x)                           # [hidden, seed, row, output]
y.mean("seed")                                              # the outputs of an ensemble of 100 networks
"""

import itertools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import objective
from nnjax.arguments import SHAPES
from nnjax.engine import identity, records, weights
from nnjax.spec import RAN, STOPPED, Spec
from nnjax.tasks import Data
from nnjax.tasks import data as checked

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["predict", "unravel"]

# Axes along which networks differ in what they compute, but not in the shapes of their parameters.
FUNCTIONS = ("activation", "output_activation")
# How many networks predict at a time.
TOGETHER = 64


def unravel(runs: "xr.Dataset", *, functions: Mapping[str, Any] | None = None) -> Any:
    """The parameters of networks of one shape, as a tree of arrays with the axes of the sweep in front.

    Args:
        runs: what `sweep` returned, or a selection of it that holds networks of a single shape.
        functions: for functions that cannot be found by their names, what the sweep was given, by argument, as in
            `nnjax.refit`: {"activation": {"mine": f}, "model": model}.

    Returns:
        A tree like the parameters of one network, such as a tuple of Layer(w [..., fan_in, fan_out], b [..., fan_out]).
        Its arrays begin with the dimensions of `runs.params` other than `param`. `nnjax.sweep` takes it as `start`.

    Raises:
        ValueError: if `runs` holds no parameters, or holds networks of several shapes.
    """
    settings = _settings(runs)
    if many := [name for name in SHAPES if name in runs.params.dims and runs.sizes[name] > 1]:
        raise ValueError(f"runs holds networks of several shapes: select one of its {many[0]}")
    first = runs.isel({name: 0 for name in FUNCTIONS if name in runs.params.dims})
    return _unravel(runs, _spec(first, settings, functions))


def predict(runs: "xr.Dataset", x: Any, *, functions: Mapping[str, Any] | None = None) -> "xr.DataArray":
    """The outputs of all networks for the inputs x [n, d], a DataArray [..., row, output] over the axes of the sweep.

    They are NaN for networks that diverged or that a store lacks, and `mean` skips them: for an ensemble take the mean
    over its axis, such as `.mean("seed")`.

    Args:
        runs: what `sweep` returned, or any selection of it.
        x: inputs; all outputs are held in memory, so give as many rows as they allow.
        functions: as in `unravel`.

    Raises:
        ValueError: if `runs` does not hold parameters, for inputs that are not [n, d] numbers, and for functions that
            are missing.
    """
    import xarray as xr

    settings = _settings(runs)
    (_, num_inputs), (_, num_outputs) = settings["shapes"][:2]
    if isinstance(x, Data) or not hasattr(x, "__len__"):
        raise ValueError(f"x={x!r:.80} must be inputs [n, {num_inputs}], such as data.x")
    x = checked(x, np.zeros(len(x))).x
    if x.shape[1] != num_inputs:
        raise ValueError(f"x has shape {x.shape}; the networks have {num_inputs} inputs: it must be [n, {num_inputs}]")
    axes = [dim for dim in runs.params.dims if dim != "param"]
    found = xr.DataArray(
        np.full((*(runs.sizes[dim] for dim in axes), len(x), num_outputs), np.nan, runs.params.dtype),
        dict(runs.params.coords),
        (*axes, "row", "output"),
        attrs={"long_name": "output"},
    )
    varied = [name for name in (*SHAPES, *FUNCTIONS) if name in axes]
    for place in itertools.product(*(range(runs.sizes[name]) for name in varied)):
        where = dict(zip(varied, place, strict=True))
        some = runs.isel(where)
        spec = _spec(some, settings, functions)
        with jax.enable_x64(spec.dtype == "float64"):
            found[where] = _outputs(_unravel(some, spec), jnp.asarray(x, spec.dtype), len(axes) - len(varied), spec)
    return found.where((runs.status == RAN) | (runs.status == STOPPED))


def _unravel(runs: "xr.Dataset", spec: Spec) -> Any:
    return weights.unflatten(runs.params.transpose(..., "param").values, weights.shapes(spec))


def _outputs(params: Any, x: jax.Array, num_axes: int, spec: Spec) -> np.ndarray:
    """Outputs [..., n, k] of networks whose parameters are [..., *shape]."""
    front = jax.tree.leaves(params)[0].shape[:num_axes]
    flat = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[num_axes:]), params)
    y = np.asarray(_together(spec)(flat, x))
    return y.reshape(*front, *y.shape[1:])


@identity.kept(64)
def _together(spec: Spec) -> Any:
    """The compiled function that gives the outputs of many networks, of some of them at a time."""

    def outputs(flat: Any, x: jax.Array) -> jax.Array:
        return jax.lax.map(lambda params: objective.predict(params, x, spec), flat, batch_size=TOGETHER)

    return jax.jit(outputs)


def _settings(runs: Any) -> dict[str, Any]:
    if not {"params", "status"} <= set(getattr(runs, "data_vars", ())) or "settings" not in runs.attrs:
        raise ValueError(
            "runs lacks params or status: give what nnjax.sweep returns with keep_params=True, or a selection of it"
        )
    settings = json.loads(runs.attrs["settings"])
    if gone := [name for name in (*SHAPES, *FUNCTIONS) if name in settings["axes"] and name not in runs.coords]:
        raise ValueError(f"runs lacks the coordinate {gone[0]!r}, which tells what its networks are")
    return settings


def _of(runs: "xr.Dataset", settings: Mapping[str, Any], name: str) -> Any:
    """The value of a setting that all networks of `runs` share: that of its coordinate, or a constant of the sweep."""
    if name in settings["axes"]:
        return runs[name].values.reshape(-1)[0].item()
    return settings["constants"].get(name)


def _spec(runs: "xr.Dataset", settings: Mapping[str, Any], functions: Mapping[str, Any] | None) -> Spec:
    """What the networks of `runs`, all of one shape, model and activations, compute."""
    found = records.Functions(functions or {}, settings.get("functions", {}), imports=False)
    own = settings["model"]
    model = found.model(own) if own else found.static("model", _of(runs, settings, "model"))
    named = {name: found.static(name, _of(runs, settings, name)) for name in ("activation", "output_activation")}
    return Spec(_sizes(runs, settings), **named, model=model, dtype=str(runs.params.dtype))


def _sizes(runs: "xr.Dataset", settings: Mapping[str, Any]) -> tuple[int, ...]:
    hidden = _of(runs, settings, "hidden")
    if hidden is None:
        hidden = (_of(runs, settings, "width"),) * _of(runs, settings, "depth")
    elif isinstance(hidden, str):
        hidden = () if hidden == "none" else map(int, hidden.split("x"))
    (_, num_inputs), (_, num_outputs) = settings["shapes"][:2]
    return (num_inputs, *hidden, num_outputs)
