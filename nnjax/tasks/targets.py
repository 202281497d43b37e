"""Twelve target functions of one variable: smooth ones, a kink, a jump, oscillating ones, and a rough one.

All are elementwise and accept NumPy arrays (float64) as well as JAX arrays, also under `jit`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnjax import naming
from nnjax.checks import whole_number
from nnjax.tasks.data import Data
from nnjax.tasks.examples import data

# Position of the jump: irrational, so that it is on no equally spaced grid and no symmetry helps.
JUMP = 1 / np.pi
# Number of terms of the Weierstrass sum; the last has 32 periods on [0, 1].
NUM_WAVES = 7


class Target(NamedTuple):
    """A function y(x) to approximate on an interval.

    `formula` is matplotlib mathtext for figures, `breakpoints` are the points where the function is not smooth, and
    `second_derivative` is None if there are any. `analytic`: whether the error of smooth networks falls faster than any
    power of their size, at the sizes that are tried.
    """

    function: Callable[[Any], Any]
    interval: tuple[float, float]
    formula: str
    second_derivative: Callable[[Any], Any] | None = None
    breakpoints: tuple[float, ...] = ()
    analytic: bool = True


def _module(x: Any) -> Any:
    """The namespace of an array: NumPy, or `jax.numpy` for a JAX array."""
    return x.__array_namespace__() if hasattr(x, "__array_namespace__") else np


def _sine(x: Any) -> Any:
    return _module(x).sin(2 * np.pi * x)


def _sine_bend(x: Any) -> Any:
    return -((2 * np.pi) ** 2) * _module(x).sin(2 * np.pi * x)


def _square(x: Any) -> Any:
    return x * x


def _square_bend(x: Any) -> Any:
    return 2 + 0 * x


def _exp(x: Any) -> Any:
    return _module(x).exp(x)


def _runge(x: Any) -> Any:
    return 1 / (1 + 25 * x * x)


def _runge_bend(x: Any) -> Any:
    return 50 * (75 * x * x - 1) / (1 + 25 * x * x) ** 3


def _exp_sin(x: Any) -> Any:
    xp = _module(x)
    return xp.exp(xp.sin(np.pi * x))


def _exp_sin_bend(x: Any) -> Any:
    xp = _module(x)
    sin, cos = xp.sin(np.pi * x), xp.cos(np.pi * x)
    return np.pi**2 * (cos * cos - sin) * xp.exp(sin)


def _exp_cos(x: Any) -> Any:
    xp = _module(x)
    return xp.exp(x) * xp.cos(5 * x)


def _exp_cos_bend(x: Any) -> Any:
    xp = _module(x)
    return xp.exp(x) * (-24 * xp.cos(5 * x) - 10 * xp.sin(5 * x))


def _reciprocal_sin(x: Any) -> Any:
    return 1 / (2 + _module(x).sin(3 * x))


def _reciprocal_sin_bend(x: Any) -> Any:
    xp = _module(x)
    sin, cos = xp.sin(3 * x), xp.cos(3 * x)
    return 9 * (sin * (2 + sin) + 2 * cos * cos) / (2 + sin) ** 3


def _kink(x: Any) -> Any:
    return _module(x).abs(x)


def _jump(x: Any) -> Any:
    return _module(x).sign(x - JUMP)


def _oscillating(x: Any) -> Any:
    return _module(x).sin(12 * np.pi * x)


def _oscillating_bend(x: Any) -> Any:
    return -((12 * np.pi) ** 2) * _module(x).sin(12 * np.pi * x)


def _chirp(x: Any) -> Any:
    return _module(x).sin(8 * np.pi * x * x)


def _chirp_bend(x: Any) -> Any:
    xp = _module(x)
    phase = 8 * np.pi * x * x
    return 16 * np.pi * xp.cos(phase) - (16 * np.pi * x) ** 2 * xp.sin(phase)


def _weierstrass(x: Any) -> Any:
    xp = _module(x)
    return sum(2 ** (-k / 2) * xp.cos(2**k * np.pi * x) for k in range(NUM_WAVES))


def _weierstrass_bend(x: Any) -> Any:
    xp = _module(x)
    return sum(-(2 ** (-k / 2)) * (2**k * np.pi) ** 2 * xp.cos(2**k * np.pi * x) for k in range(NUM_WAVES))


TARGETS: dict[str, Target] = {
    "sine": Target(_sine, (0.0, 1.0), r"$\sin 2\pi x$", _sine_bend),
    "square": Target(_square, (0.0, 1.0), "$x^2$", _square_bend),
    "exp": Target(_exp, (0.0, 1.0), "$e^x$", _exp),
    "runge": Target(_runge, (-1.0, 1.0), "$1/(1+25x^2)$", _runge_bend),
    "exp_sin": Target(_exp_sin, (-1.0, 1.0), r"$\exp(\sin \pi x)$", _exp_sin_bend),
    "exp_cos": Target(_exp_cos, (-1.0, 1.0), r"$e^x \cos 5x$", _exp_cos_bend),
    "reciprocal_sin": Target(_reciprocal_sin, (-1.0, 1.0), r"$1/(2+\sin 3x)$", _reciprocal_sin_bend),
    "kink": Target(_kink, (-1.0, 1.0), "$|x|$", None, (0.0,), False),
    "jump": Target(_jump, (-1.0, 1.0), r"$\mathrm{sign}(x-1/\pi)$", None, (JUMP,), False),
    "oscillating": Target(_oscillating, (0.0, 1.0), r"$\sin 12\pi x$", _oscillating_bend),
    "chirp": Target(_chirp, (0.0, 1.0), r"$\sin 8\pi x^2$", _chirp_bend),
    # The infinite sum is nowhere differentiable (Hardy 1916); at the network sizes tried this sum acts like it.
    "weierstrass": Target(
        _weierstrass,
        (0.0, 1.0),
        r"$\sum_{k=0}^{6} 2^{-k/2}\cos 2^k\pi x$",
        _weierstrass_bend,
        analytic=False,
    ),
}


def target(
    name: str,
    num_points: int = 256,
    *,
    interval: tuple[float, float] | None = None,
    num_between: int = 1,
) -> Data:
    """Data for one of `TARGETS`: equally spaced training points, and test points between them.

    Args:
        name: a name in `TARGETS`, such as "sine".
        num_points: number of training points, which include both ends of the interval.
        interval: replaces the target's own interval.
        num_between: number of equally spaced test points in every gap between two training points.

    Returns:
        Data of x [num_points, 1] and x_test [(num_points - 1) num_between, 1], with y and y_test of the same shapes.

    Raises:
        ValueError: for an unknown name, with the nearest known ones, for fewer than 2 points, for num_between below 1,
            and for an interval that is not two finite increasing numbers.
    """
    if name not in TARGETS:
        raise naming.unknown(name, TARGETS, "name")
    found = TARGETS[name]
    return sampled(found.function, num_points, interval=interval or found.interval, num_between=num_between)


def sampled(
    function: Callable[[Any], Any],
    num_points: int = 256,
    *,
    interval: tuple[float, float] = (0.0, 1.0),
    num_between: int = 1,
) -> Data:
    """Data for any function of one variable on NumPy arrays; arguments, shapes and errors as in `target`."""
    whole_number(num_points, "num_points", 2)
    whole_number(num_between, "num_between")
    low, high = interval if np.shape(interval) == (2,) else (np.nan, np.nan)
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"interval={interval!r} must be two finite numbers, the first below the second")
    x = np.linspace(low, high, num_points)
    share = np.arange(1, num_between + 1) / (num_between + 1)
    x_test = (x[:-1, None] + np.diff(x)[:, None] * share[None, :]).ravel()
    with np.errstate(all="ignore"):  # values that are not finite are refused by `data`, which names the array
        y, y_test = (np.asarray(function(points)) for points in (x, x_test))
    if (y.shape, y_test.shape) != (x.shape, x_test.shape):
        raise ValueError(f"function returns shape {y.shape} for x of shape {x.shape}: it must be elementwise")
    return data(x[:, None], y[:, None], x_test[:, None], y_test[:, None])
