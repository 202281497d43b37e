"""Functions of the user's own are tried on shapes before anything compiles, so that an error names the argument."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax

from nnjax import training


def functions(spec: training.Spec) -> None:
    """Try activations and loss of a training run.

    Raises:
        ValueError: naming the argument, and what it gives or why it cannot be used.
    """
    for size in dict.fromkeys(spec.sizes[1:-1]):
        _try("activation", spec.activation, size, 1, spec.dtype)
    _try("output_activation", spec.output_activation, spec.sizes[-1], 1, spec.dtype)
    _try("loss", spec.loss, spec.sizes[-1], 2, spec.dtype)


def named(argument: str, trace: Callable[[], Any]) -> Any:
    """What is traced; where it cannot be, a ValueError that names the argument, and nothing of JAX's insides."""
    try:
        return trace()
    except Exception as error:  # whatever a function does that was not written for JAX
        raise ValueError(f"{argument} cannot be used by JAX: {type(error).__name__}: {error!s:.300}") from None


@lru_cache(1024)
def _try(argument: str, f: Callable, size: int, num_arguments: int, dtype: str) -> None:
    """An activation takes a vector to one of its size; a loss takes two to a scalar."""
    given = [jax.ShapeDtypeStruct((size,), dtype)] * num_arguments
    found = named(argument, lambda: jax.eval_shape(lambda *args: f(*args), *given))
    shape = () if num_arguments == 2 else (size,)
    if getattr(found, "shape", None) != shape:
        raise ValueError(f"{argument} must take [{size}] to shape {shape}; it gives {found!r:.80}")
