"""Checks that many modules share: of numbers, whole numbers, flags, random keys and arrays of real numbers."""

import numbers
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def is_number(value: Any, kind: type = numbers.Real) -> bool:
    """Whether a value is one number of this kind. Booleans do not count, nor NumPy's durations (integers by type)."""
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_ | np.timedelta64)


def whole_number(value: Any, argument: str, least: int = 1, most: int | None = None) -> int:
    """Check that a value is a whole number (True and 1.0 are not) from `least` to `most`, and return it as an int.

    Raises:
        ValueError: for anything else; the message names the argument.
    """
    if not is_number(value, numbers.Integral) or int(value) < least or (most is not None and int(value) > most):
        allowed = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise ValueError(f"{argument}={value!r:.80} must be a whole number {allowed}")
    return int(value)


def flag(value: Any, argument: str, instead: str = "") -> bool:
    """Check that a value is True or False, and return it as a bool.

    Raises:
        ValueError: for anything else; the message names the argument, and what it may be `instead`.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{argument}={value!r:.80} must be True or False{instead}")
    return bool(value)


def check_key(key: Any) -> None:
    """Raise a ValueError unless `key` is a random key of JAX, typed or of the older kind, which are two integers."""
    if not jnp.issubdtype(getattr(key, "dtype", object), jax.dtypes.prng_key) and np.shape(key) != (2,):
        raise ValueError(f"key={key!r:.80} must be a random key, such as jax.random.key(0)")


def real_numbers(value: Any, argument: str, masked: str = "leave them out") -> np.ndarray:
    """Convert what NumPy can read to an array of real numbers, of any rank, in its own dtype; they need not be finite.

    Raises:
        ValueError: for anything else, and for masked entries, whose masks would be lost; the message names the
            argument, and says what to do about them (`masked`).
    """
    if _is_masked(value):
        raise ValueError(f"{argument} has masked entries: {masked}")
    try:
        array = np.asarray(value)
    except Exception as error:  # whatever the conversion of a foreign object raises
        raise ValueError(f"{argument} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "biuf":
        made = f", made from a {type(value).__name__}" if array.dtype == object else ""
        hint = f"; if it does, give {argument}.to_numpy(float)" if hasattr(value, "to_numpy") else ""
        raise ValueError(f"{argument} has dtype {array.dtype}{made}: it must hold real numbers{hint}")
    return array


def _is_masked(value: Any) -> bool:
    """Whether an array, or one in a list, has masked entries; NumPy would drop the masks of the arrays in a list."""
    if isinstance(value, list | tuple):
        return any(_is_masked(one) for one in value if isinstance(one, list | tuple | np.ma.MaskedArray))
    return bool(np.ma.is_masked(value))
