"""One value of a setting: whether it is an axis, what is allowed, and what it is called.

Every error is a ValueError that names the argument, the value and what is allowed.
"""

import numbers
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnjax import activations, batches, initializers, losses, naming, solvers

# Static settings in the order of their dimensions, with the table of known names (None: not a name).
STATIC: dict[str, Mapping[str, Any] | None] = {
    "hidden": None,
    "width": None,
    "depth": None,
    "activation": activations.ACTIVATIONS,
    "output_activation": activations.ACTIVATIONS,
    "init": initializers.INITIALIZERS,
    "bias_init": initializers.INITIALIZERS,
    "solver": solvers.SOLVERS,
    "schedule": solvers.SCHEDULES,
    "loss": losses.LOSSES,
    "batch_size": None,
    "order": dict.fromkeys(batches.ORDERS),
}
# Neurons of a layer and layers of a network at most: more would only show when memory runs out.
MAX_NEURONS, MAX_DEPTH = 2**31 - 1, 2**16
# Settings that may be a function of the user's own.
FUNCTIONS = ("activation", "output_activation", "solver", "loss")


def is_axis(value: Any) -> bool:
    """A list, a range or an array of one dimension is an axis; everything else is one value."""
    if isinstance(value, np.ndarray | jax.Array):
        return value.ndim > 0
    return isinstance(value, list | range)


def split(given: Mapping[str, Any], convert: Callable[[str, Any], Any]) -> tuple[dict, dict]:
    """Sort settings into axes (tuples of converted values) and constants.

    Raises:
        ValueError: for an axis that is empty, holds a value twice or has more than one dimension.
    """
    axes, constants = {}, {}
    for name, value in given.items():
        if not is_axis(value):
            constants[name] = convert(name, value)
            continue
        if isinstance(value, np.ndarray | jax.Array) and value.ndim != 1:
            raise ValueError(f"{name} has shape {value.shape}; an axis is a list or an array of one dimension")
        values = tuple(convert(name, item) for item in list(value))
        if not values:
            raise ValueError(f"{name}=[] is an empty axis; give at least one value")
        seen = set()
        for item in values:
            if item in seen:
                raise ValueError(f"{name} holds {label(name, item)!r} twice; the values of an axis must differ")
            seen.add(item)
        axes[name] = values
    return axes, constants


def item(value: Any) -> Any:
    """What an array without dimensions holds. All else is left as it is, random keys too."""
    if not isinstance(value, np.ndarray | jax.Array) or value.ndim or jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value
    return value[()] if isinstance(value, np.ndarray) else value.item()


def is_number(value: Any, kind: type = numbers.Real) -> bool:
    """Whether this is one number of a kind. Truth values are none, nor are durations, which NumPy counts as such."""
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_ | np.timedelta64)


def whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A whole number of `least` or more; True and 1.0 are none."""
    value = item(value)
    if not is_number(value, numbers.Integral) or int(value) < least:
        raise ValueError(f"{name}={value!r} must be a whole number of {least} or more")
    if most is not None and int(value) > most:
        raise ValueError(f"{name}={value!r} must be at most {most}")
    return int(value)


def static(name: str, value: Any) -> Any:
    """One value of a static setting, names of functions resolved."""
    if isinstance(value, np.generic):
        value = value.item()
    if name == "hidden":
        if not isinstance(value, tuple):
            raise ValueError(
                f"hidden={value!r} must be a tuple of layer sizes such as (8, 8), or a list of such tuples"
            )
        return tuple(whole("hidden", size, most=MAX_NEURONS) for size in value)
    if name in ("width", "depth"):
        return whole(name, value, most=MAX_NEURONS if name == "width" else MAX_DEPTH)
    if name == "batch_size":
        return None if value is None else whole(name, value)
    if type(value) is tuple:
        raise ValueError(f"{name}={value!r} is a tuple; an axis is a list: {name}={list(value)!r}")
    table = STATIC[name] or {}
    if name == "solver" and not isinstance(value, str) and not callable(value):
        raise ValueError(f"solver={value!r:.80} must be a name such as 'adam', or a factory (learning_rate, ...)")
    if name in FUNCTIONS:
        found = naming.lookup(value, table, name)
        naming.name_of(found, table, name)  # a function without a name could not be found again
        if name == "solver":
            try:
                solvers.hyperparameters(found)
            except (TypeError, ValueError) as error:  # some built-in functions have no signature
                raise ValueError(f"solver={value!r:.80} must be a factory (learning_rate, ...): {error}") from error
        return found
    if not isinstance(value, str):
        raise ValueError(f"{name}={value!r} must be one of {', '.join(map(repr, table))}")
    if value not in table:
        naming.lookup(value, table, name)
    return value


def dtype(value: Any) -> str:
    """The name of a floating type, from the name or from the type itself."""
    try:
        name = np.dtype(value).name if value is not None else ""
    except Exception:  # whatever NumPy raises for what is no dtype
        name = ""
    if name not in ("float32", "float64"):
        raise ValueError(f"dtype={value!r} must be 'float32' or 'float64'")
    return name


def shapes(static: Mapping[str, Any]) -> dict[str, Any]:
    """The static settings with either `hidden`, or `width` and `depth` (1 when not given)."""
    unset = [name for name in ("hidden", "width", "depth") if static[name] is None]
    given = {name: static[name] for name in STATIC if name not in unset}
    if "hidden" in given and ("width" in given or "depth" in given):
        other = "width" if "width" in given else "depth"
        raise ValueError(f"hidden={given['hidden']!r} and {other}={given[other]!r}: give hidden, or width and depth")
    if "hidden" not in given and "width" not in given:
        raise ValueError("hidden=None: give hidden sizes such as hidden=(8, 8), or width=8 and depth=2")
    if "width" in given:
        given.setdefault("depth", 1)
    return {name: given[name] for name in STATIC if name in given}


def label(name: str, value: Any) -> Any:
    """How a value of an axis is called in the result and in messages: hidden (8, 8) is "8x8", () is "none"."""
    if name == "batch_size" and value is None:
        return "all"
    if name == "hidden":
        return "x".join(map(str, value)) or "none"
    if name in FUNCTIONS:
        return naming.name_of(value, STATIC[name] or {}, name)
    return value
